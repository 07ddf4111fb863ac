"""China's public holidays and make-up working days (调休): the table that an office starts with."""

from __future__ import annotations

from gis.incidents.calendars import OfficeCalendar, SpecialDay

# 8:30 to 12:00 and 14:00 to 18:00, Monday to Friday, until an office writes down its own.
OFFICE_HOURS = ((30_600, 43_200), (50_400, 64_800))
WEEK = (OFFICE_HOURS,) * 5 + ((), ())


def china_calendar(first_year: int, last_year: int, zone: str = "Asia/Shanghai") -> OfficeCalendar:
    """Office hours, holidays and make-up days of China, from one year to another.

    Years whose arrangement the State Council had not published when the package `holidays` was
    made have their days by law only; `settled_through` says which is the last one known.
    """
    import holidays

    years = range(first_year, last_year + 1)
    named = {
        language: holidays.country_holidays("CN", years=years, language=language)
        for language in ("zh_CN", "en_US")
    }
    days = {
        day: SpecialDay(kind="holiday", name_zh=name, name_en=named["en_US"].get(day) or name)
        for day, name in sorted(named["zh_CN"].items())
    }
    for day in sorted(named["zh_CN"].weekend_workdays):
        if day.year in years:
            days[day] = SpecialDay(
                kind="make_up", name_zh="调休上班", name_en="Make-up working day"
            )
    return OfficeCalendar(
        zone=zone, week=WEEK, days=days, settled_through=min(last_year, settled_through())
    )


def settled_through() -> int:
    """The last year whose holidays and make-up days the package `holidays` knows as published."""
    from holidays.countries.china import ChinaStaticHolidays

    return max(ChinaStaticHolidays.special_public_holidays)
