"""Question + hits → candidate sentences, each described by numbers that tell whether it answers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Asks, Facet, Question
from vectorstore.datatypes import Document, Hit, Sentence
from vectorstore.folding import fold
from vectorstore.provenance import chinese_number
from vectorstore.store import VectorStore
from vectorstore.tokens import content_words

# Passages read for an answer. More cost time; for 12 the sentences of 92 % of the training answers were all among
# the candidates.
DEPTH = 18
# Sections whose sub-headings are candidates too: 主要任务分哪几块? is answered by the headings below 主要任务.
_OUTLINE_SECTIONS = 3
_OUTLINE_SCORE = 0.25
_OUTLINE_DOCUMENTS = 3
# 分成哪九个方面, 几大块, 四大短板, 基本原则
_OUTLINE_ASKED = re.compile(
    r"[几哪两三四五六七八九十\d](?:大|个|项|条|方面的?)*(?:方面|块|部分|任务|重点|原则|短板|举措|抓手|行动|工程|领域|目标|工作|问题|着力点|板块)|"
    r"(?:基本|主要|重点|总体)(?:原则|任务|工作|举措|目标|内容)|保障措施|分(?:成|为|哪)|归(?:成|纳)"
)
_COUNT_ASKED = re.compile(r"(十[一二三四五六七八九]?|[两二三四五六七八九]|\d{1,2})(?:大|个|项|条|方面|块|部分|点)")

_ASKS: tuple[Asks, ...] = ("fact", "figure", "when", "who", "list", "summary")
_KINDS = (("heading",), ("lead",), ("body",), ("note",), ("meta", "closing", "title"))
_DATE = re.compile(r"\d{4}年|\d{1,2}月|\d{4}-\d{1,2}|[“\"]?十[一二三四五六]五[”\"]?(?:期间|末|时期)|年底|年内|月底")
_FIGURE = re.compile(r"\d|[一二三四五六七八九十百千万两]+(?:个|家|所|处|条|项|名|次|户|大)")
_BODY_WORDS = re.compile(r"局|委|办|部门|单位|公司|中心|领导小组|牵头|负责|责任|组织|政府|街道|镇|党")
_UNIT = re.compile(r"(?:多少|几)([个家次张处条所人户件名项座间套届场米亩辆台支组亿万元分成倍周平%]{1,2})")
_PAST_ASKED = re.compile(r"去年|完成了|实现了|做了|已经?|取得|过去|改了|降了|增长了|开了|办了|获|评上|了多少|了几")
_FUTURE_ASKED = re.compile(
    r"今年|明年|将|打算|计划|准备|预期|要(?:建|做|改|打造|达|修|实现|新)|争取|力争|想|接下来|怎么(?:改|做|推)"
)
_PAST_HEADED = re.compile(r"回顾|总结|成效|成绩|完成情况|过去|工作情况|主要工作$|进展")
_FUTURE_HEADED = re.compile(r"安排|打算|目标|任务|举措|展望|下一步|思路|要求|部署|规划|措施|今年|重点工作")
_PROBLEMS = re.compile(r"问题|不足|短板|困难|挑战|制约|瓶颈")

NAMES: tuple[str, ...] = (
    "cosine", "cosine_below_best", "cosine_z", "chunk_score", "chunk_rank", "words_share", "words_raw",
    "cover", "cover_path", "cover_both", "cover_heading", "cover_before", "common_run", "rarest_missing",
    "rarest_missing_anywhere", "length", *(f"kind_{kinds[0]}" for kinds in _KINDS), "has_date", "has_figure",
    "has_body", "unit_said", *(f"asks_{asks}" for asks in _ASKS), "question_words", "period_here", "period_elsewhere",
    "past_fits", "future_fits", "problems_fit", "neighbour_cosine", "neighbour_words", "simple", "simple_below_best",
    "simple_rank", "in_best_section", "in_best_item", "section_mean", "section_size", "document_start", "siblings", "opens_section",
    "asks_outline", "outline_rank", "count_fits",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: its document, its number there, and the rank of the passage it stands in."""

    document: Document
    number: int
    rank: int
    passage: float

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
    outline = [c for c in _outline(question, read, store) if (c.document.id, c.number) not in known]
    return (*read, *outline)


