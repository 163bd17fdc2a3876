# Databases that others run: TLS that is checked, passwords that change, tokens of an identity, and no
# extension of ours.
#
# SPDX-License-Identifier: Apache-2.0

import json
import re
import subprocess

import iam_endpoint
import pytest
import stack
from lab import Lab

TO_STDOUT = {"sink": "stdout", "kafka_bootstrap_servers": None}


class ManagedLab(Lab):
    """A database of the master user's, captured through pgoutput by a role that owns nothing; rows go to stdout."""

    def __init__(self, name, postgres):
        super().__init__(name, postgres, None)
        self.user, self.password = f"{name[:50]}_role", "first"
        postgres.psql(f"CREATE ROLE {self.user} LOGIN REPLICATION PASSWORD '{self.password}' IN ROLE rds_replication")
        postgres.psql(f'CREATE DATABASE "{self.database}" OWNER master')
        self.as_master("CREATE TABLE t (id integer PRIMARY KEY)", "CREATE PUBLICATION inventory FOR TABLE t")
        self.ids = 0

    def settings(self, **changes):
        return super().settings(**{
            "database_hostname": self.postgres.tls_host, "database_sslmode": "verify-full",
            "database_sslrootcert": self.postgres.authority, "plugin_name": "pgoutput", "publication_name": "inventory",
            "publication_autocreate_mode": "disabled", **TO_STDOUT, **changes})

    def as_master(self, *statements):
        with self.postgres.connect(self.database, user="master",
                                   password=self.postgres.state["master_password"]) as connection:
            for statement in statements:
                connection.execute(statement)

    def drop(self):
        super().drop()
        self.postgres.psql(f"DROP ROLE {self.user}")

    def change_password(self, password):
        self.postgres.psql(f"ALTER ROLE {self.user} PASSWORD '{password}'")

    def end_connections(self):
        """All of the role's, the one that replicates and the ordinary one; their names."""
        found = self.sql("SELECT application_name, pid FROM pg_stat_activity WHERE usename = %s", self.user)
        for _name, pid in found:
            self.sql("SELECT pg_terminate_backend(%s)", pid)
        return {name for name, _pid in found}

    def write(self, name, text):
        """A file that the shipper can read."""
        path = self.run.path / name
        path.write_text(text)
        path.chmod(0o644)
        return path

    def delivers(self):
        """A row written now arrives."""
        self.ids += 1
        self.as_master(f"INSERT INTO t VALUES ({self.ids})")
        self.delivered(30)

    def values(self, count):
        """That many events as they were printed."""
        def printed():
            lines = [json.loads(line) for line in self.shipper.log().splitlines() if line.startswith("{")]
            return lines if len(lines) >= count else None
        return [line["value"] for line in stack.wait_until(printed, 30, f"{count} records")]

    def says(self, text, seconds=20):
        stack.wait_until(lambda: text in self.shipper.log(), seconds, f"a word about {text}", 0.1)

    def connections(self):
        """What the server's log tells of this role's connections, once it let them in."""
        return [line for line in self.postgres.log().splitlines()
                if "connection authorized" in line and self.user in line]


@pytest.fixture
def managed(name, rds_like, request):
    lab = ManagedLab(name, rds_like)
    yield lab
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed and lab.shipper is not None:
        print(f"\n--- log of the shipper of {lab.name}\n{lab.shipper.log()[-20000:]}")
    lab.close()


# ---------------------------------------------------------------- TLS


def test_verify_full(managed):
    """Of both connections."""
    managed.start()
    managed.delivers()
    assert sorted(managed.sql("SELECT application_name, ssl, version FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)"
                              " WHERE usename = %s", managed.user)) == [
        ("walferry", True, "TLSv1.3"), ("walferry catalogue", True, "TLSv1.3")]


def test_verify_full_of_another_authority(managed):
    """The certificate is not trusted: that is said, and the server learns not even the role's name."""
    other = managed.run.path / "other.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "1", "-subj", "/CN=walferry other authority", "-keyout", "/dev/null", "-out", other],
                   check=True, capture_output=True)
    other.chmod(0o644)
    code, log = managed.fails(database_sslrootcert=other)
    assert code == 1
    assert f"the certificate of PostgreSQL at localhost:{managed.postgres.port} is not trusted, and nothing was sent" in log
    assert "database.sslrootcert has to hold the authority that signed it" in log
    assert managed.connections() == []
    assert managed.user not in managed.postgres.log()


