/*
 * test_sigv4.c
 *		Signatures against those that AWS published.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shipper/aws/rds_token.h"
#include "shipper/aws/sigv4.h"
#include "shipper/heap_buffer.h"

#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

/* AWS, Signature Version 4 test suite: 2015-08-30T12:36:00Z */
static const AwsCredentials suite_credentials = {
	.access_key_id = "AKIDEXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
};
static const SigV4Scope suite_scope = {"us-east-1", "service", 1440938160};
static const SigV4Pair suite_headers[] = {
	{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}
};

static void
assert_suite(const char *method, const char *path, const SigV4Pair *parameters, int count,
			 const char *expected)
{
	SigV4Request request = {
		.method = method, .path = path, .parameters = parameters, .parameter_count = count,
		.headers = suite_headers, .header_count = 2, .payload_hash = SIGV4_EMPTY_PAYLOAD
	};
	char		signature[SIGV4_SIGNATURE_LENGTH + 1];

	assert_true(sigv4_sign(&request, &suite_scope, &suite_credentials, signature));
	assert_string_equal(signature, expected);
}

static void
suite_vectors(void **state)
{
	static const SigV4Pair out_of_order[] = {{"Param2", "value2"}, {"Param1", "value1"}};
	static const SigV4Pair same_name[] = {{"Param1", "value2"}, {"Param1", "Value1"}};

#define UNRESERVED "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	static const SigV4Pair unreserved[] = {{UNRESERVED, UNRESERVED}};
	static const SigV4Pair utf8[] = {{"\xE1\x88\xB4", "bar"}};

	(void) state;
	/* get-vanilla, post-vanilla */
	assert_suite("GET", "/", NULL, 0,
				 "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
	assert_suite("POST", "/", NULL, 0,
				 "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");

	/*
	 * get-vanilla-query-order-key-case, -order-value, -unreserved,
	 * get-vanilla-utf8-query
	 */
	assert_suite("GET", "/", out_of_order, COUNT_OF(out_of_order),
				 "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
	assert_suite("GET", "/", same_name, COUNT_OF(same_name),
				 "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1");
	assert_suite("GET", "/", unreserved, COUNT_OF(unreserved),
				 "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197");
	assert_suite("GET", "/", utf8, COUNT_OF(utf8),
				 "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04");
}

/* AWS, IAM User Guide: the example of a request to IAM's ListUsers */
static void
documented_header_example(void **state)
{
	static const SigV4Pair parameters[] = {{"Version", "2010-05-08"}, {"Action", "ListUsers"}};
	static const SigV4Pair headers[] = {
		{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
		{"host", "iam.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}
	};
	SigV4Request request = {
		.method = "GET", .path = "/", .parameters = parameters, .parameter_count = 2,
		.headers = headers, .header_count = 3, .payload_hash = SIGV4_EMPTY_PAYLOAD
	};
	SigV4Scope	scope = {"us-east-1", "iam", 1440938160};
	char		signature[SIGV4_SIGNATURE_LENGTH + 1];

	(void) state;
	assert_true(sigv4_sign(&request, &scope, &suite_credentials, signature));
	assert_string_equal(signature,
						"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

/* Amazon S3, API Reference, "Authenticating Requests: Using Query Parameters" */
static void
documented_presigned_example(void **state)
{
	static const AwsCredentials credentials = {
		.access_key_id = "AKIAIOSFODNN7EXAMPLE",
		.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	};
	static const SigV4Pair headers[] = {{"host", "examplebucket.s3.amazonaws.com"}};
	SigV4Request request = {
		.method = "GET", .path = "/test.txt", .headers = headers, .header_count = 1,
		.payload_hash = SIGV4_UNSIGNED_PAYLOAD
	};
	SigV4Scope	scope = {"us-east-1", "s3", 1369353600};
	WfBuffer	url;

	(void) state;
	heap_buffer_init(&url, 65536);
	assert_true(sigv4_presign(&url, &request, &scope, &credentials, 86400));
	wf_buffer_append_char(&url, '\0');
	assert_string_equal(url.data,
						"/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
						"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
						"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
						"&X-Amz-Signature="
						"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	heap_buffer_free(&url);
}

/* Too many parameters, or no room for the URL, are told and not cut. */
static void
limits(void **state)
{
	static const SigV4Pair headers[] = {{"host", "h"}};
	SigV4Pair	parameters[SIGV4_PARAMETERS_MAX + 1];
	SigV4Request request = {
		.method = "GET", .path = "/", .parameters = parameters,
		.headers = headers, .header_count = 1, .payload_hash = SIGV4_EMPTY_PAYLOAD
	};
	char		signature[SIGV4_SIGNATURE_LENGTH + 1];
	char		region[300];
	SigV4Scope	scope = {region, "s", 0};
	WfBuffer	url;

	(void) state;
	for (int i = 0; i < COUNT_OF(parameters); i++)
		parameters[i] = (SigV4Pair) {"p", "v"};
	snprintf(region, sizeof(region), "us-east-1");
	request.parameter_count = SIGV4_PARAMETERS_MAX;
	assert_true(sigv4_sign(&request, &scope, &suite_credentials, signature));
	request.parameter_count = SIGV4_PARAMETERS_MAX + 1;
	assert_false(sigv4_sign(&request, &scope, &suite_credentials, signature));
	request.parameter_count = 0;

	heap_buffer_init(&url, 64);
	assert_false(sigv4_presign(&url, &request, &scope, &suite_credentials, 900));
	heap_buffer_free(&url);

	memset(region, 'r', sizeof(region) - 1);
	region[sizeof(region) - 1] = '\0';
	assert_false(sigv4_sign(&request, &scope, &suite_credentials, signature));
}

/* ---- the token of RDS --------------------------------------------------- */

/* The signature is the one that AWS's SDK for Python expects of itself for the same token. */
static void
token(void **state)
{
	static const AwsCredentials credentials = {
		.access_key_id = "akid", .secret_access_key = "skid"
	};
	static const RdsEndpoint endpoint = {
		.host = "prod-instance.us-east-1.rds.amazonaws.com", .port = 3306,
		.user = "someusername", .region = "us-east-1"
	};
	char		text[RDS_TOKEN_BYTES_MAX];

	(void) state;
	assert_true(rds_token(&endpoint, &credentials, 1478540373, text));
	assert_string_equal(text,
						"prod-instance.us-east-1.rds.amazonaws.com:3306/?Action=connect"
						"&DBUser=someusername&X-Amz-Algorithm=AWS4-HMAC-SHA256"
						"&X-Amz-Credential=akid%2F20161107%2Fus-east-1%2Frds-db%2Faws4_request"
						"&X-Amz-Date=20161107T173933Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host"
						"&X-Amz-Signature="
						"d1138cdbc0ca63eec012ec0fc6c2267e03642168f5884a7795320d4c18374c61");
}

/* A role's session: its token is signed, too, and what is special in it is encoded. */
static void
token_of_session(void **state)
{
	static const RdsEndpoint endpoint = {
		.host = "db", .port = 5432, .user = "role with space", .region = "eu-central-1"
	};
	AwsCredentials credentials = {.access_key_id = "A", .secret_access_key = "S"};
	char		text[RDS_TOKEN_BYTES_MAX];

	(void) state;
	snprintf(credentials.session_token, sizeof(credentials.session_token), "a+b/c==");
	assert_true(rds_token(&endpoint, &credentials, 0, text));
	assert_non_null(strstr(text, "&DBUser=role%20with%20space&"));
	assert_non_null(strstr(text, "&X-Amz-Expires=900&X-Amz-Security-Token=a%2Bb%2Fc%3D%3D"
						   "&X-Amz-SignedHeaders=host&X-Amz-Signature="));

	/* longer than any that AWS gives, and each byte takes three */
	memset(credentials.session_token, '/', sizeof(credentials.session_token) - 1);
	assert_false(rds_token(&endpoint, &credentials, 0, text));
}

static void
regions(void **state)
{
	char		region[AWS_REGION_SIZE];

	(void) state;
	assert_true(rds_region_of_host("db1.c9x2k.eu-central-1.rds.amazonaws.com", region));
	assert_string_equal(region, "eu-central-1");
	assert_true(rds_region_of_host("c.cluster-ro-c9x2k.US-EAST-1.RDS.amazonaws.com", region));
	assert_string_equal(region, "US-EAST-1");
	assert_true(rds_region_of_host("db1.c9x2k.rds.cn-north-1.rds.amazonaws.com.cn", region));
	assert_string_equal(region, "cn-north-1");
	assert_false(rds_region_of_host("db.example.com", region));
	assert_false(rds_region_of_host(".rds.amazonaws.com", region));
	assert_false(rds_region_of_host("x.rds.amazonaws.com", region));
	assert_false(rds_region_of_host("db1..rds.amazonaws.com", region));
	assert_false(rds_region_of_host("", region));

	setenv("AWS_REGION", "", 1);
	unsetenv("AWS_DEFAULT_REGION");
	assert_null(aws_region(NULL));
	setenv("AWS_DEFAULT_REGION", "ap-south-1", 1);
	assert_string_equal(aws_region(NULL), "ap-south-1");
	setenv("AWS_REGION", "sa-east-1", 1);
	assert_string_equal(aws_region(NULL), "sa-east-1");
	assert_string_equal(aws_region("us-west-2"), "us-west-2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suite_vectors),
		cmocka_unit_test(documented_header_example),
		cmocka_unit_test(documented_presigned_example),
		cmocka_unit_test(limits),
		cmocka_unit_test(token),
		cmocka_unit_test(token_of_session),
		cmocka_unit_test(regions),
	};

	return cmocka_run_group_tests_name("sigv4", tests, NULL, NULL);
}
