"""When something happened: a table of expressions, a table of what only looks like one, and a fuzz loop.

All are seen from Friday 20 November 2026, 14:00 in Oslo, unless a test says otherwise.
"""

from __future__ import annotations

import random
import sre_parse
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from nlu.core import time_grammar, time_lexicon
from nlu.core.errors import ModelFileError
from nlu.core.time_expressions import OSLO, find_times

FRIDAY = datetime(2026, 11, 20, 14, 0, tzinfo=OSLO)
GRAINS = {"minute", "hour", "part", "day", "week", "month"}


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=OSLO)


def point(moment: str) -> tuple[str, str, str]:
    return moment, moment, "hour" if moment.endswith(":00") else "minute"


def day(date: str) -> tuple[str, str, str]:
    return date + "T00:00", (at(date) + timedelta(days=1)).isoformat()[:16], "day"


def part(date: str, begin: int, end: int) -> tuple[str, str, str]:
    return (
        (at(date) + timedelta(hours=begin)).isoformat()[:16],
        (at(date) + timedelta(hours=end)).isoformat()[:16],
        "part",
    )


def week(monday: str) -> tuple[str, str, str]:
    return monday + "T00:00", (at(monday) + timedelta(days=7)).isoformat()[:16], "week"


def month(first: str, last: str) -> tuple[str, str, str]:
    return first + "T00:00", last + "T00:00", "month"


def span(begin: str, end: str, grain: str) -> tuple[str, str, str]:
    return begin, end, grain


def until_now(begin: str, grain: str) -> tuple[str, str, str]:
    return begin, "2026-11-20T14:00", grain


