# SPDX-License-Identifier: Apache-2.0
"""What the ledger has, as the values of a card's records; and what a card brings back, as the ledger takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschencard import record_issue, records, recordwords
from groschencard.errors import CardError
from groschencard.tan import Window
from groschenhost.errors import InputError
from groschenhost.ledger.values import (
    CHARGES,
    CardKind,
    CardOrder,
    Charges,
    MeterReading,
    OrderNumbers,
    SettingsData,
    TanProof,
    TariffData,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschencard.codec import Row, Values
    from groschencard.keys import MeterKeys
    from groschencard.seal import Record
    from groschenhost.ledger.models import Order
    from groschenhost.ledger.values import Span

KINDS: Final = {
    CardKind.CUSTOMER: records.CUSTOMER,
    CardKind.SERVICE: records.SERVICE,
    CardKind.READOUT: records.READOUT,
}
"""Kinds of cards in the ledger, and in the identity."""

QUARTER_S: Final = 900
_NO_SPAN: Final = (records.NO_MINUTE, records.NO_MINUTE)
_TAN_WIDTH: Final = Window.KEPT + 1  # the highest counter and those kept below it


def identity(keys: MeterKeys, kind: CardKind, issued_day: int) -> Values:
    """Return the values of an identity of a meter in its life; issued_day is a day since 1970."""
    return {
        "format": records.FORMAT,
        "card": KINDS[kind],
        "utility": keys.utility,
        "serial": keys.serial,
        "issued_day": issued_day,
        "life": keys.life if keys.life > 1 else 0,
    }


def tariff(data: TariffData) -> Values:
    """Return the values of a tariff. Holidays that ended before the year in which it starts need no room."""
    year = 1970 + data.start_s // 31_556_952
    values: Values = {
        "start_quarter": data.start_s // QUARTER_S,
        "start_second": data.start_s % QUARTER_S,
        "base_gas": data.base_share[1],
        "base_water": data.base_share[2],
        "debt_gas": data.debt_share[1],
        "debt_water": data.debt_share[2],
        "flags": (records.CONTINUOUS if data.power_continuous else 0) | (records.YEARLY if data.power_yearly else 0),
        "workday": _spans(data.ht_workday),
        "saturday": _spans(data.ht_saturday),
        "sunday": _spans(data.ht_sunday),
        "holidays": [rule for rule in data.holidays if rule[4] >= year],
    }
    for name in recordwords.PRICES:
        values[name] = getattr(data, name)
    return values


def _spans(spans: Sequence[Span]) -> list[Row]:
    return [(start | end << records.SPAN_BITS,) for start, end in spans]


def contract(data: SettingsData, today: int) -> Values:
    """Return the values of a contract's settings; credit days before today, in days since 1970, need no room."""
    daily, weekend = data.daily or _NO_SPAN, data.weekend or _NO_SPAN
    span = data.span_s or (records.NO_QUARTER * QUARTER_S, records.NO_QUARTER * QUARTER_S)
    return {
        "daily_start": daily[0],
        "daily_end": daily[1],
        "weekend_start": weekend[0],
        "weekend_end": weekend[1],
        "span_quarter": span[0] // QUARTER_S,
        "span_second": span[0] % QUARTER_S,
        "span_end_quarter": span[1] // QUARTER_S,
        "span_end_second": span[1] % QUARTER_S,
        "limit_ueur": data.emergency_limit_ueur,
        "threshold_ueur": data.emergency_threshold_ueur,
        "warn_days": data.warn_days,
        "warn_ueur": data.warn_ueur,
        "flags": (records.CONFIRM if data.confirm_reconnect else 0) | (records.PAYGO if data.open_tokens else 0),
        "tan_digits": data.tan_digits,
        "credit_days": [(day,) for day in data.credit_days if day >= today],
        "billing_days": [(day,) for day in data.billing_days],
    }


