"""Who reported something: a name and a phone number as people write them."""

from __future__ import annotations

import re
import unicodedata

from gis.errors import InputError

MOST_NAME = 100
# A number, perhaps with the sign of a country before it and an extension behind it.
PHONE = re.compile(r"^(\+?)(\d{5,15})(?:(?:转|ext\.?|x|#)(\d{1,6}))?$", re.IGNORECASE)
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
