"""PDF → text: paragraphs, tables, columns and pages, without running heads; or what to do with one that has no text."""

import pytest

from tests.test_vectorstore.format_files import page_of_lines, pdf, ruled_table
from vectorstore.datatypes import PageStart
from vectorstore.errors import DocumentError
from vectorstore.pdf_texts import read_pdf

LINE = "云溪街道推进城市更新,改善居民的居住环境,新增停车泊位二百个,改造路口"  # 34 characters, 408 points


def lines_of(data):
    return read_pdf(data).text.splitlines()


def test_a_line_that_reaches_the_margin_goes_on_in_the_next_without_a_blank():
    page = page_of_lines(["\u3000\u3000" + LINE[:-2], LINE, "三处。", "\u3000\u3000" + LINE[:-2], LINE, "四处。"])
    assert lines_of(pdf([page])) == [f"{LINE[:-2]}{LINE}三处。", f"{LINE[:-2]}{LINE}四处。"]


def test_a_paragraph_goes_on_over_the_end_of_a_page():
    first = page_of_lines(["\u3000\u3000" + LINE[:-2], LINE, LINE, LINE, LINE, LINE])
    assert lines_of(pdf([first, page_of_lines(["三处。"])])) == [f"{LINE[:-2]}{LINE * 5}三处。"]


def test_headings_stand_on_lines_of_their_own():
    page = page_of_lines(
        ["一、总体要求", "\u3000\u3000" + LINE[:-2], LINE, "三处。", "(一)指导思想", "\u3000\u3000坚持稳中求进。"]
    )
    assert lines_of(pdf([page]))[::2] == ["一、总体要求", "(一)指导思想"]


def test_pages_are_where_their_first_characters_are():
    data = pdf([page_of_lines(["一、第一页的标题内容"]), page_of_lines(["二、第二页的标题内容"])])
    extracted = read_pdf(data)
    assert extracted.pages == (PageStart(0, 1), PageStart(extracted.text.index("二、"), 2))


def test_a_page_without_text_has_no_start():
    data = pdf([page_of_lines([LINE, LINE]), [], page_of_lines(["三、第三页的标题内容"])])
    assert [page.number for page in read_pdf(data).pages] == [1, 3]


def test_running_heads_and_page_numbers_are_left_out():
    pages = [
        [(80, 40, "青石镇发展规划汇编"), *page_of_lines([f"{word}、第{word}项任务的内容"]), (290, 810, f"- {number} -")]
        for number, word in enumerate("一二三四", 1)
    ]
    assert lines_of(pdf(pages)) == [f"{word}、第{word}项任务的内容" for word in "一二三四"]


def test_a_number_in_the_middle_of_a_page_stays():
    assert "2024" in lines_of(pdf([page_of_lines(["完成全部任务。", "2024", LINE], top=300)]))


def test_rows_of_a_ruled_table_name_the_columns():
    cells = [("序号", "任务", "责任单位"), ("1", "新建茶园", "农业办"), ("2", "修复古道", "文旅办")]
    texts = [
        (82 + 100 * column, 115 + 20 * row, cell) for row, line in enumerate(cells) for column, cell in enumerate(line)
    ]
    data = pdf([[*texts, (80, 300, LINE)]], extra=ruled_table(80, 100, (100, 100, 100), 3))
    assert lines_of(data) == [
        "序号:1 | 任务:新建茶园 | 责任单位:农业办",
        "序号:2 | 任务:修复古道 | 责任单位:文旅办",
        LINE,
    ]


def test_columns_are_read_one_after_the_other():
    words = "甲乙丙丁戊己庚辛壬癸"
    left = [(60, 120 + 20 * n, f"{word}推进城市更新和改善居住环境。") for n, word in enumerate(words)]
    right = [(330, 120 + 20 * n, f"{word}完成停车泊位和路口的改造。") for n, word in enumerate(words)]
    data = pdf([[(150, 80, "松岭区城市更新工作要点和任务分工"), *left, *right]])
    assert lines_of(data) == [
        "松岭区城市更新工作要点和任务分工",
        *(f"{word}推进城市更新和改善居住环境。" for word in words),
        *(f"{word}完成停车泊位和路口的改造。" for word in words),
    ]


