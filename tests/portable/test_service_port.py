# SPDX-License-Identifier: Apache-2.0
"""The service port over a line in virtual time, character by character: the same on every interpreter."""

import sys

import sample_meter as sample
from fake_wire import ACK, IDENTIFICATION, KEYS, NAK, SIGN_ON, Bench, answer, message

from groschen.core import tan_budget
from groschen.core.calendar import LEGAL, day_number
from groschen.core.readout import codes
from groschen.core.service_port import WAITING
from groschencard import obis
from groschencard.iec62056 import bcc, decimals, fixed

MICROPYTHON = sys.implementation.name == "micropython"
if MICROPYTHON:
    from micropython import heap_lock, heap_unlock
else:
    heap_lock = heap_unlock = int

SMALL = MICROPYTHON and sys.maxsize == 2**31 - 1


def lived(days=70, imp=1000):
    """Return a meter that has lived for so many days."""
    meter = sample.meter(imp)
    sample.drive(meter, sample.household(96 * days, imp), sample.money(50_000_000))
    return meter


def values(block):
    """Return a readout's codes and what stands in the brackets, its frame checked."""
    assert block[:1] == b"\x02"
    assert block[-5:-1] == b"!\r\n\x03"
    assert bcc(block[1:-1]) == block[-1]
    lines = block[1:-5].decode().split("\r\n")
    assert lines[-1] == ""
    found = {}
    for line in lines[:-1]:
        code, _, value = line[:-1].partition("(")
        assert line[-1] == ")"
        assert code not in found
        found[code] = value
    return found


def read_out(bench):
    """Read a meter out."""
    assert bench.say(SIGN_ON, 1500) == IDENTIFICATION
    return bench.say(b"\x06050\r\n", 9000)


# -- values ------------------------------------------------------------------------------------------------


def test_numbers_are_exact():
    for value, base, places, text in (
        (0, 1000, 3, "0.000"),
        (1, 1000, 3, "0.001"),
        (-250_000, 10**6, 6, "-0.250000"),
        (-1, 10**6, 6, "-0.000001"),
        (123_456_789_012_345_678, 10**6, 6, "123456789012.345678"),
        (99_999, 100_000, 5, "0.99999"),
        (1023, 1024, 4, "0.9990"),
        (2, 750, 3, "0.002"),
    ):
        assert fixed(value, base, places) == text
    assert [decimals(base) for base in (100, 750, 1000, 1024, 10_000, 10_001, 100_000, 10**6)] == [
        3,
        3,
        3,
        4,
        4,
        5,
        5,
        6,
    ]


