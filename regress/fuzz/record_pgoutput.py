"""Records what pgoutput of a real server sends, for the reader's tests and its fuzz target.

    record_pgoutput.py FILE [--dsn DSN]         takes each shape of a message once into a recording
    record_pgoutput.py FILE --seeds DIRECTORY   makes a fuzz target's seeds of it

What the recording has of the server's version is replaced.  Without a DSN a server is started; the
server of a DSN must have wal_level=logical and logical_decoding_work_mem=64kB, so that small
transactions are streamed, and the role be a superuser's.  A database of its own is made there,
and dropped.

A line of a recording: the server's major version, the protocol's, "parallel" if
streaming=parallel was asked for (else "-"), "stream" if the message stood inside a stream (else
"-"), and the message in hexadecimal digits ("-": it was empty).

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import contextlib
import pathlib
import re
import select
import struct
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

DATABASE = "walferry_recording"
PUBLICATIONS = "recorded,by_root"
LONG_BYTES = 1000

TABLES = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN price AS numeric(8,2);
CREATE DOMAIN quantity AS integer CHECK (VALUE >= 0);
CREATE SCHEMA "Sales Area";
CREATE TABLE items (id serial PRIMARY KEY, gone integer, name varchar(20) DEFAULT 'none', mood mood,
    price price, quantity quantity, at timestamptz, tags text[], bytes bytea, pair pair,
    twice integer GENERATED ALWAYS AS (id * 2) STORED);
ALTER TABLE items DROP gone;
CREATE TABLE "Sales Area"."Order lines" (item integer PRIMARY KEY REFERENCES items ON DELETE CASCADE);
CREATE TABLE whole (a integer, b text);
ALTER TABLE whole REPLICA IDENTITY FULL;
CREATE TABLE by_index (id integer NOT NULL, code text NOT NULL, note text);
CREATE UNIQUE INDEX by_index_code ON by_index (code);
ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code;
CREATE TABLE nothing (a integer);
ALTER TABLE nothing REPLICA IDENTITY NOTHING;
CREATE TABLE no_columns ();
CREATE TABLE long_values (id integer PRIMARY KEY, short text, long text);
ALTER TABLE long_values ALTER long SET STORAGE EXTERNAL;
CREATE TABLE long_key (id text PRIMARY KEY, short text);
ALTER TABLE long_key ALTER id SET STORAGE EXTERNAL;
CREATE TABLE long_whole (id integer, long text);
ALTER TABLE long_whole ALTER long SET STORAGE EXTERNAL, REPLICA IDENTITY FULL;
CREATE TABLE parts (id integer PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts_high (v text, id integer NOT NULL);
ALTER TABLE parts ATTACH PARTITION parts_high FOR VALUES FROM (100) TO (200);
CREATE TABLE halves (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE halves_low PARTITION OF halves FOR VALUES FROM (0) TO (100);
CREATE TABLE filler (a integer, b text);
CREATE TABLE flush (a integer);
CREATE PUBLICATION recorded FOR TABLE items, "Sales Area"."Order lines", whole, by_index, nothing, no_columns,
    long_values, long_key, long_whole, halves, filler;
CREATE PUBLICATION by_root FOR TABLE parts WITH (publish_via_partition_root);
"""

CHANGES = """
INSERT INTO items (name, mood, price, quantity, at, tags, bytes, pair) VALUES
    ('lamp', 'ok', 9.99, 3, '2024-02-29 12:00+00', '{a,"b c",NULL}', '\\x00ff41', '(1,"x,y")');
INSERT INTO items DEFAULT VALUES;
INSERT INTO "Sales Area"."Order lines" VALUES (1);
UPDATE items SET name = 'läämp', mood = 'happy' WHERE id = 1;
UPDATE items SET id = 77 WHERE id = 2;
DELETE FROM items WHERE id = 77;
INSERT INTO whole VALUES (1, 'one'), (NULL, NULL);
UPDATE whole SET b = 'uno' WHERE a = 1;
DELETE FROM whole;
INSERT INTO by_index VALUES (1, 'one', 'first');
UPDATE by_index SET note = NULL;
UPDATE by_index SET code = 'two';
DELETE FROM by_index;
INSERT INTO nothing VALUES (1);
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO long_values VALUES (1, 'a', repeat('long ', 450));
UPDATE long_values SET short = 'b';
DELETE FROM long_values;
INSERT INTO long_key VALUES (repeat('key ', 520), 'a');
UPDATE long_key SET short = 'b';
DELETE FROM long_key;
INSERT INTO long_whole VALUES (1, repeat('long ', 450));
UPDATE long_whole SET id = 2;
INSERT INTO parts VALUES (1, 'low'), (101, 'high');
UPDATE parts SET v = 'higher' WHERE id = 101;
UPDATE parts SET id = 102 WHERE id = 1;
DELETE FROM parts;
INSERT INTO halves VALUES (1);
TRUNCATE items RESTART IDENTITY CASCADE;
TRUNCATE whole, halves;
TRUNCATE parts;
SELECT pg_logical_emit_message(true, 'audit', 'text');
"""

