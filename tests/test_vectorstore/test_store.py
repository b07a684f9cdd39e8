"""The package's door: build, open, ask; and what is said when the world is broken."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import CLOUD_POINTS, PLANS, STONE_REPORT, FakeEncoder, write_plans
from tests.test_vectorstore.format_files import page_of_lines, pdf
from vectorstore import extraction_cache, index_in_use
from vectorstore.datatypes import Scope
from vectorstore.dense import DenseIndex
from vectorstore.documents import read_document
from vectorstore.errors import DocumentError, NoIndexError, StoreError
from vectorstore.index_in_use import current_index
from vectorstore.store import VectorStore, build_store, is_up_to_date
from vectorstore.tokens import tokenize

ROOT = Path(__file__).parents[2]
TWO_PLANS = {"云溪.txt": CLOUD_POINTS, "青石.txt": STONE_REPORT}


class BrokenEncoder(FakeEncoder):
    """Stops in the middle, as a full memory or an impatient person would stop it."""

    def encode_passages(self, texts, *, on_progress=None):
        raise KeyboardInterrupt


def no_encoder():
    raise AssertionError("nothing needs an encoder here")


def build(folder, *roots, encoder=FakeEncoder, model="fake"):
    return build_store(folder, roots, model=model, encoder=encoder)[0]


def reopen(folder, *, encoder=FakeEncoder, model="fake"):
    return VectorStore.open(folder, encoder=encoder, model=model)


@pytest.fixture
def plans(tmp_path):
    return write_plans(tmp_path / "plans", TWO_PLANS)


@pytest.fixture
def copied(small_store, tmp_path):
    """Return a copy of the small store's folder that a test may damage."""
    return Path(shutil.copytree(small_store.folder.parent, tmp_path / "copied"))


def index_in(folder):
    index = current_index(folder)
    assert index is not None
    return index


def words(store, hits):
    return [hit.chunk.span.of(store.document(hit.chunk.document).text) for hit in hits]


# Building


def test_a_store_built_is_the_store_opened(tmp_path, plans):
    built, opened = build(tmp_path / "store", plans), reopen(tmp_path / "store")
    assert (opened.folder, opened.manifest, opened.chunks) == (built.folder, built.manifest, built.chunks)
    assert [document.text for document in opened.documents] == [document.text for document in built.documents]
    assert opened.retrieve("停车泊位") == built.retrieve("停车泊位")


def test_documents_are_named_by_their_paths(small_store):
    assert [document.path for document in small_store.documents] == sorted(PLANS)


def test_an_unchanged_folder_is_not_indexed_again(tmp_path, plans):
    before = build(tmp_path / "store", plans).folder
    assert build(tmp_path / "store", plans, encoder=no_encoder).folder == before


def test_a_store_knows_whether_its_documents_have_changed(tmp_path, plans):
    build(tmp_path / "store", plans)
    assert is_up_to_date(tmp_path / "store", [plans], model="fake")
    (plans / "云溪.txt").write_text("另一份计划。", encoding="utf-8")
    assert not is_up_to_date(tmp_path / "store", [plans], model="fake")


def test_a_store_without_an_index_is_not_up_to_date(tmp_path, plans):
    assert not is_up_to_date(tmp_path / "store", [plans], model="fake")


@pytest.mark.slow
def test_a_changed_file_gives_a_new_index_that_is_used_from_then_on(tmp_path, plans):
    before = build(tmp_path / "store", plans).folder
    (plans / "云溪.txt").write_text("一、任务\n新建图书馆一座。", encoding="utf-8")
    after = build(tmp_path / "store", plans)
    assert after.folder != before
    assert reopen(tmp_path / "store").folder == after.folder
    assert "图书馆" in words(after, after.retrieve("图书馆", limit=1))[0]


