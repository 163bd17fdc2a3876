/*
 * frame.h
 *		The private binary form that travels from plugin to shipper.
 *
 * Writer and reader stand side by side in frame.c.  A replication message (one
 * CopyData's payload) is a sequence of whole items; state (what topic 3 is) is
 * kept for the length of a replication session.  All integers are big-endian.
 *
 *		item	:= type:u8  body_length:u32  body
 *		str16	:= length:u16 bytes			str32 := length:u32 bytes
 *
 *	'H' hello, the first item of a session
 *			frame_version:u16  server_version_num:u32  system_id:u64
 *			timeline:u32  plugin_version:str16  database:str16  encoding:str16
 *	'T' topic, before the first item that names its id
 *			id:u32  name:str16
 *		From version 3 on an id may be told anew; it stands for the new name from
 *		there on.  So topics that depend on rows need few ids, however many there are.
 *	'S' schema (a relation version), before the first record that names its id
 *			id:u32  topic_id:u32  fingerprint:32 bytes  description:str32
 *	'E' enclosure, before the first record that names its id; from version 2 on
 *			id:u32  key_schema:str32  value_schema:str32
 *		The record's key and value are payloads, to be put beside these schemas as
 *		enclosure.h shows; an empty schema: not to be enclosed.
 *	'B' begin, before a transaction's first record
 *			xid:u32  commit_lsn:u64  commit_time_us:i64
 *	'R' record
 *			flags:u8  topic_id:u32  schema_id:u32  commit_lsn:u64  lsn:u64  n:u32
 *			header_count:u8  key_length:u32  value_length:u32  [enclosure_id:u32]
 *			[timestamp_ms:i64]  [partition:i32]
 *			header_count * (name:str16  value:str32)  key  value
 *		flags 1: has a key, 2: has a value (else it is a tombstone),
 *		4: outside of any transaction, 8: enclosure_id is there (from version 2
 *		on), 16: timestamp_ms is there, 32: partition is there (both from
 *		version 3 on; else Kafka's producer decides), 64: that timestamp is no
 *		more than the commit's, to be left away where Kafka does not take it.
 *		schema_id 0: none.
 *		A header's value of length 2^32-1 (from version 3 on): null, without bytes.
 *		Key and value are bytes; whether they are JSON is no matter here.
 *	'X' stub: a record whose value is too large to send
 *			flags:u8  topic_id:u32  schema_id:u32  commit_lsn:u64  lsn:u64  n:u32
 *			value_bytes_at_least:u64  [enclosure_id:u32]  key:str32  reason:str16
 *	'L' losses, before a transaction's commit or behind a record outside of any, if
 *		there have been some since the last; from version 3 on
 *			values_without_form:u64  messages_left:u64
 *	'C' commit, after a transaction's last record
 *			commit_lsn:u64  end_lsn:u64  commit_time_us:i64  records:u64
 *			replaced_characters:u64
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FRAME_H
#define WALFERRY_FRAME_H

#include "position.h"

#define WF_FRAME_VERSION 3
#define WF_FRAME_VERSION_OLDEST 1	/* still read, and written on demand */
#define WF_FRAME_VERSION_ENCLOSURES 2	/* the first that has enclosures */
#define WF_FRAME_VERSION_PLACED 3	/* the first whose records may have a time, a
									 * partition, null headers and row-made topics */

#define WF_FRAME_VERSION_LOSSES 3	/* the first that has losses */

#define WF_FRAME_HEADERS_MAX 64
#define WF_FRAME_ITEM_HEADER_BYTES 5

typedef enum WfFrameItemType
{
	WF_FRAME_HELLO = 'H',
	WF_FRAME_TOPIC = 'T',
	WF_FRAME_SCHEMA = 'S',
	WF_FRAME_ENCLOSURE = 'E',
	WF_FRAME_BEGIN = 'B',
	WF_FRAME_RECORD = 'R',
	WF_FRAME_STUB = 'X',
	WF_FRAME_LOSSES = 'L',
	WF_FRAME_COMMIT = 'C'
} WfFrameItemType;

enum
{
	WF_FRAME_HAS_KEY = 1,
	WF_FRAME_HAS_VALUE = 2,
	WF_FRAME_NO_TRANSACTION = 4,
	WF_FRAME_IS_ENCLOSED = 8,
	WF_FRAME_HAS_TIMESTAMP = 16,
	WF_FRAME_HAS_PARTITION = 32,
	WF_FRAME_TIMESTAMP_IS_COMMIT = 64,
	WF_FRAME_PLACED = WF_FRAME_HAS_TIMESTAMP | WF_FRAME_HAS_PARTITION |
	WF_FRAME_TIMESTAMP_IS_COMMIT	/* of no stub */
};

typedef struct WfFrameHello
{
	uint16_t	frame_version;
	uint32_t	server_version_num;
	uint64_t	system_id;
	uint32_t	timeline;
	WfSlice		plugin_version;
	WfSlice		database;
	WfSlice		encoding;
} WfFrameHello;

