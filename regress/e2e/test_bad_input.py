# What users do wrong: one clear sentence with the next step, the right exit code, never a drained slot.
#
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest
import stack

from lab import Lab


def lines(settings):
    return "".join(f"{name}={value}\n" for name, value in settings.items()).encode()


def errors(text):
    """The log's lines of level error, as one text."""
    return "\n".join(line for line in text.splitlines() if re.search(r"^\S+ error ", line))


@pytest.fixture
def trial(make_lab):
    """A lab whose database holds a table; run(**changes) runs its configuration by hand."""
    lab = make_lab()
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY)")
    return lab


# ---------------------------------------------------------------- configuration


@pytest.mark.parametrize("change, told", [
    ({"no_such_setting": "x"}, ["no.such.setting"]),
    ({"database_prot": "1"}, ["database.prot"]),
    ({"database_port": "many"}, ["database.port", "1", "65535"]),
    ({"database_port": "70000"}, ["database.port", "70000", "65535"]),
    ({"shutdown_timeout_ms": "-1"}, ["shutdown.timeout.ms", "-1"]),
    ({"tombstones_on_delete": "perhaps"}, ["tombstones.on.delete", "perhaps", "true", "false"]),
    ({"skipped_operations": "c,x"}, ["skipped.operations", "c,x"]),
    ({"record_max_bytes": "10"}, ["record.max.bytes", "1024"]),
    ({"topic_prefix": "with space"}, ["topic.prefix"]),
    ({"topic_prefix": None}, ["topic.prefix"]),
    ({"slot_name": "Upper-Case"}, ["slot.name", "lower-case"]),
    ({"plugin_name": "wal2json"}, ["plugin.name", "walferry"]),
    ({"snapshot_mode": "initial"}, ["snapshot.mode", "no_data"]),
    ({"snapshot_mode": None}, ["snapshot.mode=no_data"]),
    ({"delivery_guarantee": None}, ["delivery.guarantee=at-least-once"]),
    ({"delivery_guarantee": "exactly-once"}, ["delivery.guarantee", "at-least-once"]),
    ({"value_converter_schemas_enable": "yes"}, ["value.converter.schemas.enable", "true or false"]),
    ({"value_converter_schemas_enable": "true", "bigquery_dataset": "d", "bigquery_project": "p"},
     ["key.converter.schemas.enable=false", "value.converter.schemas.enable=false"]),
    ({"decimal_handling_mode": "exact"}, ["decimal.handling.mode", "precise", "double", "string"]),
    ({"key_converter": "io.confluent.connect.avro.AvroConverter"}, ["key.converter"]),
    ({"transforms": "unwrap"}, ["transforms"]),
    ({"table_include_list": "public.[a-"}, ["table.include.list"]),
    ({"table_include_list": "public\\\\.k{1,2}p"}, ["by-hand.properties:", "table.include.list", '"public\\.k{1"', "at offset 9", "\\\\,"]),
    ({"schema_include_list": "a{2,1}"}, ["schema.include.list", '"a{2"', "no closing brace"]),
    ({"column_mask_with_3_chars": "public.kp{1"}, ["column.mask.with.3.chars", "no closing brace"]),
    ({"database_server_name": "x"}, ["the setting database.server.name is called topic.prefix now"]),
    ({"truncate_handling_mode": "include"}, ["the setting truncate.handling.mode is called skipped.operations now"]),
    ({"toasted_value_placeholder": "x"}, ["the setting toasted.value.placeholder is called unavailable.value.placeholder now"]),
    ({"sanitize_field_names": "true"}, ["the setting sanitize.field.names is called field.name.adjustment.mode now"]),
    ({"include_schema_changes": "true"}, ["include.schema.changes", "takes only false so far; schema.changes.enabled=true"]),
    ({"table_whitelist": "x"}, ["the setting table.whitelist is called table.include.list now"]),
    ({"column_mask_hash_v2": "SHA-256;salt=pepper;a"}, ["column.mask.hash.v2: a mask's salt is not of the form salt=@NAME"]),
    ({"column_mask_hash_v2_SHA-256_with_salt_pepper": "public.us.nm"},
     ["column.mask.hash.v2.ALGORITHM.with.salt.@NAME=list", "walferry.salts = 'file:PATH'"]),
    ({"column_mask_hash_v2_SHA-256": "public.us.nm"}, ["names no salt", "column.mask.hash.v2.ALGORITHM.with.salt.@NAME=list"]),
    ({"column_mask_hash_SHA-256": "public.us.nm"}, ["names no salt", "column.mask.hash.ALGORITHM.with.salt.@NAME=list"]),
    ({"column_mask_hash_SHA-256_with_salt_pepper": "public.us.nm"},
     ["column.mask.hash.ALGORITHM.with.salt.@NAME=list", "walferry.salts = 'file:PATH'"]),
    ({"column_trucate_to_5_chars": "public.us.nm"}, ["did you mean one that begins with column.truncate.to.?"]),
    ({"message_key_columns": "public.a:b:c"}, ["message.key.columns", "table:column,column", "public.a:b:c"]),
    ({"table_include_list": "a.b", "table_exclude_list": "a.c"}, ["table.include.list", "table.exclude.list"]),
    ({"publication_filter": ""}, ['publication.filter is ""', "1 to 64 names of publications"]),
    ({"publication_filter": "a,,b"}, ["by-hand.properties:", 'publication.filter is "a,,b"', "separated by commas"]),
    ({"publication_filter": "a,"}, ['publication.filter is "a,"', "separated by commas"]),
    ({"publication_filter": '"a'}, ['publication.filter is ""a"', "in double quotes"]),
    ({"publication_filter": "Some Customers"}, ["publication.filter", "in double quotes"]),
    ({"publication_filter": ",".join(f"p{i}" for i in range(65))}, ["publication.filter", "1 to 64 names"]),
    ({"publication_filter": "p", "publish_via_partition_root": "true"}, ["publication.filter excludes publish.via.partition.root"]),
    ({"publication_name": ""}, ['publication.name is ""']),
    ({"publication_autocreate_mode": "sometimes"}, ["publication.autocreate.mode", "all_tables|disabled|filtered|no_tables"]),
    ({"kafka_acks": "1"}, ["kafka.acks"]),
    ({"kafka_enable_idempotence": "false"}, ["kafka.enable.idempotence"]),
    ({"kafka_message_timeout_ms": "1000"}, ["kafka.message.timeout.ms"]),
    ({"kafka_transactional_id": "x"}, ["kafka.transactional.id"]),
    ({"kafka_test_mock_num_brokers": "1"}, ["kafka.test.mock.num.brokers", "no broker would get them"]),
    ({"kafka_plugin_library_paths": "x"}, ["kafka.plugin.library.paths"]),
    ({"kafka_no_such_property": "x"}, ["no.such.property"]),
    ({"bigquery_dataset": "d", "bigquery_project": None}, ["bigquery.project"]),
    ({"bigquery_dataset": "d", "bigquery_project": "p", "bigquery_partition_by": "week"}, ["bigquery.partition.by", "week", "commit"]),
    ({"http_listen": "nowhere"}, ["http.listen"]),
    ({"database_password": "${file:/nonexistent/secret}"}, ["database.password", "/nonexistent/secret"]),
    ({"database_password": "${env:WF_NOT_SET}"}, ["database.password", "WF_NOT_SET"]),
    ({"database_password": "${file:/run/secret"}, ["database.password", "${file:", "closing brace"]),
    ({"database_password": "${env:WF_NOT_SET"}, ["database.password", "${env:", "closing brace"]),
    ({"bigquery_dataset": "my-set", "bigquery_project": "p"}, ["bigquery.dataset", "my-set", "underscores"]),
    ({"bigquery_dataset": "d" * 1025, "bigquery_project": "p"}, ["bigquery.dataset", "1024", "d" * 97 + "..."]),
    ({"bigquery_dataset": "d", "bigquery_project": "My Project"}, ["bigquery.project", "My Project", "hyphens"]),
    ({"bigquery_dataset": "d", "bigquery_project": "p", "bigquery_access_token_file": "/nonexistent/token"},
     ["bigquery.access.token.file", "/nonexistent/token", "No such file"]),
    ({"bigquery_endpoint": "ftp://x"}, ["bigquery.endpoint", "ftp://x", "https://"]),
    ({"bigquery_grpc_endpoint": "http://"}, ["bigquery.grpc.endpoint", "https://"]),
    ({"bigquery_endpoint": "http://a b"}, ["bigquery.endpoint", "https://"]),
])
def test_settings(trial, change, told):
    result = trial.run_once("run", config=lines(trial.settings(**change)))
    assert result.returncode == 2, result.stderr
    for word in told:
        assert word in errors(result.stderr), result.stderr
    assert trial.slot() is None