@pytest.mark.slow
def test_changed_corrections_give_a_new_index(tmp_path, plans):
    build(tmp_path / "store", plans)
    write_plans(plans, {"provenance.toml": '["云溪.txt"]\ndistrict = "松岭区"'})
    assert build(tmp_path / "store", plans).document("云溪").provenance.district == "松岭区"


@pytest.mark.slow
def test_another_model_gives_a_new_index(tmp_path, plans):
    before = build(tmp_path / "store", plans).folder
    after = build(tmp_path / "store", plans, model="other", encoder=lambda: FakeEncoder("other"))
    assert after.folder != before
    assert after.manifest.model == "other"


@pytest.mark.slow
def test_a_store_already_open_goes_on_answering_after_a_rebuild(tmp_path, plans):
    store = build(tmp_path / "store", plans)
    before = store.retrieve("停车")
    (plans / "云溪.txt").write_text("另一份计划。", encoding="utf-8")
    build(tmp_path / "store", plans)
    assert store.retrieve("停车") == before


@pytest.mark.slow
def test_only_the_index_in_use_and_the_one_before_are_kept(tmp_path, plans):
    folders = []
    for text in ("甲项工作。", "乙项工作。", "丙项工作。"):
        (plans / "云溪.txt").write_text(text, encoding="utf-8")
        folders.append(build(tmp_path / "store", plans).folder)
    assert sorted((tmp_path / "store").glob("index-*")) == sorted(folders[1:])


@pytest.mark.slow
def test_going_back_to_the_texts_of_an_index_kept_is_a_build_like_any_other(tmp_path, plans):
    build(tmp_path / "store", plans)
    (plans / "云溪.txt").write_text("另一份计划。", encoding="utf-8")
    build(tmp_path / "store", plans)
    write_plans(plans, TWO_PLANS)
    store = build(tmp_path / "store", plans)
    assert "停车" in words(store, store.retrieve("停车", limit=1))[0]


def test_an_interrupted_build_leaves_the_old_index_answering(tmp_path, plans):
    before = build(tmp_path / "store", plans)
    (plans / "云溪.txt").write_text("另一份计划。", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "store", plans, encoder=BrokenEncoder)
    opened = reopen(tmp_path / "store")
    assert opened.folder == before.folder
    assert opened.retrieve("停车") == before.retrieve("停车")


@pytest.fixture
def graphs(monkeypatch):
    """Return the names of the vector indexes that are begun anew from now on."""
    begun, create = [], DenseIndex.create
    monkeypatch.setattr(DenseIndex, "create", lambda folder, name: begun.append(name) or create(folder, name))
    return begun


def vectors_of(store):
    return store.sentence_vectors([(d.id, n) for d in store.documents for n in range(len(d.sentences))])


def test_a_document_added_begins_no_vector_index_anew(tmp_path, plans, graphs):
    build(tmp_path / "store", plans)
    del graphs[:]
    write_plans(plans, {"松岭.md": PLANS["松岭区-养老服务.md"]})
    store = build(tmp_path / "store", plans)
    assert graphs == []
    assert any("养老床位" in text for text in words(store, store.retrieve("养老床位", limit=2)))


@pytest.mark.slow
def test_a_store_that_was_changed_is_the_store_built_at_once(tmp_path, plans):
    build(tmp_path / "changed", plans)
    write_plans(plans, {"云溪.txt": CLOUD_POINTS.replace("200", "300"), "松岭.md": PLANS["松岭区-养老服务.md"]})
    changed, whole = build(tmp_path / "changed", plans), build(tmp_path / "whole", plans)
    assert changed.chunks == whole.chunks
    assert vectors_of(changed) == pytest.approx(vectors_of(whole), abs=1e-6)
    for query in ("停车泊位", "养老床位", "茶叶产值"):
        assert [h.chunk for h in changed.retrieve(query)] == [h.chunk for h in whole.retrieve(query)]


