# SPDX-License-Identifier: Apache-2.0
"""Rows as JSON and as words: amounts in micro-euro, instants as ISO 8601 in UTC, spans as they are written."""

import json
from datetime import UTC, date, datetime, timedelta

from groschenhost.ledger.models import Card, Contract, Entry, Flashing, Meter, Order, PortReadingRow, Reading, Tan
from groschenhost.ledger.values import CHARGES, Balances, SettingsData, Span, TariffData

Document = dict[str, object]

_EPOCH_DAY = date(1970, 1, 1)


def instant(at_s: int | None) -> str | None:
    """Gives an instant as ISO 8601 in UTC."""
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(number: int) -> str:
    return (_EPOCH_DAY + timedelta(days=number)).isoformat()


def span(minutes: Span) -> str:
    """Gives a span of a day as HH:MM-HH:MM."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in minutes)


def meter(row: Meter) -> Document:
    """Gives a meter."""
    return {
        "serial": row.serial,
        "utility": row.utility.number,
        "imp_per_kwh": row.imp_per_kwh,
        "life": row.life,
        "key_generation": row.key_generation,
        "added": instant(row.made_s),
    }


def contract(row: Contract | None) -> Document | None:
    """Gives a contract."""
    return (
        None
        if row is None
        else {
            "account": row.account,
            "customer": row.customer.number,
            "name": row.customer.name,
            "address": row.customer.address,
            "tariff": row.tariff,
            "from": instant(row.from_s),
            "until": instant(row.until_s),
        }
    )


def card(row: Card) -> Document:
    """Gives a card."""
    return {
        "number": row.number,
        "life": row.life,
        "kind": row.kind.value,
        "chip": row.chip,
        "state": row.state.value,
        "deposit_ueur": row.deposit_ueur,
        "issued": instant(row.issued_s),
        "written": instant(row.written_s),
        "closed": instant(row.closed_s),
    }


def order(row: Order) -> Document:
    """Gives an order."""
    return {
        "number": row.number,
        "life": row.life,
        "kind": row.kind.value,
        "amount_ueur": row.amount_ueur,
        "command": row.command,
        "credit_total_ueur": row.credit_total_ueur,
        "debt_total_ueur": row.debt_total_ueur,
        "state": row.state.value,
        "issued": instant(row.issued_s),
    }


def tan(row: Tan) -> Document:
    """Gives a TAN's counter and what became of it; its digits only the key gives."""
    return {
        "counter": row.counter,
        "life": row.life,
        "eur": row.eur,
        "digits": row.digits,
        "state": row.state.value,
        "replaced_by": row.replaced_by,
        "issued": instant(row.issued_s),
    }


def reading(row: Reading | None) -> Document | None:
    """Gives a returned reading."""
    return (
        None
        if row is None
        else {
            "exchange": row.exchange,
            "life": row.life,
            "card": row.card_number,
            "received": instant(row.received_s),
            "balance_ueur": row.balance_ueur,
            "debt_ueur": row.debt_ueur,
            "topups_ueur": row.topups_ueur,
            "refunds_ueur": row.refunds_ueur,
            "charges_ueur": {account.value: getattr(row, account.value) for account in CHARGES}
            if row.complete
            else None,
            "pulses": {"total": row.pulses, "ht": row.pulses_ht, "nt": row.pulses_nt},
            "mode": row.mode,
            "supply_on": row.supply_on,
            "booked": row.booked,
        }
    )


def flashing(row: Flashing) -> Document:
    """Gives what was flashed onto a board."""
    return {
        "at": instant(row.at_s),
        "desk": row.desk,
        "life": row.life,
        "kind": row.kind.value,
        "board": row.board,
        "machine": row.machine,
        "micropython": row.micropython,
        "release": row.release,
        "digest": row.digest,
        "layout": row.layout,
        "key_generation": row.generation,
        "self_test": json.loads(row.self_test),
        "answered": row.answered,
    }


def port_reading(row: PortReadingRow | None) -> Document | None:
    """Gives what a meter said at its service port."""
    return (
        None
        if row is None
        else {
            "received": instant(row.at_s),
            "desk": row.desk,
            "life": row.life,
            "meter_time": row.meter_time,
            "firmware": row.firmware,
            "energy_wh": row.energy_wh,
            "ht_wh": row.ht_wh,
            "nt_wh": row.nt_wh,
            "balance_ueur": row.balance_ueur,
            "debt_ueur": row.debt_ueur,
        }
    )


def balances(held: Balances) -> Document:
    """Gives a meter's accounts."""
    return {
        "prepayment_ueur": held.prepayment,
        "deposit_ueur": held.deposit,
        "refund_ueur": held.refund,
        "debt_ueur": held.debt,
        "credit_issued_ueur": held.issued,
        "credit_acknowledged_ueur": held.acknowledged,
    }


def tariff(data: TariffData) -> Document:
    """Gives a tariff."""
    return {
        "version": data.version,
        "name": data.name,
        "start": instant(data.start_s),
        "ht_ueur_per_kwh": data.ht_ueur_per_kwh,
        "nt_ueur_per_kwh": data.nt_ueur_per_kwh,
        "power_ueur_per_kw": data.power_ueur_per_kw,
        "power_mode": "continuous" if data.power_continuous else "periodic",
        "power_period": "year" if data.power_yearly else "month",
        "base_ueur_per_day": data.base_ueur_per_day,
        "base_share": list(data.base_share),
        "debt_ueur_per_kwh": data.debt_ueur_per_kwh,
        "debt_ueur_per_day": data.debt_ueur_per_day,
        "debt_share": list(data.debt_share),
        "ht_workday": [span(item) for item in data.ht_workday],
        "ht_saturday": [span(item) for item in data.ht_saturday],
        "ht_sunday": [span(item) for item in data.ht_sunday],
        "holidays": data.land or [list(rule) for rule in data.holidays],
    }


def settings(data: SettingsData | None) -> Document | None:
    """Gives a contract's settings."""
    return (
        None
        if data is None
        else {
            "emergency_limit_ueur": data.emergency_limit_ueur,
            "emergency_threshold_ueur": data.emergency_threshold_ueur,
            "confirm_reconnect": data.confirm_reconnect,
            "warn_days": data.warn_days,
            "warn_ueur": data.warn_ueur,
            "tan_digits": data.tan_digits,
            "open_tokens": data.open_tokens,
            "daily": data.daily and span(data.daily),
            "weekend": data.weekend and span(data.weekend),
            "span": data.span_s and [instant(edge) for edge in data.span_s],
            "days": [_day(number) for number in data.credit_days],
            "billing_dates": [_day(number) for number in data.billing_days],
        }
    )


def entry(row: Entry) -> Document:
    """Gives a booking."""
    return {
        "number": row.id,
        "at": instant(row.at_s),
        "kind": row.kind.value,
        "reference": row.reference,
        "desk": row.desk,
        "lines": [{"account": line.account, "amount_ueur": line.amount_ueur} for line in row.lines],
    }
