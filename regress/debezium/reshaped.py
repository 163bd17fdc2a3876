"""Differences in keys, and records that only one side has.

A key of Debezium's that changes makes an update into a delete, a tombstone and a create. Where its key is another
than ours that is a difference of records, and it is explained only as a whole: these records against our update,
or the other way round, at one WAL position, of a row that changed so. Nothing here takes a record that is there
on one side alone but the update that skip.messages.without.change takes away, and a tombstone beside its delete.

SPDX-License-Identifier: Apache-2.0
"""

import decimal
import re

import column_types
import compare

# Of which Debezium's value may be null, or the same for two of ours, whatever the row has; and arrays of these.
LOST = ("name", "timetz", "int2vector", "oidvector")
LOST_ELEMENTS = ("bit(1)", "bit(n)", "varbit(n)", "varbit", "line", "lseg", "box", "path", "polygon", "circle", "sparsevec", "date", "time", "timestamptz", *LOST)
# Debezium has arrays of these in schemas whose items are required.
ELEMENTS_WITHOUT_NULL = ("enum", "ltree", "tsvector", "isbn", "vector", "halfvec", "sparsevec", "domain", "unmapped")
BYTES = ("bytea", "domain", "unmapped")
JAVA_OBJECT = re.compile(r"(\[[BCDFIJSZ]|\[+L[\w.]+;)@[0-9a-f]+")
UNWRAPPED_DELETE = {"unwrap tombstone": ["x"], "unwrap rewrite": ["d"], "unwrap drop": [],
                    "unwrap delete-to-tombstone": ["x"], "route and unwrap": ["x"]}


def fields(key):
    """A key's fields without the router's own."""
    found = key["payload"] if isinstance(key, dict) and key.keys() == {"schema", "payload"} else key
    return {name: value for name, value in found.items() if name != "__dbz__physicalTableIdentifier"} if isinstance(found, dict) else found


def steps(records):
    return ["x" if record.kind != "value" else record.op for record in records]


def delete_steps(place):
    """What the connector makes of a delete, seen through the configuration."""
    levels = place.configuration.levels
    if "d" in place.configuration.settings.get("skipped.operations", "t").split(","):
        return []
    # rewrite-with-tombstone keeps the connector's tombstone and makes none
    return UNWRAPPED_DELETE.get(levels["transforms"], ["d", "x"] if levels["tombstones"] == "on" else ["d"])


def names(place, columns):
    return {place.configuration.adjusted(name) for name in columns}


def same_key(place, one, other):
    """Whether two records have one key; floats in it may have other digits."""
    kinds_of = kinds(place)

    def number(name, value):
        if kinds_of.get(name) == "real":
            return compare.as_singles(value)
        return float(value) if kinds_of.get(name) == "double precision" and isinstance(value, (int, float, decimal.Decimal)) else value

    def numbers(key):
        return {name: number(name, value) for name, value in key.items()} if isinstance(key, dict) else key
    return numbers(fields(one.key)) == numbers(fields(other.key))


def identity(table):
    """The columns that an old row tells."""
    return {"full": [column.name for column in table.columns], "default": table.key, "index": table.unique, "other": table.other}.get(table.identity, [])


def identity_told(place):
    """The same, or none if the lists of columns leave one out or a setting hides or cuts one."""
    found = [column for column in place.table.columns if column.name in identity(place.table)]
    hides = [column for column in found if place.configuration.leaves_out(place.table, column)
             or column.type.kind in column_types.TEXTS and place.configuration.masks(place.table, column)]
    return [] if hides else [column.name for column in found]


def chosen(place):
    """The columns that message.key.columns names."""
    setting = place.configuration.settings.get("message.key.columns", "")
    tables = {f"{place.table.schema}.{name}" for name in {*place.table.leaves, place.table.name}}
    for part in filter(None, setting.split(";")):
        table, _, columns = part.rpartition(":")
        if any(re.fullmatch(table, name, re.IGNORECASE) for name in tables):
            return [column.name for column in place.table.columns if any(re.fullmatch(pattern, column.name, re.IGNORECASE) for pattern in columns.split(","))]
    return []


def has(place, fit):
    return place.table is not None and bool(fit(place.table))


def tells_other(place):
    """The identity is an index that is not the key, and message.key.columns says nothing."""
    return has(place, lambda table: table.other and not chosen(place))


def tells_odd(place):
    return has(place, lambda table: table.odd and not table.key and not chosen(place))


