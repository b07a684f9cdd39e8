"""A block → sentences: nothing is lost, and stops inside quotes and brackets end nothing."""

import time

import pytest
from hypothesis import given

from tests.test_vectorstore.plan_texts import plan_like
from vectorstore.datatypes import Span
from vectorstore.folding import fold_width
from vectorstore.sentences import is_note, split_sentences


def sentences_of(text):
    view = fold_width(text)
    return [span.of(text) for span in split_sentences(view, Span(0, len(text)))]


@given(plan_like)
def test_sentences_are_in_order_and_hold_every_visible_character_once(text):
    spans = split_sentences(fold_width(text), Span(0, len(text)))
    held = [place for span in spans for place in range(span.start, span.end)]
    assert held == sorted(set(held))
    assert {place for place, char in enumerate(fold_width(text)) if not char.isspace()} <= set(held)


@given(plan_like)
def test_no_sentence_begins_or_ends_with_a_blank(text):
    assert all(sentence == sentence.strip() for sentence in sentences_of(fold_width(text)))


def test_stops_of_both_widths_end_sentences():
    assert sentences_of("新增泊位；改造路口;好！真的?完成。") == ["新增泊位；", "改造路口;", "好！", "真的?", "完成。"]


def test_a_closing_quote_belongs_to_the_sentence_it_closes():
    assert sentences_of("推进“放管服。”优化服务。") == ["推进“放管服。”", "优化服务。"]


@pytest.mark.parametrize(
    "text", ["落实“路长制。网格制”要求。", "推进道路(含支路。便道)建设。", "印发《停车办法。试行》文件。"]
)
def test_stops_inside_quotes_and_brackets_end_nothing(text):
    assert sentences_of(text) == [text]


def test_a_quote_that_is_never_closed_does_not_swallow_the_text():
    assert sentences_of("推进“放管服改革。优化服务。") == ["推进“放管服改革。", "优化服务。"]


def test_points_of_decimals_and_dates_end_nothing():
    text = "自2020.3.5起完成2.5万人次培训,增长3.0%。"
    assert sentences_of(text) == [text]


def test_a_point_between_chinese_characters_ends_a_sentence():
    assert sentences_of("优化停车.新增泊位。") == ["优化停车.", "新增泊位。"]


def test_points_after_a_comma_or_colon_are_sentences():
    assert sentences_of("要求:一是加强领导,二是压实责任。") == ["要求:", "一是加强领导,", "二是压实责任。"]


def test_a_note_who_is_responsible_is_a_sentence():
    text = "新建茶园800亩（责任单位：农业办、各村）。修复古道。"
    assert sentences_of(text) == ["新建茶园800亩", "（责任单位：农业办、各村）。", "修复古道。"]


@pytest.mark.parametrize("note", ["(责任单位:农业办)", "（牵头部门：规划办；配合单位：各村）", "(责任部门:党建办)"])
def test_notes_are_known_whatever_the_width_of_their_brackets(note):
    assert is_note(fold_width(note), Span(0, len(note)))


def test_other_brackets_are_no_notes():
    assert not is_note("(含支路:3条)", Span(0, 8))


def test_a_text_without_stops_is_one_sentence():
    assert sentences_of("  优化停车\t") == ["优化停车"]


def test_blanks_hold_no_sentence():
    assert sentences_of(" \u3000\r\n") == []


def test_stops_between_brackets_end_sentences_and_stops_in_them_do_not():
    text = "(甲。乙)丙。(丁)戊。庚《辛;壬》癸。"
    assert sentences_of(text) == ["(甲。乙)丙。", "(丁)戊。", "庚《辛;壬》癸。"]


def test_a_line_of_very_many_brackets_and_stops_is_cut_in_seconds():
    began = time.process_time()
    assert len(sentences_of("“放”。" * 10_000)) == 10_000
    assert time.process_time() - began < 5
