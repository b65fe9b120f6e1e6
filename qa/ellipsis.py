"""An ellipsis and the question before it into a whole question: `And in 2017?` after `How many came in 2015?`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from .called import PRONOUNS
from .mentions import Turn
from .noun_phrases import ends_like_verb, inverted, is_body, is_verb, judges, name_runs, subject_end
from .question import AUXILIARY, BE, MEASURES, ask
from .words import Word, word_set, words

_REFERRING = word_set("it its itself this that these those").union(*PRONOUNS.values())
_WH = word_set("who whom whose what which when where why how")
PREPOSITIONS = word_set("in at on by from to for of with about after before during near under since until against")
CALENDAR = word_set("year month week day morning century decade time evening afternoon")
"""Nouns of times."""
DETERMINERS = word_set("the a an my our your this that these those")
_ABOUT = re.compile(
    r"(?:and |but |so )?(?:(?:what|how) about|(?:is (?:it|that) )?(?:the )?same (?:for|with)) (?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_ADDED = re.compile(r", (?:the|an?|my|our|your|[A-Z0-9])[^,]*$")
"""What an earlier ellipsis left behind the question before it: `What was the profit, the year before`."""

_DO = word_set("do does did")
_OPENING_SUBJECTS = DETERMINERS | word_set("i you he she it we they")
_OF = ("'s", "’s")
_AND = re.compile(r"(?:and|but|so|or)[, ]+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)

_BESIDE = re.compile(r" \([^()]+\)(?=\W*$)")


def complete(question: str, turn: Turn) -> str:
    """Complete a question that lacks its verb with the question before it, or return ""."""
    whole = bare(question)
    if about := _ABOUT.fullmatch(whole):
        rest = about["rest"]
        named = words(rest)
        refers = any(word.text.lower() in _REFERRING for word in named)
        return _swap(rest, turn) if named and not refers else ""
    rest = alone(question)
    lower = [word.text.lower() for word in words(rest)]
    if not lower:
        return ""
    if tail := _preposition_behind(lower):
        return _ask_again(rest[: words(rest)[0].end], turn, tail)
    opens = lower[1:] if lower[0] in PREPOSITIONS and len(lower) > 1 else lower
    if opens[0] in _WH and _lacks_verb(opens):
        return _ask_again(rest, turn)
    if len(lower) <= 5 and _is_fragment(lower, rest != whole):
        return _swap(rest, turn)
    return ""


def _preposition_behind(lower: list[str]) -> str:
    """Give the preposition that the asking word has behind it: `What of?`, `Who with?`; "" where it has none."""
    asks = len(lower) == 2 and lower[0] in _WH - {"how", "why"}
    return lower[1] if asks and lower[1] in PREPOSITIONS else ""


def _lacks_verb(lower: list[str]) -> bool:
    """Say whether a question is only its asking words: `Why`, `How old`, `How many deaths`, `In which year`."""
    if len(lower) == 1:
        return True
    if any(word in AUXILIARY or word in _REFERRING for word in lower):
        return False
    if lower[0] == "how":
        counts = len(lower) > 2 and lower[1] in ("many", "much") and len(lower) <= 4
        return len(lower) <= 2 or (counts and not any(is_verb(word) for word in lower[2:]))
    return (lower[0] in ("what", "which") and len(lower) <= 2) or lower in (["why", "not"], ["who", "else"])


def _is_fragment(lower: list[str], joined: bool) -> bool:
    """Say whether words without a question in them continue the question before: `And in 2017`, `In Turkey`."""
    if any(word in AUXILIARY or word in _WH or word in _REFERRING for word in lower):
        return False
    return joined or (lower[0] in PREPOSITIONS and len(lower) <= 3)


def _ask_again(asking: str, turn: Turn, behind: str = "") -> str:
    """Put new asking words before the rest of the last question: `And when?` after `Where did it start?`.

    A preposition that belongs to them goes `behind` the question: `What of?` after `When did she die?`.
    """
    head, rest = _asking_words(turn.question)
    asking = asking[0].upper() + asking[1:]
    tokens = words(rest)
    verb = tokens[0] if tokens and tokens[0].text.lower() in AUXILIARY else None
    if not head and not verb:
        return f"{asking}, {bare(turn.question)}?"
    if verb and (behind or not head or asking == "Why not"):
        return _asked_of(asking, f"{verb.text.lower()}{rest[verb.end :]}", behind)
    circumstance = asking.lower() in ("why", "how", "when", "where") or words(asking)[0].text.lower() in PREPOSITIONS
    if not circumstance or not tokens:
        return f"{asking} {rest}?"
    if verb is None or _does(head, tokens):
        return _cleft(asking, turn.short or ("somebody" if head.lower() == "who" else ""), rest)
    asked, _, _ = head.lower().partition(" else")
    named = words(head)[1:]
    noun = " ".join(w.text for w in named if not w.stops and w.text.lower() not in MEASURES | {"else"})
    if noun and (verb.text.lower() in _DO or (tokens[1:2] and tokens[1].text.lower() in _OPENING_SUBJECTS)):
        counted = any(word.text.lower() in ("many", "much") for word in named)
        return f"{asking} {rest} {noun if counted else f'the {noun}'}?"
    if noun:
        return f"{asking} {verb.text} {noun}{rest[verb.end :]}?"
    answered = turn.short if asked in ("what", "which", "who", "whom") else ""
    return f"{asking} {rest} {answered}".rstrip() + "?"


def _does(head: str, tokens: list[Word]) -> bool:
    """Say whether who or what is asked for does something: `Who is attacking the city?`, not `Who is the king?`."""
    is_doing = tokens[0].text.lower() in BE and len(tokens) > 1 and ends_like_verb(tokens[1].text)
    return is_doing and head.lower() in ("who", "what", "which")


def _cleft(asking: str, subject: str, rest: str) -> str:
    """Ask when somebody did something, without the verb's base form: `When was it that Nadal beat Federer?`."""
    if not subject:
        return f"{asking} {rest}?"
    verb = words(rest)[0].text
    return f"{asking} {'is' if verb.endswith('s') and not verb.endswith('ss') else 'was'} it that {subject} {rest}?"


