/*
 * mask.c
 *		What hides a character value: asterisks, a hash, a shorter text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "mask.h"

static const struct
{
	const char *name;			/* upper case */
	WfDigestAlgorithm algorithm;
}			digest_names[] = {
	{"MD5", WF_DIGEST_MD5},
	{"SHA-1", WF_DIGEST_SHA1},
	{"SHA1", WF_DIGEST_SHA1},
	{"SHA", WF_DIGEST_SHA1},
	{"SHA-224", WF_DIGEST_SHA224},
	{"SHA-256", WF_DIGEST_SHA256},
	{"SHA-384", WF_DIGEST_SHA384},
	{"SHA-512", WF_DIGEST_SHA512},
};

static bool
is_name(WfSlice text, const char *upper_case)
{
	for (size_t i = 0; i < text.length; i++)
	{
		char		c = text.data[i] >= 'a' && text.data[i] <= 'z' ?
		(char) (text.data[i] - ('a' - 'A')) : text.data[i];

		if (upper_case[i] == '\0' || c != upper_case[i])
			return false;
	}
	return upper_case[text.length] == '\0';
}

bool
wf_digest_find(WfSlice name, WfDigestAlgorithm *algorithm)
{
	for (size_t i = 0; i < sizeof(digest_names) / sizeof(digest_names[0]); i++)
		if (is_name(name, digest_names[i].name))
		{
			*algorithm = digest_names[i].algorithm;
			return true;
		}
	return false;
}

size_t
wf_digest_length(WfDigestAlgorithm algorithm)
{
	switch (algorithm)
	{
		case WF_DIGEST_MD5:
			return 16;
		case WF_DIGEST_SHA1:
			return 20;
		case WF_DIGEST_SHA224:
			return 28;
		case WF_DIGEST_SHA256:
			return 32;
		case WF_DIGEST_SHA384:
			return 48;
		case WF_DIGEST_SHA512:
			return 64;
	}
	return 0;
}

/* ---- Java's form of a string (Java Object Serialization Specification, 6) ---- */

#define STREAM_HEADER "\xAC\xED\x00\x05"	/* STREAM_MAGIC, STREAM_VERSION */
#define TC_STRING 0x74			/* length in two bytes */
#define TC_LONGSTRING 0x7C		/* length in eight bytes */

/*
 * A character beyond the BMP has four bytes in UTF-8; Java writes it as two
 * surrogates of three bytes each.  U+0000, which Java writes as two bytes, is in no
 * text of PostgreSQL, but may be in a placeholder.
 */
static bool
is_supplementary(unsigned char c)
{
	return c >= 0xF0;
}

static uint64_t
java_length(WfSlice text)
{
	uint64_t	length = text.length;

	for (size_t i = 0; i < text.length; i++)
	{
		if (is_supplementary((unsigned char) text.data[i]))
			length += 2;
		else if (text.data[i] == '\0')
			length++;
	}
	return length;
}

static void
put_surrogate(WfBuffer *buffer, uint32_t unit)
{
	char		bytes[3] = {
		(char) (0xE0 | unit >> 12),
		(char) (0x80 | (unit >> 6 & 0x3F)),
		(char) (0x80 | (unit & 0x3F))
	};

	wf_buffer_append(buffer, bytes, sizeof(bytes));
}

/* The four bytes at text are one character. */
static void
put_surrogates(WfBuffer *buffer, const unsigned char *text)
{
	uint32_t	code = (text[0] & 0x07u) << 18 | (text[1] & 0x3Fu) << 12 |
	(text[2] & 0x3Fu) << 6 | (text[3] & 0x3Fu);

	code -= 0x10000;
	put_surrogate(buffer, 0xD800 + (code >> 10));
	put_surrogate(buffer, 0xDC00 + (code & 0x3FF));
}

static void
put_java_text(WfBuffer *buffer, WfSlice text)
{
	size_t		done = 0;

	for (size_t i = 0; i < text.length; i++)
	{
		bool		supplementary = is_supplementary((unsigned char) text.data[i]) &&
		i + 3 < text.length;

		if (!supplementary && text.data[i] != '\0')
			continue;
		wf_buffer_append(buffer, text.data + done, i - done);
		if (supplementary)
		{
			put_surrogates(buffer, (const unsigned char *) text.data + i);
			i += 3;
		}
		else
			wf_buffer_append_literal(buffer, "\xC0\x80");
		done = i + 1;
	}
	wf_buffer_append(buffer, text.data + done, text.length - done);
}

static size_t
java_head(WfSlice text, uint8_t head[13])
{
	uint64_t	length = java_length(text);
	int			length_bytes = length <= UINT16_MAX ? 2 : 8;

	memcpy(head, STREAM_HEADER, 4);
	head[4] = length_bytes == 2 ? TC_STRING : TC_LONGSTRING;
	for (int i = 0; i < length_bytes; i++)
		head[5 + i] = (uint8_t) (length >> 8 * (length_bytes - 1 - i));
	return 5 + length_bytes;
}

/* ---- writing ---- */

static void
put_hex(WfBuffer *buffer, const uint8_t *bytes, size_t digits)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < digits; i++)
		wf_buffer_append_char(buffer, hex[i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15]);
}

/*
 * The serialised text is put together behind the buffer's end and cut off
 * again, unless the text is the same in Java's form.
 */
static bool
digest_java(WfBuffer *buffer, const WfHash *hash, WfSlice text,
			uint8_t result[WF_DIGEST_LENGTH_MAX])
{
	uint8_t		head[13];
	WfSlice		parts[3] = {hash->salt, wf_slice((const char *) head, java_head(text, head)), text};
	size_t		mark = buffer->length;
	bool		done;

	if (java_length(text) != text.length)
	{
		if (!wf_buffer_reserve(buffer, (size_t) java_length(text)))
			return false;
		put_java_text(buffer, text);
		parts[2] = wf_buffer_since(buffer, mark);
	}
	done = hash->digest(hash->algorithm, parts, 3, result);
	wf_buffer_cut(buffer, mark);
	return done;
}

bool
wf_mask_hash(WfBuffer *buffer, const WfHash *hash, WfSlice text, int32_t units)
{
	uint8_t		result[WF_DIGEST_LENGTH_MAX];
	size_t		digits = 2 * wf_digest_length(hash->algorithm);

	if (buffer->error != WF_BUFFER_OK)
		return true;			/* nothing is written any more */
	if (hash->java_serialized)
	{
		if (!digest_java(buffer, hash, text, result))
			return buffer->error != WF_BUFFER_OK;
	}
	else
	{
		WfSlice		parts[2] = {hash->salt, text};

		if (!hash->digest(hash->algorithm, parts, 2, result))
			return false;
	}
	if (units > 0 && (size_t) units < digits)
		digits = units;
	put_hex(buffer, result, digits);
	return true;
}

void
wf_mask_asterisks(WfBuffer *buffer, int32_t count)
{
	if (count > 0 && wf_buffer_reserve(buffer, count))
	{
		memset(buffer->data + buffer->length, '*', count);
		buffer->length += count;
	}
}

WfSlice
wf_mask_truncate(WfSlice text, int32_t units)
{
	size_t		i = 0;

	/* no character has more units than bytes */
	if (text.length <= (size_t) units)
		return text;
	while (i < text.length)
	{
		unsigned char c = (unsigned char) text.data[i];

		if ((c & 0xC0) != 0x80)
		{
			units -= is_supplementary(c) ? 2 : 1;
			if (units < 0)
				break;
		}
		i++;
	}
	return wf_slice(text.data, i);
}
