/*
 * log.h
 *		Structured log lines on stderr, as text or as JSON.
 *
 * A line has a level, an area (source, kafka, bigquery, …), a message that is
 * always the same for the same event, and fields for everything that varies:
 *
 *		log_write(LOG_WARNING, "kafka", "cannot reach the broker; trying again",
 *				  log_text("broker", name), log_int("retry_in_ms", wait));
 *
 * Secrets never go into a field.  Safe to call from any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_LOG_H
#define WALFERRY_LOG_H

#include <stdbool.h>
#include <stdint.h>

typedef enum LogLevel
{
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR
} LogLevel;

typedef enum LogFieldKind
{
	LOG_FIELD_END = 0,
	LOG_FIELD_TEXT,
	LOG_FIELD_INT,
	LOG_FIELD_LSN,				/* shown as 16/B374D848 */
	LOG_FIELD_FLOAT
} LogFieldKind;

typedef struct LogField
{
	LogFieldKind kind;
	const char *name;
	union
	{
		const char *text;		/* NULL shows as null */
		int64_t		integer;
		uint64_t	lsn;
		double		number;
	}			as;
} LogField;

static inline LogField
log_text(const char *name, const char *value)
{
	LogField	field = {LOG_FIELD_TEXT, name, {.text = value}};

	return field;
}

static inline LogField
log_int(const char *name, int64_t value)
{
	LogField	field = {LOG_FIELD_INT, name, {.integer = value}};

	return field;
}

static inline LogField
log_lsn(const char *name, uint64_t value)
{
	LogField	field = {LOG_FIELD_LSN, name, {.lsn = value}};

	return field;
}

static inline LogField
log_float(const char *name, double value)
{
	LogField	field = {LOG_FIELD_FLOAT, name, {.number = value}};

	return field;
}

/* level: lines below it are dropped.  json: JSON lines instead of text. */
extern void log_init(LogLevel level, bool json);

extern void log_fields(LogLevel level, const char *area, const char *message,
					   const LogField *fields);

/* log_write(level, area, message [, field]...) */
#define log_write(level, area, ...) \
	log_write_((level), (area), __VA_ARGS__, {LOG_FIELD_END, NULL, {NULL}})
#define log_write_(level, area, message, ...) \
	log_fields((level), (area), (message), (const LogField[]) {__VA_ARGS__})

#endif							/* WALFERRY_LOG_H */