def test_documents_that_stay_as_they_are_are_not_cut_again(tmp_path, plans, monkeypatch):
    build(tmp_path / "store", plans)
    cut = []
    monkeypatch.setattr(
        "vectorstore.indexing.read_document",
        lambda path, *args, **named: cut.append(path) or read_document(path, *args, **named),
    )
    write_plans(plans, {"松岭.md": PLANS["松岭区-养老服务.md"]})
    store = build(tmp_path / "store", plans)
    assert cut == ["松岭.md"]
    assert store.manifest.taken_over == 2


def test_a_document_that_was_changed_is_cut_again(tmp_path, plans):
    write_plans(plans, {f"{n}.txt": f"{n}号楼修建凉亭{n + 2}座。" for n in range(3)})
    build(tmp_path / "store", plans)
    write_plans(plans, {"1.txt": "修缮老桥九座。"})
    store = build(tmp_path / "store", plans)
    assert store.manifest.taken_over == 4
    (hit, *_) = store.retrieve("九座老桥")
    assert words(store, [hit]) == ["修缮老桥九座。"]
    assert all("1号楼" not in text for text in words(store, store.retrieve("凉亭")))


@pytest.mark.slow
@pytest.mark.parametrize("version", ["OUTLINE_VERSION", "CHUNKS_VERSION"])
def test_nothing_is_taken_over_that_another_version_of_the_program_cut(tmp_path, plans, monkeypatch, version):
    build(tmp_path / "store", plans)
    monkeypatch.setattr(f"vectorstore.manifests.{version}", 99)
    write_plans(plans, {"松岭.md": PLANS["松岭区-养老服务.md"]})
    assert build(tmp_path / "store", plans).manifest.taken_over == 0


@pytest.mark.slow
def test_a_kept_text_that_was_changed_is_not_taken_over(tmp_path, plans):
    before = build(tmp_path / "store", plans)
    kept = before.folder / "texts" / before.manifest.documents[1]["file"]
    kept.write_bytes(kept.read_bytes().replace("茶".encode(), "酒".encode()))
    write_plans(plans, {"松岭.md": PLANS["松岭区-养老服务.md"]})
    store = build(tmp_path / "store", plans)
    assert "酒" not in store.document("青石").text
    assert store.document("青石").text == STONE_REPORT


@pytest.mark.slow
def test_vectors_and_words_outlive_a_change_after_which_the_index_is_built_anew(tmp_path, plans, monkeypatch):
    build(tmp_path / "store", plans)
    for number in range(3):
        write_plans(plans, {f"松岭{number}.txt": f"修建凉亭{number + 2}座。"})
        build(tmp_path / "store", plans)
    cut = []
    monkeypatch.setattr("vectorstore.token_cache.tokenize", lambda text: cut.append(text) or tokenize(text))
    build_store(tmp_path / "store", [plans], model="fake", encoder=BrokenEncoder, anew=True)
    assert cut == []


@pytest.mark.slow
def test_an_index_built_anew_copies_nothing(tmp_path, plans, graphs):
    build(tmp_path / "store", plans)
    del graphs[:]
    build_store(tmp_path / "store", [plans], model="fake", encoder=FakeEncoder, anew=True)
    assert graphs == ["chunks", "sentences"]


