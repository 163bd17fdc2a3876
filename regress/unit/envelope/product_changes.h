/*
 * product_changes.h
 *		Changes of one small table, and what an event of it looks like: what the tests
 *		of events share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PRODUCT_CHANGES_H
#define WALFERRY_PRODUCT_CHANGES_H

#include "fixture.h"

static const WfColumn product_columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
	{.name = SLICE("name"), .type_name = SLICE("text"), .type = TEXT_TYPE},
	{.name = SLICE("note"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
};

static const WfRelation products = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("products"),
	.identity = WF_IDENTITY_DEFAULT, .column_count = 3, .columns = product_columns,
	.key_count = 1, .key_columns = {0}
};

static const WfValue row1[] = {INTEGER(1), TEXT("nut"), NULL_VALUE};
static const WfValue row1_changed[] = {INTEGER(1), TEXT("bolt"), TEXT("m\"8")};
static const WfValue row2[] = {INTEGER(2), TEXT("nut"), NULL_VALUE};
static const WfValue key1[] = {INTEGER(1), ABSENT, ABSENT};

#define COMMIT_LSN 0x2000
#define COMMIT_US INT64_C(1699999999987654)

/* A source block as it must look; the sequence's first element is given. */
#define SOURCE_OF(schema, table, sequence, txid, lsn) \
	"\"source\":{\"version\":\"" WALFERRY_VERSION "\",\"connector\":\"postgresql\"," \
	"\"name\":\"inv\",\"ts_ms\":1699999999987,\"snapshot\":\"false\",\"db\":\"shop\"," \
	"\"sequence\":\"[" sequence ",\\\"" lsn "\\\"]\",\"ts_us\":1699999999987654," \
	"\"ts_ns\":1699999999987654000,\"schema\":\"" schema "\",\"table\":\"" table "\"," \
	"\"txId\":" txid ",\"lsn\":" lsn ",\"xmin\":null,\"origin\":null,\"origin_lsn\":null}"
#define SOURCE(lsn) SOURCE_OF("public", "products", "null", "742", lsn)
#define EVENT(before, after, lsn, op) \
	"{\"before\":" before ",\"after\":" after "," SOURCE(lsn) \
	",\"transaction\":null,\"op\":\"" op "\"," NOW_TEXT "}"

#define POSITION(lsn, n) \
	"\"__walferry.position\":\"0000000000000001/0000000000002000/000000000000" lsn \
	"/000000000000000" n "\""

static inline WfTransaction
begin(void)
{
	WfTransaction transaction;

	wf_transaction_begin(&transaction, 742, COMMIT_LSN, COMMIT_US);
	return transaction;
}

static inline WfWriteResult
write_row(Fixture *fixture, WfTransaction *transaction, WfOperation operation, uint64_t lsn,
		  const WfValue *old_row, bool old_is_full, const WfValue *new_row)
{
	WfRowChange change = {
		.operation = operation, .lsn = lsn, .old_row = old_row, .old_is_full = old_is_full,
		.new_row = new_row
	};

	return wf_write_row(&fixture->session, transaction, &fixture->plan, &change);
}

#endif