def tells_part_of_chosen(place):
    """The old row does not tell all of the chosen key."""
    return has(place, lambda table: set(chosen(place)) - set(identity(table)))


# ---------------------------------------------------------------- keys

def old_row(record, group):
    """What is shown of the row before, by the record itself or the delete that it follows."""
    shown = next((one.payload["before"] for one in (record, *group) if isinstance(one.payload.get("before"), dict)), None)
    return shown


def is_of_placeholder(place, key):
    """Whether a key of the new row has the text that stands for a large value which the update has left as it was."""
    return isinstance(key, dict) and place.configuration.placeholder.decode(errors="replace") in key.values()


def key_of_old_row(place, whole_key):
    """A delete, its tombstone, or an update that does not tell a large value of the key: theirs has the columns of its key, ours those of the identity, with their values."""
    record, other = place.finding.record, place.finding.other
    if place.path[0] != "key" or other is None:
        return False
    theirs, ours = fields(record.key), fields(other.key)
    if not {"d", "x"} >= set(steps([record, other])) and not (steps([other]) == ["u"] and is_of_placeholder(place, theirs)):
        return False
    told = names(place, identity_told(place))
    if not isinstance(theirs, dict) or set(theirs) != names(place, whole_key):
        return False
    if not told:
        return ours is None
    if not isinstance(ours, dict) or set(ours) != told:
        return False
    before = other.payload.get("after") if other.op == "u" else old_row(other, place.finding.group[1])
    return not isinstance(before, dict) or all(before.get(name, compare.ABSENT) in (value, compare.ABSENT) for name, value in ours.items())


def key_of_other_identity(place):
    return tells_other(place) and key_of_old_row(place, place.table.key)


def key_of_chosen(place):
    return tells_part_of_chosen(place) and key_of_old_row(place, chosen(place))


def key_of_odd_index(place):
    """Theirs has the index's column, as the row has it; ours has no key."""
    if not tells_odd(place) or place.path != ("key",) or place.finding.other is None or place.ours is not None:
        return False
    theirs = fields(place.theirs)
    if not isinstance(theirs, dict) or set(theirs) != names(place, place.table.odd):
        return False
    payload = place.finding.record.payload
    row = payload.get("after") or payload.get("before")
    return not isinstance(row, dict) or all(shows(place, name, value, row.get(name, value)) for name, value in theirs.items())


def shows(place, name, value, shown):
    """Whether a row shows a value of the key, which no setting hides or cuts."""
    column = next(column for column in place.table.columns if place.configuration.adjusted(column.name) == name)
    hiding = place.configuration.masks(place.table, column)
    if hiding and all(setting.startswith("column.truncate.") for setting in hiding):
        return isinstance(value, str) and isinstance(shown, str) and value.startswith(shown)
    return bool(hiding) or value == shown


KEYS = (
    ("key of a table without a primary key", key_of_odd_index),
    ("delete when the identity index is not the key", key_of_other_identity),
    ("`message.key.columns` with columns that the old row does not tell", key_of_chosen),
)


# ---------------------------------------------------------------- records

def update_in_two(place):
    """Debezium's delete and create, and our update of the same row; (delete or None, create, update or None)."""
    theirs, ours = place.theirs, place.ours
    if any(map(len, place.finding.group)) and (len(place.finding.group[0]), len(place.finding.group[1])) != (len(theirs), len(ours)):
        return None     # there is more at this place than they
    skips = place.configuration.settings.get("skipped.operations", "t").split(",")
    if steps(theirs) != [*delete_steps(place), *([] if "c" in skips else ["c"])] or steps(ours) != ([] if "u" in skips else ["u"]):
        return None
    return theirs[0] if len(theirs) > 1 else None, theirs[-1], ours[0] if ours else None


def rows(place, update):
    """An update's old and new row where both are shown."""
    before, after = (update.payload.get(side) for side in ("before", "after")) if update else (None, None)
    return (before, after) if isinstance(before, dict) and isinstance(after, dict) else (None, None)


def differ(place, update, columns):
    """Whether the update changed one of the columns, as far as it is shown."""
    before, after = rows(place, update)
    shown = names(place, columns) & set(after or ())
    return after is None or shown < names(place, columns) or any(before.get(name) != after[name] for name in shown)


def update_of_other_identity(place):
    """The server writes an old row only if the identity's columns have changed, be it 1.0 to 1.00, which no number shows."""
    found = tells_other(place) and update_in_two(place)
    return (bool(found) and (differ(place, found[2], place.table.other) or rows(place, found[2])[0] is not None)
            and (found[2] is None or same_key(place, found[1], found[2])))


