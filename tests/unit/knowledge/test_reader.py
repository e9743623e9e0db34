"""Who may read which document."""

from datetime import date

import pytest

from knowledge.documents import Document
from knowledge.reader import ANYONE, Reader

STAFF = Reader(employee=True, units=frozenset({"HO-SOL", "HO", "KD"}))


def document(*access: str) -> Document:
    return Document(
        id="A",
        title="A",
        owner="",
        version="",
        valid_from=date(2026, 1, 1),
        review_by=None,
        language="nb",
        categories=(),
        tags=(),
        unit="",
        source="local",
        shared_by=None,
        licence=None,
        example_questions=(),
        body_markdown="",
        sections=(),
        access=access,
    )


@pytest.mark.parametrize(
    ("access", "anyone", "staff"),
    [
        ((), True, True),
        (("public",), True, True),
        (("employees",), False, True),
        (("HO-SOL",), False, True),
        (("HO",), False, True),
        (("OPP", "KD"), False, True),
        (("OPP",), False, False),
        (("HO-SOL-FUR",), False, False),  # a unit below one's own
        (("OPP", "employees"), False, True),
    ],
)
def test_a_document_is_read_by_those_it_is_for(access: tuple[str, ...], anyone: bool, staff: bool) -> None:
    assert ANYONE.may_read(document(*access)) is anyone
    assert STAFF.may_read(document(*access)) is staff
