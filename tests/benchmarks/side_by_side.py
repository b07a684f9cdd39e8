"""Print this project beside what one would put together instead: ``python -m tests.benchmarks.side_by_side --help``.

The same texts, the same encoder and the same questions go through LangChain, txtai, Haystack and this project, each in a
process of its own, offline. Questions are the first of each conversation, where the documents answer it: later ones need
the conversation. Recall is that of ``score.py``: the share of a question's core evidence that stands in the first pieces,
and in their first 2,500 characters, so that long pieces don't win by their length. Brackets hold the ratio to the first row.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

import click

from assistant.collection import SEEDS
from tests.benchmarks.results import RESULTS, commit, result_file
from tests.benchmarks.rivals.datatypes import System
from tests.benchmarks.rivals.figures import BUDGET, CUTS, core_evidence, measure
from tests.benchmarks.score import load
from vectorstore.embeddings import model_identity
from vectorstore.errors import PlansError
from vectorstore.readers import find_files, read_file

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = Path(__file__).with_name("dev.jsonl")
INSTALL = ".venv/bin/pip install -c .ci/constraints.txt -e '.[compare]'"
# Nothing is fetched or reported, and waiting threads leave the processor to others, for every system alike
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "LANGSMITH_TRACING": "false",
    "DO_NOT_TRACK": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TQDM_DISABLE": "1",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table: a class of a module in ``rivals``, and the packages it needs beside the project's own."""

    title: str
    module: str
    system: str
    packages: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [package for package in self.packages if not any(distributions(name=package))]


_LANGCHAIN = ("langchain-text-splitters", "langchain-chroma")
_HAYSTACK = ("haystack-ai", "sentence-transformers-haystack")
ENTRIES = {
    "retrieval": Entry("this project, passages", "ours", "Retrieval"),
    "answer": Entry("this project, whole answer", "ours", "Answer"),
    "langchain": Entry("LangChain, Chroma", "langchain", "LangChain", _LANGCHAIN),
    "txtai": Entry("txtai, hybrid", "txtai", "Txtai", ("txtai", *_LANGCHAIN)),
    "haystack": Entry("Haystack, BM25 and vectors", "haystack", "Haystack", _HAYSTACK),
}
_SHARED = ("sentence-transformers", "transformers", "torch", "chromadb")
# Heading and decimals of a figure
COLUMNS = {
    "index_seconds": ("index, s", 1),
    "median_ms": ("median, ms", 1),
    "p95_ms": ("95 %, ms", 1),
    **{f"recall@{cut}": (f"recall@{cut}", 3) for cut in CUTS},
    f"recall_{BUDGET}": (f"recall in {BUDGET:,} characters", 3),
    "piece_characters": ("characters a piece", 0),
    "peak_mb": ("peak memory, MB", 0),
}


@click.command(help=__doc__)
@click.option("--documents", default=SEEDS, type=click.Path(exists=True, path_type=Path), show_default="the seeds")
@click.option("--questions", default=QUESTIONS, type=click.Path(exists=True, path_type=Path), show_default="dev.jsonl")
@click.option("--results", default=RESULTS, type=click.Path(file_okay=False, path_type=Path), show_default="results/")
@click.option("--run", "name", type=click.Choice(list(ENTRIES)), hidden=True)
@click.option("--work", type=click.Path(path_type=Path), hidden=True)
def main(*, documents: Path, questions: Path, results: Path, name: str | None, work: Path | None) -> None:
    """Measure all systems, or in a process of its own the one named."""
    if name and work:
        _run_one(name, work)
        return
    texts, cases = _read_texts(documents), _cases(questions)
    click.echo(
        f"{len(cases)} questions over {len(texts)} documents of {sum(map(len, texts.values())):,} characters; "
        f"encoder {model_identity()}; {os.cpu_count()} cores\n"
    )
    figures: dict[str, dict[str, Any]] = {}
    _print_heading()
    with tempfile.TemporaryDirectory() as folder:
        for entry, row in _run_all(Path(folder), texts, cases):
            figures[entry] = row
            _print_row(entry, row, figures["retrieval"])
    _print_notes(figures)
    path = result_file(f"side-by-side-{commit()}.json", results)
    _write(path, _record(figures, texts, cases))
    click.echo(f"\nwritten to {path}")


