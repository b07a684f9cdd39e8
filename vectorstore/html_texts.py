"""Web page → text: the main content as a reader sees it, a line for each paragraph and each row of a table."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vectorstore.datatypes import Extracted
from vectorstore.encodings import decode, decode_marked
from vectorstore.errors import DocumentError
from vectorstore.table_lines import table_lines

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# <meta charset="gb2312">; what pages call gb2312 or gbk is read as its superset, as browsers do
_CHARSET = re.compile(
    rb"(?i)<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-z0-9_-]+)|<\?xml[^>]{0,60}encoding=[\"']([a-z0-9_-]+)"
)
_GB = re.compile(r"(?i)gb_?2312(?:-80)?|gbk|x-gbk|gb18030|cp936")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_UNSEEN = frozenset(
    re.findall(
        r"\w+",
        "script style noscript template iframe object embed svg canvas audio video map select option button "
        "textarea input nav footer aside head title meta link base dialog",
    )
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article blockquote body caption center dd details div dl dt fieldset figcaption figure form h1 "
        "h2 h3 h4 h5 h6 header hr html legend li main menu ol p pre section summary table tbody td tfoot th thead "
        "tr ul",
    )
)
_HEADINGS = ("h1", "h2", "h3")
_HIDDEN = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden")
_CHROME = re.compile(
    r"(?i)(?:^|[\s_-])(?:top|bottom|main|page|site|sub)?[\s_-]?(?:nav(?:bar|igation|i)?|menus?|bread-?crumbs?|crumbs?|foot(?:er)?|"
    r"header|sidebar|share|bshare|jiathis|toolbar|related|copyright|pager|pagination|weizhi|dangqian)(?:$|[\s_\d-])"
)
# An element that only looks like chrome by its name is kept where it holds more than this share of the page
_CHROME_SHARE = 0.2
_LINKS = 4
_LINKED_SHARE = 0.7
_LEAST = 8
_BROKEN_SHARE = 0.005
_FOUND_SHARE = 0.97
_LINES_ABOVE = 8
_MAIN_SHARE = 0.4
_LEAST_CHINESE = 20
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
# A line end in the source between two Chinese characters is no blank
_WRAPPED = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])[ \t]*[\r\n]\s*(?=[\u2e80-\u9fff\uff00-\uffef])")
# What no browser shows, and no tree of XML may be given
_UNWRITTEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BREAKS = {0x0B: " ", 0x0C: " "}
_TITLE_PARTS = re.compile(r"\s*[_|]\s*|\s+[-–—]+\s+|\s*--+\s*")
_SITE_NAME = re.compile(r"(?:网|网站|平台|门户|首页|政府|委员会|局|厅|办公室|办事处)$")
_CELL_LENGTH = 400
_SPAN_LIMIT = 64


def read_html(data: bytes) -> Extracted:
    """Return a web page's main content, a line for each paragraph and row; its title first where the text lacks it.

    Scripts, menus, hidden parts and lists of links are left out. Raise DocumentError where nothing of substance is left.
    """
    page = _decode(data)
    root = _root(page)
    body = root.find("body") if root.find("body") is not None else root
    names = _titles(root)
    _drop_unseen(body)
    whole = _lines(body)
    lines = _main_lines(page, body)
    if _size(lines) < _MAIN_SHARE * _size(_paragraphs(whole)):
        lines = whole
    text = "".join(f"{line}\n" for line in [*_missing(names, lines), *lines])
    if len(_CHINESE.findall(text)) < _LEAST_CHINESE:
        raise DocumentError(
            "the page holds no main text; what it shows may be loaded by a script or be pictures. Open it in a browser, "
            "copy the document's text into a .txt file and add that."
        )
    return Extracted(text)


def _decode(data: bytes) -> str:
    """Return the page's characters: a byte-order mark decides, then what the page says, then what fits."""
    marked = decode_marked(data)
    if marked is not None:
        return marked.lstrip("\ufeff")
    said = _CHARSET.search(data[:8192])
    name = (said[1] or said[2]).decode("ascii") if said else "utf-8"
    name = "gb18030" if _GB.fullmatch(name) else name
    try:
        return data.decode(name)
    except (UnicodeDecodeError, LookupError):
        return _decode_broken(data, name)