def test_verify_full_of_another_host(managed):
    code, log = managed.fails(database_hostname="127.0.0.1")
    assert code == 1
    assert f"the certificate of PostgreSQL at 127.0.0.1:{managed.postgres.port} is not that host's, and nothing was sent" in log
    assert "set database.hostname to a name that the certificate has" in log and '"localhost"' in log
    assert managed.connections() == []

    # verify-ca is for those who cannot have such a name
    managed.start(database_hostname="127.0.0.1", database_sslmode="verify-ca")
    managed.delivers()


def test_verify_full_without_an_authority(managed):
    code, log = managed.fails(database_sslrootcert="/nonexistent/ca.crt")
    assert code == 1
    assert "database.sslmode=verify-full needs the authorities to trust: set database.sslrootcert to a file" in log
    assert 'root certificate file "/nonexistent/ca.crt" does not exist)' in log
    assert "change sslmode" not in log      # libpq's own advice
    assert managed.connections() == []


def test_tls_is_wanted_by_one_side_only(managed, lab):
    code, log = managed.fails(database_sslmode="disable")
    assert code == 1
    assert f'PostgreSQL does not let role "{managed.user}" in without TLS: set database.sslmode=verify-full' in log

    code, log = lab.fails(database_sslmode="require", **TO_STDOUT)
    assert code == 1
    assert f"PostgreSQL at 127.0.0.1:{lab.postgres.port} speaks no TLS, which database.sslmode=require demands" in log


# ---------------------------------------------------------------- passwords that change


def test_password_command(managed):
    """The password is what the command prints at each connection, also when it has changed between them."""
    secret = managed.write("secret", '{"password": "first"}\n')
    command = f"sed 's/.*: \"//; s/\".*//' {secret}"
    managed.start(database_password=None, database_password_command=command, log_level="debug")
    managed.delivers()

    managed.change_password("second")
    managed.delivers()      # the connection that stands goes on
    managed.end_connections()
    managed.says("that database.password.command printed: correct one of them")
    managed.write("secret", '{"password": "second"}\n')
    managed.delivers()
    assert managed.shipper.exit_code() is None
    assert not any(f'"{word}"' in managed.shipper.log() for word in ("first", "second"))


def test_password_command_that_fails(managed):
    """At the start it is as a wrong password; later, when it may be the vault that is away, it is run again."""
    gate = managed.run.path / "gate"
    settings = {"database_password": None, "database_password_command": (
        f"cat {gate} 2>/dev/null || {{ echo the vault is sealed >&2; echo and more >&2; exit 7; }}")}
    said = ("database.password.command ended with exit code 7: the vault is sealed; to see why, run it with /bin/sh -c as the "
            "user that walferry runs as")
    code, log = managed.fails(**settings)
    assert code == 1
    assert log.count(said) == 1

    managed.write("gate", "first\n")
    managed.start(**settings)
    managed.delivers()
    gate.unlink()
    managed.end_connections()
    stack.wait_until(lambda: managed.shipper.log().count(said) >= 3, 20, "attempts")
    managed.write("gate", "first\n")
    managed.delivers()
    managed.shipper.stop()

    code, log = managed.fails(database_password=None, database_password_command="/no/such/vault")
    assert code == 1
    assert "database.password.command ended with exit code 127" in log and "/no/such/vault" in log


def test_empty_password(managed):
    """It counts as none, so the command's is taken."""
    managed.start(database_password="", database_password_command="echo first")
    managed.delivers()


def test_password_file_that_changes(managed):
    secret = managed.write("secret", "first\n")
    managed.start(database_password=f"${{file:{secret}}}")
    managed.change_password("second")
    managed.write("secret", "second\n")
    managed.end_connections()
    managed.delivers()


# ---------------------------------------------------------------- IAM


KEY = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "s/e+cret", "AWS_SESSION_TOKEN": "to/k+en=="}
KEYS = {"AKIATEST": ("s/e+cret", "to/k+en=="), "ASIAFIRST": ("one", "s1"), "ASIASECOND": ("two", "s2")}


@pytest.fixture
def rds(managed):
    with iam_endpoint.Database(managed.postgres, KEYS) as database:
        yield database


def begin(managed, rds, env, **changes):
    settings = {"database_port": rds.port, "database_password": None, "database_iam": "aws",
                "database_iam_region": iam_endpoint.REGION, "log_level": "debug", **changes}
    return managed.start(env=env, **settings)


