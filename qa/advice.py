"""A question that no quote answers into what else to ask."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import Hit

from .keywords import spoken_of
from .question import ASKING, AUXILIARY
from .words import words

YES_OR_NO = "A quote seldom says yes or no: ask who, what, when, where or how many instead."
SUMMARY = "Quotewise quotes, and does not sum up, compare or translate: ask for one thing that the documents say."
TALK = "Ask for something that your documents say: who, what, when, where or how many."
KEYWORDS = "The closest passages speak of it: ask what you want to know about it."

_OPENS_YES_OR_NO = AUXILIARY | {"am", "ca", "wo"}
"""What a question for yes or no begins with; of `can't` and `won't`, `ca` and `wo` are left."""

_SUMMARY = re.compile(
    r"""(?:please\s+)? (?:(?:can|could|would|will)\s+you\s+(?:please\s+)?)? (?:
    (?:summari[sz]e|sum\s+up|paraphrase|rewrite|translate|compare)\b
    | (?:(?:give|write|make)\s+(?:me\s+)?|what(?:\s+is|\s+are|['’]s)\s+)?
      (?:an?\s+|the\s+|some\s+)? (?:short\s+|brief\s+)?
      (?:summary|overview|gist|tl;?\s*dr|(?:main|key)\s+(?:points?|ideas?|topics?|takeaways?|findings?))\b
    | what(?:\s+is|\s+are|['’]s)\s+(?:it|this|these|(?:the|this|that|these|my)\s+\w+)\s+about\W*$)""",
    re.IGNORECASE | re.VERBOSE,
)
_TALK = re.compile(
    r"""(?:(?:ok(?:ay)?|oh|ah|no|yes)[\s.,!]+)?
    (?: hi | hello | hey | good\s+(?:morning|day|afternoon|evening)
    | (?:thanks|thank\s+you|thx)(?:\s+for\s+.{1,40})? | ok(?:ay)?
    | really | wow | great | nice | cool | interesting | i\s+see | hm+ | yes | no
    | (?:please\s+)?(?:tell\s+me\s+more|go\s+on)
    | help(?:\s+me)? | bye | test | how\s+are\s+you | who\s+are\s+you
    | what\s+(?:are\s+you|can\s+(?:you|i)\s+(?:do|ask)) | how\s+does\s+(?:this|it)\s+work )
    (?:\s+(?:there|(?:very|so)\s+much))? [\s.,!?]*""",
    re.IGNORECASE | re.VERBOSE,
)


def advice(question: str, hits: Sequence[Hit]) -> str:
    """Say what to ask instead of a question that a quote could hardly answer; "" for any other.

    Such are those for yes or no, for a summary, keywords that the `hits` speak of, and what is only said to a person.
    """
    asked = question.strip()
    if is_talk(asked):
        return TALK
    if _SUMMARY.match(asked):
        return SUMMARY
    lower = [re.sub(r"n['’]t$", "", word.text.lower()) for word in words(asked)]
    if spoken_of(asked, hits):
        return KEYWORDS
    return YES_OR_NO if lower and lower[0] in _OPENS_YES_OR_NO and not ASKING.intersection(lower) else ""


def is_talk(question: str) -> bool:
    """Say whether a question is only said to a person, as *hello* and *tell me more* are: it is about nothing."""
    return _TALK.fullmatch(question.strip()) is not None
