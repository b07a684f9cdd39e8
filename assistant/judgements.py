"""Candidates → judgements: what the reader says of the sentences that numbers alone found most likely to answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Facet, Question
from assistant.evidence import Candidate, outline_parents
from assistant.outlines import asks_overview, headings_below
from vectorstore.datatypes import PassageScores
from vectorstore.folding import fold
from vectorstore.reranking import make_passage
from vectorstore.store import VectorStore

# Passages read for one part of a question: at least so many, and up to so many where their best sentence is at least a
# twentieth as likely as the best of all; and outlines (the headings of a section read as one passage), more of them where an
# overview is asked for. Reading is most of an answer's time.
LEAST_PASSAGES, MOST_PASSAGES, OUTLINES, OVERVIEW_OUTLINES = 3, 5, 1, 3
_LIKELY = 0.05
_OUTLINE_LIMIT = 16
# Log-odds of what was not read; what is read lies between -9 and 9
_UNREAD = -9.0

JUDGED: tuple[str, ...] = (
    "first", "first_below_best", "is_read", "read", "read_below_best", "read_rank", "passage", "passage_below_best",
    "outline", "outline_below_best", "outline_mean", "neighbour_read", "passage_mean",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """``columns``: numbers about each candidate, shape (candidates, len(JUDGED)); ``ranks``: passages read, best first."""

    columns: NDArray[np.float32]
    ranks: tuple[int, ...]


def judge(
    question: Question, facet: Facet, candidates: Sequence[Candidate], first: NDArray[np.float32], store: VectorStore
) -> Judgement:
    """Return what the reader says of the most likely passages; ``first`` are the candidates' probabilities so far."""
    if store.reader is None:
        raise ValueError("judge needs a store with a reader")
    if not candidates:
        return Judgement(np.zeros((0, len(JUDGED)), dtype=np.float32), ())
    groups = _likely_passages(candidates, first)
    outlines = _likely_outlines(question, candidates, first)
    read = [*groups.values(), *outlines]
    passages = [make_passage(candidates[rows[0]].document, [candidates[row].number for row in rows]) for rows in read]
    scores = store.reader.read(asked_text(question, facet), passages)
    of_passages, of_outlines = scores[: len(groups)], scores[len(groups) :]
    columns = _columns(first, list(groups.values()), of_passages, outlines, of_outlines)
    order = sorted(zip(groups, of_passages, strict=True), key=lambda pair: (-pair[1].passage, pair[0]))
    return Judgement(columns, tuple(rank for rank, _ in order))


def asked_text(question: Question, facet: Facet) -> str:
    """Return the question as the reader is asked it: a part of a comparison by its subject and period alone."""
    asked = facet.asked or (question.topic if question.compares else question.asked)
    period = facet.period if facet.period and facet.period not in asked else ""
    return f"{period}{asked}"


def _likely_passages(candidates: Sequence[Candidate], first: NDArray[np.float32]) -> dict[int, list[int]]:
    """Return the rows of the passages whose best sentence is most likely, by the passages' ranks."""
    rows: dict[int, list[int]] = {}
    for row, candidate in enumerate(candidates):
        if not candidate.outline:
            rows.setdefault(candidate.rank, []).append(row)
    likely = {rank: max(float(first[row]) for row in members) for rank, members in rows.items()}
    best = sorted(rows, key=lambda rank: (-likely[rank], rank))[:MOST_PASSAGES]
    floor = _LIKELY * max(likely.values(), default=0.0)
    return {rank: rows[rank] for n, rank in enumerate(best) if n < LEAST_PASSAGES or likely[rank] >= floor}


def _likely_outlines(
    question: Question, candidates: Sequence[Candidate], first: NDArray[np.float32]
) -> list[list[int]]:
    """Return the rows of the headings below those sections that are most likely to answer as an outline."""
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
