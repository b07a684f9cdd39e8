"""Text → blocks: the paragraphs and headings of a plan, on lines of their own or glued into one long line."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vectorstore.datatypes import Span
from vectorstore.folding import fold_width

NUMERALS = "一二三四五六七八九十"
# 一 to 九十九; 五一 is a holiday
_NUMBER = r"(?:[二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"

# Outline labels by style, outermost first, with an example each; matched on the folded view at a block's start.
# The order of the levels is that of GB/T 9704-2012 (一、 (一) 1. (1)), with parts above and marks below.
LABELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("markdown", re.compile(r"#{1,6} +")),  # ## 主要任务
    ("part", re.compile(rf"第[{NUMERALS}百\d]{{1,4}}(?:部分|篇|编|章)")),  # 第一部分 总体情况
    ("chapter-section", re.compile(rf"第[{NUMERALS}百\d]{{1,4}}节")),  # 第一节 指导思想
    ("chinese", re.compile(rf"{_NUMBER}(?:、|\.(?!\d)|,(?=[^,]{{2,30}}(?:[ \n]|$)))")),  # 一、总体要求
    ("chinese-paren", re.compile(rf"\({_NUMBER}\)[、.]?")),  # (一)指导思想
    ("article", re.compile(rf"第[{NUMERALS}百\d]{{1,4}}条(?=[ 、:])")),  # 第三条 本办法
    ("arabic", re.compile(r"\d{1,2}(?:、|\.(?!\d))")),  # 1.着力提升
    ("decimal", re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3} +(?=[^\d%])")),  # 1.2 空间布局
    ("arabic-paren", re.compile(r"\(\d{1,2}\)|\d{1,2}\)")),  # (1)发展数字科技产业
    ("circled", re.compile(r"[①-⑳]")),  # ①
    ("dash", re.compile(r"(?:——|--|[•·●■◆▲★])(?= ?[^\d—-])")),  # ——坚持党建引领
    ("ordinal", re.compile(rf"[{NUMERALS}](?:是|要)(?=[^,。;]{{3}})")),  # 一是产业发展水平亟待提高
)
RANKS = {style: rank for rank, (style, _) in enumerate(LABELS)}
_HEADING_STYLES = frozenset(
    ["markdown", "part", "chapter-section", "chinese", "chinese-paren", "arabic", "arabic-paren"]
)
_TERMINALS = "。!?;"
_HEADING_LIMIT = 60
_ANY_LABEL = re.compile("|".join(f"(?:{pattern.pattern})" for style, pattern in LABELS if style != "decimal"))
_BRACKETED = re.compile(
    r"\([^()\n]{0,80}\)|“[^“”\n]{0,60}”|《[^《》\n]{0,60}》|〔[^〔〕\n]{0,20}〕|【[^【】\n]{0,60}】"
)
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BLANK_RUN = re.compile(r"[ \t]+")
# 一、二、三产业 is a list, not a label
_NUMERAL_LIST = re.compile(rf"[{NUMERALS}]{{1,3}}、[{NUMERALS}]{{1,2}}(?:、|产|级|类|期|年级)")
_FURNITURE = re.compile(
    r"扫一扫|扫码|政策留言板|打印本?页?$|关闭窗?口?$|分享到|字号[:: ]*[【\[(]?[大中小]|【?字体[:: ]*[【\[(]?[大中小]|上一篇|下一篇|浏览次数|访问量|点击数|责任编辑|"
    r"返回顶部|您的位置|当前位置|您现在的位置|首页 ?>|版权所有|ICP备|公网安备|网站标识码|网站地图|主办单位:|"
    r"建议使用.{0,20}浏览器|\[?关闭\]?$|相关链接|相关阅读|附件下载|收藏$|无障碍|繁体|Copyright"
)
_FURNITURE_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a heading: its place, its label's style (``None``: unlabelled) and where the label ends."""

    span: Span
    style: str | None
    label_end: int


def read_blocks(text: str) -> tuple[tuple[Block, ...], tuple[Span, ...]]:
    """Return the blocks of a text in order, and the places of web-page leftovers, which are not content."""
    view = fold_width(text)
    lines = [span for match in _LINE.finditer(view) if (span := _trim(view, Span(*match.span())))]
    furniture = tuple(span for span in lines if _is_furniture(view, span, lines))
    content = [span for span in lines if span not in furniture]
    if _is_hard_wrapped(view, content):
        content = _join_wrapped(view, content)
    pieces = (piece for number, line in enumerate(content) for piece in _split_line(view, line, first=number == 0))
    spans = [span for piece in pieces if (span := _trim(view, piece))]
    return tuple(_label(view, span) for span in spans), _with_strokes(view, spans, furniture)


def label_at(view: str, start: int, end: int) -> tuple[str | None, int]:
    """Return the style of the outline label that stands at ``start`` of a folded view, and where the label ends."""
    for style, pattern in LABELS:
        match = pattern.match(view, start, end)
        if match and not (style == "chinese" and _NUMERAL_LIST.match(view, start, end)):
            return style, match.end()
    return None, start


def lies_within(start: int, end: int, spans: Sequence[Span]) -> bool:
    """Tell whether a stretch touches neither edge of one of these places that holds it; they are in order and apart."""
    before = bisect_left(spans, start, key=lambda span: span.start)
    return before > 0 and end < spans[before - 1].end


