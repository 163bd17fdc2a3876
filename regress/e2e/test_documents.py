# What docs/ tell a user to type does what they say.
#
# SPDX-License-Identifier: Apache-2.0

import decimal
import json
import re

import stack
from lab import unique_events


def block(document, language, beginning):
    """The code block of docs/document that has a line with this beginning, from that line on."""
    text = (stack.ROOT / "docs" / document).read_text()
    for code in re.findall(rf"```{language}\n(.*?)```", text, re.S):
        if f"\n{beginning}" in f"\n{code}":
            return code[f"\n{code}".index(f"\n{beginning}"):]
    raise AssertionError(f"{document} has no such block")


def test_queries_of_the_history(emulator_lab):
    lab = emulator_lab
    lab.sql("CREATE TABLE orders (id integer PRIMARY KEY, status text, total numeric(10,2))")
    lab.start()
    lab.sql("INSERT INTO orders VALUES (1, 'new', 1), (2, 'new', 2)")
    lab.sql("TRUNCATE orders")
    lab.sql("INSERT INTO orders VALUES (7, 'new', 7.5), (8, 'new', 8), (2, 'again', 2)")
    lab.sql("UPDATE orders SET status = 'paid' WHERE id = 7")
    lab.sql("DELETE FROM orders WHERE id = 8")
    lab.wait_rows("orders__history", 8)

    def ask(beginning):
        return lab.query(block("bigquery.md", "sql", beginning).split(";")[0].replace("inventory.", f"{lab.dataset}."))

    history = ask("-- everything that ever happened")
    assert [(row["_op"], row["status"]) for row in history] == [("c", "new"), ("u", "paid")]
    now = {(row["id"], row["status"], row["total"]) for row in ask("-- the orders as they are now")}
    assert now == {(7, "paid", decimal.Decimal("7.5")), (2, "again", decimal.Decimal(2))}


def test_loading_tables_again(lab):
    """Rows from before the slot come by an UPDATE that changes nothing; render gives them as text."""
    lab.sql("CREATE TABLE orders (id integer PRIMARY KEY, status text)")
    lab.sql("INSERT INTO orders VALUES (1, 'before'), (2, 'before')")
    lab.start()
    lab.sql(block("operations.md", "sql", "UPDATE orders"))
    lab.delivered()
    events = unique_events(lab.records(lab.topic("orders")))
    assert [(record.op, record.after) for record in events] == [
        ("u", {"id": 1, "status": "before"}), ("u", {"id": 2, "status": "before"})]
    text = (stack.ROOT / "docs/operations.md").read_text()
    lab.sql("CREATE EXTENSION walferry")
    rendered = lab.sql(re.search(r"`(SELECT convert_from\(walferry\.render.*?)`", text, re.S).group(1))
    assert [json.loads(row[0])["op"] for row in rendered] == ["r", "r"]
