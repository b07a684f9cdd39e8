"""What a benchmark prints, kept in a file named after the commit."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import wraps
from io import TextIOBase
from pathlib import Path
from typing import ParamSpec, TypeVar

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("results")

_P = ParamSpec("_P")
_T = TypeVar("_T")


def kept(name: str) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Return a decorator: what the benchmark prints also goes to ``results/NAME-COMMIT.txt``, when it has come to its end."""

    def decorate(benchmark: Callable[_P, _T]) -> Callable[_P, _T]:
        @wraps(benchmark)
        def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            # As it was begun: files may change while it runs
            path = result_file(f"{name}-{commit()}.txt")
            both = _Both()
            with redirect_stdout(both):
                value = benchmark(*args, **kwargs)
            path.write_text("".join(both.parts), encoding="utf-8")
            return value

        return run

    return decorate


def result_file(name: str, folder: Path | None = None) -> Path:
    """Return the place of a result file, in a folder that is there."""
    folder = folder or RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def commit() -> str:
    """Return the commit of this checkout, with ``-dirty`` where files differ from it; a copy without git has none."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=7", "--exclude=*"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "no-commit"


class _Both(TextIOBase):
    """Prints, and keeps what was printed."""

    def __init__(self) -> None:
        self._screen = sys.stdout
        self.parts: list[str] = []

    def write(self, text: str) -> int:
        # First, because it refuses bytes, by which click finds out that this takes text
        written = self._screen.write(text)
        self.parts.append(text)
        return written

    def flush(self) -> None:
        self._screen.flush()

    def isatty(self) -> bool:
        return False
