"""What an operator can change, read once at the doors from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "PLANS_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the index is and which models answer; ``None`` is the bundled one.

    ``store``: the folder of the index; ``model``: a sentence-transformers folder or name; ``reader``: a reader's folder,
    or ``none``.
    """

    store: Path
    model: str | None = None
    reader: str | None = None


def read_settings(environment: Mapping[str, str] | None = None, *, store: Path | None = None) -> Settings:
    """Return the settings: ``PLANS_STORE``, ``PLANS_MODEL``, ``PLANS_READER``; a ``store`` given on a command line wins."""
    values = os.environ if environment is None else environment
    named, model, reader = (values.get(f"{PREFIX}{name}", "").strip() for name in ("STORE", "MODEL", "READER"))
    folder = store or (Path(named) if named else default_store())
    return Settings(folder.expanduser().absolute(), model or None, reader or None)


def default_store() -> Path:
    """Return the folder in the user's cache that holds the index of the bundled plans."""
    from platformdirs import user_cache_path

    return user_cache_path("plan-assistant", appauthor=False) / "store"
