"""Questions for what somebody claimed, warned of or announced, asked as *What did X say?*: how many are still answered.

    python -m benchmarks.sayings --shared FOLDER

Taken are SQuAD's questions of that form with another verb, each beside its own paragraph: as it is, with *say* read as
it is, and with *say* as it is asked now (`qa/saying.py`). Then with *say* beside other paragraphs of its article that
name who is asked about and tell what he said: most do not answer the question, and none is its own.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.reader import Example, alone, is_right, read_examples, set_reader
from qa import Answer
from qa.answer import drafted
from qa.read import SpanReader
from qa.saying import said_as

OTHERS = 2
"""Other paragraphs that a question is asked beside at most."""

_VERBS = """admit advise announce argue ask claim complain conclude confirm declare demand explain insist note predict
    promise propose recommend report request reveal state stress suggest threaten urge warn"""
_ASKED = re.compile(rf"(what (?:did|does|do) .*?)\b(?:{'|'.join(_VERBS.split())})\b(.*)", re.IGNORECASE)


def main() -> None:
    """Ask all of them and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    examples = read_examples(parser.parse_args().shared / "data" / "reader" / "squad_train.json.gz")
    asked = [example for example in examples if _ASKED.fullmatch(example.question)]
    reader = set_reader()
    own = [(e, list(ways(reader, e.question, e.paragraph))) for e in asked]
    other = [list(ways(reader, e.question, text)) for e in asked for text in others(e, examples)]
    print(f"{len(own)} questions beside their own paragraph, {len(other)} times beside another")
    for place, name in enumerate(("as it is", "say, as it is", "say, as asked now")):
        right = sum(not a[place].abstained and is_right(a[place].short, e.golds) for e, a in own)
        answered = sum(not a[place].abstained for _, a in own)
        tempted = sum(not a[place].abstained for a in other)
        print(f"{name:20} right {right:4}   answered {answered:4}   answered beside another {tempted:4}")


def others(example: Example, examples: Iterable[Example]) -> list[str]:
    """Draw paragraphs of the article in which who is asked about says something else."""
    text = says(example.question)
    paragraphs = dict.fromkeys(other.paragraph for other in examples if other.article == example.article)
    found = [p for p in paragraphs if p != example.paragraph and said_as(text, alone(p, ""))]
    return random.Random(example.question).sample(found, min(OTHERS, len(found)))


def says(question: str) -> str:
    """Put *say* for the question's verb."""
    return _ASKED.sub(r"\1say\2", question, count=1)


def ways(reader: SpanReader, question: str, text: str) -> Iterator[Answer]:
    """Ask a question as it is, with *say*, and with that as it is asked now."""
    hits = alone(text, "")
    yield reader.read(question, hits)
    yield reader.read(says(question), hits)
    yield drafted(says(question), hits, reader)


if __name__ == "__main__":
    main()
