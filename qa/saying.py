"""What somebody said into what a text calls it: `What did Trump say?` into `What did Trump warn?`.

Whoever warns says something, but the reader takes another verb for another question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from index import Hit
from index.sentences import sentences

from .ellipsis import DETERMINERS
from .words import word_set, words

MOST = 3
"""Other wordings of a question at most: each is read. Of 291 questions of `benchmarks.sayings` 170 / 170 / 171 / 171
are answered rightly with 1 / 2 / 3 / 20, beside one paragraph; five passages hold more verbs."""


def _forms(verb: str) -> tuple[str, ...]:
    root = verb.removesuffix("e")
    return verb, f"{verb}s", f"{root}ed", f"{root}ing"


_VERBS = (
    "advise announce argue ask claim complain conclude confirm declare demand explain insist note predict promise "
    "propose recommend report request reveal say state stress suggest threaten tweet urge warn"
)
"""Verbs of which what is said is the object."""

_FORMS = {
    **{form: verb for verb in _VERBS.split() for form in _forms(verb)},
    **dict.fromkeys(("tell", "tells", "telling", "told"), "tell"),
    **dict.fromkeys(("admit", "admits", "admitting", "admitted"), "admit"),
    **dict.fromkeys(("reply", "replies", "replying", "replied"), "reply"),
    "said": "say",
}
"""Forms of these verbs, and of some that are not regular."""

_BEFORE_NOUNS = DETERMINERS | word_set("its their his her no any")
"""Words after which one of those forms is a noun: `in a tweet`."""

_ASKED = re.compile(
    r"""what\s+ (?P<does>did|does|do|has|have|had|is|are|was|were) \s+ (?P<who>.+?) \s+
    (?P<said>say|tell|said|told|saying|telling) \b (?P<rest>.*)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def said_as(question: str, hits: Sequence[Hit]) -> list[str]:
    """Give a question that asks what somebody said with the verbs of the sentences that name who it was; else none."""
    asked = _ASKED.fullmatch(question.strip())
    if not asked:
        return []
    does = asked["does"] if asked["does"].lower() in ("did", "does", "do") else "did"
    verbs = dict.fromkeys(verb for verb in _verbs_of(asked["who"], hits) if verb != asked["said"].lower())
    return [f"What {does} {asked['who']} {verb}{asked['rest']}" for verb in islice(verbs, MOST)]


def _verbs_of(who: str, hits: Sequence[Hit]) -> Iterator[str]:
    """Give the verbs of saying in the sentences that name somebody, those of the best hit first."""
    named = {word.stem for word in words(who) if not word.stops}
    for hit in hits if named else ():
        for start, end in sentences(hit.passage.text):
            found = words(hit.passage.text[start:end])
            if named <= {word.stem for word in found}:
                verbs = (word.text for before, word in pairwise(found) if before.text.lower() not in _BEFORE_NOUNS)
                yield from (_FORMS[verb] for verb in verbs if verb in _FORMS)
