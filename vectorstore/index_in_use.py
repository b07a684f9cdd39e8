"""A store's folder → the index in use, found by a pointer file, checked, and replaced in one step under a lock."""

import json
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from filelock import FileLock, Timeout

from vectorstore.datatypes import ChromaServer, Collections
from vectorstore.dense import forget_collections
from vectorstore.errors import StoreError
from vectorstore.layers import check_layer, check_small_layer, layers_of, whole_manifest
from vectorstore.manifests import MANIFEST, Manifest, digest_of_manifest, is_of_this_program, read_manifest

if sys.platform == "win32":
    fcntl = None  # a file that is open can't be deleted there
else:
    import fcntl

POINTER = "current"
# Locked, shared, by every process that has the index open
_HELD = "held"
_LOCK = "lock"
_MARK = "server-mark"
_LOCK_SECONDS = 600.0
# Numbers the builds of this process
_BUILDS = count()


@dataclass(frozen=True, slots=True)
class Pointed:
    """What the pointer says: the folder of the index in use, the digest of its manifest (empty: not said), what it was made of."""

    index: Path
    manifest: str
    roots: tuple[str, ...] = ()


class _Write(Protocol):
    """Writes an index into a new folder, from the vectors of the one before where it is given."""

    def __call__(self, folder: Path, *, before: Path | None, collections: Collections | None) -> Manifest: ...


def current_index(folder: Path) -> Path | None:
    """Return the folder of the index in use, or None; raise StoreError when the store's folder is not one."""
    pointed = pointed_to(folder)
    return pointed.index if pointed else None


def pointed_to(folder: Path) -> Pointed | None:
    """Return what the pointer of a store says, None where there is none; raise StoreError as ``current_index`` does."""
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder} is a file, not a folder. Name another folder with --store or PLANS_STORE.")
    try:
        values = json.loads((folder / POINTER).read_text(encoding="utf-8"))
        index = folder / str(values["index"])
        return Pointed(index, str(values.get("manifest", "")), tuple(map(str, values.get("roots", ()))))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{folder / POINTER} can't be read ({error}). Delete this file and run `plans index` again."
        ) from error


def read_usable(folder: Path, pointed: Pointed, model: str, server: ChromaServer | None) -> Manifest:
    """Return the manifest of the index in use; raise StoreError where this program, model or setting can't use it."""
    manifest = _read_checked(pointed)
    if manifest.model != model:
        raise StoreError(
            f"{folder} was indexed with the model {manifest.model}, but {model} is set. Run "
            f"`plans index --store {folder}` to index it again, or set PLANS_MODEL back."
        )
    if not is_of_this_program(manifest, model):
        raise StoreError(
            f"{folder} was indexed by another version of this program. "
            f"Run `plans index --store {folder}` to index it again."
        )
    if bool(manifest.collections) != bool(server):
        lie = (
            "in a Chroma server, but PLANS_CHROMA_URL is not set"
            if not server
            else "in it, but PLANS_CHROMA_URL is set"
        )
        raise StoreError(
            f"The vectors of {folder} lie {lie}. Set it as it was, or run `plans index --store {folder}` to move them."
        )
    return manifest


def _read_checked(pointed: Pointed) -> Manifest:
    """Return the manifest of the index in use; raise StoreError where its files are not what was written."""
    layers = layers_of(pointed.index)
    if not is_as_pointed_to(pointed):
        raise StoreError(
            f"{pointed.index / MANIFEST} is not what was written. Run `plans index` to build the index again."
        )
    for layer in layers:
        check_small_layer(layer)
    return whole_manifest(layers)


def is_as_pointed_to(pointed: Pointed | None) -> bool:
    """Tell whether the manifest of the index in use is the one that the pointer was written for."""
    try:
        return pointed is not None and pointed.manifest in ("", digest_of_manifest(pointed.index))
    except OSError:
        return False


def check_digests(index: Path) -> None:
    """Raise StoreError where texts, outlines, chunks, word indexes or graphs of vectors are not what was written."""
    for layer in layers_of(index):
        check_layer(layer)


def is_current(pointed: Pointed, wanted: str, server: ChromaServer | None) -> bool:
    """Tell whether the index in use is the one asked for, sound, and has its vectors where they are wanted."""
    try:
        manifest = read_manifest(pointed.index)
        if manifest.fingerprint != wanted or bool(manifest.collections) != bool(server):
            return False
        _read_checked(pointed)
    except StoreError:
        return False
    return True


def locked(folder: Path) -> FileLock:
    """Return the store's lock, to be held while it is written; raise StoreError where that can't be."""
    current_index(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"{_LOCK}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"{folder} can't be written ({error.strerror}). Name another folder with --store or PLANS_STORE."
        ) from error
    return _HelpfulLock(folder / _LOCK, timeout=_LOCK_SECONDS)


