"""A follow-up and the turns before it into a question that stands alone, and into further candidates for it."""

from __future__ import annotations

from collections.abc import Sequence

from index.embed import Embedder

from .advice import is_talk
from .ellipsis import beside, complete
from .listed import listed
from .mentions import Turn
from .pronouns import replace_pronouns
from .question import AUXILIARY
from .topic import TELLING, content_words, left_out
from .types import Answer
from .words import words

LONGEST_QUESTION = 400
"""Characters; a longer question stands alone."""

LONGEST_ANTECEDENT = 8
"""Words of an earlier answer that a pronoun can stand for."""

CLAUSE = AUXILIARY | {"not"}
"""Words, in lower case, that make an answer a clause."""

TURNS = 12
"""Earlier turns that are searched for an antecedent."""

TOPIC = 6
"""Words of an earlier question that say its topic."""


def candidates(question: str, history: Sequence[Answer], embedder: Embedder | None = None) -> list[str]:
    """Word a question in the ways in which it may stand alone: as resolved, with the last topic, with the first one,
    and as it was asked, with what it possibly and with what it probably leaves out.

    What the documents hold decides between them (`qa/choose.py`), where a wording that comes twice counts twice; an
    opening question is only itself. What is left out is told better with an embedder (`qa/topic.py`).
    """
    turns = earlier(history)
    if not turns or len(question) > LONGEST_QUESTION or not words(question):
        return [question]
    possibly, probably = left_out(question, turns, embedder)
    stand_alone = _stand_alone(question, turns, probably)
    topics = [_with_topic(stand_alone, turn) for turn in (turns[0], turns[-1])]
    return [stand_alone, *topics, *(beside(question, topic) for topic in (possibly, probably))]


def resolve(question: str, history: Sequence[Answer]) -> str:
    """Make a question stand alone: `How old is she?` after `Who is Nikki Haley?` is `How old is Nikki Haley?`.

    A question that stands alone already comes back as it is, character for character.
    """
    return candidates(question, history)[0]


def _stand_alone(question: str, turns: Sequence[Turn], left_out: Sequence[str]) -> str:
    """Complete a question or replace its pronouns; where nothing fits one, put what it leaves out behind it."""
    if whole := complete(question, turns[0]):
        return whole
    replaced, unresolved = replace_pronouns(question, turns)
    if not unresolved or replaced != question:
        return replaced
    return beside(question, left_out) if left_out else _with_topic(question, turns[0])


def earlier(history: Sequence[Answer]) -> list[Turn]:
    """Take what can be referred to of the earlier turns, the latest first: not of one that was about nothing."""
    turns = [
        Turn(answer.asked_as or answer.question, _antecedent(answer), listed(answer), answer.question)
        for answer in history
        if not is_talk(answer.question[:LONGEST_QUESTION])
    ]
    return [turn for turn in turns[::-1] if words(turn.question[:LONGEST_QUESTION])][:TURNS]


def _antecedent(answer: Answer) -> str:
    """Take the short answer of a turn where it can stand for a pronoun: it is short, and no clause.

    Nobody means `Syria and Russia not to use chemical weapons` by `them`.
    """
    short = " ".join(answer.short.split()).strip(" .,;:!?\"“”'")
    said = [word.text for word in words(short)]
    return short if 0 < len(said) <= LONGEST_ANTECEDENT and not CLAUSE.intersection(said) else ""


def _with_topic(question: str, turn: Turn) -> str:
    """Add the words of the last question that say its subject."""
    own = {word.stem for word in words(question)}
    topic = [word.text for word in content_words(turn.question) if word.stem not in own | TELLING]
    return beside(question, topic[-TOPIC:])
