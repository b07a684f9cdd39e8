"""The page's HTML, addresses and example questions: strings in, strings out."""

import re
from html import unescape

import pytest

from assistant.datatypes import Answer, Carried, Cell, Comparison, Facet, Figure, Question, Quote
from assistant.quotes import make_quote
from assistant.ui.addresses import holds_text, quote_address, read_spans
from assistant.ui.examples import example_questions
from assistant.ui.figure_chart import comparable_groups
from assistant.ui.quote_html import card_html, near_html, quote_html, source_line_html, understood_html
from assistant.ui.source_html import MARK_ID, source_html
from assistant.wording import say
from vectorstore.datatypes import Document, Scope, Span
from vectorstore.documents import read_document

HOSTILE = (
    "石桥镇<script>alert(1)</script>2024年工作要点\n\n"
    '一、优化<img src=x onerror="alert(2)">环境\n\n'
    '新增**车位**$20$个 & [点击](javascript:alert(3)) :smile: <mark>假</mark>。完成"两项"任务。\n\n'
    "二、办好</article></div>实事\n\n新建食堂2家。"
)


@pytest.fixture(scope="module")
def hostile() -> Document:
    return read_document("石桥镇.txt", HOSTILE)


@pytest.fixture
def quote(hostile: Document) -> Quote:
    return quote_of(hostile, HOSTILE[HOSTILE.index("新增") : HOSTILE.index("完成")])


def quote_of(document: Document, text: str) -> Quote:
    start = document.text.index(text)
    sentence = next(s for s in document.sentences if s.span.start <= start < s.span.end)
    span = Span(start, start + len(text))
    return make_quote(document, span, section=sentence.section, paragraph=sentence.paragraph, score=0.9)


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def marks(html: str) -> list[str]:
    return [plain(mark) for mark in re.findall(r"<mark\b[^>]*>(.*?)</mark>", html, re.DOTALL)]


def paragraphs(html: str) -> list[str]:
    return [plain(body) for body in re.findall(r"<p class=[^>]*>(.*?)</p>", html, re.DOTALL)]


def test_a_source_without_its_tags_is_the_documents_paragraphs(hostile):
    assert paragraphs(source_html(hostile, ())) == [span.of(HOSTILE) for span in hostile.paragraphs]


def test_every_place_is_marked_to_the_letter(hostile):
    for paragraph in hostile.paragraphs:
        for start in range(paragraph.start, paragraph.end, 3):
            span = Span(start, paragraph.end)
            assert marks(source_html(hostile, (span,))) == [span.of(HOSTILE)]


def test_a_mark_across_paragraphs_has_one_piece_in_each_and_one_target(hostile):
    first, second = hostile.paragraphs[1:3]
    html = source_html(hostile, (Span(first.start + 2, second.start + 4),))
    assert marks(html) == [HOSTILE[first.start + 2 : first.end], HOSTILE[second.start : second.start + 4]]
    assert html.count(f'id="{MARK_ID}"') == 1


def test_several_places_are_marked_at_once(hostile):
    spans = tuple(Span(HOSTILE.index(word), HOSTILE.index(word) + len(word)) for word in ("车位", "食堂"))
    assert marks(source_html(hostile, spans)) == ["车位", "食堂"]


def test_every_heading_is_bold_and_reached_from_the_outline(hostile):
    html = source_html(hostile, ())
    assert hostile.sections
    for number, section in enumerate(hostile.sections):
        assert html.count(f'href="#section-{number}"') == html.count(f'<b id="section-{number}"') == 1
        assert section.heading.of(HOSTILE) in plain(html)


def test_the_outline_shows_where_the_first_mark_stands(hostile):
    place = HOSTILE.index("新建食堂")
    here = re.findall(
        r'<a [^>]*aria-current="location"[^>]*>(.*?)</a>', source_html(hostile, (Span(place, place + 4),))
    )
    assert [unescape(link) for link in here] == ["二、办好</article></div>实事"]


def test_nothing_of_a_document_becomes_a_tag(hostile, quote):
    built = [
        source_html(hostile, (quote.span,)),
        quote_html(quote, 1, "a", marks=(Span(0, 2),), document=hostile),
        near_html(quote, "a"),
        card_html(hostile),
        source_line_html(quote, hostile.provenance),
    ]
    tags = {name for html in built for name in re.findall(r"<\s*/?\s*(\w+)", html)}
    assert tags <= {"div", "nav", "b", "a", "article", "p", "mark", "span", "blockquote", "i", "dl", "dt", "dd"} | {
        "button",
        "details",
        "summary",
    }
    without_values = [re.sub(r'"[^"]*"', '""', html) for html in built]
    assert not any(re.search(r"<[^>]*\s(?:on\w+|src)=", html) for html in without_values)


def test_between_the_quotation_marks_stands_the_quote_and_nothing_else(quote):
    for html in (quote_html(quote, 3, "a", marks=(Span(1, 3),)), near_html(quote, "a")):
        block = re.search(r"<blockquote[^>]*>(.*)</blockquote>", html, re.DOTALL)
        assert block
        assert plain(block[1]) == quote.text == quote.span.of(HOSTILE)