def replace_index(folder: Path, name: str, write: _Write, *, anew: bool, server: ChromaServer | None) -> Path:
    """Write a new index, switch the pointer to it, and clear away what is neither in use nor the one before.

    ``write`` is given the new folder and, unless all is to be made ``anew``, the index whose vectors it may copy.
    """
    pointed = pointed_to(folder)
    before = pointed.index if pointed else None
    try:
        index = _written(folder, name, write, None if anew or not is_as_pointed_to(pointed) else before, server)
    except OSError as error:
        raise StoreError(
            f"{folder}: the index can't be written ({error.strerror or error}). Free space or choose another folder "
            "with --store or PLANS_STORE; the index used until now is untouched."
        ) from error
    kept = {part for whole in (index, before) if whole is not None for part in _folders_of(whole)}
    for old in folder.glob("index-*"):
        if old not in kept and not _is_held(old):
            shutil.rmtree(old, ignore_errors=True)
    if server:
        prefixes = [_collections_of(there, server).prefix for there in folder.glob("index-*")]
        forget_collections(server, _mark_of(folder), prefixes)
    return index


def _folders_of(index: Path) -> tuple[Path, ...]:
    """Return the folders an index consists of, as far as that can be told."""
    try:
        base = read_manifest(index).base
    except StoreError:
        base = None
    return (index.parent / base.index, index) if base else (index,)


class Hold:
    """Keeps an index from being cleared away for as long as this lives, where the system can do that."""

    def __init__(self, index: Path) -> None:
        self._file: int | None = None
        if fcntl is not None:
            with suppress(FileNotFoundError):  # cleared away already: what can't be read says so itself
                self._file = os.open(index / _HELD, os.O_RDONLY)
                fcntl.flock(self._file, fcntl.LOCK_SH)

    def __del__(self) -> None:
        """Let the index go."""
        if self._file is not None:
            os.close(self._file)


def _is_held(index: Path) -> bool:
    """Tell whether some process has an index open."""
    if fcntl is None or not (index / _HELD).exists():
        return False
    try:
        with (index / _HELD).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _collections_of(index: Path, server: ChromaServer) -> Collections:
    """Return the collections of an index in a server; their names tell indexes and stores apart."""
    return Collections(server, f"{_mark_of(index.parent)}{sha256(index.name.encode()).hexdigest()[:12]}-")


def _mark_of(folder: Path) -> str:
    """Return what the names of a store's collections in a server begin with, made once and kept in the store."""
    path = folder / _MARK
    if not path.exists():
        draft = folder / f"{_MARK}.new"
        draft.write_text(f"plans-{token_hex(6)}-", encoding="ascii")
        draft.replace(path)
    return path.read_text(encoding="ascii")


def _written(folder: Path, name: str, write: _Write, before: Path | None, server: ChromaServer | None) -> Path:
    """Return the folder of an index written from the one before, or without it where that can't be done, and in use."""
    if before is not None:
        # Only time is lost: what is wrong with the index before is not wrong with the next
        with suppress(StoreError):
            return _write_into(_new_folder(folder, name), write, before, server)
    return _write_into(_new_folder(folder, name), write, None, server)


def _write_into(index: Path, write: _Write, before: Path | None, server: ChromaServer | None) -> Path:
    """Write an index and switch the pointer to it; nothing is left of one that fails.

    What was written to a server is cleared away by the next that succeeds.
    """
    try:
        index.mkdir()
        (index / _HELD).touch()
        manifest = write(index, before=before, collections=_collections_of(index, server) if server else None)
        _point_to(index, manifest.roots)
    except (OSError, StoreError):
        shutil.rmtree(index, ignore_errors=True)
        raise
    return index


def _new_folder(folder: Path, name: str) -> Path:
    """Return a folder name never used before: Chroma can't open the same folder twice after it was deleted."""
    names = (folder / f"index-{name}-{os.getpid()}-{number}" for number in _BUILDS)
    return next(index for index in names if not index.exists())


def _point_to(index: Path, roots: tuple[str, ...]) -> None:
    folder = index.parent
    draft = folder / f"{POINTER}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"index": index.name, "manifest": digest_of_manifest(index), "roots": roots}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, folder / POINTER)


class _HelpfulLock(FileLock):
    def __enter__(self) -> "_HelpfulLock":
        try:
            super().__enter__()
        except Timeout as error:
            raise StoreError(
                f"{Path(self.lock_file).parent} is being indexed by another process. Wait for it and try again."
            ) from error
        return self
