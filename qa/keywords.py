"""Keywords into the question that they may stand for: `hts` into `Who or what is HTS?`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import Hit

from .ellipsis import alone, bare
from .question import ASKING, AUXILIARY
from .words import words

MOST_WORDS = 8
"""Keywords at most; more words are a sentence, which is read as it is."""

LONGEST = 200
"""Characters of keywords at most."""

_REQUEST = re.compile(
    r"""(?:please\s+)? (?:(?:can|could|would)\s+you\s+(?:please\s+)?)?
    (?:(?:tell|teach)\s+me\s+(?:more\s+|something\s+)?about | explain | describe | define
    | (?:definition|meaning)\s+of | (?:give\s+me\s+)?info(?:rmation)?\s+(?:on|about) | (?:what|how)\s+about)
    \s+ (?P<rest>.+)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_SINGULAR = ("ss", "us", "is")
"""How words end that end with an s and are no plural."""


def spelled_out(question: str, hits: Sequence[Hit]) -> str:
    """Give the question that a few words may stand for; "" where they ask or say something themselves.

    The passages of the `hits` tell whether the words are a name: of a name is asked who or what it is, since *who*
    alone finds somebody near a place, too.
    """
    phrase = keywords(question, hits)
    if not phrase:
        return ""
    if name := _name(phrase, hits):
        return f"Who or what is {name}?"
    last = words(phrase)[-1].text.lower()
    return f"What {'are' if last.endswith('s') and not last.endswith(_SINGULAR) else 'is'} {phrase}?"


def requested(question: str) -> bool:
    """Say whether a question asks to be told of something, by a few words that name it: `What about Nikki Haley?`."""
    return bool(_REQUEST.fullmatch(alone(question)) and keywords(question))


def spoken_of(question: str, hits: Sequence[Hit]) -> bool:
    """Say whether one of the passages has all the keywords."""
    wanted = {word.stem for word in words(keywords(question, hits)) if not word.stops}
    return bool(wanted) and any(wanted <= {word.stem for word in words(hit.passage.text)} for hit in hits)


def keywords(question: str, hits: Sequence[Hit] = ()) -> str:
    """Give a few words that ask nothing, without what asks to be told of them: `HTS` of `Tell me about HTS`.

    Words that ask do not where a passage of the `hits` has all as a name (`Theresa May`), or in capitals (`WHO rules`).
    """
    request = _REQUEST.fullmatch(alone(question))
    phrase = bare(request["rest"] if request else alone(question))
    found = words(phrase[:LONGEST])
    few = len(phrase) <= LONGEST and len(found) <= MOST_WORDS
    asking = [word.text for word in found if word.text.lower() in ASKING | AUXILIARY]
    if not few or all(word.stops for word in found):
        return ""
    return phrase if not asking or _initials(phrase, asking) or _named(phrase, hits) else ""


def _initials(phrase: str, asking: Sequence[str]) -> bool:
    """Say whether the words that would ask are written in capitals, and not all words are: `WHO rules`."""
    return not phrase.isupper() and all(len(text) > 1 and text.isupper() for text in asking)


def _named(phrase: str, hits: Sequence[Hit]) -> bool:
    """Say whether a passage has several words as a name: `Theresa May`."""
    forms = _forms(phrase, hits) if len(words(phrase)) > 1 else []
    return any(all(word.capitalised for word in words(form)) for form in forms)


def _name(phrase: str, hits: Sequence[Hit]) -> str:
    """Give a phrase as the passages write it, or else as it was typed, where it is written like a name; else ""."""
    forms = _forms(phrase, hits) or [phrase]
    return forms[0] if all(word.stops or word.capitalised for form in forms for word in words(form)) else ""


def _forms(phrase: str, hits: Sequence[Hit]) -> list[str]:
    """Give a phrase as the passages write it, wherever they do."""
    written = re.compile(rf"\b{re.escape(phrase)}\b", re.IGNORECASE)
    return [match.group() for hit in hits for match in written.finditer(hit.passage.text)]
