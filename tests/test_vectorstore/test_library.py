"""A person's own documents: added, replaced, taken out, brought back, corrected; and what a store makes of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import CLOUD_POINTS, PINE_PLAN, STONE_REPORT, FakeEncoder, write_plans
from tests.test_vectorstore.format_files import docx, paragraph, web_page
from vectorstore import library as library_module
from vectorstore.datatypes import Period, Provenance
from vectorstore.errors import DocumentError
from vectorstore.index_parts import chunk_text, sentence_text
from vectorstore.kept_documents import text_checksum
from vectorstore.library import Added, Library, file_name
from vectorstore.readers import SUFFIXES
from vectorstore.sources import read_sources
from vectorstore.store import VectorStore, build_store, is_up_to_date

ROOT = Path(__file__).parents[2]
CLOUD, STONE, PINE = (text.encode("utf-8") for text in (CLOUD_POINTS, STONE_REPORT, PINE_PLAN))


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "own" / "documents")


@pytest.fixture
def plans(tmp_path):
    return write_plans(tmp_path / "plans", {"云溪.txt": CLOUD_POINTS, "青石.txt": STONE_REPORT})


def names(library):
    return [path.name for path in library.files()]


# Adding


def test_a_document_is_kept_byte_for_byte(library):
    data = "\ufeff一、任务\r\n新增停车泊位200个。\r\n".encode("gb18030")
    assert library.add("要点.txt", data) == Added("要点.txt", "added")
    assert [path.read_bytes() for path in library.files()] == [data]


def test_the_same_file_again_is_known_under_the_name_that_holds_it(library):
    library.add("云溪.txt", CLOUD)
    assert library.add("另一个名字.txt", CLOUD) == Added("云溪.txt", "known")
    assert names(library) == ["云溪.txt"]


def test_another_file_of_the_same_name_replaces_the_first_which_can_be_brought_back(library):
    library.add("要点.txt", CLOUD)
    assert library.add("要点.txt", STONE) == Added("要点.txt", "replaced")
    assert [path.read_bytes() for path in library.files()] == [STONE]
    library.remove("要点.txt")
    assert library.removed() == ("要点 (2).txt", "要点.txt")
    library.restore("要点.txt")
    assert [path.read_bytes() for path in library.files()] == [CLOUD]


def test_a_text_that_is_held_elsewhere_is_known_there(library):
    added = library.add(
        "云溪.txt", CLOUD_POINTS.encode("gb18030"), held={text_checksum(CLOUD_POINTS): "plans/云溪.txt"}
    )
    assert (added, names(library)) == (Added("plans/云溪.txt", "known"), [])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("空.txt", b" \n", r"^空.txt: the file is empty"),
        ("坏.txt", "推进\x00".encode(), r"^坏.txt: this is not a text file"),
        ("表.xyz", CLOUD, r"^表.xyz: only .* files can be read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_readers_words_and_leaves_nothing(library, name, data, message):
    with pytest.raises(DocumentError, match=message):
        library.add(name, data)
    assert [path.name for path in library.folder.iterdir()] == [".lock"]


def test_a_file_that_only_its_suffix_tells_from_another_is_refused(library):
    library.add("要点.txt", CLOUD)
    with pytest.raises(DocumentError, match=r"要点.md: only its suffix tells it from 要点.txt.*Rename"):
        library.add("要点.md", STONE)


def test_what_a_killed_process_left_behind_is_no_document_and_is_cleared_away(library):
    library.add("云溪.txt", CLOUD)
    write_plans(library.folder, {".draft-old/青石.txt": STONE_REPORT})
    assert names(library) == ["云溪.txt"]
    library.add("松岭.md", PINE)
    assert not (library.folder / ".draft-old").exists()


def test_a_library_that_is_a_file_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"file: the documents can't be written.*PLANS_DOCUMENTS"):
        Library(tmp_path / "file").add("云溪.txt", CLOUD)


def test_a_library_that_is_not_there_is_empty(library):
    assert (library.files(), library.removed(), library.hidden(), library.corrections()) == ((), (), (), {})
    assert not library.folder.exists()


def test_a_word_document_is_kept_byte_for_byte(library):
    data = docx(paragraph("推进工作。"))
    assert library.add("要点.docx", data) == Added("要点.docx", "added")
    assert [path.read_bytes() for path in library.files()] == [data]


@pytest.mark.slow
def test_a_web_page_with_the_name_of_an_old_word_file_is_kept_as_a_web_page(library):
    page = web_page("<p>云溪街道推进城市更新,新增停车泊位200个,改造路口3处。</p>")
    assert library.add("要点.doc", page) == Added("要点.html", "added")
    assert names(library) == ["要点.html"]


def test_what_was_just_added_is_known_and_what_it_replaced_is_not(library):
    held = {}
    library.add("要点.txt", CLOUD, held=held)
    assert library.add("另一个名字.txt", CLOUD_POINTS.encode("gb18030"), held=held) == Added("要点.txt", "known")
    library.add("要点.txt", STONE, held=held)
    assert library.add("云溪.txt", CLOUD, held=held) == Added("云溪.txt", "added")
    assert held == {text_checksum(STONE.decode()): "要点.txt", text_checksum(CLOUD_POINTS): "云溪.txt"}


def test_a_document_whose_text_is_held_elsewhere_in_another_format_is_known_there(library):
    added = library.add(
        "要点.docx", docx(paragraph("推进工作。")), held={text_checksum("推进工作。\n"): "plans/要点.txt"}
    )
    assert (added, names(library)) == (Added("plans/要点.txt", "known"), [])


def test_a_file_that_cannot_be_read_is_refused_under_its_own_name(library):
    with pytest.raises(DocumentError, match=r"^要点.pdf: the PDF is damaged"):
        library.add("要点.pdf", b"%PDF-1.4 ...")
    assert names(library) == []


# Names


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("要点.txt", "要点.txt"),
        ("../../要点.txt", "要点.txt"),
        ("/etc/要点.txt", "要点.txt"),
        ("C:\\计划\\要点.txt", "要点.txt"),
        ("a\\b/要点.txt", "要点.txt"),
        ("要\n点\x00\x1b\x7f.txt", "要点.txt"),
        ("要\u202e点\u200b\ufeff.txt", "要点.txt"),
        ("..隐藏.txt", "隐藏.txt"),
        (" 要点 .txt. ", "要点.txt"),
        ("CON.txt", "_CON.txt"),
        ("com1.计划.txt", "_com1.计划.txt"),
        ("一:要点?.txt", "一_要点_.txt"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("console.txt", "console.txt"),
    ],
)
def test_a_name_is_made_harmless(given, name):
    assert file_name(given) == name


@pytest.mark.parametrize("given", ["", "..", ".txt", "...txt", "要点", "要点.", "计划/", "\x00.txt"])
def test_a_name_of_which_nothing_is_left_is_refused(given):
    with pytest.raises(DocumentError, match=r"isn't the name of a document.*ends in \.txt"):
        file_name(given)


def test_a_name_that_is_too_long_is_refused():
    with pytest.raises(DocumentError, match=r"longer than 240 bytes. Shorten it"):
        file_name("长" * 90 + ".txt")


def test_a_name_that_is_no_unicode_is_refused():
    with pytest.raises(DocumentError, match=r"isn't valid Unicode. Rename"):
        file_name("要点\udcff.txt")


_names = st.one_of(
    st.text(max_size=12),
    st.text(st.sampled_from("/\\.: ~\0\n\u202e点Aé\u0301"), max_size=10),
    st.text(st.characters(exclude_categories=()), max_size=90),
)


@given(_names, st.sampled_from(["", *SUFFIXES, ".TXT", "/.txt"]))
def test_whatever_the_name_a_document_lies_in_its_folder_or_is_refused(tmp_path_factory, name, suffix):
    folder = tmp_path_factory.mktemp("library")
    library = Library(folder / "documents")
    try:
        added = library.add(name + suffix, CLOUD)
    except DocumentError:
        assert not library.files()
    else:
        assert [path.name for path in library.files()] == [added.path]
        assert library.files()[0].read_bytes() == CLOUD
    assert [path.name for path in folder.iterdir()] in ([], ["documents"])


@given(_names)
def test_a_name_made_harmless_stays_as_it_is(name):
    try:
        harmless = file_name(name + ".txt")
    except DocumentError:
        return
    assert file_name(harmless) == harmless


# Taking out and bringing back


def test_an_own_document_taken_out_is_kept_among_the_removed(library):
    library.add("云溪.txt", CLOUD)
    library.remove("云溪.txt")
    assert (names(library), library.removed(), library.hidden()) == ([], ("云溪.txt",), ())


def test_an_own_document_brought_back_is_as_it_was(library):
    library.add("云溪.txt", CLOUD)
    library.remove("云溪.txt")
    library.restore("云溪.txt")
    assert [path.read_bytes() for path in library.files()] == [CLOUD]
    assert library.removed() == ()


def test_a_document_that_is_not_own_is_hidden_and_shown_again(library):
    library.remove("区/青石.txt")
    library.remove("云溪.txt")
    assert library.hidden() == ("云溪.txt", "区/青石.txt")
    library.restore("云溪.txt")
    assert library.hidden() == ("区/青石.txt",)


def test_documents_of_one_name_taken_out_one_after_the_other_are_all_kept(library):
    for data in (CLOUD, STONE, PINE, CLOUD):
        library.add("要点.txt", data)
        library.remove("要点.txt")
    assert library.removed() == ("要点 (2).txt", "要点 (3).txt", "要点.txt")


def test_nothing_is_brought_back_over_another_document(library):
    library.add("要点.txt", CLOUD)
    library.add("要点.txt", STONE)
    with pytest.raises(DocumentError, match=r"要点.txt: a document of this name is there. Remove it first"):
        library.restore("要点.txt")
    assert [path.read_bytes() for path in library.files()] == [STONE]


def test_what_was_never_taken_out_cannot_be_brought_back(library):
    with pytest.raises(DocumentError, match=r"云溪.txt: no document of this path was removed or hidden"):
        library.restore("云溪.txt")


# Corrections

SAID = Provenance(
    title='“茶”与"酒" \\ 规划\x7f𠀀', district="松岭区", date="2024-03", period=Period(2023, 2025), kind="plan"
)


def test_corrections_are_read_as_they_were_made(library):
    library.correct("云溪.txt", SAID)
    library.correct('区/"青石".txt', Provenance(period=Period(2024, 2024)))
    assert library.corrections() == {"云溪.txt": SAID, '区/"青石".txt': Provenance(period=Period(2024, 2024))}


@pytest.mark.slow
@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_any_text_may_be_said_of_any_path(tmp_path_factory, path, title):
    library = Library(tmp_path_factory.mktemp("library"))
    library.correct(path, Provenance(title=title))
    assert library.corrections() == {path: Provenance(title=title)}


def test_a_correction_that_says_nothing_takes_the_one_before_away(library):
    library.correct("云溪.txt", SAID)
    library.correct("青石.txt", SAID)
    library.correct("云溪.txt", Provenance())
    assert library.corrections() == {"青石.txt": SAID}


def test_a_correction_that_is_no_unicode_changes_nothing(library):
    library.correct("云溪.txt", SAID)
    with pytest.raises(DocumentError, match=r"isn't valid Unicode"):
        library.correct("云溪.txt", Provenance(title="\udcff"))
    assert library.corrections() == {"云溪.txt": SAID}


# Damage, and others at work


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"hidden": "云溪.txt"}', '{"hidden": [1]}'])
def test_a_damaged_list_of_hidden_documents_names_the_file_and_what_to_do(library, damage):
    library.hide("云溪.txt")
    (library.folder / "library.json").write_text(damage, encoding="utf-8")
    for ask in (library.hidden, lambda: library.remove("青石.txt"), lambda: read_sources([], library)):
        with pytest.raises(DocumentError, match=r"library.json: the list of hidden.*or delete it"):
            ask()
    assert (library.folder / "library.json").read_text(encoding="utf-8") == damage


@pytest.mark.parametrize("damage", ["[", '["a.txt"]\nplace = "x"', '["a.txt"]\nperiod = "2025-2023"'])
def test_damaged_corrections_name_the_file_and_what_to_do_and_are_not_written_over(library, damage):
    library.correct("云溪.txt", SAID)
    (library.folder / "provenance.toml").write_text(damage, encoding="utf-8")
    for ask in (library.corrections, lambda: library.correct("青石.txt", SAID), lambda: read_sources([], library)):
        with pytest.raises(DocumentError, match=r"provenance.toml: can't be read.*Correct the file or delete it"):
            ask()
    assert (library.folder / "provenance.toml").read_text(encoding="utf-8") == damage


HOLDING = """
import sys
from pathlib import Path
from vectorstore.library import Library

