"""A question and the turns before it into the words of those turns that it leaves out, by a small logistic regression.

    What are the symptoms?     after     What is throat cancer?     →     throat, cancer

A word of the history is told by where and how often it was said, by what the question is like, and by what the packaged
model makes of it in the middle of the conversation (term selection, after QuReTeC, Voskarides et al. 2020, which trains
the whole of a larger model for it). `training/fit_topic.py` fits the weights to the rewrites of people, on half of the
dialogues, and says how well they do on the other half.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from index.embed import Embedder, TokenEmbedder, token_embedder

from .mentions import Turn, introduced
from .pronouns import refers
from .question import MEASURES
from .words import Word, rarity, stem, word_set, words

LEAST, POSSIBLE = 0.3, 0.14
"""The probability from which a word is taken, and from which it is in a wording that takes more of them.

With both, the dialogues that the weights were fitted on close 47.6 % of the gap on CAsT and 63.8 % on CANARD
(`benchmarks/follow_up_search.py`, every question with its topic); with one of .25 alone 45.4 and 62.9 %.
"""

MOST = 6
"""Words that are taken at most."""

Vector = NDArray[np.float32]

TELLING = frozenset(stem(word) for word in word_set("tell describe explain show"))

LONGEST_LINE = 400
"""Characters of a turn that the model reads beside others."""

LONGEST_SHORT = 8
"""Words of an earlier answer at most whose words are looked at; a longer one is a statement."""


@dataclass(slots=True)
class _Said:
    """A word of the history: as it was last said, in which turns (0 is the first), and how."""

    text: str
    turns: list[int] = field(default_factory=list)
    stem: str = ""
    name: bool = False
    number: bool = False
    answered: bool = False
    place: float = 1.0
    beside: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What the features of a word weigh alone, and what they and its vector, shape (dimension,), weigh together."""

    alone: dict[str, float]
    beside: dict[str, float]
    vector: Vector

    def log_odds(self, features: dict[str, float], vector: Vector | None) -> float:
        """Give the log-odds that a question leaves a word out, of which the vector may not be known."""
        weights = self.alone if vector is None else self.beside
        told = sum(weights[name] * value for name, value in features.items())
        return told if vector is None else told + float(self.vector @ vector)


def left_out(question: str, turns: Sequence[Turn], embedder: Embedder | None = None) -> tuple[list[str], list[str]]:
    """Give the words of earlier turns (the latest first) that a question leaves out, possibly and probably.

    Both are in the order in which they were said first. Without the packaged embedder they are told by features alone.
    """
    features = told(question, turns)
    tokens = token_embedder(embedder) if embedder and features else None
    vectors = word_vectors(question, turns, tokens) if tokens else {}
    weights = _weights()
    scores = {said: weights.log_odds(of_word, vectors.get(stem(said))) for said, of_word in features.items()}
    return _above(scores, POSSIBLE), _above(scores, LEAST)


def _above(scores: dict[str, float], probability: float) -> list[str]:
    least = math.log(probability / (1 - probability))
    taken = sorted((word for word, score in scores.items() if score > least), key=lambda word: -scores[word])[:MOST]
    return [word for word in scores if word in taken]


def told(question: str, turns: Sequence[Turn]) -> dict[str, dict[str, float]]:
    """Tell of each content word of the history that the question does not have what a regression can weigh."""
    own = words(question)
    content = [word for word in own if not word.stops]
    asked = {
        "pronoun": float(refers(question)),
        "length": min(len(content), 6) / 6,
        "named": float(any(word.capitalised and word.start > 0 for word in content)),
        "bare": float(len(content) <= 1),
        "constant": 1.0,
    }
    said = _said(turns, {word.stem for word in own} | TELLING)
    things = [thing for turn in turns[::-1] if (thing := _introduced(turn.question))]
    latest, before = things[-1] if things else set(), {word for thing in things[:-1] for word in thing}
    return {
        word.text: _features(word, len(turns), asked)
        | {
            "introduced": float(word.stem in latest),
            "introduced before": float(word.stem in before),
            "introduced, pronoun": float(word.stem in latest) * asked["pronoun"],
        }
        for word in said
    }


