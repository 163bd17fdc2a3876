/*
 * test_config_plugin.c
 *		What plugin.name makes of the other settings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "said.h"
#include "shipper/config.h"
#include "shipper/config_filters.h"
#include "shipper/config_transforms.h"
#include "shipper/digest.h"
#include "shipper/log.h"

#define MINIMAL \
	"topic.prefix=inventory\n" \
	"slot.name=orders\n" \
	"database.hostname=127.0.0.1\n" \
	"database.user=shipper\n" \
	"database.dbname=inventory\n" \
	"snapshot.mode=no_data\n" \
	"delivery.guarantee=at-least-once\n" \
	"kafka.bootstrap.servers=127.0.0.1:9092\n"
#define PGOUTPUT MINIMAL "plugin.name=pgoutput\n"

#define HEX_MAX (2 * WF_DIGEST_LENGTH_MAX)

static Config *
load(const char *text)
{
	Config	   *config;

	setenv("WALFERRY_CONFIG", text, 1);
	capture_begin();
	config = config_load(NULL, false);
	fflush(stderr);
	capture_end();
	unsetenv("WALFERRY_CONFIG");
	return config;
}

static Config *
expect_taken(const char *text)
{
	Config	   *config = load(text);

	if (config == NULL)
		print_error("for:\n%s\nsaid:\n%s\n", text, said);
	assert_non_null(config);
	return config;
}

static void
expect_fault(const char *text, const char *sentence)
{
	Config	   *config = load(text);

	if (config != NULL || strstr(said, sentence) == NULL)
		print_error("for:\n%s\nexpected: %s\nsaid:\n%s\n", text, sentence, said);
	assert_null(config);
	assert_non_null(strstr(said, sentence));
}

static void
expect_plugin(const char *text, int plugin)
{
	Config	   *config = expect_taken(text);

	assert_int_equal(config->plugin, plugin);
	config_free(config);
}

static void
test_names(void **state)
{
	(void) state;
	expect_plugin(MINIMAL, CONFIG_PLUGIN_UNSET);
	expect_plugin(MINIMAL "plugin.name=walferry\n", CONFIG_PLUGIN_WALFERRY);
	expect_plugin(PGOUTPUT, CONFIG_PLUGIN_PGOUTPUT);
	expect_plugin(MINIMAL "plugin.name=PgOutput \n", CONFIG_PLUGIN_PGOUTPUT);
	assert_string_equal(config_plugin_text(CONFIG_PLUGIN_WALFERRY), "walferry");
	assert_string_equal(config_plugin_text(CONFIG_PLUGIN_PGOUTPUT), "pgoutput");

	expect_fault(MINIMAL "plugin.name=decoderbufs\n",
				 "WALFERRY_CONFIG:9: plugin.name=decoderbufs is not a plugin whose stream can be read: "
				 "it takes walferry or pgoutput");
	assert_non_null(strstr(said, "SELECT pg_drop_replication_slot('orders');"));
	assert_non_null(strstr(said, "pg_create_logical_replication_slot('orders', 'pgoutput')"));
	expect_fault(MINIMAL "plugin.name=wal2json\n", "walferry or pgoutput");
	assert_non_null(strstr(said, "SELECT pg_drop_replication_slot('orders');"));

	/* a slip is no reason to drop a slot */
	expect_fault(MINIMAL "plugin.name=pgouput\n",
				 "plugin.name=pgouput names no plugin that is read: it takes walferry or pgoutput");
	assert_null(strstr(said, "pg_drop_replication_slot"));
}

