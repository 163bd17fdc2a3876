"""The demo's workload: a small shop's day, and what of it was committed.

The same seed gives the same changes.  Every committed change is counted per table as the
events it must become: one per inserted, updated or deleted row, two for an update that
changes a primary key (a delete and a create).  What a rollback took back counts nothing.

The counts are written to --counts as JSON, {"finished": …, "tables": {table: events}}, a few
times a second and at the end; whoever reads it sees a whole file.

SPDX-License-Identifier: Apache-2.0
"""

import argparse
import collections
import json
import os
import random
import time
import uuid

import psycopg
from psycopg.types.json import Json, Jsonb

WAREHOUSES = ("BER", "HAM", "MUC", "ZRH")
ADJECTIVES = ("Small", "Sturdy", "Blue", "Folding", "Quiet", "Grüne", "Élégante", "第二の")
NOUNS = ("lamp", "chair", "kettle", "rucksack", "notebook", "Schraube", "théière", "椅子")
STREETS = ("Hauptstraße", "Rue de l'Église", "High Street", "\"The\" Lane")
PRODUCTS = 200
CUSTOMERS = 300


class Rollback(Exception):
    """Raised within a transaction that is meant to be rolled back."""


class Shop:
    def __init__(self, connection, seed, counts_path, large_transaction_rows):
        self.connection = connection
        self.random = random.Random(seed)
        self.counts_path = counts_path
        self.large_transaction_rows = large_transaction_rows
        self.committed = collections.Counter()
        self.pending = collections.Counter()
        self.reported_at = 0.0
        self.products = []
        self.customers = []
        self.orders = []            # (id, number of lines), not yet delivered

    # ---- counting

    def execute(self, table, sql, parameters=(), events_per_row=1):
        """Runs a change and counts its rows, to be committed or taken back with the transaction."""
        cursor = self.connection.execute(sql, parameters)
        self.pending[table] += cursor.rowcount * events_per_row
        return cursor

    def transaction(self, change, *arguments):
        """Runs change(*arguments) in a transaction; Rollback takes it back."""
        self.pending.clear()
        try:
            with self.connection.transaction():
                change(*arguments)
        except Rollback:
            return
        self.committed.update(self.pending)
        self.report()

    def report(self, finished=False):
        if not finished and time.monotonic() - self.reported_at < 0.2:
            return
        self.reported_at = time.monotonic()
        with open(self.counts_path + ".new", "w", encoding="utf-8") as file:
            json.dump({"finished": finished, "tables": dict(self.committed)}, file)
        os.replace(self.counts_path + ".new", self.counts_path)

    # ---- stock and customers

    def add_product(self):
        pick = self.random
        number = len(self.products) + 1
        row = self.execute("products", """
            INSERT INTO products (sku, name, description, price, weight_kg, dimensions_cm, tags, attributes, thumbnail)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""", (
                f"SKU-{number:06}",
                f"{pick.choice(ADJECTIVES)} {pick.choice(NOUNS)} {number}",
                None if pick.random() < 0.2 else "Comes in a box.\nWith \"instructions\" \\ and a \u20ac sign. " * pick.randint(1, 4),
                f"{pick.randint(1, 50_000) / 100:.2f}",
                None if pick.random() < 0.1 else pick.random() * 30,
                [round(pick.uniform(1, 90), 1) for _ in range(3)],
                pick.sample(("new", "sale", "fragile", "outdoor, garden", "eco\"friendly\""), pick.randint(0, 3)),
                Jsonb({"colour": pick.choice(("red", "grün", None)), "warranty_years": pick.randint(0, 10),
                       "sizes": [pick.randint(30, 50) for _ in range(pick.randint(0, 3))]}),
                pick.randbytes(pick.randint(0, 60)))).fetchone()
        self.products.append(row[0])

    def add_customer(self):
        pick = self.random
        number = len(self.customers) + 1
        row = self.execute("customers", """
            INSERT INTO customers (reference, email, full_name, tier, born_on, call_after, phone_numbers, preferences, balance)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""", (
                uuid.UUID(int=pick.getrandbits(128), version=4),
                f"customer{number}@example.com",
                pick.choice(("Ada", "Zoë", "Łukasz", "李雷", "O'Neill")) + f" {number}",
                pick.choice(("bronze", "silver", "gold")),
                f"{pick.randint(1930, 2005)}-{pick.randint(1, 12):02}-{pick.randint(1, 28):02}",
                f"{pick.randint(8, 18):02}:{pick.randint(0, 59):02}:30.25",
                [f"+49 30 {pick.randint(100_000, 999_999)}" for _ in range(pick.randint(0, 2))],
                Json({"newsletter": pick.random() < 0.5, "language": pick.choice(("de", "fr", "en"))}),
                f"{pick.randint(-10_000, 100_000) / 100:.2f}")).fetchone()
        self.customers.append(row[0])

    def count_stock(self):
        """The stock-taking: the one large transaction."""
        self.execute("stock_movements", """
            INSERT INTO stock_movements (product_id, warehouse, quantity, reason, unit_cost)
            SELECT (%s::int[])[1 + i %% %s], (%s::text[])[1 + i %% 4], i %% 97, 'count', i / 7.0
            FROM generate_series(1, %s) AS i""", (self.products, len(self.products), list(WAREHOUSES),
                                                                self.large_transaction_rows))

    # ---- the day's business

    def move_stock(self, product, quantity, reason):
        self.execute("stock_movements", """
            INSERT INTO stock_movements (product_id, warehouse, quantity, reason, unit_cost)
            VALUES (%s, %s, %s, %s, %s)""", (
                product, self.random.choice(WAREHOUSES), quantity, reason, f"{self.random.uniform(0.1, 90):.4f}"))

    def place_order(self, give_up=False):
        pick = self.random
        order = self.execute("orders", """
            INSERT INTO orders (customer_id, shipping_address, note) VALUES (%s, %s, %s) RETURNING id""", (
                pick.choice(self.customers),
                Jsonb({"street": f"{pick.choice(STREETS)} {pick.randint(1, 99)}", "zip": f"{pick.randint(1000, 99999):05}"}),
                pick.choice((None, "Leave it with the neighbours", "Ring twice\tplease")))).fetchone()[0]
        lines = pick.randint(1, 6)
        for line in range(1, lines + 1):
            product, quantity = pick.choice(self.products), pick.randint(1, 5)
            self.execute("order_lines", "INSERT INTO order_lines VALUES (%s, %s, %s, %s, %s, %s)", (
                order, line, product, quantity, f"{pick.randint(100, 9_999) / 100:.2f}",
                pick.choice((None, "0.1", "0.333333333333333333333"))))
            self.move_stock(product, -quantity, "sale")
        self.execute("orders", """
            UPDATE orders SET total = (SELECT sum(quantity * unit_price) FROM order_lines WHERE order_id = %s)
            WHERE id = %s""", (order, order))
        if give_up:
            raise Rollback
        self.orders.append((order, lines))

    def ship_order(self):
        order, _ = self.random.choice(self.orders)
        self.execute("orders", "UPDATE orders SET status = 'shipped', shipped_at = now() WHERE id = %s", (order,))

    def deliver_order(self):
        order, _ = self.orders.pop(0)
        self.execute("orders", "UPDATE orders SET status = 'delivered' WHERE id = %s", (order,))

    def cancel_order(self):
        order, _ = self.orders.pop(self.random.randrange(len(self.orders)))
        self.execute("order_lines", "DELETE FROM order_lines WHERE order_id = %s", (order,))
        self.execute("orders", "DELETE FROM orders WHERE id = %s", (order,))

    def change_price(self):
        self.execute("products", "UPDATE products SET price = round(price * %s, 2), updated_at = now() WHERE id = %s",
                     (f"{self.random.uniform(0.8, 1.25):.3f}", self.random.choice(self.products)))

    def promote_customer(self):
        self.execute("customers", "UPDATE customers SET tier = 'gold', balance = balance + 5 WHERE id = %s",
                     (self.random.choice(self.customers),))

    def renumber_line(self):
        """A key change: the order's last line becomes a later one."""
        index = self.random.randrange(len(self.orders))
        order, lines = self.orders[index]
        self.execute("order_lines", "UPDATE order_lines SET line_number = %s WHERE order_id = %s AND line_number = %s",
                     (lines + 10, order, lines), events_per_row=2)
        self.orders[index] = (order, lines + 10)

    def order_with_second_thoughts(self):
        """A savepoint is rolled back; what came before and after it is committed."""
        self.place_order()
        kept, orders = self.pending.copy(), list(self.orders)
        try:
            with self.connection.transaction():
                self.cancel_order()
                self.place_order(give_up=True)
        except Rollback:
            self.pending, self.orders = kept, orders
        self.promote_customer()

    def one_transaction(self):
        pick = self.random
        roll = pick.random()
        if roll < 0.35 or len(self.orders) < 10:
            self.transaction(self.place_order)
        elif roll < 0.40:
            self.transaction(self.place_order, True)
        elif roll < 0.60:
            self.transaction(self.ship_order)
        elif roll < 0.75:
            self.transaction(self.deliver_order)
        elif roll < 0.80:
            self.transaction(self.cancel_order)
        elif roll < 0.90:
            self.transaction(self.change_price)
        elif roll < 0.95:
            self.transaction(self.promote_customer)
        elif roll < 0.98:
            self.transaction(self.renumber_line)
        else:
            self.transaction(self.order_with_second_thoughts)

    def open(self):
        """Fills the shelves, so that there is something to sell."""
        self.transaction(lambda: [self.add_product() for _ in range(PRODUCTS)])
        self.transaction(lambda: [self.add_customer() for _ in range(CUSTOMERS)])

    def run(self, transactions, transactions_per_second):
        self.open()
        started = time.monotonic()
        for number in range(transactions):
            if number == transactions // 2:
                self.transaction(self.count_stock)
            self.one_transaction()
            pause = started + number / transactions_per_second - time.monotonic()
            if pause > 0:
                self.report()
                time.sleep(pause)
        self.report(finished=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", required=True, help="libpq connection string")
    parser.add_argument("--counts", required=True, help="file that is given the counts")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--transactions", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=100_000, help="of the large transaction")
    parser.add_argument("--rate", type=float, default=150, help="transactions per second, at most")
    arguments = parser.parse_args()
    with psycopg.connect(arguments.dsn, autocommit=True) as connection:
        Shop(connection, arguments.seed, arguments.counts, arguments.rows).run(arguments.transactions, arguments.rate)


if __name__ == "__main__":
    main()