def _decode_broken(data: bytes, name: str) -> str:
    """Return the characters of a page that is not in the encoding it names, or has a few bytes that are in none."""
    try:
        return decode(data)
    except DocumentError:
        try:
            page = data.decode(name, "replace")
        except LookupError:
            page = "\ufffd"
        if page.count("\ufffd") > _BROKEN_SHARE * len(page):
            raise
        return page


def _root(page: str) -> "HtmlElement":
    from lxml import etree, html

    # An XML declaration contradicts what was decoded already
    source = re.sub(r"^\s*<\?xml[^>]*\?>", "", page)
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(source, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise DocumentError(f"the page is empty or damaged ({error}). Save it again from the browser.") from error
    _drop_unwritten(root)
    return root


def _drop_unwritten(root: "HtmlElement") -> None:
    """Take out of the texts of a tree what browsers don't show."""
    for node in root.iter():
        for place in ("text", "tail"):
            text = getattr(node, place) or ""
            if _UNWRITTEN.search(text):
                setattr(node, place, _UNWRITTEN.sub("", text.translate(_BREAKS)))


def _titles(root: "HtmlElement") -> list[str]:
    """Return what the page calls its document: in the metadata of government sites, else in its title."""
    said = [
        node.get("content") or "" for node in root.iter("meta") if (node.get("name") or "").lower() == "articletitle"
    ]
    shown = [" ".join(node.text_content().split()) for node in root.iter("title")]
    parts = [part for title in shown[:1] for part in _TITLE_PARTS.split(title)[:1]]
    return [title for title in (" ".join(name.split()) for name in [*said[:1], *parts]) if title]


def _missing(names: list[str], lines: list[str]) -> list[str]:
    """Return the page's title unless its text has it, or it is that of the site."""
    text = _plain("".join(lines))
    name = next(iter(names), "")
    known = not name or _plain(name) in text or _SITE_NAME.search(name) or len(_CHINESE.findall(name)) < 4
    return [] if known else [name]


def _drop_unseen(body: "HtmlElement") -> None:
    total = max(1, len(_plain(body.text_content())))
    for node in list(body.iter()):
        if not isinstance(node.tag, str) or (node is not body and _is_unseen(node, total)):
            node.drop_tree() if node.getparent() is not None else None


def _is_unseen(node: "HtmlElement", total: int) -> bool:
    # LibreOffice names its footers so
    if node.get("title") in ("header", "footer"):
        return True
    if node.tag in _UNSEEN or node.get("hidden") is not None or _HIDDEN.search(node.get("style") or ""):
        return True
    named = any(_CHROME.search(node.get(key) or "") for key in ("class", "id"))
    length = len(_plain(node.text_content())) if named or node.tag in ("ul", "ol", "div", "table", "td", "p") else 0
    return (named and length < _CHROME_SHARE * total) or _is_list_of_links(node, length)


def _is_list_of_links(node: "HtmlElement", length: int) -> bool:
    if not length:
        return False
    links = [len(_plain(link.text_content())) for link in node.iter("a") if link.get("href")]
    return len(links) >= _LINKS and sum(links) > _LINKED_SHARE * length


def _main_lines(page: str, body: "HtmlElement") -> list[str]:
    """Return the lines of the innermost element that holds what trafilatura takes for the main content.

    Lines right above it that trafilatura found too (title, source and date) or that are headings come first. Its own text is not used: it
    drops items of lists and joins the paragraphs of tables. Barbaresi (2021), https://aclanthology.org/2021.acl-demo.15
    """
    import trafilatura

    found = _plain(trafilatura.extract(page, include_comments=False, include_tables=True, favor_recall=True) or "")
    lines = list(_walk(body))
    main = _innermost(body, [line for line in lines if len(_plain(line.text)) >= _LEAST and _plain(line.text) in found])
    inside = [number for number, line in enumerate(lines) if line.owner is main or main in line.owner.iterancestors()]
    above = range(max(0, inside[0] - _LINES_ABOVE), inside[0]) if inside else range(0)
    titles = (n for n in above if _plain(lines[n].text) in found or lines[n].owner.tag in _HEADINGS)
    first = next(titles, inside[0] if inside else 0)
    return [line.text for line in lines[first : inside[-1] + 1]] if inside else []


def _innermost(body: "HtmlElement", lines: "list[_Line]") -> "HtmlElement":
    """Return the innermost element that holds nearly all of these lines."""
    held: Counter[HtmlElement] = Counter()
    for line in lines:
        held.update({node: len(_plain(line.text)) for node in [line.owner, *line.owner.iterancestors()]})
    enough = _FOUND_SHARE * held[body]
    main = body
    while (inner := next((node for node in main if held[node] >= enough > 0), None)) is not None:
        main = inner
    return main


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the page and the block element that holds it."""

    owner: "HtmlElement"
    text: str


def _lines(node: "HtmlElement") -> list[str]:
    return [line.text for line in _walk(node)]


def _walk(holder: "HtmlElement") -> Iterator[_Line]:
    """Yield the lines of an element: one for each run of text between blocks, one for each row of a table of data."""
    if holder.tag == "table" and _is_data(holder):
        yield from (_Line(holder, line) for line in table_lines(_grid(holder)))
        return
    pieces: list[str] = []
    for piece in _pieces(holder):
        if isinstance(piece, str):
            pieces.append(piece)
            continue
        yield from _flushed(holder, pieces)
        pieces = []
        if piece.tag != "br":
            yield from _walk(piece)
    yield from _flushed(holder, pieces)


def _pieces(node: "HtmlElement") -> "Iterator[str | HtmlElement]":
    """Yield the text of an element and of the inline elements in it, and the blocks and line ends as elements."""
    yield node.text or ""
    for below in node:
        if not isinstance(below.tag, str):
            yield ""
        elif below.tag == "br" or below.tag in _BLOCKS:
            yield below
        else:
            yield from _pieces(below)
        yield below.tail or ""


def _flushed(holder: "HtmlElement", pieces: list[str]) -> Iterator[_Line]:
    text = "".join(pieces)
    for part in text.split("\n") if holder.tag == "pre" else [text]:
        line = _BLANKS.sub(" ", _WRAPPED.sub("", part)).strip(" \u3000\u200b\ufeff")
        if line:
            yield _Line(holder, line)


def _is_data(table: "HtmlElement") -> bool:
    """Tell a table of data from one that lays out the page: short cells, several in most rows, no table within."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    several = [row for row in rows if len([cell for cell in row if _plain(cell.text_content())]) > 1]
    longest = max((len(_plain(cell.text_content())) for row in rows for cell in row), default=0)
    return len(several) > 1 and len(several) * 2 >= len(rows) and longest <= _CELL_LENGTH


def _grid(table: "HtmlElement") -> list[list[str]]:
    """Return the cells of a table, those that span rows or columns in every one of them."""
    rows: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    for row in table.iter("tr"):
        line: list[str] = []
        for cell in (cell for cell in row if cell.tag in ("td", "th")):
            _hang(line, hanging)
            text, high, wide = "\n".join(_lines(cell)), _span(cell, "rowspan"), _span(cell, "colspan")
            for _ in range(wide):
                if high > 1:
                    hanging[len(line)] = (high - 1, text)
                line.append(text)
        _hang(line, hanging)
        rows.append(line)
    return rows


def _hang(line: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Take over the cells of the rows above that reach down into this place of a row."""
    while len(line) in hanging:
        left, text = hanging.pop(len(line))
        if left > 1:
            hanging[len(line)] = (left - 1, text)
        line.append(text)


def _span(cell: "HtmlElement", name: str) -> int:
    said = (cell.get(name) or "1").strip()
    return max(1, min(_SPAN_LIMIT, int(said))) if said.isdecimal() else 1


def _paragraphs(lines: list[str]) -> list[str]:
    return [line for line in lines if len(_plain(line)) > _LEAST]


def _size(lines: list[str]) -> int:
    return sum(len(_plain(line)) for line in lines)


def _plain(text: str) -> str:
    return "".join(text.split())
