"""The trained part of answering: numbers about sentences → which of them answer, and whether any does."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import ModelError

# Without a reader, and with what one says
MODEL = Path(__file__).resolve().parent / "models" / "selection.npz"
READING_MODEL = MODEL.with_name("selection-reading.npz")


# What the gate reads of the best sentence. Not what kind of answer is asked for: the training questions miss an
# answer mostly where a figure is asked, so that lists would always pass.
GATE_FEATURES = frozenset(
    ["cosine", "cover", "cover_both", "rarest_missing", "rarest_missing_anywhere", "common_run", "unit_said",
     "has_figure", "has_date", "has_body", "first", "read", "passage"]
)  # fmt: skip
# And what the reader says where it says most, of whatever sentence
_GATE_MAXIMA = ("first", "read", "passage")


@dataclass(frozen=True, slots=True)
class Selector:
    """Boosted trees over sentence features, a logistic gate over the best of them, and their thresholds.

    ``least_read``: where the reader says less of every sentence, none fills the cell of a comparison.

    Arrays of shape (trees, nodes): ``feature`` (-1: a leaf), ``threshold``, ``left``, ``right``, ``value``.
    """

    names: tuple[str, ...]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    bias: float
    gate_weights: NDArray[np.float64]
    gate_threshold: float
    recall_weight: float
    least_read: float

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how likely each sentence answers: shape (n,), for features of shape (n, len(names))."""
        trees, size = self.feature.shape
        # Places in the arrays written in one row: taking from these is twice as fast as by tree and node
        root, row = (np.arange(trees) * size)[None, :], (np.arange(len(features)) * features.shape[1])[:, None]
        place = np.repeat(root, len(features), axis=0)
        for _ in range(size):
            column = self.feature.take(place)
            if (column < 0).all():
                break
            goes_left = features.take(row + np.maximum(column, 0)) <= self.threshold.take(place)
            step = np.where(goes_left, self.left.take(place), self.right.take(place))
            place = np.where(column < 0, place, root + step)
        total = self.value.take(place).sum(axis=1) + self.bias
        probabilities: NDArray[np.float32] = (1.0 / (1.0 + np.exp(-total))).astype(np.float32)
        return probabilities

    def answerable(self, features: NDArray[np.float32], probabilities: NDArray[np.float32]) -> float:
        """Return how likely any of the sentences answers, from the best of them."""
        if not len(probabilities):
            return 0.0
        inputs = gate_inputs(self.names, features, probabilities)
        return float(1.0 / (1.0 + np.exp(-(inputs @ self.gate_weights[:-1] + self.gate_weights[-1]))))

    def passes(
        self, features: NDArray[np.float32], probabilities: NDArray[np.float32], *, compared: bool = False
    ) -> bool:
        """Tell whether the sentences hold an answer.

        In a comparison silence has its own cell, and a neighbouring subject's sentence would fill it: there the reader
        must not be sure of the contrary either.
        """
        read = self.names.index("read") if compared and "read" in self.names else None
        if read is not None and features[:, read].max(initial=-np.inf) < self.least_read:
            return False
        return self.answerable(features, probabilities) >= self.gate_threshold


def gate_inputs(
    names: tuple[str, ...], features: NDArray[np.float32], probabilities: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what the gate reads of probabilities and features.

    The four best probabilities as log-odds, their sum, the most that the reader says of any sentence and passage, and
    features of the best sentence. All features of the two best sentences would fit the training documents better, and
    documents of another size worse.
    """
    order = np.argsort(-probabilities, kind="stable")
    most = [features[:, names.index(name)].max() for name in _GATE_MAXIMA if name in names]
    best = probabilities[order[np.minimum(np.arange(4), len(order) - 1)]].clip(1e-4, 1 - 1e-4)
    columns = [column for column, name in enumerate(names) if name in GATE_FEATURES]
    parts = [np.log(best / (1 - best)), [min(3.0, float(probabilities.sum()))], most, features[order[0]][columns]]
    return np.concatenate(parts).astype(np.float32)


def choose(probabilities: NDArray[np.float32], *, recall_weight: float) -> list[int]:
    """Return the positions of the sentences that make the expected F-measure largest, best first.

    With independent probabilities p, sorted, the k best are expected to hold sum(p[:k]) of sum(p) answering
    sentences: k maximizes (1 + b²)·sum(p[:k]) / (k + b²·sum(p)), b being ``recall_weight`` (the plug-in rule for
    F-measures, Ye, Chai, Lee & Chieu 2012).
    """
    if not len(probabilities):
        return []
    order = np.argsort(-probabilities, kind="stable")
    gained = np.cumsum(probabilities[order])
    weight = recall_weight**2
    expected = (1 + weight) * gained / (np.arange(1, len(order) + 1) + weight * gained[-1])
    return [int(position) for position in order[: int(np.argmax(expected)) + 1]]


@cache
def load_selector(path: Path = MODEL) -> Selector:
    """Return the selector that ``assistant.training.train_selection`` wrote; raise ModelError when it is damaged."""
    with arrays_of(path) as arrays:
        return Selector(
            names=tuple(str(name) for name in arrays["names"]),
            feature=arrays["feature"],
            threshold=arrays["threshold"],
            left=arrays["left"],
            right=arrays["right"],
            value=arrays["value"],
            bias=float(arrays["bias"]),
            gate_weights=arrays["gate_weights"],
            gate_threshold=float(arrays["gate_threshold"]),
            recall_weight=float(arrays["recall_weight"]),
            least_read=float(arrays["least_read"]),
        )


@contextmanager
def arrays_of(path: Path) -> Iterator[Mapping[str, Any]]:
    """Give the arrays of a model's file; raise ModelError where it is damaged or lacks one that is asked for."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            yield data
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ModelError(
            f"{path} can't be read ({error}). Restore it with `git checkout -- assistant/models` or reinstall."
        ) from error
