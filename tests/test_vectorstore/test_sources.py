"""Which files are read, under which names, and what corrects them."""

import pytest

from tests.conftest import CLOUD_POINTS, PLANS, write_plans
from tests.test_vectorstore.format_files import docx, page_of_lines, paragraph, pdf
from vectorstore.datatypes import Period, Provenance
from vectorstore.errors import DocumentError
from vectorstore.sources import read_sources

POINTS = "云溪街道/2024年工作要点.txt"


def paths(roots):
    return [source.path for source in read_sources(roots)[0]]


def corrected(folder, toml):
    """Return the corrections of a file a.txt that lies beside a provenance.toml."""
    write_plans(folder, {"a.txt": CLOUD_POINTS, "provenance.toml": toml})
    return read_sources([folder])[0][0].overrides


def test_paths_are_relative_to_the_folder_and_sorted(tmp_path):
    assert paths([write_plans(tmp_path)]) == sorted(PLANS)


def test_paths_of_several_roots_are_each_relative_to_its_own(tmp_path):
    write_plans(tmp_path)
    roots = [tmp_path / "青石镇2023年工作报告.txt", tmp_path / "云溪街道"]
    assert paths(roots) == ["2024年工作要点.txt", "五年规划.txt", "青石镇2023年工作报告.txt"]


def test_a_root_added_changes_no_path_of_the_others(tmp_path):
    first, second = write_plans(tmp_path / "a" / "plans"), write_plans(tmp_path / "b" / "plans")
    assert paths([first, second]) == sorted([*PLANS, *(f"plans/{name}" for name in PLANS)])


def test_as_many_folders_stand_in_front_as_tell_documents_apart(tmp_path):
    for name in ("甲/计划/要点.txt", "乙/计划/要点.md", "丙/计划/要点.txt"):
        write_plans(tmp_path, {name: CLOUD_POINTS})
    roots = [tmp_path / name / "计划" for name in "甲乙丙"]
    assert paths(roots) == ["丙/计划/要点.txt", "要点.txt", "计划/要点.md"]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_root_within_another_adds_nothing_in_either_order(tmp_path, turn):
    write_plans(tmp_path)
    assert paths([tmp_path, tmp_path / "云溪街道", tmp_path][::turn]) == sorted(PLANS)


def test_corrections_of_every_root_are_read(tmp_path):
    for name in "甲乙":
        write_plans(
            tmp_path / name, {f"{name}.txt": CLOUD_POINTS, "provenance.toml": f'["{name}.txt"]\nkind = "{name}"'}
        )
    sources = read_sources([tmp_path / "甲", tmp_path / "乙"])[0]
    assert [source.overrides for source in sources] == [Provenance(kind="乙"), Provenance(kind="甲")]


def test_a_single_file_has_its_name_as_path(tmp_path):
    write_plans(tmp_path)
    assert paths([tmp_path / POINTS]) == ["2024年工作要点.txt"]


def test_a_file_named_twice_is_one_source(tmp_path):
    write_plans(tmp_path)
    assert paths([tmp_path, tmp_path / POINTS]) == sorted(PLANS)


def test_a_root_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DocumentError, match=r"没有: no such file or folder"):
        read_sources([tmp_path / "没有"])


def test_files_that_cannot_be_read_are_reported_and_the_others_given(tmp_path):
    write_plans(tmp_path, {"a.txt": "推进工作。", "b.txt": " ", "c.txt": "推进\x00"})
    sources, errors = read_sources([tmp_path])
    assert [source.path for source in sources] == ["a.txt"]
    assert [str(error).split(":")[0].rpartition("/")[2] for error in errors] == ["b.txt", "c.txt"]


def test_corrections_are_read_for_their_file(tmp_path):
    toml = '["a.txt"]\ndistrict = "松岭区"\nperiod = "2022-2023"\n["b.txt"]\nkind = "plan"\n'
    assert corrected(tmp_path, toml) == Provenance(district="松岭区", period=Period(2022, 2023))


@pytest.mark.parametrize("period", ["2023", '"2023"'])
def test_a_period_of_one_year_may_be_a_number(tmp_path, period):
    assert corrected(tmp_path, f'["a.txt"]\nperiod = {period}').period == Period(2023, 2023)


def test_corrections_in_a_folder_below_name_nothing_in_the_one_above(tmp_path):
    write_plans(tmp_path, {"a.txt": "推进工作。", "b/provenance.toml": '["a.txt"]\nkind = "plan"'})
    assert read_sources([tmp_path])[0][0].overrides is None


@pytest.mark.parametrize(
    "toml",
    [
        '["a.txt"',
        'district = "松岭区"',
        '["a.txt"]\nplace = "松岭区"',
        '["a.txt"]\nperiod = "2023到2025"',
        '["a.txt"]\ntitle = 5',
        '["a.txt"]\ndate = 2024-03-05',
        '["a.txt"]\nperiod = "2025-2023"',
        "\x00",
    ],
)
def test_damaged_corrections_are_an_error_that_names_the_file_and_what_it_takes(tmp_path, toml):
    with pytest.raises(DocumentError, match=r"provenance.toml: can't be read.*title, district, parent"):
        corrected(tmp_path, toml)


def test_corrections_in_another_encoding_are_an_error(tmp_path):
    write_plans(tmp_path)
    (tmp_path / "provenance.toml").write_bytes('["a.txt"]\ndistrict = "松岭区"'.encode("gb18030"))
    with pytest.raises(DocumentError, match=r"provenance.toml"):
        read_sources([tmp_path])


@pytest.mark.slow
def test_a_file_of_any_format_is_a_source_with_its_pages(tmp_path):
    (tmp_path / "a.pdf").write_bytes(
        pdf([page_of_lines(["一、推进城市更新的工作"]), page_of_lines(["二、办好民生实事的工作"])])
    )
    (tmp_path / "b.docx").write_bytes(docx(paragraph("推进工作。")))
    (tmp_path / "c.txt").write_bytes("推进工作。".encode())
    sources, errors = read_sources([tmp_path])
    assert [(source.path, [page.number for page in source.pages]) for source in sources] == [
        ("a.pdf", [1, 2]),
        ("b.docx", []),
        ("c.txt", []),
    ]
    assert errors == ()


def test_a_document_that_must_be_saved_in_another_format_is_left_out_with_an_error(tmp_path):
    (tmp_path / "a.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"))
    sources, errors = read_sources([write_plans(tmp_path)])
    assert [source.path for source in sources] == sorted(PLANS)
    assert [str(error) for error in errors] == [
        f"{tmp_path / 'a.doc'}: it is an old Word file. Open it in Word or LibreOffice and save it as .docx."
    ]
