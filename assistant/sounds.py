"""How Chinese sounds: words typed with another character of the same sound. The only file that knows pypinyin."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from vectorstore.folded_texts import Texts
from vectorstore.tokens import is_particle, tagged_words

_RUN = re.compile(r"[\u4e00-\u9fff]+")
# Shorter runs have too many homophones that are words of their own
_SHORTEST, _LONGEST = 3, 4
_MEASURES = frozenset("个块条件项张位名所处座家间套台辆次场届类种年月日路村镇区市街")
_FIRST_CODE = 0xF0000


def sound(text: str) -> str:
    """Return the text with each Chinese character as a code for its syllable, other characters as they are."""
    return "".join(_code(char) for char in text)


def correct(text: str, corpus: Texts) -> tuple[tuple[str, str], ...]:
    """Return (written, meant) for runs of a text that stand nowhere in the corpus but sound like one that does.

    They differ in one character: 充电庄 is 充电桩 where the documents speak of the latter. Both are folded text.
    """
    doubtful = _doubtful(text, corpus)
    others = {place: _likely_others(text, place, corpus) for a, b in doubtful for place in range(a, b)}
    found: list[tuple[str, str]] = []
    for start, written in _runs(text):
        inside = [(a, b) for a, b in doubtful if start <= a and b <= start + len(written)]
        if not inside or written in corpus:
            continue
        places = {place - start: others[place] for a, b in inside for place in range(a, b)}
        meant = _same_sound(written, corpus, places)
        if meant:
            found.append((written, meant))
            doubtful = [place for place in doubtful if place not in inside]
    return tuple(found)


def _doubtful(text: str, corpus: Texts) -> list[tuple[int, int]]:
    """Return the places of words that the documents can't explain: unknown to them, or single characters."""
    places = []
    for start, word, tag in tagged_words(text):
        grammar = is_particle(word, tag) or word in _MEASURES or tag[:1] in ("q", "f", "v", "a", "t", "m")
        if not grammar and tag != "ns" and (len(word) == 1 or (len(word) == 2 and word not in corpus)):
            places.append((start, start + len(word)))
    return places


def sounds_alike(written: str, meant: str) -> bool:
    """Tell whether two words of one length differ in one character only, and not in sound."""
    if len(written) != len(meant):
        return False
    return sum(a != b for a, b in zip(written, meant, strict=True)) == 1 and sound(written) == sound(meant)


def _runs(text: str) -> Iterator[tuple[int, str]]:
    for size in range(_SHORTEST, _LONGEST + 1):
        for match in _RUN.finditer(text):
            for start in range(match.start(), match.end() - size + 1):
                yield start, text[start : start + size]


def _likely_others(text: str, place: int, corpus: Texts) -> list[str]:
    """Return the characters of the same sound that the corpus has beside one of the neighbours of a place.

    A character has up to a hundred homophones: two look-ups tell for most that no run of the corpus holds them here.
    """
    before, after = text[max(0, place - 1) : place], text[place + 1 : place + 2]
    return [
        char
        for char in _homophones(text[place])
        if not is_particle(char, "") and any(_held(pair, corpus) for pair in (before + char, char + after))
    ]


def _held(pair: str, corpus: Texts) -> bool:
    return len(pair) == 2 and _RUN.fullmatch(pair) is not None and corpus.count(pair) > 0


def _same_sound(written: str, corpus: Texts, others: Mapping[int, Sequence[str]]) -> str | None:
    """Return the run most common in the corpus that has another character of the same sound at one of the places."""
    meant = [
        variant
        for place, chars in sorted(others.items())
        for char in chars
        if (variant := written[:place] + char + written[place + 1 :]) in corpus
    ]
    return min(meant, key=lambda run: (-corpus.count(run), run), default=None)


def _homophones(char: str) -> Sequence[str]:
    """Return the other characters of the same sound."""
    return [other for other in _by_sound().get(_code(char), ()) if other != char]


@cache
def _by_sound() -> dict[str, list[str]]:
    by_sound: dict[str, list[str]] = {}
    for char in map(chr, range(0x4E00, 0xA000)):
        by_sound.setdefault(_code(char), []).append(char)
    return by_sound


@lru_cache(maxsize=30_000)
def _code(char: str) -> str:
    """Return one private code point a syllable, so that places in the spoken text are places in the text."""
    if not _RUN.fullmatch(char):
        return char
    return chr(_FIRST_CODE + _number(_lazy_pinyin()(char)[0]))


@cache
def _lazy_pinyin() -> Any:
    # How characters sound in certain words is not asked here, and takes longer to load than all else
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "yes")
    from pypinyin import lazy_pinyin

    return lazy_pinyin


_SYLLABLES: dict[str, int] = {}


def _number(syllable: str) -> int:
    return _SYLLABLES.setdefault(syllable, len(_SYLLABLES))
