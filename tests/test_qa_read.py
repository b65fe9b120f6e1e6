"""The span reader compares all passages on one scale, quotes exact words, and takes any text without complaint."""

from __future__ import annotations

import json
import math
import random
import re
import shutil
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Document, Hit
from index.context import in_context
from index.embed import packaged_folder
from index.errors import ModelError
from qa import span_model
from qa.best_spans import LONGEST_SPAN, Span, best_ranges, distinct
from qa.read import REACH, UNCALIBRATED, Calibration, Near, SpanReader, behind_the_best, repeats
from qa.sentence_reader import SentenceReader
from qa.settings import _reader, reader_for
from qa.signs import Signs
from qa.span_model import PACKAGED_READER, WINDOW, SpanModel, Window, load_span_model
from qa.types import Answer
from tests.fakes import NEWS, HashEmbedder, hits, paragraphs
from tests.test_qa_phrase import latin


def words_as_tokens(logits: dict[str, tuple[float, float]], nulls: Mapping[str, float] = {}) -> SpanReader:
    """A reader whose model knows the start and end logits of a few words; all other words have -9.

    `nulls` is what speaks for "no answer" in texts with a word; in others it is 0.
    """

    def windows(_: str, texts: Sequence[str]) -> list[Window]:
        found = []
        for i, text in enumerate(texts):
            places, at = [], 0
            for word in text.split():
                at = text.index(word, at)
                places.append((at, at + len(word)))
                at += len(word)
            known = [logits.get(text[start:end], (-9.0, -9.0)) for start, end in places]
            starts, ends = (np.array([pair[k] for pair in known], dtype=np.float32) for k in (0, 1))
            null = sum(value for word, value in nulls.items() if word in text)
            found.append(Window(i, np.array(places).reshape(-1, 2), starts, ends, null))
        return found

    return SpanReader(windows, threshold=0.0)


@pytest.fixture(scope="module")
def model() -> SpanModel:
    return load_span_model()


@pytest.fixture(scope="module")
def always(model: SpanModel) -> SpanReader:
    """The real reader, without a threshold."""
    return SpanReader(model.windows, Calibration.parse(model.calibration), threshold=0.0)


def check(answer: Answer, document: Document) -> None:
    """Hold every promise that an answer makes, whatever the text."""
    assert 0.0 <= answer.score <= 1.0
    for some in (answer, *answer.others):
        assert some.citations and some.span
        assert some.citations[0].start <= some.span.start < some.span.end <= some.citations[0].end
        for citation in (*some.citations, some.span):
            assert document.text[citation.start : citation.end] == citation.quote
        for edge in (some.span.start, some.span.end):
            before, after = document.text[edge - 1 : edge], document.text[edge : edge + 1]
            assert not (latin(before) and latin(after)), f"{some.short!r} cuts a word"
    spans = [some.span for some in (answer, *answer.others) if some.span]
    assert len({(span.start, span.end) for span in spans}) == len(spans)


# --- decoding -------------------------------------------------------------------------------------------------------


def test_all_passages_are_compared_on_one_scale() -> None:
    reader = words_as_tokens({"nine": (3, 3), "2018.": (5, 5), "HTS.": (4, 4)}, nulls={"2018.": 8.0})
    ranked = distinct(reader.spans("?", [Near(hit.passage, 0.0) for hit in paragraphs(NEWS)]))
    assert [span.text for span in ranked[:3]] == ["HTS.", "nine", "2018."]  # 8, 6 and 10 - 8
    assert reader.read("?", paragraphs(NEWS)).others[0].short == "nine"


def test_a_passage_that_fits_the_question_less_counts_a_little_less() -> None:
    reader = words_as_tokens({"nine": (3, 3), "HTS.": (3.05, 3.05)})
    first, _, last = paragraphs(NEWS)
    assert reader.read("?", [replace(first, score=0.6), replace(last, score=0.6)]).short == "HTS."
    assert reader.read("?", [replace(first, score=0.6), replace(last, score=0.4)]).short == "nine"
    behind = behind_the_best([replace(first, score=score) for score in (0.5, 1.0, 0.0)])
    assert behind == pytest.approx([13.8155, 0, 2 * 13.8155], rel=1e-3)


