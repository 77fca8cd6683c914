# SPDX-License-Identifier: Apache-2.0
"""The console: what a technician and the flashing rest on."""

import hashlib
import random

import pytest

from tests.device.board import FILES, POWER, REPL, Board, ProgramError, needs

pytestmark = needs(REPL)


def test_a_program_runs_and_prints(board: Board) -> None:
    assert board.run("print(6 * 7)\nprint('ok')") == "42\nok\n"


def test_what_a_program_raises_is_said_with_its_line(board: Board) -> None:
    with pytest.raises(ProgramError, match=r"line 2(.|\n)*ZeroDivisionError"):
        board.run("x = 0\n1 // x")
    assert board.run("print(x)") == "0\n"


def test_every_byte_comes_through(board: Board) -> None:
    text = bytes(range(256))
    assert eval(board.run(f"print(repr({text!r}))")) == text  # noqa: S307 (a literal)


@pytest.mark.parametrize("loop", ["pass", "time.sleep_ms(10)", "time.sleep(5)"])
def test_ctrl_c_ends_a_program(board: Board, loop: str) -> None:
    board.begin(f"import time\nwhile True:\n    {loop}")
    board.advance(200)
    board.write(b"\x03")
    with pytest.raises(ProgramError, match="KeyboardInterrupt"):
        board.finish()
    assert board.run("print(1)") == "1\n"


def test_a_soft_reset_forgets_what_was_loaded(board: Board) -> None:
    board.run("x = 5")
    board.soft_reset()
    with pytest.raises(ProgramError, match="NameError"):
        board.run("print(x)")


@needs(FILES)
def test_a_file_arrives_whole_and_outlives_a_reset(board: Board) -> None:
    data = random.Random(1).randbytes(5000)
    board.install({"some/where/file.bin": data})
    board.hard_reset()
    board.enter()
    said = board.run(
        """
        import hashlib
        from binascii import hexlify
        h = hashlib.sha256()
        with open("/some/where/file.bin", "rb") as file:
            h.update(file.read())
        print(hexlify(h.digest()).decode())
        """
    )
    assert said.strip() == hashlib.sha256(data).hexdigest()
    board.run("import os\nos.remove('/some/where/file.bin')\nos.rmdir('some/where')\nos.rmdir('some')")
    assert "some" not in eval(board.run("print(os.listdir('/'))"))  # noqa: S307 (a literal)


@needs(FILES)
def test_a_file_is_put_in_the_place_of_another(board: Board) -> None:
    board.install({"one.txt": b"old", "two.txt": b"new"})
    board.run("import os\nos.rename('two.txt', 'one.txt')")
    assert board.run("print(open('one.txt').read(), 'two.txt' in os.listdir())") == "new False\n"


@needs(FILES, POWER)
def test_boot_py_and_main_py_run_when_the_power_comes(dead_board: Board) -> None:
    board = dead_board
    board.power_on()
    board.enter()
    board.install(
        {
            "boot.py": b"import machine\nseen = ['boot', machine.reset_cause()]\n",
            "main.py": b"seen.append('main')\nimport time\ntime.sleep_ms(50)\nseen.append('done')\n",
        }
    )
    board.power_off()
    board.advance(100)
    board.power_on()
    board.advance(3000)
    board.enter()
    assert board.run("print(seen)") == "['boot', 1, 'main', 'done']\n"
    board.soft_reset()  # from the raw REPL: boot.py alone
    assert board.run("print(seen)") == "['boot', 1]\n"
    board.hard_reset()
    board.advance(3000)
    board.enter()
    assert board.run("print(seen)") == "['boot', 3, 'main', 'done']\n"


@needs(FILES, POWER)
def test_a_main_py_that_fails_leads_to_the_prompt_and_says_why(dead_board: Board) -> None:
    board = dead_board
    board.power_on()
    board.enter()
    board.install({"main.py": b"import time\ntime.sleep_ms(1500)\nraise ValueError('on purpose')\n"})
    board.power_off()
    board.power_on()
    assert board.read_until(b"on purpose", 10_000).endswith(b"ValueError: on purpose")
    assert board.read_until(b">>> ", 1000).endswith(b">>> ")
    board.enter()


@needs(FILES, POWER)
def test_ctrl_c_ends_main_py(dead_board: Board) -> None:
    board = dead_board
    board.power_on()
    board.enter()
    board.install({"main.py": b"import time\nn = 0\nwhile True:\n    time.sleep_ms(10)\n    n += 1\n"})
    board.power_off()
    board.power_on()
    board.advance(3000)
    board.enter()
    assert 150 < int(board.run("print(n)")) < 310
