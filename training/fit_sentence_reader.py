"""Questions with their paragraphs into the weights of the reader without a trained model (`qa/sentence_reader.json`).

Spans and sentences are ranked by a softmax over all candidates of a paragraph, fitted on a sample of SQuAD 1.1 train.
The probability that the quote holds the answer is a logistic regression, fitted on half of the articles of
`squad2_dev_tune` and on questions beside a paragraph of another article, and reported on the other half.

    python -m training.fit_sentence_reader --shared FOLDER
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.measures import auroc, logistic_fit
from index import Hit, Passage
from index.embed import Embedder, SentenceTransformerEmbedder
from qa import sentence_reader
from qa.question import Ask, ask
from qa.sentence_reader import Candidate, SentenceReader, Weights, judge_features, line_features, lines
from qa.span import spans

WRONG_SPANS = 100
"""Wrong spans a question that the ranking is fitted on, drawn at random."""

SIGNS = dict.fromkeys(
    ("cosine", "words in sentence", "words near", "words in passage", "common words near", "rank score", "lead"), 1
) | dict.fromkeys(
    (
        "verbs missing in sentence",
        "verbs missing near",
        "names missing in sentence",
        "names missing near",
        "names missing in passage",
        "numbers missing in passage",
        "weightiest word missing in passage",
        "weightiest word missing near",
        "focus missing near",
        "type missing",
    ),
    -1,
)
"""Which way a feature can speak; a feature that is fitted the other way round is left out."""

WEIGHTS = Path(sentence_reader.__file__).parent / "sentence_reader.json"


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the hits that are read, and the right answers (none: the hits hold no answer)."""

    question: str
    hits: tuple[Hit, ...]
    golds: tuple[str, ...]


def main() -> None:
    """Fit both models, write the weights, report on held-out articles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/reader")
    parser.add_argument("--questions", type=int, default=300, help="SQuAD 1.1 train questions of each kind to fit on")
    parser.add_argument("--report", action="store_true", help="fit nothing, only measure the weights as they are")
    options = parser.parse_args()
    torch.set_num_threads(2)
    fit(options.shared / "data" / "reader", SentenceTransformerEmbedder(), options.questions, options.report)


def fit(folder: Path, embedder: Embedder, questions: int, report_only: bool = False) -> None:
    """Fit on the files in `folder`, write the weights, print the report."""
    fitting, held_out = tune_halves(folder)
    if not report_only:
        rank = fit_rank(train_sample(folder, questions), SentenceReader(embedder, weights=weights_of({}, {}, 0.0)))
        ranking = SentenceReader(embedder, weights=weights_of(rank, {}, 0.0))
        judge, threshold = fit_judge(fitting + mismatched(fitting), ranking)
        fitted = weights_of(rank, judge, threshold)
        WEIGHTS.write_text(json.dumps({"by": {"training/fit_sentence_reader.py": 1}, **fitted}, indent=1) + "\n")
        print(WEIGHTS.read_text())
        sentence_reader.fitted_weights.cache_clear()
    report(held_out, mismatched(held_out), SentenceReader(embedder))


def weights_of(rank: Mapping[str, float], judge: Mapping[str, float], threshold: float) -> Weights:
    """Put the reader's weights together, rounded and in order."""
    parts = {"rank": rank, "judge": judge, "threshold": {"answer": threshold}}
    return {part: {name: round(some[name], 3) for name in sorted(some)} for part, some in parts.items()}


def squad(path: Path) -> list[tuple[str, list[Example]]]:
    """Read a SQuAD file: per article its title and its examples."""
    articles = []
    for article in json.loads(gzip.decompress(path.read_bytes()))["data"]:
        examples: list[Example] = []
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            hit = Hit(Passage(len(examples), article["title"], 0, len(text), text), 1.0)
            for question in paragraph["qas"]:
                if question.get("answer_start_guessed") and "is_impossible" not in question:
                    continue  # which of several places the answer stands in is not known
                golds = tuple(answer["text"] for answer in question["answers"])
                golds = () if question.get("is_impossible") else golds
                examples.append(Example(question["question"], (hit,), golds))
        articles.append((article["title"], examples))
    return articles


def tune_halves(folder: Path) -> tuple[list[Example], list[Example]]:
    """Split `squad2_dev_tune` by article: every other one to fit on, the rest to report on."""
    articles = sorted(squad(folder / "squad2_dev_tune.json.gz"))
    return ([e for _, es in articles[::2] for e in es], [e for _, es in articles[1::2] for e in es])


def train_sample(folder: Path, each: int) -> list[Example]:
    """Draw questions of SQuAD 1.1 train, `each` of every kind that the reader tells apart."""
    examples = [e for _, some in squad(folder / "squad_train.json.gz") for e in some]
    random.Random(1).shuffle(examples)
    drawn: Counter[str] = Counter()
    sample = []
    for example in examples:
        kind = ask(example.question).kind
        if drawn[kind] < each:
            drawn[kind] += 1
            sample.append(example)
    print("ranking is fitted on", dict(drawn))
    return sample


