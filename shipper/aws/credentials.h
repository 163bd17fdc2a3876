/*
 * credentials.h
 *		The access key that requests to AWS are signed with.
 *
 * Looked for where the AWS SDKs look, in their order, as far as a service in a
 * container or on a machine needs it; the first place that is configured counts:
 *
 *	1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN of the environment;
 *	2. AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN (EKS): STS gives a key for it;
 *	3. the container's endpoint (ECS, EKS Pod Identity):
 *	   AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI, asked with
 *	   AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN;
 *	4. the instance's metadata service (EC2, IMDSv2), unless AWS_EC2_METADATA_DISABLED.
 *
 * No profile files: they are for people.
 *
 * A key that expires is kept until shortly before; if no new one is to be had then,
 * the old one serves to its end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_AWS_CREDENTIALS_H
#define WALFERRY_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AWS_KEY_BYTES_MAX 256
#define AWS_SESSION_TOKEN_BYTES_MAX 8192

typedef struct AwsCredentials
{
	char		access_key_id[AWS_KEY_BYTES_MAX];
	char		secret_access_key[AWS_KEY_BYTES_MAX];
	char		session_token[AWS_SESSION_TOKEN_BYTES_MAX]; /* empty: none */
	int64_t		expires_s;		/* since 1970; 0: never */
} AwsCredentials;

/*
 * Fills in credentials, for the caller to wipe (aws_credentials_wipe).  False with error:
 * there are none, or the place that has them does not give them.  Waits for seconds at
 * most; a stop request ends that, and turn, which is called about once a second, if it
 * says false (NULL: the caller wants none).
 */
extern bool aws_credentials(AwsCredentials *credentials, bool (*turn) (void *context),
							void *turn_context, char *error, size_t error_size);

extern void aws_credentials_wipe(AwsCredentials *credentials);

/* Forgets the key that is kept: a server refused what was signed with it. */
extern void aws_credentials_forget(void);

#endif							/* WALFERRY_AWS_CREDENTIALS_H */
