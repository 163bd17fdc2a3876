/*
 * config_password.c
 *		Settings of the database's password, looked at together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_password.h"

#include <string.h>

#include "aws/rds_token.h"

static bool
demands_tls(const char *sslmode)
{
	return strcmp(sslmode, "require") == 0 || strncmp(sslmode, "verify-", 7) == 0;
}

static void
check_iam(ConfigLoader *loader, const Config *config)
{
	const char *host = config->database_hostname;
	char		region[AWS_REGION_SIZE];
	char		shown[CONFIG_SHOWN_SIZE];

	if (config->database_password_given != NULL)
		config_fault_together(loader, "database.iam=aws and database.password exclude each other, since the "
							  "password is the token: remove one");
	if (config->database_password_command != NULL)
		config_fault_together(loader, "database.iam=aws and database.password.command exclude each other, "
							  "since the password is the token: remove one");
	if (!demands_tls(config->database_sslmode))
		config_fault_together(loader, "database.iam=aws sends its token in clear and so needs TLS, but "
							  "database.sslmode is %s: set database.sslmode=verify-full and "
							  "database.sslrootcert", config->database_sslmode);
	if (host == NULL)
		return;
	if (host[0] == '/' || strchr(host, ',') != NULL)
		config_fault_together(loader, "database.iam=aws makes its token for one host, but database.hostname "
							  "is \"%s\": give the name of the instance or cluster",
							  config_shorten(host, shown));
	else if (aws_region(config->database_iam_region) == NULL && !rds_region_of_host(host, region))
		config_fault_together(loader, "database.iam=aws needs the instance's region, which neither AWS_REGION "
							  "nor database.hostname tells: add database.iam.region");
}

void
config_check_password(ConfigLoader *loader)
{
	const Config *config = &loader->owned->config;

	if (config->database_iam == CONFIG_IAM_AWS)
		check_iam(loader, config);
	else if (config->database_password_given != NULL && config->database_password_command != NULL)
		config_fault_together(loader, "database.password and database.password.command exclude each other; "
							  "remove one");
}