def texts_read(model: SpanReader, ranked: Sequence[Hit]) -> list[int]:
    """Say which of the hits' passages a reader reads, by their numbers, in the order in which it does."""
    texts = [in_context(hit.passage) for hit in ranked]
    read: list[int] = []

    def windows(question: str, some: Sequence[str]) -> Sequence[Window]:
        read.extend(texts.index(text) for text in some if text in texts)
        return model.windows(question, some)

    SpanReader(windows).read("?", ranked)
    return read


def ranked_hits(*behind: float) -> list[Hit]:
    """Hits of passages of their own, so many log-odds behind a best one that has .5."""
    documents = [Document(f"Passage {number} says nine. Nothing follows.") for number in range(len(behind))]
    found = [hits(document, (0, len(document.text)))[0] for document in documents]
    return [replace(hit, score=1 / (1 + math.exp(gap))) for hit, gap in zip(found, behind, strict=True)]


def test_passages_that_are_farther_are_read_where_the_nearest_are_not_sure() -> None:
    sure, unsure = words_as_tokens({"nine.": (5, 5)}), words_as_tokens({"nine.": (0.2, 0.2)})
    ranked = ranked_hits(0, 1, REACH.near - 0.1, REACH.near + 0.1, REACH.far - 0.1, REACH.far + 0.1)
    assert texts_read(sure, ranked) == [0, 1, 2]
    assert texts_read(unsure, ranked) == [0, 1, 2, 3, 4]
    assert texts_read(words_as_tokens({}), ranked) == [0, 1, 2, 3, 4], "nor where they say nothing"


def test_so_many_passages_are_read_at_first_and_so_many_at_most() -> None:
    sure, unsure = words_as_tokens({"nine.": (5, 5)}), words_as_tokens({"nine.": (0.2, 0.2)})
    ranked = ranked_hits(*[0] * (REACH.most + 3))
    assert texts_read(sure, ranked) == list(range(REACH.first))
    assert texts_read(unsure, ranked) == list(range(REACH.most))


def test_two_passages_are_read_at_least_and_the_nearest_first() -> None:
    sure = words_as_tokens({"nine.": (5, 5)})
    assert texts_read(sure, ranked_hits(0, 9, 9.5)) == [0, 1]
    assert texts_read(sure, ranked_hits(9.5, 9, 0)) == [2, 1]


def test_a_span_may_be_longer_than_its_best_words() -> None:
    reader = words_as_tokens({"public": (4, 0), "gallows": (3.5, 4)})
    assert reader.read("?", paragraphs(NEWS)).short == "public gallows"


def test_answers_that_overlap_or_say_the_same_come_once() -> None:
    text = "It was Nine. Later nine again, then ten."
    reader = words_as_tokens({"Nine.": (5, 5), "nine": (2, 2), "ten.": (3, 3)})
    document = Document(text)
    answer = reader.read("?", hits(document, (0, len(text)), (13, len(text))))
    assert [some.short for some in (answer, *answer.others)][:2] == ["Nine.", "ten."]
    check(answer, document)


def test_the_title_above_a_passage_is_read_but_never_quoted() -> None:
    reader = words_as_tokens({"News": (9, 9), "nine": (1, 1)})
    assert reader.read("?", paragraphs(NEWS)).short == "nine"


def test_a_question_in_the_text_is_no_answer_to_itself(always: SpanReader) -> None:
    text = "Q: Can I return an item?\nA: Yes, within 30 days, unused and in its original box."
    answer = always.read("can I return items", hits(Document(text)))
    assert answer.short == "Yes"
    assert answer.text == "A: Yes, within 30 days, unused and in its original box."
    assert all("Can I" not in other.short for other in answer.others)
    assert repeats("Can I return an item?", "Can I return it?") and not repeats("Who?", "Who?!")
    assert not repeats("Can I return an item?", "Can I return an item.")
    assert not repeats("How much did Mustangs rise over?", "Why did Mustangs rise over $1000?")
    asked = always.read("Who?", hits(Document("Who?")))
    assert asked.abstained and not asked.citations


