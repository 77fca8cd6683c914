# SPDX-License-Identifier: Apache-2.0
"""The simulator's main program on MicroPython: plays the tape in a folder, and leaves its results there.

    micropython device.py FOLDER

reads FOLDER/tape.json and FOLDER/load.bin (32-bit integers of this machine), and writes result.json,
registers.json, relay.json, where the job asks for it trace.csv, and where it has a memory image.bin and
restarts.json. It names the interpreter on standard error.
"""

import json
import sys
from array import array


def main(folder: str) -> None:
    """Name the interpreter, then play the tape of a folder."""
    print(sys.implementation, file=sys.stderr)
    play(folder)


def play(folder: str) -> None:
    """Play the tape of a folder."""
    # Imported only now, so that a module which fails to load fails after the interpreter is named.
    from groschensim import result
    from groschensim.nvm import SimNvm
    from groschensim.play import Player
    from groschensim.trace import Trace

    with open(folder + "/tape.json") as file:
        job = json.load(file)
    with open(folder + "/load.bin", "rb") as file:
        load = array("i", file.read())
    trace_file = open(folder + "/trace.csv", "w") if job["trace"] else None  # noqa: SIM115 (open through the run)
    trace = Trace(trace_file) if trace_file else None
    nvm = SimNvm(job["cuts"]) if job["memory"] else None
    player = Player(job["tape"], load, trace, job["step"], job["restart"], nvm=nvm)
    board = player.play()
    board.read_profile()
    if trace_file:
        trace_file.close()
    with open(folder + "/result.json", "w") as file:
        file.write(result.text(result.result(board)))
    with open(folder + "/registers.json", "w") as file:
        file.write(result.text(result.read_out(board.meter)))
    with open(folder + "/relay.json", "w") as file:
        file.write(result.text(result.relay(board)))
    if nvm:
        with open(folder + "/image.bin", "wb") as file:
            file.write(nvm.image)
        with open(folder + "/restarts.json", "w") as file:
            json.dump(board.restarts - 1, file)


if __name__ == "__main__":
    main(sys.argv[1])
