# What is wrong with a server, a role or a slot: one clear sentence with the next step, the right exit code, never a drained slot.
#
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import re
import signal
import time

import pytest
import stack

from lab import Lab, errors


def told(lab, text, seconds=20, **changes):
    """
    The shipper says text, in its log and /status, and is not ready; whether it ends or tries again is the
    fault's nature: (exit code or None).
    """
    lab.start(wait="none", **changes)
    pattern = re.compile(text, re.S)
    stack.wait_until(lambda: pattern.search(lab.shipper.log()), seconds, f"a word about {text}", 0.2)
    time.sleep(0.5)
    return lab.shipper.exit_code()


def test_wrong_password(trial):
    trial.password = "wrong"
    trial.postgres.psql("DROP ROLE IF EXISTS e2e_shipper; CREATE ROLE e2e_shipper LOGIN REPLICATION PASSWORD 'right'")
    trial.user = "e2e_shipper"
    code = told(trial, "password authentication failed")
    assert code in (None, 1)
    assert trial.slot() is None
    if code is None:
        assert trial.shipper.get("/live")[0] == 200 and trial.shipper.get("/ready")[0] != 200
        assert "password" in trial.shipper.status()["legs"]["capture"]["error"] if "legs" in trial.shipper.status() \
            else "password" in trial.shipper.get("/status")[1]


def test_role_without_replication(trial):
    trial.postgres.psql("DROP ROLE IF EXISTS e2e_plain; CREATE ROLE e2e_plain LOGIN PASSWORD 'x'")
    trial.user, trial.password = "e2e_plain", "x"
    told(trial, "(?i)replication")
    assert trial.slot() is None


def test_minimal_role_is_enough(trial):
    """LOGIN REPLICATION and nothing else: no superuser, no table ownership, no publication."""
    trial.postgres.psql("DROP ROLE IF EXISTS e2e_minimal; CREATE ROLE e2e_minimal LOGIN REPLICATION PASSWORD 'x'")
    trial.user, trial.password = "e2e_minimal", "x"
    trial.start()
    trial.sql("INSERT INTO t VALUES (1)")
    trial.delivered()
    assert len(trial.records(trial.topic("t"))) == 1


def test_publication_that_does_not_exist(trial):
    """No slot is made that would begin before the publication does."""
    trial.postgres.psql("DROP PUBLICATION IF EXISTS e2e_there", trial.database)
    trial.sql("CREATE PUBLICATION e2e_there FOR TABLE t WITH (publish = 'insert')")
    told(trial, 'publication "e2e, Missing" does not exist', publication_filter='e2e_there, "e2e, Missing"')
    assert trial.slot() is None
    trial.sql("INSERT INTO t VALUES (1)")
    trial.sql('CREATE PUBLICATION "e2e, Missing"')
    trial.start(publication_filter='e2e_there, "e2e, Missing"')
    trial.sql("INSERT INTO t VALUES (2)")
    trial.sql("DELETE FROM t WHERE id = 2")
    trial.delivered()
    assert [record.key for record in trial.records(trial.topic("t"))] == [{"id": 2}]
    # and when the slot is there it is the same; a name too long is cut as the server cuts it
    trial.shipper.stop()
    trial.sql(f'CREATE PUBLICATION "{"Ü" * 40}" FOR TABLE t')
    trial.sql("DROP PUBLICATION e2e_there")
    log = len(trial.shipper.log())
    code, _ = trial.fails(publication_filter=f'"{"Ü" * 40}",E2E_There')
    assert code == 1
    assert re.search('publication "e2e_there" does not exist: create it, or correct publication.filter$',
                     errors(trial.shipper.log()[log:]), re.M)
    trial.start(publication_filter=f'"{"Ü" * 40}"')


@contextlib.contextmanager
def policy(trial, text):
    trial.postgres.psql(f"""LOAD 'walferry';
        ALTER SYSTEM SET walferry.policy = '{trial.database}/* {{ {text} }}'; SELECT pg_reload_conf()""")
    try:
        yield
    finally:
        trial.postgres.psql("ALTER SYSTEM RESET walferry.policy; SELECT pg_reload_conf()")


def test_what_the_policy_denies(trial):
    """It says so itself; the role's rights are not to blame."""
    with policy(trial, "decimal.handling.mode = string"):
        told(trial, 'option "decimal.handling.mode" is set by the server.s policy; detail: It is "string"',
             decimal_handling_mode="double")
        assert trial.shipper.wait_exit(20) == 1
        assert "ALTER ROLE" not in errors(trial.shipper.log())


