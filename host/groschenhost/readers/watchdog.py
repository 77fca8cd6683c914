# SPDX-License-Identifier: Apache-2.0
"""A limit to what is waited for: pcscd and its clients have none, a reader that hangs would hang the station.

All calls of one connection to pcscd are made by one thread of its own, in order; who asked waits for the answer no
longer than it may take. A call cannot be broken off. When it does come back after all, that thread lets the card go.
The thread is a daemon, so that a call that never comes back does not keep the process from ending.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from groschenhost.readers.connection import ReaderHung

P = ParamSpec("P")
R = TypeVar("R")


class Watchdog:
    """A thread that makes calls, each with a limit."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._hung: float | None = None
        threading.Thread(target=self._work, name="pcsc", daemon=True).start()

    def call(self, within_s: float, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Make a call and return what it returns; ReaderHung after `within_s` seconds, and at once from then on."""
        if self._hung is not None:
            raise ReaderHung(self._hung)
        future: Future[R] = Future()
        try:
            # An interruption may come as soon as the thread has the job, before anybody waits for its answer.
            self._jobs.put((future, lambda: function(*args, **kwargs)))
            return future.result(within_s)
        except TimeoutError:
            raise ReaderHung(within_s) from None
        finally:
            if not future.done():  # too late, or whoever waits was interrupted
                self._hung = within_s

    def end(self, last: Callable[[], object], within_s: float) -> None:
        """Make a last call and end the thread; behind a call that hangs it is not waited for. Never raises."""
        future: Future[Any] = Future()
        self._jobs.put((future, last))
        self._jobs.put(None)
        if self._hung is None:
            with suppress(Exception):
                future.result(within_s)

    def _work(self) -> None:
        while job := self._jobs.get():
            future, function = job
            try:
                future.set_result(function())
            except Exception as error:  # noqa: BLE001 - whoever asked gets it
                future.set_exception(error)
