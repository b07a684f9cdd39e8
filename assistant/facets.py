"""Question → facets: the parts that are answered on their own, each with its documents."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.datatypes import Facet, Question
from assistant.periods import PeriodMention, documents_about, find_periods, relative_periods
from assistant.readings import Reading
from assistant.timed_parts import divides, is_of, reporting_year
from vectorstore.datatypes import Document, Scope
from vectorstore.store import VectorStore

# The kind of document that a question names
_KIND_WORDS = (
    ("work report", re.compile(r"工作报告|工作总结")),
    ("action plan", re.compile(r"行动方案|行动计划")),
    ("work points", re.compile(r"工作要点")),
    ("five-year plan", re.compile(r"五年规划|五规划")),
)
# 这两年的数呢: of the same years as before
_SAME_YEARS = re.compile(r"(?:这|那|近)?[两三]年|这几年|各年|每年|两个(?:时期|阶段)")
# What a clause about one of several periods says beside its period, where it asks nothing
_JOINING = re.compile(r"[\s,，、到至和与跟及比从相对年度的—-]*")
# Between names that stand side by side
_AND = re.compile(r"[\s,，、/]*(?:和|与|跟|同|及|以及|还有)?[\s,，、/]*")


@dataclass(frozen=True, slots=True)
class Parts:
    """The facets of a question, the years meant, those no document is about, and whether the period was carried."""

    facets: tuple[Facet, ...]
    years: tuple[int, ...]
    unknown_years: tuple[int, ...] = ()
    carried: bool = False


def split_into_facets(
    reading: Reading, districts: tuple[str, ...], store: VectorStore, *, before: Question | None
) -> Parts:
    """Return the parts of a question: one a district, else one a period, else one.

    ``before`` is the question of the turn before where its districts are carried over, or it is asked again of others: its
    period holds on.
    """
    kinds = _kinds(reading.text, districts, store)
    if len(districts) > 1:
        return _by_district(reading, districts, kinds, store, before=before)
    meant = store.in_scope(Scope(districts=districts))
    periods = _distinct(_periods(reading, meant))
    if not periods and before:
        return _as_before(reading, districts, kinds, store, before=before)
    single_years = (period.years.start for period in periods if period.words.endswith("年"))
    unknown = tuple(year for year in single_years if not documents_about((year,), meant, store.folded_text))
    if districts and len(periods) > 1 and not unknown:
        asked = _clauses(reading, periods)
        facets = (_facet(p.words, districts, (p,), kinds, store) for p in periods)
        return Parts(tuple(replace(f, asked=a) for f, a in zip(facets, asked, strict=True)), _years(periods))
    facet = _facet("", districts, periods if len(periods) == 1 else (), kinds, store)
    return Parts((facet,), _years(periods), unknown)


def _as_before(
    reading: Reading, districts: tuple[str, ...], kinds: tuple[str, ...], store: VectorStore, *, before: Question
) -> Parts:
    """Return the one part of a question that names no period: of the time that was asked about before."""
    if before.districts != districts:
        held = _held(districts[0], before, store, shared=True) if districts else ()
        return Parts((_facet("", districts, held, kinds, store),), _years(held), carried=bool(held))
    if before.compares and _SAME_YEARS.search(reading.text):
        return Parts(tuple(replace(facet, asked="") for facet in before.facets), before.years, carried=True)
    if before.years and not before.compares:
        # A kind of document named now is looked for among all of those years
        again = scope_of(districts, before.years, store, kinds=kinds) if kinds else before.facets[0].scope
        return Parts((Facet("", again, before.facets[0].period),), before.years, carried=True)
    return Parts((_facet("", districts, (), kinds, store),), ())


def _by_district(
    reading: Reading, districts: tuple[str, ...], kinds: tuple[str, ...], store: VectorStore, *, before: Question | None
) -> Parts:
    given = _periods_by_district(reading, districts, store)
    named = any(given.values())
    for name in districts:
        given[name] = given[name] or (_held(name, before, store, shared=not named) if before else ())
    facets = tuple(_facet(name, (name,), given[name], kinds, store) for name in districts)
    years = _years([period for periods in given.values() for period in periods])
    return Parts(facets, years, carried=bool(years) and not named)


def _clauses(reading: Reading, periods: Sequence[PeriodMention]) -> tuple[str, ...]:
    """Return what a text asks of each of the periods it names in turn, empty where it asks the same of all.

    床位2023年建了多少,2024年要建多少 asks 床位2023年建了多少 and 床位2024年要建多少.
    """
    bounds = [*(period.span.start for period in periods), len(reading.text)]
    after = (reading.text[period.span.end : end] for period, end in zip(periods, bounds[1:], strict=True))
    if any(_JOINING.fullmatch(rest) for rest in after):
        return ("",) * len(periods)
    stretches = ((0, bounds[0]), *pairwise(bounds))
    subject, *clauses = (reading.without_names(*stretch).strip(" ,，、。?？") for stretch in stretches)
    return tuple(f"{subject}{clause}" for clause in clauses)


def _held(district: str, before: Question, store: VectorStore, *, shared: bool) -> tuple[PeriodMention, ...]:
    """Return the period that a district was asked about before.

    ``shared``: of a district that was not spoken of, the one that all were asked about, if it has documents of that time.
    """
    own = [facet for facet in before.facets if district in (facet.label, *facet.scope.districts)]
    periods = {facet.period for facet in (own or before.facets)}
    period = periods.pop() if len(periods) == 1 else None
    mentions = find_periods(period, ()) if period else ()
    if not mentions or own:
        return mentions
    documents = store.in_scope(Scope(districts=(district,)))
    return mentions if shared and any(is_of(document, mentions[0].years) for document in documents) else ()


def _facet(
    label: str, districts: tuple[str, ...], periods: Sequence[PeriodMention], kinds: tuple[str, ...], store: VectorStore
) -> Facet:
    scope = scope_of(districts, _years(periods), store, kinds=kinds)
    return Facet(label, scope, periods[0].words if periods else None)


def scope_of(
    districts: tuple[str, ...], years: tuple[int, ...], store: VectorStore, *, kinds: tuple[str, ...] = ()
) -> Scope:
    """Return what is searched for districts and years (none: all); years that no document is about leave nothing."""
    scope = Scope(districts=districts, kinds=kinds)
    if not years:
        return scope
    documents = documents_about(years, store.in_scope(scope), store.folded_text)
    if not documents:  # a scope that no document fits: this part is silent
        return Scope(districts, (), years, kinds)
    return Scope(districts, tuple(d.id for d in documents), (), kinds)


def _years(periods: Sequence[PeriodMention]) -> tuple[int, ...]:
    return tuple(sorted({year for p in periods for year in range(p.years.start, p.years.end + 1)}))


def _distinct(periods: Sequence[PeriodMention]) -> tuple[PeriodMention, ...]:
    return tuple({period.words: period for period in periods}.values())


def _periods(reading: Reading, documents: Sequence[Document]) -> tuple[PeriodMention, ...]:
    """Return the periods that a text names, with 去年 and 今年 as years where the documents have a part about each."""
    year = _one_reporting_year(documents) if relative_periods(reading.text, 0) else None
    relative = relative_periods(reading.text, year) if year else ()
    told_apart = (mention for mention in relative if any(divides(d, mention.years) for d in documents))
    return tuple(sorted((*reading.periods, *told_apart), key=lambda mention: mention.span.start))


def _one_reporting_year(documents: Sequence[Document]) -> int | None:
    """Return the year that 今年 means in all of the documents that are written for one, or None."""
    found: set[int] = set()
    for document in documents:
        found |= {year} if (year := reporting_year(document)) else set()
        if len(found) > 1:
            return None
    return found.pop() if found else None


def _periods_by_district(
    reading: Reading, districts: Sequence[str], store: VectorStore
) -> dict[str, tuple[PeriodMention, ...]]:
    """Give each period to the districts named last before it; one before every district is meant for all."""
    given: dict[str, tuple[PeriodMention, ...]] = {}
    for name in districts:
        periods = _periods(reading, store.in_scope(Scope(districts=(name,))))
        given[name] = tuple(p for p in periods if name in (_owners(reading, p.span.start) or districts))
    return given


def _owners(reading: Reading, start: int) -> tuple[str, ...]:
    """Return the districts named last before a place of the text: one, or several side by side (苏州和宁波2024年)."""
    before = [mention for mention in reading.mentions if mention.start < start]
    owners: tuple[str, ...] = ()
    for n, mention in reversed(list(enumerate(before))):
        owners = (*mention.districts, *owners)
        if n and not _AND.fullmatch(reading.text[before[n - 1].end : mention.start]):
            break
    return owners


def _kinds(text: str, districts: tuple[str, ...], store: VectorStore) -> tuple[str, ...]:
    """Return the kind of document a text names, where the districts meant have documents of several kinds."""
    said = [kind for kind, pattern in _KIND_WORDS if pattern.search(text)]
    have = [{d.provenance.kind for d in store.in_scope(Scope(districts=(name,)))} for name in districts]
    helps = said and have and all(len(kinds) > 1 and said[0] in kinds for kinds in have)
    return (said[0],) if helps else ()
