"""The grammar of time: patterns over the words of `lexicon/time.yml`.

Every repeat is bounded, white space too: a message of one word a thousand times must not cost seconds.
"""

from __future__ import annotations

from nlu.core.time_lexicon import MAYBE_SPACE, SPACE, any_of

NOT_A_TIME = "none"
# Digits go on after a separator in phone numbers, versions, addresses: then it is none of ours.
_NO_DIGITS_BEFORE, _NO_DIGITS_AFTER = r"(?<!\d[.,:/-])", r"(?![.,:/]?\d)"
_NO_COMPOUND = r"(?!-[^\W\d])"

Sources = list[tuple[str, str]]


def sources() -> Sources:
    """Return (kind, regular expression) in the order in which they may claim characters."""
    return [
        (NOT_A_TIME, rf"{_NO_DIGITS_BEFORE}{any_of('not_dates')}(?![\d/.-]\d)"),
        (NOT_A_TIME, any_of("not_times")),
        *_date_sources(),
        *_period_sources(),
        *_day_sources(),
        *_year_sources(),
        *_clock_sources(),
    ]


def _maybe(source: str) -> str:
    return f"(?:{source})?"


def _year() -> str:
    past, this = any_of("last_year"), any_of("this_year")
    return rf"(?:{SPACE}(?:(?P<y>20\d\d)(?![-.:/]?\d)|(?P<past>{past})|{this}))?"


def _night_before() -> str:
    return _maybe(rf"(?P<eve>{any_of('night_before')}){SPACE}")


def _date_sources() -> Sources:
    eve, year, to = _night_before(), _year(), any_of("to_words")
    weekday = rf"(?:(?:{any_of('on_day')}{SPACE})?{any_of('weekdays')},?{SPACE})?(?:den{SPACE})?"
    month = rf"(?P<month>{any_of('months')}|{any_of('short_months')}\.?)"
    part = _maybe(rf"{SPACE}(?P<part>{any_of('parts_of_day')})")
    day, day_2 = r"(?P<d>\d{1,2})\.?", r"(?P<d2>\d{1,2})\.?"
    days = _maybe(rf"(?P<night>{any_of('night_words')}){SPACE}") + (
        rf"(?:{any_of('between_words')}{SPACE}(?:den{SPACE})?{day}{MAYBE_SPACE}{any_of('and_words')}"
        rf"|(?:{any_of('from_words')}{SPACE})?(?:den{SPACE})?{day.replace('<d>', '<d1>')}{MAYBE_SPACE}{to})"
        rf"{MAYBE_SPACE}(?:den{SPACE})?{day_2}"
    )
    return [
        ("iso_date", r"(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)"),
        ("date_range", rf"{_NO_DIGITS_BEFORE}{days}{MAYBE_SPACE}{month}{year}{_NO_COMPOUND}"),
        (
            "date_range",
            rf"{_NO_DIGITS_BEFORE}(?P<d1>0?[1-9]|[12]\d|3[01])[./](?P<m1>1[0-2]|0?[1-9])\.?{MAYBE_SPACE}[-–]"
            rf"{MAYBE_SPACE}(?P<d2>0?[1-9]|[12]\d|3[01])[./](?P<m>1[0-2]|0?[1-9])(?:[./-](?P<y>20\d\d|\d\d))?\.?"
            rf"{_NO_DIGITS_AFTER}",
        ),
        ("date", rf"{eve}{weekday}{day}{MAYBE_SPACE}{month}{year}{part}{_NO_COMPOUND}"),
        ("fixed_day", rf"{eve}(?P<phrase>{any_of('fixed_days', 'easter_days')}){year}{part}{_NO_COMPOUND}"),
        *_clock_range_sources(),
        ("clock", _digital_clock()),
        (
            "number_date",
            rf"{_NO_DIGITS_BEFORE}{eve}{weekday}(?P<d>0?[1-9]|[12]\d|3[01])[./](?P<m>1[0-2]|0?[1-9])"
            rf"(?:[./-](?P<y>20\d\d|\d\d))?\.?{_NO_DIGITS_AFTER}",
        ),
    ]


def _digital_clock() -> str:
    about = any_of("about_words")
    return (
        rf"(?:{about}{SPACE}){{0,2}}{any_of('clock_words')}{MAYBE_SPACE}(?:{about}{SPACE}){{0,2}}"
        rf"(?P<h>\d{{1,2}})(?:[.:]?(?P<min>\d\d))?{_tail()}{_NO_DIGITS_AFTER}"
    )


def _tail() -> str:
    return rf"(?:{MAYBE_SPACE}-?{MAYBE_SPACE}{any_of('o_clock')})?"


