import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from assistant import cli, collection
from tests.conftest import CLOUD_POINTS, PINE_PLAN, PLANS, STONE_REPORT, FakeEncoder, write_plans
from vectorstore.errors import ModelError


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Return what runs a command with the readable encoder and an empty cache folder."""
    monkeypatch.setattr("vectorstore.embeddings.load_encoder", lambda model=None: FakeEncoder())
    monkeypatch.setattr("vectorstore.embeddings.model_identity", lambda model=None: "fake")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in ("STORE", "DOCUMENTS"):
        monkeypatch.delenv(f"PLANS_{name}", raising=False)
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


@pytest.mark.slow
def test_ask_has_an_exit_code_of_its_own_for_silence(run, indexed):
    assert run("ask", "桃花岭街道有什么安排", "--store", indexed).exit_code == 3


@pytest.mark.slow
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
    assert set(row) == {
        "document",
        "title",
        "district",
        "parent",
        "issuer",
        "date",
        "period",
        "kind",
        "passages",
        "own",
    }


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


@pytest.mark.slow
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


# Own documents


@pytest.fixture
def given(tmp_path):
    """Return a folder of plans that a person has."""
    return write_plans(tmp_path / "given", {"青石.txt": STONE_REPORT, "区/松岭.md": PINE_PLAN})


@pytest.fixture
def own(run, given, tmp_path):
    """Return a store that holds a person's own documents alone."""
    result = run("add", given, "--store", tmp_path / "mine")
    assert result.exit_code == 0, result.output
    return tmp_path / "mine"


def listed(run, *words):
    return [row["document"] for row in json.loads(run("documents", "--json", *words).output)]


@pytest.mark.slow
def test_documents_added_join_the_bundled_plans(run, given):
    bundled = listed(run)
    result = run("add", given)
    assert result.exit_code == 0
    assert "added: 青石.txt" in result.output
    assert "2 added" in result.output
    assert "7 documents" in result.output
    assert set(listed(run)) == {*bundled, "青石.txt", "松岭.md"}


def test_documents_added_to_a_named_store_without_an_index_are_all_that_it_holds(run, own):
    assert listed(run, "--store", own) == ["松岭.md", "青石.txt"]


def test_documents_added_join_those_of_an_indexed_folder_whose_texts_are_known(run, indexed, given):
    write_plans(given, {"清河.txt": "清河街道2024年工作要点\n\n一、任务\n新建书屋3家。"})
    result = run("add", given, "--store", indexed)
    assert "known: 青石镇2023年工作报告.txt" in result.output
    assert "1 added, 2 known" in result.output
    assert set(listed(run, "--store", indexed)) == {*PLANS, "清河.txt"}


@pytest.mark.slow
def test_what_is_known_and_what_is_replaced_is_said(run, own, given):
    (given / "青石.txt").write_text("青石镇2025年工作要点\n\n一、任务\n新建书屋3家。", encoding="utf-8")
    result = run("add", given, "--store", own)
    assert "known: 松岭.md" in result.output
    assert "replaced: 青石.txt" in result.output
    assert "1 replaced, 1 known" in result.output
    assert "removed: 青石.txt" in run("documents", "--store", own).output


def test_files_that_cannot_be_read_are_reported_and_the_others_added(run, tmp_path, given):
    write_plans(given, {"空.txt": ""})
    (tmp_path / "图.png").write_bytes(b"\x89PNG")
    (tmp_path / "none").mkdir()
    result = run(
        "add", given, tmp_path / "图.png", tmp_path / "gone.txt", tmp_path / "none", "--store", tmp_path / "mine"
    )
    assert result.exit_code == 1
    assert "2 added, 4 left out" in result.output
    assert [name for name in ("空.txt", "图.png", "gone.txt", "none") if f"{name}: " not in result.output] == []
    assert listed(run, "--store", tmp_path / "mine") == ["松岭.md", "青石.txt"]


def test_where_nothing_can_be_added_nothing_is_indexed(run, tmp_path):
    result = run("add", tmp_path / "gone.txt", "--store", tmp_path / "mine")
    assert result.exit_code == 1
    assert not (tmp_path / "mine" / "current").exists()


