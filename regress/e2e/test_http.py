# /live, /ready, /status, /metrics, and the verbs beside run.
#
# SPDX-License-Identifier: Apache-2.0

import json
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import stack

from lab import Workload

SAMPLE = re.compile(r"(walferry_[a-z0-9_]+)(?:\{[^}]*\})? -?[0-9.eE+]+\Z")


def parse_openmetrics(text):
    """{metric family: type}, after checking what the OpenMetrics text format asks for."""
    assert text.endswith("# EOF\n")
    types = {}
    samples = set()
    current = None
    for line in text.splitlines()[:-1]:
        assert line and line == line.strip()
        if line.startswith("# "):
            keyword, name, rest = line[2:].split(" ", 2)
            assert keyword in ("TYPE", "HELP", "UNIT")
            if name != current:
                assert name not in types, f"{name} is interleaved"
            current = name
            if keyword == "TYPE":
                assert rest in ("counter", "gauge", "info")
                types[name] = rest
            elif keyword == "HELP":
                assert rest
            continue
        match = SAMPLE.match(line)
        assert match, line
        name = match[1]
        assert name not in samples, f"{name} stands twice"
        samples.add(name)
        family = name.removesuffix("_total").removesuffix("_info")
        assert family == current, f"{name} does not belong to {current}"
        if types[family] == "counter":
            assert name.endswith("_total")
        else:
            assert not name.endswith("_total")
    return types