/* What pgoutput leaves no room for. */
static void
test_misfits(void **state)
{
	Config	   *config;
	WfBuffer	error = heap_fixture();

	(void) state;
	expect_fault(PGOUTPUT "publication.filter=p\n",
				 "WALFERRY_CONFIG:10: publication.filter does not go with plugin.name=pgoutput");
	expect_fault(PGOUTPUT "publish.via.partition.root.include.list=public.a\n",
				 "publish.via.partition.root.include.list does not go with plugin.name=pgoutput");
	config_free(expect_taken(PGOUTPUT "txid.handling=xid8\npublication.name=p\n"
							 "publish.via.partition.root.include.list= \n"));

	/* asked again when the server has told which it is */
	config = expect_taken(MINIMAL "publication.filter=p\n");
	assert_true(config_fits_plugin(config, CONFIG_PLUGIN_WALFERRY, &error));
	assert_false(config_fits_plugin(config, CONFIG_PLUGIN_PGOUTPUT, &error));
	config_free(config);
	wf_buffer_cut(&error, 0);
	config = expect_taken(MINIMAL "column.mask.hash.v2.SHA-256.with.salt.@s=a.b.c\n");
	assert_true(config_fits_plugin(config, CONFIG_PLUGIN_WALFERRY, &error));
	assert_false(config_fits_plugin(config, CONFIG_PLUGIN_PGOUTPUT, &error));
	config_free(config);
	heap_buffer_free(&error);
}

/* "SHA-256;salt=@v2.1001;a.b.c": nothing that is said of the list can show the salt. */
static void
test_salts(void **state)
{
	Config	   *config;

	(void) state;
	expect_fault(MINIMAL "column.mask.hash.v2.SHA-256.with.salt.pepper=a.b.c\n",
				 "or add plugin.name=pgoutput, with which the setting is taken as it is");
	assert_null(strstr(said, "pepper"));
	expect_fault(MINIMAL "plugin.name=walferry\ncolumn.mask.hash.SHA-256.with.salt.pepper=a.b.c\n",
				 "walferry.salts = 'file:PATH'");
	assert_null(strstr(said, "plugin.name=pgoutput"));
	expect_fault(PGOUTPUT "column.mask.hash.v2.SHA-256.with.salt.@s=a.b.c\n",
				 "written in its place: column.mask.hash.v2.ALGORITHM.with.salt.SALT=list");
	expect_fault(PGOUTPUT "column.mask.hash.v2.1=SHA-256;salt=@s;a.b.c\n",
				 "WALFERRY_CONFIG:10: column.mask.hash.v2.1: the salt @NAME stands in a file on the server");
	expect_fault(PGOUTPUT "column.mask.hash.v2.1=SHA-256;salt=pepper;a.b.c\n", "column.mask.hash.v2.1: ");
	assert_null(strstr(said, "pepper"));
	expect_fault(PGOUTPUT "column.mask.hash.v2.SHA-3.with.salt.pepper=a.b.c\n",
				 "option \"column.mask.hash.v2.SHA-3.with.salt....\" has the unknown algorithm");
	assert_null(strstr(said, "pepper"));
	expect_fault(PGOUTPUT "column.mask.hash.v2.MD5.with.salt.pepper=a.(b\n", "regular expression");
	assert_null(strstr(said, "pepper"));
	expect_fault(PGOUTPUT "column.mask.hash.v2.MD5.with.salt.=a.b.c\n", "names no salt");
	expect_fault(PGOUTPUT "column.mask.hash.v1.MD5.with.salt.pepper=a.b.c\n",
				 "written without one, column.mask.hash.ALGORITHM.with.salt.SALT=list");

	/* wherever plugin.name stands */
	config = expect_taken("column.mask.hash.v2.SHA-256.with.salt.pepper;=a.b.c\n"
						  "column.mask.hash.SHA-512.with.salt.salt@=a.b.d\n" PGOUTPUT);
	assert_string_equal(said, "");
	assert_int_equal(config->format.settings.count, 2);
	assert_int_equal(config->salts.count, 2);
	for (int i = 0; i < 2; i++)
	{
		assert_null(strstr(config->format.settings.entries[i].value, "pepper"));
		assert_null(strstr(config->format.settings.entries[i].value, "salt@"));
	}
	config_free(config);
}

