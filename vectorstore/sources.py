"""Folders and library → the files to be indexed, each with its text and what is corrected of it."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from vectorstore.corrections import CORRECTIONS, merged, read_corrections
from vectorstore.datatypes import Extracted, PageStart, Provenance
from vectorstore.errors import DocumentError, StoreError
from vectorstore.extraction import Extractor, extract
from vectorstore.kept_documents import pages_of, text_checksum
from vectorstore.library import Library
from vectorstore.readers import find_stamped, read_file
from vectorstore.stamps import STAMP, stamped

# What a manifest calls it
_IDENTITY = "identity"


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
        said = {
            "path": self.path,
            "overrides": asdict(self.overrides) if self.overrides else None,
            "sha256": self.checksum,
            **({"own": self.own} if self.own else {}),
            **({"pages": pages} if pages else {}),
        }
        return {**said, _IDENTITY: _digest(said), **({STAMP: self.stamp} if self.stamp else {})}

    @cached_property
    def identity(self) -> str:
        """A digest of all that makes the document what it is."""
        return identity_of(self.entry)


class UnchangedSource(Source):
    """A file that is as it was when it was indexed: its text is read when it is asked for."""

    def __init__(
        self,
        path: str,
        said: Mapping[str, Any],
        *,
        overrides: Provenance | None,
        own: str | None,
        stamp: str | None,
        read: Callable[[], str],
    ) -> None:
        """``said`` is what the manifest says of the file, ``read`` gives the text."""
        # The class is frozen, and its text no value
        self.__dict__.update(path=path, overrides=overrides, own=own, stamp=stamp, _said=said, _read=read)

    @cached_property
    def pages(self) -> tuple[PageStart, ...]:
        """Where the file's pages begin."""
        return pages_of(self.__dict__["_said"])

    @property
    def checksum(self) -> str:
        """What a manifest knows the text by."""
        checksum: str = self.__dict__["_said"]["sha256"]
        return checksum

    @cached_property
    def identity(self) -> str:
        """A digest of all that makes the document what it is."""
        said = self.__dict__["_said"]
        # All else is the text's
        as_said = said["path"] == self.path and said.get("own") == self.own
        unchanged = as_said and said["overrides"] is None and self.overrides is None
        return identity_of(said if unchanged else self.entry)

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


def identity_of(entry: Mapping[str, Any]) -> str:
    """Return a digest of all that makes a document of an index what it is, of what its manifest says of it."""
    identity: str = entry[_IDENTITY]
    return identity


def _digest(said: Mapping[str, Any]) -> str:
    what = [said["path"], said["overrides"], said.get("own"), said.get("pages"), said["sha256"]]
    return sha256(json.dumps(what, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


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
            entry = known.get(place.stamp) if known and place.stamp else None
            found = read_file(Path(place.file), extractor=extractor) if entry is None else entry
            path = _name(place, named)
        except DocumentError as error:
            errors.append(error)
            continue
        # One that is hidden keeps its name, or another document would take it and be hidden with it
        if place.own or path not in hidden:
            said = merged(place.overrides, corrections.get(path))
            sources.append(_made(place, path, said, found, extractor))
    return tuple(sorted(sources, key=lambda source: source.path)), tuple(errors)


@dataclass(frozen=True, slots=True)
class _Place:
    """A file found: the folder it is named in, its path there, its stamp, and what the folder or the library knows of it."""

    folder: Path
    file: str
    name: str
    stamp: str | None
    overrides: Provenance | None
    own: str | None = None


def _made(
    place: _Place, path: str, said: Provenance | None, found: Extracted | Mapping[str, Any], extractor: Extractor
) -> Source:
    """Return the source of a file, of what it holds, or of what a manifest says of it where it is as it was."""
    if isinstance(found, Extracted):
        return Source(path, found.text, said, place.own, found.pages, place.stamp)
    return UnchangedSource(
        path,
        found,
        overrides=said,
        own=place.own,
        stamp=place.stamp,
        read=partial(_text_of, place.file, extractor),
    )


def _text_of(file: str, extractor: Extractor) -> str:
    return read_file(Path(file), extractor=extractor).text


def _places(roots: Sequence[Path], library: Library | None) -> list[_Place]:
    """Return the files of the roots, each once, in the outermost root that has it, then those of the library."""
    found = {root: find_stamped(_existing(root)) for root in (root.absolute() for root in roots)}
    owners: dict[str, Path] = {}
    for root in sorted(found, key=lambda root: len(root.parts)):
        for file, _ in found[root]:
            owners.setdefault(os.path.normcase(file), root)
    own = os.path.normcase(os.path.join(library.folder, "")) if library else None
    places = []
    for root, files in found.items():
        folder = root if root.is_dir() else root.parent
        said = read_corrections(folder / CORRECTIONS)
        above = len(os.path.join(folder, ""))
        for file, stamp in files:
            owned = os.path.normcase(file)
            if owners[owned] is root and not (own and owned.startswith(own)):
                name = file[above:].replace(os.sep, "/")
                places.append(_Place(folder, file, name, stamp, said.get(name)))
    return places + (_own_places(library) if library else [])


def _own_places(library: Library) -> list[_Place]:
    above = os.path.join(library.folder, "")
    files = stamped(above + name for name in library.names())
    return [_Place(library.folder, file, name := file[len(above) :], stamp, None, name) for file, stamp in files]


def _existing(root: Path) -> Path:
    if not root.exists():
        raise DocumentError(f"{root}: no such file or folder. Check the path.")
    return root


def _name(place: _Place, named: dict[str, _Place]) -> str:
    """Return a file's path, with so many folders in front as tell it from other roots' documents, and note its id."""
    for path in _names(place):
        other = named.setdefault(path.rpartition(".")[0], place)
        if other is place:
            return path
        if other.folder == place.folder:
            raise DocumentError(
                f"{place.file}: only its suffix tells it from {other.file}. Rename or remove one of them."
            )
    raise DocumentError(f"{place.file}: other folders have documents of the same name. Rename it.")


def _names(place: _Place) -> Iterator[str]:
    """Yield a file's path with none, one, two … of the folders above in front."""
    yield place.name
    above = place.folder.parts[1:]
    yield from ("/".join([*above[len(above) - depth :], place.name]) for depth in range(1, len(above) + 1))
