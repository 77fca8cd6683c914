# SPDX-License-Identifier: Apache-2.0
"""Every key that a scenario may hold: its name, its field on the tape, its parser, default and description.

The reader, `groschen sim new` and the documentation all take the keys from here.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from groschencard import recordwords
from groschensim.language import Text
from groschensim.profiles.table import PROFILES
from groschensim.scenario import times, values
from groschensim.scenario.values import Parser

REQUIRED: Final = object()
"""The default of a key that must be there."""
ABSENT: Final = object()
"""The default of a key without which something else holds."""

MODES: Final = {name: number for number, name in enumerate(recordwords.MODES)}
POWER_MODES: Final = {"periodic": 0, "continuous": 1}
POWER_PERIODS: Final = {"month": 0, "year": 1}

ENERGY_CT = 1_000
POWER_CT = 100_000
DAILY_CT = 100_000
MOST_EUR = 10_000

NO_SPANS: Final[list[str]] = []
NO_SHARES: Final = {"electricity": 100, "gas": 0, "water": 0}


@dataclass(frozen=True)
class Key:
    """One key: its default is a value as TOML holds it, its example the TOML text behind the equals sign."""

    name: str
    field: str
    parse: Parser
    default: object
    text: Text
    example: str


METER = (
    Key("serial", "serial", values.serial, REQUIRED, ("Zählernummer", "meter number"), '"1EBZ0100000001"'),
    Key(
        "imp_per_kwh",
        "imp_per_kwh",
        values.whole(100, 100_000),
        1_000,
        (
            "Zählerkonstante in Impulsen je kWh, 100 bis 100000",
            "meter constant in pulses per kWh, 100 to 100000",
        ),
        "1000",
    ),
    Key(
        "start",
        "start_s",
        times.instant,
        REQUIRED,
        ("Inbetriebnahme, zur vollen Minute", "commissioning, on a whole minute"),
        "2026-01-01T00:00:00+01:00",
    ),
    Key(
        "end",
        "end_s",
        times.instant,
        REQUIRED,
        ("Ende; was darauf fällt, geschieht nicht mehr", "end; what falls on it does not happen"),
        "2027-01-01T00:00:00+01:00",
    ),
    Key(
        "zone",
        "zone",
        values.zone,
        "Europe/Berlin",
        ("gesetzliche Zeit, oder ein fester Abstand wie +01:00", "legal time, or a fixed offset like +01:00"),
        '"Europe/Berlin"',
    ),
    Key(
        "balance_eur",
        "balance_ueur",
        values.euro(0, MOST_EUR),
        0,
        ("Anfangsguthaben in Euro, eine Aufladung zu Beginn", "opening credit in euro, a top-up at start"),
        "50.00",
    ),
    Key(
        "debt_eur",
        "debt_ueur",
        values.euro(0, MOST_EUR),
        0,
        ("Restschuld zu Beginn in Euro", "opening debt in euro"),
        "0.00",
    ),
    Key(
        "mode",
        "mode",
        values.choice(MODES),
        "CUSTOMER",
        ("Betriebsart: CUSTOMER, REFUND, FREE, LOCKED", "mode: CUSTOMER, REFUND, FREE, LOCKED"),
        '"CUSTOMER"',
    ),
    Key(
        "confirm_reconnect",
        "confirm_reconnect",
        values.flag,
        False,
        ("true: Wiedereinschalten erst mit confirm", "true: the supply waits for the event confirm"),
        "false",
    ),
)

TARIFF = (
    Key(
        "ht_ct_per_kwh",
        "ht_ueur_per_kwh",
        values.cent(ENERGY_CT),
        0,
        ("Preis HT in ct je kWh", "HT price in ct per kWh"),
        "31.89",
    ),
    Key(
        "nt_ct_per_kwh",
        "nt_ueur_per_kwh",
        values.cent(ENERGY_CT),
        0,
        ("Preis NT in ct je kWh", "NT price in ct per kWh"),
        "25.12",
    ),
    Key(
        "power_ct_per_kw",
        "power_ueur_per_kw",
        values.cent(POWER_CT),
        0,
        ("Leistungspreis in ct je kW und Zeitraum", "price of power in ct per kW and period"),
        "0",
    ),
    Key(
        "power_mode",
        "power_continuous",
        values.choice(POWER_MODES),
        "periodic",
        ("Leistung periodic oder continuous abrechnen", "charge power periodic or continuous"),
        '"periodic"',
    ),
    Key(
        "power_period",
        "power_yearly",
        values.choice(POWER_PERIODS),
        "month",
        ("Zeitraum der Leistung: month oder year", "period of the power: month or year"),
        '"month"',
    ),
    Key(
        "base_ct_per_day",
        "base_ueur_per_day",
        values.cent(DAILY_CT),
        0,
        ("Grundkosten in ct je Tag", "base rate in ct per day"),
        "39.45",
    ),
    Key(
        "base_share",
        "base_share",
        values.shares,
        NO_SHARES,
        ("Aufteilung der Grundkosten auf die Sparten in Prozent", "percentages of the base rate by division"),
        values.SHARES_EXAMPLE,
    ),
    Key(
        "debt_ct_per_kwh",
        "debt_ueur_per_kwh",
        values.cent(ENERGY_CT),
        0,
        ("Tilgung in ct je kWh", "debt paid off in ct per kWh"),
        "0",
    ),
    Key(
        "debt_ct_per_day",
        "debt_ueur_per_day",
        values.cent(DAILY_CT),
        0,
        ("Tilgung in ct je Tag", "debt paid off in ct per day"),
        "0",
    ),
    Key(
        "debt_share",
        "debt_share",
        values.shares,
        NO_SHARES,
        ("Aufteilung der Tagestilgung in Prozent", "percentages of the daily debt rate by division"),
        "{ electricity = 100, gas = 0, water = 0 }",
    ),
    Key(
        "ht_workday",
        "ht_workday",
        times.ht_spans,
        NO_SPANS,
        ("HT an Werktagen, bis zu vier Zeitspannen", "HT on workdays, up to four spans"),
        '["06:00-22:00"]',
    ),
    Key(
        "ht_saturday",
        "ht_saturday",
        times.ht_spans,
        NO_SPANS,
        ("HT an Samstagen", "HT on Saturdays"),
        '["06:00-13:00"]',
    ),
    Key(
        "ht_sunday",
        "ht_sunday",
        times.ht_spans,
        NO_SPANS,
        ("HT an Sonn- und Feiertagen", "HT on Sundays and holidays"),
        "[]",
    ),
    Key(
        "holidays",
        "holidays",
        times.holidays,
        "",
        ('Bundesland, Liste von Tagen oder ""', 'Bundesland, list of dates, or ""'),
        '"BY"',
    ),
)

CREDIT = (
    Key(
        "emergency_limit_eur",
        "emergency_limit_ueur",
        values.euro(0, MOST_EUR),
        0,
        ("Kreditrahmen in Euro", "emergency credit in euro"),
        "0",
    ),
    Key(
        "emergency_threshold_eur",
        "emergency_threshold_ueur",
        values.euro(0, MOST_EUR),
        Decimal("1.00"),
        ("ab diesem Guthaben zuschaltbar", "may be switched on at or below this balance"),
        "1.00",
    ),
    Key(
        "daily",
        "daily",
        times.daily_window,
        "",
        ("tägliche Kreditzeitspanne, auch über Mitternacht", "daily window, may pass midnight"),
        '"18:00-08:00"',
    ),
    Key(
        "weekend",
        "weekend",
        times.weekend_window,
        "",
        ("Wochenend- und Feiertagskreditzeit", "window over weekends and holidays"),
        times.WEEKEND_EXAMPLE,
    ),
    Key(
        "days",
        "days",
        times.credit_days,
        "",
        ("Kredittage, höchstens zehn im Kalenderjahr", "credit days, at most ten in a calendar year"),
        "[2026-12-24, 2026-12-31]",
    ),
    Key("span", "span", times.credit_span, "", ("Kreditspanne", "credit span"), times.SPAN_EXAMPLE),
)

LOAD = (
    Key(
        "csv",
        "csv",
        values.path_text,
        ABSENT,
        (
            "Datei mit den Spalten start,pulses, neben dem Szenario",
            "file of columns start,pulses, by the scenario",
        ),
        '"load.csv"',
    ),
    Key(
        "profile",
        "profile",
        values.choice({name: name for name in PROFILES}),
        ABSENT,
        (
            "oder ein Standardlastprofil: H0, G0 bis G6, L0 bis L2",
            "or a standard load profile: H0, G0-G6, L0-L2",
        ),
        '"H0"',
    ),
    Key(
        "kwh_per_year",
        "kwh_per_year",
        values.kwh,
        ABSENT,
        ("dazu der Jahresverbrauch in kWh", "and its consumption in kWh a year"),
        "3500",
    ),
)

SCHEMA: Final = {"meter": METER, "tariff": TARIFF, "credit": CREDIT, "load": LOAD}
"""The tables of a scenario in the order in which a person would write them; [[event]] follows."""

AT = Key(
    "at",
    "at_s",
    times.instant,
    REQUIRED,
    ("Zeitpunkt, jede ganze Sekunde", "instant, any whole second"),
    "2026-01-20T10:00:00+01:00",
)
EUR_TEXT = ("Betrag in Euro", "amount in euro")

EVENTS: Final[dict[str, tuple[Key, ...]]] = {
    "topup": (Key("eur", "eur", values.euro(0, MOST_EUR, above=True), REQUIRED, EUR_TEXT, "50.00"),),
    "tan": (Key("eur", "eur", values.whole_euro(1, 999), REQUIRED, EUR_TEXT, "20"),),
    "card": (),
    "debt": (Key("eur", "eur", values.euro(0, MOST_EUR, above=True), REQUIRED, EUR_TEXT, "120.00"),),
    "tariff": TARIFF,
    "credit": CREDIT,
    "emergency": (),
    "confirm": (),
    "mode": (Key("to", "to", values.choice(MODES), REQUIRED, ("neue Betriebsart", "new mode"), '"FREE"'),),
    "power_off": (),
    "power_on": (),
}
"""The kinds of events and their own keys; of tariff and credit, those that change."""

DO = Key(
    "do",
    "do",
    values.choice({kind: kind for kind in EVENTS}),
    REQUIRED,
    ("was geschieht", "what happens"),
    '"topup"',
)
