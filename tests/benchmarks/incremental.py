"""Print what a change of one document costs a store: ``python -m tests.benchmarks.incremental --help``.

The documents are made, not collected: each is a bundled plan whose figures and whose own place name are replaced by
others, so that hardly a sentence of it is that of another. The first build is followed by one document added, one
corrected in a sentence and one removed; each row says how long that took, by stage, and how many texts were embedded and
cut into words for it.
"""

import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from assistant.collection import SEEDS
from tests.benchmarks.results import kept
from tests.conftest import FakeEncoder
from vectorstore import token_cache
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.indexing import Encoder
from vectorstore.readers import find_files
from vectorstore.store import build_store

_FIGURE = re.compile(r"(?<![\d年])\d+(?![\d年])")
_PLACES = [f"{first}{second}" for first in "青白松柳石清云梅竹兰" for second in "溪河山岭桥湾塘泉坪港"]
_TOKENIZE = token_cache.tokenize
# "open" is what follows the last vector stored: the manifest, what is forgotten, and opening the store
_STAGES = ("read", "words", "embed", "store", "open")


@click.command(help=__doc__)
@click.option("--documents", default=100, show_default=True, help="How many documents there are.")
@click.option(
    "--real", is_flag=True, help="Embed with the bundled model rather than with a fake of as many dimensions."
)
@kept("incremental")
def main(documents: int, real: bool) -> None:
    """Make the documents, build, change, print."""
    encoder = load_encoder if real else partial(FakeEncoder, dimensions=384)
    model = model_identity() if real else "fake"
    texts = _made_texts(documents + 1)
    with tempfile.TemporaryDirectory() as folder:
        store, plans = Path(folder) / "store", Path(folder) / "plans"
        plans.mkdir()
        for number, text in enumerate(texts[:-1]):
            _file(plans, number).write_text(text, encoding="utf-8")
        click.echo(
            f"{'':14}{'seconds':>9}" + "".join(f"{stage:>9}" for stage in _STAGES) + f"{'embedded':>11}{'cut':>9}"
        )
        build = partial(_build, store, plans, encoder, model)
        build("first build")
        _file(plans, documents).write_text(texts[-1], encoding="utf-8")
        build("one added")
        _file(plans, 0).write_text(texts[0].replace("。", ",全面完成。", 1), encoding="utf-8")
        build("one corrected")
        _file(plans, documents // 2).unlink()
        build("one removed")


class _Counting:
    """An encoder that counts the texts it is given."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self.encode_questions = encoder.encode_questions
        self._encoder = encoder
        self.given, self.seconds = 0, 0.0

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        started = time.perf_counter()
        vectors = self._encoder.encode_passages(texts, on_progress=on_progress)
        self.given += len(texts)
        self.seconds += time.perf_counter() - started
        return vectors


def _build(store: Path, plans: Path, encoder: Callable[[], Encoder], model: str, name: str) -> None:
    """Build the store and print a row."""
    counting = _Counting(encoder())
    cut = _count_cuts()
    ends = {}
    started = time.perf_counter()

    def note(stage: str, done: int, total: int) -> None:
        # An index that can't be made from the one before is begun again
        if stage == "read":
            ends.clear()
        # The words are written between the last document read and the first vector made, or stored where none is made
        if stage != "read":
            ends.setdefault("words", time.perf_counter())
        if stage == "store":
            ends.setdefault("embed", ends["words"])
        ends[stage] = time.perf_counter()

    build_store(store, [plans], model=model, encoder=lambda: counting, on_progress=note)
    ends["open"] = time.perf_counter()
    times = np.diff([started, *(ends[stage] for stage in _STAGES)])
    # A fake encoder tells that it is done before it is
    times[2], times[3] = counting.seconds, times[2] + times[3] - counting.seconds
    row = "".join(f"{seconds:9.2f}" for seconds in (ends["open"] - started, *times))
    click.echo(f"{name:14}{row}{counting.given:11}{cut[0]:9}")


def _count_cuts() -> list[int]:
    """Return a list whose only number counts the texts that are cut into words from now on."""
    count = [0]

    def counted(text: str) -> list[str]:
        count[0] += 1
        return _TOKENIZE(text)

    token_cache.tokenize = counted
    return count


def _made_texts(count: int) -> list[str]:
    """Return so many plans, made from the bundled ones in turn; the same ones every time."""
    numbers = random.Random(7)
    seeds = [(path.name.partition("-")[0], path.read_text(encoding="utf-8")) for path in find_files(SEEDS)]
    return [_made(*seeds[number % len(seeds)], _place(number), numbers) for number in range(count)]


def _made(place: str, text: str, new: str, numbers: random.Random) -> str:
    suffix = "街道" if place.endswith("街道") else "镇"
    named = text.replace(place.removesuffix(suffix), new)
    return _FIGURE.sub(lambda figure: str(numbers.randrange(10 ** len(figure.group()))), named)


def _place(number: int) -> str:
    return _PLACES[number % len(_PLACES)] + "东南西北"[number // len(_PLACES) % 4] * (number >= len(_PLACES))


def _file(plans: Path, number: int) -> Path:
    return plans / f"{number:04d}-{_place(number)}.txt"


if __name__ == "__main__":
    main()