def _period_sources() -> Sources:
    year, lead = _year(), _maybe(rf"(?P<lead>{any_of('period_leads')}){SPACE}")
    third = rf"(?P<third>{any_of('thirds')}){SPACE}"
    months, weeks = any_of("months"), any_of("week_names", "this_week")
    relative = (
        rf"(?:(?P<lead>{any_of('period_leads')})|(?P<last>{_last()})|(?P<before>{any_of('last_year')}))"
    )
    number = r"[1-9]|[1-4]\d|5[0-3]"
    no_compound = rf"(?!-(?!{months})[^\W\d])"
    last_of = rf"(?:(?P<last>{_last_week()})|{weeks})"
    return [
        ("last_units", _last_units()),
        ("month", rf"{third}(?P<month>{months}){year}{no_compound}"),
        ("month", rf"{lead}(?P<month>{months}){year}{no_compound}"),
        ("months_back", rf"(?:i{SPACE})?(?P<phrase>{any_of('months_back')})"),
        ("months_back", rf"(?:i{SPACE})?(?P<last>{_last()}){SPACE}{any_of('month_names')}"),
        (
            "week_number",
            rf"(?:i{SPACE})?{any_of('week_words')}{SPACE}(?P<n>{number})"
            rf"(?:{MAYBE_SPACE}{any_of('to_words', 'and_words')}{MAYBE_SPACE}(?P<n2>{number})(?!\d))?"
            rf"(?![.,]\d){year}",
        ),
        ("week_third", rf"{third}{last_of}"),
        ("stretch", rf"(?:{relative}{SPACE})?(?P<phrase>{any_of('stretches')}){year}{_NO_COMPOUND}"),
        (
            "holiday",
            rf"(?:{relative}{SPACE})?(?P<phrase>{any_of('holidays', 'easter_times')}){year}{_NO_COMPOUND}",
        ),
        *_ago_sources(),
    ]


def _year_sources() -> Sources:
    lead = _maybe(rf"(?P<lead>{any_of('period_leads')}){SPACE}")
    return [
        ("year", rf"{lead}(?P<phrase>{any_of('years')})(?!{SPACE}20\d\d)"),
        (
            "calendar_year",
            rf"{_NO_DIGITS_BEFORE}{lead}(?:{any_of('this_year', 'year_words')}{SPACE})?(?P<y>20\d\d)"
            r"(?![-–/.,:]?\d)(?!-\w)",
        ),
    ]


def _last() -> str:
    return any_of("last_words")


def _last_week() -> str:
    return rf"(?:i{SPACE})?{any_of('last_words')}{SPACE}{any_of('week_words', 'week_names')}"


def _last_units() -> str:
    """Return the pattern of lengths back from now: "dei siste tre månadene", "det siste året"."""
    lead, last = rf"(?:{any_of('last_leads')}{SPACE}){{0,2}}", any_of("last_of")
    number = rf"\d{{1,3}}|{any_of('numbers')}"
    numbered = rf"(?:{last}{SPACE}(?P<n>{number})|(?P<n2>{number}){SPACE}{last}|{last})"
    article = rf"{any_of('last_articles')}{SPACE}"
    return (
        rf"{lead}(?:{article}{last}{SPACE}(?P<unit>{any_of('last_unit', 'last_unit_alone')})"
        rf"|{last}{SPACE}(?P<alone>{any_of('last_unit_alone')})"
        rf"|{numbered}{SPACE}(?P<units>{any_of('last_units')}))"
    )


def _ago_sources() -> Sources:
    numbers = rf"(?:\d{{1,3}}|{any_of('numbers')})"
    units = rf"(?P<unit>{any_of('ago_units', 'ago_months')})"
    since, back = any_of("ago_after"), any_of("ago_after_with_before")
    amount = rf"(?:{any_of('ago_about')}{SPACE})?(?P<n>{numbers}){SPACE}{units}{SPACE}"
    return [
        ("ago", rf"{any_of('ago_before')}{SPACE}{amount}(?:{since}|{back})"),
        ("ago", rf"{amount}{since}"),
        ("a_while_ago", any_of("a_while_ago")),
    ]


def _day_sources() -> Sources:
    parts = any_of("parts_of_day")
    parts_after = any_of("parts_of_day", "parts_after_weekday")
    eve, week, this_week = any_of("night_before"), _last_week(), any_of("this_week")
    return [
        ("part_today", f"(?P<phrase>{any_of('parts_of_today')})"),
        (
            "weekday",
            rf"(?:(?P<week>{week}),?{SPACE})?(?:(?P<early>{any_of('parts_after_weekday')}){SPACE})?"
            rf"(?:(?:(?P<eve>{eve})|(?P<last>{_last()})|{any_of('this_words')}){SPACE}){{0,2}}"
            rf"(?P<day>{any_of('weekdays')})(?:s?{MAYBE_SPACE}(?P<part>{parts_after}))?"
            rf"(?:,?{SPACE}(?:(?P<after>{week})|{this_week}))?",
        ),
        (
            "day",
            rf"(?:(?P<eve>{eve}){SPACE})?(?P<phrase>{any_of('days')})(?:{SPACE}(?P<part>{parts}))?",
        ),
        ("night", any_of("nights")),
        ("last_weekend", rf"(?:i{SPACE})?{_last()}{SPACE}{any_of('weekend_names')}"),
        ("weekend", f"(?P<lead>{any_of('weekends')})"),
        ("weekend", any_of("weekend_names")),
        ("last_week", week),
        ("this_week", this_week),
    ]