def test_the_quote_is_the_whole_sentence() -> None:
    reader = words_as_tokens({"chemical": (4, 4)})
    assert reader.read("?", hits(NEWS)).text == (
        "On social media, the US ambassador to the United Nations, Nikki Haley, urged Syria and Russia not to use "
        "chemical weapons."
    )


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
    st.lists(st.integers(0, 180), max_size=5),
    st.lists(st.integers(0, 180), max_size=2),
)
def test_the_best_ranges_are_those_of_brute_force(seed: int, length: int, cuts: list[int], left_out: list[int]) -> None:
    rng = np.random.default_rng(seed)
    starts, ends = rng.normal(size=(2, length)).astype(np.float32)
    offsets = np.array([(3 * i, 3 * i + 2) for i in range(length)])
    without = [(start, start + 20) for start in left_out]
    found = best_ranges(Window(0, offsets, starts, ends, 0.5), 0, sorted(cuts), without=without)
    brute = {
        (3 * i, 3 * j + 2): float(starts[i] + ends[j] - 0.5)
        for i in range(length)
        for j in range(i, min(i + LONGEST_SPAN, length))
        if not any(3 * i < cut <= 3 * j for cut in cuts)
        and not any(start < 3 * k + 2 and 3 * k < end for start, end in without for k in range(i, j + 1))
    }
    assert [score for _, _, score in found] == pytest.approx(sorted(brute.values(), reverse=True)[:20], abs=1e-5)
    for start, end, score in found:
        assert score == pytest.approx(brute[start, end], abs=1e-5)


def test_a_probability_at_the_threshold_is_answered_and_one_below_is_not(model: SpanModel) -> None:
    score = SpanReader(model.windows, threshold=0.0).read("How many deaths were recorded?", paragraphs(NEWS)).score
    at = SpanReader(model.windows, threshold=score)
    above = SpanReader(model.windows, threshold=score + 1e-9)
    assert not at.read("How many deaths were recorded?", paragraphs(NEWS)).abstained
    refused = above.read("How many deaths were recorded?", paragraphs(NEWS))
    assert refused.abstained and refused.score == pytest.approx(score) and not refused.others


def test_the_probability_rises_with_score_and_lead_and_falls_behind_a_better_hit_and_in_a_given_text() -> None:
    record = '{"score": 0.5, "lead": 0.25, "behind": -1, "given": -2, "bias": -1, "threshold": 0.5}'
    calibration = Calibration.parse(record)
    assert calibration.probability(Signs(2, 0, 0)) == pytest.approx(0.5)
    assert calibration.probability(Signs(2, 4, 0)) == pytest.approx(1 / (1 + np.exp(-1)))
    assert calibration.probability(Signs(2, 4, 1)) == pytest.approx(0.5)
    assert calibration.probability(Signs(2, 4, 1, 1)) == pytest.approx(1 / (1 + np.exp(2)))
    assert 0 < calibration.probability(Signs(-1e9, 0)) < calibration.probability(Signs(1e9, 10)) < 1 + 1e-12


# --- the trained model ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("How many deaths were recorded?", "nine"),
        ("When was the report written?", "2018"),
        ("Who wrote the report?", "Ann Lee"),
        ("Who controls large swaths of Idlib?", "HTS"),
        ("What did the fighters erect for prisoners?", "gallows"),
    ],
)
def test_the_exact_words_are_found(always: SpanReader, question: str, short: str) -> None:
    answer = always.read(question, paragraphs(NEWS))
    assert short in answer.short
    assert len(answer.short) <= len(short) + 24
    check(answer, NEWS)


def test_a_question_that_is_answered_is_surer_than_one_that_is_not(always: SpanReader) -> None:
    answered = always.read("How many deaths were recorded?", paragraphs(NEWS)).score
    for question in ("How tall is Mount Everest?", "Who painted the Mona Lisa?", "How many ships were sunk?"):
        assert always.read(question, paragraphs(NEWS)).score < answered


