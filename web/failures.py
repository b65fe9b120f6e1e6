"""What goes wrong into one sentence for a person."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import QuotewiseError

UNEXPECTED = "Something went wrong that should not have; the terminal that serves this page says what."

logger = logging.getLogger("quotewise")


@contextmanager
def caught() -> Iterator[list[str]]:
    """Turn what goes wrong into one sentence for a person; the traceback of a surprise goes to the log."""
    sentences: list[str] = []
    try:
        yield sentences
    except QuotewiseError as error:
        sentences.append(str(error))
    except Exception:
        logger.exception("unexpected error")
        sentences.append(UNEXPECTED)
