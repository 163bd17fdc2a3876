/*
 * rds_token.h
 *		The password that Amazon RDS takes of an IAM identity.
 *
 * Source: AWS, RDS User Guide, "Connecting to your DB instance using IAM
 * authentication".  The token is the presigned URL, without its scheme, of
 *
 *		GET host:port/?Action=connect&DBUser=ROLE	service rds-db, 900 s
 *
 * RDS asks for it as a password in clear, so it must not travel without TLS.  It is
 * looked at only while a connection is made: one that stands outlives it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_AWS_RDS_TOKEN_H
#define WALFERRY_AWS_RDS_TOKEN_H

#include "credentials.h"

/* Most of it is the session token, of whose bytes some take three. */
#define RDS_TOKEN_BYTES_MAX 16384
#define RDS_TOKEN_EXPIRES_S 900

/* Of a host name ….REGION.rds.amazonaws.com(.cn). */
#define AWS_REGION_SIZE 64

/* What a token is for. */
typedef struct RdsEndpoint
{
	const char *host;			/* the instance's own name: AWS knows no alias */
	int			port;
	const char *user;			/* role of the database */
	const char *region;
} RdsEndpoint;

/* The region as given, else AWS_REGION's or AWS_DEFAULT_REGION's; NULL: none says it. */
extern const char *aws_region(const char *given);

/* The region that an instance's host name tells; false if it tells none. */
extern bool rds_region_of_host(const char *host, char region[AWS_REGION_SIZE]);

/*
 * Writes the token of that time, NUL-terminated, into token (RDS_TOKEN_BYTES_MAX bytes),
 * for the caller to wipe.  False: it did not fit, or there was no memory.
 */
extern bool rds_token(const RdsEndpoint *endpoint, const AwsCredentials *credentials,
					  int64_t time_s, char token[RDS_TOKEN_BYTES_MAX]);

#endif							/* WALFERRY_AWS_RDS_TOKEN_H */
