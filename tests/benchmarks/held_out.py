"""Print how well questions over the twelve held-out documents are answered: ``python -m tests.benchmarks.held_out --help``.

No model was trained on these documents. Each is the whole store once, and then all twelve are one store; the questions are
those of ``vectorstore/training/data``, asked as they stand, and of all together once more with the city's name in front
(they seldom name it, and most cities answer most of them). The figures are ``score.py``'s, which takes its evidence from the quotes.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from assistant.chat import take_turn
from assistant.rendering import answer_record
from tests.benchmarks.results import kept
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.reranking import load_reader
from vectorstore.store import VectorStore, build_store
from vectorstore.training.examples import held_out_documents, read_rows

DATA = Path(__file__).resolve().parents[2] / "vectorstore" / "training" / "data"
SCORE = Path(__file__).with_name("score.py")


@click.command(help=__doc__)
@click.option("--questions", default=DATA / "plan-questions.jsonl.xz", type=click.Path(exists=True, path_type=Path))
@click.option("--documents", default=DATA / "plan-documents.jsonl.xz", type=click.Path(exists=True, path_type=Path))
@click.option("--reader", help="A reader's folder, or none.")
@click.option("--alone/--no-alone", default=True, show_default=True, help="Also each document as a store of its own.")
@kept("held-out")
def main(*, questions: Path, documents: Path, reader: str | None, alone: bool) -> None:
    """Ask every question of the held-out documents and print the scores."""
    rows = read_rows(questions)
    names = held_out_documents(row["doc"] for row in rows)
    rows = [row for row in rows if row["doc"] in names]
    texts = {row["doc"]: row["text"] for row in read_rows(documents) if row["doc"] in names}
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        if alone:
            answers = {}
            for name in sorted(names):
                store = _build(folder / name, {name: texts[name]}, reader)
                answers |= _answers([row for row in rows if row["doc"] == name], store)
            _print("each document alone", rows, answers, texts, folder / "alone")
        store = _build(folder / "together", texts, reader)
        _print("all twelve together", rows, _answers(rows, store), texts, folder / "all")
        rows = [{**row, "q": _named(row, store)} for row in rows]
        _print(
            "all twelve together, each question naming whom it asks",
            rows,
            _answers(rows, store),
            texts,
            folder / "named",
        )


def _build(folder: Path, texts: Mapping[str, str], reader: str | None) -> VectorStore:
    plans = folder / "plans"
    plans.mkdir(parents=True)
    for name, text in texts.items():
        (plans / f"{name}.txt").write_bytes(text.encode("utf-8"))
    store, _ = build_store(
        folder / "store", [plans], model=model_identity(), encoder=load_encoder, reader=lambda: load_reader(reader)
    )
    return store


def _named(row: Mapping[str, Any], store: VectorStore) -> str:
    """Return a question with the district of its document in front, where it does not name it."""
    district = store.document(row["doc"]).provenance.district or ""
    return str(row["q"]) if district[:2] in row["q"] else f"{district}{row['q']}"


def _answers(rows: Sequence[dict[str, Any]], store: VectorStore) -> dict[str, dict[str, Any]]:
    return {row["id"]: answer_record(take_turn(row["q"], (), store).answer, store) for row in rows}


def _print(
    name: str, rows: Sequence[dict[str, Any]], answers: Mapping[str, Any], texts: Mapping[str, str], folder: Path
) -> None:
    """Write gold and answers as score.py reads them, and print what it says."""
    folder.mkdir()
    gold = [{"id": row["id"], "kind": row["kind"], "turns": [_turn(row)]} for row in rows]
    given = [{"id": id_, "turns": [answer]} for id_, answer in answers.items()]
    for file, records in (("gold.jsonl", gold), ("answers.jsonl", given)):
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (folder / file).write_text("".join(lines), encoding="utf-8")
    seeds = folder / "texts"
    seeds.mkdir()
    for document, text in texts.items():
        (seeds / f"{document}.txt").write_bytes(text.encode("utf-8"))
    click.echo(f"\n{name}: {len(rows)} questions over {len(texts)} documents")
    command = [sys.executable, str(SCORE), str(folder / "gold.jsonl"), str(folder / "answers.jsonl"), str(seeds)]
    click.echo(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _turn(row: Mapping[str, Any]) -> dict[str, Any]:
    evidence = [{"doc": row["doc"], "quote": quote, "need": "core"} for quote in row["quotes"]]
    return {"q": row["q"], "answerable": bool(row["quotes"]), "districts": [], "evidence": evidence, "must": []}


if __name__ == "__main__":
    main()