# A text is either the expression itself, or holds it between bars.
EXPRESSIONS = {
    # days
    "i dag": day("2026-11-20"),
    "Det skjedde |i går|.": day("2026-11-19"),
    "|Igår| datt eg": day("2026-11-19"),
    "i  går": day("2026-11-19"),
    "I GÅR": day("2026-11-19"),
    "i gjår": day("2026-11-19"),
    "i gård": day("2026-11-19"),
    "i forgårs": day("2026-11-18"),
    "i førgår": day("2026-11-18"),
    # parts of a day
    "i morges": part("2026-11-20", 5, 10),
    "i dag tidleg": part("2026-11-20", 5, 10),
    "|i morres| kom æ på jobb": part("2026-11-20", 5, 10),
    "i formiddag": part("2026-11-20", 9, 12),
    "i føremiddag": part("2026-11-20", 9, 12),
    "i ettermiddag": part("2026-11-20", 12, 17),
    "i går kveld": part("2026-11-19", 17, 23),
    "igår kveld": part("2026-11-19", 17, 23),
    "i gårkveld": part("2026-11-19", 17, 23),
    "i går morges": part("2026-11-19", 5, 10),
    "i går morra": part("2026-11-19", 5, 10),
    "i forgårs kveld": part("2026-11-18", 17, 23),
    "i går natt": part("2026-11-19", 22, 30),
    "i går på kvelden": part("2026-11-19", 17, 23),
    "i natt": part("2026-11-19", 22, 30),
    "inatt": part("2026-11-19", 22, 30),
    "sist natt": part("2026-11-19", 22, 30),
    "natt til i går": part("2026-11-18", 22, 30),
    "om natta": part("2026-11-19", 22, 30),
    "midt på dagen": part("2026-11-20", 11, 14),
    # weekdays
    "tirsdag": day("2026-11-17"),
    "på tysdag": day("2026-11-17"),
    "måndag": day("2026-11-16"),
    "laurdag": day("2026-11-14"),
    "sundag": day("2026-11-15"),
    "på fredag": day("2026-11-20"),
    "sist fredag": day("2026-11-13"),
    "forrige fredag": day("2026-11-13"),
    "sist torsdag": day("2026-11-19"),
    "søndagen": day("2026-11-15"),
    "fredag kveld": part("2026-11-13", 17, 23),
    "fredag morgen": part("2026-11-20", 5, 10),
    "lørdagskvelden": part("2026-11-14", 17, 23),
    "måndag morgon": part("2026-11-16", 5, 10),
    "laurdag føremiddag": part("2026-11-14", 9, 12),
    "natt til lørdag": part("2026-11-13", 22, 30),
    "natt te sundag": part("2026-11-14", 22, 30),
    "tirsdag i forrige uke": day("2026-11-10"),
    "forrige uke, onsdag": day("2026-11-11"),
    # dates
    "2026-11-03": day("2026-11-03"),
    "12. mars": day("2026-03-12"),
    "den 3. september": day("2026-09-03"),
    "3 feb": day("2026-02-03"),
    "4. okt.": day("2026-10-04"),
    "31. desember": day("2025-12-31"),
    "8. mars 2025": day("2025-03-08"),
    "3. mai i fjor": day("2025-05-03"),
    "Det skjedde |17. mai|.": day("2026-05-17"),
    "9/2": day("2026-02-09"),
    "20.06": day("2026-06-20"),
    "den 31.12": day("2025-12-31"),
    "05.11.2026": day("2026-11-05"),
    "5.11.26": day("2026-11-05"),
    "5/11-26": day("2026-11-05"),
    "lørdag 3. oktober": day("2026-10-03"),
    "mandag den 2.11.": day("2026-11-02"),
    "natt til 17. mai": part("2026-05-16", 22, 30),
    "lille julaften": day("2025-12-23"),
    # clock times
    "kl 8": point("2026-11-20T08:00"),
    "kl. 14": point("2026-11-20T14:00"),
    "kl 15": point("2026-11-19T15:00"),
    "kl.07.40": point("2026-11-20T07:40"),
    "kl 1330": point("2026-11-20T13:30"),
    "ca kl 13": point("2026-11-20T13:00"),
    "Klokka 13:45": point("2026-11-20T13:45"),
    "13.15": point("2026-11-20T13:15"),
    "klokka sju": point("2026-11-20T07:00"),
    "klokka to": point("2026-11-20T14:00"),
    "klokka tre": point("2026-11-20T03:00"),
    "halv ni": point("2026-11-20T08:30"),
    "halv ett": point("2026-11-20T12:30"),
    "kvart på ti": point("2026-11-20T09:45"),
    "kvart  over tolv": point("2026-11-20T12:15"),
    "fem på halv to": point("2026-11-20T13:25"),
    "ti over ett": point("2026-11-20T13:10"),
    "klokka ti på to": point("2026-11-20T13:50"),
    "ved halv ni-tida": point("2026-11-20T08:30"),
    "i sekstida": point("2026-11-20T06:00"),
    "ved 13-tiden": point("2026-11-20T13:00"),
    "Rundt ti": point("2026-11-20T10:00"),
    "ca. 13.": point("2026-11-20T13:00"),
    # a day and a clock time
    "i går kl 14": point("2026-11-19T14:00"),
    "kl 14 i går": point("2026-11-19T14:00"),
    "i går rundt 21.30": point("2026-11-19T21:30"),
    "i går ca 15": point("2026-11-19T15:00"),
    "i går klokka to": point("2026-11-19T14:00"),
    "i går klokka sju": point("2026-11-19T07:00"),
    "i dag, ca. kl. 09.15": point("2026-11-20T09:15"),
    "klokka seks i morges": point("2026-11-20T06:00"),
    "halv fire i natt": point("2026-11-20T03:30"),
    "i går kveld klokka elleve": point("2026-11-19T23:00"),
    "klokka to om natta": point("2026-11-20T02:00"),
    "kl 7 om kvelden": point("2026-11-19T19:00"),
    "fredag kl 18": point("2026-11-13T18:00"),
    "tirsdag kl 12.30": point("2026-11-17T12:30"),
    "tysdag 9.00": point("2026-11-17T09:00"),
    "natt til lørdag klokka tre": point("2026-11-14T03:00"),
    "12. mars kl. 10": point("2026-03-12T10:00"),
    "05.11.2026 14:30": point("2026-11-05T14:30"),
    # a while ago
    "for to timer siden": point("2026-11-20T12:00"),
    "for ein time sidan": point("2026-11-20T13:00"),
    "for ca 20 minutter siden": ("2026-11-20T13:40", "2026-11-20T13:40", "minute"),
    "10 min siden": ("2026-11-20T13:50", "2026-11-20T13:50", "minute"),
    "for en halv time siden": ("2026-11-20T13:30", "2026-11-20T13:30", "hour"),
    "for et kvarter siden": ("2026-11-20T13:45", "2026-11-20T13:45", "minute"),
    "for tre dager siden": day("2026-11-17"),
    "for to dager sida": day("2026-11-18"),
    "fjorten dagar sidan": day("2026-11-06"),
    "for ei veke sidan": day("2026-11-13"),
    "førr fire veka sia": day("2026-10-23"),
    "for et par uker siden": day("2026-11-06"),
    "for to måneder siden": month("2026-09-01", "2026-10-01"),
    # longer
    "i helga": ("2026-11-14T00:00", "2026-11-16T00:00", "part"),
    "heile helga": ("2026-11-14T00:00", "2026-11-16T00:00", "part"),
    "forrige helg": ("2026-11-14T00:00", "2026-11-16T00:00", "part"),
    "forrige uke": week("2026-11-09"),
    "i førre veke": week("2026-11-09"),
    "denne uka": week("2026-11-16"),
    "i uke 33": week("2026-08-10"),
    "uke 50": week("2025-12-08"),
    "i mars": month("2026-03-01", "2026-04-01"),
    "i desember": month("2025-12-01", "2026-01-01"),
    "i mai i fjor": month("2025-05-01", "2025-06-01"),
    "forrige måned": month("2026-10-01", "2026-11-01"),
    # seasons
    "i sommer": month("2026-06-01", "2026-09-01"),
    "|I sommar| sto porten open": month("2026-06-01", "2026-09-01"),
    "i vinter": month("2025-12-01", "2026-03-01"),
    "i haust": month("2026-09-01", "2026-12-01"),
    "i høst": month("2026-09-01", "2026-12-01"),
    "i fjor sommer": month("2025-06-01", "2025-09-01"),
    "i fjor sommar": month("2025-06-01", "2025-09-01"),
    "i fjor vinter": month("2024-12-01", "2025-03-01"),
    "i fjor haust": month("2025-09-01", "2025-12-01"),
    "i fjor vår": month("2025-03-01", "2025-06-01"),
    "sist vinter": month("2025-12-01", "2026-03-01"),
    "forrige sommer": month("2026-06-01", "2026-09-01"),
    "sommeren 2024": month("2024-06-01", "2024-09-01"),
    "vinteren 2025": month("2024-12-01", "2025-03-01"),
    "våren i fjor": month("2025-03-01", "2025-06-01"),
    "hele sommeren": month("2026-06-01", "2026-09-01"),
    "heile vinteren": month("2025-12-01", "2026-03-01"),
    "Det skjedde |i vår|.": month("2026-03-01", "2026-06-01"),
    "|I vår| ble taket skiftet": month("2026-03-01", "2026-06-01"),
    "i våres": month("2026-03-01", "2026-06-01"),
    "utover høsten": month("2026-09-01", "2026-12-01"),
    # years and parts of years
    "i fjor": month("2025-01-01", "2026-01-01"),
    "ifjor": month("2025-01-01", "2026-01-01"),
    "i år": month("2026-01-01", "2027-01-01"),
    "|I år| har det skjedd tre ganger": month("2026-01-01", "2027-01-01"),
    "hittil i år": until_now("2026-01-01", "month"),
    "så langt i år": until_now("2026-01-01", "month"),
    "neste år": month("2027-01-01", "2028-01-01"),
    "forrige år": month("2025-01-01", "2026-01-01"),
    "førre år": month("2025-01-01", "2026-01-01"),
    "i 2025": month("2025-01-01", "2026-01-01"),
    "2025": month("2025-01-01", "2026-01-01"),
    "hele 2024": month("2024-01-01", "2025-01-01"),
    "i løpet av 2024": month("2024-01-01", "2025-01-01"),
    "første halvår": month("2026-01-01", "2026-07-01"),
    "fyrste halvår": month("2026-01-01", "2026-07-01"),
    "andre halvår": month("2026-07-01", "2027-01-01"),
    "1. halvår 2025": month("2025-01-01", "2025-07-01"),
    "første halvår i fjor": month("2025-01-01", "2025-07-01"),
    "vårhalvåret": month("2026-01-01", "2026-07-01"),
    "høsthalvåret": month("2026-07-01", "2027-01-01"),
    "haustsemesteret": month("2026-08-01", "2027-01-01"),
    "i tredje kvartal": month("2026-07-01", "2026-10-01"),
    "andre tertial": month("2026-05-01", "2026-09-01"),
    "gjennom hele februar": month("2026-02-01", "2026-03-01"),
    "mars 2025": month("2025-03-01", "2025-04-01"),
    "i slutten av juni": span("2026-06-21", "2026-07-01", "week"),
    "midt i oktober": span("2026-10-11", "2026-10-21", "week"),
    "tidlig i mai": span("2026-05-01", "2026-05-11", "week"),
    "først i mars": span("2026-03-01", "2026-03-11", "week"),
    # weeks
    "uke 12": week("2026-03-16"),
    "veke 3": week("2026-01-12"),
    "uke 12 og 13": span("2026-03-16", "2026-03-30", "week"),
    "uke 12-14": span("2026-03-16", "2026-04-06", "week"),
    "fra uke 12 til uke 14": span("2026-03-16", "2026-04-06", "week"),
    "uke 12 i fjor": week("2025-03-17"),
    "forige uke": week("2026-11-09"),
    "førre veka": week("2026-11-09"),
    "fysst i veka": span("2026-11-16", "2026-11-18", "part"),
    "først i uka": span("2026-11-16", "2026-11-18", "part"),
    "midt i forrige uke": span("2026-11-11", "2026-11-12", "part"),
    "i slutten av førre veke": span("2026-11-12", "2026-11-14", "part"),
    # ranges
    "fra mandag til onsdag": span("2026-11-16", "2026-11-19", "part"),
    "frå måndag til onsdag": span("2026-11-16", "2026-11-19", "part"),
    "mandag-onsdag": span("2026-11-16", "2026-11-19", "part"),
    "mandag–onsdag": span("2026-11-16", "2026-11-19", "part"),
    "fra fredag til mandag": span("2026-11-13", "2026-11-17", "part"),
    "mellom mandag og onsdag": span("2026-11-16", "2026-11-19", "part"),
    "fra i forgårs til i går": span("2026-11-18", "2026-11-20", "part"),
    "mellom 1. og 5. mars": span("2026-03-01", "2026-03-06", "part"),
    "1.-5. mars": span("2026-03-01", "2026-03-06", "part"),
    "1.–5. mars": span("2026-03-01", "2026-03-06", "part"),
    "13.11-16.11": span("2026-11-13", "2026-11-17", "part"),
    "1.3.–5.3.": span("2026-03-01", "2026-03-06", "part"),
    "28/2-3/3-25": span("2025-02-28", "2025-03-04", "part"),
    "07.30-08.10": span("2026-11-20T07:30", "2026-11-20T08:10", "part"),
    "klokka fem på ettermiddagen": point("2026-11-19T17:00"),
    "siste 48 timer": until_now("2026-11-18T14:00", "part"),
    "natt fredag til lørdag": part("2026-11-13", 22, 30),
    "mellom kl. 14 og 15 på mandag 2.11": part("2026-11-02", 14, 15),
    "fra 1. til 5. mars": span("2026-03-01", "2026-03-06", "part"),
    "frå den 1. til den 5. mars": span("2026-03-01", "2026-03-06", "part"),
    "1. til 5. mars 2025": span("2025-03-01", "2025-03-06", "part"),
    "fra 28. februar til 3. mars": span("2026-02-28", "2026-03-04", "part"),
    "fra 20. desember til 4. januar": span("2025-12-20", "2026-01-05", "week"),
    "fra januar til mars": month("2026-01-01", "2026-04-01"),
    "januar-mars": month("2026-01-01", "2026-04-01"),
    "frå oktober til mai": month("2025-10-01", "2026-06-01"),
    "mellom kl 8 og 10": part("2026-11-20", 8, 10),
    "mellom kl. 08.00 og 10.30": span("2026-11-20T08:00", "2026-11-20T10:30", "part"),
    "kl 8-10": part("2026-11-20", 8, 10),
    "kl. 08.00–10.00": part("2026-11-20", 8, 10),
    "fra klokka to til fire": part("2026-11-19", 14, 16),
    "frå halv åtte til ti": span("2026-11-20T07:30", "2026-11-20T10:00", "part"),
    "fra kl 22 til 02": part("2026-11-19", 22, 26),
    "i går mellom kl 8 og 10": part("2026-11-19", 8, 10),
    "mellom 8 og 10 i går": part("2026-11-19", 8, 10),
    "mandag fra 8 til 11": part("2026-11-16", 8, 11),
    "i går kveld mellom åtte og ti": part("2026-11-19", 20, 22),
    "fra mandag kveld til tirsdag ettermiddag": span("2026-11-16T17:00", "2026-11-17T17:00", "part"),
    "fra fredag ettermiddag til lørdag klokka elleve": part("2026-11-13", 12, 35),
    "natten mellom fredag og lørdag": part("2026-11-13", 22, 30),
    "natta mellom 3. og 4. mars": part("2026-03-03", 22, 30),
    # lengths back from now
    "siste 14 dager": until_now("2026-11-06", "week"),
    "de siste 14 dagene": until_now("2026-11-06", "week"),
    "dei siste tre månadene": until_now("2026-08-20", "month"),
    "dei tre siste månadene": until_now("2026-08-20", "month"),
    "siste halvår": until_now("2026-05-20", "month"),
    "det siste halvåret": until_now("2026-05-20", "month"),
    "det siste året": until_now("2025-11-20", "month"),
    "siste døgn": until_now("2026-11-19T14:00", "part"),
    "det siste døgnet": until_now("2026-11-19T14:00", "part"),
    "de siste par ukene": until_now("2026-11-06", "week"),
    "de siste dagene": until_now("2026-11-17", "part"),
    "den siste uka": until_now("2026-11-13T14:00", "week"),
    "den siste måneden": until_now("2026-10-20", "month"),
    "de siste to timene": until_now("2026-11-20T12:00", "part"),
    "dei siste vekene": until_now("2026-10-30", "week"),
    # since and after
    "siden mandag": until_now("2026-11-16", "part"),
    "sidan måndag": until_now("2026-11-16", "part"),
    "Døra har vært låst |siden fredag|": until_now("2026-11-13", "week"),
    "siden i går": until_now("2026-11-19", "part"),
    "siden i går kveld": until_now("2026-11-19T17:00", "part"),
    "siden kl 9": until_now("2026-11-20T09:00", "part"),
    "siden 1. august": until_now("2026-08-01", "month"),
    "siden uke 34": until_now("2026-08-17", "month"),
    "siden januar": until_now("2026-01-01", "month"),
    "sia august": until_now("2026-08-01", "month"),
    "Siden i vår": until_now("2026-03-01", "month"),
    "sidan hausten": until_now("2026-09-01", "month"),
    "sidan jul": until_now("2025-12-24", "month"),
    "sia påske": until_now("2026-03-29", "month"),
    "siden St. Hans": until_now("2026-06-23", "month"),
    "etter påske": until_now("2026-04-07", "month"),
    "etter nyttår": until_now("2026-01-02", "month"),
    "Det ble verre |etter sommeren|.": until_now("2026-09-01", "month"),
    "sidan helga": until_now("2026-11-14", "part"),
    "etter helga": until_now("2026-11-16", "part"),
    # holidays
    "i jula": span("2025-12-24", "2025-12-27", "part"),
    "i romjula": span("2025-12-27", "2025-12-31", "part"),
    "mellom jul og nyttår": span("2025-12-27", "2025-12-31", "part"),
    "jula 2024": span("2024-12-24", "2024-12-27", "part"),
    "i fjor jul": span("2025-12-24", "2025-12-27", "part"),
    "ved nyttår": span("2025-12-31", "2026-01-02", "part"),
    "i påska": span("2026-03-29", "2026-04-07", "week"),
    "i påsken i fjor": span("2025-04-13", "2025-04-22", "week"),
    "heile påska": span("2026-03-29", "2026-04-07", "week"),
    "i pinsa": span("2026-05-23", "2026-05-26", "part"),
    "St. Hans": span("2026-06-23", "2026-06-25", "part"),
    "17. mai": day("2026-05-17"),
    "palmesøndag": day("2026-03-29"),
    "skjærtorsdag": day("2026-04-02"),
    "langfredag": day("2026-04-03"),
    "påskeaftan": day("2026-04-04"),
    "første påskedag": day("2026-04-05"),
    "kristi himmelfartsdag": day("2026-05-14"),
    "pinseaften": day("2026-05-23"),
    "andre pinsedag 2025": day("2025-06-09"),
    "natt til nyttårsdag": part("2025-12-31", 22, 30),
    # parts of days
    "mandag kveld": part("2026-11-16", 17, 23),
    "natt til tirsdag": part("2026-11-16", 22, 30),
    "i natt til tysdag": part("2026-11-16", 22, 30),
    "onsdag morgen": part("2026-11-18", 5, 10),
    "lørdagsnatta": part("2026-11-14", 22, 30),
    "laurdagsnatta": part("2026-11-14", 22, 30),
    "mandag tidlig": part("2026-11-16", 5, 10),
    "tidlig fredag": part("2026-11-20", 5, 10),
    "i går før lunsj": part("2026-11-19", 9, 12),
    "langfredag kveld": part("2026-04-03", 17, 23),
    "hele formiddagen": part("2026-11-20", 9, 12),
    "heile ettermiddagen i går": part("2026-11-19", 12, 17),
    "i hele går": day("2026-11-19"),
    # around today
    "i overmorgen": day("2026-11-22"),
    "i førregår": day("2026-11-18"),
    "for noen timer siden": point("2026-11-20T11:00"),
    "for nokre timar sidan": point("2026-11-20T11:00"),
    "for en halvtime siden": point("2026-11-20T13:30"),
    "for tre kvarter sidan": point("2026-11-20T13:15"),
    "for to år siden": month("2024-01-01", "2025-01-01"),
    "for eit halvt år sidan": month("2026-05-01", "2026-06-01"),
    "for en stund siden": until_now("2026-11-20T11:00", "part"),
    "for ei stund sia": until_now("2026-11-20T11:00", "part"),
    "i stad": until_now("2026-11-20T11:00", "part"),
    # clock
    "klokka kvart over ti": point("2026-11-20T10:15"),
    "halv åtte": point("2026-11-20T07:30"),
    "ti på halv ni": point("2026-11-20T08:20"),
    "ved ettiden": point("2026-11-20T13:00"),
    # typos, dialect, no letters æ, ø and å
    "i gåar": day("2026-11-19"),
    "mandg": day("2026-11-16"),
    "på tosdag": day("2026-11-19"),
    "i går kveill": part("2026-11-19", 17, 23),
    "i går kveld'n": part("2026-11-19", 17, 23),
    "i nått": part("2026-11-19", 22, 30),
    "i dag morres": part("2026-11-20", 5, 10),
    "i gar kveld": part("2026-11-19", 17, 23),
    "pa mandag": day("2026-11-16"),
    "i gaar": day("2026-11-19"),
    "forrige lordag": day("2026-11-14"),
    "natt til sondag": part("2026-11-14", 22, 30),
    "for to maneder siden": month("2026-09-01", "2026-10-01"),
    "forste paskedag": day("2026-04-05"),
    # now
    "Det lekker |nå|": ("2026-11-20T14:00", "2026-11-20T14:00", "minute"),
    "Vatnet renn inn |no|!": ("2026-11-20T14:00", "2026-11-20T14:00", "minute"),
    "nettopp": ("2026-11-20T14:00", "2026-11-20T14:00", "minute"),
    "|for litt siden| falt en": ("2026-11-20T14:00", "2026-11-20T14:00", "minute"),
}

