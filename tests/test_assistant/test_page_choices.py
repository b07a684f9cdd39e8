"""What a person can change, search and restrict on the page."""

import re
from dataclasses import replace

import pytest

from assistant.datatypes import Answer, Carried, Turn
from assistant.ui import conversation
from assistant.ui.source_view import find_words
from assistant.wording import LANGUAGES, say
from tests.test_assistant.pages import CLOUD, PARKING, answering, ask, click, found, go_to, shown
from vectorstore.datatypes import Scope

pytestmark = pytest.mark.slow


@pytest.fixture
def asked_again(monkeypatch):
    """Return the questions that are asked again, as they then are meant."""
    seen = []

    def retake_turn(question, store):
        seen.append(question)
        return Turn(question, Answer(question, (), (), (), reason="topic-missing"))

    monkeypatch.setattr(conversation, "retake_turn", retake_turn)
    return seen


def with_carried(text, history, store):
    turn = found(text, history, store)
    question = replace(turn.question, years=(2024,), carried=(Carried("topic", "停车"),))
    return Turn(question, replace(turn.answer, question=question))


def chips(page):
    return {button.label: button for button in page.button if button.key.startswith("chip-")}


def test_a_district_is_taken_away_by_a_click(page, monkeypatch, asked_again):
    answering(monkeypatch, found)
    chips(ask(page.run(), "停车?"))["云溪街道"].click().run()
    assert asked_again[0].districts == ()
    assert len(page.session_state["turns"]) == 2


def test_a_year_is_taken_away_by_a_click(page, monkeypatch, asked_again):
    answering(monkeypatch, with_carried)
    chips(ask(page.run(), "停车?"))["2024年"].click().run()
    assert (asked_again[0].years, asked_again[0].districts) == ((), ("云溪街道",))


def test_a_topic_that_was_carried_over_is_taken_away_by_a_click(page, monkeypatch, asked_again):
    answering(monkeypatch, with_carried)
    chips(ask(page.run(), "绿化呢?"))["沿用上文话题：停车"].click().run()
    assert (asked_again[0].topic, asked_again[0].carried) == ("绿化呢", ())


def test_questions_are_asked_within_the_scope_chosen(page, monkeypatch):
    seen = []
    monkeypatch.setattr(
        conversation,
        "take_turn",
        lambda text, history, store, within: seen.append(within) or found(text, history, store),
    )
    page.run()
    page.multiselect(key="district").set_value(["青石镇"]).run()
    page.multiselect(key="year").set_value(["2024"]).run()
    ask(page, "茶园?")
    assert seen == [Scope(districts=("青石镇",), years=(2024,))]


def test_the_scope_is_in_the_address_and_comes_from_it(page, monkeypatch):
    page.query_params["district"] = "青石镇"
    page.run()
    assert page.multiselect(key="district").value == ["青石镇"]
    assert page.button(key="scope-clear").label == say().ALL_DOCUMENTS


def test_a_scope_that_no_document_fits_is_said_so(page):
    page.query_params["district"], page.query_params["year"] = "松岭区", "2023"
    page.run()
    assert say().SCOPE_EMPTY in shown(page)
    page.button(key="scope-clear").click().run()
    assert page.multiselect(key="district").value == []
    assert say().SCOPE_EMPTY not in shown(page)


def test_a_district_that_has_no_documents_is_dropped_from_the_address(page):
    page.query_params["district"] = "桃花岭街道"
    page.run()
    assert page.multiselect(key="district").value == []


def test_words_are_found_in_a_document_and_stepped_through(page, small_store):
    page.query_params["doc"] = CLOUD
    page.run()
    page.text_input(key="find").set_value("社区").run()
    count = small_store.document(CLOUD).text.count("社区")
    assert count > 1
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", shown(page)) == ["社区"] * count
    assert f"1 / {count}" in shown(page)
    page.button(key="step-on").click().run()
    assert f"2 / {count}" in shown(page)
    marks = re.findall(r"<mark[^>]*>", shown(page))
    assert ["id=" in mark for mark in marks].index(True) == 1


def test_words_that_a_document_does_not_hold_are_said_so(page):
    page.query_params["doc"] = CLOUD
    page.run()
    page.text_input(key="find").set_value("地铁").run()
    assert say().nothing_found_text("地铁") in shown(page)


def test_full_width_digits_are_found(small_store):
    document = small_store.document(CLOUD)
    assert [span.of(document.text) for span in find_words(document, "２００个")] == ["200个"]


def test_the_quotes_of_one_document_are_marked_together_and_the_opened_one_is_chosen(page, small_store, monkeypatch):
    def two(text, history, store):
        turn = found(text, history, store)
        first = turn.answer.quotes[0]
        sentence = next(
            s for s in store.document(CLOUD).sentences if s.kind == "body" and not s.span.overlap(first.span)
        )
        second = replace(first, span=sentence.span, text=sentence.span.of(store.document(CLOUD).text))
        return Turn(turn.question, replace(turn.answer, quotes=(first, second)))

    answering(monkeypatch, two)
    ask(page.run(), "停车?")
    click(page, say().OPEN_SOURCE, place=0)
    marked = re.findall(r"<mark([^>]*)>(.*?)</mark>", shown(page))
    assert len(marked) == 2
    assert [text for attributes, text in marked if "id=" in attributes] == [PARKING]


def test_english_is_spoken_when_it_is_chosen(page):
    page.query_params["lang"] = "en"
    page.run()
    assert LANGUAGES["en"].PAGE_PURPOSE in shown(page)
    assert LANGUAGES["zh"].PAGE_PURPOSE not in shown(page)


def test_the_switch_at_the_side_changes_the_language(page):
    page.run()
    page.segmented_control(key="language-switch").set_value("en").run()
    assert LANGUAGES["en"].PAGE_PURPOSE in shown(page)


def test_earlier_turns_are_drawn_on_demand(page, small_store):
    turns = tuple(found(f"问题{number}?", (), small_store) for number in range(30))
    page.session_state["turns"] = turns
    page.run()
    assert shown(page).count('class="plan-question"') == 20
    page.button(key="show-earlier").click().run()
    assert shown(page).count('class="plan-question"') == 30


def test_the_language_is_kept_on_the_other_pages(page):
    page.query_params["lang"] = "en"
    page.run()
    page.query_params.clear()
    assert LANGUAGES["en"].LIBRARY_PURPOSE in shown(go_to(page, "documents"))


def test_kinds_are_chosen_by_their_words(page, monkeypatch):
    seen = []
    monkeypatch.setattr(
        conversation,
        "take_turn",
        lambda text, history, store, within: seen.append(within) or found(text, history, store),
    )
    page.query_params["kind"] = "工作要点"
    ask(page.run(), "停车?")
    assert seen == [Scope(kinds=("work points",))]


@pytest.mark.parametrize("year", ["²", "去年", "", "-1"])
def test_a_year_in_the_address_that_is_none_restricts_nothing(page, year):
    page.query_params["year"] = year
    page.run()
    assert not page.exception
    assert page.multiselect(key="year").value == []
