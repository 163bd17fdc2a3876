# Rows of the Storage Write API: from a caller's descriptor and bytes to values, or a reason why not.
#
# SPDX-License-Identifier: Apache-2.0

import datetime
import decimal
import json
import math
import re

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, unknown_fields
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import DecodeError

EPOCH = datetime.datetime(1970, 1, 1)
DATE_MIN = -719162
DATE_MAX = 2932896
TIMESTAMP_MIN = -62135596800 * 10**6
TIMESTAMP_MAX = 253402300800 * 10**6 - 1

INTEGERS = {Field.TYPE_INT32, Field.TYPE_INT64, Field.TYPE_UINT32, Field.TYPE_SINT32, Field.TYPE_SINT64,
            Field.TYPE_FIXED32, Field.TYPE_SFIXED32, Field.TYPE_SFIXED64}
UNSIGNED_64 = {Field.TYPE_UINT64, Field.TYPE_FIXED64}
FLOATS = {Field.TYPE_DOUBLE, Field.TYPE_FLOAT}

# Which protocol buffer types a column takes (SOURCES.md: supported-data-types).
ACCEPTED = {
    "BOOLEAN": {Field.TYPE_BOOL} | INTEGERS | UNSIGNED_64,
    "BYTES": {Field.TYPE_BYTES, Field.TYPE_STRING},
    "DATE": {Field.TYPE_INT32, Field.TYPE_INT64, Field.TYPE_STRING},
    "DATETIME": {Field.TYPE_STRING, Field.TYPE_INT64},
    "TIME": {Field.TYPE_STRING, Field.TYPE_INT64},
    "FLOAT": FLOATS,
    "GEOGRAPHY": {Field.TYPE_STRING},
    "INTEGER": INTEGERS | {Field.TYPE_ENUM},
    "JSON": {Field.TYPE_STRING},
    "NUMERIC": INTEGERS | UNSIGNED_64 | FLOATS | {Field.TYPE_STRING, Field.TYPE_BYTES},
    "BIGNUMERIC": INTEGERS | UNSIGNED_64 | FLOATS | {Field.TYPE_STRING, Field.TYPE_BYTES},
    "STRING": {Field.TYPE_STRING, Field.TYPE_ENUM},
    "TIMESTAMP": {Field.TYPE_INT64, Field.TYPE_INT32, Field.TYPE_UINT32},
    "RECORD": {Field.TYPE_MESSAGE},
}

DATETIME_LITERAL = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?)?\Z")
TIME_LITERAL = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?\Z")
DECIMAL_LITERAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")


class BadRow(Exception):
    """A row that cannot be stored; the text is the reason."""


class BadSchema(Exception):
    """A writer schema that does not fit the table.  extra: it has a field that the table has not."""

    def __init__(self, message, extra=False):
        super().__init__(message)
        self.extra = extra