NOT_TIMES = [
    "rom 12 i 2. etasje",
    "Møterom 2.11 er låst",
    "klasserom 3.05, bord 4",
    "på kontor 2.12",
    "Ring 22 33 44 55",
    "tlf 22.11.44.55",
    "+47 901 23 456",
    "mobil 12.10 44 55",
    "sak 2026-00042",
    "Hva skjer med 2026-01112?",
    "i tre år",
    "siden 2019",
    "Jeg har jobbet her i to uker",
    "Det koster 12.50 kr",
    "kr 10.30 for mye",
    "kr. 12.10",
    "Temperaturen var 5.10 grader",
    "Det rant 2.50 liter ut",
    "versjon 2.11",
    "iOS 12.10.2",
    "IP-adressen er 10.12.0.1",
    "kapittel 3.4 og punkt 5.1",
    "1/2 liter melk",
    "døgnåpent 24/7",
    "3/4 av elevene",
    "født 20.11.1998",
    "født 12.11.98",
    "ca 15 liter diesel",
    "rundt 20 elever",
    "ca to uker",
    "omtrent ti personer",
    "halv pris",
    "neste mandag",
    "hver fredag",
    "kvar einaste tysdag",
    "hver fredag morgen",
    "innen 1. oktober",
    "to ganger i uka",
    "37 timer i veka",
    "www.lyngstad.kommune.no",
    "umulig å nå noen på telefon",
    "Vi kan nå fram",
    "og nå er kneet infisert",
    "Snorene heng no i reiret",
    "kl 25",
    "klokka 12.75",
    "31.4",
    "30. februar",
    "halv 45",
    "tegnet i målestokk 1:50",
    "Fire pasienter, to senger, ei natt",
    # durations
    "i tre timer",
    "to veker",
    "i ti uker",
    "i to år",
    "i tre døgn på rad",
    "på fjorten dager",
    "i et halvt år",
    "i fleire månader",
    "en hel time",
    "tre kvelder på rad",
    # habits and plans
    "om sommeren",
    "hver sommer",
    "kvar haust",
    "neste sommer",
    "til våren",
    "før jul",
    "før påske",
    "til neste jul",
    "på en mandag",
    "ein laurdag",
    "ti kilo i uka",
    # a shift and a school holiday have no hours or dates that are known here
    "forrige vakt",
    "førre vakt",
    "i starten av vakta",
    "på nattevakta",
    "En på natt har lest journalen",
    "siden høstferien",
    "etter vinterferien",
    "i siste time",
    "i siste minutt",
    # words of time that mean something else
    "i vår avdeling",
    "I vår kommune er det slik",
    "Vi har det i vår kalender",
    "Bilen våres er borte",
    "Sidan dei er freda",
    "17. mai-toget gikk som planlagt",
    "i host og snue",
    "Han drog ut sonda",
    "God jul og godt nyttår",
    "Mai og juni heter barna",
    "Han hadde nettopp fått avslag",
    "ut fra hans side vår",
    "i 2031",
    "i 1998",
    "i 2026-00042",
    "mellom 10 og 14 elever",
    "fra 8 til 11 personer",
    "fra ti til tolv barn",
    "2-3 dager",
    "1.-45. mars",
    "fra 30. til 31. februar",
    "Mai-Britt og April er på jobb",
    "5. trinn, gruppe 2, 7B",
    "organisasjonsnummer 987.654.321",
    "9999-99-99",
    "2026-13-45",
    "",
    " ",
    "🔥",
]


