/*
 * publications.c
 *		What publications say of a table, for those who ask for it.
 *
 * The rules are pgoutput's (get_rel_sync_entry, PostgreSQL 15 and later): a table
 * has the operations of all publications that it is in, by itself or by a
 * partitioned table above it; it is published as the topmost table that one of
 * them publishes its partitions as; and of that table's publications come row
 * filters, which are joined by OR, and the column list, on which they must agree.
 *
 * Publications are looked up when a plan is built, in the catalogue of the row's
 * time, and nothing of them is kept but in plans: so there is no second cache
 * that could be out of date.  A plan depends on the names of the publications and
 * on each pair of a publication and a table or schema that was asked for, there
 * or not.
 *
 * pgoutput of PostgreSQL 18 passes over a publication that does not exist, with a
 * warning, and with it over the changes that it would have published.  Here that
 * is an error, because nobody reads the log in time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "envelope/publication_names.h"
#include "palloc_buffer.h"
#include "publications.h"

struct WfPublications
{
	int			count;
	char	   *names[WF_PUBLICATION_NAMES_MAX];	/* in the server's encoding */
};

/* A row of pg_publication. */
typedef struct WfPublication
{
	Oid			oid;
	const char *name;
	bool		all_tables;
	bool		via_root;
	bool		generated;		/* has stored generated columns, if no list says so */
	int			operations;
} WfPublication;

/* ---- the option ---- */

static _Noreturn void
refuse_missing(const char *name)
{
	if (HistoricSnapshotActive())
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("publication \"%s\" does not exist at this point of the WAL", name),
				 errdetail("A change is decoded with the catalogue of the time when it was written, which had no publication of this name."),
				 errhint("Start without the option \"publication.filter\" until this point has been passed, and leave out by table.include.list or column.exclude.list meanwhile what must not be published; or make a new slot now that the publication exists.")));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("publication \"%s\" does not exist", name),
			 errhint("Create it, or correct the option \"publication.filter\".")));
}

static WfPublications *
create(const char *list)
{
	WfPublications *publications = palloc0(sizeof(WfPublications));
	WfBuffer	name;

	wf_palloc_buffer_init(&name, CurrentMemoryContext, strlen(list) + 1);
	for (; publications->count < WF_PUBLICATION_NAMES_MAX &&
		 wf_publication_names_next(&list, &name); wf_buffer_cut(&name, 0))
	{
		char	   *own;

		wf_buffer_append_char(&name, '\0');
		own = pg_any_to_server(name.data, (int) name.length - 1, PG_UTF8);
		if (own == name.data)
			own = pstrdup(own);
		truncate_identifier(own, (int) strlen(own), false);
		if (!SearchSysCacheExists1(PUBLICATIONNAME, CStringGetDatum(own)))
			refuse_missing(own);
		publications->names[publications->count++] = own;
	}
	return publications;
}

/*
 * A misspelt name is told when replication starts, not with the first row.  A
 * walsender that has just been told to start has no transaction, which
 * looking up and converting names need.
 */
WfPublications *
wf_publications_create(MemoryContext context, const char *list)
{
	MemoryContext old_context = CurrentMemoryContext;
	ResourceOwner old_owner = CurrentResourceOwner;
	bool		has_transaction = IsTransactionState();
	WfPublications *publications;

	if (list == NULL)
		return NULL;
	if (!has_transaction)
		StartTransactionCommand();
	MemoryContextSwitchTo(context);
	publications = create(list);
	if (!has_transaction)
		CommitTransactionCommand();
	MemoryContextSwitchTo(old_context);
	CurrentResourceOwner = old_owner;
	return publications;
}

/* ---- the catalogue ---- */

static WfPublication
read_publication(WfDependencies *dependencies, const char *name)
{
	WfPublication publication = {.name = name};
	Form_pg_publication form;
	HeapTuple	tuple;

	wf_depend_on(dependencies, WF_DEPENDS_ON_PUBLICATION,
				 GetSysCacheHashValue1(PUBLICATIONNAME, CStringGetDatum(name)));
	tuple = SearchSysCache1(PUBLICATIONNAME, CStringGetDatum(name));
	if (!HeapTupleIsValid(tuple))
		refuse_missing(name);
	form = (Form_pg_publication) GETSTRUCT(tuple);
	publication.oid = form->oid;
	publication.all_tables = form->puballtables;
	publication.via_root = form->pubviaroot;
	publication.generated = wf_compat_publishes_generated(form);
	publication.operations =
		(form->pubinsert ? WF_PUBLISHED_BIT(WF_PUBLISHED_INSERT) : 0) |
		(form->pubupdate ? WF_PUBLISHED_BIT(WF_PUBLISHED_UPDATE) : 0) |
		(form->pubdelete ? WF_PUBLISHED_BIT(WF_PUBLISHED_DELETE) : 0) |
		(form->pubtruncate ? WF_PUBLISHED_BIT(WF_PUBLISHED_TRUNCATE) : 0);
	ReleaseSysCache(tuple);
	return publication;
}

