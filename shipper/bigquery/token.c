/*
 * token.c
 *		The bearer token that requests carry, read from a file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shipper/log.h"

#define NEVER_READ INT64_MIN

void
token_init(Token *token, const char *path)
{
	token->path = path;
	token_refused(token);
	token->header[0] = '\0';
}

void
token_refused(Token *token)
{
	token->changed_ns = NEVER_READ;
	token->size = -1;
}

static bool
read_file(Token *token, int fd)
{
	static const char prefix[] = "Authorization: Bearer ";
	char	   *text = token->header + sizeof(prefix) - 1;
	ssize_t		length = read(fd, text, TOKEN_BYTES_MAX);

	token->header[0] = '\0';
	if (length <= 0)
		return false;
	/* one line; what follows a line's end must not become another header */
	text[length] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (*text == '\0')
		return false;
	memcpy(token->header, prefix, sizeof(prefix) - 1);
	return true;
}

bool
token_header(Token *token, const char **header)
{
	struct stat info;
	int			fd;
	int64_t		changed_ns;

	*header = NULL;
	if (token->path == NULL)
		return true;
	fd = open(token->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) != 0)
	{
		if (token->size != -2)
			log_write(LOG_LEVEL_ERROR, "bigquery", "cannot read the access token's file",
					  log_text("file", token->path), log_text("error", strerror(errno)));
		token->size = -2;
		if (fd >= 0)
			close(fd);
		return false;
	}
	changed_ns = (int64_t) info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
	if (changed_ns != token->changed_ns || info.st_size != token->size)
	{
		if (!read_file(token, fd))
		{
			close(fd);
			return false;
		}
		token->changed_ns = changed_ns;
		token->size = info.st_size;
	}
	close(fd);
	*header = token->header;
	return true;
}
