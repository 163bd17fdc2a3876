"""The same changes through plugin.name=walferry and plugin.name=pgoutput, and where their records differ.

A Side is a shipper that prints a slot of its own, sink=stdout: a line is a record with its topic, key, headers, value
and, where one is set, time. Lines are compared byte by byte, but for the envelope's ts_ms, ts_us and ts_ns, which say
when it was written, and the run's random number in __debezium.context.runId. What else may differ is a row of
docs/pgoutput.md, "What pgoutput cannot know".

SPDX-License-Identifier: Apache-2.0
"""

import os
import pathlib
import re
import select
import signal
import subprocess
import time

import stack

SOURCES = ("walferry", "pgoutput")
END_SECONDS = 30
READ_BYTES = 1 << 20

# What an envelope's writer read off its clock. The source block has the same names, behind "name", "version" and others.
CLOCKS = [(re.compile(pattern), instead) for pattern, instead in (
    # an envelope's, at its end or before the transaction
    (rb'"ts_ms":\d+,"ts_us":\d+,"ts_ns":\d+(?=(?:,"transaction":(?:null|\{[^{}]*\}))?\})', b'"ts"'),
    # a logical message's, which has but one, and that one decoded by DecodeLogicalDecodingMessageContent
    (rb'(?<="op":".",)"ts_ms":\d+(?=,"source":)', b'"ts"'),
    (rb'(?<="__debezium.context.runId":")[0-9a-f-]+', b"")
)]


WAL_ALIGNMENT = 8       # of the records' begins
TOTAL_ORDER = re.compile(rb'("transaction":\{"id":"[^"]*"),"total_order":\d+')
POSITION = re.compile(rb'"__walferry\.position":"[0-9A-F]+/([0-9A-F]+)/([0-9A-F]+)/[0-9A-F]+"')
SEQUENCE = re.compile(rb'(?<="sequence":"\[)(?:null|\\"\d+\\")(?=,)')
COLLECTION = re.compile(rb'\{"data_collection":"[^"]*","event_count":\d+\}')
MESSAGE = re.compile(rb'"op":"m"')


class Stopped(Exception):
    """A side did not come to its end; the message has its log."""


def comparable(line):
    for clock, instead in CLOCKS:
        line = clock.sub(instead, line)
    return line