# more than logical_decoding_work_mem, 64 kB, in few shapes of messages
FILL = "INSERT INTO filler SELECT g, 'a filling text' FROM generate_series(1000, 1999) g;"


class Workload:
    """What is done at the server while its changes are recorded."""

    def __init__(self, connect):
        self.connection = connect()
        self.other = connect()

    def run(self, sql):
        self.connection.execute(sql)

    def wait_for_stream(self):
        """What is written so far is decoded while its transaction is open."""
        self.run(FILL)
        self.other.execute("INSERT INTO flush VALUES (1)")  # has the WAL flushed
        threading.Event().wait(1)

    def do_all(self):
        self.run("BEGIN;" + CHANGES + "COMMIT;")
        self.run("SELECT pg_logical_emit_message(false, 'outside', '\\x00ff'::bytea)")
        self.run("BEGIN; SELECT pg_logical_emit_message(true, '', ''); COMMIT")
        self.run("ALTER TABLE nothing RENAME a TO b; ALTER TABLE whole ADD c bigint DEFAULT 5")
        self.run("INSERT INTO nothing VALUES (2); INSERT INTO whole VALUES (3, 'x')")
        self.run("SELECT pg_replication_origin_create('from elsewhere');"
                 "SELECT pg_replication_origin_session_setup('from elsewhere')")
        self.run("BEGIN; SELECT pg_replication_origin_xact_setup('0/1234ABCD', now());"
                 "INSERT INTO nothing VALUES (2); COMMIT")
        self.run("BEGIN; SELECT pg_replication_origin_xact_setup('0/1234ABCE', now());")
        self.wait_for_stream()
        self.run("COMMIT; SELECT pg_replication_origin_session_reset();"
                 "SELECT pg_replication_origin_drop('from elsewhere')")
        self.run("BEGIN; INSERT INTO nothing VALUES (3); SAVEPOINT a;")
        self.wait_for_stream()
        self.run("ROLLBACK TO a; SAVEPOINT b;" + CHANGES)
        self.wait_for_stream()
        self.run("COMMIT")
        self.run("BEGIN;")
        self.wait_for_stream()
        self.run("ROLLBACK")
        self.other.execute("INSERT INTO flush VALUES (2)")
        return int(self.other.execute("SELECT pg_current_wal_flush_lsn() - '0/0'").fetchone()[0])

    def close(self):
        self.connection.close()
        self.other.close()


class Session(threading.Thread):
    """One replication connection, and what it received: (LSN told, in a stream, message)."""

    def __init__(self, dsn, number, version, **options):
        super().__init__(daemon=True)
        self.version = version
        self.parallel = options.get("streaming") == "parallel"
        self.slot = f"recorded_{number}"
        self.options = {"proto_version": version, "publication_names": PUBLICATIONS, **options}
        self.dsn = f"{dsn} replication=database"
        self.end_lsn = None
        self.messages = []
        self.in_stream = False
        self.fault = None

    def run(self):
        try:
            self.receive()
        except Exception as exception:  # told by the main thread
            self.fault = exception

    def receive(self):
        from psycopg import pq
        connection = pq.PGconn.connect(self.dsn.encode())
        if connection.status != pq.ConnStatus.OK:
            raise ConnectionError(connection.error_message.decode())
        options = ", ".join(f"{name} '{value}'" for name, value in self.options.items())
        result = connection.exec_(f"START_REPLICATION SLOT {self.slot} LOGICAL 0/0 ({options})".encode())
        if result.status != pq.ExecStatus.COPY_BOTH:
            raise ConnectionError(connection.error_message.decode())
        reached = 0
        while self.end_lsn is None or reached < self.end_lsn:
            length, data = connection.get_copy_data(1)
            if length > 0:
                reached = max(reached, self.take(bytes(data)))
            elif length == 0 and not select.select([connection.socket], [], [], 0.1)[0]:
                # asks for a keepalive, which says how far decoding is
                connection.put_copy_data(struct.pack(">cqqqqb", b"r", 1, 1, 1, 0, 1))
                connection.flush()
            elif length == 0:
                connection.consume_input()
            else:
                raise ConnectionError(connection.error_message.decode())
        connection.finish()

    def take(self, data):
        """Up to where the server has decoded, if data says so, else 0."""
        if data[:1] == b"k":
            return struct.unpack_from(">Q", data, 1)[0]
        message = data[25:]
        if message[:1] == b"E":
            self.messages.append((struct.unpack_from(">Q", data, 1)[0], True, message))
            self.in_stream = False
            return 0
        self.messages.append((struct.unpack_from(">Q", data, 1)[0], self.in_stream, message))
        self.in_stream = self.in_stream or message[:1] == b"S"
        return 0


