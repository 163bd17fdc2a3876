/*
 * value_time.c
 *		date, time and timestamp with or without zone, and interval, in every
 *		time.precision.mode.
 *
 * A value that no text can be made of in its form, as an infinity in the
 * integers, has Debezium's numbers, or those that compat and infinity.handling
 * ask for.  structured is the mode that can say everything: its forms are
 * structs whose members are null where the value is infinite.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value_forms.h"

#include "time.h"

#define NANOSECONDS_PER_MICROSECOND 1000
#define MICROSECONDS_PER_MILLISECOND 1000
#define MONTHS_PER_YEAR 12

/* What Debezium 3.7 streams for the infinities of date: days of no meaning. */
#define DEBEZIUM_DATE_PLUS_INFINITY 2146033979
#define DEBEZIUM_DATE_MINUS_INFINITY (-2147472691)

/*
 * And for those in an array: 292278994-08-16 and 292269055-12-02, of which a
 * number keeps the low 32 bits.
 */
#define DEBEZIUM_ELEMENT_PLUS_INFINITY INT64_C(106751991166)
#define DEBEZIUM_ELEMENT_MINUS_INFINITY INT64_C(106748361128)

/* The precision of an interval whose fields are named, in Debezium's struct. */
#define INTERVAL_FULL_PRECISION 0xFFFF

static void
append_text(WfBuffer *buffer, const char *text)
{
	wf_buffer_append(buffer, text, strlen(text));
}

/* Text that needs no escaping. */
static void
write_quoted(WfBuffer *buffer, const char *text, size_t length)
{
	wf_buffer_append_char(buffer, '"');
	wf_buffer_append(buffer, text, length);
	wf_buffer_append_char(buffer, '"');
}

/* `"name":` and a number, after a comma unless it is the first. */
static void
write_member(WfBuffer *buffer, const char *head, int64_t number)
{
	append_text(buffer, head);
	wf_json_int64(buffer, number);
}

/* ---- infinities ---- */

typedef enum Infinity
{
	INFINITY_NONE,
	INFINITY_PLUS,
	INFINITY_MINUS
} Infinity;

/* Writes what infinity.handling says, unless it leaves that to the form. */
static bool
infinity_is_written(WfBuffer *buffer, const WfField *field, Infinity infinity,
					WfValueResult *result)
{
	*result = WF_VALUE_WRITTEN;
	switch ((WfInfinityHandling) field->options->infinity_handling)
	{
		case WF_INFINITY_NULL:
			wf_json_null(buffer);
			return true;
		case WF_INFINITY_STRING:
			append_text(buffer, infinity == INFINITY_PLUS ? "\"infinity\"" : "\"-infinity\"");
			return true;
		case WF_INFINITY_DEBEZIUM:
			break;
	}
	return false;
}

static const char *
special_value(Infinity infinity)
{
	switch (infinity)
	{
		case INFINITY_PLUS:
			return ",\"specialValue\":\"POSITIVE_INFINITY\"";
		case INFINITY_MINUS:
			return ",\"specialValue\":\"NEGATIVE_INFINITY\"";
		case INFINITY_NONE:
			break;
	}
	return ",\"specialValue\":null";
}

/* ---- date ---- */

static void
write_date_members(WfBuffer *buffer, Infinity infinity, int64_t days)
{
	WfCivilDate date;

	if (infinity != INFINITY_NONE)
	{
		append_text(buffer, "\"year\":null,\"month\":null,\"day\":null");
		return;
	}
	date = wf_civil_date(days);
	write_member(buffer, "\"year\":", date.year);
	write_member(buffer, ",\"month\":", date.month);
	write_member(buffer, ",\"day\":", date.day);
}

/* Days since 1970 that compat=debezium has for an infinity. */
static int64_t
debezium_infinity(const WfField *field, Infinity infinity)
{
	if (field->loss == WF_LOSES_CALENDAR)
		return infinity == INFINITY_PLUS ? DEBEZIUM_ELEMENT_PLUS_INFINITY :
			DEBEZIUM_ELEMENT_MINUS_INFINITY;
	return infinity == INFINITY_PLUS ? DEBEZIUM_DATE_PLUS_INFINITY :
		DEBEZIUM_DATE_MINUS_INFINITY;
}