def records_of_odd_index(place):
    if not tells_odd(place):
        return False
    theirs, ours = place.theirs, place.ours
    if steps(theirs) == ["x"] and not ours:     # of a delete that both have, ours without a key, or all that a transform leaves of theirs
        is_all = delete_steps(place) == ["x"] and list(map(len, place.finding.group)) == [1, 0]
        return ((is_all or any(record.op == "d" and record.kind == "value" and record.key is None for record in place.finding.group[1]))
                and set(fields(theirs[0].key) or ()) == names(place, place.table.odd))
    found = update_in_two(place)
    return (bool(found) and (differ(place, found[2], place.table.odd) or shows_default_for_null(place, place.table.odd))
            and (found[2] is None or found[2].key is None))


def tombstone_of_other_identity(place):
    """Of a delete that ours has no key for, as the lists have none of the identity's columns."""
    return (tells_other(place) and not identity_told(place) and steps(place.theirs) == ["x"] and not place.ours
            and set(fields(place.theirs[0].key) or ()) == names(place, place.table.key)
            and [(record.op, record.kind, record.key) for record in place.finding.group[1]] == [("d", "value", None)])


def update_of_chosen(place):
    found = tells_part_of_chosen(place) and update_in_two(place)
    return (bool(found) and differ(place, found[2], identity(place.table)) and set(fields(found[1].key) or ()) == names(place, chosen(place))
            and (found[2] is None or same_key(place, found[1], found[2]) or is_of_placeholder(place, fields(found[1].key))))


def shows_default_for_null(place, names_of_key):
    """Whether a key may have changed between NULL and what stands for it."""
    return any(column.default is not None and column.name in names_of_key for column in place.table.columns)


def null_and_default(place):
    """The delete and the create have one key: NULL in it is shown as the default."""
    key = place.table and (chosen(place) or tells_odd(place) and place.table.odd)
    found = key and update_in_two(place)
    if not found or not shows_default_for_null(place, key):
        return False
    keys = [fields(record.key) for record in found if record is not None]
    return all(key == keys[0] for key in keys)


def tombstone_without_key(place):
    """Beside a delete that both have, or all that a transform leaves of one."""
    if steps(place.theirs) != ["x"] or place.ours or place.theirs[0].key is not None:
        return False
    if delete_steps(place) == ["x"]:
        return has(place, lambda table: not table.key and not table.unique and not chosen(place)) and list(map(len, place.finding.group)) == [1, 0]
    return (all(sum(record.op == "d" and record.kind == "value" and record.key is None for record in side) == 1 for side in place.finding.group))


def payload_of_placeholder(place):
    """An outbox's record whose payload is a large bytea that the update left as it was. It is null to theirs, and so the record a tombstone."""
    if not place.of_outbox or not place.configuration.levels["binary"].startswith("base64") or steps(place.theirs) != ["x"] or steps(place.ours) != [None]:
        return False
    value = place.ours[0].value
    value = value["payload"] if isinstance(value, dict) and value.keys() == {"schema", "payload"} else value
    payload = value.get("payload") if isinstance(value, dict) else value
    return (place.kind or "").startswith(("bytea", "unmapped")) and payload == place.configuration.placeholder.decode(errors="replace")


# ---------------------------------------------------------------- skip.messages.without.change

def lone_update(place, theirs):
    """The update that only one side has, at a place where the other has nothing."""
    if not place.configuration.is_at(columns="unchanged") or place.table is None:
        return None
    there, elsewhere = place.finding.group if theirs else place.finding.group[::-1]
    return there[0] if not elsewhere and steps(there) == ["u"] else None


def changed(place, update):
    """The names that the update shows as changed; None if it does not show the row before."""
    before, after = rows(place, update)
    return None if after is None else {name for name, value in after.items() if before.get(name) != value}


def kinds(place):
    return {place.configuration.adjusted(column.name): column.type.kind for column in place.table.columns}


def is_lost(kind, value):
    """Whether Debezium's may not tell a value of ours from others: it is null there, or a Java object, or cut."""
    if value is None:
        return True     # which a default may stand for, too
    if not kind.endswith("[]"):
        return kind in LOST
    element = kind.removesuffix("[]")
    return isinstance(value, list) and (element in LOST_ELEMENTS or any(isinstance(one, list) for one in value)
                                        or None in value and element.startswith(ELEMENTS_WITHOUT_NULL))


