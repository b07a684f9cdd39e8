"""Which part of a document's outline may answer."""

import pytest

from assistant.outlines import asks_overview, headings_below, main_section
from vectorstore.documents import read_document

PLAN = """青石镇三年行动计划

一、发展茶产业

(一)扩大茶园。新建生态茶园800亩。

(二)打造品牌。举办采茶节。

二、发展旅游业

(一)修复古道。修复盐茶古道12公里。

(二)建设民宿。建成民宿20家。
"""


@pytest.fixture
def document():
    return read_document("青石镇.txt", PLAN)


def number_of(document, text):
    return next(n for n, s in enumerate(document.sentences) if text in s.span.of(document.text))


@pytest.mark.parametrize("text", ["概括一下民生实事", "总体上讲讲治水", "今年工作的总体思路?", "主要任务有哪些"])
def test_an_overview_is_asked_for(text):
    assert asks_overview(text)


@pytest.mark.parametrize("text", ["新建茶园多少亩?", "谁负责修复古道", "采茶节什么时候办"])
def test_one_thing_is_asked_for(text):
    assert not asks_overview(text)


def test_the_main_section_holds_most_of_the_sentences_and_is_the_innermost_that_is_divided(document):
    numbers = [number_of(document, "12公里"), number_of(document, "20家"), number_of(document, "800亩")]
    section = main_section(document, numbers)
    assert document.sections[section].heading.of(document.text) == "二、发展旅游业"
    assert len(headings_below(document, section)) == 2


def test_earlier_sentences_count_more(document):
    section = main_section(document, [number_of(document, "800亩"), number_of(document, "12公里")])
    assert document.sections[section].heading.of(document.text) == "一、发展茶产业"


def test_sentences_outside_of_any_divided_section_have_none(document):
    assert main_section(document, [0]) is None
    assert main_section(document, []) is None
