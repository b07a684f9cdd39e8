"""Candidates → judgements: what the reader says of the sentences that numbers alone found most likely to answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Facet, Question
from assistant.evidence import Candidate, outline_parents
from assistant.outlines import asks_overview, headings_below
from vectorstore.datatypes import Passage, PassageScores
from vectorstore.folding import fold
from vectorstore.reranking import make_passage
from vectorstore.store import VectorStore

# Passages read for one part of a question: at least so many, and up to so many where their best sentence is at least a
# twentieth as likely as the best of all; and outlines (the headings of a section read as one passage), more of them where an
# overview is asked for. Reading is most of an answer's time. With three at least, dev's f1 is 0.8415 instead of 0.8412, the
# city reports' the same, and an answer takes half as long again; with one at least dev's is 0.832.
LEAST_PASSAGES, MOST_PASSAGES, OUTLINES, OVERVIEW_OUTLINES = 2, 5, 1, 3
_LIKELY = 0.05
# Each part of three or more: dev's f1 is 0.842 instead of 0.841, the city reports' 0.843 instead of 0.842, and of the slowest
# questions a third less is read
_MANY_PARTS, _LEAST_OF_MANY, _LIKELY_OF_MANY = 3, 1, 0.15
_OUTLINE_LIMIT = 16
# Log-odds of what was not read; what is read lies between -9 and 9
_UNREAD = -9.0

JUDGED: tuple[str, ...] = (
    "first", "first_below_best", "is_read", "read", "read_below_best", "read_rank", "passage", "passage_below_best",
    "outline", "outline_below_best", "outline_mean", "neighbour_read", "passage_mean",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question, the sentences that may answer it, and how likely each does so far: shape (candidates,)."""

    facet: Facet
    candidates: Sequence[Candidate]
    first: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is read of one part: the rows of the candidates in each passage by its rank, and in each outline."""

    passages: dict[int, list[int]]
    outlines: list[list[int]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """``columns``: numbers about each candidate, shape (candidates, len(JUDGED)); ``ranks``: passages read, best first."""

    columns: NDArray[np.float32]
    ranks: tuple[int, ...]


def judge(
    question: Question, parts: Sequence[Part], store: VectorStore, *, most: int = MOST_PASSAGES
) -> tuple[Judgement, ...]:
    """Return what the reader says of each part's most likely passages, at ``most`` so many; those of all parts are read together."""
    if store.reader is None:
        raise ValueError("judge needs a store with a reader")
    least, likely = (_LEAST_OF_MANY, _LIKELY_OF_MANY) if len(parts) >= _MANY_PARTS else (LEAST_PASSAGES, _LIKELY)
    passages = [_likely_passages(part, least=least, most=most, share=likely) for part in parts]
    rows = [_Rows(own, _likely_outlines(question, part)) for part, own in zip(parts, passages, strict=True)]
    pairs = [pair for part, own in zip(parts, rows, strict=True) for pair in _pairs(question, part, own)]
    scores = iter(store.reader.read(pairs))
    return tuple(_judged(part, own, scores) for part, own in zip(parts, rows, strict=True))


def _pairs(question: Question, part: Part, rows: _Rows) -> Iterator[tuple[str, Passage]]:
    asked, candidates = asked_text(question, part.facet), part.candidates
    for own in (*rows.passages.values(), *rows.outlines):
        yield asked, make_passage(candidates[own[0]].document, [candidates[row].number for row in own])


def _judged(part: Part, rows: _Rows, scores: Iterator[PassageScores]) -> Judgement:
    """Return what is made of the scores of a part's passages and outlines, which are the next ones."""
    of_passages, of_outlines = (list(islice(scores, len(own))) for own in (rows.passages, rows.outlines))
    order = sorted(zip(rows.passages, of_passages, strict=True), key=lambda pair: (-pair[1].passage, pair[0]))
    columns = _columns(part.first, list(rows.passages.values()), of_passages, rows.outlines, of_outlines)
    return Judgement(columns, tuple(rank for rank, _ in order))


def asked_text(question: Question, facet: Facet) -> str:
    """Return the question as the reader is asked it: a part of a comparison by its subject and period alone."""
    asked = facet.asked or (question.topic if question.compares else question.asked)
    period = facet.period if facet.period and facet.period not in asked else ""
    return f"{period}{asked}"


def _likely_passages(part: Part, *, least: int, most: int, share: float) -> dict[int, list[int]]:
    """Return the rows of the passages whose best sentence is most likely, by the passages' ranks.

    More than the least only where it is at least such a share as likely as the best of all.
    """
    first = part.first
    rows: dict[int, list[int]] = {}
    for row, candidate in enumerate(part.candidates):
        if not candidate.outline:
            rows.setdefault(candidate.rank, []).append(row)
    likely = {rank: max(float(first[row]) for row in members) for rank, members in rows.items()}
    best = sorted(rows, key=lambda rank: (-likely[rank], rank))[:most]
    floor = share * max(likely.values(), default=0.0)
    return {rank: rows[rank] for n, rank in enumerate(best) if n < least or likely[rank] >= floor}


def _likely_outlines(question: Question, part: Part) -> list[list[int]]:
    """Return the rows of the headings below those sections that are most likely to answer as an outline."""
    candidates, first = part.candidates, part.first
    place = {(c.document.id, c.number): row for row, c in enumerate(candidates)}
    documents = {c.document.id: c.document for c in candidates}
    found = []
    for document in documents.values():
        for parent in outline_parents(question, document, candidates):
            numbers = headings_below(document, parent)[:_OUTLINE_LIMIT]
            rows = [place[key] for key in ((document.id, number) for number in numbers) if key in place]
            if len(rows) > 1:
                found.append(rows)
    count = OVERVIEW_OUTLINES if asks_overview(fold(question.in_full)) else OUTLINES
    return sorted(found, key=lambda rows: (-float(np.mean(first[rows])), rows))[:count]


def _columns(
    first: NDArray[np.float32],
    passages: Sequence[Sequence[int]],
    passage_scores: Sequence[PassageScores],
    outlines: Sequence[Sequence[int]],
    outline_scores: Sequence[PassageScores],
) -> NDArray[np.float32]:
    size = len(first)
    if not size:
        return np.zeros((0, len(JUDGED)), dtype=np.float32)
    read, whole, mean, near = (np.full(size, _UNREAD, dtype=np.float32) for _ in range(4))
    outline, outline_mean = (np.full(size, _UNREAD, dtype=np.float32) for _ in range(2))
    for rows, scores in zip(passages, passage_scores, strict=True):
        read[rows] = scores.sentences
        whole[rows] = scores.passage
        mean[rows] = np.mean(scores.sentences)
        padded = [_UNREAD, *scores.sentences, _UNREAD]
        near[rows] = [max(padded[n], padded[n + 2]) for n in range(len(rows))]
    for rows, scores in zip(outlines, outline_scores, strict=True):
        outline[rows] = scores.sentences
        outline_mean[rows] = np.mean(scores.sentences)
    odds = _odds(first)
    rank = np.empty(size, dtype=np.float32)
    rank[np.argsort(-read, kind="stable")] = np.minimum(np.arange(size), 20) / 20
    columns = [
        odds, odds - odds.max(), (read > _UNREAD).astype(np.float32), read, read - read.max(), rank,
        whole, whole - whole.max(), outline, outline - outline.max(), outline_mean, near, mean,
    ]  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


def _odds(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    inside = probabilities.clip(1e-4, 1 - 1e-4)
    odds: NDArray[np.float32] = np.log(inside / (1 - inside))
    return odds
