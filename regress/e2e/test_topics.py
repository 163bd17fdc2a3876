# Topics are made before they are written to; one that cannot be made does not hold up the others for nothing.
#
# SPDX-License-Identifier: Apache-2.0

import json
import re
import time

import pytest
import stack
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient,
                                   ConfigResource, ResourcePatternType, ResourceType)

from lab import Lab, unique_events


@pytest.fixture
def make_broker():
    """Brokers of its own for a test, with settings."""
    runs = []

    def make(**settings):
        run = stack.RunDirectory()
        runs.append(run)
        return stack.Kafka(run, stack.QUICK_START | {name.replace("_", "."): value for name, value in settings.items()}).start()

    yield make
    for run in runs:
        run.close()


@pytest.fixture
def lab_on(name, postgres):
    made = []

    def make(broker, prefix=None):
        lab = Lab(name, postgres, broker)
        lab.prefix = prefix or lab.prefix
        made.append(lab)
        return lab.create_database()

    yield make
    for lab in made:
        lab.close()


def log_lines(lab, words):
    return [line for line in lab.shipper.log().splitlines() if re.search(words, line)]


def partitions(lab, topic):
    return len(AdminClient({"bootstrap.servers": lab.kafka.bootstrap}).list_topics(timeout=20).topics[topic].partitions)


@pytest.mark.limit(180)
def test_broker_that_creates_nothing_by_itself(make_broker, lab_on):
    lab = lab_on(make_broker(auto_create_topics_enable="false", num_partitions=3))
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (id integer PRIMARY KEY)")
    lab.start(record_max_bytes="1024")
    lab.sql("INSERT INTO a SELECT i FROM generate_series(1, 100) i; INSERT INTO b VALUES (1)")
    lab.sql("CREATE TABLE c (id integer PRIMARY KEY, v text); INSERT INTO c VALUES (1, repeat('x', 5000))")
    start = time.monotonic()
    lab.delivered(30)
    assert time.monotonic() - start < 20
    assert len(lab.records(lab.topic("a"))) == 100 and len(lab.records(lab.topic("b"))) == 1
    assert partitions(lab, lab.topic("a")) == 3
    # the dead-letter topic is made like the others, when it is needed
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert letter.value["topic"] == lab.topic("c")
    assert lab.shipper.metrics()["walferry_capture_errors_total"] == 0


@pytest.mark.limit(180)
def test_dead_letter_topic_is_made_for_what_the_broker_refuses(make_broker, lab_on):
    """A refusal comes when nothing can wait any more: the letter waits inside librdkafka."""
    lab = lab_on(make_broker(auto_create_topics_enable="false"))
    lab.create_topic(lab.topic("a"), 1, {"max.message.bytes": "2000"})
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY, v text)")
    lab.start(kafka_batch_size="1")
    lab.sql("INSERT INTO a VALUES (1, 'x'), (2, repeat('x', 5000)), (3, 'x')")
    lab.delivered(40)
    assert [record.after["id"] for record in lab.records(lab.topic("a"))] == [1, 3]
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert letter.value["key"] == '{"id":2}' and letter.value["topic"] == lab.topic("a")
    assert lab.shipper.metrics()["walferry_capture_errors_total"] == 0


@pytest.mark.limit(180)
def test_somebody_must_make_the_dead_letter_topic(make_broker, lab_on):
    lab = lab_on(make_broker(auto_create_topics_enable="false", default_replication_factor=3))
    letters = f"__walferry.dead-letters.{lab.prefix}"
    lab.create_topic(f"__walferry.schemas.{lab.prefix}", 1, {"cleanup.policy": "compact"})
    lab.create_topic(lab.topic("a"), 1, {"max.message.bytes": "2000"})
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY, v text)")
    lab.start(kafka_batch_size="1")
    lab.sql("INSERT INTO a VALUES (1, 'x'), (2, repeat('x', 5000)), (3, 'x')")
    stack.wait_until(lambda: log_lines(lab, f"create topic {re.escape(letters)}, or allow"), 20, "the word about the topic")
    assert not log_lines(lab, "(?i)unknown topic")
    lab.create_topic(letters, 1)
    lab.delivered(40)
    assert [record.after["id"] for record in unique_events(lab.records(lab.topic("a")))] == [1, 3]
    assert {letter.value["key"] for letter in lab.records(letters)} == {'{"id":2}'}


