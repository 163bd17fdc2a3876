# A test that hangs fails, with its stack: limit(seconds) changes the 120 s that each may take.  SIGTERM ends all as Ctrl-C does.
#
# SPDX-License-Identifier: Apache-2.0

import signal

import pytest
import stack

LIMIT_S = 120

# asked to end, a runner takes its servers with it
signal.signal(signal.SIGTERM, signal.default_int_handler)


def alarm(number, frame):
    raise TimeoutError("the test took too long")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    marker = item.get_closest_marker("limit")
    before = signal.signal(signal.SIGALRM, alarm)
    # again and again, because the first may end in code that swallows it
    signal.setitimer(signal.ITIMER_REAL, marker.args[0] if marker else LIMIT_S, 5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def run_directory():
    with stack.RunDirectory() as run:
        yield run


@pytest.fixture(scope="session")
def session_postgres(run_directory):
    settings = {"max_replication_slots": 60, "max_wal_senders": 20, "wal_sender_timeout": "30s"}
    return stack.Postgres(run_directory, settings).start()


@pytest.fixture(scope="session")
def session_kafka(run_directory):
    return stack.Kafka(run_directory, stack.QUICK_START).start()