@pytest.mark.parametrize("marked", EXPRESSIONS)
def test_expression_is_found_and_resolved(marked: str) -> None:
    text = marked.replace("|", "")
    expected = marked.split("|")[1] if "|" in marked else text
    spans = find_times(text, FRIDAY)
    assert [text[span.start : span.end].strip(".") for span in spans] == [expected.strip(".")]
    begins, ends, grain = EXPRESSIONS[marked]
    assert (spans[0].begins, spans[0].ends, spans[0].grain) == (at(begins), at(ends), grain)


@pytest.mark.parametrize("text", NOT_TIMES)
def test_what_only_looks_like_a_time_is_left_alone(text: str) -> None:
    assert find_times(text, FRIDAY) == []


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(EXPRESSIONS) >= 250
    assert len(NOT_TIMES) >= 25


def test_two_events_stay_two() -> None:
    text = "i går kl 14 og i dag kl 8"
    assert [span.begins for span in find_times(text, FRIDAY)] == [
        at("2026-11-19T14:00"),
        at("2026-11-20T08:00"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mandag, tirsdag", ["mandag", "tirsdag"]),
        ("kl 8, kl 9", ["kl 8", "kl 9"]),
        ("i går kl 8, kl 9", ["i går kl 8", "kl 9"]),
        ("i går. Det var mye å gjøre kl 8", ["i går", "kl 8"]),
        ("i uke 33 kl 8", ["i uke 33", "kl 8"]),
        ("tirsdag og onsdag", ["tirsdag", "onsdag"]),
        ("I går – mandag – falt han", ["I går", "mandag"]),
        ("fra i fjor til klokka ti", ["i fjor", "klokka ti"]),
        ("i dag til kl 10", ["i dag", "kl 10"]),
        ("Siden, mandag, var det stille", ["mandag"]),
        ("for to dager siden mandag", ["for to dager siden", "mandag"]),
        ("på mandag mellom 10 og 14 elever", ["på mandag"]),
    ],
)
def test_only_a_day_with_its_own_clock_time_is_one(text: str, found: list[str]) -> None:
    assert [text[span.start : span.end] for span in find_times(text, FRIDAY)] == found


