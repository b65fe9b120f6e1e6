"""A document into questions that it may answer, by the shapes of its sentences; asking says whether it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from typing import NamedTuple

from index.sentences import blocks, read_heading, sentences

LOOKED_AT = 40_000
"""Characters at the beginning of a document from which questions are made: enough for three, and quick."""

LONGEST = 90
"""Characters of a question that is offered, at most."""


class Candidate(NamedTuple):
    """A question, and the range of the text whose words should answer it."""

    question: str
    start: int
    end: int


def _either(words: str) -> str:
    return f"(?:{'|'.join(sorted(words.split(), key=len, reverse=True))})"


def _verbs(pairs: str) -> dict[str, str]:
    """Read "form=base" pairs; a form without a base is its own."""
    return {form: base or form for form, _, base in (pair.partition("=") for pair in pairs.split())}


_MONTHS = "January February March April May June July August September October November December"
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_NO_SUBJECT = (
    "I You He She It We They This That These Those There Here Who What Which Its His Her Their My Your One But And For "
    "When While As If After Before With Of In On At By From To Since Not So Then Also All Both Some Many Most No "
    f"{_DAYS} {_MONTHS}"
)
_NO_PART = "am is are was were be has have had and or but that which who when because to not"
_NO_NAME = f"{_NO_SUBJECT} The A An Our Each Every"
_NAMED = r"[A-Z][\w’'-]+(?: (?:[A-Z][\w’'-]+|of|for|al|de|van|von))* [A-Z][\w’'-]+"
_NAME = rf"(?P<the>[Tt]he |\b)(?!{_either(_NO_NAME)}\b)(?P<name>{_NAMED})"
_SUBJECT = rf"^(?!{_either(_NO_SUBJECT)}\b)(?P<subject>[A-Z][\w’'-]*(?: (?!{_either(_NO_PART)}\b)[\w’'-]+){{0,4}}?)"
_NUMBER = (
    r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens|hundreds|thousands)"
    r"(?: (?:hundred|thousand|million|billion))?"
)
_ABOUT = r"(?:about |around |at least |at most |up to |more than |nearly |over |only )?"
_YEAR = r"(?:1[5-9]|20)\d\d\b"
_DATE = (
    rf"(?:(?:\d{{1,2}} )?{_either(_MONTHS)}\b(?: \d{{1,2}}\b)?(?:,? \d{{4}})?|{_either(_DAYS)}\b|{_YEAR}"
    r"|the \d{1,2}(?:st|nd|rd|th)\b)"
)
_TIME = "second minute hour day week month year decade"
_UNITS = f"{_TIME} centurie time percent mile kilometer kilometre metre meter litre liter gram dollar euro pound degree"
_MONEY = r"(?:[$€£]\d|\d[\d,.]* (?:dollars|euros|pounds))"
_ROLE = (
    "analyst architect artist astronaut author chairman chairwoman chair chief composer director doctor editor "
    "engineer founder governor head journalist king lawyer leader manager mayor member minister painter philosopher "
    "physicist poet politician president professor queen researcher scientist secretary senator singer spokesman "
    "spokeswoman teacher treasurer writer"
)
_COUNTED = rf"\b(?!{_YEAR}){_NUMBER} (?P<things>(?:[a-z]+ )?(?!{_either(_UNITS)})[a-z]{{3,}}(?<![sui])s)\b"
_PLACED = "based born buried found grown held kept located situated stored"
_COOKED = "Bake Boil Charge Chill Cook Heat Hold Keep Knead Leave Press Rest Roast Simmer Soak Stir Wait"
_DONE = r"[a-z]+(?:ed|en|wn|ilt|und|ade|old|eld)"

_SAYING = _verbs(
    "announced=announce approved=approve built=build claimed=claim described=describe discovered=discover found=find "
    "invented=invent ordered=order planned=plan promised=promise proposed=propose recommended=recommend "
    "recorded=record rejected=reject reported=report said=say urged=urge warned=warn won=win wrote=write"
)
_DOING = _verbs(
    "ate=eat broke=break carried=carry caused=cause chose=choose created=create drank=drink gave=give lost=lose "
    "restored=restore saved=save wore=wear allows=allow blocks=block causes=cause contains=contain covers=cover "
    "damages=damage describes=describe eats=eat gives=give helps=help impairs=impair improves=improve includes=include "
    "increases=increase makes=make means=mean measures=measure needs=need offers=offer prevents=prevent "
    "produces=produce provides=provide reads=read reduces=reduce removes=remove requires=require shows=show "
    "supports=support teaches=teach turns=turn uses=use"
)
_HAPPENED = _verbs(
    "arrived=arrive became=become began=begin bought=buy closed=close died=die ended=end founded=found "
    "graduated=graduate joined=join launched=launch left=leave married=marry met=meet moved=move opened=open "
    "published=publish retired=retire returned=return sold=sell started=start took=take visited=visit won=win "
    "arrives=arrive begins=begin closes=close ends=end expires=expire leaves=leave meets=meet opens=open pays=pay "
    "starts=start"
)
_MADE = _verbs(
    "built= chaired= composed= designed= directed= discovered= drawn=drew edited= founded= funded= invented= led= "
    "made= owned= painted= produced= published= sung=sang written=wrote"
)
_LASTING = _verbs("lasts=last lives=live takes=take runs=run keeps=keep lasted=last took=take lived=live")
_STAYING = _verbs(
    "lived=live lives=live worked=work works=work stood=stand stands=stand lies=lie stayed=stay grew=grow"
)
_COSTING = _verbs("costs=cost weighs=weigh holds=hold weighed=weigh")
_CHANGING = _verbs("rose=rise fell=fall grew=grow increased=increase decreased=decrease dropped=drop")


def _any(verbs: dict[str, str]) -> str:
    return f"(?P<verb>{_either(' '.join(verbs))})"


_PATTERNS: list[tuple[str, str, dict[str, str]]] = [
    (rf"{_NAME}, (?:an? |the )?(?:[a-z]+ ){{0,3}}{_either(_ROLE)}\b", "Who is {name}?", {}),
    (
        rf"^(?P<name>{_NAMED}) (?P<is>is|was) (?:an? |the )(?:[\w-]+ ){{0,3}}{_either(_ROLE)}\b",
        "Who {is} {name}?",
        {},
    ),
    (rf"{_SUBJECT} (?P<is>is|was|will be) (?:on|in) {_DATE}", "When {is} {subject}?", {}),
    (
        rf"{_SUBJECT} (?P<is>was|were) (?P<done>{_DONE}) (?:[\w’'-]+ ){{0,6}}(?:in|on) {_DATE}",
        "When {is} {subject} {done}?",
        {},
    ),
    (
        rf"{_SUBJECT} {_any(_HAPPENED)}(?P<what>(?: [\w’'-]+){{0,5}}?) (?:in|on) {_DATE}",
        "When {does} {subject} {base}{what}?",
        _HAPPENED,
    ),
    (
        rf"{_SUBJECT} must be (?P<done>{_DONE}|paid|sent|handed in) (?:within|by|before) ",
        "When must {subject} be {done}?",
        {},
    ),
    (rf"{_NAME} {_any(_SAYING)} (?=\w+ \w+ \w+)", "What did {the}{name} {base}?", _SAYING),
    (rf"\b(?P<done>[a-z]+ed) {_ABOUT}{_COUNTED}", "How many {things} were {done}?", {}),
    (
        rf"{_SUBJECT} (?P<verb>has|had|have) {_ABOUT}{_COUNTED}",
        "How many {things} {does} {subject} have?",
        {},
    ),
    (rf"(?<!\band )(?<!\bor )(?<!\bto ){_COUNTED}", "How many {things} were there?", {}),
    (
        rf"{_SUBJECT} (?P<is>is|was|are|were) (?P<done>{_either(_PLACED)}) (?:in|at|on|near|under) ",
        "Where {is} {subject} {done}?",
        {},
    ),
    (
        rf"{_SUBJECT} {_any(_STAYING)} (?:up )?(?:in|at|near|on) (?!{_DATE})",
        "Where {does} {subject} {base}?",
        _STAYING,
    ),
    (rf"{_SUBJECT} (?:was|were|is) {_any(_MADE)} by ", "Who {base} {subject}?", _MADE),
    (
        rf"{_SUBJECT} (?P<is>is|was) {_ABOUT}{_NUMBER} [a-z]+ (?P<how>deep|high|long|old|tall|wide)\b",
        "How {how} {is} {subject}?",
        {},
    ),
    (rf"{_SUBJECT} (?P<is>is|was|are|were) {_ABOUT}{_MONEY}", "How much {is} {subject}?", {}),
    (
        rf"{_SUBJECT} {_any(_COSTING)} {_ABOUT}(?:[$€£]\d|{_NUMBER})",
        "How much {does} {subject} {base}?",
        _COSTING,
    ),
    (rf"{_SUBJECT} {_any(_CHANGING)} by ", "By how much {does} {subject} {base}?", _CHANGING),
    (
        rf"{_SUBJECT} {_any(_LASTING)} (?:for )?{_ABOUT}(?:{_NUMBER}|an?|one) {_either(_TIME)}",
        "How long {does} {subject} {base}?",
        _LASTING,
    ),
    (
        rf"^(?P<do>{_either(_COOKED)})(?P<what>(?: [a-z-]+){{0,5}}) for {_ABOUT}{_NUMBER} {_either(_TIME)}",
        "How long do you {do}{what}?",
        {},
    ),
    (rf"{_SUBJECT} {_any(_DOING)} (?=\w+)", "What {does} {subject} {base}?", _DOING),
    (
        rf"{_SUBJECT} (?P<must>must|should|shall|will) (?!be\b|have\b)[a-z]+ \w+",
        "What {must} {subject} do?",
        {},
    ),
    (rf"{_SUBJECT} (?P<is>is|was|are|were) (?P<how>[a-z]+) because ", "Why {is} {subject} {how}?", {}),
    (r"\ban? (?P<what>[a-z]+) (?:named|called) [A-Z]", "What is the {what} called?", {}),
    (rf"{_SUBJECT} (?P<is>is|are) (?:an? |the )[A-Za-z]", "What {is} {subject}?", {}),
    (r"^(?!\w+s:|Present:|Note:|Dear)(?P<label>[A-Z][a-z]+(?: [a-z]+){0,3}): \S", "What is the {label}?", {}),
]
_SHAPES = [(re.compile(pattern), question, verbs) for pattern, question, verbs in _PATTERNS]
_GENERIC = re.compile(
    r"(?:introduction|contents|summary|overview|notes?|references|conclusion|abstract)\b", re.IGNORECASE
)
_SMALL = ("The", "A", "An", "Our", "Each", "Every")


def candidate_questions(text: str) -> Iterator[Candidate]:
    """Make questions of the beginning of a text, those of different shapes in turn, none twice."""
    text = text[:LOOKED_AT]
    by_shape: list[list[Candidate]] = [list(_of_headings(text)), *([] for _ in _SHAPES)]
    for start, end in sentences(text):
        sentence = " ".join(text[start:end].split())
        for number, (shape, question, verbs) in enumerate(_SHAPES, 1):
            if 15 <= len(sentence) <= 400 and (found := shape.search(sentence)):
                asked = question.format(**_words(found, verbs, text))
                by_shape[number].append(Candidate(asked, start, end))
    seen = set()
    for candidate in (one for row in zip_longest(*by_shape) for one in row if one):
        if len(candidate.question) <= LONGEST and candidate.question not in seen:
            seen.add(candidate.question)
            yield candidate


def _of_headings(text: str) -> Iterator[Candidate]:
    """Ask what stands under a heading: the heading itself where it is a question, what it is where it is a name."""
    for block, below in pairwise(blocks(text)):
        if block.kind == "heading" and below.kind == "text":
            _, words = read_heading(text[block.start : block.end])
            if words.endswith("?"):
                yield Candidate(words, below.start, below.end)
            elif (
                len(words.split()) <= 4 and words[:1].isupper() and not _GENERIC.match(words) and _is_name(words, text)
            ):
                yield Candidate(f"What is {words}?", below.start, below.end)


def _words(found: re.Match[str], verbs: dict[str, str], text: str) -> dict[str, str]:
    """Give what a question is put together from: the words found, the verb's base form, and its auxiliary."""
    words = {name: word or "" for name, word in found.groupdict().items()}
    verb = words.get("verb", "")
    words["base"] = verbs.get(verb, verb)
    words["does"] = "do" if verb == "have" else "does" if verb.endswith("s") else "did"
    words["the"] = words.get("the", "").lower()
    words["label"] = words.get("label", "").lower()
    words["do"] = words.get("do", "").lower()
    if subject := words.get("subject"):
        first, space, rest = subject.partition(" ")
        words["subject"] = _first_word(first, rest, text) + space + rest
    return words


def _first_word(word: str, rest: str, text: str) -> str:
    """Write the first word of a sentence as it stands inside one: in small letters unless it seems to be a name."""
    small = word in _SMALL or re.search(rf"\b{re.escape(word.lower())}\b", text)
    common = (word.endswith("s") or rest[:1].islower()) and not _is_name(word, text)
    return word.lower() if small or common else word


def _is_name(words: str, text: str) -> bool:
    """Say whether words have their capitals also in the middle of a sentence."""
    return re.search(rf"[a-z,] {re.escape(words)}\b", text) is not None