@pytest.mark.slow
def test_vectors_that_cannot_be_copied_are_written_whole(tmp_path, plans, graphs):
    store = build(tmp_path / "store", plans)
    (store.folder / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    del graphs[:]
    write_plans(plans, {"松岭.md": PLANS["松岭区-养老服务.md"]})
    assert len(build(tmp_path / "store", plans).documents) == 3
    assert graphs == ["chunks", "sentences"]


def test_vectors_of_a_document_that_was_most_of_the_store_are_written_whole(tmp_path, plans, graphs):
    build(tmp_path / "store", plans)
    del graphs[:]
    (plans / "云溪.txt").unlink()
    store = build(tmp_path / "store", plans)
    assert graphs == ["chunks", "sentences"]
    assert list((tmp_path / "store").glob(f"{store.folder.name}*")) == [store.folder]


def test_a_change_that_is_interrupted_leaves_the_old_index_answering(tmp_path, plans, monkeypatch):
    before = build(tmp_path / "store", plans)
    hits = before.retrieve("停车")
    write_plans(plans, {"松岭.md": PLANS["松岭区-养老服务.md"]})
    monkeypatch.setattr(DenseIndex, "change", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "store", plans)
    assert reopen(tmp_path / "store").folder == before.folder
    assert before.retrieve("停车") == reopen(tmp_path / "store").retrieve("停车") == hits


def interrupted(*_):
    raise KeyboardInterrupt


def test_a_text_met_before_is_not_cut_into_words_again(tmp_path, plans, monkeypatch):
    build(tmp_path / "store", plans)
    cut = []
    monkeypatch.setattr("vectorstore.token_cache.tokenize", lambda text: cut.append(text) or tokenize(text))
    write_plans(plans, {"松岭.txt": "修建凉亭一座。"})
    build(tmp_path / "store", plans)
    assert cut
    assert all("凉亭" in text for text in cut)


def test_the_build_after_an_interrupted_one_finishes(tmp_path, plans):
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "store", plans, encoder=BrokenEncoder)
    store = build(tmp_path / "store", plans)
    assert reopen(tmp_path / "store").folder == store.folder
    assert list((tmp_path / "store").glob("index-*")) == [store.folder]


def test_a_first_build_that_is_interrupted_leaves_no_index(tmp_path, plans):
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "store", plans, encoder=BrokenEncoder)
    with pytest.raises(NoIndexError):
        reopen(tmp_path / "store")


def test_building_repairs_a_damaged_index(tmp_path, plans):
    store = build(tmp_path / "store", plans)
    (store.folder / "manifest.json").write_text("{", encoding="utf-8")
    assert build(tmp_path / "store", plans).retrieve("停车") == store.retrieve("停车")


def test_files_left_out_are_reported_and_the_others_indexed(tmp_path, plans):
    write_plans(plans, {"空.txt": "", "坏.txt": "推进\x00"})
    store, errors = build_store(tmp_path / "store", [plans], model="fake", encoder=FakeEncoder)
    assert [document.id for document in store.documents] == ["云溪", "青石"]
    assert sorted(str(error).split(":")[0].rpartition("/")[2] for error in errors) == ["坏.txt", "空.txt"]


def test_a_folder_without_documents_is_an_error_that_names_it(tmp_path):
    (tmp_path / "plans").mkdir()
    with pytest.raises(DocumentError, match=r"plans: no documents found"):
        build(tmp_path / "store", tmp_path / "plans")


def test_a_folder_without_a_readable_document_says_why(tmp_path):
    with pytest.raises(DocumentError, match=r"空.txt: the file is empty"):
        build(tmp_path / "store", write_plans(tmp_path / "plans", {"空.txt": ""}))


def test_two_files_that_differ_in_their_suffix_alone_are_told_apart_or_reported(tmp_path):
    root = write_plans(tmp_path / "plans", {"要点.txt": CLOUD_POINTS, "要点.md": STONE_REPORT})
    store, errors = build_store(tmp_path / "store", [root], model="fake", encoder=FakeEncoder)
    assert len(store.documents) + len(errors) == 2


def test_a_document_without_content_harms_no_store(tmp_path):
    store = build(tmp_path / "store", write_plans(tmp_path / "plans", {"空.txt": "|"}))
    assert store.retrieve("停车") == ()


def test_texts_keep_their_line_ends_and_marks(tmp_path):
    text = "\ufeff一、任务\r\n\r\n新增停车泊位200个。\r\n"
    store = build(tmp_path / "store", write_plans(tmp_path / "plans", {"要点.txt": text}))
    document = store.document("要点")
    assert document.text == text
    assert [sentence.span.of(text) for sentence in document.sentences] == ["一、任务", "新增停车泊位200个。"]
    assert (document.sentences[1].span.start, document.sentences[1].span.end) == (9, 20)


