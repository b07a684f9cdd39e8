"""What is taken along holds every quotation character for character."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.datatypes import Answer, Aspect, Carried, Cell, Comparison, Facet, Figure, Question, Quote, Turn
from assistant.exporting import (
    comparison_csv,
    comparison_docx,
    comparison_xlsx,
    conversation_docx,
    conversation_json,
    conversation_markdown,
    judged_cases,
)
from assistant.formats import QUOTE_STYLE, SOURCE_STYLE
from assistant.wording import say
from vectorstore.datatypes import Scope, Span

SCORE = Path(__file__).resolve().parents[1] / "benchmarks" / "score.py"
PLANS = {
    "云溪街道": "云溪街道工作要点\n新增停车泊位200个。\n开通社区巴士2条。",
    "青石镇": "青石镇行动计划\n新建停车场3处,泊位90个。\n修复盐茶古道12公里。",
}


def quote(text, district="云溪街道", start=0):
    return Quote(
        district, Span(start, start + len(text)), text, district, f"{district}计划", ("一、交通", "(一)停车"), 3, 0.9
    )


def quote_from(district, text):
    return quote(text, district, PLANS[district].index(text))


def question(text="停车有哪些举措?", districts=("云溪街道",), **more):
    facets = tuple(Facet(name, Scope((name,))) for name in districts) or (Facet("", Scope()),)
    return Question(text, "停车", text, "list", districts, facets, compares=len(districts) > 1, **more)


def turn(*quotes, asked=None, **more):
    asked = asked or question()
    return Turn(asked, Answer(asked, quotes, asked.districts, (), **more))


def compared(*texts, silent="松岭区", aspects=None, **more):
    """Return a turn that compares: the first text is of the first district, the others of the second, none of a third."""
    quotes = tuple(quote(text, "青石镇" if number else "云溪街道") for number, text in enumerate(texts))
    ours, theirs = (0,), tuple(range(1, len(quotes)))
    cells = (Cell("云溪街道", ours), Cell("青石镇", theirs), Cell(silent, ()))
    aspects = (Aspect("泊位", (ours, theirs, ())),) if aspects is None else aspects
    asked = question(districts=("云溪街道", "青石镇", silent))
    return turn(*quotes, asked=asked, comparison=Comparison("district", cells, aspects, **more))


def rendered(markdown):
    """Return the texts of the block quotes of a Markdown text, as a reader of CommonMark shows them."""
    texts, inside = [], False
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        inside = token.type != "blockquote_close" and (inside or token.type == "blockquote_open")
        if inside and token.type == "inline":
            pieces = {"hardbreak": "\n", "softbreak": " "}
            texts.append("".join(pieces.get(part.type, part.content) for part in token.children))
    return texts


def paragraphs(data, style):
    return [p.text for p in docx.Document(BytesIO(data)).paragraphs if p.style.name == style]


def table_rows(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def sheets(data):
    return openpyxl.load_workbook(BytesIO(data))


def csv_rows(data):
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


def cases(*turns, **verdicts):
    return json.loads(judged_cases("停车", turns, {int(name[1:]): verdict for name, verdict in verdicts.items()}))


@given(st.text(st.sampled_from("新增2个。1.)-+=:*_#|<>`[]()!&;~$\\\"'/ \t　\nab"), min_size=1).filter(str.strip))
def test_markdown_renders_to_the_very_characters_of_a_quote(text):
    assert rendered(conversation_markdown("停车", [turn(quote(text))])) == [text]


@pytest.mark.parametrize(
    "text", ["1. 新增", "- 新增", "# 新增", "a\n===", "&amp;", "<b>新</b>", "    新增", "```", "a\n\nb"]
)
def test_markdown_of_a_quote_is_not_obeyed(text):
    assert rendered(conversation_markdown("停车", [turn(quote(text))])) == [text]


def test_markdown_names_the_place_of_a_quote_below_it():
    text = conversation_markdown("停车", [turn(quote("新增泊位。", start=12))])
    assert text.index("新增泊位。") < text.index(
        "\\[1\\] —— 云溪街道计划 · 云溪街道 · 一、交通 › (一)停车 · 第 3 段 · 云溪街道:12-17"
    )


def test_markdown_says_how_a_question_was_understood():
    asked = question(years=(2024,), carried=(Carried("topic", "停车"),))
    text = conversation_markdown("对话", [turn(quote("新增。"), asked=asked)])
    assert "街镇：云溪街道 · 时间：2024年 · 话题：停车 · 想知道：逐条举措 · 沿用上文话题：停车" in text


def test_markdown_keeps_a_question_of_several_lines_in_its_heading():
    text = conversation_markdown("对话", [turn(quote("新增。"), asked=question("停车\n# 怎么办"))])
    assert "## 1\\. 停车 \\# 怎么办\n" in text


def test_markdown_of_a_comparison_has_a_table_of_numbers():
    text = conversation_markdown("停车", [compared("泊位200个。", "泊位90个。", "泊位免费。")])
    assert (
        f"| 方面 | 云溪街道 | 青石镇 | 松岭区 |\n| --- | --- | --- | --- |\n| 泊位 | \\[1\\] | \\[2\\] \\[3\\] | {say().NOT_MENTIONED} |"
        in text
    )


def test_markdown_of_a_comparison_has_the_quotes_column_by_column():
    text = conversation_markdown("停车", [compared("泊位200个。", "泊位90个。")])
    below = text[text.index("### 云溪街道") :]
    places = [
        below.index(part) for part in ("> 泊位200个。", "### 青石镇", "> 泊位90个。", "### 松岭区", say().NOT_MENTIONED)
    ]
    assert places == sorted(places)


def test_markdown_says_that_periods_differ():
    assert say().PERIODS_DIFFER in conversation_markdown("停车", [compared("一。", "二。", periods_differ=True)])


def test_markdown_says_why_nothing_was_found_and_what_is_near():
    text = conversation_markdown(
        "停车", [turn(reason="detail-missing", nearest=(quote("优化停车。"),), elsewhere=("青石镇",))]
    )
    places = [
        text.index(part) for part in ("没有写到所问的这一点", "青石镇的文件里有相关内容", say().NEAREST, "> 优化停车。")
    ]
    assert places == sorted(places)


def test_what_is_near_has_no_number():
    assert "[1" not in conversation_markdown("停车", [turn(reason="detail-missing", nearest=(quote("优化停车。"),))])


def test_a_place_outside_the_documents_is_answered_with_a_whole_sentence():
    asked = question(districts=(), unknown_places=("桃花岭",))
    assert f"可以问的有：{say().KNOWN_DISTRICTS}。" in conversation_markdown(
        "停车", [turn(asked=asked, reason="outside-place")]
    )


def test_json_holds_a_quote_with_its_place():
    (record,) = json.loads(conversation_json("停车", [turn(quote("新增\n泊位。", start=12))]))["turns"]
    assert record["quotes"] == [
        {
            "text": "新增\n泊位。",
            "document": "云溪街道",
            "start": 12,
            "end": 18,
            "title": "云溪街道计划",
            "district": "云溪街道",
            "path": ["一、交通", "(一)停车"],
            "paragraph": 3,
            "page": None,
        }
    ]


def test_json_says_how_a_question_was_understood_and_what_was_not_found():
    asked = question(carried=(Carried("districts", "云溪街道"),))
    near = (quote("优化停车。"),)
    (record,) = json.loads(conversation_json("停车", [turn(asked=asked, reason="topic-missing", nearest=near)]))[
        "turns"
    ]
    assert record["understood"]["carried"] == [{"what": "districts", "value": "云溪街道"}]
    assert (record["found"], record["reason"], record["comparison"]) == (False, "topic-missing", None)
    assert record["nearest"][0]["text"] == "优化停车。"


def test_json_holds_a_comparison():
    (record,) = json.loads(conversation_json("停车", [compared("一。", "二。")]))["turns"]
    assert record["comparison"]["aspects"] == [{"label": "泊位", "cells": [[0], [1], []]}]


def test_json_is_readable_as_it_stands():
    assert "\n  " in conversation_json("停车", [turn(quote("新增泊位。"))])
    assert "新增泊位。" in conversation_json("停车", [turn(quote("新增泊位。"))])


@pytest.mark.parametrize("make", [conversation_markdown, conversation_json])
def test_texts_can_be_written_as_utf_8_whatever_was_typed(make):
    assert "停\ufffd车" in make("停\ud800车", [turn(quote("新增。"))]).encode("utf-8").decode("utf-8")


@pytest.mark.slow
@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t", exclude_characters="\ufffe\uffff"),
        min_size=1,
    )
)
def test_word_holds_a_quote_verbatim_in_a_style_of_its_own(text):
    assert paragraphs(conversation_docx("停车", [turn(quote(text))]), QUOTE_STYLE) == [text]


def test_word_replaces_what_xml_can_not_hold():
    data = conversation_docx("停\x00车", [turn(quote("新\x0b增\ud800泊\uffff位"))])
    assert paragraphs(data, QUOTE_STYLE) == ["新\ufffd增\ufffd泊\ufffd位"]
    assert paragraphs(data, "Title") == ["停\ufffd车"]


def test_word_names_the_place_of_a_quote_in_smaller_letters():
    data = conversation_docx("停车", [turn(quote("新增泊位。", start=12))])
    (source,) = paragraphs(data, SOURCE_STYLE)
    assert source.startswith("[1] —— 云溪街道计划")
    assert source.endswith("云溪街道:12-17")
    assert docx.Document(BytesIO(data)).styles[SOURCE_STYLE].font.size.pt < 11


@pytest.mark.parametrize("name", ["Normal", "Title", "Heading 1", "Heading 2", QUOTE_STYLE, SOURCE_STYLE])
def test_word_has_a_chinese_font_that_no_theme_overrides(name):
    style = docx.Document(BytesIO(conversation_docx("停车", [turn(quote("新增。"))]))).styles[name]
    fonts = style.element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "宋体"
    assert fonts.get(qn("w:eastAsiaTheme")) is None


def test_word_has_a_heading_for_every_question():
    data = conversation_docx("停车", [turn(quote("一。")), turn(quote("二。"), asked=question("青石呢"))])
    assert paragraphs(data, "Heading 1") == ["1. 停车有哪些举措?", "2. 青石呢"]


def test_word_draws_a_comparison_as_a_table():
    data = conversation_docx("停车", [compared("一。", "二。")])
    (table,) = docx.Document(BytesIO(data)).tables
    assert table_rows(table) == [["方面", "云溪街道", "青石镇", "松岭区"], ["泊位", "[1]", "[2]", say().NOT_MENTIONED]]
    assert paragraphs(data, QUOTE_STYLE) == ["一。", "二。"]


def test_a_comparison_in_word_holds_the_quotes_in_its_cells():
    document = docx.Document(BytesIO(comparison_docx(compared("一。", "二。\n三。").answer)))
    aspects, quotes = map(table_rows, document.tables)
    assert aspects[1][2].startswith("[2] 二。\n三。\n—— 青石镇计划")
    assert [row[2] for row in quotes] == [say().QUOTE_HEAD[2], "一。", "二。\n三。"]


def test_a_comparison_in_excel_has_a_row_an_aspect_and_a_column_a_district():
    sheet = sheets(comparison_xlsx(compared("一。", "二。").answer))[say().SIDE_BY_SIDE]
    head, row = sheet.iter_rows(values_only=True)
    assert head == ("方面", "云溪街道", "青石镇", "松岭区")
    assert row[0] == "泊位"
    assert row[1].startswith("[1] 一。\n—— 云溪街道计划")
    assert row[3] == say().NOT_MENTIONED


def test_a_comparison_in_excel_has_a_row_a_quote():
    sheet = sheets(comparison_xlsx(compared("一。", "二二。").answer))[say().QUOTES]
    head, _, row = sheet.iter_rows(values_only=True)
    assert head == say().QUOTE_HEAD
    assert row == (2, "青石镇", "二二。", "青石镇计划", "青石镇", "一、交通 › (一)停车", 3, None, "青石镇", 0, 3)


def test_a_comparison_in_excel_has_a_row_a_figure():
    figures = (Figure("泊位", 20000.0, "个", 1, "2万个"),)
    sheet = sheets(comparison_xlsx(compared("一。", "泊位2万个。", figures=figures).answer))[say().FIGURES]
    assert list(sheet.iter_rows(values_only=True))[1] == ("泊位", 20000, "个", "2万个", "青石镇", 2)


def test_a_comparison_without_figures_has_no_sheet_for_them():
    assert sheets(comparison_xlsx(compared("一。", "二。").answer)).sheetnames == [say().SIDE_BY_SIDE, say().QUOTES]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "#N/A"])
def test_a_text_is_never_a_formula_or_an_error_in_excel(text):
    cell = sheets(comparison_xlsx(compared(text, "二。").answer))[say().QUOTES]["C2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_text_longer_than_a_cell_is_cut_in_excel():
    text = sheets(comparison_xlsx(compared("长" * 40_000, "二。").answer))[say().QUOTES]["C2"].value
    assert text == "长" * 32_766 + "…"


def test_a_text_of_the_length_of_a_cell_is_whole_in_excel():
    assert sheets(comparison_xlsx(compared("长" * 32_767, "二。").answer))[say().QUOTES]["C2"].value == "长" * 32_767


def test_excel_replaces_what_xml_can_not_hold():
    assert (
        sheets(comparison_xlsx(compared("新\x00增\ud800", "二。").answer))[say().QUOTES]["C2"].value
        == "新\ufffd增\ufffd"
    )


def test_csv_begins_with_the_mark_by_which_excel_knows_its_encoding():
    assert comparison_csv(compared("一。", "二。").answer).startswith(b"\xef\xbb\xbf")


def test_csv_holds_quotes_verbatim_over_commas_marks_and_lines():
    text = '新增"泊位",\n200个。'
    rows = csv_rows(comparison_csv(compared(text, "二。").answer))
    assert rows[0] == ["方面", "云溪街道", "青石镇", "松岭区"]
    assert rows[1][1].startswith(f"[1] {text}\n—— ")
    assert rows[2:4] == [[], list(say().QUOTE_HEAD)]
    assert rows[4][2] == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_csv_puts_an_apostrophe_before_what_would_be_a_formula(text):
    assert csv_rows(comparison_csv(compared(text, "二。").answer))[4][2] == f"'{text}"


def test_csv_does_not_cut_a_text():
    assert "长" * 40_000 in comparison_csv(compared("长" * 40_000, "二。").answer).decode("utf-8-sig")


def test_every_table_says_that_periods_differ():
    answer = compared("一。", "二。", periods_differ=True).answer
    assert [say().PERIODS_DIFFER] in csv_rows(comparison_csv(answer))
    assert say().PERIODS_DIFFER in [
        row[0] for row in sheets(comparison_xlsx(answer))[say().SIDE_BY_SIDE].iter_rows(values_only=True)
    ]
    assert say().PERIODS_DIFFER in paragraphs(comparison_docx(answer), "Normal")


def test_a_comparison_without_aspects_shows_its_columns_all_the_same():
    row = csv_rows(comparison_csv(compared("一。", "二。", aspects=()).answer))[1]
    assert row[0] == say().NOT_KNOWN
    assert row[1].startswith("[1] 一。")
    assert row[3] == say().NOT_MENTIONED


@pytest.mark.parametrize("make", [comparison_csv, comparison_xlsx, comparison_docx])
def test_an_answer_that_compares_nothing_has_no_table(make):
    with pytest.raises(ValueError, match="compares nothing"):
        make(turn(quote("新增。")).answer)


def test_the_quotes_of_a_good_answer_are_evidence():
    (case,) = cases(turn(quote("新增泊位。")), _0="good")["turns"]
    assert case["evidence"] == [{"doc": "云溪街道", "quote": "新增泊位。", "need": "core"}]
    assert (case["answerable"], case["districts"], "verdict" in case) == (True, ["云溪街道"], False)


def test_a_good_refusal_is_a_question_without_an_answer():
    record = cases(turn(reason="topic-missing"), _0="good")
    assert record["kind"] == "unanswerable"
    assert (record["turns"][0]["answerable"], record["turns"][0]["evidence"]) == (False, [])


def test_what_should_not_have_been_answered_is_a_question_without_an_answer():
    (case,) = cases(turn(quote("新增。")), _0="should-not-answer")["turns"]
    assert (case["answerable"], case["evidence"], "verdict" in case) == (False, [], False)


@pytest.mark.parametrize("verdict", ["wrong-evidence", "incomplete"])
def test_a_poor_answer_is_left_to_a_person(verdict):
    (case,) = cases(turn(quote("新增。")), _0=verdict)["turns"]
    assert (case["answerable"], case["evidence"], case["verdict"]) == (True, [], verdict)


def test_turns_before_the_last_judged_one_are_kept_and_those_after_are_not():
    kept = cases(turn(quote("一。")), turn(quote("二。")), turn(quote("三。")), _1="good")["turns"]
    assert [case.get("verdict", "judged") for case in kept] == [None, "judged"]


def test_a_silent_district_of_a_good_comparison_is_named():
    record = cases(compared("一。", "二。"), _0="good")
    assert (record["kind"], record["turns"][0]["silent"]) == ("compare", ["松岭区"])


def test_a_conversation_without_verdicts_gives_no_case():
    assert judged_cases("停车", [turn(quote("一。"))], {}) == ""


def test_a_verdict_that_is_none_is_refused():
    with pytest.raises(ValueError, match="fine: no such verdict"):
        judged_cases("停车", [turn(quote("一。"))], {0: "fine"})


def test_a_case_is_one_line_and_the_same_every_time():
    turns = [turn(quote("一。\n二。"))]
    assert "\n" not in judged_cases("停车", turns, {0: "good"})
    assert judged_cases("停车", turns, {0: "good"}) == judged_cases("停车", turns, {0: "good"})


def as_answered(turn):
    """Return a turn's answer as the scorer reads it."""
    answer = turn.answer
    quotes = [
        {"document": f"{q.document}.txt", "start": q.span.start, "end": q.span.end, "text": q.text}
        for q in answer.quotes
    ]
    columns = answer.comparison.cells if answer.comparison else ()
    comparison = [{"district": cell.label, "found": cell.found} for cell in columns] or None
    return {"found": answer.found, "districts": list(answer.districts), "quotes": quotes, "comparison": comparison}


