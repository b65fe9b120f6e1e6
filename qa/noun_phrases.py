"""The words of a question into where its noun phrases end: names, and nouns that stand before a verb or behind one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .question import AUXILIARY, BE
from .words import Word, word_set

_JUDGING = word_set(
    """important different famous worth like best due open closed available allowed free ready possible legal safe
    dangerous expensive necessary kept made built held sold paid sent taken given found born dead alive known written
    shown done gone set lost won better worse faster slower cheaper larger bigger smaller longer shorter older younger
    higher lower"""
)
"""Words that tell what something is like, or what becomes of it, and do not name it: `When is the rent due?`."""
HAVE = word_set("has have had")
_INVERTING = AUXILIARY - BE - HAVE
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
_PAST = word_set(
    """came went left fell won lost took got gave made said saw knew grew fought began ran sang wrote spoke rose broke
    chose drove flew drew ate drank sat stood slept kept held met felt thought bought brought caught taught sold told
    sent spent built lent paid struck shut led rode shook stole swam threw tore wore woke heard understood burst dealt
    dug fed fled froze hid hung shone sank slid stuck swept swung wept"""
)
"""Forms of verbs that do not end like one."""
_ENDING_LIKE_VERBS = word_set("king ring wing spring string building meeting wedding painting bed seed speed breed")
_IN_CLAUSES = word_set("i you he she it we they there me him us them neither none nobody")
"""Words that an answer of some words has only where it is a clause."""
_ADVERBS = word_set("first last now today again there here later yet too")
_ANYBODY = word_set("people anyone anybody someone somebody everyone everybody others things")
_JOINING = word_set("of the de la al for")
"""What stands inside a name, two at most: `Médaille de la Reconnaissance`."""
_PLURALS = word_set("people children men women police")
_BODIES = word_set(
    """university party group council nations union observatory city river states state province company
    corporation institute museum party league team church bank army war battle act treaty empire kingdom republic
    island sea ocean mountain lake college school government commission committee association organization
    organisation agency"""
)


def name_runs(tokens: list[Word]) -> Iterator[tuple[int, int]]:
    """Yield first and last word of each name or number, leaving out the word that opens the question."""
    first = -1
    for i, token in enumerate(tokens):
        names = i > 0 and (token.capitalised or token.numeric) and not token.stops
        if names and first < 0:
            first = i
        after = next((k for k in range(i, len(tokens)) if tokens[k].text.lower() not in _JOINING), i)
        joins = first >= 0 and i < after <= i + 2 and tokens[after].capitalised
        if first >= 0 and not names and not joins:
            yield first, i - 1
            first = -1
    if first >= 0:
        yield first, len(tokens) - 1


def noun_end(tokens: list[Word], i: int) -> int:
    """Say which word ends the noun phrase that starts at word `i`: three words at most, none of them like a verb."""
    last = i
    while (
        last + 1 < len(tokens) and last - i < 2 and not tokens[last + 1].stops and not tokens[last].text.endswith("s")
    ):
        word = tokens[last + 1].text.lower()
        if ends_like_verb(word) or judges(tokens[last + 1]) or word in _ADVERBS:
            break  # "Who lit the lamp first?"
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
    last = noun_end(tokens, i)
    lower = [token.text.lower() for token in tokens[: last + 2]]
    verb = next((k for k in range(i + 1, len(lower)) if lower[k] in _VERBS), 0)
    if verb:
        return verb - 1
    goes_on = last + 1 < len(tokens) and not tokens[last + 1].stops
    if not tokens[i].capitalised and not goes_on:  # "the army attack Paris", not "a used Lamborghini cost"
        last = next((k for k in range(i + 1, last + 1) if tokens[k].capitalised), last + 1) - 1
    named = goes_on and (tokens[last].capitalised or judges(tokens[last + 1]))
    return last if named or last == i or tokens[last].text.endswith("s") else last - 1


def is_noun(tokens: list[Word], i: int) -> bool:
    """Say whether word `i` may name something, as far as can be told from itself."""
    token = tokens[i] if i < len(tokens) else None
    return token is not None and not token.stops and not token.numeric and not judges(token)


def judges(token: Word) -> bool:
    """Say whether a word tells what something is like and does not name it: `What places are famous?`."""
    return token.text in _JUDGING


def is_verb(word: str) -> bool:
    """Say whether a word, in lower case, is or ends like a verb that says what happened: `died`, `left`, `survive`."""
    return word in _VERBS | _PAST or ends_like_verb(word)


def ends_like_verb(word: str) -> bool:
    """Say whether a word, in lower case, ends like a form of a verb, and is no noun such as *king*."""
    return word.endswith(("ed", "ing")) and word not in _ENDING_LIKE_VERBS


def happens(tokens: list[Word]) -> bool:
    """Say whether an answer says what happens, and names nothing: `died of pneumonia`, `she left`; or is a number."""
    happened = len(tokens) > 1 and is_verb(tokens[0].text)
    clause = len(tokens) > 1 and any(token.text.lower() in _IN_CLAUSES for token in tokens)
    clause = clause or any(token.text in _PAST for token in tokens[1:])
    return happened or clause or all(token.numeric or token.stops for token in tokens)


def is_plural(run: Sequence[Word]) -> bool:
    """Say whether words mean several: `Ann and Bob`, `warplanes`, `the Beatles`, but not `Paris` or `her son Lars`."""
    head = run[-1].text.lower() if run else ""
    several = head.endswith("s") and not head.endswith(("ss", "'s", "’s"))
    return (
        any(word.text.lower() == "and" for word in run)
        or head in _PLURALS
        or (several and (not run[-1].capitalised or run[0].text.lower() == "the"))
    )


def is_body(run: Sequence[Word]) -> bool:
    """Say whether a name is one of a body and not of somebody: `the Syrian Observatory`, `the UN`."""
    return any(word.text.lower() in _BODIES or (word.text.isupper() and len(word.text) > 1) for word in run)
