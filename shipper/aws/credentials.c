/*
 * credentials.c
 *		The access key that requests to AWS are signed with.
 *
 * Sources: AWS, "AWS SDKs and Tools Reference Guide" (container credential provider,
 * assume role credential provider, IMDS credential provider); STS API reference,
 * AssumeRoleWithWebIdentity; EC2 User Guide, "Use IMDSv2".
 *
 * No message has what an answer or a token file holds: that is where the secrets are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "credentials.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "credentials_answer.h"
#include "rds_token.h"
#include "shipper/config_resolve.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/http_client.h"
#include "shipper/log.h"

/* A key is renewed when it has this long to go; AWS gives a new one before. */
#define RENEW_BEFORE_S 300

/* All that is asked for one key. */
#define FETCH_TIMEOUT_MS 10000

/* Where there is no such service, nothing answers at all. */
#define INSTANCE_TIMEOUT_MS 3000

#define CONTAINER_ENDPOINT "http://169.254.170.2"
#define INSTANCE_ENDPOINT "http://169.254.169.254"
#define INSTANCE_ROLES "/latest/meta-data/iam/security-credentials/"
#define INSTANCE_TOKEN "/latest/api/token"
#define INSTANCE_TOKEN_TTL "X-aws-ec2-metadata-token-ttl-seconds: 60"

#define URL_SIZE 8192			/* a web identity token travels in it */
#define LINE_SIZE 8192
#define TOKEN_FILE_BYTES_MAX 4096

typedef struct Fetch
{
	HttpClient	http;
	AwsCredentials *credentials;
	char	   *error;
	size_t		error_size;
} Fetch;

/* The key of before, for whoever asks next. */
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static AwsCredentials kept;
static bool has_kept = false;

static bool failed(const Fetch *fetch, const char *format,...)
			__attribute__((format(printf, 2, 3)));

static bool
failed(const Fetch *fetch, const char *format,...)
{
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(fetch->error, fetch->error_size, format, arguments);
	va_end(arguments);
	return false;
}

/* A variable of the environment; NULL also if it is empty. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

void
aws_credentials_wipe(AwsCredentials *credentials)
{
	explicit_bzero(credentials, sizeof(*credentials));
}

/* ---- asking ------------------------------------------------------------- */

/* Takes what the last request brought. */
static bool
take_answer(const Fetch *fetch, const char *whose, AwsAnswer kind)
{
	const WfBuffer *response = &fetch->http.response;
	const char *fault = "is too long";

	/* it ends in a NUL, which is not its own */
	if (response->error == WF_BUFFER_OK)
		fault = aws_answer_read(response->data, response->length - 1, kind, fetch->credentials);
	return fault == NULL || failed(fetch, "the answer of %s %s", whose, fault);
}

/*
 * What is sent there, and what comes back, is as good as a password.  The SDKs allow plain HTTP of
 * a container's endpoint on loopback addresses and those of the agents of ECS and EKS only:
 * 169.254.170.2, 169.254.170.23, fd00:ec2::23 (docs.rs, aws_config::ecs; awslabs/aws-c-auth,
 * source/credentials_provider_ecs.c, s_is_valid_remote_host_ip(); AWS SDK for JavaScript,
 * credential-provider-http, checkUrl()).  Here it is also what else is link-local, and the same
 * for STS and for the metadata service.
 */
static bool
is_safe_place(const Fetch *fetch, const char *name, const char *url)
{
	return strncmp(url, "https://", 8) == 0 ||
		(strncmp(url, "http://", 7) == 0 && http_client_is_near(url)) ||
		failed(fetch, "%s must begin with https://, or be http:// with an address of this machine "
			   "(127.0.0.1, or a link-local one like 169.254.170.2), as credentials travel there", name);
}

