"""What can be wrong with the world outside, each message with its remedy.

::

    PlansError            (vectorstore.errors)
    └── HistoryError      kept conversations can't be read or written
"""

from vectorstore.errors import PlansError


class HistoryError(PlansError):
    """Kept conversations can't be read or written."""
