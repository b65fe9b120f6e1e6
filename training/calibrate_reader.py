"""The reader's scores into its calibration: the probability of being right, and the threshold below which it abstains.

    python -m training.calibrate_reader --shared FOLDER [--plot docs/risk_coverage.svg]

Fits on questions of `squad2_dev_tune` asked of a library with all of its articles, and again as if their own article
were not there (`asked.py`), and just as much on questions of SQuAD and of Natural Questions that were held back from
training, and on questions to documents of our own (`written/`): of each source those with an answer until they are
half. So a probability means much the same whatever the documents are. The threshold is chosen on the same; what is
weighed in a text that was given with the question is fitted on `squad2_dev_tune`, beside its own paragraphs.
The reader is the one that is set (`QUOTEWISE_READER`), and its calibration goes beside its weights.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measures import logistic_fit, risk_coverage
from benchmarks.reader import (
    Reading,
    balanced,
    cross_fitted,
    fit_calibration,
    given,
    own_documents,
    probabilities,
    read_examples,
    sampled,
    set_reader,
)
from qa import span_model
from qa.read import Calibration
from qa.settings import load_settings
from qa.signs import SIGNS, UNKNOWN
from qa.span_model import PACKAGED_READER
from training.asked import FILES, asked, held_back
from training.written_questions import CALIBRATED

HELD_BACK = 400
"""Questions of each other source at most."""

TIMES_GIVEN = 5
"""Times as many questions are read beside their own paragraph, which is done soon."""


def main() -> None:
    """Read everything once, fit, write, and plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/reader")
    parser.add_argument("--questions", type=int, default=0, help="questions at most (default: all)")
    parser.add_argument("--plot", type=Path, help="write the risk-coverage curve here, as SVG")
    options = parser.parse_args()
    reader = set_reader()
    data = options.shared / "data" / "reader"
    tune = read_examples(data / "squad2_dev_tune.json.gz")
    examples = sampled(tune, options.questions)
    sources = [list(asked(reader, examples, tune))]
    for name in FILES:
        some, every = held_back(data, name, min(options.questions or HELD_BACK, HELD_BACK))
        sources.append(list(asked(reader, some, every)))
    own = own_documents(CALIBRATED)
    sources.append(list(asked(reader, own, own)))
    readings = [balanced([r for _, r in source]) for source in sources]
    calibration = fit_given(fit_calibration(*readings), given(reader, sampled(tune, TIMES_GIVEN * options.questions)))
    calibration = replace(calibration, threshold=best_threshold(calibration, sources))
    record = {name: round(weight, 4) for name, weight in zip(SIGNS, calibration.weights, strict=True)}
    record |= {"threshold": round(calibration.threshold, 3)}
    print(record, "written to", put(record))
    if options.plot:
        options.plot.write_text(plot(readings[0]), encoding="utf-8")


def fit_given(calibration: Calibration, readings: Sequence[Reading]) -> Calibration:
    """Fit what is weighed in texts that no search found, all other weights left as they are."""
    its = np.array([(r.signs.score, r.signs.lead, 1.0) for r in readings])
    score, lead, bias = (float(w) for w in logistic_fit(its, np.array([float(r.right) for r in readings]), ridge=1e-3))
    weights = dict(zip(SIGNS, calibration.weights, strict=True))
    weights |= {"given score": score - weights["score"], "given lead": lead - weights["lead"]}
    weights["given"] = bias - weights["bias"] - UNKNOWN * weights["behind"]
    return replace(calibration, weights=tuple(weights[name] for name in SIGNS))


def calibration_file() -> Path:
    """Say where the calibration of the reader that is set belongs."""
    name = load_settings().reader
    own = Path(span_model.__file__).parent / span_model.CALIBRATION
    return own if name == PACKAGED_READER else Path(name) / "calibration.json"


def put(record: dict[str, Any]) -> Path:
    """Write what was fitted into the calibration, beside what another script fitted, and say where that is."""
    target = calibration_file()
    before = json.loads(target.read_text(encoding="utf-8")) if target.is_file() else {}
    target.write_text(json.dumps(before | record) + "\n", encoding="utf-8")
    return target


def best_threshold(calibration: Calibration, sources: Sequence[Sequence[tuple[str, Reading]]]) -> float:
    """Choose the probability from which answering does most good: the share of questions that is dealt with rightly.

    Half of what people ask is taken to have an answer (it counts by token F1 if answered), three eighths to be about
    something else and one eighth to look answerable without being so (both count if refused). Each source counts alike.
    """
    grid = np.linspace(0.02, 0.9, 89)
    good = np.mean([[_good(calibration, readings, t) for t in grid] for readings in sources], axis=0)
    near = grid[good >= good.max() - 0.002]
    print(f"dealt with rightly: {good.max():.3f} at best, and .002 less at most from {near[0]:.2f} to {near[-1]:.2f}")
    return float(grid[int(np.argmax(good))])


def _good(calibration: Calibration, readings: Sequence[tuple[str, Reading]], threshold: float) -> float:
    """Compute the share of a source's questions that a threshold deals with rightly, in the mix that is supposed."""
    answerable = [r for _, r in readings if r.answerable]
    tempting = [r for name, r in readings if name == "own" and not r.answerable]
    foreign = [r for name, r in readings if name == "stranger"]
    answered = probabilities(calibration, answerable) >= threshold
    refused, far = (float((probabilities(calibration, some) < threshold).mean()) for some in (tempting, foreign))
    return float((np.array([r.f1 for r in answerable]) * answered).mean()) / 2 + refused / 8 + 3 * far / 8


def plot(readings: Sequence[Reading]) -> str:
    """Draw the share of wrong answers against the share answered, surest first, as SVG."""
    scores = cross_fitted(readings)
    right = np.array([r.right for r in readings])
    answerable = np.array([r.answerable for r in readings])
    curves = [
        ("questions that the library answers", "#8a6d00", risk_coverage(scores[answerable], right[answerable])),
        ("all questions, half of them not answered there", "#444", risk_coverage(scores, right)),
    ]
    left, top, width, height = 60, 20, 520, 280
    lines = []
    for i, (name, colour, (coverage, risk)) in enumerate(curves):
        places = np.unique(np.linspace(20, len(risk) - 1, 200).astype(int))
        points = " ".join(f"{left + width * coverage[p]:.1f},{top + height * (1 - risk[p]):.1f}" for p in places)
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<text x="{left + 14}" y="{top + 18 + 18 * i}" fill="{colour}">{name}</text>')
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y = left + width * share, top + height * (1 - share)
        lines.append(f'<text x="{x}" y="{top + height + 18}" text-anchor="middle">{share:.0%}</text>')
        lines.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{share:.0%}</text>')
        lines.append(f'<path d="M{left} {y}h{width}" stroke="#ccc"/>')
    lines.append(
        f'<text x="{left + width / 2}" y="{top + height + 38}" text-anchor="middle">answered, surest first</text>'
    )
    lines.append(f'<text transform="translate(16 {top + height / 2}) rotate(-90)" text-anchor="middle">wrong</text>')
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 20} {top + height + 50}" '
        f'font-family="sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    main()