/* One request that is to succeed. */
static bool
ask(Fetch *fetch, const char *whose, const char *method, const char *url, const char *header)
{
	long		status = http_client_request(&fetch->http, method, url, NULL, header);
	const WfBuffer *response = &fetch->http.response;
	char		code[AWS_ERROR_CODE_SIZE];

	if (status == 0)
		return failed(fetch, "%s does not answer: %s", whose, fetch->http.error);
	if (status != 200 && response->error == WF_BUFFER_OK &&
		aws_answer_error(response->data, response->length - 1, code))
		return failed(fetch, "%s answers with status %ld, %s", whose, status, code);
	if (status != 200)
		return failed(fetch, "%s answers with status %ld", whose, status);
	return true;
}

/* A token file's text without its last line end.  False, having told. */
static bool
read_token_file(const Fetch *fetch, const char *name, const char *path, char *token, size_t size)
{
	WfBuffer	text;
	char		reason[256];
	bool		ok;

	heap_buffer_init_secret(&text, TOKEN_FILE_BYTES_MAX);
	ok = config_read_file(path, &text, reason, sizeof(reason));
	while (ok && text.length > 0 && strchr("\r\n", text.data[text.length - 1]) != NULL)
		text.length--;
	if (!ok)
		failed(fetch, "the file \"%s\" that %s names cannot be read: %s", path, name, reason);
	else if (text.length == 0 || text.length >= size ||
			 memchr(text.data, '\0', text.length) != NULL ||
			 memchr(text.data, '\n', text.length) != NULL)
		ok = failed(fetch, "the file \"%s\" that %s names holds no token", path, name);
	else
	{
		memcpy(token, text.data, text.length);
		token[text.length] = '\0';
	}
	heap_buffer_free(&text);
	return ok;
}

/* ---- the places --------------------------------------------------------- */

static bool
take_variable(char *target, size_t size, const char *name)
{
	const char *value = variable(name);

	if (value != NULL && strlen(value) < size)
		memcpy(target, value, strlen(value) + 1);
	return value == NULL || strlen(value) < size;
}

static bool
from_environment(const Fetch *fetch)
{
	AwsCredentials *credentials = fetch->credentials;

	if (variable("AWS_SECRET_ACCESS_KEY") == NULL)
		return failed(fetch, "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not");
	if (!take_variable(credentials->access_key_id, sizeof(credentials->access_key_id),
					   "AWS_ACCESS_KEY_ID") ||
		!take_variable(credentials->secret_access_key, sizeof(credentials->secret_access_key),
					   "AWS_SECRET_ACCESS_KEY") ||
		!take_variable(credentials->session_token, sizeof(credentials->session_token),
					   "AWS_SESSION_TOKEN"))
		return failed(fetch, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN is too "
					  "long");
	return true;
}

/* Appends &name=value, encoded. */
static bool
append_parameter(char *url, size_t size, const char *name, const char *value)
{
	char	   *encoded = curl_easy_escape(NULL, value, 0);
	size_t		length = strlen(url);
	int			more = -1;

	if (encoded != NULL)
		more = snprintf(url + length, size - length, "&%s=%s", name, encoded);
	curl_free(encoded);
	return more >= 0 && (size_t) more < size - length;
}