@pytest.mark.limit(120)
def test_record_larger_than_a_segment(lab):
    """RECORD_LIST_TOO_LARGE; also comes for a batch, which is then to be smaller."""
    lab.create_topic(lab.topic("b"), 1, {"segment.bytes": "1048576", "max.message.bytes": "3000000"})
    lab.sql("CREATE TABLE b (id integer PRIMARY KEY, v text)")
    lab.start()
    lab.sql("INSERT INTO b SELECT 2, string_agg(md5(i::text), '') FROM generate_series(1, 50000) i")
    lab.sql("INSERT INTO b VALUES (3, 'x')")
    lab.delivered(30)
    assert {record.after["id"] for record in lab.records(lab.topic("b"))} == {3}
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert letter.value["key"] == '{"id":2}'


@pytest.mark.limit(180)
def test_letters_and_descriptions_that_are_refused(make_broker, lab_on):
    """Letters are refused as a batch first; a description alone, and what helps is said."""
    lab = lab_on(make_broker(message_max_bytes="30000"))
    schemas = f"__walferry.schemas.{lab.prefix}"
    lab.create_topic(schemas, 1, {"cleanup.policy": "compact", "max.message.bytes": "20000"})
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY, v text); ALTER TABLE a ALTER v SET STORAGE EXTERNAL")
    lab.start(record_max_bytes="1024", kafka_linger_ms="500", kafka_compression_type="none")
    lab.sql("INSERT INTO a SELECT i, repeat('x', 2000) FROM generate_series(1, 2000) i")
    lab.delivered(60)
    letters = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert {letter.value["key"] for letter in letters} == {f'{{"id":{i}}}' for i in range(1, 2001)}
    assert log_lines(lab, "a batch was refused")

    columns = ", ".join(f"c{i} integer" for i in range(200))
    lab.sql(f"CREATE TABLE wide (id integer PRIMARY KEY, {columns}); INSERT INTO wide (id) VALUES (1)")
    told = f"{re.escape(schemas)}: it does not take a record of [0-9]+ bytes.*raise the topic's max.message.bytes"
    stack.wait_until(lambda: log_lines(lab, told), 60, "the word about max.message.bytes")
    lab.configure_topic(schemas, "max.message.bytes", "200000")
    lab.delivered(60)
    letters = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert lab.topic("wide") in {letter.value["topic"] for letter in letters}, "it is over record.max.bytes, too"


@pytest.mark.limit(240)
def test_topic_removed_while_running(make_broker, lab_on):
    """It is made again, once librdkafka believes that it is gone (topic.metadata.propagation.max.ms)."""
    lab = lab_on(make_broker(auto_create_topics_enable="false"))
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY)")
    lab.start(kafka_topic_metadata_propagation_max_ms="3000")
    lab.sql("INSERT INTO a VALUES (1)")
    lab.delivered(30)
    admin = AdminClient({"bootstrap.servers": lab.kafka.bootstrap})
    for future in admin.delete_topics([lab.topic("a")]).values():
        future.result(20)
    lab.sql("INSERT INTO a VALUES (2)")
    lab.delivered(90)
    assert 2 in {record.after["id"] for record in lab.records(lab.topic("a"))}


@pytest.mark.limit(120)
def test_topic_of_descriptions_removed_while_running(lab):
    """The broker would create it by itself, but not compacted."""
    schemas = f"__walferry.schemas.{lab.prefix}"
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY)")
    lab.start(kafka_topic_metadata_propagation_max_ms="2000", kafka_topic_metadata_refresh_interval_ms="500")
    lab.sql("INSERT INTO a VALUES (1)")
    lab.delivered(30)
    admin = AdminClient({"bootstrap.servers": lab.kafka.bootstrap})
    for future in admin.delete_topics([schemas]).values():
        future.result(20)
    time.sleep(2)
    lab.sql("CREATE TABLE b (id integer PRIMARY KEY); INSERT INTO b VALUES (1)")
    lab.delivered(60)
    resource = ConfigResource(ConfigResource.Type.TOPIC, schemas)
    settings = admin.describe_configs([resource])[resource].result(20)
    assert (settings["cleanup.policy"].value, settings["max.message.bytes"].value) == ("compact", "8388608")
    assert lab.records(schemas)


