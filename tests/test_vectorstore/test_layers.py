"""A large index that little is changed of: what is new lies upon it, and is searched as if all were one folder."""

import os
import shutil

import pytest

from tests.conftest import FakeEncoder
from vectorstore import layers, opened_index, stamps
from vectorstore.datatypes import Scope
from vectorstore.errors import StoreError
from vectorstore.index_in_use import check_digests, current_index
from vectorstore.layers import layers_of
from vectorstore.manifests import MANIFEST, read_manifest
from vectorstore.store import VectorStore, build_store

QUERIES = ("凉亭", "3号楼修建凉亭5座", "老桥九座", "修缮", "号楼", "茶园", "没有这样的词")


@pytest.fixture(autouse=True, scope="module")
def laid_upon_few():
    """Lay a layer upon indexes of a dozen documents, of which half may have changed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "LEAST_BELOW", 8)
        patch.setattr(layers, "MOST_CHANGED", 6)
        patch.setattr(layers, "SHARE", 1)
        yield


@pytest.fixture
def plans(tmp_path):
    return a_dozen(tmp_path / "plans")


def a_dozen(folder):
    folder.mkdir()
    for number in range(12):
        write(
            folder,
            f"{number:02}.txt",
            f"青石镇2024年工作要点\n\n{number}号楼修建凉亭{number + 2}座。新建茶园{number}亩。\n",
        )
    return folder


def write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")


def build(store, plans, *, anew=False):
    return build_store(store, [plans], model="fake", encoder=FakeEncoder, anew=anew)[0]


def reopen(store):
    return VectorStore.open(store, encoder=FakeEncoder, model="fake")


def folders(store):
    return {path.name for path in store.glob("index-*")}


def change(plans):
    """Add a document, change one, and take one away."""
    write(plans, "新.txt", "松岭镇2025年工作要点\n\n修缮老桥九座。\n")
    write(plans, "03.txt", "青石镇2024年工作要点\n\n3号楼修建水塔一座。\n")
    (plans / "05.txt").unlink()


def test_what_is_open_of_the_index_below_is_not_opened_again(tmp_path, plans, monkeypatch):
    first = build(tmp_path / "store", plans)
    opened = []

    def noted(folder, entries, *, open_documents=opened_index.open_documents):
        opened.append(folder)
        return open_documents(folder, entries)

    monkeypatch.setattr(opened_index, "open_documents", noted)
    change(plans)
    second = build(tmp_path / "store", plans)
    assert opened == [second.folder]
    assert [hit.chunk.id for hit in first.retrieve("水塔")] != [hit.chunk.id for hit in second.retrieve("水塔")]


def test_a_layer_found_sound_is_read_again_when_a_file_of_it_was_written(tmp_path, plans, monkeypatch):
    monkeypatch.setattr(stamps, "_GRAIN", -1e9)
    read = []

    def noted(layer, *, check_layer=layers.check_layer):
        read.append(layer.folder)
        check_layer(layer)

    monkeypatch.setattr(layers, "check_layer", noted)
    (layer,) = layers_of(build(tmp_path / "store", plans).folder)
    for _ in range(2):
        layers.check_small_layer(layer)
    assert read == [layer.folder]
    text = layer.folder / "texts" / "00003.txt"
    before = text.stat()
    text.write_bytes(text.read_bytes().replace("凉亭".encode(), "水塔".encode()))
    os.utime(text, ns=(before.st_atime_ns, before.st_mtime_ns))
    for _ in range(2):
        with pytest.raises(StoreError, match=r"is not what was indexed"):
            layers.check_small_layer(layer)


@pytest.fixture
def changed(tmp_path, plans):
    """Return a store of two layers that a test may go on changing."""
    build(tmp_path / "store", plans)
    change(plans)
    return build(tmp_path / "store", plans)


@pytest.fixture(scope="module")
def pair(tmp_path_factory, laid_upon_few):
    """Return a store of two layers, and what it would be in one folder; tests leave them as they are."""
    folder = tmp_path_factory.mktemp("layers")
    plans = a_dozen(folder / "plans")
    build(folder / "store", plans)
    change(plans)
    return build(folder / "store", plans), build(folder / "whole", plans)


@pytest.fixture
def layered(pair):
    return pair[0]


@pytest.fixture
def whole(pair):
    return pair[1]


def vectors_of(store):
    return store.sentence_vectors([(d.id, n) for d in store.documents for n in range(len(d.sentences))])


def test_what_changed_is_laid_upon_the_index_before(tmp_path, changed):
    below, own = layers_of(changed.folder)
    assert [entry["path"] for entry in own.manifest.documents] == ["03.txt", "新.txt"]
    assert below.hidden == {"03", "05"}
    assert own.folder == changed.folder == current_index(tmp_path / "store")
    assert changed.manifest.taken_over == 10


@pytest.mark.slow
def test_layers_hold_what_one_folder_would(layered, whole):
    assert [d.text for d in layered.documents] == [d.text for d in whole.documents]
    assert layered.chunks == whole.chunks
    assert vectors_of(layered) == pytest.approx(vectors_of(whole), abs=1e-6)
    said, wanted = layered.manifest, whole.manifest
    assert (said.fingerprint, said.chunks, said.sentences) == (wanted.fingerprint, wanted.chunks, wanted.sentences)
    assert [e["path"] for e in said.documents] == [e["path"] for e in wanted.documents]


@pytest.mark.parametrize("query", QUERIES)
def test_layers_are_searched_as_one_folder_would_be(layered, whole, query):
    found, wanted = layered.retrieve(query, limit=30), whole.retrieve(query, limit=30)
    assert [hit.chunk for hit in found] == [hit.chunk for hit in wanted]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in wanted], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("ids", [("03", "新"), ("04",), ("01", "02", "03")])
def test_some_documents_of_layers_are_searched_as_those_of_one_folder(layered, whole, query, ids):
    scope = Scope(documents=ids)
    assert [h.chunk for h in layered.retrieve(query, scope=scope)] == [
        h.chunk for h in whole.retrieve(query, scope=scope)
    ]
    narrowed, of_whole = layered.within(scope), whole.within(scope)
    assert [d.id for d in narrowed.documents] == [d.id for d in of_whole.documents]
    assert [h.chunk for h in narrowed.retrieve(query)] == [h.chunk for h in of_whole.retrieve(query)]


@pytest.mark.parametrize("query", QUERIES)
def test_words_of_sentences_score_as_in_one_folder(layered, whole, query):
    def scores(store):
        all_scores = store.sentence_words(query)
        return [
            float(all_scores[store.sentence_number(document.id, number)])
            for document in store.documents
            for number in range(len(document.sentences))
        ]

    assert scores(layered) == pytest.approx(scores(whole), abs=1e-5)


def test_what_is_gone_stands_in_no_text(layered):
    assert "5号楼" not in layered.folded_text
    assert "3号楼修建凉亭" not in layered.folded_text
    assert "3号楼修建水塔" in layered.folded_text
    assert layered.find("05") is None
    assert [d.id for d in layered.folded_text.holders("水塔")] == ["03"]


@pytest.mark.slow
def test_a_second_change_lies_upon_the_same_index(tmp_path, plans, changed):
    write(plans, "13.txt", "青石镇2024年工作要点\n\n13号楼修建钟楼一座。\n")
    (plans / "05.txt").write_text("青石镇2024年工作要点\n\n5号楼修建凉亭7座。新建茶园5亩。\n", encoding="utf-8")
    store = build(tmp_path / "store", plans)
    below, own = layers_of(store.folder)
    assert below.folder == layers_of(changed.folder)[0].folder
    assert below.hidden == {"03"}
    assert [entry["path"] for entry in own.manifest.documents] == ["03.txt", "13.txt", "新.txt"]
    assert [h.chunk.document for h in store.retrieve("钟楼", limit=1)] == ["13"]


@pytest.mark.slow
def test_a_document_of_the_upper_layer_may_change_and_go(tmp_path, plans, changed):
    write(plans, "新.txt", "松岭镇2025年工作要点\n\n修缮石塔九座。\n")
    store = build(tmp_path / "store", plans)
    assert "石塔" in store.folded_text
    assert "老桥" not in store.folded_text
    (plans / "新.txt").unlink()
    assert build(tmp_path / "store", plans).find("新") is None


def test_only_taken_away_leaves_an_upper_layer_without_documents(tmp_path, plans):
    build(tmp_path / "store", plans)
    (plans / "05.txt").unlink()
    store = build(tmp_path / "store", plans)
    assert layers_of(store.folder)[1].manifest.documents == ()
    assert [h.chunk.document for h in store.retrieve("5号楼")].count("05") == 0
    assert len(store.retrieve("凉亭", limit=30)) == 11


@pytest.mark.slow
def test_many_changes_make_one_folder_again(tmp_path, plans, changed):
    for number in range(20, 23):
        write(plans, f"{number}.txt", f"青石镇2024年工作要点\n\n{number}号楼修建凉亭{number + 2}座。\n")
    store = build(tmp_path / "store", plans)
    assert len(layers_of(store.folder)) == 1
    assert store.manifest.taken_over == 10
    assert [d.text for d in store.documents] == [d.text for d in build(tmp_path / "whole", plans).documents]
    assert folders(tmp_path / "store") == {
        store.folder.name,
        *(layer.folder.name for layer in layers_of(changed.folder)),
    }


@pytest.mark.slow
def test_the_layer_below_is_cleared_away_when_nothing_lies_upon_it_any_more(tmp_path, plans):
    build(tmp_path / "store", plans)
    change(plans)
    build(tmp_path / "store", plans)
    used = folders(tmp_path / "store")
    build(tmp_path / "store", plans, anew=True)
    assert used < folders(tmp_path / "store")
    build(tmp_path / "store", plans, anew=True)
    assert not used & folders(tmp_path / "store")


@pytest.mark.slow
def test_who_has_it_open_keeps_both_layers(tmp_path, plans, changed):
    hits = changed.retrieve("老桥九座")
    for _ in range(3):
        build(tmp_path / "store", plans, anew=True)
    assert changed.retrieve("老桥九座") == hits
    assert changed.document("04").text


def test_the_same_documents_are_not_indexed_again(tmp_path, plans, changed):
    assert build(tmp_path / "store", plans).folder == changed.folder
    assert reopen(tmp_path / "store").manifest == changed.manifest


def test_embeddings_of_the_layer_below_are_kept(tmp_path, plans, changed, monkeypatch):
    asked, encode = [], FakeEncoder.encode_passages
    monkeypatch.setattr(
        FakeEncoder, "encode_passages", lambda self, texts, **named: asked.extend(texts) or encode(self, texts, **named)
    )
    build(tmp_path / "store", plans, anew=True)
    assert asked == []


@pytest.mark.slow
@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("part", ["texts/00000.txt", "chunks.npy", "words-sentences/counts.npy", MANIFEST])
def test_a_damaged_layer_is_told_and_made_again(tmp_path, plans, changed, layer, part):
    folder = layers_of(changed.folder)[layer].folder
    (folder / part).write_bytes((folder / part).read_bytes()[:-2] + b"xx")
    with pytest.raises(StoreError, match="plans index"):
        check_digests(changed.folder)
    with pytest.raises(StoreError, match="plans index"):
        reopen(tmp_path / "store")
    store = build(tmp_path / "store", plans)
    assert [h.chunk.document for h in store.retrieve("老桥九座", limit=1)] == ["新"]
    assert "5号楼" not in store.folded_text
    check_digests(store.folder)


@pytest.mark.slow
def test_a_layer_that_is_gone_is_told_and_made_again(tmp_path, plans, changed):
    shutil.rmtree(layers_of(changed.folder)[0].folder)
    with pytest.raises(StoreError, match="plans index"):
        reopen(tmp_path / "store")
    assert len(build(tmp_path / "store", plans).documents) == 12


def test_another_version_of_the_program_lays_nothing_upon_an_index(tmp_path, plans, monkeypatch):
    build(tmp_path / "store", plans)
    monkeypatch.setattr("vectorstore.manifests.CHUNKS_VERSION", 99)
    change(plans)
    store = build(tmp_path / "store", plans)
    assert read_manifest(store.folder).base is None
    assert store.manifest.taken_over == 0


def test_nothing_is_laid_upon_a_small_index(tmp_path, plans):
    for path in sorted(plans.iterdir())[6:]:
        path.unlink()
    build(tmp_path / "store", plans)
    write(plans, "新.txt", "修缮老桥九座。\n")
    assert len(layers_of(build(tmp_path / "store", plans).folder)) == 1
