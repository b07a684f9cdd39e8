"""Files a person adds → their own documents: kept byte for byte, corrected, hidden, taken out and brought back."""

import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from filelock import FileLock, Timeout

from vectorstore.corrections import CORRECTIONS, NOTHING, corrections_text, read_corrections
from vectorstore.datatypes import Provenance
from vectorstore.errors import DocumentError
from vectorstore.extraction import Extractor, extract
from vectorstore.file_kinds import SUFFIX_OF, kind_of
from vectorstore.kept_documents import text_checksum
from vectorstore.readers import SUFFIXES, read_file

HIDDEN = "library.json"
_REMOVED = "removed"
_LOCK = ".lock"
_LOCK_SECONDS = 30.0
_DRAFT = ".draft"
# File systems take 255; the rest is for the number that a removed document may need
_NAME_BYTES = 240
# What Windows reads as a device or forbids in a name; a library may be copied there
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)")
_FORBIDDEN = re.compile(r'[<>:"|?*]')


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a file that was given to a library: the path that holds it, and whether it was there before."""

    path: str
    outcome: Literal["added", "replaced", "known"]


class Library:
    """A folder of a person's own documents, and what they say of all documents of a store.

    Beside the documents lie ``removed/`` (what was taken out or replaced), ``library.json`` (documents of other roots
    that are hidden) and ``provenance.toml`` (corrections). A document's path is its file's name. Whatever changes the
    folder holds its lock, and every file is replaced whole. Raises DocumentError where the folder can't be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def files(self) -> tuple[Path, ...]:
        """Return the own documents' files, by name; none where the folder is not there."""
        return tuple(self.folder / name for name in self.names())

    def names(self) -> tuple[str, ...]:
        """Return the names of the own documents' files, in order."""
        return _names(self.folder)

    def removed(self) -> tuple[str, ...]:
        """Return the names of the own documents that were taken out or replaced, and can be brought back."""
        return _names(self.folder / _REMOVED)

    def hidden(self) -> tuple[str, ...]:
        """Return the paths of the documents of other roots that are left out."""
        path = self.folder / HIDDEN
        try:
            return _texts(json.loads(path.read_text(encoding="utf-8"))["hidden"])
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DocumentError(
                f"{path}: the list of hidden documents can't be read ({error!r}). Correct the file, "
                'which is {"hidden": ["path", …]}, or delete it: every document is shown then.'
            ) from error

    def corrections(self) -> dict[str, Provenance]:
        """Return what was corrected, by document path; a field that is None is as the text says it."""
        return read_corrections(self.folder / CORRECTIONS)

    def holding(self, data: bytes) -> str | None:
        """Return the name of the own document that has these bytes, None where there is none."""
        digest = sha256(data).digest()
        alike = sorted(entry.name for entry in _documents(self.folder) if entry.stat().st_size == len(data))
        return next((name for name in alike if sha256((self.folder / name).read_bytes()).digest() == digest), None)

    def add(
        self, name: str, data: bytes, *, held: MutableMapping[str, str] | None = None, extractor: Extractor = extract
    ) -> Added:
        """Keep a file as an own document, byte for byte, under its name made harmless; return what became of it.

        A text of ``held`` is ``known``, under whatever name: the documents of the store, own ones by name and others by path,
        by the checksums of their texts. What is added is noted there. Without it the own files are compared byte by byte.
        Another file of this name is ``replaced`` and goes to the removed ones. A web page that is named 计划.doc is kept as
        计划.html. ``extractor`` reads what is no plain text. Raise DocumentError where the file can't be read as a document.
        """
        name = file_name(name)
        with self._changing():
            if held is None and (known := self.holding(data)):
                return Added(known, "known")
            name = _named_as_it_is(name, data)
            with self._draft(name) as draft:
                _write(draft, data)
                checksum = text_checksum(_text(draft, extractor))
                if held and checksum in held:
                    return Added(held[checksum], "known")
                self._check_suffix(name)
                replaced = (self.folder / name).exists()
                if replaced:
                    self._keep_removed(name)
                os.replace(draft, self.folder / name)
                _keep_names(self.folder)
        if held is not None:
            _note(held, checksum, name, replaced=replaced)
        return Added(name, "replaced" if replaced else "added")

    def remove(self, path: str) -> None:
        """Take a document out: an own one goes to the removed ones, any other is hidden."""
        with self._changing():
            own = self._own(path)
            if own:
                self._keep_removed(own)
                (self.folder / own).unlink()
                return
        self.hide(path)

    def hide(self, path: str) -> None:
        """Leave a document of another root out of the index."""
        with self._changing():
            self._write_hidden({*self.hidden(), path})

    def restore(self, path: str) -> None:
        """Bring a removed or a hidden document back; raise DocumentError where there is none of this path."""
        with self._changing():
            if path in self.hidden():
                self._write_hidden(set(self.hidden()) - {path})
            elif path in self.removed():
                self._put_back(path)
            else:
                raise DocumentError(f"{path}: no document of this path was removed or hidden. See `plans documents`.")

    def correct(self, path: str, said: Provenance) -> None:
        """Keep what is said of a document instead of what its text says; with nothing said, its text counts again."""
        with self._changing():
            corrections = {**self.corrections(), path: said}
            kept = {name: said for name, said in corrections.items() if said != NOTHING}
            self._replace(CORRECTIONS, _encoded(kept, path))

    def _own(self, path: str) -> str | None:
        """Return the name of the own document that a path means; its folder's name may stand in front."""
        names = set(self.names())
        return next((name for name in (path, path.removeprefix(f"{self.folder.name}/")) if name in names), None)

    def _check_suffix(self, name: str) -> None:
        stem = os.path.splitext(name)[0]
        beside = (other for other in _names(self.folder, beginning=stem) if other != name)
        if other := next((other for other in beside if os.path.splitext(other)[0] == stem), None):
            raise DocumentError(f"{name}: only its suffix tells it from {other}, which is kept already. Rename it.")

    def _keep_removed(self, name: str) -> None:
        """Copy a document to the removed ones, under a name that is free there."""
        data = (self.folder / name).read_bytes()
        folder = self.folder / _REMOVED
        folder.mkdir(exist_ok=True)
        target = next(path for path in _numbered(folder / name) if not path.exists() or path.read_bytes() == data)
        self._replace(f"{_REMOVED}/{target.name}", data)

    def _put_back(self, name: str) -> None:
        if (self.folder / name).exists():
            raise DocumentError(f"{name}: a document of this name is there. Remove it first, then restore this one.")
        self._check_suffix(name)
        os.replace(self.folder / _REMOVED / name, self.folder / name)
        _keep_names(self.folder)

    def _write_hidden(self, paths: set[str]) -> None:
        self._replace(HIDDEN, json.dumps({"hidden": sorted(paths)}, indent=1).encode("ascii"))

    def _replace(self, name: str, data: bytes) -> None:
        """Write a file of the library whole, or leave it as it was."""
        with self._draft("file") as draft:
            _write(draft, data)
            os.replace(draft, self.folder / name)
            _keep_names((self.folder / name).parent)

    @contextmanager
    def _draft(self, name: str) -> Iterator[Path]:
        """Yield where a file of this name can be written out of sight."""
        with TemporaryDirectory(prefix=f"{_DRAFT}-", dir=self.folder) as folder:
            yield Path(folder) / name

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the library's lock; say what to do where the folder can't be written or is being changed for long."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / _LOCK, timeout=_LOCK_SECONDS):
                # What a killed process left: nobody else writes while the lock is held
                for left in self.folder.glob(f"{_DRAFT}-*"):
                    shutil.rmtree(left, ignore_errors=True)
                yield
        except Timeout as error:
            raise DocumentError(f"{self.folder} is being changed by another process. Try again in a moment.") from error
        except OSError as error:
            raise DocumentError(
                f"{self.folder}: the documents can't be written ({error.strerror or error}). Free space, see that the "
                "folder can be written, or name another one with PLANS_DOCUMENTS."
            ) from error