def mismatched(examples: Sequence[Example]) -> list[Example]:
    """Put questions beside a paragraph that does not answer them, of another article or elsewhere in their own."""
    chance = random.Random(2)
    by_article: dict[str, list[Example]] = {}
    for example in examples:
        by_article.setdefault(title(example), []).append(example)
    strangers = []
    for i, example in enumerate(e for e in examples if e.golds):
        other = chance.choice(by_article[title(example)] if i % 2 else examples)
        text = other.hits[0].passage.text
        if other.hits != example.hits and not any(gold.lower() in text.lower() for gold in example.golds):
            strangers.append(Example(example.question, other.hits, ()))
    return strangers


def title(example: Example) -> str:
    """Name the article of an example."""
    return example.hits[0].passage.document_id


def fit_rank(examples: Sequence[Example], reader: SentenceReader) -> dict[str, float]:
    """Fit the softmax over all spans of all sentences, so that those that equal a gold answer come first."""
    names: dict[str, int] = {}
    columns: list[int] = []
    values: list[float] = []
    starts: list[int] = []
    group: list[int] = []
    target: list[float] = []
    used, chance = 0, random.Random(3)
    for example in examples:
        rows = list(rank_rows(example, reader))
        quality = np.array([f1 for _, f1 in rows])
        if not len(quality) or quality.max() < 0.5:
            continue
        best = quality >= quality.max() - 1e-6
        others = [i for i in range(len(rows)) if not best[i]]
        kept = [i for i in range(len(rows)) if best[i]] + chance.sample(others, min(WRONG_SPANS, len(others)))
        for features, share in ((rows[i][0], float(best[i])) for i in kept):
            starts.append(len(columns))
            for name, value in features.items():
                columns.append(names.setdefault(name, len(names)))
                values.append(value)
            group.append(used)
            target.append(share)
        used += 1
    print(f"ranking: {used} of {len(examples)} questions have a candidate that is right, {len(names)} features")
    weights = softmax_fit(columns, values, starts, group, target, len(names), used)
    return {name: float(weights[column]) for name, column in names.items() if abs(weights[column]) >= 0.02}


def rank_rows(example: Example, reader: SentenceReader) -> Iterable[tuple[dict[str, float], float]]:
    """Yield the features of each span of each sentence, and its best F1 with a gold answer."""
    asked = ask(example.question)
    found = lines(example.hits)
    if not found:
        return
    cosines = reader._embed([line.text for line in found]) @ reader._embedder.embed_query(example.question)
    for line, cosine in zip(found, cosines, strict=True):
        shared = line_features(asked, line, float(cosine))
        for span in spans(line.text, list(line.words), asked):
            text = line.text[line.words[span.first].start : line.words[span.last].end]
            yield {**shared, **span.features}, best_f1(text, example.golds)


