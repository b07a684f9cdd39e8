"""Places ⇄ the address of the page: ``?doc=<document>&at=<start>-<end>,…&of=<digest of the quoted text>&go=<which of them>``."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from assistant.datatypes import Quote
from vectorstore.datatypes import Span

DOCUMENT, PLACE, DIGEST, CHOSEN = "doc", "at", "of", "go"
PLACE_KEYS = (DOCUMENT, PLACE, DIGEST, CHOSEN)
_SPAN = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)


def quote_address(quote: Quote, others: Sequence[Quote] = ()) -> dict[str, str]:
    """Return the query parameters that open a quote in its document, with the other quotes of that document marked too."""
    together = {q.span: q.text for q in (*others, quote) if q.document == quote.document}
    spans = sorted(together)
    address = {
        DOCUMENT: quote.document,
        PLACE: ",".join(f"{span.start}-{span.end}" for span in spans),
        DIGEST: text_digest("".join(together[span] for span in spans)),
    }
    return {**address, CHOSEN: str(spans.index(quote.span) + 1)} if len(spans) > 1 else address


def document_address(document: str) -> dict[str, str]:
    """Return the query parameters that open a document."""
    return {DOCUMENT: document}


def read_spans(at: str, text: str) -> tuple[Span, ...]:
    """Return the places that an address names (``120-145`` or several, with commas), in order and not touching.

    Empty when one is malformed, outside the text or blank: what can't be right as a whole is not shown in part.
    """
    spans = sorted(_read_span(part, text) for part in at.split(","))
    return tuple(_merged(spans)) if all(len(span) for span in spans) else ()


def read_chosen(address: Mapping[str, str], count: int) -> int:
    """Return which of ``count`` places an address chooses, from 0; the first where it names none of them."""
    named = address.get(CHOSEN, "1")
    return int(named) - 1 if named.isascii() and named.isdigit() and 1 <= int(named[:6]) <= count else 0


def holds_text(address: Mapping[str, str], spans: Sequence[Span], text: str) -> bool:
    """Tell whether the places still hold the words that were quoted; an address without a digest can't tell."""
    digest = address.get(DIGEST)
    return digest is None or digest == text_digest("".join(span.of(text) for span in spans))


def text_digest(text: str) -> str:
    """Return a short name of a text, to see that it has not changed."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _read_span(part: str, text: str) -> Span:
    match = _SPAN.fullmatch(part.strip())
    span = Span(int(match[1]), int(match[2])) if match else Span(0, 0)
    return span if span.start < span.end <= len(text) and span.of(text).strip() else Span(0, 0)


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in spans:
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
