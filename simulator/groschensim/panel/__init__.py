# SPDX-License-Identifier: Apache-2.0
"""The meter's front panel in the terminal, with the real firmware behind it: `groschen sim panel`."""
