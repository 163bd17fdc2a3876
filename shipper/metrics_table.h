/*
 * metrics_table.h
 *		The metrics, one per line: symbol, name, type, help.
 *
 * Included by metrics.h and metrics.c, each with its own WF_METRIC; therefore
 * no include guard.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
WF_METRIC(METRIC_CAPTURE_RECORDS, "walferry_capture_records_total", METRIC_COUNTER,
		  "Records acknowledged by Kafka.")
WF_METRIC(METRIC_CAPTURE_TRANSACTIONS, "walferry_capture_transactions_total", METRIC_COUNTER,
		  "Transactions whose records Kafka has all acknowledged.")
WF_METRIC(METRIC_LOADER_ROWS, "walferry_loader_rows_total", METRIC_COUNTER,
		  "Rows acknowledged by BigQuery.")
