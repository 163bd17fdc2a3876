/*
 * default_expression.c
 *		A column's default, from the catalogue's tree to the expression's text.
 *
 * An expression's text may be far longer than anything of it that is stored: a
 * numeric of a dozen bytes has a hundred thousand digits, and jsonb and arrays hold
 * thousands of those.  Printed, it would take more than the gigabyte that
 * PostgreSQL can allocate; and a deep tree takes stack, of which a walsender may
 * have less than the session that made the table.  Either is an error, at each start
 * anew.  So it is asked first how deep the tree is and what its constants would take.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "default_expression.h"
#include "envelope/catalogue_texts.h"
#include "jsonb_text.h"
#include "palloc_buffer.h"

/* A constant's bytes take up to five characters each in a tree, and there are names. */
#define TREE_MAX_BYTES (8 * WF_DEFAULT_MAX_BYTES)

/* Printing takes a kilobyte of stack a level, of two megabytes. */
#define TREE_DEPTH_MAX 256

/* Of types whose values may hold numerics: 134 MB of text at the most. */
#define CONTAINERS_MAX_BYTES (8 * 1024)

/* What the constants of an expression take. */
typedef struct Constants
{
	size_t		text_bytes;		/* at the least, as text */
	size_t		container_bytes;	/* as they are stored */
} Constants;

/* Braces in names and the like are escaped. */
static bool
is_deep(const char *tree)
{
	int			depth = 0;

	for (const char *c = tree; *c != '\0' && depth <= TREE_DEPTH_MAX; c++)
	{
		if (*c == '\\' && c[1] != '\0')
			c++;
		else if (*c == '{')
			depth++;
		else if (*c == '}')
			depth--;
	}
	return depth > TREE_DEPTH_MAX;
}

/* The text of a jsonb, if it is not too long. */
static size_t
jsonb_length(Datum datum)
{
	Jsonb	   *jsonb = DatumGetJsonbP(datum);
	WfBuffer	text;

	wf_palloc_buffer_init(&text, CurrentMemoryContext,
						  WF_DEFAULT_MAX_BYTES + WF_JSONB_TEXT_SLACK);
	wf_jsonb_text(&text, &jsonb->root, VARSIZE(jsonb) - VARHDRSZ);
	return text.error == WF_BUFFER_OK ? text.length : WF_DEFAULT_MAX_BYTES + 1;
}

static void
count_constant(Constants *constants, const Const * constant)
{
	size_t		stored;

	if (constant->constisnull || constant->constlen != -1)
		return;
	stored = toast_raw_datum_size(constant->constvalue) - VARHDRSZ;
	switch (constant->consttype)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case XMLOID:
		case JSONOID:
		case BYTEAOID:
		case BITOID:
		case VARBITOID:
			constants->text_bytes += stored;
			break;
		case NUMERICOID:
			constants->text_bytes +=
				strlen(DatumGetCString(DirectFunctionCall1(numeric_out, constant->constvalue)));
			break;
		case JSONBOID:
			constants->text_bytes += jsonb_length(constant->constvalue);
			break;
		default:
			constants->container_bytes += stored;
			break;
	}
}

/* True, which ends the walk, as soon as they are too long. */
static bool
walk(Node *node, void *context)
{
	Constants  *constants = context;

	if (node == NULL)
		return false;
	if (IsA(node, Const))
	{
		count_constant(constants, (const Const *) node);
		return constants->text_bytes > WF_DEFAULT_MAX_BYTES ||
			constants->container_bytes > CONTAINERS_MAX_BYTES;
	}
	return expression_tree_walker(node, walk, context);
}

/*
 * NULL if the text is too long.  A default names no column, so it needs no context:
 * to make one would lock the table, and decoding that waits for a lock of
 * somebody's holds back all tables and the server's shutdown.
 */
static char *
print(const char *tree)
{
	Constants	constants = {0, 0};
	Node	   *expression;
	char	   *text;

	if (strlen(tree) > TREE_MAX_BYTES || is_deep(tree))
		return NULL;
	expression = stringToNode(tree);
	if (walk(expression, &constants))
		return NULL;
	text = deparse_expression(expression, NIL, false, false);
	return strlen(text) <= WF_DEFAULT_MAX_BYTES ? text : NULL;
}

bool
wf_default_expression(const char *tree, WfEncoding *encoding, WfSlice *expression)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "walferry default expression",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(scratch);
	char	   *text = print(tree);

	MemoryContextSwitchTo(old_context);
	if (text != NULL)
		*expression = wf_encoding_copy(encoding, text);
	MemoryContextDelete(scratch);
	return text != NULL;
}