def test_filling_now_gives_way_to_the_real_time() -> None:
    spans = find_times("I går falt en elev. Han er hjemme nå.", FRIDAY)
    assert [span.begins for span in spans] == [at("2026-11-19")]


def test_the_message_time_may_be_in_any_zone() -> None:
    assert find_times("i dag", datetime(2026, 11, 19, 23, 30, tzinfo=timezone.utc))[0].begins == at(
        "2026-11-20"
    )


NIGHT = {
    "i natt": part("2026-11-19", 22, 30),
    "i kveld": part("2026-11-19", 17, 23),
    "i ettermiddag": part("2026-11-19", 12, 17),
    "i morges": part("2026-11-19", 5, 10),
    "i går": day("2026-11-19"),
    "klokka ett": point("2026-11-20T01:00"),
    "kl 23.30": point("2026-11-19T23:30"),
    "natt til fredag": part("2026-11-19", 22, 30),
    "for tre timer siden": point("2026-11-19T23:30"),
    "om kvelden": part("2026-11-19", 17, 23),
}


@pytest.mark.parametrize("text", NIGHT)
def test_at_half_past_two_in_the_night_the_evening_is_behind(text: str) -> None:
    span = find_times(text, at("2026-11-20T02:30"))[0]
    begins, ends, _ = NIGHT[text]
    assert (span.begins, span.ends) == (at(begins), at(ends))


