from dataclasses import replace

import numpy as np
import pytest

from assistant.aspects import find_aspects, shared_words
from assistant.chat import take_turn
from assistant.comparisons import compare
from assistant.datatypes import Quote
from assistant.figures import find_figures
from assistant.questions import read_question
from tests.test_assistant.pages import CLOUD, PARKING, quote_of
from vectorstore.documents import read_document


def quotes(*texts):
    """Return one quote a text, as they would be cut from a document of these lines."""
    from assistant.quotes import make_quote

    document = read_document("plan.txt", "\n".join(texts))
    places = [s.span for s in document.sentences]
    return [make_quote(document, span, section=None, paragraph=n, score=1.0) for n, span in enumerate(places)]


def apart(count):
    return np.eye(count, dtype=np.float32)


def test_quotes_that_share_a_word_stand_in_one_row_named_by_it():
    given = quotes("新建助餐点3个。", "推进认知障碍筛查。", "优化社区助餐点布局。")
    rows = find_aspects([(0, 1), (2,)], given, apart(3), topic="养老")
    assert rows[0].cells == ((0,), (2,))
    assert all(rows[0].label in given[number].text for number in (0, 2))


def test_every_quote_stands_in_exactly_one_row():
    given = quotes("新建助餐点3个。", "推进认知障碍筛查。", "优化社区助餐点布局。", "培训护理员。")
    rows = find_aspects([(0, 1), (2, 3)], given, apart(4), topic="养老")
    placed = [number for row in rows for cell in row.cells for number in cell]
    assert sorted(placed) == [0, 1, 2, 3]


def test_a_label_stands_in_the_quotes_of_its_row():
    given = quotes("新建助餐点3个。", "推进认知障碍筛查。", "培训护理员。")
    for row in find_aspects([(0,), (1, 2)], given, apart(3), topic="养老"):
        for number in (number for cell in row.cells for number in cell):
            assert row.label in given[number].text


def test_the_topic_itself_is_no_aspect():
    given = quotes("完善养老服务体系。", "提升养老服务质量。")
    for row in find_aspects([(0,), (1,)], given, apart(2), topic="养老服务"):
        assert row.label not in ("养老", "服务", "养老服务")


def test_a_label_takes_in_the_words_around_a_shared_one_that_all_its_quotes_hold():
    given = quotes("完成40户家庭适老化改造。", "推进公共场所适老化改造。")
    (row,) = find_aspects([(0,), (1,)], given, apart(2), topic="养老")
    assert row.label == "适老化"


def test_quotes_that_share_only_what_was_asked_for_stand_in_one_row():
    given = quotes("稳妥推进加装电梯工作。", "逐步为老旧房屋加装电梯。", "培训护理员。")
    rows = find_aspects([(0, 2), (1,)], given, apart(3), topic="加装电梯")
    assert ((0,), (1,)) in [row.cells for row in rows]


def test_no_cell_says_that_something_is_not_mentioned_beside_a_quote_that_holds_it():
    given = quotes("深化垃圾分类、垃圾清运等智能平台的功能应用。", "巩固生活垃圾分类实效,提升社区生态环境质量。")
    (row,) = find_aspects([(0,), (1,)], given, apart(2), topic="垃圾分类有什么")
    assert row.cells == ((0,), (1,))
    assert all(row.label in quote.text for quote in given)


def test_the_name_of_a_district_is_no_aspect():
    given = [replace(quote, district="茶山街道") for quote in quotes("举办茶山文化节。", "发展茶山旅游业。")]
    assert all("茶山" not in row.label for row in find_aspects([(0,), (1,)], given, apart(2), topic=""))


def test_quotes_of_one_meaning_are_paired_without_a_word_in_common():
    given = quotes("推进认知障碍筛查。", "关爱失智老人。")
    close = np.array([[1.0, 0.0], [0.96, 0.28]], dtype=np.float32)
    assert len(find_aspects([(0,), (1,)], given, close, topic="")) == 1
    assert len(find_aspects([(0,), (1,)], given, apart(2), topic="")) == 2


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("养老床位增加到165张。", 165, "张"),
        ("房屋征收面积达到6.3万平方米。", 63000, "平方米"),
        ("累计实现交易额270亿元。", 270e8, "元"),
        ("志愿者11,000余人。", 11000, "人"),
        ("签约率达到33%。", 33, "%"),
        ("养老床位６５张。", 65, "张"),
    ],
)
def test_a_number_is_read_with_its_unit(text, value, unit):
    (figure,) = find_figures(quotes(text))
    assert (figure.value, figure.unit) == (value, unit)
    assert figure.written in text


def test_what_is_measured_stands_before_the_number():
    assert find_figures(quotes("全年新增养老床位达到165张。"))[0].measure == "养老床位"


@pytest.mark.parametrize("text", ["到2025年底前完成。", "落实十四五规划。", "提供12345热线服务。", "参加第3届大会。"])
def test_years_and_names_are_not_figures(text):
    assert [f for f in find_figures(quotes(text)) if f.unit not in ("届",)] == []


@pytest.mark.slow
def test_a_comparison_of_the_store_has_rows_over_its_quotes(answering_store):
    answer = take_turn("云溪和松岭的养老服务各有什么", (), answering_store).answer
    assert isinstance(answer.quotes[0], Quote)
    placed = [n for row in answer.comparison.aspects for cell in row.cells for n in cell]
    assert sorted(placed) == list(range(len(answer.quotes)))


def test_a_row_is_called_by_the_topics_words_that_stand_in_most_quotes():
    assert shared_words("停车泊位新增多少", ["新增停车泊位200个", "停车泊位90个", "泊位9个"]) == "泊位"
    assert shared_words("停车泊位新增多少", ["新增停车泊位200个", "停车泊位90个"]) == "停车泊位"
    assert shared_words("地铁", ["公交"]) == ""


def test_figures_that_are_asked_for_are_one_row(small_store):
    question = read_question("云溪和青石的设施新增多少个", (), small_store)
    first = quote_of(small_store, CLOUD, PARKING)
    second = quote_of(small_store, "青石镇2023年工作报告", "新建村级养老服务站2个。")
    comparison = compare(question, [(first,), (second,)], small_store)
    assert [aspect.cells for aspect in comparison.aspects] == [((0,), (1,))]
    assert {(figure.value, figure.unit) for figure in comparison.figures} >= {(200.0, "个"), (2.0, "个")}