def _clock_range_sources() -> Sources:
    first, second = _clock_piece("1"), _clock_piece("2")
    to, between = any_of("to_words"), any_of("between_words")
    lead = _maybe(rf"(?P<lead>{any_of('from_words')}){SPACE}")
    return [
        (
            "clock_range",
            rf"{_NO_DIGITS_BEFORE}(?P<lead>{between}){SPACE}{first}{SPACE}{any_of('and_words')}{SPACE}{second}"
            rf"{_tail()}{_NO_DIGITS_AFTER}",
        ),
        (
            "clock_range",
            rf"{_NO_DIGITS_BEFORE}{lead}{first}{MAYBE_SPACE}{to}{MAYBE_SPACE}{second}{_tail()}{_NO_DIGITS_AFTER}",
        ),
    ]


def _clock_piece(n: str) -> str:
    """Return one end of a range; `n` is added to the names of the groups."""
    about, hour = any_of("about_words"), any_of("hours")
    mod = any_of("half", "quarter_to", "quarter_past")
    return (
        rf"(?:{about}{SPACE}){{0,2}}(?:(?P<kl{n}>{any_of('clock_words')}){MAYBE_SPACE})?"
        rf"(?:(?P<mod{n}>{mod}){SPACE}(?P<m{n}>{hour}|\d{{1,2}})"
        rf"|(?P<h{n}>[01]?\d|2[0-4])(?:[.:](?P<min{n}>[0-5]\d))?(?![.,:/]?\d)|(?P<w{n}>{hour}))"
    )


def _clock_sources() -> Sources:
    about, hour = any_of("about_words"), any_of("hours")
    lead = rf"(?:{any_of('clock_words', 'about_words', 'weak_clock_words')}{SPACE}){{0,3}}"
    strong = rf"(?:{about}{SPACE}){{0,2}}{any_of('clock_words')}{SPACE}(?:{about}{SPACE}){{0,2}}"
    direction = rf"(?P<dir>{any_of('minutes_to', 'minutes_past')})"
    off, past = any_of("minutes"), any_of("minutes_past")
    target = rf"(?P<w>{hour}|\d{{1,2}})"
    mod = rf"(?P<mod>{any_of('half', 'quarter_to', 'quarter_past')})"
    bare = r"(?P<h>[01]?\d|2[0-4])[.:](?P<min>[0-5]\d)"
    o_clock = rf"{MAYBE_SPACE}-?{MAYBE_SPACE}{any_of('o_clock')}"
    near_end = rf"(?=\s{{0,4}}(?:$|[.,;:!?)])|{SPACE}{any_of('about_followers')}(?!\w))"
    half = rf"(?P<mod>{any_of('half')})"
    return [
        ("spoken", rf"{lead}(?P<off>{off}|\d{{1,2}}){SPACE}{direction}{SPACE}{half}{SPACE}{target}"),
        ("spoken", rf"{strong}(?P<off>{off}|\d{{1,2}}){SPACE}{direction}{SPACE}{target}"),
        ("spoken", rf"{lead}(?P<off>{off}){SPACE}(?P<dir>{past}){SPACE}(?P<w>{hour})"),
        ("spoken", rf"{lead}{mod}{SPACE}{target}{_tail()}{_NO_DIGITS_AFTER}"),
        ("bare_clock", rf"(?:{about}{SPACE}){{0,2}}{_NO_DIGITS_BEFORE}{bare}{_tail()}{_NO_DIGITS_AFTER}"),
        ("spoken", rf"{strong}(?P<w>{hour})"),
        ("spoken", rf"{lead}(?P<w>{hour}){o_clock}"),
        ("clock", rf"{lead}(?P<h>\d{{1,2}}){o_clock}"),
        ("about", rf"(?:{about}{SPACE}){{1,2}}(?P<h>\d{{1,2}}){_NO_DIGITS_AFTER}{near_end}"),
        ("about", rf"(?:{about}{SPACE}){{1,2}}(?P<w>{hour}){near_end}"),
        ("part", rf"{any_of('part_words')}{SPACE}(?P<phrase>{any_of('parts_of_day')})"),
        ("part", rf"(?P<phrase>{any_of('midday')})"),
        ("now", any_of("now")),
        ("weak_now", rf"(?<![.@]){any_of('weak_now')}(?=\s{{0,4}}(?:$|[.,;!?)](?!\w)))"),
    ]
