"""Notices read well in both languages, whatever is missing."""

import json

import pytest

from outbox.errors import (
    InvalidNoticeError,
    MissingValueError,
    UnknownLanguageError,
    UnknownTemplateError,
    UnknownWordError,
)
from outbox.notice import Value
from outbox.rendering import checked_values, render
from outbox.templates import LANGUAGES, OPEN_WORDS, Template, placeholders, templates, words

NUMBER = "2026-00012"
NEW_CASE: dict[str, Value] = {
    "number": NUMBER,
    "title": "Takheisen røk",
    "category": "ytre_miljo",
    "severity": "hoy",
    "unit": "Solbakken",
    "due": "2026-12-01",
}
GIVEN: dict[str, Value] = {
    **NEW_CASE, "into": "2026-00013", "deadline": "2026-12-24", "hours_left": 6, "count": 3,
    "what": "closed", "period": "weekly", "author": "handler",
}  # fmt: skip


def given(template: Template, *, optional: bool) -> dict[str, Value]:
    names = template.names if optional else template.names - template.optional
    return {name: GIVEN.get(name, f"verdi av {name}") for name in names}


# --- Every template


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(templates()))
def test_a_template_says_all_that_it_is_given(name: str, language: str) -> None:
    values = given(templates()[name], optional=True)
    text = render(name, values, language).text
    for base in placeholders(templates()[name].texts[language]):
        value = values[base]
        if base in words():
            value = words()[base][str(value)][language]
        elif base in {"due", "deadline"}:
            value = "desember 2026"
        assert str(value) in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(templates()))
def test_without_what_is_optional_a_template_still_reads_well(name: str, language: str) -> None:
    text = render(name, given(templates()[name], optional=False), language).text
    assert text == text.strip()
    assert "\n\n" not in text
    assert text.splitlines()
    assert not {"None", "{", "}"} & {text}
    assert "None" not in text


@pytest.mark.parametrize("name", sorted(templates()))
def test_the_languages_of_a_template_use_the_same_values_line_by_line(name: str) -> None:
    nb, nn = (templates()[name].texts[language].splitlines() for language in LANGUAGES)
    assert [placeholders(line) for line in nb] == [placeholders(line) for line in nn]


@pytest.mark.parametrize("name", sorted(templates()))
def test_templates_speak_plainly(name: str) -> None:
    template = templates()[name]
    for language in LANGUAGES:
        assert "!" not in template.texts[language]
        assert "<" not in template.texts[language]
        for line in template.texts[language].splitlines():
            assert all(len(sentence.split()) <= 16 for sentence in line.split(". "))
        assert all(base.isidentifier() for base in placeholders(template.texts[language]))


@pytest.mark.parametrize("name", sorted(templates()))
def test_what_is_optional_or_in_a_payload_is_used_as_declared(name: str) -> None:
    template = templates()[name]
    assert template.optional <= template.names
    assert not template.optional & template.payload_names


@pytest.mark.parametrize("name", sorted(templates()))
def test_buttons_carry_an_intent_with_json(name: str) -> None:
    for language in LANGUAGES:
        for button in render(name, given(templates()[name], optional=True), language).buttons:
            assert button.title
            intent, _, entities = button.payload.partition("{")
            assert (intent, json.loads("{" + entities)) in (
                ("/query_cases", {"case_number": NUMBER}),
                ("/query_cases", {"topic": "open"}),
                ("/act_on_case", {"do": "comment", "case_number": NUMBER}),
            )
            assert button.style in {"primary", "secondary"}


def test_every_word_is_there_in_both_languages() -> None:
    for kind, entries in words().items():
        for entry in entries.values():
            assert set(entry) == set(LANGUAGES), kind
            assert all(entry.values())


def test_kinds_that_take_other_text_have_words() -> None:
    assert set(words()) >= OPEN_WORDS


# --- Values


def test_ids_and_days_are_put_in_words() -> None:
    assert render("new_case", NEW_CASE, "nn").text == (
        "Ny sak 2026-00012: Takheisen røk\n"
        "Kategori: Ytre miljø\n"
        "Alvor: høg\n"
        "Eining: Solbakken\n"
        "Frist: 1. desember 2026"
    )


def test_a_line_whose_value_is_missing_is_left_out() -> None:
    text = render("new_case", {**NEW_CASE, "unit": None}, "nb").text
    assert "Enhet" not in text
    assert "Frist: 1. desember 2026" in text


def test_a_button_opens_the_case() -> None:
    (button,) = render("new_case", NEW_CASE, "nb").buttons
    assert (button.title, button.payload) == ("Se saken", '/query_cases{"case_number":"2026-00012"}')


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_a_missing_value_is_an_error_that_names_it(value: str | None) -> None:
    with pytest.raises(MissingValueError, match="new_case needs due, title") as caught:
        checked_values("new_case", {**NEW_CASE, "title": value, "due": value})
    assert caught.value.names == ("due", "title")


def test_an_id_without_words_is_an_error_that_does_not_quote_it() -> None:
    with pytest.raises(UnknownWordError) as caught:
        checked_values("new_case", {**NEW_CASE, "category": "Åse falt"})
    assert "Åse" not in str(caught.value)


def test_a_name_is_shown_where_an_id_may_stand() -> None:
    def author(value: str) -> str:
        values: dict[str, Value] = {"number": NUMBER, "text": "Heisen er bytta.", "author": value}
        return render("case_comment", values, "nn").text.splitlines()[-1]

    assert author("handler") == "Frå: saksbehandlaren"
    assert author("Camilla Nygård") == "Frå: Camilla Nygård"


def test_a_text_may_be_given_for_each_language() -> None:
    values: dict[str, Value] = {"period": "daily", "body_nb": "Tre nye saker", "body_nn": "Tre nye sakar"}
    assert render("digest", values, "nb").text.endswith("Tre nye saker")
    assert render("digest", values, "nn").text.endswith("Tre nye sakar")


def test_a_text_for_one_language_only_is_a_missing_one() -> None:
    with pytest.raises(MissingValueError, match="body"):
        checked_values("digest", {"period": "daily", "body_nb": "Tre nye saker"})


def test_values_that_no_text_uses_are_left_out() -> None:
    assert "description" not in checked_values("new_case", {**NEW_CASE, "description": "Jeg fikk vondt"})


def test_what_people_write_is_never_read_as_a_template() -> None:
    values: dict[str, Value] = {"number": NUMBER, "text": "{title} {0} <b>%s</b> 👩🏽‍⚕️\nlinje to"}
    assert "{title} {0} <b>%s</b> 👩🏽‍⚕️\nlinje to" in render("case_measure", values, "nb").text


@pytest.mark.parametrize("number", ['1","topic":"open', "2026 00012", "x" * 65, "2026-00012\n/restart"])
def test_a_value_cannot_break_out_of_a_payload(number: str) -> None:
    with pytest.raises(InvalidNoticeError, match="number"):
        checked_values("case_update", {"number": number, "what": "closed"})


def test_a_day_that_does_not_exist_is_shown_as_it_came() -> None:
    assert "Frist: 2026-02-30" in render("new_case", {**NEW_CASE, "due": "2026-02-30"}, "nb").text


def test_unknown_templates_and_languages_are_errors() -> None:
    with pytest.raises(UnknownTemplateError):
        render("case_lost", NEW_CASE, "nb")
    with pytest.raises(UnknownLanguageError):
        render("new_case", NEW_CASE, "se")
