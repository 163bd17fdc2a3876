"""What bench/source.sh measures, and how it says so.

SPDX-License-Identifier: Apache-2.0
"""

import dataclasses
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

import confluent_kafka
import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "regress/lib"))

import kafka_topics     # noqa: E402
import stack            # noqa: E402

SCALE = float(os.environ.get("SCALE", "0.3"))
REPS = int(os.environ.get("REPS", "3"))
WORKLOADS = os.environ.get("WORKLOADS", "b c").split()
SIDES = os.environ.get("SIDES", "walferry pgoutput debezium").split()
SINKS = os.environ.get("SINKS", "null kafka").split()
SCHEMAS = "true" if os.environ.get("SCHEMAS") == "1" else "false"
COMPRESSION = os.environ.get("COMPRESSION", "lz4")

PLUGINS = {"walferry": "walferry", "pgoutput": "pgoutput", "debezium": "pgoutput"}
TITLES = {"b": "b: inserts of 12 columns, 100-row transactions", "c": "c: updates, REPLICA IDENTITY FULL", "d": "d: one transaction",
          "e": "e: inserts of 100 columns, 100-row transactions", "f": "f: inserts of 8.6 kB out of line, 100-row transactions"}
TABLES = {"e": "wide_target", "f": "long_target"}
CONNECTOR = "io.debezium.connector.postgresql.PostgresConnector"
TICKS = os.sysconf("SC_CLK_TCK")
POLL_SECONDS = 0.02
LINE_BYTES = 1000      # more than a line of the log has
DRAIN_SECONDS = 1800
STALL_SECONDS = 30
ATTEMPTS = 3
START_SECONDS = 120


def note(text):
    print(text, file=sys.stderr, flush=True)


