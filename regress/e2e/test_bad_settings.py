# What users do wrong in the configuration and on the command line: one clear sentence with the next step, exit code 2.
#
# SPDX-License-Identifier: Apache-2.0

import contextlib
import json
import pathlib
import re
import subprocess

import pytest

from lab import errors


def lines(settings):
    return "".join(f"{name}={value}\n" for name, value in settings.items()).encode()


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