@pytest.mark.parametrize("setting", ["database_port", "topic_prefix", "kafka_acks_timeout", "kafka_linger_ms", "transforms"])
def test_long_values_are_shortened(trial, setting):
    result = trial.run_once("run", config=lines(trial.settings(**{setting: "\u00fc" * 300})))
    assert result.returncode == 2
    assert "\u00fc" * 51 not in result.stderr and "\ufffd" not in result.stderr


def test_emulator_address_of_the_environment(trial):
    config = lines(trial.settings(bigquery_dataset="d", bigquery_project="p"))
    result = trial.run_once("run", config=config, env={"BIGQUERY_EMULATOR_HOST": "ftp://x y"})
    assert result.returncode == 2 and "BIGQUERY_EMULATOR_HOST" in errors(result.stderr)


def test_every_fault_is_told_at_once(trial):
    result = trial.run_once("run", config=lines(trial.settings(no_such_a="1", no_such_b="2", database_port="x")))
    assert result.returncode == 2
    assert all(word in result.stderr for word in ("no.such.a", "no.such.b", "database.port"))


def test_lenient(trial):
    config = lines(trial.settings(no_such_setting="x", kafka_bootstrap_servers=None))
    result = trial.run_once("run", "--lenient", config=config)
    assert "no.such.setting" in result.stderr and "no.such.setting" not in errors(result.stderr)


