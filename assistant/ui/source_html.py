"""Document → its whole text as HTML: paragraphs, bold headings, an outline, and places marked. Everything is escaped."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from assistant.wording import say
from vectorstore.datatypes import Document, Span

MARK_ID = "quoted"
_DEEPEST = 3
_HERE = ' aria-current="location"'


def source_html(document: Document, marked: Sequence[Span], *, chosen: int = 0) -> str:
    """Return the outline and the text of a document; the chosen one of the marked places has the id ``MARK_ID``.

    ``marked`` are places in order that do not overlap. Without the tags the paragraphs read as in the document.
    """
    headings = {section.heading: number for number, section in enumerate(document.sections)}
    there = marked[chosen : chosen + 1]
    first = next((max(span.start, p.start) for span in there for p in document.paragraphs if span.overlap(p)), None)
    paragraphs = "".join(
        _paragraph(document, number, headings, marked, first) for number in range(len(document.paragraphs))
    )
    return (
        f'<div class="plan-source">{_outline(document, first)}'
        f'<article class="plan-text" lang="zh-CN">{paragraphs}</article></div>'
    )


def _outline(document: Document, place: int | None) -> str:
    here = max((n for n, s in enumerate(document.sections) if place in range(s.span.start, s.span.end)), default=None)
    links = "".join(
        f'<a class="{_depth(section.depth)}" href="#section-{number}"{_HERE if number == here else ""}>'
        f"{_escaped(document, section.heading)}</a>"
        for number, section in enumerate(document.sections)
    )
    return f'<nav class="plan-outline" aria-label="{say().OUTLINE}"><b>{say().OUTLINE}</b>{links or f"<p>{say().NO_OUTLINE}</p>"}</nav>'


def _paragraph(
    document: Document, number: int, headings: Mapping[Span, int], marked: Sequence[Span], first: int | None
) -> str:
    place = document.paragraphs[number]
    within = {heading: section for heading, section in headings.items() if heading.overlap(place)}
    body = "".join(
        f"<mark{_id(MARK_ID) if piece.start == first else ''}>{_with_headings(document, piece, within)}</mark>"
        if is_marked
        else _with_headings(document, piece, within)
        for piece, is_marked in _pieces(place, marked)
    )
    classes = " ".join(["plan-paragraph", *_heading_classes(document, place, within)])
    return f'<p class="{classes}"{_id(f"paragraph-{number + 1}")} title="{say().paragraph_text(number + 1)}">{body}</p>'


def _heading_classes(document: Document, place: Span, within: Mapping[Span, int]) -> list[str]:
    """Return the classes of a paragraph that is a heading and nothing else."""
    depths = [document.sections[n].depth for heading, n in within.items() if heading.overlap(place) == len(place)]
    return ["plan-heading", _depth(depths[0])] if depths else []


def _with_headings(document: Document, place: Span, headings: Mapping[Span, int]) -> str:
    starts = {heading.start: number for heading, number in headings.items()}
    return "".join(
        f"<b{_id(f'section-{starts[piece.start]}') if piece.start in starts else ''}>{_escaped(document, piece)}</b>"
        if is_heading
        else _escaped(document, piece)
        for piece, is_heading in _pieces(place, sorted(headings))
    )


def _pieces(place: Span, chosen: Sequence[Span]) -> Iterator[tuple[Span, bool]]:
    """Yield a place cut at the borders of chosen ones (in order), each piece with whether it is chosen."""
    at = place.start
    for span in chosen:
        start, end = max(span.start, at), min(span.end, place.end)
        if start >= end:
            continue
        if at < start:
            yield Span(at, start), False
        yield Span(start, end), True
        at = end
    if at < place.end:
        yield Span(at, place.end), False


def _depth(depth: int) -> str:
    return f"plan-depth-{min(depth, _DEEPEST)}"


def _id(name: str) -> str:
    return f' id="{name}"'


def _escaped(document: Document, place: Span) -> str:
    return escape(place.of(document.text))
