"""Words to look for in incidents: by reading the newest ones, or by index; both mean the same."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

# Written out, because coalesce() counts as telling what it is given: under row security the index
# would not be asked.
SAID = "i.title || ' ' || CASE WHEN i.address IS NULL THEN '' ELSE i.address END"
BETWEEN = "ª"  # what word_keys puts between all characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Conditions on `incident AS i`: every word is in the title or address, or one ends the serial.

    `reading` is cheap for each row, `indexed` is what the indexes know; it is None for marks
    without a letter or digit, which no index holds. `values` are bound to both.
    """

    reading: str
    indexed: str | None
    values: dict[str, str]


def look_for(connection: Connection, said: str) -> Words | None:
    """What to look for, in the database's own normal form; None where nothing was said.

    Words are parted by white space, each in full or half width, in capitals or not.
    """
    normal = connection.execute(text("SELECT search_text(:said)"), {"said": said}).scalar_one()
    words = normal.split()
    if not words:
        return None
    values, reading, indexed = {}, [], []
    for n, word in enumerate(words):
        values[f"word_{n}"] = f"%{_escaped(word)}%"
        reading.append(f"search_text({SAID}) LIKE :word_{n}")
        if any(character.isalnum() for character in word):
            spread = BETWEEN.join(_escaped(character) for character in word)
            values[f"key_{n}"] = f"%{BETWEEN}{spread}{BETWEEN}%"
            indexed.append(f"word_keys({SAID}) LIKE :key_{n}")
    found = " AND ".join(reading)
    if not indexed:
        return Words(reading=found, indexed=None, values=values)
    by_index = (
        " AND ".join(indexed) if len(indexed) == len(words) else " AND ".join([*indexed, found])
    )
    if len(words) == 1:
        # A serial number is asked for whole or by its end: its beginning is that of all others.
        values["serial_end"] = f"{_escaped(words[0][::-1])}%"
        by_serial = "reverse(lower(i.serial)) LIKE :serial_end"
        found, by_index = f"({found} OR {by_serial})", f"({by_index} OR {by_serial})"
    return Words(reading=found, indexed=by_index, values=values)


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