def test_full_width_forms_stay_and_radicals_become_the_characters_they_show():
    assert lines_of(pdf([page_of_lines(["⼀、服务⼈民(ABC)12的⼯作要求"])])) == ["一、服务人民(ABC)12的工作要求"]


def test_what_hangs_over_the_edge_of_the_page_is_not_text():
    data = pdf([[(80, 100, LINE), (80, 860, "页面之外的内容不会显示出来")]])
    assert lines_of(data) == [LINE]


def test_lines_shown_again_at_the_top_of_the_next_page_are_read_once():
    again = ["\u3000\u3000新增停车泊位二百个。", "\u3000\u3000改造路口三处。"]
    first, second = page_of_lines([LINE, *again]), page_of_lines([*again, "\u3000\u3000完成全部任务。"])
    assert read_pdf(pdf([first, second])).text.count("改造路口三处。") == 1


@pytest.mark.parametrize(
    "pages", [[[]], [[], [], []], [[(80, 100, "第一页")], [], [], []]], ids=["one", "three", "hardly any"]
)
def test_pages_without_text_are_refused_with_the_remedy(pages):
    with pytest.raises(DocumentError, match=r"hardly any text.*OCR"):
        read_pdf(pdf(pages))


def test_a_font_that_names_no_characters_is_refused():
    with pytest.raises(DocumentError, match=r"fonts don't say"):
        read_pdf(pdf([page_of_lines([LINE, LINE])], unnamed=True))


def test_a_locked_pdf_is_refused_with_the_remedy():
    lock = (
        "/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"
        + "00" * 32
        + ">/U<"
        + "11" * 32
        + ">>>"
    )
    with pytest.raises(DocumentError, match=r"locked with a password.*without one"):
        read_pdf(pdf([page_of_lines([LINE])], trailer=lock))


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\n", b"%PDF-1.7\n%%EOF", b"%PDF-1.4\n" + b"\x00\xff" * 500], ids=["head", "end", "noise"]
)
def test_a_damaged_pdf_is_refused_with_the_remedy(data):
    with pytest.raises(DocumentError, match=r"the PDF (is damaged|has no pages)"):
        read_pdf(data)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_pdf_that_was_cut_short_is_refused_rather_than_read_in_part(share):
    data = pdf([page_of_lines([LINE, LINE])])
    with pytest.raises(DocumentError, match=r"its end is missing.*again"):
        read_pdf(data[: int(share * len(data))])


def test_the_same_file_gives_the_same_text():
    data = pdf([page_of_lines([LINE, LINE, "三处。"])])
    assert read_pdf(data) == read_pdf(data)


def test_a_watermark_across_the_page_is_left_out():
    mark = f"BT /F1 30 Tf 0.7 0.7 -0.7 0.7 200 300 Tm <{'内部资料'.encode('utf-16-be').hex()}> Tj ET"
    assert lines_of(pdf([page_of_lines(["一、推进城市更新", LINE, LINE])], extra=mark)) == [
        "一、推进城市更新",
        LINE * 2,
    ]


def test_pages_whose_text_is_turned_are_refused_with_the_remedy():
    turned = f"BT /F1 12 Tf 0 1 -1 0 200 100 Tm <{LINE.encode('utf-16-be').hex()}> Tj ET"
    with pytest.raises(DocumentError, match=r"turned on its side.*upright"):
        read_pdf(pdf([page_of_lines([LINE])], extra=turned))


def test_a_page_that_is_shown_turned_is_read_upright():
    turned = f"BT /F1 12 Tf 0 1 -1 0 200 100 Tm <{LINE.encode('utf-16-be').hex()}> Tj ET"
    data = pdf([[]], extra=turned).replace(b"/MediaBox[", b"/Rotate 90/MediaBox[")
    assert lines_of(data) == [LINE]
