"""Personal data in messages: numbers, addresses and people are found, and what only looks like them is not.

In the tables what must be found stands in brackets: `[p:Kari]` person, `[n:...]` national id, `[t:...]`
telephone, `[e:...]` e-mail, `[k:...]` account. Everything else in the sentence must be left alone.
"""

from __future__ import annotations

import random
import re
import time
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from stdnum.no import fodselsnummer, kontonr

from nlu.components.norwegian_tokenizer import NorwegianTokenizer
from nlu.components.personal_data_detector import PersonalDataDetector
from nlu.core import person_names
from nlu.core.errors import ModelFileError
from nlu.core.personal_data import PERSONAL_DATA_TYPES, PersonalData, find_personal_data

KINDS = {"p": "person", "n": "national_id", "t": "phone", "e": "email", "k": "account_number"}
MARK = re.compile(r"\[([pntek]):([^\]]*)\]")

PEOPLE = """
[p:Kari] falt på glatta utenfor skolen i går
I går falt [p:Kari Nordmann] i trappa på Solbakken
Fru [p:Hansen] fikk feil medisin til kvelds
Fikk beskjed av [p:Ola Bergli] om at heisen står
Pasienten [p:Trygve Olsen] ble liggende på gulvet i to timer
Eleven [p:Mohammed] slo [p:Jonas] i friminuttet
Ho [p:Kari] på lønn har slutta
han [p:Per] fekk feil tablettar
a [p:Kari] va ikkje på jobb i dag
n [p:Ola] datt i trappa
Ringte [p:Anne-Marie Hansen-Dahl] og sa ifra
[p:Kari B. Hansen] meldte ifra om lekkasjen
Det var [p:K. Hansen] som låste døra
Det var [p:Kari B.] som låste
[p:Kari]s mor ringte og var sint
[p:Hansen]s rom var ikke låst
Boka til [p:Lars] ble borte, og [p:Lars]' mor er sint
snakka med [p:kari] i går om turnusen
[p:ingrid hansen] fikk ikke frokost
vi fant [p:torbjørn] på badet
fru [p:olsen] fikk ti ganger for mye
sa fra til [p:hansen] på vakt
Sykepleier [p:Berit] hadde vakt
Avdelingssykepleier [p:Gro Lunde] vet om det
Sjefen [p:Odd] nekter å høre
Kollegaen [p:Bjørn] ble truet
Legen [p:Stein Berg] kom ikke
Doktor [p:Fjell] skrev ut feil resept
Herr [p:Strand] gikk ut i pysj
Rektor [p:Liv Solbakken] er varslet
Naboen [p:Vår Haugen] så det
Jeg og [p:Odd] løftet henne opp
Da [p:Liv] kom på vakt var det tomt
I dag tok [p:Rose] telefonen
Vi ba [p:Bo] om hjelp
[p:Per] sa at døra sto åpen
[p:Odd] fikk stå alene ute
[p:Per Hansen] sto igjen
[p:Dag Solberg] er ny leder
[p:Even Haugland] er klassekontakt
[p:Per] og [p:Kari] var på vakt
[p:Hans] skulle ha insulin
Brukeren [p:Fatuma Abdi] fikk ikke tolk
[p:Abdirahman Mohamud] har klaget
[p:Katarzyna Kowalska] kuttet seg på kniven
[p:Agnieszka] i renhold skled
Renholder [p:Jurgita Petrauskas] fikk etsende middel i øyet
Flyktningen [p:Oleksandr Kovalenko] mistet papirene
Vikaren [p:Olena] visste ikke om rutinen
[p:Tesfay Ghebremedhin] fekk feil dose
[p:Selamawit] har slutta
[p:Nguyen Thi Lan] ble ikke hentet
[p:Sivakumar Rajendran] meldte fra
[p:Ayesha Khan] ble spyttet på
[p:Mehmet Yilmaz] kjørte bussen
[p:Berivan] sa at barnet var alene
[p:Fatemeh Hosseini] ventet i tre timer
[p:Maricel Santos] på natt
[p:Somchai] på kjøkkenet brant seg
[p:Áilu Gaup] fikk ikke samisk tolk
[p:Risten] og [p:Máret Buljo] var vitner
[p:Biret-Ánne] er syk
[p:Gunnbjarne Hansen] svarte ikke
Møte med [p:Gunnbjarne Olsen] i morgen
Møte med [p:Sigbjørnulf Kristiansen] kl 10
Da [p:Zorvan] nektet, ringte vi legen
Elev [p:Xanthe] beit ein vaksen
Eg snakka med [p:Turid] og [p:Åse] om det
[p:Jorunn] har ikkje fått svar
Mora til [p:Emil] ringde
Det var [p:Ragnhild Tveit] som fann han
Me såg at [p:Øystein] hadde feber
Journalen til [p:Solveig Myklebust] låg open
Bror til [p:Sigurd] truga meg
Kontaktperson er [p:Arvid Holte], han er på ferie
Mvh [p:Silje Aune]
Med vennlig hilsen
[p:Torill Vik]
Hilsen [p:Kjersti]
Jeg heter [p:Live Strømme]
Navnet mitt er [p:Camilla Nygård]
Til [p:Hilde]: ring meg
[p:Hansen, Kari] sto på lista
[p:Ola van der Berg] er styrer
Æ snakka me [p:Svein] på vaktrommet
Ho [p:Borghild] klarar ikkje å kle på seg
hu [p:Laila] sa det va greit
ka skjedde me [p:Mona]?
Sønnen hans, [p:Ali], ble hentet for seint
[p:Ali Hassan] fikk ikke medisin
Barnet [p:Mai] ble glemt på do
Tante [p:Bjørg] kom på besøk
Vaktmester [p:Rune] har nøkkelen
To elever, [p:Noah] og [p:Emma], sloss
[p:Ida] (8) falt ned fra klatrestativet
«[p:Ingrid] er dum», ropte han
[p:Jan Erik] og [p:Tor Inge] låste seg ute
Bilen [p:Kari] kjørte hadde dårlige dekk
Nøkkelen til [p:Kari]s leilighet er borte
Rommet til [p:Anne Grete Sæther] ble ikke vasket
[p:Siv] er i permisjon
Kollega [p:Storm Vik] fikk støt
Assistenten [p:Sol] løftet feil
pasient [p:Nilsen] falt
beboar [p:Aslaug] fekk ikkje mat
Fikk sms fra [p:Wenche] klokka 21
Overlege [p:Nguyen] svarte ikke
Snakk med [p:Roger i] resepsjonen
Vedtaket til [p:Jensen] havnet hos [p:Johansen]
Sjukepleiar [p:Nguyễn Thị Hoa] er vikar
Elev i 7B, [p:Sander Lie], ble sparket av [p:Tobias Moe]
Barnevernet v/[p:Monica Hauge] er varslet
[p:ANNA HANSEN] FALT I GANGEN I DAG KLOKKA TO
[p:Zeynep]'s mobil ble stjålet
kollega [p:mohammed] ble slått
Meldt av [p:Rose] og [p:Sol]
Kontaktet pårørende (datter [p:Anne Lise])
Ansvarlig leder [p:Hege Marie Dybvik] er orientert.
Statsråd [p:Tonje Brenna] besøkte oss
[p:Anders Behring Olsen] søkte jobb
"""
PEOPLE = PEOPLE.replace("[p:Hansen, Kari]", "[p:Hansen], [p:Kari]").replace("[p:Roger i]", "[p:Roger] i")

