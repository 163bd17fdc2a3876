"""Watches the demo's changes arrive, then compares what each station has of them.

PostgreSQL's side are the counts that workload.py keeps.  Kafka is read from the beginning
with a client of its own: an event is a record with a value on a table's topic, by the table
its source block names; tombstones (no value) and the records of other topics are counted
apart.  In BigQuery an event is a row; rows are counted by distinct Kafka coordinates, and
all of them, which is more only if something was delivered twice.

Exit code 0 if all three agree, 1 if they differ or a station stood still for too long.

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import collections
import json
import statistics
import sys
import time

import confluent_kafka
from google.api_core.exceptions import GoogleAPIError
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

TABLES = ("products", "customers", "orders", "order_lines", "stock_movements")
LARGE_TRANSACTION_EVENTS = 50_000
BIGQUERY_LOOK_SECONDS = 1.5


class KafkaSide:
    """Reads all topics from their beginning and counts."""

    def __init__(self, bootstrap, prefix):
        self.prefix = prefix
        self.events = collections.Counter()      # by table
        self.tombstones = collections.Counter()
        self.operations = collections.Counter()
        self.others = collections.Counter()      # by topic
        self.latencies_ms = collections.defaultdict(list)  # by transaction
        self.bytes = 0
        self.assigned = set()
        self.consumer = confluent_kafka.Consumer({
            "bootstrap.servers": bootstrap, "group.id": "walferry-demo-report",
            "enable.auto.commit": False, "log_level": 0, "auto.offset.reset": "earliest",
            "isolation.level": "read_committed", "queued.max.messages.kbytes": 65536,
            # answers to other questions wait behind a fetch
            "fetch.wait.max.ms": 20})

    def find_partitions(self):
        """Takes in partitions that were made since the last look."""
        found = {(topic.topic, partition)
                 for topic in self.consumer.list_topics(timeout=10).topics.values()
                 if not topic.topic.startswith("__consumer")
                 for partition in topic.partitions}
        new = found - self.assigned
        if new:
            self.consumer.incremental_assign([
                confluent_kafka.TopicPartition(topic, partition, confluent_kafka.OFFSET_BEGINNING)
                for topic, partition in new])
            self.assigned |= new

    def read(self, seconds):
        """Counts what comes within the time; returns how many records that were."""
        deadline = time.monotonic() + seconds
        records = 0
        while (left := deadline - time.monotonic()) > 0:
            for message in self.consumer.consume(5000, timeout=min(left, 0.2)):
                if message.error():
                    raise confluent_kafka.KafkaException(message.error())
                self.count(message)
                records += 1
        return records

    def count(self, message):
        topic, value = message.topic(), message.value()
        self.bytes += len(message) + len(message.key() or b"")
        table = topic.removeprefix(self.prefix + ".public.")
        if topic.startswith("__walferry.") or table == topic:
            self.others[topic] += 1
        elif value is None:
            self.tombstones[table] += 1
        else:
            event = json.loads(value)
            source = event["source"]
            self.events[source["table"]] += 1
            self.operations[event["op"]] += 1
            self.latencies_ms[source["txId"]].append(message.timestamp()[1] - source["ts_us"] / 1000)

    def end_is_reached(self):
        """True if nothing was written beyond what was read."""
        positions = {(at.topic, at.partition): at.offset for at in self.consumer.position(
            [confluent_kafka.TopicPartition(*partition) for partition in self.assigned])}
        for topic, partition in self.assigned:
            high = self.consumer.get_watermark_offsets(
                confluent_kafka.TopicPartition(topic, partition), timeout=10)[1]
            if high > max(positions.get((topic, partition), 0), 0):
                return False
        return True


class BigQuerySide:
    """Counts the history tables' rows."""

    def __init__(self, endpoint, project, dataset):
        self.dataset = dataset
        self.client = bigquery.Client(project=project, credentials=AnonymousCredentials(),
                                      client_options={"api_endpoint": endpoint})
        self.distinct = collections.Counter()
        self.rows = collections.Counter()
        self.failure = None
        self.looked_at = 0.0

    def query_text(self, table):
        return f"""SELECT COUNT(DISTINCT CONCAT(_kafka_topic, '/', CAST(_kafka_partition AS STRING), '/',
            CAST(_kafka_offset AS STRING))), COUNT(*) FROM `{self.dataset}.{table}__history`"""

    def look(self):
        """A table that is not there yet has no rows; why it was not is kept in failure."""
        self.looked_at = time.monotonic()
        self.failure = None
        for table in TABLES:
            try:
                row = next(iter(self.client.query(self.query_text(table)).result(timeout=30)))
                self.distinct[table], self.rows[table] = row[0], row[1]
            except GoogleAPIError as error:
                self.failure = f"{table}__history: {error}"


def read_counts(path):
    """(finished, events by table) of the workload; nothing before its first transaction."""
    try:
        with open(path, encoding="utf-8") as file:
            counts = json.load(file)
    except FileNotFoundError:
        return False, collections.Counter()
    return counts["finished"], collections.Counter(counts["tables"])