@pytest.mark.slow
def test_the_answer_is_found_deep_in_a_long_passage(always: SpanReader) -> None:
    filler = "The committee met again and talked about the weather in the valley. " * 60
    document = Document(filler + "The bridge at Arnon was built in 1874 by Ruth Vale. " + filler)
    answer = always.read("Who built the bridge at Arnon?", hits(document))
    assert "Ruth Vale" in answer.short
    check(answer, document)


@pytest.mark.slow
def test_the_windows_of_a_long_text_cover_all_of_it(model: SpanModel) -> None:
    text = " ".join(f"word{i}" for i in range(900))
    windows = model.windows("Which word?", [text])
    assert len(windows) > 3
    seen = np.zeros(len(text), dtype=bool)
    for window in windows:
        assert window.starts.shape == window.ends.shape == (len(window.offsets),)
        for start, end in window.offsets:
            seen[start:end] = True
    assert all(seen[i] or text[i] == " " for i in range(len(text)))


def test_a_text_is_read_the_same_alone_and_among_others(model: SpanModel) -> None:
    texts = [hit.passage.text for hit in paragraphs(NEWS)]
    together = model.windows("Who wrote the report?", texts)
    for i, text in enumerate(texts):
        alone = model.windows("Who wrote the report?", [text])[0]
        assert alone.starts == pytest.approx(together[i].starts, abs=0.35)  # bfloat16
        assert int(alone.starts.argmax()) == int(together[i].starts.argmax())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\t ",
        "…!? --- ### ***",
        "12 34 56 78",
        "x" * 10_000,
        pytest.param("ab,cd;" * 300, marks=pytest.mark.slow),  # 1,200 tokens: many windows
        "🙂🚀👩‍👩‍👧" * 300,
        "وُلد في القاهرة عام 1911 وتوفي عام 2006.",
        "我出生于北京。他在上海工作。" * 40,
        "\u0000\ufffd\u202e\u200b" * 20,
        "[CLS] [SEP] [PAD] [MASK] nine [UNK]",
        "Tro\u0302ng ba\u0301nh \u1e69\u0323 ﬁancé Straße İstanbul ㎏ ﷺ",
    ],
)
def test_any_text_and_any_question_is_read(always: SpanReader, text: str) -> None:
    document = Document(text)
    asked = ("von wem? " * 3000,) if len(text) > 1_500 else ("Who?", "?", "🙂", "", "x" * 2000, text[:2000] or " ")
    for question in asked:
        answer = always.read(question, hits(document) if text else [])
        if not answer.abstained:
            check(answer, document)


def test_no_passages_are_no_answer(always: SpanReader) -> None:
    assert always.read("Who?", []).abstained


def test_of_a_question_that_is_longer_than_the_window_the_end_counts(always: SpanReader) -> None:
    question = "I have been reading this for a long while and I am not sure. " * 30 + "How many deaths were recorded?"
    assert "nine" in always.read(question, paragraphs(NEWS)).short


pieces = st.sampled_from(
    [
        "nine deaths",
        "Ångström",
        "e\u0301clair",
        "ﬁnance",
        "İzmir",
        "Straße",
        "…",
        " ",
        "\n\n",
        "文字",
        "한국어",
        "ش",
        "👩‍👧",
        "½",
    ]
)


