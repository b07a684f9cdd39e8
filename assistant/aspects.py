"""Quotes side by side → aspects: rows of a comparison, named by words that stand in the quotes themselves."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.datatypes import Aspect, Quote
from vectorstore.folding import fold
from vectorstore.tokens import content_words, is_particle, rarity, tagged_words

# Two quotes without a word in common are about the same where each is the other's nearest and they are this close.
# Cosines of the bundled encoder lie between 0.75 and 0.95; pairs of neighbouring items rarely pass 0.9.
_SAME_MEANING = 0.9
# Words that every plan uses say nothing of an aspect: the rarity of a shared one in the language of plans is at least this,
# and words below the second are cut off a label's ends (建设, 工作, 能力).
_TELLING, _GENERAL = 0.4, 0.2
_LABEL_LENGTH = range(2, 11)
# Nouns of every kind, names, abbreviations, places in words (家门口), times in words (日间), attributes (红色)
_NOMINAL = frozenset("njstbl") | {"vn", "an"}
_CHINESE_RUN = re.compile(r"[\u3400-\u9fff]{2,40}")
_NOT_LABEL = re.compile(r"^(?:进行|全面|全力|有效|责任单位)|(?:时候|方面|情况|问题)$")


@dataclass(frozen=True, slots=True)
class _Phrases:
    """A quote's folded text, its telling words by weight, those of them that were asked for, and its phrases, the best label first."""

    view: str
    words: Mapping[str, float]
    asked: Mapping[str, float]
    labels: tuple[str, ...]


def find_aspects(
    columns: Sequence[Sequence[int]], quotes: Sequence[Quote], vectors: NDArray[np.float32], *, topic: str
) -> tuple[Aspect, ...]:
    """Return the rows of a comparison, those that most columns share first.

    ``columns`` are positions in ``quotes``; ``vectors`` are theirs, of shape (quotes, d). Each quote stands in one
    row. Words shared across columns make rows greedily; what is left is paired by meaning or stands alone. A label
    is a word of its quotes and none of the topic's.
    """
    owner = {number: column for column, numbers in enumerate(columns) for number in numbers}
    asked = frozenset(content_words(fold(topic)))
    phrases = {number: _phrases(quotes[number], asked) for number in owner}
    rows = _shared_rows(owner, {number: phrases[number].words for number in owner}, phrases)
    left = _left(owner, rows)
    # Quotes that share nothing but what was asked for are about that
    rows += _shared_rows(left, {number: phrases[number].asked for number in left}, phrases)
    rows += _rest(list(_left(owner, rows)), owner, phrases, vectors)
    merged = _with_all_that_say_it(_merge(rows), owner, phrases)
    return tuple(_aspect(label, members, owner, len(columns)) for label, members in merged)


def shared_words(topic: str, texts: Sequence[str]) -> str:
    """Return the longest run of a topic's characters that stands in most of the texts; empty where none stands in any."""
    view, folded = fold(topic), [fold(text) for text in texts]
    runs = (run for found in _CHINESE_RUN.findall(view) for run in _runs_of(found))
    held = {run: sum(run in text for text in folded) for run in runs}
    return max((run for run, count in held.items() if count), key=lambda run: (held[run], len(run)), default="")


def _runs_of(text: str) -> Iterator[str]:
    for size in range(2, len(text) + 1):
        yield from (text[start : start + size] for start in range(len(text) - size + 1))


def _phrases(quote: Quote, asked: frozenset[str]) -> _Phrases:
    """Return the runs of nouns in a quote that can name what it is about."""
    view, district = fold(quote.text), fold(quote.district or "")
    words: dict[str, float] = {}
    labels: dict[str, float] = {}
    for place, run in _nominal_runs(view, without=district):
        for word in run:
            if _names(word):
                words.setdefault(word, rarity(word) * min(4, len(word)))
        kept = _without_general_ends(run)
        label = "".join(kept)
        if (
            len(label) in _LABEL_LENGTH
            and label not in asked
            and label not in district
            and not _NOT_LABEL.search(label)
        ):
            about = 0.6 * any(word in label for word in asked)
            telling = min(2.5, sum(rarity(word) * min(3, len(word)) for word in kept))
            labels.setdefault(label, telling + about - 0.5 * place / max(1, len(view)))
    said = {word: rarity(word) * len(word) for word in asked if word in view and _names(word)}
    other = {word: weight for word, weight in words.items() if not _is_asked(word, asked)}
    return _Phrases(view, other, said, tuple(sorted(labels, key=lambda label: (-labels[label], label))))


def _names(word: str) -> bool:
    return len(word) > 1 and not word.isascii() and rarity(word) >= _TELLING


