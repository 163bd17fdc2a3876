# What Amazon shows a client that uses IAM authentication: a database that takes a token as password in
# clear, and the services that give keys to sign it with.
#
# The database's door is a relay in front of a real server. It speaks TLS, asks for the password as RDS
# does (AuthenticationCleartextPassword), checks the token on its own terms, that is with Python's hmac
# and the secret that the test knows, and then lets the server behind speak, over its socket.
#
# SPDX-License-Identifier: Apache-2.0

import contextlib
import datetime
import hashlib
import hmac
import http.server
import json
import socket
import ssl
import struct
import threading
import urllib.parse

SSL_REQUEST = 80877103
ASK_FOR_PASSWORD = b"R" + struct.pack("!II", 8, 3)
REGION = "eu-central-1"
TOKEN_SECONDS = 900


def receive(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def signature(secret, date, *parts):
    key = ("AWS4" + secret).encode()
    for part in (date, REGION, "rds-db", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def fault_of_token(token, host, user, keys):
    """None if RDS would take it; else why not. keys: access key -> (secret, session token or None)."""
    address, _, query = token.partition("/?")
    fields = dict(urllib.parse.parse_qsl(query, strict_parsing=True))
    signed, _, given = query.rpartition("&X-Amz-Signature=")
    access_key, date, *scope = fields["X-Amz-Credential"].split("/")
    secret, session = keys.get(access_key, (None, None))
    at = datetime.datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    age = (datetime.datetime.now(datetime.UTC) - at).total_seconds()
    canonical = f"GET\n/\n{signed}\nhost:{host}\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
    checks = {
        "host": address == host,
        "action": fields["Action"] == "connect",
        "role": fields["DBUser"] == user,
        "scope": scope == [REGION, "rds-db", "aws4_request"] and fields["X-Amz-Date"].startswith(date),
        "signed headers": fields["X-Amz-SignedHeaders"] == "host",
        "order": signed.split("&") == sorted(signed.split("&")),
        "expiry": fields["X-Amz-Expires"] == str(TOKEN_SECONDS) and -60 < age < TOKEN_SECONDS,
        "key": secret is not None,
        "session token": fields.get("X-Amz-Security-Token") == session,
        "signature": secret is not None and hmac.compare_digest(given, signature(
            secret, date, "AWS4-HMAC-SHA256", fields["X-Amz-Date"], f"{date}/{REGION}/rds-db/aws4_request",
            hashlib.sha256(canonical.encode()).hexdigest())),
    }
    return next((name for name, well in checks.items() if not well), None)


class Database:
    """The door; keys may be changed while it is open. tokens: what clients showed, each with its fault."""

    def __init__(self, postgres, keys):
        self.keys = dict(keys)
        self.tokens = []
        self._behind = f"{postgres.state['socket_directory']}/.s.PGSQL.{postgres.port}"
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        directory = postgres.authority.parent
        self._tls.load_cert_chain(directory / "server.crt", directory / "server.key")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._host = f"{postgres.tls_host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        # a thread that waits in accept() does not notice close()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError, EOFError), connection:
            assert struct.unpack("!II", receive(connection, 8)) == (8, SSL_REQUEST)
            connection.sendall(b"S")
            with self._tls.wrap_socket(connection, server_side=True) as client:
                self._let_in(client)

    def _let_in(self, client):
        length = receive(client, 4)
        startup = receive(client, struct.unpack("!I", length)[0] - 4)
        words = startup[4:].split(b"\0")
        user = dict(zip(words[::2], words[1::2], strict=False))[b"user"].decode()
        client.sendall(ASK_FOR_PASSWORD)
        kind, size = struct.unpack("!cI", receive(client, 5))
        token = receive(client, size - 4).rstrip(b"\0").decode()
        assert kind == b"p"
        fault = fault_of_token(token, self._host, user, self.keys)
        self.tokens.append((token, fault))
        if fault is not None:
            fields = f"SFATAL\0VFATAL\0C28000\0MPAM authentication failed for user \"{user}\"\0\0".encode()
            client.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)
            return
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(self._behind)
            server.sendall(length + startup)
            self._relay(client, server)

    @staticmethod
    def _relay(client, server):
        # an SSL object is not for two threads at once: short waits, one side after the other
        client.settimeout(0.01)
        server.settimeout(0.01)
        while True:
            for source, target in ((client, server), (server, client)):
                with contextlib.suppress(TimeoutError, ssl.SSLWantReadError):
                    data = source.recv(65536)
                    if not data:
                        return
                    target.settimeout(10)
                    target.sendall(data)
                    target.settimeout(0.01)


def key(access_key, secret, session, seconds, token_name="Token"):
    """What a service answers: a key for so many seconds."""
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return {"AccessKeyId": access_key, "SecretAccessKey": secret, token_name: session,
            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ")}


class Service:
    """Answers by answer(method, path, headers) -> (status, body: bytes or what json has); asked: (method, path)."""

    def __init__(self, answer, port=0):
        service = self
        self.answer = answer
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                service.asked.append((self.command, self.path))
                status, body = service.answer(self.command, self.path, self.headers)
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = handle_any

            def log_message(self, *_arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
