/*
 * aws_answer.c
 *		Any bytes that a service answers who was asked for a key are a whole key, or none.
 *
 * The first byte says whose answer it is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "check.h"
#include "shipper/aws/credentials_answer.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_text(const char *text, size_t size)
{
	return text[0] != '\0' && memchr(text, '\0', size) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static AwsCredentials credentials;
	char		code[AWS_ERROR_CODE_SIZE];
	const char *fault;

	if (size < 1)
		return 0;
	memset(&credentials, 0xFF, sizeof(credentials));
	fault = aws_answer_read((const char *) data + 1, size - 1,
							data[0] == 'S' ? AWS_ANSWER_STS : AWS_ANSWER_METADATA, &credentials);
	if (fault == NULL)
	{
		check(is_text(credentials.access_key_id, sizeof(credentials.access_key_id)));
		check(is_text(credentials.secret_access_key, sizeof(credentials.secret_access_key)));
		check(is_text(credentials.session_token, sizeof(credentials.session_token)));
		check(credentials.expires_s > 0 && credentials.expires_s < INT64_C(400000000000));
	}
	else
		check(strncmp(fault, "is ", 3) == 0 || strncmp(fault, "has no usable ", 14) == 0);
	memset(code, 0xFF, sizeof(code));
	if (aws_answer_error((const char *) data + 1, size - 1, code))
		check(is_text(code, sizeof(code)) && strpbrk(code, "\n\" ") == NULL);
	return 0;
}
