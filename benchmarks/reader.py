"""Questions with and without an answer into all figures of the reader, as JSON and as a table.

    python -m benchmarks.reader --shared FOLDER

*Paragraph given* reads each question of `squad2_dev_tune` beside its own paragraph, and *given, apart* those of the
articles of which no question was fitted on but by the calibration (`measured_only`); *end to end* asks it of one
library that holds every paragraph; *stranger* asks it of a library without its article. *Held back* are the hard
negatives of articles that training left out, on which nothing but the calibration was fitted. *Own documents* are asked
of a library of some such as people keep (`training/written`). Calibration is reported of what ships, which is fitted on
some of these questions and on others (`training/calibrate_reader.py`; on none of those to own documents), and as
cross-fitted: fitted on the questions of every other article, measured on the rest, and the other way round.
The slowest part reads some 60,000 passages, so the whole takes more than a quarter of an hour on 2 cores; `--questions
500` samples.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.files import read_json
from benchmarks.measures import auroc, calibration_error, logistic_fit, risk_coverage
from index import Document, Hit, Index, Passage, load_embedder
from qa import ask, retrieve
from qa.answer import READ
from qa.evaluate import RIGHT_F1, evaluate, exact_match, f1, normalised, outcomes, read_questions
from qa.read import Calibration, SpanReader
from qa.render import sureness
from qa.sentence_reader import SentenceReader
from qa.settings import SEEDS, reader_for
from qa.signs import GIVEN, MOST_LEAD, Signs
from training.reader_data import load_articles, load_hard_negatives
from training.written_questions import MEASURED, of_documents


@dataclass(frozen=True, slots=True)
class Example:
    """A question of an article with its paragraph and the right answers; none means that it cannot be answered."""

    article: str
    question: str
    paragraph: str
    golds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of a question: the best span's signs, and how right it was."""

    article: str
    answerable: bool
    signs: Signs
    exact: float
    f1: float

    @property
    def right(self) -> bool:
        """Whether the best span is right, as `quotewise eval` counts it."""
        return self.answerable and (self.exact == 1 or self.f1 >= RIGHT_F1)


def main() -> None:
    """Measure everything; print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    parser.add_argument("--questions", type=int, default=0, help="questions of each kind at most (default: all)")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args()
    data = options.shared / "data"
    reader = set_reader()
    figures: dict[str, Any] = {}
    every = read_examples(data / "reader" / "squad2_dev_tune.json.gz")
    examples = sampled(every, options.questions)
    figures["paragraph given"] = paragraph_given(reader, examples)
    apart = sampled([e for e in every if measured_only(e.article)], options.questions)
    figures["given, apart"] = paragraph_given(reader, apart)
    figures["held back"] = held_back(reader, data / "reader", options.questions or 2000)
    ends = list(end_to_end(reader, every, options.questions))
    figures["end to end"] = end_figures(reader, ends)
    figures["calibration"] = calibration_figures(reader, ends)
    figures["own documents"] = own_figures(reader, own_documents(MEASURED))
    figures["fallback"] = fallback(reader, examples, 400)
    figures["golden"], figures["ask"] = golden(data / "golden" / "seed_questions.jsonl")
    for part, some in figures.items():
        for name, value in some.items():
            print(f"{part:16} {name:48} {value if isinstance(value, int) else format(value, '.3f')}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def set_reader() -> SpanReader:
    """Give the reader that is set (`QUOTEWISE_READER`); one without a span model cannot be measured here."""
    reader = reader_for(load_embedder())
    if not isinstance(reader, SpanReader):
        raise SystemExit("The reader has no span model; see the warning above.")
    return reader


def read_examples(path: Path) -> list[Example]:
    """Read a SQuAD file; in one of version 1.1 all questions have an answer."""
    return [
        Example(
            article["title"],
            asked["question"],
            paragraph["context"],
            () if asked.get("is_impossible") else tuple(answer["text"] for answer in asked["answers"]),
        )
        for article in read_json(path)["data"]
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    ]


def sampled(examples: Sequence[Example], count: int) -> list[Example]:
    """Draw so many examples, the same ones each time; all of them for 0."""
    return random.Random(1).sample(list(examples), min(count or len(examples), len(examples)))


def alone(paragraph: str, title: str) -> list[Hit]:
    """Give a paragraph as the one that is read."""
    document = Document(paragraph, title=title.replace("_", " "))
    return [Hit(Passage(0, document.id, 0, len(paragraph), paragraph, document.title), GIVEN)]


def given(reader: SpanReader, examples: Iterable[Example]) -> list[Reading]:
    """Read each question beside its own paragraph."""
    return [reading(reader, e.article, e.question, alone(e.paragraph, ""), e.golds) for e in examples]


def reading(reader: SpanReader, article: str, question: str, hits: Sequence[Hit], golds: Sequence[str]) -> Reading:
    """Read without abstaining."""
    best = reader.ranked(question, hits)
    if not best:
        return Reading(article, bool(golds), Signs(-MOST_LEAD, 0.0), 0.0, 0.0)
    span, signs = best[0]
    exact = max((exact_match(span.text, gold) for gold in golds), default=0.0)
    overlap = max((f1(span.text, gold) for gold in golds), default=0.0)
    return Reading(article, bool(golds), signs, exact, overlap)


def is_right(said: str, golds: Iterable[str]) -> bool:
    """Say whether an answer is right, as `quotewise eval` counts it."""
    return any(exact_match(said, gold) == 1 or f1(said, gold) >= RIGHT_F1 for gold in golds)


def paragraph_given(reader: SpanReader, examples: Iterable[Example]) -> dict[str, float]:
    """Measure what is read of each question's own paragraph."""
    done = given(reader, examples)
    has, none = [r for r in done if r.answerable], [r for r in done if not r.answerable]
    scores = probabilities(reader.calibration, done)
    figures = {
        "questions": len(done),
        "EM, answerable, no abstention": _mean(r.exact for r in has),
        "F1, answerable, no abstention": _mean(r.f1 for r in has),
        "SQuAD 2.0 F1 at the threshold": squad2_f1(done, scores, reader.threshold),
        "SQuAD 2.0 F1, unanswerable half": float((scores[[not r.answerable for r in done]] < reader.threshold).mean()),
        "AUROC, answerable against not": auroc([r.signs.score for r in has], [r.signs.score for r in none]),
    }
    best = max((squad2_f1(done, scores, t), t) for t in np.quantile(scores, np.linspace(0, 1, 101)))
    return figures | {"SQuAD 2.0 F1 at its own best threshold": best[0], "that threshold": float(best[1])}


