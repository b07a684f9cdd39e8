"""What a system of the comparison is given, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# The size of pieces that guides begin with, and the share of it that LangChain's own tutorial lets neighbours have in common
LENGTH = 500
OVERLAP = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """Words found, and where the system says they begin: ``start`` counts the document's characters."""

    document: str
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found: pieces, best first, and the quotes of an answer from a system that gives one."""

    pieces: tuple[Piece, ...]
    quotes: tuple[Piece, ...] = ()


class System(Protocol):
    """One system, its encoder loaded: documents in, pieces out."""

    def index(self, texts: Mapping[str, str], folder: Path) -> None:
        """Make the documents, texts by name, searchable; what is to be kept is written into the folder."""

    def search(self, question: str, limit: int) -> Found:
        """Return the pieces that a question is about, at most ``limit``."""