def keys_shown(rds):
    """Access keys of the tokens so far, all of which were good."""
    assert [fault for _, fault in rds.tokens if fault] == []
    return [key for key in KEYS for token, _ in rds.tokens if f"X-Amz-Credential={key}%2F" in token]


def test_iam_token(managed, rds):
    """Each connection shows a token that RDS would take, and none is in the log."""
    begin(managed, rds, KEY)
    managed.delivers()
    before = len(rds.tokens)
    managed.end_connections()
    managed.delivers()
    assert len(keys_shown(rds)) > before >= 2
    log = managed.shipper.log()
    assert "X-Amz" not in log and KEY["AWS_SECRET_ACCESS_KEY"] not in log and KEY["AWS_SESSION_TOKEN"] not in log
    assert "X-Amz" not in managed.shipper.get("/status")[1]


def test_iam_token_that_is_refused(managed, rds):
    """At the start that is told and the end; later it may be a matter of time."""
    del rds.keys["AKIATEST"]
    begin(managed, rds, KEY, wait="none")
    assert managed.shipper.wait_exit() == 1
    assert f'PostgreSQL refuses the IAM token of role "{managed.user}": check that the role is a member of rds_iam' in managed.shipper.log()
    assert [fault for _, fault in rds.tokens] == ["key"]


