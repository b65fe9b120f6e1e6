"""Questions that training left out into what is added to the model's logit for "no answer".

    python -m training.fit_no_answer --shared FOLDER [--questions N]

The model's own logit for "no answer" is one direction of the state of its place (`[CLS]`), which also has to serve as
a start and an end. Here another one is fitted beside it, by logistic regression with a ridge: from the score of a
window's best range and that state to whether the range is an answer. What the fit adds to the score, less a factor, is
taken from "no answer". Since every window counts, those of passages beside the point as well, it also tells the
passages of one question apart.

Fitted on half of the articles of `squad2_dev_tune` and of those that training left out (`measured_only` names the other
half), given alone and found in a library, with their answer and without, and on documents of our own (`written/`).
Each source weighs alike. Run `calibrate_reader` afterwards: what it fits weighs the scores that come of this.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.reader import (
    Example,
    alone,
    in_vain_and_not,
    is_right,
    measured_only,
    own_documents,
    read_examples,
    sampled,
)
from index import Hit
from index.context import in_context
from qa.best_spans import best_ranges
from qa.settings import load_settings
from qa.span_model import SpanModel
from training.asked import FILES, held_back, searched
from training.calibrate_reader import put
from training.written_questions import CALIBRATED

RIDGES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)
"""Inverse strengths of the ridge among which the best one is chosen, on articles that it was not fitted on."""

SHARE = 1 / 3
"""Of what is fitted, the part that is added. Asked of people's own documents, where the model learned from questions
that only look as if they were answered, its own logit tells these apart better; `training/README.md` has the figures.
"""

FREE = 5.0
"""How much less the score is held back than a number of the state, both in units of their deviation."""

FOLDS = 4
"""Parts of the articles, each of which is measured by what was fitted on the others."""


@dataclass(frozen=True, slots=True)
class Read:
    """A window: its article, its best range's score and whether that is right, and the state of the place for none."""

    article: str
    score: float
    state: NDArray[np.float32]
    right: bool


def main() -> None:
    """Read everything once, choose the ridge, fit, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/reader")
    parser.add_argument("--questions", type=int, default=300, help="questions asked of each library at most")
    options = parser.parse_args()
    model = SpanModel(load_settings().reader)
    sources = []
    for name, posed in posed_of(options.shared / "data" / "reader", options.questions):
        sources.append([read for e, hits in posed for read in windows_of(model, e, hits)])
        print(f"{name}: {len(sources[-1])} windows, {np.mean([r.right for r in sources[-1]]):.2f} right", flush=True)
    losses = {ridge: cross_fitted_loss(sources, ridge) for ridge in RIDGES}
    print("log loss, cross-fitted: " + ", ".join(f"{loss:.4f} with {ridge}" for ridge, loss in losses.items()))
    print(f"log loss, cross-fitted, of the score alone: {cross_fitted_loss(sources, 0.0):.4f}")
    added = fit(sources, min(losses, key=lambda ridge: losses[ridge])).added
    print("written to", put({"no_answer": [float(f"{SHARE * weight:.4g}") for weight in added]}))


Posed = list[tuple[Example, Sequence[Hit]]]
"""Questions with the hits that are read for them; one without an answer has no golds."""


def posed_of(folder: Path, count: int) -> Iterator[tuple[str, Posed]]:
    """Give each source's questions with the hits that are read for them, of the articles that are fitted on."""
    tune = read_examples(folder / "squad2_dev_tune.json.gz")
    examples = [e for e in tune if not measured_only(e.article)]
    yield "given", [(e, alone(e.paragraph, "")) for e in examples]
    pairs = sampled([e for pair in in_vain_and_not(folder) for e in pair if not measured_only(e.article)], 5 * count)
    yield "held back", [(e, alone(e.paragraph, e.article)) for e in pairs]
    own = own_documents(CALIBRATED)
    yield "own documents", [(e, hits) for _, e, hits in searched(own, own)]
    for name in FILES:
        some, every = held_back(folder, name, 2 * count)
        some = [e for e in some if not measured_only(e.article)][:count]
        yield name, [(e, hits) for _, e, hits in searched(some, every)]
    yield "squad2_dev_tune", [(e, hits) for _, e, hits in searched(sampled(examples, count), tune)]


def windows_of(model: SpanModel, example: Example, hits: Sequence[Hit]) -> Iterator[Read]:
    """Read the hits of a question, without what is added to "no answer" so far."""
    texts = [in_context(hit.passage) for hit in hits]
    for window in model.windows(example.question, texts):
        text = texts[window.text]
        for start, end, score in best_ranges(window, len(text) - len(hits[window.text].passage.text), count=1):
            right = is_right(text[start:end], example.golds)
            yield Read(example.article, score + model.added(window.state), window.state, right)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights of a score and of a state, and a constant: the log-odds that a window's best range is an answer.

    `middle` is the mean of the states.
    """

    score: float
    state: NDArray[np.float64]
    constant: float
    middle: NDArray[np.float64]

    def log_odds(self, some: Sequence[Read]) -> NDArray[np.float64]:
        """Estimate them for windows."""
        scores, states = np.array([r.score for r in some]), np.array([r.state for r in some])
        return np.asarray(self.score * scores + states @ self.state + self.constant)

    @property
    def added(self) -> list[float]:
        """What "no answer" gets, in units of a score, nothing in the mean: weights of the state, and a constant."""
        return [*(-self.state / self.score), float(self.middle @ self.state) / self.score]


def fit(sources: Sequence[Sequence[Read]], ridge: float) -> Fitted:
    """Fit on sources that weigh alike; with a ridge of 0 the state weighs nothing."""
    some = [read for source in sources for read in source]
    weights = np.concatenate([np.full(len(source), len(some) / len(sources) / len(source)) for source in sources])
    states = np.array([r.state for r in some]) * (ridge > 0)
    matrix: Any = np.column_stack([[r.score for r in some], states])
    mean, scale = matrix.mean(axis=0), matrix.std(axis=0) + 1e-6
    scale[0] /= FREE
    right = [r.right for r in some]
    model = LogisticRegression(C=ridge or 1.0, max_iter=1000)
    fitted = model.fit((matrix - mean) / scale, right, sample_weight=weights)
    score, *state = fitted.coef_[0] / scale
    constant = float(fitted.intercept_[0] - fitted.coef_[0] @ (mean / scale))
    return Fitted(float(score), np.array(state), constant, mean[1:])


def cross_fitted_loss(sources: Sequence[Sequence[Read]], ridge: float) -> float:
    """Give the mean of the sources' log losses, each window's by what was fitted on other articles."""
    losses: list[list[float]] = [[] for _ in sources]
    places = {title: place % FOLDS for place, title in enumerate(sorted({r.article for s in sources for r in s}))}
    for fold in range(FOLDS):
        fitted = fit([[r for r in source if places[r.article] != fold] for source in sources], ridge)
        for source, found in zip(sources, losses, strict=True):
            left_out = [r for r in source if places[r.article] == fold]
            if left_out:
                right = np.array([r.right for r in left_out])
                found += list(np.logaddexp(0, np.where(right, -1, 1) * fitted.log_odds(left_out)))
    return float(np.mean([np.mean(found) for found in losses]))


if __name__ == "__main__":
    main()