with Library(Path(sys.argv[1]))._changing():
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_library_that_another_process_is_changing_says_so(library, monkeypatch):
    monkeypatch.setattr(library_module, "_LOCK_SECONDS", 0.1)
    command = [sys.executable, "-c", HOLDING, str(library.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(DocumentError, match=r"is being changed by another process. Try again"):
            library.add("云溪.txt", CLOUD)
        process.kill()
    assert library.add("云溪.txt", CLOUD).outcome == "added"


def test_a_failing_disk_leaves_the_document_that_was_there(library, monkeypatch):
    library.add("要点.txt", CLOUD)

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DocumentError, match=r"No space left on device.*Free space"):
        library.add("要点.txt", STONE)
    assert [path.read_bytes() for path in library.files()] == [CLOUD]


# What is read from roots and a library


def paths(roots, library):
    return [source.path for source in read_sources(roots, library)[0]]


def test_a_librarys_documents_are_read_with_those_of_the_roots(plans, library):
    library.add("松岭.md", PINE)
    assert paths([plans], library) == ["云溪.txt", "松岭.md", "青石.txt"]
    assert [source.own for source in read_sources([plans], library)[0]] == [None, "松岭.md", None]


def test_a_library_alone_is_enough(library):
    library.add("松岭.md", PINE)
    assert paths([], library) == ["松岭.md"]


def test_an_own_document_of_a_name_that_a_root_has_is_told_apart_by_its_folder(plans, library):
    library.add("云溪.txt", PINE)
    library.add("松岭.md", STONE)
    assert paths([plans], library) == ["documents/云溪.txt", "云溪.txt", "松岭.md", "青石.txt"]


def test_a_hidden_document_is_left_out_and_an_own_one_of_its_name_is_not(plans, library):
    library.hide("云溪.txt")
    library.add("云溪.txt", PINE)
    assert paths([plans], library) == ["documents/云溪.txt", "青石.txt"]
    library.remove("documents/云溪.txt")
    assert (library.removed(), library.hidden()) == (("云溪.txt",), ("云溪.txt",))


def test_a_library_below_a_root_is_read_once_and_without_what_was_removed(plans):
    library = Library(plans / "documents")
    library.add("松岭.md", PINE)
    library.add("松岭.md", PINE + b"\n")
    assert paths([plans], library) == ["云溪.txt", "松岭.md", "青石.txt"]


def test_what_a_person_corrected_wins_over_the_roots_own_corrections_field_by_field(plans, library):
    write_plans(plans, {"provenance.toml": '["云溪.txt"]\ndistrict = "清河街道"\nparent = "松岭区"'})
    library.correct("云溪.txt", Provenance(district="青石镇", kind="plan"))
    said = read_sources([plans], library)[0][0].overrides
    assert said == Provenance(district="青石镇", parent="松岭区", kind="plan")


def test_an_own_document_that_can_no_longer_be_read_is_reported(plans, library):
    library.add("松岭.md", PINE)
    library.files()[0].write_bytes(b"")
    sources, errors = read_sources([plans], library)
    assert (len(sources), len(errors)) == (2, 1)
    assert "松岭.md: the file is empty" in str(errors[0])


# What a store makes of them


class CountingEncoder(FakeEncoder):
    given: list[str]

    def encode_passages(self, texts, *, on_progress=None):
        self.given.extend(texts)
        return super().encode_passages(texts)


@pytest.fixture
def encoder():
    encoder = CountingEncoder()
    encoder.given = []
    return encoder


@pytest.fixture
def build(tmp_path, plans, library, encoder):
    """Return what builds the store of the plans and the library."""
    return lambda encoder=lambda: encoder: build_store(
        tmp_path / "store", [plans], model="fake", encoder=encoder, library=library
    )[0]


def test_a_document_added_to_a_store_is_all_that_is_encoded(build, library, encoder):
    build()
    encoder.given.clear()
    library.add("松岭.md", PINE)
    store = build()
    own = store.document("松岭")
    chunks = [chunk_text(own, chunk) for chunk in store.chunks_of("松岭")]
    assert encoder.given == chunks + [sentence_text(own, number) for number in range(len(own.sentences))]


@pytest.mark.slow
def test_a_document_taken_out_or_corrected_loads_no_encoder_where_its_texts_stay(build, library):
    build()
    library.correct("云溪.txt", Provenance(district="松岭区"))
    library.hide("青石.txt")

    def no_encoder():
        raise AssertionError("nothing is new")

    store = build(no_encoder)
    assert [(document.id, document.provenance.district) for document in store.documents] == [("云溪", "松岭区")]


def test_a_changed_way_of_cutting_encodes_changed_texts_only(build, encoder, monkeypatch):
    build()
    encoder.given.clear()
    monkeypatch.setattr("vectorstore.manifests.OUTLINE_VERSION", 99)
    build()
    assert encoder.given == []


def test_ids_of_other_documents_stay_when_a_library_is_added(build, library):
    before = {chunk.id for chunk in build().chunks}
    library.add("云溪.txt", PINE)
    library.add("松岭.md", STONE)
    assert before <= {chunk.id for chunk in build().chunks}


def test_a_store_of_a_library_finds_what_the_own_document_says(build, library):
    library.add("松岭.md", PINE)
    store = build()
    assert store.retrieve("培训护理员", limit=1)[0].chunk.document == "松岭"
    assert store.document("松岭").text == PINE_PLAN


def test_an_index_with_own_documents_is_opened_as_it_was_built(build, library, tmp_path):
    library.add("松岭.md", PINE)
    built = build()
    opened = VectorStore.open(tmp_path / "store", encoder=FakeEncoder, model="fake")
    assert opened.manifest == built.manifest
    assert [entry.get("own") for entry in opened.manifest.documents] == [None, "松岭.md", None]


def test_the_manifest_names_the_roots_without_the_library(build, library, plans):
    library.add("松岭.md", PINE)
    assert build().manifest.roots == (str(plans),)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda library: library.add("松岭.md", PINE),
        lambda library: library.hide("云溪.txt"),
        lambda library: library.correct("云溪.txt", Provenance(kind="plan")),
    ],
    ids=["add", "hide", "correct"],
)
def test_a_store_knows_that_its_library_has_changed(build, library, tmp_path, plans, change):
    build()
    assert is_up_to_date(tmp_path / "store", [plans], model="fake", library=library)
    change(library)
    assert not is_up_to_date(tmp_path / "store", [plans], model="fake", library=library)


