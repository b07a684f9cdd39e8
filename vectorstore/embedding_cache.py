"""Texts → vectors, each text encoded once: what was encoded before is read from a SQLite file."""

from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import ModelError
from vectorstore.indexing import Encoder
from vectorstore.kept_values import KeptValues


class CachedEncoder:
    """An encoder that knows the passages it has met; the one behind it is loaded when there is something new.

    A text met again has the vector it had. New ones are encoded together, as the encoder behind would encode them
    alone: where all are new, the vectors are those of the encoder behind, bit for bit. Where some are known, the new
    ones stand in other batches than among all, and a vector may differ in its last bits (by 1.4e-7 at most among the
    bundled plans' sentences: the order of what is found stays).
    A file that is damaged is set aside for a new one; where none can be written, everything is encoded.
    """

    def __init__(self, encoder: Callable[[], Encoder], name: str, path: Path) -> None:
        self.name = name
        self._load = encoder
        self._kept = KeptValues(path, "vectors", "vector")

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder behind, loaded at first use; raises ModelError when it is another than the one named."""
        encoder = self._load()
        if encoder.name != self.name:
            raise ModelError(
                f"The model {encoder.name} was loaded where {self.name} was expected: its files have just changed. "
                "Run the command again."
            )
        return encoder

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.encoder.dimensions

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the ``(n, dimensions)`` vectors of questions, which are not kept."""
        return self.encoder.encode_questions(texts)

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return the ``(n, dimensions)`` vectors of passages; known ones are done at the first ``on_progress(done, n)``."""
        report = on_progress or (lambda done, total: None)
        digests = [self._digest(text) for text in texts]
        known = {digest: np.frombuffer(blob, dtype="<f4") for digest, blob in self._kept.look_up(digests).items()}
        new = [place for place, digest in enumerate(digests) if digest not in known]
        held = len(texts) - len(new)
        if held:
            report(held, len(texts))
        if not new and texts:
            return np.stack([known[digest] for digest in digests])
        vectors = self.encoder.encode_passages(
            [texts[place] for place in new], on_progress=lambda done, _: report(held + done, len(texts))
        )
        self._kept.add({digests[place]: _blob(vector) for place, vector in zip(new, vectors, strict=True)})
        return _placed(digests, known, new, vectors)

    def forget_unused(self) -> None:
        """Drop what neither this encoder's texts nor those of the index before hold; call it when an index is in use."""
        self._kept.forget_unused()

    def _digest(self, text: str) -> bytes:
        return sha256(f"{self.name}\0{text}".encode("utf-8", "surrogatepass")).digest()


def _blob(vector: NDArray[np.float32]) -> bytes:
    return np.asarray(vector, dtype="<f4").tobytes()


def _placed(
    digests: Sequence[bytes],
    known: dict[bytes, NDArray[np.float32]],
    new: Sequence[int],
    vectors: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return known and new vectors in the order of the texts."""
    rows = np.empty((len(digests), vectors.shape[1]), dtype=np.float32)
    rows[list(new)] = vectors
    for place, digest in enumerate(digests):
        if digest in known:
            rows[place] = known[digest]
    return rows
