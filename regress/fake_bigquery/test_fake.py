# The fake, seen by Google's own clients: an implementation that is neither ours nor the fake's.
#
# SPDX-License-Identifier: Apache-2.0

import datetime
import decimal
import http.client
import json
import shutil
import subprocess
import time

import google.api_core.exceptions as api
import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient, types
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import BigQueryWriteGrpcTransport
from google.protobuf import descriptor_pb2, wrappers_pb2
from google.rpc import status_pb2

from fake_bigquery import Behaviour, FakeBigQuery, Fault

Kind = descriptor_pb2.FieldDescriptorProto
PROJECT = "lab"
TABLE = f"projects/{PROJECT}/datasets/d/tables/t"
SCHEMA = [
    bigquery.SchemaField("id", "INT64", description="the key"),
    bigquery.SchemaField("name", "STRING"),
    bigquery.SchemaField("price", "NUMERIC"),
    bigquery.SchemaField("exact", "BIGNUMERIC"),
    bigquery.SchemaField("at", "TIMESTAMP"),
    bigquery.SchemaField("day", "DATE"),
    bigquery.SchemaField("clock", "TIME"),
    bigquery.SchemaField("local", "DATETIME"),
    bigquery.SchemaField("doc", "JSON"),
    bigquery.SchemaField("raw", "BYTES"),
    bigquery.SchemaField("ratio", "FLOAT64"),
    bigquery.SchemaField("ok", "BOOL"),
    bigquery.SchemaField("tags", "STRING", mode="REPEATED"),
]
FIELDS = [
    ("id", Kind.TYPE_INT64), ("name", Kind.TYPE_STRING), ("price", Kind.TYPE_STRING), ("exact", Kind.TYPE_STRING),
    ("at", Kind.TYPE_INT64), ("day", Kind.TYPE_INT32), ("clock", Kind.TYPE_STRING), ("local", Kind.TYPE_STRING),
    ("doc", Kind.TYPE_STRING), ("raw", Kind.TYPE_BYTES), ("ratio", Kind.TYPE_DOUBLE), ("ok", Kind.TYPE_BOOL),
    ("tags", Kind.TYPE_STRING),
]


def proto(fields=FIELDS):
    message = descriptor_pb2.DescriptorProto(name="Row")
    for number, (name, kind) in enumerate(fields, 1):
        label = Kind.LABEL_REPEATED if name == "tags" else Kind.LABEL_OPTIONAL
        message.field.add(name=name, number=number, type=kind, label=label)
    return message


def row(fields=FIELDS, **values):
    from fake_bigquery.values import RowReader

    table = [{"name": name, "type": "STRING", "mode": "NULLABLE"} for name, _ in fields]
    reader = RowReader.__new__(RowReader)
    reader.match = lambda *arguments: None
    RowReader.__init__(reader, proto(fields), table, Behaviour())
    return reader.message_class(**values).SerializeToString()


def request(rows, stream=f"{TABLE}/streams/_default", fields=FIELDS, offset=None):
    message = types.AppendRowsRequest(write_stream=stream)
    message.proto_rows = types.AppendRowsRequest.ProtoData(
        writer_schema=types.ProtoSchema(proto_descriptor=proto(fields)),
        rows=types.ProtoRows(serialized_rows=rows))
    if offset is not None:
        message.offset = wrappers_pb2.Int64Value(value=offset)
    return message


@pytest.fixture
def fake():
    with FakeBigQuery() as running:
        yield running


@pytest.fixture
def client(fake):
    client = bigquery.Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": fake.rest_url})
    yield client
    client.close()


@pytest.fixture
def table(client):
    client.create_dataset("d")
    return client.create_table(bigquery.Table(f"{PROJECT}.d.t", SCHEMA))


@pytest.fixture
def writer(fake):
    channel = grpc.insecure_channel(fake.grpc_target)
    yield BigQueryWriteClient(transport=BigQueryWriteGrpcTransport(channel=channel))
    channel.close()


def append(writer, *requests, stream=f"{TABLE}/streams/_default", retry=None):
    metadata = [("x-goog-request-params", f"write_stream={stream}")]
    return list(writer.append_rows(iter(requests), metadata=metadata, retry=retry, timeout=20))


def storage_error(error):
    """StorageError out of a call's trailing metadata."""
    data = dict(error.value.errors[0].trailing_metadata())["grpc-status-details-bin"]
    detail = types.StorageError.pb()()
    assert status_pb2.Status.FromString(data).details[0].Unpack(detail)
    return detail


# ---------------------------------------------------------------- REST