def test_names_that_collide(lab):
    """'.' and '_' are one and the same in the names of Kafka's metrics, so brokers refuse the second of two.

    Nothing of the table is lost by that: it waits until the first is gone.
    """
    lab.create_topic(lab.topic("t.x"), 1)
    lab.sql("CREATE TABLE t_x (id integer PRIMARY KEY); CREATE TABLE u (id integer PRIMARY KEY)")
    lab.start()
    lab.sql("INSERT INTO t_x VALUES (1), (2); INSERT INTO u VALUES (1)")
    stack.wait_until(lambda: log_lines(lab, " error .*collides"), 30, "the word about the name")
    stack.wait_until(lambda: lab.shipper.get("/ready")[0] == 503, 10, "not ready")
    assert re.search("remove the one it collides with", lab.shipper.status()["legs"]["capture"]["error"])
    admin = AdminClient({"bootstrap.servers": lab.kafka.bootstrap})
    for future in admin.delete_topics([lab.topic("t.x")]).values():
        future.result(20)
    lab.delivered(40)
    assert [record.after["id"] for record in unique_events(lab.records(lab.topic("t_x")))] == [1, 2]
    assert {record.after["id"] for record in lab.records(lab.topic("u"))} == {1}
    assert lab.shipper.metrics()["walferry_capture_dead_letters_total"] == 0
    assert lab.shipper.get("/ready")[0] == 200


@pytest.mark.limit(180)
def test_topic_that_somebody_must_make(make_broker, lab_on):
    """Here because three replicas cannot be had from one broker; missing rights and policies are answered alike."""
    lab = lab_on(make_broker(auto_create_topics_enable="false", default_replication_factor=3))
    lab.create_topic(f"__walferry.schemas.{lab.prefix}", 1, {"cleanup.policy": "compact"})
    lab.create_topic(lab.topic("a"), 1)
    lab.sql("CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (id integer PRIMARY KEY)")
    lab.start()
    with lab.connect(autocommit=False) as connection:
        connection.execute("INSERT INTO a SELECT i FROM generate_series(1, 10) i")
        connection.execute("INSERT INTO b VALUES (1)")
        connection.commit()
    told = f"create topic {re.escape(lab.topic('b'))}, or allow walferry to create topics"
    stack.wait_until(lambda: len(log_lines(lab, told)) >= 3, 30, "the word about the missing topic")
    code, body = lab.shipper.get("/ready")
    assert code == 503
    error = lab.shipper.status()["legs"]["capture"]["error"]
    assert re.search(told, error) and "INVALID_REPLICATION_FACTOR" in error
    # it waits without sending the same again and again, and without holding the slot
    sent = len(lab.records(lab.topic("a")))
    assert sent == 10
    time.sleep(3)
    assert len(lab.records(lab.topic("a"))) == sent and not lab.slot()["active"]
    lab.create_topic(lab.topic("b"), 1)
    lab.delivered(40)
    assert len(lab.records(lab.topic("b"))) == 1
    assert len(unique_events(lab.records(lab.topic("a")))) == 10
    assert lab.shipper.get("/ready")[0] == 200