def squad2_f1(readings: Sequence[Reading], scores: NDArray[np.float64], threshold: float) -> float:
    """SQuAD 2.0's F1: an abstention is right where there is no answer, and wrong where there is one."""
    return _mean(
        (r.f1 if r.answerable else 0.0) if score >= threshold else float(not r.answerable)
        for r, score in zip(readings, scores, strict=True)
    )


def held_back(reader: SpanReader, folder: Path, count: int) -> dict[str, float]:
    """Read questions of the articles that training left out: beside a paragraph without the answer, and their own."""
    asked = [(without, own) for without, own in in_vain_and_not(folder) if measured_only(own.article)]
    asked = random.Random(1).sample(asked, min(count, len(asked)))
    refused, own = (
        [reading(reader, e.article, e.question, alone(e.paragraph, e.article), e.golds) for e in some]
        for some in zip(*asked, strict=True)
    )
    return {
        "questions": len(asked),
        "hard negatives abstained": float((probabilities(reader.calibration, refused) < reader.threshold).mean()),
        "answered with their own paragraph": float((probabilities(reader.calibration, own) >= reader.threshold).mean()),
        "EM with their own paragraph": _mean(r.exact for r in own),
        "F1 with their own paragraph": _mean(r.f1 for r in own),
        "AUROC": auroc([r.signs.score for r in own], [r.signs.score for r in refused]),
    }


def in_vain_and_not(folder: Path) -> list[tuple[Example, Example]]:
    """Read the questions of the articles that training left out, each beside a hard negative and its own paragraph."""
    negatives = load_hard_negatives(folder)
    return [
        (Example(a.title, q.text, negatives[q.id], ()), Example(a.title, q.text, own, golds))
        for a in load_articles(folder, held_back=True)
        for q in a.questions
        if q.id in negatives
        for own in [a.paragraphs[q.paragraph]]
        for golds in [tuple(own[start:end] for start, end in q.answers)]
    ]


def measured_only(article: str) -> bool:
    """Say whether an article is only measured with: `training/fit_no_answer.py` fits on the questions of the others."""
    return int(sha256(article.encode()).hexdigest()[0], 16) % 2 == 1