def _outline(question: Question, read: Sequence[Candidate], store: VectorStore) -> Iterator[Candidate]:
    """Yield the headings right below the sections that the question's words, and the number it names, fit best."""
    documents = {c.document.id: c.document for c in read}
    for document in list(documents.values())[:_OUTLINE_DOCUMENTS]:
        for parent in _outline_sections(question, document, store):
            for number in _headings_below(document, parent):
                yield Candidate(document, number, DEPTH, read[-1].passage / 2)


def _outline_sections(question: Question, document: Document, store: VectorStore) -> tuple[int | None, ...]:
    """Return the sections (None: the document) whose sub-headings may be what is asked for, the best first."""
    words = tuple((word, store.rarity(word)) for word in content_words(question.topic))
    view = fold(question.text)
    wanted, asked, future = _count_asked(view), bool(_OUTLINE_ASKED.search(view)), bool(_FUTURE_ASKED.search(view))
    ranked = []
    for parent in (None, *range(len(document.sections))):
        below = _headings_below(document, parent)
        if not below:
            continue
        heading = fold(document.sections[parent].heading.of(document.text)) if parent is not None else ""
        score = _cover(words, heading) + asked * 0.6 * (len(below) == wanted)
        score += asked * 0.15 * (future and bool(_FUTURE_HEADED.search(heading)))
        ranked.append((-score, -1 if parent is None else parent, parent))
    best = sorted(ranked, key=lambda row: row[:2])[:_OUTLINE_SECTIONS]
    return tuple(parent for score, _, parent in best if -score >= _OUTLINE_SCORE)


def _count_asked(view: str) -> int | None:
    """Return how many points a question says there are: 九 in 哪九个方面."""
    found = _COUNT_ASKED.search(view)
    if not found:
        return None
    text = found.group(1).replace("两", "二")
    return int(text) if text.isdigit() else chinese_number(text)


@lru_cache(maxsize=4096)
def _headings_below(document: Document, parent: int | None) -> tuple[int, ...]:
    """Return the sentences that open the sections right below a section, where there are several."""
    return _outline_of(document).get(parent, ())


@lru_cache(maxsize=256)
def _outline_of(document: Document) -> dict[int | None, tuple[int, ...]]:
    first: dict[int | None, int] = {}
    for number, sentence in enumerate(document.sentences):
        first.setdefault(sentence.section, number)
    below: dict[int | None, list[int]] = {}
    for number, section in enumerate(document.sections):
        if number in first:
            below.setdefault(section.parent, []).append(first[number])
    return {parent: tuple(numbers) for parent, numbers in below.items() if len(numbers) > 1}