def test_two_files_of_one_name_are_not_taken_for_one(run, tmp_path):
    plans = write_plans(
        tmp_path / "two", {"甲/要点.txt": STONE_REPORT, "乙/要点.txt": PINE_PLAN, "丙/要点.txt": PINE_PLAN}
    )
    result = run("add", plans, "--store", tmp_path / "mine")
    assert result.exit_code == 1
    assert "1 added, 1 known, 1 left out" in result.output
    assert "another file of this name was just added" in result.output


@pytest.mark.slow
def test_a_bundled_plan_is_known_when_it_is_added(run):
    plan = sorted(collection.SEEDS.glob("*.txt"))[0]
    assert f"known: {plan.name}" in run("add", plan).output
    assert len(listed(run)) == 5


def test_own_documents_are_marked(run, own):
    assert run("documents", "--store", own).output.count("(yours)") == 2
    assert [row["own"] for row in json.loads(run("documents", "--json", "--store", own).output)] == [True, True]


@pytest.mark.slow
def test_a_bundled_plan_removed_is_hidden_until_it_is_restored(run):
    plan = listed(run)[0]
    result = run("remove", plan)
    assert result.exit_code == 0
    assert f"removed: {plan}" in result.output
    assert plan not in listed(run)
    assert f"hidden: {plan}" in run("documents").output
    assert run("restore", plan).exit_code == 0
    assert plan in listed(run)


@pytest.mark.slow
def test_an_own_document_removed_can_be_restored(run, own):
    run("remove", "青石.txt", "--store", own)
    assert listed(run, "--store", own) == ["松岭.md"]
    assert "removed: 青石.txt" in run("documents", "--store", own).output
    run("restore", "青石", "--store", own)
    assert listed(run, "--store", own) == ["松岭.md", "青石.txt"]


@pytest.mark.parametrize("command", [("remove", "松岭", "青石镇"), ("correct", "青石镇", "--kind", "plan")])
def test_a_document_that_is_not_there_is_answered_with_the_nearest_and_changes_nothing(run, own, command):
    result = run(*command, "--store", own)
    assert result.exit_code == 1
    assert "青石镇: no such document" in result.output
    assert "Did you mean 青石.txt" in result.output
    assert listed(run, "--store", own) == ["松岭.md", "青石.txt"]


def test_the_last_document_is_not_removed(run, own):
    result = run("remove", "松岭.md", "青石.txt", "--store", own)
    assert result.exit_code == 1
    assert "left without a document" in result.output
    assert listed(run, "--store", own) == ["松岭.md", "青石.txt"]


def test_an_own_document_that_was_spoilt_can_be_removed(run, own):
    (own / "documents" / "青石.txt").write_bytes(b"")
    assert run("remove", "青石.txt", "--store", own).exit_code == 0
    assert listed(run, "--store", own) == ["松岭.md"]


@pytest.mark.parametrize(
    "command", [("remove", "青石.txt"), ("restore", "青石.txt"), ("correct", "青石.txt", "--as-read")]
)
def test_a_named_store_without_documents_says_so(run, tmp_path, command):
    result = run(*command, "--store", tmp_path / "nothing")
    assert result.exit_code == 1
    assert not (tmp_path / "nothing" / "current").exists()


def row_of(run, document, *words):
    rows = json.loads(run("documents", "--json", *words).output)
    return next(row for row in rows if row["document"] == document)


@pytest.mark.slow
def test_a_correction_is_kept_beside_the_ones_before_and_through_indexing_again(run, own):
    assert run("correct", "青石.txt", "--district", "清河街道", "--store", own).exit_code == 0
    result = run("correct", "青石", "--period", "2023-2025", "--date", "2024-03", "--store", own)
    assert "清河街道" in result.output
    run("index", "--store", own)
    row = row_of(run, "青石.txt", "--store", own)
    assert (row["district"], row["period"], row["date"]) == ("清河街道", "2023-2025", "2024-03")


@pytest.mark.slow
def test_a_bundled_plan_can_be_corrected(run):
    plan = listed(run)[0]
    assert run("correct", plan, "--parent", "松岭区").exit_code == 0
    assert row_of(run, plan)["parent"] == "松岭区"


