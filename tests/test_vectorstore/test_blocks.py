"""Text → blocks: paragraphs and headings on lines or glued, labels, and leftovers of web pages."""

import time

import pytest
from hypothesis import given

from tests.test_vectorstore.plan_texts import plan_like
from vectorstore.blocks import label_at, lies_within, read_blocks
from vectorstore.datatypes import Span
from vectorstore.folding import fold_width


def blocks_of(text):
    return [block.span.of(text) for block in read_blocks(text)[0]]


def leftovers_of(text):
    return [span.of(text) for span in read_blocks(text)[1]]


@given(plan_like)
def test_blocks_and_leftovers_hold_every_visible_character_once(text):
    blocks, leftovers = read_blocks(text)
    view = fold_width(text)
    held = [place for span in (*(block.span for block in blocks), *leftovers) for place in range(span.start, span.end)]
    assert len(held) == len(set(held))
    assert {place for place, char in enumerate(view) if not char.isspace()} <= set(held)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("## 主要任务", "markdown"),
        ("第一部分 总体情况", "part"),
        ("第十二章 保障措施", "part"),
        ("第一节 指导思想", "chapter-section"),
        ("一、总体要求", "chinese"),
        ("十一、工作要求", "chinese"),
        ("（一）指导思想", "chinese-paren"),
        ("第三条 适用范围", "article"),
        ("1.优化停车。", "arabic"),
        ("１２、优化停车。", "arabic"),
        ("1.2 空间布局", "decimal"),
        ("（1）建设步道。", "arabic-paren"),
        ("3)建设步道。", "arabic-paren"),
        ("①早高峰加密。", "circled"),
        ("——坚持生态优先。", "dash"),
        ("•建设步道。", "dash"),
        ("一是加强领导。", "ordinal"),
    ],
)
def test_each_style_of_label_is_known(text, style):
    assert label_at(fold_width(text), 0, len(text))[0] == style


@pytest.mark.parametrize(
    "text",
    [
        "2.5万人参加培训。",
        "2020.3起实施。",
        "3.0改造完成。",
        "2024.3.5印发。",
        "一、二、三产业融合。",
        "三、四级医院联动。",
        "一是。",
        "2023-2025年完成。",
        "第一书记到岗。",
        "一网通办。",
    ],
)
def test_numbers_dates_and_lists_are_no_labels(text):
    assert label_at(fold_width(text), 0, len(text))[0] is None


def test_each_line_is_a_block_and_blank_lines_are_none():
    assert blocks_of("一、要求\r\n\r\n \t\r\n推进工作。\v完成任务。\r\n") == ["一、要求", "推进工作。", "完成任务。"]


def test_a_glued_outline_is_cut_where_its_lines_were():
    text = "一、要求 (一)目标 推进工作。 (二)任务 1.停车。新增泊位。2.公交。增加班次。"
    assert blocks_of(text) == [
        "一、要求",
        "(一)目标",
        "推进工作。",
        "(二)任务",
        "1.停车。新增泊位。",
        "2.公交。增加班次。",
    ]


def test_a_label_right_after_a_note_begins_a_block():
    text = "(1)建园。新建茶园。(责任单位:农业办)(2)修路。修复古道。"
    assert blocks_of(text) == ["(1)建园。新建茶园。(责任单位:农业办)", "(2)修路。修复古道。"]


def test_decimals_in_a_glued_line_cut_nothing():
    text = "完成2.5万人次培训。 空间3.0改造。 自2020.3起实施,共 3.5公里。"
    assert blocks_of(text) == ["完成2.5万人次培训。", "空间3.0改造。", "自2020.3起实施,共 3.5公里。"]


def test_labels_inside_brackets_and_quotes_cut_nothing():
    text = "一、要求 落实《停车办法 (一)总则。》和“三查 1.查台账。”要求。 二、任务 推进工作。"
    assert blocks_of(text)[1] == "落实《停车办法 (一)总则。》和“三查 1.查台账。”要求。"


def test_lines_cut_at_a_fixed_width_are_joined_to_paragraphs():
    sentence = "推进老旧小区改造和社区服务设施建设工作全面展开"
    lines = [sentence[:20]] * 14 + ["完成。"]
    assert blocks_of("\n".join(lines)) == ["\n".join(lines)]


def test_lines_that_end_with_stops_are_not_joined():
    lines = ["推进老旧小区改造和社区服务设施建设工作。"] * 14
    assert blocks_of("\n".join(lines)) == lines


@pytest.mark.parametrize(
    "line",
    [
        "扫一扫在手机打开当前页",
        "政策留言板",
        "上一篇:通知公告",
        "责任编辑:张三",
        "分享到:",
        "字号:大 中 小",
        "版权所有 青石镇",
        "您的位置:首页 > 公开",
    ],
)
def test_leftovers_of_web_pages_are_no_content(line):
    text = f"青石镇工作要点\n推进工作。\n{line}"
    assert blocks_of(text) == ["青石镇工作要点", "推进工作。"]
    assert leftovers_of(text) == [line]


def test_a_sentence_that_speaks_of_a_web_page_is_content():
    text = "推进工作。\n居民扫一扫二维码即可预约。"
    assert blocks_of(text) == ["推进工作。", "居民扫一扫二维码即可预约。"]


def test_the_middle_of_a_long_page_is_content_whatever_it_says():
    lines = ["推进养老服务工作。"] * 40
    lines[20] = "政策留言板"
    assert leftovers_of("\n".join(lines)) == []


def test_a_stroke_at_the_edge_of_a_table_cell_is_a_leftover():
    assert blocks_of("推进工作。\n青石镇 2024年3月6日 |") == ["推进工作。", "青石镇 2024年3月6日"]
    assert leftovers_of("推进工作。\n青石镇 2024年3月6日 |") == [" |"]


def test_what_touches_an_edge_does_not_lie_within():
    brackets = [Span(2, 6), Span(6, 9)]
    assert [place for place in range(11) if lies_within(place, place, brackets)] == [3, 4, 5, 7, 8]
    assert not lies_within(5, 7, brackets)


def test_a_glued_line_of_very_many_brackets_and_labels_is_cut_in_seconds():
    began = time.process_time()
    assert len(blocks_of("(一)推进。(甲)" * 6000)) == 6000
    assert time.process_time() - began < 5
