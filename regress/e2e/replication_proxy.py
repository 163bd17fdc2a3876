"""A proxy between the shipper and PostgreSQL that changes what the server says while it replicates.

It knows no more of the protocol than where a message ends and that a replication message is a CopyData
with an XLogData in it; the connection must be without TLS.

SPDX-License-Identifier: Apache-2.0
"""

import socket
import struct
import threading

XLOGDATA_BYTES = 25


class ReplicationProxy:
    """Give `change` a function: it gets the payload of each XLogData and returns those to be sent in its place."""

    def __init__(self, port):
        self.server_port = port
        self.change = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.listener.close()
        for one in self.sockets:
            one.close()

    def _accept(self):
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server_port))
            self.sockets += [client, server]
            threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
            threading.Thread(target=self._answer, args=(server, client), daemon=True).start()

    @staticmethod
    def _close(*sockets):
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _forward(self, client, server):
        try:
            while data := client.recv(65536):
                server.sendall(data)
        except OSError:
            pass
        self._close(client, server)

    def _answer(self, server, client):
        buffered = b""
        try:
            while data := server.recv(65536):
                buffered += data
                while len(buffered) >= 5:
                    length = 1 + struct.unpack(">I", buffered[1:5])[0]
                    if len(buffered) < length:
                        break
                    client.sendall(self._changed(buffered[:length]))
                    buffered = buffered[length:]
        except OSError:
            pass
        self._close(client, server)

    def _changed(self, message):
        body = message[5:]
        if message[:1] != b"d" or body[:1] != b"w" or self.change is None:
            return message
        header, payload = body[:XLOGDATA_BYTES], body[XLOGDATA_BYTES:]
        return b"".join(b"d" + struct.pack(">I", 4 + len(header) + len(one)) + header + one for one in self.change(payload))