class Side:
    """One of the two. settings: lines of its properties file, their values as they stand there.

    marker: the topic of a table that barriers are made by; its records are counted.
    form: what is kept of a line.
    """

    def __init__(self, directory, postgres, database, source, slot, settings, marker, form=comparable):
        self.form = form
        self.name = f"{source} ({slot})"
        self.lines = []         # those that nobody has taken yet
        self.marks = 0
        self.mark = f'{{"topic":"{marker}",'.encode()
        self.rest = b""
        lines = {**settings, "plugin.name": source, "slot.name": slot, "sink": "stdout", "database.hostname": "127.0.0.1",
                 "database.port": postgres.port, "database.user": "postgres", "database.password": postgres.password,
                 "database.dbname": database, "delivery.guarantee": "at-least-once", "snapshot.mode": "no_data", "http.listen": ""}
        path = pathlib.Path(directory) / f"{slot}.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
        binary = os.environ.get("WALFERRY_BINARY") or stack.ROOT / "build/shipper/walferry"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WALFERRY_")}
        self.log_path = path.with_suffix(".log")
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen([binary, "run", "--config", path], stdout=subprocess.PIPE, stderr=log, env=environment)

    def log(self):
        return self.log_path.read_text(errors="replace")[-5000:]

    def read(self, seconds):
        """Takes what is there, having waited for it; False at the end."""
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ready:
            return True
        data = os.read(self.process.stdout.fileno(), READ_BYTES)
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.lines += map(self.form, lines)
        self.marks += sum(line.startswith(self.mark) for line in lines)
        return data != b""

    def wait(self, is_done, seconds=END_SECONDS):
        """Reads until is_done(side), which is asked whenever there is more."""
        deadline = time.monotonic() + seconds
        while not is_done(self):
            if not self.read(1):
                raise Stopped(f"{self.name} ended by itself, with {len(self.lines)} lines:\n{self.log()}")
            if time.monotonic() > deadline:
                raise Stopped(f"{self.name} did not print all within {seconds} s, but {len(self.lines)} lines:\n{self.log()}")

    def close(self):
        """Ends the shipper; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        while self.read(END_SECONDS):
            pass
        self.process.stdout.close()
        return self.process.wait(END_SECONDS)


class Pair:
    """Both sides over one database, where slots wait that were made before the changes.

    Their names begin with the one given; settings(source) are a side's.
    """

    def __init__(self, directory, postgres, database, name, settings, marker):
        self.sides = []
        try:
            for source in SOURCES:
                self.sides.append(Side(directory, postgres, database, source, slot_name(name, source), settings(source), marker))
        except BaseException:
            self.close()
            raise

    def wait(self, is_done, seconds=END_SECONDS):
        for side in self.sides:
            side.wait(is_done, seconds)

    def close(self):
        return [side.close() for side in self.sides]


def slot_name(name, source):
    return f"{name}_{source}"


def place_of(line):
    """Where the WAL record of a line's change begins or, of a message's, ends: (commit_lsn, lsn); None if it does not say."""
    position = POSITION.search(line)
    if position is None:
        return None
    commit_lsn, lsn = (int(part, 16) for part in position.groups())
    return commit_lsn, -(-lsn // WAL_ALIGNMENT) * WAL_ALIGNMENT


def tied(lines, number):
    """How many lines of one place are there, this one the first of them, and what they are but for their order; a message is one of them."""
    place = place_of(lines[number])
    end = number
    while place is not None and end < len(lines) and place_of(lines[end]) == place:
        end += 1
    group = [TOTAL_ORDER.sub(rb"\1", line) for line in lines[number:end]]
    messages = [line for line in group if MESSAGE.search(line)]
    return end - number, messages, [line for line in group if line not in messages]


def collections(line):
    """The record of a transaction's end with its tables in the order of their names, not of their first events."""
    found = iter(sorted(COLLECTION.findall(line)))
    return COLLECTION.sub(lambda _: next(found), line)


def is_of_a_new_session(walferry, pgoutput):
    """Whether all that differs is that pgoutput's session does not know the last commit, which the one before had."""
    return b'"sequence":"[null,' in pgoutput and SEQUENCE.sub(b"", walferry) == SEQUENCE.sub(b"", pgoutput)


def difference(walferry, pgoutput, ties=None, renewed=None):
    """The first record that differs, for a reader; None if all are the same.

    renewed: takes the commit LSNs of transactions with which pgoutput began another session (see is_of_a_new_session()).

    ties: takes the numbers of the records where a logical message and the row behind it come in the other order, which
    docs/pgoutput.md tells; without it that is a difference. The end of such a transaction names its tables in that order.
    """
    beyond = 0
    transaction = None          # of the last of them
    for number, (theirs, ours) in enumerate(zip(walferry, pgoutput)):
        if theirs == ours or number < beyond:
            continue
        if renewed is not None and is_of_a_new_session(theirs, ours):
            renewed.add(place_of(theirs)[0] if place_of(theirs) else theirs)
            continue
        if ties is not None:
            one, other = tied(walferry, number), tied(pgoutput, number)
            if one == other and len(one[1]) == 1 and one[2]:
                ties.append(number)
                beyond = number + one[0]
                transaction = place_of(theirs)[0]
                continue
            place = place_of(theirs)
            if place is not None and place[0] == transaction and collections(theirs) == collections(ours):
                continue
        return f"record {number} differs:\n{shown(theirs, ours)}"
    if len(walferry) != len(pgoutput):
        number = min(len(walferry), len(pgoutput))
        longer = max(walferry, pgoutput, key=len)
        return (f"walferry wrote {len(walferry)} records, pgoutput {len(pgoutput)}; the first that one lacks is\n"
                f"    {longer[number][:600].decode(errors='replace')}")
    return None


def shown(theirs, ours):
    """Two lines around the first byte that differs."""
    place = next((number for number, (one, other) in enumerate(zip(theirs, ours)) if one != other), min(len(theirs), len(ours)))
    first = max(0, place - 200)
    return "\n".join(f"    {source:8} … {line[first:place + 200].decode(errors='replace')} …" for source, line in zip(SOURCES, (theirs, ours)))
