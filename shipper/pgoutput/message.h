/*
 * message.h
 *		pgoutput's messages, as the wire has them.
 *
 * A message is one CopyData's payload behind XLogData's header.  Integers are big-endian.
 *
 *		text := bytes 0x00		lsn := u64		time := i64, microseconds since 2000-01-01 UTC
 *		tuple := count:u16  count * ('n' | 'u' | 't' length:u32 bytes | 'b' length:u32 bytes)
 *			NULL; a value out of line that was not changed, and is not sent; a value in its
 *			type's text form; in its send form, if binary was asked for and the type has one
 *
 *	'B' Begin			final_lsn:lsn (start of the commit record)  time  xid:u32
 *		Until server 14 of transactions, too, that have changed nothing that is published.
 *	'O' Origin			commit_lsn_there:lsn (0 in a stream)  name:text
 *		Behind Begin and a transaction's first Stream Start, if it came from elsewhere and
 *		the origin has not been dropped since: then nothing, but until server 13 an empty
 *		message, without a type.
 *	'R' Relation		[xid:u32]  oid:u32  schema:text  name:text  identity:u8
 *						count:u16  count * (flags:u8  name:text  type:u32  typmod:i32)
 *		Before a table's first change, in each streamed transaction too, and anew whenever
 *		the server has looked at it again; with publish_via_partition_root the root's stands
 *		before the partition's.  schema: empty for pg_catalog; identity: relreplident of
 *		pg_class; flags 1: of the replica identity (all columns if that is full).  Columns
 *		that are dropped, not published, or generated (but for 18's publish_generated_columns)
 *		are neither here nor in tuples.
 *	'Y' Type			[xid:u32]  oid:u32  schema:text  name:text
 *		Before a Relation with a column whose type, oid, is not built in; a domain's schema
 *		and name are those of its base type.
 *	'I' Insert			[xid:u32]  relation:u32  'N' tuple
 *	'U' Update			[xid:u32]  relation:u32  ['K' tuple | 'O' tuple]  'N' tuple
 *	'D' Delete			[xid:u32]  relation:u32  ('K' tuple | 'O' tuple)
 *		'O': the old row, if the identity is full; 'K': what the identity has of it, the other
 *		columns as NULL; in updates only if that was changed or lies out of line.
 *	'T' Truncate		[xid:u32]  count:u32  flags:u8  count * relation:u32
 *		flags 1: CASCADE, 2: RESTART IDENTITY.
 *	'M' Message			[xid:u32]  flags:u8  lsn  prefix:text  length:u32  content
 *		Of pg_logical_emit_message().  flags 1: transactional; lsn: its record's end.
 *	'C' Commit			flags:u8 (0)  commit_lsn:lsn  end_lsn:lsn  time
 *	'S' Stream Start	xid:u32  first:u8 (1: the transaction's first stream, else 0)
 *	'E' Stream Stop
 *	'c' Stream Commit	xid:u32  flags:u8 (0)  commit_lsn:lsn  end_lsn:lsn  time
 *	'A' Stream Abort	xid:u32  subxid:u32 (the same: all of it)  [abort_lsn:lsn  time]
 *		The last two with streaming=parallel alone; 0 where a crash has ended it.
 *
 * [xid], whose (sub)transaction's a message is, is there between Stream Start and Stream Stop
 * and nowhere else.  Begin, Commit and the Stream messages but Stop stand outside of streams.
 *
 *	version	from server	what is new
 *	1		10			all that has no Stream in its name, without [xid]
 *	2		14			streaming=on: Stream messages, [xid]
 *	3		15			two_phase: b P K r p, which we do not ask for
 *	4		16			streaming=parallel: what ends Stream Abort
 *
 * Of any version: binary and messages from server 14 on, origin from 16 on.  Sources:
 * PostgreSQL's manual, "Logical Replication Message Formats"; proto.c and pgoutput.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_MESSAGE_H
#define WALFERRY_PGOUTPUT_MESSAGE_H

#include "envelope/relation.h"

typedef enum PgoutputType
{
	PGOUTPUT_BEGIN = 'B',
	PGOUTPUT_COMMIT = 'C',
	PGOUTPUT_ORIGIN = 'O',
	PGOUTPUT_RELATION = 'R',
	PGOUTPUT_TYPE = 'Y',
	PGOUTPUT_INSERT = 'I',
	PGOUTPUT_UPDATE = 'U',
	PGOUTPUT_DELETE = 'D',
	PGOUTPUT_TRUNCATE = 'T',
	PGOUTPUT_MESSAGE = 'M',
	PGOUTPUT_STREAM_START = 'S',
	PGOUTPUT_STREAM_STOP = 'E',
	PGOUTPUT_STREAM_COMMIT = 'c',
	PGOUTPUT_STREAM_ABORT = 'A'
} PgoutputType;

typedef enum PgoutputFieldKind
{
	PGOUTPUT_FIELD_NULL = 'n',
	PGOUTPUT_FIELD_UNCHANGED = 'u', /* a TOASTed value that is not sent */
	PGOUTPUT_FIELD_TEXT = 't',
	PGOUTPUT_FIELD_BINARY = 'b'
} PgoutputFieldKind;

