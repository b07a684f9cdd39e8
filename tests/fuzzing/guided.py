"""Fuzzing guided by coverage: bytes that reach new lines of the program are changed further.

Optional, and run by hand: ``pip install atheris`` (Linux and macOS) beside the project, then

    python -m tests.fuzzing.guided outlines --seconds 300

What breaks is written into ``--folder``, which also keeps the bytes that were found, for the next run.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import click

Try = Callable[[bytes], None]


def _outlines() -> tuple[Try, list[bytes]]:
    from tests.conftest import PLANS
    from tests.test_vectorstore.test_chunks import assert_chunks_hold_each_sentence_once
    from tests.test_vectorstore.test_documents import assert_sections_nest, assert_sentences_tile

    def one(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        assert_sentences_tile(text)
        assert_sections_nest(text)
        assert_chunks_hold_each_sentence_once(text)

    # Whole plans are too long to be changed many times a second
    return one, [text[:1500].encode() for text in PLANS.values()]


def _questions() -> tuple[Try, list[bytes]]:
    from assistant.datatypes import Answer, Turn
    from assistant.questions import read_question
    from tests.conftest import FakeEncoder, write_plans
    from vectorstore.store import build_store

    folder = Path(mkdtemp())
    store, _ = build_store(folder / "store", [write_plans(folder / "plans")], model="fake", encoder=FakeEncoder)

    def one(data: bytes) -> None:
        """Each line is a turn of one conversation."""
        history: tuple[Turn, ...] = ()
        for text in data.decode("utf-8", "surrogateescape").split("\n")[:4]:
            question = read_question(text, history, store)
            question.topic.encode("utf-8")
            history = (*history, Turn(question, Answer(question, (), question.districts, ())))

    typed = (
        "云溪街道2024年新增停车泊位多少个?\n那青石呢",
        "青石2023年和2024年养老有什么变化\n它们的责任单位",
        "不是云溪,是松岭\n除了青石呢",
    )
    return one, [text.encode() for text in typed]


def _pages() -> tuple[Try, list[bytes]]:
    from tests.fuzzing.files import GB_PAGE, PAGE, TABLE_PAGE
    from tests.fuzzing.test_files import assert_is_text, refusing
    from vectorstore.html_texts import read_html

    def one(data: bytes) -> None:
        with refusing():
            assert_is_text(read_html(data))

    return one, [PAGE, GB_PAGE, TABLE_PAGE]


def _words() -> tuple[Try, list[bytes]]:
    from tests.fuzzing.files import WORD_XML
    from tests.fuzzing.test_files import assert_is_text, refusing
    from tests.test_vectorstore.format_files import packed
    from vectorstore.docx_texts import read_docx

    def one(data: bytes) -> None:
        """What is changed is the XML: an archive with a byte changed is refused by its checksum."""
        with refusing():
            assert_is_text(read_docx(packed({"word/document.xml": data.decode("utf-8", "replace")})))

    return one, [WORD_XML.encode()]


def _pdfs() -> tuple[Try, list[bytes]]:
    from tests.fuzzing.files import PDF, TABLE_PDF
    from tests.fuzzing.test_files import assert_is_text, refusing
    from vectorstore.pdf_texts import read_pdf

    def one(data: bytes) -> None:
        with refusing():
            assert_is_text(read_pdf(data))

    return one, [PDF, TABLE_PDF]


def _encodings() -> tuple[Try, list[bytes]]:
    from tests.conftest import CLOUD_POINTS
    from tests.fuzzing.test_files import refusing
    from vectorstore.encodings import decode

    def one(data: bytes) -> None:
        with refusing():
            decode(data).encode("utf-8")

    return one, [CLOUD_POINTS[:300].encode(encoding) for encoding in ("utf-8", "utf-16", "utf-32", "gb18030")]


_TARGETS = {
    "outlines": _outlines,
    "questions": _questions,
    "pages": _pages,
    "words": _words,
    "pdfs": _pdfs,
    "encodings": _encodings,
}


@click.command()
@click.argument("target", type=click.Choice(list(_TARGETS)))
@click.option("--seconds", default=60, show_default=True, help="How long to go on.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where bytes are kept; a temporary folder by default.")
def main(target: str, seconds: int, folder: Path | None) -> None:
    """Fuzz one part of the program, guided by the lines that are reached."""
    try:
        import atheris
    except ImportError as error:
        raise click.ClickException("atheris is not installed. Run: pip install atheris") from error
    found = (folder or Path(gettempdir()) / "plans-fuzzing") / target
    found.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["vectorstore", "assistant"]):
        one, beginnings = _TARGETS[target]()
    for number, data in enumerate(beginnings):
        (found / f"beginning-{number}").write_bytes(data)
    limits = [
        f"-max_total_time={seconds}",
        "-max_len=8192",
        "-timeout=20",
        f"-artifact_prefix={found.parent}/{target}-",
    ]
    atheris.Setup([sys.argv[0], str(found), *limits], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