# Asking


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("停车泊位有多少", "新增停车泊位200个"),
        ("老桥", "修缮老桥三座"),
        ("桥", "修缮老桥三座"),
        ("古道", "修复盐茶古道12公里"),
        ("食堂", "新建社区食堂2家"),
        ("ＧＤＰ以外的茶叶产值", "茶叶产值达到3.2亿元"),
    ],
)
def test_the_best_hit_holds_what_is_asked_for(small_store, query, found):
    assert any(found in text for text in words(small_store, small_store.retrieve(query, limit=2)))


@pytest.mark.parametrize(("term", "sentence"), [("桥", "修缮老桥三座"), ("古道", "盐茶古道"), ("床位", "护理床位35张")])
def test_terms_of_one_and_two_characters_are_found_by_their_words(small_store, term, sentence):
    scores = small_store.sentence_words(term)
    document = next(document for document in small_store.documents if sentence in document.text)
    number = next(n for n, s in enumerate(document.sentences) if sentence in s.span.of(document.text))
    assert scores[small_store.sentence_number(document.id, number)] > 0


def test_hits_come_best_first_and_no_more_than_asked_for(small_store):
    hits = small_store.retrieve("养老服务", limit=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_same_query_gives_the_same_hits(small_store):
    assert small_store.retrieve("推进工作") == small_store.retrieve("推进工作")


def test_two_stores_of_the_same_texts_give_the_same_hits(small_store, copied):
    assert reopen(copied).retrieve("推进工作") == small_store.retrieve("推进工作")


@pytest.mark.parametrize(
    ("scope", "documents"),
    [
        (Scope(), {"云溪街道/2024年工作要点", "云溪街道/五年规划", "松岭区-养老服务", "青石镇-三年行动计划", "青石镇2023年工作报告"}),
        (Scope(districts=("云溪街道",)), {"云溪街道/2024年工作要点", "云溪街道/五年规划"}),
        (Scope(districts=("云溪街道", "松岭区")), {"云溪街道/2024年工作要点", "云溪街道/五年规划", "松岭区-养老服务"}),
        (Scope(documents=("青石镇2023年工作报告",)), {"青石镇2023年工作报告"}),
        (Scope(years=(2025,)), {"云溪街道/五年规划", "青石镇-三年行动计划"}),
        (Scope(kinds=("action plan",)), {"松岭区-养老服务", "青石镇-三年行动计划"}),
        (Scope(districts=("青石镇",), years=(2023,)), {"青石镇2023年工作报告"}),
        (Scope(districts=("青石镇",), kinds=("work points",)), set()),
        (Scope(years=(1999,)), set()),
    ],
)  # fmt: skip
def test_a_scope_keeps_to_the_documents_it_means(small_store, scope, documents):
    assert {document.id for document in small_store.in_scope(scope)} == documents
    assert {hit.chunk.document for hit in small_store.retrieve("推进工作", scope=scope)} == documents


def test_a_document_whose_years_are_unknown_is_in_no_year(tmp_path):
    store = build(tmp_path / "store", write_plans(tmp_path / "plans", {"要点.txt": "推进工作。"}))
    assert store.in_scope(Scope(years=(2024,))) == ()


def test_a_query_without_a_word_still_gives_hits_of_the_vectors(small_store):
    assert all(hit.lexical_rank is None for hit in small_store.retrieve("？", limit=3))


def test_a_vector_given_saves_encoding_the_query(copied):
    store = reopen(copied, encoder=no_encoder)
    vector = FakeEncoder().encode_questions(["停车泊位"])[0]
    assert store.retrieve("停车泊位", vector=vector) == reopen(copied).retrieve("停车泊位")


def test_chunks_of_a_document_come_in_reading_order(small_store):
    chunks = small_store.chunks_of("青石镇-三年行动计划")
    assert len(chunks) > 1
    assert [chunk.span.start for chunk in chunks] == sorted(chunk.span.start for chunk in chunks)


def test_vectors_of_sentences_are_those_of_their_texts(small_store):
    vectors = small_store.sentence_vectors([("青石镇2023年工作报告", 3), ("云溪街道/五年规划", 0)])
    assert vectors.shape == (2, 64)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    title = FakeEncoder().encode_passages(["松岭区云溪街道国民经济和社会发展第十四个五年规划"])[0]
    assert vectors[1] == pytest.approx(title, abs=1e-6)


def test_a_document_that_is_not_there_is_a_key_error(small_store):
    with pytest.raises(KeyError):
        small_store.document("没有")


# A broken world: each message names the place and the remedy


def test_an_empty_folder_holds_no_index(tmp_path):
    with pytest.raises(NoIndexError, match=rf"{tmp_path.name}.*plans index"):
        reopen(tmp_path)


def test_a_folder_that_is_not_there_holds_no_index(tmp_path):
    with pytest.raises(NoIndexError, match=r"没有.*plans index"):
        reopen(tmp_path / "没有")


@pytest.mark.parametrize("door", [reopen, lambda folder: build(folder, folder.parent / "plans")], ids=["open", "build"])
def test_a_store_that_is_a_file_is_an_error(tmp_path, plans, door):
    (tmp_path / "store").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match=r"store is a file.*--store or PLANS_STORE"):
        door(tmp_path / "store")


