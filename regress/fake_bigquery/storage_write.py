# The gRPC side: google.cloud.bigquery.storage.v1.BigQueryWrite by grpcio with Google's own messages.
#
# SPDX-License-Identifier: Apache-2.0

import re
import threading
import urllib.parse

import grpc
from google.cloud.bigquery_storage_v1 import types
from google.rpc import status_pb2

from .errors import GRPC_BY_NAME, StorageFailure, grpc_number
from .store import EXTRA_FIELDS
from .values import BadRow, BadSchema, RowReader

AppendRowsRequest = types.AppendRowsRequest.pb()
AppendRowsResponse = types.AppendRowsResponse.pb()
CreateWriteStreamRequest = types.CreateWriteStreamRequest.pb()
GetWriteStreamRequest = types.GetWriteStreamRequest.pb()
FinalizeWriteStreamRequest = types.FinalizeWriteStreamRequest.pb()
FinalizeWriteStreamResponse = types.FinalizeWriteStreamResponse.pb()
WriteStream = types.WriteStream.pb()
TableFieldSchema = types.TableFieldSchema.pb()
StorageError = types.StorageError.pb()

ROW_ERRORS_TOLD = 50
MESSAGE_BYTES_MAX = 64 * 1024 * 1024

STORAGE_TYPES = {
    "STRING": 1, "INTEGER": 2, "FLOAT": 3, "RECORD": 4, "BYTES": 5, "BOOLEAN": 6, "TIMESTAMP": 7, "DATE": 8, "TIME": 9,
    "DATETIME": 10, "GEOGRAPHY": 11, "NUMERIC": 12, "BIGNUMERIC": 13, "JSON": 15,
}
STORAGE_MODES = {"NULLABLE": 1, "REQUIRED": 2, "REPEATED": 3}


def status_of(failure):
    status = status_pb2.Status(code=grpc_number(failure.code), message=failure.message)
    if failure.storage_code is not None:
        status.details.add().Pack(StorageError(code=failure.storage_code, entity=failure.entity,
                                               error_message=failure.message))
    return status


def fill_schema(target, fields):
    for field in fields:
        item = target.add(name=field["name"], type_=STORAGE_TYPES[field["type"]], mode=STORAGE_MODES[field["mode"]])
        fill_schema(item.fields, field.get("fields", []))


def table_key(name):
    """(project, dataset, table) of projects/…/datasets/…/tables/…[/…], and what follows."""
    parts = name.split("/")
    if len(parts) < 6 or parts[0::2][:3] != ["projects", "datasets", "tables"] or not all(parts[:6]):
        raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT, f"Invalid resource name: {name}")
    return (parts[1], parts[3], parts[5]), "/".join(parts[6:])


class Connection:
    """What one AppendRows call remembers from message to message."""

    def __init__(self):
        self.write_stream = None
        self.descriptor = None
        self.reader = None
        self.reader_of = None
        self.schema_number = {}
        self.owned = []
        self.failed = False