def test_each_pulse_is_another_number():
    for imp in (100, 640, 1000, 1024, 6400, 10_000, 100_000):
        texts = [fixed(pulses, imp, decimals(imp)) for pulses in range(imp)]
        assert all(texts[at] != texts[at + 1] for at in range(imp - 1))
        scale = 10 ** decimals(imp)
        for pulses in range(0, imp, 7):
            units = int(texts[pulses][2:])
            assert -(-units * imp // scale) == pulses


def test_check_characters_of_known_messages():
    assert message("B0") == b"\x01B0\x03q"
    assert message("P0", "(00000000)") == b"\x01P0\x02(00000000)\x03`"
    assert message("P1", "(00000000)") == b"\x01P1\x02(00000000)\x03a"


# -- the readout -------------------------------------------------------------------------------------------


def test_a_readout_says_what_the_meter_holds():
    meter = lived()
    bench = Bench(meter)
    found = values(read_out(bench))
    assert found["C.1.0"] == "0012345678"
    assert found["0.0.0"] == "7"
    assert found["0.2.0"] == "0.6.0"
    assert found["0.3.0"] == "1000*imp/kWh"
    total = meter.energy_ht.value() + meter.energy_nt.value()
    assert found["1.8.0"] == fixed(total, 1000, 3) + "*kWh"
    assert found["1.8.1"] == fixed(meter.energy_ht.value(), 1000, 3) + "*kWh"
    assert found["0-0:19.10.0*255"] == fixed(meter.account.balance.value(), 10**6, 6) + "*EUR"
    charges = [register.value() for register in meter.registers()[2:12]]
    for at in range(10):
        assert found["0-0:19.20." + str(at) + "*255"] == fixed(charges[at], 10**6, 6) + "*EUR"
    assert found["0-0:19.20.10*255"] == fixed(meter.account.debt.owed.value(), 10**6, 6) + "*EUR"
    assert found["C.53.2"] == "0.318900*EUR/kWh"
    # The 70th day of the local year 2026 ended at its midnight: 1 January and 69 days.
    assert found["0.9.1"] == "000000"
    assert found["0.9.2"] == "260312"
    assert found["0.9.4"] == "0260312000000"
    assert found["0.1.0"] == "2"
    assert found["0.1.2"] == "2603010000"
    assert found["0.1.2*01"] == "2602010000"
    assert found["0.1.2*02"] == "2603010000"
    assert found["1.6.0*02"].endswith("*kW)(" + "2602221745")
    months = meter.snapshots.months
    for number in (1, 2):
        at = months.newest(2 - number) + 4
        pulses = (months.cells[at] + months.cells[at + 2]) * 1000 + months.cells[at + 1] + months.cells[at + 3]
        assert found["1.8.0*0" + str(number)] == fixed(pulses, 1000, 3) + "*kWh"


def test_a_readout_has_each_code_once_and_within_what_clients_bear():
    bench = Bench(lived(400))
    found = values(read_out(bench))
    told = [row.partition(" ")[0] for row in obis.TABLE.split("\n")]
    assert len(found) == len(told) + 12 * len(obis.HISTORY.split(" "))
    assert [code for code in told if code not in found] == []
    for code in found:
        assert len(code) <= 16
        for part in found[code].split(")("):
            value, _, unit = part.partition("*")
            assert len(value) <= 32
            assert len(unit) <= 16
    assert "0.1.2*01" not in found
    assert "0.1.2*02" in found
    assert "0.1.2*13" in found


def test_a_snapshot_that_the_memory_lost_is_left_out():
    meter = lived()
    meter.snapshots.months.lose(0)
    bench = Bench(meter)
    found = values(read_out(bench))
    assert "1.8.0*01" not in found
    assert "1.8.0*02" in found
    bench.run(3000)
    bench.program()
    assert bench.say(message("R1", "1.8.0*01()")) == answer("(ERR02)")


def test_the_states_of_a_new_meter():
    meter = sample.meter(balance=-1_250_000, owed=0)
    bench = Bench(meter)
    found = values(read_out(bench))
    assert found["0-0:19.10.0*255"] == "-1.250000*EUR"
    assert found["0-0:96.3.10*255"] == "0"
    assert found["1.6.0"] == "0.000*kW"
    assert found["1.5.0"] == "0.000*kW"
    assert found["0.1.0"] == "0"
    assert found["0.1.2"] == "0000000000"
    assert found["0-0:19.10.1*255"] == "10.000000*EUR"
    assert found["C.50.3"] == "0"
    assert meter.press_emergency()
    bench.run(3000)
    found = values(read_out(bench))
    assert found["0-0:19.10.1*255"] == "8.750000*EUR"
    assert found["C.50.3"] == "1"


# -- sign-on and option select -----------------------------------------------------------------------------


def test_a_sign_on_is_found_in_all_that_comes_before_it():
    for before in (
        b"",
        b"\0" * 40,
        b"noise",
        b"/?",
        b"/?999",
        b"\x01R1\x02",
        b"\x06",
        b"//",
        b"/?/?",
        b"/" + b"x" * 200,
    ):
        bench = Bench()
        assert bench.say(before + SIGN_ON) == IDENTIFICATION, before


def test_the_serial_number_calls_one_meter():
    for number in (b"0012345678", b"12345678", b"000000000012345678", b"0", b""):
        bench = Bench()
        assert bench.say(b"/?" + number + b"!\r\n", 1500) == IDENTIFICATION, number
    for number in (b"1", b"123456780", b"0012345679", b"01234567", b" "):
        bench = Bench()
        assert bench.say(b"/?" + number + b"!\r\n", 5000) == b"", number
        assert bench.port.state == WAITING


def test_another_meter_that_is_called_ends_the_dialogue():
    bench = Bench()
    bench.program()
    assert bench.say(b"/?4711!\r\n", 5000) == b""
    assert bench.port.state == WAITING
    assert bench.wire.speed == 300


def test_the_reaction_time():
    bench = Bench(step=1)
    for reaction in (300, 200, 1400):
        bench.state.port.reaction = reaction
        assert bench.say(SIGN_ON, 248) == b""
        assert bench.run(1500) == IDENTIFICATION
        assert bench.say(b"\x06051\r\n", reaction - 2) == b""
        assert bench.run(30)[:1] == b"\x01"
        bench.run(20)
        assert bench.say(message("P1", "(" + KEYS.port + ")"), 500 + reaction) == ACK
        assert bench.say(message("R1", "C.1.0()"), 248) == b""
        assert bench.run(100) == answer("C.1.0(0012345678)")
        assert bench.say(message("B0"), 100) == b""
        assert bench.say(SIGN_ON, 1000, 300) == IDENTIFICATION
        assert bench.say(b"\x06050\r\n", reaction - 2) == b""
        assert bench.run(30)[:1] == b"\x02"
        bench.run(200_000)
        assert bench.port.state == WAITING


def test_the_reaction_time_is_set_at_the_meter_and_kept():
    bench = Bench()
    bench.program()
    assert bench.say(message("R1", "C.55.2()")) == answer("C.55.2(300*ms)")
    for value, reaction in (("900", 900), ("200", 200), ("1400*ms", 1400), ("0500", 500)):
        commits = bench.store.commits
        assert bench.say(message("W1", "C.55.2(" + value + ")")) == ACK
        assert bench.state.port.reaction == reaction
        assert bench.store.commits == commits + 1
    for value in ("199", "1401", "", "-500", "500*s", "5e2", "00500", "x", "*ms"):
        assert bench.say(message("W1", "C.55.2(" + value + ")")) == answer("(ERR03)"), value
    assert bench.state.port.reaction == 500
    bench.store.works = False
    assert bench.say(message("W1", "C.55.2(900)")) == answer("(ERR07)")
    assert bench.state.port.reaction == 500


def test_the_speed_changes_behind_the_option_select():
    for digit, speed in ((0, 300), (1, 600), (2, 1200), (3, 2400), (4, 4800), (5, 9600)):
        bench = Bench()
        assert bench.say(SIGN_ON, 1500) == IDENTIFICATION
        bench.say(b"\x060" + str(digit).encode() + b"0\r\n", 500)
        assert bench.wire.speed == speed
        bench.run(100_000)
        assert bench.port.state == WAITING
        assert bench.wire.speed == 300


def test_without_an_option_select_the_readout_comes_at_300_baud():
    for option in (
        b"",
        b"\x06060\r\n",
        b"\x06070\r\n",
        b"\x06152\r\n",
        b"\x06050x\r\n",
        b"\x060\r\n",
        b"\x0605A\r\n",
        b"?",
    ):
        bench = Bench()
        assert bench.say(SIGN_ON, 1500) == IDENTIFICATION
        block = bench.say(option, 100_000) if option else bench.run(100_000)
        assert values(block)["C.1.0"] == "0012345678"
        assert bench.wire.speeds == [300]


def test_a_wire_of_a_fixed_speed_keeps_it():
    for speed, digit in ((300, b"0"), (2400, b"3"), (9600, b"5"), (19200, b"6")):
        bench = Bench(fixed=speed)
        assert bench.say(SIGN_ON, 1500) == b"/GRO" + digit + IDENTIFICATION[5:]
        assert values(bench.say(b"\x060" + digit + b"0\r\n", 80_000))["C.1.0"] == "0012345678"
        bench.run(3000)
        assert bench.port.state == WAITING
        assert bench.wire.speeds == [speed]


def test_a_readout_is_repeated_and_acknowledged():
    bench = Bench(fixed=9600)
    bench.say(SIGN_ON, 1500)
    first = bench.say(b"\x06050\r\n", 5000)
    assert values(first)["C.1.0"] == "0012345678"
    bench.say(SIGN_ON, 1500)
    assert bench.say(b"\x06050\r\n", 3000) == first
    assert bench.say(NAK, 3000) == first
    assert bench.say(NAK, 3000) == first
    assert bench.say(ACK, 100) == b""
    assert bench.port.state == WAITING


def test_after_a_readout_a_new_sign_on_is_heard_at_once():
    bench = Bench(step=1)
    for pause in (1, 20, 100, 200, 700, 1400, 1600):
        assert bench.say(SIGN_ON) == IDENTIFICATION, pause
        block = bench.say(b"\x06050\r\n", 400)
        while block[-2:-1] != b"\x03":
            block += bench.run(10)
        bench.run(2 + pause)
        assert bench.wire.speed == 300, pause


def test_a_wire_that_takes_one_byte_at_a_time():
    slow = Bench(most=1, step=1)
    assert slow.say(SIGN_ON, 1500) == IDENTIFICATION
    assert slow.say(b"\x06050\r\n", 9000) == read_out(Bench())


# -- any state ---------------------------------------------------------------------------------------------


def test_a_sign_on_is_taken_while_the_meter_speaks():
    bench = Bench()
    assert bench.say(SIGN_ON, 1500) == IDENTIFICATION
    cut = bench.say(b"\x06050\r\n", 700)
    assert 100 < len(cut) < 600
    said = bench.say(SIGN_ON, 1500)
    assert said.endswith(IDENTIFICATION)
    assert len(said) < 150
    assert values(bench.say(b"\x06050\r\n", 9000))["C.1.0"] == "0012345678"


def test_a_sign_on_that_comes_as_a_wait_ends_is_taken():
    for pause in range(1850, 2010, 20):
        bench = Bench()
        assert bench.say(SIGN_ON, 1000) == IDENTIFICATION
        bench.run(pause - 1000)
        assert IDENTIFICATION in bench.say(SIGN_ON, 1000), pause


def test_an_echo_is_no_message():
    bench = Bench()
    bench.program()
    assert bench.say(message("R1", "C.1.0()"), 260) == b""
    bench.wire.hear(answer("C.1.0(0012345678)"))
    assert bench.run(1000) == answer("C.1.0(0012345678)")
    assert bench.say(message("R1", "C.1.0()")) == answer("C.1.0(0012345678)")


def test_garbage_leads_back_to_300_baud_within_two_seconds():
    for garbage in (
        b"x",
        b"\x01R1\x02",
        b"\x01R1\x02C.1.0()",
        b"\x01\x02\x03x",
        b"/?!\r",
        b"x" * 300,
        SIGN_ON * 3,
        b"\x06x\x03",
    ):
        bench = Bench()
        bench.program()
        bench.say(garbage, 2000, 300 if garbage[:1] == b"/" else None)
        assert bench.say(SIGN_ON, 1500, 300) == IDENTIFICATION, garbage


def test_a_malformed_sign_on_is_garbage():
    for line in (b"/x!\r\n", b"/?12345678\r\n", b"/\n", b"/?\r\n"):
        bench = Bench()
        bench.program()
        assert bench.say(line, 2000) == b""
        assert (bench.port.state, bench.wire.speed) == (WAITING, 300), line
        assert bench.say(SIGN_ON, 1500) == IDENTIFICATION, line


def test_a_client_that_went_away_is_forgotten():
    bench = Bench()
    bench.program()
    bench.run(59_000)
    assert bench.port.state != WAITING
    bench.run(2000)
    assert bench.port.state == WAITING
    assert bench.wire.speed == 300


def test_line_ends_and_nulls_between_messages_do_no_harm():
    bench = Bench()
    bench.program()
    bench.say(b"\r\n\x7f", 5000)
    bench.say(b"\0\0", 1800)
    assert bench.say(message("R1", "C.1.0()")) == answer("C.1.0(0012345678)")


# -- programming mode --------------------------------------------------------------------------------------


def test_nothing_but_the_password_is_taken_before_it():
    bench = Bench()
    assert bench.say(SIGN_ON, 1500) == IDENTIFICATION
    assert bench.say(b"\x06051\r\n") == b"\x01P0\x02(0012345678)\x03h"
    assert bench.say(NAK) == b"\x01P0\x02(0012345678)\x03h"
    for command in (
        message("R1", "C.1.0()"),
        message("R5", "P.01(;)"),
        message("W1", "F.F(00000000)"),
        message("W1", "0.9.4(0260312120000)"),
        message("R6", "P.01(;)"),
    ):
        assert bench.say(command) == answer("(ERR04)")
    for command in ("R0", "R2", "R3", "R4", "W2", "P2", "E2", "X9"):
        assert bench.say(message(command, "(" + KEYS.port + ")")) == answer("(ERR01)")
    # Nor is it the password with anything before its bracket; that is no try.
    assert bench.say(message("P1", "\x02(" + KEYS.port + ")")) == answer("(ERR01)")
    assert bench.time.set_to == []
    assert bench.store.commits == 0
    assert bench.say(message("P1", "(" + KEYS.port + ")")) == ACK
    assert bench.say(message("R1", "C.1.0()")) == answer("C.1.0(0012345678)")


def test_single_codes():
    bench = Bench(lived())
    assert bench.program() == ACK
    for asked, said in (
        ("C.1.0()", "C.1.0(0012345678)"),
        ("C.1.0(1)", "C.1.0(0012345678)"),
        ("C.1.0", "C.1.0(0012345678)"),
        ("F.F()", "F.F(00000000)"),
        ("0.1.2*01()", "0.1.2*01(2602010000)"),
        ("1.6.0*02()", "1.6.0*02(3.660*kW)(2602221745)"),
        ("1-0:1.6.0*02()", "1-0:1.6.0*02(3.660*kW)(2602221745)"),
        ("0-0:96.1.0*255()", "0-0:96.1.0*255(0012345678)"),
        ("0-0:96.1.0()", "0-0:96.1.0(0012345678)"),
        ("96.1.0()", "96.1.0(0012345678)"),
        ("0-0:C.1.0()", "0-0:C.1.0(0012345678)"),
        ("0-0:97.97.0*255()", "0-0:97.97.0*255(00000000)"),
        ("97.97()", "97.97(00000000)"),
        ("0-0:96.14.0*255()", "0-0:96.14.0*255(2)"),
        ("C.14*255()", "C.14*255(2)"),
        ("0-0:96.55.2*255()", "0-0:96.55.2*255(300*ms)"),
        ("C.3.10()", "C.3.10(1)"),
        ("96.3.10()", "96.3.10(1)"),
        ("1-0:0.0.0*255()", "1-0:0.0.0*255(7)"),
        ("7-0:1.8.0()", "(ERR02)"),
        ("0-0:1.8.0()", "(ERR02)"),
        ("1-0:96.1.0()", "(ERR02)"),
        ("1-0:19.10.0()", "(ERR02)"),
        ("C.1499()", "(ERR02)"),
        ("C.1()", "(ERR02)"),
        ("0-0:()", "(ERR02)"),
        ("F.F .faults()", "(ERR02)"),
        ("0-0:19.50.9()", "(ERR02)"),
        ("1.8()", "(ERR02)"),
        ("1.8.0*13()", "(ERR02)"),
        ("0.9.1*01()", "(ERR02)"),
        ("C.53.2*01()", "(ERR02)"),
        ("()", "(ERR02)"),
        ("*255()", "(ERR02)"),
    ):
        assert bench.say(message("R1", asked)) == answer(said), asked
    balance = bench.say(message("R1", "0-0:19.10.0()"))
    assert balance == answer("0-0:19.10.0(" + fixed(bench.meter.account.balance.value(), 10**6, 6) + "*EUR)")
    assert bench.say(NAK) == balance
    for command in ("R0", "R2", "R3", "R4", "W0", "W2", "W5", "E2", "P1", "P2", "X9"):
        assert bench.say(message(command, "C.1.0()")) == answer("(ERR01)")
    assert bench.say(message("B0"), 100) == b""
    assert bench.port.state == WAITING
    assert bench.wire.speed == 300


def test_every_code_is_read_in_full_reduced_and_without_255():
    bench = Bench(lived())
    assert bench.program() == ACK
    for code in codes():
        name = code.partition("*")[0]
        said = bench.say(message("R1", code + "()"))[1:-2].partition(b"(")[2]
        full = name if ":" in name else ("0-0:" if name[0] in "CF" else "1-0:") + name
        full = full.replace("C.", "96.").replace("F.F", "97.97.0").replace("96.14", "96.14.0")
        for asked in (full, full + "*255", full[4:], full[4:] + "*255", name, name + "*255"):
            answered = bench.say(message("R1", asked + "()"))
            assert answered == answer(asked + "(" + said.decode()), asked


def test_codes_are_written_in_every_spelling():
    bench = Bench()
    bench.program()
    for code in ("F.F", "F.F*255", "0-0:97.97.0*255", "97.97.0"):
        bench.meter.errors = 6
        assert bench.say(message("W1", code + "(0)")) == ACK, code
        assert bench.meter.errors == 0
    assert bench.say(message("W1", "1-0:0.9.4*255(1260701120000)")) == ACK
    assert len(bench.time.set_to) == 1
    for code in ("F.F*01", "0.9.4*00", "1-0:F.F.1", "0-0:0.9.4"):
        assert bench.say(message("W1", code + "(0)")) == answer("(ERR03)"), code


def test_a_wrong_check_is_asked_for_again():
    bench = Bench()
    bench.program()
    right = message("R1", "C.1.0()")
    for _ in range(3):
        assert bench.say(right[:-1] + b"\0") == NAK
    assert bench.say(right) == answer("C.1.0(0012345678)")
    assert bench.say(right[:-1] + b"\0") == NAK
    bench.run(1200)
    assert bench.port.state == WAITING
    assert bench.wire.speed == 300


def test_a_check_may_be_any_character():
    bench = Bench()
    bench.program()
    checks = set()
    for at in range(200):
        command = message("R1", "C.1.0(" + str(at) + ")")
        checks.add(command[-1])
        assert bench.say(command) == answer("C.1.0(0012345678)")
    # Among them are those of a sign-on, ACK, NAK, SOH and ETX where digits make them.
    assert len(checks) >= 8


def test_the_clock_is_written_as_one():
    bench = Bench()
    bench.program()
    day = day_number(2026, 7, 1)
    for text, instant in (
        ("1260701120000", (day, 36_000)),
        ("12607011200", (day, 36_000)),
        ("0260101003059", (day_number(2025, 12, 31), 84_659)),
        ("1261025023000", (day_number(2026, 10, 25), 1800)),
        ("0261025023000", (day_number(2026, 10, 25), 5400)),
        ("0000229000000", (day_number(2000, 2, 28), 82_800)),
    ):
        assert bench.say(message("W1", "0.9.4(" + text + ")")) == ACK, text
        assert bench.time.set_to[-1] == instant, text
    count = len(bench.time.set_to)
    for text in (
        "0260701120000",  # it is summer
        "1260101120000",  # it is not
        "0260329023000",  # an hour that there is not
        "1260329023000",
        "0260230120000",
        "0261301120000",
        "0260001120000",
        "0260100120000",
        "0260101240000",
        "0260101126000",
        "0260101120060",
        "2260101120000",
        "026010112000",
        "02601011200000",
        "",
        "x260101120000",
        "0 6010112000 ",
        "-260101120000",
    ):
        assert bench.say(message("W1", "0.9.4(" + text + ")")) == answer("(ERR03)"), text
    assert len(bench.time.set_to) == count


def test_what_may_be_written_and_what_may_not():
    bench = Bench()
    bench.meter.errors = 6
    bench.store.faults = 1
    bench.program()
    for body in ("F.F(1)", "F.F(00", "F.F", "F.F 00000000)", "(0)"):
        assert bench.say(message("W1", body)) == answer("(ERR03)"), body
    assert bench.meter.errors == 6
    assert bench.say(message("W1", "F.F(00000000)")) == ACK
    assert bench.meter.errors == 0
    for row in obis.TABLE.split("\n"):
        code = row.partition(" ")[0]
        if code not in ("F.F", "0.9.4", "C.55.2"):
            assert bench.say(message("W1", code + "(0)")) == answer("(ERR03)"), code
    bench.store.works = False
    assert bench.say(message("W1", "F.F(0)")) == answer("(ERR07)")
    assert bench.say(message("W1", "0.9.4(0260101120000)")) == answer("(ERR07)")


def test_a_clock_that_does_not_answer_is_an_error_and_no_fault_of_the_program():
    bench = Bench()
    bench.program()

    def silent(day, second):
        raise OSError(5)

    bench.time.set = silent  # pyright: ignore[reportAttributeAccessIssue] - a clock that ceases to answer
    assert bench.say(message("W1", "0.9.4(0260101120000)")) == answer("(ERR07)")


def test_a_clock_that_may_not_be_set_so_far_is_an_error_of_its_own():
    bench = Bench()
    bench.program()
    bench.time.set = lambda day, second: True  # pyright: ignore[reportAttributeAccessIssue] - it is refused
    assert bench.say(message("W1", "0.9.4(0260101120000)")) == answer("(ERR08)")


# -- the password ------------------------------------------------------------------------------------------


def wait(bench):
    """Return how long the port is locked."""
    return tan_budget.wait_for(bench.state.port.wrong, bench.state.port.run, bench.state.tan.run)


def test_three_wrong_passwords_are_free_and_then_the_wait_doubles():
    bench = Bench()
    bench.state.tan.run = 1_073_000
    assert bench.program("0" * 16) == answer("(ERR05)")
    for wrong in (KEYS.port[:-1] + ("0" if KEYS.port[-1] != "0" else "1"), KEYS.port.lower()):
        assert wait(bench) == tan_budget.OPEN
        assert bench.say(message("P1", "(" + wrong + ")")) == answer("(ERR05)")
    for hours in (1, 2, 4, 8, 16, 32, 64, 128, 168, 168, 168, 168, 168, 168, 168, 168, 168):
        assert wait(bench) == 4 * hours + 1
        assert bench.say(message("P1", "(" + KEYS.port + ")")) == answer("(ERR06)")
        bench.state.tan.run += 4 * hours
        assert bench.say(message("P1", "(" + KEYS.port + ")")) == answer("(ERR06)")
        bench.state.tan.run += 1
        assert bench.say(message("P1", "(x)")) == answer("(ERR05)")
    assert bench.state.port.wrong == 20
    assert wait(bench) == tan_budget.OPERATOR
    bench.state.tan.run += 100_000
    assert bench.say(message("P1", "(" + KEYS.port + ")")) == answer("(ERR06)")
    assert bench.meter.errors == 1 << 5
    assert bench.meter.counters.error == 20
    bench.state.port.wrong = 0
    assert bench.say(message("P1", "(" + KEYS.port + ")")) == ACK


def test_a_right_password_gives_nothing_back_and_costs_nothing():
    bench = Bench()
    bench.state.tan.run = 500
    for wrong in (1, 2):
        assert bench.program("x") == answer("(ERR05)")
        assert bench.say(message("P1", "(" + KEYS.port + ")")) == ACK
        assert bench.state.port.wrong == wrong
        bench.run(62_000)
    bench.state.tan.run = 800
    assert bench.program() == ACK
    assert (bench.state.port.wrong, bench.state.port.run) == (2, 500)


def test_all_wires_have_one_budget():
    first = Bench()
    second = Bench(other=first, fixed=2400)
    for _ in range(2):
        assert first.program("x") == answer("(ERR05)")
        first.run(62_000)
    second.say(SIGN_ON)
    second.say(b"\x06031\r\n")
    assert second.say(message("P1", "(x)")) == answer("(ERR05)")
    assert second.say(message("P1", "(" + KEYS.port + ")")) == answer("(ERR06)")
    assert first.program() == answer("(ERR06)")


def test_a_try_is_kept_before_it_is_compared():
    bench = Bench()
    bench.store.works = False
    assert bench.program() == answer("(ERR07)")
    assert bench.state.port.wrong == 0
    kept = []
    bench.store.works = True
    bench.store.commit = lambda state, hurried=False: kept.append((state.port.wrong, state.port.run)) or True
    bench.state.tan.run = 900
    assert bench.say(message("P1", "(" + KEYS.port + ")")) == ACK
    assert kept == [(1, 900), (0, 0)]


# -- the load profile --------------------------------------------------------------------------------------


def profile(bench, span):
    """Read a part of the load profile; return the heads, and all values."""
    block = bench.say(message("R5", "P.01(" + span + ")"), 3000)
    heads = []
    found = []
    while True:
        assert block[:1] == b"\x02"
        assert bcc(block[1:-1]) == block[-1]
        lines = block[1:-2].decode().split("\r\n")
        heads.append((lines[0], len(lines) - 2))
        found += [line[1:-1] for line in lines[1:-1]]
        if block[-2:-1] == b"\x03":
            return heads, found
        assert block[-2:-1] == b"\x04"
        block = bench.say(ACK, 3000)


def test_the_load_profile_of_three_days():
    meter = lived(70)
    bench = Bench(meter)
    bench.program()
    heads, found = profile(bench, "0260301001500;0260304000000")
    assert heads == [
        ("P.01(0260301001500)(00)(15)(1)(1.5.0)(kW)", 96),
        ("P.01(0260302001500)(00)(15)(1)(1.5.0)(kW)", 96),
        ("P.01(0260303001500)(00)(15)(1)(1.5.0)(kW)", 96),
    ]
    first = day_number(2026, 3, 1) * 96 - 4
    assert found == [fixed(4 * meter.profile.pulses(first + at), 1000, 3) for at in range(288)]
    # The instants are included; a quarter hour that is not over yet, or not whole, is not.
    assert profile(bench, "0260301001500;0260301001500")[1] == found[:1]
    assert profile(bench, "0260301000100;0260301002900")[1] == found[:1]
    assert profile(bench, "0260301001501;0260301003000")[1] == found[1:2]
    last = profile(bench, "0260311220000;")
    assert last[0] == [("P.01(0260311220000)(00)(15)(1)(1.5.0)(kW)", 9)]
    everything = profile(bench, ";")
    assert len(everything[1]) == 60 * 96
    for body in ("P.01()", "P.01(;)"):
        for command in ("R5", "R6"):
            block = bench.say(message(command, body), 3000)
            assert block[:1] + block[-2:-1] == b"\x02\x04"
            assert block.count(b"\r\n") == 97


def test_a_block_is_repeated_until_it_is_understood():
    bench = Bench(lived(70))
    bench.program()
    first = bench.say(message("R5", "P.01(0260301001500;0260303000000)"), 3000)
    assert bench.say(NAK, 3000) == first
    second = bench.say(ACK, 3000)
    assert second != first
    assert second[-2:-1] == b"\x03"
    assert bench.say(NAK, 3000) == second
    assert bench.say(ACK, 3000) == b""
    # Another question ends it.
    bench.say(message("R5", "P.01(0260301001500;0260303000000)"), 3000)
    assert bench.say(message("R1", "C.1.0()")) == answer("C.1.0(0012345678)")
    assert bench.say(ACK, 3000) == b""


def test_lost_quarter_hours_have_a_head_of_their_own():
    meter = lived(70)
    first = day_number(2026, 3, 1) * 96 - 4
    for quarter in (first + 2, first + 3):
        meter.profile.cells[quarter % len(meter.profile.cells)] = -1
    bench = Bench(meter)
    bench.program()
    heads, found = profile(bench, "0260301001500;0260301013000")
    assert heads == [
        ("P.01(0260301001500)(00)(15)(1)(1.5.0)(kW)", 2),
        ("P.01(0260301004500)(04)(15)(1)(1.5.0)(kW)", 2),
        ("P.01(0260301011500)(00)(15)(1)(1.5.0)(kW)", 2),
    ]
    assert found[2:4] == ["0.000", "0.000"]


def test_the_season_changes_within_the_profile():
    bench = Bench(lived(100))
    bench.program()
    heads, _ = profile(bench, "0260329013000;1260329033000")
    assert heads == [
        ("P.01(0260329013000)(00)(15)(1)(1.5.0)(kW)", 2),
        ("P.01(1260329030000)(00)(15)(1)(1.5.0)(kW)", 3),
    ]


def test_what_the_meter_does_not_hold_comes_from_the_memory():
    meter = sample.meter()
    small = type(meter)(1000, LEGAL, True)
    small.commission(sample.START // 96, sample.START % 96 * 900, 0, sample.tariff(), sample.money(5), sample.money(0))
    sample.drive(small, sample.household(96 * 5), sample.money(50_000_000))
    bench = Bench(small)
    for at in range(96 * 5):
        bench.store.quarters[sample.START + at] = at
    del bench.store.quarters[sample.START + 1]
    bench.program()
    heads, found = profile(bench, ";0260103000000")
    assert [count for _, count in heads] == [1, 1, 96, 94]
    assert heads[1][0][:23] == "P.01(0260101003000)(04)"
    assert found[2:] == [fixed(4 * at, 1000, 3) for at in range(2, 192)]
    held = profile(bench, "0260104001500;0260104003000")[1]
    assert held == [fixed(4 * small.profile.pulses(sample.START + 288 + at), 1000, 3) for at in (0, 1)]

    def broken(quarter):
        raise OSError(5)

    bench.store.quarter = broken
    assert profile(bench, ";0260101003000")[0] == [("P.01(0260101001500)(04)(15)(1)(1.5.0)(kW)", 2)]


def test_questions_for_a_profile_that_is_not_there():
    bench = Bench(lived(10))
    bench.program()
    for span in (
        "0260201001500;0260301000000",
        "0260105000000;0260104000000",
        "x;",
        ";x",
        "026;",
        "0250101000000;0250102000000",
    ):
        assert bench.say(message("R5", "P.01(" + span + ")")) == answer("(ERR02)"), span
    for body in ("P.02(;)", "P.01", "P.01(;", "", "1.8.0()"):
        assert bench.say(message("R5", body)) == answer("(ERR02)"), body


# -- nothing is allocated ----------------------------------------------------------------------------------


class QuietWire:
    """A wire that brings the same bytes again and again, and allocates nothing."""

    def __init__(self, data):
        self.data = data
        self.speed = 0

    def read(self, into):
        """Bring them."""
        count = len(self.data)
        for at in range(count):
            into[at] = self.data[at]
        return count

    def write(self, data):
        """Take nothing, since there is nothing to say."""
        raise AssertionError

    def idle(self):
        """Say yes."""
        return True

    def set_speed(self, baud):
        """Take it."""
        self.speed = baud


def steps(port, start):
    """Take a thousand steps with the heap locked; say whether that went well."""
    done = False
    heap_lock()
    try:
        for at in range(1000):
            port.step(start + at * 10 & 0x3FFFFFFF)
        done = True
    except MemoryError:
        pass
    heap_unlock()
    return done


def test_a_port_that_waits_allocates_nothing():
    for data in (b"", b"\0\0\0", b"noise", b"/?", b"\x01R1\x02x\x03x", b"\x06050", b"\xff\x80\x15"):
        bench = Bench()
        wire = QuietWire(data)
        bench.port._wire = wire
        for start in (0, -5000):
            assert steps(bench.port, start), data
        assert bench.port.state == WAITING


def test_the_lock_finds_a_sign_on():
    bench = Bench()
    bench.port._wire = QuietWire(SIGN_ON)
    assert steps(bench.port, 0) != MICROPYTHON
