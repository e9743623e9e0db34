"""A notice that makes no sense is refused where it is made."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from outbox.errors import InvalidNoticeError
from outbox.notice import Notice

Make = Callable[..., Notice]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "k" * 201}, "key"),
        ({"template": ""}, "template"),
        ({"topic": "t" * 65}, "topic"),
        ({"person_id": ""}, "person_id"),
        ({"person_id": None}, "person_id"),
        ({"origin": "ab12"}, "person_id"),
        ({"person_id": None, "origin": ""}, "origin"),
        ({"not_before": datetime(2026, 11, 20)}, "not_before"),  # noqa: DTZ001
        ({"values": {"number": 1.5}}, "number"),
        ({"values": {"number": True}}, "number"),
        ({"values": {"number": ["2026-00012"]}}, "number"),
    ],
)
def test_a_field_that_does_not_fit_is_named(notice: Make, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidNoticeError) as caught:
        notice(**changes)
    assert caught.value.field == field


def test_an_anonymous_reporter_gets_it_by_origin(notice: Make) -> None:
    assert notice(person_id=None, origin="ab12").origin == "ab12"


def test_what_people_wrote_is_not_shown(notice: Make) -> None:
    assert "Takheisen" not in repr(notice())