def test_policy_that_forces_what_nobody_gave(trial):
    """What the user has not given the shipper does not give either, so the policy's value holds."""
    trial.sql("CREATE TABLE amount (id integer PRIMARY KEY, n numeric)")
    with policy(trial, "compat = debezium; decimal.handling.mode = string; tombstones.on.delete = false;"
                       " topic.transaction = tx; unavailable.value.placeholder = gone"):
        trial.start()
        trial.sql("INSERT INTO amount VALUES (1, 1.50)")
        trial.sql("DELETE FROM amount")
        trial.delivered()
        records = trial.records(trial.topic("amount"))
        assert [record.value and record.value["op"] for record in records] == ["c", "d"]
        assert records[0].value["after"]["n"] == "1.50"


@pytest.mark.parametrize("forced, told_line, changes", [
    ("record.max.bytes = 1000000", "add the line record.max.bytes=1000000", {}),
    ("topic.delimiter = _", "add the line topic.delimiter=_", {}),
    ("walferry.headers.enabled = false", "add the line walferry.headers.enabled=false", {}),
    ("schemas.enable = false", "add the line schemas.enable=false",
     {"key_converter_schemas_enable": None, "value_converter_schemas_enable": None}),
    ("value.converter.schemas.enable = false",
     "schemas.enable of the configuration says otherwise: add the line value.converter.schemas.enable=false",
     {"key_converter_schemas_enable": None, "value_converter_schemas_enable": None, "schemas_enable": "true"}),
])
def test_policy_that_the_shipper_has_to_know(trial, forced, told_line, changes):
    """The shipper acts on these itself: it stops, and says which line its configuration needs."""
    with policy(trial, forced):
        told(trial, told_line, **changes)
        assert trial.shipper.wait_exit(20) == 1
        line = re.search("line ([a-z.]+)=(.*)", told_line)
        trial.start(**(changes | {line[1].replace(".", "_"): line[2]}))
        trial.sql("INSERT INTO t VALUES (1)")
        trial.delivered()


def test_unreachable_host(trial):
    code = told(trial, "database.*(refused|reach)|refused|reach", database_port="9")
    assert code is None, "a server that is away may come back"
    assert trial.shipper.get("/live")[0] == 200 and trial.shipper.get("/ready")[0] != 200


def test_unknown_host(trial):
    assert told(trial, "no-such-host.invalid", database_hostname="no-such-host.invalid") is None


def test_missing_database(trial):
    told(trial, "no_such_database", database_dbname="no_such_database")


def test_slot_in_use(trial, make_lab):
    trial.start()
    other = Lab(trial.name, trial.postgres, trial.kafka)
    try:
        code = told(other, f"{trial.slot_name}\" is being read by process [0-9]+")
        assert code is None, "the other one may go away"
        assert "(application_name walferry, role postgres, client address 127.0.0.1); trying again" in other.shipper.log()
        time.sleep(4)       # some attempts more, of which nothing is said
        assert len(re.findall("is being read by|trying again retry_in_ms", other.shipper.log())) == 2
        trial.shipper.kill9()
        stack.wait_until(lambda: other.shipper.get("/ready")[0] == 200, 30, "the second shipper's turn")
    finally:
        other.shipper.stop()
        other.run.close()


def test_slot_of_another_plugin(trial):
    trial.postgres.psql(f"SELECT pg_create_logical_replication_slot('{trial.slot_name}', 'test_decoding')",
                        trial.database)
    code, log = trial.fails()
    assert code == 1
    assert "test_decoding" in errors(log) and trial.slot_name in errors(log)


def test_slot_of_another_database(trial, make_lab):
    other = make_lab(suffix="_b")
    other.postgres.psql(f"SELECT pg_create_logical_replication_slot('{trial.slot_name}', 'walferry')", other.database)
    code, log = trial.fails()
    assert code == 1 and other.database in errors(log)
    trial.postgres.psql(f"SELECT pg_drop_replication_slot('{trial.slot_name}')", other.database)


def test_physical_slot(trial):
    trial.postgres.psql(f"SELECT pg_create_physical_replication_slot('{trial.slot_name}')")
    code, log = trial.fails()
    assert code == 1 and trial.slot_name in errors(log)


class OtherServer:
    """A server with settings of its own, beside the session's."""

    def __init__(self, kafka, settings):
        self.run = stack.RunDirectory()
        self.postgres = stack.Postgres(self.run, settings)
        self.kafka = kafka

    def __enter__(self):
        self.postgres.start()
        self.lab = Lab("other_server", self.postgres, self.kafka).create_database()
        self.lab.sql("CREATE TABLE t (id integer PRIMARY KEY, filler text)")
        return self.lab

    def __exit__(self, *exception):
        self.lab.run.close()
        self.run.close()