def test_environment(trial):
    result = trial.run_once("run", config=lines(trial.settings()), env={"WALFERRY_DATABASE_PORT": "nonsense"})
    assert result.returncode == 2 and "nonsense" in result.stderr
    result = trial.run_once("run", config=lines(trial.settings()), env={"WALFERRY_NO_SUCH": "x"})
    assert result.returncode == 2 and "WALFERRY_NO_SUCH" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("walk",), ("run", "--no-such-option"), ("run", "extra")],
                         ids=lambda arguments: "_".join(arguments) or "nothing")
def test_command_line(trial, arguments):
    result = trial.run_once(*arguments)
    assert result.returncode == 2 and result.stderr


def test_no_configuration_file(trial):
    result = trial.run_once("run", "--config", "/nonexistent/walferry.properties")
    assert result.returncode == 2 and "/nonexistent/walferry.properties" in result.stderr


@pytest.mark.parametrize("text", ['{"name": "c", "config": {"topic.prefix": "p"}}', '\ufeff \n{"topic.prefix": "p"}'], ids=["whole", "flat"])
def test_a_connectors_json(trial, text):
    """One sentence, with the command that makes a .properties file of it, instead of an unknown setting per line."""
    for result in (trial.run_once("run", config=text.encode()), trial.run_once("run", env={"WALFERRY_CONFIG": text.lstrip("\ufeff")})):
        assert result.returncode == 2
        assert len(errors(result.stderr).splitlines()) == 1 and "is JSON" in result.stderr and "jq -r" in result.stderr, result.stderr


