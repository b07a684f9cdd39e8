"""Folders and library → the files to be indexed, each with its text and what is corrected of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vectorstore.corrections import CORRECTIONS, merged, read_corrections
from vectorstore.datatypes import PageStart, Provenance
from vectorstore.errors import DocumentError
from vectorstore.extraction import Extractor, extract
from vectorstore.kept_documents import text_checksum
from vectorstore.library import Library
from vectorstore.readers import find_files, read_file


@dataclass(frozen=True)
class Source:
    """A file to be indexed: its path relative to the indexed folder, its text, and corrections to what it says.

    ``own`` is the file's name in the library, None for a document of another root; ``pages`` are where the file's pages
    begin in the text, none where its format has no pages.
    """

    path: str
    text: str
    overrides: Provenance | None = None
    own: str | None = None
    pages: tuple[PageStart, ...] = ()

    @cached_property
    def checksum(self) -> str:
        """What a manifest knows the text by."""
        return text_checksum(self.text)


def read_sources(
    roots: Sequence[Path], library: Library | None = None, *, extractor: Extractor = extract
) -> tuple[tuple[Source, ...], tuple[DocumentError, ...]]:
    """Return the readable files of folders (or single files) and of a library, and an error for each that can't be read.

    A path is relative to its folder. Where an earlier root or the library has a document of that name already, the
    folder's own name stands in front of the later one's. A file ``provenance.toml`` of a root corrects what its
    documents say of themselves; the library's corrections win, and what it hides is left out. ``extractor`` reads web
    pages, Word documents and PDFs; that of an ExtractionCache reads each only once.
    """
    hidden = library.hidden() if library else ()
    corrections = library.corrections() if library else {}
    sources: list[Source] = []
    errors: list[DocumentError] = []
    named: dict[str, _Place] = {}
    for place in _places(roots, library):
        try:
            read = read_file(place.path, extractor=extractor)
            path = _name(place, named)
        except DocumentError as error:
            errors.append(error)
            continue
        # One that is hidden keeps its name, or another document would take it and be hidden with it
        if place.own or path not in hidden:
            said = merged(place.overrides, corrections.get(path))
            sources.append(Source(path, read.text, said, place.own, read.pages))
    return tuple(sorted(sources, key=lambda source: source.path)), tuple(errors)


@dataclass(frozen=True, slots=True)
class _Place:
    """A file found: the folder it is named in, its path there, and what the folder or the library knows of it."""

    folder: Path
    path: Path
    name: str
    overrides: Provenance | None
    own: str | None = None


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
        for path in paths:
            if owners[path] is root and not (library and path.is_relative_to(library.folder)):
                name = path.relative_to(folder).as_posix()
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