def word_vectors(question: str, turns: Sequence[Turn], embedder: TokenEmbedder) -> dict[str, Vector]:
    """Give each word of the turns, by its stem, the mean vector of the first tokens of its places in the conversation.

    The conversation is one text, the question first and the first turn last, where the model's window may end.
    """
    said = [turn.question[:LONGEST_LINE] for turn in turns]
    if turns:
        said[0] += f" {turns[0].short[:LONGEST_LINE]}"
    text = "\n".join([question, *said])
    ranges, vectors = embedder.embed_tokens(text)
    at = {int(start): n for n, (start, end) in enumerate(ranges) if start < end}
    found: dict[str, list[Vector]] = {}
    for word in words(text):
        if word.start > len(question) and word.start in at:
            found.setdefault(word.stem, []).append(vectors[at[word.start]])
    return {word_stem: np.mean(places, axis=0) for word_stem, places in found.items()}


def _introduced(question: str) -> set[str]:
    """Give the stems of what a question introduces: `Tell me about throat cancer.`"""
    start, end = introduced(question)
    return {word.stem for word in words(question[start:end]) if not word.stops}


def content_words(text: str) -> list[Word]:
    """Give the words that say what something is about: no stop words, and not the `old` of `How old is she?`."""
    tokens = words(text)
    lower = [token.text.lower() for token in tokens]
    asked = {i for i, word in enumerate(lower) if word in MEASURES and i and lower[i - 1] == "how"}
    return [word for i, word in enumerate(tokens) if not word.stops and i not in asked]


def _said(turns: Sequence[Turn], without: frozenset[str] | set[str]) -> list[_Said]:
    """List the content words of the turns, the first turn's first."""
    found: dict[str, _Said] = {}

    def note(text: str, turn: int, answered: bool) -> None:
        content = content_words(text)
        for place, word in enumerate(content, 1):
            if word.stem in without or len(word.text) < 2:
                continue
            said = found.setdefault(word.stem, _Said(word.text, stem=word.stem))
            said.turns.append(turn)
            said.name = said.name or (word.capitalised and (answered or word.start > 0))
            said.number, said.answered = word.numeric, said.answered or answered
            said.place, said.beside = place / len(content), len(content)

    for number, turn in enumerate(reversed(turns)):
        note(turn.question, number, False)
    if turns and 0 < len(words(turns[0].short)) <= LONGEST_SHORT:
        note(turns[0].short, len(turns) - 1, True)
    return list(found.values())


def _features(said: _Said, count: int, asked: dict[str, float]) -> dict[str, float]:
    """Put down what is told of a word, and of it together with what is asked."""
    first, last = float(0 in said.turns), float(count - 1 in said.turns)
    name, often, rare = float(said.name), len(set(said.turns)), rarity(said.text)
    return {
        **asked,
        "first": first,
        "last": last,
        "before last": float(count > 1 and count - 2 in said.turns),
        "share": often / count,
        "often": math.log(often),
        "name": name,
        "number": float(said.number),
        "answered": float(said.answered),
        "place": said.place,
        "few beside": 1 / said.beside,
        "recent": 1 / (count - max(said.turns)),
        "one turn": float(count == 1),
        "first only": first * (1 - last),
        "first, length": first * asked["length"],
        "last, length": last * asked["length"],
        "first, name": first * name,
        "last, name": last * name,
        "first, place": first * said.place,
        "last, place": last * said.place,
        "first, turns": first * min(count, 10) / 10,
        "first, bare": first * asked["bare"],
        "last, bare": last * asked["bare"],
        "name, pronoun": name * asked["pronoun"],
        "rare": rare,
        "rare, name": rare * name,
    }


@lru_cache(maxsize=1)
def _weights() -> Weights:
    record = json.loads(files("qa").joinpath("topic.json").read_text(encoding="utf-8"))
    return Weights(record["alone"], record["beside"], np.array(record["vector"], np.float32))
