"""Generated files: whole ones of every format, damaged ones, noise that begins like one, texts in every encoding."""

import io
import zipfile

from hypothesis import strategies as st

from tests.conftest import CLOUD_POINTS
from tests.test_vectorstore.format_files import (
    docx,
    packed,
    page_of_lines,
    paragraph,
    pdf,
    ruled_table,
    table,
    web_page,
)
from vectorstore.readers import SUFFIXES

_ROWS = (("序号", "项目", "时间"), ("1", "新增停车泊位200个", "6月"), ("2", "改造路口3处", "9月"))
_LINES = [line for line in CLOUD_POINTS.splitlines() if line]
_NUMBERING = (
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
    '<w:lvlText w:val="%1、"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
)
_NUMBERED = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'

PAGE = web_page("".join(f"<p>{line}</p>" for line in _LINES), title="云溪街道2024年工作要点 - 云溪街道")
GB_PAGE = web_page(f"<h1>要点</h1><div>{'<br>'.join(_LINES)}</div>", charset="gb18030", says="gb2312")
TABLE_PAGE = web_page(
    "<nav>首页</nav><table>"
    + "".join(f"<tr>{''.join(f'<td colspan=1>{cell}</td>' for cell in row)}</tr>" for row in _ROWS)
    + f"</table><p>{_LINES[0]},新增停车泊位200个。</p>"
)
WORD = docx(
    "".join(paragraph(line, properties=_NUMBERED) for line in _LINES[:5]) + table(_ROWS) + paragraph(_LINES[-1]),
    numbering=_NUMBERING,
)
PDF = pdf([page_of_lines(_LINES[:8]), page_of_lines(_LINES[8:])])
TABLE_PDF = pdf(
    [[(85 + 120 * n, 115 + 20 * m, cell) for m, row in enumerate(_ROWS) for n, cell in enumerate(row)]],
    extra=ruled_table(80, 100, (120, 120, 120), 3),
)
WORD_XML = zipfile.ZipFile(io.BytesIO(WORD)).read("word/document.xml").decode()

suffixes = st.sampled_from([*SUFFIXES, ".doc", ""])
_tokens = st.sampled_from(
    [b"", b"\x00", b"\xff" * 8, b"<", b">", b"/", b"9" * 30, b"-1", b"<<", b">>", b"[" * 40, b"(", b" 0 R", b"endobj", b"stream", b"%%EOF\n",
     b"<w:p>", b"</w:p>", b"<w:tbl>", b"&#55296;", b"&#11;", b"\x01", b"\x0c", b"<script>", b"&#x110000;", b"&amp", b"<!--", b"<td rowspan=9999>", b"</div>" * 20, "\u202e".encode()]
)  # fmt: skip
_change = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40), _tokens)


def _changed(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for share, length, token in changes:
        place = int(share * len(data))
        data = data[:place] + token + data[place + length :]
    return data


def _flipped(data: bytes, flips: list[tuple[float, int]]) -> bytes:
    changed = bytearray(data)
    for share, byte in flips:
        changed[int(share * len(changed))] = byte
    return bytes(changed)


def damaged(wholes: list[bytes]) -> st.SearchStrategy[bytes]:
    """Return bytes of one of these files, whole, cut short, cut out of, put into, overwritten, or joined to another."""
    whole = st.sampled_from(wholes)
    share = st.floats(0, 1, exclude_max=True)
    return st.one_of(
        st.builds(_changed, whole, st.lists(_change, max_size=6)),
        st.builds(_flipped, whole, st.lists(st.tuples(share, st.integers(0, 255)), max_size=30)),
        st.builds(lambda data, at: data[: int(at * len(data))], whole, share),
        st.builds(lambda one, other, at: one[: int(at * len(one))] + other, whole, whole, share),
    )


# Its parts are packed anew: what is damaged is the XML, not the archive
damaged_words = st.one_of(
    damaged([WORD]),
    st.builds(_changed, st.just(WORD_XML.encode()), st.lists(_change, min_size=1, max_size=4)).map(
        lambda xml: packed({"word/document.xml": xml.decode("utf-8", "replace"), "word/numbering.xml": "<a/>"})
    ),
)
damaged_pages = damaged([PAGE, GB_PAGE, TABLE_PAGE])
damaged_pdfs = damaged([PDF, TABLE_PDF])
noise = st.builds(
    bytes.__add__,
    st.sampled_from([b"", b"%PDF-1.5\n", b"PK\x03\x04word/document.xml", b"<html><body>", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
    st.binary(max_size=400),
)  # fmt: skip
anything = st.one_of(damaged_pages, damaged_words, damaged_pdfs, noise)

# The characters of GB2312's first level and of the most used part of Big5 have both encodings' names for these
_CLAUSES = (
    "推进城市更新", "新增停车泊位200个", "改造路口3处", "优化公交线路", "建成口袋公园4个", "提升养老服务水平", "新建社区食堂2家", "完成60户适老化改造",
    "落实助学政策", "开办爱心暑托班", "加强组织领导", "压实工作责任", "修复古道12公里", "扩大茶园面积", "举办采茶节", "培训护理员500人", "推进污水管网改造",
)  # fmt: skip
_TRADITIONAL = (
    "推動城市更新", "新增停車泊位200個", "改造路口3處", "優化公共交通線路", "建成口袋公園4個", "提升養老服務水平", "新建社區食堂2家", "完成60戶適老化改造",
    "落實助學政策", "加強組織領導", "壓實工作責任", "修復古道12公里", "擴大茶園面積", "舉辦採茶節", "培訓護理員500人", "推進污水管網改造",
)  # fmt: skip
_ENDS = ("。", ",", ";", "。\n", "。\r\n", ":")


def _texts(clauses: tuple[str, ...]) -> st.SearchStrategy[str]:
    clause = st.builds("{}{}".format, st.sampled_from(clauses), st.sampled_from(_ENDS))
    return st.lists(clause, min_size=2, max_size=30).map("".join)


simplified, traditional = _texts(_CLAUSES), _texts(_TRADITIONAL)
