"""An earlier turn into the things that it spoke of: its answer, and the noun phrases of its question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .question import AUXILIARY, BE, ask
from .words import Word, word_set, words

_BEFORE_NOUNS = word_set("of about on with between and for in")
_BE = word_set("is are was were")
_INTRODUCING = re.compile(
    r"(?:.{1,20}[.!,] )?(?:(?:and|so|but|now|ok|okay|please),? )?"
    r"(?:(?:(?:can|could) you )?(?:tell me|talk) (?:more |something |a bit )?about|describe|explain|"
    r"(?:what|who)(?:['’]s| is| are| was| were)|(?:what|how) about|"
    r"i(?:['’]d| would) like to (?:know|learn) (?:more )?about) "
    r"(?P<phrase>.+)",
    re.IGNORECASE | re.DOTALL,
)
_NEXT_CLAUSE = re.compile(r",|\band (?:why|how|what|when|where|who)\b", re.IGNORECASE)
_JUDGING = word_set(
    """important different famous worth like best due open closed available allowed free ready possible legal safe
    dangerous expensive necessary kept made built held sold paid sent taken given found born dead alive known written
    shown done gone set lost won"""
)
"""Words that tell what something is like, or what becomes of it, and do not name it: `When is the rent due?`."""
_INVERTING = AUXILIARY - BE - word_set("has have had")
"""Verbs behind which a question has its subject, and after it the verb itself: `How long does the whale get?`."""
_VERBS = word_set(
    """have be do get eat live go come give take make become begin know think say tell find keep lose win sell buy pay
    grow die bring write weigh allow include contain provide receive require believe happen mean produce create build
    sit speak teach learn let meet prevent protect read remain see seek seem send serve spend stay survive swim try
    understand wear affect apply appear arrive ask carry choose consist continue contribute decide define depend
    describe develop differ discover earn enter exist expand explain expire feel follow gain govern hear improve inherit
    join kill lay maintain manage marry migrate oppose own perform prefer prepare prove represent respond retire suffer
    tend treat ever often always still never usually normally typically actually really currently"""
)
"""Verbs that name nothing, and what stands before one: a subject ends before them. Others are told by their place."""
_ENDING_LIKE_VERBS = word_set("king ring wing spring string building meeting wedding painting bed seed speed breed")
_ANYBODY = word_set("people anyone anybody someone somebody everyone everybody others things")
LONGEST_INTRODUCED = 4
"""Words of something that a question introduces."""
_TITLES = re.compile(
    r"(?:mr|mrs|ms|dr|president|minister|general|king|queen|pope|senator|professor|sir|lady|prince|princess|chancellor|"
    r"ambassador|secretary|judge|captain|colonel|saint)$",
    re.IGNORECASE,
)
_BODIES = word_set(
    """university party group council nations union observatory city river states state province company
    corporation institute museum party league team church bank army war battle act treaty empire kingdom republic
    island sea ocean mountain lake college school government commission committee association organization
    organisation agency"""
)

_COUNTRIES = word_set(
    """afghanistan albania algeria andorra angola argentina armenia australia austria azerbaijan bahrain bangladesh
    barbados belarus belgium belize benin bhutan bolivia bosnia botswana brazil britain brunei bulgaria burundi cambodia
    cameroon canada chile china colombia congo croatia cuba cyprus czechia denmark djibouti dominica ecuador egypt
    england eritrea estonia eswatini ethiopia fiji finland france gabon gambia germany ghana greece grenada guatemala
    guinea guyana haiti honduras hungary iceland india indonesia iran iraq ireland israel italy jamaica japan kazakhstan
    kenya kiribati kosovo kuwait kyrgyzstan laos latvia lebanon lesotho liberia libya liechtenstein lithuania luxembourg
    madagascar malawi malaysia maldives mali malta mauritania mauritius mexico micronesia moldova monaco mongolia
    montenegro morocco mozambique myanmar namibia nauru nepal netherlands nicaragua niger nigeria norway oman pakistan
    palau palestine panama paraguay peru philippines poland portugal qatar romania russia rwanda samoa scotland senegal
    serbia seychelles singapore slovakia slovenia somalia spain sudan suriname sweden switzerland syria taiwan
    tajikistan tanzania thailand togo tonga tunisia turkey turkmenistan tuvalu uganda ukraine uruguay uzbekistan vanuatu
    venezuela vietnam wales yemen zambia zimbabwe africa america asia europe antarctica"""
)
"""Countries of one word, which nobody means by `she`; Jordan, Georgia and Chad may be somebody, and are not here."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier turn: the question as it was understood, its short answer ("" where it abstained), what it listed."""

    question: str
    short: str
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that was spoken of, and what can be told of it: a `person`, many (`plural`), a `place`."""

    text: str
    person: bool = False
    plural: bool = False
    place: bool = False
    name: bool = False


def mentions(turn: Turn) -> list[Mention]:
    """List what a turn spoke of, its subject first: the answer where the asking word was the subject."""
    asked = ask(turn.question)
    found = list(_phrases(turn.question))
    if not turn.short or asked.kind in ("describe", "date", "number", "amount", "measure", "reason", "manner"):
        return found
    tokens = words(turn.short)
    name = any(token.capitalised and not token.stops for token in tokens)
    answer = Mention(
        turn.short,
        person=asked.kind == "person" and name and not _is_body(tokens),
        plural=_is_plural(tokens),
        place=asked.kind == "place" and name,
        name=name,
    )
    first = asked.subject or asked.kind in ("person", "which") or asked.focus
    return [answer, *found] if first else [*found, answer]


def introduced(question: str) -> tuple[int, int]:
    """Say where the thing stands that a question is wholly about: `blue whales` in `Tell me about the blue whales.`

    Gives its start and end in the question, without an article, twice 0 where a question asks for more than what
    something is.
    """
    asked = _INTRODUCING.fullmatch(question.rstrip("?!. "))
    if not asked:
        return 0, 0
    tokens = words(_NEXT_CLAUSE.split(asked["phrase"])[0])
    if tokens and tokens[0].text.lower() in ("the", "a", "an", "some"):
        tokens = tokens[1:]
    stops = [token.text.lower() for token in tokens if token.stops]
    named = 0 < len(tokens) <= LONGEST_INTRODUCED and not tokens[0].stops and not set(stops) - {"of", "and", "the"}
    if not named or judges(tokens[0]) or tokens[-1].text.lower().endswith("ed"):
        return 0, 0
    return asked.start("phrase") + tokens[0].start, asked.start("phrase") + tokens[-1].end


def _phrases(question: str) -> Iterator[Mention]:
    """Yield the noun phrases of a question that can be told without grammar: names, and nouns after an article.

    After `What is the history of ragu?`, `it` is ragu: what something is asked of comes before what is asked of it, and
    a subject without an article (`What do zoos say about the lions?`) after what is asked about.
    """
    tokens = words(question)
    asked = ask(question)
    runs = {first: last for first, last in name_runs(tokens) if not tokens[first].numeric}
    runs |= _introduced(question, tokens)
    later: list[Mention] = []
    i = 0
    while i < len(tokens):
        before = tokens[i - 1].text.lower() if i else ""
        article = before in ("the", "a", "an")
        last = runs.get(i, -1)
        subject = inverted(tokens, i - 1 if article else i)
        opens = article or (before in _BEFORE_NOUNS and i > 1) or (before in _BE and i == 2) or subject
        if last < 0 and opens and not tokens[i].stops and not judges(tokens[i]):
            last = subject_end(tokens, i) if subject else _noun_end(tokens, i)
        if last >= 0:
            mention = _mention(question, tokens, i, last, article, asked.kind)
            asked_of = [token.text.lower() for token in tokens[last + 1 : last + 2]] == ["of"]
            if (asked_of or (subject and not article)) and not mention.name:
                later.append(mention)
            else:
                yield mention
            i = last
        i += 1
    yield from later


def _introduced(question: str, tokens: list[Word]) -> dict[int, int]:
    """Give the first and the last word of what a question introduces, where it is one noun phrase."""
    start, end = introduced(question)
    inside = [i for i, token in enumerate(tokens) if start <= token.start < end]
    return {inside[0]: inside[-1]} if inside and not any(tokens[i].stops for i in inside) else {}


def _noun_end(tokens: list[Word], i: int) -> int:
    """Say which word ends the noun phrase that starts at word `i`: three words at most, none of them like a verb."""
    last = i
    while (
        last + 1 < len(tokens) and last - i < 2 and not tokens[last + 1].stops and not tokens[last].text.endswith("s")
    ):
        word = tokens[last + 1].text.lower()
        if (word.endswith(("ed", "ing")) and word not in _ENDING_LIKE_VERBS) or judges(tokens[last + 1]):
            break
        if last > i and tokens[last].capitalised and not tokens[last + 1].capitalised:
            break  # "a used Lamborghini cost"
        last += 1
    return last


def inverted(tokens: list[Word], i: int) -> bool:
    """Say whether the subject of a question, which its verb follows, starts at word `i`."""
    anybody = tokens[i].text.lower() in _ANYBODY
    return i > 0 and tokens[i - 1].text.lower() in _INVERTING and not anybody


def subject_end(tokens: list[Word], i: int) -> int:
    """Say which word ends the subject that starts at word `i`: its verb is behind it, and no part of it."""
    last = _noun_end(tokens, i)
    lower = [token.text.lower() for token in tokens[: last + 2]]
    verb = next((k for k in range(i + 1, len(lower)) if lower[k] in _VERBS), 0)
    if verb:
        return verb - 1
    goes_on = last + 1 < len(tokens) and not tokens[last + 1].stops
    if not tokens[i].capitalised and not goes_on:  # "the army attack Paris", not "a used Lamborghini cost"
        last = next((k for k in range(i + 1, last + 1) if tokens[k].capitalised), last + 1) - 1
    named = goes_on and (tokens[last].capitalised or judges(tokens[last + 1]))
    return last if named or last == i or tokens[last].text.endswith("s") else last - 1


def judges(token: Word) -> bool:
    """Say whether a word tells what something is like and does not name it: `What places are famous?`."""
    return token.text in _JUDGING


def _mention(question: str, tokens: list[Word], first: int, last: int, article: bool, kind: str) -> Mention:
    run = tokens[first : last + 1]
    before = tokens[first - 1].text.lower() if first else ""
    name = run[0].capitalised
    start = tokens[first - 1].start if article else run[0].start
    text = re.sub(r"['’]s?$", "", question[start : run[-1].end])
    defined = kind == "describe" and tokens[0].text.lower() in ("who", "who's")
    country = len(run) == 1 and name and run[0].text.lower() in _COUNTRIES
    placed = country or (before in ("in", "at", "near", "from", "to") and name)
    titled = any(_TITLES.match(token.text) for token in run) and not _is_body(run)
    full = 2 <= len(run) <= 4 and all(token.capitalised for token in run) and not article and not _is_body(run)
    alone = len(run) == 1 and name and not article and not run[0].text.isupper()
    person = name and (defined or titled or ((full or alone) and not placed))
    return Mention(text, person=person, plural=_is_plural(run) and not run[-1].capitalised, place=placed, name=name)


def _is_plural(run: Sequence[Word]) -> bool:
    head = run[-1].text.lower() if run else ""
    return any(word.text.lower() == "and" for word in run) or (head.endswith("s") and not head.endswith("ss"))


def _is_body(run: Sequence[Word]) -> bool:
    return any(word.text.lower() in _BODIES or (word.text.isupper() and len(word.text) > 1) for word in run)


def name_runs(tokens: list[Word]) -> Iterator[tuple[int, int]]:
    """Yield first and last word of each name or number, leaving out the word that opens the question."""
    first = -1
    for i, token in enumerate(tokens):
        names = i > 0 and (token.capitalised or token.numeric) and not token.stops
        if names and first < 0:
            first = i
        joins = token.text.lower() in ("of", "the", "de", "al", "for") and i + 1 < len(tokens)
        joins = joins and tokens[i + 1].capitalised and first >= 0
        if first >= 0 and not names and not joins:
            yield first, i - 1
            first = -1
    if first >= 0:
        yield first, len(tokens) - 1