NOBODY = """
Takheisen på rom 12 på Solbakken røk i natt
Kari Trestakk barnehage har stengt i dag
Strømmen gikk i Haakon VIIs gate 3
Vi holder til i Olav Tryggvasons gate
Vannlekkasje i Ole Bulls plass 4
Bussen stoppet i Henrik Ibsens gate
Hansen & Sønner AS leverte feil rør
Olsen og Sønner AS har ikke levert
Visma er nede igjen
Vi kommer ikke inn i Gerica
Logget inn i Teams og Outlook uten at det virket
Villa Solveig trenger nytt tak
Vi feirer St. Hans på stranda
Nordahl Grieg videregående skole har stengt gymsalen
Amalie Skram vgs er varslet
Brødrene Dahl kom med feil pumpe
Taket i Marie Føreids vei lekker
Rotter i kjelleren på Haugen skole
Snøen ligger på Moen
Olje i bekken ved Lia
Dag og natt har alarmen pepet
Per i dag mangler vi tre vikarer
Per uke har vi to avvik
Odd at ingen sa noe
Liv og lære er to ting
Stein falt ned fra taket
Storm har revet løs taket
Bjørn er observert ved barnehagen
Sol i øynene gjorde at jeg kjørte av veien
Vår i lufta og is på taket
Rose ble knust i gangen
Even strøm var det ikke
Bo- og aktivitetssenteret er stengt
Knut på tauet løsnet
Gro igjen vil såret ikke
Endre status på saken til lukket
Finn saken fra i fjor
Vis åpne saker
Hans bil sto i veien
Tom flaske lå på gulvet
Stig ned fra taket nå
I mai og juni var det mye støy
Møtet er 17. Mai
Vi hadde kurs i August 2025
Mandag og tirsdag var det ingen på vakt
Brukeren falt ut av senga
Pasienten fikk feil medisin
NAV svarer ikke på brev
Fjordvik kommune har ikke svart
Legen kom ikke før fredag
Hun sa at det gjorde vondt
Dei fekk ikkje mat på Åsheim sjukeheim
Eit anna barn fekk eplet
Kom saman i gymsalen
Eg veit ikkje kor dei var
Helga var travel på sjukeheimen
Klara å løfte han sjølv gjekk ikkje
Har du tone på lur
vi satt på rose gardiner i stua
det var odd antall tabletter
ha det på badet
den gikk i stykker per i dag
Alarmen på Furulia sykehjem peip
EVA hang seg opp
Fikk Paracet i stedet for Marevan
Ambulansen kom fra Bergen
Alzheimer er vanskelig
Ekstremværet Hans tok taket
Hunden Bella beit meg
Kafé Solveig serverte gammel fisk
Hansens gate er ikke brøytet
Møterom Liv er opptatt
Firmaet Andersen Elektro AS gjorde jobben
Larsen Transport kjørte i grøfta
Berg og dal hele veien
Haugen er glatt
Dalen og Viken er uten strøm
Avdeling Nord har ikke folk
Det er skader på Lund bru
Pr. Oslo-modellen skal vi melde fra
Skriv til postmottaket
JEG ER SÅ LEI AV AT INGEN HØRER
Å nei, ikke igjen
A-preparatene stemte ikke
Hvor mange avvik er det i Sola kommune
Bruker Microsoft Word hver dag
"""

