/*
 * test_mask.c
 *		Unit tests of asterisks, hashes and truncation.
 *
 * The hashes are what Debezium 3.7.0 wrote (SHA-256 with salt CzQMA0cB5K in its
 * first form, SHA-512 with salt s2 in its second).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/mask.h"
#include "heap_memory.h"
#include "mask_digest.h"

static const WfHash v1 = {test_digest, WF_DIGEST_SHA256, true, {"CzQMA0cB5K", 10}};
static const WfHash v2 = {test_digest, WF_DIGEST_SHA512, false, {"s2", 2}};

static void
assert_hash(const WfHash *hash, const char *text, int32_t units, const char *expected)
{
	WfBuffer	buffer = fixture_buffer(4096);

	wf_buffer_append_literal(&buffer, ">");
	assert_true(wf_mask_hash(&buffer, hash, slice(text), units));
	assert_string_equal(fixture_text(&buffer) + 1, expected);
	free(buffer.data);
}

static void
test_hash(void **state)
{
	(void) state;
	assert_hash(&v1, "Ann", 0, "052af54501a1a7c86c4c227ee21fce6ebd65fb211395e43f5d6f01fa56864f26");
	assert_hash(&v1, "", 0, "7b061bc77caec9afdc6b986ab6c4de894d58006b32ac0f7ea728404a5cf3a9e5");
	assert_hash(&v1, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x83\x86\xE3\x82\xAD\xE3\x82\xB9\xE3\x83\x88", 0,
				"aa64f520aaeb8462ed3b5a3c7d4e569953b976e1b7472ff66a6bfbc244ee4b68");
	assert_hash(&v1, "123-45-6789", 11, "377189d9d7c");
	assert_hash(&v1, "           ", 11, "bd18a2aea67");
	assert_hash(&v1, "1          ", 11, "4957ca732b5");
	assert_hash(&v2, "long biography text", 0,
				"744d7afd0333135cf4ff8406e0124a4a3a22811f631c113ea3c3b3ce10ee89c7"
				"87255f8aa27f00d478400be84d0280c520176663bef4cc62100138219b03b1a8");
	assert_hash(&v2, "\xC3\xA9moji \xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 0,
				"ccd85cc327dca28aba745260572c27a2e191747299be724bb1302bea3cd35ba7"
				"6f5be2b66970a9d7824e0fdd5f3c51030a1d594ea71988db6bf7e7318378b833");
	assert_hash(&v2, "short", 1000,
				"c59f3d7b1d7a159d817f15f2482f0fe53d8a309924d2253489fc0a18db088b22"
				"d8090fb630702b73885c433a07356def4bfb473f5f9f9b272174216f2e36ec9a");
}

/*
 * Java writes a character beyond the BMP as two surrogates, and a string of more
 * than 65,535 bytes with another tag and length.
 */
static void
test_java_form(void **state)
{
	WfHash		unsalted = {test_digest, WF_DIGEST_MD5, true, {"", 0}};
	WfHash		plain = {test_digest, WF_DIGEST_MD5, false, {"", 0}};
	size_t		length = 70000;
	char	   *text = malloc(length + 1);
	char	   *serialized = malloc(13 + length + 1);
	WfBuffer	left = fixture_buffer(4096);
	WfBuffer	right = fixture_buffer(4096);

	(void) state;
	assert_true(wf_mask_hash(&left, &unsalted, slice("a\xF0\x9F\x98\x80" "b"), 0));
	assert_true(wf_mask_hash(&right, &plain,
							 wf_slice("\xAC\xED\x00\x05\x74\x00\x08" "a\xED\xA0\xBD\xED\xB8\x80" "b", 15),
							 0));
	assert_string_equal(fixture_text(&left), fixture_text(&right));

	wf_buffer_cut(&left, 0);
	wf_buffer_cut(&right, 0);
	assert_true(wf_mask_hash(&left, &unsalted, wf_slice("\0\x10", 2), 0));
	assert_true(wf_mask_hash(&right, &plain, wf_slice("\xAC\xED\x00\x05\x74\x00\x03\xC0\x80\x10", 10), 0));
	assert_string_equal(fixture_text(&left), fixture_text(&right));

	memset(text, 'x', length);
	memcpy(serialized, "\xAC\xED\x00\x05\x7C\x00\x00\x00\x00\x00\x01\x11\x70", 13);
	memset(serialized + 13, 'x', length);
	wf_buffer_cut(&left, 0);
	wf_buffer_cut(&right, 0);
	assert_true(wf_mask_hash(&left, &unsalted, wf_slice(text, length), 0));
	assert_true(wf_mask_hash(&right, &plain, wf_slice(serialized, 13 + length), 0));
	assert_string_equal(fixture_text(&left), fixture_text(&right));

	/* the room for Java's form is bounded like any other */
	free(left.data);
	left = fixture_buffer(64);
	assert_true(wf_mask_hash(&left, &unsalted,
							 slice("\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80"), 0));
	assert_int_equal(left.error, WF_BUFFER_CEILING);
	free(text);
	free(serialized);
	free(left.data);
	free(right.data);
}

