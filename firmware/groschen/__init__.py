# SPDX-License-Identifier: Apache-2.0
"""Everything that runs on the meter."""

VERSION = "0.1.0"
"""Of the project: the wheel's, and what a meter says of itself."""
