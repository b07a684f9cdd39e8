"""Web page → text: what a reader of the page sees of its document, in every encoding, without the site around it."""

import pytest

from tests.test_vectorstore.format_files import web_page
from vectorstore.errors import DocumentError
from vectorstore.html_texts import read_html

PARAGRAPHS = [
    "一、推进城市更新",
    "年内新增停车泊位200个,改造路口3处,由城管中队和规划办负责落实。",
    "二、办好民生实事",
    "新建社区食堂2家,完成60户适老化改造,开办爱心暑托班3个,方便居民生活。",
]
ARTICLE = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def lines_of(body, **page):
    return read_html(web_page(body, **page)).text.splitlines()


def test_each_paragraph_is_a_line():
    assert lines_of(ARTICLE) == PARAGRAPHS


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("said", [None, ""], ids=["named", "not named"])
def test_pages_in_the_encodings_of_government_sites_are_read_right(charset, said):
    assert lines_of(ARTICLE, charset=charset, says=said) == PARAGRAPHS


def test_what_calls_itself_gb2312_may_hold_characters_of_gb18030():
    text = "整治𬇙河与㙍塘,新建镕园和堃园等口袋公园,完成年度建设任务。"
    assert lines_of(f"<p>{text}</p>", charset="gb18030", says="gb2312") == [text]


def test_a_page_that_names_the_wrong_encoding_is_read_as_what_it_is():
    assert lines_of(ARTICLE, charset="gb18030", says="utf-8") == PARAGRAPHS


def test_a_page_with_a_few_broken_bytes_is_read_as_browsers_do():
    data = web_page(ARTICLE * 9, charset="gb18030").replace("推进".encode("gb18030"), b"\xff\xff", 1)
    assert read_html(data).text.count("\ufffd") > 0


def test_every_item_of_a_list_is_kept():
    items = ["(一)转借、转租或者擅自调换住房的;", "(二)改变住房用途的;", "(三)在住房内从事违法活动的。"]
    lead = "有下列行为之一的,由街道办事处责令限期改正:"
    body = f"{ARTICLE}<p>{lead}</p><ol>{''.join(f'<li>{item}</li>' for item in items)}</ol>{ARTICLE}"
    assert lines_of(body) == [*PARAGRAPHS, lead, *items, *PARAGRAPHS]


@pytest.mark.parametrize(
    "around",
    [
        "<script>var a = '新增停车泊位900个,由脚本写入页面的文字';</script>",
        "<style>.a:before {content: '新增停车泊位900个'}</style>",
        "<!-- 新增停车泊位900个,这是注释 -->",
        "<div style='display: none'>新增停车泊位900个,隐藏的内容</div>",
        "<nav>新增停车泊位900个</nav>",
        "<div class='footer'>新增停车泊位900个</div>",
        "<noscript>新增停车泊位900个</noscript>",
        "<ul>" + "".join(f"<li><a href='{n}.html'>新增停车泊位900个之{n}</a></li>" for n in range(5)) + "</ul>",
    ],
    ids=["script", "style", "comment", "hidden", "menu", "foot", "noscript", "links"],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_is_not_the_document_is_left_out(around, first):
    body = f"{around}{ARTICLE}" if first else f"{ARTICLE}{around}"
    assert lines_of(body) == PARAGRAPHS


def test_a_title_above_the_content_is_the_first_line():
    body = f"<div><h1>云溪街道2024年工作要点</h1></div><div class='text'><div>{ARTICLE * 3}</div></div>"
    assert lines_of(body) == ["云溪街道2024年工作要点", *PARAGRAPHS * 3]


def test_the_title_of_the_page_is_the_first_line_where_the_text_lacks_it():
    assert lines_of(ARTICLE, title="云溪街道2024年工作要点_松岭区人民政府")[0] == "云溪街道2024年工作要点"


@pytest.mark.parametrize("title", ["松岭区人民政府", "推进城市更新", "", "松岭区政府门户网站"])
def test_the_name_of_the_site_or_words_of_the_text_are_no_title(title):
    assert lines_of(ARTICLE, title=title) == PARAGRAPHS


def test_line_ends_of_the_source_are_no_blanks_between_chinese_characters():
    assert (
        lines_of(f"{ARTICLE}<p>修复盐茶\n      古道12公里，\n建成 5G 基站。</p>")[-1]
        == "修复盐茶古道12公里，建成 5G 基站。"
    )


def test_a_line_break_ends_a_line():
    assert lines_of(f"{ARTICLE}<p>修复古道。<br>扩大茶园。</p>")[-2:] == ["修复古道。", "扩大茶园。"]


def test_rows_of_a_table_name_the_columns_and_merged_cells_count_in_each_row():
    rows = (
        "<tr><th>序号</th><th>任务</th><th>责任单位</th></tr><tr><td>1</td><td>新建茶园</td><td rowspan=2>农业办</td></tr>"
        "<tr><td>2</td><td>修复古道</td></tr>"
    )
    assert lines_of(f"{ARTICLE}<table>{rows}</table>")[-2:] == [
        "序号:1 | 任务:新建茶园 | 责任单位:农业办",
        "序号:2 | 任务:修复古道 | 责任单位:农业办",
    ]


def test_a_table_that_lays_out_the_page_keeps_the_paragraphs_apart():
    assert (
        lines_of(f"<table><tr><td>导航</td><td><table><tr><td>{ARTICLE}</td></tr></table></td></tr></table>")[-4:]
        == PARAGRAPHS
    )


@pytest.mark.parametrize("char", ["\x01", "\x1b", "&#1;", "\x7f", "\ufffe"])
def test_characters_that_no_browser_shows_are_left_out(char):
    assert lines_of(f"<script>x()</script>{char}{ARTICLE}".replace("泊位", f"{char}泊位")) == PARAGRAPHS


@pytest.mark.parametrize("char", ["\v", "\f", "&#11;", "&#12;"])
def test_breaks_that_typewriters_know_are_blanks(char):
    assert lines_of(f"<script>x()</script>{char}{ARTICLE}".replace("泊位", f"{char}泊位")) == [
        text.replace("泊位", " 泊位") for text in PARAGRAPHS
    ]


@pytest.mark.parametrize(
    "data", [b"<html></html>", b"<html><body><script>x()</script></body></html>", web_page("<p>404</p>"), b"<html" * 3]
)
def test_a_page_without_main_text_is_refused_with_the_remedy(data):
    with pytest.raises(DocumentError, match=r"no main text.*copy the document's text|empty or damaged"):
        read_html(data)
