"""A question and its hits into a draft answer without a trained model: what serves where the weights are missing."""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from index import Hit, Passage
from index.embed import Embedder, Vectors
from index.sentences import sentences

from .phrase import phrase
from .question import Ask, ask
from .span import Span, has_type, spans
from .types import Answer, Citation
from .words import Word, word_set, words

PASSAGES = 5
"""Passages whose sentences are looked at: it was fitted on so many."""

LINES = 8
"""Sentences that are embedded and searched for spans; the others have too little in common with the question."""

LONGEST_LINE = 120
"""Words of one sentence that are searched for spans."""

KEPT_VECTORS = 8192
"""Sentence vectors that a reader remembers (12 MB for 384 dimensions)."""


Weights = Mapping[str, Mapping[str, float]]
"""`rank` and `judge`: a weight for each feature; `threshold`: the least probability that is answered."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a hit: `passage.text[start:end]`, its words, and the stems around it.

    `near` are the stems of the sentence and its neighbours, `around` those of the passage with its title and heading.
    """

    rank: int
    passage: Passage
    start: int
    end: int
    words: tuple[Word, ...]
    near: frozenset[str]
    around: frozenset[str]

    @property
    def text(self) -> str:
        """The sentence."""
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that could hold the answer, its best span, and how well they rank."""

    line: Line
    span: Span | None
    features: Mapping[str, float]
    rank_score: float


class SentenceReader:
    """A reader that weighs sentences and the spans in them by what a person can see: shared words, names, types.

    Two linear models over named features, both in `sentence_reader.json` (the work of
    `training/fit_sentence_reader.py`): `rank` orders sentences with their spans, `judge` estimates the probability
    that the quote holds the right answer. Safe to share between threads.
    """

    def __init__(self, embedder: Embedder, threshold: float | None = None, weights: Weights | None = None) -> None:
        """Read with an embedder's cosines; `threshold` is the least probability that is answered (default: fitted)."""
        self._embedder = embedder
        self._weights = fitted_weights() if weights is None else weights
        self.threshold = self._weights["threshold"]["answer"] if threshold is None else threshold
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        """Quote the best sentence with its short answer, or abstain below the threshold."""
        ranked = self.candidates(question, hits)
        if not ranked:
            return Answer(question=question, hits=tuple(hits))
        score = self.probability(question, ranked)
        if score < self.threshold:
            return Answer(question=question, score=score, hits=tuple(hits))
        citation, span = quote(ask(question), ranked[0])
        return Answer(question=question, score=score, citations=(citation,), span=span, hits=tuple(hits))

    def candidates(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """Rank the sentences of the hits, each with its best span; best first."""
        asked = ask(question)
        stems = [word.stem for word in words(question)]
        answering = (line for line in lines(hits[:PASSAGES]) if not _repeats(stems, line))
        shortlist = sorted(answering, key=lambda line: -_shared(asked, line))[:LINES]
        if not shortlist:
            return []
        cosines = self._embed([line.text for line in shortlist]) @ self._embedder.embed_query(question)
        weights = self._weights["rank"]
        ranked = []
        for line, cosine in zip(shortlist, cosines, strict=True):
            features = line_features(asked, line, float(cosine))
            best, best_score = None, 0.0
            for span in spans(line.text, list(line.words[:LONGEST_LINE]), asked):
                score = weigh(span.features, weights)
                if best is None or score > best_score:
                    best, best_score = span, score
            ranked.append(Candidate(line, best, features, weigh(features, weights) + best_score - (best is None) * 5))
        return sorted(ranked, key=lambda candidate: -candidate.rank_score)

    def probability(self, question: str, ranked: Sequence[Candidate]) -> float:
        """Estimate the probability that the best candidate is right (logistic regression)."""
        return 1 / (1 + math.exp(-weigh(judge_features(ask(question), ranked), self._weights["judge"])))

    def _embed(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known.update(zip(missing, self._embedder.embed_passages(missing), strict=True))
        with self._lock:
            for text in texts:
                self._vectors[text] = known[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > KEPT_VECTORS:
                self._vectors.popitem(last=False)
        return np.stack([known[text] for text in texts])


def lines(hits: Sequence[Hit]) -> list[Line]:
    """Cut the hits' passages into sentences; one that lies in two passages, or in two documents, comes once."""
    found: list[Line] = []
    seen: set[tuple[str, int] | str] = set()
    for rank, hit in enumerate(hits):
        passage = hit.passage
        ranges = sentences(passage.text)
        tokens = [tuple(words(passage.text[start:end])) for start, end in ranges]
        stems = [frozenset(word.stem for word in some) for some in tokens]
        titles = frozenset(word.stem for word in words(f"{passage.title} {passage.heading}"))
        around = titles.union(*stems)
        for i, (start, end) in enumerate(ranges):
            keys: set[tuple[str, int] | str] = {
                (passage.document_id, passage.start + start),
                (passage.document_id, -passage.start - end),
                passage.text[start:end],
            }
            if tokens[i] and not keys & seen:
                near = stems[i].union(*stems[max(i - 1, 0) : i + 2])
                found.append(Line(rank, passage, start, end, tokens[i], near, around))
            seen |= keys
    return found


def line_features(asked: Ask, line: Line, cosine: float) -> dict[str, float]:
    """Say how much of the question a sentence and its surroundings hold."""
    stems = frozenset(word.stem for word in line.words)
    return {
        "cosine": cosine,
        "words in sentence": _share(asked.wanted, stems),
        "words near": _share(asked.wanted, line.near),
        "verbs missing in sentence": _missing(asked.verbs, stems),
        "verbs missing near": _missing(asked.verbs, line.near),
        "words in passage": _share(asked.wanted, line.around),
        "names missing in sentence": _missing(asked.names, stems),
        "names missing near": _missing(asked.names, line.near),
        "names missing in passage": _missing(asked.names, line.around),
        "numbers missing in passage": _missing(asked.numbers, line.around),
        "log words": math.log(len(line.words)),
        "starts with a pronoun": float(_leans(line)),
        "rank": math.log1p(line.rank),
    }


def judge_features(asked: Ask, ranked: Sequence[Candidate]) -> dict[str, float]:
    """Say what speaks for the best candidate being right: its features, its lead, and what was asked."""
    best = ranked[0]
    lead = best.rank_score - ranked[1].rank_score if len(ranked) > 1 else 3.0
    verbs = {stem: value for stem, value in asked.wanted.items() if stem not in asked.names | asked.numbers}
    return {
        **{name: best.features[name] for name in best.features if name != "rank"},
        "bias": 1.0,
        "rank score": best.rank_score,
        "lead": min(lead, 3.0),
        "weightiest word missing in passage": _weightiest(asked.wanted, best.line.around),
        "weightiest word missing near": _weightiest(asked.wanted, best.line.near),
        "common words near": _share(verbs, best.line.near),
        "cosine x words near": best.features["cosine"] * best.features["words near"],
        "focus missing near": float(not asked.focus <= best.line.near),
        "type missing": float(best.span is None or not has_type(asked, best.span)),
        "words asked": math.log1p(len(asked.wanted)),
        f"asks for {asked.kind}": 1.0,
    }


def quote(asked: Ask, candidate: Candidate) -> tuple[Citation, Citation | None]:
    """Cite a candidate's sentence, with the one before it where it leans on that one, and its short answer."""
    line, passage = candidate.line, candidate.line.passage
    start = line.start
    before = [r for r in sentences(passage.text[: line.start]) if passage.text[r[0] : r[1]].strip()]
    own = frozenset(word.stem for word in line.words)
    if before and _leans(line):
        previous = {word.stem for word in words(passage.text[before[-1][0] : before[-1][1]])}
        if any(stem in previous and stem not in own for stem in asked.wanted):
            start = before[-1][0]
    citation = Citation(passage, passage.start + start, passage.start + line.end)
    if candidate.span is None:
        return citation, None
    first, last = line.words[candidate.span.first], line.words[candidate.span.last]
    begin, end = phrase(passage.text, line.start + first.start, line.start + last.end)
    begin, end = max(begin, line.start), min(end, line.end)
    return citation, Citation(passage, passage.start + begin, passage.start + end)


def weigh(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Add up features by their weights; a feature without a weight counts nothing."""
    return sum(value * weights.get(name, 0.0) for name, value in features.items())


@lru_cache(maxsize=1)
def fitted_weights() -> Weights:
    """Read the weights that `training/fit_sentence_reader.py` wrote."""
    loaded: Weights = json.loads(files(__package__).joinpath("sentence_reader.json").read_text(encoding="utf-8"))
    return loaded


def _shared(asked: Ask, line: Line) -> float:
    stems = {word.stem for word in line.words}
    return _share(asked.wanted, stems) + 0.5 * _share(asked.wanted, line.near) + 0.1 * _share(asked.wanted, line.around)


def _repeats(asked: Sequence[str], line: Line) -> bool:
    """Say whether a sentence asks the question itself, word by word, instead of answering it."""
    stems = [word.stem for word in line.words]
    starts = range(len(stems) - len(asked) + 1) if "?" in line.text else ()
    return any(stems[i : i + len(asked)] == list(asked) for i in starts)


def _share(wanted: Mapping[str, float], stems: frozenset[str] | set[str]) -> float:
    total = sum(wanted.values())
    return sum(value for stem, value in wanted.items() if stem in stems) / total if total else 0.0


def _weightiest(wanted: Mapping[str, float], stems: frozenset[str]) -> float:
    return max((value for stem, value in wanted.items() if stem not in stems), default=0.0)


def _missing(wanted: frozenset[str], stems: frozenset[str]) -> float:
    return len(wanted - stems) / len(wanted) if wanted else 0.0


_LEANING = word_set("he she it they his her its their this that these those such")


def _leans(line: Line) -> bool:
    return bool(line.words) and line.words[0].text.lower() in _LEANING
