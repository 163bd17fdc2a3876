/*
 * credentials_answer.c
 *		What services answer who are asked for a key.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "credentials_answer.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#define EXPIRES_MAX_S 253402300800.0	/* the year 10000 */

static bool
take_text(char *target, size_t size, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || text[0] == '\0' || strlen(text) >= size)
		return false;
	memcpy(target, text, strlen(text) + 1);
	return true;
}

static bool
take_time(int64_t *seconds, const json_t *value)
{
	struct tm	parts = {0};

	if (json_is_number(value))
	{
		double		number = json_number_value(value);

		*seconds = number > 0 && number < EXPIRES_MAX_S ? (int64_t) number : 0;
	}
	else if (json_is_string(value) &&
			 strptime(json_string_value(value), "%Y-%m-%dT%H:%M:%S", &parts) != NULL)
		*seconds = (int64_t) timegm(&parts);
	else
		*seconds = 0;
	return *seconds > 0;
}

static const char *
take_key(const json_t *key, const char *token_name, AwsCredentials *credentials)
{
	if (!take_text(credentials->access_key_id, sizeof(credentials->access_key_id),
				   json_object_get(key, "AccessKeyId")))
		return "has no usable AccessKeyId";
	if (!take_text(credentials->secret_access_key, sizeof(credentials->secret_access_key),
				   json_object_get(key, "SecretAccessKey")))
		return "has no usable SecretAccessKey";
	if (!take_text(credentials->session_token, sizeof(credentials->session_token),
				   json_object_get(key, token_name)))
		return strcmp(token_name, "Token") == 0 ? "has no usable Token" :
			"has no usable SessionToken";
	if (!take_time(&credentials->expires_s, json_object_get(key, "Expiration")))
		return "has no usable Expiration";
	return NULL;
}

const char *
aws_answer_read(const char *json, size_t length, AwsAnswer kind, AwsCredentials *credentials)
{
	static const char *const path_of_sts[] = {
		"AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult", "Credentials"
	};
	json_t	   *answer = json_loadb(json, length, 0, NULL);
	const json_t *key = answer;
	const char *fault;

	if (answer == NULL)
		return "is not JSON";
	if (kind == AWS_ANSWER_STS)
	{
		for (size_t i = 0; i < sizeof(path_of_sts) / sizeof(path_of_sts[0]); i++)
			key = json_object_get(key, path_of_sts[i]);
	}
	fault = take_key(key, kind == AWS_ANSWER_STS ? "SessionToken" : "Token", credentials);
	json_decref(answer);
	return fault;
}

bool
aws_answer_error(const char *json, size_t length, char code[AWS_ERROR_CODE_SIZE])
{
	static const char allowed[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.";
	json_t	   *answer = json_loadb(json, length, 0, NULL);
	bool		ok = take_text(code, AWS_ERROR_CODE_SIZE,
							   json_object_get(json_object_get(answer, "Error"), "Code")) &&
	strspn(code, allowed) == strlen(code);

	json_decref(answer);
	return ok;
}
