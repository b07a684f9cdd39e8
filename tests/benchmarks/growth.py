"""Print how cost grows with the number of documents: ``python -m tests.benchmarks.growth CONVERSATIONS --texts FILE``.

The store holds the bundled plans, then the texts of FILE (JSON lines ``{"text"}``, perhaps compressed with xz), then copies of
these with other figures and place names, so many that there are enough. Vectors are those of a stand-in (character pairs,
384 wide), which costs no time: encoding is the same work for each document whatever the number of the others. The reader is
the bundled one. Each size is indexed on top of the one before, one document is then added, and a process of its own asks
the first questions of CONVERSATIONS: once to open the store, then timed. Both results go to a file named after the commit.
"""

import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import click
import numpy as np

from assistant.chat import take_turn
from assistant.collection import SEEDS
from tests.benchmarks.memory import most_memory
from tests.benchmarks.results import RESULTS, commit, result_file
from tests.conftest import FakeEncoder
from vectorstore.layers import layers_of
from vectorstore.readers import find_files
from vectorstore.reranking import load_reader
from vectorstore.store import VectorStore, build_store
from vectorstore.training.examples import read_rows

_FIGURE = re.compile(r"(?<![\d年])\d+(?![\d年])")
_PLACE = re.compile(r"[\u4e00-\u9fff]{2}(?=街道|[镇乡区县市])")
_SYLLABLES = "青白松柳石清云梅竹兰溪河山岭桥湾塘泉坪港"
_WIDTH, _QUESTIONS = 384, 60
# Seconds after which files are no longer just changed: those are read again at the next build, as is an index just written
_AGE = 3.0
_COLUMNS = (
    "documents", "passages", "sentences", "index_s", "add_one_s", "add_another_s", "open_s", "answer_ms",
    "answer_95_ms", "retrieve_ms", "exact_ms", "chroma_ms", "chroma_recall", "disk_mb", "memory_mb",
)  # fmt: skip


@click.command(help=__doc__)
@click.argument("conversations", type=click.Path(exists=True, path_type=Path))
@click.option("--texts", type=click.Path(exists=True, path_type=Path), help="Without it the plans are copied.")
@click.option("--sizes", default="5,100,1000,10000", show_default=True)
@click.option("--longest", default=4000, show_default=True, help="Texts of more characters are left out.")
@click.option("--results", default=RESULTS, type=click.Path(file_okay=False, path_type=Path), show_default="results/")
@click.option("--ask", type=click.Path(path_type=Path), hidden=True)
def main(conversations: Path, texts: Path | None, sizes: str, longest: int, results: Path, ask: Path | None) -> None:
    """Build, add, ask, print."""
    if ask:
        click.echo(json.dumps(_figures_of(ask, _questions_of(conversations))))
        return
    click.echo("| " + " | ".join(_COLUMNS) + " |\n|" + " ---: |" * len(_COLUMNS))
    rows, begun = [], commit()
    with tempfile.TemporaryDirectory() as folder:
        store, plans = Path(folder) / "store", Path(folder) / "plans"
        plans.mkdir()
        made = _texts(texts, longest)
        for size in map(int, sizes.split(",")):
            row = _grow(store, plans, made, size)
            said = [sys.executable, "-m", "tests.benchmarks.growth", str(conversations), "--ask", str(store)]
            row |= json.loads(subprocess.run(said, check=True, capture_output=True, text=True).stdout)
            click.echo(
                "| "
                + " | ".join(f"{row[name]:,.3g}" if row[name] < 100 else f"{row[name]:,.0f}" for name in _COLUMNS)
                + " |"
            )
            rows.append(row)
    result_file(f"growth-{begun}.json", results).write_text(json.dumps(rows, indent=1) + "\n")


