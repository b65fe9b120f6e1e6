"""Questions to try: made from the documents, and only those that the documents answer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from index import Document, Index
from index.split import split
from qa import ask
from qa.candidates import LONGEST, candidate_questions
from qa.suggest import SURE_ENOUGH, TRIED, suggested_questions
from qa.types import Answer, Citation

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
NEWS = (
    "The Syrian Observatory for Human Rights recorded nine deaths in the province. On Monday Maria Santos, director of "
    "the apiary, said the harvest of 2019 was the best in twenty years. It rained for seven days in the valley."
)
TEXTS = {
    "contract": "# Rental agreement\n\nThe monthly rent is 850 euros and is due on the first day of each month. The "
    "tenant must give written notice of three months\nbefore moving out. The agreement ends on 31 August "
    "2026 unless it is renewed.\n\n## Can I keep a pet?\n\nCats and small dogs are allowed with the "
    "landlord's consent.",
    "recipe": "# Lemon cake\n\nServes: eight people\n\nHeat the oven to 180 degrees. Bake the cake for 45 minutes. "
    "The glaze requires two lemons and 150 grams of icing sugar. The cake keeps for five days in a "
    "closed tin.",
    "encyclopedia": "The Vasa is a Swedish warship that sank on her first voyage in 1628. "
    "The wreck was found in 1956 by "
    "Anders Franzén. The ship is kept in the Vasa Museum in Stockholm. The hull is 69 metres long. "
    "Salvage was led by the Neptune Company.",
    "manual": "The filter removes chlorine and lead from tap water. The cartridge lasts about three months. A red "
    "light means that the cartridge must be replaced. The jug holds 2.4 litres.",
    "minutes": "Anna Berg reported that the greenhouse roof leaks in two places. Tom Hale will ask three firms for "
    "offers before Easter. The next meeting is on 9 April at seven o'clock in the library.",
    "letter": "Paulo works at the harbour now and I teach English at a school called Santa Clara. The children "
    "were nervous because they spoke no Portuguese. We have two spare beds, so please come in spring.",
    "abstract": "We tested 48 adults after one night without sleep. Reaction times rose by 34 percent after 20 hours "
    "awake. Caffeine is a stimulant that blocks adenosine receptors. The study was funded by the Nordic "
    "Sleep Foundation.",
    "story": "Old Marten lived in a lighthouse at the end of the world. One night a girl named Isolde knocked at "
    "the door. Marten gave her his coat and rowed her to the island of glass.",
}


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (NEWS, "What did the Syrian Observatory for Human Rights record?"),
        (NEWS, "How many deaths were recorded?"),
        (NEWS, "Who is Maria Santos?"),
        (TEXTS["contract"], "How much is the monthly rent?"),
        (TEXTS["contract"], "What must the tenant do?"),
        (TEXTS["contract"], "When does the agreement end?"),
        (TEXTS["contract"], "Can I keep a pet?"),
        (TEXTS["recipe"], "How long do you bake the cake?"),
        (TEXTS["recipe"], "How long does the cake keep?"),
        (TEXTS["encyclopedia"], "When was the wreck found?"),
        (TEXTS["encyclopedia"], "Where is the ship kept?"),
        (TEXTS["encyclopedia"], "How long is the hull?"),
        (TEXTS["encyclopedia"], "Who led Salvage?"),
        (TEXTS["encyclopedia"], "What is the Vasa?"),
        (TEXTS["manual"], "What does a red light mean?"),
        (TEXTS["manual"], "How much does the jug hold?"),
        (TEXTS["minutes"], "When is the next meeting?"),
        (TEXTS["minutes"], "What will Tom Hale do?"),
        (TEXTS["letter"], "Why were the children nervous?"),
        (TEXTS["letter"], "What is the school called?"),
        (TEXTS["abstract"], "By how much did reaction times rise?"),
        (TEXTS["story"], "Where did Old Marten live?"),
        ("Receipts must be handed in within 30 days.", "When must receipts be handed in?"),
        ("## Aqua\n\nThe filter Aqua is new.\n\n## Aqua\n\nIt holds water.", "What is Aqua?"),
    ],
)
def test_questions_are_made_by_the_shapes_of_sentences(text: str, question: str) -> None:
    assert question in [candidate.question for candidate in candidate_questions(text)]


def test_they_are_short_and_made_of_sentences_that_stand_alone() -> None:
    for text in [
        NEWS,
        *TEXTS.values(),
        "X" * 5_000,
        "The " * 20_000,
        "In 2018 reports came. It is a cat.",
        "# \n\n?",
        "",
    ]:
        made = list(candidate_questions(text))
        assert len({candidate.question for candidate in made}) == len(made)
        for question, start, end in made:
            assert len(question) <= LONGEST and question[0].isupper() and question.endswith("?")
            assert text[start:end].strip() == text[start:end] != ""
            assert not [
                word for word in question.rstrip("?").split() if word in ("It", "This", "days", "years", "2018")
            ]


def test_only_questions_that_their_own_sentence_answers_are_suggested() -> None:
    document = Document(NEWS)
    passage = split(document)[0]
    start, end = NEWS.index("On Monday"), NEWS.index(" It rained")
    director = Citation(passage, NEWS.index("director"), NEWS.index(", said"))

    def says_director(question: str, score: float = SURE_ENOUGH) -> Answer:
        return Answer(question, score, (Citation(passage, start, end),), director)

    assert suggested_questions([document, Document("")], says_director) == ["Who is Maria Santos?"]
    assert suggested_questions([document], lambda question: says_director(question, SURE_ENOUGH - 0.01)) == []
    assert suggested_questions([document], lambda question: Answer(question, 0.9)) == []
    assert suggested_questions([Document(NEWS + " ")], says_director) == [], "the answer is from another document"
    assert suggested_questions([], says_director) == []


def test_a_question_is_not_its_own_answer() -> None:
    document = Document("Anna Berg reported that Anna Berg was ill.")
    passage = split(document)[0]

    def says(start: int, end: int) -> list[str]:
        whole, span = Citation(passage, 0, len(document.text)), Citation(passage, start, end)
        return suggested_questions([document], lambda question: Answer(question, 0.9, (whole,), span))

    assert says(24, 33) == [] and says(24, 41) == ["What did Anna Berg report?"]


def test_the_time_is_bounded_and_others_go_first() -> None:
    asked: list[str] = []

    def answer(question: str) -> Answer:
        asked.append(question)
        return Answer(question)

    many = "".join(f"Anna Berg{i} reported that all is well here. " for i in range(200))
    assert suggested_questions([Document(many)], answer, wait=lambda: asked.append("wait")) == []
    assert asked.count("wait") == len(asked) / 2 <= TRIED and asked[0] == "wait"
    assert suggested_questions([Document(NEWS * 500)], answer, seconds=0.0) == []


@pytest.mark.slow
def test_most_ordinary_documents_get_three_and_every_one_is_answered(tmp_path: Path) -> None:
    with Index.open(tmp_path / "library") as index:
        index.add(SEEDS)
        index.add_documents([Document(text, title, f"{title}.txt") for title, text in TEXTS.items()])

        @cache
        def answer(question: str) -> Answer:
            return ask(question, index=index)

        counts = []
        for document in index.documents():
            suggested = suggested_questions([document], answer, seconds=600)
            counts.append(len(suggested))
            for question in suggested:
                given = answer(question)
                assert given.score >= SURE_ENOUGH and given.span and given.span.document_id == document.id
        assert sum(count == 3 for count in counts) >= len(counts) - 1, counts