def test_the_recipe_for_a_connectors_json(trial):
    """What the error says, run as it stands, makes a file that means the same: backslashes are written twice."""
    config = trial.settings(table_include_list=r"public\\.k{1\\,2}p")
    connector = {"name": "c", "config": {name: str(value).replace("\\\\", "\\") for name, value in config.items()}}
    connector["config"]["tombstones.on.delete"] = False
    told = errors(trial.run_once("run", config=json.dumps(connector).encode()).stderr)
    recipe = re.search(r"jq -r '.*'", told).group()
    made = subprocess.run(["sh", "-c", recipe], input=json.dumps(connector).encode(), capture_output=True, check=True).stdout
    assert made == lines({**config, "tombstones.on.delete": "false"})
    assert recipe in (pathlib.Path(__file__).parents[2] / "docs/migrating-from-debezium.md").read_text()

    # signs of the file's syntax in a name, as a salt may have them, and at a value's beginning
    salt = "#Cz:a b\\c=d!=="
    connector["config"] = {f"column.mask.hash.SHA-256.with.salt.{salt}": "a.b.c", "unavailable.value.placeholder": "  = x:\\y \r\n z", **connector["config"]}
    made = subprocess.run(["sh", "-c", recipe], input=json.dumps(connector).encode(), capture_output=True, check=True).stdout
    assert made.decode().splitlines()[:2] == [r"column.mask.hash.SHA-256.with.salt.\#Cz\:a\ b\\c\=d\!\=\==a.b.c", r"unavailable.value.placeholder=\  = x:\\y z"]
    told = errors(trial.run_once("run", config=made).stderr).splitlines()
    assert len(told) == 1 and "the salt of a setting" in told[0] and "Cz" not in told[0], told
    assert "column.mask.hash.ALGORITHM.with.salt.@NAME=list" in told[0]


def test_verbs_help_themselves(trial):
    for verb in ((), ("run",), ("status",), ("tail",), ("version",)):
        result = trial.run_once(*verb, "--help")
        assert result.returncode == 0 and "walferry" in result.stdout
    version = trial.run_once("version")
    assert version.returncode == 0 and "0.1.0" in version.stdout


def test_no_destination_is_an_error_and_the_slot_is_untouched(trial):
    """One missing variable must not drain the slot: what is printed and confirmed is gone."""
    trial.create_slot()
    trial.sql("INSERT INTO t VALUES (1)")
    before = trial.slot()
    result = trial.run_once("run", config=lines(trial.settings(kafka_bootstrap_servers=None)))
    assert result.returncode == 2 and "kafka.bootstrap.servers" in errors(result.stderr)
    after = trial.slot()
    assert (after["confirmed_flush_lsn"], after["restart_lsn"]) == (before["confirmed_flush_lsn"], before["restart_lsn"])