def _label(view: str, span: Span) -> Block:
    style, label_end = label_at(view, span.start, span.end)
    return Block(span, style, label_end)


def _trim(view: str, span: Span) -> Span | None:
    start, end = span.start, span.end
    while start < end and (view[start].isspace() or view[start] in "|丨"):
        start += 1
    while end > start and (view[end - 1].isspace() or view[end - 1] in "|丨"):
        end -= 1
    return Span(start, end) if start < end else None


def _with_strokes(view: str, spans: list[Span], furniture: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the leftovers with the table strokes (``|``) that trimming left outside every block."""
    taken = sorted([*spans, *furniture])
    edges = [0, *(edge for span in taken for edge in (span.start, span.end)), len(view)]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    strokes = [Span(start, end) for start, end in gaps if view[start:end].strip()]
    return tuple(sorted([*furniture, *strokes]))


def _is_furniture(view: str, span: Span, lines: list[Span]) -> bool:
    """Leftovers stand at a page's head or foot, are short and are never sentences."""
    if len(span) > _FURNITURE_LIMIT or view[span.end - 1] in "。;!?":
        return False
    near_edge = span in lines[:8] or span in lines[-15:]
    return near_edge and len(lines) > 1 and bool(_FURNITURE.search(view, span.start, span.end))


def _is_hard_wrapped(view: str, lines: list[Span]) -> bool:
    """Tell whether lines were cut at a fixed width (text taken from a PDF), so that a newline ends no paragraph."""
    full = [line for line in lines if len(line) >= 15]
    if len(full) < 12:
        return False
    width = sorted(map(len, full))[int(len(full) * 0.8)]
    cut = [
        line for line in full if abs(len(line) - width) <= max(2, width // 10) and view[line.end - 1] not in _TERMINALS
    ]
    return width <= 60 and len(cut) > len(full) * 0.5


def _join_wrapped(view: str, lines: list[Span]) -> list[Span]:
    width = max(len(line) for line in lines)
    joined: list[Span] = []
    for line in lines:
        previous = joined[-1] if joined else None
        last_line = previous.end - max(view.rfind("\n", 0, previous.end) + 1, previous.start) if previous else 0
        goes_on = previous and last_line >= width * 0.75 and view[previous.end - 1] not in _TERMINALS
        if previous and goes_on and label_at(view, line.start, line.end)[0] is None:
            joined[-1] = Span(previous.start, line.end)
        else:
            joined.append(line)
    return joined


def _split_line(view: str, line: Span, *, first: bool) -> Iterator[Span]:
    """Cut one line at the places where a glued outline had its line breaks."""
    if not any(char in _TERMINALS for char in view[line.start : line.end]) and not _inner_labels(view, line):
        yield line
        return
    start = line.start
    for cut in sorted({*_blank_cuts(view, line, first=first), *_inner_labels(view, line)}):
        if cut > start:
            yield Span(start, cut)
            start = cut
    yield Span(start, line.end)


def _inner_labels(view: str, line: Span) -> list[int]:
    """Places inside a line where a label follows a sentence's end or a blank: ``…投产。(2)培育``."""
    closed = _bracketed(view, line)
    places = []
    for match in _ANY_LABEL.finditer(view, line.start, line.end):
        at = match.start()
        style, _ = label_at(view, at, line.end)
        if at > line.start and style not in (None, "ordinal", "article") and _can_start(view, at, closed):
            places.append(at)
    return places


def _can_start(view: str, at: int, closed: list[Span]) -> bool:
    before = view[at - 1]
    return not lies_within(at, at, closed) and (before.isspace() or before in "。!?;:)”")


def _bracketed(view: str, line: Span) -> list[Span]:
    return [Span(*match.span()) for match in _BRACKETED.finditer(view, line.start, line.end)]


def _blank_cuts(view: str, line: Span, *, first: bool) -> Iterator[int]:
    """Places of blanks that stand for a line break: after a sentence's end, after a glued heading or title."""
    closed = _bracketed(view, line)
    start = line.start
    for match in _BLANK_RUN.finditer(view, line.start, line.end):
        at = match.start()
        if lies_within(at, at, closed):
            continue
        opening = first and start == line.start and _is_title_like(view, start, at)
        closes = view[at - 1] in ")" and first and at - line.start < 200
        if (
            view[at - 1] in "。!?;"
            or view[at - 2 : at] in ("。”", "。)", "!”")
            or opening
            or closes
            or _ends_heading(view, start, at, match.end())
        ):
            start = match.end()
            yield start
        elif label_at(view, match.end(), line.end)[0] not in (None, "ordinal"):
            start = match.end()


def _is_title_like(view: str, start: int, end: int) -> bool:
    return end - start >= 6 and not any(char in ",。;" for char in view[start:end])


def _ends_heading(view: str, start: int, end: int, after: int) -> bool:
    style, label_end = label_at(view, start, end)
    while label_end < end and view[label_end] == " ":
        label_end += 1
    text = view[label_end:end]
    whole = style in _HEADING_STYLES and 2 <= len(text) <= _HEADING_LIMIT and not any(char in "。!?;:" for char in text)
    return whole and after < len(view)