def softmax_fit(
    columns: list[int],
    values: list[float],
    starts: list[int],
    group: list[int],
    target: list[float],
    features: int,
    groups: int,
) -> Any:
    """Minimise the cross entropy of a softmax within each group, with L2 regularisation."""
    index, value = torch.tensor(columns), torch.tensor(values)
    offsets, belongs, wanted = torch.tensor(starts), torch.tensor(group), torch.tensor(target)
    weights = torch.zeros(features, 1, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=80, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        score = torch.nn.functional.embedding_bag(
            index, weights, offsets, mode="sum", per_sample_weights=value
        ).squeeze(1)
        top = torch.full((groups,), -1e9).scatter_reduce(0, belongs, score.detach(), "amax")
        total = torch.zeros(groups).index_add(0, belongs, (score - top[belongs]).exp()).log() + top
        right = torch.where(wanted > 0, score, torch.tensor(-1e9))
        best = torch.full((groups,), -1e9).scatter_reduce(0, belongs, right.detach(), "amax")
        gold = torch.zeros(groups).index_add(0, belongs, (right - best[belongs]).exp()).log() + best
        value_of_loss = (total - gold).mean() + 1e-4 * (weights**2).sum()
        value_of_loss.backward()  # type: ignore[no-untyped-call]
        return value_of_loss

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach().squeeze(1).numpy()


def fit_judge(examples: Sequence[Example], reader: SentenceReader) -> tuple[dict[str, float], float]:
    """Fit the probability that the best candidate is right, and the threshold that separates best."""
    rows, right, answerable = [], [], []
    for example in examples:
        ranked = reader.candidates(example.question, example.hits)
        if ranked:
            asked = ask(example.question)
            rows.append(judge_features(asked, ranked))
            right.append(holds_answer(asked, ranked[0], example.golds))
            answerable.append(bool(example.golds))
    names = sorted({name for row in rows for name in row})
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    kept = np.ones(len(names), dtype=bool)
    while True:
        weights = np.zeros(len(names))
        weights[kept] = logistic_fit(matrix[:, kept], np.array(right, dtype=float))
        absurd = [kept[i] and weights[i] * SIGNS.get(name, 0) < 0 for i, name in enumerate(names)]
        if not any(absurd):
            break
        kept &= ~np.array(absurd)
    scores = 1 / (1 + np.exp(-matrix @ weights))
    threshold = best_threshold(scores, np.array(right), np.array(answerable))
    return {name: float(w) for name, w in zip(names, weights, strict=True) if w}, threshold


def holds_answer(asked: Ask, candidate: Candidate, golds: Sequence[str]) -> bool:
    """Say whether the quote holds a gold answer."""
    quoted = normalise(sentence_reader.quote(asked, candidate)[0].quote)
    return any(f" {normalise(gold)} " in f" {quoted} " for gold in golds)


def best_threshold(scores: Any, right: Any, answerable: Any) -> float:
    """Choose the score at which quoting the answerable rightly and refusing the rest are best in balance."""
    grid = np.quantile(scores, np.linspace(0.01, 0.99, 99))
    quoted = [((scores >= t) & right).sum() / answerable.sum() for t in grid]
    refused = [(scores[~answerable] < t).mean() for t in grid]
    return float(grid[int(np.argmax(np.add(quoted, refused)))])


def report(held_out: Sequence[Example], strangers: Sequence[Example], reader: SentenceReader) -> None:
    """Print what the reader does on articles that nothing was fitted on."""
    threshold = reader.threshold
    own = [measure(example, reader) for example in held_out]
    other = [measure(example, reader) for example in strangers]
    titles = {example.question: title(example) for example in held_out}
    near = [m for m, e in zip(other, strangers, strict=True) if titles[e.question] == title(e)]
    far = [m for m, e in zip(other, strangers, strict=True) if titles[e.question] != title(e)]
    has = [m for m, e in zip(own, held_out, strict=True) if e.golds]
    none = [m for m, e in zip(own, held_out, strict=True) if not e.golds]

    print(
        f"held out: {len(has)} answerable, {len(none)} unanswerable, {len(near)} + {len(far)} beside another paragraph"
    )
    print(f"threshold {threshold:.3f}")
    print("answerable, always answering: exact", share([m["exact"] for m in has]), "F1", share([m["f1"] for m in has]))
    print("  sentence contains a gold answer", share([m["contains"] for m in has]))
    print("  answered at the threshold", share([m["score"] >= threshold for m in has]))
    print(
        "  quote holds the answer, among the answered", share([m["contains"] for m in own if m["score"] >= threshold])
    )
    print("abstained: unanswerable", share([m["score"] < threshold for m in none]), end=" ")
    print("beside another paragraph of the article", share([m["score"] < threshold for m in near]), end=" ")
    print("of another article", share([m["score"] < threshold for m in far]))
    squad2 = [m["f1"] if m["score"] >= threshold else 0.0 for m in has] + [m["score"] < threshold for m in none]
    print("SQuAD 2.0 F1", share(squad2))
    print(
        f"AUROC answerable / unanswerable {auroc([m['score'] for m in has], [m['score'] for m in none]):.3f}", end=" "
    )
    print(f"/ another paragraph {auroc([m['score'] for m in has], [m['score'] for m in near]):.3f}", end=" ")
    print(f"/ another article {auroc([m['score'] for m in has], [m['score'] for m in far]):.3f}")
    right = np.array([m["contains"] > 0 for m in own + other])
    score = np.array([m["score"] for m in own + other])
    print(
        f"AUROC quote holds the answer / not {auroc(score[right], score[~right]):.3f}, expected calibration error",
        end=" ",
    )
    print(f"{calibration_error(score, right):.3f}")


def share(some: Sequence[float]) -> str:
    """Write a mean as a percentage."""
    return f"{100 * float(np.mean(some)):.1f}"


def measure(example: Example, reader: SentenceReader) -> dict[str, float]:
    """Measure one example without abstention."""
    ranked = reader.candidates(example.question, example.hits)
    if not ranked:
        return {"exact": 0.0, "f1": 0.0, "contains": 0.0, "score": 0.0}
    asked = ask(example.question)
    citation, span = sentence_reader.quote(asked, ranked[0])
    short = span.quote if span else citation.quote
    return {
        "exact": float(any(normalise(short) == normalise(gold) for gold in example.golds)),
        "f1": best_f1(short, example.golds),
        "contains": float(holds_answer(asked, ranked[0], example.golds)),
        "score": reader.probability(example.question, ranked),
    }


def normalise(text: str) -> str:
    """Normalise as SQuAD does: lower case, no punctuation, no articles."""
    kept = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())


def best_f1(text: str, golds: Sequence[str]) -> float:
    """Compute the best token F1 with a gold answer (SQuAD)."""
    best, own = 0.0, normalise(text).split()
    for gold in golds:
        other = normalise(gold).split()
        common = sum((Counter(own) & Counter(other)).values())
        if common:
            best = max(best, 2 * common / (len(own) + len(other)))
    return best


def calibration_error(scores: Any, right: Any, bins: int = 10) -> float:
    """Compute the expected calibration error over bins of equal size."""
    parts = np.array_split(np.argsort(scores), bins)
    return float(sum(len(p) / len(scores) * abs(scores[p].mean() - right[p].mean()) for p in parts if len(p)))


if __name__ == "__main__":
    main()
