"""A store's folder → the documents it is of, without reading again the files that are as they were."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vectorstore.errors import DocumentError, StoreError
from vectorstore.extraction_cache import ExtractionCache
from vectorstore.index_in_use import is_as_pointed_to, pointed_to
from vectorstore.layers import layers_of, whole_manifest
from vectorstore.library import Library
from vectorstore.sources import Source, read_sources
from vectorstore.stamps import by_stamp

_EXTRACTED = "extracted.sqlite3"


def sources_of(
    folder: Path,
    roots: Sequence[Path],
    library: Library | None,
    *,
    extractions: ExtractionCache | None = None,
    anew: bool = False,
) -> tuple[tuple[Source, ...], tuple[DocumentError, ...]]:
    """Return the documents that a store in a folder is of, and an error for each file left out.

    Files that are as they were when the index in use was made are not read, unless ``anew``.
    """
    extractor = (extractions or extractions_of(folder)).extract
    return read_sources(roots, library, extractor=extractor, known=None if anew else _known_files(folder))


def _known_files(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Return what the index in use says of files, by their stamps; nothing where that is damaged."""
    try:
        pointed = pointed_to(folder)
        if pointed is None or not is_as_pointed_to(pointed):
            return {}
        return by_stamp(whole_manifest(layers_of(pointed.index)).documents)
    except StoreError:
        return {}


def extractions_of(folder: Path) -> ExtractionCache:
    """Return what was read from the web pages, Word documents and PDFs of the store in a folder."""
    return ExtractionCache(folder / _EXTRACTED)
