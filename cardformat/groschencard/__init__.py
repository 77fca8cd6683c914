# SPDX-License-Identifier: Apache-2.0
"""What passes between host and meter, the same on both sides; and `const`, which CPython lacks."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    Value = TypeVar("Value")

    def const(value: Value) -> Value:
        """Return value; mpy-cross folds a name bound to it into the code that uses it."""
        ...
else:
    try:
        from micropython import const
    except ImportError:

        def const(value):
            """Return value as it is: CPython has no constants to fold."""
            return value
