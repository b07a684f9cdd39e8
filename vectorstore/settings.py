"""What an operator can change, read once at the doors from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "PLANS_"
NONE = "none"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the index is and which models answer; ``None`` is the bundled one.

    ``store``: the folder of the index; ``model``: a sentence-transformers folder or name; ``reader``: a reader's folder,
    or ``none``; ``history``: the file that keeps conversations, ``None`` where none are kept.
    """

    store: Path
    model: str | None = None
    reader: str | None = None
    history: Path | None = None


def read_settings(environment: Mapping[str, str] | None = None, *, store: Path | None = None) -> Settings:
    """Return the settings ``PLANS_STORE``, ``PLANS_MODEL``, ``PLANS_READER`` and ``PLANS_HISTORY``.

    A ``store`` given on a command line wins.
    """
    values = os.environ if environment is None else environment
    named, model, reader, history = (
        values.get(f"{PREFIX}{n}", "").strip() for n in ("STORE", "MODEL", "READER", "HISTORY")
    )
    folder = store or (Path(named) if named else default_store())
    return Settings(folder.expanduser().absolute(), model or None, reader or None, _history(history))


def default_store() -> Path:
    """Return the folder in the user's cache that holds the index of the bundled plans."""
    from platformdirs import user_cache_path

    return user_cache_path("plan-assistant", appauthor=False) / "store"


def _history(named: str) -> Path | None:
    """Return the file that keeps conversations: the one named, none where it is ``none``, else one in the user's data folder."""
    if named == NONE:
        return None
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("plan-assistant", appauthor=False) / "conversations.sqlite3"