NUMBERS = """
Fødselsnummeret [n:{fnr}] lå åpent
fnr [n:{fnr_space}] sto på lappen
Sendt til [n:{fnr_hyphen}] ved en feil
Pasient [n:{fnr_dots}] fikk feil dose
Sto på lista med 120348 i starten: [n:120348-12345]
({fnr_b})
[n:{dnr}] er D-nummeret
Tenor: [n:{tenor}]
Dolly: [n:{dolly}]
Født i forrige århundre: [n:{old}]
Ikke født ennå: [n:{future}]
[n:{fnr_year}] med helt årstall
pnr:[n:{fnr}],
fødselsnummer [n:01019012345] er feil tastet
personnummeret hans er [n:010190 12346]
personnummer [n:12346] sto på tavla
Fnr. [n:0101901234] mangler et siffer
Kontonummer [k:{account}] fikk feil lønn
Betal til [k:{account_dots}] innen fredag
Konto: [k:{account_space}]
IBAN [k:NO9386011117947]
Utbetalt til kontonummer [k:{both}]
Hun har [n:{both}] i systemet
ring [t:91234567] nå
tlf. [t:22 86 55 00] svarer ikke
[t:+47 912 34 567] er nummeret mitt
Ring [t:004791234567]
mob:[t:912 34 567]
Jeg nås på [t:48 12 34 56] etter kl 15
telefon [t:12 34 56 78]
Svensk nummer [t:+46 70 123 45 67]
[t:(+47) 91234567]
To nummer: [t:91 23 45 67] og [t:98765432].
91234567
Nummeret er [t:912-34-567]
tlf: [t:55 12 34 56] / [t:91 23 45 67]
Heisen står. [t:40012345] er nummeret mitt
kontakt [e:kari.nordmann(at)fjordvik.no]
Skriv til [e:kari.hansen@fjordvik.kommune.no].
Sendt til [e:ola+test@gmail.com], feil person
<[e:per_olsen@skole.no]>
[e:bjørn.ås@ålesund.kommune.no] fikk brevet
mailto:[e:a@b.no]?subject=hei
Min e-post: [e:KARI@FJORDVIK.NO]!
e-post [e:kari @ fjordvik.no]
"""
NO_NUMBERS = """
Personløfter 40012345 er ødelagt
Pumpe nr. 22334455 lekker
Journal 2024-00123456
kari.docx og ola_hansen.pdf ligger åpent
Sak 2026-00042 er lukket
Se 2026-00042 og 2025-01822
Org.nr. 974 760 673
organisasjonsnummer 974760673 står på brevet
Det kostet 12 345 678 kr
Beløpet er 41 234 567 kroner
kr 41 234 567 er brukt
5003 Bergen og 6800 Førde
Møtet er 22.11.2024 kl 14.30
22112024 sto det på boksen
Mellom 12.30-14.00 var det tomt
21.15 - 22.30 var det støy
Rom 2114 og 2115
Ring 113 nå
Ring 116117 for legevakt
eiendel 40012345 er ødelagt
Serienummer 91234567 på heisen
inventarnr. 40 01 23 45
fakturanr 98765432
11 23 58 13 21
Posisjon 59.123456, 10.123456
Versjon 192.168.10.12
Ordre 4001234
12345678901234567890
Prisen er 99,90 per stk
EAN 7038010101903
Avvik nr 12345
Vi er 10 000 ansatte
Skriv til @kari på Teams
20-30 barn, 5 voksne
{bad_id} er bare en rad sifre
1234.56.78900 er ikke en konto
"""


