"""Text → Document: the outline of a plan as sections, and its sentences, as places over the untouched text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from vectorstore.blocks import RANKS, Block, read_blocks
from vectorstore.datatypes import Document, PageStart, Provenance, Section, Sentence, SentenceKind, Span
from vectorstore.folding import fold, fold_width
from vectorstore.provenance import read_provenance
from vectorstore.sentences import is_note, split_sentences

# Bumped whenever the same text would be cut differently, so that an index of the older cut is rebuilt.
OUTLINE_VERSION = 4

_OUTLINES = ("part", "chinese", "chinese-paren", "arabic")  # what a bare heading line may stand over
_FIRST = re.compile(r"第?[(]?[一1](?![一二三四五六七八九十\d])")
_PLAIN_BELOW = RANKS["ordinal"] + 0.3  # a bare heading line among paragraphs
_LEAD_FIRST = RANKS["ordinal"] + 0.5  # a lead phrase that opens a paragraph
_LEAD_INNER = RANKS["ordinal"] + 0.7  # a lead phrase inside it
_HEADING_LIMIT = 60
_LEAD_LIMIT = 44
_META = re.compile(
    r"[•·*\- ]*(?:发文机构|发布机构|发布单位|发文单位|成文日期|发布日期|发布时间|生成日期|发文日期|印发日期|公开日期|"
    r"信息来源|文章来源|来源|作者|文号|发文字号|索引号|索取号|有效性|主题分类|公开属性)[ ]*:"
)
_DATE_END = re.compile(
    r"(?:\d{4}|[二〇○零一三四五六七八九]{4})年[\d一二三四五六七八九十]{1,3}月(?:[\d一二三四五六七八九十]{1,3}日)?\)?$"
)
_DATED_NOTE = re.compile(r"\(.{0,60}\d{4}年\d{1,2}月.{0,60}\)$|——?.{0,12}\d{4}年\d{1,2}月\d{1,2}日在.{4,60}上?$")
_SPEAKER = re.compile(
    r"(?:大会|会议)上?$|^(?:代)?(?:市长|省长|区长|县长|主席|州长|盟长|镇长|专员)[ ]|(?:市长|省长|区长|县长|主席|州长)[ \u4e00-\u9fff]{2,8}$"
)
_PLACED = re.compile(r"(?:街道|镇|乡|区|县|市|省).*年|年.*(?:街道|镇|乡|区|县|市|省)")
_TITLE_END = re.compile(
    r"(?:报告|计划|方案|要点|规划|纲要|意见|通知|办法|总结|打算|安排|任务|条例|决定|细则|措施|清单|指南|公报|规定|批复)"
    r"(?:[\s(《〔\[].{0,60})?$"
)


@dataclass(slots=True)
class _Outline:
    """Sections under construction: ``open`` holds (rank, position) from the outermost open section inwards."""

    sections: list[Section] = field(default_factory=list)
    open: list[tuple[float, int]] = field(default_factory=list)

    @property
    def here(self) -> int | None:
        return self.open[-1][1] if self.open else None

    def enter(self, rank: float, style: str, heading: Span) -> int:
        self.close(rank, heading.start)
        parent = self.here
        depth = 0 if parent is None else self.sections[parent].depth + 1
        self.sections.append(Section(heading, heading, style, parent, depth))
        self.open.append((rank, len(self.sections) - 1))
        return len(self.sections) - 1

    def close(self, rank: float, end: int) -> None:
        """Close every open section of this rank or below it: the next heading of its kind ends it."""
        while self.open and self.open[-1][0] >= rank:
            position = self.open.pop()[1]
            section = self.sections[position]
            self.sections[position] = replace(section, span=Span(section.span.start, max(end, section.heading.end)))


def read_document(
    path: str, text: str, *, overrides: Provenance | None = None, pages: tuple[PageStart, ...] = ()
) -> Document:
    """Return the document that a text is.

    ``path`` is its place in the indexed folder (with ``/``); ``overrides`` replaces what the document says of
    itself wherever a field of it is not ``None``; ``pages`` are kept as they are. A text without content gives a
    document without sentences.
    """
    view = fold_width(text)
    blocks, _ = read_blocks(text)
    outline = _Outline()
    sentences: list[Sentence] = []
    opening, closing = _opening(view, blocks), _closing(view, blocks)
    for number, block in enumerate(blocks):
        if number in opening or number in closing:
            kind = opening.get(number, "closing")
            outline.close(0, block.span.start) if kind == "closing" else None
            sentences.append(Sentence(block.span, kind, outline.here, number))
        else:
            sentences.extend(_read_block(view, blocks, number, outline))
    outline.close(0, len(text))
    stem = path.rsplit(".", 1)[0] if "." in path.rsplit("/", 1)[-1] else path
    titles = [s.span for s in sentences if s.kind == "title"]
    notes = [s.span for s in sentences if s.kind in ("meta", "closing")]
    provenance = read_provenance(text, titles=titles, notes=notes, stem=stem.rsplit("/", 1)[-1], overrides=overrides)
    paragraphs = tuple(block.span for block in blocks)
    return Document(stem, path, text, provenance, tuple(outline.sections), paragraphs, tuple(sentences), pages)


@lru_cache(maxsize=20_000)
def folded(document: Document) -> str:
    """Return the folded view of a document's text, kept for the next question."""
    return fold(document.text)


