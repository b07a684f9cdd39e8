"""What a question means once a person has changed it."""

from dataclasses import replace

import pytest

from assistant.datatypes import Carried, Meaning
from assistant.meanings import known_years, mean, meaning_of
from assistant.questions import read_question


@pytest.fixture
def question(small_store):
    return read_question("云溪街道2024年停车怎么安排?", (), small_store)


def test_nothing_changed_is_the_question_itself(question, small_store):
    assert mean(question, meaning_of(question), small_store) is question


def test_a_district_taken_away_asks_all(question, small_store):
    changed = mean(question, Meaning((), question.years, question.topic), small_store)
    assert changed.districts == ()
    assert [facet.scope.districts for facet in changed.facets] == [()]


def test_a_district_added_compares(question, small_store):
    changed = mean(question, Meaning(("云溪街道", "青石镇"), (), question.topic), small_store)
    assert changed.compares
    assert [(f.label, f.scope.districts) for f in changed.facets] == [
        ("云溪街道", ("云溪街道",)),
        ("青石镇", ("青石镇",)),
    ]


def test_years_narrow_to_the_documents_about_them(question, small_store):
    changed = mean(question, Meaning(("青石镇",), (2023,), question.topic), small_store)
    assert changed.facets[0].scope.documents == ("青石镇2023年工作报告",)


def test_years_that_no_document_is_about_leave_nothing_to_search(question, small_store):
    changed = mean(question, Meaning(("青石镇",), (1999,), question.topic), small_store)
    assert small_store.in_scope(changed.facets[0].scope) == ()


def test_another_topic_is_what_is_searched_and_read(question, small_store):
    changed = mean(question, Meaning(question.districts, question.years, " 公交 线路 "), small_store)
    assert (changed.topic, changed.asked) == ("公交 线路", "公交 线路")


def test_a_blank_topic_leaves_the_one_understood(question, small_store):
    assert mean(question, Meaning(question.districts, question.years, "  "), small_store) is question


def test_what_was_carried_over_is_said_by_the_person_now(question, small_store):
    carried = replace(question, carried=(Carried("topic", "停车"),))
    assert mean(carried, Meaning((), (), "停车"), small_store).carried == ()


def test_the_years_to_choose_from_are_those_of_the_documents(small_store):
    assert known_years(small_store)[-1] == 2026
    assert 2024 in known_years(small_store)


def test_one_year_is_also_the_part_of_a_document_that_is_headed_with_it(question, small_store):
    changed = mean(question, Meaning(("青石镇",), (2024,), question.topic), small_store)
    assert changed.facets[0].period == "2024年"
