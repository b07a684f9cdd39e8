"""Question + what a person says it means → the question as it is meant."""

from dataclasses import replace

from assistant.datatypes import Facet, Meaning, Question
from assistant.facets import scope_of
from assistant.readings import read_text
from vectorstore.store import VectorStore


def meaning_of(question: Question) -> Meaning:
    """Return what a question was understood to mean, as far as a person can change it."""
    return Meaning(question.districts, question.years, question.topic)


def mean(question: Question, meaning: Meaning, store: VectorStore) -> Question:
    """Return the question with the districts, years and topic that are meant: nothing is carried over, one facet a district.

    The question itself where nothing is changed. A topic of blanks leaves the one that was understood.
    """
    topic = " ".join(meaning.topic.split()) or question.topic
    meaning = replace(meaning, topic=topic)
    if meaning == meaning_of(question):
        return question
    names = meaning.districts if len(meaning.districts) > 1 else ("",)
    period = f"{meaning.years[0]}年" if len(meaning.years) == 1 else None
    return replace(
        question,
        topic=topic,
        asked=topic if topic != question.topic else question.asked,
        districts=meaning.districts,
        facets=tuple(
            Facet(name, scope_of((name,) if name else meaning.districts, meaning.years, store), period)
            for name in names
        ),
        compares=len(meaning.districts) > 1,
        years=meaning.years,
        carried=(),
        unknown_places=(),
        unknown_years=(),
    )


def without_district(meaning: Meaning, name: str) -> Meaning:
    """Return a meaning without one of its districts; without the last one it is of all."""
    return replace(meaning, districts=tuple(district for district in meaning.districts if district != name))


def without_years(meaning: Meaning) -> Meaning:
    """Return a meaning that is about all times."""
    return replace(meaning, years=())


def without_topic_before(question: Question, store: VectorStore) -> Meaning:
    """Return what a follow-up means by its own words alone."""
    own = read_text(question.text, store).own_topic
    return replace(meaning_of(question), topic=own or question.text)


def known_years(store: VectorStore) -> tuple[int, ...]:
    """Return the years that the documents are about, in order."""
    periods = [document.provenance.period for document in store.documents if document.provenance.period]
    return tuple(sorted({year for period in periods for year in range(period.start, period.end + 1)}))
