# What the fake holds: datasets, tables, rows, write streams.
#
# SPDX-License-Identifier: Apache-2.0

import dataclasses
import datetime
import threading
import time
import typing
import uuid

import grpc

from . import schema
from .errors import RestError, StorageFailure

# StorageError.StorageErrorCode
TABLE_NOT_FOUND = 1
STREAM_NOT_FOUND = 3
INVALID_STREAM_TYPE = 4
STREAM_FINALIZED = 6
EXTRA_FIELDS = 7
OFFSET_ALREADY_EXISTS = 8
OFFSET_OUT_OF_RANGE = 9

COMMITTED = 1


@dataclasses.dataclass
class Behaviour:
    """
    Where the real service's behaviour is not certain, or differs by place and time: one switch each
    (SOURCES.md says which are guesses).
    """

    # a table that is not there, on Storage Write: PERMISSION_DENIED or NOT_FOUND
    missing_table: str = "PERMISSION_DENIED"
    # seconds until Storage Write knows a new table, a new column
    new_table_lag_s: float = 0
    schema_lag_s: float = 0
    # tell the caller of a changed schema in the first answer after it
    updated_schema: bool = True
    # a schema that does not fit: "call" ends the call with the error, "response" answers in band
    schema_error: str = "call"
    # messages of a call after one that failed: "continue" or "aborted"
    after_error: str = "continue"
    # FinalizeWriteStream of a finalised stream: "count" (again the row count) or "error"
    finalize_again: str = "count"
    # an append that begins before the end of its stream and reaches beyond it:
    # "already_exists" (nothing is written) or "tail" (what is new is written)
    partial_overlap: str = "already_exists"
    # x-goog-request-params: "required" or "optional"
    routing_header: str = "required"
    # fields in a row that its writer schema has not: "reject" or "ignore"
    unknown_row_fields: str = "reject"
    # more fraction digits than the column holds: "reject" or "round"
    excess_scale: str = "reject"
    # numbers in JSON that INT64, UINT64 or double do not hold exactly: "reject" or "round"
    wide_json_numbers: str = "reject"
    # rows whose partitioning column is over 10 years old or over 1 year ahead: "reject" or "accept"
    partition_window: str = "reject"
    # two calls appending to one created stream at a time: "reject" or "accept"
    second_writer: str = "reject"
    request_bytes_max: int = 10 * 1024 * 1024
    row_bytes_max: int = 10 * 1024 * 1024
    # a test's own rule: given a row, a reason to refuse it, or None
    refuse_row: typing.Optional[typing.Callable] = None
    # bearer tokens that are accepted; None: no authentication
    tokens: typing.Optional[set] = None


class Table:
    def __init__(self, resource):
        self.resource = resource
        self.created = time.monotonic()
        # (time from which Storage Write knows it, fields), oldest first
        self.versions = [(self.created, resource["schema"]["fields"])]
        self.rows = []

    def fields(self):
        return self.resource["schema"]["fields"]

    def known_fields(self, lag_s):
        """The schema as Storage Write sees it now, and its number."""
        now = time.monotonic()
        number = max(i for i, (since, _) in enumerate(self.versions) if i == 0 or now >= since + lag_s)
        return self.versions[number][1], number


class Stream:
    def __init__(self, name, table_key):
        self.name = name
        self.table_key = table_key
        self.row_count = 0
        self.finalized = False
        self.writer = None


