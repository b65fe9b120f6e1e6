"""A question into what it asks for: the expected type of the answer, its noun, its verbs and its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .words import STOP_WORDS, Word, stem, weight, word_set, words

ASKING = word_set("who whom whose what which when where why how what's who's")
BE = word_set("is are was were be been being's")
"""Forms of be."""
AUXILIARY = BE | word_set("do does did has have had can could will would should may might must")
"""Verbs that open a question or follow its asking word."""
_DATE_NOUNS = word_set("year date day century decade month era period time season years dates")
_NUMBER_NOUNS = word_set(
    "percent percentage number amount population share proportion age size height length price cost speed rate"
)
PLACE_NOUNS = word_set("place country city state town region area location province county continent village")
PERSON_NOUNS = word_set("person man woman king queen president author actor scientist leader people")
MEASURES = word_set("old long tall high big large far fast deep wide heavy hot cold often small close")
"""What follows `how` where a measure is asked for."""
_SKIPPED = word_set("other two three four else kind type types kinds sort of the more most")
_BEFORE_FOCUS = _SKIPPED | MEASURES | {"many", "much"}
_SAYING_VERBS = word_set(
    """say tell call describe claim warn urge argue state report suggest ask announce write believe think recommend
    demand propose conclude show find"""
)
_SAYING = frozenset(stem(verb) for verb in _SAYING_VERBS)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a question asks for.

    `kind` is the expected type of the answer, `focus` the stems of the noun it is asked after (`which province`),
    `wanted` each content stem with its weight, `verbs` the stems that are likely its verbs. `role` is what the asking
    word is to the verb: "subject" (`Who bombed …`), "be" (`What was seen …`) or "object" (`What did she urge`).
    """

    kind: str
    focus: frozenset[str]
    wanted: Mapping[str, float]
    names: frozenset[str]
    numbers: frozenset[str]
    verbs: frozenset[str]
    role: str

    @property
    def subject(self) -> bool:
        """Whether the asking word is the subject of the question."""
        return self.role == "subject"


def ask(question: str) -> Ask:
    """Read what a question asks for: `Which province …?` asks for a place, with the focus `province`."""
    tokens = words(question[:2000])
    lower = [token.text.lower() for token in tokens]
    at = next((i for i, word in enumerate(lower) if word in ASKING), None)
    kind, focus = _kind(lower, tokens, at)
    content = {token.stem: weight(token) for i, token in enumerate(tokens) if weight(token) and i != at}
    first_content = at if at == 0 else -1
    names = {t.stem for i, t in enumerate(tokens) if t.capitalised and not t.stops and i > max(first_content, 0)}
    verb_at = 0 if at is None else at + 1
    while verb_at < len(lower) and (lower[verb_at] in focus or lower[verb_at] in _BEFORE_FOCUS):
        verb_at += 1
    after = lower[verb_at] if verb_at < len(lower) else ""
    return Ask(
        kind=kind,
        focus=frozenset(stem(word) for word in focus),
        wanted=content,
        names=frozenset(names),
        numbers=frozenset(token.stem for token in tokens if token.numeric),
        verbs=_verbs(tokens, verb_at),
        role="be" if after in BE else "subject" if after and after not in AUXILIARY else "object",
    )


def _verbs(tokens: list[Word], after: int) -> frozenset[str]:
    """Guess the verbs of a question: small words that stand in no noun phrase that an article or preposition opens."""
    found: set[str] = set()
    in_phrase = False
    for i, token in enumerate(tokens[after:], after):
        word = token.text.lower()
        if i == after and word not in AUXILIARY:
            found.add(token.stem)
        elif token.stops:
            in_phrase = word not in AUXILIARY and word != "to"
        elif token.capitalised:
            in_phrase = False
        elif not in_phrase or word.endswith(("ed", "ing")):
            found.add(token.stem)
    return frozenset(found)


def _kind(lower: list[str], tokens: list[Word], at: int | None) -> tuple[str, list[str]]:
    if at is None:
        return "other", []
    asking, rest = lower[at], lower[at + 1 :]
    follows = rest[0] if rest else ""
    if asking == "how":
        return _kind_of_how(rest)
    if asking in ("when", "where", "why"):
        return {"when": "date", "where": "place", "why": "reason"}[asking], []
    if asking in ("who", "whom", "whose", "who's"):
        defines = follows in BE and all(t.capitalised or t.stops for t in tokens[at + 2 :])
        return ("describe" if defines or asking == "who's" else "person"), []
    if follows in AUXILIARY or asking == "what's":
        return _kind_of_what(rest)
    skipped = next((i for i, word in enumerate(rest) if word not in _SKIPPED), 0)
    focus: list[str] = []
    for word in rest[skipped : skipped + 4]:
        if word in STOP_WORDS or (focus and word.endswith(("ed", "s")) and not focus[-1].endswith("ing")):
            break
        focus.append(word)
    return _kind_of_noun(focus), focus


def _kind_of_how(rest: list[str]) -> tuple[str, list[str]]:
    follows = rest[0] if rest else ""
    if follows in ("many", "much"):
        focus = []
        for word in rest[1:4]:
            if word in STOP_WORDS:
                break
            focus.append(word)
        return ("number" if follows == "many" else "amount"), focus[:2]
    return ("measure" if follows in MEASURES else "manner"), []


def _kind_of_what(rest: list[str]) -> tuple[str, list[str]]:
    if any(stem(word) in _SAYING for word in rest[1:]) and rest[0] in ("did", "does", "do", "has", "have", "had"):
        return "said", []
    if rest and rest[0] in BE:
        noun = [word for word in rest[1:4] if word not in STOP_WORDS][:1]
        if "of" in rest and noun and _kind_of_noun(noun) != "which":
            return _kind_of_noun(noun), noun
        content = [word for word in rest[1:] if word not in STOP_WORDS]
        acts = rest[-1] in STOP_WORDS or any(word.endswith(("ed", "ing")) for word in content[1:])
        if len(content) <= 3 and not acts and not any(word in ("of", "called", "by") for word in rest):
            return "describe", []
        return "what_is", []
    return "thing", []


def _kind_of_noun(focus: list[str]) -> str:
    for kind, nouns in (
        ("date", _DATE_NOUNS),
        ("number", _NUMBER_NOUNS),
        ("place", PLACE_NOUNS),
        ("person", PERSON_NOUNS),
    ):
        if any(word in nouns or word.removesuffix("s") in nouns for word in focus[-1:]):
            return kind
    return "which"
