"""File → text: as it decodes, nothing changed, or an error that says what to do."""

import pytest

from tests.conftest import CLOUD_POINTS, STONE_ACTIONS
from vectorstore import readers
from vectorstore.errors import DocumentError
from vectorstore.readers import find_files, read_text


@pytest.fixture
def written(tmp_path):
    """Return a function that writes bytes into a file and gives its path."""

    def write(data, name="计划.txt"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "gbk", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [CLOUD_POINTS, STONE_ACTIONS, "新增停车泊位200个。"], ids=["lines", "glued", "short"])
def test_texts_in_the_encodings_of_chinese_offices_are_read_right(written, text, encoding):
    assert read_text(written(text.encode(encoding))).lstrip("\ufeff") == text


@pytest.mark.parametrize("encoding", ["big5", "gb18030"])
def test_a_short_text_that_repeats_itself_is_read_right(written, encoding):
    text = "舉辦採茶節。" * 4
    assert read_text(written(text.encode(encoding))) == text


def test_traditional_characters_in_big5_are_read_right(written):
    text = "推動養老服務與綠化環境建設,新增停車泊位200個。\n優化公共交通線路,方便居民出行。\n"
    assert read_text(written(text.encode("big5"))) == text


def test_characters_beyond_the_basic_plane_are_read_from_gb18030(written):
    text = CLOUD_POINTS + "整治𬇙河与㙍塘。\n"
    assert read_text(written(text.encode("gb18030"))) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_stays_in_the_text(written, encoding):
    assert read_text(written("\ufeff推进工作。".encode(encoding))) == "\ufeff推进工作。"


def test_line_ends_stay_as_they_are(written):
    assert read_text(written("一\r\n二\r三\n四\v五".encode())) == "一\r\n二\r三\n四\v五"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty.*Remove it"),
        (" \r\n\u3000\ufeff".encode(), "empty.*Remove it"),
        (b"\xef\xbb\xbf", "empty.*Remove it"),
        (b"PK\x03\x04\x00\x00\x08\x00", "not a text file.*UTF-8"),
        ("推进".encode() + b"\x00" * 9, "not a text file.*UTF-8"),
        (b"\xff" * 60, "can't be decoded.*UTF-8"),
        (b"\xff\xfe\x00\xd8", "can't be decoded.*UTF-8"),
    ],
    ids=["nothing", "blanks", "mark", "archive", "zeros", "bytes", "half a pair"],
)
def test_a_file_without_text_is_an_error_that_names_it_and_the_remedy(written, data, says):
    path = written(data)
    with pytest.raises(DocumentError, match=rf"计划.txt.*{says}"):
        read_text(path)


def test_a_file_of_another_kind_is_an_error(written):
    with pytest.raises(DocumentError, match=r"计划.pdf: only .txt and .md files are plain text"):
        read_text(written(b"%PDF", "计划.pdf"))


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DocumentError, match=r"没有.txt: can't be read.*Check the path"):
        read_text(tmp_path / "没有.txt")


def test_a_folder_named_like_a_file_is_an_error(tmp_path):
    (tmp_path / "夹.txt").mkdir()
    with pytest.raises(DocumentError, match=r"夹.txt: can't be read"):
        read_text(tmp_path / "夹.txt")


def test_a_file_that_is_too_large_is_an_error(written, monkeypatch):
    monkeypatch.setattr(readers, "_SIZE_LIMIT", 8)
    with pytest.raises(DocumentError, match=r"Split it"):
        read_text(written("推进工作。".encode()))


def test_texts_are_found_below_a_folder_by_path(tmp_path):
    for name in ("乙/二.md", "乙/一.TXT", "甲.txt", "图.png", ".隐/三.txt", ".四.txt", "乙/丙.PDF", "乙-丁.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in find_files(tmp_path)] == [
        "乙/一.TXT",
        "乙/丙.PDF",
        "乙/二.md",
        "乙-丁.txt",
        "甲.txt",
    ]


def test_hidden_folders_above_the_root_hide_nothing(tmp_path):
    root = tmp_path / ".cache" / "plans"
    root.mkdir(parents=True)
    (root / "甲.txt").touch()
    assert find_files(root) == [root / "甲.txt"]


def test_a_file_gives_itself(written):
    path = written(b"x")
    assert find_files(path) == [path]
