"""Files of questions into groups of passages to learn from: one question, its passages, and where the answer lies."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks.files import read_json, read_rows
from index.context import searchable
from index.sentences import sentences, sentences_round
from index.split import split
from index.types import Document, Passage
from qa.words import weight, words
from training.attributes import asked_in_vain
from training.made_questions import made_questions
from training.other_side import exchanged
from training.texts import Group, Text
from training.unanswerable import Pool, pool, unanswerable
from training.written_questions import Written, of_documents, of_paragraphs

FILES = ("squad_train", "nq_train", "squadshifts_reddit", "squadshifts_amazon")

HELD_BACK = 30
"""One article of so many is held back from training, to choose by."""

NOVELS = 2
"""One passage of so many in which somebody speaks is learned from: there are more of them than of other made ones."""

MADE = 3
"""Times that a question made of an encyclopedia's paragraph is asked, for there are few."""

OWN = 2
"""Times that a question to a document of our own is asked, for they are what people ask of theirs."""

FORUM = "squadshifts"
"""Files whose titles are the name of a data set: they are no title that a document would have."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of an article: its paragraph, and the ranges in it that annotators chose; none if it has no answer.

    `marked` are the ranges that a reader of an earlier run would mark in the paragraph, best first (`marked.py`).
    """

    id: str
    text: str
    paragraph: int
    answers: tuple[tuple[int, int], ...]
    marked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """An article as the index would hold it: its paragraphs with offsets, its passages, and the questions about it.

    `written` are those of `written_questions.py`, of which many have no answer.
    """

    title: str
    paragraphs: list[str]
    questions: list[Question]
    offsets: list[int]
    passages: list[Passage]
    pool: Pool
    written: list[Question]


def load_articles(folder: Path, held_back: bool) -> list[Article]:
    """Read all files, without the questions whose answer's place was guessed; split by title: train or held back."""
    articles, written = [], of_paragraphs()
    for name in FILES:
        loaded = read_json(folder / f"{name}.json.gz")["data"]
        if FORUM in name:  # one article of thousands of unrelated posts: every post is a document
            loaded = [{"title": "", "paragraphs": [paragraph]} for entry in loaded for paragraph in entry["paragraphs"]]
        for entry in loaded:
            key = entry["title"] or entry["paragraphs"][0]["context"]
            if apart(key) == held_back:
                articles.append(_article(entry, written))
    return [article for article in articles if article.questions or article.written]


def load_novels(folder: Path, held_back: bool) -> list[Article]:
    """Read the passages of novels in which somebody says something, each an untitled article; none without the file."""
    file = folder / "passages.jsonl.gz"
    if not file.exists():
        return []
    rows = (row for row in read_rows(file) if row["src"] == "novels" and apart(row["doc"]) == held_back)
    speaking = [row["text"] for row in rows if made_questions(row["text"])][:: 1 if held_back else NOVELS]
    return [_article({"title": "", "paragraphs": [{"context": text, "qas": []}]}, {}, times=1) for text in speaking]


def load_documents(last: int = 0) -> list[Article]:
    """Read the documents of our own, or so many that were written last, each an article of one paragraph."""
    found = []
    for document in [*of_documents()][-last:]:
        paragraph = {"context": document.text, "qas": [{"id": "own", "answers": []}]}
        questions = [*document.questions] * OWN
        found.append(_article({"title": document.title, "paragraphs": [paragraph]}, {"own": questions}))
    return found


def load_learned(folder: Path, marked: str = "") -> list[Article]:
    """Read all that is learned from, with what a reader marked where a file of that is named (`marked.py`)."""
    learned = [
        *load_articles(folder, held_back=False),
        *load_novels(folder.parent / "scale", held_back=False),
        *load_documents(),
    ]
    return with_marks(learned, json.loads(Path(marked).read_text())) if marked else learned


Marks = dict[str, list[tuple[int, int]]]
"""The ranges that a reader marks in a paragraph, best first, by the key of paragraph and question."""


def key(paragraph: str, question: str) -> str:
    """Name a question to a paragraph."""
    return sha256(f"{paragraph}\0{question}".encode()).hexdigest()[:20]


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether two ranges share a character."""
    return one[0] < other[1] and other[0] < one[1]


def with_marks(articles: Sequence[Article], marks: Marks) -> list[Article]:
    """Give articles whose questions have what a reader marked for them."""
    return [
        replace(
            article,
            questions=[_with_marks(article, question, marks) for question in article.questions],
            written=[_with_marks(article, question, marks) for question in article.written],
        )
        for article in articles
    ]


def _with_marks(article: Article, question: Question, marks: Marks) -> Question:
    its = marks.get(key(article.paragraphs[question.paragraph], question.text), ())
    return replace(question, marked=tuple((start, end) for start, end in its))


def apart(key: str) -> bool:
    """Say whether an article is held back from training."""
    return int(sha256(key.encode()).hexdigest(), 16) % HELD_BACK == 0


def load_hard_negatives(folder: Path) -> dict[str, str]:
    """Read the paragraph without the answer for each question of SQuAD train, by the question's id."""
    rows = read_rows(folder / "squad_train_hard_negatives.jsonl.gz")
    return {row["id"].removeprefix("neg-"): row["context"] for row in rows}