def are_lost(place, update, columns):
    """Whether Debezium may not have told both values of each of the columns apart."""
    before, after = rows(place, update)
    of = kinds(place)
    return all(of[name].endswith("[]") or of[name] in LOST for name in columns) and all(is_lost(of[name], row.get(name)) for name in columns for row in (before, after))


def without_addresses(value):
    """What Debezium shows without the addresses of Java objects, which are others each time."""
    if isinstance(value, list):
        return [without_addresses(one) for one in value]
    return JAVA_OBJECT.sub(r"\1", value) if isinstance(value, str) and JAVA_OBJECT.fullmatch(value) else value


def has_address(value):
    return without_addresses(value) != value


def is_without_form(place, name, value):
    """Whether the column's value is NULL or nested arrays, which with inline schemas ours shows as null."""
    return value is None or (place.configuration.levels["schemas"] in ("on", "value") and kinds(place).get(name, "").endswith("[]") and isinstance(value, list)
                             and all(one is None or isinstance(one, str) and has_address(one) for one in value))


def differs_unseen(place, update):
    """Whether an update of Debezium's that shows no change is one to it: by objects that Java compares by their addresses, or by NULL and the default."""
    before, after = rows(place, update)
    if after is None:
        return False
    changes = [name for name, value in after.items() if without_addresses(before.get(name)) != without_addresses(value)]
    if changes:
        return all(is_without_form(place, name, before.get(name)) and is_without_form(place, name, after[name]) for name in changes)
    for column in place.table.columns:
        value, kind = after.get(place.configuration.adjusted(column.name)), column.type.kind
        are_bytes = kind.startswith(BYTES) and place.configuration.is_at(binary="bytes") and isinstance(value, list) and any(one is not None for one in value)
        stands_for_null = column.default is not None and not column.required and value is not None and place.configuration.is_at(null="default")
        if stands_for_null or kind.endswith("[]") and (has_address(value) or are_bytes):
            return True
    return False


def change_half_seen(place):
    """Ours alone, of an update that leaves null what the old row does not tell."""
    update = lone_update(place, theirs=False)
    found = changed(place, update) if update else None
    return found is not None and place.table.identity != "full" and are_lost(place, update, found)


def change_not_shown(place):
    """Of values that are null in Debezium's, or not the same twice, though the row has them; of NULL and its default; of a key left out."""
    if place.table is None or not place.configuration.is_at(columns="unchanged"):
        return False
    if place.table.identity != "full":
        return key_change_not_shown(place)
    mine = lone_update(place, theirs=False)
    if mine:
        found = changed(place, mine)
        return bool(found) and are_lost(place, mine, found)
    other = lone_update(place, theirs=True)
    if other:
        return differs_unseen(place, other)
    return key_change_not_shown(place)


def key_change_not_shown(place):
    """Ours alone: a delete and a create that differ in a key which is left out of the rows."""
    there, ours = place.finding.group
    if there or steps(ours) != [*delete_steps(place), "c"] or "__debezium.oldkey" not in ours[-1].headers:
        return False
    if len(ours) > 1 and ours[0].key == ours[-1].key:
        return False
    key = chosen(place) or place.table.key or place.table.unique
    hidden = [column for column in place.table.columns if column.name in key and place.configuration.leaves_out(place.table, column)]
    after = ours[-1].payload.get("after")
    if not hidden:
        return False
    if place.table.identity == "full":
        return len(ours) == 1 or ours[0].payload.get("before") == after
    # what the old row does not tell is NULL to Debezium, and unchanged only where it is NULL after too, or lost
    untold = names(place, (column.name for column in place.table.columns if column.name not in identity(place.table) and column.default is None))
    of = kinds(place)
    return (place.table.identity != "nothing" and isinstance(after, dict)
            and all(after[name] is None or of[name].endswith("[]") and is_lost(of[name], after[name]) for name in untold & set(after)))


RECORDS = (
    ("key of a table without a primary key", records_of_odd_index),
    ("update of the identity's columns when they are not the key", update_of_other_identity),
    ("delete when the identity index is not the key", tombstone_of_other_identity),
    ("`message.key.columns` with columns that the old row does not tell", update_of_chosen),
    ("keys that differ by NULL and the default that stands for it", null_and_default),
    ("tombstone without a key", tombstone_without_key),
    ("an unchanged large bytea, or value of a type without a mapping, with `binary.handling.mode` base64 or base64-url-safe", payload_of_placeholder),
    ("`skip.messages.without.change` and an old row that is known in part", change_half_seen),
    ("`skip.messages.without.change` and a change that the value does not show", change_not_shown),
)
