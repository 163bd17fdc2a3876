# Errors as the two interfaces put them on the wire.
#
# SPDX-License-Identifier: Apache-2.0

import grpc


class RestError(Exception):
    """An error answer of the REST interface: status, reason (Google's word for it) and message."""

    def __init__(self, status, reason, message):
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message

    def body(self):
        return {
            "error": {
                "code": self.status,
                "message": self.message,
                "errors": [{"message": self.message, "domain": "global", "reason": self.reason}],
                "status": {
                    400: "INVALID_ARGUMENT",
                    401: "UNAUTHENTICATED",
                    403: "PERMISSION_DENIED",
                    404: "NOT_FOUND",
                    409: "ALREADY_EXISTS",
                    412: "FAILED_PRECONDITION",
                    429: "RESOURCE_EXHAUSTED",
                }.get(self.status, "INTERNAL"),
            }
        }


class StorageFailure(Exception):
    """
    An error of the Storage Write API.  storage_code: StorageErrorCode or None.
    in_band: it goes into an AppendRowsResponse and the call goes on; else it ends the call.
    row_errors: (index, message) pairs.
    """

    def __init__(self, code, message, storage_code=None, entity="", in_band=False, row_errors=()):
        super().__init__(message)
        self.code = code
        self.message = message
        self.storage_code = storage_code
        self.entity = entity
        self.in_band = in_band
        self.row_errors = list(row_errors)


def grpc_number(code):
    return code.value[0]


GRPC_BY_NAME = {code.name: code for code in grpc.StatusCode}
