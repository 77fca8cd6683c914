# SPDX-License-Identifier: Apache-2.0
"""Writes cardformat/groschencard/obis.py, the codes of the service port and their units, from the meter's own table.

python tools/obis_codes.py [--check]
"""

import argparse
import sys
from pathlib import Path

from groschen.core.readout_table import HISTORY, TABLE

PATH = Path(__file__).resolve().parents[1] / "cardformat" / "groschencard" / "obis.py"

HEAD = '''# SPDX-License-Identifier: Apache-2.0
"""The OBIS codes of the service port and their units, in the order of the readout; docs/service-port.md explains them.

Written by tools/obis_codes.py from the meter's table; for who reads a meter. A line a code, its unit behind a blank.
"""

'''

TAIL = '''
"""What the readout says of each of the last twelve month starts; `*NN` stands behind, the last digits of 0.1.0 then."""
'''


def module() -> str:
    """Return the module's text."""
    lines: list[str] = []
    for row in TABLE.strip().split("\n"):
        code, _source, *unit = row.split(" ")
        lines.append(" ".join((code, *unit)))
    table = "\n".join(lines)
    return f'{HEAD}TABLE = """\\\n{table}"""\n\nHISTORY = "{HISTORY}"{TAIL}'


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="the codes of the service port, for the host")
    parser.add_argument("--check", action="store_true", help="say whether they are up to date")
    check: bool = parser.parse_args().check
    text = module()
    if check and PATH.read_text() != text:
        print("obis.py is not that of the meter's table; run `make obis`", file=sys.stderr)
        return 1
    if not check:
        PATH.write_text(text)
    print(f"{len(TABLE.strip().splitlines())} codes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