def _asked_of(asking: str, rest: str, behind: str) -> str:
    """Ask `Why not?` of `can I use vinegar`: the *not* stands behind the subject, and a preposition at the end."""
    asking, _, no = asking.partition(" ")
    tokens = words(rest)
    if no.lower() == "not" and len(tokens) > 1:
        at = 1 + (tokens[1].text.lower() in DETERMINERS and len(tokens) > 2)
        last = tokens[at if tokens[at].stops else subject_end(tokens, at)].end
        rest, no = f"{rest[:last]} not{rest[last:]}", ""
    return " ".join(f"{asking} {no} {rest} {behind}".split()) + "?"


def _asking_words(question: str) -> tuple[str, str]:
    """Part a question after its asking words: `How many strikes`, `were recorded`."""
    whole = bare(question)
    tokens = words(whole)
    last = int(len(tokens) > 1 and tokens[0].text.lower() in PREPOSITIONS)
    if not tokens or tokens[last].text.lower() not in _WH:
        return "", whole
    focus = ask(question).focus
    for i, token in enumerate(tokens[last + 1 : last + 5], last + 1):
        if token.text.lower() in MEASURES | {"many", "much", "else"} or token.stem in focus:
            last = i
        else:
            break
    return whole[: tokens[last].end], whole[tokens[last].end :].strip()


def _swap(rest: str, turn: Turn) -> str:
    """Put something new in the place of its like in the last question, or after it where nothing is like it.

    A name in the place of none asks about somebody else, and is no part of the last question.
    """
    whole = bare(turn.question)
    new = words(rest)
    start, end = _like(words(whole), new)
    if start < 0 and (added := _ADDED.search(whole)):  # by an ellipsis before this one
        whole = whole[: added.start()]
        start, end = _like(words(whole), new)
    if start < 0 and new[0].text.lower() in PREPOSITIONS:
        return f"{whole} {rest[0].lower()}{rest[1:]}?"
    if start < 0:
        return "" if new[-1].capitalised and not list(name_runs(words(whole))) else f"{whole}, {rest}?"
    of = "" if rest.endswith(_OF) else next((of for of in _OF if whole[:end].endswith(of)), "")
    return f"{whole[:start]}{rest}{of}{whole[end:]}?"


