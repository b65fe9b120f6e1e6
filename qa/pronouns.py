"""A question and the turns before it into a question without pronouns: what each of them means is put in its place."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .called import PRONOUNS, agrees, called, is_called, told
from .ellipsis import CALENDAR, PREPOSITIONS
from .listed import ordinal, pick
from .mentions import OWNED, Mention, Turn, being, introduced, mentions
from .question import AUXILIARY, BE, PERSON_NOUNS, PLACE_NOUNS, ask
from .words import STOP_WORDS, Word, word_set, words

_HE = PRONOUNS["he"] | PRONOUNS["she"]
_IT = word_set("it its itself")
_THEY = PRONOUNS["they"]
_PERSONAL = _HE | _IT | _THEY
_POSSESSIVE = word_set("his its their hers theirs")
_OBJECT = word_set("him them")
_DEMONSTRATIVE = word_set("this that these those")
_CLAUSE = word_set("that when if after before while because who which said say says")

_PLEONASTIC = re.compile(
    r"\bwhat (?:time|day|date|year|month) (?:is|was) it\b"
    r"|\b(?:is|was|isn't|wasn't|would|will|can) it (?:be )?(?:also |really |ever |still )?(?:true|false|possible|"
    r"likely|unlikely|known|important|necessary|certain|clear|legal|illegal|safe|better|best|hard|easy|difficult|said|worth|"
    r"the case|raining|snowing|cold|hot|\w+ (?:that|to|for)\b)"
    r"|\b(?:is|was) it called (?:when|if)\b|\bit (?:is|was) (?:\w+ )?\w+ed that\b"
    r"|\bit (?:is|was) (?:\w+ )?(?:true|possible|likely|known|important|necessary|certain|clear|said) (?:that|to)\b"
    r"|\bwhat (?:does|did|would|will) it (?:cost|take) to\b|\b(?:say|worth) it\W*$|\bsays? it (?:in|at|on)\b"
    r"|\bhow (?:long|much|far|many \w+) (?:does|did|is|was|will|would) it (?:takes? (?=\w)|costs? to|to)\b"
    r"|\b(?:does|did|do|will) it (?:say|mention|take (?=\w)|matter|rain|snow|seem|appear|mean that)\b|\bit takes? to\b",
    re.IGNORECASE,
)

_ANNOUNCED = re.compile(
    r"(?:(?:and|but|so|now|ok|okay)[, ]+)?(?:(?:what|how) about )?(?:the|an?|my|our|your) [^,?.!]{1,60}, "
    r"(?=(?:who|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|can|could|will|would|should)\b)",
    re.IGNORECASE,
)
"""What a question is about, said before it: `And the sperm whale, how deep does it dive?`."""

_ARTICLE = re.compile(r"(?:The|An?)(?= [a-z])")
"""An article that opened the sentence in which an answer stands: `The sperm whale`."""


def replace_pronouns(question: str, turns: Sequence[Turn]) -> tuple[str, bool]:
    """Put what was spoken of in the place of each pronoun; also say whether nothing fits one of them."""
    tokens = words(question)
    edits: list[tuple[int, int, str]] = []
    unresolved = False
    last = 0
    for i, token in enumerate(tokens):
        end = _reference(question, tokens, i) if i >= last else 0
        if not end:
            continue
        mention = next(_meant(tokens, i, end, turns), None)
        if mention is None:
            unresolved = unresolved or token.text.lower() != "the"
        elif not any(mention.text == text for _, _, text in edits) or token.text.lower() in _POSSESSIVE:
            edits.append((token.start, tokens[end - 1].end, _inflect(mention, tokens, i)))
            last = end
    for start, end, text in reversed(edits):
        question = question[:start] + text + question[end:]
    return question, unresolved


def refers_inside(question: str) -> bool:
    """Say whether the first pronoun comes in a later clause: `Who would be arrested if they returned?`."""
    tokens = words(question)
    lower = [token.text.lower() for token in tokens]
    clause = next((i for i, word in enumerate(lower) if i and word in _CLAUSE), len(tokens))
    first = next((i for i in range(len(tokens)) if _reference(question, tokens, i)), -1)
    return 0 < clause < first


def refers(question: str) -> bool:
    """Say whether a question refers to an earlier turn by a word of it, as far as can be told from itself."""
    tokens = words(question)
    return any(_reference(question, tokens, i) for i in range(len(tokens)))


def _reference(question: str, tokens: list[Word], i: int) -> int:
    """Say where a reference to an earlier turn that starts at word `i` ends (exclusive), or 0 where none starts."""
    word = tokens[i].text.lower()
    before = tokens[i - 1].text.lower() if i else ""
    after = tokens[i + 1].text.lower() if i + 1 < len(tokens) else ""
    if chosen := ordinal(tokens, i):
        return chosen[0]
    if word in _PERSONAL:
        if tokens[i].text.isupper() and len(word) == 2 and not question.isupper():
            return 0  # "IT" is a name
        named = _ANNOUNCED.match(question) or _named_inside(tokens, i)
        return 0 if _means_nothing(question, word) or named else i + 1
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
    stands = before in AUXILIARY or before in PREPOSITIONS or not i
    if after in CALENDAR or after in ("who", "which"):
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


def _meant(tokens: list[Word], i: int, end: int, turns: Sequence[Turn]) -> Iterator[Mention]:
    """Give what a pronoun may mean, from the latest turn on: agreement decides, then the subject comes first."""
    word = tokens[i].text.lower()
    if chosen := ordinal(tokens, i):
        yield from (Mention(text) for turn in turns if (text := pick(turn.listed, chosen[1])))
        return
    noun = tokens[i + 1] if end == i + 2 else None
    if word in ("one", "ones"):
        named = _asked_for(turns[0]) if tokens[i - 1].text.lower() in ("which", "what") else None
        yield from [named] if named else []
        return
    if (word in _DEMONSTRATIVE and not noun) or word == "then":
        return
    own = {token.stem for token in tokens}
    ends = end == len(tokens) or tokens[end].stops or (i > 0 and tokens[i - 1].text.lower() in AUXILIARY - BE)
    known = called(turns) if word in _HE | _IT else {}
    for turn in _introducing_first(turns) if word in _IT | _THEY else turns:
        spoken_of = [m for m in mentions(turn) if not own.issuperset(w.stem for w in words(m.text))]
        if word in _PERSONAL:
            fitting = _agreeing(word, spoken_of, turn, known)
        elif word == "there":
            fitting = [m for m in spoken_of if m.place]
        else:
            fitting = _of_kind(word, noun, turn, spoken_of, ends) if noun else []
        yield from (_in_full(mention, turns) for mention in fitting)
    if word in _THEY and (kind := _kind(turns)):
        yield kind


def _agreeing(word: str, spoken_of: list[Mention], turn: Turn, known: dict[str, str]) -> list[Mention]:
    """Give what a personal pronoun can mean of what a turn spoke of."""
    asked = ask(turn.question)
    if word in _IT:
        forms = [(m, told(m, known)) for m in spoken_of if not m.plural]
        return [m for m, form in forms if form == "they" or (not m.person and not form)]  # a name does not tell a firm
    if word in _HE:
        fitting = [m for m in spoken_of if m.person and not m.plural and agrees(m, word, known)]
        goes_on = asked.role == "object"  # who was called so goes on to be
        return sorted(
            fitting,
            key=lambda m: (
                goes_on and not is_called(m, word, known),
                m.text.lower().startswith(("a ", "an ")),  # "Did she have a brother?"
                not being(m.text),
                not m.name,
            ),
        )
    acting = [m for m in spoken_of if m.text != turn.short or asked.kind != "place"]
    # what does something comes before what it is done to: they closed it, after "Which mill did the firm close?"
    names = sorted((m for m in acting if m.name), key=lambda m: asked.role == "object" and m.text == turn.short)
    return [m for m in acting if m.plural] or names


def _asked_for(turn: Turn) -> Mention | None:
    """Give the noun that a turn asked for: `Which one …?` is `Which group …?` after `Which group dominates Idlib?`."""
    tokens, focus = words(turn.question), ask(turn.question).focus
    noun = [token.text for token in tokens[1:] if token.stem in focus]
    asked = noun and tokens[0].text.lower() in ("which", "what")
    return Mention(" ".join(noun)) if asked else None


def _kind(turns: Sequence[Turn]) -> Mention | None:
    """Give the thing that was introduced last: `they` may be of its kind, after `Tell me about the blue whale.`."""
    things = (m for turn in turns if introduced(turn.question)[1] for m in mentions(turn) if not m.person)
    return next(things, None)


def _introducing_first(turns: Sequence[Turn]) -> Iterator[Turn]:
    """Give the turns, the latest first, after the one that introduced a thing, where none was answered since.

    After `Tell me about lavender.` and `Which places are known for fields?`, which has no answer, `it` is lavender.
    """
    unanswered = itertools.takewhile(lambda turn: not turn.short, turns)
    yield from itertools.islice((turn for turn in unanswered if introduced(turn.question)[1]), 1)
    yield from turns


def _of_kind(word: str, noun: Word, turn: Turn, spoken_of: list[Mention], ends: bool) -> list[Mention]:
    """Find what `that province` means: the answer to `Which province …?`, a phrase with that noun, or a place.

    `the party` only means a name that ends with the word, since it may as well be another party, and only where the
    phrase `ends` with it (`the party chairman`).
    """
    if turn.short and noun.stem in ask(turn.question).focus:
        return [Mention(turn.short)]
    if word == "the":
        names = [m for m in spoken_of if m.name and len(words(m.text)) > 1] if ends else []
        return [m for m in names if words(m.text)[-1].stem == noun.stem]
    fitting = [m for m in spoken_of if noun.stem in {w.stem for w in words(m.text)}]
    if fitting or noun.text.lower() not in PLACE_NOUNS | PERSON_NOUNS:
        return fitting
    return [m for m in spoken_of if (m.place if noun.text.lower() in PLACE_NOUNS else m.person)]


def _in_full(mention: Mention, turns: Sequence[Turn]) -> Mention:
    """Name something as fully as an earlier turn does: `Lavrov` and `Sergei` are `Sergei Lavrov`."""
    answers = (turn.short for turn in turns if turn.short.startswith(f"{mention.text} "))
    if whole_answer := next((a for a in answers if any(a in turn.question for turn in turns)), ""):
        return replace(mention, text=whole_answer)
    part = mention.text.split()
    if len(part) != 1 or not mention.name:
        return mention
    for turn in turns:
        for other in mentions(turn):
            whole = other.text.split()
            if other.name and len(whole) in (2, 3) and part[0] in (whole[0], whole[-1]):
                return replace(mention, text=other.text)
    return mention


def _inflect(mention: Mention, tokens: list[Word], i: int) -> str:
    """Put a mention into the case of its pronoun: `his` is `Assad's`, `there` is `in Athens`."""
    word = tokens[i].text.lower()
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    text = mention.text
    if word == "there":
        text = f"in {text}"
    if word in _POSSESSIVE or (word == "her" and following and following.text.lower() not in STOP_WORDS - OWNED):
        text += "'" if text.endswith("s") and mention.plural else "'s"
    if i == 0:
        return text[0].upper() + text[1:]
    return text[0].lower() + text[1:] if _ARTICLE.match(text) else text