def with_check_digits(nine: str) -> str | None:
    number = nine + fodselsnummer.calc_check_digit1(nine)
    number += fodselsnummer.calc_check_digit2(number)
    return number if len(number) == 11 else None


def national_id(date: str, serial: int = 123) -> str:
    """Return a number with right check digits; each is also a valid account number."""
    for step in range(800):
        number = with_check_digits(f"{date}{(serial + step) % 1000:03}")
        if number:
            return number
    raise AssertionError(date)


def account_number(start: str = "1234567890") -> str:
    for step in range(40):
        ten = f"{int(start) + step:010}"
        for digit in "0123456789":
            number = ten + digit
            if kontonr.is_valid(number) and not fodselsnummer.is_valid(number):
                return number
    raise AssertionError(start)


def values() -> dict[str, str]:
    fnr = national_id("010190")
    account = account_number()
    return {
        "fnr": fnr,
        "fnr_b": f"[n:{fnr}]",
        "fnr_space": f"{fnr[:6]} {fnr[6:]}",
        "fnr_hyphen": f"{fnr[:6]}-{fnr[6:]}",
        "fnr_dots": f"{fnr[:2]}.{fnr[2:4]}.{fnr[4:6]}-{fnr[6:]}",
        "fnr_year": f"{fnr[:2]}.{fnr[2:4]}.1990 {fnr[6:]}",
        "dnr": national_id("410190"),
        "tenor": national_id("018190"),
        "dolly": national_id("014190"),
        "old": national_id("150360", 550),
        "future": national_id("150335", 950),
        "account": account,
        "account_dots": f"{account[:4]}.{account[4:6]}.{account[6:]}",
        "account_space": f"{account[:4]} {account[4:6]} {account[6:]}",
        "both": national_id("020285"),
        "bad_id": next(
            number
            for number in (f"0101901234{digit}" for digit in "0123456789")
            if not kontonr.is_valid(number) and not fodselsnummer.is_valid(number)
        ),
    }