def _described(tokens: list[Word], new: list[Word]) -> tuple[int, int]:
    """Find what `the deposit` can take the place of: a lone `the rent` that ends a question after a form of be, the
    subject before a verb (`How long does the lease run?`), or what somebody does something to (`How do I clean it?`).

    What tells of it may follow (`When is the rent due?`); more words than one may be `the`'s after what and who.
    """
    lower = [token.text.lower() for token in tokens]
    at = [i for i, word in enumerate(lower) if word in DETERMINERS]
    if new[0].text.lower() not in DETERMINERS or any(word.text.lower() in CALENDAR for word in new):
        return -1, -1
    if not at:
        return _somebody(tokens)
    if len(at) != 1 or not 0 < at[0] < len(tokens) - 1:
        return -1, -1
    first = at[0]
    if inverted(tokens, first):
        return tokens[first].start, tokens[subject_end(tokens, first + 1)].end
    noun = tokens[first + 1 :]
    while len(noun) > 1 and judges(noun[-1]):
        noun.pop()
    whole = not any(w.stops or ends_like_verb(w.text) for w in noun[1:])
    named = lower[0] in ("what", "who") and lower[1] in BE and first == 2
    done_to = any(b in _OPENING_SUBJECTS and a in AUXILIARY for a, b in pairwise(lower[: first - 1]))
    if (done_to and whole) or (lower[first - 1] in BE and (len(noun) == 1 or (named and whole))):
        return tokens[first].start, noun[-1].end
    return -1, -1


def _somebody(tokens: list[Word]) -> tuple[int, int]:
    """Find the one name of which a question asks what it is, has or gets: `How much is Ann Lee paid?`."""
    runs = list(name_runs(tokens))
    if len(runs) != 1 or not runs[0][0] or tokens[runs[0][0] - 1].text.lower() not in BE:
        return -1, -1
    return tokens[runs[0][0]].start, tokens[runs[0][1]].end


def _led(tokens: list[Word], preposition: str) -> tuple[int, int]:
    """Find what `from abroad` can take the place of: the `from home` that ends a question."""
    at = max((i for i, token in enumerate(tokens) if token.text.lower() == preposition), default=0)
    noun = tokens[at + 1 :]
    if noun and noun[0].text.lower() in DETERMINERS:
        noun = noun[1:]
    ends = at > 1 and 0 < len(noun) <= 2 and not any(word.stops or word.capitalised or word.numeric for word in noun)
    return (tokens[at].start, tokens[-1].end) if ends else (-1, -1)


def _bare_noun(tokens: list[Word], new: list[Word]) -> tuple[int, int]:
    """Find what `pensioners` can take the place of: the last word of `Is there a discount for students?`."""
    before = tokens[-2].text.lower() if len(tokens) > 2 else ""
    like = len(new) == 1 and before in PREPOSITIONS and not tokens[-1].stops and not tokens[-1].capitalised
    return (tokens[-1].start, tokens[-1].end) if like and tokens[-1].text.endswith("s") else (-1, -1)


def _like(tokens: list[Word], new: list[Word]) -> tuple[int, int]:
    """Find what the new words can take the place of: a year for a year, a lone name for a name, `in …` for `in …`."""
    preposition = new[0].text.lower() if new[0].text.lower() in PREPOSITIONS else ""
    core = new[1:] if preposition else new
    if not core:
        return -1, -1
    runs = [run for run in name_runs(tokens) if core[0].numeric == tokens[run[0]].numeric]
    lower = [token.text.lower() for token in tokens]
    if core[0].text.lower() == "the" and core[-1].capitalised and not is_body(core) and "the" in lower[-2:-1]:
        return tokens[-2].start, tokens[-1].end
    if not core[-1].capitalised and not core[-1].numeric:
        if preposition:
            return _led(tokens, preposition)
        return _bare_noun(tokens, new) if len(new) == 1 else _described(tokens, new)
    if preposition:
        runs = [run for run in runs if run[0] and tokens[run[0] - 1].text.lower() == preposition]
    runs = runs if len(runs) == 1 else [run for run in runs if inverted(tokens, run[0])]
    if len(runs) != 1:
        return -1, -1
    first, last = runs[0]
    if preposition or (first and tokens[first - 1].text.lower() == "the"):
        first -= 1
    return tokens[first].start, tokens[last].end


def beside(question: str, topic: Sequence[str]) -> str:
    """Put words that say a topic behind a question, if there are any: `What are the symptoms (throat cancer)?`."""
    return f"{bare(question)} ({' '.join(topic)})?" if topic else question


def without_beside(question: str) -> str:
    """Take off again what `beside` put behind a question."""
    return _BESIDE.sub("", question)


def alone(question: str) -> str:
    """Take off what joins a question to the one before it, and its mark: `And Nikki Haley?` is `Nikki Haley`."""
    joined = _AND.fullmatch(bare(question))
    return joined["rest"] if joined else bare(question)


def bare(question: str) -> str:
    """Take the mark off the end of a question."""
    return question.strip().rstrip("?!. ")
