/*
 * roundtrip.c
 *		Random values through a server and back.
 *
 *		roundtrip [count [seed]]
 *
 * For each type, count values are made at random and sent to the server of the
 * environment (PGHOST, PGPORT, …), which returns each twice: as the text of its
 * output function, and as the bytes of its send function.  What envelope/ makes of
 * the two must be the same JSON in every mode (forms.c).  Of some types the bytes
 * are taken apart here as well, and must hold the value that was read from the
 * text.  Where walferry writes a number itself, the server reads what it wrote,
 * and must find the same value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "roundtrip.h"

#define COUNT_DEFAULT 20000
#define BATCH 2000
#define SHOWN_MAX 5				/* differences per type */
#define ELEMENTS_PER_ARRAY 7
#define BINARY 1

int			server_version;
static uint64_t random_state;

uint64_t
random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * UINT64_C(2685821657736338717);
}

uint64_t
random_below(uint64_t end)
{
	return (random_bits() >> 1) % end;
}

void
bytes_append(Bytes *bytes, const void *data, size_t length)
{
	if (bytes->capacity - bytes->length < length)
	{
		bytes->capacity = 2 * (bytes->length + length);
		bytes->data = realloc(bytes->data, bytes->capacity);
		if (bytes->data == NULL)
			abort();
	}
	if (length > 0)
		memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
}

void
bytes_append_integer(Bytes *bytes, uint64_t value, int width)
{
	char		text[8];

	for (int i = 0; i < width; i++)
		text[i] = (char) (value >> (8 * (width - 1 - i)));
	bytes_append(bytes, text, (size_t) width);
}

int64_t
take_integer(WfSlice *bytes, int width)
{
	uint64_t	value = 0;

	if (bytes->length < (size_t) width)
		abort();
	for (int i = 0; i < width; i++)
		value = value << 8 | (uint8_t) bytes->data[i];
	bytes->data += width;
	bytes->length -= (size_t) width;
	/* sign */
	return (int64_t) (value << (64 - 8 * width)) >> (64 - 8 * width);
}

/* ---- an array as a parameter ---- */

static void
open_array(Bytes *array, uint32_t element_oid, int count)
{
	array->length = 0;
	bytes_append_integer(array, 1, 4);	/* dimensions */
	bytes_append_integer(array, 0, 4);	/* no nulls */
	bytes_append_integer(array, element_oid, 4);
	bytes_append_integer(array, (uint64_t) count, 4);
	bytes_append_integer(array, 1, 4);	/* lower bound */
}

static void
append_element(Bytes *array, const Bytes *element)
{
	bytes_append_integer(array, element->length, 4);
	bytes_append(array, element->data, element->length);
}

/* ---- comparing ---- */

typedef struct Tally
{
	const Trip *trip;
	uint32_t	element_oid;
	long		compared;
	long		different;
} Tally;

static void
count_difference(Tally *tally, const char *what, WfSlice text)
{
	if (tally->different++ < SHOWN_MAX)
		printf("%s: %s: %.*s\n", tally->trip->name, what, (int) text.length, text.data);
}

/* Element by element; the server's array is parsed here on its own. */
static bool
arrays_equal(const Trip *trip, WfArray *array, WfSlice bytes, WfScratch *scratch)
{
	int			dimensions = (int) take_integer(&bytes, 4);
	WfValue		found;
	WfValue		expected;
	size_t		mark = scratch->used;

	if (dimensions != array->dimension_count)
		return false;
	(void) take_integer(&bytes, 4);
	(void) take_integer(&bytes, 4);
	for (int i = 0; i < dimensions; i++)
	{
		if (take_integer(&bytes, 4) != array->dimensions[i])
			return false;
		(void) take_integer(&bytes, 4);
	}
	array->rewind(array);
	while (array->next(array, &found))
	{
		int64_t		length = take_integer(&bytes, 4);
		WfSlice		element = wf_slice(bytes.data, (size_t) length);

		if (length < 0 || found.state != WF_VALUE_PRESENT)
			return false;
		scratch->used = mark;
		take_value(&element, trip->kind, scratch, &expected);
		if (!values_equal(trip->kind, &found, &expected))
			return false;
		bytes = wf_slice(bytes.data + length, bytes.length - (size_t) length);
	}
	return bytes.length == 0;
}

static WfSlice
field(const PGresult *result, int row, int column)
{
	return wf_slice(PQgetvalue(result, row, column), (size_t) PQgetlength(result, row, column));
}

