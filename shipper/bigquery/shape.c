/*
 * shape.c
 *		One version of a source table's shape.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/shape.h"

#include <stdlib.h>

#include <openssl/evp.h>

/* The version of descriptions that this reads. */
#define DESCRIPTION_FORMAT 1

/* First 128 bits of SHA-256, as lower-case hex. */
static bool
fingerprint_matches(WfSlice fingerprint, WfSlice description)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (fingerprint.length != SHAPE_FINGERPRINT_LENGTH ||
		EVP_Digest(description.data, description.length, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	for (int i = 0; i < SHAPE_FINGERPRINT_LENGTH; i++)
	{
		int			nibble = i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15;

		if (fingerprint.data[i] != digits[nibble])
			return false;
	}
	return true;
}

/* A copy of a string member; *ok becomes false if it is missing. */
static char *
copy_member(const json_t *object, const char *name, bool required, bool *ok)
{
	const char *text = json_string_value(json_object_get(object, name));
	char	   *copy = text != NULL ? strdup(text) : NULL;

	if (copy == NULL && (required || text != NULL))
		*ok = false;
	return copy;
}

static bool
read_columns(Shape *shape, const json_t *columns)
{
	size_t		count = json_array_size(columns);
	bool		ok = true;

	if (!json_is_array(columns) || count > SHAPE_COLUMNS_MAX)
		return false;
	shape->columns = calloc(count + 1, sizeof(ShapeColumn));
	if (shape->columns == NULL)
		return false;
	for (size_t i = 0; i < count && ok; i++)
	{
		const json_t *member = json_array_get(columns, i);
		ShapeColumn *column = &shape->columns[shape->column_count++];

		column->name = copy_member(member, "name", true, &ok);
		column->comment = copy_member(member, "comment", false, &ok);
		ok = ok && bq_map_column(member, &column->mapping);
	}
	return ok;
}

static bool
read_key(Shape *shape, const json_t *key)
{
	size_t		count = json_array_size(key);

	if (count == 0)
		return true;			/* null or absent: no key */
	shape->key = calloc(count, sizeof(int));
	if (shape->key == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
	{
		const char *name = json_string_value(json_array_get(key, i));
		int			column = name != NULL ?
		shape_column(shape, wf_slice(name, strlen(name)), (int) i) : -1;

		if (column < 0)
			return false;
		shape->key[shape->key_count++] = column;
	}
	return true;
}

static const char *
read_description(Shape *shape, const json_t *root)
{
	bool		ok = true;

	if (!json_is_object(root))
		return "the description is not a JSON object";
	if (json_integer_value(json_object_get(root, "format")) != DESCRIPTION_FORMAT)
		return "the description has a format that this version does not read";
	shape->schema = copy_member(root, "schema", true, &ok);
	shape->table = copy_member(root, "table", true, &ok);
	shape->comment = copy_member(root, "comment", false, &ok);
	if (!ok)
		return "the description names no table";
	if (!read_columns(shape, json_object_get(root, "columns")))
		return "the description has a column that this version does not understand";
	if (!read_key(shape, json_object_get(root, "key")))
		return "the description's key is not among its columns";
	return NULL;
}

Shape *
shape_parse(WfSlice fingerprint, WfSlice description, const char **error)
{
	Shape	   *shape;
	json_t	   *root;

	if (!fingerprint_matches(fingerprint, description))
	{
		*error = "the fingerprint is not that of the description";
		return NULL;
	}
	shape = calloc(1, sizeof(Shape));
	root = json_loadb(description.data, description.length, JSON_ALLOW_NUL, NULL);
	if (shape == NULL)
		*error = "out of memory";
	else
		*error = read_description(shape, root);
	json_decref(root);
	if (*error != NULL)
	{
		shape_free(shape);
		return NULL;
	}
	memcpy(shape->fingerprint, fingerprint.data, SHAPE_FINGERPRINT_LENGTH);
	return shape;
}

void
shape_free(Shape *shape)
{
	if (shape == NULL)
		return;
	for (int i = 0; i < shape->column_count; i++)
	{
		free(shape->columns[i].name);
		free(shape->columns[i].comment);
	}
	free(shape->columns);
	free(shape->key);
	free(shape->slots);
	free(shape->schema);
	free(shape->table);
	free(shape->comment);
	free(shape);
}

int
shape_column(const Shape *shape, WfSlice name, int guess)
{
	for (int i = 0; i < shape->column_count; i++)
	{
		/*
		 * events list a table's columns in order: the guess is nearly always
		 * right
		 */
		int			at = (guess + i) % shape->column_count;

		const char *candidate = shape->columns[at].name;

		if (strlen(candidate) == name.length && memcmp(candidate, name.data, name.length) == 0)
			return at;
	}
	return -1;
}
