import pytest

from assistant.timed_parts import divides, reporting_year, speaks_of, timed_parts
from vectorstore.datatypes import Period, Span
from vectorstore.documents import read_document

NUMBERED = read_document(
    "甲市.txt",
    "甲市政府工作报告\n各位代表:\n一、2023年工作回顾\n建成公园10座。\n二、奋力走在前列\n生产总值增长5%。\n"
    "三、2024年重点工作\n新建公园20座。\n四、政府自身建设\n廉洁从政。\n",
)
RELATIVE = read_document(
    "乙市.txt", "乙市2024年政府工作报告\n一、过去一年工作回顾\n建成公园10座。\n二、今年工作安排\n新建公园20座。\n"
)
PERIODS = read_document(
    "丙镇.txt",
    "丙镇第十四个五年规划\n第一部分 “十三五”时期情况回顾\n建成公园10座。\n第二部分 “十四五”时期发展规划\n新建公园20座。\n",
)
PLAN = read_document("丁街道.txt", "丁街道2022年行动方案\n一、指导思想\n坚持稳中求进。\n二、主要任务\n新建公园20座。\n")


def place(document, words):
    start = document.text.index(words)
    return Span(start, start + len(words))


def year(number):
    return Period(number, number)


@pytest.mark.parametrize(
    ("document", "years"),
    [
        (NUMBERED, ["2023", "2024"]),
        (RELATIVE, ["2023", "2024"]),
        (PERIODS, ["2016-2020", "2021-2025"]),
        (PLAN, []),
    ],
)
def test_parts_are_headed_with_their_time(document, years):
    assert [str(part.years) for part in timed_parts(document)] == years


def test_a_place_under_another_year_is_not_about_the_year_asked_for():
    assert speaks_of(NUMBERED, place(NUMBERED, "建成公园10座"), year(2023))
    assert not speaks_of(NUMBERED, place(NUMBERED, "新建公园20座"), year(2023))


def test_a_section_without_a_time_may_be_about_any():
    between = place(NUMBERED, "生产总值增长5%")
    assert speaks_of(NUMBERED, between, year(2023))
    assert speaks_of(NUMBERED, between, year(2024))


def test_a_year_inside_a_plan_period_chooses_its_part():
    assert speaks_of(PERIODS, place(PERIODS, "新建公园20座"), year(2023))
    assert not speaks_of(PERIODS, place(PERIODS, "建成公园10座"), year(2023))


def test_a_document_of_one_time_is_not_divided():
    assert not divides(PLAN, year(2022))
    assert not divides(NUMBERED, year(2010))


@pytest.mark.parametrize(("document", "expected"), [(NUMBERED, 2024), (RELATIVE, 2024), (PERIODS, None), (PLAN, None)])
def test_this_year_is_the_year_a_report_was_read_out(document, expected):
    assert reporting_year(document) == expected
