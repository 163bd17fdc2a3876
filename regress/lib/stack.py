"""PostgreSQL, Kafka, Debezium, the BigQuery emulator and the shipper for tests written in Python.

A thin face of stack.sh: how a service is configured, started and ended is said there and
only there.  Here are objects with the ports and the log in hand.

    with RunDirectory() as run:
        postgres = Postgres(run).start()
        kafka = Kafka(run, {"num.partitions": 1}).start()
        emulator = Emulator(run).start()
        shipper = Shipper(run, {"topic.prefix": "inventory", …}).start()

Leaving the block ends what was started in it, by pid.

SPDX-License-Identifier: Apache-2.0
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

LIBRARY = pathlib.Path(__file__).resolve().parent
ROOT = LIBRARY.parent.parent


# For a broker that lives for seconds or minutes: half of its start is compiling for a long life.
QUICK_START = {"@jvm": "-XX:TieredStopAtLevel=1"}


class StackError(Exception):
    """A service could not be started; the message holds the last lines of its log."""


def as_server_user(*command, **options):
    """subprocess.run of a command as the user servers run as (nobody when we are root)."""
    script = f'. "{LIBRARY}/common.sh" && walferry_as_server_user "$@"'
    return subprocess.run(["bash", "-c", script, "bash", *map(str, command)], **options)


def wait_until(condition, seconds=30, what="the condition", interval_seconds=0.05):
    """Calls condition until it gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {seconds} s")
        time.sleep(interval_seconds)


class RunDirectory:
    """A directory for one run, and the services started in it.

    It is removed at the end unless keep is set (by the caller or WALFERRY_KEEP=1).
    """

    def __init__(self, path=None, keep=False):
        if path is None:
            parent = os.environ.get("WALFERRY_RUN")
            if parent:
                os.makedirs(parent, exist_ok=True)
            path = tempfile.mkdtemp(prefix="walferry-", dir=parent or "/tmp")
            # servers run as nobody when root calls
            os.chmod(path, 0o711)
        self.path = pathlib.Path(path)
        self.keep = keep or os.environ.get("WALFERRY_KEEP") == "1"

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def __fspath__(self):
        return str(self.path)

    def close(self):
        subprocess.run([LIBRARY / "stack.sh", "all", "stop", self.path], check=True)
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)


class Service:
    """One service in a run directory; settings are the NAME=VALUE of stack.sh."""

    name = None

    def __init__(self, run, settings=None):
        self.directory = pathlib.Path(os.fspath(run))
        self.settings = dict(settings or {})
        self.state = {}

    def _arguments(self):
        return [f"{name}={value}" for name, value in self.settings.items()]

    def start(self, **at_sign_settings):
        """Starts it; keyword arguments are the settings that stack.sh writes with an @."""
        result = subprocess.run(
            [LIBRARY / "stack.sh", self.name, "start", self.directory, *self._arguments(),
             *(f"@{name}={value}" for name, value in at_sign_settings.items())],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        if result.returncode != 0:
            raise StackError(result.stderr)
        self._read_state()
        return self

    def _read_state(self):
        text = (self.directory / f"{self.name}.state").read_text()
        self.state = dict(line.split("=", 1) for line in text.splitlines() if line)

    def stop(self, signal_name=None):
        """Ends it politely (or by the signal) and waits for the end."""
        extra = [signal_name] if signal_name else []
        subprocess.run([LIBRARY / "stack.sh", self.name, "stop", self.directory, *extra], check=True)

    def kill9(self):
        self.signal(signal.SIGKILL)
        self.wait_exit()

    def signal(self, number):
        """Sends a signal if the process is still the one that was started."""
        if self.is_running():
            os.kill(self.pid, number)

    def restart(self, **at_sign_settings):
        self.stop()
        return self.start(**at_sign_settings)

    @property
    def pid(self):
        return int(self.state["pid"])

    @property
    def port(self):
        return int(self.state["port"])

    def is_running(self):
        try:
            pid, started = (self.directory / f"{self.name}.pid").read_text().split()
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        except (OSError, ValueError):
            return False
        return fields[19] == started and fields[0] != "Z"

    def exit_code(self):
        """The exit code (above 128: 128 + the signal); None while it runs."""
        try:
            return int((self.directory / f"{self.name}.exit").read_text())
        except FileNotFoundError:
            return None

    def wait_exit(self, seconds=30):
        return wait_until(lambda: (self.exit_code(),) if self.exit_code() is not None else None,
                          seconds, f"the end of {self.name}", 0.01)[0]

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.directory / self.name / "log").read_text(errors="replace")
        return ""

    def memory_peak_bytes(self):
        """Peak resident memory of the process (VmHWM)."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise ProcessLookupError(self.pid)


class Postgres(Service):
    """start(auth="trust", encoding="LATIN1", tls=1, like="rds", …); settings are lines of postgresql.conf."""

    name = "postgres"

    def _arguments(self):
        # as in postgresql.conf: a string in quotes
        return [f"{name}={value}" if isinstance(value, (int, float)) else
                f"{name}='{str(value).replace(chr(39), chr(39) * 2)}'"
                for name, value in self.settings.items()]

    @property
    def bin(self):
        return pathlib.Path(self.state["bin"])

    @property
    def password(self):
        return self.state["password"]

    def dsn(self, dbname="postgres", **more):
        """A libpq connection string over TCP, as the superuser unless user is given."""
        parts = {"host": "127.0.0.1", "port": self.port, "user": "postgres",
                 "password": self.password, "dbname": dbname, **more}
        return " ".join("{}='{}'".format(key, str(value).replace("\\", r"\\").replace("'", r"\'"))
                        for key, value in parts.items())

    def connect(self, dbname="postgres", autocommit=True, **more):
        import psycopg  # here, because starting a server needs no venv
        return psycopg.connect(self.dsn(dbname, **more), autocommit=autocommit)

    def psql(self, sql, dbname="postgres", check=True):
        """Runs SQL by psql over the socket; returns what it prints, unaligned, tuples only."""
        result = subprocess.run(
            [self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
             "-h", self.state["socket_directory"], "-p", self.state["port"], "-U", "postgres",
             "-d", dbname, "-f", "-"],
            input=sql, capture_output=True, text=True, cwd="/")
        if check and result.returncode != 0:
            raise StackError(result.stderr)
        return result.stdout

    @property
    def authority(self):
        """File of the certificate authority of a server with TLS; its certificate is tls_host's."""
        return pathlib.Path(self.state["authority"])

    @property
    def tls_host(self):
        return self.state["tls_host"]

    def create_database(self, name, template="template0", encoding="UTF8", locale="C.UTF-8"):
        quoted = '"' + name.replace('"', '""') + '"'
        self.psql(f"CREATE DATABASE {quoted} TEMPLATE {template} ENCODING '{encoding}' LOCALE '{locale}'")

    def kill9(self):
        children = [path.parent for path in pathlib.Path("/proc").glob("[0-9]*/stat")
                    if self._parent_of(path) == self.pid]
        super().kill9()
        # the shared memory is free only when they noticed
        wait_until(lambda: not any(child.exists() for child in children), 30, "the end of the server's children")

    @staticmethod
    def _parent_of(path):
        try:
            return int(path.read_text(errors="replace").rpartition(") ")[2].split()[1])
        except (OSError, IndexError):
            return None


