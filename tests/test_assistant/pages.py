"""What tests of the page share: answers put together by hand, and ways to read and press what is drawn."""

import re
from collections.abc import Callable, Sequence
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.datatypes import Answer, Cell, Comparison, Facet, Question, Quote, Reason, Turn
from assistant.quotes import make_quote
from assistant.ui import conversation
from vectorstore.datatypes import Scope, Span
from vectorstore.store import VectorStore

APP = Path(conversation.__file__).with_name("app.py")
CLOUD, STONE = "云溪街道/2024年工作要点", "青石镇-三年行动计划"
PARKING, TEA = "新增停车泊位200个,改造路口3处。", "新建生态茶园800亩。"

Answerer = Callable[[str, Sequence[Turn], VectorStore], Turn]


def answering(monkeypatch: pytest.MonkeyPatch, answerer: Answerer) -> None:
    monkeypatch.setattr(conversation, "take_turn", lambda text, history, store, within: answerer(text, history, store))


def quote_of(store: VectorStore, document: str, text: str) -> Quote:
    source = store.document(document)
    start = source.text.index(text)
    sentence = next(s for s in source.sentences if s.span.start <= start < s.span.end)
    span = Span(start, start + len(text))
    return make_quote(source, span, section=sentence.section, paragraph=sentence.paragraph, score=0.9)


def question(text: str) -> Question:
    return Question(text, "停车", text, "list", ("云溪街道",), (Facet("云溪街道", Scope()),))


def found(text: str, history: Sequence[Turn], store: VectorStore) -> Turn:
    quotes = (quote_of(store, CLOUD, PARKING), quote_of(store, STONE, TEA))
    return Turn(question(text), Answer(question(text), quotes, ("云溪街道", "青石镇"), ()))


def silent(reason: Reason) -> Answerer:
    def take_turn(text: str, history: Sequence[Turn], store: VectorStore) -> Turn:
        near = (quote_of(store, CLOUD, PARKING),)
        return Turn(question(text), Answer(question(text), (), (), (), reason=reason, nearest=near))

    return take_turn


def compared(text: str, history: Sequence[Turn], store: VectorStore) -> Turn:
    cells = (Cell("云溪街道", (0,)), Cell("青石镇", ()))
    quotes = (quote_of(store, CLOUD, PARKING),)
    comparison = Comparison("district", cells, periods_differ=True)
    return Turn(question(text), Answer(question(text), quotes, ("云溪街道",), (), comparison=comparison))


def ask(page: AppTest, text: str) -> AppTest:
    return page.chat_input[0].set_value(text).run()


def shown(page: AppTest) -> str:
    """Return all HTML of the page but its style sheet."""
    assert not page.exception
    bodies = [element.proto.body for element in page.get("html")]
    return "\n".join(body for body in bodies if not body.startswith(("<style", "<script")))


def quotations(page: AppTest) -> list[str]:
    quoted = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", shown(page), re.DOTALL)
    return [unescape(re.sub(r"</?b>", "", text)) for text in quoted]


def click(page: AppTest, label: str, *, place: int = 0) -> AppTest:
    return [button for button in page.button if button.label == label][place].click().run()


def go_to(page: AppTest, name: str) -> AppTest:
    """Open a page of the navigation by its address; the test runner itself opens only pages that are files."""
    page.run()
    page._page_hash = next(key for key, known in page._registered_pages.items() if known["url_pathname"] == name)
    return page.run()