@lru_cache(maxsize=1024)
def outlines_of(document: Document) -> dict[int | None, tuple[int, ...]]:
    """Return, for each section (None: the document), the sentences that open the sections right below it."""
    first: dict[int | None, int] = {}
    for number, sentence in enumerate(document.sentences):
        first.setdefault(sentence.section, number)
    below: dict[int | None, list[int]] = {}
    for number, section in enumerate(document.sections):
        if number in first:
            below.setdefault(section.parent, []).append(first[number])
    return {parent: tuple(numbers) for parent, numbers in below.items() if len(numbers) > 1}


def furniture_of(text: str) -> tuple[Span, ...]:
    """Return the places of a text that are not content: web-page leftovers and table strokes."""
    return read_blocks(text)[1]


def _opening(view: str, blocks: Sequence[Block]) -> dict[int, SentenceKind]:
    """Return the kinds of the blocks before the first sentence: title lines and lines about the document."""
    kinds: dict[int, SentenceKind] = {}
    titled = False
    for number, block in enumerate(blocks[:12]):
        text = view[block.span.start : block.span.end]
        if _META.match(text) or _DATED_NOTE.search(text) or (titled and _DATE_END.search(text) and len(text) < 80):
            kinds[number] = "meta"
        elif _may_be_title(text, block) and (not titled or number <= 6):
            kinds[number] = "title"
            titled = True
        else:
            break
    return _only_real_titles(view, blocks, kinds)


def _may_be_title(text: str, block: Block) -> bool:
    unlabelled = block.style is None or block.style == "markdown"
    return unlabelled and len(text) <= 120 and not re.search(r"[。;!?]|[,:]$", text)


def _only_real_titles(view: str, blocks: Sequence[Block], kinds: dict[int, SentenceKind]) -> dict[int, SentenceKind]:
    """Title lines end with the one that names a kind of document; what follows it may be a heading."""
    titles = [n for n, kind in kinds.items() if kind == "title"]
    named = [n for n in titles if _TITLE_END.search(blocks[n].span.of(view))]
    first_line = blocks[0].span.of(view) if blocks else ""
    placed = titles[:1] == [0] and _PLACED.search(first_line) and not _SPEAKER.search(first_line)
    last = named[-1] if named else (0 if placed else -1)
    before: dict[int, SentenceKind] = {
        n: "meta" if _SPEAKER.search(blocks[n].span.of(view)) else k for n, k in kinds.items()
    }
    return {n: kind for n, kind in before.items() if n <= last or n < _first_gap(before, last)}


def _first_gap(kinds: dict[int, SentenceKind], last: int) -> int:
    number = last + 1
    while kinds.get(number) == "meta":
        number += 1
    return number


def _closing(view: str, blocks: Sequence[Block]) -> frozenset[int]:
    """Return the positions of the last blocks that name issuer and date: ``某某街道办事处 2022年1月18日``."""
    for number in range(len(blocks) - 1, max(-1, len(blocks) - 6), -1):
        text = blocks[number].span.of(view)
        if len(text) <= 120 and _DATE_END.search(text) and "。" not in text and number > 0:
            names = _names_above(view, blocks, number) if len(text) < 16 else []
            return frozenset([number, *names])
    return frozenset()


def _names_above(view: str, blocks: Sequence[Block], number: int) -> list[int]:
    names = []
    for above in range(number - 1, max(0, number - 4), -1):
        text = blocks[above].span.of(view)
        if len(text) > 60 or re.search(r"[。;,:]", text) or blocks[above].style:
            break
        names.append(above)
    return names


