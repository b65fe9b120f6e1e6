"""Keywords made of questions into how often they are answered, beside the questions themselves.

    python -m benchmarks.keywords --shared FOLDER [--questions 300]

Taken are the questions of `squad2_dev_tune` of the form *What is X?* or *Who was X?*, where X has no verb that shows;
the keywords are X without its article. They are asked of one library with all paragraphs: as the whole question, as
keywords that are only read as they are typed, and as they are asked now (`qa/keywords.py`).
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.follow_up_reading import judged
from benchmarks.reader import library, read_examples, sampled
from index import Index
from qa import Answer, ask
from qa.keywords import keywords

_DEFINING = re.compile(r"(?:what|who)\s+(?:is|was|are|were)\s+(?:(?:the|an?)\s+)?(.+?)\??", re.IGNORECASE)
_VERB = re.compile(r"\b(?:called|named|known|used|\w+ing|\w+ed)\b", re.IGNORECASE)


def main() -> None:
    """Ask all of them in three ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    parser.add_argument("--questions", type=int, default=0, help="questions at most (default: all)")
    options = parser.parse_args()
    examples = read_examples(options.shared / "data" / "reader" / "squad2_dev_tune.json.gz")
    chosen = [example for example in examples if phrase(example.question)]
    with tempfile.TemporaryDirectory() as folder:
        index = library(Path(folder), examples)
        asked = [(example, list(ways(example.question, index))) for example in sampled(chosen, options.questions)]
    has = [[judged(example.golds, False, answer) for answer in answers] for example, answers in asked if example.golds]
    none = [answers for example, answers in asked if not example.golds]
    print(f"{len(has)} questions with an answer, {len(none)} without")
    for place, name in enumerate(("the whole question", "keywords, as they are typed", "keywords, as asked now")):
        right, answered = sum(reads[place].right for reads in has), sum(reads[place].answered for reads in has)
        tempted = sum(not answers[place].abstained for answers in none)
        print(f"{name:28} right {right:4}   answered {answered:4}   answered without an answer {tempted:4}")


def phrase(question: str) -> str:
    """Give the keywords of a question that asks what or who something is, or ""."""
    found = _DEFINING.fullmatch(question.strip())
    return keywords(found[1]) if found and not _VERB.search(found[1]) else ""


def ways(question: str, index: Index) -> Iterator[Answer]:
    """Ask a question whole, as keywords that are read as they are, and as keywords."""
    typed = phrase(question)
    yield ask(question, index=index)
    yield ask(typed, index=index, asked_as=typed)
    yield ask(typed, index=index)


if __name__ == "__main__":
    main()
