"""Folders and library → the files to be indexed, each with its text and what is corrected of it."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from vectorstore.corrections import CORRECTIONS, merged, read_corrections
from vectorstore.datatypes import Extracted, PageStart, Provenance
from vectorstore.errors import DocumentError, StoreError
from vectorstore.extraction import Extractor, extract
from vectorstore.kept_documents import pages_of, text_checksum
from vectorstore.library import Library
from vectorstore.readers import find_files, read_file
from vectorstore.stamps import STAMP, stamp_of


@dataclass(frozen=True)
class Source:
    """A file to be indexed: its path relative to the indexed folder, its text, and corrections to what it says.

    ``own`` is the file's name in the library, None for a document of another root; ``pages`` are where the file's pages
    begin in the text, none where its format has no pages. ``stamp`` is what the file is known by until it is changed.
    """

    path: str
    text: str
    overrides: Provenance | None = None
    own: str | None = None
    pages: tuple[PageStart, ...] = ()
    stamp: str | None = field(default=None, compare=False)

    @cached_property
    def checksum(self) -> str:
        """What a manifest knows the text by."""
        return text_checksum(self.text)

    @cached_property
    def entry(self) -> dict[str, Any]:
        """What a manifest says of the file, beside what was recognized in it."""
        pages = [[page.start, page.number] for page in self.pages]
        return {
            "path": self.path,
            "overrides": asdict(self.overrides) if self.overrides else None,
            "sha256": self.checksum,
            **({"own": self.own} if self.own else {}),
            **({"pages": pages} if pages else {}),
            **({STAMP: self.stamp} if self.stamp else {}),
        }

    @cached_property
    def identity(self) -> bytes:
        """All that makes the document what it is."""
        return identity_of(self.entry)


class UnchangedSource(Source):
    """A file that is as it was when it was indexed: its text is read when it is asked for."""

    def __init__(
        self,
        path: str,
        checksum: str,
        *,
        overrides: Provenance | None,
        own: str | None,
        pages: tuple[PageStart, ...],
        stamp: str | None,
        read: Callable[[], str],
    ) -> None:
        """``read`` gives the text, of which the checksum is known."""
        known = {"path": path, "overrides": overrides, "own": own, "pages": pages, "stamp": stamp}
        # The class is frozen, and its text no value
        self.__dict__.update(known, checksum=checksum, _read=read)

    @property
    def text(self) -> str:
        """The file's text; raise DocumentError where it can't be read, StoreError where it was changed meanwhile."""
        text: str = self.__dict__["_read"]()
        if text_checksum(text) != self.checksum:
            raise StoreError(
                f"{self.path} was changed while it was being indexed. Run `plans index` (with the same --store) again; "
                "the index used until now is untouched."
            )
        return text


def identity_of(entry: Mapping[str, Any]) -> bytes:
    """Return all that makes a document of an index what it is, of what its manifest says of it."""
    what = [entry["path"], entry["overrides"], entry.get("own"), entry.get("pages"), entry["sha256"]]
    return json.dumps(what, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def read_sources(
    roots: Sequence[Path],
    library: Library | None = None,
    *,
    extractor: Extractor = extract,
    known: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[tuple[Source, ...], tuple[DocumentError, ...]]:
    """Return the readable files of folders (or single files) and of a library, and an error for each that can't be read.

    A path is relative to its folder. Where an earlier root or the library has a document of that name already, the
    folder's own name stands in front of the later one's. A file ``provenance.toml`` of a root corrects what its
    documents say of themselves; the library's corrections win, and what it hides is left out. ``extractor`` reads web
    pages, Word documents and PDFs; that of an ExtractionCache reads each only once. ``known`` is what a manifest says of
    files, by their stamps: those that are as they were are not read.
    """
    hidden = library.hidden() if library else ()
    corrections = library.corrections() if library else {}
    sources: list[Source] = []
    errors: list[DocumentError] = []
    named: dict[str, _Place] = {}
    for place in _places(roots, library):
        try:
            stamp = stamp_of(place.path)
            entry = known.get(stamp) if known and stamp else None
            read = _Read(read_file(place.path, extractor=extractor) if entry is None else entry, stamp)
            path = _name(place, named)
        except DocumentError as error:
            errors.append(error)
            continue
        # One that is hidden keeps its name, or another document would take it and be hidden with it
        if place.own or path not in hidden:
            said = merged(place.overrides, corrections.get(path))
            sources.append(_made(place, path, said, read, extractor))
    return tuple(sorted(sources, key=lambda source: source.path)), tuple(errors)


@dataclass(frozen=True, slots=True)
class _Place:
    """A file found: the folder it is named in, its path there, and what the folder or the library knows of it."""

    folder: Path
    path: Path
    name: str
    overrides: Provenance | None
    own: str | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """What a file holds, or what a manifest says of it where it is as it was; and its stamp."""

    found: Extracted | Mapping[str, Any]
    stamp: str | None


def _made(place: _Place, path: str, said: Provenance | None, read: _Read, extractor: Extractor) -> Source:
    if isinstance(read.found, Extracted):
        return Source(path, read.found.text, said, place.own, read.found.pages, read.stamp)
    return UnchangedSource(
        path,
        read.found["sha256"],
        overrides=said,
        own=place.own,
        pages=pages_of(read.found),
        stamp=read.stamp,
        read=lambda: read_file(place.path, extractor=extractor).text,
    )


def _places(roots: Sequence[Path], library: Library | None) -> list[_Place]:
    """Return the files of the roots, each once, in the outermost root that has it, then those of the library."""
    found = {root: find_files(_existing(root)) for root in (root.absolute() for root in roots)}
    owners: dict[Path, Path] = {}
    for root in sorted(found, key=lambda root: len(root.parts)):
        for path in found[root]:
            owners.setdefault(path, root)
    places = []
    for root, paths in found.items():
        folder = root if root.is_dir() else root.parent
        said = read_corrections(folder / CORRECTIONS)
        above = len(os.path.join(folder, ""))
        for path in paths:
            if owners[path] is root and not (library and path.is_relative_to(library.folder)):
                name = str(path)[above:].replace(os.sep, "/")
                places.append(_Place(folder, path, name, said.get(name)))
    own = library.files() if library else ()
    return places + [_Place(path.parent, path, path.name, None, path.name) for path in own]


def _existing(root: Path) -> Path:
    if not root.exists():
        raise DocumentError(f"{root}: no such file or folder. Check the path.")
    return root


def _name(place: _Place, named: dict[str, _Place]) -> str:
    """Return a file's path, with so many folders in front as tell it from other roots' documents, and note its id."""
    above = place.folder.parts[1:]
    for depth in range(len(above) + 1):
        path = "/".join([*above[len(above) - depth :], place.name])
        other = named.setdefault(path.rpartition(".")[0], place)
        if other is place:
            return path
        if other.folder == place.folder:
            raise DocumentError(
                f"{place.path}: only its suffix tells it from {other.path}. Rename or remove one of them."
            )
    raise DocumentError(f"{place.path}: other folders have documents of the same name. Rename it.")