def test_metrics_are_openmetrics(fake_lab, fake):
    lab = fake_lab
    lab.sql(Workload.TABLE)
    lab.start()
    lab.sql("INSERT INTO work (n) SELECT i FROM generate_series(1, 100) i")
    lab.delivered()
    fake.wait_rows("lab", lab.dataset, "work__history", 100)
    with urllib.request.urlopen(lab.shipper.state["url"] + "/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        types = parse_openmetrics(answer.read().decode())
    assert types["walferry_capture_records"] == "counter" and types["walferry_capture_connected"] == "gauge"
    stack.wait_until(lambda: lab.shipper.metrics()["walferry_loader_rows_total"] == 100, 20, "100 rows in the metrics")
    metrics = lab.shipper.metrics()
    assert metrics["walferry_capture_records_total"] == 100
    assert metrics["walferry_capture_connected"] == 1
    assert metrics["walferry_capture_in_flight_records"] == 0


def test_metrics_are_the_documented_ones(lab):
    lab.start()
    text = (stack.ROOT / "docs/metrics.md").read_text()
    documented = set(re.findall(r"`(walferry_[a-z0-9_]+)`", text))
    shown = set(re.sub(r"\{.*", "", name) for name in lab.shipper.metrics())
    assert shown == documented


def test_health(lab, kafka):
    lab.sql(Workload.TABLE)
    lab.start(source_release_after_ms="2000")
    assert lab.shipper.get("/live")[0] == 200
    assert lab.shipper.get("/ready")[0] == 200
    assert lab.shipper.get("/nothing")[0] == 404
    status = lab.shipper.status()
    assert "capture" in json.dumps(status)
    result = lab.shipper.verb("status", "--config", lab.shipper.state["config"], "--health")
    assert result.returncode == 0, result.stderr
    result = lab.shipper.verb("status", "--config", lab.shipper.state["config"])
    assert result.returncode == 0 and result.stdout
    kafka.stop()
    try:
        lab.sql("INSERT INTO work (n) VALUES (1)")
        stack.wait_until(lambda: lab.shipper.get("/ready")[0] == 503, 30, "/ready telling that Kafka is away")
        assert re.fullmatch("capture is waiting: .*Kafka.*\n", lab.shipper.get("/ready")[1])
        assert lab.shipper.get("/live")[0] == 200
        assert lab.shipper.verb("status", "--config", lab.shipper.state["config"], "--health").returncode != 0
    finally:
        kafka.start()
    stack.wait_until(lambda: lab.shipper.get("/ready")[0] == 200, 60, "/ready after Kafka is back")
    lab.delivered()
    lab.shipper.stop()
    assert lab.shipper.verb("status", "--config", lab.shipper.state["config"], "--health").returncode != 0


@pytest.mark.parametrize("request_bytes", [
    b"GET /live HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 2000 + b"\r\n", b"\x00\xff\x00garbage\r\n\r\n",
    b"POST /live HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789", b"GET " + b"/" * 100000,
], ids=["many_headers", "garbage", "post", "long_path"])
def test_odd_requests_do_no_harm(lab, request_bytes):
    import socket

    lab.start()
    with socket.create_connection(("127.0.0.1", lab.shipper.port), 5) as connection:
        connection.settimeout(5)
        try:
            connection.sendall(request_bytes)
            connection.recv(1000)
        except OSError:
            pass
    assert lab.shipper.get("/live")[0] == 200


def test_other_methods_are_not_allowed(lab):
    lab.start()
    request = urllib.request.Request(lab.shipper.state["url"] + "/live", method="POST", data=b"x")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 405 and refused.value.headers["Allow"] == "GET, HEAD"


SOURCE_SETTINGS = ("database.hostname", "database.port", "database.user", "database.password", "database.dbname")


def tail_into(lab, target, seconds=30):
    """`walferry tail` with nothing but the source's settings, into a file: (exit code, what it said)."""
    settings = {name: value for name, value in lab.settings().items() if name in SOURCE_SETTINGS}
    config = lab.write_config("".join(f"{name}={value}\n" for name, value in settings.items()).encode())
    process = subprocess.Popen(lab.command("tail", "--config", config), stdout=target, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + seconds
    number = 0
    while process.poll() is None and time.monotonic() < deadline:
        number += 1
        lab.sql("INSERT INTO work (n) VALUES (%s)", number)
        time.sleep(0.3)
    process.kill()
    return process.wait(), process.stderr.read()


def test_tail_says_why_stdout_takes_nothing(lab):
    lab.sql(Workload.TABLE)
    with open("/dev/full", "w") as full:
        code, log = tail_into(lab, full)
    assert code == 1 and "cannot write to stdout: No space left on device" in log


def test_tail_into_head(lab):
    lab.sql(Workload.TABLE)
    head = subprocess.Popen(["head", "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    code, log = tail_into(lab, head.stdin)
    head.stdin.close()
    line = json.loads(head.stdout.read())
    assert head.wait(10) == 0
    assert line["topic"] == "tail.public.work"
    assert code == 0 and " error " not in log


def test_tail_never_moves_the_slot(lab):
    lab.sql(Workload.TABLE)
    lab.create_slot()
    lab.sql("INSERT INTO work (n) VALUES (0)")
    before = lab.slot()
    process = subprocess.Popen(lab.command("tail", "--config", lab.write_config()), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
    try:
        stack.wait_until(
            lambda: lab.sql("SELECT count(*) FROM pg_replication_slots WHERE temporary AND active AND database = %s",
                            lab.database) == [(1,)], 20, "tail's temporary slot")
        lab.sql("INSERT INTO work (n, note) VALUES (1, 'seen'), (2, 'too')")
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert "seen" in json.dumps(lines[0]) and "too" in json.dumps(lines[1])
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    after = lab.slot()
    assert (after["confirmed_flush_lsn"], after["restart_lsn"]) == (before["confirmed_flush_lsn"], before["restart_lsn"])
    assert lab.sql("SELECT count(*) FROM pg_replication_slots WHERE temporary AND database = %s", lab.database) == [(0,)]


def test_stdout_sink(lab):
    """Only when asked for."""
    lab.sql(Workload.TABLE)
    lab.start(sink="stdout", kafka_bootstrap_servers=None)
    lab.sql("INSERT INTO work (n, note) VALUES (1, 'ünï')")
    lab.delivered()
    lines = stack.wait_until(
        lambda: [json.loads(line) for line in lab.shipper.log().splitlines() if line.startswith("{")], 10, "a record")
    assert lines[0]["topic"] == lab.topic("work") and lines[0]["value"]["after"]["note"] == "ünï"


@pytest.mark.parametrize("plugin", ["walferry", "pgoutput"])
def test_stdout_sink_is_measured(lab, plugin):
    """What means the same without Kafka moves as with it; the rest is not known, which is no 0."""
    lab.sql(Workload.TABLE)
    lab.start(sink="stdout", kafka_bootstrap_servers=None, plugin_name=plugin)

    def metrics():
        return {name.removeprefix("walferry_capture_"): value
                for name, value in json.loads(lab.shipper.get("/status")[1])["metrics"].items() if "_capture_" in name}

    before = metrics()
    lab.sql("INSERT INTO work (n, note) VALUES (1, 'one'), (2, 'two')")
    lab.delivered()
    after = stack.wait_until(lambda: metrics() if metrics()["records_total"] == 2 else None, 10, "two records")
    for name in ("received_lsn_bytes", "confirmed_lsn_bytes", "server_lsn_bytes", "sent_bytes_total", "received_bytes_total"):
        assert after[name] > before[name], name
    assert 0 < before["confirmed_lsn_bytes"] and after["confirmed_lsn_bytes"] <= after["server_lsn_bytes"]
    assert after["lag_bytes"] == after["server_lsn_bytes"] - after["confirmed_lsn_bytes"]
    assert after["connected"] == 1
    for name in ("transactions_total", "commit_to_ack_latency_milliseconds", "values_without_form_total", "in_flight_records"):
        assert after[name] is None
        assert f"\nwalferry_capture_{name} " not in lab.shipper.get("/metrics")[1]
    lab.end_walsender()
    lab.sql("INSERT INTO work (n, note) VALUES (3, 'three')")
    lab.delivered()
    assert metrics()["reconnects_total"] == 1 and metrics()["confirmed_lsn_bytes"] >= after["confirmed_lsn_bytes"]


def test_log_as_json(lab):
    lab.sql(Workload.TABLE)
    lab.start(log_format="json")
    time.sleep(0.3)
    lab.shipper.stop()
    lines = [json.loads(line) for line in lab.shipper.log().splitlines()]
    assert lines and all("level" in line and "message" in line for line in lines)