def _article(entry: dict[str, Any], asked: Mapping[str, Sequence[Written]], times: int = MADE) -> Article:
    paragraphs, questions, written = [], [], []
    for i, paragraph in enumerate(entry["paragraphs"]):
        context = paragraph["context"]
        paragraphs.append(context)
        for qa in paragraph["qas"]:
            ranges = tuple(
                (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
                for answer in qa["answers"]
                if context[answer["answer_start"] :].startswith(answer["text"]) and answer["text"].strip()
            )
            if ranges and not any(x.get("answer_start_guessed") for x in (qa, *qa["answers"])):
                questions.append(Question(str(qa["id"]), qa["question"].strip(), i, ranges))
        for own in asked.get(str(paragraph["qas"][0]["id"]), ()) if paragraph["qas"] else ():
            start = context.index(own.answer)
            written.append(Question("", own.question, i, ((start, start + len(own.answer)),) if own.answer else ()))
        for made in made_questions(context):
            questions += [Question("", made.question, i, ((made.start, made.end),))] * times
    title = entry["title"].replace("_", " ")
    offsets = list(accumulate((len(paragraph) + 2 for paragraph in paragraphs), initial=0))
    passages = split(Document("\n\n".join(paragraphs), title=title))
    exchanged = pool([question.text for question in questions])
    return Article(title, paragraphs, questions, offsets, passages, exchanged, written)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How often what is learned from. These shares are judgements: no run has compared them with others yet.

    `checked` is the share of questions that are asked with an answer to check, in its sentence alone: what a reader
    marked, which may be right, or an annotator's. A wrong one has no answer. `missed` is the share of sentences beside
    a question in vain that are those of what a reader marked.
    `sentence` is the share of questions that are read in the answer's sentence alone, as the reader reads its best
    candidates once more; of the others, `whole_paragraph` are read in their paragraph and the rest in a passage.
    `twin` is the share of questions that come with their exchanged twin over the same text, `other_side` that of twins
    that come with the exchanged text as well, `left_out` that of questions that come once more with a text that does
    not hold the answer, `alike` that of these whose text is the article's passage most like the question, as a search
    would find it, and `in_vain` that of texts of which is asked what they do not tell.
    """

    checked: float = 0.25
    missed: float = 0.5
    whole_paragraph: float = 0.35
    sentence: float = 0.35
    title: float = 0.7
    negative: float = 0.35
    twin: float = 0.15
    other_side: float = 0.5
    left_out: float = 0.12
    alike: float = 0.5
    in_vain: float = 0.05
    question_mark: float = 0.85


def groups(
    article: Article,
    question: Question,
    negative: str | None,
    others: Sequence[Article],
    recipe: Recipe,
    rng: random.Random,
) -> list[Group]:
    """Make the groups of a question: with its text, often with one beside it that does not answer, and unanswerable.

    One that was written to have no answer makes one group.

    An unanswerable one is the question's exchanged twin over the very text that answers the question, so that what
    tells them apart is what was exchanged, or the question itself over a text beside the answer's.
    """
    titled = rng.random() < recipe.title
    asked = question.text if rng.random() < recipe.question_mark else question.text.rstrip("?").rstrip()
    if rng.random() < recipe.checked and (check := _check(article, question, asked, titled, rng)):
        return [check]
    positive = _positive(article, question, recipe, titled, rng)
    if not question.answers:
        return [Group(asked, (positive,))]
    other = None
    if rng.random() < recipe.negative:
        other = _negative(article, question, negative, others, titled, rng)
    found = [Group(asked, (positive, other) if other else (positive,))]
    if rng.random() < recipe.twin:
        found += _twins(asked, positive, article, recipe, rng)
    if rng.random() < recipe.left_out:
        cut = _without_answer(article, question, titled, rng, alike=rng.random() < recipe.alike)
        found += [Group(asked, (cut,))] if cut else []
    if rng.random() < recipe.in_vain:
        vain = asked_in_vain(positive.text, rng)
        found += [Group(vain, (Text(positive.text),))] if vain else []
    return found


def _check(article: Article, question: Question, asked: str, titled: bool, rng: random.Random) -> Group | None:
    """Ask a question with an answer to check, half the time a wrong one if a reader marked such a one.

    Nothing of a question in vain for which none did.
    """
    wrong = [m for m in question.marked if not any(overlap(m, answer) for answer in question.answers)]
    if not question.answers and not wrong:
        return None
    paragraph, title = article.paragraphs[question.paragraph], article.title if titled else ""
    if wrong and (not question.answers or rng.random() < 0.5):
        start, end = wrong[0] if rng.random() < 0.75 else rng.choice(wrong)
        text = _sentence(title, paragraph, start, end).text
        return Group(checking(asked, paragraph[start:end]), (Text(text),))
    answer = rng.choice(question.answers)
    right = [m for m in question.marked if overlap(m, answer)]
    start, end = rng.choice(right) if right and rng.random() < 0.5 else answer
    return Group(checking(asked, paragraph[start:end]), (_sentence(title, paragraph, *answer),))


def checking(question: str, answer: str) -> str:
    """Word a question so that it asks whether an answer is one.

    >>> checking("Who guaranteed the ceasefire?", "Turkish forces")
    'Who guaranteed the ceasefire? Turkish forces'
    """
    return f"{question.rstrip(' ?')}? {answer}"


def _twins(asked: str, positive: Text, article: Article, recipe: Recipe, rng: random.Random) -> list[Group]:
    """Make the twin of a question over its text, and now and then both of them over the text exchanged likewise."""
    twin = unanswerable(asked, positive.text, article.pool, rng)
    if twin is None:
        return []
    found = [Group(twin.question, (Text(positive.text),))]
    other = exchanged(positive, twin.gone, twin.put) if rng.random() < recipe.other_side else None
    if other:
        found += [Group(asked, (Text(other.text),)), Group(twin.question, (other,))]
    return found


def _positive(article: Article, question: Question, recipe: Recipe, titled: bool, rng: random.Random) -> Text:
    """Give the answer's paragraph, its sentence, or one of the index's passages that hold the answer whole.

    Where there is none, likewise what looks most as if it answered.
    """
    title = article.title if titled else ""
    if not question.answers:
        return _tempting(article, question, recipe, title, rng)
    start, end = rng.choice(question.answers)
    paragraph = article.paragraphs[question.paragraph]
    offset = article.offsets[question.paragraph]
    if rng.random() < recipe.sentence:
        return _sentence(title, paragraph, start, end)
    around = [p for p in article.passages if p.start <= offset + start and offset + end <= p.end]
    if not around or rng.random() < recipe.whole_paragraph:
        text = searchable(title, "", paragraph)
        before = len(text) - len(paragraph)
        return Text(text, before + start, before + end)
    passage = rng.choice(around)
    text = searchable(title, "", passage.text)
    before = len(text) - len(passage.text) - passage.start + offset
    return Text(text, before + start, before + end)


def _tempting(article: Article, question: Question, recipe: Recipe, title: str, rng: random.Random) -> Text:
    """Give the paragraph that does not answer a question, or the sentence or a passage of it most like the question."""
    paragraph = article.paragraphs[question.paragraph]
    offset = article.offsets[question.paragraph]
    if rng.random() < recipe.sentence:
        if question.marked and rng.random() < recipe.missed:
            return Text(_sentence(title, paragraph, *question.marked[0]).text)
        parts = [paragraph[start:end] for start, end in sentences(paragraph)]
        return Text(searchable(title, "", _most_alike(question.text, parts)))
    inside = [p.text for p in article.passages if offset <= p.start and p.end <= offset + len(paragraph)]
    if not inside or rng.random() < recipe.whole_paragraph:
        return Text(searchable(title, "", paragraph))
    return Text(searchable(title, "", _most_alike(question.text, inside)))


def _most_alike(question: str, texts: Sequence[str]) -> str:
    """Give the text that has most of a question's words, each weighed by how rare it is."""
    asked = {word.stem: weight(word) for word in words(question) if not word.stops}
    return max(texts, key=lambda text: sum(asked.get(stem, 0.0) for stem in {word.stem for word in words(text)}))


def _sentence(title: str, paragraph: str, start: int, end: int) -> Text:
    """Give the sentence or sentences that hold an answer, alone."""
    first, last = sentences_round(paragraph, start, end)
    text = searchable(title, "", paragraph[first:last])
    before = len(text) - (last - first)
    return Text(text, before + start - first, before + end - first)


def _without_answer(
    article: Article, question: Question, titled: bool, rng: random.Random, alike: bool = False
) -> Text | None:
    """Give a passage without the answer's words: one beside the answer's, or the one most like the question."""
    answers = [article.paragraphs[question.paragraph][start:end].lower() for start, end in question.answers]
    place = article.offsets[question.paragraph] + question.answers[0][0]
    near = [p for p in article.passages if alike or abs((p.start + p.end) / 2 - place) < 1500]
    texts = [p.text for p in near if not any(answer in p.text.lower() for answer in answers)]
    if not texts:
        return None
    chosen = _most_alike(question.text, texts) if alike else rng.choice(texts)
    return Text(searchable(article.title if titled else "", "", chosen))


def _negative(
    article: Article,
    question: Question,
    negative: str | None,
    others: Sequence[Article],
    titled: bool,
    rng: random.Random,
) -> Text | None:
    """Give a text that does not answer: the hard negative, a neighbour, or now and then any passage at all."""
    kind = rng.random()
    if kind < 0.1:
        other = rng.choice(others)
        return Text(searchable(other.title if titled else "", "", rng.choice(other.passages).text))
    if negative is None or kind < 0.4:
        return _without_answer(article, question, titled, rng)
    if rng.random() < 0.5:
        passages = split(Document(negative))
        negative = rng.choice(passages).text
    return Text(searchable(article.title if titled else "", "", negative))
