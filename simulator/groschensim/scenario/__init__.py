# SPDX-License-Identifier: Apache-2.0
"""Scenario files: read, seen to be right, and laid out for the player."""

from groschensim.scenario.read import Scenario, read_scenario
from groschensim.scenario.schema import EVENTS, SCHEMA, Key
from groschensim.scenario.tape import CreditTape, Tape, TariffTape

__all__ = ["EVENTS", "SCHEMA", "CreditTape", "Key", "Scenario", "Tape", "TariffTape", "read_scenario"]