def order(data: CardOrder, kind: CardKind) -> Values:
    """Return the values of an order, as cards of a kind carry it.

    A customer's has the totals of credit and debt, a technician's that of debt and the command: a clock is set
    when the technician is there, and a credit would end FREE.
    """
    customer = kind is CardKind.CUSTOMER
    word = None if customer else data.command
    argument = data.argument if word else 0
    clock = argument if word in recordwords.CLOCKS else 0
    return {
        "credit_number": data.credit_number if customer else 0,
        "credit_total_ueur": data.credit_total_ueur if customer else 0,
        "credit_ueur": data.credit_ueur if customer else 0,
        "debt_number": data.debt_number,
        "debt_total_ueur": data.debt_total_ueur,
        "command_number": data.command_number if word else 0,
        "command": recordwords.COMMANDS.index(word or "none"),
        "mode": argument if word in {"set_mode", "commission"} else 0,
        "quarter": clock // QUARTER_S,
        "second": clock % QUARTER_S,
    }


def too_much(tariff_data: TariffData, settings: SettingsData | None) -> list[str]:
    """Name what of a tariff or of its settings a card cannot carry; nothing where it fits."""
    found: list[str] = []
    for kind, values in (
        (records.TARIFF, tariff(tariff_data)),
        (records.CONTRACT, contract(settings or SettingsData(), 0)),
    ):
        room = records.RECORDS[kind][2] - records.HEAD - records.TAIL
        try:
            record_issue.padded(kind, record_issue.pack(kind, values), room)
        except CardError as error:
            found.append(str(error))
    return found


# -- back ------------------------------------------------------------------------------------------------


def reading(
    card: int, said: Record, report: Record | None, orders: Sequence[Order], raw: tuple[bytes, bytes]
) -> MeterReading:
    """Return what a card brings back: its acknowledgement, the report of the same exchange, and both as bytes."""
    by_number = {row.number: row for row in orders}
    credit, debt = (by_number.get(said.int(f"{what}_number")) for what in ("credit", "debt"))
    supply = said.int("supply")
    base = {
        "exchange": said.number,
        "card_number": card,
        "order_number": max(said.int("credit_number"), said.int("debt_number")),
        "credits_ueur": credit.credit_total_ueur if credit else 0,
        "debts_ueur": debt.debt_total_ueur if debt else 0,
        "refunds_ueur": said.int("refunds_ueur"),
        "balance_ueur": said.int("balance_ueur"),
        "debt_ueur": said.int("debt_ueur"),
        "at_s": said.int("quarter") * QUARTER_S + said.int("second"),
        "tariff_version": said.int("tariff"),
        "settings_number": said.int("contract"),
    }
    if report is not None:
        ht, nt = report.int("energy_ht"), report.int("energy_nt")
        base |= {"topups_ueur": report.int("topups"), "pulses": ht + nt, "pulses_ht": ht, "pulses_nt": nt}
    return MeterReading(
        **base,
        supply_on=bool(supply & records.SUPPLY_ON),
        mode=recordwords.MODES[supply & recordwords.MODE_BITS],
        charges=_charges(report) if report is not None else None,
        tans=_tans(said),
        numbers=OrderNumbers(said.int("credit_number"), said.int("debt_number"), said.int("command_number")),
        acknowledgement=raw[0],
        report=raw[1] if report is not None else b"",
    )


def _charges(report: Record) -> Charges:
    return Charges(**{account.value: report.int(account.value) for account in CHARGES})


def _tans(said: Record) -> TanProof | None:
    highest = said.int("tan_number")
    if not highest:
        return None
    return TanProof(highest=highest, used=said.int("tan_used") << 1 | 1, width=min(_TAN_WIDTH, highest))


def mode_number(word: str) -> int:
    """Return the number of a mode; InputError where there is none of that name."""
    if word.upper() not in recordwords.MODES:
        names = ", ".join(recordwords.MODES)
        raise InputError((f"{word}: Betriebsarten sind {names}", f"{word}: the modes are {names}"))
    return recordwords.MODES.index(word.upper())
