"""Document → its parts in time: which years the sections under a heading such as 2023年工作回顾 speak of."""

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.periods import find_periods, relative_periods
from assistant.tenses import FUTURE_HEADED, PAST_HEADED
from vectorstore.datatypes import Document, Period, Section, Span
from vectorstore.folding import fold

# Kinds of document that are written for one year, so that 去年 and 今年 said of them have a meaning
_YEARLY = ("work report", "work points", "work plan")
# A heading that names its time begins with it; a longer one is a sentence that holds a year
_BEGINNING, _LONGEST = 12, 40
_LAST_YEAR = re.compile(r"过去的?一年")
_DEEPEST = 1


@dataclass(frozen=True, slots=True)
class TimedPart:
    """A stretch of a document and the years that its heading names."""

    span: Span
    years: Period


@lru_cache(maxsize=4096)
def timed_parts(document: Document) -> tuple[TimedPart, ...]:
    """Return the parts of a document whose headings name their time, in order; a document of one time has none or one.

    A part ends where the next one begins, or the next section with a number of its heading's kind: in an outline read too
    flat the sections after 2023年工作回顾 belong to it, and under 一、2023年工作回顾 二、 is another matter.
    """
    parts: list[TimedPart] = []
    opened: tuple[int, Period, str] | None = None
    for section in sorted((s for s in document.sections if s.depth <= _DEEPEST), key=lambda s: s.span.start):
        years = _years_of(section, document)
        ends = years is not None or (opened is not None and section.style == opened[2])
        if ends and opened:
            parts.append(TimedPart(Span(opened[0], section.span.start), opened[1]))
            opened = None
        if years:
            opened = (section.span.start, years, section.style)
    if opened:
        parts.append(TimedPart(Span(opened[0], len(document.text)), opened[1]))
    return tuple(parts)


def is_of(document: Document, years: Period) -> bool:
    """Tell whether a document as a whole is about some of these years."""
    period = document.provenance.period
    return period is not None and period.overlaps(years)


def divides(document: Document, years: Period) -> bool:
    """Tell whether some part of a document is about these years by its heading, and another one is about others."""
    fits = [part.years.overlaps(years) for part in timed_parts(document)]
    return any(fits) and not all(fits)


def speaks_of(document: Document, span: Span, years: Period) -> bool:
    """Tell whether a place of a document may be about these years: not where its part is headed with others only."""
    if not divides(document, years):
        return True
    here = [part for part in timed_parts(document) if part.span.overlap(span)]
    return not here or any(part.years.overlaps(years) for part in here)


@lru_cache(maxsize=4096)
def reporting_year(document: Document) -> int | None:
    """Return the year that 今年 means in a document, or None for one that is not written for a year.

    A report on 2023 whose last part is headed 2024年工作安排 was read out in 2024.
    """
    period = document.provenance.period
    if period is None or document.provenance.kind not in _YEARLY:
        return None
    headings = (_heading_of_time(section, document) for section in document.sections)
    headed = [mention.years.end for heading in headings for mention in find_periods(heading, ())]
    return max([period.end, *(year for year in headed if year <= period.end + 1)])


def _years_of(section: Section, document: Document) -> Period | None:
    beginning, year = _heading_of_time(section, document), reporting_year(document)
    named = find_periods(beginning, ()) or (relative_periods(beginning, year) if year else ())
    if named:
        return named[0].years
    return Period(year - 1, year - 1) if year and _LAST_YEAR.search(beginning) else None


def _heading_of_time(section: Section, document: Document) -> str:
    """Return where a heading would name its time, folded: empty for a section too deep, or headed like no such part."""
    view = fold(" ".join(section.heading.of(document.text).split()))
    headed = len(view) <= _LONGEST and (PAST_HEADED.search(view) or FUTURE_HEADED.search(view))
    return view[:_BEGINNING] if headed and section.depth <= _DEEPEST else ""
