"""Where two parsed JSON values differ, place by place.

Used by the golden recordings and by check-debezium, so that both mean the same by "equal": a number is a number of
the same kind (1 is not 1.0, nor true, and -0.0 is not 0.0), 1.0E7 is 10000000.0, members of an object have no order, and one that
is written twice is a member more.

SPDX-License-Identifier: Apache-2.0
"""

import decimal
import math


class Absent:
    """Stands for a member or a record that one side does not have."""

    def __repr__(self):
        return "(absent)"


ABSENT = Absent()


def object_of(pairs):
    """For object_pairs_hook: json.loads() by itself keeps a name's last member and says nothing of the others."""
    found = {}
    for name, value in pairs:
        again, count = name, 1
        while again in found:
            count += 1
            again = f"{name} (written {count} times)"
        found[again] = value
    return found


def same_number(theirs, ours):
    """Of two with a fraction: 0.0 has a sign."""
    return theirs == ours and math.copysign(1, theirs) == math.copysign(1, ours)


def by_field(schema):
    """A Connect schema with its fields by name, so that paths say which column."""
    if isinstance(schema, dict):
        found = {name: by_field(value) for name, value in schema.items() if name != "fields"}
        if isinstance(schema.get("fields"), list):
            found["order of fields"] = [field.get("field") for field in schema["fields"]]
            found.update({field.get("field"): by_field(field) for field in schema["fields"]})
        return found
    return schema


def is_schema(path, value):
    return bool(path) and path[-1] == "schema" and isinstance(value, dict) and "type" in value


def same_leaf(theirs, ours):
    if type(theirs) is not type(ours):
        return False
    if isinstance(theirs, decimal.Decimal):
        return theirs.as_tuple() == ours.as_tuple()
    if isinstance(theirs, float):
        return same_number(theirs, ours)
    return theirs == ours


def differing(path, theirs, ours, normal=lambda path, value: value, equal=lambda path, theirs, ours: False):
    """Yields (path, theirs, ours) of every place where two parsed values differ.

    normal(path, value) is what a value is compared by; equal(path, theirs, ours) says that a place need not be looked at.
    """
    if equal(path, theirs, ours):
        return
    theirs, ours = normal(path, theirs), normal(path, ours)
    if is_schema(path, theirs) and is_schema(path, ours):
        theirs, ours = by_field(theirs), by_field(ours)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in (*theirs, *(name for name in ours if name not in theirs)):
            yield from differing((*path, name), theirs.get(name, ABSENT), ours.get(name, ABSENT), normal, equal)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for number, (first, second) in enumerate(zip(theirs, ours)):
            yield from differing((*path, number), first, second, normal, equal)
    elif not same_leaf(theirs, ours):
        yield path, theirs, ours
