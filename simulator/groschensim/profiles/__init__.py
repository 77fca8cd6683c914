# SPDX-License-Identifier: Apache-2.0
"""The standard load profiles of the BDEW, as pulses in quarter hours."""

from groschensim.profiles.pulses import profile_load, year_pulses
from groschensim.profiles.table import PROFILES

__all__ = ["PROFILES", "profile_load", "year_pulses"]
