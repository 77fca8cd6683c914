# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The stubs of open() and os leave types open.
"""Who the board is: `/meter.json`, written once when it becomes a meter."""

import json
from binascii import unhexlify

from groschen.core.calendar import LEGAL
from groschencard.keys import MeterKeys

_QUARTER = 15  # minutes, in which the calendar counts an offset
_PATH = "meter.json"


class Identity:
    """A meter's keys with its number, its constant and its time zone."""

    def __init__(self, keys: MeterKeys, imp: int, zone: int) -> None:
        self.keys = keys
        self.imp: int = imp  # pulses a kilowatt-hour
        self.zone: int = zone  # as `calendar` takes it


def read_identity() -> Identity:
    """Return what the file says; OSError where there is none, and the board is no meter."""
    with open(_PATH) as file:
        said = json.load(file)
    keys = MeterKeys(unhexlify(said["key"]), said["utility"], said["serial"].encode(), said.get("life", 1))
    zone = LEGAL if said["zone"] == "legal" else said["zone"] // _QUARTER
    return Identity(keys, said["imp_per_kwh"], zone)
