"""Vectors in a Chroma server: one writer, several readers, and what is said when it is gone."""

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import FakeEncoder, write_plans
from vectorstore import dense, layers
from vectorstore.datatypes import ChromaServer, Collections, Scope
from vectorstore.dense import DenseIndex, forget_collections
from vectorstore.errors import StoreError
from vectorstore.settings import Settings, read_settings
from vectorstore.store import VectorStore, build_store, is_up_to_date

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
CHROMA = Path(sys.executable).parent / "chroma"
# Opens the store, then answers until it is told to stop, opening it again where another index is in use
READER = """
import sys, json
from pathlib import Path
from tests.conftest import FakeEncoder
from vectorstore.datatypes import ChromaServer
from vectorstore.index_in_use import current_index
from vectorstore.store import VectorStore
folder, url, stop = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
seen, answers = [], 0
while not stop.exists():
    if not seen or current_index(folder) != seen[-1]:
        store = VectorStore.open(folder, encoder=FakeEncoder, model="fake", server=ChromaServer(url))
        seen.append(store.folder)
        print("opened", flush=True)
    hit = store.retrieve("停车泊位", limit=1)[0]
    assert "停车泊位200个" in hit.chunk.span.of(store.document(hit.chunk.document).text)
    answers += 1
print(json.dumps({"indexes": len(seen), "answers": answers}), flush=True)
"""


