"""What ``plans doctor`` finds and mends, on stores that are damaged as they would be on a disk."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from assistant import cli
from assistant.doctor import examine
from assistant.history import History
from tests.conftest import PLANS, FakeEncoder, write_plans
from tests.test_assistant.test_history import make_turn
from vectorstore import embeddings, reranking
from vectorstore.index_in_use import current_index
from vectorstore.settings import Settings
from vectorstore.store import VectorStore, build_store

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Return the settings of a store of its own, with a conversation file and nothing loaded."""
    monkeypatch.setattr(embeddings, "load_encoder", lambda model=None: FakeEncoder())
    monkeypatch.setattr(embeddings, "model_identity", lambda model=None: "fake")
    monkeypatch.setattr(reranking, "load_reader", lambda named=None: None)
    history = tmp_path / "conversations.sqlite3"
    monkeypatch.setenv("PLANS_HISTORY", str(history))
    plans = write_plans(tmp_path / "plans")
    # Chroma keeps what it has opened in a process; a copied folder is one that it has not
    build_store(tmp_path / "built", [plans], model="fake", encoder=FakeEncoder)
    shutil.copytree(tmp_path / "built", tmp_path / "store")
    return Settings(tmp_path / "store", history=history, library=tmp_path / "own")


@pytest.fixture
def doctor(settings, monkeypatch):
    monkeypatch.setenv("PLANS_DOCUMENTS", str(settings.library_folder))
    return lambda *options: CliRunner().invoke(cli.main, ["doctor", "--store", str(settings.store), *options])


def wrong(settings):
    return [finding.part for finding in examine(settings) if finding.trouble]


def texts_of(settings):
    store = VectorStore.open(settings.store, encoder=FakeEncoder, model="fake")
    return {document.path: document.text for document in store.documents}


def index_of(settings):
    index = current_index(settings.store)
    assert index
    return index


def lose_pointer(settings):
    (settings.store / "current").write_text("{", encoding="utf-8")


def lose_vectors(settings):
    shutil.rmtree(index_of(settings) / "chroma")


def damage_database(settings):
    path = index_of(settings) / "chroma" / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lose_words(settings):
    for path in index_of(settings).glob("words-sentences/*"):
        path.write_bytes(b"")


def change_text(settings):
    path = next((index_of(settings) / "texts").iterdir())
    path.write_bytes(path.read_bytes() + "新的一句。".encode())


def lose_manifest(settings):
    (index_of(settings) / "manifest.json").unlink()


def test_a_sound_store_is_said_to_be_sound(settings, doctor):
    assert wrong(settings) == []
    said = doctor()
    assert said.exit_code == 0, said.output


@pytest.mark.parametrize("damage", [lose_pointer, lose_vectors, damage_database, lose_words, change_text])
def test_a_damaged_index_is_found_and_built_again_from_its_documents(settings, doctor, damage):
    damage(settings)
    assert "index" in wrong(settings)
    found = doctor()
    assert (found.exit_code, "--mend" in found.output) == (1, True)
    mended = doctor("--mend")
    assert mended.exit_code == 0, mended.output
    assert wrong(settings) == []
    assert texts_of(settings) == PLANS


def test_a_store_is_not_filled_with_other_documents_where_no_index_says_which_it_had(settings, doctor, tmp_path):
    lose_manifest(settings)
    mended = doctor("--mend")
    assert (mended.exit_code, "plans index FOLDER" in mended.output) == (1, True), mended.output
    build_store(settings.store, [tmp_path / "plans"], model="fake", encoder=FakeEncoder)
    assert texts_of(settings) == PLANS


def test_documents_that_were_changed_are_indexed(settings, doctor, tmp_path):
    (tmp_path / "plans" / "清河.txt").write_text("清河街道2024年工作要点\n一、交通\n修桥2座。\n", encoding="utf-8")
    assert wrong(settings) == ["documents"]
    assert doctor("--mend").exit_code == 0
    assert "修桥2座" in VectorStore.open(settings.store, encoder=FakeEncoder, model="fake").folded_text


def test_a_damaged_file_of_conversations_is_set_aside_and_kept(settings, doctor):
    settings.history.write_bytes(b"no database at all" * 100)
    assert wrong(settings) == ["conversations"]
    assert doctor("--mend").exit_code == 0
    assert settings.history.with_name("conversations.sqlite3.damaged-1").read_bytes().startswith(b"no database")
    assert not settings.history.exists()


def test_sound_conversations_are_left_alone(settings, doctor):
    history = History(settings.history)
    key = history.add_turn(make_turn("停车?", "新增停车泊位。"), None)
    lose_vectors(settings)
    doctor("--mend")
    assert wrong(settings) == []
    assert history.turns(key) == (make_turn("停车?", "新增停车泊位。"),)


def test_a_database_of_another_program_is_told_and_left_where_it_is(settings, doctor):
    with closing(sqlite3.connect(settings.history)) as connection, connection:
        connection.execute("CREATE TABLE others (words TEXT)")
    assert wrong(settings) == ["conversations"]
    mended = doctor("--mend")
    assert (mended.exit_code, "another kind" in mended.output) == (1, True), mended.output
    assert settings.history.exists()


def test_documents_that_are_gone_are_said_and_nothing_is_replaced(settings, doctor, tmp_path):
    shutil.rmtree(tmp_path / "plans")
    lose_vectors(settings)
    mended = doctor("--mend")
    assert mended.exit_code == 1
    assert str(tmp_path / "plans") in mended.output


def test_a_missing_model_is_said(settings, doctor, monkeypatch):
    def gone(model=None):
        raise embeddings.ModelError("There is no model folder. Restore it.")

    monkeypatch.setattr(embeddings, "load_encoder", gone)
    assert "models" in wrong(settings)
    assert "There is no model folder" in doctor().output
