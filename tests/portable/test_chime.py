# SPDX-License-Identifier: Apache-2.0
"""The buzzer's pattern: beeps and pauses of equal length, silence behind them."""

from groschen.core.chime import Chime


class Buzzer:
    """Notes when it was turned on and off."""

    def __init__(self):
        self.now = 0
        self.on = False
        self.heard = []

    def sound(self, on):
        """Sound, or be silent."""
        if on != self.on:
            self.heard.append((self.now, on))
        self.on = on


def heard(play):
    """Return when the buzzer sounded and when it ceased to, milliseconds."""
    buzzer = Buzzer()
    chime = Chime(buzzer)
    play(chime)
    for now in range(0, 5000, 10):
        buzzer.now = now
        chime.step(now)
    return buzzer.heard


def test_beeps_are_as_long_as_the_pauses_and_silence_follows():
    times = heard(lambda chime: chime.play(3, 0))
    assert [on for _, on in times] == [True, False, True, False, True, False]
    length = times[1][0]
    assert [at for at, _ in times] == [length * half for half in range(6)]
    assert heard(lambda chime: chime.play(1, 0)) == times[:2]


def test_a_click_is_one_short_beep_and_waits_for_no_other():
    click = heard(lambda chime: chime.click(0))
    assert [on for _, on in click] == [True, False]
    assert click[1][0] < heard(lambda chime: chime.play(1, 0))[1][0]

    def both(chime):
        chime.play(2, 0)
        chime.click(0)

    assert heard(both) == heard(lambda chime: chime.play(2, 0))


def test_no_beep_is_silence():
    assert heard(lambda chime: chime.play(0, 0)) == []
