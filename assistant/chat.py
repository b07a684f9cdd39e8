"""One turn of a conversation: read the question, answer it. Start reading here."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.answers import answer, carries_period, without_carried_period
from assistant.datatypes import Question, Turn
from assistant.questions import read_question
from vectorstore.datatypes import EVERYTHING, Scope
from vectorstore.store import VectorStore


def take_turn(text: str, history: Sequence[Turn], store: VectorStore, *, within: Scope = EVERYTHING) -> Turn:
    """Return the turn that a text makes after the turns before it: the question understood, and its answer.

    A pure function of its arguments. Documents outside of ``within`` are neither named, searched nor quoted. A period that
    was only carried over is let go where it leaves nothing.
    """
    store = store.within(within) if within != EVERYTHING else store
    question = replace(read_question(text, history, store), within=within)
    given = answer(question, store)
    if not given.found and carries_period(question):
        wider = without_carried_period(question)
        again = answer(wider, store)
        if again.found:
            return Turn(wider, again)
    return Turn(question, given)


def retake_turn(question: Question, store: VectorStore) -> Turn:
    """Return the turn of a question whose meaning a person has changed (``assistant.meanings.mean``)."""
    return Turn(question, answer(question, store.within(question.within)))