def sessions_of(dsn, server):
    """A session for each version of the protocol and form of values that the server has."""
    wanted = [(1, {})]
    if server >= 14:
        wanted += [(1, {"messages": "true", "binary": "true"}), (2, {"messages": "true", "streaming": "on"})]
    if server >= 15:
        wanted += [(3, {"messages": "true", "streaming": "on", "binary": "true"})]
    if server >= 16:
        wanted += [(4, {"messages": "true", "streaming": "parallel", "origin": "any"}),
                   (4, {"messages": "true", "streaming": "on", "origin": "none", "binary": "true"})]
    return [Session(dsn, number, version, **options) for number, (version, options) in enumerate(wanted)]


def record(connect, dsn):
    """(server's major version, sessions that have ended)"""
    with connect() as connection:
        server = connection.info.server_version // 10000
        connection.execute(TABLES)
        sessions = sessions_of(dsn, server)
        for session in sessions:
            connection.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [session.slot])
        try:
            for session in sessions:
                session.start()
            workload = Workload(connect)
            end_lsn = workload.do_all()
            workload.close()
            for session in sessions:
                session.end_lsn = end_lsn
                session.join(60)
                if session.fault is not None or session.is_alive():
                    raise RuntimeError(f"{session.options}: {session.fault or 'it does not end'}")
        finally:
            connection.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active")
            threading.Event().wait(0.5)
            for session in sessions:
                connection.execute("SELECT pg_drop_replication_slot(%s)", [session.slot])
    return server, sessions


def shape(message):
    """What is the same for messages that differ in numbers and lengths only."""
    if message[:1] in b"BCcASE":
        return message[:1], len(message)
    classes = re.sub(rb"[ -~\x80-\xff]+", b"a", message[1:].replace(b"\0\0\0", b"\0"))
    return message[:1], re.sub(rb"[\x01-\x1f]+", b"1", classes)


def key_of(server, parallel, stream, message):
    """Messages of the same key are recorded once, long ones once for all servers."""
    if len(message) > LONG_BYTES:
        return shape(message)
    return server, stream, parallel if message[:1] == b"A" else "-", shape(message)


def add_to(recording, server, sessions):
    """Writes the recording anew, with what the sessions have received for what it had of the server."""
    path = pathlib.Path(recording)
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{server} ")] if path.exists() else []
    seen = set()
    for line in lines:
        other, _version, parallel, stream, digits = line.split(" ")
        seen.add(key_of(other, parallel, stream, bytes.fromhex(digits.strip("-"))))
    for session in sessions:
        parallel = "parallel" if session.parallel else "-"
        for _lsn, in_stream, message in session.messages:
            stream = "stream" if in_stream else "-"
            key = key_of(str(server), parallel, stream, message)
            # what is long is that in any form of values; one form is enough
            if key not in seen and (len(message) <= LONG_BYTES or session is sessions[0]):
                seen.add(key)
                lines.append(f"{server} {session.version} {parallel} {stream} {message.hex() or '-'}")
    lines.sort(key=lambda line: int(line.split(" ")[0]))
    path.write_text("".join(f"{line}\n" for line in lines))


def write_seeds(recording, directory):
    """A seed: a byte as pgoutput_message.c reads it, and the message."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    seen = set()
    for number, line in enumerate(pathlib.Path(recording).read_text().splitlines()):
        _server, version, parallel, stream, digits = line.split(" ")
        first = int(version) - 1 | (parallel == "parallel") << 2 | (stream == "stream") << 3
        seed = bytes([first]) + bytes.fromhex(digits.strip("-"))
        if seed not in seen:
            seen.add(seed)
            (directory / f"{number:04}").write_bytes(seed)


@contextlib.contextmanager
def server_at(dsn):
    if dsn is not None:
        yield dsn
        return
    import stack
    with stack.RunDirectory() as run:
        yield stack.Postgres(run, {"logical_decoding_work_mem": "64kB"}).start().dsn("postgres")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recording", metavar="FILE")
    parser.add_argument("--dsn")
    parser.add_argument("--seeds", metavar="DIRECTORY")
    arguments = parser.parse_args()
    if arguments.seeds:
        write_seeds(arguments.recording, arguments.seeds)
        return
    import psycopg
    with server_at(arguments.dsn) as dsn, psycopg.connect(dsn, autocommit=True) as administrator:
        administrator.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            own = psycopg.conninfo.make_conninfo(dsn, dbname=DATABASE)
            recorded = record(lambda: psycopg.connect(own, autocommit=True, prepare_threshold=None), own)
        finally:
            administrator.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    add_to(arguments.recording, *recorded)


if __name__ == "__main__":
    main()
