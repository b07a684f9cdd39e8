import pytest

from assistant.periods import documents_about, find_periods, strip_periods
from tests.conftest import FakeEncoder, write_plans
from vectorstore.datatypes import Period
from vectorstore.documents import read_document
from vectorstore.store import build_store

REPORT = read_document("report.txt", "清河街道2020年工作报告\n一、工作回顾\n完成旧改项目3个。\n")
PLAN = read_document("plan.txt", "清河街道国民经济和社会发展第十四个五年规划\n一、目标\n到2035年建成宜居街道。\n")


@pytest.mark.parametrize(
    ("text", "words", "years"),
    [
        ("２０２０年做了什么", "2020年", Period(2020, 2020)),
        ("清河2020和别处比", "2020年", Period(2020, 2020)),
        ("2020做了什么", "2020年", Period(2020, 2020)),
        ("十三五期间做了什么", "十三五", Period(2016, 2020)),
        ("“十四五”要做什么", "十四五", Period(2021, 2025)),
        ("第十五个五年规划", "十五五", Period(2026, 2030)),
    ],
)
def test_a_period_is_read_however_it_is_written(text, words, years):
    found = find_periods(text, [REPORT, PLAN])
    assert [(mention.words, mention.years) for mention in found] == [(words, years)]


@pytest.mark.parametrize("text", ["投资2020万元", "共2020户", "每年投入多少", "十五个小区", "12345热线"])
def test_figures_are_not_periods(text):
    assert find_periods(text, [REPORT, PLAN]) == ()


def test_a_short_year_counts_where_documents_are_of_that_time():
    assert [mention.words for mention in find_periods("20年做了什么", [REPORT])] == ["2020年"]
    assert find_periods("18年做了什么", [REPORT]) == ()


def test_documents_of_the_year_come_before_documents_that_only_name_it(small_store):
    points, five_years, *_ = small_store.documents  # of 2024, and of 2021 to 2025; only the first says 2024

    def about(year, *documents):
        return documents_about((year,), documents, small_store.folded_text)

    assert about(2022, points, five_years) == (five_years,)
    assert about(2024, points, five_years) == (points, five_years)
    assert about(1999, points, five_years) == ()


def test_a_year_that_no_document_is_about_is_looked_for_in_their_texts(tmp_path):
    plan = "清河街道国民经济和社会发展第十四个五年规划\n一、目标\n到2035年建成宜居街道。\n"
    folder = write_plans(tmp_path / "plans", {"规划.txt": plan, "报告.txt": "清河街道2020年工作报告\n完成旧改3个。\n"})
    store, _ = build_store(tmp_path / "store", [folder], model="fake", encoder=FakeEncoder)
    assert [d.id for d in documents_about((2035,), store.documents, store.folded_text)] == ["规划"]


def test_what_is_left_without_periods_is_the_subject():
    assert strip_periods("“十四五”期间养老床位").split() == ["养老床位"]
    assert strip_periods("2020年旧改").split() == ["旧改"]
    assert strip_periods("十四五十四五旧改").split() == ["旧改"]


@pytest.mark.parametrize("text", ["2023年以后的养老床位", "2020年以来建了多少", "2025后怎么安排"])
def test_a_bound_is_no_year_that_documents_are_about(text):
    assert find_periods(text, [REPORT, PLAN]) == ()


def test_a_bound_is_no_part_of_the_subject():
    assert strip_periods("2023年以后养老床位").split() == ["养老床位"]
