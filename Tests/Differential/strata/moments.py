"""Date and time: arithmetic, fields, truncation, formats, zones and daylight saving, constructors, spellings."""

from case import Stratum, literal

from .pools import INVALID, VALUES

KINDS = ["date", "time", "timetz", "timestamp", "timestamptz", "interval"]
FIELDS = ["century", "day", "decade", "dow", "doy", "epoch", "hour", "isodow", "isoyear", "julian", "microseconds", "millennium", "milliseconds", "minute", "month", "quarter", "second", "timezone", "timezone_hour", "week", "year", "fortnight"]  # fmt: skip
UNITS = ["microseconds", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century", "epoch", "dow"]  # fmt: skip
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "+05:30", "-8", "EST", "EST5EDT", "Nowhere/City"]
FORMATS = ["YYYY-MM-DD", "HH24:MI:SS.US", "HH12:MI AM", "Day DDth Month YYYY", "FMDay, FMDD FMMonth", "Dy Mon DD", "IYYY-\"W\"IW-ID", "DDD J", "Q CC", "TZ TZH:TZM", "SSSS MS", "Y,YYY BC", "yy Mon rm", "am A.M."]  # fmt: skip
SPELLINGS = {
    "date": ["January 8, 1999", "1/8/1999", "1999-008", "19990108", "Jan-08-1999", "08-Jan-1999", "J2451187", "1999.01.08", "8 1999 Jan", "13/01/2024", "epoch", "today is"],
    "time": ["040506", "04:05 PM", "4:05:06.789 am", "allballs", "13:05 PM", "04:05:06-08", "0405"],
    "timestamptz": ["2024-03-10 02:30 America/New_York", "2024-11-03 01:30 America/New_York", "20240229T123456Z", "2024-02-29 12:34:56.7891234+05:45", "Thu Feb 29 12:34:56 2024 PST", "2024-02-29 12 PM", "epoch", "2024-01-01 10:00 CET", "2024-01-01 24:00:00Z"],
    "interval": ["1-2", "3 4:05:06", "-1 2:03", "1.5 days", "1.5 months", "2 weeks ago", "1 century 2 decades", "PT36H", "P0001-02-03T04:05:06", "1 mon -1 day", "@ 1 minute", "1:30", "1d 2h 3m 4s", "0.1 seconds", "P1W", "1 day 25:00:00"],
}  # fmt: skip
PARSES = [("05 Dec 2000", "DD Mon YYYY"), ("2000-12-05 13:14:15.16", "YYYY-MM-DD HH24:MI:SS.MS"), ("12/05/00", "MM/DD/YY"), ("2000 340", "YYYY DDD"), ("2000-W49-2", 'IYYY-"W"IW-ID'), ("1:02 PM", "HH12:MI PM"), ("31 Feb 2000", "DD Mon YYYY"), ("2000-13", "YYYY-MM"), ("abc", "YYYY"), ("15", "HH12"), ("2000-12-05 +03", "YYYY-MM-DD TZH"), ("20001205", "YYYYMMDD"), ("Tue", "Dy"), ("2451884", "J")]  # fmt: skip


