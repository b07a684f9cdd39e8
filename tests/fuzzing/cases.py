"""How many cases a property gets of those that the profile in force gives."""

from collections.abc import Callable

from hypothesis import settings


def share(of: float, *, least: int = 3) -> Callable[[Callable], Callable]:
    """Return a decorator that gives a slow property this share of the profile's cases, rounded, and ``least`` at least."""
    return settings(max_examples=max(least, round(settings.default.max_examples * of)))


def share_when_small(of: float) -> Callable[[Callable], Callable]:
    """Return a decorator that gives a property this share of a small profile's cases, and all of a thorough one's."""
    return share(1 if settings.default.max_examples > 1000 else of)
