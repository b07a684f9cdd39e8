"""The nouns of the package: what a document, a chunk and a hit are."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

SentenceKind = Literal["title", "meta", "heading", "lead", "body", "note", "closing"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text: half-open, counted in code points."""

    start: int
    end: int

    def __len__(self) -> int:
        """Return the number of code points."""
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the characters of ``text`` at this place."""
        return text[self.start : self.end]

    def overlap(self, other: "Span") -> int:
        """Return how many code points both places share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True, order=True)
class PageStart:
    """Where a page of the file begins in the text: ``number`` counts the file's pages from 1."""

    start: int
    number: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read from a file: its text, and where its pages begin (in order; none where a format has no pages)."""

    text: str
    pages: tuple[PageStart, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The years a document speaks about, both included."""

    start: int
    end: int

    def __contains__(self, year: int) -> bool:
        """Return whether the year lies in the period."""
        return self.start <= year <= self.end

    def overlaps(self, other: "Period") -> bool:
        """Return whether the periods have a year in common."""
        return self.start <= other.end and other.start <= self.end

    def __str__(self) -> str:
        """Return ``2024`` or ``2023-2025``."""
        return str(self.start) if self.start == self.end else f"{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a document says of itself; ``None`` is unknown. ``date`` is in ISO form (2021-03 where the day is not said)."""

    title: str | None = None
    district: str | None = None
    parent: str | None = None
    issuer: str | None = None
    date: str | None = None
    period: Period | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered or named part of a document with everything below it.

    ``heading`` is the place of its heading or lead phrase, ``parent`` the position of the section above
    in ``Document.sections``, ``depth`` the number of sections above.
    """

    span: Span
    heading: Span
    style: str
    parent: int | None
    depth: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """The smallest thing that is quoted. ``section`` and ``paragraph`` are positions in the document's tuples."""

    span: Span
    kind: SentenceKind
    section: int | None
    paragraph: int


# Compared by identity: comparing or hashing whole texts would cost more than any question
@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One plan: its text exactly as read, and stand-off places over it.

    ``path`` is relative to the indexed folder; ``id`` is the path without its suffix. Sentences are in
    reading order, do not overlap and hold every character of content that is not blank. ``pages`` are those of the
    file, where its format has any.
    """

    id: str
    path: str
    text: str
    provenance: Provenance
    sections: tuple[Section, ...]
    paragraphs: tuple[Span, ...]
    sentences: tuple[Sentence, ...]
    pages: tuple[PageStart, ...] = ()

    def page_of(self, offset: int) -> int | None:
        """Return the number of the page that holds a place of the text, None where the file has no pages."""
        before = bisect_right(self.pages, offset, key=lambda page: page.start)
        return self.pages[before - 1].number if before else None

    def headings(self, section: int | None) -> tuple[Span, ...]:
        """Return the headings from the outermost section down to this one."""
        path: list[Span] = []
        while section is not None:
            path.append(self.sections[section].heading)
            section = self.sections[section].parent
        return tuple(reversed(path))


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is searched: neighbouring sentences (positions ``first`` to ``last``, both included) of one document."""

    document: str
    span: Span
    first: int
    last: int

    @property
    def id(self) -> str:
        """Return the address, the same in Chroma, logs and links."""
        return f"{self.document}:{self.span.start}-{self.span.end}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found for a query: its fused score and its ranks (from 0; ``None``: not ranked) in the rankings fused."""

    chunk: Chunk
    score: float
    lexical_rank: int | None = None
    dense_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """What a reader reads at once: the headings above it, and its sentences in order."""

    context: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassageScores:
    """What a reader says of a passage: log-odds that it holds an answer, and that each sentence is (part of) one."""

    passage: float
    sentences: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents are meant: each tuple narrows; an empty one does not."""

    districts: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """A Chroma server that keeps vectors: its address, what it is shown to be let in, and whose collections are meant."""

    url: str
    token: str | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Collections:
    """The collections of one index in a Chroma server: their names begin with ``prefix``."""

    server: ChromaServer
    prefix: str


EVERYTHING = Scope()