def test_what_answers_stands_out_in_a_quote(quote):
    html = quote_html(quote, 1, "a", marks=(Span(0, 2), Span(3, 5)))
    assert [unescape(text) for text in re.findall(r"<b>(.*?)</b>", html)] == [quote.text[:2], quote.text[3:5]]


def test_a_quote_is_copied_with_where_it_stands(quote):
    held = unescape(re.search(r'data-copy="([^"]*)"', quote_html(quote, 1, "a"))[1])
    assert held.startswith(f"“{quote.text}” —— {quote.title}")
    assert held.endswith(say().paragraph_text(quote.paragraph))


def test_the_text_around_a_quote_is_folded_away_with_the_quote_marked(hostile, quote):
    html = quote_html(quote, 1, "a", document=hostile)
    around = re.search(r"<details[^>]*>.*?<p[^>]*>(.*)</p></details>", html, re.DOTALL)[1]
    assert plain(around) in HOSTILE
    assert plain(re.search(r"<mark>(.*)</mark>", around, re.DOTALL)[1]) == quote.text
    assert len(plain(around)) > len(quote.text)


def test_a_near_passage_has_no_number(quote):
    assert "plan-number" in quote_html(quote, 3, "a")
    assert "plan-number" not in near_html(quote, "a")


def test_what_was_understood_and_cannot_be_taken_away_is_shown():
    question = Question(
        "那<b>停车</b>呢",
        "停车",
        "那停车呢",
        "list",
        ("石桥镇",),
        (Facet("石桥镇", Scope()),),
        years=(2024,),
        carried=(Carried("districts", "石桥镇"),),
        unknown_places=("柳泉镇",),
    )
    text = plain(understood_html(Answer(question, (), (), ())))
    for word in ("停车", "逐条举措", "文件中没有柳泉镇"):
        assert word in text


@pytest.mark.parametrize("at", ["", "5", "5-", "-5", "a-b", "9-5", "5-5", "0-9999", "1-3,x", "1-3,", "１-３", "1--3"])
def test_a_malformed_place_marks_nothing(at):
    assert read_spans(at, "新增车位二十个。") == ()


def test_a_blank_place_marks_nothing():
    assert read_spans("2-4", "新增\n\n车位") == ()


def test_places_are_read_in_order_and_those_that_touch_are_joined():
    assert read_spans("6-8,0-3,2-4", "一二三四五六七八九") == (Span(0, 4), Span(6, 8))


def test_an_address_leads_back_to_its_quote(hostile, quote):
    address = quote_address(quote)
    spans = read_spans(address["at"], hostile.text)
    assert spans == (quote.span,)
    assert holds_text(address, spans, hostile.text)


def test_an_address_tells_that_the_text_has_changed(hostile, quote):
    spans = read_spans(quote_address(quote)["at"], hostile.text)
    assert not holds_text(quote_address(quote), spans, hostile.text.replace("车位", "床位"))


def test_an_address_without_a_digest_is_believed(quote):
    assert holds_text({"at": "0-2"}, (Span(0, 2),), "新增车位")


def plan(district: str, *headings: str) -> Document:
    body = "\n\n".join(f"{heading}\n\n推进相关建设。" for heading in headings)
    return read_document(f"{district}.txt", f"{district}2024年工作要点\n\n{body}")


def test_example_questions_come_from_the_headings_of_each_district():
    documents = [plan("石桥镇", "一、优化停车环境"), plan("柳泉镇", "一、着力发展智慧农业,提高收入")]
    assert example_questions(documents) == (
        "石桥在优化停车环境方面有哪些举措？",
        "柳泉在发展智慧农业方面有哪些举措？",
    )


def test_a_subject_of_several_districts_is_compared():
    documents = [plan("石桥镇", "一、优化营商环境"), plan("柳泉镇", "一、打造一流营商环境")]
    assert example_questions(documents)[-1] == "石桥、柳泉在营商环境方面各有哪些举措？"


def test_headings_that_say_nothing_or_carry_other_signs_give_no_example():
    assert example_questions([plan("石桥镇", "一、指导思想", "二、优化**<b>环境", "三、$提升$能级")]) == ()


def test_examples_are_few_and_the_same_every_time():
    documents = [
        plan("石桥镇", *(f"{n}、优化{word}环境" for n, word in zip("一二三四五六七", "山水田林湖草沙", strict=True)))
    ]
    assert len(example_questions(documents)) == 5
    assert example_questions(documents) == example_questions(documents)


def test_figures_of_one_measure_in_several_columns_are_set_side_by_side():
    cells = (Cell("云溪街道", (0,)), Cell("青石镇", (1,)))
    figures = (
        Figure("养老床位", 200.0, "张", 0, "200张"),
        Figure("新增养老床位", 90.0, "张", 1, "90张"),
        Figure("停车泊位", 30.0, "个", 0, "30个"),
        Figure("公园", 3.0, "个", 1, "3个"),
    )
    groups = list(comparable_groups(Comparison("district", cells, (), figures)))
    assert [(unit, [(name, figure.value) for name, figure in rows]) for unit, rows in groups] == [
        ("张", [("云溪街道", 200.0), ("青石镇", 90.0)])
    ]
