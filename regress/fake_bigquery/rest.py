# The REST side: datasets, tables and tabledata.list of /bigquery/v2.
#
# SPDX-License-Identifier: Apache-2.0

import gzip
import http.server
import json
import re
import urllib.parse

from .errors import RestError
from .values import rest_value

REQUEST_BYTES_MAX = 10 * 1024 * 1024
PATH = re.compile(r"/bigquery/v2/projects/(?P<project>[^/]+)/datasets(?:/(?P<dataset>[^/]+)"
                  r"(?P<tables>/tables(?:/(?P<table>[^/]+)(?P<data>/data)?)?)?)?\Z")
PAGE_ROWS = 10000


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fake"

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        self.serve()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

    @property
    def fake(self):
        return self.server.fake

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        try:
            name, action = self.route(body)
        except RestError as error:
            self.answer(error.status, error.body(), None)
            return
        self.fake.rest_calls.append(name)
        fault = self.fake.faults.meet("rest", name)
        if fault is not None and not fault.lose_answer:
            if fault.status is not None:
                error = RestError(fault.status, fault.reason, fault.message)
                self.answer(error.status, error.body(), None)
                return
            if fault.cut:
                self.hang_up()
                return
        try:
            self.check_token()
            status, document = 200, action()
            if document is None:
                status = 204
        except RestError as error:
            status, document = error.status, error.body()
        if fault is not None and fault.lose_answer:
            if fault.status is not None:
                error = RestError(fault.status, fault.reason, fault.message)
                self.answer(error.status, error.body(), None)
            else:
                self.hang_up()
            return
        self.answer(status, document, fault)

    def hang_up(self):
        """Ends the connection with a reset (and all others: a network does not choose)."""
        self.close_connection = True
        self.fake.rest_proxy.cut()

    def answer(self, status, document, fault):
        data = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault is not None and fault.half:
            self.wfile.write(data[:len(data) // 2])
            self.close_connection = True
        else:
            self.wfile.write(data)

    def check_token(self):
        tokens = self.fake.behaviour.tokens
        if tokens is None:
            return
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in tokens:
            raise RestError(401, "authError", "Request had invalid authentication credentials.")

    def read_document(self, body):
        if len(body) > REQUEST_BYTES_MAX:
            raise RestError(413, "uploadTooLarge", "Request Entity Too Large")
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            raise RestError(400, "parseError", "Content-Type must be application/json")
        try:
            document = json.loads(body)
        except ValueError as error:
            raise RestError(400, "parseError", "Parse Error") from error
        if not isinstance(document, dict):
            raise RestError(400, "parseError", "Parse Error")
        return document

    def route(self, body):
        """(name of the method, function that carries it out)."""
        url = urllib.parse.urlsplit(self.path)
        match = PATH.match(url.path)
        if match is None:
            raise RestError(404, "notFound", f"Not found: {url.path}")
        project, dataset, table = (urllib.parse.unquote(match[part]) if match[part] else None
                                   for part in ("project", "dataset", "table"))
        query = urllib.parse.parse_qs(url.query)
        store = self.fake.store
        if_match = self.headers.get("If-Match")
        if match["data"]:
            kind = "tabledata"
            actions = {"GET": ("list", lambda: self.table_data(project, dataset, table, query))}
        elif table:
            kind = "tables"
            actions = {
                "GET": ("get", lambda: store.table(project, dataset, table).resource |
                        {"numRows": str(len(store.table(project, dataset, table).rows))}),
                "PATCH": ("patch", lambda: store.table_patch(project, dataset, table, self.read_document(body),
                                                             if_match)),
                "DELETE": ("delete", lambda: store.table_delete(project, dataset, table)),
            }
        elif match["tables"]:
            kind = "tables"
            actions = {
                "GET": ("list", lambda: self.table_list(project, dataset)),
                "POST": ("insert", lambda: store.table_insert(project, dataset, self.read_document(body))),
            }
        elif dataset:
            kind = "datasets"
            actions = {
                "GET": ("get", lambda: store.dataset(project, dataset)),
                "PATCH": ("patch", lambda: store.dataset_patch(project, dataset, self.read_document(body), if_match)),
                "DELETE": ("delete", lambda: store.dataset_delete(
                    project, dataset, query.get("deleteContents") == ["true"])),
            }
        else:
            kind = "datasets"
            actions = {
                "GET": ("list", lambda: {"kind": "bigquery#datasetList", "datasets": [
                    resource for key, resource in sorted(store.datasets.items()) if key[0] == project]}),
                "POST": ("insert", lambda: store.dataset_insert(project, self.read_document(body))),
            }
        if self.command not in actions:
            raise RestError(404, "notFound", f"Not found: {self.command} {url.path}")
        verb, action = actions[self.command]
        return f"{kind}.{verb}", action

    def table_list(self, project, dataset):
        keep = ("kind", "id", "tableReference", "labels", "timePartitioning", "clustering", "type", "creationTime")
        tables = [{key: resource[key] for key in keep if key in resource}
                  for resource in self.fake.store.table_list(project, dataset)]
        return {"kind": "bigquery#tableList", "tables": tables, "totalItems": len(tables)}

    def table_data(self, project, dataset, table, query):
        store = self.fake.store
        with store.lock:
            found = store.table(project, dataset, table)
            start = int(query.get("pageToken", query.get("startIndex", ["0"]))[0])
            count = min(int(query.get("maxResults", [PAGE_ROWS])[0]), PAGE_ROWS)
            rows = found.rows[start:start + count]
            fields = found.fields()
            total = len(found.rows)
        answer = {
            "kind": "bigquery#tableDataList",
            "totalRows": str(total),
            "rows": [{"f": [{"v": rest_value(row.get(field["name"], [] if field["mode"] == "REPEATED" else None), field)}
                            for field in fields]} for row in rows],
        }
        if start + len(rows) < total:
            answer["pageToken"] = str(start + len(rows))
        return answer