def test_dataset(client):
    dataset = bigquery.Dataset(f"{PROJECT}.d")
    dataset.labels = {"walferry_source": "inventory"}
    assert client.create_dataset(dataset).labels == {"walferry_source": "inventory"}
    with pytest.raises(api.Conflict):
        client.create_dataset(dataset)
    assert client.get_dataset("d").labels == {"walferry_source": "inventory"}
    assert [item.dataset_id for item in client.list_datasets()] == ["d"]
    with pytest.raises(api.NotFound):
        client.get_dataset("other")
    client.create_table(bigquery.Table(f"{PROJECT}.d.t", SCHEMA))
    with pytest.raises(api.BadRequest):
        client.delete_dataset("d")
    client.delete_dataset("d", delete_contents=True)
    with pytest.raises(api.NotFound):
        client.get_dataset("d")


def test_table_keeps_what_it_was_given(client):
    client.create_dataset("d")
    table = bigquery.Table(f"{PROJECT}.d.t", SCHEMA)
    table.time_partitioning = bigquery.TimePartitioning(field="at", type_="DAY")
    table.clustering_fields = ["id", "name"]
    table.labels = {"walferry_source": "inventory-public-t"}
    table.description = "walferry_source=inventory.public.t"
    client.create_table(table)
    got = client.get_table("d.t")
    assert got.time_partitioning.field == "at" and got.time_partitioning.type_ == "DAY"
    assert got.clustering_fields == ["id", "name"]
    assert got.labels == {"walferry_source": "inventory-public-t"}
    assert got.description == "walferry_source=inventory.public.t"
    assert got.schema[0].description == "the key"
    assert [item.table_id for item in client.list_tables("d")] == ["t"]
    with pytest.raises(api.Conflict):
        client.create_table(table)
    with pytest.raises(api.NotFound):
        client.create_table(bigquery.Table(f"{PROJECT}.elsewhere.t", SCHEMA))
    client.delete_table("d.t")
    with pytest.raises(api.NotFound):
        client.get_table("d.t")


@pytest.mark.parametrize("change", [
    {"labels": {"walferry_source": "inventory.public.t"}},
    {"labels": {"Upper": "x"}},
    {"schema": {"fields": [{"name": "a b", "type": "STRING"}]}},
    {"schema": {"fields": [{"name": "_CHANGE_TYPE", "type": "STRING"}]}},
    {"schema": {"fields": [{"name": "a", "type": "STRING"}, {"name": "A", "type": "STRING"}]}},
    {"schema": {"fields": [{"name": "a", "type": "TEXT"}]}},
    {"schema": {"fields": [{"name": "a", "type": "STRING", "mode": "MAYBE"}]}},
    {"schema": {"fields": [{"name": "a", "type": "STRING", "description": "x" * 1025}]}},
    {"schema": {"fields": [{"name": f"c{i}", "type": "STRING"} for i in range(10001)]}},
    {"clustering": {"fields": ["raw"]}},
    {"clustering": {"fields": ["missing"]}},
    {"clustering": {"fields": ["id", "name", "price", "at", "day"]}},
    {"timePartitioning": {"type": "DAY", "field": "name"}},
    {"timePartitioning": {"type": "WEEK", "field": "at"}},
    {"partitioning": {"type": "DAY"}},
])
def test_bad_tables_are_refused(client, fake, change):
    client.create_dataset("d")
    resource = {"tableReference": {"tableId": "t"}, "schema": {"fields": [f.to_api_repr() for f in SCHEMA]}} | change
    with pytest.raises(api.BadRequest):
        client._connection.api_request(method="POST", path=f"/projects/{PROJECT}/datasets/d/tables", data=resource)
    assert fake.table(PROJECT, "d", "t") is None


def test_columns_can_be_added_and_nothing_else(client, table):
    table.schema = list(table.schema) + [bigquery.SchemaField("more", "STRING")]
    assert client.update_table(table, ["schema"]).schema[-1].name == "more"
    for wrong in (table.schema[1:],
                  [bigquery.SchemaField("id", "STRING")] + table.schema[1:],
                  [bigquery.SchemaField("id", "INT64", mode="REQUIRED")] + table.schema[1:],
                  table.schema + [bigquery.SchemaField("must", "STRING", mode="REQUIRED")]):
        changed = client.get_table("d.t")
        changed.schema = wrong
        with pytest.raises(api.BadRequest):
            client.update_table(changed, ["schema"])


