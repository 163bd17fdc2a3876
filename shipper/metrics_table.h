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
		  "Records acknowledged by Kafka; with sink=stdout, written there.")
WF_METRIC(METRIC_CAPTURE_SENT_BYTES, "walferry_capture_sent_bytes_total", METRIC_COUNTER,
		  "Bytes of keys and values handed to the Kafka producer; with sink=stdout, of lines written "
		  "there.")
WF_METRIC(METRIC_CAPTURE_RECEIVED_BYTES, "walferry_capture_received_bytes_total", METRIC_COUNTER,
		  "Bytes of replication messages received from PostgreSQL.")
WF_METRIC(METRIC_CAPTURE_TRANSACTIONS, "walferry_capture_transactions_total", METRIC_COUNTER,
		  "Transactions whose records Kafka has all acknowledged.")
WF_METRIC(METRIC_CAPTURE_IN_FLIGHT_RECORDS, "walferry_capture_in_flight_records", METRIC_GAUGE,
		  "Records handed to the producer and not yet acknowledged.")
WF_METRIC(METRIC_CAPTURE_IN_FLIGHT_TRANSACTIONS, "walferry_capture_in_flight_transactions",
		  METRIC_GAUGE, "Transactions in the ledger.")
WF_METRIC(METRIC_CAPTURE_OLDEST_UNCONFIRMED, "walferry_capture_oldest_unconfirmed_seconds",
		  METRIC_GAUGE,
		  "Time that the oldest whole transaction has waited for Kafka to acknowledge all of it.")
WF_METRIC(METRIC_CAPTURE_QUEUE_BYTES, "walferry_capture_queue_bytes", METRIC_GAUGE,
		  "Bytes of records handed to the producer and not yet acknowledged.")
WF_METRIC(METRIC_CAPTURE_RECEIVED_LSN, "walferry_capture_received_lsn_bytes", METRIC_GAUGE,
		  "End of the last transaction received from PostgreSQL, as a byte position in the WAL.")
WF_METRIC(METRIC_CAPTURE_CONFIRMED_LSN, "walferry_capture_confirmed_lsn_bytes", METRIC_GAUGE,
		  "What was last confirmed to the slot, as a byte position in the WAL.")
WF_METRIC(METRIC_CAPTURE_SERVER_LSN, "walferry_capture_server_lsn_bytes", METRIC_GAUGE,
		  "End of the WAL as far as the server has told, as a byte position.")
WF_METRIC(METRIC_CAPTURE_LAG_BYTES, "walferry_capture_lag_bytes", METRIC_GAUGE,
		  "WAL between the server's position and what is confirmed.")
WF_METRIC(METRIC_CAPTURE_LATENCY_LAST, "walferry_capture_commit_to_ack_latency_milliseconds",
		  METRIC_GAUGE,
		  "Time from commit in PostgreSQL to Kafka's acknowledgement, of the last transaction.")
WF_METRIC(METRIC_CAPTURE_LATENCY_SUM, "walferry_capture_commit_to_ack_milliseconds_total",
		  METRIC_COUNTER,
		  "Sum of the times from commit to acknowledgement; divide by transactions for the mean.")
WF_METRIC(METRIC_CAPTURE_RECONNECTS, "walferry_capture_reconnects_total", METRIC_COUNTER,
		  "Replication sessions begun after the first.")
WF_METRIC(METRIC_CAPTURE_RELEASES, "walferry_capture_releases_total", METRIC_COUNTER,
		  "Replication connections closed because Kafka took nothing (source.release.after.ms).")
WF_METRIC(METRIC_CAPTURE_ERRORS, "walferry_capture_errors_total", METRIC_COUNTER,
		  "Faults that ended a replication session or a producer.")
WF_METRIC(METRIC_CAPTURE_GAPS, "walferry_capture_gaps_total", METRIC_COUNTER,
		  "Times changes were found to be missing: the slot is lost, gone, moved or made anew.")
WF_METRIC(METRIC_CAPTURE_DEAD_LETTERS, "walferry_capture_dead_letters_total", METRIC_COUNTER,
		  "Records that could not be delivered and were described in the dead-letter topic.")
WF_METRIC(METRIC_CAPTURE_COMMIT_TIMES_LEFT_AWAY, "walferry_capture_commit_times_left_away_total",
		  METRIC_COUNTER,
		  "Records sent with the time of sending, because Kafka refuses commit times as old or early "
		  "as theirs (record.timestamp=commit).")
WF_METRIC(METRIC_CAPTURE_REPLACED_CHARACTERS, "walferry_capture_replaced_characters_total",
		  METRIC_COUNTER,
		  "Byte sequences that were no text in the database's encoding and became U+FFFD.")
WF_METRIC(METRIC_CAPTURE_VALUES_WITHOUT_FORM, "walferry_capture_values_without_form_total",
		  METRIC_COUNTER,
		  "Values that have no form in events, as NaN in a Decimal, and were written as null, and NULLs of "
		  "NOT NULL domains, written as 0 or the like.")
WF_METRIC(METRIC_CAPTURE_MESSAGES_LEFT, "walferry_capture_messages_left_total", METRIC_COUNTER,
		  "Logical messages that a transform was to decode or route, could not, and left as they are.")
WF_METRIC(METRIC_CAPTURE_SPOOL_BYTES, "walferry_capture_spool_bytes", METRIC_GAUGE,
		  "Room taken by transactions that are streamed and have not ended, in memory and in the file "
		  "of spool.directory (plugin.name=pgoutput).")
