# SPDX-License-Identifier: Apache-2.0
"""Tariffs and contract settings, as rows and as the plain values that files and cards have."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from groschenhost.ledger import masters
from groschenhost.ledger.errors import ConflictError, NotFoundError
from groschenhost.ledger.journal import Desk
from groschenhost.ledger.models import (
    Meter,
    MeterSettings,
    Settings,
    SettingsDay,
    Tariff,
    TariffHoliday,
    TariffSpan,
    Utility,
)
from groschenhost.ledger.values import SettingsData, Span, TariffData

_PLAIN: Final = (
    "name",
    "version",
    "start_s",
    "ht_ueur_per_kwh",
    "nt_ueur_per_kwh",
    "power_ueur_per_kw",
    "power_continuous",
    "power_yearly",
    "base_ueur_per_day",
    "debt_ueur_per_kwh",
    "debt_ueur_per_day",
    "land",
)
"""What a row and a value call by the same name."""
_PLAIN_SETTINGS: Final = (
    "emergency_limit_ueur",
    "emergency_threshold_ueur",
    "confirm_reconnect",
    "warn_days",
    "warn_ueur",
    "tan_digits",
    "open_tokens",
)


def add_tariff(session: Session, desk: Desk, owner: Utility, data: TariffData, settings: SettingsData | None) -> Tariff:
    """Adds a tariff; the same again is no error.

    ConflictError where the version is taken, or is lower than the newest of its name: no meter would take it any more.
    """
    taken = session.scalar(select(Tariff).where(Tariff.utility_id == owner.id, Tariff.version == data.version))
    if taken is not None:
        if (tariff_data(taken), tariff_settings(session, taken)) == (data, settings):
            return taken
        raise ConflictError(
            (
                f"Version {data.version} gibt es schon, mit anderem Inhalt ({taken.name}); {_free(session, owner)[0]}",
                f"Version {data.version} exists with another content ({taken.name}); {_free(session, owner)[1]}",
            )
        )
    newest = newest_of(session, owner, data.name)
    if newest is not None and newest.version > data.version:
        raise ConflictError(
            (
                f"{data.name} ist bei Version {newest.version}, Zähler nehmen keine ältere; {_free(session, owner)[0]}",
                f"{data.name} is at version {newest.version}; no meter takes an older one; {_free(session, owner)[1]}",
            )
        )
    added = _tariff_row(owner, data, add_settings(session, owner, settings).id if settings else None, desk.now_s)
    session.add(added)
    session.flush()
    return added


def _free(session: Session, owner: Utility) -> tuple[str, str]:
    newest = newest_of(session, owner, None)
    free = newest.version + 1 if newest else 1
    return f"frei ist {free}", f"{free} is free"


def _tariff_row(owner: Utility, data: TariffData, settings_id: int | None, now_s: int) -> Tariff:
    row = Tariff(
        utility_id=owner.id,
        settings_id=settings_id,
        made_s=now_s,
        base_electricity=data.base_share[0],
        base_gas=data.base_share[1],
        base_water=data.base_share[2],
        debt_electricity=data.debt_share[0],
        debt_gas=data.debt_share[1],
        debt_water=data.debt_share[2],
        spans=[
            TariffSpan(day_type=day_type, position=position, start=start, end=end)
            for day_type, spans in enumerate((data.ht_workday, data.ht_saturday, data.ht_sunday))
            for position, (start, end) in enumerate(spans)
        ],
        holidays=[
            TariffHoliday(position=position, kind=kind, a=a, b=b, first_year=first, last_year=last)
            for position, (kind, a, b, first, last) in enumerate(data.holidays)
        ],
    )
    for name in _PLAIN:
        setattr(row, name, getattr(data, name))
    return row


def tariff_data(row: Tariff) -> TariffData:
    """Gives a tariff as a plain value."""
    by_day: list[list[Span]] = [[], [], []]
    for span in row.spans:
        by_day[span.day_type].append((span.start, span.end))
    return TariffData(
        **{name: getattr(row, name) for name in _PLAIN},
        base_share=(row.base_electricity, row.base_gas, row.base_water),
        debt_share=(row.debt_electricity, row.debt_gas, row.debt_water),
        ht_workday=tuple(by_day[0]),
        ht_saturday=tuple(by_day[1]),
        ht_sunday=tuple(by_day[2]),
        holidays=tuple((rule.kind, rule.a, rule.b, rule.first_year, rule.last_year) for rule in row.holidays),
    )


def tariff_settings(session: Session, row: Tariff) -> SettingsData | None:
    """Gives the settings that a tariff brings, or None."""
    return settings_data(_settings(session, row.settings_id)) if row.settings_id is not None else None


def tariff(session: Session, owner: Utility, version: int) -> Tariff:
    """Gives a tariff by its version."""
    found = session.scalar(select(Tariff).where(Tariff.utility_id == owner.id, Tariff.version == version))
    if found is None:
        raise NotFoundError(
            (
                f"Tarif Version {version} ist nicht im Kontobuch; es gibt: groschen tariff list",
                f"Tariff version {version} is not in the ledger; there are: groschen tariff list",
            )
        )
    return found


def tariffs(session: Session, owner: Utility) -> list[Tariff]:
    """Lists a utility's tariffs by version."""
    return list(session.scalars(select(Tariff).where(Tariff.utility_id == owner.id).order_by(Tariff.version)))


