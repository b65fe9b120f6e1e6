"""Text into token counts, with tiktoken and a vocabulary of our own that needs no download."""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import lru_cache
from pathlib import Path

import tiktoken

from .errors import QuotewiseError

ENCODING = "quotewise"
"""The name of our own encoding; `training/train_vocabulary.py` makes its vocabulary."""

VOCABULARY = Path(__file__).with_name("vocabulary.tiktoken")
VOCABULARY_HASH = "c1c88bac46d8cc91aa03e57541a349bd93b47b5472f5e5894ec0f1c8932e6074"
"""SHA-256 of the file."""

PATTERN = r" ?[\p{L}\p{M}]{1,20}| ?\p{N}| ?[^\s\p{L}\p{M}\p{N}]|\s{1,20}"
"""What a token is part of: up to 20 letters, one digit or one sign, each with the space before it, or a run of spaces.

Every part is short, so counting takes linear time on any text; digits and signs stand alone, as they do in WordPiece
at most, so that a text has nearly always at least as many tokens here as the embedding model sees in it.
"""


class EncodingError(QuotewiseError):
    """The tiktoken encoding is unknown, cannot be fetched, or its vocabulary file is damaged."""


@lru_cache(maxsize=4)
def load_encoding(name: str = ENCODING) -> tiktoken.Encoding:
    """Load our own encoding, or any of tiktoken's by name, which tiktoken may download, once a process."""
    if name == ENCODING:
        return tiktoken.Encoding(ENCODING, pat_str=PATTERN, mergeable_ranks=_read_vocabulary(), special_tokens={})
    known = tiktoken.list_encoding_names()
    if name not in known:
        raise EncodingError(f'There is no encoding "{name}"; choose one of {", ".join([ENCODING, *known])}.')
    try:
        return tiktoken.get_encoding(name)
    except (OSError, ValueError, ImportError) as error:
        raise EncodingError(
            f'The encoding "{name}" cannot be fetched ({type(error).__name__}); '
            f'connect to the network once so that tiktoken can keep a copy, or use "{ENCODING}".'
        ) from error


def count_tokens(text: str, encoding: tiktoken.Encoding) -> int:
    """Count the tokens of a text; what looks like a special token ("<|endoftext|>") is text like any other."""
    return len(encoding.encode_ordinary(text))


def _read_vocabulary() -> dict[bytes, int]:
    # tiktoken.load.load_tiktoken_bpe reads the same format, but copies even a local file to a cache in the system's
    # temporary folder (unless the environment is changed), and reads that copy from then on.
    try:
        content = VOCABULARY.read_bytes()
        if hashlib.sha256(content).hexdigest() != VOCABULARY_HASH:
            raise EncodingError(f"{VOCABULARY} is not the vocabulary that was shipped; install Quotewise again.")
        pairs = (line.split() for line in content.splitlines())
        return {base64.b64decode(token): int(rank) for token, rank in pairs}
    except (OSError, ValueError, binascii.Error) as error:
        raise EncodingError(f"{VOCABULARY} cannot be read ({error}); install Quotewise again.") from error
