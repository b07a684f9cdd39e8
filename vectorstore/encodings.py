"""Bytes → characters: a byte-order mark decides, then UTF-8, then what fits among the encodings of Chinese offices."""

from vectorstore.errors import DocumentError

# The longer marks first: that of UTF-32 begins like that of UTF-16
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


# Of the library's measure of disorder, from 0 to 1. At its own 0.2 a short text that repeats a sentence in traditional
# characters (舉辦採茶節。, four times) is refused in every encoding.
_DISORDER = 0.25


def decode(data: bytes) -> str:
    """Return the characters of a text, its byte-order mark too; raise DocumentError (which names no file) if it is none."""
    marked = decode_marked(data)
    if marked is not None:
        return marked
    if b"\x00" in data[:4096]:
        raise DocumentError("this is not a text file. Save the document as UTF-8 text and try again.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _guess(data, error)


def decode_marked(data: bytes) -> str | None:
    """Return the characters of a text that begins with a byte-order mark, None of one that does not."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding)
    return None


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(error) from error


def _guess(data: bytes, error: UnicodeDecodeError) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=["gb18030", "big5"], threshold=_DISORDER).best()
    if best is None:
        raise _undecodable(error) from error
    return _strict(data, best.encoding)


def _undecodable(error: UnicodeDecodeError) -> DocumentError:
    return DocumentError(
        f"the text can't be decoded (byte {error.start}: {error.reason}); "
        "UTF-8, UTF-16, GB18030 and Big5 were tried. Save it as UTF-8 and try again."
    )