static bool
failing_digest(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
			   uint8_t digest[WF_DIGEST_LENGTH_MAX])
{
	(void) algorithm;
	(void) parts;
	(void) part_count;
	(void) digest;
	return false;
}

static void
test_failing_digest(void **state)
{
	WfBuffer	buffer = fixture_buffer(4096);
	WfHash		serialized = {failing_digest, WF_DIGEST_MD5, true, {"", 0}};
	WfHash		plain = {failing_digest, WF_DIGEST_MD5, false, {"", 0}};

	(void) state;
	assert_false(wf_mask_hash(&buffer, &serialized, slice("secret \xF0\x9F\x98\x80"), 0));
	assert_false(wf_mask_hash(&buffer, &plain, slice("secret"), 0));
	assert_int_equal(buffer.length, 0);
	free(buffer.data);
}

static void
test_algorithms(void **state)
{
	static const struct
	{
		const char *name;
		size_t		length;
	}			known[] = {
		{"MD5", 16}, {"sha", 20}, {"SHA1", 20}, {"SHA-1", 20}, {"sha-224", 28}, {"Sha-256", 32},
		{"SHA-384", 48}, {"SHA-512", 64}
	};
	WfDigestAlgorithm algorithm;

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		assert_true(wf_digest_find(slice(known[i].name), &algorithm));
		assert_int_equal(wf_digest_length(algorithm), known[i].length);
	}
	assert_false(wf_digest_find(slice(""), &algorithm));
	assert_false(wf_digest_find(slice("SHA-25"), &algorithm));
	assert_false(wf_digest_find(slice("SHA-2567"), &algorithm));
	assert_false(wf_digest_find(slice("MD2"), &algorithm));
}

static void
test_truncate(void **state)
{
	static const struct
	{
		const char *text;
		int32_t		units;
		const char *result;
	}			cases[] = {
		{"", 4, ""}, {"abcd", 4, "abcd"}, {"abcde", 4, "abcd"}, {"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x83\x86\xE3\x82\xAD\xE3\x82\xB9\xE3\x83\x88", 4, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x83\x86"},
		{"\xC3\xA9moji", 4, "\xC3\xA9moj"}, {"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 4, "\xF0\x9F\x98\x80\xF0\x9F\x98\x80"}, {"a\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 4, "a\xF0\x9F\x98\x80"}, {"\xF0\x9F\x98\x80", 1, ""},
		{"\xC3\xA9", 1, "\xC3\xA9"}, {"\xC3\xA9\xC3\xA9", 1, "\xC3\xA9"}
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		WfSlice		cut = wf_mask_truncate(slice(cases[i].text), cases[i].units);

		assert_int_equal(cut.length, strlen(cases[i].result));
		assert_memory_equal(cut.data, cases[i].result, cut.length);
	}
}

static void
test_asterisks(void **state)
{
	WfBuffer	buffer = fixture_buffer(4096);

	(void) state;
	wf_mask_asterisks(&buffer, 0);
	assert_string_equal(fixture_text(&buffer), "");
	wf_mask_asterisks(&buffer, 5);
	assert_string_equal(fixture_text(&buffer), "*****");
	free(buffer.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_java_form),
		cmocka_unit_test(test_failing_digest),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_truncate),
		cmocka_unit_test(test_asterisks)
	};

	return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
