"""Fingerprints, manifests and the index folder."""

import json
from dataclasses import replace

import pytest

from tests.conftest import FakeEncoder
from vectorstore.datatypes import PageStart, Period, Provenance
from vectorstore.errors import StoreError
from vectorstore.indexing import write_index
from vectorstore.manifests import FORMAT, fingerprint, read_indexed_sources, read_manifest
from vectorstore.sources import Source

SOURCES = (Source("a.txt", "推进工作。"), Source("b.txt", "完成任务。"))


def test_the_order_of_sources_does_not_change_the_fingerprint():
    assert fingerprint(SOURCES, "fake") == fingerprint(SOURCES[::-1], "fake")


@pytest.mark.parametrize(
    "other",
    [
        (Source("a.txt", "推进工作。\n"), SOURCES[1]),
        (Source("c.txt", "推进工作。"), SOURCES[1]),
        (Source("a.txt", "推进工作。", Provenance(district="松岭区")), SOURCES[1]),
        (Source("a.txt", "推进工作。", pages=(PageStart(0, 1),)), SOURCES[1]),
        SOURCES[:1],
    ],
    ids=["text", "path", "corrections", "pages", "fewer"],
)
def test_whatever_changes_the_sources_changes_the_fingerprint(other):
    assert fingerprint(other, "fake") != fingerprint(SOURCES, "fake")


def test_another_model_changes_the_fingerprint():
    assert fingerprint(SOURCES, "fake") != fingerprint(SOURCES, "other")


@pytest.mark.parametrize("version", ["FORMAT", "OUTLINE_VERSION", "CHUNKS_VERSION", "TOKENS_VERSION"])
def test_another_version_of_the_code_changes_the_fingerprint(version, monkeypatch):
    before = fingerprint(SOURCES, "fake")
    monkeypatch.setattr(f"vectorstore.manifests.{version}", 99)
    assert fingerprint(SOURCES, "fake") != before


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return an index folder with its sources and manifest."""
    folder = tmp_path_factory.mktemp("index")
    sources = (
        Source("a.txt", "\ufeff推进工作。\r\n", Provenance(district="松岭区", period=Period(2023, 2025))),
        Source("b.pdf", "完成任务。\n推进工作。", pages=(PageStart(0, 1), PageStart(6, 3))),
    )
    return folder, sources, write_index(folder, sources, FakeEncoder(), roots=[folder])


def test_a_manifest_is_read_as_it_was_written(written):
    folder, _, manifest = written
    assert read_manifest(folder) == manifest


def test_a_manifest_that_says_nothing_of_its_vectors_is_read_all_the_same(written, tmp_path):
    values = json.loads((written[0] / "manifest.json").read_text(encoding="utf-8"))
    del values["vectors"]
    (tmp_path / "manifest.json").write_text(json.dumps(values), encoding="utf-8")
    assert read_manifest(tmp_path) == replace(written[2], vectors="")


def test_texts_pages_and_corrections_are_kept_as_they_were(written):
    folder, sources, manifest = written
    assert read_indexed_sources(folder, manifest) == sources


def test_progress_names_stages_and_counts(tmp_path):
    seen = []
    write_index(tmp_path, SOURCES, FakeEncoder(), roots=[tmp_path], on_progress=lambda *step: seen.append(step))
    assert seen[0] == ("read", 2, 2)
    assert {stage for stage, _, _ in seen} == {"read", "embed", "store"}
    assert all(done == total for _, done, total in seen)


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", f'{{"format": {FORMAT}}}'])
def test_a_damaged_manifest_is_an_error_that_names_the_folder_and_the_remedy(tmp_path, damage):
    (tmp_path / "manifest.json").write_text(damage, encoding="utf-8")
    with pytest.raises(StoreError, match=rf"{tmp_path.name}.*damaged.*plans index"):
        read_manifest(tmp_path)


def test_a_manifest_of_another_format_is_an_error_that_names_both_formats(written, tmp_path):
    values = json.loads((written[0] / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps({**values, "format": 99}), encoding="utf-8")
    with pytest.raises(StoreError, match=rf"format 99, this program reads {FORMAT}.*plans index"):
        read_manifest(tmp_path)