static WfValueResult
write_date(WfBuffer *buffer, const WfField *field, int32_t date)
{
	Infinity	infinity = date == INT32_MAX ? INFINITY_PLUS : date == INT32_MIN ?
	INFINITY_MINUS : INFINITY_NONE;
	int64_t		days = date;	/* since 2000 */
	char		text[WF_TIME_TEXT_MAX];
	WfValueResult result;

	if (infinity != INFINITY_NONE)
	{
		if (infinity_is_written(buffer, field, infinity, &result))
			return result;
		days = (int64_t) wf_date_days(date) - WF_POSTGRES_EPOCH_DAYS;
		if (field->options->compat == WF_COMPAT_DEBEZIUM)
			days = debezium_infinity(field, infinity) - WF_POSTGRES_EPOCH_DAYS;
	}
	switch (field->form)
	{
		case WF_FORM_ISO_DATE:
			write_quoted(buffer, text, wf_iso_date_text(text, days));
			break;
		case WF_FORM_STRUCTURED_DATE:
			wf_buffer_append_char(buffer, '{');
			write_date_members(buffer, infinity, days);
			append_text(buffer, special_value(infinity));
			wf_buffer_append_char(buffer, '}');
			break;
		default:
			wf_json_int64(buffer, (int32_t) (days + WF_POSTGRES_EPOCH_DAYS));
			break;
	}
	return WF_VALUE_WRITTEN;
}

/* ---- time ---- */

/* microseconds: of the day */
static void
write_time_members(WfBuffer *buffer, int64_t microseconds)
{
	int64_t		seconds = microseconds / WF_MICROSECONDS_PER_SECOND;

	write_member(buffer, "\"hour\":", seconds / 3600);
	write_member(buffer, ",\"minute\":", seconds / 60 % 60);
	write_member(buffer, ",\"second\":", seconds % 60);
	write_member(buffer, ",\"nanos\":", microseconds % WF_MICROSECONDS_PER_SECOND *
				 NANOSECONDS_PER_MICROSECOND);
}

/*
 * 24:00:00 is a time of PostgreSQL's, but none of java.time's: Debezium makes
 * it 00:00:00 in ISO text and loses it in structs.
 */
static WfValueResult
write_time(WfBuffer *buffer, const WfField *field, int64_t microseconds)
{
	bool		as_debezium = microseconds == WF_MICROSECONDS_PER_DAY &&
	field->options->compat == WF_COMPAT_DEBEZIUM;
	char		text[WF_TIME_TEXT_MAX];

	switch (field->form)
	{
		case WF_FORM_TIME_MS:
		case WF_FORM_CONNECT_TIME:
			wf_json_int64(buffer, microseconds / MICROSECONDS_PER_MILLISECOND);
			break;
		case WF_FORM_TIME_NS:
			wf_json_int64(buffer, microseconds * NANOSECONDS_PER_MICROSECOND);
			break;
		case WF_FORM_ISO_TIME:
			write_quoted(buffer, text, wf_timetz_text(text, as_debezium ? 0 : microseconds, 0));
			break;
		case WF_FORM_STRUCTURED_TIME:
			if (as_debezium)
				return WF_VALUE_UNCONVERTIBLE;
			wf_buffer_append_char(buffer, '{');
			write_time_members(buffer, microseconds);
			write_member(buffer, ",\"precision\":", field->precision);
			wf_buffer_append_char(buffer, '}');
			break;
		default:
			wf_json_int64(buffer, microseconds);
			break;
	}
	return WF_VALUE_WRITTEN;
}

static void
write_timetz(WfBuffer *buffer, const WfField *field, const WfTimeTz *timetz)
{
	char		text[WF_TIME_TEXT_MAX];

	if (field->form != WF_FORM_STRUCTURED_ZONED_TIME)
	{
		write_quoted(buffer, text,
					 wf_timetz_text(text, timetz->microseconds, timetz->zone_seconds));
		return;
	}
	wf_buffer_append_char(buffer, '{');
	write_time_members(buffer, timetz->microseconds);
	write_member(buffer, ",\"offsetSeconds\":", -(int64_t) timetz->zone_seconds);
	write_member(buffer, ",\"precision\":", field->precision);
	wf_buffer_append_char(buffer, '}');
}

/* ---- timestamp ---- */