def rows(table: str) -> list[str]:
    return [line for line in table.strip().splitlines() if line]


def filled(table: str) -> list[str]:
    return rows(table.format(**values()))


def marked(row: str) -> tuple[str, list[PersonalData]]:
    """Return the sentence without brackets and what they say."""
    text, found, end = "", [], 0
    for match in MARK.finditer(row):
        text += row[end : match.start()]
        found.append(PersonalData(KINDS[match[1]], len(text), len(text) + len(match[2])))
        text += match[2]
        end = match.end()
    return text + row[end:], found


def shown(text: str, found: list[PersonalData]) -> list[tuple[str, str]]:
    return [(item.type, text[item.start : item.end]) for item in found]


@pytest.mark.parametrize("row", [*rows(PEOPLE), *rows(NOBODY)])
def test_people(row: str) -> None:
    text, wanted = marked(row)
    assert shown(text, find_personal_data(text)) == shown(text, wanted)


@pytest.mark.parametrize("row", [*filled(NUMBERS), *filled(NO_NUMBERS)])
def test_numbers_and_addresses(row: str) -> None:
    if row.isdigit() and len(row) == 8:
        row = f"[t:{row}]"
    text, wanted = marked(row)
    assert shown(text, find_personal_data(text)) == shown(text, wanted)


def test_tables_are_large_enough() -> None:
    assert len(rows(PEOPLE) + rows(NOBODY) + rows(NUMBERS) + rows(NO_NUMBERS)) >= 150


@pytest.mark.parametrize("form", ["{}", "{} ", "fnr{}", "({})", "nr. {}.", "{}, født i fjor"])
def test_every_valid_birth_number_is_found(form: str) -> None:
    chance = random.Random(form)
    for _ in range(300):
        day, month = chance.randint(1, 28), chance.randint(1, 12)
        day += chance.choice([0, 0, 40])
        month += chance.choice([0, 0, 40, 65, 80])
        number = national_id(f"{day:02}{month:02}{chance.randint(0, 99):02}", chance.randint(0, 999))
        text = form.format(number)
        assert ("national_id", number) in shown(text, find_personal_data(text)), text


@pytest.mark.parametrize("form", ["{0}{1}{2}{3}", "{0} {1} {2} {3}", "+47{0}{1}{2}{3}", "{0}{1} {2}{3}"])
def test_mobile_numbers_are_found_however_they_are_grouped(form: str) -> None:
    chance = random.Random(form)
    for _ in range(200):
        pairs = [f"{chance.choice([90, 91, 92, 93, 95, 97, 98, 99, 41, 45, 46, 47, 48])}"]
        pairs += [f"{chance.randint(0, 99):02}" for _ in range(3)]
        text = f"Ring meg på {form.format(*pairs)} i kveld"
        assert [item.type for item in find_personal_data(text)] == ["phone"], text


def test_spans_refer_to_the_text_as_given() -> None:
    text = unicodedata.normalize("NFD", "Bjørnår så at Åse Håland på Ås ringte 91234567, kåre@ås.no")
    assert not unicodedata.is_normalized("NFC", text)
    found = shown(text, find_personal_data(text))
    people = [unicodedata.normalize("NFC", value) for kind, value in found if kind == "person"]
    assert "Åse Håland" in people
    assert ("phone", "91234567") in found
    assert [unicodedata.normalize("NFC", value) for kind, value in found if kind == "email"] == ["kåre@ås.no"]