class StorageWrite:
    """requests: every AppendRowsRequest's size, rows and trace_id, for tests to look at."""

    def __init__(self, store, faults, cut):
        self.store = store
        self.faults = faults
        self.cut = cut
        self.lock = threading.Lock()
        self.requests = []

    def handler(self):
        def unary(method, request_class):
            return grpc.unary_unary_rpc_method_handler(
                method, request_class.FromString, lambda message: message.SerializeToString())

        return grpc.method_handlers_generic_handler("google.cloud.bigquery.storage.v1.BigQueryWrite", {
            "AppendRows": grpc.stream_stream_rpc_method_handler(
                self.append_rows, lambda data: data, lambda message: message.SerializeToString()),
            "CreateWriteStream": unary(self.guard("CreateWriteStream", self.create), CreateWriteStreamRequest),
            "GetWriteStream": unary(self.guard("GetWriteStream", self.get), GetWriteStreamRequest),
            "FinalizeWriteStream": unary(self.guard("FinalizeWriteStream", self.finalize),
                                         FinalizeWriteStreamRequest),
        })

    # ---------------------------------------------------------------- rules of every call

    def check_call(self, context, parameter, value):
        metadata = {key: text for key, text in context.invocation_metadata()}
        tokens = self.store.behaviour.tokens
        if tokens is not None:
            scheme, _, token = metadata.get("authorization", "").partition(" ")
            if scheme != "Bearer" or token not in tokens:
                raise StorageFailure(grpc.StatusCode.UNAUTHENTICATED,
                                     "Request had invalid authentication credentials.")
        if self.store.behaviour.routing_header == "required":
            # Google's Python client adds an empty one of its own
            given = "&".join(text for key, text in context.invocation_metadata()
                             if key == "x-goog-request-params" and text)
            if urllib.parse.parse_qs(given).get(parameter) != [value]:
                raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT,
                                     f"x-goog-request-params must say {parameter}={urllib.parse.quote(value, '')}, it "
                                     f"says \"{given}\"")

    @staticmethod
    def end(context, failure):
        """Ends the call with the failure; the details go where Google's clients look for them."""
        context.set_trailing_metadata((("grpc-status-details-bin", status_of(failure).SerializeToString()),))
        context.abort(failure.code, failure.message)

    def end_by_fault(self, context, fault):
        if fault.status is not None:
            context.abort(GRPC_BY_NAME[fault.status], fault.message)
        self.cut()
        context.abort(grpc.StatusCode.UNAVAILABLE, "connection cut")

    def guard(self, name, method):
        def call(request, context):
            fault = self.faults.meet("grpc", name)
            if fault is not None and not fault.lose_answer and (fault.cut or fault.status is not None):
                self.end_by_fault(context, fault)
            try:
                answer = method(request, context)
            except StorageFailure as failure:
                self.end(context, failure)
            if fault is not None and fault.lose_answer:
                self.end_by_fault(context, fault)
            return answer

        return call

    # ---------------------------------------------------------------- streams

    def describe(self, stream):
        table = self.store.storage_table(stream.table_key)
        answer = WriteStream(name=stream.name, type_=1, write_mode=1)
        fields, _ = table.known_fields(self.store.behaviour.schema_lag_s)
        fill_schema(answer.table_schema.fields, fields)
        return answer

    def create(self, request, context):
        self.check_call(context, "parent", request.parent)
        key, rest = table_key(request.parent)
        if rest:
            raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT, f"Invalid resource name: {request.parent}")
        return self.describe(self.store.stream_create(key, request.write_stream.type_))

    def get(self, request, context):
        self.check_call(context, "name", request.name)
        return self.describe(self.store.stream(request.name))

    def finalize(self, request, context):
        self.check_call(context, "name", request.name)
        return FinalizeWriteStreamResponse(row_count=self.store.stream_finalize(request.name))

    # ---------------------------------------------------------------- appends

    def append_rows(self, messages, context):
        connection = Connection()
        try:
            for data in messages:
                try:
                    request = AppendRowsRequest.FromString(data)
                except Exception:
                    context.abort(grpc.StatusCode.INTERNAL, "Failed parsing the request")
                table = re.search("/tables/([^/]*)", request.write_stream)
                fault = self.faults.meet("grpc", "AppendRows", table and table[1])
                if fault is not None and not fault.lose_answer and (fault.cut or fault.status is not None):
                    self.end_by_fault(context, fault)
                try:
                    response = self.append(connection, request, len(data), context)
                except StorageFailure as failure:
                    if not failure.in_band:
                        self.end(context, failure)
                    connection.failed = True
                    response = AppendRowsResponse(error=status_of(failure), write_stream=connection.write_stream)
                    for index, message in failure.row_errors[:ROW_ERRORS_TOLD]:
                        response.row_errors.add(index=index, code=1, message=message)
                if fault is not None and fault.lose_answer:
                    self.end_by_fault(context, fault)
                yield response
        finally:
            with self.store.lock:
                for stream in connection.owned:
                    stream.writer = None

    def target(self, connection, request, context):
        """The stream this message goes to: (table key, Stream or None for the default one)."""
        name = request.write_stream or connection.write_stream
        if not name:
            raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT,
                                 "write_stream must be given in the first request of a connection")
        key, rest = table_key(name)
        if name != connection.write_stream:
            if connection.write_stream is None:
                self.check_call(context, "write_stream", name)
            elif rest not in ("_default", "streams/_default"):
                raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT,
                                     "only default streams may be switched within a connection")
            connection.write_stream = name
            if request.proto_rows.HasField("writer_schema") is False:
                connection.descriptor = None
        if rest in ("_default", "streams/_default"):
            return key, None
        stream = self.store.stream(name)
        with self.store.lock:
            if stream.writer is not connection:
                if stream.writer is not None and self.store.behaviour.second_writer == "reject":
                    raise StorageFailure(grpc.StatusCode.FAILED_PRECONDITION,
                                         f"another connection is appending to {name}")
                stream.writer = connection
                connection.owned.append(stream)
        return key, stream

    def reader(self, connection, request, key, table):
        behaviour = self.store.behaviour
        fields, number = table.known_fields(behaviour.schema_lag_s)
        if request.proto_rows.HasField("writer_schema"):
            connection.descriptor = request.proto_rows.writer_schema.proto_descriptor
            connection.reader = None
        if connection.descriptor is None:
            raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT,
                                 "writer_schema must be given in the first request of a connection and of a table")
        if connection.reader is None or connection.reader_of != (key, number):
            try:
                connection.reader = RowReader(connection.descriptor, fields, behaviour)
            except BadSchema as error:
                raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT, str(error),
                                     EXTRA_FIELDS if error.extra else None,
                                     "projects/{}/datasets/{}/tables/{}".format(*key),
                                     in_band=behaviour.schema_error == "response") from error
            connection.reader_of = (key, number)
        return connection.reader, number

    def append(self, connection, request, size, context):
        behaviour = self.store.behaviour
        if connection.failed and behaviour.after_error == "aborted":
            raise StorageFailure(grpc.StatusCode.ABORTED, "Request processing is aborted because of prior failures",
                                 in_band=True)
        if size > behaviour.request_bytes_max:
            raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT,
                                 f"AppendRows request too large: {size} limit {behaviour.request_bytes_max}")
        key, stream = self.target(connection, request, context)
        if request.WhichOneof("rows") != "proto_rows":
            raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT, "Rows must be specified")
        table = self.store.storage_table(key)
        reader, number = self.reader(connection, request, key, table)
        serialized = request.proto_rows.rows.serialized_rows
        if not serialized:
            raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT, "Rows must be specified", in_band=True)
        rows = self.read_rows(reader, table, serialized)
        offset = request.offset.value if request.HasField("offset") else None
        written_at = self.store.append(key, stream, offset, rows)
        with self.lock:
            self.requests.append({"bytes": size, "rows": len(rows), "table": key, "trace_id": request.trace_id})

        response = AppendRowsResponse(write_stream=connection.write_stream)
        response.append_result.SetInParent()
        if written_at is not None:
            response.append_result.offset.value = written_at
        known = connection.schema_number.setdefault(key, number)
        if known != number and behaviour.updated_schema:
            connection.schema_number[key] = number
            fill_schema(response.updated_schema.fields, table.known_fields(behaviour.schema_lag_s)[0])
        return response

    def read_rows(self, reader, table, serialized):
        rows = []
        errors = []
        for index, data in enumerate(serialized):
            try:
                if len(data) > self.store.behaviour.row_bytes_max:
                    raise BadRow(f"the row has {len(data)} bytes, more than {self.store.behaviour.row_bytes_max}")
                row = reader.read(data)
                reason = self.store.check_row(table, row)
                if reason is not None:
                    raise BadRow(reason)
                rows.append(row)
            except BadRow as error:
                errors.append((index, str(error)))
        if errors:
            raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT,
                                 "Errors found while processing rows. Please refer to the row_errors field for "
                                 "details.", in_band=True, row_errors=errors)
        return rows