static bool
from_web_identity(Fetch *fetch, const char *token_file)
{
	const char *role = variable("AWS_ROLE_ARN");
	const char *session = variable("AWS_ROLE_SESSION_NAME");
	const char *endpoint = variable("AWS_ENDPOINT_URL_STS");
	const char *region = aws_region(NULL);
	char		url[URL_SIZE];
	char		token[TOKEN_FILE_BYTES_MAX];
	bool		ok;

	if (role == NULL)
		return failed(fetch, "AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is not");
	if (endpoint != NULL && !is_safe_place(fetch, "AWS_ENDPOINT_URL_STS", endpoint))
		return false;
	if (!read_token_file(fetch, "AWS_WEB_IDENTITY_TOKEN_FILE", token_file, token, sizeof(token)))
		return false;
	if (endpoint != NULL)
		snprintf(url, sizeof(url), "%s", endpoint);
	else if (region != NULL)
		snprintf(url, sizeof(url), "https://sts.%s.amazonaws.com%s", region,
				 strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
	else
		snprintf(url, sizeof(url), "https://sts.amazonaws.com");
	snprintf(url + strlen(url), sizeof(url) - strlen(url),
			 "/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
	ok = append_parameter(url, sizeof(url), "RoleArn", role) &&
		append_parameter(url, sizeof(url), "RoleSessionName",
						 session != NULL ? session : "walferry") &&
		append_parameter(url, sizeof(url), "WebIdentityToken", token);
	if (!ok)
		failed(fetch, "the request to STS would be too long");
	ok = ok && ask(fetch, "STS", "GET", url, NULL);
	explicit_bzero(token, sizeof(token));
	explicit_bzero(url, sizeof(url));
	return ok && take_answer(fetch, "STS", AWS_ANSWER_STS);
}

static bool
from_container(Fetch *fetch, const char *relative, const char *full)
{
	static const char *const whose = "the container's credentials endpoint";
	const char *token_file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *given = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	char		url[URL_SIZE];
	char		token[TOKEN_FILE_BYTES_MAX] = "";
	char		header[LINE_SIZE] = "";
	bool		ok;

	if (relative != NULL)
		snprintf(url, sizeof(url), "%s%s", CONTAINER_ENDPOINT, relative);
	else
		snprintf(url, sizeof(url), "%s", full);

	if (!is_safe_place(fetch, relative != NULL ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" :
					   "AWS_CONTAINER_CREDENTIALS_FULL_URI", url))
		return false;
	if (token_file != NULL)
	{
		if (!read_token_file(fetch, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token_file, token,
							 sizeof(token)))
			return false;
		given = token;
	}
	if (given != NULL && strpbrk(given, "\r\n") != NULL)
		return failed(fetch, "AWS_CONTAINER_AUTHORIZATION_TOKEN has more than one line");
	if (given != NULL)
		snprintf(header, sizeof(header), "Authorization: %s", given);
	ok = ask(fetch, whose, "GET", url, given != NULL ? header : NULL);
	explicit_bzero(token, sizeof(token));
	explicit_bzero(header, sizeof(header));
	return ok && take_answer(fetch, whose, AWS_ANSWER_METADATA);
}

/* The instance's role, as the metadata service names it: one line. */
static bool
read_role(const Fetch *fetch, char *role, size_t size)
{
	const WfBuffer *response = &fetch->http.response;
	size_t		length = response->error == WF_BUFFER_OK ? strcspn(response->data, "\r\n") : 0;

	if (length == 0 || length >= size || memchr(response->data, '/', length) != NULL)
		return failed(fetch, "the instance has no role");
	memcpy(role, response->data, length);
	role[length] = '\0';
	return true;
}

static bool
from_instance(Fetch *fetch)
{
	static const char *const whose = "the instance's metadata service";
	const char *endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	char		base[URL_SIZE / 4];
	char		url[URL_SIZE];
	char		header[LINE_SIZE];
	char		role[256];
	bool		ok;

	snprintf(base, sizeof(base), "%s", endpoint != NULL ? endpoint : INSTANCE_ENDPOINT);
	if (!is_safe_place(fetch, "AWS_EC2_METADATA_SERVICE_ENDPOINT", base))
		return false;
	if (base[0] != '\0' && base[strlen(base) - 1] == '/')
		base[strlen(base) - 1] = '\0';
	fetch->http.deadline_ms = control_now_ms() + INSTANCE_TIMEOUT_MS;
	snprintf(url, sizeof(url), "%s" INSTANCE_TOKEN, base);
	if (!ask(fetch, whose, "PUT", url, INSTANCE_TOKEN_TTL))
		return false;
	snprintf(header, sizeof(header), "X-aws-ec2-metadata-token: %.1024s",
			 fetch->http.response.error == WF_BUFFER_OK ? fetch->http.response.data : "");
	header[strcspn(header, "\r\n")] = '\0';
	snprintf(url, sizeof(url), "%s" INSTANCE_ROLES, base);
	ok = ask(fetch, whose, "GET", url, header) && read_role(fetch, role, sizeof(role));
	if (ok)
	{
		snprintf(url, sizeof(url), "%s" INSTANCE_ROLES "%s", base, role);
		ok = ask(fetch, whose, "GET", url, header);
	}
	explicit_bzero(header, sizeof(header));
	return ok && take_answer(fetch, whose, AWS_ANSWER_METADATA);
}

static bool
fetch_from_instance(Fetch *fetch)
{
	char		reason[512];
	const char *disabled = variable("AWS_EC2_METADATA_DISABLED");
	char	   *error = fetch->error;
	size_t		error_size = fetch->error_size;
	bool		ok;

	fetch->error = reason;
	fetch->error_size = sizeof(reason);
	ok = disabled != NULL && strcasecmp(disabled, "true") == 0 ?
		failed(fetch, "AWS_EC2_METADATA_DISABLED is true") : from_instance(fetch);
	fetch->error = error;
	fetch->error_size = error_size;
	return ok ||
		failed(fetch, "there are no AWS credentials: run where a role is attached (an ECS task role, an "
			   "EKS service account, an EC2 instance profile), or set AWS_ACCESS_KEY_ID and "
			   "AWS_SECRET_ACCESS_KEY (%s)", reason);
}

/* ---- the key ------------------------------------------------------------ */

static bool
fetch_credentials(AwsCredentials *credentials, bool (*turn) (void *context), void *turn_context,
				  char *error, size_t error_size)
{
	Fetch		fetch = {.credentials = credentials, .error = error, .error_size = error_size};
	const char *web_identity = variable("AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	bool		ok;

	memset(credentials, 0, sizeof(*credentials));
	if (!http_client_open(&fetch.http, LEG_CAPTURE))
		return failed(&fetch, "out of memory");
	fetch.http.turn = turn;
	fetch.http.turn_context = turn_context;
	fetch.http.deadline_ms = control_now_ms() + FETCH_TIMEOUT_MS;
	if (variable("AWS_ACCESS_KEY_ID") != NULL)
		ok = from_environment(&fetch);
	else if (web_identity != NULL)
		ok = from_web_identity(&fetch, web_identity);
	else if (relative != NULL || full != NULL)
		ok = from_container(&fetch, relative, full);
	else
		ok = fetch_from_instance(&fetch);
	http_client_close(&fetch.http);
	if (!ok)
		aws_credentials_wipe(credentials);
	return ok;
}

/* What is kept.  False: nothing. */
static bool
look_up(AwsCredentials *credentials)
{
	bool		found;

	pthread_mutex_lock(&kept_lock);
	found = has_kept;
	if (found)
		*credentials = kept;
	pthread_mutex_unlock(&kept_lock);
	return found;
}

static void
keep(const AwsCredentials *credentials)
{
	pthread_mutex_lock(&kept_lock);
	kept = *credentials;
	has_kept = true;
	pthread_mutex_unlock(&kept_lock);
}

/*
 * Nothing is locked while the key is fetched: turn may come here again, as it serves Kafka's
 * callbacks.  Whoever comes at that time fetches one, too.
 */
bool
aws_credentials(AwsCredentials *credentials, bool (*turn) (void *context), void *turn_context,
				char *error, size_t error_size)
{
	int64_t		now_s = control_wall_clock_us() / 1000000;
	AwsCredentials before = {0};
	bool		found = look_up(&before);
	bool		ok = true;

	if (found && (before.expires_s == 0 || before.expires_s - now_s >= RENEW_BEFORE_S))
		*credentials = before;
	else if (fetch_credentials(credentials, turn, turn_context, error, error_size))
		keep(credentials);
	else if (found && before.expires_s > now_s)
	{
		log_write(LOG_LEVEL_WARNING, "source",
				  "AWS credentials cannot be renewed; going on with those that are there",
				  log_text("reason", error), log_int("good_for_s", before.expires_s - now_s));
		*credentials = before;
	}
	else
	{
		if (found)
			aws_credentials_forget();
		ok = false;
	}
	aws_credentials_wipe(&before);
	return ok;
}

void
aws_credentials_forget(void)
{
	pthread_mutex_lock(&kept_lock);
	aws_credentials_wipe(&kept);
	has_kept = false;
	pthread_mutex_unlock(&kept_lock);
}
