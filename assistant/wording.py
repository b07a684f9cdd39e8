"""The language spoken → the product's words: the one place that other modules ask for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from assistant.words_chinese import Words
from assistant.words_english import EnglishWords

Language = Literal["zh", "en"]
LANGUAGES: dict[Language, Words] = {"zh": Words(), "en": EnglishWords()}
_spoken: ContextVar[Language] = ContextVar("language", default="zh")


def say() -> Words:
    """Return the words of the language spoken in this context; Chinese where none was chosen."""
    return LANGUAGES[_spoken.get()]


def spoken() -> Language:
    """Return the language spoken in this context."""
    return _spoken.get()


def speak(language: Language) -> None:
    """Choose the language for what runs in this context from here on."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Choose the language for a block."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)
