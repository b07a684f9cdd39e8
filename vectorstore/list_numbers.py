"""Numbering of a Word document → the number that Word draws before a paragraph: 一、 (二) 3. 第四条."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_DIGITS = "零一二三四五六七八九"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_ROMAN_SMALL = ((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), *_ROMAN_SMALL)
_PLACE = re.compile(r"%([1-9])")
# Word keeps nine levels; deeper chains of styles are loops
_LEVELS = 9
_CHAIN = 20


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is numbered: ``template`` is Word's, as ``第%1条``."""

    start: int = 1
    style: str = "decimal"
    template: str = ""
    all_decimal: bool = False


@dataclass(slots=True)
class ListNumbers:
    """The numbers drawn so far, in the order of the paragraphs."""

    levels: Mapping[str, Mapping[int, _Level]] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    restarts: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    styles: Mapping[str, tuple[str | None, str | None, str | None]] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: dict[tuple[str, int], None] = field(default_factory=dict)

    def of(self, paragraph: "_Element") -> str:
        """Return the number before a paragraph, an empty text where it has none; call it once for each, in order."""
        number, level = self._list_of(paragraph)
        abstract = self.lists.get(number or "")
        levels = self.levels.get(abstract or "", {})
        if not number or not abstract or level not in levels:
            return ""
        counts = self.counts.setdefault(abstract, {})
        self._restart(number, level, counts)
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [place for place in counts if place > level]:
            del counts[deeper]
        return _drawn(levels, level, counts)

    def _restart(self, number: str, level: int, counts: dict[int, int]) -> None:
        """Begin to count again where a list says so at its first paragraph; else lists of one shape count on."""
        start = self.restarts.get(number, {}).get(level)
        if start is not None and (number, level) not in self.begun:
            counts[level] = start - 1
        self.begun[number, level] = None

    def _list_of(self, paragraph: "_Element") -> tuple[str | None, int]:
        """Return the list and the level of a paragraph: its own, else those of its style or the styles above it."""
        own = child(child(paragraph, "pPr"), "numPr")
        number, level = value(child(own, "numId")), value(child(own, "ilvl"))
        style = value(child(child(paragraph, "pPr"), "pStyle"))
        for _ in range(_CHAIN):
            if number is not None or style is None or style not in self.styles:
                break
            number, styled, above = self.styles[style]
            level = styled if level is None else level
            style = above
        return number, int(level) if level and level.isdecimal() else 0


def read_numbers(numbering: "_Element | None", styles: "_Element | None") -> ListNumbers:
    """Return the numbering that the parts ``numbering.xml`` and ``styles.xml`` define, either of which may be absent."""
    levels: dict[str, dict[int, _Level]] = {}
    lists: dict[str, str] = {}
    restarts: dict[str, dict[int, int]] = {}
    for node in children(numbering, "abstractNum"):
        levels[attribute(node, "abstractNumId") or ""] = dict(map(_level, children(node, "lvl")))
    for node in children(numbering, "num"):
        lists[attribute(node, "numId") or ""] = value(child(node, "abstractNumId")) or ""
        restarts[attribute(node, "numId") or ""] = dict(_restarts(node))
    return ListNumbers(
        levels, lists, restarts, {attribute(n, "styleId") or "": _style(n) for n in children(styles, "style")}
    )


def numeral(number: int, style: str) -> str:
    """Return a number as a list of this style shows it; decimal where the style isn't known."""
    if style in _NUMERALS and 0 < number < 100_000:
        return _NUMERALS[style](number)
    return str(number)


def name_of(node: "_Element") -> str:
    """Return an element's name without its namespace; empty for comments."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def children(node: "_Element | None", name: str) -> "list[_Element]":
    """Return an element's children of a name, whatever their namespace; none of no element."""
    return [] if node is None else [below for below in node if name_of(below) == name]


def child(node: "_Element | None", name: str) -> "_Element | None":
    """Return the first child of a name, or None."""
    return next(iter(children(node, name)), None)


def attribute(node: "_Element | None", name: str) -> str | None:
    """Return an attribute, whatever its namespace, or None."""
    if node is None:
        return None
    return next((str(text) for key, text in node.attrib.items() if key.rpartition("}")[2] == name), None)


def value(node: "_Element | None") -> str | None:
    """Return an element's ``val``, as most of Word's elements carry one, or None."""
    return attribute(node, "val")


def _level(node: "_Element") -> tuple[int, _Level]:
    place, start = attribute(node, "ilvl") or "0", value(child(node, "start")) or "1"
    level = _Level(
        int(start) if start.isdecimal() else 1,
        value(child(node, "numFmt")) or "decimal",
        value(child(node, "lvlText")) or "",
        child(node, "isLgl") is not None,
    )
    return (int(place) if place.isdecimal() else 0), level


def _restarts(node: "_Element") -> Iterator[tuple[int, int]]:
    for override in children(node, "lvlOverride"):
        level, start = attribute(override, "ilvl") or "", value(child(override, "startOverride")) or ""
        if level.isdecimal() and start.isdecimal():
            yield int(level), int(start)


def _style(node: "_Element") -> tuple[str | None, str | None, str | None]:
    numbers = child(child(node, "pPr"), "numPr")
    return value(child(numbers, "numId")), value(child(numbers, "ilvl")), value(child(node, "basedOn"))


def _drawn(levels: Mapping[int, _Level], level: int, counts: Mapping[int, int]) -> str:
    here = levels[level]
    if here.style in ("bullet", "none"):
        return "•" if here.style == "bullet" else ""

    def number(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        of = levels.get(place, _Level())
        return numeral(counts.get(place, of.start), "decimal" if here.all_decimal else of.style)

    text = _PLACE.sub(number, here.template).strip()
    # 第一章 and 1.1 are parted from what follows, 一、 and 1. part themselves
    return f"{text} " if text and text[-1].isalnum() else text


def _chinese(number: int) -> str:
    """Return 12 as 十二, 105 as 一百零五."""
    text, zero = "", False
    for unit, size in (("万", 10_000), ("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, size)
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + unit
        zero = digit == 0
    return text[1:] if text.startswith("一十") else text


def _roman(number: int) -> str:
    text = ""
    for size, letters in _ROMAN:
        count, number = divmod(number, size)
        text += letters * count
    return text


def _letter(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _circled(number: int) -> str:
    return chr(ord("①") + number - 1) if number <= 20 else str(number)


_NUMERALS: Mapping[str, Callable[[int], str]] = {
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "taiwaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "chineseLegalSimplified": _chinese,
    "ideographTraditional": lambda number: _STEMS[(number - 1) % 10],
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalFullWidth": lambda number: "".join(chr(ord(digit) + 0xFEE0) for digit in str(number)),
    "decimalZero": lambda number: f"{number:02d}",
    "lowerLetter": _letter,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
}
