# The session's services, and a lab for each test.
#
# Services are started when a test first asks for them.  Tests come one after the other, so one may
# stop the broker or the server, if it starts them again.
#
# SPDX-License-Identifier: Apache-2.0

import os
import re
import zlib

import pytest
import stack
from lab import Lab

from fake_bigquery import FakeBigQuery


def pytest_collection_modifyitems(config, items):
    skip = pytest.mark.skip(reason="needs minutes and gigabytes: set WALFERRY_LARGE=1")
    for item in items:
        if "large" in item.keywords and not os.environ.get("WALFERRY_LARGE"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def emulator(run_directory):
    return stack.Emulator(run_directory).start()


@pytest.fixture
def postgres(session_postgres):
    if not session_postgres.is_running():
        session_postgres.start()
    return session_postgres


@pytest.fixture(scope="session")
def rds_like():
    """A server that shows its clients what RDS shows: state has master_password and capture_password."""
    with stack.RunDirectory() as run:
        yield stack.Postgres(run, {"log_connections": "on", "max_wal_senders": 20}).start(like="rds")


@pytest.fixture
def kafka(session_kafka):
    if not session_kafka.is_running():
        session_kafka.start()
    return session_kafka


@pytest.fixture
def name(request):
    """A name that is good for a database, slot, topic prefix and dataset, its own for each test."""
    text = re.sub(r"[^a-z0-9]+", "_", request.node.name.lower()).removeprefix("test_")[:40].strip("_")
    return f"{text}_{zlib.crc32(request.node.nodeid.encode()):08x}"


@pytest.fixture
def make_lab(name, postgres, kafka, request):
    """Makes labs; keyword encoding, locale for the database; bigquery as Lab takes it."""
    made = []

    def make(bigquery=None, suffix="", with_kafka=True, **database):
        lab = Lab(name + suffix, postgres, kafka if with_kafka else None, bigquery)
        made.append(lab)
        return lab.create_database(**database)

    yield make
    for lab in made:
        report = getattr(request.node, "report_call", None)
        if report is not None and report.failed and lab.shipper is not None:
            print(f"\n--- log of the shipper of {lab.name}\n{lab.shipper.log()[-20000:]}")
        lab.close()


@pytest.fixture
def trial(make_lab):
    """A lab whose database holds a table; run(**changes) runs its configuration by hand."""
    lab = make_lab()
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY)")
    return lab


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call":
        item.report_call = report


@pytest.fixture
def lab(make_lab):
    """Capture only: PostgreSQL to Kafka."""
    return make_lab()


@pytest.fixture
def fake():
    with FakeBigQuery() as running:
        yield running


@pytest.fixture
def fake_lab(make_lab, fake):
    """Both legs, the second one into the fake."""
    return make_lab(bigquery=(fake.rest_url, fake.grpc_url))


@pytest.fixture
def emulator_lab(make_lab, emulator):
    """Both legs, the second one into the emulator."""
    return make_lab(bigquery=(emulator.endpoint, emulator.grpc_endpoint))