typedef struct PgoutputField
{
	PgoutputFieldKind kind;
	WfSlice		bytes;			/* of TEXT and BINARY */
} PgoutputField;

typedef struct PgoutputTuple
{
	int			count;
	PgoutputField fields[WF_COLUMNS_MAX];
} PgoutputTuple;

typedef struct PgoutputColumn
{
	bool		in_identity;	/* flag 1: part of the replica identity */
	WfSlice		name;
	uint32_t	type;			/* OID; a domain's is the domain's own */
	int32_t		typmod;
	bool		has_null;		/* not told: set by tables.c when a row has had NULL */
} PgoutputColumn;

typedef struct PgoutputRelation
{
	uint32_t	oid;
	WfSlice		schema;			/* "pg_catalog" where the wire has the empty text */
	WfSlice		name;
	WfReplicaIdentity identity;
	int			column_count;
	PgoutputColumn columns[WF_COLUMNS_MAX];
} PgoutputRelation;

/* A change's old row: none, what the replica identity has of it, or all. */
typedef enum PgoutputOld
{
	PGOUTPUT_OLD_NONE = 0,
	PGOUTPUT_OLD_KEY = 'K',
	PGOUTPUT_OLD_ROW = 'O'
} PgoutputOld;

/*
 * A message.  Slices are those of the payload, and tuples, relations and the like
 * those of the reader: valid until it reads another.  Times: microseconds since 1970.
 */
typedef struct PgoutputMessage
{
	PgoutputType type;
	uint32_t	xid;			/* in a stream: the (sub)transaction's; else 0 */
	union
	{
		struct
		{
			uint64_t	commit_lsn; /* start of the commit record ("final LSN") */
			int64_t		commit_time_us;
			uint32_t	xid;
		}			begin;
		struct
		{
			uint32_t	xid;	/* of a streamed transaction; else 0 */
			uint64_t	commit_lsn; /* start of the commit record */
			uint64_t	end_lsn;
			int64_t		commit_time_us;
		}			commit;		/* and of STREAM_COMMIT */
		struct
		{
			uint64_t	lsn;
			WfSlice		name;	/* empty: not known, it was dropped */
		}			origin;
		const PgoutputRelation *relation;
		struct
		{
			uint32_t	oid;
			WfSlice		schema;
			WfSlice		name;
		}			type;
		struct
		{
			uint32_t	relation;
			PgoutputOld old;
			const PgoutputTuple *old_tuple; /* NULL if there is none */
			const PgoutputTuple *new_tuple; /* NULL for delete */
		}			change;
		struct
		{
			bool		cascade;
			bool		restart_identity;
			int			count;
			const uint32_t *relations;
		}			truncate;
		struct
		{
			bool		transactional;
			uint64_t	lsn;
			WfSlice		prefix;
			WfSlice		content;
		}			message;
		struct
		{
			uint32_t	xid;	/* top-level */
			bool		is_first;
		}			stream_start;
		struct
		{
			uint32_t	xid;	/* top-level */
			uint32_t	subxid; /* the same: all of the transaction */
			uint64_t	abort_lsn;	/* 0 unless the server was asked for
									 * streaming=parallel */
			int64_t		abort_time_us;
		}			stream_abort;
	}			as;
} PgoutputMessage;

/* Tables of one TRUNCATE; a table of more partitions than this is refused. */
#define PGOUTPUT_TRUNCATE_MAX 1000000

typedef struct PgoutputReader
{
	/* given by the caller */
	int			version;		/* of the protocol: 1 to 4 */
	bool		parallel;		/* streaming=parallel was asked for */
	bool		in_stream;		/* between STREAM_START and STREAM_STOP, or what
								 * stood there */

	/* of the message at hand */
	PgoutputTuple old_tuple;
	PgoutputTuple new_tuple;
	PgoutputRelation relation;
	uint32_t   *truncated;		/* heap; pgoutput_reader_free() */
	int			truncated_room;

	/* after a false */
	const char *error;			/* what was wrong, in words: "a flag is unknown" */
	size_t		offset;			/* of the field in the payload */
	uint8_t		type;			/* the message's; 0: it was empty */
} PgoutputReader;

/*
 * Reads the message that a payload is, the whole of it.  False: error, offset and
 * type say what is wrong, and message is undefined.  A true message is whole: texts
 * end, counts are within their bounds, IDs and LSNs that a server always has are not
 * 0, an update's rows have as many columns each; and it may stand where it stands
 * (in_stream).  Whether it fits what came before is not asked.
 */
extern bool pgoutput_read(PgoutputReader *reader, WfSlice payload, PgoutputMessage *message);

/* Frees what the reader holds, not the reader. */
extern void pgoutput_reader_free(PgoutputReader *reader);

/*
 * The name of a message type, as PostgreSQL's manual has it: "Insert", "Stream Start",
 * of those too that are refused, as "Begin Prepare"; "unknown" if it is none.
 */
extern const char *pgoutput_type_name(uint8_t type);

#endif							/* WALFERRY_PGOUTPUT_MESSAGE_H */
