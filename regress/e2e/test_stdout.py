# sink=stdout: what it prints of a backlog.
#
# SPDX-License-Identifier: Apache-2.0

import json

import pytest
import stack

SETTINGS = {"sink": "stdout", "kafka_bootstrap_servers": None}


def printed(lab, count):
    """The records, as soon as there are so many."""
    def lines():
        records = [json.loads(line) for line in lab.shipper.log().splitlines() if line.startswith('{"topic"')]
        return records if len(records) >= count else None

    return stack.wait_until(lines, 20, f"{count} records")


@pytest.mark.parametrize("plugin", ["pgoutput", "walferry"])
def test_shapes_of_a_backlog(lab, plugin):
    """Tables have changed since: what the start looks at must not put their shapes of today before the decoder."""
    where = " WHERE (id > 0)" if int(lab.postgres.psql("SHOW server_version_num")) >= 150000 else ""
    lab.sql("CREATE TABLE altered (id int PRIMARY KEY, a int); CREATE TABLE renamed (id int PRIMARY KEY);"
            "CREATE TABLE root (id int PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF root FOR VALUES IN (1)")
    lab.sql(f"CREATE PUBLICATION dbz_publication FOR TABLE altered{where}, renamed{where}, root WITH (publish_via_partition_root)")
    lab.create_slot(plugin)
    lab.sql("INSERT INTO altered VALUES (1, 7); INSERT INTO renamed VALUES (1); INSERT INTO root VALUES (1)")
    lab.sql("ALTER TABLE altered ADD c int DEFAULT 5, DROP COLUMN a; ALTER TABLE renamed RENAME TO other;"
            "ALTER TABLE root DETACH PARTITION part")
    lab.start(plugin_name=plugin, publish_via_partition_root="true", **SETTINGS)
    assert [(record["topic"], record["value"]["after"]) for record in printed(lab, 3)] == \
        [(lab.topic("altered"), {"id": 1, "a": 7}), (lab.topic("renamed"), {"id": 1}), (lab.topic("root"), {"id": 1})]


def test_publication_made_anew(lab):
    """The plugin looks for the publications of publication.filter when it starts: a row from before is another one's all the same."""
    lab.sql("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION shown FOR TABLE t")
    lab.create_slot()
    lab.sql("INSERT INTO t VALUES (1)")
    lab.sql("DROP PUBLICATION shown")
    lab.sql("CREATE PUBLICATION shown FOR TABLE t")
    lab.sql("INSERT INTO t VALUES (2)")
    lab.start(publication_filter="shown", **SETTINGS)
    assert [record["value"]["after"]["id"] for record in printed(lab, 2)] == [1, 2]