def _grow(store: Path, plans: Path, texts: Iterator[str], size: int) -> dict[str, float]:
    """Bring the store to a size, then to one document more, and one more; return what that took and what it holds."""
    for number, text in zip(range(len(find_files(plans)), size), texts, strict=False):
        (plans / f"{number:05d}.txt").write_text(text, encoding="utf-8")
    build = partial(build_store, store, [plans], model="stand-in", encoder=_stand_in)
    time.sleep(_AGE)
    index_seconds, (built, _) = _timed(build)
    add_seconds = []
    for number in (size, size + 1):
        time.sleep(_AGE)
        (plans / f"{number:05d}.txt").write_text(next(texts), encoding="utf-8")
        seconds, (built, _) = _timed(build)
        add_seconds.append(seconds)
    folders = [layer.folder for layer in layers_of(built.folder)]
    disk = sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()) / 1e6
    manifest = built.manifest
    return {
        "documents": len(built.documents),
        "passages": manifest.chunks,
        "sentences": manifest.sentences,
        "index_s": index_seconds,
        "add_one_s": add_seconds[0],
        "add_another_s": add_seconds[1],
        "disk_mb": disk,
    }


def _figures_of(folder: Path, questions: Sequence[str]) -> dict[str, float]:
    """Return times and memory of a process that asks a store."""
    open_seconds, store = _timed(
        lambda: VectorStore.open(folder, encoder=_stand_in, model="stand-in", reader=load_reader)
    )
    take_turn(questions[0], (), store)
    answers = [_timed(lambda text=text: take_turn(text, (), store))[0] * 1000 for text in questions]
    vectors = [store.encode(text) for text in questions]
    pairs = list(zip(questions, vectors, strict=True))
    retrieve = [_timed(lambda t=t, v=v: store.retrieve(t, limit=90, vector=v))[0] * 1000 for t, v in pairs]
    memory = most_memory()
    return {
        "open_s": open_seconds,
        "answer_ms": statistics.median(answers),
        "answer_95_ms": float(np.percentile(answers, 95)),
        "retrieve_ms": statistics.median(retrieve),
        "memory_mb": memory,
        **_compared(store, vectors),
    }


def _compared(store: VectorStore, vectors: Sequence[Any]) -> dict[str, float]:
    """Return what exact search and Chroma take for the nearest 180 sentences, and how many of them Chroma finds."""
    index = store._sentence_vectors
    ids = [
        f"{d.id}#{n}"
        for d, e in zip(store.documents, store.manifest.documents, strict=True)
        for n in range(e["sentences"])
    ]
    matrix = np.concatenate([index.vectors(ids[start : start + 5000]) for start in range(0, len(ids), 5000)])
    exact, chroma, shares = [], [], []
    for vector in vectors:
        seconds, best = _timed(lambda v=vector: _nearest(matrix, v))
        exact.append(seconds * 1000)
        seconds, found = _timed(lambda v=vector: index.nearest(v, 180))
        chroma.append(seconds * 1000)
        least = float((matrix[best] @ vector).min()) - 1e-6  # copies lie as near: any of them counts
        shares.append(sum(cosine >= least for _, cosine in found) / len(best))
    return {
        "exact_ms": statistics.median(exact),
        "chroma_ms": statistics.median(chroma),
        "chroma_recall": statistics.mean(shares),
    }


def _nearest(matrix: Any, vector: Any) -> Any:
    scores = matrix @ vector
    limit = min(180, len(scores))
    best = np.argpartition(-scores, limit - 1)[:limit]
    return best[np.argsort(-scores[best])]


def _texts(path: Path | None, longest: int) -> Iterator[str]:
    """Yield the plans, the texts of a file that are not too long, then copies of them without end."""
    plans = [plan.read_text(encoding="utf-8") for plan in find_files(SEEDS)]
    others = [text for row in read_rows(path) if 300 < len(text := str(row["text"])) <= longest] if path else []
    yield from (*plans, *others)
    draw = random.Random(7)
    for number in count():
        yield _copy((others or plans)[number % len(others or plans)], draw)


def _copy(text: str, draw: random.Random) -> str:
    """Return a text with other figures, and other names where it names places."""
    places: dict[str, str] = {}
    named = _PLACE.sub(lambda m: places.setdefault(m.group(), "".join(draw.sample(_SYLLABLES, 2))), text)
    return _FIGURE.sub(lambda m: str(draw.randrange(10 ** min(9, len(m.group())))), named)


def _questions_of(conversations: Path) -> list[str]:
    rows = (json.loads(line) for line in conversations.read_text(encoding="utf-8").splitlines() if line.strip())
    return [row["turns"][0]["q"] for row in rows][:_QUESTIONS]


def _stand_in() -> FakeEncoder:
    return FakeEncoder("stand-in", _WIDTH)


def _timed(work: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    main()
