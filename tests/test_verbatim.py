"""Every quote is what stands at its place: in the type, in the source, in what is answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat import take_turn
from assistant.quotes import make_quote
from assistant.rendering import answer_record
from tests.conftest import PLANS
from vectorstore.datatypes import Span

pytestmark = pytest.mark.slow

QUESTIONS = (
    "云溪街道新增停车泊位多少个?",
    "青石镇发展茶产业有哪些举措",
    "云溪和松岭的养老服务各有什么",
    "五年规划的总体目标",
    "桃花岭街道的养老服务",
    "青石2023年和2024年养老有什么变化",
)


def shown(store):
    for text in QUESTIONS:
        answer = take_turn(text, (), store).answer
        yield from (*answer.quotes, *answer.nearest)


def test_every_quote_equals_its_place_in_the_document(answering_store):
    for quote in shown(answering_store):
        assert quote.text == quote.span.of(answering_store.document(quote.document).text)
        assert quote.text


def test_every_quote_equals_its_place_in_the_file(answering_store):
    for text in QUESTIONS:
        record = answer_record(take_turn(text, (), answering_store).answer, answering_store)
        for quote in record["quotes"]:
            assert PLANS[quote["document"]][quote["start"] : quote["end"]] == quote["text"]


def test_headings_of_a_quote_stand_in_its_document(answering_store):
    for quote in shown(answering_store):
        squeezed = "".join(answering_store.document(quote.document).text.split())
        for heading in quote.path:
            assert "".join(heading.split()) in squeezed


@given(st.data())
def test_a_quote_of_any_place_is_a_slice(answering_store, data):
    document = data.draw(st.sampled_from(answering_store.documents))
    start = data.draw(st.integers(0, len(document.text) - 1))
    end = data.draw(st.integers(start + 1, len(document.text)))
    quote = make_quote(document, Span(start, end), section=None, paragraph=0, score=1.0)
    assert quote.text == document.text[start:end]
