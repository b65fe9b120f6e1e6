"""A question and the turns before it into whether it turns to another subject, and a topic into words that name one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.embed import Embedder

from .ellipsis import bare
from .follow_up import LONGEST_QUESTION
from .mentions import Turn, mentions
from .pronouns import refers
from .question import ask
from .words import stem, words

NEAR = 0.3
"""The cosine with an earlier question from which a question that names something new is taken to go on from it.

On half of the dialogues of `benchmarks/follow_up_search.py`, questions with a new name that were put into the middle of
another conversation (193) kept their ranking to .98 of nDCG@10, and to .83 without this rule; those that a person left
as they were (37 of CAsT) to .87 instead of .78. It costs 1.2 points of the gap that CAsT closes: some do leave a topic
out, `What is the Christmas Lottery?`.
"""


_FULL_NAME = re.compile(
    r"(?:(?:and|but|so),? )?who(?:['’]s| is| was)"
    r"(?-i: [A-Z][\w’'-]+(?: (?:(?:al|bin|de|der|la|of|van|von) ){0,2}[A-Z][\w’'-]+)+)",
    re.IGNORECASE,
)
"""What asks who somebody is whose name is told in full: `Who is Helen Strang?`."""


def fitting(question: str, wordings: Sequence[str], turns: Sequence[Turn], embedder: Embedder) -> list[str]:
    """Give the wordings of a question that it may mean: only its own where it turns to another subject."""
    several = len(set(wordings)) > 1 and wordings[0] == question
    return [question] if several and turns_away(question, turns, embedder) else list(wordings)


def turns_away(question: str, turns: Sequence[Turn], embedder: Embedder) -> bool:
    """Say whether a question names something new and is near to neither the last questions nor the first.

    `Who painted the Mona Lisa?` after `Who is Nikki Haley?` is about something else, and needs none of her. Nor does
    who somebody is, told by a full name, depend on anything, however near it is.
    """
    if not turns or refers(question) or not _names(question) - _spoken_of(turns):
        return False
    if _FULL_NAME.fullmatch(bare(question)):
        return True
    said = dict.fromkeys(turn.question[:LONGEST_QUESTION] for turn in (*turns[:2], turns[-1]))
    own, *others = embedder.embed_queries([question, *said])
    return max(float(own @ other) for other in others) < NEAR


def subject(topic: str, turns: Sequence[Turn]) -> str:
    """Keep of the words of a topic those that name something in an earlier turn; all of them where none does.

    >>> subject("Lavrov call fighters", [Turn("What did Lavrov call the fighters?", "")])
    'Lavrov fighters'
    """
    named = set[str]()
    for turn in turns if topic else ():
        asked = ask(turn.question)
        named |= asked.names | asked.focus
        named |= {word.stem for mention in mentions(turn) for word in words(mention.text)}
    return " ".join(word for word in topic.split() if stem(word) in named) or topic


def _names(question: str) -> set[str]:
    """Give the stems of the names in a question, of which the word that opens it is none."""
    return {w.stem for w in words(question) if w.capitalised and w.start > 0 and not w.stops and len(w.text) > 1}


def _spoken_of(turns: Sequence[Turn]) -> set[str]:
    return {word.stem for turn in turns for text in (turn.question, turn.short) for word in words(text)}
