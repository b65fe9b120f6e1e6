"""Earlier turns into who was called *he*, who *she*, and what *they*: nobody means her by `him`.

Nothing is guessed from first names. It is told by what somebody is (`her brother Thomas`, `Mrs Tanaka`), and by the
pronoun that an earlier question had in the place of the name.
"""

from __future__ import annotations

from collections.abc import Sequence

from .mentions import Mention, Turn, being, mentions
from .words import word_set, words

PRONOUNS = {
    "he": word_set("he him his himself"),
    "she": word_set("she her hers herself"),
    "they": word_set("they them their theirs themselves"),
}
"""What somebody or something is called, by the first of its forms."""


def called(turns: Sequence[Turn]) -> dict[str, str]:
    """Give the pronoun by which each name was called in the turns, by the last word of the name.

    What was called *they* may be one person, who is called *he* or *she* later; else the first time tells.
    """
    found: dict[str, str] = {}
    for turn in reversed(turns):
        own = {word.text.lower() for word in words(turn.said)}
        used = [pronoun for pronoun, forms in PRONOUNS.items() if own & forms]
        for mention in mentions(turn):
            name = _last(mention)
            replaced = len(used) == 1 and mention.text != turn.short and name not in own
            form = being(mention.text) or (used[0] if replaced else "")
            if mention.name and form and found.get(name, "they") == "they":
                found[name] = form
    return found


def agrees(mention: Mention, pronoun: str, known: dict[str, str]) -> bool:
    """Say whether nothing speaks against calling somebody so: another pronoun was not used, and would not be."""
    form = told(mention, known)
    return not form or pronoun in PRONOUNS[form]


def is_called(mention: Mention, pronoun: str, known: dict[str, str]) -> bool:
    """Say whether somebody was called so before, or is called so for what they are."""
    form = told(mention, known)
    return bool(form) and pronoun in PRONOUNS[form]


def told(mention: Mention, known: dict[str, str]) -> str:
    """Give the pronoun that is known for something, "" where none is."""
    return being(mention.text) or (known.get(_last(mention), "") if mention.name else "")


def _last(mention: Mention) -> str:
    return words(mention.text)[-1].text.lower()