def test_late_in_the_evening_the_night_before_is_meant() -> None:
    assert find_times("i natt", at("2026-11-20T22:30"))[0].begins == at("2026-11-19T22:00")
    assert find_times("i natt", at("2026-11-20T21:30"))[0].begins == at("2026-11-19T22:00")


@pytest.mark.parametrize(
    ("now", "text", "begins_utc", "ends_utc"),
    [
        # 29 March 2026: 02:00 becomes 03:00. The night has seven hours, the day 23.
        ("2026-03-29T08:00", "i natt", "2026-03-28T21:00", "2026-03-29T04:00"),
        ("2026-03-30T08:00", "i går", "2026-03-28T23:00", "2026-03-29T22:00"),
        ("2026-03-29T08:00", "for seks timer siden", "2026-03-29T00:00", "2026-03-29T00:00"),
        ("2026-03-29T08:00", "kl 01.30", "2026-03-29T00:30", "2026-03-29T00:30"),
        ("2026-03-29T08:00", "klokka fire i natt", "2026-03-29T02:00", "2026-03-29T02:00"),
        # 25 October 2026: 03:00 becomes 02:00. The night has nine hours, the day 25.
        ("2026-10-25T08:00", "i natt", "2026-10-24T20:00", "2026-10-25T05:00"),
        ("2026-10-26T08:00", "i går", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("2026-10-25T04:00", "for 3 timer siden", "2026-10-25T00:00", "2026-10-25T00:00"),
        ("2026-10-25T08:00", "for 7 timer siden", "2026-10-25T00:00", "2026-10-25T00:00"),
        ("2026-10-25T08:00", "kl 04.30", "2026-10-25T03:30", "2026-10-25T03:30"),
        ("2026-10-26T08:00", "i helga", "2026-10-23T22:00", "2026-10-25T23:00"),
        ("2026-03-29T08:00", "siste døgn", "2026-03-28T06:00", "2026-03-29T06:00"),
        ("2026-03-29T08:00", "mellom kl 1 og 4", "2026-03-29T00:00", "2026-03-29T02:00"),
        ("2026-10-25T08:00", "det siste døgnet", "2026-10-24T07:00", "2026-10-25T07:00"),
        ("2026-10-26T08:00", "fra lørdag til søndag", "2026-10-23T22:00", "2026-10-25T23:00"),
        ("2026-10-26T08:00", "siden lørdag", "2026-10-23T22:00", "2026-10-26T07:00"),
    ],
)
def test_clock_changes_are_kept_apart_from_elapsed_time(
    now: str, text: str, begins_utc: str, ends_utc: str
) -> None:
    span = find_times(text, at(now))[0]
    assert span.begins.astimezone(timezone.utc).isoformat()[:16] == begins_utc
    assert span.ends.astimezone(timezone.utc).isoformat()[:16] == ends_utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i går", day("2026-12-31")),
        ("31.12", day("2026-12-31")),
        ("nyttårsaften", day("2026-12-31")),
        ("første nyttårsdag", day("2027-01-01")),
        ("24. des", day("2026-12-24")),
        ("i desember", month("2026-12-01", "2027-01-01")),
        ("forrige måned", month("2026-12-01", "2027-01-01")),
        ("forrige uke", week("2026-12-21")),
        ("uke 53", week("2026-12-28")),
        ("uke 52", week("2026-12-21")),
        ("mandag", day("2026-12-28")),
        ("i natt", part("2026-12-31", 22, 30)),
        ("for 3 dager siden", day("2026-12-29")),
        ("3. mars i fjor", day("2026-03-03")),
        ("i fjor", month("2026-01-01", "2027-01-01")),
        ("i år", month("2027-01-01", "2028-01-01")),
        ("i vinter", month("2026-12-01", "2027-03-01")),
        ("sist vinter", month("2025-12-01", "2026-03-01")),
        ("i fjor vinter", month("2025-12-01", "2026-03-01")),
        ("i sommer", month("2026-06-01", "2026-09-01")),
        ("i fjor sommer", month("2026-06-01", "2026-09-01")),
        ("i jula", span("2026-12-24", "2026-12-27", "part")),
        ("ved nyttår", span("2026-12-31", "2027-01-02", "part")),
        ("i påska", span("2026-03-29", "2026-04-07", "week")),
        ("siden jul", span("2026-12-24", "2027-01-01T10:00", "week")),
        ("fra 30. desember til 1. januar", span("2026-12-30", "2027-01-02", "part")),
        ("siste halvår", span("2026-07-01", "2027-01-01T10:00", "month")),
        ("fra onsdag til fredag", span("2026-12-30", "2027-01-02", "part")),
        ("uke 51-52", span("2026-12-14", "2026-12-28", "week")),
    ],
)
def test_over_new_year(text: str, expected: tuple[str, str, str]) -> None:
    span = find_times(text, at("2027-01-01T10:00"))[0]
    assert (span.begins, span.ends, span.grain) == (at(expected[0]), at(expected[1]), expected[2])


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        ("2026-12-10T10:00", "i vinter", month("2026-12-01", "2027-03-01")),
        ("2026-12-10T10:00", "i fjor vinter", month("2025-12-01", "2026-03-01")),
        ("2026-12-10T10:00", "i jula", span("2025-12-24", "2025-12-27", "part")),
        ("2026-07-10T10:00", "sist sommer", month("2025-06-01", "2025-09-01")),
        ("2026-07-10T10:00", "i haust", month("2025-09-01", "2025-12-01")),
        ("2026-07-10T10:00", "andre halvår", month("2026-07-01", "2027-01-01")),
        ("2026-03-20T10:00", "i påska", span("2025-04-13", "2025-04-22", "week")),
        ("2026-04-03T10:00", "langfredag", day("2026-04-03")),
        ("2026-03-03T10:00", "1.-5. mars", span("2026-03-01", "2026-03-06", "part")),
        ("2028-02-29T10:00", "det siste året", span("2027-02-28", "2028-02-29T10:00", "month")),
        ("2026-03-31T10:00", "den siste måneden", span("2026-02-28", "2026-03-31T10:00", "month")),
        ("2026-11-20T02:30", "fra kl 22 til 02", part("2026-11-19", 22, 26)),
        ("2026-11-16T09:00", "i slutten av uka", span("2026-11-12", "2026-11-14", "part")),
    ],
)
def test_the_last_that_has_begun_is_meant(now: str, text: str, expected: tuple[str, str, str]) -> None:
    found = find_times(text, at(now))[0]
    assert (found.begins, found.ends, found.grain) == (at(expected[0]), at(expected[1]), expected[2])


