"""Follow-up questions stand alone after `resolve`, and questions that do already are left as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Passage
from qa.follow_up import resolve
from qa.mentions import introduced
from qa.types import Answer, Citation


def turn(question: str, short: str = "", asked_as: str = "") -> Answer:
    if not short:
        return Answer(question, asked_as=asked_as)
    citation = Citation(Passage(0, "doc", 0, len(short), short), 0, len(short))
    return Answer(question, 0.9, (citation,), asked_as=asked_as)


MOONS = turn("Which moons has Mars?", "Phobos and Deimos")
HALEY = turn("Who is Nikki Haley?", "US ambassador to the United Nations")
STRIKES = turn("How many strikes were recorded around Jisr al-Shughour?", "more than 45")
GREECE = turn("How many refugees lived in Greece in 2015?", "one million")


@pytest.mark.parametrize(
    ("before", "question", "stand_alone"),
    [
        (HALEY, "How old is she?", "How old is Nikki Haley?"),
        (HALEY, "What did she urge?", "What did Nikki Haley urge?"),
        (HALEY, "What is her plan?", "What is Nikki Haley's plan?"),
        (HALEY, "How old?", "How old is Nikki Haley?"),
        (turn("Who is Nikki Haley?"), "What did she urge?", "What did Nikki Haley urge?"),
        (
            turn("Who described the fighters as an abscess?", "Foreign Minister Sergei Lavrov"),
            "What did he say?",
            "What did Foreign Minister Sergei Lavrov say?",
        ),
        (turn("What is HTS?", "Hayat Tahrir al-Sham"), "What does it control?", "What does HTS control?"),
        (
            turn("Where is the Syrian Observatory based?", "Britain"),
            "How many deaths did it record?",
            "How many deaths did the Syrian Observatory record?",
        ),
        (turn("Tell me about lung cancer."), "What are its symptoms?", "What are lung cancer's symptoms?"),
        (turn("What do zoos say about the lions?"), "How many legs do they have?", "How many legs do the lions have?"),
        (turn("What is throat cancer?"), "Is it treatable?", "Is throat cancer treatable?"),
        (turn("Tell me about Blue whales."), "Where do they live?", "Where do Blue whales live?"),
        (turn("What is a DC half smoke?"), "Where is it sold?", "Where is a DC half smoke sold?"),
        (turn("Which places are famous for lavender?"), "Is it purple?", "Is lavender purple?"),
        (turn("How much does a used Lamborghini cost?"), "Is it fast?", "Is a used Lamborghini fast?"),
        (turn("Which group dominates Idlib?", "HTS"), "What does the group control?", "What does HTS control?"),
        (turn("Which city hosts the fair?", "Bonn"), "How old is that city?", "How old is Bonn?"),
        (turn("Which city hosts the fair?", "Bonn"), "How many people live there?", "How many people live in Bonn?"),
        (
            turn("Who bombed the camp?", "Russian warplanes"),
            "When did they leave?",
            "When did Russian warplanes leave?",
        ),
        (STRIKES, "And how many deaths?", "How many deaths were recorded around Jisr al-Shughour?"),
        (STRIKES, "When?", "When were strikes recorded around Jisr al-Shughour?"),
        (GREECE, "What about Turkey?", "How many refugees lived in Turkey in 2015?"),
        (GREECE, "And in 2017?", "How many refugees lived in Greece in 2017?"),
        (turn("How much is the rent?", "940 euros"), "And the deposit?", "How much is the deposit?"),
        (turn("What is the notice period?"), "And what about the rent?", "What is the rent?"),
        (turn("When is the rent due?"), "And the deposit?", "When is the deposit due?"),
        (turn("How old does the blue whale get?"), "And the humpback?", "How old does the humpback get?"),
        (turn("How much does the firm pay for trains?"), "And the state?", "How much does the state pay for trains?"),
        (turn("When is the rent due?"), "How do I pay it?", "How do I pay the rent?"),
        (turn("How long does the blue whale get?"), "What does it eat?", "What does the blue whale eat?"),
        (turn("What does the old whale usually eat?"), "Where is it?", "Where is the old whale?"),
        (turn("Did the old king ever marry?"), "Where is he told of?", "Where is the old king told of?"),
        (turn("When did the red army attack Paris?"), "How large was it?", "How large was the red army?"),
        (turn("Why did the summer school open new courses?"), "Who runs it?", "Who runs the summer school?"),
        (turn("How long can parents stay away?"), "How much do they get?", "How much do parents get?"),
        (turn("Tell me about the blue whale."), "Where do they live?", "Where do the blue whale live?"),
        (turn("Which group dominates Idlib?", "HTS"), "Which one is larger?", "Which group is larger?"),
        (turn("Tell me about sharks."), "Which ones are dangerous?", "Which ones are dangerous (sharks)?"),
        (turn("Do people like the bridge?"), "How old is it?", "How old is the bridge?"),
        (turn("What is the letter called?"), "And the book?", "What is the letter called, the book?"),
        (turn("What did Haley urge?", "peace"), "Why?", "Why did Haley urge peace?"),
        (
            turn("What has Russia threatened?", "an offensive"),
            "Why is that?",
            "Why is that (Russia threatened offensive)?",
        ),
        (turn("Where did the war start?"), "And when?", "When did the war start?"),
        (turn("When will the bridge close?", "3 March"), "For how long?", "For how long will the bridge close?"),
        (turn("For how long will the bridge close?"), "Why?", "Why will the bridge close?"),
        (turn("How long will the bridge be closed?"), "Why?", "Why will the bridge be closed?"),
        (turn("When did Ada Whitcombe die?", "1934"), "What of?", "What did Ada Whitcombe die of?"),
        (turn("Did Ada Whitcombe marry?"), "When?", "When did Ada Whitcombe marry?"),
        (turn("Can I use vinegar?", "Never"), "Why not?", "Why can I not use vinegar?"),
        (turn("Is the old bridge closed?"), "Why not?", "Why is the old bridge not closed?"),
        (turn("Where do I find the number?"), "Why not?", "Why do I not find the number?"),
        (turn("Which mill did Norrland close?"), "When?", "When did Norrland close the mill?"),
        (turn("How many people will they employ?"), "Why?", "Why will they employ people?"),
        (
            turn("How many people does Norrland employ?"),
            "In Finland?",
            "How many people does Norrland employ in Finland?",
        ),
        (turn("What was the operating profit?", "9 m"), "And the dividend?", "What was the dividend?"),
        (turn("What was the profit?", "9 m"), "And the year before?", "What was the profit, the year before?"),
        (turn("What was the profit, the year before?", "8 m"), "What about the dividend?", "What was the dividend?"),
        (turn("What was the profit, Germany?"), "And Turkey?", "What was the profit, Turkey?"),
        (
            turn("What happened to Helen Strang's amendment?"),
            "What about Priya Nair?",
            "What happened to Priya Nair's amendment?",
        ),
        (
            turn("When did Ada Whitcombe get the medal?", "1905"),
            "And the Médaille de la Reconnaissance?",
            "When did Ada Whitcombe get the Médaille de la Reconnaissance?",
        ),
        (turn("What did Russia say about the camp?"), "And the UN?", "What did the UN say about the camp?"),
        (turn("What happened to Ann Lee?"), "Where was she born?", "Where was Ann Lee born?"),
        (turn("How heavy is the machine?"), "And how big?", "How big is the machine?"),
        (turn("How do I clean the old machine?"), "And the steam wand?", "How do I clean the steam wand?"),
        (turn("How often do I clean the wand?"), "With what?", "With what do I clean the wand?"),
        (turn("How much is Ann Lee paid?"), "And the treasurer?", "How much is the treasurer paid?"),
        (turn("Is there a discount for students?"), "And pensioners?", "Is there a discount for pensioners?"),
        (turn("Who or what is Helen Strang?", "a councillor"), "What did she say?", "What did Helen Strang say?"),
        (turn("How many days can I work away?"), "Same for pensioners?", "How many days can I work away, pensioners?"),
        (turn("What else did Haley say?", "peace"), "Why?", "Why did Haley say peace?"),
        (turn("How do I get to the camp?"), "How long does it take?", "How long does the camp take?"),
        (turn("What is happening in Idlib?"), "Who controls it?", "Who controls Idlib?"),
        (turn("Who signed the Astana agreement?"), "How old is it?", "How old is the Astana agreement?"),
        (turn("Who signed the Astana agreement?"), "When?", "When was it that somebody signed the Astana agreement?"),
        (turn("Who is attacking the city?", "Russia"), "Why?", "Why is it that Russia is attacking the city?"),
        (turn("How old is the camp?"), "How many people does it hold?", "How many people does the camp hold?"),
        (turn("How many people live in Idlib?"), "Who is attacking it?", "Who is attacking Idlib?"),
        (turn("What did Trump say about Idlib?"), "When did he say it?", "When did Trump say it?"),
        (turn("What did Trump say about Idlib?"), "And Haley?", "What did Haley say about Idlib?"),
        (turn("How often can I work from home?"), "And from abroad?", "How often can I work from abroad?"),
        (turn("What do I have to return?", "my key"), "To whom?", "To whom do I have to return my key?"),
        (turn("Who pays the bill?", "Ms Ferrante"), "When?", "When is it that Ms Ferrante pays the bill?"),
        (turn("Who owns it now?", "the Trust"), "Since when?", "Since when is it that the Trust owns it now?"),
        (turn("Who built the pier?", "Ann Lee"), "Why?", "Why was it that Ann Lee built the pier?"),
        (turn("Who lit the lamp first?", "Ann Lee"), "What did it burn?", "What did the lamp burn?"),
        (turn("How old was Ann Lee's daughter Jo?"), "How is she?", "How is Ann Lee's daughter Jo?"),
        (turn("Who was the last keeper?", "Angus Reid"), "When did he leave?", "When did Angus Reid leave?"),
        (turn("Who was Ann Lee's wife?"), "What did she do?", "What did Ann Lee's wife do?"),
        (turn("When was A Candle in the Wind sung?"), "Who sang it?", "Who sang A Candle?"),
        (turn("How many species did she find?", "31"), "How many of them are new?", "How many of the species are new?"),
        (turn("Where is the fair?", "the Netherlands"), "What do they sell?", "What do they sell (fair Netherlands)?"),
        (turn("Which mill did Norrland close?", "Ånge"), "Why did they close it?", "Why did Norrland close Ånge?"),
        (turn("What is the capital of France?", "Paris"), "How large is it?", "How large is Paris?"),
        (turn("Is there a novel about Ann Lee?", "The Meadow"), "Who wrote it?", "Who wrote The Meadow?"),
        (
            turn("What is Ann Lee's most famous book?"),
            "When did it come out?",
            "When did Ann Lee's most famous book come out?",
        ),
        (turn("What happened to the mill?", "closed in May"), "How old is it?", "How old is the mill?"),
        (turn("Who is Ann Lee?"), "What is her most famous book?", "What is Ann Lee's most famous book?"),
        (turn("How was the mill sold?", "they found a buyer"), "How old is it?", "How old is the mill?"),
        (turn("What happened to the mill?", "1989"), "How old is it?", "How old is the mill?"),
        (MOONS, "How large is the second one?", "How large is Deimos?"),
        (MOONS, "Who discovered the first one and when?", "Who discovered Phobos and when?"),
        (MOONS, "How old is the latter?", "How old is Deimos?"),
        (MOONS, "Who found the last one?", "Who found Deimos?"),
        (turn("Who met Assad in Geneva?", "Kofi Annan"), "How large is that city?", "How large is Geneva?"),
        (
            turn("Where is the Syrian Observatory based?", "Britain"),
            "How many deaths did the observatory record?",
            "How many deaths did the Syrian Observatory record?",
        ),
    ],
)
def test_a_follow_up_stands_alone(before: Answer, question: str, stand_alone: str) -> None:
    assert resolve(question, [before]) == stand_alone


@pytest.mark.parametrize(
    "question",
    [
        "What time is it?",
        "Is it true that Russia won?",
        "How long does it take to fly to Athens?",
        "What did Trump say about his plan?",
        "Which group says that it won the battle?",
        "Who said that he would resign?",
        "How many people are there?",
        "Who did aid groups warn that an assault would hurt?",
        "What is mortadella and where is it from?",
        "What happened this year?",
        "And the sperm whale, how deep does it dive?",
        "The old rules, why were they changed?",
        "What does IT cost a company?",
        "Does it say who paid?",
        "How many people died?",
        "And how many survived?",
        "What does it cost to visit the tower?",
        "Is the tower worth it?",
        "What is it called when people rebel?",
        "By whom was it claimed that Russia won?",
        "How many deaths were recorded?",
        "  Who bombed the   stronghold ?? ",
        "why",
        "🙂",
        "",
    ],
)
def test_what_stands_alone_is_left_as_it_is(question: str) -> None:
    if question == "why":  # the shortest ellipsis: alone only where nothing was asked before
        assert resolve(question, []) == question
    else:
        assert resolve(question, [HALEY, GREECE]) == question


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("Tell me about the blue whales.", "blue whales"),
        ("OK. Now tell me more about throat cancer!", "throat cancer"),
        ("What is frictional unemployment and why is it important?", "frictional unemployment"),
        ("What about the BBC experiment?", "BBC experiment"),
        ("Who are the most powerful?", ""),
        ("What places are famous for lavender?", ""),
        ("What is worth seeing in Rome?", ""),
        ("How old is she?", ""),
        ("", ""),
    ],
)
def test_what_a_question_introduces_is_told(question: str, thing: str) -> None:
    start, end = introduced(question)
    assert question[start:end] == thing


def test_the_latest_fitting_turn_is_meant() -> None:
    assert resolve("How old is he?", [HALEY, turn("Who is Joseph Dunford?")]) == "How old is Joseph Dunford?"
    assert resolve("How old is she?", [HALEY, turn("What is HTS?", "a group")]) == "How old is Nikki Haley?"


def test_what_was_introduced_is_meant_until_something_is_answered() -> None:
    lavender, fields = turn("Tell me about lavender."), "Which country has a field of roses?"
    assert resolve("Is it purple?", [lavender, turn(fields)]) == "Is lavender purple?"
    assert "lavender" not in resolve("Is it purple?", [lavender, turn(fields, "France")])
    assert resolve("How old is she?", [HALEY, turn("What is HTS?"), turn(fields)]) == "How old is Nikki Haley?"


def test_the_second_one_is_the_second_of_the_answers_that_are_shown() -> None:
    bonn = replace(turn("Which city hosts the fair?", "Bonn"), others=(turn("?", "Rome"), turn("?", "Paris")))
    assert resolve("How old is the second one?", [bonn]) == "How old is Rome?"
    assert resolve("How old is the third one?", [bonn]) == "How old is Paris?"
    assert "Bonn" not in resolve("How old is the fourth one?", [bonn])
    unlikely = replace(bonn, others=(replace(turn("?", "Rome"), score=0.01),))
    assert "Rome" not in resolve("How old is the second one?", [unlikely]), "what is not shown is not meant"
    assert resolve("Who was the second president?", [bonn]) == "Who was the second president?"


def test_somebody_is_named_as_fully_as_before() -> None:
    lesh = turn("Did Lesh play the violin?")
    assert resolve("Where was he born?", [turn("Who is Phil Lesh?"), lesh]) == "Where was Phil Lesh born?"
    assert resolve("Where was he born?", [turn("Who is Ann Lee?"), lesh]) == "Where was Lesh born?"
    weeb = [turn("Tell me about Weeb Ewbank."), turn("When did Weeb retire?")]
    assert resolve("Did he die?", weeb) == "Did Weeb Ewbank die?"


def test_a_title_is_named_as_it_was_answered() -> None:
    wrote = turn("What did Hector MacRae write?", "A Candle in the Wind")
    history = [wrote, turn("When was it published?", "1968", resolve("When was it published?", [wrote]))]
    assert resolve("What does it describe?", history) == "What does A Candle in the Wind describe?"


def test_no_year_and_nobody_is_it() -> None:
    tower = turn("How old is the tower?", "99 years")
    assert (
        resolve("Did they hit it?", [tower, turn("What happened in 1942?", "two bombs fell")])
        == "Did they hit the tower?"
    )
    assert resolve("How high is it?", [tower, turn("Who was the keeper?", "Ann Lee")]) == "How high is the tower?"
    assert resolve("How high is it?", [tower, turn("Did they hit it?", "Neither hit it")]) == "How high is the tower?"


def test_a_name_in_the_place_of_none_asks_about_somebody_else() -> None:
    assert resolve("What about Nikki Haley?", [turn("Can I use vinegar?", "Never")]) == "What about Nikki Haley?"
    assert resolve("And Nikki Haley?", [turn("How old is the camp?")]) == "And Nikki Haley?"


def test_what_is_only_said_is_about_nothing() -> None:
    history = [HALEY, turn("Tell me more"), turn("Really?"), turn("ok thanks")]
    assert resolve("What did she urge?", history) == "What did Nikki Haley urge?"
    assert resolve("Why?", [turn("When did the war start?", "2011"), turn("Wow!")]) == "Why did the war start?"


def test_somebody_s_relative_is_meant_whose_name_nobody_told() -> None:
    wife = [
        turn("Who was Hector MacRae?", "a keeper"),
        turn("Did he have a wife?", "", "Did Hector MacRae have a wife?"),
    ]
    assert resolve("What was her name?", wife) == "What was Hector MacRae's wife's name?"
    wife.append(turn("What was her name?", "Morag", "What was Hector MacRae's wife's name?"))
    assert resolve("When did he die?", wife) == "When did Hector MacRae die?"
    met = turn("Did Ann Lee meet a man?")
    assert "Ann Lee's" not in resolve("How old was he?", [met])


def test_an_earlier_topic_is_returned_to() -> None:
    history = [turn("What does the Syrian Observatory record?"), HALEY, GREECE]
    assert resolve("Where is the observatory?", history) == "Where is the Syrian Observatory?"
    assert resolve("How old is she?", history) == "How old is Nikki Haley?"


def spoken(*said: tuple[str, str]) -> list[Answer]:
    """Hold a conversation: each question is understood as after those before it."""
    history: list[Answer] = []
    for question, short in said:
        history.append(turn(question, short, resolve(question, history)))
    return history


ADA = spoken(("Who was Ada Whitcombe?", "a botanist"), ("When did she die?", "1934"), ("Whom did she know?", "Jo Hill"))


def test_nobody_means_her_by_him() -> None:
    history = [*ADA[:2], turn("Did Ada Whitcombe have a brother?", "her brother Thomas")]
    assert resolve("What happened to him?", history) == "What happened to her brother Thomas?"
    history.append(turn("What happened to him?", "", "What happened to her brother Thomas?"))
    assert resolve("Where was she born?", history) == "Where was Ada Whitcombe born?"
    assert resolve("Where was he born?", history) == "Where was her brother Thomas born?"
    assert resolve("Where was he born?", ADA) == "Where was Jo Hill born?"


def test_who_was_called_so_goes_on_to_be() -> None:
    assert resolve("What did she write?", ADA) == "What did Ada Whitcombe write?"
    admirer = turn("Who admired her?", "Jo Hill", "Who admired Ada Whitcombe?")
    assert resolve("What did she write?", [*ADA[:2], admirer]) == "What did Jo Hill write?", "the one who did it"


def test_a_thing_and_several_people_are_not_somebody() -> None:
    price = turn("Tell me about Leontyne Price.")
    assert resolve("Where did she sing?", [price, turn("What was Emergence?")]) == "Where did Leontyne Price sing?"
    parents = turn("Who were Ann Lee's parents?", "Jo Lee and Ed Hall")
    assert resolve("Where was she born?", [parents]) == "Where was Ann Lee born?"
    assert resolve("Where were they born?", [parents]) == "Where were Jo Lee and Ed Hall born?"


def test_what_was_called_they_is_nobody() -> None:
    firm = spoken(("How was the year for Norrland Timber?", ""), ("Which mill did they close?", "Ånge"))
    assert firm[1].asked_as == "Which mill did Norrland Timber close?"
    assert "Was Norrland" not in resolve("Was he hurt?", firm)
    grown = [*firm, turn("How much did they grow?", "", "How much did Norrland Timber grow?")]
    assert resolve("Where is it based?", grown) == "Where is Norrland Timber based?"


def test_a_country_is_nobody() -> None:
    history = [HALEY, turn("What did Russia warn of?")]
    assert resolve("How old is she?", history) == "How old is Nikki Haley?"
    assert resolve("How many people live there?", history) == "How many people live in Russia?"
    assert resolve("What did it threaten?", history) == "What did Russia threaten?"


def test_a_turn_counts_as_it_was_understood() -> None:
    before = turn("How old is she?", asked_as="How old is Nikki Haley?")
    assert resolve("Where was she born?", [before]) == "Where was Nikki Haley born?"


def test_an_abstention_lends_its_question_and_no_answer() -> None:
    assert "Assad" not in resolve("How old is he?", [turn("Who does Russia support?")])
    assert resolve("How old is he?", [turn("Who does Russia support?", "Bashar Assad")]) == "How old is Bashar Assad?"


def test_an_answer_that_is_a_clause_is_nothing_to_stand_for_a_pronoun() -> None:
    urged = turn("What did Nikki Haley urge?", "Syria and Russia not to use chemical weapons")
    assert "chemical" not in resolve("Who recorded them?", [urged])
    assert "Syria" not in resolve("How old is she?", [urged, turn("Who recorded them?", asked_as="Who recorded them?")])
    smith = turn("Who sang in Paris?", "Will Smith")
    assert resolve("How old is he?", [smith]) == "How old is Will Smith?", "a name is not a verb"


def test_without_a_fitting_antecedent_the_topic_is_named() -> None:
    resolved = resolve("How old is she?", [turn("How many strikes were recorded?", "45")])
    assert resolved == "How old is she (strikes recorded 45)?"


@given(st.text(max_size=60))
def test_without_history_every_question_comes_back(question: str) -> None:
    assert resolve(question, []) == question


@given(st.text(max_size=80), st.lists(st.tuples(st.text(max_size=60), st.text(max_size=30)), max_size=3))
def test_no_text_raises(question: str, history: list[tuple[str, str]]) -> None:
    turns = [turn(asked, short if short.strip() else "") for asked, short in history]
    assert isinstance(resolve(question, turns), str)


_WORDS = (
    "who what how many why when not for long he she it they his her that there is did can have a brother city of the "
    "in Athens 2017 Anna's and same else about 🙂 ? , 's"
)
_PIECES = _WORDS.split(" ")


@given(st.lists(st.sampled_from(_PIECES), max_size=9), st.lists(st.sampled_from(_PIECES), max_size=9))
def test_no_order_of_pronouns_and_question_words_raises(question: list[str], before: list[str]) -> None:
    resolved = resolve(" ".join(question), [turn(" ".join(before), "Athens"), turn(" ".join(before))])
    assert isinstance(resolved, str)


@pytest.mark.parametrize(
    "question", ["What about 🙂?", "And 🙂?", "Same for …?", "What about the?", "Of?", "Why not?", "For how?"]
)
@pytest.mark.parametrize(
    "before", ["Who is Nikki Haley?", "🙂?", "Why?", "the", "Is the", "How many", "For how long?", "Anna's"]
)
def test_fragments_after_fragments_are_questions(question: str, before: str) -> None:
    assert resolve(question, [turn(before, "x"), turn("?"), turn(before)])


def test_an_endless_question_stands_alone() -> None:
    endless = "Was she " * 10_000
    assert resolve(endless, [HALEY]) == endless
    assert resolve("How old is she?", [turn(endless), HALEY]).startswith("How old is")