def test_etag(client, table):
    stale = client.get_table("d.t")
    table.description = "newer"
    client.update_table(table, ["description"])
    stale.description = "older"
    with pytest.raises(api.PreconditionFailed):
        client.update_table(stale, ["description"])


def test_tokens(fake):
    fake.behaviour.tokens = {"good"}

    def status(headers):
        connection = http.client.HTTPConnection("127.0.0.1", fake.rest_proxy.port)
        connection.request("GET", f"/bigquery/v2/projects/{PROJECT}/datasets/d", headers=headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        return answer.status, body["error"]["errors"][0]["reason"]

    assert status({}) == (401, "authError")
    assert status({"Authorization": "Bearer bad"}) == (401, "authError")
    assert status({"Authorization": "Bearer good"}) == (404, "notFound")


# ---------------------------------------------------------------- rows


GOOD = dict(
    id=7, name="Schraube ä 𝄞", price="12.340000000", exact="-0.00000000000000000000000000000000000001",
    at=1767323045_123456, day=-719162, clock="23:59:59.999999", local="9999-12-31 23:59:59.999999",
    doc='{"a": [1, 2.5, null]}', raw=b"\x00\xff", ratio=0.1, ok=False, tags=["x", ""],
)


def test_values_come_back(client, table, writer):
    answers = append(writer, request([row(**GOOD), row(id=8)]))
    assert len(answers) == 1 and not answers[0].error.code and "offset" not in answers[0].append_result
    first, second = client.list_rows(client.get_table("d.t"))
    assert dict(first) == {
        "id": 7, "name": "Schraube ä 𝄞", "price": decimal.Decimal("12.34"), "exact": decimal.Decimal("-1E-38"),
        "at": datetime.datetime.fromtimestamp(1767323045, datetime.timezone.utc).replace(microsecond=123456),
        "day": datetime.date(1, 1, 1), "clock": datetime.time(23, 59, 59, 999999),
        "local": datetime.datetime(9999, 12, 31, 23, 59, 59, 999999), "doc": {"a": [1, 2.5, None]},
        "raw": b"\x00\xff", "ratio": 0.1, "ok": False, "tags": ["x", ""],
    }
    assert dict(second) == {field.name: [] if field.mode == "REPEATED" else None for field in SCHEMA} | {"id": 8}


@pytest.mark.parametrize("column, value", [
    ("price", "1.2345678901"), ("price", "1" + "0" * 29), ("price", "NaN"), ("price", ""), ("price", "1,5"),
    ("exact", "6e38"), ("exact", "1e-39"),
    ("at", -62135596800_000001), ("at", 253402300800_000000),
    ("day", -719163), ("day", 2932897),
    ("clock", "24:00:00"), ("clock", "12:00"), ("local", "0000-01-01 00:00:00"), ("local", "2024-02-30 00:00:00"),
    ("local", "2024-01-01T00:00:00Z"), ("local", "2024-01-01 00:00:00.1234567"),
    ("doc", "{"), ("doc", "NaN"), ("doc", ""), ("doc", "1e400"), ("doc", "0.12345678901234567891"),
    ("doc", "123456789012345678901"),
])
def test_bad_values_refuse_the_whole_request(fake, table, writer, column, value):
    answer, = append(writer, request([row(id=1), row(id=2, **{column: value}), row(id=3)]))
    assert answer.error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert [error.index for error in answer.row_errors] == [1]
    assert column in answer.row_errors[0].message
    assert fake.rows(PROJECT, "d", "t") == []


def test_guesses_can_be_switched(fake, table, writer):
    fake.behaviour.excess_scale = "round"
    fake.behaviour.wide_json_numbers = "round"
    append(writer, request([row(price="1.23456789012", doc="0.12345678901234567891")]))
    assert fake.rows(PROJECT, "d", "t")[0]["price"] == decimal.Decimal("1.234567890")


def test_old_rows_in_a_partitioned_table(fake, client, writer):
    client.create_dataset("d")
    table = bigquery.Table(f"{PROJECT}.d.t", SCHEMA)
    table.time_partitioning = bigquery.TimePartitioning(field="at")
    client.create_table(table)
    old = int(time.time() - 11 * 365 * 86400) * 1000000
    answer, = append(writer, request([row(at=old)]))
    assert answer.row_errors[0].index == 0
    fake.behaviour.partition_window = "accept"
    answer, = append(writer, request([row(at=old), row()]))
    assert not answer.error.code and len(fake.rows(PROJECT, "d", "t")) == 2


def test_field_the_table_has_not(fake, table, writer):
    fields = FIELDS + [("extra", Kind.TYPE_STRING)]
    with pytest.raises(api.InvalidArgument) as error:
        append(writer, request([row(fields, id=1)], fields=fields))
    assert storage_error(error).code == types.StorageError.StorageErrorCode.SCHEMA_MISMATCH_EXTRA_FIELDS
    fake.behaviour.schema_error = "response"
    answer, = append(writer, request([row(fields, id=1)], fields=fields))
    assert answer.error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert fake.rows(PROJECT, "d", "t") == []


@pytest.mark.parametrize("fields", [
    [("id", Kind.TYPE_STRING)], [("name", Kind.TYPE_INT64)], [("at", Kind.TYPE_STRING)], [("doc", Kind.TYPE_BYTES)],
    [("ok", Kind.TYPE_STRING)], [("ID", Kind.TYPE_INT64), ("id", Kind.TYPE_INT64)],
])
def test_descriptor_that_does_not_fit(table, writer, fields):
    with pytest.raises(api.InvalidArgument):
        append(writer, request([b""], fields=fields))


def test_new_column_is_known_after_a_while_and_told(fake, client, table, writer):
    fake.behaviour.schema_lag_s = 1.5
    table.schema = list(table.schema) + [bigquery.SchemaField("more", "STRING")]

    def messages():
        yield request([row(id=1)])
        client.update_table(table, ["schema"])
        yield request([row(id=2)])
        time.sleep(1.6)
        yield request([row(id=3)])

    metadata = [("x-goog-request-params", f"write_stream={TABLE}/streams/_default")]
    answers = list(writer.append_rows(messages(), metadata=metadata, timeout=20))
    assert [bool(answer.updated_schema.fields) for answer in answers] == [False, False, True]
    assert answers[2].updated_schema.fields[-1].name == "more"


def test_first_message_needs_schema_and_header(fake, table, writer):
    bare = request([row(id=1)])
    bare.proto_rows.writer_schema = None
    with pytest.raises(api.InvalidArgument):
        append(writer, bare)
    with pytest.raises(api.InvalidArgument):
        list(writer.append_rows(iter([request([row(id=1)])]), timeout=20))
    fake.behaviour.routing_header = "optional"
    assert len(list(writer.append_rows(iter([request([row(id=1)])]), timeout=20))) == 1
    later = request([row(id=2)], stream="")
    later.proto_rows.writer_schema = None
    assert len(append(writer, request([row(id=1)]), later)) == 2


def test_sizes(fake, table, writer):
    fake.behaviour.row_bytes_max = 1000
    answer, = append(writer, request([row(name="x" * 2000)]))
    assert answer.row_errors[0].index == 0
    fake.behaviour.request_bytes_max = 3000
    with pytest.raises(api.InvalidArgument):
        append(writer, request([row(name="x" * 900)] * 4))


def test_missing_table(fake, client, writer):
    client.create_dataset("d")
    with pytest.raises(api.PermissionDenied):
        append(writer, request([row(id=1)]))
    fake.behaviour.missing_table = "NOT_FOUND"
    with pytest.raises(api.NotFound) as error:
        append(writer, request([row(id=1)]))
    assert storage_error(error).code == types.StorageError.StorageErrorCode.TABLE_NOT_FOUND
    fake.behaviour.new_table_lag_s = 0.5
    client.create_table(bigquery.Table(f"{PROJECT}.d.t", SCHEMA))
    with pytest.raises(api.NotFound):
        append(writer, request([row(id=1)]))
    time.sleep(0.6)
    assert len(append(writer, request([row(id=1)]))) == 1


# ---------------------------------------------------------------- streams with offsets


def test_committed_stream(fake, table, writer):
    stream = writer.create_write_stream(
        parent=TABLE, write_stream=types.WriteStream(type_=types.WriteStream.Type.COMMITTED)).name

    def code(offset, ids):
        answer, = append(writer, request([row(id=i) for i in ids], stream, offset=offset), stream=stream)
        return answer.error.code if answer.error.code else answer.append_result.offset

    assert code(0, [0, 1, 2]) == 0
    assert code(3, [3]) == 3
    assert code(0, [0, 1, 2]) == grpc.StatusCode.ALREADY_EXISTS.value[0]
    assert code(3, [3, 4]) == grpc.StatusCode.ALREADY_EXISTS.value[0]
    assert code(5, [5]) == grpc.StatusCode.OUT_OF_RANGE.value[0]
    fake.behaviour.partial_overlap = "tail"
    assert code(3, [3, 4]) == 4
    assert [r["id"] for r in fake.rows(PROJECT, "d", "t")] == [0, 1, 2, 3, 4]

    assert writer.finalize_write_stream(name=stream).row_count == 5
    assert writer.finalize_write_stream(name=stream).row_count == 5
    fake.behaviour.finalize_again = "error"
    with pytest.raises(api.FailedPrecondition):
        writer.finalize_write_stream(name=stream)
    answer, = append(writer, request([row(id=9)], stream, offset=5), stream=stream)
    detail = types.StorageError.pb()()
    assert answer.error.details[0].Unpack(detail) and detail.code == 6
    with pytest.raises(api.NotFound):
        writer.finalize_write_stream(name=f"{TABLE}/streams/none")


def test_offset_on_the_default_stream(table, writer):
    answer, = append(writer, request([row(id=1)], offset=0))
    assert answer.error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]