def cpu_seconds(pid):
    """User and system, of all threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def written_bytes(pid):
    """To files; what goes to sockets is not counted here."""
    for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("wchar:"):
            return int(line.split()[1])
    return 0


def peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Skipped(Exception):
    """This side cannot be measured; the message says why."""


class Stalled(Exception):
    """Nothing came any more.  Seen where neither side is at fault: Linux 6.18 may leave a TCP connection over the
    loopback standing with a full send queue and an empty receive queue.  The run is made again."""


@dataclasses.dataclass
class Run:
    workload: str
    sink: str
    side: str
    round: int
    events: int
    seconds: float
    walsender_cpu: float
    reader_cpu: float
    reader_peak_mib: float

    @property
    def events_per_second(self):
        return self.events / self.seconds

    @property
    def cpu_us(self):
        """Of walsender and reader together, an event."""
        return (self.walsender_cpu + self.reader_cpu) * 1e6 / self.events


def looks(reader):
    """Times to look whether it has ended, which it must at some time."""
    begin = time.monotonic()
    checked = begin
    while True:
        now = time.monotonic()
        yield now
        if now > begin + DRAIN_SECONDS:
            raise Skipped(f"it did not end within {DRAIN_SECONDS} s")
        if now > checked + 1:
            checked = now
            reader.check()
        time.sleep(POLL_SECONDS)


class Walferry:
    """The shipper, a process for each drain."""

    def __init__(self, bench, plugin):
        self.bench = bench
        self.plugin = plugin
        self.process = None

    def start(self, slot, sink, prefix):
        postgres = self.bench.postgres
        settings = {
            "topic.prefix": prefix, "plugin.name": self.plugin, "slot.name": slot, "snapshot.mode": "no_data",
            "delivery.guarantee": "at-least-once", "database.hostname": "127.0.0.1", "database.port": postgres.port,
            "database.user": "postgres", "database.password": postgres.password, "database.dbname": "bench",
            "key.converter.schemas.enable": SCHEMAS, "value.converter.schemas.enable": SCHEMAS, "http.listen": "",
            "status.update.interval.ms": "100"}
        if self.plugin == "pgoutput":
            settings |= {"publication.name": "bench", "publication.autocreate.mode": "disabled"}
        if sink == "null":
            settings["sink"] = "stdout"
        else:
            settings |= {"kafka.bootstrap.servers": self.bench.kafka.bootstrap, "kafka.compression.type": COMPRESSION}
        config = self.bench.directory / "walferry.properties"
        config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        self.log = self.bench.directory / "walferry.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WALFERRY_")}
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([ROOT / "build/shipper/walferry", "run", "--config", config],
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=environment)
        return self.process.pid, 0.0

    def check(self):
        if self.process.poll() is not None:
            raise Skipped(f"walferry ended with exit code {self.process.returncode}: {self.log.read_text().strip()[-600:]}")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


class Debezium:
    """One Connect worker; a connector for each drain."""

    def __init__(self, bench):
        self.bench = bench
        self.name = None
        self.connect = stack.Connect(bench.run, {"bootstrap.servers": bench.kafka.bootstrap}).start()

    def start(self, slot, sink, prefix):
        postgres = self.bench.postgres
        self.name = prefix
        before = cpu_seconds(self.connect.pid)
        code, answer = self.connect.request("POST", "/connectors", {"name": prefix, "config": {
            "connector.class": CONNECTOR, "tasks.max": "1", "plugin.name": "pgoutput", "slot.name": slot,
            "publication.name": "bench", "publication.autocreate.mode": "disabled", "snapshot.mode": "no_data",
            "topic.prefix": prefix, "database.hostname": "127.0.0.1", "database.port": str(postgres.port), "database.user": "postgres",
            "database.password": postgres.password, "database.dbname": "bench",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "key.converter.schemas.enable": SCHEMAS, "value.converter.schemas.enable": SCHEMAS,
            "producer.override.compression.type": COMPRESSION, "extended.headers.enabled": "false"}})
        if code >= 300:
            raise Skipped(f"Kafka Connect refused the connector: {answer}")
        return self.connect.pid, before

    def check(self):
        code, answer = self.connect.request("GET", f"/connectors/{self.name}/status")
        for part in (answer["connector"], *answer["tasks"]) if code == 200 else ():
            if part["state"] == "FAILED":
                raise Skipped(f"the connector failed: {part.get('trace', 'no trace')[:600]}")

    def stop(self):
        self.connect.request("DELETE", f"/connectors/{self.name}")


class Bench:
    def __init__(self, run):
        self.run = run
        self.directory = pathlib.Path(os.fspath(run))
        self.postgres = stack.Postgres(run, {
            "shared_buffers": "512MB", "max_wal_size": "64GB", "checkpoint_timeout": "1d", "autovacuum": "off", "jit": "off",
            "synchronous_commit": "off", "wal_sender_timeout": "10min", "logical_decoding_work_mem": os.environ.get("WORK_MEM", "64MB")}).start()
        self.postgres.psql("CREATE DATABASE bench")
        self.connection = self.postgres.connect("bench")
        self.connection.execute("CREATE PUBLICATION bench FOR ALL TABLES")
        self.kafka = None
        self.topics = None
        if "kafka" in SINKS:
            self.kafka = stack.Kafka(run, {"num.partitions": 1}).start(heap="512m")
        self.skipped = {}       # (side, sink): why
        self.sides = {}
        for side in SIDES:
            if side != "debezium":
                self.sides[side] = Walferry(self, side)
            elif self.kafka:
                self.sides[side] = Debezium(self)
        self.drains = 0

    def shell(self, function, *arguments):
        """A function of server.sh or workloads.sh."""
        script = 'set -euo pipefail; . "$0/regress/lib/common.sh"; . "$0/bench/server.sh"; . "$0/bench/workloads.sh"; "$@"'
        state = self.postgres.state
        environment = os.environ | {
            "SCALE": str(SCALE), "BENCH_BIN": state["bin"],
            "BENCH_CONNINFO": f"host={state['socket_directory']} port={state['port']} user=postgres dbname=bench"}
        result = subprocess.run(["bash", "-c", script, ROOT, function, *arguments], env=environment, stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            raise SystemExit(result.returncode)
        return result.stdout.strip()

    def prepare(self, workload):
        """Writes the workload behind new slots; returns (events, end of the WAL)."""
        self.shell("bench_prepare", workload)
        for side in SIDES:
            self.connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", ("slot_" + side,))
            self.connection.execute("SELECT pg_create_logical_replication_slot(%s, %s)", ("slot_" + side, PLUGINS[side]))
        events = int(self.shell("bench_rows", workload))
        note(f"workload {workload}: writing {events} rows …")
        self.shell("bench_load", workload)
        end = self.connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()[0]
        # the readers are not to wait for what comes after it
        self.connection.execute("CHECKPOINT")
        return events, end

    def walsender(self, slot):
        return self.connection.execute("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", (slot,)).fetchone()[0]

    def drain(self, workload, sink, side, round_number, events, end):
        """One side's slot into one sink, from its beginning to its end."""
        reader = self.sides[side]
        self.drains += 1
        slot = prefix = f"drain{self.drains}"
        topic = f"{prefix}.public.{TABLES.get(workload, 'target')}"
        self.connection.execute("SELECT pg_copy_logical_replication_slot(%s, %s)", ("slot_" + side, slot))
        if sink == "kafka":
            self.watch_anew()
            self.topics.make([topic])
            self.watch_anew()
            stack.wait_until(lambda: self.topics.ends([topic]), 30, "the topic's leader")
        pid, reader_before = reader.start(slot, sink, prefix)
        try:
            deadline = time.monotonic() + START_SECONDS
            while (walsender := self.walsender(slot)) is None:
                reader.check()
                if time.monotonic() > deadline:
                    raise Skipped(f"the slot was not taken within {START_SECONDS} s")
                time.sleep(POLL_SECONDS)
            if reader_before > 0:
                reader_before = cpu_seconds(pid)
            if sink == "kafka":
                first, first_time, last_time = self.watch_topic(reader, topic, events)
            else:
                first, first_time, last_time = self.watch_output(reader, pid, slot, end)
            try:
                walsender_cpu = cpu_seconds(walsender)
            except FileNotFoundError:
                raise Skipped("the walsender is gone: the reader has connected again in mid-run") from None
            return Run(workload, sink, side, round_number, events, (last_time - first_time) * events / (events - first),
                       walsender_cpu, cpu_seconds(pid) - reader_before, peak_mib(pid))
        finally:
            reader.stop()
            stack.wait_until(lambda: self.walsender(slot) is None, 60, "the end of the walsender")
            self.connection.execute("SELECT pg_drop_replication_slot(%s)", (slot,))
            if sink == "kafka":
                self.topics.delete([name for name in self.topics.names() if prefix in name.split(".")])

    def watch_anew(self):
        """A client without memory: one that was there when topics went, or were not there yet, may not see them come for long."""
        if self.topics:
            self.topics.close()
        self.topics = kafka_topics.Topics(self.kafka.bootstrap)

    def watch_topic(self, reader, topic, events):
        """Waits for the last event; (events that were there at the first look, its time, the time of the last)."""
        first = there = 0
        first_time = None
        moved = time.monotonic()
        for now in looks(reader):
            before, there = there, self.topics.ends([topic]).get(topic, 0)
            if there >= events:
                return first, first_time or now, now
            if not first and there:
                first = there
                first_time = now
            if there > before:
                moved = now
            if now > moved + STALL_SECONDS:
                raise Stalled(f"{there} of {events} events came, then none for {STALL_SECONDS} s")

    def watch_output(self, reader, pid, slot, end):
        """The same of a process that prints; the last event is where it has written last when all is confirmed."""
        first_time = last_time = time.monotonic()
        written = 0
        for now in looks(reader):
            before, written = written, written_bytes(pid)
            if written - before > LINE_BYTES:
                last_time = now
            if now > last_time + STALL_SECONDS:
                raise Stalled(f"nothing was printed for {STALL_SECONDS} s")
            if self.connection.execute("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s",
                                       (end, slot)).fetchone()[0]:
                return 0, first_time, last_time

    def measure(self, workload):
        runs = []
        events, end = self.prepare(workload)
        # the first round makes code and caches warm
        for round_number in range(REPS + 1):
            for sink in SINKS:
                order = [side for side in self.sides if sink == "kafka" or side != "debezium"]
                for place in range(len(order)):
                    side = order[(place + round_number) % len(order)]
                    if (side, sink) in self.skipped or (side != "debezium" and round_number == 0):
                        continue
                    note(f"workload {workload}: round {round_number} of {REPS}, {side} to {sink} …")
                    run = self.attempt(workload, sink, side, round_number, events, end)
                    if run and round_number > 0:
                        runs.append(run)
        return runs

    def attempt(self, *what):
        _, sink, side, *_ = what
        for _ in range(ATTEMPTS):
            try:
                return self.drain(*what)
            except Stalled as problem:
                note(f"once more: {problem}")
                why = str(problem)
            except Skipped as problem:
                why = str(problem)
                break
        self.skipped[side, sink] = why
        return None


