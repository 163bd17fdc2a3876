# A TCP pass-through that can be cut: what a network does to connections, without touching the servers.
#
# SPDX-License-Identifier: Apache-2.0

import socket
import struct
import threading

CHUNK = 65536


class Proxy:
    """Forwards 127.0.0.1:port to an upstream port."""

    def __init__(self, upstream_port, port=0):
        self.upstream_port = upstream_port
        self.lock = threading.Lock()
        self.pairs = set()
        self.listener = None
        self.port = port
        self.open()

    def open(self):
        """Takes connections (again), on the port that it always had."""
        if self.listener is not None:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def close(self):
        """Refuses connections, and cuts those that are open."""
        listener, self.listener = self.listener, None
        if listener is not None:
            # wakes accept(), which close() alone does not
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()
        self.cut()

    def cut(self):
        """Resets every open connection, on both sides."""
        with self.lock:
            pairs, self.pairs = self.pairs, set()
        for pair in pairs:
            for end in pair:
                try:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.shutdown(socket.SHUT_RD)
                    end.close()
                except OSError:
                    pass

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                upstream = socket.create_connection(("127.0.0.1", self.upstream_port))
            except OSError:
                client.close()
                continue
            for end in (client, upstream):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = (client, upstream)
            with self.lock:
                self.pairs.add(pair)
            for source, target in (pair, pair[::-1]):
                threading.Thread(target=self.forward, args=(source, target, pair), daemon=True).start()

    def forward(self, source, target, pair):
        try:
            while data := source.recv(CHUNK):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            with self.lock:
                self.pairs.discard(pair)
            for end in pair:
                try:
                    end.close()
                except OSError:
                    pass
