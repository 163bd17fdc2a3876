/*
 * test_layout.c
 *		Names, columns and what a table remembers of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "shipper/bigquery/layout.h"

/* A shape from columns written as name:connect-type, separated by commas. */
static Shape *
shape_of(const char *columns, const char *key)
{
	json_t	   *root = json_pack("{s:i,s:s,s:s,s:n,s:o?}", "format", 1, "schema", "public",
								 "table", "t", "comment",
								 "key", key != NULL ? json_loads(key, 0, NULL) : NULL);
	json_t	   *list = json_array();
	char	   *copy = strdup(columns);
	char	   *save = NULL;
	unsigned char digest[EVP_MAX_MD_SIZE];
	char		fingerprint[SHAPE_FINGERPRINT_LENGTH + 1];
	const char *error = NULL;
	char	   *text;
	Shape	   *shape;

	for (char *name = strtok_r(copy, ",", &save); name != NULL; name = strtok_r(NULL, ",", &save))
	{
		char	   *type = strchr(name, ':');

		*type++ = '\0';
		json_array_append_new(list, json_pack("{s:s,s:s,s:{s:s}}", "name", name, "kind", "x",
											  "connect", "type", type));
	}
	json_object_set_new(root, "columns", list);
	text = json_dumps(root, JSON_COMPACT);
	EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < SHAPE_FINGERPRINT_LENGTH / 2; i++)
		sprintf(fingerprint + 2 * i, "%02x", digest[i]);
	shape = shape_parse(text_of(fingerprint), text_of(text), &error);
	if (shape == NULL)
		fail_msg("%s", error);
	free(text);
	free(copy);
	json_decref(root);
	return shape;
}

static void
assert_table_name(const char *schema, const char *table, const char *expected)
{
	char		name[LAYOUT_TABLE_NAME_MAX + 1];

	layout_table_name(schema, table, name);
	assert_string_equal(name, expected);
}

static void
test_table_names(void **state)
{
	(void) state;
	assert_table_name("public", "orders", "orders__history");
	assert_table_name("sales", "orders", "sales__orders__history");
	assert_table_name("public", "\xC3\x9Cn\xC3\xAF.c\xC3\xB8" "d\xC3\xA9 \"x\"", "_n__c_d___x___history");
	assert_table_name("My Schema", "A-b", "My_Schema__A_b__history");
}

static void
test_labels(void **state)
{
	char		one[LAYOUT_LABEL_MAX + 1];
	char		other[LAYOUT_LABEL_MAX + 1];
	char		long_name[200];

	(void) state;
	layout_label("inventory", "public", "Orders", one);
	assert_memory_equal(one, "inventory_public_orders-", 24);
	layout_label("inventory", "public", "orders", other);
	assert_string_not_equal(one, other);
	layout_label("a.b", "c", "d", one);
	layout_label("a", "b_c", "d", other);
	assert_string_not_equal(one, other);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	layout_label(long_name, long_name, long_name, one);
	assert_int_equal(strlen(one), LAYOUT_LABEL_MAX);
	for (const char *p = one; *p != '\0'; p++)
		assert_non_null(strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", *p));
}

static void
assert_column(const Layout *layout, const Shape *shape, int column, const char *name)
{
	assert_string_equal(layout->columns[shape->slots[column]].name, name);
}

static void
test_column_names(void **state)
{
	static const char *const cases[][2] = {
		{"id", "id"}, {"select", "select"}, {"Id", "f_Id"}, {"_op", "f__op"}, {"_OP", "f__OP_2"},
		{"_raw", "f__raw"}, {"_partitiontime", "f__partitiontime"}, {"_CHANGE_TYPE", "f__CHANGE_TYPE"},
		{"__root__", "f___root__"}, {"a b", "f_a_b"}, {"a.b", "f_a_b_2"}, {"a-b", "f_a_b_3"},
		{"f_a_b", "f_f_a_b"}, {"1st", "f_1st"}, {"\xC3\xA9t\xC3\xA9", "f__t_"}, {"_ok", "_ok"},
	};
	char		columns[1024] = "";
	Layout		layout = {0};
	Shape	   *shape;

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		strcat(columns, i > 0 ? "," : "");
		strcat(columns, cases[i][0]);
		strcat(columns, ":string");
	}
	shape = shape_of(columns, NULL);
	assert_true(layout_bind(&layout, shape));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_column(&layout, shape, (int) i, cases[i][1]);
	/* binding again changes nothing */
	assert_true(layout_bind(&layout, shape));
	assert_int_equal(layout.count, sizeof(cases) / sizeof(cases[0]));
	shape_free(shape);
	layout_free(&layout);
}

/* What tables.get would show of a layout. */
static json_t *
resource_of(const Layout *layout)
{
	return json_pack("{s:o}", "schema", layout_fields(layout));
}