class RowReader:
    """Reads rows of one writer schema for one table schema."""

    def __init__(self, proto_descriptor, table_fields, behaviour):
        self.behaviour = behaviour
        self.fields = table_fields
        self.check_descriptor(proto_descriptor)
        file = descriptor_pb2.FileDescriptorProto(name="row.proto", package="row", syntax="proto2")
        file.message_type.add().CopyFrom(proto_descriptor)
        self.name_for_json(file.message_type[0])
        pool = descriptor_pool.DescriptorPool()
        try:
            pool.Add(file)
            self.descriptor = pool.FindMessageTypeByName(f"row.{proto_descriptor.name}")
        except (TypeError, KeyError, ValueError) as error:
            raise BadSchema(f"Invalid proto schema: {error}") from error
        self.message_class = message_factory.GetMessageClass(self.descriptor)
        self.match(self.descriptor, table_fields, "")

    def name_for_json(self, message):
        """
        Unique names where two fields ("a_b", "ab_"…) would get the same: Python's descriptor pool refuses that, the
        C++ one, which servers use, only warns of it in proto2.
        """
        for field in message.field:
            field.json_name = f"field{field.number}"
        for nested in message.nested_type:
            self.name_for_json(nested)

    @staticmethod
    def check_descriptor(descriptor):
        if not descriptor.name:
            raise BadSchema("Invalid proto schema: the message has no name")
        numbers = [field.number for field in descriptor.field]
        if len(set(numbers)) != len(numbers) or any(not 0 < number < 2**29 for number in numbers):
            raise BadSchema("Invalid proto schema: field numbers")

    def match(self, descriptor, table_fields, path):
        """Raises unless every field of the message has its column, of a type that takes it."""
        columns = {field["name"].lower(): field for field in table_fields}
        seen = set()
        for field in descriptor.fields:
            name = field.name.lower()
            column = columns.get(name)
            if column is None:
                raise BadSchema(f"Input schema has more fields than BigQuery schema, extra fields: '{path}{name}'",
                                extra=True)
            if name in seen:
                raise BadSchema(f"Invalid proto schema: {path}{name} stands twice")
            seen.add(name)
            if field.is_repeated != (column["mode"] == "REPEATED"):
                raise BadSchema(f"The field mode mismatch: {path}{name} is {column['mode']} in the table")
            if field.type not in ACCEPTED[column["type"]]:
                raise BadSchema(f"Proto field {path}{name} of type number {field.type} does not fit a column of type "
                                f"{column['type']}")
            if column["type"] == "RECORD":
                self.match(field.message_type, column["fields"], f"{path}{name}.")
        for name, column in columns.items():
            if column["mode"] == "REQUIRED" and name not in seen:
                raise BadSchema(f"The required field {path}{name} is missing in the proto message")

    def read(self, serialized):
        """Returns {column: value} with all columns of the table."""
        message = self.message_class()
        try:
            message.ParseFromString(serialized)
        except (DecodeError, UnicodeDecodeError) as error:
            raise BadRow(f"the row is no message of the writer schema: {error}") from error
        if self.behaviour.unknown_row_fields == "reject" and len(unknown_fields.UnknownFieldSet(message)):
            raise BadRow("the row has fields that the writer schema has not")
        return self.read_message(message, self.fields, "")

    def read_message(self, message, table_fields, path):
        by_name = {field.name.lower(): field for field in message.DESCRIPTOR.fields}
        row = {}
        for column in table_fields:
            name = column["name"]
            field = by_name.get(name.lower())
            if column["mode"] == "REPEATED":
                values = [] if field is None else list(getattr(message, field.name))
                row[name] = [self.value(value, field, column, path) for value in values]
                continue
            if field is None or not message.HasField(field.name):
                if column["mode"] == "REQUIRED":
                    raise BadRow(f"Field {path}{name}: REQUIRED but has no value")
                row[name] = None
                continue
            row[name] = self.value(getattr(message, field.name), field, column, path)
        return row

    def value(self, value, field, column, path):
        try:
            if column["type"] == "RECORD":
                return self.read_message(value, column["fields"], f"{path}{column['name']}.")
            value = CONVERT[column["type"]](self, value, field, column)
        except (ValueError, OverflowError, decimal.InvalidOperation, UnicodeError) as error:
            raise BadRow(f"Field {path}{column['name']}: {error}") from error
        limit = column.get("maxLength")
        if limit is not None and len(value) > int(limit):
            raise BadRow(f"Field {path}{column['name']}: longer than {limit}")
        return value

    def boolean(self, value, field, column):
        return bool(value)

    def text(self, value, field, column):
        if field.type == Field.TYPE_ENUM:
            return field.enum_type.values_by_number[value].name
        value.encode("utf-8")
        return value

    def binary(self, value, field, column):
        return value.encode() if isinstance(value, str) else bytes(value)

    def integer(self, value, field, column):
        return int(value)

    def floating(self, value, field, column):
        return float(value)

    def date(self, value, field, column):
        if isinstance(value, str):
            match = DATETIME_LITERAL.match(value)
            if match is None or match.group(4) is not None:
                raise ValueError(f"Invalid DATE \"{value[:60]}\"")
            return datetime.date(*(int(part) for part in match.groups()[:3]))
        if not DATE_MIN <= value <= DATE_MAX:
            raise ValueError(f"DATE {value} is outside 0001-01-01 … 9999-12-31")
        return datetime.date(1970, 1, 1) + datetime.timedelta(days=value)

    def datetime(self, value, field, column):
        if isinstance(value, int):
            return unpack_datetime(value)
        match = DATETIME_LITERAL.match(value)
        if match is None:
            raise ValueError(f"Invalid DATETIME \"{value[:60]}\"")
        year, month, day, hour, minute, second, fraction = match.groups()
        return datetime.datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0),
                                 int(second or 0), int((fraction or "").ljust(6, "0")))

    def time(self, value, field, column):
        if isinstance(value, int):
            return unpack_time(value)
        match = TIME_LITERAL.match(value)
        if match is None:
            raise ValueError(f"Invalid TIME \"{value[:60]}\"")
        hour, minute, second, fraction = match.groups()
        return datetime.time(int(hour), int(minute), int(second), int((fraction or "").ljust(6, "0")))

    def timestamp(self, value, field, column):
        if not TIMESTAMP_MIN <= value <= TIMESTAMP_MAX:
            raise ValueError(f"TIMESTAMP {value} is outside 0001-01-01 … 9999-12-31")
        return (EPOCH + datetime.timedelta(microseconds=value)).replace(tzinfo=datetime.timezone.utc)

    def numeric(self, value, field, column):
        big = column["type"] == "BIGNUMERIC"
        if isinstance(value, bytes):
            number = decimal.Decimal(int.from_bytes(value, "little", signed=True)).scaleb(-38 if big else -9, WIDE)
        elif isinstance(value, str):
            if not DECIMAL_LITERAL.match(value):
                raise ValueError(f"Invalid {column['type']} value: \"{value[:80]}\"")
            number = decimal.Decimal(value)
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise ValueError(f"Invalid {column['type']} value: {value}")
            number = decimal.Decimal(value)
        else:
            number = decimal.Decimal(value)
        scale = int(column["scale"]) if "scale" in column else 0 if "precision" in column else 38 if big else 9
        exponent = number.normalize(WIDE).as_tuple().exponent
        if exponent < -scale:
            if self.behaviour.excess_scale == "reject":
                raise ValueError(f"{column['type']} \"{value}\" has more than {scale} fraction digits")
            number = number.quantize(decimal.Decimal(1).scaleb(-scale, WIDE), decimal.ROUND_HALF_UP, WIDE)
        if big:
            if abs(number.scaleb(38, WIDE)) >= 2**255 and number.scaleb(38, WIDE) != -2**255:
                raise ValueError(f"BIGNUMERIC overflow: {value}")
        elif abs(number) >= decimal.Decimal(10)**29:
            raise ValueError(f"NUMERIC overflow: {value}")
        if "precision" in column and abs(number) >= decimal.Decimal(10)**(int(column["precision"]) - scale):
            raise ValueError(f"{column['type']} value {value} passes precision {column['precision']}")
        return number

    def json(self, value, field, column):
        def parse_integer(text):
            number = int(text)
            if not -2**63 <= number < 2**64:
                return parse_float(text)
            return number

        def parse_float(text):
            number = float(text)
            if not math.isfinite(number):
                raise ValueError(f"JSON number {text[:40]} is too large")
            if self.behaviour.wide_json_numbers == "reject" and decimal.Decimal(text) != decimal.Decimal(
                    repr(number)):
                raise ValueError(f"JSON number {text[:40]} cannot be stored without losing digits")
            return number

        def refuse(text):
            raise ValueError(f"{text} is not JSON")

        json.loads(value, parse_int=parse_integer, parse_float=parse_float, parse_constant=refuse)
        return value