def newest_of(session: Session, owner: Utility, name: str | None) -> Tariff | None:
    """Gives the highest version of a utility's tariffs, or of those of one name; None where there is none."""
    query = select(Tariff).where(Tariff.utility_id == owner.id).order_by(Tariff.version.desc()).limit(1)
    if name is not None:
        query = query.where(Tariff.name == name)
    return session.scalar(query)


def newest_for(session: Session, meter: Meter, at_s: int) -> Tariff:
    """Gives the newest version of the tariff that a meter's contract names, or of all; it may start later."""
    contract = masters.contract_at(session, meter, at_s) or masters.newest_contract(session, meter)
    return check_name(session, meter.utility, contract.tariff if contract else None)


def check_name(session: Session, owner: Utility, name: str | None) -> Tariff:
    """Gives the newest version of a utility's tariff of a name, or of all; NotFoundError where there is none."""
    found = newest_of(session, owner, name)
    if found is None:
        called = f" {name!r}" if name else ""
        raise NotFoundError(
            (
                f"Kein Tarif{called} im Kontobuch; aufnehmen: groschen tariff add DATEI",
                f"No tariff{called} in the ledger; add one by: groschen tariff add FILE",
            )
        )
    return found


def add_settings(session: Session, owner: Utility, data: SettingsData) -> Settings:
    """Adds settings."""
    row = Settings(
        utility_id=owner.id,
        daily_start=data.daily[0] if data.daily else None,
        daily_end=data.daily[1] if data.daily else None,
        weekend_start=data.weekend[0] if data.weekend else None,
        weekend_end=data.weekend[1] if data.weekend else None,
        span_start_s=data.span_s[0] if data.span_s else None,
        span_end_s=data.span_s[1] if data.span_s else None,
        days=[SettingsDay(billing=False, day=day) for day in data.credit_days]
        + [SettingsDay(billing=True, day=day) for day in data.billing_days],
    )
    for name in _PLAIN_SETTINGS:
        setattr(row, name, getattr(data, name))
    session.add(row)
    session.flush()
    return row


def settings_data(row: Settings) -> SettingsData:
    """Gives settings as a plain value."""
    return SettingsData(
        **{name: getattr(row, name) for name in _PLAIN_SETTINGS},
        daily=_pair(row.daily_start, row.daily_end),
        weekend=_pair(row.weekend_start, row.weekend_end),
        span_s=_pair(row.span_start_s, row.span_end_s),
        credit_days=tuple(sorted(day.day for day in row.days if not day.billing)),
        billing_days=tuple(sorted(day.day for day in row.days if day.billing)),
    )


def _pair(start: int | None, end: int | None) -> tuple[int, int] | None:
    return (start, end) if start is not None and end is not None else None


def _settings(session: Session, settings_id: int) -> Settings:
    return session.get_one(Settings, settings_id)


def settings_for(session: Session, meter: Meter, at_s: int) -> tuple[int, SettingsData]:
    """Gives the settings that a meter is to have, and their number, one higher than before where they changed.

    They are those of its contract, else of its newest tariff, else the defaults; meter must be locked.
    """
    wanted = _wanted_settings(session, meter, at_s)
    newest = session.scalar(
        select(MeterSettings).where(MeterSettings.meter_id == meter.id).order_by(MeterSettings.number.desc()).limit(1)
    )
    if newest is not None and newest.settings_id == wanted.id:
        return newest.number, settings_data(wanted)
    number = newest.number + 1 if newest else 1
    session.add(MeterSettings(meter_id=meter.id, number=number, settings_id=wanted.id, from_s=at_s))
    session.flush()
    return number, settings_data(wanted)


def _wanted_settings(session: Session, meter: Meter, at_s: int) -> Settings:
    contract = masters.contract_at(session, meter, at_s) or masters.newest_contract(session, meter)
    if contract is not None and contract.settings_id is not None:
        return _settings(session, contract.settings_id)
    newest = newest_of(session, meter.utility, contract.tariff if contract else None)
    if newest is not None and newest.settings_id is not None:
        return _settings(session, newest.settings_id)
    return _default_settings(session, meter)


def _default_settings(session: Session, meter: Meter) -> Settings:
    """Gives the settings of a meter for which nothing is said: those it has if they are the defaults, else new ones."""
    held = session.scalars(
        select(Settings)
        .join(MeterSettings, MeterSettings.settings_id == Settings.id)
        .where(MeterSettings.meter_id == meter.id)
        .order_by(MeterSettings.number.desc())
    ).first()
    if held is not None and settings_data(held) == SettingsData():
        return held
    return add_settings(session, meter.utility, SettingsData())
