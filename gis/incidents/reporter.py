"""Who reported something: a name and a phone number as people write them."""

from __future__ import annotations

import re
import unicodedata

from gis.errors import InputError

MOST_NAME = 100
# A number, perhaps with the sign of a country before it and an extension behind it.
PHONE = re.compile(r"^(\+?)(\d{5,15})(?:(?:转|ext\.?|x|#)(\d{1,6}))?$", re.IGNORECASE)
# Seven digits or more, as numbers are written; dates and serial numbers have fewer together.
IN_TEXT = re.compile(
    r"(?<![\d-])(?:\+?86[- ]?)?"
    r"(?:1[3-9]\d(?:[- ]?\d{4}){2}|0\d{2,3}[- ]?\d{7,8}|[2-8]\d{6,7})(?![\d-])"
)
BETWEEN = re.compile(r"[\s().·\-‐‑–—]+")


def clean_phone(given: str) -> str:
    """A phone number in one form: digits, `+` before a country's code, `#` before an extension.

    Full-width digits, spaces, dashes and brackets are understood. Raises InputError
    `phone-invalid`.
    """
    found = PHONE.match(BETWEEN.sub("", unicodedata.normalize("NFKC", given)))
    if found is None:
        raise InputError("phone-invalid", given=given[:40], field="reporter_phone")
    plus, digits, extension = found.groups()
    return f"{plus}{digits}" + (f"#{extension}" if extension else "")


def without_phones(told: str) -> str:
    """A text in which no phone number can be read: for those who are to know nobody's."""
    return IN_TEXT.sub("***", told)


def masked_phone(phone: str) -> str:
    """A phone number by which it can be told from others, and not called: 139****5678."""
    if len(phone) < 8:
        return "****"
    return f"{phone[:3]}****{phone[-4:]}"


def masked_name(name: str) -> str:
    """The first letter of a name: 王**."""
    return f"{name[:1]}**"