WIDE = decimal.Context(prec=200, Emax=10**6, Emin=-10**6, traps=[decimal.InvalidOperation, decimal.Overflow])

CONVERT = {
    "BOOLEAN": RowReader.boolean,
    "STRING": RowReader.text,
    "GEOGRAPHY": RowReader.text,
    "BYTES": RowReader.binary,
    "INTEGER": RowReader.integer,
    "FLOAT": RowReader.floating,
    "DATE": RowReader.date,
    "DATETIME": RowReader.datetime,
    "TIME": RowReader.time,
    "TIMESTAMP": RowReader.timestamp,
    "NUMERIC": RowReader.numeric,
    "BIGNUMERIC": RowReader.numeric,
    "JSON": RowReader.json,
}


def unpack_time(packed):
    """CivilTimeEncoder's packed form: hour, minute, second, microsecond in 5, 6, 6, 20 bits."""
    if not 0 <= packed < 1 << 37:
        raise ValueError(f"Invalid packed TIME {packed}")
    return datetime.time(packed >> 32, packed >> 26 & 63, packed >> 20 & 63, packed & 0xFFFFF)


def unpack_datetime(packed):
    """The same, with year, month, day in 14, 4, 5 bits before it."""
    time = unpack_time(packed & (1 << 37) - 1)
    return datetime.datetime(packed >> 46, packed >> 42 & 15, packed >> 37 & 31, time.hour, time.minute, time.second,
                             time.microsecond)


def rest_value(value, column):
    """A stored value as tabledata.list shows it."""
    if column["mode"] == "REPEATED":
        return [{"v": rest_scalar(item, column)} for item in value]
    return rest_scalar(value, column)


def rest_scalar(value, column):
    import base64

    if value is None:
        return None
    kind = column["type"]
    if kind == "RECORD":
        return {"f": [{"v": rest_value(value[field["name"]], field)} for field in column["fields"]]}
    if kind == "BOOLEAN":
        return "true" if value else "false"
    if kind == "BYTES":
        return base64.b64encode(value).decode()
    if kind == "TIMESTAMP":
        micros = (value.replace(tzinfo=None) - EPOCH) // datetime.timedelta(microseconds=1)
        return str(micros)
    if kind == "FLOAT":
        return "NaN" if math.isnan(value) else ("-" if value < 0 else "") + "Infinity" if math.isinf(value) \
            else repr(value)
    if kind in ("NUMERIC", "BIGNUMERIC"):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if kind in ("DATE", "TIME", "DATETIME"):
        return value.isoformat()
    return str(value)
