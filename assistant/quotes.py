"""Question + hits → quotes: which sentences of the passages answer, as places in their documents."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Facet, Question, Quote
from assistant.evidence import Candidate, describe, find_candidates
from assistant.expected import holds_what_is_asked
from assistant.judgements import LEAST_PASSAGES, MOST_PASSAGES, Part, judge
from assistant.purposes import STATED, stated
from assistant.selection import READING_MODEL, Selector, choose, load_selector
from vectorstore.datatypes import Document, Hit, Span
from vectorstore.folding import fold
from vectorstore.provenance import display_title
from vectorstore.store import VectorStore

_NEAREST = 3
# What is shown as standing nearest says something by itself: no 各位代表, no date, no heading, no (责任单位:规建办)
_TELLING, _LEAST_TOLD = ("lead", "body"), 8
# A sentence that rather answers than not: only such a one is quoted beside a statement of the whole
SURE = 0.5
# A paragraph that goes on for more characters than this is not shown whole around a quote, but so many sentences of it
_FAR, _SENTENCES = 600, 3
# 由谁负责, 哪个部门牵头, 责任单位是谁; and how a sentence says it
_RESPONSIBLE_ASKED = re.compile(
    r"谁.{0,4}(?:负责|牵头|管|抓|落实)|(?:负责|牵头|主管|责任).{0,6}(?:谁|哪)|哪.{0,8}(?:负责|牵头|主管|管)|责任(?:单位|部门)"
)
_RESPONSIBLE = re.compile(r"负责|牵头|责任(?:单位|部门|人)|主管|承办|领导小组")


@dataclass(frozen=True, slots=True)
class Selected:
    """Quotes in reading order, or those nearest where none answers; and the passages, those read first, best first."""

    quotes: tuple[Quote, ...]
    nearest: tuple[Quote, ...]
    passages: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The sentences that may answer one part, the numbers that a selector read of each, and how likely each answers.

    ``features`` and ``probabilities`` have a row a candidate; ``ranks`` are those of the passages read, best first.
    ``stated`` are the rows in which documents state what is asked of them as a whole.
    """

    hits: Sequence[Hit]
    candidates: Sequence[Candidate]
    selector: Selector
    features: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    ranks: tuple[int, ...] = ()
    stated: tuple[int, ...] = ()


def select_quotes(
    question: Question,
    parts: Sequence[tuple[Facet, Sequence[Hit]]],
    store: VectorStore,
    *,
    vector: NDArray[np.float32],
    glance: bool = False,
) -> tuple[Selected, ...]:
    """Return the quotes that answer each part of a question from its passages, or the nearest ones where none does.

    Query-focused extractive summarization: sentences of the best passages are scored by trained models (numbers about
    each, then a reader's view of the likeliest), the set with the best expected F-measure is taken, repeats are dropped
    and neighbours joined. ``vector`` is the question's. ``glance``: no more is read than the least, and parts that hold no
    answer by the numbers alone are left out.
    """
    weighed = [_weigh(question, facet, hits, store, vector) for facet, hits in parts]
    if glance:
        parts, weighed = _likely(parts, weighed)
    if weighed and store.reader is not None:
        most = LEAST_PASSAGES if glance else MOST_PASSAGES
        weighed = _reweigh(question, [facet for facet, _ in parts], weighed, store, most=most)
    return tuple(_select(question, part) for part in weighed)


def _weigh(
    question: Question, facet: Facet, hits: Sequence[Hit], store: VectorStore, vector: NDArray[np.float32]
) -> _Weighed:
    candidates = find_candidates(question, hits, store)
    selector = load_selector()
    features = describe(question, facet, candidates, store, vector)
    places = {(c.document.id, c.number): row for row, c in enumerate(candidates)}
    wanted = stated(question, facet, (store.document(hit.chunk.document) for hit in hits))
    rows = tuple(places[key] for document, number in wanted if (key := (document.id, number)) in places)
    return _Weighed(hits, candidates, selector, features, selector.probabilities(features), stated=rows)