class Container:
    """The endpoint of ECS and EKS Pod Identity: gives key for what is in the token's file."""

    def __init__(self, managed):
        self.managed = managed
        self.token = "pass 1"
        self.key = iam_endpoint.key("ASIAFIRST", "one", "s1", 120)
        self.path = managed.write("pod-token", self.token + "\n")
        self.service = iam_endpoint.Service(self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.service.close()

    def answer(self, _method, path, headers):
        if path != "/v2/credentials/x" or headers["Authorization"] != self.token:
            return 403, {"message": "no"}
        return 200, self.key

    def env(self):
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.service.url + "/v2/credentials/x",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": self.path}


@pytest.fixture
def container(managed):
    with Container(managed) as endpoint:
        yield endpoint


def test_iam_key_that_changes(managed, rds, container):
    """A key near its end is renewed for the next connection, with the token of then; one that is not is kept."""
    begin(managed, rds, container.env())
    managed.delivers()
    assert set(keys_shown(rds)) == {"ASIAFIRST"}

    container.token = "pass 2"
    managed.write("pod-token", container.token)
    container.key = iam_endpoint.key("ASIASECOND", "two", "s2", 3600)
    managed.end_connections()
    managed.delivers()
    assert keys_shown(rds)[-1] == "ASIASECOND"

    asked = len(container.service.asked)
    managed.end_connections()
    managed.delivers()
    assert len(container.service.asked) == asked


def test_iam_endpoint_that_is_away(managed, rds, container):
    """An old key serves to its end, with a warning; without one the shipper waits."""
    begin(managed, rds, container.env())
    managed.delivers()
    container.service.close()
    managed.end_connections()
    managed.delivers()
    managed.says("AWS credentials cannot be renewed; going on with those that are there")
    managed.shipper.stop()

    shipper = begin(managed, rds, container.env(), wait="none")
    managed.says("database.iam=aws: the container's credentials endpoint does not answer")
    container.service = iam_endpoint.Service(container.answer, container.service.port)
    managed.delivers()
    assert shipper.exit_code() is None


@pytest.mark.parametrize("answer, told", [
    ((200, b"<html>"), "the answer of the container's credentials endpoint is not JSON"),
    ((200, b""), "the answer of the container's credentials endpoint is not JSON"),
    ((200, {"AccessKeyId": "x"}), "has no usable SecretAccessKey"),
    ((200, {"AccessKeyId": "x" * 300}), "has no usable AccessKeyId"),
    ((200, {**iam_endpoint.key("A", "b", "c", 60), "Token": 7}), "has no usable Token"),
    ((200, {**iam_endpoint.key("A", "b", "c", 60), "Expiration": "soon"}), "has no usable Expiration"),
    ((404, {}), "the container's credentials endpoint answers with status 404"),
])
def test_iam_endpoint_that_is_wrong(managed, rds, container, answer, told):
    container.answer = None
    container.service.answer = lambda *_request: answer
    begin(managed, rds, container.env(), wait="none")
    managed.says(told)
    assert rds.tokens == []


def test_iam_on_an_instance(managed, rds):
    """IMDSv2: first a token of the session, then the role's name, then the role's key."""
    role = "/latest/meta-data/iam/security-credentials/"

    def answer(method, path, headers):
        if (method, path) == ("PUT", "/latest/api/token") and headers["X-aws-ec2-metadata-token-ttl-seconds"]:
            return 200, b"session"
        if method != "GET" or headers["X-aws-ec2-metadata-token"] != "session":
            return 401, b""
        return {role: (200, b"walferry-role\n"),
                role + "walferry-role": (200, iam_endpoint.key("ASIAFIRST", "one", "s1", 3600))}.get(path, (404, b""))

    with iam_endpoint.Service(answer) as service:
        begin(managed, rds, {"AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url})
        managed.delivers()
        assert service.asked == [("PUT", "/latest/api/token"), ("GET", role), ("GET", role + "walferry-role")]
    assert set(keys_shown(rds)) == {"ASIAFIRST"}


def test_iam_with_a_web_identity(managed, rds):
    """EKS service accounts: STS gives a key for the token of the file; its time is a number."""
    token = managed.write("web-token", "header.payload.signature\n")
    key = {**iam_endpoint.key("ASIASECOND", "two", "s2", 0, "SessionToken"), "Expiration": 4102444800.0}

    def answer(_method, path, _headers):
        wanted = ("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fw"
                  "&RoleSessionName=walferry&WebIdentityToken=header.payload.signature")
        return (200, {"AssumeRoleWithWebIdentityResponse": {"AssumeRoleWithWebIdentityResult": {"Credentials": key}}}) \
            if path == f"/?{wanted}" else (400, b"")

    with iam_endpoint.Service(answer) as service:
        begin(managed, rds, {"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::1:role/w",
                             "AWS_ENDPOINT_URL_STS": service.url})
        managed.delivers()
    assert set(keys_shown(rds)) == {"ASIASECOND"}


def test_iam_with_a_web_identity_that_is_refused(managed, rds):
    """STS's reason is told, and nothing else of what it says."""
    token = managed.write("web-token", "header.payload.signature\n")
    refusal = {"Error": {"Code": "ExpiredTokenException", "Message": "Token expired: header.payload.signature"}}
    with iam_endpoint.Service(lambda *_request: (400, refusal)) as service:
        begin(managed, rds, {"AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:aws:iam::1:role/w",
                             "AWS_ENDPOINT_URL_STS": service.url}, wait="none")
        managed.says("database.iam=aws: STS answers with status 400, ExpiredTokenException")
    assert "header.payload" not in managed.shipper.log()


@pytest.mark.parametrize(("variable", "further"), [
    ("AWS_ENDPOINT_URL_STS", {"AWS_ROLE_ARN": "arn:aws:iam::1:role/w", "AWS_WEB_IDENTITY_TOKEN_FILE": "/dev/null"}),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", {}),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", {}),
])
@pytest.mark.parametrize("url", ["http://elsewhere.invalid/", "http://127.0.0.1:80@elsewhere.invalid/"])
def test_iam_asks_nobody_else_in_clear(managed, rds, variable, further, url):
    """Credentials travel without TLS only within this machine, whatever stands before an @."""
    begin(managed, rds, {variable: url, **further}, wait="none")
    managed.says(f"{variable} must begin with https://, or be http:// with an address of this machine")
    assert rds.tokens == []


def test_iam_without_credentials(managed, rds):
    begin(managed, rds, {"AWS_EC2_METADATA_DISABLED": "true"}, wait="none")
    managed.says("there are no AWS credentials: run where a role is attached")
    assert rds.tokens == []


# ---------------------------------------------------------------- a server like RDS


def test_pgoutput_where_nothing_is_allowed(managed):
    """No superuser, no extension, no right on a table; both connections come back when they are cut.  That the server has
    no other plugin need not be said."""
    managed.as_master("CREATE TYPE mood AS ENUM ('calm', 'keen')",
                      "CREATE TABLE stock (id integer PRIMARY KEY, note text DEFAULT 'new', mood mood)",
                      "ALTER PUBLICATION inventory ADD TABLE stock")
    managed.start(plugin_name=None)
    managed.as_master("INSERT INTO stock VALUES (1, 'ünï', 'keen')")
    value = managed.values(1)[0]
    assert (value["op"], value["after"]["note"], value["after"]["mood"]) == ("c", "ünï", "keen")

    assert managed.end_connections() == {"walferry", "walferry catalogue"}
    managed.as_master("ALTER TABLE stock ADD COLUMN place text DEFAULT 'here'", "UPDATE stock SET note = 'two'")
    # the insert may come once more, if it was not confirmed before the cut
    value = stack.wait_until(lambda: next((value for value in managed.values(2) if value["op"] == "u"), None), 30, "the update")
    assert (value["after"]["note"], value["after"]["place"]) == ("two", "here")
    assert managed.shipper.exit_code() is None


def test_the_plugin_that_is_not_there(managed):
    code, log = managed.fails(plugin_name="walferry", publication_name=None, publication_autocreate_mode=None)
    assert code == 1
    assert ("the server does not have the output plugin walferry: install the extension walferry, or set "
            "plugin.name=pgoutput, which needs no installation") in log


def properties(text):
    return {name.replace(".", "_"): value for name, value in re.findall(r"^ *([a-z.]+)=(.*)$", text, re.M)}


def test_steps_of_the_readme(managed):
    """Role, publication and file as the README has them for RDS; only what is of this server is replaced."""
    text = (stack.ROOT / "README.md").read_text()
    managed_text = text[text.index("### On RDS, Aurora"):]
    for table in ("products", "customers", "orders", "order_lines", "stock_movements"):
        managed.as_master(f"CREATE TABLE {table} (id integer PRIMARY KEY)")
    managed.as_master("DROP PUBLICATION inventory")
    managed.postgres.psql(f"DROP ROLE {managed.user}")
    managed.password = "…"
    sql = re.search(r"```sql\n(.*?)```", managed_text, re.S).group(1)
    for old, new in (("shipper", managed.user), ("DATABASE inventory", f'DATABASE "{managed.database}"')):
        assert old in sql
        sql = sql.replace(old, new)
    managed.as_master(sql)
    # what membership of rds_replication is on RDS
    managed.postgres.psql(f"ALTER ROLE {managed.user} REPLICATION")

    settings = {**properties(re.search(r"```properties\n(.*?)```", text, re.S).group(1)),
                **properties(re.search(r"```properties\n(.*?)```", managed_text, re.S).group(1))}
    assert (settings["plugin_name"], settings["database_sslmode"]) == ("pgoutput", "verify-full")
    left_out = {name: None for name in settings if name.startswith(("kafka_", "bigquery_", "http_"))}
    of_this_server = {name.replace(".", "_"): value for name, value in managed.settings().items() if name in (
        "database.hostname", "database.port", "database.user", "database.password", "database.dbname",
        "database.sslrootcert", "slot.name")}
    managed.start(**{**settings, **left_out, **of_this_server, **TO_STDOUT})
    managed.as_master("INSERT INTO orders VALUES (7)", "INSERT INTO products VALUES (8)")
    assert [(value["source"]["table"], value["after"]["id"]) for value in managed.values(2)] == [
        ("orders", 7), ("products", 8)]
    assert "warning" not in managed.shipper.log()


def test_what_a_server_like_rds_has(rds_like):
    """The tests' own RDS: no plugin, no extension and no rds.* settings of ours; a role that owns nothing."""

    postgres = rds_like
    postgres.psql("CREATE DATABASE inventory OWNER master")

    def connect(user, **more):
        return postgres.connect("inventory", user=user, password=postgres.state[f"{user}_password"], **more)

    def fails(sql, message, user="capture"):
        with pytest.raises(Exception, match=message), connect(user) as connection:
            connection.execute(sql)

    with connect("master") as connection:
        connection.execute("CREATE TABLE stock (id integer PRIMARY KEY)")
        assert connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == (True,)
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname IN ('master', 'capture')"
                                  " GROUP BY 1").fetchall() == [(False,)]
    with pytest.raises(Exception, match="no encryption"):
        connect("capture", sslmode="disable")
    fails("CREATE EXTENSION walferry", "walferry.control|is not available", user="master")
    fails("SELECT pg_create_logical_replication_slot('s', 'walferry')", "walferry")
    fails("SELECT pg_read_file('postgresql.conf')", "permission denied")
    fails("SHOW rds.logical_replication", "unrecognized configuration parameter")
    fails("SELECT * FROM stock", "permission denied")
    with connect("capture") as connection:
        connection.execute("SELECT pg_create_logical_replication_slot('s', 'pgoutput', true)")
