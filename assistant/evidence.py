"""Question + hits → candidate sentences, each described by numbers that tell whether it answers."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Asks, Facet, Question
from assistant.outlines import asks_outline, asks_overview, count_asked, headings_below, main_section, outline_sections
from assistant.overlap import asked_words, cover, longest_run, share
from assistant.tenses import FUTURE_ASKED, FUTURE_HEADED, PAST_ASKED, PAST_HEADED
from vectorstore.datatypes import Document, Hit, Sentence
from vectorstore.documents import folded
from vectorstore.folding import fold
from vectorstore.store import VectorStore

# Passages read for an answer. More cost time; for 12 the sentences of 92 % of the training answers were all among
# the candidates.
DEPTH = 18
# Sections whose sub-headings are candidates too: 主要任务分哪几块? is answered by the headings below 主要任务.
_OUTLINE_DOCUMENTS = 3
_ASKS: tuple[Asks, ...] = ("fact", "figure", "when", "who", "list", "summary")
_KINDS = (("heading",), ("lead",), ("body",), ("note",), ("meta", "closing", "title"))
_DATE = re.compile(r"\d{4}年|\d{1,2}月|\d{4}-\d{1,2}|[“\"]?十[一二三四五六]五[”\"]?(?:期间|末|时期)|年底|年内|月底")
_FIGURE = re.compile(r"\d|[一二三四五六七八九十百千万两]+(?:个|家|所|处|条|项|名|次|户|大)")
_BODY_WORDS = re.compile(r"局|委|办|部门|单位|公司|中心|领导小组|牵头|负责|责任|组织|政府|街道|镇|党")
_UNIT = re.compile(r"(?:多少|几)([个家次张处条所人户件名项座间套届场米亩辆台支组亿万元分成倍周平%]{1,2})")
# 哪天发布的, 落款是谁: asked of the document itself
_ITSELF_ASKED = re.compile(r"发布|落款|印发|成文|发文|出台的?$|哪个部门发|谁发|通过的")
_PROBLEMS = re.compile(r"问题|不足|短板|困难|挑战|制约|瓶颈")

NAMES: tuple[str, ...] = (
    "cosine", "cosine_below_best", "cosine_z", "chunk_score", "chunk_rank", "words_share",
    "cover", "cover_path", "cover_both", "cover_heading", "cover_before", "common_run", "rarest_missing",
    "rarest_missing_anywhere", "length", *(f"kind_{kinds[0]}" for kinds in _KINDS), "has_date", "has_figure",
    "has_body", "unit_said", *(f"asks_{asks}" for asks in _ASKS), "question_words", "period_here", "period_elsewhere",
    "past_fits", "future_fits", "problems_fit", "document_fits", "neighbour_cosine", "neighbour_words", "simple", "simple_below_best",
    "simple_rank", "in_best_section", "in_best_item", "section_mean", "section_size", "document_start", "siblings", "opens_section",
    "asks_outline", "outline_rank", "count_fits",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: its document, its number there, and the rank of the passage it stands in.

    ``outline``: it is a heading that stands in none of the passages.
    """

    document: Document
    number: int
    rank: int
    passage: float
    outline: bool = False

    @property
    def sentence(self) -> Sentence:
        """The sentence itself."""
        return self.document.sentences[self.number]

    @property
    def text(self) -> str:
        """Its characters."""
        return self.sentence.span.of(self.document.text)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for, prepared once a question."""

    view: str
    asks: Asks
    words: tuple[tuple[str, float], ...]
    period: str | None
    unit: str | None


def find_candidates(question: Question, hits: Sequence[Hit], store: VectorStore) -> tuple[Candidate, ...]:
    """Return the sentences of the best passages, in the passages' order, and headings that may answer as an outline."""
    read = [
        Candidate(store.document(hit.chunk.document), number, rank, hit.score)
        for rank, hit in enumerate(hits[:DEPTH])
        for number in range(hit.chunk.first, hit.chunk.last + 1)
    ]
    known = {(candidate.document.id, candidate.number) for candidate in read}
    outline = [c for c in _outline(question, read) if (c.document.id, c.number) not in known]
    return (*read, *outline)