def _likely(
    parts: Sequence[tuple[Facet, Sequence[Hit]]], weighed: Sequence[_Weighed]
) -> tuple[list[tuple[Facet, Sequence[Hit]]], list[_Weighed]]:
    """Return the parts that hold an answer by the numbers alone (97 of 100 that do pass, and half of those that don't)."""
    pairs = [
        (part, own)
        for part, own in zip(parts, weighed, strict=True)
        if own.selector.passes(own.features, own.probabilities)
    ]
    return [part for part, _ in pairs], [own for _, own in pairs]


def _reweigh(
    question: Question, facets: Sequence[Facet], weighed: Sequence[_Weighed], store: VectorStore, *, most: int
) -> list[_Weighed]:
    """Return the parts with what the reader says of their likeliest passages beside the other numbers."""
    selector = load_selector(READING_MODEL)
    parts = [Part(facet, part.candidates, part.probabilities) for facet, part in zip(facets, weighed, strict=True)]
    again = []
    for part, judgement in zip(weighed, judge(question, parts, store, most=most), strict=True):
        features = np.hstack([part.features, judgement.columns])
        probabilities = selector.probabilities(features)
        again.append(
            replace(part, selector=selector, features=features, probabilities=probabilities, ranks=judgement.ranks)
        )
    return again


def _select(question: Question, part: _Weighed) -> Selected:
    hits, candidates, probabilities = part.hits, part.candidates, part.probabilities
    read, unread = part.ranks, (rank for rank in range(len(hits)) if rank not in part.ranks)
    passages = tuple(hits[rank] for rank in (*read, *unread))
    chosen = _chosen(part)
    chosen = _notes_instead(question, _without_repeats(chosen, candidates), candidates)
    said = (fold(candidates[n].text) for n in chosen)
    passes = part.stated or part.selector.passes(part.features, probabilities, compared=question.compares)
    if not (passes and holds_what_is_asked(fold(question.asked), said)):
        best = _nearest(candidates, probabilities)
        return Selected((), _quotes([candidates[n] for n in best], [float(probabilities[n]) for n in best]), passages)
    scores = [float(probabilities[n]) if n not in part.stated else STATED for n in chosen]
    return Selected(_quotes([candidates[n] for n in chosen], scores), (), passages)


def _nearest(candidates: Sequence[Candidate], probabilities: NDArray[np.float32]) -> list[int]:
    """Return the rows of the likeliest sentences, without those that say nothing by themselves or beside another of them.

    Where none of them says anything, the likeliest that do; where none does at all, the likeliest.
    """
    order = [int(n) for n in np.argsort(-probabilities, kind="stable")]
    likeliest = order[:_NEAREST]
    near = [n for n in likeliest if _tells(candidates[n])]
    kept = [n for n in likeliest if n in near or any(_touch(candidates[n], candidates[m]) for m in near)]
    return kept or [n for n in order if _tells(candidates[n])][:_NEAREST] or likeliest


def _tells(candidate: Candidate) -> bool:
    return candidate.sentence.kind in _TELLING and len(candidate.text) >= _LEAST_TOLD


def _chosen(part: _Weighed) -> list[int]:
    """Return the rows of the sentences that answer: those in which it is stated, or those that the selector chooses.

    Beside a statement stands only what its own section goes on with, where that rather answers than not.
    """
    probabilities = part.probabilities
    chosen = choose(probabilities, recall_weight=part.selector.recall_weight)
    if not part.stated:
        return chosen
    headed = {(c.document.id, c.sentence.section) for c in (part.candidates[n] for n in part.stated)}
    goes_on = [n for n in chosen if probabilities[n] >= SURE and _stands_below(part.candidates[n], headed)]
    return list(dict.fromkeys([*part.stated, *goes_on]))


def _stands_below(candidate: Candidate, sections: Collection[tuple[str, int | None]]) -> bool:
    """Tell whether a sentence stands in one of the sections, or in one right below it."""
    section = candidate.sentence.section
    if section is None:
        return False
    above = candidate.document.sections[section].parent
    return any((candidate.document.id, place) in sections for place in (section, above) if place is not None)


