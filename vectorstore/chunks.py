"""Document → chunks: the passages that are searched, cut along the outline."""

from collections.abc import Iterator, Sequence

from vectorstore.datatypes import Chunk, Document, Sentence, Span
from vectorstore.provenance import display_title

# Bumped whenever the same document would be cut differently, so that an index of the older cut is rebuilt.
CHUNKS_VERSION = 1

# Characters. The encoder reads 512 tokens, about 700 Chinese characters; items of plans have a median of 180.
TARGET = 320
LIMIT = 480


def make_chunks(document: Document) -> tuple[Chunk, ...]:
    """Return the document's chunks in reading order; together they hold every sentence once.

    A numbered item is kept whole where it fits, small neighbours under one heading are joined, a heading goes
    with what follows it, and what is too long is cut between sentences.
    """
    groups = [group for unit in _units(document) for group in _cut(document.sentences, unit)]
    return tuple(_chunk(document, group) for group in _join(document, groups))


def context_of(document: Document, chunk: Chunk) -> str:
    """Return the words a chunk is searched with beside its own: document title and the headings above it."""
    return context_above(document, chunk.first, characters=40)


def context_above(document: Document, number: int, *, characters: int) -> str:
    """Return the document's title and the headings above a sentence, so many characters of each."""
    sentence = document.sentences[number]
    above = [span for span in document.headings(sentence.section) if span.end <= sentence.span.start]
    parts = (display_title(document.provenance, document.id), *(span.of(document.text) for span in above))
    return " ".join(part[:characters] for part in parts)


def _units(document: Document) -> Iterator[list[int]]:
    """Yield the sentences of each paragraph; headings go with the paragraph below them."""
    unit: list[int] = []
    for position, sentence in enumerate(document.sentences):
        last = document.sentences[unit[-1]] if unit else None
        if last and sentence.paragraph != last.paragraph and last.kind not in ("heading", "title"):
            yield unit
            unit = []
        unit.append(position)
    if unit:
        yield unit


def _cut(sentences: Sequence[Sentence], unit: list[int]) -> Iterator[list[int]]:
    """Cut a unit that is too long into parts of about equal length, at lead phrases where one is near."""
    total = _length(sentences, unit)
    if total <= LIMIT:
        yield unit
        return
    size = total / -(-total // TARGET)
    part: list[int] = []
    for position in unit:
        length = _length(sentences, [*part, position])
        starts_item = sentences[position].kind == "lead" and length > size * 0.7
        if part and not _heads(sentences, part[-1]) and (length > size * 1.15 or starts_item):
            yield part
            part = []
        part.append(position)
    if part:
        yield part


def _heads(sentences: Sequence[Sentence], position: int) -> bool:
    """Tell whether a sentence introduces the next one; of several headings in a row only the last does."""
    headings = ("title", "heading", "lead")
    return sentences[position].kind in headings and sentences[position + 1].kind not in headings


def _join(document: Document, groups: list[list[int]]) -> Iterator[list[int]]:
    """Join small neighbours that stand under the same heading."""
    sentences = document.sentences
    joined: list[int] = []
    for group in groups:
        fits = joined and _length(sentences, [*joined, *group]) <= TARGET
        if fits and _container(document, joined[-1]) == _container(document, group[0]):
            joined = [*joined, *group]
        else:
            if joined:
                yield joined
            joined = group
    if joined:
        yield joined


def _container(document: Document, position: int) -> int | None:
    """Return the section that holds the item a sentence belongs to; a heading opens a container of its own."""
    sentence = document.sentences[position]
    if sentence.section is None:
        return None
    section = document.sections[sentence.section]
    while section.style in ("lead", "ordinal") and section.parent is not None:
        section = document.sections[section.parent]
    return section.parent


def _length(sentences: Sequence[Sentence], positions: Sequence[int]) -> int:
    return sum(len(sentences[position].span) for position in positions)


def _chunk(document: Document, group: Sequence[int]) -> Chunk:
    first, last = group[0], group[-1]
    span = Span(document.sentences[first].span.start, document.sentences[last].span.end)
    return Chunk(document.id, span, first, last)