@settings(max_examples=40)
@given(st.lists(pieces | st.text(max_size=8), max_size=12), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD", ""]))
def test_quotes_stand_in_the_document_under_any_normalisation(parts: list[str], form: str) -> None:
    model = load_span_model()
    reader = SpanReader(model.windows, UNCALIBRATED, threshold=0.0)
    document = Document(unicodedata.normalize(form, " ".join(parts)) if form else "".join(parts))  # type: ignore[arg-type]
    if document.text:
        answer = reader.read("How many deaths were recorded in Straße?", hits(document))
        if not answer.abstained:
            check(answer, document)


@pytest.mark.slow
def test_threads_get_the_answers_that_one_gets(always: SpanReader) -> None:
    questions = ["How many deaths were recorded?", "Who wrote the report?", "Who controls Idlib?"] * 4
    expected = [always.read(question, paragraphs(NEWS)).short for question in questions]
    found: list[str] = [""] * len(questions)

    def ask(i: int) -> None:
        found[i] = always.read(questions[i], paragraphs(NEWS)).short

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


@pytest.mark.slow
def test_threads_do_not_change_how_each_others_texts_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    longest: list[int] = []

    def seen(_: SpanModel, encoded: Any, rows: list[int]) -> dict[int, Window]:
        longest.extend(len(encoded["input_ids"][i]) for i in rows)
        return {}

    monkeypatch.setattr(SpanModel, "_batch", seen)
    model, text = load_span_model(), "The fleet reached the harbour at noon. " * 60
    failed: list[BaseException] = []

    def read(question: str) -> None:
        try:
            for _ in range(150):
                model.windows(question, [text])
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=read, args=(question,)) for question in ("When?", "On that coast? " * 120) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and max(longest) <= WINDOW


# --- other models, and none -----------------------------------------------------------------------------------------


def weights() -> Path:
    return Path(span_model.__file__).parent / span_model.WEIGHTS


def test_the_weights_are_small_and_leave_the_word_embeddings_out() -> None:
    from safetensors import safe_open

    assert weights().stat().st_size <= 25_000_000
    with safe_open(weights(), framework="np") as file:
        assert not any("word_embeddings" in name for name in file.keys())  # noqa: SIM118
        assert {str(file.get_slice(name).get_dtype()) for name in file.keys()} == {"F16"}  # noqa: SIM118


@pytest.mark.parametrize(
    ("damage", "said"), [("missing", "missing"), ("truncated", "damaged"), ("garbage", "damaged"), ("other", "version")]
)
def test_without_usable_weights_the_sentence_reader_serves_and_says_so(
    damage: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "weights.safetensors"
    if damage == "truncated":
        path.write_bytes(weights().read_bytes()[:1_000_000])
    elif damage == "garbage":
        path.write_bytes(b"\xff" * 500)
    elif damage == "other":
        save_file({"qa_outputs.bias": np.zeros(2, dtype=np.float16)}, path, metadata={"format": "quotewise-reader-0"})
    monkeypatch.setattr(span_model, "WEIGHTS", str(path))
    _reader.cache_clear()
    load_span_model.cache_clear()
    embedder = HashEmbedder()
    try:
        reader = reader_for(embedder)
        assert reader_for(embedder) is reader
    finally:
        _reader.cache_clear()
        load_span_model.cache_clear()
    assert isinstance(reader, SentenceReader)
    assert len(caplog.messages) == 1
    assert said in caplog.messages[0] and "install Quotewise again" in caplog.messages[0]
    assert reader.read("How many deaths were recorded?", paragraphs(NEWS)).question


def test_weights_that_lack_a_part_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(weights())
    del tensors["qa_outputs.weight"]
    path = tmp_path / "weights.safetensors"
    save_file(tensors, path, metadata={"format": span_model.FORMAT})
    monkeypatch.setattr(span_model, "WEIGHTS", str(path))
    with pytest.raises(ModelError, match=r"lacks trained weights \(qa_outputs.weight\); install Quotewise again"):
        SpanModel()


@pytest.fixture(scope="module")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another architecture with another tokenizer: a tiny, untrained RoBERTa."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForQuestionAnswering

    folder = tmp_path_factory.mktemp("roberta")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator([NEWS.text], trainers.BpeTrainer(vocab_size=500, special_tokens=special))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, cls_token="<s>", pad_token="<pad>", sep_token="</s>", unk_token="<unk>"
    )
    fast.model_max_length = 100
    fast.model_input_names = ["input_ids", "attention_mask"]
    fast.save_pretrained(folder)
    config = RobertaConfig(
        vocab_size=len(fast), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=128, pad_token_id=1,
    )  # fmt: skip
    RobertaForQuestionAnswering(config).save_pretrained(folder)
    return folder