def test_after_an_error(fake, table, writer):
    requests = [request([row(doc="{")]), request([row(id=2)])]
    assert [a.error.code for a in append(writer, *requests)] == [3, 0]
    fake.behaviour.after_error = "aborted"
    assert [a.error.code for a in append(writer, *requests)] == [3, 10]


# ---------------------------------------------------------------- faults


def test_scripted_grpc_faults(fake, table, writer):
    fake.faults.add(Fault("AppendRows", status="RESOURCE_EXHAUSTED", skip=1))
    assert len(append(writer, request([row(id=1)]))) == 1
    with pytest.raises(api.ResourceExhausted):
        append(writer, request([row(id=2)]))
    fake.faults.add(Fault("AppendRows", lose_answer=True))
    with pytest.raises(api.GoogleAPICallError):
        append(writer, request([row(id=3)]))
    fake.faults.add(Fault("grpc", cut=True))
    with pytest.raises(api.GoogleAPICallError):
        append(writer, request([row(id=4)]))
    assert [r["id"] for r in fake.rows(PROJECT, "d", "t")] == [1, 3]


def test_slow_and_hanging(fake, table, writer):
    fake.faults.add(Fault("AppendRows", delay_s=0.5))
    start = time.monotonic()
    append(writer, request([row(id=1)]))
    assert time.monotonic() - start >= 0.5
    hang = fake.faults.add(Fault("AppendRows", hang=True))
    metadata = [("x-goog-request-params", f"write_stream={TABLE}/streams/_default")]
    with pytest.raises(api.GoogleAPICallError):
        list(writer.append_rows(iter([request([row(id=2)])]), metadata=metadata, timeout=0.5))
    fake.faults.remove(hang)


