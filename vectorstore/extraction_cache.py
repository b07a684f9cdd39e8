"""Files → texts, each file read once: what was extracted before is read from a SQLite file."""

import json
from hashlib import sha256
from pathlib import Path

from vectorstore.datatypes import Extracted, PageStart
from vectorstore.errors import DocumentError
from vectorstore.extraction import EXTRACTOR_VERSION, Extractor, StoppedError, extract
from vectorstore.file_kinds import Kind
from vectorstore.kept_values import KeptValues


class ExtractionCache:
    """What files were found to say, by their bytes; those met for the first time are given to the extractor behind.

    That a file can't be read is known too, unless it was stopped from outside. A cache that is damaged is set aside for a
    new one; where none can be written, every file is extracted.
    """

    def __init__(self, path: Path, extractor: Extractor = extract) -> None:
        self._kept = KeptValues(path, "texts", "extracted")
        self._extractor = extractor

    def extract(self, kind: Kind, data: bytes) -> Extracted:
        """Return a file's text and pages; raise DocumentError, which names no file, where it can't be read."""
        digest = sha256(f"{EXTRACTOR_VERSION}\0{kind}\0".encode() + data).digest()
        blob = self._kept.look_up([digest]).get(digest)
        known = self._extracted(kind, data) if blob is None else _decoded(blob)
        if blob is None:
            self._kept.add({digest: _encoded(known)})
        if isinstance(known, DocumentError):
            raise known
        return known

    def forget_unused(self) -> None:
        """Drop what neither the files met here nor the index before hold; call it when an index is in use."""
        self._kept.forget_unused()

    def _extracted(self, kind: Kind, data: bytes) -> Extracted | DocumentError:
        try:
            return self._extractor(kind, data)
        except StoppedError:
            raise
        except DocumentError as error:
            return error


def _encoded(extracted: Extracted | DocumentError) -> bytes:
    if isinstance(extracted, DocumentError):
        return json.dumps({"refusal": str(extracted)}).encode("ascii")
    pages = [[page.start, page.number] for page in extracted.pages]
    return json.dumps({"text": extracted.text, "pages": pages}).encode("ascii")


def _decoded(blob: bytes) -> Extracted | DocumentError:
    values = json.loads(blob)
    if "refusal" in values:
        return DocumentError(values["refusal"])
    return Extracted(values["text"], tuple(PageStart(start, number) for start, number in values["pages"]))
