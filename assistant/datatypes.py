"""The nouns of the package: what a question, a quote, an answer and a turn are."""

from dataclasses import dataclass
from typing import Literal

from vectorstore.datatypes import EVERYTHING, Hit, Scope, Span

# What kind of answer a question asks for.
Asks = Literal["fact", "figure", "when", "who", "list", "summary"]
# Why there is no answer: what was typed can't be a question, it is about another place or year or nothing that plans hold,
# its subject is in none of the documents meant, or its subject is and what is asked about it is not.
Reason = Literal[
    "empty",
    "too-long",
    "not-chinese",
    "outside-place",
    "outside-period",
    "off-topic",
    "topic-missing",
    "detail-missing",
]

# What a person says of an answer.
Verdict = Literal["good", "wrong-evidence", "incomplete", "should-not-answer"]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a follow-up took over from the turns before: ``districts``, ``topic``, ``period`` and its words."""

    what: Literal["districts", "topic", "period"]
    value: str


@dataclass(frozen=True, slots=True)
class Facet:
    """One part of a question that is answered on its own: a district, or a period of one.

    ``label`` names the part; ``period`` is what its sections are headed with (十三五, 2020年), if the parts differ in it;
    ``asked`` is how this part reads where a question asks several things in turn, else empty.
    """

    label: str
    scope: Scope
    period: str | None = None
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A typed text, understood in its conversation: the one object that every stage reads.

    ``topic`` is what is searched for, ``asked`` how the question reads without the names of districts, whole where it
    stands for itself; ``districts`` are those named or carried (empty: none); ``facets`` are the
    parts answered on their own, one where nothing is compared; ``unknown_places`` and ``unknown_years`` are named
    in the text but not in the documents meant; ``corrected`` are (written, meant) for words typed with another
    character of the same sound; ``within`` is what the person restricts all questions to.
    """

    text: str
    topic: str
    asked: str
    asks: Asks
    districts: tuple[str, ...]
    facets: tuple[Facet, ...]
    compares: bool = False
    years: tuple[int, ...] = ()
    carried: tuple[Carried, ...] = ()
    unknown_places: tuple[str, ...] = ()
    unknown_years: tuple[int, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    within: Scope = EVERYTHING

    @property
    def in_full(self) -> str:
        """What is asked in words that stand for themselves: a follow-up's own, and those of the subject it goes on with."""
        goes_on = any(part.what == "topic" for part in self.carried)
        return f"{self.text} {self.asked}" if goes_on else self.text


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a person says a question means, where it was understood otherwise; without districts or years: of all."""

    districts: tuple[str, ...]
    years: tuple[int, ...]
    topic: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in a document and the characters that stand there.

    ``path`` are the headings above it, outermost first; ``paragraph`` counts from 1, and so does ``page`` where the file
    has pages; ``score`` is the calibrated share of sentences scored like it that answer.
    """

    document: str
    span: Span
    text: str
    district: str | None
    title: str
    path: tuple[str, ...]
    paragraph: int
    score: float
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a comparison: its name, and the positions of its quotes in the answer (none: not mentioned)."""

    label: str
    quotes: tuple[int, ...]

    @property
    def found(self) -> bool:
        """Whether the documents of this column say anything."""
        return bool(self.quotes)


@dataclass(frozen=True, slots=True)
class Aspect:
    """One row of a comparison: a word that stands in its quotes, and their positions column by column."""

    label: str
    cells: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a quote: what it measures, its value in ``unit`` (万 and 亿 multiplied out), and how it is written."""

    measure: str
    value: float
    unit: str
    quote: int
    written: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What each part of a question got, side by side.

    ``by`` tells what the columns are, ``aspects`` are the rows; ``figures`` are numbers of one unit that stand in
    several columns of one row, ready to be drawn.
    """

    by: Literal["district", "period"]
    cells: tuple[Cell, ...]
    aspects: tuple[Aspect, ...] = ()
    figures: tuple[Figure, ...] = ()
    periods_differ: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Quotes in reading order, numbered by their place here; without quotes it says "not found".

    ``nearest`` are passages that are near but not an answer; ``passages`` is the ranking they were chosen from.
    ``districts`` are those the answer is about: the question's, else those whose documents answer. ``elsewhere`` are
    districts not asked about whose documents do answer, where those asked about are silent.
    """

    question: Question
    quotes: tuple[Quote, ...]
    districts: tuple[str, ...]
    passages: tuple[Hit, ...]
    comparison: Comparison | None = None
    reason: Reason | None = None
    nearest: tuple[Quote, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the documents answer the question."""
        return bool(self.quotes)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer; a conversation is a tuple of turns."""

    question: Question
    answer: Answer
