"""An index → the folders it consists of: one that lies upon another shows that one's documents but for some, and its own.

To add a document to ten thousand would otherwise mean to write all their vectors and words again. An upper layer is written
anew at every change and stays small; when it has grown, all becomes one folder again (a log-structured merge, O'Neil,
Cheng, Gawlick & O'Neil 1996, with two levels).
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vectorstore.datatypes import ChromaServer, Collections
from vectorstore.dense import DenseIndex, is_damaged
from vectorstore.errors import StoreError
from vectorstore.index_parts import FILES, VECTORS, WORDS
from vectorstore.kept_documents import check_kept
from vectorstore.manifests import (
    Base,
    Manifest,
    digest_of_files,
    digest_of_manifest,
    is_of_this_program,
    read_manifest,
)
from vectorstore.sources import Source, identity_of
from vectorstore.stamps import STAMP, state_of

# Upon fewer documents nothing is laid: to write them again takes half a second (benchmarks/growth.py). An upper layer has so
# many, with those that are gone from the one below, or an eighth of that one's where these are fewer.
LEAST_BELOW, MOST_CHANGED, SHARE = 200, 64, 8
# Layers up to this size (vectors and words counted twice) are compared with their digests whenever they are opened: 0.3 s
_CHECKED_BYTES = 400_000_000
# To open a file takes as long as to read so many bytes
_OPENING = 50_000
# Layers that this process found sound, with what their files were known by then
_SOUND: dict[Path, dict[str, str | None]] = {}
_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class Layer:
    """A folder of an index, what its manifest says of its own documents, and the ids of those that are not shown.

    ``stamps`` are those that files have by now, where the manifest has others or none, by the ids of their documents.
    """

    folder: Path
    manifest: Manifest
    hidden: frozenset[str] = frozenset()
    stamps: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What is said of each document that is shown, with the stamp its file has by now."""
        return [
            {**entry, STAMP: self.stamps[entry["id"]]} if entry["id"] in self.stamps else entry
            for entry in self.manifest.documents
            if entry["id"] not in self.hidden
        ]


@dataclass(frozen=True, slots=True)
class Upon:
    """What is written upon another index: the sources that it doesn't hold as they are, and how many it does."""

    base: Base
    own: tuple[Source, ...]
    shown: int


def layers_of(index: Path) -> tuple[Layer, ...]:
    """Return the layers of an index, the lowest first; raise StoreError where one is not what was written."""
    own = read_manifest(index)
    if own.base is None:
        return (Layer(index, own),)
    below = index.parent / own.base.index
    try:
        as_written = digest_of_manifest(below) == own.base.manifest
    except OSError as error:
        raise StoreError(f"{below} can't be read ({error}). Run `plans index` to build the index again.") from error
    if not as_written:
        raise StoreError(f"{below} is not what was written. Run `plans index` to build the index again.")
    return (Layer(below, read_manifest(below), frozenset(own.base.hidden), own.base.stamps), Layer(index, own))


def whole_manifest(layers: Sequence[Layer]) -> Manifest:
    """Return what the manifest of one folder with the documents of all layers would say, with the digests of the last."""
    *below, last = layers
    if not below:
        return last.manifest
    shown = [entry for layer in layers for entry in layer.shown]
    return replace(
        last.manifest,
        documents=tuple(sorted(shown, key=lambda entry: str(entry["path"]))),
        chunks=sum(entry["chunks"] for entry in shown),
        sentences=sum(entry["sentences"] for entry in shown),
    )


def check_layer(layer: Layer) -> None:
    """Raise StoreError where texts, outlines, chunks, word indexes or graphs of vectors are not what was written."""
    folder, manifest = layer.folder, layer.manifest
    for entry in manifest.documents:
        check_kept(folder, entry)
    damaged = ", ".join(FILES) if manifest.files not in ("", digest_of_files(folder, FILES)) else ""
    if manifest.vectors and is_damaged(folder / VECTORS, manifest.vectors):
        damaged = VECTORS
    if damaged:
        raise StoreError(
            f"{folder}: {damaged}: damaged, not what was written. Run `plans index` to build the index again."
        )


def check_small_layer(layer: Layer) -> None:
    """Raise StoreError as ``check_layer``; large ones would take seconds at every start and are left to `plans doctor`.

    One whose files are as they were when this process found it sound is not read again.
    """
    try:
        files = _files_if_small(layer)
    except OSError as error:
        raise StoreError(
            f"{layer.folder} can't be read ({error}). Run `plans index` to build the index again."
        ) from error
    if files is None or _SOUND.get(layer.folder) == files:
        return
    check_layer(layer)
    if len(_SOUND) >= _REMEMBERED:
        _SOUND.clear()
    # What was just written may be written again without its times telling
    if None not in files.values():
        _SOUND[layer.folder] = files


def _files_if_small(layer: Layer) -> dict[str, str | None] | None:
    """Return what a layer's files are known by, by their paths; None for a layer that is not checked when opened."""
    now, weight = time.time(), 2 * len(layer.manifest.documents) * _OPENING
    files: dict[str, str | None] = {}
    # The largest parts come first, to see soon that it is not small
    for part in (VECTORS, *WORDS.values(), ""):
        for folder, _, names in os.walk(layer.folder / part):
            for path in (os.path.join(folder, name) for name in names):
                said = os.stat(path)
                files[path] = state_of(said, now)
                weight += said.st_size
                if weight > _CHECKED_BYTES:
                    return None
    return files


def _check_collections(manifest: Manifest, server: ChromaServer) -> None:
    """Raise StoreError where a server doesn't hold all vectors of a layer: another one may be set, or it has lost them."""
    where = Collections(server, manifest.collections)
    for name, size in (("chunks", manifest.chunks), ("sentences", manifest.sentences)):
        if DenseIndex.open(where, name).count() != size:
            raise StoreError(f"{server.url} doesn't hold the vectors of {name} that were written. Write them anew.")


def upon(sources: Sequence[Source], below: Layer, model: str, *, server: ChromaServer | None) -> Upon | None:
    """Return what to write upon the lowest layer of an index; None where all is to be written.

    ``server`` is where the vectors are wanted. Raise StoreError where that layer is not what was written.
    """
    entries = below.manifest.documents
    elsewhere = bool(below.manifest.collections) != bool(server)
    if len(entries) < LEAST_BELOW or not is_of_this_program(below.manifest, model) or elsewhere:
        return None
    held = {identity_of(entry): entry for entry in entries}
    wanted = {source.identity: source for source in sources}
    own = tuple(source for identity, source in wanted.items() if identity not in held)
    hidden = tuple(entry["id"] for identity, entry in held.items() if identity not in wanted)
    if len(own) + len(hidden) > min(MOST_CHANGED, len(entries) // SHARE):
        return None
    check_small_layer(below)
    if server:
        _check_collections(below.manifest, server)
    kept = ((entry, wanted[identity].stamp) for identity, entry in held.items() if identity in wanted)
    stamps = {entry["id"]: stamp for entry, stamp in kept if stamp and stamp != entry.get(STAMP)}
    base = Base(below.folder.name, digest_of_manifest(below.folder), hidden, stamps)
    return Upon(base, own, len(entries) - len(hidden))