def test_a_store_below_a_file_is_an_error_that_tells_to_name_another_folder(tmp_path, plans):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match=r"file/store.*--store or PLANS_STORE"):
        build(tmp_path / "file" / "store", plans)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_error(tmp_path, plans):
    (tmp_path / "store").mkdir(mode=0o500)
    with pytest.raises(StoreError, match=r"store can't be written.*--store or PLANS_STORE"):
        build(tmp_path / "store", plans)


def test_a_folder_in_the_way_of_the_probe_is_an_error(tmp_path, plans):
    (tmp_path / "store" / "lock.probe").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"store can't be written.*--store or PLANS_STORE"):
        build(tmp_path / "store", plans)


@pytest.mark.parametrize("pointer", ["", "{", "[]", "{}", "7"])
def test_a_damaged_pointer_is_an_error(copied, pointer):
    (copied / "current").write_text(pointer, encoding="utf-8")
    with pytest.raises(StoreError, match=r"current can't be read.*Delete this file.*plans index"):
        reopen(copied)


def test_a_pointer_to_an_index_that_is_gone_is_an_error(copied):
    shutil.rmtree(index_in(copied))
    with pytest.raises(StoreError, match=r"index-.*incomplete or damaged.*plans index"):
        reopen(copied)


def test_a_damaged_manifest_is_an_error(copied):
    (index_in(copied) / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"index-.*incomplete or damaged.*plans index"):
        reopen(copied)


def test_an_index_of_another_format_is_an_error(copied):
    path = index_in(copied) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "format": 99}), encoding="utf-8")
    with pytest.raises(StoreError, match=r"index-.*format 99.*plans index"):
        reopen(copied)


def test_an_index_of_another_version_of_the_program_is_an_error(copied, monkeypatch):
    monkeypatch.setattr("vectorstore.manifests.CHUNKS_VERSION", 99)
    with pytest.raises(StoreError, match=r"copied was indexed by another version.*plans index"):
        reopen(copied)


def test_a_kept_text_that_was_changed_is_an_error(copied):
    (index_in(copied) / "texts" / "00000.txt").write_text("改了。", encoding="utf-8")
    with pytest.raises(StoreError, match=r"copied.*kept text of.*not what was indexed.*plans index"):
        reopen(copied)


def test_a_kept_text_that_is_gone_is_an_error(copied):
    shutil.rmtree(index_in(copied) / "texts")
    with pytest.raises(StoreError, match=r"kept text of.*plans index"):
        reopen(copied)


