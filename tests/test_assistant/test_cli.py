import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from assistant import cli
from tests.conftest import PLANS, FakeEncoder, write_plans


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Return what runs a command with the readable encoder and an empty cache folder."""
    monkeypatch.setattr("vectorstore.embeddings.load_encoder", lambda model=None: FakeEncoder())
    monkeypatch.setattr("vectorstore.embeddings.model_identity", lambda model=None: "fake")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PLANS_STORE", raising=False)
    return lambda *words: CliRunner().invoke(cli.main, [str(word) for word in words])


@pytest.fixture
def indexed(run, tmp_path):
    plans = write_plans(tmp_path / "plans")
    result = run("index", plans, "--store", tmp_path / "store")
    assert result.exit_code == 0, result.output
    return tmp_path / "store"


def test_index_tells_what_it_holds(run, indexed, tmp_path):
    assert "5 documents" in run("index", tmp_path / "plans", "--store", indexed).output


def test_index_without_a_path_reads_the_same_documents_again(run, indexed):
    assert "5 documents" in run("index", "--store", indexed).output


def test_index_reports_the_file_it_left_out_and_keeps_the_others(run, tmp_path):
    plans = write_plans(tmp_path / "plans")
    (plans / "空.txt").write_bytes(b"")
    result = run("index", plans, "--store", tmp_path / "store")
    assert result.exit_code == 1
    assert "5 documents" in result.output
    assert "空.txt" in result.output


@pytest.fixture
def answered(answering_store, monkeypatch):
    """Return what runs a command on the store with the bundled encoder."""
    folder = str(answering_store.folder.parent)
    monkeypatch.delenv("PLANS_MODEL", raising=False)
    return lambda *words: CliRunner().invoke(cli.main, [*words, "--store", folder])


@pytest.mark.slow
def test_ask_prints_quotes_with_their_places(answered):
    result = answered("ask", "云溪街道新增停车泊位多少个?")
    assert result.exit_code == 0
    assert "新增停车泊位200个" in result.output
    assert "云溪街道/2024年工作要点:" in result.output


@pytest.mark.slow
def test_ask_as_json_gives_places_relative_to_the_indexed_folder(answered):
    quote = json.loads(answered("ask", "云溪街道新增停车泊位多少个?", "--json").output)["quotes"][0]
    assert PLANS[quote["document"]][quote["start"] : quote["end"]] == quote["text"]


def test_ask_has_an_exit_code_of_its_own_for_silence(run, indexed):
    assert run("ask", "桃花岭街道有什么安排", "--store", indexed).exit_code == 3


def test_a_batch_keeps_ids_turns_and_the_conversation(run, indexed, tmp_path):
    given = tmp_path / "in.jsonl"
    rows = [
        {"id": "a", "turns": [{"q": "青石怎么发展茶产业"}, {"q": "责任单位是谁?", "more": 1}]},
        {"id": "b", "turns": []},
    ]
    given.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    assert run("ask", "--batch", given, "--output", out, "--store", indexed).exit_code == 0
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b"]
    assert [turn["districts"] for turn in answers[0]["turns"]] == [["青石镇"], ["青石镇"]]
    assert all(turn["ms"] > 0 for turn in answers[0]["turns"])


def test_a_batch_line_that_is_no_conversation_is_named_before_any_work(run, indexed, tmp_path):
    given = tmp_path / "in.jsonl"
    given.write_text('{"id": "a", "turns": [{"q": "停车"}]}\n{"id": "b"}\n', encoding="utf-8")
    result = run("ask", "--batch", given, "--output", tmp_path / "out.jsonl", "--store", indexed)
    assert result.exit_code == 1
    assert "line 2" in result.output
    assert not (tmp_path / "out.jsonl").exists()


def test_ask_wants_a_question_or_a_batch_not_both(run, indexed):
    assert run("ask", "--store", indexed).exit_code == 2


def test_search_prints_passages_with_their_addresses(run, indexed):
    result = run("search", "停车", "--limit", 2, "--store", indexed)
    assert result.exit_code == 0
    assert "云溪街道/2024年工作要点:" in result.output


def test_documents_as_json_says_what_was_recognized(run, indexed):
    rows = {row["document"]: row for row in json.loads(run("documents", "--json", "--store", indexed).output)}
    row = rows["青石镇-三年行动计划.txt"]
    assert (row["district"], row["date"], row["period"], row["kind"]) == (
        "青石镇",
        "2024-03-06",
        "2024-2026",
        "action plan",
    )
    assert row["passages"] > 0
    assert set(row) == {"document", "title", "district", "parent", "issuer", "date", "period", "kind", "passages"}


@pytest.mark.parametrize("command", [("ask", "停车"), ("search", "停车"), ("documents",)])
def test_a_store_without_an_index_says_what_to_do(run, tmp_path, command):
    result = run(*command, "--store", tmp_path / "nothing")
    assert result.exit_code == 1
    assert "plans index" in result.output


def test_a_store_that_is_a_file_says_what_to_do(run, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = run("ask", "停车", "--store", tmp_path / "file")
    assert result.exit_code == 1
    assert "--store" in result.output


def test_a_folder_without_documents_says_what_to_do(run, tmp_path):
    (tmp_path / "empty").mkdir()
    result = run("index", tmp_path / "empty", "--store", tmp_path / "store")
    assert result.exit_code == 1
    assert ".txt" in result.output


def test_a_path_that_does_not_exist_is_named(run, tmp_path):
    result = run("index", tmp_path / "gone", "--store", tmp_path / "store")
    assert result.exit_code == 1
    assert "gone" in result.output


def test_without_a_store_the_bundled_plans_are_indexed_at_first_use(run):
    rows = json.loads(run("documents", "--json").output)
    assert len(rows) == 5
    assert all(row["district"] for row in rows)


def test_help_loads_nothing_heavy():
    code = (
        "import sys, assistant.cli; print([m for m in ('torch', 'chromadb', 'streamlit', 'jieba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
