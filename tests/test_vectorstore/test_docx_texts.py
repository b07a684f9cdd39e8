"""Word document → text: all that is printed in the body, in its order; what is deleted, hidden or a trap is not."""

import zipfile
from io import BytesIO

import pytest

from tests.test_vectorstore.format_files import docx, packed, paragraph, table
from vectorstore import docx_texts
from vectorstore.docx_texts import read_docx
from vectorstore.errors import DocumentError


def lines_of(body, **parts):
    return read_docx(docx(body, **parts)).text.splitlines()


def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def numbered(*levels, paragraphs):
    """Return the lines of paragraphs given as (level, text) in a list of these (style, template) levels."""
    shapes = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{style}"/><w:lvlText w:val="{template}"/></w:lvl>'
        for n, (style, template) in enumerate(levels)
    )
    numbering = f'<w:abstractNum w:abstractNumId="0">{shapes}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    mark = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr>'
    body = "".join(paragraph(text, properties=mark.format(level)) for level, text in paragraphs)
    return lines_of(body, numbering=numbering)


def test_paragraphs_and_tables_stand_in_their_order():
    body = (
        paragraph("一、任务") + table([["序号", "任务", "单位"], ["1", "新建茶园", "农业办"]]) + paragraph("二、保障")
    )
    assert lines_of(body) == ["一、任务", "序号:1 | 任务:新建茶园 | 单位:农业办", "二、保障"]


def test_a_table_without_names_of_columns_parts_its_cells():
    assert lines_of(table([["茶叶产值", "3.2亿元"], ["游客", "15万人次"]])) == ["茶叶产值 | 3.2亿元", "游客 | 15万人次"]


def test_cells_that_reach_over_rows_count_in_each():
    merged = "<w:tc><w:tcPr><w:vMerge{}/></w:tcPr>{}</w:tc>"
    rows = [("新建茶园", ' w:val="restart"', "农业办"), ("修复古道", "", "")]
    cells = "".join(
        f"<w:tr><w:tc>{paragraph(task)}</w:tc>{merged.format(mark, paragraph(who))}</w:tr>" for task, mark, who in rows
    )
    assert lines_of(f"<w:tbl>{cells}</w:tbl>") == ["新建茶园 | 农业办", "修复古道 | 农业办"]


def test_with_changes_tracked_deletions_are_out_and_insertions_in():
    body = f"<w:p>{run('新增泊位')}<w:del><w:r><w:delText>100</w:delText></w:r></w:del><w:ins>{run('200')}</w:ins>{run('个。')}</w:p>"
    assert lines_of(body) == ["新增泊位200个。"]


def test_hidden_text_and_commands_of_fields_are_left_out():
    body = (
        f"<w:p>{run('推进')}{run('隐藏', '<w:vanish/>')}<w:r><w:instrText>PAGE</w:instrText></w:r>{run('工作。')}</w:p>"
    )
    assert lines_of(body) == ["推进工作。"]


def test_text_boxes_come_after_their_paragraph_and_once():
    box = f"<w:txbxContent>{paragraph('框中文字。')}</w:txbxContent>"
    drawing = f'<mc:AlternateContent xmlns:mc="m"><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>'
    assert lines_of(f"<w:p>{run('正文。')}<w:r>{drawing}</w:r></w:p>") == ["正文。", "框中文字。"]


def test_lines_broken_within_a_paragraph_are_lines():
    assert lines_of(f"<w:p>{run('一、任务')}<w:r><w:br/></w:r>{run('推进工作。')}</w:p>") == ["一、任务", "推进工作。"]


def test_the_table_of_contents_is_left_out():
    contents = paragraph("一、任务 3", properties='<w:pStyle w:val="TOC1"/>')
    assert lines_of(contents + paragraph("一、任务")) == ["一、任务"]


def test_text_in_content_controls_is_read():
    assert lines_of(f"<w:sdt><w:sdtContent>{paragraph('推进工作。')}</w:sdtContent></w:sdt>") == ["推进工作。"]


def test_chinese_numbers_are_drawn_and_deeper_levels_begin_again():
    said = [(0, "总体要求"), (1, "思路"), (1, "目标"), (0, "重点任务"), (1, "茶业")]
    assert numbered(("chineseCounting", "%1、"), ("chineseCounting", "(%2)"), paragraphs=said) == [
        "一、总体要求",
        "(一)思路",
        "(二)目标",
        "二、重点任务",
        "(一)茶业",
    ]