def _nominal_runs(view: str, *, without: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the place and the words of each run of neighbouring nouns; words of a district's name are none."""
    run: list[str] = []
    start = end = 0
    for place, word, tag in tagged_words(view):
        nominal = (tag in _NOMINAL or tag[:1] in _NOMINAL) and not (len(word) > 1 and word in without)
        if run and (not nominal or place != end):
            yield start, run
            run = []
        if nominal:
            start = start if run else place
            run.append(word)
        end = place + len(word)
    if run:
        yield start, run


def _without_general_ends(run: Sequence[str]) -> list[str]:
    kept = list(run)
    while kept and rarity(kept[-1]) < _GENERAL:
        kept.pop()
    while kept and rarity(kept[0]) < _GENERAL:
        kept.pop(0)
    return kept


def _is_asked(word: str, asked: frozenset[str]) -> bool:
    return any(word in other or other in word for other in asked)


def _left(owner: Mapping[int, int], rows: Sequence[tuple[str, list[int]]]) -> dict[int, int]:
    placed = {number for _, members in rows for number in members}
    return {number: column for number, column in owner.items() if number not in placed}


def _shared_rows(
    owner: Mapping[int, int], words: Mapping[int, Mapping[str, float]], phrases: Mapping[int, _Phrases]
) -> list[tuple[str, list[int]]]:
    """Take, again and again, the word that stands in the most columns, and the quotes that hold it."""
    rows: list[tuple[str, list[int]]] = []
    left = dict(owner)
    while True:
        holders: dict[str, list[int]] = {}
        for number in left:
            for word in words[number]:
                holders.setdefault(word, []).append(number)
        shared = {word: numbers for word, numbers in holders.items() if len({owner[n] for n in numbers}) > 1}
        if not shared:
            return rows
        weight = {word: sum(words[n][word] for n in numbers) for word, numbers in shared.items()}
        best = min(shared, key=lambda word: (-len({owner[n] for n in shared[word]}), -weight[word], word))
        rows.append((_common_label(best, [phrases[n].view for n in shared[best]]), shared[best]))
        left = {number: column for number, column in left.items() if number not in shared[best]}


def _common_label(word: str, views: Sequence[str]) -> str:
    """Return the longest run of words around a shared word that stands in all its quotes: 适老化改造 for 老化."""
    best = [word]
    tokens = tagged_words(views[0])
    for at in (n for n, (_, token, _) in enumerate(tokens) if token == word):
        for first in range(max(0, at - 2), at + 1):
            for last in range(at, min(len(tokens), at + 3)):
                run = tokens[first : last + 1]
                text = views[0][run[0][0] : run[-1][0] + len(run[-1][1])]
                whole = all(a + len(token) == b for (a, token, _), (b, _, _) in pairwise(run))
                fits = whole and len(text) in _LABEL_LENGTH and not any(is_particle(w, tag) for _, w, tag in run)
                if fits and all(text in view for view in views[1:]):
                    kept = _without_general_ends([token for _, token, _ in run])
                    best = max(best, kept, key=lambda words: len("".join(words)))
    return "".join(best)


def _rest(
    left: Sequence[int],
    owner: Mapping[int, int],
    phrases: Mapping[int, _Phrases],
    vectors: NDArray[np.float32],
) -> list[tuple[str, list[int]]]:
    """Return rows for quotes that share no word: pairs of one meaning, else each with its most telling phrase."""
    rows, done = [], set()
    for number in left:
        if number in done:
            continue
        partner = _partner(number, [n for n in left if n not in done], owner, vectors)
        members = [number, partner] if partner is not None else [number]
        done |= set(members)
        rows.append((next((label for n in members for label in phrases[n].labels), ""), members))
    return rows


def _partner(number: int, left: Sequence[int], owner: Mapping[int, int], vectors: NDArray[np.float32]) -> int | None:
    others = [other for other in left if owner[other] != owner[number]]
    nearest = max(others, key=lambda other: (float(vectors[number] @ vectors[other]), -other), default=None)
    if nearest is None or float(vectors[number] @ vectors[nearest]) < _SAME_MEANING:
        return None
    back = [other for other in left if owner[other] != owner[nearest]]
    mutual = max(back, key=lambda other: (float(vectors[nearest] @ vectors[other]), -other)) == number
    return nearest if mutual else None


def _merge(rows: Sequence[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    merged: dict[str, list[int]] = {}
    for label, members in rows:
        merged.setdefault(label, []).extend(members)
    return list(merged.items())


def _with_all_that_say_it(
    rows: Sequence[tuple[str, list[int]]], owner: Mapping[int, int], phrases: Mapping[int, _Phrases]
) -> list[tuple[str, list[int]]]:
    """Return the rows, where a quote that stands alone joins one whose label it holds and its column lacks.

    Otherwise the table would say that 垃圾分类 is not mentioned beside a quote on 深化垃圾分类.
    """
    joined = [(label, list(members)) for label, members in rows]
    for label, members in joined:
        for _, alone in joined:
            lacks = len(alone) == 1 and alone is not members and owner[alone[0]] not in {owner[n] for n in members}
            if lacks and members and label and label in phrases[alone[0]].view:
                members.append(alone.pop())
    return [(label, members) for label, members in joined if members]


def _aspect(label: str, members: Sequence[int], owner: Mapping[int, int], columns: int) -> Aspect:
    cells = tuple(tuple(sorted(n for n in members if owner[n] == column)) for column in range(columns))
    return Aspect(label, cells)