def test_the_scorer_gives_full_marks_to_a_conversation_judged_good(tmp_path):
    ours, theirs = quote_from("云溪街道", "新增停车泊位200个。"), quote_from("青石镇", "新建停车场3处,泊位90个。")
    both = compared(ours.text, theirs.text)
    both = Turn(both.question, replace(both.answer, quotes=(ours, theirs)))
    turns = [turn(ours), both, turn(reason="topic-missing")]
    line = judged_cases("停车", turns, dict.fromkeys(range(3), "good"))
    given_answers = {"id": json.loads(line)["id"], "turns": [as_answered(t) for t in turns]}
    scores = scored(tmp_path, line, json.dumps(given_answers))
    shares = (
        "verbatim",
        "abstain_right",
        "districts_right",
        "evidence_recall",
        "precision",
        "complete",
        "compare_cells_right",
    )
    assert {name: scores[name] for name in shares} == dict.fromkeys(shares, 1.0)


def scored(folder, gold, answers):
    seeds = folder / "seeds"
    seeds.mkdir()
    for name, text in PLANS.items():
        (seeds / f"{name}.txt").write_bytes(text.encode())
    (folder / "gold.jsonl").write_text(gold + "\n", encoding="utf-8")
    (folder / "answers.jsonl").write_text(answers + "\n", encoding="utf-8")
    command = [sys.executable, SCORE, folder / "gold.jsonl", folder / "answers.jsonl", seeds, "--json"]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout)
