"""What an operator can change, read once at the doors from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vectorstore.datatypes import ChromaServer

PREFIX = "PLANS_"
NONE = "none"
_DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the index is and which models answer; ``None`` is the bundled one.

    ``store``: the folder of the index; ``model``: a sentence-transformers folder or name; ``reader``: a reader's folder,
    or ``none``; ``history``: the file that keeps conversations, ``None`` where none are kept; ``library``: the folder of
    the user's own documents, ``None``: a folder in the store; ``server``: the Chroma server that keeps the vectors, ``None``
    where they are kept in the store.
    """

    store: Path
    model: str | None = None
    reader: str | None = None
    history: Path | None = None
    library: Path | None = None
    server: ChromaServer | None = None

    @property
    def library_folder(self) -> Path:
        """The folder of the user's own documents."""
        return self.library or self.store / _DOCUMENTS


def read_settings(environment: Mapping[str, str] | None = None, *, store: Path | None = None) -> Settings:
    """Return the settings ``PLANS_STORE``, ``PLANS_MODEL``, ``PLANS_READER``, ``PLANS_HISTORY``, ``PLANS_DOCUMENTS``, ``PLANS_CHROMA_…``.

    A ``store`` given on a command line wins.
    """
    values = os.environ if environment is None else environment
    named, model, reader, history, library, url, token, tenant = (
        values.get(f"{PREFIX}{n}", "").strip()
        for n in ("STORE", "MODEL", "READER", "HISTORY", "DOCUMENTS", "CHROMA_URL", "CHROMA_TOKEN", "CHROMA_TENANT")
    )
    server = ChromaServer(url, token or None, tenant or None) if url else None
    folder = (store or (Path(named) if named else default_store())).expanduser().absolute()
    return Settings(folder, model or None, reader or None, _history(history), _library(library, folder), server)


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


def _library(named: str, store: Path) -> Path:
    """Return the folder of own documents: the one named, else one in the user's data folder, else one in a named store.

    Two stores never share one that was not named: what is added to the one is not answered from the other.
    """
    if named:
        return Path(named).expanduser().absolute()
    if store != default_store().absolute():
        return store / _DOCUMENTS
    from platformdirs import user_data_path

    return user_data_path("plan-assistant", appauthor=False) / _DOCUMENTS