def end_to_end(reader: SpanReader, examples: Sequence[Example], count: int) -> Iterator[tuple[str, Reading]]:
    """Ask everything of libraries: one with all articles, and two with every other one, for the strangers' questions.

    Yields ("all", …) for each question asked of the whole, ("half", …) of the half that its article is in and
    ("stranger", …) of the other half.
    """
    titles = sorted({e.article for e in examples})
    half = {title: place % 2 for place, title in enumerate(titles)}
    asked = sampled(examples, count)
    with tempfile.TemporaryDirectory() as folder:
        whole = library(Path(folder, "all"), examples)
        halves = [library(Path(folder, str(i)), [e for e in examples if half[e.article] == i]) for i in (0, 1)]
        for e in asked:
            for name, index, golds in (
                ("all", whole, e.golds),
                ("half", halves[half[e.article]], e.golds),
                ("stranger", halves[1 - half[e.article]], ()),
            ):
                if name != "all" or e.golds:
                    hits = retrieve(e.question, READ, index)
                    yield name, reading(reader, e.article, e.question, hits, golds)


def fallback(reader: SpanReader, examples: Sequence[Example], count: int) -> dict[str, float]:
    """Ask the sentence reader what the span reader abstains from: how often is its quote right, how often tempted?"""
    sentence_reader = SentenceReader(load_embedder())
    right, answerable, tempted, unanswerable = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        index = library(Path(folder), examples)
        for e in sampled(examples, count):
            hits = retrieve(e.question, READ, index)
            if reader.read(e.question, hits).abstained:
                quote = normalised(sentence_reader.read(e.question, hits).text)
                answerable, unanswerable = answerable + bool(e.golds), unanswerable + (not e.golds)
                right += any(f" {normalised(gold)} " in f" {quote} " for gold in e.golds)
                tempted += bool(quote and not e.golds)
    return {
        "questions": count,
        "abstained though answerable": answerable,
        "of these, the sentence reader quotes the answer": right / max(1, answerable),
        "abstained and unanswerable": unanswerable,
        "of these, the sentence reader answers all the same": tempted / max(1, unanswerable),
    }


def library(folder: Path, examples: Sequence[Example]) -> Index:
    """Index every paragraph as a document of its own."""
    index = Index.open(folder, load_embedder())
    paragraphs = {e.paragraph: e.article for e in examples}
    index.add_documents(
        [
            Document(text, title=title.replace("_", " "), source=f"{i}")
            for i, (text, title) in enumerate(paragraphs.items())
        ]
    )
    return index


def end_figures(reader: SpanReader, ends: Sequence[tuple[str, Reading]]) -> dict[str, float]:
    """Sum up what was asked of libraries."""
    whole = [r for name, r in ends if name == "all"]
    answered = probabilities(reader.calibration, whole) >= reader.threshold
    strangers = [r for name, r in ends if name == "stranger"]
    impossible = [r for name, r in ends if name == "half" and not r.answerable]
    return {
        "questions": len(whole),
        "EM, best span": _mean(r.exact for r in whole),
        "F1, best span": _mean(r.f1 for r in whole),
        "EM, abstentions counted as wrong": _mean(r.exact * a for r, a in zip(whole, answered, strict=True)),
        "answered": float(answered.mean()),
        "abstained, unanswerable": float((probabilities(reader.calibration, impossible) < reader.threshold).mean()),
        "abstained, stranger": float((probabilities(reader.calibration, strangers) < reader.threshold).mean()),
    }


def calibration_figures(reader: SpanReader, ends: Sequence[tuple[str, Reading]]) -> dict[str, float]:
    """Report the calibration that is set, and how far one is that was fitted on other articles of the same source."""
    readings = balanced([r for name, r in ends if name != "all"])
    scores = probabilities(reader.calibration, readings)
    right = np.array([r.right for r in readings])
    answerable = np.array([r.answerable for r in readings])
    figures = _promised(reader, readings) | {
        "expected calibration error, cross-fitted": calibration_error(cross_fitted(readings), right),
        "AUROC, answerable against not": auroc(scores[answerable], scores[~answerable]),
        "AUROC, right against not": auroc(scores[right], scores[~right]),
    }
    coverage, risk = risk_coverage(scores[answerable], right[answerable])
    for share in (0.25, 0.5, 0.75, 1.0):
        place = min(int(share * len(coverage)), len(coverage) - 1)
        figures[f"wrong among the {share:.0%} surest of the answerable"] = float(risk[place])
    return figures


