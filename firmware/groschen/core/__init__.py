# SPDX-License-Identifier: Apache-2.0
"""The meter itself: pure, synchronous, integer; time arrives as an argument."""