@pytest.mark.slow
def test_a_correction_outlives_indexing_again(build, library, plans):
    library.correct("云溪.txt", Provenance(district="松岭区", period=Period(2030, 2031)))
    build()
    (plans / "青石.txt").write_text("另一份计划。", encoding="utf-8")
    said = build().document("云溪").provenance
    assert (said.district, said.period) == ("松岭区", Period(2030, 2031))


@pytest.mark.slow
def test_a_document_brought_back_is_found_again(build, library):
    library.add("松岭.md", PINE)
    build()
    library.remove("松岭.md")
    assert "松岭" not in {document.id for document in build().documents}
    library.restore("松岭.md")
    assert "松岭" in {document.id for document in build().documents}


@pytest.mark.slow
def test_a_build_that_is_interrupted_leaves_the_old_index_and_the_new_document(build, library, tmp_path):
    before = build()
    library.add("松岭.md", PINE)

    class Interrupted(FakeEncoder):
        def encode_passages(self, texts, *, on_progress=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(Interrupted)
    opened = VectorStore.open(tmp_path / "store", encoder=FakeEncoder, model="fake")
    assert opened.folder == before.folder
    assert opened.retrieve("停车") == before.retrieve("停车")
    assert "松岭" in {document.id for document in build().documents}


def test_a_damaged_file_of_vectors_changes_no_answer(build, library, tmp_path):
    before = build().retrieve("停车泊位")
    (tmp_path / "store" / "embeddings.sqlite3").write_bytes(b"damaged" * 1000)
    library.add("空话.txt", b"|")
    assert build().retrieve("停车泊位") == before
