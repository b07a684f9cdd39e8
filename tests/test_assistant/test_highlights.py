from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.datatypes import Question
from assistant.highlights import answering_spans

QUESTION = Question("", "停车泊位", "", "figure", (), ())


def marked(asks, topic, text):
    question = replace(QUESTION, asks=asks, topic=topic)
    return [span.of(text) for span in answering_spans(question, text)]


@pytest.mark.parametrize(
    ("asks", "topic", "text", "expected"),
    [
        ("figure", "停车泊位新增多少", "新增停车泊位200个,改造路口3处。", ["200个"]),
        ("figure", "茶叶产值", "全镇茶叶产值达到3.2亿元,同比增长8%。", ["3.2亿元"]),
        ("when", "公园什么时候建成", "2024年6月底前建成公园,2025年扩建。", ["2024年6月底"]),
        ("who", "扩大茶园由谁负责", "扩大茶园。(责任单位:农业办、各村)", ["农业办、各村"]),
        ("list", "养老服务有哪些", "完善养老服务体系,建设养老服务站。", ["养老", "养老"]),
    ],
)
def test_what_answers_stands_out(asks, topic, text, expected):
    found = marked(asks, topic, text)
    assert found == expected or "".join(found) == "".join(expected)


def test_where_no_figure_is_said_the_words_asked_about_stand_out():
    assert "".join(marked("figure", "停车泊位", "优化停车泊位布局。")) == "停车泊位"


def test_a_quote_that_says_neither_has_nothing_to_stand_out():
    assert marked("list", "停车泊位", "举办采茶节。") == []


def test_a_character_of_another_word_does_not_stand_out():
    assert marked("summary", "总目标", "总部经济加快集聚。") == []


@given(
    st.text(alphabet="停车泊位200个,。2024年(责任单位:局)\n １２", max_size=80),
    st.sampled_from(["figure", "when", "who", "list"]),
)
def test_places_are_in_order_apart_and_inside_the_text(text, asks):
    spans = answering_spans(replace(QUESTION, asks=asks), text)
    ends = [0]
    for span in spans:
        assert ends[-1] <= span.start < span.end <= len(text)
        ends.append(span.end)