@contextlib.contextmanager
def running_by_hand(trial, text):
    """The shipper with a file of these bytes; it has to end well."""
    config = trial.write_config(text)
    log = trial.run.path / "by-hand.log"
    with open(log, "w") as target:
        process = subprocess.Popen(trial.command("run", "--config", config), stderr=target,
                                   stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        yield
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        assert process.wait(30) == 0, log.read_text()


def test_lists_as_long_as_the_reference_says(trial):
    """A mebibyte each, from the file and from a file of its own, through START_REPLICATION."""
    def long_list(last):
        names = ",".join(rf"public.{'n' * 10}{i:010}" for i in range(45000))
        return f"{names[:2 ** 20 - len(last) - 1]},{last}"

    names = long_list("public.t.secret")
    assert len(names) == 2 ** 20
    trial.sql("ALTER TABLE t ADD secret text, ADD other text")
    trial.create_slot()
    trial.sql("CREATE TABLE left_out (id integer PRIMARY KEY)")
    file = trial.run.path / "columns"
    file.write_text(names + "\n")
    file.chmod(0o644)
    trial.sql("INSERT INTO left_out VALUES (1)")
    trial.sql("INSERT INTO t VALUES (1, 's', 'o')")
    with running_by_hand(trial, lines(trial.settings(http_listen="", table_include_list=long_list("public.t"),
                                                     column_exclude_list=f"${{file:{file}}}", message_prefix_exclude_list=long_list("p")))):
        trial.delivered(30)
        assert [record.after for record in trial.records(trial.topic("t"))] == [{"id": 1, "other": "o"}]
        assert trial.topic("left_out") not in trial.topics()


@pytest.mark.parametrize("change", [
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.replace(b"\n", b"\r\n"),
    lambda text: text.rstrip(b"\n"),
    lambda text: b"\xef\xbb\xbf# comment\r\n! another\r\n\r\n" + text.replace(b"\n", b"\r\n").rstrip(b"\r\n"),
    lambda text: text.replace(b"=", b" : ", 3).replace(b"database.user", b"  database.\\\n    user", 1),
], ids=["bom", "crlf", "no_final_newline", "all", "java_forms"])
def test_files_of_other_systems(trial, change):
    trial.create_slot()
    trial.sql("INSERT INTO t VALUES (1)")
    with running_by_hand(trial, change(lines(trial.settings(http_listen="")))):
        trial.delivered(30)
        assert [record.after["id"] for record in trial.records(trial.topic("t"))] == [1]


def test_password_never_in_the_log(trial):
    trial.start(log_level="debug")
    trial.sql("INSERT INTO t VALUES (1)")
    trial.delivered()
    assert trial.password not in trial.shipper.log()
    assert trial.password not in trial.shipper.get("/status")[1] + trial.shipper.get("/metrics")[1]


# ---------------------------------------------------------------- PostgreSQL


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


# ---------------------------------------------------------------- the plugin by itself


def recvlogical(lab, *options, plugin="walferry"):
    """What pg_recvlogical prints until the present end of the WAL."""
    slot = "by_hand"
    tool = lab.postgres.bin / "pg_recvlogical"
    environment = dict(os.environ, PGPASSWORD=lab.postgres.password)
    connection = ["-h", "127.0.0.1", "-p", str(lab.postgres.port), "-U", "postgres", "-d", lab.database, "--slot", slot]
    end = lab.postgres.psql("SELECT pg_current_wal_insert_lsn()").strip()
    arguments = [word for option in options for word in ("-o", option)]
    return subprocess.run([tool, *connection, "--start", "-n", "--endpos", end, "-f", "-", *arguments],
                          capture_output=True, text=True, env=environment, timeout=60)


@pytest.fixture
def by_hand(lab):
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.postgres.psql("SELECT pg_create_logical_replication_slot('by_hand', 'walferry')", lab.database)
    yield lab
    lab.postgres.psql("SELECT pg_drop_replication_slot('by_hand')", lab.database)


@pytest.mark.parametrize("option, words", [
    ("no.such.option=1", ["no.such.option"]),
    ("output=xml", ["output", "xml", "envelope", "record", "frame"]),
    ("tombstones.on.delete=perhaps", ["tombstones.on.delete", "perhaps", "true", "false"]),
    ("skipped.operations=q", ["skipped.operations", "q"]),
    ("record.max.bytes=1", ["record.max.bytes", "1024"]),
    ("schemas.enable=1", ["schemas.enable", "true", "false"]),
    ("position.epoch=0", ["position.epoch"]),
    ("frame.version=99", ["frame.version", "99"]),
    ("topic.prefix=", ["topic.prefix"]),
])
def test_plugin_options(by_hand, option, words):
    result = recvlogical(by_hand, option, *(["output=frame"] if "frame.version" in option else []))
    assert result.returncode != 0
    for word in words:
        assert word in result.stderr, result.stderr
    assert by_hand.sql("SELECT 1") == [(1,)]


def test_pg_recvlogical_prints_one_envelope_a_line(by_hand):
    import json

    by_hand.sql("INSERT INTO t SELECT i, E'line\\nbreak \"' || i FROM generate_series(1, 100) i")
    by_hand.sql("UPDATE t SET v = NULL WHERE id = 1")
    by_hand.sql("DELETE FROM t WHERE id = 2")
    result = recvlogical(by_hand)
    assert result.returncode == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["op"] for event in events] == ["c"] * 100 + ["u", "d"]
    assert list(events[0]) == ["before", "after", "source", "transaction", "op", "ts_ms", "ts_us", "ts_ns"]
    assert events[99]["after"] == {"id": 100, "v": 'line\nbreak "100'}


def jackson(text):
    """A JSON string as Jackson writes it: UTF-8, but for controls and what takes two UTF-16 units."""
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}

    def written(character):
        code = ord(character)
        if code in short:
            return short[code]
        if code < 0x20:
            return f"\\u{code:04X}"
        if code > 0xFFFF:
            high, low = divmod(code - 0x10000, 0x400)
            return f"\\u{0xD800 + high:04X}\\u{0xDC00 + low:04X}"
        return character

    return '"' + "".join(map(written, text)) + '"'


