"""Quotes, documents and what was understood → HTML. Everything is escaped; quotation marks stand round quotes alone."""

from collections.abc import Iterator, Sequence
from html import escape

from assistant.datatypes import Answer, Comparison, Quote
from assistant.quotes import text_around
from assistant.rendering import quote_with_source, scope_labels, understood_labels
from assistant.wording import say
from vectorstore.datatypes import Document, Provenance, Span
from vectorstore.provenance import display_title


def question_html(text: str, anchor: str) -> str:
    """Return a question as it was typed; ``anchor`` is the id that is scrolled to."""
    return f'<h2 class="plan-question" id="{escape(anchor)}">{escape(text)}</h2>'


def understood_html(answer: Answer) -> str:
    """Return a line of labels: what was understood and can't be taken away with a button."""
    chips = "".join(
        f'<span class="plan-chip{kind}">{f"<i>{escape(name)}</i>" if name else ""}{escape(value)}</span>'
        for kind, name, value in _understood(answer)
    )
    return f'<div class="plan-understood">{chips}</div>'


def quote_html(
    quote: Quote, number: int, anchor: str, *, marks: Sequence[Span] = (), document: Document | None = None
) -> str:
    """Return a numbered quote: its headings, its paragraph, and its characters in a block of their own.

    ``marks`` are places in it that stand out; ``document``, where it still is indexed, gives the text around it.
    """
    around = _around(quote, document) if document else ""
    return (
        f'<div class="plan-quote" id="{escape(anchor)}"><span class="plan-number">{number}</span>'
        f'{_place(quote)}{_verbatim(quote, marks)}<div class="plan-under">{_copy_button(quote)}{around}</div></div>'
    )


def aspects_html(comparison: Comparison, anchor: str) -> str:
    """Return the table of a comparison: aspects by columns, each cell the numbers of its quotes, linked to them.

    The names of aspects are words of the documents, so they are escaped and marked as Chinese.
    """
    heads = "".join(f'<th scope="col">{escape(cell.label)}</th>' for cell in comparison.cells)
    rows = "".join(
        f'<tr><th scope="row" lang="zh-CN">{escape(aspect.label or say().NOT_KNOWN)}</th>'
        f"{''.join(_numbers_html(numbers, anchor) for numbers in aspect.cells)}</tr>"
        for aspect in comparison.aspects
    )
    table = f'<table class="plan-aspects"><tr><th scope="col">{say().ASPECT}</th>{heads}</tr>{rows}</table>'
    return f'<div class="plan-aspects-frame">{table}</div>'


def _numbers_html(numbers: Sequence[int], anchor: str) -> str:
    links = "".join(f'<a href="#{escape(anchor)}-quote-{number + 1}">{number + 1}</a>' for number in numbers)
    return f"<td>{links or f'<i>{say().NOT_MENTIONED}</i>'}</td>"


def near_html(quote: Quote, anchor: str) -> str:
    """Return a passage that is near but no answer: muted, without a number."""
    source = f'<div class="plan-near-source">{escape(quote.title)}</div>'
    return f'<div class="plan-quote plan-near" id="{escape(anchor)}">{source}{_place(quote)}{_verbatim(quote)}</div>'


def source_line_html(quote: Quote, provenance: Provenance | None, *, with_district: bool = True) -> str:
    """Return what the quotes below come from: district, title, period and kind; ``None``: no longer indexed."""
    period = _period(provenance) if provenance else ""
    kind = say().kind_word(provenance.kind) if provenance and provenance.kind else ""
    tags = "".join(f'<span class="plan-tag">{escape(tag)}</span>' for tag in (period, kind) if tag)
    district = f'<b class="plan-district">{escape(quote.district)}</b>' if quote.district and with_district else ""
    return f'<div class="plan-from">{district}<span class="plan-title">{escape(quote.title)}</span>{tags}</div>'


def card_html(document: Document) -> str:
    """Return what is known of a document."""
    said = document.provenance
    above = f"<i>{escape(said.parent)}</i>" if said.parent else ""
    rows = ((say().PERIOD, _period(said)), (say().DATE, said.date), (say().ISSUER, said.issuer))
    facts = "".join(
        f'<dt>{name}</dt><dd title="{escape(value or "")}">{escape(value or say().NOT_KNOWN)}</dd>'
        for name, value in rows
    )
    title = escape(display_title(said, document.id))
    return (
        f'<div class="plan-card"><div class="plan-card-top">{above}<b>{escape(said.district or say().NOT_KNOWN)}</b>'
        f'<span class="plan-tag">{escape(say().kind_word(said.kind))}</span></div>'
        f'<div class="plan-card-title" title="{title}">{title}</div><dl>{facts}</dl></div>'
    )