def _read_texts(documents: Path) -> dict[str, str]:
    """Return the documents' texts, named so that they can be files of one folder, plain text whatever they were read from."""
    texts: dict[str, str] = {}
    root = documents if documents.is_dir() else documents.parent
    for path in find_files(documents):
        name = path.relative_to(root).as_posix().replace("/", "-")
        name = name if path.suffix == ".txt" else f"{name}.txt"
        if name in texts:
            raise click.ClickException(f"{path}: another document would have the name {name} too. Rename one of them.")
        try:
            texts[name] = read_file(path).text
        except PlansError as error:
            raise click.ClickException(str(error)) from error
    return texts


def _cases(questions: Path) -> list[dict[str, Any]]:
    """Return conversations of one turn, the first one, where it has core evidence."""
    first = [{**case, "turns": case["turns"][:1]} for case in load(questions)]
    cases = [case for case in first if core_evidence(case["turns"][0])]
    if not cases:
        raise click.ClickException(f"{questions}: no conversation begins with a question that has core evidence.")
    return cases


def _run_all(
    work: Path, texts: Mapping[str, str], cases: Sequence[dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the figures of every system that is installed."""
    _write(work / "cases.json", list(cases))
    (work / "texts").mkdir()
    for name, text in texts.items():
        (work / "texts" / name).write_bytes(text.encode("utf-8"))
    for name in (name for name, entry in ENTRIES.items() if not entry.missing):
        command = [sys.executable, "-m", "tests.benchmarks.side_by_side", "--run", name, "--work", str(work)]
        if subprocess.run(command, cwd=ROOT, env={**os.environ, **_ENVIRONMENT}, check=False).returncode:
            raise click.ClickException(f"{ENTRIES[name].title} failed; its message is above.")
        yield name, json.loads((work / f"{name}.json").read_text(encoding="utf-8"))


def _run_one(name: str, work: Path) -> None:
    """Write the figures of a system that is loaded here and nowhere else."""
    entry, kept = ENTRIES[name], work / name
    system: System = getattr(import_module(f"tests.benchmarks.rivals.{entry.module}"), entry.system)()
    kept.mkdir()
    cases = json.loads((work / "cases.json").read_text(encoding="utf-8"))
    figures = measure(system, cases, work / "texts", kept=kept)
    _write(work / f"{name}.json", {**figures, "versions": _versions(entry)})


def _versions(entry: Entry) -> dict[str, str]:
    return {package: version(package) for package in (*entry.packages, *_SHARED)}


def _print_heading() -> None:
    click.echo("| | " + " | ".join(title for title, _ in COLUMNS.values()) + " |")
    click.echo("| --- |" + " ---: |" * len(COLUMNS))


def _print_row(name: str, row: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    cells = (_cell(row[key], base[key], decimals) for key, (_, decimals) in COLUMNS.items())
    click.echo(f"| {ENTRIES[name].title} | " + " | ".join(cells) + " |")


def _print_notes(figures: Mapping[str, Mapping[str, Any]]) -> None:
    """Print what has no column: the quotes, the versions, and which systems were left out."""
    answer = figures["answer"]
    click.echo(
        f"\nThe quotes of a whole answer have {answer['quote_characters']:.0f} characters on average and hold "
        f"{answer['quote_recall']:.3f} of the evidence."
    )
    versions = {package: number for row in figures.values() for package, number in row["versions"].items()}
    click.echo(", ".join(f"{package} {number}" for package, number in sorted(versions.items())))
    for entry in ENTRIES.values():
        if entry.missing:
            click.echo(f"{entry.title} is left out: {' and '.join(entry.missing)} not installed. {INSTALL}")


def _cell(value: float, base: float, decimals: int) -> str:
    return f"{value:,.{decimals}f} ({value / base:.2f})" if base else f"{value:,.{decimals}f}"


def _record(figures: Mapping[str, Any], texts: Mapping[str, str], cases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "commit": commit(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "encoder": model_identity(),
        "documents": {name: len(text) for name, text in texts.items()},
        "questions": len(cases),
        "systems": {name: {"title": ENTRIES[name].title, **row} for name, row in figures.items()},
    }


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
