"""What an index folder holds, and what names it: the manifest and its fingerprint."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from vectorstore.chunks import CHUNKS_VERSION
from vectorstore.corrections import make_provenance
from vectorstore.documents import OUTLINE_VERSION
from vectorstore.errors import StoreError
from vectorstore.kept_documents import pages_of, read_text
from vectorstore.sources import Source
from vectorstore.tokens import TOKENS_VERSION

# Bumped whenever the folder's layout changes: an older program can't read a newer index, nor the reverse.
FORMAT = 5
MANIFEST = "manifest.json"

_LATER = ("vectors", "files", "collections", "taken_over", "base")


@dataclass(frozen=True, slots=True)
class Base:
    """The index that another lies upon: its folder beside it, and the digest of its manifest.

    ``hidden`` are the ids of those of its documents that are gone or changed; ``stamps`` those that files of others have by
    now, by their ids: they had none, or have been touched.
    """

    index: str
    manifest: str
    hidden: tuple[str, ...] = ()
    stamps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index folder holds; written last, so that a folder with one is complete.

    ``program`` is what ``versions_of_program`` said. ``vectors`` is the digest of the vectors' graphs, empty in an index whose
    vectors can't be copied into the next; ``files`` that of the table of chunks and the word indexes. ``collections`` is what
    the names of its collections in a Chroma server begin with, empty where the vectors lie in the folder. ``taken_over`` is the
    number of documents that were not cut and encoded for it, but are as they were in the index before. An index that lies upon
    another, its ``base``, holds only what that one doesn't; ``fingerprint`` and ``roots`` are of all that both hold.
    """

    format: int
    fingerprint: str
    model: str
    program: str
    roots: tuple[str, ...]
    documents: tuple[dict[str, Any], ...]
    chunks: int
    sentences: int
    vectors: str = ""
    files: str = ""
    collections: str = ""
    taken_over: int = 0
    base: Base | None = None


def fingerprint(sources: Sequence[Source], model: str) -> str:
    """Return what names an index: a digest of texts, corrections, model and versions of the code that cut them."""
    digest = hashlib.sha256(json.dumps([versions_of_program(), model]).encode())
    for _, identity in sorted((source.path, source.identity) for source in sources):
        digest.update(identity.encode())
    return digest.hexdigest()[:16]


def versions_of_program() -> str:
    """Return another text wherever this program would cut the same documents another way, or keep them another way."""
    return f"{FORMAT}.{OUTLINE_VERSION}.{CHUNKS_VERSION}.{TOKENS_VERSION}"


def is_of_this_program(manifest: Manifest, model: str) -> bool:
    """Tell whether this program would write an index with this model as it was written."""
    return (manifest.program, manifest.model) == (versions_of_program(), model)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an index folder; raise StoreError when there is none that this program can read."""
    remedy = "Run `plans index` to build the index again."
    try:
        values = _parsed((folder / MANIFEST).read_bytes())
        if values["format"] != FORMAT:
            raise StoreError(
                f"{folder}: the index has format {values['format']}, this program reads {FORMAT}. {remedy}"
            )
        known = {part.name: values[part.name] for part in fields(Manifest) if part.name not in _LATER}
        later = {name: values[name] for name in _LATER if name in values}
        if below := later.get("base"):
            later["base"] = Base(below["index"], below["manifest"], tuple(below["hidden"]), below.get("stamps", {}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder}: the index is incomplete or damaged ({error}). {remedy}") from error
    lists = {"documents": tuple(known["documents"]), "roots": tuple(known["roots"])}
    return Manifest(**{**known, **lists, **later})


# That of a large index is read by every step of a change to it
@lru_cache(maxsize=4)
def _parsed(data: bytes) -> Any:
    return json.loads(data)


def digest_of_manifest(folder: Path) -> str:
    """Return the digest of an index's manifest; raise OSError where it can't be read."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def read_indexed_sources(folder: Path, manifest: Manifest) -> tuple[Source, ...]:
    """Return the texts kept in an index folder, as they were indexed."""
    sources = []
    for entry in manifest.documents:
        text, overrides = read_text(folder, entry), make_provenance(entry["overrides"])
        sources.append(Source(entry["path"], text, overrides, entry.get("own"), pages_of(entry)))
    return tuple(sources)


def digest_of_files(folder: Path, names: Sequence[str]) -> str:
    """Return a digest of some files of a folder, and of those in its folders of these names."""
    digest = hashlib.sha256()
    for path in sorted(
        path for name in names for path in (folder / name, *(folder / name).glob("*")) if path.is_file()
    ):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