def headings_html(name: str, share: float, headings: Sequence[str]) -> str:
    """Return what a document says under a theme: its name, the share of its text, and its headings to the letter."""
    items = "".join(f'<li lang="zh-CN">{escape(" ".join(heading.split()))}</li>' for heading in headings)
    return f'<div class="plan-headings"><b>{escape(name)}</b><i>{share:.0%}</i><ul>{items}</ul></div>'


def facts_html(document: Document, passages: int) -> str:
    """Return all that was recognized of a document."""
    said = document.provenance
    rows = (
        (say().TITLE, said.title), (say().ABOUT_DISTRICT, said.district), (say().PARENT, said.parent),
        (say().KIND, say().kind_word(said.kind)), (say().PERIOD, _period(said)), (say().DATE, said.date),
        (say().ISSUER, said.issuer), (say().FILE, document.path), (say().PASSAGES, str(passages)),
        (say().CHARACTERS, str(len(document.text))),
    )  # fmt: skip
    facts = "".join(f"<dt>{name}</dt><dd>{escape(value or say().NOT_KNOWN)}</dd>" for name, value in rows)
    return f'<div class="plan-facts"><dl>{facts}</dl></div>'


def outline_html(document: Document, limit: int) -> str:
    """Return the headings of a document, folded away; the first ``limit`` of them."""
    headings = document.sections[:limit]
    items = "".join(
        f'<li class="plan-depth-{min(section.depth, 3)}" lang="zh-CN">'
        f"{escape(' '.join(section.heading.of(document.text).split()))}</li>"
        for section in headings
    )
    more = f"<li>… {len(document.sections) - limit}</li>" if len(document.sections) > limit else ""
    body = f"<ul>{items}{more}</ul>" if items else f"<p>{say().NO_OUTLINE}</p>"
    return f'<details class="plan-headings" open><summary>{say().OUTLINE}</summary>{body}</details>'


def title_html(document: Document) -> str:
    """Return what a document is called."""
    return f'<h1 class="plan-source-title">{escape(display_title(document.provenance, document.id))}</h1>'


def hero_html(title: str, purpose: str) -> str:
    """Return the page's name and what it is for."""
    return f'<div class="plan-hero"><h1>{escape(title)}</h1><p>{escape(purpose)}</p></div>'


def label_html(text: str) -> str:
    """Return the small heading of a part of the page or the name of a column."""
    return f'<div class="plan-label">{escape(text)}</div>'


def note_html(text: str, kind: str = "") -> str:
    """Return a sentence of the product's own; ``kind`` is ``silent``, ``warning`` or nothing."""
    return f'<p class="plan-note {escape(kind)}">{escape(text)}</p>'


def _understood(answer: Answer) -> Iterator[tuple[str, str, str]]:
    """Yield (class, name, value) of each label."""
    question = answer.question
    removable = {say().ABOUT_DISTRICT, say().ABOUT_PERIOD}
    yield from (("", name, value) for name, value in understood_labels(question) if name not in removable)
    yield from ((" plan-carried", say().WITHIN, value) for value in scope_labels(question.within))
    unknown = (*question.unknown_places, *(say().year_text(str(year)) for year in question.unknown_years))
    if unknown:
        yield " plan-missing", say().NOT_AMONG_DOCUMENTS, "、".join(unknown)
    yield from (("", say().ABOUT_CORRECTED, meant) for _, meant in question.corrected)


def _place(quote: Quote) -> str:
    headings = " › ".join(escape(heading) for heading in quote.path)
    number = f'<span class="plan-paragraph-number">{"· " if headings else ""}{say().place_text(quote.paragraph, quote.page)}</span>'
    return f'<div class="plan-place">{headings} {number}</div>'


def _verbatim(quote: Quote, marks: Sequence[Span] = ()) -> str:
    # The quotation marks are drawn by the style sheet, so that nothing but the document's characters is copied
    body, at = "", 0
    for mark in marks:
        body += f"{escape(quote.text[at : mark.start])}<b>{escape(mark.of(quote.text))}</b>"
        at = mark.end
    return f'<blockquote class="plan-verbatim" lang="zh-CN">{body}{escape(quote.text[at:])}</blockquote>'


def _copy_button(quote: Quote) -> str:
    # page.js copies what the button holds
    words = escape(quote_with_source(quote), quote=True)
    return (
        f'<button type="button" class="plan-copy" data-copy="{words}" data-copied="{say().COPIED}">'
        f"{say().COPY_QUOTE}</button>"
    )


def _around(quote: Quote, document: Document) -> str:
    """Return the paragraphs that a quote stands in, folded away; those beside them too where it fills them."""
    before, after = text_around(document, quote.span)
    if not (before.strip() or after.strip()):
        return ""
    return (
        f'<details class="plan-around"><summary>{say().AROUND}</summary><p lang="zh-CN">{escape(before)}'
        f"<mark>{escape(quote.text)}</mark>{escape(after)}</p></details>"
    )


def _period(provenance: Provenance) -> str:
    return say().year_text(str(provenance.period)) if provenance.period else ""
