"""Print what many people at once get: ``python -m tests.benchmarks.load CONVERSATIONS [--people 20] [--questions 30]``.

One store with the bundled plans and models, as one server has it; each person is a thread that asks questions of CONVERSATIONS
one after another in a conversation of its own, by the call that the page makes (``take_turn``). Before that the same
conversations are held one after the other: an answer that differs is cross-talk.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import click
import numpy as np

from assistant.chat import take_turn
from assistant.collection import SEEDS
from assistant.datatypes import Turn
from tests.benchmarks.results import kept
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.errors import PlansError
from vectorstore.reranking import load_reader
from vectorstore.store import VectorStore, build_store

_STEP = 7


@click.command(help=__doc__)
@click.argument("conversations", type=click.Path(exists=True, path_type=Path))
@click.option("--people", default=20, show_default=True)
@click.option("--questions", default=30, show_default=True, help="Of each person.")
@kept("load")
def main(conversations: Path, people: int, questions: int) -> None:
    """Build, ask alone, ask together, print."""
    rows = (json.loads(line) for line in conversations.read_text(encoding="utf-8").splitlines() if line.strip())
    texts = [turn["q"] for row in rows for turn in row["turns"]]
    asked = [list(islice(cycle(texts[n * _STEP :] + texts[: n * _STEP]), questions)) for n in range(people)]
    with tempfile.TemporaryDirectory() as folder:
        store, _ = build_store(Path(folder), [SEEDS], model=model_identity(), encoder=load_encoder, reader=load_reader)
        take_turn("养老服务有哪些举措", (), store)
        started = time.perf_counter()
        alone = [_converse(own, store) for own in asked]
        middle = time.perf_counter()
        with ThreadPoolExecutor(people) as pool:
            together = list(pool.map(lambda own: _converse(own, store), asked))
        seconds = (middle - started, time.perf_counter() - middle)
    click.echo(
        "| | questions | errors | answers that differ | median ms | 95 % ms | questions a second |\n|---|"
        + " ---: |" * 6
    )
    for name, talks, took in (("one at a time", alone, seconds[0]), (f"{people} at once", together, seconds[1])):
        times = [milliseconds for talk in talks for _, milliseconds in talk]
        errors = sum(said == "error" for talk in talks for said, _ in talk)
        pairs = (pair for both in zip(alone, talks, strict=True) for pair in zip(*both, strict=True))
        different = sum(first[0] != second[0] for first, second in pairs)
        click.echo(
            f"| {name} | {len(times)} | {errors} | {different} | {statistics.median(times):.0f} | "
            f"{np.percentile(times, 95):.0f} | {len(times) / took:.1f} |"
        )


def _converse(texts: Sequence[str], store: VectorStore) -> list[tuple[str, float]]:
    """Return the addresses of each answer's quotes ("error" where there is none) and how long it took, in milliseconds."""
    history: tuple[Turn, ...] = ()
    answers = []
    for text in texts:
        started = time.perf_counter()
        try:
            turn = take_turn(text, history, store)
        except PlansError:
            said = "error"
        else:
            history = (*history, turn)
            said = " ".join(f"{q.document}:{q.span.start}-{q.span.end}" for q in turn.answer.quotes)
        answers.append((said, (time.perf_counter() - started) * 1000))
    return answers


if __name__ == "__main__":
    main()