class Kafka(Service):
    """start(heap="512m", jvm="-X…"); settings are lines of server.properties."""

    name = "kafka"

    @property
    def bootstrap(self):
        return self.state["bootstrap"]


class Connect(Service):
    """Kafka Connect with Debezium's PostgreSQL connector; settings are lines of worker.properties.

    start(heap="1g"); bootstrap.servers must be among the settings.
    """

    name = "connect"

    def request(self, method, path, body=None, timeout_seconds=60):
        """(status code, answer) of the worker's REST interface."""
        request = urllib.request.Request(
            self.state["url"] + path, method=method, headers={"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")


class Emulator(Service):
    """start(persistent=1): tables outlive a restart, write streams do not."""

    name = "emulator"

    @property
    def endpoint(self):
        return self.state["endpoint"]

    @property
    def grpc_endpoint(self):
        return self.state["grpc_endpoint"]


class Shipper(Service):
    """settings are lines of its properties file; http.listen is chosen by stack.sh.

    start(wait="ready"|"live"|"none", binary=PATH); env is given to the process.
    """

    name = "shipper"

    def __init__(self, run, settings=None, env=None, binary=None):
        super().__init__(run, settings)
        self.env = dict(env or {})
        self.binary = pathlib.Path(binary or os.environ.get("WALFERRY_BINARY")
                                   or ROOT / "build/shipper/walferry")

    def _arguments(self):
        return [*super()._arguments(), f"@binary={self.binary}",
                *(f"@env={name}={value}" for name, value in self.env.items())]

    def get(self, path, timeout_seconds=5):
        """(status code, body) of the shipper's own HTTP server."""
        try:
            with urllib.request.urlopen(self.state["url"] + path, timeout=timeout_seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def status(self):
        return json.loads(self.get("/status")[1])

    def metrics(self):
        """Metric (with its labels, as printed) to value."""
        lines = self.get("/metrics")[1].splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in lines if line and not line.startswith("#")}

    def verb(self, *arguments, **options):
        """Runs another verb of the same binary, e.g. verb("status", "--health")."""
        binary = self.directory / "walferry"
        if not binary.exists():
            binary = self.binary
        hidden = [f"--unset={name}" for name in os.environ if name.startswith("WALFERRY_")]
        return as_server_user("env", *hidden, *(f"{name}={value}" for name, value in self.env.items()), binary,
                              *arguments, capture_output=True, text=True, errors="replace", **options)