def test_any_other_extractive_model_reads_by_its_folder(other_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTEWISE_READER", str(other_model))
    reader = reader_for(HashEmbedder())
    assert isinstance(reader, SpanReader)
    reader.threshold = 0.0
    text = NEWS.text * 4
    document = Document(text, title="News")
    check(reader.read("Who wrote the report? " * 40, hits(document)), document)


def test_a_model_that_brings_its_calibration_is_read_with_it(other_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "calibrated"
    shutil.copytree(other_model, folder)
    (folder / "calibration.json").write_text('{"score": 2, "lead": 0, "bias": 1, "threshold": 0.7}')
    reader = _reader(str(folder), HashEmbedder())
    assert isinstance(reader, SpanReader)
    assert reader.threshold == 0.7 and reader.calibration.weights == (2.0, *[0.0] * 5, 1.0)
    (folder / "calibration.json").write_text('{"score": "high"}')
    _reader.cache_clear()
    load_span_model.cache_clear()
    with pytest.raises(ModelError, match=r"calibration\.json is damaged"):
        _reader(str(folder), HashEmbedder())


def test_a_calibration_adds_to_no_answer_what_the_state_of_its_place_tells(other_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "calibrated"
    shutil.copytree(other_model, folder)
    record = {"score": 1, "lead": 0, "bias": 0, "threshold": 0.5}
    texts = [NEWS.text, NEWS.text * 4, "Nine people died."]
    plain = SpanModel(str(folder)).windows("Who wrote the report?", texts)
    assert len(plain) > 3 and {window.state.shape for window in plain} == {(32,)}
    assert not np.allclose(plain[0].state, plain[-1].state)
    weights = [0.1 * n for n in range(32)]
    (folder / "calibration.json").write_text(json.dumps({**record, "no_answer": [*weights, -3.0]}))
    for before, after in zip(plain, SpanModel(str(folder)).windows("Who wrote the report?", texts), strict=True):
        assert after.null == pytest.approx(before.null + float(before.state @ weights) - 3.0, abs=1e-4)
        assert np.array_equal(before.starts, after.starts) and np.array_equal(before.ends, after.ends)
    for wrong in (weights, [*weights, math.nan], ["much", *weights], {"weights": weights}, 7):
        (folder / "calibration.json").write_text(json.dumps({**record, "no_answer": wrong}))
        with pytest.raises(ModelError, match=r"calibration\.json is damaged"):
            SpanModel(str(folder))


@pytest.mark.parametrize("name", ["/nowhere/at/all", ""])
def test_a_named_reader_that_cannot_be_loaded_says_so_in_one_sentence(name: str) -> None:
    given = name or str(packaged_folder())  # an encoder without a span head
    with pytest.raises(ModelError) as caught:
        SpanModel(given)
    assert "name another extractive question-answering model" in str(caught.value)
    assert "\n" not in str(caught.value) and str(caught.value).startswith("The reader ")


def test_the_reader_without_a_model_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTEWISE_READER", "sentences")
    assert isinstance(reader_for(HashEmbedder()), SentenceReader)
    monkeypatch.delenv("QUOTEWISE_READER")
    assert isinstance(reader_for(HashEmbedder()), SpanReader)
    assert load_span_model().name == PACKAGED_READER


def test_signs_tell_answers_apart_and_other_marks_do_not() -> None:
    text = "O+ O- -5 5 nine-day (nine day) C C++"
    passage = hits(Document(text))[0].passage
    spans = [Span(passage, m.start(), m.end(), -float(m.start())) for m in re.finditer(r"\([^)]*\)|\S+", text)]
    assert [span.text for span in distinct(spans[:4])] == ["O+", "O-", "-5", "5"]
    assert [span.text for span in distinct(spans[4:])] == ["nine-day", "C", "C++"]


def test_distinct_keeps_the_order() -> None:
    passage = hits(NEWS)[0].passage
    places = random.Random(3).sample(range(0, len(NEWS.text) - 5, 7), 30)
    spans = [Span(passage, place, place + 5, -float(i)) for i, place in enumerate(places)]
    assert [span.score for span in distinct(spans)] == sorted((span.score for span in distinct(spans)), reverse=True)
