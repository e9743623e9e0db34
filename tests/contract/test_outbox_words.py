"""Notices call categories, severities and statuses what the rest of Sifra calls them."""

import pytest

from cases.categories import Category, Severity, Status
from cases.labels import label
from outbox.templates import LANGUAGES, words


@pytest.mark.parametrize(
    ("kind", "members"), [("category", Category), ("severity", Severity), ("status", Status)]
)
def test_words_are_the_labels_of_cases(kind: str, members: type[Category | Severity | Status]) -> None:
    assert words()[kind] == {
        member.value: {language: label(kind, member.value, language) for language in LANGUAGES}
        for member in members
    }
