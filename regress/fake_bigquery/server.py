# Starts and stops the fake, and lets tests look inside.
#
# SPDX-License-Identifier: Apache-2.0

import concurrent.futures
import http.server
import threading
import time

import grpc

from .faults import Faults
from .proxy import Proxy
from .rest import Handler
from .storage_write import MESSAGE_BYTES_MAX, StorageWrite
from .store import Behaviour, Store

GRPC_THREADS = 64


class RestServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A connection that ended in the middle is no news here: tests cut them."""


class FakeBigQuery:
    """
    behaviour: see store.Behaviour; may be changed while it runs.  Each interface stands behind a
    Proxy, so that connections can be cut and the service can be away.
    """

    def __init__(self, behaviour=None, rest_port=0, grpc_port=0):
        self.behaviour = behaviour or Behaviour()
        self.store = Store(self.behaviour)
        self.faults = Faults()
        self.rest_calls = []
        self.rest_server = RestServer(("127.0.0.1", 0), Handler)
        self.rest_server.fake = self
        self.rest_proxy = Proxy(self.rest_server.server_address[1], rest_port)
        self.storage = StorageWrite(self.store, self.faults, lambda: self.grpc_proxy.cut())
        self.grpc_server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(GRPC_THREADS),
            options=[("grpc.max_receive_message_length", MESSAGE_BYTES_MAX), ("grpc.so_reuseport", 0)],
        )
        self.grpc_server.add_generic_rpc_handlers((self.storage.handler(),))
        self.grpc_proxy = Proxy(self.grpc_server.add_insecure_port("127.0.0.1:0"), grpc_port)
        self.rest_url = f"http://127.0.0.1:{self.rest_proxy.port}"
        self.grpc_url = f"http://127.0.0.1:{self.grpc_proxy.port}"
        self.grpc_target = f"127.0.0.1:{self.grpc_proxy.port}"

    def start(self):
        threading.Thread(target=self.rest_server.serve_forever, args=(0.05,), daemon=True).start()
        self.grpc_server.start()
        return self

    def stop(self):
        self.faults.clear()
        self.rest_proxy.close()
        self.grpc_proxy.close()
        self.rest_server.shutdown()
        self.rest_server.server_close()
        self.grpc_server.stop(0).wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    # ---------------------------------------------------------------- the service goes and comes

    def away(self):
        self.rest_proxy.close()
        self.grpc_proxy.close()

    def back(self):
        self.rest_proxy.open()
        self.grpc_proxy.open()

    # ---------------------------------------------------------------- a look inside

    def rows(self, project, dataset, table):
        """A copy of the table's rows, each {column: value}; empty if there is no such table."""
        with self.store.lock:
            found = self.store.tables.get((project, dataset, table))
            return [] if found is None else [dict(row) for row in found.rows]

    def table(self, project, dataset, table):
        """The table's resource, or None."""
        with self.store.lock:
            found = self.store.tables.get((project, dataset, table))
            return None if found is None else found.resource

    def wait_rows(self, project, dataset, table, enough, timeout_s=60):
        """Waits until enough(rows) is true, or, for a number, until there are that many rows."""
        condition = enough if callable(enough) else lambda rows: len(rows) >= enough
        deadline = time.monotonic() + timeout_s
        while True:
            started = time.monotonic()
            rows = self.rows(project, dataset, table)
            if condition(rows):
                return rows
            if time.monotonic() > deadline:
                raise TimeoutError(f"{dataset}.{table} has {len(rows)} rows after {timeout_s} s")
            # a look at many rows takes its time, which is the server's, too
            time.sleep(max(0.1, 2 * (time.monotonic() - started)))