def test_spans_are_sorted_and_apart() -> None:
    text = "Kari Hansen, kari.hansen@x.no, 91234567 og Ola Olsen 010190 12345 fnr 01019012345"
    found = find_personal_data(text)
    assert len(found) >= 5
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert {item.type for item in found} <= set(PERSONAL_DATA_TYPES)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a",
            "1",
            "@",
            "1 ",
            "Kari ",
            "kari",
            "A.",
            "91234567 ",
            "+47 9",
            "a@",
            "a.",
            "1-1/",
            "K. ",
            "-",
            "''",
        ),
        *(
            "\u0301",
            "A\u030a",
            "\ud800",
            "(",
            "Kari-",
            "01.",
            "NO93 ",
            "hansen og ",
            "Kari & ",
            "a@b.",
            "\n",
            "0",
        ),
        *("Xqzw ", "Hansen AS ", "fnr 12345 ", "\U0001f525", "\u0660", "kari (at) "),
    ],
)
def test_no_input_raises_or_takes_long(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    began = time.perf_counter()
    found = find_personal_data(text)
    assert time.perf_counter() - began < 3
    assert all(0 <= item.start < item.end <= len(text) for item in found)


def test_random_input_never_raises() -> None:
    chance = random.Random(7)
    alphabet = "aKå Øs.,-'\u2019@+()/:0149\n\t\u030a\u0301\ud83d\ude00&\u00a0"
    words = ["Kari", "hansen", "fnr", "tlf", "konto", "St.", "AS", "gate", "ho", "fru", "og", "B."]
    for _ in range(1500):
        text = "".join(chance.choice([*alphabet, *words]) for _ in range(chance.randint(0, 60)))
        for item in find_personal_data(text):
            assert 0 <= item.start < item.end <= len(text)


@pytest.mark.parametrize(
    ("name", "least"), [("first_names", 1250), ("surnames", 700), ("word_names", 100), ("person_words", 200)]
)
def test_lists_are_as_long_as_promised(name: str, least: int) -> None:
    assert len(person_names.listed(name)) >= least


def test_groups_of_first_names() -> None:
    groups = yaml.safe_load(person_names.LEXICON_PATH.read_text(encoding="utf-8"))["first_names"]
    sizes = {group: len(set(names.split())) for group, names in groups.items()}
    norwegian = sizes.pop("women") + sizes.pop("men")
    assert norwegian >= 900
    assert sizes.pop("sami") >= 80
    assert sum(sizes.values()) >= 350


def test_damaged_lexicon_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "names.yml"
    damaged.write_text("a: [", encoding="utf-8")
    monkeypatch.setattr(person_names, "LEXICON_PATH", damaged)
    with pytest.raises(ModelFileError):
        person_names.lexicon.__wrapped__()


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> PersonalDataDetector:
    context = ExecutionContext(GraphSchema({}), node_name="x")
    storage = LocalModelStorage(tmp_path_factory.mktemp("x"))
    return PersonalDataDetector.create({}, storage, Resource("x"), context)


def output_of(detector: PersonalDataDetector, text: str | None) -> dict[str, Any]:
    message = Message({"text": text} if text is not None else {})
    assert detector.process([message]) == [message]
    return message.as_dict(only_output_properties=True)


def test_component_adds_places_without_values(detector: PersonalDataDetector) -> None:
    text = "Kari Hansen, tlf 91234567"
    spans = output_of(detector, text)["personal_data"]
    assert spans == [
        {"type": "person", "start": 0, "end": 11},
        {"type": "phone", "start": 17, "end": 25},
    ]


@pytest.mark.parametrize("text", ["", None, "Takheisen røk"])
def test_component_says_so_when_there_is_nothing(detector: PersonalDataDetector, text: str | None) -> None:
    assert output_of(detector, text)["personal_data"] == []


def test_component_needs_tokens_and_no_settings() -> None:
    assert PersonalDataDetector.required_components() == [NorwegianTokenizer]
    assert PersonalDataDetector.get_default_config() == {}