static void
write_structured_timestamp(WfBuffer *buffer, const WfField *field, Infinity infinity,
						   int64_t days, int64_t microseconds)
{
	bool		zoned = field->form == WF_FORM_STRUCTURED_ZONED_TIMESTAMP;

	wf_buffer_append_char(buffer, '{');
	write_date_members(buffer, infinity, days);
	wf_buffer_append_char(buffer, ',');
	if (infinity == INFINITY_NONE)
		write_time_members(buffer, microseconds);
	else
		append_text(buffer, "\"hour\":null,\"minute\":null,\"second\":null,\"nanos\":null");
	if (zoned && infinity == INFINITY_NONE)
		append_text(buffer, ",\"offsetSeconds\":0,\"zoneId\":\"Z\"");
	else if (zoned)
		append_text(buffer, ",\"offsetSeconds\":null,\"zoneId\":null");
	append_text(buffer, special_value(infinity));
	write_member(buffer, ",\"precision\":", field->precision);
	wf_buffer_append_char(buffer, '}');
}

/*
 * Microseconds since 1970 end in 294247, PostgreSQL's years in 294276: what is
 * between them has no number, and the nearest one is infinity's.
 */
static WfValueResult
write_microseconds(WfBuffer *buffer, Infinity infinity, int64_t timestamp)
{
	if (infinity == INFINITY_NONE && wf_timestamp_is_beyond_microseconds(timestamp))
		return WF_VALUE_UNCONVERTIBLE;
	wf_json_int64(buffer, wf_timestamp_microseconds(timestamp));
	return WF_VALUE_WRITTEN;
}

/* Nanoseconds since 1970, which end in 2262. */
static WfValueResult
write_nanoseconds(WfBuffer *buffer, Infinity infinity, int64_t timestamp)
{
	int64_t		microseconds = wf_timestamp_microseconds(timestamp);

	if (infinity != INFINITY_NONE)
		wf_json_int64(buffer, microseconds);
	else if (microseconds > INT64_MAX / NANOSECONDS_PER_MICROSECOND ||
			 microseconds < INT64_MIN / NANOSECONDS_PER_MICROSECOND)
		return WF_VALUE_UNCONVERTIBLE;
	else
		wf_json_int64(buffer, microseconds * NANOSECONDS_PER_MICROSECOND);
	return WF_VALUE_WRITTEN;
}

/* Debezium's ISO text of the infinities: the ends of Java's milliseconds. */
static void
write_iso_timestamp(WfBuffer *buffer, Infinity infinity, int64_t days, int64_t microseconds)
{
	char		text[WF_TIME_TEXT_MAX];

	switch (infinity)
	{
		case INFINITY_PLUS:
			append_text(buffer, "\"+292278994-08-16T23:00:00Z\"");
			break;
		case INFINITY_MINUS:
			append_text(buffer, "\"-292275055-05-16T23:00:00Z\"");
			break;
		case INFINITY_NONE:
			write_quoted(buffer, text, wf_iso_timestamp_text(text, days, microseconds));
			break;
	}
}

/* With zone and without: both are stored as UTC, and only the forms differ. */
static WfValueResult
write_timestamp(WfBuffer *buffer, const WfField *field, int64_t timestamp)
{
	Infinity	infinity = timestamp == INT64_MAX ? INFINITY_PLUS : timestamp == INT64_MIN ?
	INFINITY_MINUS : INFINITY_NONE;
	int64_t		days = 0;
	int64_t		microseconds = 0;
	WfValueResult result;

	if (infinity != INFINITY_NONE &&
		infinity_is_written(buffer, field, infinity, &result))
		return result;
	switch (field->form)
	{
		case WF_FORM_TIMESTAMP_MS:
		case WF_FORM_CONNECT_TIMESTAMP:
			wf_json_int64(buffer, wf_timestamp_milliseconds(timestamp));
			break;
		case WF_FORM_TIMESTAMP_NS:
			return write_nanoseconds(buffer, infinity, timestamp);
		case WF_FORM_ISO_TIMESTAMP:
			wf_timestamp_split(timestamp, &days, &microseconds);
			write_iso_timestamp(buffer, infinity, days, microseconds);
			break;
		case WF_FORM_STRUCTURED_TIMESTAMP:
		case WF_FORM_STRUCTURED_ZONED_TIMESTAMP:
			wf_timestamp_split(timestamp, &days, &microseconds);
			write_structured_timestamp(buffer, field, infinity, days, microseconds);
			break;
		default:
			return write_microseconds(buffer, infinity, timestamp);
	}
	return WF_VALUE_WRITTEN;
}

/* ---- interval ---- */

