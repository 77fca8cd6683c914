# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterable

class ListPortInfo:
    device: str

def comports() -> Iterable[ListPortInfo]: ...
