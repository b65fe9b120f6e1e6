"""An ellipsis and the question before it into a whole question: `And in 2017?` after `How many came in 2015?`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .mentions import Turn, inverted, judges, name_runs, subject_end
from .question import AUXILIARY, BE, ask
from .words import Word, word_set, words

_REFERRING = word_set(
    """he him his himself she her hers herself it its itself they them their theirs themselves this that these those"""
)
_WH = word_set("who whom whose what which when where why how")
PREPOSITIONS = word_set("in at on by from to for of with about after before during near under since against")
_DETERMINERS = word_set("the a an my our your this that these those")
_ABOUT = re.compile(r"(?:and |but |so )?(?:what|how) about (?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_AND = re.compile(r"(?:and|but|so|or)[, ]+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)


def complete(question: str, turn: Turn) -> str:
    """Complete a question that lacks its verb with the question before it, or return ""."""
    whole = bare(question)
    about = _ABOUT.fullmatch(whole)
    joined = _AND.fullmatch(whole)
    if about:
        rest = about["rest"]
        return "" if any(word.text.lower() in _REFERRING for word in words(rest)) else _swap(rest, turn)
    rest = joined["rest"] if joined else whole
    lower = [word.text.lower() for word in words(rest)]
    if not lower:
        return ""
    if lower[0] in _WH and _lacks_verb(lower):
        return _ask_again(rest, turn)
    if len(lower) <= 5 and _is_fragment(lower, joined is not None):
        return _swap(rest, turn)
    return ""


def _lacks_verb(lower: list[str]) -> bool:
    """Say whether a question is only its asking words: `Why`, `How old`, `How many deaths`, `In which year`."""
    if len(lower) == 1:
        return True
    if any(word in AUXILIARY or word in _REFERRING for word in lower):
        return False
    if lower[0] == "how":
        return len(lower) <= 2 or (lower[1] in ("many", "much") and len(lower) <= 4)
    return (lower[0] in ("what", "which") and len(lower) <= 2) or lower in (["why", "not"], ["who", "else"])


def _is_fragment(lower: list[str], joined: bool) -> bool:
    """Say whether words without a question in them continue the question before: `And in 2017`, `In Turkey`."""
    if any(word in AUXILIARY or word in _WH or word in _REFERRING for word in lower):
        return False
    return joined or (lower[0] in PREPOSITIONS and len(lower) <= 3)


def _ask_again(asking: str, turn: Turn) -> str:
    """Put new asking words before the rest of the last question: `And when?` after `Where did it start?`."""
    head, rest = _asking_words(turn.question)
    asking = asking[0].upper() + asking[1:]
    if not head:
        return f"{asking}, {bare(turn.question)}?"
    if asking.lower() not in ("why", "how", "when", "where"):
        return f"{asking} {rest}?"
    verb = words(rest)[0] if words(rest) and words(rest)[0].text.lower() in AUXILIARY else None
    noun = " ".join(word.text for word in words(head)[1:] if not word.stops)
    if verb and noun:
        return f"{asking} {verb.text} {noun}{rest[verb.end :]}?"
    if verb:
        return f"{asking} {rest} {turn.short}".rstrip() + "?"
    return " ".join(f"{asking} {turn.short} {rest}".split()) + "?"


def _asking_words(question: str) -> tuple[str, str]:
    """Part a question after its asking words: `How many strikes`, `were recorded`."""
    whole = bare(question)
    tokens = words(whole)
    if not tokens or tokens[0].text.lower() not in _WH:
        return "", whole
    last = 0
    focus = ask(question).focus
    for i, token in enumerate(tokens[1:5], 1):
        if token.text.lower() in ("many", "much", "old", "long", "tall", "far", "big") or token.stem in focus:
            last = i
        else:
            break
    return whole[: tokens[last].end], whole[tokens[last].end :].strip()


def _swap(rest: str, turn: Turn) -> str:
    """Put something new in the place of its like in the last question, or after it where nothing is like it."""
    whole = bare(turn.question)
    tokens = words(whole)
    new = words(rest)
    start, end = _like(tokens, new)
    if start < 0:
        return f"{whole} {rest}?" if new[0].text.lower() in PREPOSITIONS else f"{whole}, {rest}?"
    return f"{whole[:start]}{rest}{whole[end:]}?"


def _described(tokens: list[Word], new: list[Word]) -> tuple[int, int]:
    """Find what `the deposit` can take the place of: a lone `the rent` that ends a question after a form of be, or the
    subject before a verb (`How long does the lease run?`).

    What tells of it may follow (`When is the rent due?`); more words than one may be `the`'s after what and who.
    """
    at = [i for i, token in enumerate(tokens) if token.text.lower() in _DETERMINERS]
    if new[0].text.lower() not in _DETERMINERS or len(at) != 1 or not 0 < at[0] < len(tokens) - 1:
        return -1, -1
    if inverted(tokens, at[0]):
        return tokens[at[0]].start, tokens[subject_end(tokens, at[0] + 1)].end
    noun = tokens[at[0] + 1 :]
    while len(noun) > 1 and judges(noun[-1]):
        noun.pop()
    names = tokens[0].text.lower() in ("what", "who") and tokens[1].text.lower() in BE and at[0] == 2
    lone = len(noun) == 1 or (names and not any(w.stops or w.text.endswith(("ed", "ing")) for w in noun))
    return (tokens[at[0]].start, noun[-1].end) if lone and tokens[at[0] - 1].text.lower() in BE else (-1, -1)


def _like(tokens: list[Word], new: list[Word]) -> tuple[int, int]:
    """Find what the new words can take the place of: a year for a year, a lone name for a name, `in …` for `in …`."""
    preposition = new[0].text.lower() if new[0].text.lower() in PREPOSITIONS else ""
    core = new[1:] if preposition else new
    if not core:
        return -1, -1
    runs = [run for run in name_runs(tokens) if core[0].numeric == tokens[run[0]].numeric]
    if not core[-1].capitalised and not core[-1].numeric:
        return _described(tokens, new)
    if preposition:
        runs = [run for run in runs if run[0] and tokens[run[0] - 1].text.lower() == preposition]
    if len(runs) != 1:
        return -1, -1
    first, last = runs[0]
    if preposition or (first and tokens[first - 1].text.lower() == "the"):
        first -= 1
    return tokens[first].start, tokens[last].end


def beside(question: str, topic: Sequence[str]) -> str:
    """Put words that say a topic behind a question, if there are any: `What are the symptoms (throat cancer)?`."""
    return f"{bare(question)} ({' '.join(topic)})?" if topic else question


def bare(question: str) -> str:
    """Take the mark off the end of a question."""
    return question.strip().rstrip("?!. ")
