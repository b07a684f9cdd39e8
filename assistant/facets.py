"""Question → facets: the parts that are answered on their own, each with its documents."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.datatypes import Facet, Question
from assistant.periods import PeriodMention, documents_about
from assistant.readings import Reading
from vectorstore.datatypes import Scope
from vectorstore.store import VectorStore

# The kind of document that a question names
_KIND_WORDS = (
    ("work report", re.compile(r"工作报告|工作总结")),
    ("action plan", re.compile(r"行动方案|行动计划")),
    ("work points", re.compile(r"工作要点")),
    ("five-year plan", re.compile(r"五年规划|五规划")),
)


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

    ``before`` is the question of the turn before where its districts were carried over: its period holds on.
    """
    kinds = _kinds(reading.text, districts, store)
    if len(districts) > 1:
        return _by_district(reading, districts, kinds, store, before=before)
    meant = store.in_scope(Scope(districts=districts))
    periods = _distinct(reading.periods)
    single_years = (period.years.start for period in periods if period.words.endswith("年"))
    unknown = tuple(year for year in single_years if not documents_about((year,), meant))
    if districts and len(periods) > 1 and not unknown:
        return Parts(tuple(_facet(p.words, districts, (p,), kinds, store) for p in periods), _years(periods))
    if not periods and before and before.years and not before.compares:
        scope = Scope(districts, before.facets[0].scope.documents, (), kinds)
        return Parts((Facet("", scope, before.facets[0].period),), before.years, carried=True)
    facet = _facet("", districts, periods if len(periods) == 1 else (), kinds, store)
    return Parts((facet,), _years(periods), unknown)


def _by_district(
    reading: Reading, districts: tuple[str, ...], kinds: tuple[str, ...], store: VectorStore, *, before: Question | None
) -> Parts:
    given = _periods_by_district(reading, districts)
    facets = tuple(
        (None if given[name] else _held(name, before)) or _facet(name, (name,), given[name], kinds, store)
        for name in districts
    )
    return Parts(facets, _years([period for periods in given.values() for period in periods]))


def _held(district: str, before: Question | None) -> Facet | None:
    """Return the part of a document that a district alone was asked about: set beside another one it is meant so still."""
    if before is None or before.districts != (district,) or before.facets[0].period is None:
        return None
    return Facet(district, before.facets[0].scope, before.facets[0].period)


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
    documents = documents_about(years, store.in_scope(scope))
    if not documents:  # a scope that no document fits: this part is silent
        return Scope(districts, (), years, kinds)
    return Scope(districts, tuple(d.id for d in documents), (), kinds)


def _years(periods: Sequence[PeriodMention]) -> tuple[int, ...]:
    return tuple(sorted({year for p in periods for year in range(p.years.start, p.years.end + 1)}))


def _distinct(periods: Sequence[PeriodMention]) -> tuple[PeriodMention, ...]:
    return tuple({period.words: period for period in periods}.values())


def _periods_by_district(reading: Reading, districts: Sequence[str]) -> dict[str, tuple[PeriodMention, ...]]:
    """Give each period to the district named last before it; one before every district is meant for all."""
    given: dict[str, tuple[PeriodMention, ...]] = dict.fromkeys(districts, ())
    for period in reading.periods:
        owners = [m for m in reading.mentions if m.start < period.start]
        targets = owners[-1].districts if owners else tuple(districts)
        for name in targets:
            if name in given:
                given[name] = (*given[name], period)
    return given


def _kinds(text: str, districts: tuple[str, ...], store: VectorStore) -> tuple[str, ...]:
    """Return the kind of document a text names, where the districts meant have documents of several kinds."""
    said = [kind for kind, pattern in _KIND_WORDS if pattern.search(text)]
    have = [{d.provenance.kind for d in store.in_scope(Scope(districts=(name,)))} for name in districts]
    helps = said and have and all(len(kinds) > 1 and said[0] in kinds for kinds in have)
    return (said[0],) if helps else ()
