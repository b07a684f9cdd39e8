"""A file is read in a process of its own: what that process does, it does alone and within limits."""

import sys
from pathlib import Path

import pytest

from tests.test_vectorstore.format_files import docx, page_of_lines, paragraph, pdf, web_page
from vectorstore import extraction, extraction_process
from vectorstore.datatypes import Extracted, PageStart
from vectorstore.errors import DocumentError
from vectorstore.extraction import StoppedError, extract

PAGE = web_page("<p>云溪街道推进城市更新,新增停车泊位200个,改造路口3处。</p>")


@pytest.fixture
def process(monkeypatch, tmp_path):
    """Return a function that lets other code run in the place of the extraction process."""

    def replace(code):
        (tmp_path / "vectorstore").mkdir()
        (tmp_path / "vectorstore" / "__init__.py").touch()
        (tmp_path / "vectorstore" / "extraction_process.py").write_text(code, encoding="utf-8")
        monkeypatch.setattr(extraction, "_ROOT", tmp_path)

    return replace


def changed(change):
    """Return code that runs the real process, its module ``real``, with a change."""
    name = Path(extraction_process.__file__)
    return (
        f"import sys; sys.path.insert(0, {str(name.parents[1])!r}); del sys.modules['vectorstore']\n"
        "import importlib.util as util\n"
        f"spec = util.spec_from_file_location('real', {str(name)!r})\n"
        f"real = util.module_from_spec(spec); spec.loader.exec_module(real)\n{change}\nreal.main()"
    )


@pytest.mark.slow
def test_a_web_page_is_read():
    assert extract("html", PAGE) == Extracted("云溪街道推进城市更新,新增停车泊位200个,改造路口3处。\n")


def test_a_word_document_is_read():
    assert extract("docx", docx(paragraph("推进𬇙河整治。"))) == Extracted("推进𬇙河整治。\n")


def test_a_pdf_is_read_with_its_pages():
    data = pdf([page_of_lines([f"{word}、云溪街道工作要点的内容"]) for word in "一二"])
    assert extract("pdf", data).pages == (PageStart(0, 1), PageStart(13, 2))


def test_a_refusal_comes_back_as_it_was_said():
    with pytest.raises(DocumentError, match=r"^this is no Word document"):
        extract("docx", docx("").replace(b"document.xml", b"docuwent.xml"))


@pytest.mark.slow
def test_a_process_that_hangs_is_ended(process, monkeypatch):
    process("import time; time.sleep(60)")
    monkeypatch.setattr(extraction, "SECONDS", 0.5)
    with pytest.raises(StoppedError, match=r"takes more than .* seconds.*Split it"):
        extract("pdf", b"")


def test_a_process_that_crashes_is_an_error_with_the_remedy(process):
    process("raise ValueError('unknown operator')")
    with pytest.raises(DocumentError, match=r"damaged.*unknown operator.*save it again") as caught:
        extract("pdf", b"")
    assert not isinstance(caught.value, StoppedError)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no signals of this kind")
def test_a_process_that_is_killed_may_do_better_later(process):
    process("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(StoppedError, match=r"stopped from outside.*Try again"):
        extract("pdf", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no memory")
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS bounds no memory")
def test_memory_is_bounded(process):
    process(changed("real._reader = lambda kind: lambda data: bytearray(4 * 2**30)"))
    with pytest.raises(DocumentError, match=r"more memory than a document may"):
        extract("pdf", b"")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no time of a processor")
def test_time_of_the_processor_is_bounded(process):
    process(changed("real.CPU_SECONDS = 1; real._reader = lambda kind: lambda data: sum(iter(int, 1))"))
    with pytest.raises(DocumentError, match=r"takes too long to read\. Split it"):
        extract("pdf", b"")


@pytest.mark.slow
def test_a_text_that_is_too_long_is_refused(process):
    process(changed("real.OUTPUT = 10; real._limit = lambda: None"))
    with pytest.raises(DocumentError, match=r"more text than one document may have\. Split it"):
        extract("html", PAGE)


def test_an_answer_that_was_cut_short_may_be_whole_later(process):
    process("print('{\"text\": ')")
    with pytest.raises(StoppedError, match=r"cut short"):
        extract("pdf", b"")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PYTHONSAFEPATH", "PYTHONHASHSEED"])
def test_the_environment_changes_nothing(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert "停车泊位200个" in extract("html", PAGE).text
