# Table resources: what the REST interface accepts as one, and what may be changed later.
#
# SPDX-License-Identifier: Apache-2.0

import re

from .errors import RestError

# REST name -> the name used inside; both spellings are accepted by the service.
TYPES = {
    "STRING": "STRING",
    "BYTES": "BYTES",
    "INTEGER": "INTEGER",
    "INT64": "INTEGER",
    "FLOAT": "FLOAT",
    "FLOAT64": "FLOAT",
    "NUMERIC": "NUMERIC",
    "DECIMAL": "NUMERIC",
    "BIGNUMERIC": "BIGNUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
    "BOOLEAN": "BOOLEAN",
    "BOOL": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMP",
    "DATE": "DATE",
    "TIME": "TIME",
    "DATETIME": "DATETIME",
    "JSON": "JSON",
    "GEOGRAPHY": "GEOGRAPHY",
    "RECORD": "RECORD",
    "STRUCT": "RECORD",
}
MODES = ("NULLABLE", "REQUIRED", "REPEATED")
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,299}\Z")
TABLE_NAME = re.compile(r"[\w\-–— ]{1,1024}\Z")
DATASET_NAME = re.compile(r"[A-Za-z0-9_]{1,1024}\Z")
RESERVED_PREFIXES = (
    "_table_",
    "_file_",
    "_partition",
    "_row_timestamp",
    "__root__",
    "_colidentifier",
    "_change_sequence_number",
    "_change_type",
    "_change_timestamp",
)
CLUSTERABLE = {
    "BIGNUMERIC", "BOOLEAN", "DATE", "DATETIME", "GEOGRAPHY", "INTEGER", "NUMERIC", "STRING", "TIMESTAMP",
}
COLUMNS_MAX = 10000
NESTING_MAX = 15
DESCRIPTION_MAX = 1024
TABLE_DESCRIPTION_MAX = 16384
TABLE_KEYS = {
    "kind", "etag", "id", "selfLink", "tableReference", "friendlyName", "description", "labels", "schema",
    "timePartitioning", "clustering", "expirationTime", "requirePartitionFilter", "type", "view",
    "encryptionConfiguration", "tableConstraints", "resourceTags", "defaultCollation", "maxStaleness",
    "rangePartitioning", "location", "creationTime", "lastModifiedTime", "numRows", "numBytes",
}


def invalid(message):
    return RestError(400, "invalid", message)


def check_labels(labels):
    if not isinstance(labels, dict):
        raise invalid("labels must be an object")
    if len(labels) > 64:
        raise invalid("a resource has at most 64 labels")
    for key, value in labels.items():
        if not 1 <= len(key) <= 63 or not all(c.islower() or c.isdigit() or c in "_-" or c.isalpha() and
                                              not c.isupper() for c in key):
            raise invalid(f"label key \"{key}\" has characters that are not allowed")
        if not (key[0].isalpha() and not key[0].isupper()):
            raise invalid(f"label key \"{key}\" must begin with a lower-case letter")
        if not isinstance(value, str) or len(value) > 63:
            raise invalid(f"label value \"{value}\" is longer than 63 characters")
        for c in value:
            if not (c.isdigit() or c in "_-" or c.isalpha() and not c.isupper()):
                raise invalid(f"label value \"{value}\" has characters that are not allowed: only lower-case "
                              "letters, digits, underscores and dashes are")


def check_field(field, depth=1):
    """Returns the field in canonical form."""
    if depth > NESTING_MAX:
        raise invalid(f"more than {NESTING_MAX} levels of nesting")
    unknown = set(field) - {
        "name", "type", "mode", "description", "fields", "precision", "scale", "maxLength", "policyTags",
        "defaultValueExpression", "collation", "roundingMode",
    }
    if unknown:
        raise invalid(f"unknown name \"{sorted(unknown)[0]}\" in a field of the schema")
    name = field.get("name", "")
    if not FIELD_NAME.match(name):
        raise invalid(f"Invalid field name \"{name}\". Fields must contain only letters, numbers, and underscores, "
                      "start with a letter or underscore, and be at most 300 characters long.")
    for prefix in RESERVED_PREFIXES:
        if name.lower().startswith(prefix):
            raise invalid(f"Invalid field name \"{name}\": the prefix {prefix.upper()} is reserved")
    kind = TYPES.get(str(field.get("type", "")).upper())
    if kind is None:
        raise invalid(f"Invalid value for type: {field.get('type')} is not a valid value")
    mode = str(field.get("mode", "NULLABLE")).upper()
    if mode not in MODES:
        raise invalid(f"Invalid value for mode: {mode} is not a valid value")
    if len(field.get("description", "")) > DESCRIPTION_MAX:
        raise invalid(f"the description of {name} is longer than {DESCRIPTION_MAX} characters")
    result = dict(field, name=name, type=kind, mode=mode)
    for number in ("precision", "scale", "maxLength"):
        if number in field:
            if not str(field[number]).isdigit():
                raise invalid(f"{number} of {name} is not a number")
            result[number] = str(field[number])
    if "precision" in result and kind not in ("NUMERIC", "BIGNUMERIC"):
        raise invalid(f"precision is not allowed for {kind}")
    if "scale" in result and "precision" not in result:
        raise invalid("scale without precision")
    if kind == "RECORD":
        result["fields"] = check_fields(field.get("fields") or [], depth + 1)
    elif field.get("fields"):
        raise invalid(f"{name} is no RECORD and has fields")
    return result


