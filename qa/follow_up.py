"""A follow-up question and the turns before it into a question that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .mentions import Mention, Turn, mentions, name_runs
from .question import AUXILIARY, ask
from .types import Answer
from .words import STOP_WORDS, Word, word_set, words

LONGEST_QUESTION = 400
"""Characters; a longer question stands alone."""

LONGEST_ANTECEDENT = 8
"""Words of an earlier answer that a pronoun can stand for."""

TURNS = 12
"""Earlier turns that are searched for an antecedent."""

TOPIC = 6
"""Words of the last question that are named after a question whose pronoun nothing fits."""

_HE = word_set("he him his himself she her hers herself")
_IT = word_set("it its itself")
_THEY = word_set("they them their theirs themselves")
_PERSONAL = _HE | _IT | _THEY
_POSSESSIVE = word_set("his its their hers theirs")
_OBJECT = word_set("him them")
_DEMONSTRATIVE = word_set("this that these those")
_WH = word_set("who whom whose what which when where why how")
_PREPOSITIONS = word_set("in at on by from to for of with about after before during near under since against")
_CLAUSE = word_set("that when if after before while because who which said say says")
_CALENDAR = word_set("year month week day morning century decade time evening afternoon")

_PLEONASTIC = re.compile(
    r"\bwhat (?:time|day|date|year|month) (?:is|was) it\b"
    r"|\b(?:is|was|isn't|wasn't|would|will|can) it (?:be )?(?:also |really |ever |still )?(?:true|false|possible|"
    r"likely|unlikely|known|important|necessary|certain|clear|legal|illegal|safe|better|best|hard|easy|difficult|said|worth|"
    r"the case|raining|snowing|cold|hot|\w+ (?:that|to|for)\b)"
    r"|\bit (?:is|was) (?:\w+ )?(?:true|possible|likely|known|important|necessary|certain|clear|said) (?:that|to)\b"
    r"|\bhow (?:long|much|far|many \w+) (?:does|did|is|was|will|would) it (?:takes?|costs? to|to)\b"
    r"|\b(?:does|did|do|will) it (?:take|matter|rain|snow|seem|appear|mean that)\b|\bit takes? to\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"(?:and |but |so )?(?:what|how) about (?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_AND = re.compile(r"(?:and|but|so|or)[, ]+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)


def resolve(question: str, history: Sequence[Answer]) -> str:
    """Make a question stand alone: `How old is she?` after `Who is Nikki Haley?` is `How old is Nikki Haley?`.

    A question that stands alone already comes back as it is, character for character.
    """
    turns = [Turn(answer.asked_as or answer.question, _antecedent(answer)) for answer in history][::-1]
    turns = [turn for turn in turns if words(turn.question[:LONGEST_QUESTION])][:TURNS]
    if not turns or len(question) > LONGEST_QUESTION or not words(question):
        return question
    return _complete(question, turns[0]) or _replace_pronouns(question, turns)


def _antecedent(answer: Answer) -> str:
    """Take the short answer of a turn where it is short enough to stand for a pronoun."""
    short = " ".join(answer.short.split()).strip(" .,;:!?\"“”'")
    return short if 0 < len(words(short)) <= LONGEST_ANTECEDENT else ""


def _complete(question: str, turn: Turn) -> str:
    """Complete a question that lacks its verb with the question before it, or return ""."""
    bare = question.strip().rstrip("?!. ")
    about = _ABOUT.fullmatch(bare)
    joined = _AND.fullmatch(bare)
    if about:
        rest = about["rest"]
        return "" if any(word.text.lower() in _PERSONAL | _DEMONSTRATIVE for word in words(rest)) else _swap(rest, turn)
    rest = joined["rest"] if joined else bare
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
    if any(word in AUXILIARY or word in _PERSONAL | _DEMONSTRATIVE for word in lower):
        return False
    if lower[0] == "how":
        return len(lower) <= 2 or (lower[1] in ("many", "much") and len(lower) <= 4)
    return (lower[0] in ("what", "which") and len(lower) <= 2) or lower in (["why", "not"], ["who", "else"])


def _is_fragment(lower: list[str], joined: bool) -> bool:
    """Say whether words without a question in them continue the question before: `And in 2017`, `In Turkey`."""
    if any(word in AUXILIARY or word in _WH or word in _PERSONAL | _DEMONSTRATIVE for word in lower):
        return False
    return joined or (lower[0] in _PREPOSITIONS and len(lower) <= 3)


def _ask_again(asking: str, turn: Turn) -> str:
    """Put new asking words before the rest of the last question: `And when?` after `Where did it start?`."""
    head, rest = _asking_words(turn.question)
    asking = asking[0].upper() + asking[1:]
    if not head:
        return f"{asking}, {_bare(turn.question)}?"
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
    bare = _bare(question)
    tokens = words(bare)
    if not tokens or tokens[0].text.lower() not in _WH:
        return "", bare
    last = 0
    focus = ask(question).focus
    for i, token in enumerate(tokens[1:5], 1):
        if token.text.lower() in ("many", "much", "old", "long", "tall", "far", "big") or token.stem in focus:
            last = i
        else:
            break
    return bare[: tokens[last].end], bare[tokens[last].end :].strip()


def _swap(rest: str, turn: Turn) -> str:
    """Put something new in the place of its like in the last question, or after it where nothing is like it."""
    bare = _bare(turn.question)
    tokens = words(bare)
    new = words(rest)
    start, end = _like(tokens, new)
    if start < 0:
        return f"{bare} {rest}?" if new[0].text.lower() in _PREPOSITIONS else f"{bare}, {rest}?"
    return f"{bare[:start]}{rest}{bare[end:]}?"


def _like(tokens: list[Word], new: list[Word]) -> tuple[int, int]:
    """Find what the new words can take the place of: a year for a year, a lone name for a name, `in …` for `in …`."""
    preposition = new[0].text.lower() if new[0].text.lower() in _PREPOSITIONS else ""
    core = new[1:] if preposition else new
    if not core:
        return -1, -1
    runs = [run for run in name_runs(tokens) if core[0].numeric == tokens[run[0]].numeric]
    if not core[-1].capitalised and not core[-1].numeric:
        return -1, -1
    if preposition:
        runs = [run for run in runs if run[0] and tokens[run[0] - 1].text.lower() == preposition]
    if len(runs) != 1:
        return -1, -1
    first, last = runs[0]
    if preposition or (first and tokens[first - 1].text.lower() == "the"):
        first -= 1
    return tokens[first].start, tokens[last].end


def _replace_pronouns(question: str, turns: Sequence[Turn]) -> str:
    """Put what was spoken of in the place of each pronoun; name the topic after the question where nothing fits."""
    tokens = words(question)
    edits: list[tuple[int, int, str]] = []
    unresolved = False
    for i, token in enumerate(tokens):
        span = _reference(question, tokens, i)
        if not span:
            continue
        mention = _find(tokens, i, span, turns)
        if mention is None:
            unresolved = unresolved or token.text.lower() != "the"
        elif not any(mention.text == text for _, _, text in edits) or token.text.lower() in _POSSESSIVE:
            edits.append((token.start, tokens[span - 1].end, _inflect(mention, tokens, i)))
    for start, end, text in reversed(edits):
        question = question[:start] + text + question[end:]
    return _with_topic(question, turns[0]) if unresolved and not edits else question


def _reference(question: str, tokens: list[Word], i: int) -> int:
    """Say where a reference to an earlier turn that starts at word `i` ends (exclusive), or 0 where none starts."""
    word = tokens[i].text.lower()
    before = tokens[i - 1].text.lower() if i else ""
    after = tokens[i + 1].text.lower() if i + 1 < len(tokens) else ""
    if word in _PERSONAL:
        if tokens[i].text.isupper() and len(word) == 2 and not question.isupper():
            return 0  # "IT" is a name
        return 0 if _means_nothing(question, word) or _named_inside(tokens, i) else i + 1
    if word == "there":
        return 0 if before in AUXILIARY or after in AUXILIARY or not i else i + 1
    if word in ("this", "that", "these", "those"):
        return _demonstrative(word, before, after, i)
    if word == "the":
        return i + 2 if after and not tokens[i + 1].capitalised and _ends_phrase(tokens, i + 1) else 0
    if word == "then":
        return i + 1 if not after and i else 0
    if word in ("one", "ones"):
        return i + 1 if before in ("which", "that", "this", "last", "first", "other", "what") else 0
    return 0


def _ends_phrase(tokens: list[Word], i: int) -> bool:
    return i + 1 == len(tokens) or (tokens[i + 1].text.lower() not in ("of", "that", "who") and not tokens[i].stops)


def _means_nothing(question: str, word: str) -> bool:
    return word == "it" and bool(_PLEONASTIC.search(question))


def _demonstrative(word: str, before: str, after: str, i: int) -> int:
    """Read `that city`, `Why is that?` as references; `say that …`, `those who`, `this year` as none."""
    stands = before in AUXILIARY or before in _PREPOSITIONS or not i
    if after in _CALENDAR or after in ("who", "which"):
        return 0
    if not after or after in AUXILIARY:
        return i + 1 if stands or word in ("this", "these") else 0
    if after in ("happen", "mean", "affect", "work", "change", "lead", "cause", "help"):
        return i + 1 if stands else 0
    if after in STOP_WORDS:
        return 0
    return i + 2 if stands or word != "that" else 0


def _named_inside(tokens: list[Word], i: int) -> bool:
    """Say whether a pronoun can mean something named before it in its own question.

    A pronoun that is the object of a clause never means the subject of the same clause (`What did Turkey say about
    it?`), a possessive or the subject of a later clause can (`What did Trump say about his plan?`).
    """
    word = tokens[i].text.lower()
    lower = [token.text.lower() for token in tokens[:i]]
    following = tokens[i + 1].text.lower() if i + 1 < len(tokens) else ""
    named = [k for k, t in enumerate(tokens[:i]) if k and t.capitalised and not t.stops and len(t.text) > 1]
    later_clause = any(word in _CLAUSE for word in lower[1:])
    subject = len(lower) > 2 and lower[0] in ("who", "which", "what") and lower[1] not in AUXILIARY
    subject = subject and (lower[0] == "who" or not AUXILIARY.intersection(lower[2:4]))
    if subject and (word in _HE) == (lower[0] == "who"):
        named.append(0)
    if word in _THEY and later_clause:
        named += [k for k in range(1, i) if lower[k].endswith("s") and lower[k] not in STOP_WORDS and len(lower[k]) > 3]
    if any(lower[k] == "and" and not tokens[k - 1].stops for k in range(1, i)):
        return True  # "What is mortadella and where is it from?"
    if not named:
        return False
    is_object = word in _OBJECT or (word in ("it", "her") and (not following or following in STOP_WORDS - AUXILIARY))
    return later_clause or not is_object


def _find(tokens: list[Word], i: int, end: int, turns: Sequence[Turn]) -> Mention | None:
    """Find what a pronoun means, in the latest turn first: agreement decides, then the subject comes first."""
    word = tokens[i].text.lower()
    own = {token.stem for token in tokens}
    noun = tokens[i + 1].stem if end == i + 2 else ""
    if (word in _DEMONSTRATIVE and not noun) or word in ("then", "one", "ones"):
        return None
    for turn in turns:
        spoken_of = [m for m in mentions(turn) if not own.issuperset(w.stem for w in words(m.text))]
        if word in _HE:
            fitting = [m for m in spoken_of if m.person]
        elif word in _IT:
            fitting = [m for m in spoken_of if not m.person and not m.plural]
        elif word in _THEY:
            fitting = [m for m in spoken_of if m.plural] or [m for m in spoken_of if m.name]
        elif word == "there":
            fitting = [m for m in spoken_of if m.place]
        else:
            fitting = _of_kind(noun, turn, [] if word == "the" else spoken_of)
        if fitting:
            return fitting[0]
    return None


def _of_kind(noun: str, turn: Turn, spoken_of: list[Mention]) -> list[Mention]:
    """Find what `that province` means: the answer to `Which province …?`, or a phrase with that noun."""
    if turn.short and noun in ask(turn.question).focus:
        return [Mention(turn.short)]
    return [m for m in spoken_of if noun in {word.stem for word in words(m.text)}]


def _inflect(mention: Mention, tokens: list[Word], i: int) -> str:
    """Put a mention into the case of its pronoun: `his` is `Assad's`, `there` is `in Athens`."""
    word = tokens[i].text.lower()
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    text = mention.text
    if word == "there":
        text = f"in {text}"
    if word in _POSSESSIVE or (word == "her" and following and following.text.lower() not in STOP_WORDS):
        text += "'" if text.endswith("s") and mention.plural else "'s"
    return text[0].upper() + text[1:] if i == 0 else text


def _with_topic(question: str, turn: Turn) -> str:
    """Add the words of the last question that say its subject."""
    own = {word.stem for word in words(question)}
    topic = [word.text for word in words(turn.question) if not word.stops and word.stem not in own]
    if not topic:
        return question
    return f"{_bare(question)} ({' '.join(topic[-TOPIC:])})?"


def _bare(question: str) -> str:
    return question.strip().rstrip("?!. ")