/* A table tells by itself which source column each of its columns holds. */
static void
test_table_remembers(void **state)
{
	Shape	   *first = shape_of("id:int32,ID:int32,a b:string,n:int32", "[\"id\"]");
	Shape	   *later = shape_of("ID:int32,n:string,a b:string,new:int32", NULL);
	Layout		before = {0};
	Layout		after = {0};
	json_t	   *resource;
	const char *reason = NULL;

	(void) state;
	assert_true(layout_bind(&before, first));
	assert_true(layout_incomplete(&before));
	resource = resource_of(&before);

	/*
	 * another process, another shape: id is gone, but ID does not take its
	 * column
	 */
	assert_true(layout_read(&after, resource, &reason));
	assert_false(layout_incomplete(&after));
	assert_true(layout_bind(&after, later));
	assert_column(&after, later, 0, "f_ID");
	assert_column(&after, later, 1, "n__v2");
	assert_column(&after, later, 2, "f_a_b");
	assert_column(&after, later, 3, "new");
	assert_true(layout_incomplete(&after));
	json_decref(resource);

	/* what is patched: all that was there, then what is new */
	resource = resource_of(&before);
	json_object_set_new(resource, "schema", layout_fields_added(&after, resource));
	assert_int_equal(json_array_size(json_object_get(json_object_get(resource, "schema"), "fields")),
					 4 + EVENT_COLUMN_COUNT + 2);
	layout_mark_complete(&after);
	assert_false(layout_incomplete(&after));

	/* the table is read again: numbers stay */
	assert_true(layout_read(&after, resource, &reason));
	assert_false(layout_incomplete(&after));
	assert_int_equal(after.count, 6);
	json_decref(resource);

	/* the table was dropped and made anew by somebody, without our columns */
	resource = json_loads("{\"schema\":{\"fields\":[]}}", 0, NULL);
	assert_true(layout_read(&after, resource, &reason));
	assert_true(layout_incomplete(&after));
	assert_int_equal(after.count, 6);
	json_decref(resource);

	shape_free(first);
	shape_free(later);
	layout_free(&before);
	layout_free(&after);
}

static void
test_foreign_event_column(void **state)
{
	Layout		layout = {0};
	const char *reason = NULL;
	json_t	   *resource = json_loads("{\"schema\":{\"fields\":["
									  "{\"name\":\"_Op\",\"type\":\"INT64\"}]}}", 0, NULL);

	(void) state;
	assert_false(layout_read(&layout, resource, &reason));
	assert_string_equal(reason, "_op");
	json_decref(resource);
	layout_free(&layout);
}

static void
assert_clustering(const char *columns, const char *key, const char *expected)
{
	Shape	   *shape = shape_of(columns, key);
	Layout		layout = {0};
	json_t	   *clustering;
	char	   *text;

	assert_true(layout_bind(&layout, shape));
	clustering = layout_clustering(&layout, shape);
	text = json_dumps(json_object_get(clustering, "fields"), JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	json_decref(clustering);
	shape_free(shape);
	layout_free(&layout);
}

static void
test_clustering(void **state)
{
	(void) state;
	assert_clustering("a:int32", NULL, "[\"_position\"]");
	assert_clustering("a:int32,b:string", "[\"b\",\"a\"]", "[\"b\",\"a\",\"_position\"]");
	assert_clustering("a:double,b:bytes,c:int32", "[\"a\",\"b\",\"c\"]", "[\"c\",\"_position\"]");
	assert_clustering("a:int32,b:int32,c:int32,d:int32", "[\"a\",\"b\",\"c\",\"d\"]",
					  "[\"a\",\"b\",\"c\",\"_position\"]");
	assert_clustering("a b:int32", "[\"a b\"]", "[\"f_a_b\",\"_position\"]");
}

static void
test_bad_descriptions(void **state)
{
	static const char *const texts[] = {
		"", "[]", "{}", "{\"format\":2,\"schema\":\"s\",\"table\":\"t\",\"columns\":[]}",
		"{\"format\":1,\"schema\":\"s\",\"columns\":[]}",
		"{\"format\":1,\"schema\":\"s\",\"table\":\"t\"}",
		"{\"format\":1,\"schema\":\"s\",\"table\":\"t\",\"columns\":[{}]}",
		"{\"format\":1,\"schema\":\"s\",\"table\":\"t\",\"columns\":[{\"name\":\"a\"}]}",
		"{\"format\":1,\"schema\":\"s\",\"table\":\"t\",\"key\":[\"x\"],\"columns\":[]}",
	};
	const char *error = NULL;

	(void) state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		unsigned char digest[EVP_MAX_MD_SIZE];
		char		fingerprint[SHAPE_FINGERPRINT_LENGTH + 1];

		EVP_Digest(texts[i], strlen(texts[i]), digest, NULL, EVP_sha256(), NULL);
		for (int j = 0; j < SHAPE_FINGERPRINT_LENGTH / 2; j++)
			sprintf(fingerprint + 2 * j, "%02x", digest[j]);
		error = NULL;
		assert_null(shape_parse(text_of(fingerprint), text_of(texts[i]), &error));
		assert_non_null(error);
	}
	error = NULL;
	assert_null(shape_parse(text_of("00000000000000000000000000000000"), text_of("{}"), &error));
	assert_string_equal(error, "the fingerprint is not that of the description");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_names),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_column_names),
		cmocka_unit_test(test_table_remembers),
		cmocka_unit_test(test_foreign_event_column),
		cmocka_unit_test(test_clustering),
		cmocka_unit_test(test_bad_descriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
