# SPDX-License-Identifier: Apache-2.0
"""The names of the events, for read-outs: the meter knows their numbers alone. Runs on CPython and MicroPython."""

from groschen.core import events

KINDS: "dict[int, tuple[str, dict[int, str]]]" = {
    events.POWER: (
        "power",
        {events.POWER_OFF: "off", events.POWER_ON: "on", events.POWER_RESTART: "restart", events.POWER_OFTEN: "often"},
    ),
    events.COVER: ("cover", {events.COVER_OPEN: "open", events.COVER_CLOSED: "closed"}),
    events.CLOCK: ("clock", {events.CLOCK_LOST: "lost", events.CLOCK_SET: "set", events.CLOCK_CORRECTED: "corrected"}),
    events.CARD: (
        "card",
        {
            events.CARD_CREDIT: "credit",
            events.CARD_DEBT: "debt",
            events.CARD_TARIFF: "tariff",
            events.CARD_CONTRACT: "contract",
            events.CARD_REFUND: "refund",
            events.CARD_OLD_TARIFF: "old_tariff",
            events.CARD_NO_CREDIT: "no_credit",
            events.CARD_FOREIGN: "foreign",
            events.CARD_BLANK: "blank",
            events.CARD_DAMAGED: "damaged",
            events.CARD_OTHER_UTILITY: "other_utility",
            events.CARD_OTHER_METER: "other_meter",
            events.CARD_FORGED: "forged",
            events.CARD_NEW_FORMAT: "new_format",
            events.CARD_REPLACED: "replaced",
            events.CARD_PSC_LOCKED: "psc_locked",
            events.CARD_PSC_WRONG: "psc_wrong",
            events.CARD_PSC_SPARED: "psc_spared",
            events.CARD_WORN: "worn",
            events.CARD_PULLED: "pulled",
            events.CARD_REPLAYED: "replayed",
            events.CARD_REFUSED: "refused",
            events.CARD_COMMAND: "command",
            events.CARD_READ_OUT: "read_out",
            events.CARD_MEMORY: "memory",
            events.CARD_CLOCK_REFUSED: "clock_refused",
            events.CARD_EARLIER_LIFE: "earlier_life",
        },
    ),
    events.TAN: (
        "tan",
        {
            events.TAN_CREDIT: "credit",
            events.TAN_OPENED: "opened",
            events.TAN_WRONG: "wrong",
            events.TAN_USED: "used",
            events.TAN_OTHER: "other",
        },
    ),
    events.MODE: ("mode", {0: "CUSTOMER", 1: "REFUND", 2: "FREE", 3: "LOCKED"}),
    events.SUPPLY: (
        "supply",
        {
            events.SUPPLY_ON: "on",
            events.SUPPLY_OFF_CREDIT: "off_credit",
            events.SUPPLY_OFF_LOCKED: "off_locked",
            events.SUPPLY_OFFERED: "offered",
            events.SUPPLY_EMERGENCY: "emergency",
        },
    ),
    events.ERROR: (
        "error",
        {
            events.ERROR_DAMAGED: "memory_damaged",
            events.ERROR_WORN: "memory_worn",
            events.ERROR_CRASH: "crash",
            events.ERROR_RELAY: "relay_stuck",
            events.ERROR_PASSWORD: "wrong_password",
            events.ERROR_ROLLBACK: "rolled_back",
            events.ERROR_UNOPENED: "relay_unopened",
            events.ERROR_LOST: "memory_lost",
        },
    ),
}
"""The names of kinds and details, for read-outs."""


def has_instant(row: "list[int]") -> bool:
    """Say whether an event has an instant in place of its amount: the quarter hour and the second before it."""
    return (row[events.KIND], row[events.DETAIL]) == (events.CLOCK, events.CLOCK_CORRECTED)


WARNING_NAMES = {events.WARN_AMOUNT: "amount", events.WARN_FORECAST: "forecast", events.WARN_WINDOW: "window_end"}
"""The names of a warning's bits."""