def describe(
    question: Question, facet: Facet, candidates: Sequence[Candidate], store: VectorStore, vector: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what tells whether each candidate answers: shape (candidates, features), columns as in ``NAMES``."""
    if not candidates:
        return np.zeros((0, len(NAMES)), dtype=np.float32)
    asked = _prepare(question, facet, store)
    cosines = store.sentence_vectors([(c.document.id, c.number) for c in candidates]) @ vector
    all_words = store.sentence_words(question.topic)
    words = np.array([all_words[store.sentence_number(c.document.id, c.number)] for c in candidates], dtype=np.float32)
    unsaid = {c.document.id: _unsaid(asked, c.document) for c in candidates}
    covers = np.array([_covers(asked, c, unsaid[c.document.id]) for c in candidates], dtype=np.float32)
    singles = np.array([_single(asked, c) for c in candidates], dtype=np.float32)
    columns = [
        *_vector_columns(cosines),
        *_passage_columns(candidates),
        words / max(1e-6, float(words.max())),
        words,
        *covers.T,
        *singles.T,
        *_neighbour_columns(candidates, cosines, words),
        *_section_columns(candidates, cosines, words, covers),
        *_outline_columns(question, candidates, store),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _prepare(question: Question, facet: Facet, store: VectorStore) -> _Asked:
    unit = _UNIT.search(question.text)
    words = tuple((word, store.rarity(word)) for word in content_words(question.topic))
    return _Asked(fold(question.text), question.asks, words, facet.period, unit.group(1) if unit else None)


def _vector_columns(cosines: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    spread = max(1e-6, float(cosines.std()))
    return [cosines, cosines - cosines.max(), (cosines - cosines.mean()) / spread]


def _passage_columns(candidates: Sequence[Candidate]) -> list[NDArray[np.float32]]:
    best = max(c.passage for c in candidates)
    score = np.array([c.passage / best for c in candidates], dtype=np.float32)
    return [score, np.array([1.0 / (1 + c.rank) for c in candidates], dtype=np.float32)]


def _unsaid(asked: _Asked, document: Document) -> float:
    """Return the rarity of the rarest word of the question that a document does not hold, even in parts."""
    text = _folded(document)
    return max((rarity for word, rarity in asked.words if _share(word, text) < 1), default=0.0)


def _covers(asked: _Asked, candidate: Candidate, unsaid: float) -> tuple[float, ...]:
    """Shares of the question's words, by rarity: in the sentence, above it, in both, in its heading, before it."""
    text = fold(candidate.text)
    headings = _headings(candidate)
    path, heading = " ".join(headings), headings[-1] if headings else ""
    before = fold(candidate.document.text[max(0, candidate.sentence.span.start - 80) : candidate.sentence.span.start])
    both = f"{path} {text}"
    missing = max((rarity for word, rarity in asked.words if word not in both), default=0.0)
    run = SequenceMatcher(None, asked.view, text, autojunk=False).find_longest_match().size
    shares = [_cover(asked.words, place) for place in (text, path, both, heading, before)]
    return (*shares, run / 10.0, missing, unsaid)


@lru_cache(maxsize=20_000)
def _folded(document: Document) -> str:
    return fold(document.text)


def _cover(words: Sequence[tuple[str, float]], place: str) -> float:
    total = sum(rarity for _, rarity in words)
    return sum(rarity * _share(word, place) for word, rarity in words) / total if total else 0.0


def _share(word: str, place: str) -> float:
    """Return 1 where a word stands in a text, else the share of its character pairs that do."""
    if word in place:
        return 1.0
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return 0.8 * sum(pair in place for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def _headings(candidate: Candidate) -> list[str]:
    document, sentence = candidate.document, candidate.sentence
    above = (span for span in document.headings(sentence.section) if span != sentence.span)
    return [fold(span.of(document.text)) for span in above]


def _single(asked: _Asked, candidate: Candidate) -> tuple[float, ...]:
    """What the sentence is and says, what is asked for, and whether its part of the document is about the time asked."""
    text, kind = fold(candidate.text), candidate.sentence.kind
    headings = _headings(candidate)
    path = " ".join(headings)
    unit = asked.unit is not None and bool(re.search(rf"\d.{{0,3}}{re.escape(asked.unit[-1])}", text))
    past, future = bool(_PAST_ASKED.search(asked.view)), bool(_FUTURE_ASKED.search(asked.view))
    headed_past, headed_future = bool(_PAST_HEADED.search(path)), bool(_FUTURE_HEADED.search(path))
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
    )


def _outline_columns(
    question: Question, candidates: Sequence[Candidate], store: VectorStore
) -> list[NDArray[np.float32]]:
    """How a sentence that opens a section stands among the outlines that may be asked for."""
    view = fold(question.text)
    wanted, asked = _count_asked(view), bool(_OUTLINE_ASKED.search(view))
    documents = {c.document.id: c.document for c in candidates}
    ranks = {id_: _outline_sections(question, document, store) for id_, document in documents.items()}
    rows = [_outline_row(candidate, ranks[candidate.document.id], wanted) for candidate in candidates]
    columns = np.array([(*row[:2], float(asked), *row[2:]) for row in rows], dtype=np.float32)
    return list(columns.T)


def _outline_row(
    candidate: Candidate, ranked: tuple[int | None, ...], wanted: int | None
) -> tuple[float, float, float, float]:
    section = candidate.sentence.section
    parent = candidate.document.sections[section].parent if section is not None else None
    below = _headings_below(candidate.document, parent)
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