class Store:
    """All state, under one lock.  Keys: (project, dataset) and (project, dataset, table)."""

    def __init__(self, behaviour):
        self.behaviour = behaviour
        self.lock = threading.RLock()
        self.datasets = {}
        self.tables = {}
        self.streams = {}

    # ---------------------------------------------------------------- datasets

    def dataset_insert(self, project, resource):
        name = resource.get("datasetReference", {}).get("datasetId", "")
        if not schema.DATASET_NAME.match(name):
            raise schema.invalid(f"Invalid dataset ID \"{name}\". Dataset IDs must be alphanumeric (plus underscores) "
                                 "and must be at most 1024 characters long.")
        schema.check_labels(resource.get("labels", {}))
        with self.lock:
            if (project, name) in self.datasets:
                raise RestError(409, "duplicate", f"Already Exists: Dataset {project}:{name}")
            resource = dict(resource, kind="bigquery#dataset", id=f"{project}:{name}", etag=etag(),
                            creationTime=now_ms(), lastModifiedTime=now_ms())
            resource["datasetReference"] = {"projectId": project, "datasetId": name}
            resource.setdefault("location", "US")
            self.datasets[project, name] = resource
            return resource

    def dataset(self, project, name):
        with self.lock:
            resource = self.datasets.get((project, name))
            if resource is None:
                raise RestError(404, "notFound", f"Not found: Dataset {project}:{name}")
            return resource

    def dataset_patch(self, project, name, change, if_match):
        with self.lock:
            resource = self.dataset(project, name)
            check_etag(resource, if_match)
            schema.check_labels(change.get("labels") or {})
            merge(resource, change)
            resource.update(etag=etag(), lastModifiedTime=now_ms())
            return resource

    def dataset_delete(self, project, name, with_content):
        with self.lock:
            self.dataset(project, name)
            tables = [key for key in self.tables if key[:2] == (project, name)]
            if tables and not with_content:
                raise RestError(400, "resourceInUse", f"Dataset {project}:{name} is still in use")
            for key in tables:
                del self.tables[key]
            del self.datasets[project, name]

    # ---------------------------------------------------------------- tables

    def table_insert(self, project, dataset, resource):
        with self.lock:
            self.dataset(project, dataset)
            resource = dict(resource)
            resource["tableReference"] = dict(resource.get("tableReference") or {}, projectId=project,
                                              datasetId=dataset)
            resource = schema.check_table(resource)
            name = resource["tableReference"]["tableId"]
            if (project, dataset, name) in self.tables:
                raise RestError(409, "duplicate", f"Already Exists: Table {project}:{dataset}.{name}")
            resource.update(kind="bigquery#table", id=f"{project}:{dataset}.{name}", etag=etag(), type="TABLE",
                            creationTime=now_ms(), lastModifiedTime=now_ms(),
                            location=self.datasets[project, dataset]["location"])
            self.tables[project, dataset, name] = Table(resource)
            return resource

    def table(self, project, dataset, name):
        with self.lock:
            table = self.tables.get((project, dataset, name))
            if table is None:
                self.dataset(project, dataset)
                raise RestError(404, "notFound", f"Not found: Table {project}:{dataset}.{name}")
            return table

    def table_patch(self, project, dataset, name, change, if_match):
        with self.lock:
            table = self.table(project, dataset, name)
            check_etag(table.resource, if_match)
            unknown = set(change) - schema.TABLE_KEYS
            if unknown:
                raise schema.invalid(f"Invalid JSON payload received. Unknown name \"{sorted(unknown)[0]}\"")
            for fixed in ("timePartitioning", "tableReference"):
                old = table.resource.get(fixed)
                if fixed in change and any((old or {}).get(key) != value for key, value in change[fixed].items()
                                           if key in ("type", "field", "tableId")):
                    raise schema.invalid(f"Cannot change {fixed} of an existing table")
            schema.check_labels({k: v for k, v in (change.get("labels") or {}).items() if v is not None})
            fields = None
            if "schema" in change:
                fields = schema.check_fields(change["schema"].get("fields", []))
                schema.check_evolution(table.fields(), fields)
                change = dict(change, schema={"fields": fields})
            merge(table.resource, change)
            table.resource.update(etag=etag(), lastModifiedTime=now_ms())
            if fields is not None:
                table.versions.append((time.monotonic(), fields))
            return table.resource

    def table_delete(self, project, dataset, name):
        with self.lock:
            self.table(project, dataset, name)
            del self.tables[project, dataset, name]

    def table_list(self, project, dataset):
        with self.lock:
            self.dataset(project, dataset)
            return [table.resource for key, table in sorted(self.tables.items()) if key[:2] == (project, dataset)]

    # ---------------------------------------------------------------- storage write

    def storage_table(self, key):
        """The table of a Storage Write call, as that interface finds (or does not find) it."""
        with self.lock:
            table = self.tables.get(key)
            if table is None or time.monotonic() < table.created + self.behaviour.new_table_lag_s:
                name = "projects/{}/datasets/{}/tables/{}".format(*key)
                if self.behaviour.missing_table == "NOT_FOUND":
                    raise StorageFailure(grpc.StatusCode.NOT_FOUND, f"Requested entity was not found. Entity: {name}",
                                         TABLE_NOT_FOUND, name)
                raise StorageFailure(grpc.StatusCode.PERMISSION_DENIED,
                                     "Permission 'TABLES_UPDATE_DATA' denied on resource "
                                     f"'{name}' (or it may not exist).")
            return table

    def stream_create(self, key, kind):
        with self.lock:
            self.storage_table(key)
            if kind != COMMITTED:
                raise StorageFailure(grpc.StatusCode.UNIMPLEMENTED,
                                     "this fake knows committed streams only, and the default stream")
            name = "projects/{}/datasets/{}/tables/{}/streams/{}".format(*key, uuid.uuid4().hex)
            self.streams[name] = Stream(name, key)
            return self.streams[name]

    def stream(self, name):
        with self.lock:
            stream = self.streams.get(name)
            if stream is None:
                raise StorageFailure(grpc.StatusCode.NOT_FOUND,
                                     f"Requested entity was not found. Entity: {name}", STREAM_NOT_FOUND, name)
            return stream

    def stream_finalize(self, name):
        with self.lock:
            stream = self.stream(name)
            if stream.finalized and self.behaviour.finalize_again == "error":
                raise StorageFailure(grpc.StatusCode.FAILED_PRECONDITION, f"Stream {name} is finalized",
                                     STREAM_FINALIZED, name)
            stream.finalized = True
            return stream.row_count

    def append(self, table_key, stream, offset, rows):
        """Adds rows to a table; stream None: the default stream.  Returns the offset written at, or None."""
        with self.lock:
            table = self.storage_table(table_key)
            if stream is None:
                if offset is not None:
                    raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT,
                                         "An offset is not allowed for the default stream", in_band=True)
                table.rows.extend(rows)
                return None
            if stream.finalized:
                raise StorageFailure(grpc.StatusCode.INVALID_ARGUMENT, f"Stream {stream.name} is finalized",
                                     STREAM_FINALIZED, stream.name, in_band=True)
            end = stream.row_count
            if offset is not None and offset > end:
                raise StorageFailure(grpc.StatusCode.OUT_OF_RANGE,
                                     f"The offset is beyond stream, expected offset {end}, received {offset}",
                                     OFFSET_OUT_OF_RANGE, stream.name, in_band=True)
            if offset is not None and offset < end:
                beyond = offset + len(rows) - end
                if beyond <= 0 or self.behaviour.partial_overlap == "already_exists":
                    raise StorageFailure(grpc.StatusCode.ALREADY_EXISTS,
                                         "The offset is within stream, expected offset "
                                         f"{end}, received {offset}",
                                         OFFSET_ALREADY_EXISTS, stream.name, in_band=True)
                rows = rows[-beyond:]
            table.rows.extend(rows)
            stream.row_count += len(rows)
            return end

    def check_row(self, table, row):
        """A reason why the table cannot take the row, or None."""
        if self.behaviour.refuse_row is not None:
            reason = self.behaviour.refuse_row(row)
            if reason is not None:
                return reason
        field = table.resource.get("timePartitioning", {}).get("field")
        if field is None or self.behaviour.partition_window != "reject":
            return None
        value = next(value for name, value in row.items() if name.lower() == field.lower())
        if value is None:
            return None
        day = value if not isinstance(value, datetime.datetime) else value.date()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        if not today - datetime.timedelta(days=3650) <= day <= today + datetime.timedelta(days=366):
            return (f"The value {value} for column {field} is outside the allowed bounds: only rows from 10 years in "
                    "the past to 1 year in the future can be streamed")
        return None


def merge(resource, change):
    """PATCH: null removes; labels are merged; everything else is replaced."""
    for key, value in change.items():
        if value is None:
            resource.pop(key, None)
        elif key == "labels":
            labels = dict(resource.get("labels", {}))
            for name, label in value.items():
                if label is None:
                    labels.pop(name, None)
                else:
                    labels[name] = label
            resource["labels"] = labels
        elif key not in ("etag", "kind", "id", "creationTime"):
            resource[key] = value


def check_etag(resource, if_match):
    if if_match is not None and if_match != resource["etag"]:
        raise RestError(412, "conditionNotMet", "Precondition check failed.")


def etag():
    return uuid.uuid4().hex


def now_ms():
    return str(int(time.time() * 1000))
