"""Files that are as they were are not read again; whatever was done to a file, it is."""

import os
import time

import pytest

from tests.conftest import CLOUD_POINTS, FakeEncoder, write_plans
from vectorstore import layers, sources, stamps
from vectorstore.errors import StoreError
from vectorstore.source_files import sources_of
from vectorstore.stamps import stamped
from vectorstore.store import build_store

NAME, OTHER = "云溪.txt", "青石.txt"
READ_FILE = sources.read_file


@pytest.fixture(autouse=True)
def written_long_ago(monkeypatch):
    """Take files that a test has just written for such as have been there for a while."""
    monkeypatch.setattr(stamps, "_GRAIN", -1e9)


@pytest.fixture
def plans(tmp_path):
    return write_plans(tmp_path / "plans", {NAME: CLOUD_POINTS, OTHER: "青石镇2024年工作要点\n\n修缮老桥。\n"})


@pytest.fixture
def store(tmp_path, plans):
    build(tmp_path / "store", plans)
    return tmp_path / "store"


@pytest.fixture
def read(monkeypatch):
    """Return the names of the files that are read from now on."""
    names = []

    def noted(path, **options):
        names.append(path.name)
        return READ_FILE(path, **options)

    monkeypatch.setattr(sources, "read_file", noted)
    return names


def build(store, plans, **options):
    return build_store(store, [plans], model="fake", encoder=FakeEncoder, **options)[0]


def test_files_that_are_as_they_were_are_known_without_being_read(store, plans, read):
    found, _ = sources_of(store, [plans], None)
    assert ([source.path for source in found], read) == ([NAME, OTHER], [])


def test_the_text_of_a_file_that_was_not_read_is_read_when_it_is_asked_for(store, plans):
    assert sources_of(store, [plans], None)[0][0].text == CLOUD_POINTS


def test_only_the_file_that_is_new_is_read_for_the_next_index(store, plans, read):
    write_plans(plans, {"松岭.txt": "松岭区2024年工作要点\n\n新建茶园。\n"})
    assert [document.path for document in build(store, plans).documents] == [NAME, "松岭.txt", OTHER]
    assert read == ["松岭.txt"]


@pytest.mark.slow
def test_a_file_changed_with_its_size_and_time_as_they_were_is_read(store, plans, read):
    before = os.stat(plans / OTHER)
    time.sleep(0.05)  # longer than a tick of the clock that files are stamped by
    (plans / OTHER).write_text("青石镇2024年工作要点\n\n修缮古桥。\n", encoding="utf-8")
    os.utime(plans / OTHER, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "修缮古桥" in build(store, plans).document("青石").text
    assert read == [OTHER]


@pytest.mark.slow
def test_a_file_put_in_the_place_of_another_is_read(store, plans, read, tmp_path):
    before = os.stat(plans / OTHER)
    draft = tmp_path / "draft"
    draft.write_text("青石镇2024年工作要点\n\n修缮古桥。\n", encoding="utf-8")
    os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(draft, plans / OTHER)
    build(store, plans)
    assert read == [OTHER]


@pytest.mark.slow
def test_a_file_only_touched_is_read_once(store, plans, read):
    time.sleep(0.05)
    os.utime(plans / OTHER)
    write_plans(plans, {"松岭.txt": "松岭区2024年工作要点\n\n新建茶园。\n"})
    build(store, plans)
    read.clear()
    sources_of(store, [plans], None)
    assert read == []


@pytest.mark.slow
def test_files_below_a_layer_that_were_new_or_touched_are_read_once(tmp_path, plans, read, monkeypatch):
    monkeypatch.setattr(layers, "LEAST_BELOW", 2)
    monkeypatch.setattr(layers, "SHARE", 1)
    write_plans(plans, {"白塔.txt": "白塔街道2024年工作要点\n\n新建公园。\n"})
    store = tmp_path / "layered"
    monkeypatch.setattr(stamps, "_GRAIN", 1e9)
    build(store, plans)
    monkeypatch.setattr(stamps, "_GRAIN", -1e9)
    said = []
    for added in ("松岭", "清河", "银杏"):
        if added == "银杏":
            time.sleep(0.05)
            os.utime(plans / OTHER)
        read.clear()
        write_plans(plans, {f"{added}.txt": f"{added}街道2024年工作要点\n\n新建茶园。\n"})
        assert build(store, plans).manifest.base is not None
        said.append(list(read))
    read.clear()
    sources_of(store, [plans], None)
    assert said == [[NAME, "松岭.txt", "白塔.txt", OTHER], ["清河.txt"], ["银杏.txt", OTHER]]
    assert read == []


def test_a_file_changed_a_moment_ago_has_no_stamp(plans, monkeypatch):
    monkeypatch.setattr(stamps, "_GRAIN", 2.0)
    assert list(stamped([str(plans / NAME)])) == [(str(plans / NAME), None)]


def test_a_file_from_the_future_has_no_stamp(plans, monkeypatch):
    monkeypatch.setattr(stamps, "_GRAIN", 2.0)
    os.utime(plans / NAME, (time.time() + 86400,) * 2)
    assert list(stamped([str(plans / NAME)])) == [(str(plans / NAME), None)]


def test_all_files_are_read_for_an_index_that_is_made_anew(store, plans, read):
    build(store, plans, anew=True)
    assert read == [NAME, OTHER]


def test_files_are_read_where_the_program_reads_them_another_way(store, plans, read, monkeypatch):
    monkeypatch.setattr(stamps, "EXTRACTOR_VERSION", 99)
    sources_of(store, [plans], None)
    assert read == [NAME, OTHER]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [lambda text: "{", lambda text: text.replace('"sha256": "', '"sha256": "0')])
def test_files_are_read_where_the_index_in_use_is_damaged(store, plans, read, damage):
    manifest = next(store.glob("index-*/manifest.json"))
    manifest.write_text(damage(manifest.read_text(encoding="utf-8")), encoding="utf-8")
    assert [document.path for document in build(store, plans).documents] == [NAME, OTHER]
    assert read == [NAME, OTHER]


def test_a_file_that_changes_while_it_is_indexed_is_told_with_the_remedy(store, plans):
    found, _ = sources_of(store, [plans], None)
    (plans / NAME).write_text("云溪街道2025年工作要点\n", encoding="utf-8")
    with pytest.raises(StoreError, match=rf"{NAME} was changed while it was being indexed\. Run `plans index`"):
        found[0].text  # noqa: B018
