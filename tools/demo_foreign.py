# SPDX-License-Identifier: Apache-2.0
"""Prints a few of the values that another program understood of a meter: smartmeter.mjs's JSON from standard input."""

import json
import sys

CODES = ("1.8.0", "1.8.1", "1.8.2", "96.1.0", "96.3.10", "19.10.0", "19.20.10")

found = json.load(sys.stdin)
for code, row in found.items():
    if code.partition(":")[2].removesuffix("*255") in CODES:
        values = ", ".join(" ".join(str(part) for part in value.values()) for value in row["values"])
        print(f"{code:20} {row['name']:44} {values}")