static WfType
trip_type(const Trip *trip, uint32_t element_oid)
{
	WfType		type = {
		.kind = trip->kind, .element_kind = WF_TYPE_OTHER, .oid = element_oid, .typmod = -1,
		.is_domain = trip->is_domain
	};

	if (trip->expression == NULL)
		return type;
	type.kind = WF_TYPE_ARRAY;
	type.element_kind = trip->kind;
	type.oid = trip->array_oid;
	type.element_oid = element_oid;
	type.element_is_domain = trip->is_domain;
	return type;
}

/* The text's value against what the bytes hold, taken apart here on their own. */
static void
compare_taken(Tally *tally, const WfType *type, WfSlice text, WfSlice bytes)
{
	const Trip *trip = tally->trip;
	size_t		size = WF_SCRATCH_SIZE(text.length);
	WfScratch	read_scratch = {malloc(size), size, 0};
	WfScratch	expected_scratch = {malloc(size + bytes.length), size + bytes.length, 0};
	WfValue		found;
	WfValue		expected;

	if (!wf_read_text(&read_scratch, type, text, &found))
		count_difference(tally, "not read", text);
	else if (type->kind == WF_TYPE_ARRAY)
	{
		if (!arrays_equal(trip, found.as.array, bytes, &expected_scratch))
			count_difference(tally, "read as another array", text);
	}
	else
	{
		take_value(&bytes, trip->kind, &expected_scratch, &expected);
		if (!values_equal(trip->kind, &found, &expected))
			count_difference(tally, "read as another value", text);
	}
	free(read_scratch.memory);
	free(expected_scratch.memory);
}

static void
compare_row(Tally *tally, const PGresult *result, int row)
{
	const Trip *trip = tally->trip;
	WfType		type = trip_type(trip, tally->element_oid);
	WfSlice		text = field(result, row, 0);
	WfSlice		bytes = field(result, row, 1);
	const char *different = compare_forms(&type, text, bytes);

	tally->compared++;
	if (different != NULL)
		count_difference(tally, different, text);
	if (trip->is_taken)
		compare_taken(tally, &type, text, bytes);
	if (trip->write != NULL && memcmp(PQgetvalue(result, row, 2), "\1", 1) != 0)
		count_difference(tally, "written as another value", text);
}

/* ---- one batch ---- */

static void
require_result(PGconn *connection, PGresult *result, ExecStatusType status)
{
	if (PQresultStatus(result) == status)
		return;
	fprintf(stderr, "error: %s", PQerrorMessage(connection));
	exit(1);
}

/*
 * Settings under which a value has another text of the same meaning: zones with
 * minutes and seconds in former times, and the other form of bytea.
 */
static void
vary_settings(PGconn *connection)
{
	static const char *const settings[] = {
		"SET TimeZone = 'UTC'; SET bytea_output = 'hex'",
		"SET TimeZone = 'Asia/Kolkata'; SET bytea_output = 'escape'",
		"SET TimeZone = 'America/St_Johns'",
		"SET TimeZone = 'Pacific/Apia'"
	};
	PGresult   *result = PQexec(connection, settings[random_below(4)]);

	require_result(connection, result, PGRES_COMMAND_OK);
	PQclear(result);
}

static void
make_query(char *query, size_t size, const Trip *trip)
{
	const char *value = trip->expression != NULL ? trip->expression : "v";

	if (trip->write != NULL)
		snprintf(query, size,
				 "SELECT format('%%s', v), v, w IS NULL OR %s"
				 " FROM (SELECT v, NULLIF(w, '') AS w FROM unnest($1::%s[], $2::text[]) AS u (v, w)) s",
				 trip->same, trip->element);
	else if (trip->grouped)
		snprintf(query, size,
				 "SELECT format('%%s', a), a FROM (SELECT %s AS a FROM unnest($1::%s[])"
				 " WITH ORDINALITY AS u (v, i) GROUP BY i / %d) s",
				 value, trip->element, ELEMENTS_PER_ARRAY);
	else
		snprintf(query, size,
				 "SELECT format('%%s', a), a FROM (SELECT %s AS a FROM unnest($1::%s[])"
				 " WITH ORDINALITY AS u (v, i)) s", value, trip->element);
}