def test_wal_level_not_logical(kafka):
    with OtherServer(kafka, {"wal_level": "replica"}) as lab:
        code, log = lab.fails()
        assert code == 1
        assert "wal_level" in errors(log) and "logical" in errors(log)


def test_plugin_not_in_output_plugin_libraries(kafka, postgres):
    if not postgres.psql("SELECT 1 FROM pg_settings WHERE name = 'output_plugin_libraries'").strip():
        pytest.skip("this minor of PostgreSQL has no output_plugin_libraries")
    with OtherServer(kafka, {"output_plugin_libraries": "pgoutput, test_decoding, wal2json"}) as lab:
        code, log = lab.fails()
        assert code == 1
        # it tells the exact line: what is there, and walferry; done as told, it works
        line = re.search("ALTER SYSTEM SET output_plugin_libraries = [^;]*;", errors(log))
        assert line and all(name in line[0] for name in ("pgoutput", "test_decoding", "wal2json", "walferry")), log
        lab.postgres.psql(line[0])
        lab.postgres.psql("SELECT pg_reload_conf()")
        time.sleep(0.5)
        lab.start()
        lab.sql("INSERT INTO t VALUES (1)")
        lab.delivered()


def test_no_free_slot(kafka):
    with OtherServer(kafka, {"max_replication_slots": 1}) as lab:
        lab.postgres.psql("SELECT pg_create_physical_replication_slot('taken')")
        assert told(lab, "has no free replication slot: raise max_replication_slots") == 1, "none frees itself"


def test_no_slots(kafka):
    with OtherServer(kafka, {"max_replication_slots": 0}) as lab:
        assert told(lab, "has no free replication slot: raise max_replication_slots") == 1


# few enough for lose_wal()
LITTLE_WAL = {"max_slot_wal_keep_size": "2MB", "max_wal_size": "32MB", "min_wal_size": "32MB"}


def lose_wal(lab):
    """Writes until the server has removed WAL that the slot needs."""
    for _ in range(8):
        lab.sql("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(10, 8000) i")
        lab.sql("DELETE FROM t WHERE id >= 10")
        lab.postgres.psql("SELECT pg_switch_wal()")
        lab.postgres.psql("CHECKPOINT")
    assert lab.slot()["wal_status"] == "lost"


def test_slot_lost(kafka):
    """The server removed the WAL the slot still needed (max_slot_wal_keep_size)."""
    with OtherServer(kafka, LITTLE_WAL) as lab:
        lab.start()
        lab.sql("INSERT INTO t VALUES (1, '')")
        lab.delivered()
        lab.shipper.stop()
        lose_wal(lab)
        code, log = lab.fails()
        assert code == 1
        assert lab.slot_name in errors(log) and re.search("(?i)lost|removed|invalid", errors(log))
        assert "drop" in errors(log).lower(), "it does not say what to do"


def test_slot_lost_while_running(kafka):
    """The connection broke, and before it was back the server had removed the WAL: never a retry for ever."""
    with OtherServer(kafka, LITTLE_WAL) as lab:
        lab.start()
        lab.sql("INSERT INTO t VALUES (1, '')")
        lab.delivered()
        lab.freeze_shipper_off_the_slot()
        lose_wal(lab)
        lab.shipper.signal(signal.SIGCONT)
        assert lab.shipper.wait_exit(30) == 1
        assert re.search("is lost.*since LSN [0-9A-F]+/[0-9A-F]+.*pg_drop_replication_slot", errors(lab.shipper.log()))


@pytest.mark.parametrize("headers", ["true", "false"])
def test_slot_dropped_while_running(trial, headers):
    """A new slot over a gap would hide that changes are missing."""
    trial.create_topic(trial.topic("t"), 2)
    trial.create_topic(f"__walferry.schemas.{trial.prefix}", 1, {"cleanup.policy": "compact"})
    trial.start(walferry_headers_enabled=headers)
    assert trial.shipper.metrics()["walferry_capture_gaps_total"] == 0, "topics made beforehand are no history"
    trial.sql("INSERT INTO t VALUES (1)")
    trial.delivered()
    trial.freeze_shipper_off_the_slot()
    trial.postgres.psql(f"SELECT pg_drop_replication_slot('{trial.slot_name}')")
    trial.sql("INSERT INTO t VALUES (2)")
    trial.shipper.signal(signal.SIGCONT)
    assert trial.shipper.wait_exit(30) == 1
    assert re.search("has vanished.*since LSN [0-9A-F]+/[0-9A-F]+.*start again", errors(trial.shipper.log()))
    assert trial.slot() is None
    # a start of its own makes it anew, and does not hide what a supervisor may not have read
    trial.shipper.start(wait="ready")
    trial.sql("INSERT INTO t VALUES (3)")
    trial.delivered()
    assert re.search("events before LSN [0-9A-F]+/[0-9A-F]+ are missing", errors(trial.shipper.log()))
    assert trial.shipper.metrics()["walferry_capture_gaps_total"] == 1
    assert "are missing" in trial.shipper.status()["legs"]["capture"]["error"]


