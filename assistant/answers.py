"""Question → Answer: each part retrieved and quoted on its own, then put together."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from assistant.comparisons import compare
from assistant.datatypes import Answer, Facet, Question, Quote, Reason
from assistant.off_topic import is_off_topic
from assistant.overlap import asked_words, cover
from assistant.periods import find_periods
from assistant.places import read_places
from assistant.purposes import with_statements
from assistant.questions import LENGTH_LIMIT
from assistant.quotes import SURE, Selected, select_quotes
from assistant.timed_parts import speaks_of
from vectorstore.datatypes import Hit, Scope
from vectorstore.folding import fold
from vectorstore.store import VectorStore

# Passages retrieved for each part; the best of them are read.
_PASSAGES = 30
_NEAREST = 3
# Share of the question's words, by rarity, that stand where its subject does: 88 % of 191 near misses reach it, and 8 % of 252
# questions on other subjects (training and held-out documents; train_selection prints the table).
_SUBJECT = 0.35
# A follow-up with a topic of fewer characters says too little to be off topic
_LEANS = 7
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]{2,}")


def answer(question: Question, store: VectorStore) -> Answer:
    """Return the quotes that answer a question, or none with the reason and what stands nearest."""
    reason = _refusal(question)
    if reason in ("empty", "too-long", "not-chinese"):
        return Answer(question, (), question.districts, (), reason=reason)
    vector = store.encode(question.topic)
    if reason is None and _off_topic(question, store, vector):
        return Answer(question, (), question.districts, (), reason="off-topic")
    parts = _answer_parts(question, question.facets, store, vector)
    passages = _interleave([part.passages for part in parts])
    quotes = tuple(quote for part in parts for quote in part.quotes)
    if reason or not quotes:
        nearest = [quote for part in parts for quote in (*part.quotes, *part.nearest)]
        silent = _not_found(question, store, passages, nearest, reason)
        return silent if reason else replace(silent, elsewhere=_elsewhere(question, store, vector))
    districts = question.districts or tuple(dict.fromkeys(q.district for q in quotes if q.district))
    comparison = compare(question, [part.quotes for part in parts], store) if question.compares else None
    return Answer(question, quotes, districts, passages, comparison=comparison)


def without_carried_period(question: Question) -> Question:
    """Return the question about all times, where its period was only carried over from the turn before."""
    facets = tuple(
        Facet(facet.label, Scope(facet.scope.districts, (), (), facet.scope.kinds)) for facet in question.facets
    )
    carried = tuple(part for part in question.carried if part.what != "period")
    return replace(question, facets=facets, years=(), carried=carried)


def carries_period(question: Question) -> bool:
    """Tell whether the period was carried over from the turn before."""
    return any(part.what == "period" for part in question.carried)


def _refusal(question: Question) -> Reason | None:
    """Return why a question can't be answered whatever the documents say, or None."""
    if not any(char.isalnum() for char in question.text):
        return "empty"
    if len(question.text) > LENGTH_LIMIT:
        return "too-long"
    if not _CHINESE.search(question.text) and len(_WORDS.findall(question.text)) > 1:
        return "not-chinese"
    if question.unknown_places and not question.districts:
        return "outside-place"
    return "outside-period" if question.unknown_years else None


def _off_topic(question: Question, store: VectorStore, vector: NDArray[np.float32]) -> bool:
    """Tell whether a question is about nothing that plans hold.

    One that names a district is about plans, and so is one that goes on with the subject before, or with the districts in
    so few words that it leans on them (奶牛呢?).
    """
    carried = {part.what for part in question.carried}
    names = bool(question.districts) and "districts" not in carried
    leans = "topic" in carried or ("districts" in carried and len(question.topic) < _LEANS)
    return not (names or leans) and is_off_topic(vector, store.manifest.model)


def _answer_parts(
    question: Question, facets: Sequence[Facet], store: VectorStore, vector: NDArray[np.float32]
) -> tuple[Selected, ...]:
    """Return the quotes that answer each part of a question, or the nearest where none does, with its passages."""
    parts = [(facet, _retrieve(question, facet, store, vector)) for facet in facets]
    return select_quotes(question, parts, store, vector=vector)


def _retrieve(question: Question, facet: Facet, store: VectorStore, vector: NDArray[np.float32]) -> tuple[Hit, ...]:
    """Return the passages one part of a question may be answered by, best first."""
    hits = store.retrieve(question.topic, scope=facet.scope, limit=3 * _PASSAGES, vector=vector)
    named = find_periods(facet.period, ()) if facet.period else ()
    if named:
        years = named[0].years
        hits = tuple(hit for hit in hits if speaks_of(store.document(hit.chunk.document), hit.chunk.span, years))
    return with_statements(question, facet, hits[:_PASSAGES], store)


def _interleave(rankings: Sequence[Sequence[Hit]]) -> tuple[Hit, ...]:
    """Return the rankings of the parts as one, the best of each first."""
    rows = (hit for row in zip_longest(*rankings) for hit in row if hit is not None)
    return tuple({hit.chunk.id: hit for hit in rows}.values())


def _not_found(
    question: Question, store: VectorStore, passages: tuple[Hit, ...], near: Sequence[Quote], reason: Reason | None
) -> Answer:
    nearest = sorted(near, key=lambda quote: (-quote.score, quote.document, quote.span))[:_NEAREST]
    comparison = compare(question, [()] * len(question.facets), store) if question.compares else None
    return Answer(
        question,
        (),
        question.districts,
        passages,
        comparison=comparison,
        reason=reason or _silence(question, nearest),
        nearest=tuple(nearest),
    )


def _silence(question: Question, nearest: Sequence[Quote]) -> Reason:
    """Tell whether it is the subject that is missing, or what is asked about it: by the words that stand nearest."""
    words = asked_words(question)
    near = (cover(words, fold(" ".join([*quote.path, quote.text]))) for quote in nearest)
    return "detail-missing" if max(near, default=0.0) >= _SUBJECT else "topic-missing"


def _elsewhere(question: Question, store: VectorStore, vector: NDArray[np.float32]) -> tuple[str, ...]:
    """Return the districts not asked about whose documents do answer."""
    others = tuple(place.name for place in read_places(store.documents) if place.name not in question.districts)
    if not question.districts or not others:
        return ()
    facet = Facet("", Scope(districts=others))
    parts = select_quotes(
        question, [(facet, _retrieve(question, facet, store, vector))], store, vector=vector, glance=True
    )
    # Another district is only named for a sentence that rather answers than not
    quotes = [quote for part in parts for quote in part.quotes if quote.score >= SURE]
    return tuple(dict.fromkeys(quote.district for quote in quotes if quote.district))