def test_numbers_above_ten_are_chinese_numerals():
    said = [(0, "任务")] * 21
    lines = numbered(("chineseCountingThousand", "第%1条"), paragraphs=said)
    assert [lines[n] for n in (9, 10, 18, 19, 20)] == [
        f"第{n}条 任务" for n in ("十", "十一", "十九", "二十", "二十一")
    ]


def test_a_number_of_several_levels_shows_them_all():
    assert numbered(("decimal", "%1."), ("decimal", "%1.%2"), paragraphs=[(0, "茶业"), (1, "茶园"), (1, "品牌")]) == [
        "1.茶业",
        "1.1 茶园",
        "1.2 品牌",
    ]


def test_a_list_that_begins_again_counts_from_its_start_and_others_count_on():
    shape = '<w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    numbering = f'<w:abstractNum w:abstractNumId="0">{shape}</w:abstractNum>' + "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="0"/>{override}</w:num>'
        for number, override in ((1, ""), (2, ""), (3, again))
    )
    mark = '<w:numPr><w:numId w:val="{}"/></w:numPr>'
    body = "".join(paragraph("茶业", properties=mark.format(number)) for number in (1, 2, 3, 3))
    assert lines_of(body, numbering=numbering) == ["1.茶业", "2.茶业", "1.茶业", "2.茶业"]


def test_a_number_of_zero_is_none():
    assert lines_of(paragraph("茶业", properties='<w:numPr><w:numId w:val="0"/></w:numPr>')) == ["茶业"]


def test_numbers_of_a_style_are_drawn():
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num>'
    )
    styles = '<w:style w:styleId="a"><w:pPr><w:numPr><w:numId w:val="7"/></w:numPr></w:pPr></w:style>'
    styles += '<w:style w:styleId="b"><w:basedOn w:val="a"/></w:style>'
    body = "".join(paragraph("茶业", properties=f'<w:pStyle w:val="{style}"/>') for style in "ab")
    assert lines_of(body, numbering=numbering, styles=styles) == ["1.茶业", "2.茶业"]


def test_styles_based_on_each_other_do_not_hang():
    styles = (
        '<w:style w:styleId="a"><w:basedOn w:val="b"/></w:style><w:style w:styleId="b"><w:basedOn w:val="a"/></w:style>'
    )
    assert lines_of(paragraph("茶业", properties='<w:pStyle w:val="a"/>'), styles=styles) == ["茶业"]


def test_a_document_of_pictures_is_refused_with_the_remedy():
    with pytest.raises(DocumentError, match=r"pictures and no text.*OCR"):
        read_docx(docx("<w:p><w:r><w:drawing/></w:r></w:p>"))


def test_a_document_whose_text_is_in_files_within_is_refused_rather_than_read_in_part():
    with pytest.raises(DocumentError, match=r"files within the file.*new \.docx"):
        read_docx(docx(paragraph("推进工作。") + "<w:altChunk/>"))


def test_the_main_part_may_have_a_number():
    body = f'<w:document xmlns:w="w"><w:body>{paragraph("推进工作。")}</w:body></w:document>'
    assert read_docx(packed({"word/document2.xml": body})).text == "推进工作。\n"


def test_entities_are_never_resolved(tmp_path):
    (tmp_path / "secret.txt").write_text("秘密", encoding="utf-8")
    trap = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]><a xmlns:w="w"><w:body>&x;</w:body></a>'
    with pytest.raises(DocumentError, match=r"damaged.*entities"):
        read_docx(packed({"word/document.xml": trap}))


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked():
    bomb = packed({"word/document.xml": " " * (6 * 2**20)})
    with pytest.raises(DocumentError, match=r"unpacks to 6 MB"):
        read_docx(bomb)


def test_a_file_of_too_many_parts_is_refused(monkeypatch):
    monkeypatch.setattr(docx_texts, "_ENTRIES_LIMIT", 1)
    with pytest.raises(DocumentError, match=r"2 parts"):
        read_docx(docx(paragraph("推进工作。")))


def test_names_that_lead_out_of_the_archive_write_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parts = {"../../out.txt": "推进", "/out.txt": "推进"}
    assert read_docx(docx(paragraph("推进工作。"), **parts)).text == "推进工作。\n"
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("cut", [30, 100, 200, 300])
def test_a_file_that_was_cut_short_is_refused_with_the_remedy(cut):
    with pytest.raises(DocumentError, match=r"damaged.*save it as a new .docx"):
        read_docx(docx(paragraph("推进工作。"))[:cut])


def test_a_damaged_part_is_refused_with_the_remedy():
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("word/document.xml", "<w:document><w:body>")
    with pytest.raises(DocumentError, match=r"damaged.*save it as a new .docx"):
        read_docx(data.getvalue())