def test_every_code_point(by_hand):
    """Byte for byte, in both textual outputs and, read by Python, the same text again."""
    text = "".join(chr(code) for code in range(1, 0x110000) if not 0xD800 <= code <= 0xDFFF)
    by_hand.sql("INSERT INTO t VALUES (1, %s)", text)
    expected = f'"after":{{"id":1,"v":{jackson(text)}}},"source":'
    for options in ((), ("output=record",)):
        with by_hand.connect() as connection:
            words = [word for option in options for word in option.split("=")]
            (line,), = connection.execute("SELECT data FROM pg_logical_slot_peek_changes('by_hand', NULL, NULL, VARIADIC %s::text[])", (words,)).fetchall()
        assert expected in line
        event = json.loads(line)
        assert event.get("value", event)["after"]["v"] == text


def test_values_without_a_form(by_hand):
    """What pg_recvlogical and the server's log say of them."""
    by_hand.sql("CREATE TABLE s (id int PRIMARY KEY, n numeric(8,2), m numeric)")
    by_hand.sql("INSERT INTO s SELECT i, 'NaN', CASE WHEN i < 3 THEN 'Infinity'::numeric END FROM generate_series(1, 50) i")
    before = len(by_hand.postgres.log())
    failed = recvlogical(by_hand, "event.converting.failure.handling.mode=fail")
    assert failed.returncode != 0
    assert 'a value of column "n" of table "public.s" has no form in the event' in failed.stderr
    assert "associated LSN" in by_hand.postgres.log()[before:]

    result = recvlogical(by_hand)
    assert result.returncode == 0 and len(result.stdout.splitlines()) == 50
    assert sorted(re.findall('WARNING:  a value of column "(.)"', result.stderr)) == ["m", "n"]
    stack.wait_until(lambda: "52 values were not written as what they are in this session" in by_hand.postgres.log()[before:],
                     10, "the count in the server's log")


def test_values_without_a_form_are_counted(lab):
    lab.sql("CREATE TABLE s (id int PRIMARY KEY, n numeric(8,2))")
    lab.start()
    lab.sql("INSERT INTO s SELECT i, 'NaN' FROM generate_series(1, 50) i")
    lab.sql("INSERT INTO s VALUES (51, 1)")
    lab.delivered()
    assert lab.shipper.metrics()["walferry_capture_values_without_form_total"] == 50
    assert lab.shipper.log().count("has no form in the event and was written as null") == 1


@pytest.mark.limit(240)
def test_a_jsonb_of_100_mb(lab):
    """A dead letter, and the stream goes on."""
    lab.sql("CREATE TABLE j (id integer PRIMARY KEY, v jsonb)")
    lab.start()
    lab.sql("INSERT INTO j SELECT 1, jsonb_build_object('text', repeat('0123456789', 10 * 1024 * 1024))")
    lab.sql("""INSERT INTO j VALUES (2, '"after it"')""")
    lab.delivered(150)
    record, = lab.records(lab.topic("j"))
    assert record.after == {"id": 2, "v": '"after it"'}
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert letter.value["key"] == '{"id":1}' and "record.max.bytes" in letter.value["reason"]


def test_salt_that_is_not_there(lab):
    """As at a row: nothing but somebody's doing changes that."""
    code, log = lab.fails(**{"column.mask.hash.v2.SHA-256.with.salt.@nobody": "public.t.v"})
    assert code == 1 and 'there is no salt "nobody"' in log


def test_salts_file_that_is_not_there(lab):
    """It is the plugin that misses it, and the plugin that is there."""
    lab.postgres.psql("LOAD 'walferry';\nALTER SYSTEM SET walferry.salts = 'file:no_such_file';\nSELECT pg_reload_conf()")
    try:
        code, log = lab.fails(**{"column.mask.hash.v2.SHA-256.with.salt.@users": "public.t.v"})
        assert code == 1 and 'could not open the file of the setting "walferry.salts": No such file' in log
        assert "does not have the output plugin" not in log
        assert re.search(r'DETAIL:  It is "no_such_file"', lab.postgres.log())
    finally:
        lab.postgres.psql("LOAD 'walferry';\nALTER SYSTEM RESET walferry.salts;\nSELECT pg_reload_conf()")
