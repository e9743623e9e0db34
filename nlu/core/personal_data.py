"""Personal data in a message: birth numbers, accounts, telephone numbers, e-mail addresses, people.

Only finds and says what it is; whether to mask is decided in the conversation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from phonenumbers import Leniency, PhoneNumberMatcher, is_valid_number, parse
from phonenumbers.phonenumberutil import NumberParseException
from stdnum import iban
from stdnum.no import fodselsnummer, kontonr

from nlu.core.person_names import find_people, listed
from nlu.core.tokens import without_surrogates

NATIONAL_ID, PHONE, EMAIL = "national_id", "phone", "email"
ACCOUNT_NUMBER, PERSON = "account_number", "person"
PERSONAL_DATA_TYPES = (NATIONAL_ID, PHONE, EMAIL, ACCOUNT_NUMBER, PERSON)
# How far back a word may stand that says what a number is.
CONTEXT_CHARS = 40
MAX_MARKS = 30

_SEP = r"[ .\-/\u00a0\u2013]"
# Day, month, year of two or four digits, five more: bare, or parted in any way that people part it.
_DATED = re.compile(
    rf"(?<!\d)(?=(\d{{2}}{_SEP}?\d{{2}}{_SEP}?(?:\d{{2}}|(?:18|19|20)\d{{2}}(?={_SEP})) ?{_SEP}? ?"
    rf"\d{{3}}{_SEP}?\d{{2}})(?!\d))",
    re.ASCII,
)
_SPACED = re.compile(r"(?<!\d)(?=(\d(?:[ .\-]?\d){10})(?!\d))", re.ASCII)
_MISTYPED = re.compile(rf"(?<!\d)\d(?:{_SEP}?\d){{4,12}}(?!\d)", re.ASCII)
_ACCOUNT = re.compile(r"(?<![\d+])(?=(\d{4}([ .\u00a0]?)\d{2}\2\d{5})(?!\d))", re.ASCII)
_GROUPED_ACCOUNT = re.compile(r"\d{4}[ .\-\u00a0]\d{2}[ .\-\u00a0]\d{5}", re.ASCII)
# Parted like a birth number: one wrong digit is rather a slip of the finger.
_GROUPED_BIRTH = re.compile(r"(?:\d{6}|\d{2}[. ]\d{2}[. ]\d{2})[ \-]\d{5}", re.ASCII)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)", re.ASCII)
_PHONE = re.compile(
    r"(?<![\w+])(?:(?:\+|00)\s?47[ \u00a0]?|\(\+?47\)[ ]?)?"
    r"(?:\d{8}|(?:\d{2}[ .\-\u00a0]){3}\d{2}|\d{3}[ .\-\u00a0]\d{2}[ .\-\u00a0]\d{3}"
    r"|\d{3}[ .\-\u00a0]\d{3}[ .\-\u00a0]\d{2}|\d{2}[ .\-\u00a0]\d{3}[ .\-\u00a0]\d{3}"
    r"|\d{4}[ .\-\u00a0]\d{4})(?!\w)",
    re.ASCII,
)
_FOREIGN_PHONE = re.compile(
    r"(?:(?<![\w+])\+|(?<![\w+.\-/])00(?=[1-9](?:[ \-]?\d){8}))[1-9]\d{0,2}(?:[ \-]?\d){6,12}(?!\d)", re.ASCII
)
_DATE = re.compile(
    r"(?:[0-3]?\d[ .\-/]?[01]\d[ .\-/]?(?:19|20)\d{2}|(?:19|20)\d{2}[ .\-/]?[01]\d[ .\-/]?[0-3]\d)", re.ASCII
)
_CLOCKS = re.compile(r"[0-2]\d[.:]?[0-5]\d ?[ \-\u2013.] ?[0-2]\d[.:]?[0-5]\d", re.ASCII)
_DECIMAL = re.compile(r"\d{1,3}[.,]\d{5,}", re.ASCII)
_AT = re.compile(r" ?(?:@|\(at\)|\[at\]|\(a\)|\(kr\u00f8llalfa\)) ?", re.IGNORECASE)
_LOCAL_END = re.compile(r"[\w.+%'\-]{0,63}[\w+]$")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w\-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![^\W_])")
_BARE_DOMAIN = re.compile(r"[^\W_][\w\-]{2,61}")
_CLAUSE_END = re.compile(r"(?<!nr)[,;.!?:]\s")
_CONTEXT_WORD = re.compile(r"[^\W\d_][\w./\-]*|,-|%")


@dataclass(frozen=True)
class PersonalData:
    """A stretch of the message that tells who somebody is.

    Attributes:
        type: national_id, phone, email, account_number or person.
        start: offset of its first character in the message as given.
        end: offset after its last character.
    """

    type: str
    start: int
    end: int


def find_personal_data(text: str) -> list[PersonalData]:
    """Return the personal data of a message in reading order, without overlap.

    Args:
        text: any text, also empty, decomposed or with halves of surrogate pairs.

    Returns:
        Spans in `text` as given; people without title, article or genitive s.
    """
    composed, offsets = _compose(without_surrogates(text))
    digits = composed.translate(_FULL_WIDTH)
    found: list[PersonalData] = []
    taken = bytearray(len(composed))
    for kind, finder in _FINDERS:
        for start, end in finder(digits):
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(PersonalData(kind, offsets[start], offsets[end]))
    return sorted(found, key=lambda item: item.start)


def _compose(text: str) -> tuple[str, list[int]]:
    """Return the text in NFC and, for each of its offsets and its end, the offset in `text`."""
    if unicodedata.is_normalized("NFC", text):
        return text, list(range(len(text) + 1))
    pieces: list[str] = []
    offsets: list[int] = []
    for cluster in re.finditer(rf"(?s:.)[\u0300-\u036f]{{0,{MAX_MARKS}}}", text):
        piece = unicodedata.normalize("NFC", cluster.group())
        pieces.append(piece)
        offsets += [min(cluster.start() + rank, cluster.end() - 1) for rank in range(len(piece))]
    return "".join(pieces), [*offsets, len(text)]


_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}


def _context(text: str, start: int) -> list[str]:
    """Return the words of the same line shortly before an offset, lower case, since the last long number."""
    before = text[max(0, start - CONTEXT_CHARS) : start].rpartition("\n")[2]
    before = re.split(r"\d{5,}|[!?]", before)[-1]
    return [word.lower() for word in _CONTEXT_WORD.findall(before)]


def _said(words: list[str], kind: str) -> bool:
    return any(word.rstrip(".-/") in listed(kind) or word in listed(kind) for word in words)


def _last_said(words: list[str], kinds: list[str]) -> str | None:
    """Return which of the lists has the word nearest to the number."""
    for word in reversed(words):
        for kind in kinds:
            if _said([word], kind):
                return kind
    return None


def _only_digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _national_ids(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_DATED, _SPACED):
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if _is_national_id(text, start, match[1]):
                yield start, end
    for match in _MISTYPED.finditer(text):
        words = _context(text, match.start())[-5:]
        count = len(_only_digits(match.group()))
        if _last_said(words, _NUMBER_WORDS) == "national_id_words" and (9 <= count <= 13 or count == 5):
            yield match.span()


_NUMBER_WORDS = ["national_id_words", "account_words", "not_phone_words", "phone_words"]


def _birth_digits(text: str) -> str:
    """Return the eleven digits; of a year with four, the last two."""
    digits = _only_digits(text)
    return digits if len(digits) == 11 else digits[:4] + digits[6:]


def _is_national_id(text: str, start: int, written: str) -> bool:
    """Decide by both check digits; the second is also that of an account, so words and grouping decide."""
    number = _birth_digits(written)
    right = number[9] == fodselsnummer.calc_check_digit1(number) and number[
        10
    ] == fodselsnummer.calc_check_digit2(number)
    said = _last_said(_context(text, start), _NUMBER_WORDS)
    if right and said == "national_id_words":
        return True
    if not _is_birth_date(number) or _GROUPED_ACCOUNT.fullmatch(written) or said == "account_words":
        return False
    return right or (said is None and _GROUPED_BIRTH.fullmatch(written) is not None)


def _is_birth_date(number: str) -> bool:
    """Say if it begins with day and month; D-numbers add 40 to the day, made-up ones 40, 65 or 80."""
    day, month = int(number[:2]), int(number[2:4])
    months = {month, month - 40, month - 65, month - 80}
    return 1 <= (day - 40 if day > 40 else day) <= 31 and any(1 <= each <= 12 for each in months)


def _accounts(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        if iban.is_valid(match.group()):
            yield match.span()
    for match in _ACCOUNT.finditer(text):
        start, end = match.span(1)
        said = _last_said(_context(text, start), ["account_words", "phone_words", "not_phone_words"])
        valid = kontonr.is_valid(match[1])
        if (valid and said != "not_phone_words") or said == "account_words":
            yield start, end


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for match in _FOREIGN_PHONE.finditer(text):
        yield match.span()
    for match in _PHONE.finditer(text):
        if _is_phone(text, *match.span()):
            yield match.span()
    for match in PhoneNumberMatcher(text, "NO", leniency=Leniency.VALID, max_tries=2000):
        if _is_phone(text, match.start, match.end):
            yield match.start, match.end


def _is_phone(text: str, start: int, end: int) -> bool:
    number = text[start:end]
    if number.startswith(("+", "(+", "0047", "00 47")):
        return True
    after = _CONTEXT_WORD.match(text[end : end + 12].lstrip())
    if after and _said([after.group().lower()], "amount_words"):
        return False
    words = _context(text, start)
    said = _last_said(words[-4:], ["phone_words", "not_phone_words"])
    if said:
        return said == "phone_words"
    clause = _CLAUSE_END.split(text[max(0, start - CONTEXT_CHARS) : start].lower())[-1]
    if _said(_CONTEXT_WORD.findall(clause)[-2:], "asset_words"):
        return False
    if any(pattern.fullmatch(number) for pattern in (_DATE, _CLOCKS, _DECIMAL)):
        return False
    return _is_likely_phone(number)


def _is_likely_phone(number: str) -> bool:
    """Decide without a word to go by: mobile numbers, and others in groups of two or three."""
    try:
        valid = is_valid_number(parse(number, "NO"))
    except NumberParseException:
        return False
    grouped = re.fullmatch(r"(?:\d\d[ \u00a0]){3}\d\d|\d{3}[ \u00a0]\d\d[ \u00a0]\d{3}", number)
    return valid and (number[0] in "49(" or grouped is not None)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for sign in _AT.finditer(text):
        local = _LOCAL_END.search(text[max(0, sign.start() - 64) : sign.start()])
        if local is None:
            continue
        name = local.group().lstrip(".'-")
        begin = sign.start() - len(name)
        domain = _DOMAIN.match(text, sign.end())
        bare = None if domain or sign.group() != "@" else _BARE_DOMAIN.match(text, sign.end())
        if domain or (bare and any(char.isalpha() for char in name) and bare.group().isalpha()):
            yield begin, (domain or bare or sign).end()


_FINDERS: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]] | list[tuple[int, int]]]], ...] = (
    (EMAIL, _emails),
    (NATIONAL_ID, _national_ids),
    (ACCOUNT_NUMBER, _accounts),
    (PHONE, _phones),
    (PERSON, find_people),
)
