"""A text into words with offsets: stems, stop words and weights, the vocabulary of the reader without a model."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from index.tokens import load_encoding

_PARTED = r"-(?:based|born|led|backed|run|owned|built|wide|year|years|old|day|month|mile|foot)\b"
_WORD = re.compile(rf"\d+(?:[.,]\d+)+\w*|\w+(?:(?!{_PARTED})[.&/’'-]\w+)*")


def word_set(text: str) -> frozenset[str]:
    """Write a set of words as one text: `word_set("he she")`."""
    return frozenset(text.split())


STOP_WORDS = word_set(
    """a about above after again all also am an and any are as at be because been before being below between both
    but by can could did do does doing done down during each few for from further had has have having he her here
    hers herself him himself his how i if in into is it its itself just let may me might more most much must my no
    nor not now of off on once only or other our ours out over own same shall she should so some such than that the
    their theirs them themselves then there these they this those through to too under until up upon us very was we
    were what when where which while who whom whose why will with within would you your yours according s many"""
)
"""Words that say nothing about the subject of a question."""

_ALIKE = """begin began begun;say said;fight fought;win won;write wrote written;build built;find found;
    make made;take took taken;give gave given;come came;go went gone;hold held;lead led;leave left;keep kept;bring
    brought;buy bought;teach taught;think thought;become became;grow grew grown;know known knew;see saw seen;speak spoke
    spoken;tell told;sell sold;send sent;spend spent;lose lost;meet met;choose chose chosen;fall fell fallen;rise rose
    risen;run ran;draw drew drawn;drive drove driven;break broke broken;child children;man men;woman women;person
    people;city cities;country countries;die death dead;live life lives;born birth;high height;long length;old age;
    wide width;deep depth;strong strength;hot heat;marry married marriage;bear bore borne"""
_IRREGULAR = {form: forms.split()[0] for forms in _ALIKE.split(";") for form in forms.split()}


_ENDINGS_TEXT = (
    "izations ization ational ations ation ities ators ator ments ment ances ance ences ence ingly ings ing edly eed "
    "ed ions ion ives ive ity ors or ers er ies ied ally al ly es s e y"
)
_ENDINGS = _ENDINGS_TEXT.split()


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, where it stands, and its stem."""

    text: str
    start: int
    end: int
    stem: str

    @property
    def stops(self) -> bool:
        """Whether the word says nothing about a subject."""
        return self.stem in STOP_WORDS or self.text.lower() in STOP_WORDS

    @property
    def capitalised(self) -> bool:
        """Whether the word starts like a name: `Idlib`, `al-Qaeda`, `iPhone`."""
        return any(letter.isupper() for letter in self.text)

    @property
    def numeric(self) -> bool:
        """Whether the word has a figure in it or is a number word."""
        return any(letter.isdigit() for letter in self.text) or self.text.lower() in NUMBER_WORDS


NUMBER_WORDS = word_set(
    """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands
    million millions billion billions trillion dozen dozens half zero twice thrice"""
)


COMMON, RARE = 256, 65_536
"""Ranks of words that are not rare at all (those before are single bytes), and quite rare."""


def words(text: str) -> list[Word]:
    """Find the words of a text: `words("Syria's 4.5 U.S. flags")` are `Syria's`, `4.5`, `U.S`, `flags`.

    A compound is one word (`al-Qaeda`), but `Britain-based` and `12-year-old` are in parts: questions ask for those.
    Combining marks and joiners belong to the word that they follow, as in Devanagari or Thai.
    """
    places = [m.span() for m in _WORD.finditer(text)]
    if not text.isascii():
        places = _join_marks(text, places)
    return [Word(text[start:end], start, end, stem(text[start:end])) for start, end in places]


def _join_marks(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in places:
        while end < len(text) and (unicodedata.category(text[end])[0] == "M" or text[end] in "\u200c\u200d"):
            end += 1
        if joined and joined[-1][1] >= start:
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Cut a word's ending off, so that `guaranteed` meets `guarantor`; rough on purpose, for matching only."""
    word = re.sub(r"[’']s?$|[’']", "", word.lower()[:64])
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not word.isalpha() or word in STOP_WORDS:
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= (3 if ending == "s" else 4) and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if word.endswith("e") and len(word) > 4:
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiouls" else word


def weight(word: Word) -> float:
    """Say how much a word tells: nothing for a stop word, more for a long one, most for a name or a number."""
    if word.stops:
        return 0.0
    return min(len(word.text), 9) / 9 + (0.5 if word.capitalised or word.numeric else 0.0)


@lru_cache(maxsize=65536)
def rarity(word: str) -> float:
    """Say how rare a word is in English, from 0 to 1, by its rank in the vocabulary that sizes passages.

    Its ranks are in the order of frequency in the text that it was made from; a word that is none of its tokens is 1.
    """
    tokens = load_encoding().encode_ordinary(f" {word.lower()}")
    return math.log(max(tokens[0], COMMON) / COMMON) / math.log(RARE / COMMON) if len(tokens) == 1 else 1.0
