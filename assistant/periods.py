"""Years and plan periods: those a text names, and the sections of a document that are about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vectorstore.datatypes import Document, Period, Span
from vectorstore.folded_texts import FoldedTexts
from vectorstore.folding import fold
from vectorstore.provenance import chinese_number, five_year_period

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)(?=年|版|$|[^\d.%万亿个家人户米元])")
_SHORT_YEAR = re.compile(r"(?<!\d)([12]\d)年(?!代|级|内|来|以上|左右)")
_BOUND = re.compile(r"年?(?:以后|之后|后(?![续勤备])|以来|以前|之前)")
_FIVE = re.compile(
    r"(?:第)?(十[一二三四五六七八九]?|[二三四五六七八九]十?)(?:个)?五(?=年|规划|期间|时期|末|的|时候|”|\"|,|。|\?|$|[^十年月日个人家户])"
)
# Years said by their distance. 比去年 and 较上年 ask how much something grew, not about that year.
_RELATIVE = re.compile(
    r"(?<![比较同])(?:(?P<before_last>前年)|(?P<last>去年|上一年|上年(?!度?末))|(?P<this>今年|本年度?)|(?P<next>明年|下一?年度?))"
)
_DISTANCES = {"before_last": -2, "last": -1, "this": 0, "next": 1}


@dataclass(frozen=True, slots=True)
class PeriodMention:
    """A period named at a place of a text: its words as section headings write them, and its years."""

    span: Span
    words: str
    years: Period


def find_periods(text: str, documents: Sequence[Document]) -> tuple[PeriodMention, ...]:
    """Return the years (2020, 2020年; 20年 where documents are of that time) and plan periods (十四五) a text names.

    2023年以后 and 2020年以来 name no year but a bound, which no document is about.
    """
    view = fold(text)
    years = (m for m in _YEAR.finditer(view) if not _BOUND.match(view, m.end()))
    found = [PeriodMention(Span(*m.span()), f"{m[1]}年", Period(int(m[1]), int(m[1]))) for m in years]
    covered = {year for d in documents if (p := d.provenance.period) for year in range(p.start, p.end + 1)}
    for match in _SHORT_YEAR.finditer(view):
        year = 2000 + int(match[1])
        if year in covered:
            found.append(PeriodMention(Span(*match.span()), f"{year}年", Period(year, year)))
    for match in _FIVE.finditer(view):
        number = chinese_number(match[1])
        if 10 <= number <= 20:
            found.append(PeriodMention(Span(*match.span()), f"{match[1]}五", five_year_period(number)))
    return tuple(sorted(found, key=lambda mention: mention.span.start))


def relative_periods(text: str, year: int) -> tuple[PeriodMention, ...]:
    """Return the years a text names by their distance from a year: 去年, 今年."""
    found = []
    for match in _RELATIVE.finditer(fold(text)):
        meant = year + _DISTANCES[str(match.lastgroup)]
        found.append(PeriodMention(Span(*match.span()), f"{meant}年", Period(meant, meant)))
    return tuple(found)


def documents_about(years: Sequence[int], documents: Sequence[Document], texts: FoldedTexts) -> tuple[Document, ...]:
    """Return the documents whose period holds one of the years; where there is none, those whose texts name one."""
    periods = [d for d in documents if (p := d.provenance.period) and any(year in p for year in years)]
    if periods:
        return tuple(periods)
    named = {document.id for year in years for document in texts.holders(str(year))}
    return tuple(document for document in documents if document.id in named)


def strip_periods(text: str) -> str:
    """Return the text without the periods it names and the words around them."""
    view = fold(text)
    spans = [m.span() for pattern in (_YEAR, _SHORT_YEAR, _FIVE) for m in pattern.finditer(view)]
    for start, end in sorted(spans, reverse=True):
        rest = re.match(
            r"[”\"]?(?:年度?|规划)?(?:期间|时期|的时候|时候|那年|那份|那个|末|以后|之后|后(?![续勤备])|以来|以前|之前)?",
            view[end:],
        )
        last = end + rest.end() if rest else end
        first = start - 1 if start and view[start - 1] in '“"' else start
        text, view = text[:first] + " " + text[last:], view[:first] + " " + view[last:]
    # 十四五十四五: only the second is one until it is gone
    return strip_periods(text) if spans else text
