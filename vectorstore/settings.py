"""What an operator can change, read once at the doors from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "PLANS_"


@dataclass(frozen=True, slots=True)
class Settings:
    """``store``: the folder of the index; ``model``: a sentence-transformers folder or name, ``None`` the bundled one."""

    store: Path
    model: str | None = None


def read_settings(environment: Mapping[str, str] | None = None, *, store: Path | None = None) -> Settings:
    """Return the settings: ``PLANS_STORE``, ``PLANS_MODEL``; ``store`` given on a command line wins."""
    values = os.environ if environment is None else environment
    named = values.get(f"{PREFIX}STORE", "").strip()
    folder = store or (Path(named) if named else default_store())
    return Settings(folder.expanduser().absolute(), values.get(f"{PREFIX}MODEL", "").strip() or None)


def default_store() -> Path:
    """Return the folder in the user's cache that holds the index of the bundled plans."""
    from platformdirs import user_cache_path

    return user_cache_path("plan-assistant", appauthor=False) / "store"
