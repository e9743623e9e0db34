"""Bytes of unknown encoding as clean text: no Norwegian letter garbled, no invisible character left."""

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

from index_builder.language import loader_words

_BYTE_ORDER_MARKS = (  # the longer ones first, for UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What Norwegian office software has written. Among all encodings that it knows, the detector takes a short
# Windows-1252 text for Windows-1250 or -1257, which have other letters in the places of ours.
_CANDIDATES = ["cp1252", "mac_roman", "cp865"]
# Controls but tab and line feed, soft hyphens, zero-width and direction marks, the mark of byte order.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode the bytes of a text file.

    Args:
        declared: the encoding that the file itself names; counts only where the bytes are no UTF-8.
    Returns:
        Clean text, see `clean`. A byte that fits nothing becomes U+FFFD.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return clean(data.decode(encoding, errors="replace"))
    wide = _wide_encoding(data)
    if wide:
        return clean(data.decode(wide, errors="replace"))
    lenient = data.decode("utf-8", errors="replace")
    broken = lenient.count("\ufffd")
    # A few broken bytes in a UTF-8 text, as where two files were joined, leave it a UTF-8 text.
    if broken == 0 or broken * 10 < sum(c > "\x7f" for c in lenient) - broken:
        return clean(lenient)
    return clean(_decode_single_byte(data, declared))


def clean(text: str) -> str:
    """Return text as NFC with line feeds for line ends and without invisible and control characters."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)))


def _wide_encoding(data: bytes) -> str | None:
    """Tell UTF-16 without a mark by its zero bytes: Latin letters have one each, on the same side."""
    sample = data[:4096]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    few, many = len(sample) * 0.02, len(sample) * 0.35
    if odd > many and even < few:
        return "utf-16-le"
    return "utf-16-be" if even > many and odd < few else None


def _decode_single_byte(data: bytes, declared: str | None) -> str:
    if declared is not None:
        try:
            return data.decode(declared)
        except (LookupError, UnicodeError):
            pass  # an unknown name, or not true
    sample = bytes(byte for byte in data if byte > 0x7F)[:4096]
    readings = {encoding: sample.decode(encoding, errors="replace") for encoding in _CANDIDATES}
    letters = str(loader_words()["letters"])
    shares = {encoding: sum(c in letters for c in text) for encoding, text in readings.items()}
    likely = max(_CANDIDATES, key=lambda encoding: shares[encoding])  # a tie goes to the first
    if shares[likely] * 2 >= len(sample):
        return data.decode(likely, errors="replace")
    best = from_bytes(data, cp_isolation=[*_CANDIDATES, "latin_1"]).best()
    return str(best) if best is not None else data.decode("cp1252", errors="replace")
