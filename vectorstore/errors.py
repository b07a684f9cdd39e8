"""What can be wrong with the world outside, each message with its remedy.

::

    PlansError
    ├── DocumentError     a file can't be read as a document
    ├── ModelError        a model folder is missing or damaged
    └── StoreError        a store can't be opened or written
        └── NoIndexError  the store holds no index yet
"""


class PlansError(Exception):
    """Base of everything a person can be told: the message says what happened, where, and what to do."""


class DocumentError(PlansError):
    """A file can't be read as a document."""


class ModelError(PlansError):
    """A model folder is missing, damaged or not of the kind expected."""


class StoreError(PlansError):
    """A store can't be opened or written."""


class NoIndexError(StoreError):
    """The store holds no index yet."""
