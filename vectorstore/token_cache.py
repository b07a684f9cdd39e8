"""Texts → terms, each text cut once: how it was cut before is read from a SQLite file."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from vectorstore.kept_values import KeptValues
from vectorstore.tokens import TOKENS_VERSION, tokenize


class TokenCache:
    """The terms of texts met before; those met for the first time are cut by ``vectorstore.tokens``.

    A file that is damaged is set aside for a new one; where none can be written, every text is cut.
    """

    def __init__(self, path: Path) -> None:
        self._kept = KeptValues(path, "texts", "terms")

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the terms of every text with repeats, as ``tokens.tokenize`` gives them."""
        digests = [_digest(text) for text in texts]
        known = self._kept.look_up(digests)
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        cut = {digest: _blob(tokenize(text)) for digest, text in new.items()}
        self._kept.add(cut)
        return [_terms(known[digest] if digest in known else cut[digest]) for digest in digests]

    def forget_unused(self) -> None:
        """Drop what neither the texts met here nor the index before hold; call it when an index is in use."""
        self._kept.forget_unused()


def _digest(text: str) -> bytes:
    return sha256(f"{TOKENS_VERSION}\0{text}".encode("utf-8", "surrogatepass")).digest()


def _blob(terms: Sequence[str]) -> bytes:
    # A term is a run of word characters: none holds a space
    return " ".join(terms).encode()


def _terms(blob: bytes) -> list[str]:
    return blob.decode().split(" ") if blob else []
