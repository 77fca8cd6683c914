# SPDX-License-Identifier: Apache-2.0
"""What the host uses of pyserial, which ships no types."""

class SerialException(OSError): ...  # noqa: N818 - the name is theirs
class SerialTimeoutException(SerialException): ...

class SerialBase:
    baudrate: int
    timeout: float | None
    is_open: bool
    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int = 1) -> bytes: ...
    def write(self, data: bytes | bytearray | memoryview, /) -> int | None: ...
    def flush(self) -> None: ...
    def reset_input_buffer(self) -> None: ...
    def close(self) -> None: ...

class Serial(SerialBase): ...

def serial_for_url(
    url: str,
    *,
    baudrate: int = 9600,
    bytesize: int = 8,
    parity: str = "N",
    timeout: float | None = None,
    write_timeout: float | None = None,
    exclusive: bool | None = None,
) -> SerialBase: ...
