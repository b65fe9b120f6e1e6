"""English text into `index/vocabulary.tiktoken`, a byte-level BPE vocabulary in tiktoken's own file format.

    python -m training.train_vocabulary FOLDER/data

Reads the paragraphs of SQuAD train, the two retrieval collections and the 100,000 passages of `scale` (never a set
that is measured on), trains with the `tokenizers` library on exactly our pre-tokenization pattern, writes each token
with its rank (the order of the merges), and checks that tiktoken then gives the same tokens as the trained tokenizer.
Deterministic: the same text gives the same file. The printed SHA-256 belongs into `index/tokens.py`.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import tiktoken
from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
from tokenizers.trainers import BpeTrainer

from index.tokens import PATTERN, VOCABULARY

VOCABULARY_SIZE = 16_384
SAMPLE = 20  # one text in so many is encoded with both libraries


def main() -> None:
    """Train, write, check."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shared_data", type=Path, help="the folder with reader/, retrieval/ and scale/")
    parser.add_argument("--output", type=Path, default=VOCABULARY)
    arguments = parser.parse_args()

    texts = list(read_texts(arguments.shared_data))
    print(f"{len(texts):,} texts, {sum(map(len, texts)):,} characters")
    tokenizer = train(texts)
    ranks = ranks_of(tokenizer)
    arguments.output.write_bytes(to_tiktoken_format(ranks))
    print(f"{len(ranks):,} tokens, {arguments.output.stat().st_size:,} bytes in {arguments.output}")
    print(f"sha256 {hashlib.sha256(arguments.output.read_bytes()).hexdigest()}")
    sample = texts[::SAMPLE]
    print(f"{count_differences(tokenizer, ranks, sample)} of {len(sample):,} texts encoded differently by tiktoken")


def read_texts(folder: Path) -> Iterator[str]:
    """Yield every distinct text, in a fixed order."""
    seen = set()
    for text in _read_all(folder):
        if text not in seen:
            seen.add(text)
            yield text


def _read_all(folder: Path) -> Iterator[str]:
    with gzip.open(folder / "reader" / "squad_train.json.gz", "rt", encoding="utf-8") as file:
        for article in json.load(file)["data"]:
            yield from (paragraph["context"] for paragraph in article["paragraphs"])
    for path in (
        folder / "retrieval" / "scifact" / "corpus.jsonl.gz",
        folder / "retrieval" / "cranfield" / "corpus.jsonl.gz",
        folder / "scale" / "passages.jsonl.gz",
    ):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from (json.loads(line)["text"] for line in file)


def train(texts: list[str]) -> Tokenizer:
    """Train byte-level BPE on the texts, cut by our pattern."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = Sequence(
        [Split(Regex(PATTERN), behavior="isolated"), ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    trainer = BpeTrainer(
        vocab_size=VOCABULARY_SIZE, special_tokens=[], initial_alphabet=ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def ranks_of(tokenizer: Tokenizer) -> dict[bytes, int]:
    """Give each token its rank: first the 256 bytes, then the merges in the order in which they were learnt."""
    letters = _bytes_by_letter()
    learnt = json.loads(tokenizer.to_str())["model"]["merges"]
    merged = ("".join(pair if isinstance(pair, list) else pair.split(" ")) for pair in learnt)
    tokens = [bytes([byte]) for byte in range(256)] + [bytes(letters[letter] for letter in token) for token in merged]
    return {token: rank for rank, token in enumerate(dict.fromkeys(tokens))}


def _bytes_by_letter() -> dict[str, int]:
    """Undo the byte-level alphabet, which shows each byte as one printable letter (GPT-2's table)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}


def to_tiktoken_format(ranks: dict[bytes, int]) -> bytes:
    """Write one line a token: base64, space, rank."""
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items())


def count_differences(tokenizer: Tokenizer, ranks: dict[bytes, int], texts: list[str]) -> int:
    """Count the texts to which tiktoken gives other tokens than the trained tokenizer does."""
    encoding = tiktoken.Encoding("quotewise", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
    letters = _bytes_by_letter()
    differences = 0
    for text in texts:
        trained = [bytes(letters[letter] for letter in token) for token in tokenizer.encode(text).tokens]
        differences += trained != encoding.decode_tokens_bytes(encoding.encode_ordinary(text))
    return differences


if __name__ == "__main__":
    main()
