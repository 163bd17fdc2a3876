/*
 * test_aws_credentials.c
 *		A turn that comes back for the key which is being fetched.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shipper/aws/credentials.h"
#include "shipper/control.h"

/* A test that waits for itself ends by a signal. */
#define TEST_TIMEOUT_S 60

static int	turns = 0;
static AwsCredentials of_turn;

/* As producer_serve() does that serves a callback for a token. */
static bool
asks_again(void *context)
{
	char		error[256];

	(void) context;
	if (turns++ > 0)
		return false;
	setenv("AWS_ACCESS_KEY_ID", "AKIDTURN", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	assert_true(aws_credentials(&of_turn, NULL, NULL, error, sizeof(error)));
	return false;
}

/* The endpoint takes the connection, and never answers. */
static void
turn_that_asks_again(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t	length = sizeof(address);
	int			listener = socket(AF_INET, SOCK_STREAM, 0);
	AwsCredentials credentials;
	char		url[64];
	char		error[256] = "";

	(void) state;
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *) &address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 5), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *) &address, &length), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
	unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	alarm(TEST_TIMEOUT_S);
	assert_false(aws_credentials(&credentials, asks_again, NULL, error, sizeof(error)));
	alarm(0);
	assert_int_equal(turns, 1);
	assert_string_equal(of_turn.access_key_id, "AKIDTURN");
	assert_non_null(strstr(error, "the container's credentials endpoint does not answer"));
	aws_credentials_wipe(&of_turn);
	close(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turn_that_asks_again),
	};

	control_init(0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