def start(folder):
    """Start a server on a free port of this machine and wait until it answers; return it with its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(CHROMA), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    return process, ChromaServer(f"http://127.0.0.1:{port}")


@pytest.fixture
def served(tmp_path):
    process, server = start(tmp_path / "server")
    yield server
    process.kill()
    process.wait()


@pytest.fixture
def plans(tmp_path):
    return write_plans(tmp_path / "plans")


def build(folder, plans, server, **options):
    return build_store(folder, [plans], model="fake", encoder=FakeEncoder, server=server, **options)[0]


def names(server):
    return {collection.name for collection in dense._server_client(server).list_collections()}


def test_a_server_answers_as_a_folder_does(tmp_path, plans, served, small_store):
    store = build(tmp_path / "store", plans, served)
    assert not (store.folder / "chroma").exists()
    for scope in (Scope(), Scope(districts=("青石镇",))):
        expected = [hit.chunk.id for hit in small_store.retrieve("修复古道", scope=scope)]
        assert [hit.chunk.id for hit in store.retrieve("修复古道", scope=scope)] == expected
    again = VectorStore.open(tmp_path / "store", encoder=FakeEncoder, model="fake", server=served)
    places = [("青石镇2023年工作报告", 3), ("云溪街道/五年规划", 0)]
    assert again.sentence_vectors(places) == pytest.approx(small_store.sentence_vectors(places), abs=1e-6)
    assert is_up_to_date(tmp_path / "store", [plans], model="fake", server=served)


def test_only_the_index_in_use_and_the_one_before_stay_in_the_server(tmp_path, plans, served):
    kept = []
    for number in range(3):
        write_plans(plans, {f"{number}.txt": f"云溪街道2025年工作要点\n新建公园{number}座。\n"})
        kept.append(build(tmp_path / "store", plans, served).manifest.collections)
    assert names(served) == {f"{prefix}{part}" for prefix in kept[1:] for part in ("chunks", "sentences")}


@pytest.fixture
def a_dozen(tmp_path, monkeypatch):
    """Return a folder of documents upon whose index a layer is laid."""
    monkeypatch.setattr(layers, "LEAST_BELOW", 8)
    monkeypatch.setattr(layers, "SHARE", 2)
    texts = {f"{n:02}.txt": f"青石镇2024年工作要点\n\n{n}号楼修建凉亭{n + 2}座。\n" for n in range(12)}
    return write_plans(tmp_path / "dozen", texts)


def quoted(store, query):
    return [hit.chunk.span.of(store.document(hit.chunk.document).text) for hit in store.retrieve(query, limit=2)]


def test_a_document_added_to_many_is_put_into_the_server_alone(tmp_path, a_dozen, served):
    folder = tmp_path / "store"
    build(folder, a_dozen, served)
    before = names(served)
    write_plans(a_dozen, {"90.txt": "松岭区2024年工作要点\n\n新建生态茶园800亩。\n"})
    store = build(folder, a_dozen, served)
    assert len(store.documents) == 13
    assert "茶园800亩" in quoted(store, "生态茶园800亩")[0]
    assert "5座" in "".join(quoted(store, "3号楼修建凉亭5座"))
    prefix = store.manifest.collections
    assert names(served) - before == {f"{prefix}chunks", f"{prefix}sentences"}
    assert DenseIndex.open(Collections(served, prefix), "chunks").count() == 1


def test_a_document_added_where_the_server_has_lost_the_others_has_all_written_again(tmp_path, a_dozen, served):
    folder = tmp_path / "store"
    build(folder, a_dozen, served)
    forget_collections(served, "plans-", [])
    write_plans(a_dozen, {"90.txt": "松岭区2024年工作要点\n\n新建生态茶园800亩。\n"})
    assert len(build(folder, a_dozen, served).chunks) == 13


def test_stores_share_a_server_without_touching_each_other(tmp_path, plans, served):
    first = build(tmp_path / "first", plans, served)
    build(tmp_path / "second", plans, served, anew=True)
    build(tmp_path / "second", plans, served, anew=True)
    build(tmp_path / "second", plans, served, anew=True)
    assert first.retrieve("停车泊位", limit=1)


def test_two_readers_answer_while_a_writer_adds_documents(tmp_path, plans, served):
    build(tmp_path / "store", plans, served)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(tmp_path / "store"), served.url, str(stop)]
    readers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for reader in readers:
        assert reader.stdout
        assert reader.stdout.readline() == "opened\n"
    write_plans(plans, {"一.txt": "云溪街道2025年工作要点\n新建公园1座。\n"})
    build(tmp_path / "store", plans, served)
    for reader in readers:
        assert reader.stdout
        assert reader.stdout.readline() == "opened\n"
    stop.touch()
    ended = [reader.communicate(timeout=60)[0].splitlines()[-1] for reader in readers]
    assert all(json.loads(line)["indexes"] == 2 and json.loads(line)["answers"] > 1 for line in ended)


def test_a_server_that_is_gone_is_an_error_that_names_it_and_its_settings(tmp_path, plans):
    process, server = start(tmp_path / "server")
    store = build(tmp_path / "store", plans, server)
    process.kill()
    process.wait()
    for ask in (
        lambda: store.retrieve("公园"),
        lambda: VectorStore.open(tmp_path / "store", encoder=FakeEncoder, model="fake", server=server),
        lambda: build(tmp_path / "other", plans, server),
    ):
        with pytest.raises(StoreError, match=rf"{server.url} can't be .*PLANS_CHROMA_URL, PLANS_CHROMA_TOKEN"):
            ask()


def test_vectors_that_the_server_has_lost_are_an_error_and_built_again(tmp_path, plans, served):
    store = build(tmp_path / "store", plans, served)
    dense.forget_collections(served, store.manifest.collections, ["nothing"])
    with pytest.raises(StoreError, match=r"can't be opened.*plans index"):
        VectorStore.open(tmp_path / "store", encoder=FakeEncoder, model="fake", server=served)
    assert build(tmp_path / "store", plans, served, anew=True).retrieve("停车泊位", limit=1)


def test_a_store_moves_into_a_server_and_back(tmp_path, plans, served):
    build(tmp_path / "store", plans, None)
    with pytest.raises(StoreError, match=r"PLANS_CHROMA_URL is set.*plans index"):
        VectorStore.open(tmp_path / "store", encoder=FakeEncoder, model="fake", server=served)
    assert build(tmp_path / "store", plans, served).retrieve("停车泊位", limit=1)
    with pytest.raises(StoreError, match=r"PLANS_CHROMA_URL is not set.*plans index"):
        VectorStore.open(tmp_path / "store", encoder=FakeEncoder, model="fake")
    shutil.rmtree(tmp_path / "server", ignore_errors=True)
    assert build(tmp_path / "store", plans, None).retrieve("停车泊位", limit=1)


@pytest.mark.parametrize("url", ["nix", "ftp://host", "http://", "http://host:port"])
def test_what_is_no_address_is_said_to_be_none(tmp_path, plans, url):
    with pytest.raises(StoreError, match=r"PLANS_CHROMA_URL=.*http://host"):
        build(tmp_path / "store", plans, ChromaServer(url))


def test_the_server_is_read_from_the_environment(tmp_path):
    values = {"PLANS_CHROMA_URL": "https://chroma.example", "PLANS_CHROMA_TOKEN": "t", "PLANS_CHROMA_TENANT": "city"}
    assert read_settings(values, store=tmp_path).server == ChromaServer("https://chroma.example", "t", "city")
    assert read_settings({}, store=tmp_path) == Settings(
        tmp_path, history=read_settings({}, store=tmp_path).history, library=tmp_path / "documents"
    )