# Letters that only a case-insensitive pattern takes for s, i and k: they were found and then not looked up.
@pytest.mark.parametrize("text", ["tirſdag", "ı dag", "KLOKKA sju \u212al 8", "İ dag og i går", "ſiden ǅ"])
def test_look_alike_letters_do_no_harm(text: str) -> None:
    for span in find_times(text, FRIDAY):
        assert text[span.start : span.end].strip()


def test_offsets_hold_after_letters_whose_lower_case_is_longer() -> None:
    text = "İİİ i går"
    assert [text[span.start : span.end] for span in find_times(text, FRIDAY)] == ["i går"]


def _fuzz_words() -> list[str]:
    words: list[str] = []
    for value in time_lexicon.lexicon().values():
        words += [str(item) for item in value]
    return [*words, "siden", "i", "på", "den", "og", "til", "🔥", "å", "Ås", "\n", "\u00a0", "ſ", "١٢", "²"]


def test_no_text_of_time_words_raises() -> None:
    random_of = random.Random(20261120)
    words = _fuzz_words()
    moments = [
        FRIDAY,
        at("2026-03-29T02:30"),
        at("2026-10-25T02:30"),
        at("2027-01-01T00:00"),
        at("2028-02-29T23:59"),
    ]
    found = 0
    for _ in range(4000):
        pieces = [
            random_of.choice(words)
            if random_of.random() < 0.7
            else "".join(random_of.choices("0123456789.:/- ", k=random_of.randint(1, 9)))
            for _ in range(random_of.randint(1, 9))
        ]
        text = random_of.choice(["", " "]).join(pieces)
        now = random_of.choice(moments)
        end = 0
        for span in find_times(text, now):
            found += 1
            assert end <= span.start < span.end <= len(text), text
            assert span.begins <= span.ends, text
            assert span.begins.tzinfo is OSLO, text
            assert span.grain in GRAINS, text
            end = span.end
    assert found > 2000