WF_METRIC(METRIC_CAPTURE_SPOOL_FILE_BYTES, "walferry_capture_spool_file_bytes", METRIC_GAUGE,
		  "The part of it that is in the file.")
WF_METRIC(METRIC_CAPTURE_SPOOL_TRANSACTIONS, "walferry_capture_spool_transactions", METRIC_GAUGE,
		  "Transactions that are streamed and have not ended.")
WF_METRIC(METRIC_CAPTURE_SPOOL_FALLBACKS, "walferry_capture_spool_fallbacks_total", METRIC_COUNTER,
		  "Times that streaming transactions before they end was given up, because the spool was full "
		  "or broken, the server failed at it, or pgoutput does not tell all of a transaction then.")
WF_METRIC(METRIC_CAPTURE_CONNECTED, "walferry_capture_connected", METRIC_GAUGE,
		  "1 while the slot is being read, else 0.")
WF_METRIC(METRIC_SNAPSHOT_ROWS, "walferry_snapshot_rows_total", METRIC_COUNTER,
		  "Rows that a snapshot has read and handed on.")
WF_METRIC(METRIC_SNAPSHOT_TABLES, "walferry_snapshot_tables", METRIC_GAUGE,
		  "Tables and partitions that a snapshot reads.")
WF_METRIC(METRIC_SNAPSHOT_TABLES_DONE, "walferry_snapshot_tables_done", METRIC_GAUGE,
		  "Those of them that are read, or were found to be empty.")
WF_METRIC(METRIC_SNAPSHOT_AGE, "walferry_snapshot_age_seconds", METRIC_GAUGE,
		  "Age of the transaction that a snapshot is read in, which holds back VACUUM; 0: there is none.")
WF_METRIC(METRIC_LOADER_ROWS, "walferry_loader_rows_total", METRIC_COUNTER,
		  "Rows acknowledged by BigQuery.")
WF_METRIC(METRIC_LOADER_ROW_BYTES, "walferry_loader_row_bytes_total", METRIC_COUNTER,
		  "Bytes of rows acknowledged by BigQuery.")
WF_METRIC(METRIC_LOADER_RECORDS, "walferry_loader_records_total", METRIC_COUNTER,
		  "Records read from Kafka, those that make no row included.")
WF_METRIC(METRIC_LOADER_TOMBSTONES, "walferry_loader_tombstones_total", METRIC_COUNTER,
		  "Tombstones read from Kafka; they make no row.")
WF_METRIC(METRIC_LOADER_OTHER_RECORDS, "walferry_loader_other_records_total", METRIC_COUNTER,
		  "Logical messages, transaction records and records of another topic.prefix read from "
		  "Kafka; they make no row.")
WF_METRIC(METRIC_LOADER_APPENDS, "walferry_loader_appends_total", METRIC_COUNTER,
		  "AppendRows calls begun.")
WF_METRIC(METRIC_LOADER_RETRIES, "walferry_loader_retries_total", METRIC_COUNTER,
		  "Appends that have to be made again.")
WF_METRIC(METRIC_LOADER_ERRORS, "walferry_loader_errors_total", METRIC_COUNTER,
		  "Failed calls to BigQuery and faults of the consumer.")
WF_METRIC(METRIC_LOADER_OVERFLOW_ROWS, "walferry_loader_overflow_rows_total", METRIC_COUNTER,
		  "Rows made with a value in _overflow.")
WF_METRIC(METRIC_LOADER_FALLBACK_ROWS, "walferry_loader_fallback_rows_total", METRIC_COUNTER,
		  "Rows that BigQuery refused and that were sent again with all values in _overflow.")
WF_METRIC(METRIC_LOADER_DEAD_LETTERS, "walferry_loader_dead_letters_total", METRIC_COUNTER,
		  "Records that can make no row and were described in the dead-letter topic.")
WF_METRIC(METRIC_LOADER_BUFFER_BYTES, "walferry_loader_buffer_bytes", METRIC_GAUGE,
		  "Memory taken by rows that BigQuery has not acknowledged.")
WF_METRIC(METRIC_LOADER_OLDEST_ROW, "walferry_loader_oldest_row_milliseconds", METRIC_GAUGE,
		  "Age of the oldest row that BigQuery has not acknowledged; 0 if there is none.")
WF_METRIC(METRIC_LOADER_LAG, "walferry_loader_lag_records", METRIC_GAUGE,
		  "Records in Kafka that have not been read yet, over this process's partitions; left out "
		  "while that is not known.")
WF_METRIC(METRIC_LOADER_PARTITIONS, "walferry_loader_assigned_partitions", METRIC_GAUGE,
		  "Topic-partitions assigned to this process.")
WF_METRIC(METRIC_LOADER_HELD_PARTITIONS, "walferry_loader_held_partitions", METRIC_GAUGE,
		  "Topic-partitions that wait for a schema description or for their table.")
WF_METRIC(METRIC_LOADER_GAPS, "walferry_loader_gaps_total", METRIC_COUNTER,
		  "Times that Kafka had removed records before they were loaded.")
WF_METRIC(METRIC_LOADER_SCHEMAS, "walferry_loader_schemas", METRIC_GAUGE,
		  "Schema descriptions in memory.")
WF_METRIC(METRIC_PROCESS_RESIDENT_MEMORY, "walferry_process_resident_memory_bytes", METRIC_GAUGE,
		  "Resident memory of the process.")
