/*
 * credentials_answer.h
 *		What services answer who are asked for a key.
 *
 * The container's endpoint and the instance's metadata service:
 *
 *		{"AccessKeyId": "…", "SecretAccessKey": "…", "Token": "…",
 *		 "Expiration": "2026-11-30T21:04:17Z", …}
 *
 * STS, with the time in seconds since 1970:
 *
 *		{"AssumeRoleWithWebIdentityResponse": {"AssumeRoleWithWebIdentityResult":
 *		 {"Credentials": {"AccessKeyId": "…", "SecretAccessKey": "…",
 *		  "SessionToken": "…", "Expiration": 1.764536657E9}, …}, …}}
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_AWS_CREDENTIALS_ANSWER_H
#define WALFERRY_AWS_CREDENTIALS_ANSWER_H

#include "credentials.h"

typedef enum AwsAnswer
{
	AWS_ANSWER_METADATA,
	AWS_ANSWER_STS
} AwsAnswer;

/*
 * Fills in credentials.  NULL, or what is wrong with the answer, to be put behind "the
 * answer of X": one of a few fixed texts, which have nothing of the answer.
 */
extern const char *aws_answer_read(const char *json, size_t length, AwsAnswer kind,
								   AwsCredentials *credentials);

#define AWS_ERROR_CODE_SIZE 64

/*
 * The code of an error that STS tells, {"Error": {"Code": "ExpiredTokenException", …}, …}:
 * letters, digits and dots only.  False: the answer has none.
 */
extern bool aws_answer_error(const char *json, size_t length, char code[AWS_ERROR_CODE_SIZE]);

#endif							/* WALFERRY_AWS_CREDENTIALS_ANSWER_H */
