"""Questions to try: made from the documents, and only those that the documents answer."""

from __future__ import annotations

from index import Document
from index.split import split
from qa.suggest import candidate_questions, suggested_questions
from qa.types import Answer, Citation

NEWS = (
    "The Syrian Observatory for Human Rights recorded nine deaths in the province. On Monday Maria Santos, director of "
    "the apiary, said the harvest of 2019 was the best in twenty years. It rained for seven days in the valley."
)


def test_questions_are_made_from_names_and_numbers() -> None:
    made = dict(candidate_questions(NEWS))
    assert "What did the Syrian Observatory for Human Rights record?" in made
    assert "How many deaths were there?" in made and "Who is Maria Santos?" in made
    assert not [question for question in made if "days" in question or "years" in question]
    assert all(sentence in NEWS for sentence in made.values())


def test_only_questions_that_their_own_sentence_answers_are_suggested() -> None:
    def answers_about_santos(question: str) -> Answer:
        passage = split(Document(NEWS))[0]
        start = NEWS.index("On Monday")
        quoted = (Citation(passage, start, NEWS.index(" It rained")),)
        return Answer(question, 0.9, quoted if "Observatory" in question or "Santos" in question else ())

    assert suggested_questions([NEWS, ""], answers_about_santos) == ["Who is Maria Santos?"]
    assert suggested_questions([NEWS], lambda question: Answer(question)) == []
    assert suggested_questions([], answers_about_santos) == []
    assert suggested_questions([NEWS * 500], lambda question: Answer(question), seconds=0.0) == []