static void
run_batch(PGconn *connection, Tally *tally, Bytes *values, Bytes *texts, int count)
{
	const Trip *trip = tally->trip;
	Bytes		value = {0};
	Bytes		text = {0};
	char		query[512];
	const char *parameters[2];
	int			lengths[2];
	const int	formats[2] = {BINARY, BINARY};
	PGresult   *result;

	open_array(values, tally->element_oid, count);
	open_array(texts, 25, count);
	for (int i = 0; i < count; i++)
	{
		value.length = 0;
		trip->generate(&value);
		append_element(values, &value);
		if (trip->write != NULL)
		{
			char		memory[4096];
			WfScratch	scratch = {memory, sizeof(memory), 0};
			WfSlice		bytes = wf_slice(value.data, value.length);
			WfValue		generated;

			text.length = 0;
			take_value(&bytes, trip->kind, &scratch, &generated);
			trip->write(&text, &generated);
			append_element(texts, &text);
		}
	}
	parameters[0] = values->data;
	parameters[1] = texts->data;
	lengths[0] = (int) values->length;
	lengths[1] = (int) texts->length;
	make_query(query, sizeof(query), trip);
	result = PQexecParams(connection, query, trip->write != NULL ? 2 : 1, NULL,
						  parameters, lengths, formats, BINARY);
	require_result(connection, result, PGRES_TUPLES_OK);
	for (int row = 0; row < PQntuples(result); row++)
		compare_row(tally, result, row);
	PQclear(result);
	free(value.data);
	free(text.data);
}

/* Types of the session's own, and the extensions that the server has. */
static void
make_types(PGconn *connection)
{
	PGresult   *result = PQexec(connection,
								"CREATE TYPE pg_temp.colour AS ENUM"
								" ('red', 'NULL', 'dark \"blue\"', 'gr\xC3\xBCn');"
								"CREATE DOMAIN pg_temp.small AS int4;"
								"DO $$ DECLARE name text; BEGIN"
								" FOR name IN SELECT e.name FROM pg_available_extensions e"
								" WHERE e.name IN ('citext', 'postgis', 'vector')"
								" LOOP EXECUTE 'CREATE EXTENSION IF NOT EXISTS ' || name; END LOOP;"
								" END $$");

	require_result(connection, result, PGRES_COMMAND_OK);
	PQclear(result);
}

/* 0 if the server has no such type. */
static uint32_t
oid_of(PGconn *connection, const Trip *trip)
{
	const char *parameters[] = {trip->element};
	PGresult   *result = PQexecParams(connection, "SELECT to_regtype($1)::oid", 1, NULL, parameters,
									  NULL, NULL, 0);
	uint32_t	oid;

	require_result(connection, result, PGRES_TUPLES_OK);
	oid = (uint32_t) strtoul(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return oid;
}

/* Some builds have no xml: the type is there, but takes no value. */
static bool
is_supported(PGconn *connection, const Trip *trip)
{
	PGresult   *result;
	bool		supported;

	if (trip->element_oid != WF_XML_OID)
		return oid_of(connection, trip) != 0;
	result = PQexec(connection, "SELECT '<a/>'::xml");
	supported = PQresultStatus(result) == PGRES_TUPLES_OK;
	PQclear(result);
	return supported;
}

static long
run_trip(PGconn *connection, const Trip *trip, long count)
{
	Tally		tally = {trip, oid_of(connection, trip), 0, 0};
	Bytes		values = {0};
	Bytes		texts = {0};

	while (count > 0)
	{
		int			batch = count < BATCH ? (int) count : BATCH;

		vary_settings(connection);
		run_batch(connection, &tally, &values, &texts, batch);
		count -= batch;
	}
	printf("%-14s %9ld values, %ld differ\n", trip->name, tally.compared, tally.different);
	fflush(stdout);
	free(values.data);
	free(texts.data);
	return tally.different;
}

int
main(int argc, char **argv)
{
	long		count = argc > 1 ? atol(argv[1]) : COUNT_DEFAULT;
	PGconn	   *connection = PQconnectdb("client_encoding=UTF8"
										 " options='-c lc_monetary=C -c datestyle=ISO"
										 " -c client_min_messages=warning"
										 " -c intervalstyle=postgres -c extra_float_digits=1'");
	long		different = 0;

	random_state = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
	if (PQstatus(connection) != CONNECTION_OK)
	{
		fprintf(stderr, "error: %s", PQerrorMessage(connection));
		return 1;
	}
	server_version = PQserverVersion(connection);
	make_types(connection);
	for (int i = 0; i < trip_count; i++)
	{
		if (is_supported(connection, &trips[i]))
			different += run_trip(connection, &trips[i], count);
		else
			printf("%-14s is not supported by this server\n", trips[i].name);
	}
	PQfinish(connection);
	return different == 0 ? 0 : 1;
}
