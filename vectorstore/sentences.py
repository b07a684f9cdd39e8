"""A block → sentences, so that no character is lost."""

import re
from collections.abc import Iterator
from itertools import pairwise

from vectorstore.blocks import NUMERALS, lies_within
from vectorstore.datatypes import Span

# Closing marks belong to the sentence they close: …“放管服”改革。”
_END = re.compile(r"[。!?;]+[”’\"')》】]*|(?<=[\u4e00-\u9fff])\.(?=[\u4e00-\u9fff\s]|$)|……(?=[^。!?;,、”])")
_BRACKETED = re.compile(r"\([^()]{0,80}\)|“[^“”]{0,80}”|《[^《》]{0,80}》")
# (责任单位:规建办、投促中心)
_NOTE = re.compile(r"\((?:责任|牵头|配合|主办|协办|承办|分管|负责)[^()::]{0,14}:[^()]*\)")
# 短板主要有:一是产业发展水平亟待提高,二是…: each point is a sentence of its own
_POINT = re.compile(rf"(?<=[,:])(?=[{NUMERALS}]是[^,。;:]{{3}})")


def split_sentences(view: str, span: Span) -> tuple[Span, ...]:
    """Return the sentences of ``span`` of a folded view: in order, touching, without blanks at their edges."""
    edges = sorted({span.start, *_ends(view, span), span.end})
    parts = (_strip(view, Span(start, end)) for start, end in pairwise(edges))
    return tuple(part for part in parts if part)


def is_note(view: str, span: Span) -> bool:
    """Tell whether the sentence is a note that names who is responsible."""
    return bool(_NOTE.match(view, span.start, span.end))


def _ends(view: str, span: Span) -> Iterator[int]:
    closed = [Span(*match.span()) for match in _BRACKETED.finditer(view, span.start, span.end)]
    for match in _END.finditer(view, span.start, span.end):
        if not lies_within(match.start(), match.end(), closed):
            yield match.end()
    for match in _NOTE.finditer(view, span.start, span.end):
        yield match.start()
        end = match.end()
        yield end + 1 if view[end : end + 1] in "。;" and end < span.end else end
    for match in _POINT.finditer(view, span.start, span.end):
        if not lies_within(match.start(), match.start(), closed):
            yield match.start()


def _strip(view: str, span: Span) -> Span | None:
    start, end = span.start, span.end
    while start < end and view[start].isspace():
        start += 1
    while end > start and view[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None