def _promised(reader: SpanReader, readings: Sequence[Reading]) -> dict[str, float]:
    """Say how well what is promised is kept, and how many answers are right that come with each word for that."""
    scores, right = probabilities(reader.calibration, readings), np.array([r.right for r in readings])
    said = np.array([sureness(score) for score in scores])
    figures = {"expected calibration error, 10 bins": calibration_error(scores, right)}
    for words in dict.fromkeys(sureness(score) for score in (1.0, 0.7, 0.0)):
        figures[f"right where it says {words}"] = _mean(right[(said == words) & (scores >= reader.threshold)])
    return figures


def own_documents(use: str) -> list[Example]:
    """Read the documents of our own for a use, each as a paragraph that is an article."""
    return [
        Example(document.title, asked.question, document.text, (asked.answer,) if asked.answer else ())
        for document in of_documents(use)
        for asked in document.questions
    ]


def own_figures(reader: SpanReader, examples: Sequence[Example]) -> dict[str, float]:
    """Ask everything of one library of documents such as people have, each question once and as it stands."""
    with tempfile.TemporaryDirectory() as folder:
        index = library(Path(folder), examples)
        done = [reading(reader, e.article, e.question, retrieve(e.question, READ, index), e.golds) for e in examples]
    scores = probabilities(reader.calibration, done)
    answered = scores >= reader.threshold
    has = np.array([r.answerable for r in done])
    right = np.array([r.right for r in done])
    return {
        "questions": len(done),
        "of these, in vain": int((~has).sum()),
        "right, best span": float(right[has].mean()),
        "answered": float(answered[has].mean()),
        "right, abstentions counted as wrong": float((right & answered)[has].mean()),
        "abstained, in vain": float((~answered)[~has].mean()),
        "AUROC, answerable against not": auroc(scores[has], scores[~has]),
    } | _promised(reader, balanced(done))


def balanced(readings: Sequence[Reading]) -> list[Reading]:
    """Repeat the answerable ones until they are about half, as they are among the questions that people ask.

    Each question was read with its article in the library and without it, and only half of the former have an answer.
    """
    has, none = [r for r in readings if r.answerable], [r for r in readings if not r.answerable]
    return has * max(1, round(len(none) / max(1, len(has)))) + none


def cross_fitted(readings: Sequence[Reading]) -> NDArray[np.float64]:
    """Give each reading's probability by a calibration that was fitted on the other half of the articles."""
    titles = sorted({r.article for r in readings})
    second = np.array([titles.index(r.article) % 4 >= 2 for r in readings])
    scores = np.zeros(len(readings))
    for part in (second, ~second):
        fitted = fit_calibration([r for r, inside in zip(readings, part, strict=True) if not inside])
        scores[part] = probabilities(fitted, [r for r, inside in zip(readings, part, strict=True) if inside])
    return scores


def fit_calibration(*sources: Sequence[Reading]) -> Calibration:
    """Fit the probability that the best span is right by logistic regression on its signs; each source counts alike."""
    readings = [r for source in sources for r in source]
    counts = [len(readings) / len(sources) / len(source) for source in sources for _ in source]
    matrix = np.array([r.signs.weighed for r in readings])
    right = np.array([float(r.right) for r in readings])
    return Calibration(tuple(float(w) for w in logistic_fit(matrix, right, ridge=1e-3, counts=np.array(counts))))


def probabilities(calibration: Calibration, readings: Sequence[Reading]) -> NDArray[np.float64]:
    """Give the probability that each reading's best span is right."""
    return np.array([calibration.probability(r.signs) for r in readings])


def golden(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Ask the golden questions of a library with the seed article, as `quotewise eval` does, after a warm-up."""
    with tempfile.TemporaryDirectory() as folder, Index.open(folder, load_embedder()) as index:
        index.add(SEEDS)
        conversations = read_questions(path)
        for conversation in conversations[:8]:
            ask(conversation[0].question, index=index)
        found = evaluate(list(outcomes(conversations, index)))
        seconds = []
        for _ in range(3):
            for conversation in conversations:
                since = time.perf_counter()
                ask(conversation[0].question, index=index)
                seconds.append(time.perf_counter() - since)
    names = ("right", "cited", "right_and_cited", "exact_match", "f1", "abstained_right", "citations_literal")
    milliseconds = sorted(1000 * s for s in seconds)
    times = {"median ms": statistics.median(milliseconds), "p95 ms": milliseconds[int(0.95 * len(milliseconds))]}
    return {name: float(getattr(found, name)) for name in names}, times


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else float("nan")


if __name__ == "__main__":
    main()