def fill(stratum: Stratum, ask) -> None:
    for left in KINDS:
        for right in KINDS:
            for name in ["+", "-"]:
                for a, b in stratum.sample([(a, b) for a in VALUES[left] for b in VALUES[right]], 2):
                    stratum.expression(f"{literal(a, left)} {name} {literal(b, right)}")
    for name, factor in [
        ("*", "2"),
        ("*", "-1.5::float8"),
        ("/", "3"),
        ("/", "0"),
        ("*", "'NaN'::float8"),
        ("*", "1e300::float8"),
    ]:
        for value in stratum.sample(VALUES["interval"], 3):
            stratum.expression(f"{literal(value, 'interval')} {name} {factor}")
    for kind in KINDS:
        for field in FIELDS:
            stratum.expression(f"extract({field} from {literal(stratum.pick(VALUES[kind]), kind)})")
    for kind in ["timestamp", "timestamptz", "interval", "date", "time"]:
        for unit in stratum.sample(UNITS, 9):
            stratum.expression(f"date_trunc({literal(unit)}, {literal(stratum.pick(VALUES[kind]), kind)})")
    for kind in ["timestamp", "timestamptz", "interval", "date", "time"]:
        for template in stratum.sample(FORMATS, 9):
            stratum.expression(f"to_char({literal(stratum.pick(VALUES[kind]), kind)}, {literal(template)})")
    for zone in ZONES:
        for kind in ["timestamp", "timestamptz", "timetz", "date"]:
            stratum.expression(f"{literal(stratum.pick(VALUES[kind]), kind)} at time zone {literal(zone)}")
        shown = "select '2024-07-01 12:00+00'::timestamptz as a, '2024-01-01 10:00'::timestamp::timestamptz as b, '2024-03-10 07:00+00'::timestamptz + i as c from (values ('1 day'::interval), ('24 hours'), ('1 mon')) v(i)"  # fmt: skip
        stratum.query(shown, f"session zone {zone}", before=f"set local time zone {literal(zone)}; ")
    for style in ["iso", "iso, dmy", "iso, ymd", "german", "sql, mdy", "postgres, dmy", "nonsense"]:
        shown = "select '2024-02-03'::date::text as d, '1/2/2003'::date::text as e, '2024-02-03 04:05:06.7+00'::timestamptz::text as z"
        stratum.query(shown, f"date style {style}", before=f"set local datestyle = {literal(style)}; ")
    for style in ["postgres", "postgres_verbose", "sql_standard", "iso_8601", "nonsense"]:
        for value in stratum.sample(VALUES["interval"], 2):
            shown = f"select {literal(value, 'interval')}::text as i"
            stratum.query(shown, f"interval style {style} {value}", before=f"set local intervalstyle = {style}; ")
    for kind, spellings in SPELLINGS.items():
        for value in spellings + INVALID[kind]:
            stratum.expression(literal(value, kind))
    for text, template in PARSES:
        stratum.expression(f"to_timestamp({literal(text)}, {literal(template)})")
        stratum.expression(f"to_date({literal(text)}, {literal(template)})")
    _functions(stratum)


def _functions(stratum: Stratum) -> None:
    stamps = VALUES["timestamp"] + ["2023-01-31", "2024-03-01 00:00:01"]
    for a, b in stratum.sample([(a, b) for a in stamps for b in stamps], 16):
        stratum.expression(f"age({literal(a, 'timestamp')}, {literal(b, 'timestamp')})")
    for name in ["justify_days", "justify_hours", "justify_interval", "isfinite"]:
        for value in ["35 days 27 hours", "-1 mon 40 days", "1 mon -1 hour"]:
            stratum.expression(f"{name}({literal(value, 'interval')})")
    for stride in ["15 minutes", "1 day", "1 mon", "-1 hour", "0"]:
        for kind in ["timestamp", "timestamptz"]:
            stratum.expression(f"date_bin({literal(stride)}, {literal('2024-02-29 12:34:56', kind)}, {literal('2001-01-01', kind)})")  # fmt: skip
    pairs = [("2024-01-01", "2024-02-01"), ("2024-01-15", "10 days"), ("2024-02-01", "2024-02-01"), ("x", "2024-01-01")]
    for a in pairs:
        for b in pairs[:2]:
            sides = [f"({literal(s, 'date')}, {literal(e, 'interval' if 'days' in e else 'date')})" for s, e in (a, b)]
            stratum.expression(f"{sides[0]} overlaps {sides[1]}")
    for parts in ["2024, 2, 29", "2023, 2, 29", "-44, 3, 15", "0, 1, 1", "2024, 13, 1", "'2024', 1, 1", "2024, 1"]:
        stratum.expression(f"make_date({parts})")
        stratum.expression(f"make_timestamp({parts}, 12, 30, 15.5)")
        stratum.expression(f"make_timestamptz({parts}, 2, 30, 0, 'America/New_York')")
        stratum.expression(f"make_interval({parts})")
    for step in ["1 day", "-1 day", "1 mon", "7 hours", "0"]:
        for kind in ["date", "timestamptz"]:
            stratum.query(f"select generate_series({literal('2024-01-30', kind)}, {literal('2024-02-03', kind)}, {literal(step)}) as v limit 20")  # fmt: skip
    for value in ["0", "1709210096.789", "-1", "1e20", "'NaN'", "'infinity'", "'x'"]:
        stratum.expression(f"to_timestamp({value})")
    for name in ["=", "<", ">="]:
        for left in KINDS:
            for right in KINDS:
                if stratum.random.random() < 0.6:
                    stratum.expression(f"{literal(stratum.pick(VALUES[left]), left)} {name} {literal(stratum.pick(VALUES[right]), right)}")  # fmt: skip