/* The publication's row about the table, or NULL; to be released. */
static HeapTuple
find_table(WfDependencies *dependencies, const WfPublication *publication, Oid table)
{
	wf_depend_on(dependencies, WF_DEPENDS_ON_PUBLISHED_TABLE,
				 GetSysCacheHashValue2(PUBLICATIONRELMAP, ObjectIdGetDatum(table),
									   ObjectIdGetDatum(publication->oid)));
	return SearchSysCache2(PUBLICATIONRELMAP, ObjectIdGetDatum(table),
						   ObjectIdGetDatum(publication->oid));
}

/* Is it one of all tables of the schema in which the table is? */
static bool
has_schema_of(WfDependencies *dependencies, const WfPublication *publication, Oid table)
{
#if WF_COMPAT_HAS_ROW_FILTERS
	Oid			schema = get_rel_namespace(table);

	wf_depend_on(dependencies, WF_DEPENDS_ON_PUBLISHED_SCHEMA,
				 GetSysCacheHashValue2(PUBLICATIONNAMESPACEMAP, ObjectIdGetDatum(schema),
									   ObjectIdGetDatum(publication->oid)));
	return SearchSysCacheExists2(PUBLICATIONNAMESPACEMAP, ObjectIdGetDatum(schema),
								 ObjectIdGetDatum(publication->oid));
#else
	return false;
#endif
}

/* What it says of a table by its own name. */
typedef enum WfMention
{
	WF_MENTION_NONE,
	WF_MENTION_PUBLISHED,
	WF_MENTION_EXCEPTED			/* of all tables; from 19 on, whole partitioned ones */
} WfMention;

static WfMention
mention_of(WfDependencies *dependencies, const WfPublication *publication, Oid table)
{
	HeapTuple	tuple = find_table(dependencies, publication, table);
	WfMention	mention;

	if (!HeapTupleIsValid(tuple))
		return WF_MENTION_NONE;
	mention = wf_compat_is_excepted((Form_pg_publication_rel) GETSTRUCT(tuple)) ?
		WF_MENTION_EXCEPTED : WF_MENTION_PUBLISHED;
	ReleaseSysCache(tuple);
	return mention;
}

/* Is the table in it, by its own name or its schema's? */
static bool
has_table(WfDependencies *dependencies, const WfPublication *publication, Oid table)
{
	WfMention	mention = mention_of(dependencies, publication, table);

	return mention == WF_MENTION_PUBLISHED ||
		(mention == WF_MENTION_NONE && has_schema_of(dependencies, publication, table));
}

/* ---- which tables ---- */

/*
 * Does it publish the table?  level: how many tables up the one is that it is
 * published as.
 */
static bool
publishes(WfDependencies *dependencies, const WfPublication *publication, Relation relation,
		  List *ancestors, int *level)
{
	int			depth = list_length(ancestors);

	*level = 0;
	if (publication->all_tables)
	{
		if (publication->via_root)
			*level = depth;
		return !WF_COMPAT_HAS_EXCEPTIONS ||
			mention_of(dependencies, publication, depth > 0 ? llast_oid(ancestors) :
					   RelationGetRelid(relation)) != WF_MENTION_EXCEPTED;
	}
	for (int i = depth; i > 0; i--)
		if (has_table(dependencies, publication, list_nth_oid(ancestors, i - 1)))
		{
			if (publication->via_root)
				*level = i;
			return true;
		}
	return has_table(dependencies, publication, RelationGetRelid(relation));
}

/* ---- which columns and rows ---- */

#if WF_COMPAT_HAS_ROW_FILTERS
/* A copy of a column of the publication's row about the table; NULL if there is none. */
static struct varlena *
read_of_table(WfDependencies *dependencies, const WfPublication *publication, Relation relation,
			  AttrNumber attribute)
{
	HeapTuple	tuple = find_table(dependencies, publication, RelationGetRelid(relation));
	struct varlena *value = NULL;
	Datum		datum;
	bool		is_null;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	datum = SysCacheGetAttr(PUBLICATIONRELMAP, tuple, attribute, &is_null);
	if (!is_null)
		value = PG_DETOAST_DATUM_COPY(datum);
	ReleaseSysCache(tuple);
	return value;
}

