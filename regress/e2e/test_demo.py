# The demo, shortened: what the README shows first has to run.
#
# SPDX-License-Identifier: Apache-2.0

import os
import re
import subprocess

import pytest
import stack

SHORT = ("--transactions", "60", "--rows", "500")


@pytest.fixture
def demo():
    """Runs demo/run.sh with arguments; what is left running is stopped."""
    with stack.RunDirectory() as run:
        # of its own, because the demo removes it
        directory = run.path / "demo"

        def call(*arguments, source=None):
            environment = {**os.environ, "WALFERRY_RUN": str(directory)}
            environment.pop("SOURCE", None)
            # it runs the shipper that it builds, not the one with the sanitizers
            environment.pop("WALFERRY_BINARY", None)
            if source is not None:
                environment["SOURCE"] = source
            return subprocess.run([stack.ROOT / "demo/run.sh", *arguments], env=environment, text=True,
                                  capture_output=True, timeout=240)

        call.directory = directory
        yield call
        call("stop")


@pytest.mark.limit(300)
def test_pgoutput_of_a_server_like_rds(demo):
    """The counts are equal; no plugin of ours, TLS that is checked, a role that owns nothing."""
    shown = demo("--no-install", "--keep", *SHORT, source="pgoutput")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    counts = re.findall(r"^  (\w+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+)  equal$", shown.stdout, re.M)
    assert [line[0] for line in counts] == ["products", "customers", "orders", "order_lines", "stock_movements", "all"]
    assert all(len(set(line[1:])) == 1 and line[1] != "0" for line in counts)

    settings = (demo.directory / "shipper/shipper.properties").read_text().splitlines()
    assert {"plugin.name=pgoutput", "publication.autocreate.mode=disabled", "database.sslmode=verify-full"} < set(settings)
    state = dict(line.split("=", 1) for line in (demo.directory / "postgres.state").read_text().splitlines() if "=" in line)
    asked = subprocess.run(
        [f"{state['bin']}/psql", "-X", "-A", "-t", "-h", state["socket_directory"], "-p", state["port"], "-U", "postgres",
         "-d", "inventory", "-c", """
            SELECT plugin, ssl, usename, usesuper, (SELECT count(*) FROM pg_class WHERE relowner = usesysid),
                (SELECT count(*) FROM pg_available_extensions WHERE name = 'walferry')
            FROM pg_replication_slots JOIN pg_stat_ssl ON pid = active_pid JOIN pg_stat_activity USING (pid)
                JOIN pg_user USING (usesysid, usename)"""], text=True, capture_output=True, check=True)
    assert asked.stdout == "pgoutput|t|capture|f|0|0\n"

    stopped = demo("stop")
    assert stopped.returncode == 0 and "was stopped" in stopped.stdout
    assert not demo.directory.exists()


def test_unknown_source(demo):
    shown = demo(source="debezium")
    assert shown.returncode == 2
    assert shown.stderr == 'SOURCE is "debezium", but it takes walferry (the default) or pgoutput\n'
    assert not demo.directory.exists()