def test_a_kept_outline_that_was_changed_is_an_error(copied):
    path = index_in(copied) / "texts" / "00000.json"
    path.write_text(path.read_text(encoding="utf-8").replace("[0,", "[1,", 1), encoding="utf-8")
    with pytest.raises(StoreError, match=r"outline of.*not what was written.*plans index"):
        reopen(copied)


@pytest.mark.parametrize("part", ["chroma", "words-chunks", "words-sentences"])
def test_a_part_of_the_index_that_is_gone_is_an_error(copied, part):
    shutil.rmtree(index_in(copied) / part)
    with pytest.raises(StoreError, match=rf"{part}.*plans index"):
        reopen(copied)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(bytes(data))


@pytest.mark.slow
@pytest.mark.parametrize("part", ["chunks.npy", "words-chunks/data.csc.index.npy", "texts/00001.json"])
def test_a_damaged_index_is_built_again_when_it_is_asked_for(copied, small_store, part):
    flip(index_in(copied) / part)
    with pytest.raises(StoreError, match=r"not what was written.*plans index"):
        reopen(copied)
    built = build(copied, *map(Path, small_store.manifest.roots))
    assert built.retrieve("停车泊位") == small_store.retrieve("停车泊位")
    assert reopen(copied).manifest == built.manifest


@pytest.mark.slow
def test_vectors_are_kept_after_another_process_has_read_them(tmp_path, plans):
    build(tmp_path / "store", plans)
    read = "import sys; from pathlib import Path; from tests.conftest import FakeEncoder; from vectorstore.store import VectorStore; "
    ask = "VectorStore.open(Path(sys.argv[1]), encoder=FakeEncoder, model='fake').retrieve('公园')"
    subprocess.run(
        [sys.executable, "-c", read + ask, str(tmp_path / "store")], check=True, cwd=Path(__file__).parents[2]
    )
    before = index_in(tmp_path / "store")
    graphs = {path.parent.name for path in before.glob("chroma/*/header.bin")}
    write_plans(plans, {"另.txt": "云溪街道2025年工作要点\n新建公园1座。\n"})
    after = build(tmp_path / "store", plans).folder
    assert after != before
    assert {path.parent.name for path in after.glob("chroma/*/header.bin")} == graphs


def test_an_index_switched_to_while_one_is_opened_is_opened_instead(tmp_path, plans, monkeypatch):
    build(tmp_path / "store", plans)
    gone = index_in(tmp_path / "store")
    read = index_in_use.layers_of

    def switch_first(index):
        monkeypatch.setattr(index_in_use, "layers_of", read)
        write_plans(plans, {"另.txt": "云溪街道2025年工作要点\n新建公园1座。\n"})
        build(tmp_path / "store", plans)
        shutil.rmtree(gone)
        return read(index)

    monkeypatch.setattr(index_in_use, "layers_of", switch_first)
    assert "另" in {document.id for document in reopen(tmp_path / "store").documents}


def test_vectors_that_are_missing_are_an_error(copied):
    index = index_in(copied)
    shutil.rmtree(index / "chroma")
    for name in ("chunks", "sentences"):
        DenseIndex.create(index / "chroma", name)
    with pytest.raises(StoreError, match=r"index-.*damaged.*plans index"):
        reopen(copied)


def test_another_model_than_the_index_was_made_with_is_an_error(copied):
    with pytest.raises(StoreError, match=r"copied was indexed with the model fake, but other is set.*PLANS_MODEL"):
        reopen(copied, model="other")


# Two processes

BLOCKED_BUILD = """
import sys
from pathlib import Path
from tests.conftest import FakeEncoder
from vectorstore.store import build_store

class Waiting(FakeEncoder):
    def encode_passages(self, texts, *, on_progress=None):
        print("writing", flush=True)
        sys.stdin.readline()
        return super().encode_passages(texts)

build_store(Path(sys.argv[1]), [Path(sys.argv[2])], model="fake", encoder=Waiting)
"""