/* The publication's column list; NULL if it has none for the table. */
static Bitmapset *
read_list(WfDependencies *dependencies, const WfPublication *publication, Relation relation)
{
	Bitmapset  *columns = NULL;
	ArrayType  *list;

	if (publication->all_tables)
		return NULL;
	list = (ArrayType *) read_of_table(dependencies, publication, relation,
									   Anum_pg_publication_rel_prattrs);
	for (int i = 0; list != NULL && i < ARR_DIMS(list)[0]; i++)
		columns = bms_add_member(columns, ((const int16 *) ARR_DATA_PTR(list))[i]);
	return columns;
}

/* The text of the publication's row filter; NULL if every row is published. */
static char *
read_filter(WfDependencies *dependencies, const WfPublication *publication, Relation relation)
{
	struct varlena *filter;

	if (publication->all_tables ||
		has_schema_of(dependencies, publication, RelationGetRelid(relation)))
		return NULL;
	filter = read_of_table(dependencies, publication, relation, Anum_pg_publication_rel_prqual);
	return filter != NULL ? text_to_cstring((text *) filter) : NULL;
}
#else
static Bitmapset *
read_list(WfDependencies *dependencies, const WfPublication *publication, Relation relation)
{
	return NULL;
}

static char *
read_filter(WfDependencies *dependencies, const WfPublication *publication, Relation relation)
{
	return NULL;
}
#endif

/* What a publication without a list has of the table. */
static Bitmapset *
all_columns(const WfPublication *publication, Relation relation)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	Bitmapset  *columns = NULL;

	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (!attribute->attisdropped &&
			(attribute->attgenerated == '\0' ||
			 (publication->generated && attribute->attgenerated == ATTRIBUTE_GENERATED_STORED)))
			columns = bms_add_member(columns, attribute->attnum);
	}
	return columns;
}

static void
describe_columns(WfDependencies *dependencies, const WfPublication *publications, int count,
				 Relation relation, WfPublished *published)
{
	published->is_listed = true;
	for (int i = 0; i < count; i++)
	{
		Bitmapset  *columns = read_list(dependencies, &publications[i], relation);

		if (columns == NULL)
		{
			published->is_listed = false;
			columns = all_columns(&publications[i], relation);
		}
		if (i == 0)
			published->columns = columns;
		else if (!bms_equal(columns, published->columns))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("publications \"%s\" and \"%s\" publish different columns of table \"%s.%s\"",
							publications[0].name, publications[i].name,
							get_namespace_name(RelationGetNamespace(relation)),
							RelationGetRelationName(relation)),
					 errhint("Name only one of them in the option \"publication.filter\" until this point has been passed, and give both the same column list.")));
	}
}

/*
 * One list per operation, since a publication may have an operation that another
 * with another filter has not.
 */
static void
describe_filters(WfDependencies *dependencies, const WfPublication *publications, int count,
				 Relation relation, WfPublished *published)
{
	int			unfiltered = 0;

	for (int i = 0; i < count; i++)
	{
		char	   *filter = read_filter(dependencies, &publications[i], relation);

		if (filter == NULL)
			unfiltered |= publications[i].operations;
		for (int op = 0; filter != NULL && op < WF_PUBLISHED_ROW_OPERATIONS; op++)
			if ((publications[i].operations & WF_PUBLISHED_BIT(op)) != 0)
				published->filters[op] = lappend(published->filters[op], filter);
	}
	for (int op = 0; op < WF_PUBLISHED_ROW_OPERATIONS; op++)
		if ((unfiltered & WF_PUBLISHED_BIT(op)) != 0)
			published->filters[op] = NIL;
}

void
wf_publications_describe(const WfPublications *publications, WfDependencies *dependencies,
						 Relation relation, List *ancestors, WfPublished *published)
{
	WfPublication of_level[WF_PUBLICATION_NAMES_MAX];	/* those of the highest
														 * level */
	int			count = 0;
	int			level = 0;

	memset(published, 0, sizeof(*published));
	for (int i = 0; i < publications->count; i++)
	{
		WfPublication publication = read_publication(dependencies, publications->names[i]);
		int			own_level;

		if (!publishes(dependencies, &publication, relation, ancestors, &own_level) ||
			(relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE && !publication.via_root))
			continue;
		published->operations |= publication.operations;
		if (own_level > level)
		{
			level = own_level;
			count = 0;
		}
		if (own_level == level)
			of_level[count++] = publication;
	}
	if (level > 0)
	{
		published->root = list_nth_oid(ancestors, level - 1);
		published->operations &= ~WF_PUBLISHED_BIT(WF_PUBLISHED_TRUNCATE);
		return;
	}
	describe_columns(dependencies, of_level, count, relation, published);
	describe_filters(dependencies, of_level, count, relation, published);
}
