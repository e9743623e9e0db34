"""What a message does to an open report."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bot_fakes import (
    JUST_NOW,
    RICH_TEXT,
    YESTERDAY,
    complete_draft,
    deviation,
    place,
    pressed,
    rich_message,
    time,
    typed,
)

from bot.actions.message import Entity, UserMessage
from bot.actions.phrases import names
from bot.actions.report_dialogue import take
from bot.actions.report_draft import (
    CATEGORY,
    CHANGE,
    CONFIRM,
    MAX_PLACE_CHARS,
    MAX_TEXT_CHARS,
    PLACE,
    SEVERITY,
    TEXT,
    TIME,
    ReportDraft,
)
from bot.actions.report_step import ASIDE_INTENTS, CANCEL, SEND, START_OVER, Step

NOW = datetime(2026, 11, 20, 6, 12, tzinfo=UTC)
QUESTIONS = (TEXT, CATEGORY, PLACE, TIME, SEVERITY, CHANGE, CONFIRM)
# Asked for while a report is incomplete, or to change it.
AFTER_TEXT = tuple(question for question in QUESTIONS if question != TEXT)


def taking(draft: ReportDraft, message: UserMessage) -> Step:
    return take(draft, message, names(), NOW)


def asking(question: str) -> ReportDraft:
    """A draft with a question open, and what that question asks for missing."""
    missing = {CATEGORY: {"category": None, "confidence": None}, PLACE: {"place": None}, TIME: {"time": None}}
    if question == TEXT:
        return ReportDraft(draft_id="d1")
    return complete_draft(draft_id="d1", asking=question, **missing.get(question, {}))


def test_a_rich_message_needs_only_the_confirmation() -> None:
    draft = taking(ReportDraft(), rich_message()).draft
    assert draft.asking == CONFIRM
    assert (draft.text, draft.category, draft.subtype) == (RICH_TEXT, "hms", "personskade")
    assert (draft.place, draft.time) == ("utenfor Nes skole", {"text": "I går", **YESTERDAY})


def test_what_is_missing_is_asked_in_order() -> None:
    draft = taking(ReportDraft(), typed("Noen har skadet seg", assessment=deviation(confidence=0.2))).draft
    asked = [draft.asking]
    for answer in ("personvern", "i gangen", "en gang i fjor"):
        draft = taking(draft, typed(answer)).draft
        asked.append(draft.asking)
    assert asked == [CATEGORY, PLACE, TIME, CONFIRM]
    assert (draft.category, draft.place, draft.time) == (
        "informasjonssikkerhet",
        "i gangen",
        {"text": "en gang i fjor"},
    )


def test_an_answer_about_the_place_may_tell_the_time_too() -> None:
    step = taking(replace(asking(PLACE), time=None), typed("på kjøkkenet i går", None, time("i går")))
    assert step.draft.asking == CONFIRM
    assert step.draft.time == {"text": "i går", **YESTERDAY}


@pytest.mark.parametrize("text", ["vet ikke", "nei", "?", "👍"])
@pytest.mark.parametrize("question", [PLACE, TIME])
def test_no_answer_skips_the_question(question: str, text: str) -> None:
    step = taking(asking(question), typed(text, "deny" if text[0].isalpha() else None))
    assert step.draft.skipped == (question,)
    assert step.draft.asking == CONFIRM


def test_a_no_with_a_place_in_it_is_an_answer() -> None:
    step = taking(asking(PLACE), typed("nei, på Furu", "deny", Entity("person", "Furu")))
    assert step.draft.place == "nei, på Furu"
    assert taking(asking(PLACE), typed("nei, på Furu", "deny", place("Furu"))).draft.place == "Furu"
    assert taking(asking(TIME), typed("nei, i går", "deny", time("i går"))).draft.time is not None


@pytest.mark.parametrize("question", [PLACE, TIME, CATEGORY, SEVERITY, CHANGE])
def test_yes_is_no_answer_to_an_open_question_and_sends_nothing(question: str) -> None:
    draft = asking(question)
    assert replace(taking(draft, typed("ja", "affirm")).draft, asking=question) == draft


def test_yes_to_the_first_question_tells_nothing() -> None:
    step = taking(asking(TEXT), typed("ja", "affirm"))
    assert (step.draft, step.say) == (asking(TEXT), ("utter_report_too_little",))


@pytest.mark.parametrize(
    "text", ["ja", "ja send", "send", "ok", "det stemmer", "Den kategorien er jeg enig i", "👍"]
)
def test_yes_to_the_summary_sends(text: str) -> None:
    assert taking(complete_draft(), typed(text, "affirm")).draft.outcome == SEND


def test_now_in_a_yes_is_not_the_time_of_the_event() -> None:
    draft = complete_draft()
    step = taking(draft, typed("ja, send nå", "affirm", time("nå", JUST_NOW)))
    assert step.draft == replace(draft, outcome=SEND)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        # As the trained model reads them.
        (
            typed("ja, men det var i forgårs", "affirm", time("i forgårs", JUST_NOW | {"grain": "day"})),
            CONFIRM,
        ),
        (typed("ja men alvorlig", "affirm"), CONFIRM),
        (typed("ja, men det var på Furu", "affirm", Entity("value", "på Furu"), confidence=0.77), CHANGE),
        (typed("ok bortsett fra teksten", "affirm"), CHANGE),
        (typed("ja, ikke send", "affirm"), CONFIRM),
        (typed("den er god", "affirm", confidence=0.45), CONFIRM),
    ],
)
def test_a_yes_with_reservations_or_doubt_does_not_send(message: UserMessage, asked: str) -> None:
    step = taking(complete_draft(), message)
    assert step.draft.outcome is None
    assert step.draft.asking == asked


def test_what_a_hesitant_yes_names_is_changed() -> None:
    step = taking(complete_draft(), typed("ja men alvorlig", "affirm"))
    assert step.draft.severity == "hoy"
    assert step.say == ("utter_report_updated",)


@pytest.mark.parametrize("kind", ["deviation", "improvement"])
@pytest.mark.parametrize("gap", [{"category": None}, {"place": None}, {"time": None}, {"text": ""}])
def test_an_incomplete_draft_is_never_sent(gap: dict[str, None], kind: str) -> None:
    draft = complete_draft(kind=kind, **gap)
    needed = kind == "deviation" or not gap.keys() & {"place", "time"}
    for message in (typed("ja", "affirm"), pressed(do="send", draft=draft.draft_id)):
        step = taking(draft, message)
        assert (step.draft.outcome == SEND) == (not needed)
        assert not needed or step.draft.asking in gap


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("intent", "outcome"), [("cancel", CANCEL), ("start_over", START_OVER)])
def test_cancelling_and_starting_over_work_at_every_question(
    question: str, intent: str, outcome: str
) -> None:
    step = taking(asking(question), typed("avbryt, takk", intent))
    assert step.draft == replace(asking(question), outcome=outcome)


@pytest.mark.parametrize(
    ("text", "confidence"),
    [("heisen stoppet", 0.45), ("Stopp 3", 0.89), ("vi avbrøt turen fordi bussen begynte å brenne", 0.9)],
)
def test_what_only_sounds_like_cancelling_is_an_answer(text: str, confidence: float) -> None:
    step = taking(asking(PLACE), typed(text, "cancel", confidence=confidence))
    assert (step.draft.outcome, step.draft.place) == (None, text)


@pytest.mark.parametrize("intent", sorted(ASIDE_INTENTS - {"emergency"}))
@pytest.mark.parametrize("question", AFTER_TEXT)
def test_a_question_in_between_is_answered_and_changes_nothing(question: str, intent: str) -> None:
    assert taking(asking(question), typed("hvem ser dette?", intent)) == Step(asking(question), aside=intent)


@pytest.mark.parametrize("intent", sorted(ASIDE_INTENTS - {"emergency", "whistleblowing"}))
def test_a_short_question_before_the_description_is_answered(intent: str) -> None:
    assert taking(asking(TEXT), typed("hvem ser dette?", intent)) == Step(asking(TEXT), aside=intent)


@pytest.mark.parametrize(
    ("text", "confidence"),
    [("hvem ser at gulvet er vått og folk faller hver dag", 0.95), ("vått gulv i gangen", 0.6)],
)
def test_a_long_or_doubtful_question_before_the_description_is_the_description(
    text: str, confidence: float
) -> None:
    step = taking(asking(TEXT), typed(text, "ask_routine", confidence=confidence))
    assert (step.draft.text, step.aside) == (text, None)


@pytest.mark.parametrize("question", [PLACE, TIME])
def test_an_unsure_interruption_is_an_answer(question: str) -> None:
    step = taking(asking(question), typed("på legevakta", "talk_to_human", confidence=0.69))
    assert step.aside is None
    assert "på legevakta" in (step.draft.place, (step.draft.time or {}).get("text"))


@pytest.mark.parametrize("intent", ["emergency", "whistleblowing"])
@pytest.mark.parametrize("confidence", [0.4, 0.99])
def test_danger_told_as_the_description_is_answered_and_kept(intent: str, confidence: float) -> None:
    step = taking(asking(TEXT), typed("Det brenner i kjelleren", intent, confidence=confidence))
    assert step.aside == intent
    assert step.draft.text == "Det brenner i kjelleren"


@pytest.mark.parametrize("question", AFTER_TEXT)
def test_danger_told_later_is_answered_and_added(question: str) -> None:
    step = taking(asking(question), typed("han slo hodet", "emergency"))
    assert step.aside == "emergency"
    assert step.draft == replace(asking(question), text=f"{RICH_TEXT}\nhan slo hodet")


def test_what_may_be_danger_is_answered_and_still_an_answer() -> None:
    step = taking(asking(PLACE), typed("på legevakta", "emergency", confidence=0.4))
    assert (step.aside, step.draft.place) == ("emergency", "på legevakta")


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("text", "confidence"),
    [("anonym", 0.5), ("Jeg vil ikke ha navnet mitt på meldingen", 0.99)],
)
def test_a_wish_to_be_anonymous_is_met_at_every_question(question: str, text: str, confidence: float) -> None:
    step = taking(asking(question), typed(text, "anonymous_request", confidence=confidence))
    assert step == Step(replace(asking(question), anonymous=True), say=("utter_report_anonymous_now",))


def test_a_long_wish_to_be_anonymous_is_the_description_too() -> None:
    text = "Jeg vil være anonym, men nå har vi gått alene på natt fire helger på rad og det er farlig"
    step = taking(asking(TEXT), typed(text, "anonymous_request", assessment=deviation()))
    assert (step.draft.anonymous, step.draft.text) == (True, text)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_wish_to_report_goes_on_with_the_open_report(question: str) -> None:
    step = taking(asking(question), typed("jeg vil melde avvik", "start_report"))
    assert step == Step(asking(question), say=("utter_report_resume",))


@pytest.mark.parametrize("text", ["🔥🔥🔥", "ok", "12 34", "!"])
def test_too_little_is_no_description(text: str) -> None:
    step = taking(asking(TEXT), UserMessage(text, "nlu_fallback"))
    assert (step.draft, step.say) == (asking(TEXT), ("utter_report_too_little",))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("personvern", "informasjonssikkerhet"),
        ("ikke HMS, personvern", "informasjonssikkerhet"),
        ("personvern, ikke HMS", "informasjonssikkerhet"),
        ("Det er ikkje HMS, det er ytre miljø", "ytre_miljo"),
        ("HMS", "hms"),
        ("helse, miljø og sikkerhet", "hms"),
        ("Tenesta", "tjeneste"),
    ],
)
@pytest.mark.parametrize("question", [CATEGORY, CHANGE, CONFIRM])
def test_a_category_is_named_in_plain_words(question: str, text: str, category: str) -> None:
    draft = replace(asking(question), category=None if question == CATEGORY else "organisasjon")
    step = taking(draft, typed(text, "correct_field", confidence=0.5))
    assert (step.draft.category, step.draft.confidence) == (category, None)
    assert step.draft.asking == CONFIRM


def test_a_category_that_is_only_denied_is_not_chosen() -> None:
    step = taking(asking(CATEGORY), typed("ikke HMS", "correct_field"))
    assert (step.draft, step.say) == (asking(CATEGORY), ("utter_report_choose_one",))


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("høy", "hoy"),
        ("det var alvorlig", "hoy"),
        ("ikke alvorlig", "lav"),
        ("det var ikke så alvorlig", "lav"),
        ("mindre alvorlig", "lav"),
        ("ikkje særleg alvorleg", "lav"),
        ("Sett alvorlighetsgraden til kritisk", "kritisk"),
    ],
)
@pytest.mark.parametrize("question", [SEVERITY, CHANGE, CONFIRM])
def test_a_severity_is_named_in_plain_words(question: str, text: str, severity: str) -> None:
    step = taking(asking(question), typed(text, "correct_field"))
    assert (step.draft.severity, step.draft.asking) == (severity, CONFIRM)


@pytest.mark.parametrize(("question", "text"), [(SEVERITY, "middels"), (CATEGORY, "hms")])
def test_naming_the_present_value_is_an_answer(question: str, text: str) -> None:
    step = taking(complete_draft(asking=question, confidence=None), typed(text))
    assert (step.draft.asking, step.say) == (CONFIRM, ())


@pytest.mark.parametrize("question", [CHANGE, CONFIRM])
@pytest.mark.parametrize(
    "message",
    [
        typed(
            "nei, det var i forgårs",
            "correct_field",
            Entity("value", "i forgårs"),
            time("i forgårs", JUST_NOW),
        ),
        typed(
            "ikke i går, i forgårs",
            "report_deviation",
            time("i går"),
            time("i forgårs", JUST_NOW),
            confidence=0.43,
        ),
        typed("i forgårs", "report_deviation", time("i forgårs", JUST_NOW), confidence=0.72),
    ],
)
def test_a_time_is_corrected_in_plain_words(question: str, message: UserMessage) -> None:
    step = taking(asking(question), message)
    assert step.draft == replace(asking(question), asking=CONFIRM, time={"text": "i forgårs", **JUST_NOW})
    assert step.say == ("utter_report_updated",)


@pytest.mark.parametrize("question", [CHANGE, CONFIRM])
@pytest.mark.parametrize(
    "message",
    [
        typed("det var på Solbakken", "correct_field", place("Solbakken")),
        typed("nei det var på Solbakken", "correct_field", Entity("unit", "Solbakken")),
        typed("sted: Solbakken", "correct_field", Entity("value", "Solbakken")),
        typed("Ikke på Nes, men på Solbakken", "correct_field", place("Nes"), place("Solbakken")),
    ],
)
def test_a_place_is_corrected_in_plain_words(question: str, message: UserMessage) -> None:
    step = taking(asking(question), message)
    assert step.draft == replace(asking(question), asking=CONFIRM, place="Solbakken")


@pytest.mark.parametrize(
    ("text", "field"),
    [("stedet", PLACE), ("når", TIME), ("kategorien", CATEGORY), ("teksten", TEXT), ("alvor", SEVERITY)],
)
@pytest.mark.parametrize("question", [CHANGE, CONFIRM])
def test_a_field_that_is_named_is_asked_for(question: str, text: str, field: str) -> None:
    assert taking(asking(question), typed(f"endre {text}", "correct_field")).draft.asking == field


@pytest.mark.parametrize("text", ["nei", "det stemmer ikke", "nei, det er feil", "ikke send ennå"])
def test_a_no_to_the_summary_asks_what_to_change(text: str) -> None:
    draft = complete_draft()
    assert taking(draft, typed(text, "deny")) == Step(replace(draft, asking=CHANGE))


def test_what_is_not_understood_at_the_summary_changes_nothing() -> None:
    draft = complete_draft()
    assert taking(draft, typed("bla bla", "nlu_fallback")) == Step(
        draft, say=("utter_report_not_understood",)
    )


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Hun fikk også vondt i ryggen etterpå", "report_deviation"),
        ("og så må jeg si at det samme skjedde forrige uke med en annen beboer", "nlu_fallback"),
        ("ja og så må jeg si at det samme skjedde forrige uke med en annen", "affirm"),
    ],
)
def test_more_about_the_event_is_added_and_not_sent(text: str, intent: str) -> None:
    draft = complete_draft()
    step = taking(draft, typed(text, intent, place("et annet sted"), time("forrige uke")))
    assert step == Step(replace(draft, text=f"{RICH_TEXT}\n{text}"), say=("utter_report_added",))


@pytest.mark.parametrize("question", [CATEGORY, SEVERITY, CHANGE])
def test_more_about_the_event_is_kept_at_the_other_questions(question: str) -> None:
    more = "Hun fikk også vondt i ryggen etterpå"
    step = taking(asking(question), typed(more, "report_deviation"))
    assert step.draft.text == f"{RICH_TEXT}\n{more}"
    assert (step.draft.asking == CATEGORY) == (question == CATEGORY)


def test_more_fills_what_was_skipped() -> None:
    draft = complete_draft(place=None, time=None, skipped=(PLACE, TIME))
    step = taking(
        draft,
        typed(
            "Det skjedde i går ved trappa, på vei ut", "report_deviation", place("ved trappa"), time("i går")
        ),
    )
    assert (step.draft.place, step.draft.time) == ("ved trappa", {"text": "i går", **YESTERDAY})


def test_the_same_words_again_are_not_doubled() -> None:
    draft = complete_draft()
    assert taking(draft, rich_message()) == Step(draft)
    more = typed("Hun fikk også vondt i ryggen etterpå", "report_deviation")
    longer = taking(draft, more).draft
    assert taking(longer, more) == Step(longer)


def test_a_description_is_never_longer_than_a_case_takes() -> None:
    draft = taking(ReportDraft(), typed("å" * 50_000, assessment=deviation())).draft
    assert len(draft.text) == MAX_TEXT_CHARS
    step = taking(
        complete_draft(text="å" * (MAX_TEXT_CHARS - 9)),
        typed("Mer om det samme som skjedde der", "report_deviation"),
    )
    assert len(step.draft.text) <= MAX_TEXT_CHARS
    assert step.say == ("utter_report_full",), "what was cut must not be called added"


@pytest.mark.parametrize("question", [PLACE, TIME])
def test_a_long_answer_about_place_or_time_is_kept_in_the_description(question: str) -> None:
    story = "først gikk vi ned i kjelleren " * 20
    step = taking(asking(question), typed(story.strip(), "report_deviation"))
    assert step.draft.text == f"{RICH_TEXT}\n{story.strip()}"
    assert step.draft.asking == question


def test_a_place_and_a_time_are_never_longer_than_a_case_takes() -> None:
    long = Entity("place", "p" * 5_000)
    assert len(taking(ReportDraft(), typed("Noen falt", None, long)).draft.place or "") == MAX_PLACE_CHARS
    step = taking(complete_draft(asking=CHANGE), typed("t", None, time("t" * 5_000)))
    assert len((step.draft.time or {})["text"]) == MAX_PLACE_CHARS


def test_a_new_wording_is_read_anew() -> None:
    draft = complete_draft(asking=TEXT, category="tjeneste", confidence=0.8, time=None)
    step = taking(draft, rich_message())
    assert (step.draft.category, step.draft.time is None) == ("hms", False)


def test_a_new_wording_keeps_what_was_corrected_by_hand() -> None:
    draft = complete_draft(asking=TEXT, category="tjeneste", confidence=None, place="Furu")
    step = taking(draft, typed("Jeg skled og falt", "report_deviation", place("Nes"), assessment=deviation()))
    assert step.draft == replace(draft, asking=CONFIRM, text="Jeg skled og falt")


@pytest.mark.parametrize(
    "text", ["/restart", '/button{"do":"send","draft":"d1"}', "/start_report", "{draft} {0[x]}"]
)
@pytest.mark.parametrize("question", QUESTIONS)
def test_text_that_looks_like_a_payload_is_text(question: str, text: str) -> None:
    step = taking(asking(question), typed(text, "nlu_fallback"))
    assert step.draft.outcome is None
    assert step.draft.text in {RICH_TEXT, text}
    assert step.draft.place in {None, "utenfor Nes skole", text}
