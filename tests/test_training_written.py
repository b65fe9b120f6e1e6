"""Questions written for the reader to learn from: each answer is in its text, and those in vain make no answer."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.files import read_json
from index.embed import packaged_folder
from index.sentences import sentences
from qa.span_model import load_tokenizer
from tests.test_training import corpus
from training.pack import Drawn
from training.reader_data import (
    FILES,
    Article,
    Question,
    Recipe,
    groups,
    key,
    load_articles,
    load_documents,
    with_marks,
)
from training.train_reader import Corpus, Plan, pools
from training.unanswerable import pool
from training.written_questions import CALIBRATED, LEARNED, MEASURED, of_documents, of_paragraphs

DATA = Path(__file__).parents[2] / "shared" / "data" / "reader"
HARBOUR = (
    "Ada Vale built the harbour at Belm in 1874. The lighthouse came later. Storms took the old pier of Corvo in 1901, "
    "and nobody mended it."
)


def article() -> Article:
    """An article of one paragraph with a question in vain."""
    asked = Question("", "Who mended the pier of Corvo?", 0, ())
    return Article("Belm", [HARBOUR], [], [0], [], pool([]), [asked])


@pytest.mark.parametrize(("use", "least"), [(LEARNED, 300), (CALIBRATED, 16), (MEASURED, 16)])
def test_every_answer_to_a_document_of_our_own_stands_in_it_as_it_is(use: str, least: int) -> None:
    documents = list(of_documents(use))
    assert len(documents) >= least
    for document in documents:
        assert document.title and document.text and document.questions
        for asked in document.questions:
            assert asked.question.strip() and asked.answer in document.text
    vain = [not asked.answer for document in documents for asked in document.questions]
    assert 0.2 < sum(vain) / len(vain) < 0.4


def test_what_was_written_last_is_packed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each group's texts are of the documents that are named, and each of these is asked of."""
    monkeypatch.setattr("training.pack.POOLED", 64)
    first, last = load_documents(2)
    drawn = Drawn([first, last], {}, 1.0, 1, Recipe(checked=0.0, negative=0.6, left_out=0.2))
    tokenizer = load_tokenizer(str(packaged_folder()))
    held = [
        set(tokenizer(f"{article.title} {article.paragraphs[0]}")["input_ids"]) | set(tokenizer(" : .")["input_ids"])
        for article in (first, last)
    ]
    texts = [set(text) for windows in drawn.pool(0) for text in windows.texts]
    assert all(any(text <= words for words in held) for text in texts)
    assert all(any(text <= words for text in texts) for words in held)


def test_no_document_to_measure_with_is_learned_from() -> None:
    learned, calibrated, measured = ({d.text for d in of_documents(u)} for u in (LEARNED, CALIBRATED, MEASURED))
    assert not learned & calibrated and not learned & measured and not calibrated & measured


def test_of_the_questions_to_paragraphs_three_fifths_are_asked_in_vain_and_none_twice() -> None:
    written = of_paragraphs()
    asked = [(text, one.question) for text, some in written.items() for one in some]
    vain = sum(not one.answer for some in written.values() for one in some)
    assert len(set(asked)) == len(asked) > 5000
    assert 0.55 < vain / len(asked) < 0.65


@pytest.mark.slow
def test_every_answer_to_a_paragraph_of_the_data_sets_stands_in_it() -> None:
    if not DATA.exists():
        pytest.skip("needs the public data sets, which are not part of the repository")
    left = of_paragraphs()
    for name in FILES:
        for entry in read_json(DATA / f"{name}.json.gz")["data"]:
            for paragraph in entry["paragraphs"]:
                some = left.pop(str(paragraph["qas"][0]["id"]), ()) if paragraph["qas"] else ()
                assert all(one.answer in paragraph["context"] for one in some)
    assert not left


@pytest.mark.parametrize("seed", range(6))
def test_a_question_in_vain_is_asked_of_its_paragraph_or_of_the_sentence_most_like_it(seed: int) -> None:
    its = article()
    rng = random.Random(seed)
    for share, text in ((0.0, HARBOUR), (1.0, HARBOUR[slice(*sentences(HARBOUR)[2])])):
        made = groups(its, its.written[0], None, [its], Recipe(checked=0.0, sentence=share, title=0.0), rng)
        assert [(group.question.rstrip("?"), [(t.text, t.start, t.end) for t in group.texts]) for group in made] == [
            ("Who mended the pier of Corvo", [(text, 0, 0)])
        ]


def test_an_answer_to_check_is_asked_in_its_sentence_and_a_wrong_one_has_no_place_there() -> None:
    marked = {"Ada Vale": HARBOUR.index("Ada"), "1901": HARBOUR.index("1901")}
    ranges = [(start, start + len(text)) for text, start in marked.items()]
    built = Question("", "Who built the harbour?", 0, (ranges[0],), tuple(ranges))
    vain = Question("", "Who mended the pier of Corvo?", 0, (), (ranges[1],))
    its = Article("Belm", [HARBOUR], [built], [0], [], pool([]), [vain])
    recipe = Recipe(checked=1.0, title=0.0)
    found = set()
    for seed in range(20):
        for question in (built, vain):
            (group,) = groups(its, question, None, [its], recipe, random.Random(seed))
            (text,) = group.texts
            found.add((group.question, text.text, text.text[text.start : text.end]))
    first, _, third = (HARBOUR[start:end] for start, end in sentences(HARBOUR))
    assert found == {
        ("Who built the harbour? Ada Vale", first, "Ada Vale"),
        ("Who built the harbour? 1901", third, ""),
        ("Who mended the pier of Corvo? 1901", third, ""),
    }


def test_what_a_reader_marked_is_found_again_by_its_paragraph_and_question() -> None:
    its = article()
    marks = {key(HARBOUR, "Who mended the pier of Corvo?"): [(4, 8)], key(HARBOUR, "Who?"): [(0, 3)]}
    assert with_marks([its], marks)[0].written[0].marked == ((4, 8),)
    assert with_marks([its], {})[0].written[0].marked == ()


@pytest.mark.slow
def test_a_run_draws_its_share_of_written_questions_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    articles = [*load_articles(corpus(tmp_path), held_back=False), *load_documents()[:20]]
    written = {one.text.rstrip("?").rstrip() for a in articles for one in a.written}
    some = Corpus(articles, [], {})
    plan = Plan(pooled=40, written=0.75)
    whole = list(islice(pools(plan, 0, some), 12))
    assert whole[9:] == list(islice(pools(plan, 9, some), 3))
    drawn = [group.question.rstrip("?").rstrip() in written for group in whole[0]]
    assert 0.6 < sum(drawn) / len(drawn) < 0.85
    assert not any(g.question.rstrip("?").rstrip() in written for g in next(pools(Plan(pooled=40), 0, some)))