/* P1Y2M3DT4H5M6.789S: every part there, each with its sign (io.debezium.time.Interval). */
static void
write_interval_text(WfBuffer *buffer, const WfInterval *interval)
{
	int64_t		seconds = interval->microseconds / WF_MICROSECONDS_PER_SECOND;
	int64_t		fraction = interval->microseconds % WF_MICROSECONDS_PER_SECOND;
	int			digits = 6;

	write_member(buffer, "\"P", interval->months / MONTHS_PER_YEAR);
	write_member(buffer, "Y", interval->months % MONTHS_PER_YEAR);
	write_member(buffer, "M", interval->days);
	write_member(buffer, "DT", seconds / 3600);
	write_member(buffer, "H", seconds / 60 % 60);
	append_text(buffer, "M");
	if (interval->microseconds < 0 && seconds % 60 == 0 && fraction != 0)
		wf_buffer_append_char(buffer, '-');
	wf_json_int64(buffer, seconds % 60);
	if (fraction != 0)
	{
		char		text[6];

		fraction = fraction < 0 ? -fraction : fraction;
		for (int i = 5; i >= 0; i--, fraction /= 10)
			text[i] = (char) ('0' + fraction % 10);
		while (text[digits - 1] == '0')
			digits--;
		wf_buffer_append_char(buffer, '.');
		wf_buffer_append(buffer, text, (size_t) digits);
	}
	append_text(buffer, "S\"");
}

/* Hours are what an interval has up to 64 bits of, and their member 32. */
static WfValueResult
write_structured_interval(WfBuffer *buffer, const WfField *field, const WfInterval *interval)
{
	int64_t		seconds = interval->microseconds / WF_MICROSECONDS_PER_SECOND;
	int64_t		hours = seconds / 3600;

	if (hours > INT32_MAX || hours < INT32_MIN)
		return WF_VALUE_UNCONVERTIBLE;
	write_member(buffer, "{\"years\":", interval->months / MONTHS_PER_YEAR);
	write_member(buffer, ",\"months\":", interval->months % MONTHS_PER_YEAR);
	write_member(buffer, ",\"days\":", interval->days);
	write_member(buffer, ",\"hours\":", hours);
	write_member(buffer, ",\"minutes\":", seconds / 60 % 60);
	write_member(buffer, ",\"seconds\":", seconds % 60);
	write_member(buffer, ",\"nanos\":", interval->microseconds % WF_MICROSECONDS_PER_SECOND *
				 NANOSECONDS_PER_MICROSECOND);
	write_member(buffer, ",\"precision\":", field->precision);
	wf_buffer_append_char(buffer, '}');
	return WF_VALUE_WRITTEN;
}

/* As PostgreSQL 17 has them: every field at its end (timestamp.h, INTERVAL_NOBEGIN). */
static Infinity
infinity_of_interval(const WfInterval *interval)
{
	if (interval->months == INT32_MAX && interval->days == INT32_MAX &&
		interval->microseconds == INT64_MAX)
		return INFINITY_PLUS;
	if (interval->months == INT32_MIN && interval->days == INT32_MIN &&
		interval->microseconds == INT64_MIN)
		return INFINITY_MINUS;
	return INFINITY_NONE;
}

/* Of the forms only the number has something for infinity: its own end. */
static WfValueResult
write_interval(WfBuffer *buffer, const WfField *field, const WfInterval *interval)
{
	Infinity	infinity = infinity_of_interval(interval);
	WfValueResult result;

	if (infinity != INFINITY_NONE && infinity_is_written(buffer, field, infinity, &result))
		return result;
	switch (field->form)
	{
		case WF_FORM_INTERVAL_STRING:
			if (infinity != INFINITY_NONE)
				return WF_VALUE_UNCONVERTIBLE;
			write_interval_text(buffer, interval);
			break;
		case WF_FORM_STRUCTURED_DURATION:
			return write_structured_interval(buffer, field, interval);
		default:
			wf_json_int64(buffer, wf_interval_microseconds(interval->microseconds,
														   interval->days, interval->months));
			break;
	}
	return WF_VALUE_WRITTEN;
}

WfValueResult
wf_write_temporal(WfBuffer *buffer, const WfField *field, const WfValue *value)
{
	switch (field->type->kind)
	{
		case WF_TYPE_DATE:
			return write_date(buffer, field, (int32_t) value->as.integer);
		case WF_TYPE_TIME:
			return write_time(buffer, field, value->as.integer);
		case WF_TYPE_TIMETZ:
			write_timetz(buffer, field, &value->as.timetz);
			break;
		case WF_TYPE_INTERVAL:
			return write_interval(buffer, field, &value->as.interval);
		default:
			return write_timestamp(buffer, field, value->as.integer);
	}
	return WF_VALUE_WRITTEN;
}
