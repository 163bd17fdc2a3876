/*
 * json.h
 *		Write-only JSON, the way Kafka Connect's JsonConverter prints it.
 *
 * No whitespace.  Strings are UTF-8; `"` and `\` are escaped, control
 * characters as \b \f \n \r \t or \u001F (upper-case hex), characters beyond
 * the BMP as a surrogate pair \uD83D\uDE00, all else raw (Jackson 2.21 as
 * recorded from Debezium 3.7.0).  Floating-point numbers are what toString of
 * Java 19 and later prints; before, some came out with a digit more than they
 * need, 1.17549435E-38 for the float4 1.1754944E-38, which is the same value.
 *
 * Input need not be trusted: a byte sequence that is not UTF-8 becomes U+FFFD,
 * and the number of replacements is counted, so that the output always parses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_JSON_H
#define WALFERRY_JSON_H

#include "buffer.h"

/*
 * How text is written.  ascii_only: every character beyond ASCII as \uXXXX,
 * for textual plugin output in a database that is not UTF-8 (the server
 * converts or checks such output in its own encoding).  replaced counts
 * replacements since the owner last looked.
 */
typedef struct WfTextForm
{
	bool		ascii_only;
	uint64_t	replaced;
} WfTextForm;

/* A quoted JSON string.  text: UTF-8, `length` bytes, may hold NUL bytes. */
extern void wf_json_string(WfBuffer *buffer, WfTextForm *form, const char *text, size_t length);

/*
 * The same at out, where there is room for WF_JSON_STRING_ROOM(length) bytes:
 * \u001F or \uFFFD for each byte, the store of a last step, a character that
 * begins in the text and ends behind it, and quotes.  Returns the end.
 */
#define WF_JSON_EXPANSION_MAX 6
#define WF_JSON_SLACK_BYTES 32
#define WF_JSON_STRING_ROOM(length) \
	((length) * WF_JSON_EXPANSION_MAX + WF_JSON_SLACK_BYTES + 2)

extern char *wf_json_put_string(char *out, WfTextForm *form, const char *text, size_t length);

/* The same without the quotes, for a string written in parts. */
extern void wf_json_string_part(WfBuffer *buffer, WfTextForm *form, const char *text,
								size_t length);

/*
 * Replaces what was appended since mark, UTF-8, by the JSON string that holds
 * it.  Takes as much room again as that is long, for the time being.
 */
extern void wf_json_quote(WfBuffer *buffer, WfTextForm *form, size_t mark);

/*
 * The same for what is JSON already, and stays what it is: escapes only what is
 * beyond ASCII, as strings have it.
 */
extern void wf_json_escape_multibyte(WfBuffer *buffer, WfTextForm *form, size_t mark);

extern void wf_json_int64(WfBuffer *buffer, int64_t value);
extern void wf_json_uint64(WfBuffer *buffer, uint64_t value);

static inline void
wf_json_bool(WfBuffer *buffer, bool value)
{
	if (value)
		wf_buffer_append_literal(buffer, "true");
	else
		wf_buffer_append_literal(buffer, "false");
}

static inline void
wf_json_null(WfBuffer *buffer)
{
	wf_buffer_append_literal(buffer, "null");
}

/*
 * The shortest decimal that reads back as the same value, in Java's notation
 * (1.0, 1.0E7, 1.0E-4, -0.0; at least one digit on each side of the point).
 * NaN and the infinities become the strings "NaN", "Infinity", "-Infinity".
 * float4 is the shortest for 32 bits: 3.3, not 3.2999999523.
 */
extern void wf_json_float8(WfBuffer *buffer, double value);
extern void wf_json_float4(WfBuffer *buffer, float value);

/* The same at out, where there is room for WF_FLOAT_TEXT_MAX + 2 bytes.  Return the end. */
extern char *wf_json_put_float8(char *out, double value);
extern char *wf_json_put_float4(char *out, float value);

/* Standard base64 with padding, quoted. */
extern void wf_json_base64(WfBuffer *buffer, const void *bytes, size_t length);

/*
 * The same of an integer's last `length` bytes, 1 to 8, the most significant
 * first, at out, where there is room for WF_JSON_BASE64_INTEGER_MAX bytes.
 * Returns the end.
 */
#define WF_JSON_BASE64_INTEGER_MAX 14

extern char *wf_json_put_base64_integer(char *out, uint64_t value, int length);

#endif							/* WALFERRY_JSON_H */