def process_is_alive(pid):
    """False also for one that has ended and is not yet waited for."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(") ")[2][0] != "Z"
    except (OSError, IndexError):
        return False


class Progress:
    """One line that is written over on a terminal, else one line every few seconds."""

    def __init__(self):
        self.started = time.monotonic()
        self.written_at = 0.0
        self.terminal = sys.stdout.isatty()

    def show(self, committed, kafka, warehouse, final=False):
        now = time.monotonic()
        if not final and now - self.written_at < (0.2 if self.terminal else 3.0):
            return
        self.written_at = now
        line = (f"  {now - self.started:4.0f} s   committed {committed:>9,}   "
                f"in Kafka {kafka:>9,}   in BigQuery {warehouse:>9,}")
        if self.terminal:
            print(f"\r{line} ", end="\n" if final else "", flush=True)
        else:
            print(line, flush=True)


def watch(arguments, kafka, warehouse):
    """Returns what stood still, or None when everything has arrived."""
    progress = Progress()
    last, moved_at = None, time.monotonic()
    while True:
        # asked first: it writes its last counts before it ends
        working = process_is_alive(arguments.workload_pid)
        finished, committed = read_counts(arguments.counts)
        kafka.find_partitions()
        kafka.read(0.3)
        if time.monotonic() - warehouse.looked_at > BIGQUERY_LOOK_SECONDS:
            warehouse.look()
        stations = (committed.total(), kafka.events.total(), warehouse.distinct.total())
        progress.show(*stations)
        if finished and stations[1] >= stations[0] and stations[2] >= stations[0]:
            break
        if stations != last:
            last, moved_at = stations, time.monotonic()
        if not process_is_alive(arguments.shipper_pid):
            return "the shipper has ended"
        if not finished and not working:
            return "the workload has ended early"
        if time.monotonic() - moved_at > arguments.timeout:
            return f"nothing has moved for {arguments.timeout} s"
    # whatever comes beyond the expected counts is to be seen too
    while kafka.read(0.5) or not kafka.end_is_reached():
        pass
    warehouse.look()
    progress.show(committed.total(), kafka.events.total(), warehouse.distinct.total(), final=True)
    return None


def memory_peak_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def print_table(committed, kafka, warehouse):
    """Returns whether every line agrees."""
    heads = ("table", "committed in", "events in", "rows in BigQuery,", "rows in", "")
    heads_below = ("", "PostgreSQL", "Kafka", "by Kafka coordinates", "all", "")
    form = "  {:<18}{:>14}{:>12}{:>22}{:>11}  {}"
    print()
    print(form.format(*heads).rstrip())
    print(form.format(*heads_below).rstrip())
    agree = True
    for table in (*TABLES, "all"):
        counts = [side.total() if table == "all" else side[table]
                  for side in (committed, kafka.events, warehouse.distinct, warehouse.rows)]
        equal = len(set(counts)) == 1
        agree = agree and equal
        print(form.format(table, *(f"{count:,}" for count in counts), "equal" if equal else "DIFFERENT"))
    return agree


def print_rest(kafka, arguments):
    print()
    operations = ", ".join(f"{kafka.operations[letter]:,} {name}" for letter, name in
                           (("c", "creates"), ("u", "updates"), ("d", "deletes"), ("r", "reads"), ("t", "truncates"))
                           if kafka.operations[letter])
    print(f"  events by kind: {operations}")
    print(f"  beside them in Kafka: {kafka.tombstones.total():,} tombstones"
          + "".join(f", {count:,} in {topic}" for topic, count in sorted(kafka.others.items())))
    small = [value for values in kafka.latencies_ms.values() if len(values) < LARGE_TRANSACTION_EVENTS
             for value in values]
    if len(small) > 1:
        percentiles = statistics.quantiles(small, n=100, method="inclusive")
        print(f"  commit → Kafka: p50 {percentiles[49]:.0f} ms, p99 {percentiles[98]:.0f} ms"
              f" ({len(small):,} events of the small transactions)")
    for values in kafka.latencies_ms.values():
        if len(values) >= LARGE_TRANSACTION_EVENTS:
            print(f"  commit → Kafka of the transaction of {len(values):,} rows: first {min(values):.0f} ms,"
                  f" last {max(values):.0f} ms")
    print(f"  shipper: at most {memory_peak_bytes(arguments.shipper_pid) / 2**20:.1f} MiB of memory")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", required=True, help="file that workload.py writes")
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--prefix", required=True, help="topic.prefix")
    parser.add_argument("--endpoint", required=True, help="of BigQuery's REST interface")
    parser.add_argument("--project", required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--shipper-pid", type=int, required=True)
    parser.add_argument("--workload-pid", type=int, required=True)
    parser.add_argument("--timeout", type=float, default=60, help="seconds without any progress")
    arguments = parser.parse_args()

    kafka = KafkaSide(arguments.bootstrap, arguments.prefix)
    warehouse = BigQuerySide(arguments.endpoint, arguments.project, arguments.dataset)
    trouble = watch(arguments, kafka, warehouse)
    _, committed = read_counts(arguments.counts)
    agree = print_table(committed, kafka, warehouse)
    if trouble:
        print(f"\n  {trouble}" + (f"; BigQuery's last answer: {warehouse.failure}" if warehouse.failure else ""))
        sys.exit(1)
    print_rest(kafka, arguments)
    kafka.consumer.close()
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
