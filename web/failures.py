"""What goes wrong into one sentence for a person."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import QuotewiseError, UnknownDocument

UNEXPECTED = "Something went wrong that should not have; the terminal that serves this page says what."

GONE = "This document is no longer in the library; somebody has removed it, or its text has changed."

logger = logging.getLogger("quotewise")


@contextmanager
def caught(gone: str = "") -> Iterator[list[str]]:
    """Turn what goes wrong into one sentence for a person; the traceback of a surprise goes to the log.

    `gone` is said of a document that is not there, to whom its id and the commands of a terminal say nothing.
    """
    sentences: list[str] = []
    try:
        yield sentences
    except UnknownDocument as error:
        sentences.append(gone or str(error))
    except QuotewiseError as error:
        sentences.append(str(error))
    except Exception:
        logger.exception("unexpected error")
        sentences.append(UNEXPECTED)