def test_every_pattern_is_bounded() -> None:
    # Without a repeat that has no end, one place of the text costs the same however long the text is.
    for kind, pattern in time_grammar.patterns():
        _, most_chars = sre_parse.parse(pattern.pattern).getwidth()
        assert most_chars <= 300, kind


@pytest.mark.parametrize(
    "unit",
    [
        "kl ",
        "på ",
        "ca ca. ",
        "natt til ",
        "i går kl 14 ",
        ":",
        "mandag-",
        "de siste ",
        "siden ",
        "jul ",
        " ",
    ],
)
def test_twenty_thousand_characters_are_read_to_the_end(unit: str) -> None:
    text = (unit * 20_000)[:20_000] + "\ni går"
    spans = find_times(text, FRIDAY)
    assert spans[-1].end == len(text)
    assert all(item.end <= later.start for item, later in pairwise(spans))


@pytest.mark.parametrize("content", [None, "days: [", "\tx: 1\n\t- :"])
def test_a_damaged_word_list_is_an_error_that_names_the_file(tmp_path, monkeypatch, content) -> None:
    path = tmp_path / "time.yml"
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr(time_lexicon, "LEXICON_PATH", path)
    time_lexicon.lexicon.cache_clear()
    try:
        with pytest.raises(ModelFileError, match=r"time\.yml"):
            time_lexicon.lexicon()
    finally:
        time_lexicon.lexicon.cache_clear()
