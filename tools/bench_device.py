# SPDX-License-Identifier: Apache-2.0
"""The bench's part on MicroPython: plays the tape of a folder a few times and prints the milliseconds of each run.

micropython bench_device.py FOLDER RUNS
"""

import json
import sys
import time
from array import array

from groschensim.play import Player


def main(folder: str, runs: int) -> None:
    """Print the milliseconds of each run."""
    with open(folder + "/tape.json") as file:  # noqa: PTH123 (no pathlib here)
        tape = json.load(file)
    with open(folder + "/load.bin", "rb") as file:  # noqa: PTH123
        load = array("i", file.read())
    for _ in range(runs):
        player = Player(tape, load)
        begin = time.time_ns()
        player.play()
        print((time.time_ns() - begin) // 1_000_000)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
