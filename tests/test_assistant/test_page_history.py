"""Conversations that are kept: the list at the side, the address, verdicts, and what a question is made to mean."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.datatypes import Question
from assistant.history import History
from assistant.ui import conversation
from assistant.wording import say
from tests.test_assistant.pages import APP, PARKING, TEA, answering, ask, click, compared, found, quotations, shown
from vectorstore.datatypes import Span

pytestmark = pytest.mark.slow


@pytest.fixture
def kept(tmp_path: Path) -> History:
    """Return the history that the page keeps."""
    return History(tmp_path / "kept" / "conversations.sqlite3")


@pytest.fixture(autouse=True)
def answers(monkeypatch):
    answering(monkeypatch, found)


def open_again(page: AppTest, **address: str) -> AppTest:
    """Return another session of the page, opened at an address."""
    other = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in address.items():
        other.query_params[name] = value
    return other.run()


def titles(page: AppTest) -> list[str]:
    return [button.label for button in page.button if (button.key or "").startswith("open-kept-")]


def test_an_answered_question_is_kept_and_named_in_the_address(page, kept):
    ask(page.run(), "停车?")
    (summary,) = kept.conversations()
    assert page.query_params["chat"] == summary.id
    assert [turn.question.text for turn in kept.turns(summary.id)] == ["停车?"]


def test_a_conversation_outlives_a_reload(page, kept):
    ask(ask(page.run(), "停车?"), "绿化呢?")
    again = open_again(page, chat=kept.conversations()[0].id)
    assert [turn.question.text for turn in again.session_state["turns"]] == ["停车?", "绿化呢?"]
    assert quotations(again) == [PARKING, TEA] * 2


def test_a_reloaded_conversation_goes_on_where_it_was(page, kept):
    ask(page.run(), "停车?")
    (summary,) = kept.conversations()
    ask(open_again(page, chat=summary.id), "绿化呢?")
    assert [turn.question.text for turn in kept.turns(summary.id)] == ["停车?", "绿化呢?"]


def test_an_address_of_no_conversation_says_so_and_shows_the_first_screen(page):
    again = open_again(page, chat="gone")
    assert say().NO_SUCH_CONVERSATION in shown(again)
    assert say().PAGE_PURPOSE in shown(again)
    assert "chat" not in again.query_params


def test_conversations_stand_at_the_side_the_newest_first_and_open(page):
    ask(page.run(), "停车?")
    page.button(key="anew").click().run()
    ask(page, "茶园?")
    page.run()
    assert titles(page) == ["茶园?", "停车?"]
    click(page, "停车?")
    assert [turn.question.text for turn in page.session_state["turns"]] == ["停车?"]


def test_the_source_view_keeps_the_conversation_in_its_address(page, kept):
    ask(page.run(), "停车?")
    click(page, "查看原文")
    assert page.query_params["chat"] == kept.conversations()[0].id
    page.button(key="back").click().run()
    assert page.query_params["chat"] == kept.conversations()[0].id


def test_conversations_are_searched_by_their_words(page, kept, small_store):
    for text in ("停车?", "茶园?"):
        kept.add_turn(replace_question(found(text, (), small_store), text), None)
    page.run()
    page.text_input(key="search").set_value("茶园?").run()
    assert titles(page) == ["茶园?"]
    page.text_input(key="search").set_value("地铁").run()
    assert titles(page) == []
    assert say().NO_CONVERSATION_FOUND in shown(page)


def replace_question(turn, text):
    return replace(turn, question=replace(turn.question, text=text))


def test_a_conversation_is_renamed(page, kept):
    ask(page.run(), "停车?")
    page.run()
    (summary,) = kept.conversations()
    page.text_input(key=f"title-{summary.id}").set_value("云溪停车")
    click(page, say().RENAME)
    assert [kept.conversations()[0].title, *titles(page)] == ["云溪停车", "云溪停车"]


def test_a_deleted_conversation_is_gone_and_the_first_screen_shows(page, kept):
    ask(page.run(), "停车?")
    page.run()
    click(page, say().DELETE)
    assert kept.conversations() == ()
    assert say().PAGE_PURPOSE in shown(page)


def test_a_verdict_is_kept_with_its_turn(page, kept):
    ask(page.run(), "停车?")
    page.run()
    (summary,) = kept.conversations()
    page.button_group(key=f"verdict-{summary.id}-0").set_value("incomplete").run()
    assert kept.judgements(summary.id) == {0: "incomplete"}
    assert not page.exception


def test_a_history_that_cannot_be_written_leaves_the_answer_and_says_why(page, kept):
    kept.path.parent.mkdir(parents=True)
    kept.path.write_bytes(b"not a database" * 100)
    ask(page.run(), "停车?")
    assert quotations(page) == [PARKING, TEA]
    assert "对话没能保存或读取" in shown(page)
    assert kept.path.read_bytes() == b"not a database" * 100


def test_no_history_is_kept_where_none_is_wanted(page, kept, monkeypatch):
    monkeypatch.setenv("PLANS_HISTORY", "none")
    ask(page.run(), "停车?")
    page.run()
    assert not kept.path.exists()
    assert titles(page) == []


def test_a_turn_kept_by_another_version_is_said_and_the_others_stay(page, kept):
    ask(page.run(), "停车?")
    (summary,) = kept.conversations()
    with sqlite3.connect(kept.path) as connection:
        connection.execute("UPDATE turns SET record = ?", (b'{"version": 0}',))
    again = open_again(page, chat=summary.id)
    assert "停车?" in shown(again)
    assert not again.exception


def test_a_kept_quote_whose_document_has_changed_says_so(page, kept, small_store):
    turn = found("停车?", (), small_store)
    moved = replace(turn.answer.quotes[0], span=Span(0, len(PARKING)))
    name = kept.add_turn(replace(turn, answer=replace(turn.answer, quotes=(moved,))), None)
    assert say().QUOTE_CHANGED in shown(open_again(page, chat=name))


def test_a_meaning_that_is_changed_asks_again_and_the_first_answer_stays(page, monkeypatch):
    asked: list[Question] = []

    def retake(question, store):
        asked.append(question)
        return replace(found(question.text, (), store), question=question)

    monkeypatch.setattr(conversation, "retake_turn", retake)
    ask(page.run(), "停车?")
    page.multiselect(key="districts-0").set_value(["青石镇"])
    page.text_input(key="topic-0").set_value("茶园")
    click(page, "重新查找")
    assert [(question.districts, question.topic) for question in asked] == [(("青石镇",), "茶园")]
    assert len(page.session_state["turns"]) == 2


def test_downloads_of_a_conversation_and_of_a_comparison_are_offered(page, monkeypatch):
    answering(monkeypatch, compared)
    ask(page.run(), "停车,云溪和青石各怎么样?")
    page.run()
    labels = [element.proto.label for element in page.get("download_button")]
    assert labels == ["Word (docx)", "Markdown", "JSON", "Excel (xlsx)", "Word (docx)", "CSV"]
