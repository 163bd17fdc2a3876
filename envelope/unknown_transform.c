/*
 * unknown_transform.c
 *		What is said of a transform that there is not here.
 *
 * Somebody who moves a connector may have misspelt one that there is, or have one
 * of those that Kafka Connect and Debezium bring along and that walferry does not
 * have.  These are known by name, so that nobody is sent after a misspelling, and
 * where a setting does what such a transform does, it is named.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unknown_transform.h"

#include "complaint.h"
#include "nearest_name.h"

#define KAFKA "org.apache.kafka.connect.transforms."
#define DEBEZIUM "io.debezium.transforms."

/* Without $Key and $Value, and what does the same for rows: NULL if nothing. */
static const struct
{
	const char *class_name;
	const char *instead;
}			foreign[] = {
	{KAFKA "Cast", NULL},
	{KAFKA "DropHeaders", NULL},
	{KAFKA "ExtractField", NULL},
	{KAFKA "Filter", "table.exclude.list and skipped.operations leave records out"},
	{KAFKA "Flatten", NULL},
	{KAFKA "HeaderFrom", NULL},
	{KAFKA "HoistField", NULL},
	{KAFKA "InsertField", NULL},
	{KAFKA "InsertHeader", NULL},
	{KAFKA "MaskField", "column.mask.with.N.chars masks columns"},
	{KAFKA "ReplaceField", "column.exclude.list and column.include.list leave columns out"},
	{KAFKA "SetSchemaMetadata", NULL},
	{KAFKA "TimestampConverter", "time.precision.mode says how times are written"},
	{KAFKA "TimestampRouter", NULL},
	{KAFKA "ValueToKey", "message.key.columns makes keys of columns"},
	{DEBEZIUM "ContentBasedRouter", NULL},
	{DEBEZIUM "EnforceRecordSize", "record.max.bytes is the limit of a record"},
	{DEBEZIUM "ExtractSchemaToNewRecord", NULL},
	{DEBEZIUM "Filter", "table.exclude.list and skipped.operations leave records out"},
	{DEBEZIUM "GeometryFormatTransformer", NULL},
	{DEBEZIUM "HeaderToValue", NULL},
	{DEBEZIUM "SchemaChangeEventFilter", NULL},
	{DEBEZIUM "SwapGeometryCoordinates", NULL},
	{DEBEZIUM "TimezoneConverter", NULL},
	{DEBEZIUM "VectorToJsonConverter", NULL},
	{DEBEZIUM "openlineage.OpenLineage", NULL},
	{DEBEZIUM "partitions.PartitionRouting", NULL},
	{DEBEZIUM "tracing.ActivateTracingSpan", NULL},
	{"io.debezium.connector.postgresql.transforms.timescaledb.TimescaleDb", NULL},
};

/* Is it one of these?  Says so then. */
static bool
tell_foreign(WfBuffer *error, WfSlice class_name)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
	{
		if (!wf_slice_equal(wf_slice_of(foreign[i].class_name), class_name))
			continue;
		wf_complain(error, strncmp(foreign[i].class_name, KAFKA, strlen(KAFKA)) == 0 ?
					", one of Kafka Connect's" : ", one of Debezium's");
		if (foreign[i].instead != NULL)
		{
			wf_complain(error, "; ");
			wf_complain(error, foreign[i].instead);
		}
		wf_complain(error, "; docs/format.md lists the transforms that there are, under Transforms");
		return true;
	}
	return false;
}

/* What stands behind the package. */
static WfSlice
simple_name(WfSlice class_name)
{
	size_t		start = class_name.length;

	while (start > 0 && class_name.data[start - 1] != '.')
		start--;
	return wf_slice(class_name.data + start, class_name.length - start);
}

/* Is it near to one that there is, in whatever package?  Says so then. */
static bool
tell_nearest(WfBuffer *error, WfSlice class_name)
{
	char		name[WF_NEAREST_NAME_MAX + 1];
	WfSlice		simple = simple_name(class_name);
	WfNearestName search;

	if (simple.length > WF_NEAREST_NAME_MAX)
		return false;
	memcpy(name, simple.data, simple.length);
	name[simple.length] = '\0';
	wf_nearest_name_begin(&search, name);
	for (int i = 0; i < WF_TRANSFORM_KINDS; i++)
	{
		const char *known = wf_transform_types[i].class_name;

		wf_nearest_name_try(&search, known, simple_name(wf_slice_of(known)).data);
	}
	if (search.nearest == NULL)
		return false;
	wf_complain(error, "; did you mean ");
	wf_complain(error, search.nearest);
	wf_complain(error, "?");
	return true;
}

void
wf_transform_tell_unknown(WfBuffer *error, const char *class_name)
{
	WfSlice		outer = wf_slice(class_name, strcspn(class_name, "$"));

	if (tell_foreign(error, outer) || tell_nearest(error, outer))
		return;
	wf_complain(error, "; it has ");
	for (int i = 0; i < WF_TRANSFORM_KINDS; i++)
	{
		wf_complain(error, i == 0 ? "" : i == WF_TRANSFORM_KINDS - 1 ? " and " : ", ");
		wf_complain(error, wf_transform_types[i].class_name);
	}
}