def _read_block(view: str, blocks: Sequence[Block], number: int, outline: _Outline) -> list[Sentence]:
    block = blocks[number]
    parts = split_sentences(view, block.span)
    if block.style is None and _is_plain_heading(view, blocks, number):
        section = outline.enter(_plain_rank(view, blocks, number), "plain", block.span)
        return [Sentence(block.span, "heading", section, number)]
    if block.style is None:
        listed = number > 0 and blocks[number - 1].style == "dash"
        outline.close(RANKS["dash"] if listed else _LEAD_FIRST, block.span.start)
        return _read_paragraph(view, parts, number, outline, labelled=False)
    section = outline.enter(RANKS[block.style], block.style, _heading_of(view, block, parts))
    bare = len(parts) == 1 and view[block.span.end - 1] not in "。;!?"
    kind: SentenceKind = "heading" if bare and len(block.span) <= _HEADING_LIMIT else "lead"
    if kind == "lead" and len(parts[0]) > _LEAD_LIMIT:
        kind = "body"
    first = Sentence(parts[0], kind, section, number)
    return [first, *_read_paragraph(view, parts[1:], number, outline, labelled=True)]


def _read_paragraph(
    view: str, parts: Sequence[Span], number: int, outline: _Outline, *, labelled: bool
) -> list[Sentence]:
    """Read a paragraph's sentences; short topic sentences and points (一是 …) open sections inside it."""
    sentences = []
    pattern = labelled or _has_leads(view, parts)
    for position, part in enumerate(parts):
        kind: SentenceKind = "note" if is_note(view, part) else "body"
        followed = position + 1 < len(parts) and not is_note(view, parts[position + 1])
        if _is_point(view, part):
            outline.enter(RANKS["ordinal"], "ordinal", part if len(part) <= _LEAD_LIMIT else _first_clause(view, part))
            kind = "lead" if len(part) <= _LEAD_LIMIT else "body"
        elif pattern and followed and kind == "body" and _is_lead(view, part, labelled=labelled):
            first = position == 0 and not labelled
            outline.enter(_LEAD_FIRST if first else _LEAD_INNER, "lead", part)
            kind = "lead"
        sentences.append(Sentence(part, kind, _section_of_note(outline) if kind == "note" else outline.here, number))
    return sentences


def _section_of_note(outline: _Outline) -> int | None:
    """A note names who is responsible for the whole item, not for the last lead phrase in it."""
    return next((position for rank, position in reversed(outline.open) if rank < RANKS["ordinal"]), outline.here)


def _is_lead(view: str, part: Span, *, labelled: bool) -> bool:
    text = view[part.start : part.end]
    limit = 15 if labelled else 23
    return 5 <= len(text) <= limit and text.endswith("。") and not re.search(r"[\d,:;]", text)


def _has_leads(view: str, parts: Sequence[Span]) -> bool:
    """A paragraph is built of lead phrases when it opens with one or holds several very short ones."""
    short = [part for part in parts[:-1] if _is_lead(view, part, labelled=True)]
    return len(parts) > 1 and (_is_lead(view, parts[0], labelled=False) or len(short) > 1)


def _is_point(view: str, part: Span) -> bool:
    return bool(re.match(r"[一二三四五六七八九十]是", view[part.start : part.end]))


def _first_clause(view: str, part: Span) -> Span:
    match = re.search(r"[,:。;]", view[part.start : part.end])
    return Span(part.start, part.start + match.end()) if match else part


def _heading_of(view: str, block: Block, parts: Sequence[Span]) -> Span:
    """Return the place of a labelled block's heading: all of it, its lead phrase, or its first clause."""
    first = parts[0]
    if len(first) <= _HEADING_LIMIT:
        return first
    head = _first_clause(view, Span(block.label_end, first.end))
    return Span(first.start, head.end if head.end - first.start <= _HEADING_LIMIT else block.label_end)


def _is_plain_heading(view: str, blocks: Sequence[Block], number: int) -> bool:
    """A short line without a label or a stop, with text below it, is a heading."""
    text = blocks[number].span.of(view)
    # Cells parted by strokes are a row of a table
    alone = 3 <= len(text) <= 30 and not re.search(r"[。;!?,:、]$|^[(\d]+$| \| ", text) and "。" not in text
    if not alone or number + 1 >= len(blocks):
        return False
    below = blocks[number + 1]
    return below.style is not None or len(below.span) > len(blocks[number].span) * 1.5


def _plain_rank(view: str, blocks: Sequence[Block], number: int) -> float:
    """Return the rank of a bare heading: above the outline that begins below it with a first item, else below all."""
    above = next((block.style for block in reversed(blocks[max(0, number - 30) : number]) if block.style), None)
    opened = _opened_below(view, blocks, number)
    return RANKS[opened] - 0.5 if opened and above != "markdown" else _PLAIN_BELOW


def _opened_below(view: str, blocks: Sequence[Block], number: int) -> str | None:
    """Return the style of the outline that begins after a bare heading, before the next one: an introduction may stand between."""
    for place in range(number + 1, len(blocks)):
        block = blocks[place]
        if block.style in _OUTLINES:
            return block.style if _FIRST.match(view, block.span.start) else None
        if block.style is None and _is_plain_heading(view, blocks, place):
            return None
    return None
