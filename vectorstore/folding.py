"""A folded view of a text: the same length, so that every place in the view is the same place in the text."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_BLANKS = dict.fromkeys([0x00A0, 0x1680, *range(0x2000, 0x200C), 0x202F, 0x205F, 0x3000, 0xFEFF], 0x20)
_LOWER = {code: code + 32 for code in [*range(ord("A"), ord("Z") + 1), *range(0xFF21 - 0xFEE0, 0xFF3B - 0xFEE0)]}
_QUOTES = {ord("「"): ord("“"), ord("」"): ord("”"), ord("『"): ord("“"), ord("』"): ord("”")}
_WIDTH_TABLE = {**_WIDE, **_BLANKS, **_QUOTES}
_CASE_TABLE = {**_WIDTH_TABLE, **_LOWER, **{code: code - 0xFEE0 + 32 for code in range(0xFF21, 0xFF3B)}}


def fold_width(text: str) -> str:
    """Return the text with full-width forms and odd blanks as ASCII, one code point for one code point.

    NFKC is not used: it turns ``①`` into ``1`` and ``…`` into three points, which moves every later place.
    """
    return text.translate(_WIDTH_TABLE)


def fold(text: str) -> str:
    """Return ``fold_width(text)`` with ASCII letters in lower case, for matching."""
    return text.translate(_CASE_TABLE)
