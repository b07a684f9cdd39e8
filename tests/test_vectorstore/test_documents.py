"""Text → Document: sections, kinds of sentences, and places over a text that is never changed."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.conftest import CLOUD_FIVE_YEARS, CLOUD_POINTS, PLANS, STONE_ACTIONS
from tests.test_vectorstore.plan_texts import any_text, plan_like
from vectorstore.datatypes import PageStart
from vectorstore.documents import furniture_of, read_document
from vectorstore.folding import fold_width
from vectorstore.readers import read_text

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))


def outline(text):
    """Return the headings as (depth, words), in order."""
    document = read_document("plan.txt", text)
    return [(section.depth, section.heading.of(text)) for section in document.sections]


def kinds(text):
    """Return the sentences as (kind, words), in order."""
    return [(sentence.kind, sentence.span.of(text)) for sentence in read_document("plan.txt", text).sentences]


def heading_above(text, words):
    """Return the innermost heading above the sentence that holds some words."""
    document = read_document("plan.txt", text)
    sentence = next(sentence for sentence in document.sentences if words in sentence.span.of(text))
    return document.headings(sentence.section)[-1].of(text)


def assert_sentences_tile(text):
    """Sentences are in order, apart, inside the text, and with the leftovers hold each visible character once."""
    document = read_document("plan.txt", text)
    spans = [sentence.span for sentence in document.sentences]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    held = [place for span in [*spans, *furniture_of(text)] for place in range(span.start, span.end)]
    assert len(held) == len(set(held))
    assert {place for place, char in enumerate(fold_width(text)) if not char.isspace()} <= set(held)


def assert_sections_nest(text):
    """Sections lie in their parents, begin with their headings and hold the sentences that name them."""
    document = read_document("plan.txt", text)
    for number, section in enumerate(document.sections):
        assert section.span.start == section.heading.start < section.heading.end <= section.span.end <= len(text)
        if section.parent is None:
            assert section.depth == 0
        else:
            above = document.sections[section.parent]
            assert section.parent < number
            assert section.depth == above.depth + 1
            assert above.span.start <= section.span.start <= section.span.end <= above.span.end
    for sentence in document.sentences:
        paragraph = document.paragraphs[sentence.paragraph]
        assert paragraph.overlap(sentence.span) == len(sentence.span)
        if sentence.section is not None:
            assert document.sections[sentence.section].span.overlap(sentence.span) == len(sentence.span)


@pytest.mark.slow
@settings(max_examples=400)
@given(plan_like)
def test_sentences_and_leftovers_hold_every_visible_character_of_generated_plans_once(text):
    assert_sentences_tile(text)


@given(any_text)
def test_sentences_and_leftovers_hold_every_visible_character_of_any_text_once(text):
    assert_sentences_tile(text)


@pytest.mark.slow
@settings(max_examples=300)
@given(plan_like)
def test_sections_of_generated_plans_nest(text):
    assert_sections_nest(text)


@pytest.mark.slow
@given(plan_like)
def test_the_text_of_a_document_is_the_text_read(text):
    assert read_document("plan.txt", text).text == text


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_sentences_and_leftovers_hold_every_visible_character_of_a_bundled_plan_once(path):
    assert_sentences_tile(read_text(path))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_sections_of_a_bundled_plan_nest(path):
    assert_sections_nest(read_text(path))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_no_sentence_of_a_bundled_plan_is_longer_than_a_page_can_show(path):
    assert max(len(sentence.span) for sentence in read_document("plan.txt", read_text(path)).sentences) <= 400


def test_a_text_without_content_gives_a_document_without_sentences():
    assert read_document("plan.txt", "\ufeff \r\n|").sentences == ()


@pytest.mark.parametrize(
    ("path", "id_"),
    [("云溪/要点.txt", "云溪/要点"), ("要点", "要点"), ("v1.2/要点", "v1.2/要点"), ("要点2.0版.md", "要点2.0版")],
)
def test_the_id_is_the_path_without_its_suffix(path, id_):
    assert read_document(path, "推进工作。").id == id_


def test_the_outline_of_labels_on_lines_nests_by_style():
    assert outline(CLOUD_POINTS) == [
        (0, "一、推进城市更新"),
        (1, "(一)交通出行"),
        (2, "1.优化停车。"),
        (2, "2.优化公交。"),
        (1, "(二)绿化环境"),
        (2, "1.建设口袋公园。"),
        (0, "二、办好民生实事"),
        (1, "提升养老服务。"),
        (2, "落实助学政策。"),
        (0, "三、工作要求"),
        (1, "一是加强领导,"),
        (1, "二是压实责任,"),
        (1, "三是广泛宣传。"),
    ]


def test_the_outline_of_a_glued_line_nests_the_same_way():
    assert outline(STONE_ACTIONS) == [
        (0, "一、总体要求"),
        (0, "二、重点任务"),
        (1, "(一)发展茶产业"),
        (2, "1.扩大茶园。"),
        (2, "2.打造品牌。"),
        (1, "(二)发展旅游业"),
        (2, "1.修复古道。"),
        (0, "三、保障措施"),
        (1, "(一)加强领导。"),
    ]


def test_parts_stand_above_numerals_and_dashes_below_them():
    assert outline(CLOUD_FIVE_YEARS) == [
        (0, "第一部分 发展基础"),
        (1, "一、主要成绩"),
        (2, "(一)城市面貌改善"),
        (3, "1、道路畅通。"),
        (0, "第二部分 发展目标"),
        (1, "一、总体目标"),
        (2, "——坚持生态优先。"),
    ]


LEVELS = ["第一部分 甲项工作", "一、乙项工作", "(一)丙项工作", "1.丁项工作。", "(1)戊项工作。", "①己项工作。"]


@pytest.mark.parametrize("gap", ["\n", "\r\n", " ", "\u3000", "\n\n"])
def test_every_level_of_the_outline_is_one_deeper_glued_or_on_lines(gap):
    text = gap.join(LEVELS) + "推进工作。"
    assert outline(text) == list(enumerate(LEVELS))


def test_full_width_labels_are_read_like_half_width_ones():
    text = "一、总体要求\n（一）目标\n１．停车。新增泊位。\n（１）支路。划线。"
    assert outline(text) == [(0, "一、总体要求"), (1, "（一）目标"), (2, "１．停车。"), (3, "（１）支路。")]


def test_a_heading_that_returns_to_a_higher_level_closes_those_below():
    text = "一、要求\n(一)目标\n1.停车。新增泊位。\n二、任务\n1.公交。增加班次。"
    assert outline(text)[-2:] == [(0, "二、任务"), (1, "1.公交。")]


def test_sections_with_skipped_levels_hang_on_the_nearest_one_above():
    assert outline("一、要求\n(1)停车。新增泊位。\n1.公交。增加班次。") == [
        (0, "一、要求"),
        (1, "(1)停车。"),
        (1, "1.公交。"),
    ]


@pytest.mark.parametrize(
    "text", ["完成2.5万人培训。", "自2020.3起实施。", "空间3.0改造。", "推动一、二、三产业融合。", "2.5万人受益。"]
)
def test_numbers_and_lists_open_no_section(text):
    assert outline(f"一、要求\n{text}\n推进工作。") == [(0, "一、要求")]


def test_short_sentences_that_open_a_paragraph_are_lead_phrases():
    text = "一、要求\n提升养老服务。新建社区食堂2家。"
    assert kinds(text)[1:] == [("lead", "提升养老服务。"), ("body", "新建社区食堂2家。")]


def test_a_lead_phrase_is_the_heading_of_the_sentences_after_it():
    assert heading_above(CLOUD_POINTS, "爱心暑托班") == "落实助学政策。"


def test_points_are_sections_of_their_own():
    text = "一、问题\n存在短板:一是交通不便,二是设施老旧。"
    assert heading_above(text, "设施老旧") == "二是设施老旧。"


def test_what_stands_under_a_point_stays_under_it():
    text = "一、问题\n一是交通亟待改善。断头路有5条。二是设施亟待更新。管网有20年。"
    assert heading_above(text, "断头路") == "一是交通亟待改善。"


def test_a_note_who_is_responsible_belongs_to_the_item():
    assert heading_above(CLOUD_POINTS, "责任单位") == "1.优化停车。"


def test_a_note_does_not_belong_to_the_last_lead_phrase_of_its_item():
    text = "一、任务\n(1)打造茶业。扩大生态茶园。新建茶园800亩。完善销售体系。办好采茶节活动。(责任单位:农业办)"
    assert heading_above(text, "采茶节") == "完善销售体系。"
    assert heading_above(text, "责任单位") == "(1)打造茶业。"


def test_the_closing_line_with_issuer_and_date_stands_outside_the_outline():
    document = read_document("plan.txt", STONE_ACTIONS)
    last = document.sentences[-1]
    assert (last.kind, last.section) == ("closing", None)
    assert last.span.of(STONE_ACTIONS) == "中共青石镇委员会 青石镇人民政府 2024年3月6日"


def test_issuer_and_date_on_lines_of_their_own_are_both_closing():
    assert kinds(CLOUD_POINTS)[-2:] == [("closing", "云溪街道办事处"), ("closing", "2024年2月18日")]


@pytest.mark.parametrize("date", ["二〇二三年三月五日", "二○二三年十二月", "２０２３年３月５日"])
def test_a_closing_date_may_be_written_in_numerals(date):
    assert kinds(f"一、要求\n推进工作。\n青石镇人民政府\n{date}")[-1] == ("closing", date)


def test_a_last_sentence_with_a_date_is_no_closing_line():
    assert kinds("一、要求\n推进工作,完成于2024年3月6日。")[-1][0] == "body"


def test_title_and_lines_about_the_document_come_first():
    assert kinds(CLOUD_POINTS)[:3] == [
        ("title", "云溪街道2024年工作要点"),
        ("meta", "发布日期:2024-02-20"),
        ("heading", "一、推进城市更新"),
    ]


def test_a_note_of_adoption_under_the_title_is_no_title():
    text = PLANS["青石镇2023年工作报告.txt"]
    assert kinds(text)[1] == ("meta", "(2024年1月12日 青石镇第三届人民代表大会第四次会议通过)")


def test_a_first_sentence_is_no_title():
    assert kinds("为推动产业发展,制定本行动计划。\n一、要求")[0][0] == "body"


def test_headings_of_markdown_are_sections():
    headings = [words for depth, words in outline(PLANS["松岭区-养老服务.md"]) if depth == 0]
    assert headings == ["## 目标", "## 任务"]


def test_leftovers_of_web_pages_are_in_no_sentence():
    text = PLANS["松岭区-养老服务.md"]
    assert [span.of(text) for span in furniture_of(text)] == ["扫一扫在手机打开当前页", "政策留言板"]
    assert all("扫一扫" not in words and "留言板" not in words for _, words in kinds(text))


def test_line_ends_and_marks_do_not_move_places():
    text = "\ufeff一、要求\r\n推进工作。\r\n完成任务。\r\n"
    assert kinds(text) == [("heading", "一、要求"), ("body", "推进工作。"), ("body", "完成任务。")]


def test_a_place_is_on_the_page_that_began_last():
    document = read_document("a.pdf", "推进工作。完成任务。", pages=(PageStart(0, 1), PageStart(5, 3)))
    assert [document.page_of(offset) for offset in (0, 4, 5, 9)] == [1, 1, 3, 3]


def test_a_document_without_pages_has_no_page():
    assert read_document("a.txt", "推进工作。").page_of(0) is None


def test_a_row_of_a_table_is_no_heading():
    assert kinds("推进茶业。\n序号:1 | 任务:新建茶园\n二、保障措施\n加强领导。")[1] == (
        "body",
        "序号:1 | 任务:新建茶园",
    )
