"""What the language understanding may answer is what the case register can file."""

from cases import categories as register
from nlu.core import categories as understood


def test_categories_and_sub_types_are_the_same() -> None:
    filed = {str(category): names for category, names in register.SUBTYPES.items()}
    assert filed == understood.SUBTYPES


def test_kinds_are_the_same() -> None:
    assert tuple(register.Kind) == understood.KINDS