def file_name(name: str) -> str:
    """Return a name without folders, control characters and what a system might read as something else.

    Raise DocumentError where nothing is left of it or it is longer than a file system takes.
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(char for char in last if unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp"))
    tame = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", plain)).strip(" .")
    stem, _, suffix = tame.rpartition(".")
    stem = _DEVICES.sub(r"_\g<0>", stem.strip(" ."))
    if not stem or not suffix:
        raise DocumentError(f"{name!r} isn't the name of a document. Give it one that ends in {' or '.join(SUFFIXES)}.")
    if any(unicodedata.category(char) == "Cs" for char in stem + suffix):
        raise DocumentError(f"{name!r}: this name isn't valid Unicode. Rename the file.")
    if len(f"{stem}.{suffix}".encode()) > _NAME_BYTES:
        raise DocumentError(f"{name!r}: this name is longer than {_NAME_BYTES} bytes. Shorten it.")
    return f"{stem}.{suffix}"


def _names(folder: Path, *, beginning: str = "") -> tuple[str, ...]:
    """Return the names of a folder's documents, or of those that begin so, in order."""
    return tuple(sorted(entry.name for entry in _documents(folder, beginning=beginning)))


def _documents(folder: Path, *, beginning: str = "") -> list[os.DirEntry[str]]:
    """Return the entries of a folder that are documents; none where it is not there."""
    try:
        with os.scandir(folder) as entries:
            # Names first: there may be thousands
            return [entry for entry in entries if entry.name.startswith(beginning) and _is_document(entry)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DocumentError(f"{folder} can't be read ({error.strerror}). Check its permissions.") from error


def _is_document(entry: os.DirEntry[str]) -> bool:
    suffix = os.path.splitext(entry.name)[1].lower()
    return suffix in SUFFIXES and not entry.name.startswith(".") and entry.is_file()


def _note(held: MutableMapping[str, str], checksum: str, name: str, *, replaced: bool) -> None:
    """Note an own document among those that are held, and no longer the one it has replaced."""
    if replaced:
        for gone in [other for other, holder in held.items() if holder == name]:
            del held[gone]
    held[checksum] = name


def _named_as_it_is(name: str, data: bytes) -> str:
    """Return a file's name, with the suffix of what it is where its own is that of no document that can be read."""
    suffix = Path(name).suffix.lower()
    if suffix in SUFFIXES:
        return name
    try:
        return str(Path(name).with_suffix(SUFFIX_OF[kind_of(data, suffix)]))
    except DocumentError as error:
        raise DocumentError(f"{name}: {error}") from error


def _text(path: Path, extractor: Extractor) -> str:
    """Return a file's text; raise DocumentError, about the file's name, where it can't be read as a document."""
    try:
        return read_file(path, extractor=extractor).text
    except DocumentError as error:
        raise DocumentError(str(error).replace(str(path), path.name)) from error


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _keep_names(folder: Path) -> None:
    """Bring a folder's names to the disk, as ``_write`` does a file's bytes, where the system opens folders at all."""
    if os.name == "posix":
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def _numbered(path: Path) -> Iterator[Path]:
    """Yield a path, then with (2), (3) … behind its stem."""
    yield path
    yield from (path.with_name(f"{path.stem} ({number}){path.suffix}") for number in count(2))


def _encoded(corrections: Mapping[str, Provenance], path: str) -> bytes:
    try:
        return corrections_text(corrections).encode("utf-8")
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"{path!r}: what is said of it isn't valid Unicode ({error.reason}). Type it again."
        ) from error


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("hidden is not a list of paths")
    return tuple(sorted(values))