def check_fields(fields, depth=1):
    if not fields and depth > 1:
        raise invalid("a RECORD without fields")
    result = []
    seen = set()
    for field in fields:
        field = check_field(field, depth)
        if field["name"].lower() in seen:
            raise invalid(f"Duplicate field name: {field['name']}")
        seen.add(field["name"].lower())
        result.append(field)
    if len(result) > COLUMNS_MAX:
        raise invalid(f"Too many columns: {len(result)} exceeds the maximum {COLUMNS_MAX}")
    return result


def check_table(resource):
    """Checks a new table's resource; returns it in canonical form."""
    unknown = set(resource) - TABLE_KEYS
    if unknown:
        raise invalid(f"Invalid JSON payload received. Unknown name \"{sorted(unknown)[0]}\"")
    resource = dict(resource)
    name = resource["tableReference"].get("tableId", "")
    if not TABLE_NAME.match(name):
        raise invalid(f"Invalid table ID \"{name}\"")
    check_labels(resource.get("labels", {}))
    if len(resource.get("description", "")) > TABLE_DESCRIPTION_MAX:
        raise invalid(f"the description is longer than {TABLE_DESCRIPTION_MAX} characters")
    fields = check_fields(resource.get("schema", {}).get("fields", []))
    resource["schema"] = {"fields": fields}
    top = {field["name"].lower(): field for field in fields}

    partitioning = resource.get("timePartitioning")
    if partitioning is not None:
        if partitioning.get("type") not in ("HOUR", "DAY", "MONTH", "YEAR"):
            raise invalid(f"timePartitioning.type \"{partitioning.get('type')}\" is not one of HOUR, DAY, MONTH, YEAR")
        if set(partitioning) - {"type", "field", "expirationMs", "requirePartitionFilter"}:
            raise invalid("unknown name in timePartitioning")
        if "field" in partitioning:
            field = top.get(partitioning["field"].lower())
            if field is None:
                raise invalid(f"The field specified for partitioning cannot be found in the schema: "
                              f"{partitioning['field']}")
            if field["type"] not in ("DATE", "TIMESTAMP", "DATETIME") or field["mode"] == "REPEATED":
                raise invalid("The field specified for time partitioning can only be of type TIMESTAMP, DATE or "
                              f"DATETIME. The type found is: {field['type']}.")
            if field["type"] == "DATE" and partitioning["type"] == "HOUR":
                raise invalid("a DATE column cannot be partitioned by hour")

    clustering = resource.get("clustering")
    if clustering is not None:
        names = clustering.get("fields", [])
        if not 1 <= len(names) <= 4:
            raise invalid(f"clustering takes 1 to 4 columns, not {len(names)}")
        if len({name.lower() for name in names}) != len(names):
            raise invalid("a column stands twice in clustering")
        for name in names:
            field = top.get(name.lower())
            if field is None:
                raise invalid(f"The field specified for clustering cannot be found in the schema: {name}")
            if field["type"] not in CLUSTERABLE or field["mode"] == "REPEATED":
                raise invalid(f"Field {name} has type {field['type']}, which is not supported for clustering")
    return resource


def check_evolution(old, new):
    """Raises unless a table's fields may be changed from old to new (both canonical)."""
    new_by_name = {field["name"].lower(): field for field in new}
    for field in old:
        other = new_by_name.pop(field["name"].lower(), None)
        if other is None:
            raise invalid(f"Provided Schema does not match Table. Field {field['name']} is missing in new schema")
        if other["type"] != field["type"]:
            raise invalid(f"Provided Schema does not match Table. Field {field['name']} has changed type from "
                          f"{field['type']} to {other['type']}")
        if other["mode"] != field["mode"] and (field["mode"], other["mode"]) != ("REQUIRED", "NULLABLE"):
            raise invalid(f"Provided Schema does not match Table. Field {field['name']} has changed mode from "
                          f"{field['mode']} to {other['mode']}")
        for number in ("precision", "scale", "maxLength"):
            if number in other and int(other[number]) < int(field.get(number, 10**9)):
                raise invalid(f"Provided Schema does not match Table. Field {field['name']}: {number} cannot shrink")
        if field["type"] == "RECORD":
            check_evolution(field["fields"], other["fields"])
    for field in new_by_name.values():
        if field["mode"] == "REQUIRED":
            raise invalid(f"Provided Schema does not match Table. Cannot add required fields to an existing schema. "
                          f"(field: {field['name']})")