def broker_with_rights(make_broker):
    """An authorizer that lets everybody do what no rule forbids."""
    return make_broker(
        auto_create_topics_enable="false",
        authorizer_class_name="org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        allow_everyone_if_no_acl_found="true")


def forbid_creation(broker, *topics):
    """Everybody may still write to these topics and read them."""
    def rule(kind, name, operation, permission):
        return AclBinding(kind, name, ResourcePatternType.LITERAL, "User:ANONYMOUS", "*", operation, permission)

    resources = [(ResourceType.BROKER, "kafka-cluster"), *((ResourceType.TOPIC, topic) for topic in topics)]
    rules = [rule(kind, name, AclOperation.ALL, AclPermissionType.ALLOW) for kind, name in resources]
    rules += [rule(kind, name, AclOperation.CREATE, AclPermissionType.DENY) for kind, name in resources]
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for future in admin.create_acls(rules).values():
        future.result(20)


@pytest.mark.limit(180)
def test_no_right_to_create(make_broker, lab_on):
    broker = broker_with_rights(make_broker)
    lab = lab_on(broker)
    lab.create_topic(f"__walferry.schemas.{lab.prefix}", 1, {"cleanup.policy": "compact"})
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY); CREATE TABLE u (id integer PRIMARY KEY)")
    lab.create_topic(lab.topic("u"), 1)
    forbid_creation(broker, lab.topic("t"))
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    lab.start()
    lab.sql("INSERT INTO u VALUES (1)")
    lab.delivered(30)
    lab.sql("INSERT INTO t VALUES (1)")
    stack.wait_until(lambda: log_lines(lab, "AUTHORIZATION_FAILED.*create topic"), 30, "the word about the right")
    assert lab.shipper.get("/ready")[0] == 503
    for future in admin.delete_acls([AclBindingFilter(
            kind, None, ResourcePatternType.ANY, None, None, AclOperation.CREATE, AclPermissionType.DENY)
            for kind in (ResourceType.BROKER, ResourceType.TOPIC)]).values():
        future.result(20)
    lab.delivered(40)
    assert json.loads(lab.records(lab.topic("t"))[0].raw_value)["after"] == {"id": 1}


@pytest.mark.limit(180)
def test_no_right_to_create_what_is_there(make_broker, lab_on):
    """Brokers answer that it may not be created, also for a topic of another prefix that exists and may be written to."""
    broker = broker_with_rights(make_broker)
    lab = lab_on(broker)
    lab.create_topic("elsewhere.before", 1)
    forbid_creation(broker, "elsewhere.before")
    lab.sql("CREATE TABLE before (id integer PRIMARY KEY); CREATE TABLE later (id integer PRIMARY KEY)")
    lab.start(transforms="route", transforms_route_type="org.apache.kafka.connect.transforms.RegexRouter",
              transforms_route_regex=".*public.(.*)", transforms_route_replacement="elsewhere.$1")
    lab.sql("INSERT INTO before VALUES (1)")
    lab.delivered(30)
    lab.create_topic("elsewhere.later", 1)  # while the shipper is running, which has no word of it
    forbid_creation(broker, "elsewhere.later")
    lab.sql("INSERT INTO later VALUES (1)")
    lab.delivered(30)
    for topic in ("elsewhere.before", "elsewhere.later"):
        assert [record.after for record in lab.records(topic)] == [{"id": 1}]
    assert lab.shipper.metrics()["walferry_capture_errors_total"] == 0


@pytest.mark.limit(180)
def test_record_larger_than_a_broker_reads(make_broker, lab_on):
    """The broker closes the connection and the stream stands; a limit of the shipper's makes a letter of the record."""
    lab = lab_on(make_broker(socket_request_max_bytes=2_000_000, message_max_bytes=50_000_000, replica_fetch_max_bytes=50_000_000))
    lab.sql("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    lab.start(record_max_bytes=104857601)
    assert "socket.request.max.bytes=104857600" in lab.shipper.log()
    lab.sql("INSERT INTO t VALUES (1, repeat('x', 3000000))")
    lab.sql("INSERT INTO t VALUES (2, 'small')")
    stack.wait_until(lambda: "isconnected" in lab.shipper.log(), 60, "a connection that ends")
    assert lab.records(lab.topic("t")) == []
    lab.shipper.kill9()
    lab.start(kafka_message_max_bytes=1_900_000)
    lab.delivered(60)
    record, = lab.records(lab.topic("t"))
    assert record.after["id"] == 2
    letter, = lab.records(f"__walferry.dead-letters.{lab.prefix}")
    assert "kafka.message.max.bytes, 1900000 bytes" in letter.value["reason"]