def make_quote(document: Document, span: Span, *, section: int | None, paragraph: int, score: float) -> Quote:
    """Return the quote of a place: the only way to make one, so that its text is what stands there."""
    above = [place for place in document.headings(section) if not place.overlap(span)]
    return Quote(
        document=document.id,
        span=span,
        text=span.of(document.text),
        district=document.provenance.district,
        title=display_title(document.provenance, document.id),
        path=tuple(" ".join(place.of(document.text).split()) for place in above),
        paragraph=paragraph + 1,
        score=score,
        page=document.page_of(span.start),
    )


def text_around(document: Document, span: Span) -> tuple[str, str]:
    """Return the text before and after a place: of the paragraphs it touches, and of those beside where it fills them.

    Of a paragraph that goes on for pages (plans published as one run of text) only the nearest sentences.
    """
    start, end = _paragraphs_around(document, span)
    if span.start - start > _FAR or end - span.end > _FAR:
        near = [n for n, sentence in enumerate(document.sentences) if sentence.span.overlap(span)]
        first, last = max(0, near[0] - _SENTENCES), min(len(document.sentences) - 1, near[-1] + _SENTENCES)
        start, end = document.sentences[first].span.start, document.sentences[last].span.end
    return document.text[start : span.start], document.text[span.end : end]


def _paragraphs_around(document: Document, span: Span) -> tuple[int, int]:
    touched = [n for n, paragraph in enumerate(document.paragraphs) if paragraph.overlap(span)]
    if not touched:
        return span.start, span.end
    first, last = touched[0], touched[-1]
    start, end = document.paragraphs[first].start, document.paragraphs[last].end
    if not (document.text[start : span.start] + document.text[span.end : end]).strip():
        start = document.paragraphs[max(0, first - 1)].start
        end = document.paragraphs[min(len(document.paragraphs) - 1, last + 1)].end
    return start, end


def _notes_instead(question: Question, chosen: Sequence[int], candidates: Sequence[Candidate]) -> list[int]:
    """Return the notes of the items found where it is asked who is responsible and the sentences found don't say.

    A plan names the responsible bodies of an item in a note at its end: (责任单位:规建办).
    """
    if not _RESPONSIBLE_ASKED.search(question.asked) or any(_RESPONSIBLE.search(candidates[n].text) for n in chosen):
        return list(chosen)
    items = {(candidates[n].document.id, candidates[n].sentence.paragraph) for n in chosen[:1]}
    notes = [
        n
        for n, candidate in enumerate(candidates)
        if candidate.sentence.kind == "note" and (candidate.document.id, candidate.sentence.paragraph) in items
    ]
    return notes or list(chosen)


def _without_repeats(chosen: Sequence[int], candidates: Sequence[Candidate]) -> list[int]:
    """Plans repeat sentences: of those alike to the letter, the best placed is kept."""
    seen: dict[str, int] = {}
    for number in chosen:
        seen.setdefault("".join(fold(candidates[number].text).split()), number)
    return list(seen.values())


def _quotes(candidates: Sequence[Candidate], scores: Sequence[float]) -> tuple[Quote, ...]:
    """Return the sentences as quotes in reading order, touching ones of a paragraph joined."""
    order: dict[str, int] = {}
    for candidate in candidates:
        order.setdefault(candidate.document.id, len(order))
    pairs = sorted(zip(candidates, scores, strict=True), key=lambda pair: (order[pair[0].document.id], pair[0].number))
    groups: list[list[tuple[Candidate, float]]] = []
    for pair in pairs:
        if groups and _touch(groups[-1][-1][0], pair[0]):
            groups[-1].append(pair)
        else:
            groups.append([pair])
    return tuple(_join(group) for group in groups)


def _touch(one: Candidate, other: Candidate) -> bool:
    same = one.document is other.document and one.sentence.paragraph == other.sentence.paragraph
    return same and abs(one.number - other.number) == 1


def _join(group: Sequence[tuple[Candidate, float]]) -> Quote:
    first, last = group[0][0], group[-1][0]
    span = Span(first.sentence.span.start, last.sentence.span.end)
    score = max(score for _, score in group)
    sentence = first.sentence
    return make_quote(first.document, span, section=sentence.section, paragraph=sentence.paragraph, score=score)