typedef struct WfFrameTopic
{
	uint32_t	id;
	WfSlice		name;
} WfFrameTopic;

typedef struct WfFrameSchema
{
	uint32_t	id;
	uint32_t	topic_id;
	WfSlice		fingerprint;	/* 32 hex digits */
	WfSlice		description;	/* JSON */
} WfFrameSchema;

typedef struct WfFrameEnclosure
{
	uint32_t	id;
	WfSlice		key_schema;		/* JSON, or empty */
	WfSlice		value_schema;
} WfFrameEnclosure;

typedef struct WfFrameBegin
{
	uint32_t	xid;
	uint64_t	commit_lsn;
	int64_t		commit_time_us;
} WfFrameBegin;

typedef struct WfFrameHeader
{
	WfSlice		name;
	WfSlice		value;			/* data NULL: the header's value is null */
} WfFrameHeader;

typedef struct WfFrameRecord
{
	uint8_t		flags;
	uint32_t	topic_id;
	uint32_t	schema_id;
	uint32_t	enclosure_id;	/* with WF_FRAME_IS_ENCLOSED */
	int64_t		timestamp_ms;	/* with WF_FRAME_HAS_TIMESTAMP; since 1970 */
	int32_t		partition;		/* with WF_FRAME_HAS_PARTITION; any number */
	WfPosition	position;
	int			header_count;
	WfFrameHeader headers[WF_FRAME_HEADERS_MAX];
	WfSlice		key;
	WfSlice		value;
} WfFrameRecord;

typedef struct WfFrameStub
{
	uint8_t		flags;
	uint32_t	topic_id;
	uint32_t	schema_id;
	uint32_t	enclosure_id;	/* with WF_FRAME_IS_ENCLOSED */
	WfPosition	position;
	uint64_t	value_bytes_at_least;
	WfSlice		key;
	WfSlice		reason;
} WfFrameStub;

/* What was not written as it was to be. */
typedef struct WfFrameLosses
{
	uint64_t	values_without_form;	/* null in their place, or NULL as a value */
	uint64_t	messages_left;	/* as they are, neither decoded nor routed */
} WfFrameLosses;

typedef struct WfFrameCommit
{
	uint64_t	commit_lsn;
	uint64_t	end_lsn;
	int64_t		commit_time_us;
	uint64_t	records;
	uint64_t	replaced_characters;
} WfFrameCommit;

extern void wf_frame_write_hello(WfBuffer *buffer, const WfFrameHello *hello);
extern void wf_frame_write_topic(WfBuffer *buffer, const WfFrameTopic *topic);
extern void wf_frame_write_schema(WfBuffer *buffer, const WfFrameSchema *schema);
extern void wf_frame_write_enclosure(WfBuffer *buffer, const WfFrameEnclosure *enclosure);
extern void wf_frame_write_begin(WfBuffer *buffer, const WfFrameBegin *begin);
extern void wf_frame_write_stub(WfBuffer *buffer, const WfFrameStub *stub);
extern void wf_frame_write_losses(WfBuffer *buffer, const WfFrameLosses *losses);
extern void wf_frame_write_commit(WfBuffer *buffer, const WfFrameCommit *commit);

/*
 * A record is written in place: open, append the key's bytes, key_done, append
 * the value's bytes, close.  Lengths are filled in afterwards.
 */
typedef struct WfFrameRecordWriter
{
	size_t		start;			/* of the item */
	size_t		key_start;
	size_t		value_start;
} WfFrameRecordWriter;

/* record: flags, ids, position and headers are used; key and value are not. */
extern void wf_frame_record_open(WfBuffer *buffer, WfFrameRecordWriter *writer,
								 const WfFrameRecord *record);
extern void wf_frame_record_key_done(WfBuffer *buffer, WfFrameRecordWriter *writer);
extern void wf_frame_record_close(WfBuffer *buffer, WfFrameRecordWriter *writer);

/*
 * Reader: a cursor over one replication message whose error is sticky.  Every
 * slice it gives points into the message.  After a false the caller looks at
 * error: NULL at the end of the message, else what was wrong, in words; offset
 * says where.
 */
typedef struct WfFrameReader
{
	const uint8_t *data;
	size_t		length;
	size_t		offset;
	const char *error;
} WfFrameReader;

typedef struct WfFrameItem
{
	WfFrameItemType type;
	union
	{
		WfFrameHello hello;
		WfFrameTopic topic;
		WfFrameSchema schema;
		WfFrameEnclosure enclosure;
		WfFrameBegin begin;
		WfFrameRecord record;
		WfFrameStub stub;
		WfFrameLosses losses;
		WfFrameCommit commit;
	}			as;
} WfFrameItem;

extern void wf_frame_reader_init(WfFrameReader *reader, const void *data, size_t length);
extern bool wf_frame_read(WfFrameReader *reader, WfFrameItem *item);

#endif							/* WALFERRY_FRAME_H */