@pytest.mark.parametrize("status, reason, exception", [
    (403, "rateLimitExceeded", api.Forbidden),
    (403, "quotaExceeded", api.Forbidden), (429, "rateLimitExceeded", api.TooManyRequests),
    (500, "backendError", api.InternalServerError), (503, "backendError", api.ServiceUnavailable),
])
def test_scripted_rest_faults(fake, client, table, status, reason, exception):
    fake.faults.add(Fault("tables.get", status=status, reason=reason))
    with pytest.raises(exception) as error:
        client.get_table("d.t", retry=None)
    assert error.value.errors[0]["reason"] == reason
    assert client.get_table("d.t").table_id == "t"


def test_rest_connection_faults(fake, client):
    fake.faults.add(Fault("datasets.insert", lose_answer=True))
    with pytest.raises(Exception):
        client.create_dataset("d", retry=None)
    assert client.get_dataset("d").dataset_id == "d"
    fake.faults.add(Fault("datasets.get", half=True))
    with pytest.raises(Exception):
        client.get_dataset("d", retry=None)


def test_away_and_back(fake, client):
    client.create_dataset("d")
    fake.away()
    with pytest.raises(Exception):
        client.get_dataset("d", retry=None, timeout=2)
    fake.back()
    assert client.get_dataset("d").dataset_id == "d"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs the curl program")
def test_grpc_needs_te_trailers(fake):
    """The rule of gRPC over HTTP/2 that hand-made requests forget; kept by grpcio's own server."""
    url = f"{fake.grpc_url}/google.cloud.bigquery.storage.v1.BigQueryWrite/AppendRows"

    def headers(*more):
        return subprocess.run(
            ["curl", "-s", "--max-time", "10", "--http2-prior-knowledge", "-D", "-", "-o", "/dev/null", "-X", "POST",
             "-H", "content-type: application/grpc", "--data-binary", "", url, *more],
            capture_output=True, text=True, check=False).stdout.lower()

    assert "grpc-status: 0" in headers("-H", "te: trailers")
    assert "grpc-status: 0" not in headers()