/* The text as the configuration hides public.t.column. */
static const char *
masked(WfRules *rules, const char *column, const char *text)
{
	static char shown[HEX_MAX + 1];
	const WfRuleTable table = {
		.database = WF_LITERAL("inventory"), .schema = WF_LITERAL("public"),
		.table = WF_LITERAL("t")
	};
	const WfRuleColumn rule_column = {
		.name = wf_slice_of(column), .type_name = WF_LITERAL("text"), .is_character = true
	};
	WfColumnRule rule;
	WfBuffer	buffer = heap_fixture();

	assert_true(wf_rules_column(rules, &table, &rule_column, &rule, &buffer));
	assert_int_equal(rule.action, WF_COLUMN_HASH);
	assert_true(wf_mask_hash(&buffer, rule.hash, wf_slice_of(text), rule.length));
	assert_true(buffer.length <= HEX_MAX);
	memcpy(shown, buffer.data, buffer.length);
	shown[buffer.length] = '\0';
	heap_buffer_free(&buffer);
	return shown;
}

/* Expected: printf 'pepperabc' | md5sum, and so on. */
static void
test_hashes(void **state)
{
	Config	   *config = expect_taken(PGOUTPUT
									  "column.mask.hash.v2.MD5.with.salt.pepper=public.t.a\n"
									  "column.mask.hash.v2.SHA-1.with.salt.pepper=public.t.b\n"
									  "column.mask.hash.v2.SHA-256.with.salt.p;=public.t.c\n");
	WfRules		rules;
	WfBuffer	error = heap_fixture();

	(void) state;
	assert_true(config_read_filters(config, &rules, &error));
	assert_string_equal(masked(&rules, "a", "abc"), "3a31636ed6e2c090c2ea4eff603b772e");
	assert_string_equal(masked(&rules, "b", "abc"), "3c882171770877665718d2438b933bb1f78dbb13");
	assert_string_equal(masked(&rules, "c", "abc"), "217540d99d7c1faa944219b301075379bff9d76f1fa62042d9c742863c2ff390");
	wf_rules_free(&rules);
	heap_buffer_free(&error);
	config_free(config);
}

/* Over several parts, and with nothing in one: FIPS 180-4's and RFC 1321's "abc". */
static void
test_digests(void **state)
{
	static const struct
	{
		WfDigestAlgorithm algorithm;
		const char *hex;		/* its beginning */
	}			known[] = {
		{WF_DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72"},
		{WF_DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{WF_DIGEST_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
		{WF_DIGEST_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{WF_DIGEST_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"},
		{WF_DIGEST_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"}
	};
	const WfSlice parts[3] = {WF_LITERAL("a"), {NULL, 0}, WF_LITERAL("bc")};
	uint8_t		digest[WF_DIGEST_LENGTH_MAX];
	char		hex[HEX_MAX + 1];

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		assert_true(digest_compute(known[i].algorithm, parts, 3, digest));
		for (size_t j = 0; j < wf_digest_length(known[i].algorithm); j++)
			snprintf(hex + 2 * j, 3, "%02x", digest[j]);
		assert_memory_equal(hex, known[i].hex, strlen(known[i].hex));
	}
	assert_true(digest_sha256("abc", 3, digest));
	assert_int_equal(digest[0], 0xba);
	assert_int_equal(digest[31], 0xad);
}

static void
test_transforms(void **state)
{
	Config	   *config = expect_taken(PGOUTPUT "transforms=unwrap\n"
									  "transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState\n"
									  "transforms.unwrap.add.fields=op,nobody\n");
	WfTransforms *transforms = calloc(1, sizeof(*transforms));
	WfBuffer	error = heap_fixture();

	(void) state;
	capture_begin();
	assert_true(config_read_transforms(config, transforms, &error));
	fflush(stderr);
	capture_end();
	assert_int_equal(transforms->count, 1);
	assert_non_null(strstr(said, "names a member that no event has"));
	assert_non_null(strstr(said, "nobody"));
	wf_transforms_free(transforms);
	config_free(config);

	config = expect_taken(PGOUTPUT);
	assert_true(config_read_transforms(config, transforms, &error));
	assert_int_equal(transforms->count, 0);
	wf_transforms_free(transforms);
	config_free(config);
	heap_buffer_free(&error);
	free(transforms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_misfits),
		cmocka_unit_test(test_salts),
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_transforms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
