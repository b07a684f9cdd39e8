"""Question vector → whether it asks about the contents of plans at all, or is small talk, an errand, general knowledge."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.selection import arrays_of

MODEL = Path(__file__).resolve().parent / "models" / "off-topic.npz"


@dataclass(frozen=True, slots=True)
class OffTopic:
    """Logistic regression over a question's vector: ``weights`` of shape (dimensions + 1,), the last one the intercept.

    ``encoder`` is the identity of the encoder whose vectors it reads.
    """

    encoder: str
    weights: NDArray[np.float64]
    threshold: float

    def probability(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how likely each question is off topic: shape (n,), for vectors of shape (n, dimensions)."""
        odds: NDArray[np.float64] = vectors.astype(np.float64) @ self.weights[:-1] + self.weights[-1]
        return 1.0 / (1.0 + np.exp(-odds))


def is_off_topic(vector: NDArray[np.float32], encoder: str) -> bool:
    """Tell whether a question asks for something that is in no plan, by the vector of its topic.

    Of another encoder's vectors nothing is known, and no question is off topic.
    """
    model = load_off_topic()
    return encoder == model.encoder and float(model.probability(vector[None, :])[0]) > model.threshold


@cache
def load_off_topic(path: Path = MODEL) -> OffTopic:
    """Return what ``assistant.training.train_off_topic`` wrote; raise ModelError when it is damaged."""
    with arrays_of(path) as arrays:
        return OffTopic(str(arrays["encoder"]), arrays["weights"], float(arrays["threshold"]))