def _outline(question: Question, read: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield the headings right below the sections that may answer as an outline."""
    documents = {c.document.id: c.document for c in read}
    for document in list(documents.values())[:_OUTLINE_DOCUMENTS]:
        numbers = dict.fromkeys(
            number
            for parent in outline_parents(question, document, read)
            for number in headings_below(document, parent)
        )
        yield from (Candidate(document, number, DEPTH, read[-1].passage / 2, outline=True) for number in numbers)


def outline_parents(question: Question, document: Document, read: Sequence[Candidate]) -> tuple[int | None, ...]:
    """Return the sections whose sub-headings may be what is asked for.

    They are those that the question's words, and the number it names, fit best; where an overview is asked for also the
    section that most of the passages stand in, whatever its words.
    """
    fitting = outline_sections(question, document)
    if not asks_overview(fold(question.in_full)):
        return fitting
    main = main_section(document, [c.number for c in read if c.document is document and not c.outline])
    return fitting if main is None or main in fitting else (*fitting, main)


def describe(
    question: Question, facet: Facet, candidates: Sequence[Candidate], store: VectorStore, vector: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what tells whether each candidate answers: shape (candidates, features), columns as in ``NAMES``."""
    if not candidates:
        return np.zeros((0, len(NAMES)), dtype=np.float32)
    asked = _prepare(question, facet)
    cosines = store.sentence_vectors([(c.document.id, c.number) for c in candidates]) @ vector
    all_words = store.sentence_words(question.topic)
    words = np.array([all_words[store.sentence_number(c.document.id, c.number)] for c in candidates], dtype=np.float32)
    unsaid = {c.document.id: _unsaid(asked, c.document) for c in candidates}
    headings = [_headings(c) for c in candidates]
    pairs = list(zip(candidates, headings, strict=True))
    # Of headings, which many sentences share, once
    covered = cache(partial(cover, asked.words))
    covers = np.array([_covers(asked, c, h, unsaid[c.document.id], covered) for c, h in pairs], dtype=np.float32)
    singles = np.array([_single(asked, c, h) for c, h in pairs], dtype=np.float32)
    columns = [
        *_vector_columns(cosines),
        *_passage_columns(candidates),
        words / max(1e-6, float(words.max())),
        *covers.T,
        *singles.T,
        *_neighbour_columns(candidates, cosines, words),
        *_section_columns(candidates, cosines, words, covers),
        *_outline_columns(question, candidates),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _prepare(question: Question, facet: Facet) -> _Asked:
    unit = _UNIT.search(question.in_full)
    words = asked_words(question)
    return _Asked(fold(question.in_full), question.asks, words, facet.period, unit.group(1) if unit else None)


def _vector_columns(cosines: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    spread = max(1e-6, float(cosines.std()))
    return [cosines, cosines - cosines.max(), (cosines - cosines.mean()) / spread]


def _passage_columns(candidates: Sequence[Candidate]) -> list[NDArray[np.float32]]:
    best = max(c.passage for c in candidates)
    score = np.array([c.passage / best for c in candidates], dtype=np.float32)
    return [score, np.array([1.0 / (1 + c.rank) for c in candidates], dtype=np.float32)]


def _unsaid(asked: _Asked, document: Document) -> float:
    """Return the rarity of the rarest word of the question that a document does not hold, even in parts."""
    text = folded(document)
    return max((rarity for word, rarity in asked.words if share(word, text) < 1), default=0.0)


def _covers(
    asked: _Asked, candidate: Candidate, headings: Sequence[str], unsaid: float, covered: Callable[[str], float]
) -> tuple[float, ...]:
    """Shares of the question's words, by rarity: in the sentence, above it, in both, in its heading, before it."""
    view, span = folded(candidate.document), candidate.sentence.span
    text = span.of(view)
    path, heading = " ".join(headings), headings[-1] if headings else ""
    before = view[max(0, span.start - 80) : span.start]
    both = f"{path} {text}"
    missing = max((rarity for word, rarity in asked.words if word not in both), default=0.0)
    shares = [covered(place) for place in (text, path, both, heading, before)]
    return (*shares, longest_run(asked.view, text) / 10.0, missing, unsaid)


def _headings(candidate: Candidate) -> list[str]:
    document, sentence = candidate.document, candidate.sentence
    view = folded(document)
    return [span.of(view) for span in document.headings(sentence.section) if span != sentence.span]


def _single(asked: _Asked, candidate: Candidate, headings: Sequence[str]) -> tuple[float, ...]:
    """What the sentence is and says, what is asked for, and whether its part of the document is about the time asked."""
    text, kind = candidate.sentence.span.of(folded(candidate.document)), candidate.sentence.kind
    path = " ".join(headings)
    unit = asked.unit is not None and bool(re.search(rf"\d.{{0,3}}{re.escape(asked.unit[-1])}", text))
    past, future = bool(PAST_ASKED.search(asked.view)), bool(FUTURE_ASKED.search(asked.view))
    headed_past, headed_future = bool(PAST_HEADED.search(path)), bool(FUTURE_HEADED.search(path))
    return (
        min(3.0, len(text) / 100),
        *(float(kind in kinds) for kinds in _KINDS),
        float(bool(_DATE.search(text))),
        float(bool(_FIGURE.search(text))),
        float(bool(_BODY_WORDS.search(text))),
        float(unit),
        *(float(asked.asks == asks) for asks in _ASKS),
        min(10, len(asked.words)) / 10,
        *_period_fit(asked.period, path, text),
        float(past - future) * float(headed_past - headed_future),
        float(future) * float(headed_future),
        float(bool(_PROBLEMS.search(asked.view))) * (1.0 if _PROBLEMS.search(path + text) else -1.0),
        float(bool(_ITSELF_ASKED.search(asked.view))) * (1.0 if kind in ("meta", "closing") else -1.0),
    )


def _outline_columns(question: Question, candidates: Sequence[Candidate]) -> list[NDArray[np.float32]]:
    """How a sentence that opens a section stands among the outlines that may be asked for."""
    view = fold(question.in_full)
    wanted, asked = count_asked(view), asks_outline(view)
    documents = {c.document.id: c.document for c in candidates}
    ranks = {id_: outline_sections(question, document) for id_, document in documents.items()}
    rows = [_outline_row(candidate, ranks[candidate.document.id], wanted) for candidate in candidates]
    columns = np.array([(*row[:2], float(asked), *row[2:]) for row in rows], dtype=np.float32)
    return list(columns.T)


def _outline_row(
    candidate: Candidate, ranked: tuple[int | None, ...], wanted: int | None
) -> tuple[float, float, float, float]:
    section = candidate.sentence.section
    parent = candidate.document.sections[section].parent if section is not None else None
    below = headings_below(candidate.document, parent)
    if section is None or candidate.number not in below:
        return 0.0, 0.0, 0.0, 0.0
    rank = 1.0 / (1 + ranked.index(parent)) if parent in ranked else 0.0
    return min(10, len(below)) / 10, 1.0, rank, float(len(below) == wanted)


def _period_fit(period: str | None, path: str, text: str) -> tuple[float, float]:
    """Whether the headings name the period asked for, or another one only."""
    if period is None:
        return 0.0, 0.0
    here = period in path or period in text
    other = re.search(r"20\d{2}年|十[一二三四五六]五", path) is not None
    return float(here), float(other and not here)


def _neighbour_columns(
    candidates: Sequence[Candidate], cosines: NDArray[np.float32], words: NDArray[np.float32]
) -> list[NDArray[np.float32]]:
    """The better of the two neighbours in the same document."""
    place = {(c.document.id, c.number): row for row, c in enumerate(candidates)}
    best = max(1e-6, float(words.max()))
    near_cosine, near_words = np.zeros_like(cosines), np.zeros_like(words)
    for row, candidate in enumerate(candidates):
        rows = [place.get((candidate.document.id, candidate.number + step)) for step in (-1, 1)]
        known = [other for other in rows if other is not None]
        near_cosine[row] = max((cosines[other] for other in known), default=0.7)
        near_words[row] = max((words[other] / best for other in known), default=0.0)
    return [near_cosine, near_words]


def _section_columns(
    candidates: Sequence[Candidate],
    cosines: NDArray[np.float32],
    words: NDArray[np.float32],
    covers: NDArray[np.float32],
) -> list[NDArray[np.float32]]:
    """A simple score, and how the sentence's section stands by it: lists answer as a section."""
    passage = np.array([1.0 / (1 + c.rank) for c in candidates], dtype=np.float32)
    simple = (cosines - cosines.mean()) / max(1e-6, float(cosines.std())) * 0.5 + words / max(1e-6, float(words.max()))
    simple = simple + covers[:, 2] * 2 + passage * 0.5
    order = np.argsort(-simple, kind="stable")
    rank = np.empty(len(simple), dtype=np.float32)
    rank[order] = np.arange(len(simple), dtype=np.float32)
    sections = [(c.document.id, c.sentence.section) for c in candidates]
    items = [(c.document.id, c.sentence.paragraph) for c in candidates]
    best = int(order[0])
    members = {s: [row for row, other in enumerate(sections) if other == s] for s in set(sections)}
    mean = np.array([simple[members[s]].mean() for s in sections], dtype=np.float32)
    return [
        simple,
        simple - simple.max(),
        np.minimum(rank, 20) / 20,
        np.array([s == sections[best] for s in sections], dtype=np.float32),
        np.array([i == items[best] for i in items], dtype=np.float32),
        mean - simple.max(),
        np.array([min(10, len(members[s])) / 10 for s in sections], dtype=np.float32),
        np.array([c.number < 6 for c in candidates], dtype=np.float32),
    ]