@pytest.fixture
def other_builder(tmp_path, plans):
    """Return another process that stands in the middle of a build until a line is written to it."""
    process = subprocess.Popen(
        [sys.executable, "-c", BLOCKED_BUILD, str(tmp_path / "store"), str(plans)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


@pytest.mark.slow
def test_a_second_builder_says_that_the_store_is_being_indexed(tmp_path, plans, other_builder, monkeypatch):
    monkeypatch.setattr(index_in_use, "_LOCK_SECONDS", 0.1)
    with pytest.raises(StoreError, match=r"store is being indexed by another process.*try again"):
        build(tmp_path / "store", plans)


@pytest.mark.slow
def test_a_second_builder_that_waited_uses_the_index_of_the_first(tmp_path, plans, other_builder):
    other_builder.stdin.write("\n")
    other_builder.stdin.flush()
    store = build(tmp_path / "store", plans, encoder=no_encoder)
    assert other_builder.wait(timeout=30) == 0
    assert list((tmp_path / "store").glob("index-*")) == [store.folder]


@pytest.mark.slow
def test_a_builder_that_was_killed_blocks_nobody(tmp_path, plans, other_builder):
    other_builder.send_signal(signal.SIGKILL)
    other_builder.wait(timeout=30)
    store = build(tmp_path / "store", plans)
    assert list((tmp_path / "store").glob("index-*")) == [store.folder]


def test_a_store_within_a_scope_knows_its_documents_only(small_store):
    narrowed = small_store.within(Scope(districts=("青石镇",)))
    assert {document.provenance.district for document in narrowed.documents} == {"青石镇"}
    assert "云溪" not in narrowed.folded_text
    assert "云溪" in small_store.folded_text


def test_a_store_within_a_scope_finds_nothing_outside_of_it(small_store):
    narrowed = small_store.within(Scope(districts=("青石镇",)))
    hits = narrowed.retrieve("停车泊位")
    assert hits
    assert all(hit.chunk.document.startswith("青石镇") for hit in hits)


def test_a_scope_that_no_document_fits_leaves_an_empty_store(small_store):
    assert small_store.within(Scope(districts=("桃花岭街道",))).retrieve("停车泊位") == ()


# Documents that are no plain text

LINES = ["一、推进城市更新", "新增停车泊位200个,改造路口3处。", "完成适老化改造60户。"]


@pytest.fixture
def pdf_store(tmp_path):
    """Return a store of one PDF of two pages, and the folder of the PDF."""
    plans = tmp_path / "pdfs"
    plans.mkdir()
    (plans / "云溪.pdf").write_bytes(
        pdf([page_of_lines(LINES), page_of_lines(["二、办好民生实事", "新建社区食堂2家。"])])
    )
    return build(tmp_path / "store", plans), plans


@pytest.mark.slow
def test_a_sentence_of_a_pdf_is_on_its_page(pdf_store):
    (document,) = pdf_store[0].documents
    assert document.page_of(document.text.index("停车泊位")) == 1
    assert document.page_of(document.text.index("社区食堂")) == 2


@pytest.mark.slow
def test_pages_are_there_when_the_store_is_opened_again(pdf_store, tmp_path):
    assert reopen(tmp_path / "store").documents[0].pages == pdf_store[0].documents[0].pages


@pytest.mark.slow
def test_whether_a_store_is_up_to_date_is_told_without_extracting_again(pdf_store, tmp_path, monkeypatch):
    def never(kind, data):
        raise AssertionError(kind)

    monkeypatch.setattr(extraction_cache.ExtractionCache.__init__, "__defaults__", (never,))
    assert is_up_to_date(tmp_path / "store", [pdf_store[1]], model="fake")


def test_a_store_of_plain_text_extracts_nothing(tmp_path, plans):
    build(tmp_path / "store", plans)
    assert not (tmp_path / "store" / "extracted.sqlite3").exists()