def table(workload, sink, runs):
    """Prints medians; the greatest and the least of events a second."""
    def median(side, figure):
        return statistics.median(getattr(run, figure) for run in runs if run.side == side)

    print(f"\n{TITLES[workload]}: {runs[0].events} events, to {'Kafka' if sink == 'kafka' else '/dev/null (sink=stdout)'}")
    print(f"  {'':10} {'events/s':>9}  {'(least – greatest)':>21} {'walsender':>10} {'reader':>9} {'µs/event':>9} {'peak MiB':>9}")
    for side in [side for side in SIDES if any(run.side == side for run in runs)]:
        speeds = [run.events_per_second for run in runs if run.side == side]
        print(f"  {side:10} {median(side, 'events_per_second'):9.0f}  {f'({min(speeds):.0f} – {max(speeds):.0f})':>21} "
              f"{median(side, 'walsender_cpu'):8.2f} s {median(side, 'reader_cpu'):7.2f} s {median(side, 'cpu_us'):9.2f} "
              f"{median(side, 'reader_peak_mib'):9.0f}")
    for side in ("walferry", "pgoutput"):
        for other in ("pgoutput", "debezium"):
            if side != other and {side, other} <= {run.side for run in runs}:
                print(f"  {side} beside {other}: {median(side, 'events_per_second') / median(other, 'events_per_second'):.1f} times the events a second, "
                      f"{median(side, 'cpu_us') / median(other, 'cpu_us'):.2f} of the CPU an event")


def main():
    with stack.RunDirectory() as run:
        bench = Bench(run)
        note("making source rows …")
        bench.shell("bench_make_sources")
        runs = []
        for workload in WORKLOADS:
            runs += bench.measure(workload)
        version = bench.connection.execute("SHOW server_version").fetchone()[0]
    if os.environ.get("OUT"):
        with open(os.environ["OUT"], "w", encoding="utf-8") as file:
            for one in runs:
                print(*dataclasses.astuple(one), sep="\t", file=file)
    print(f"PostgreSQL {version}, librdkafka {confluent_kafka.libversion()[0]} watches; schemas {'inline' if SCHEMAS == 'true' else 'off'}, "
          f"compression {COMPRESSION}; medians of {REPS}")
    for workload in WORKLOADS:
        for sink in SINKS:
            of_table = [one for one in runs if (one.workload, one.sink) == (workload, sink)]
            if of_table:
                table(workload, sink, of_table)
    for (side, sink), why in bench.skipped.items():
        print(f"\n{side} to {sink}: skipped: {why}")


if __name__ == "__main__":
    # so that services are ended, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except psycopg.Error as problem:
        sys.exit(f"PostgreSQL: {problem}")