@pytest.mark.limit(120)
def test_slot_dropped_and_kafka_away_at_the_next_start(trial, kafka):
    """A start that does not reach Kafka must not leave behind a slot that looks like the old one."""
    trial.start()
    trial.sql("INSERT INTO t VALUES (1)")
    trial.delivered()
    trial.shipper.stop()
    trial.postgres.psql(f"SELECT pg_drop_replication_slot('{trial.slot_name}')")
    trial.sql("INSERT INTO t VALUES (2)")
    kafka.stop()
    try:
        trial.shipper.start(wait="live")
        stack.wait_until(lambda: "cannot reach Kafka" in trial.shipper.log(), 30, "the word that Kafka is away")
        trial.shipper.kill9()
    finally:
        kafka.start()
    trial.shipper.start(wait="ready")
    trial.sql("INSERT INTO t VALUES (3)")
    trial.delivered()
    assert re.search("events before LSN [0-9A-F]+/[0-9A-F]+ are missing", errors(trial.shipper.log()))
    assert trial.shipper.metrics()["walferry_capture_gaps_total"] == 1
    assert "are missing" in trial.shipper.status()["legs"]["capture"]["error"]


@pytest.mark.parametrize("how", ["made anew", "moved"])
def test_slot_moved_by_somebody_while_running(trial, how):
    trial.start()
    trial.sql("INSERT INTO t VALUES (1)")
    trial.delivered()
    trial.freeze_shipper_off_the_slot()
    trial.sql("INSERT INTO t VALUES (2)")
    if how == "moved":
        trial.sql("SELECT pg_replication_slot_advance(%s, pg_current_wal_lsn())", trial.slot_name)
    else:
        trial.postgres.psql(f"SELECT pg_drop_replication_slot('{trial.slot_name}')")
        trial.create_slot()
    trial.shipper.signal(signal.SIGCONT)
    assert trial.shipper.wait_exit(30) == 1
    lsn = "[0-9A-F]+/[0-9A-F]+"
    assert re.search(f"moved.*delivered up to LSN {lsn}, the slot begins at {lsn}.*start again", errors(trial.shipper.log()))
    trial.start()
    trial.sql("INSERT INTO t VALUES (3)")
    trial.delivered()


def test_no_wal_senders(kafka):
    with OtherServer(kafka, {"max_wal_senders": 0}) as lab:
        code, log = lab.fails()
        assert code == 1 and re.search("ALTER SYSTEM SET max_wal_senders.*restart", errors(log))


def test_wal_senders_in_use(kafka):
    with OtherServer(kafka, {"max_wal_senders": 1}) as lab, \
            lab.postgres.connect(lab.database, replication="database"):
        code = told(lab, "max_wal_senders.*pg_stat_replication")
        assert code is None, "one may become free"


def test_notices_of_the_server_keep_the_log_json(trial):
    """Here the warning that a collation's version has changed."""
    database = f"{trial.name}_icu"
    trial.postgres.psql(f"CREATE DATABASE {database} TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en'")
    try:
        trial.postgres.psql(f"UPDATE pg_database SET datcollversion = '0' WHERE datname = '{database}'")
        trial.start(log_format="json", database_dbname=database)
        entries = [json.loads(line) for line in trial.shipper.log().splitlines()]
        warning = next(entry for entry in entries if "collation version" in entry.get("text", ""))
        assert warning["level"] == "warning" and warning["severity"] == "WARNING" and "ALTER DATABASE" in warning["hint"]
    finally:
        trial.shipper.stop()
        trial.postgres.psql(f"SELECT pg_drop_replication_slot('{trial.slot_name}')")
        trial.postgres.psql(f"DROP DATABASE {database} WITH (FORCE)")


def test_notices_without_a_hint(trial):
    """What the server leaves out is no empty field."""
    trial.start(log_format="json", message_key_columns="public.t:id,nothing")
    trial.sql("INSERT INTO t VALUES (1)")
    trial.delivered()
    entries = [json.loads(line) for line in trial.shipper.log().splitlines()]
    warning = next(entry for entry in entries if "names columns that table" in entry.get("text", ""))
    assert "hint" not in warning and warning["detail"].startswith("Keys are made of")
