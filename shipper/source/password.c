/*
 * password.c
 *		The password of the database's role, as it is now.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "password.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "password_command.h"
#include "shipper/aws/rds_token.h"
#include "shipper/config_resolve.h"
#include "shipper/control.h"
#include "shipper/log.h"

void
password_free(char *password)
{
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
}

static bool
take(char **password, char *text, SourceFault *fault)
{
	*password = strdup(text);
	explicit_bzero(text, strlen(text));
	if (*password == NULL)
		source_fault(fault, false, "out of memory while connecting to PostgreSQL");
	return *password != NULL;
}

static bool
read_setting(const Config *config, char **password, SourceFault *fault)
{
	char		error[256];

	*password = NULL;
	if (config->database_password_given != NULL)
	{
		*password = config_resolve(config->database_password_given, error, sizeof(error));
		if (*password == NULL)
			log_write(LOG_LEVEL_WARNING, "source",
					  "database.password cannot be read again; trying the one of before",
					  log_text("reason", error));
	}
	if (*password == NULL && config->database_password != NULL)
	{
		*password = strdup(config->database_password);
		if (*password == NULL)
		{
			source_fault(fault, false, "out of memory while connecting to PostgreSQL");
			return false;
		}
	}
	return true;
}

static bool
read_command(const Config *config, SourceTurn turn, void *context, char **password,
			 SourceFault *fault)
{
	char		text[PASSWORD_BYTES_MAX + 1];

	return password_command_run(config->database_password_command, PASSWORD_COMMAND_TIMEOUT_MS,
								turn, context, text, fault) &&
		take(password, text, fault);
}

static bool
make_token(const Config *config, SourceTurn turn, void *context, char **password,
		   SourceFault *fault)
{
	AwsCredentials credentials;
	char		of_host[AWS_REGION_SIZE];
	char		error[SOURCE_FAULT_TEXT_MAX / 2];
	char		token[RDS_TOKEN_BYTES_MAX];
	RdsEndpoint endpoint = {
		.host = config->database_hostname, .port = (int) config->database_port,
		.user = config->database_user, .region = aws_region(config->database_iam_region)
	};
	bool		ok;

	if (endpoint.region == NULL && rds_region_of_host(endpoint.host, of_host))
		endpoint.region = of_host;
	if (endpoint.region == NULL)
	{
		source_fault(fault, true, "database.iam=aws needs a region: set database.iam.region");
		return false;
	}
	if (!aws_credentials(&credentials, turn, context, error, sizeof(error)))
	{
		if (control_stop() != CONTROL_RUN)
			source_fault_stopped(fault);
		else if (source_take_turn(turn, context, fault))
			source_fault(fault, false, "database.iam=aws: %s", error);
		return false;
	}
	ok = rds_token(&endpoint, &credentials, control_wall_clock_us() / 1000000, token);
	aws_credentials_wipe(&credentials);
	if (!ok)
	{
		source_fault(fault, true, "database.iam=aws: the token for PostgreSQL could not be made; it "
					 "has %d bytes at most", RDS_TOKEN_BYTES_MAX - 1);
		return false;
	}
	return take(password, token, fault);
}

bool
password_read(const Config *config, SourceTurn turn, void *context, char **password,
			  SourceFault *fault)
{
	*password = NULL;
	if (config->database_iam == CONFIG_IAM_AWS)
		return make_token(config, turn, context, password, fault);
	if (config->database_password_command != NULL)
		return read_command(config, turn, context, password, fault);
	return read_setting(config, password, fault);
}

void
password_refused(const Config *config)
{
	if (config->database_iam == CONFIG_IAM_AWS)
		aws_credentials_forget();
}
