"""File → text, exactly as it decodes: no line ending, blank or mark is changed."""

from pathlib import Path

from vectorstore.errors import DocumentError

SUFFIXES = (".txt", ".md")
# The longer marks first: that of UTF-32 begins like that of UTF-16
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_SIZE_LIMIT = 50 * 1024 * 1024


def find_files(root: Path) -> list[Path]:
    """Return the readable files of a folder and the folders below it, by path; a file gives itself."""
    if root.is_file():
        return [root]
    found = (path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(root).parts))


def read_text(path: Path) -> str:
    """Return a file's text, every code point as it stands (a byte-order mark too); raise DocumentError if it has none.

    A byte-order mark decides (UTF-8, UTF-16, UTF-32); without one UTF-8 is tried, then what charset-normalizer
    finds among the encodings that Chinese offices use.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise DocumentError(
            f"{path}: only {' and '.join(SUFFIXES)} files can be read. Save the document as UTF-8 text."
        )
    try:
        size = path.stat().st_size
        if size > _SIZE_LIMIT:
            raise DocumentError(f"{path}: {size // 2**20} MB is more than one document may have. Split it.")
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: can't be read ({error.strerror}). Check the path and its permissions.") from error
    text = _decode(path, data)
    if not text.strip("\ufeff \t\r\n\f\v\u3000\xa0"):
        raise DocumentError(f"{path}: the file is empty. Remove it or put the document's text into it.")
    return text


def _decode(path: Path, data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(path, data, encoding)
    if b"\x00" in data[:4096]:
        raise DocumentError(f"{path}: this is not a text file. Save the document as UTF-8 text and try again.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _guess(path, data, error)


def _strict(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(path, error) from error


def _guess(path: Path, data: bytes, error: UnicodeDecodeError) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=["gb18030", "big5"]).best()
    if best is None:
        raise _undecodable(path, error) from error
    return _strict(path, data, best.encoding)


def _undecodable(path: Path, error: UnicodeDecodeError) -> DocumentError:
    return DocumentError(
        f"{path}: the text can't be decoded (byte {error.start}: {error.reason}); "
        "UTF-8, UTF-16, GB18030 and Big5 were tried. Save it as UTF-8 and try again."
    )
