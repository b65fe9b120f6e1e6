"""A search among chosen documents finds what brute force over them finds, whichever and however many they are."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from index import Document, Index
from index.errors import NothingChosen, UnknownDocument
from tests.fakes import HashEmbedder
from tests.test_index_store import (
    all_passages,
    brute_force_dense,
    brute_force_lexical,
    keyed,
    some_document,
)

QUERIES = ("amber fjord", "the knoll of marsh and dune", "nothing of it")


def agrees_among(index: Index, chosen: list[str]) -> None:
    """Compare with the scores of every passage of the library, less those of the documents that are not chosen."""
    passages = all_passages(index)
    for query in QUERIES:
        for found, truth in (
            (index.dense(query, 10_000, chosen), brute_force_dense(index, passages, query)),
            (index.lexical(query, 10_000, chosen), brute_force_lexical(passages, query)),
        ):
            truth = {key: score for key, score in truth.items() if key[0] in chosen}
            assert keyed(found) == pytest.approx(truth, abs=2e-3)
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


@pytest.mark.parametrize("seed", range(4))
def test_any_choice_after_any_history_is_what_brute_force_finds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    index, other = (Index.open(tmp_path / "library", HashEmbedder()) for _ in range(2))
    index.add_documents([some_document(chance, source=str(n)) for n in range(8)])
    for _ in range(6):
        match chance.choice(["add", "replace", "remove", "reopen", "forget", "rename"]):
            case "add":
                index.add_documents([some_document(chance) for _ in range(3)])
            case "replace":
                other.add_documents([some_document(chance, source=str(chance.randint(0, 7)))])
            case "remove":
                other.remove(chance.choice(index.documents()).id)
            case "reopen":
                index.close()
                index = Index.open(tmp_path / "library", HashEmbedder())
            case "forget":
                (tmp_path / "library" / "vectors.faiss").unlink(missing_ok=True)
                (tmp_path / "library" / "lexical.json").unlink(missing_ok=True)
            case "rename":
                other.rename(chance.choice(index.documents()).id, f"Of {chance.choice(QUERIES)}")
        ids = [summary.id for summary in index.summaries()]
        for count in {1, len(ids) // 2, len(ids) - 1}:
            agrees_among(chance.choice([index, other]), chance.sample(ids, count))


def test_no_hit_is_lost_to_better_ones_of_other_documents(tmp_path: Path) -> None:
    """The chosen document's hits come far below the first k of the whole library."""
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents(Document(f"Amber fjord {n}.") for n in range(300))
        poor = index.add_documents([Document("Much is said of birch and dune and little of amber.\n\nNothing else.")])
        chosen = [poor[0].document_id]
        assert chosen[0] not in {hit.passage.document_id for hit in index.dense("amber fjord", 250)}
        assert [hit.passage.document_id for hit in index.dense("amber fjord", 3, chosen)] == chosen
        assert [hit.passage.document_id for hit in index.lexical("amber fjord", 3, chosen)] == chosen


@pytest.mark.parametrize("count", [1, 30, 59])
def test_the_best_k_of_the_chosen_are_the_first_k(tmp_path: Path, count: int) -> None:
    chance = random.Random(5)
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents([some_document(chance) for _ in range(60)])
        chosen = chance.sample([summary.id for summary in index.summaries()], count)
        for way in (index.dense, index.lexical):
            everything = way("amber fjord", 10_000, chosen)
            for k in (1, 3, 7):
                scores = [hit.score for hit in way("amber fjord", k, chosen)]
                assert scores == pytest.approx([hit.score for hit in everything[:k]])


def test_all_documents_chosen_is_no_choice_at_all(index: Index) -> None:
    ids = [summary.id for summary in index.summaries()]
    assert index.dense("black cat", 9, ids) == index.dense("black cat", 9)
    assert index.lexical("black cat", 9, ids * 2) == index.lexical("black cat", 9)


def test_an_unknown_or_an_empty_choice_is_one_sentence(index: Index) -> None:
    known = index.summaries()[0].id
    for chosen in (["nothing"], [known, "nothing"], {"\ud800"}, ["x" * 5000, "y"]):
        for way in (index.dense, index.lexical):
            with pytest.raises(UnknownDocument, match="The library has no document") as error:
                way("cat", 3, chosen)
            assert len(str(error.value)) < 200 and str(error.value).endswith(".")
    for way in (index.dense, index.lexical):
        with pytest.raises(NothingChosen, match="choose at least one"):
            way("cat", 3, [])


def test_a_search_among_documents_that_are_renamed_meanwhile_misses_none(tmp_path: Path) -> None:
    """Renaming gives passages new ids: a choice and the vectors must be of one state."""
    index, other = (Index.open(tmp_path, HashEmbedder()) for _ in range(2))
    index.add_documents([Document("Amber fjord.", "Old"), Document("Cedar dune.", "Another")])
    chosen, stop = [index.summaries()[0].id], threading.Event()

    def rename() -> None:
        number = 0
        while not stop.is_set():
            other.rename(chosen[0], f"Title {(number := number + 1)}")

    thread = threading.Thread(target=rename)
    thread.start()
    try:
        for _ in range(60):
            assert [hit.passage.document_id for hit in index.dense("amber", 2, chosen)] == chosen
    finally:
        stop.set()
        thread.join()
