# Scripted faults: which call goes wrong, how, and how often.
#
# SPDX-License-Identifier: Apache-2.0

import dataclasses
import threading
import typing


@dataclasses.dataclass
class Fault:
    """
    Hits calls of `method`: "AppendRows", "CreateWriteStream", …, or for REST "tables.insert",
    "datasets.get", …; "grpc" and "rest" mean every call of that interface.

    skip: calls let through first.  count: calls hit after that; None: until removed.
    delay_s: wait before anything else (slow).  hang: wait until the fault is removed.
    status, reason: answer with that error.  status is an HTTP number, or the name of a gRPC code.
    lose_answer: the call is carried out, then its connection is cut (with status: then that error is sent).
    cut: the connection is cut before anything happened.
    table: (AppendRows) hits requests for that table only.
    half: (REST) half of the answer is sent, then the connection closed.
    """

    method: str
    status: typing.Union[int, str, None] = None
    reason: str = "backendError"
    message: str = "scripted fault"
    skip: int = 0
    count: typing.Optional[int] = 1
    delay_s: float = 0
    hang: bool = False
    lose_answer: bool = False
    cut: bool = False
    half: bool = False
    table: typing.Optional[str] = None
    hits: int = 0
    removed: threading.Event = dataclasses.field(default_factory=threading.Event)


class Faults:
    """The faults in force, in the order they were added; a call meets the first that hits it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.list = []

    def add(self, fault):
        with self.lock:
            self.list.append(fault)
        return fault

    def remove(self, fault):
        with self.lock:
            if fault in self.list:
                self.list.remove(fault)
        fault.removed.set()

    def clear(self):
        with self.lock:
            faults, self.list = self.list, []
        for fault in faults:
            fault.removed.set()

    def meet(self, interface, method, table=None):
        """Returns the fault that hits this call, or None; waits as the fault says."""
        with self.lock:
            for fault in self.list:
                if fault.method not in (interface, method) or fault.table not in (None, table):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.count is not None and fault.hits >= fault.count:
                    continue
                fault.hits += 1
                break
            else:
                return None
        if fault.delay_s:
            fault.removed.wait(fault.delay_s)
        if fault.hang:
            fault.removed.wait()
        return fault