@pytest.mark.slow
def test_a_blank_correction_has_the_field_read_again(run, own):
    run("correct", "青石.txt", "--district", "清河街道", "--kind", "plan", "--store", own)
    run("correct", "青石.txt", "--district", "", "--store", own)
    row = row_of(run, "青石.txt", "--store", own)
    assert (row["district"], row["kind"]) == ("青石镇", "plan")
    run("correct", "青石.txt", "--as-read", "--store", own)
    assert row_of(run, "青石.txt", "--store", own)["kind"] == "work report"


@pytest.mark.slow
@pytest.mark.parametrize(
    "said", [("--period", "2025-2023"), ("--period", "近年"), ("--date", "2024-13"), ("--date", "三月")]
)
def test_a_correction_that_cannot_be_meant_is_refused_and_not_kept(run, own, said):
    result = run("correct", "青石.txt", *said, "--store", own)
    assert result.exit_code == 1
    assert "20" in result.output
    assert not (own / "documents" / "provenance.toml").exists()


@pytest.mark.parametrize("said", [(), ("--kind", "poem")])
def test_a_correction_wants_something_known_to_be_said(run, own, said):
    assert run("correct", "青石.txt", *said, "--store", own).exit_code == 2


class BrokenEncoder(FakeEncoder):
    def encode_passages(self, texts, *, on_progress=None):
        raise ModelError("The model is broken. Mend it.")


def test_a_build_that_fails_keeps_the_document_and_the_old_index_and_says_so(run, own, tmp_path, monkeypatch):
    new = write_plans(tmp_path / "new", {"云溪.txt": CLOUD_POINTS})
    monkeypatch.setattr("vectorstore.embeddings.load_encoder", lambda model=None: BrokenEncoder())
    result = run("add", new, "--store", own)
    assert result.exit_code == 1
    assert f"kept in {own / 'documents'}" in result.output
    assert "The model is broken. Mend it." in result.output
    assert listed(run, "--store", own) == ["松岭.md", "青石.txt"]
    monkeypatch.setattr("vectorstore.embeddings.load_encoder", lambda model=None: FakeEncoder())
    assert run("index", "--store", own).exit_code == 0
    assert listed(run, "--store", own) == ["云溪.txt", "松岭.md", "青石.txt"]


@pytest.mark.slow
def test_two_stores_do_not_share_own_documents(run, own, given, tmp_path):
    run("add", given / "青石.txt", "--store", tmp_path / "other")
    run("remove", "松岭.md", "--store", own)
    assert listed(run, "--store", tmp_path / "other") == ["青石.txt"]
    assert listed(run, "--store", own) == ["青石.txt"]


def test_a_store_that_is_named_is_opened_as_it_is(run, own):
    (own / "documents" / "青石.txt").write_text("另一份计划。", encoding="utf-8")
    assert row_of(run, "青石.txt", "--store", own)["district"] == "青石镇"


@pytest.mark.slow
def test_the_default_store_follows_its_documents_at_every_start(run, given, tmp_path):
    run("add", given)
    (tmp_path / "data" / "plan-assistant" / "documents" / "青石.txt").write_text("清河街道工作要点", encoding="utf-8")
    assert row_of(run, "青石.txt")["title"] == "清河街道工作要点"


def test_a_folder_indexed_into_the_default_store_stays_there(run, tmp_path):
    run("index", write_plans(tmp_path / "plans"))
    assert listed(run) == sorted(PLANS)


def test_a_folder_that_was_indexed_and_is_gone_is_named_with_what_to_do(run, indexed, given, tmp_path):
    (tmp_path / "plans").rename(tmp_path / "elsewhere")
    result = run("add", given, "--store", indexed)
    assert result.exit_code == 1
    assert f"{tmp_path / 'plans'} was indexed and is gone. Put it back" in result.output


@pytest.mark.slow
def test_the_bundled_plans_are_this_programs_wherever_another_copy_stood(run, tmp_path):
    run("documents")
    pointer = tmp_path / "cache" / "plan-assistant" / "store" / "current"
    manifest = pointer.parent / json.loads(pointer.read_text(encoding="utf-8"))["index"] / "manifest.json"
    values = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**values, "roots": [str(tmp_path / "old" / "seeds")]}), encoding="utf-8")
    assert len(listed(run)) == 5
