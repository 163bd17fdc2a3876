/*
 * spool_file.c
 *		The spool's file: blocks that are taken, chained and given back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_DIRECTORY "/var/tmp"
#define FIRST_ROOM 256

static bool
went_wrong(SpoolFile *file, const char *what, int number)
{
	char		reason[128];

	/* GNU's: the text need not be in reason */
	snprintf(file->error, sizeof(file->error), "cannot %s the spool's file in %s: %s", what,
			 file->directory, strerror_r(number, reason, sizeof(reason)));
	return false;
}

bool
spool_file_init(SpoolFile *file, const char *directory)
{
	memset(file, 0, sizeof(*file));
	file->fd = -1;
	file->free = SPOOL_NO_BLOCK;
	if (directory == NULL || directory[0] == '\0')
		directory = getenv("TMPDIR");
	if (directory == NULL || directory[0] == '\0')
		directory = DEFAULT_DIRECTORY;
	file->directory = strdup(directory);
	return file->directory != NULL;
}

void
spool_file_close(SpoolFile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->next);
	free(file->directory);
}

/* A file with a name that is taken away at once, where the other way is not known. */
static int
open_named(const char *directory)
{
	char	   *name;
	int			fd;

	if (asprintf(&name, "%s/walferry-spool-XXXXXX", directory) < 0)
	{
		errno = ENOMEM;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0 && unlink(name) != 0)
	{
		int			number = errno;

		close(fd);
		fd = -1;
		errno = number;
	}
	free(name);
	return fd;
}

static bool
open_file(SpoolFile *file)
{
	file->fd = open(file->directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	/* open(2): kernels and file systems without O_TMPFILE say one of these */
	if (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT ||
						 errno == EINVAL))
		file->fd = open_named(file->directory);
	return file->fd >= 0 || went_wrong(file, "make", errno);
}

bool
spool_file_try(SpoolFile *file)
{
	if (file->fd >= 0)
		return true;
	if (!open_file(file))
		return false;
	close(file->fd);
	file->fd = -1;
	return true;
}

SpoolResult
spool_file_take(SpoolFile *file, uint32_t *block)
{
	if (file->fd < 0 && !open_file(file))
		return SPOOL_BROKEN;
	if (file->free != SPOOL_NO_BLOCK)
	{
		*block = file->free;
		file->free = file->next[*block];
	}
	else
	{
		if (file->count == file->room)
		{
			size_t		room = file->room > 0 ? (size_t) file->room * 2 : FIRST_ROOM;
			uint32_t   *next = NULL;

			if (room < SPOOL_NO_BLOCK)
				next = realloc(file->next, room * sizeof(*next));
			if (next == NULL)
				return SPOOL_FULL;
			file->next = next;
			file->room = (uint32_t) room;
		}
		*block = file->count++;
	}
	file->next[*block] = SPOOL_NO_BLOCK;
	file->taken++;
	return SPOOL_OK;
}

void
spool_file_give_back(SpoolFile *file, uint32_t block)
{
	while (block != SPOOL_NO_BLOCK)
	{
		uint32_t	next = file->next[block];

		file->next[block] = file->free;
		file->free = block;
		file->taken--;
		block = next;
	}

	/* if it cannot be cut, its blocks are written over */
	if (file->taken == 0 && file->count > 0 && ftruncate(file->fd, 0) == 0)
	{
		file->count = 0;
		file->free = SPOOL_NO_BLOCK;
	}
}

bool
spool_file_write(SpoolFile *file, uint32_t block, size_t offset, const char *bytes, size_t length)
{
	off_t		place = (off_t) block * SPOOL_BLOCK_BYTES + (off_t) offset;

	while (length > 0)
	{
		ssize_t		written = pwrite(file->fd, bytes, length, place);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return went_wrong(file, "write to", written < 0 ? errno : ENOSPC);
		bytes += written;
		length -= (size_t) written;
		place += written;
	}
	return true;
}

bool
spool_file_read(SpoolFile *file, uint32_t block, size_t offset, char *bytes, size_t length)
{
	off_t		place = (off_t) block * SPOOL_BLOCK_BYTES + (off_t) offset;

	while (length > 0)
	{
		ssize_t		got = pread(file->fd, bytes, length, place);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)			/* nothing cuts it, so an end is as bad */
			return went_wrong(file, "read", got < 0 ? errno : EIO);
		bytes += got;
		length -= (size_t) got;
		place += got;
	}
	return true;
}

SpoolResult
spool_file_not_ours(SpoolFile *file)
{
	snprintf(file->error, sizeof(file->error),
			 "what was read from the spool's file in %s is not what was written to it",
			 file->directory);
	return SPOOL_BROKEN;
}

void
spool_file_will_read(const SpoolFile *file, uint32_t block)
{
	(void) posix_fadvise(file->fd, (off_t) block * SPOOL_BLOCK_BYTES, SPOOL_BLOCK_BYTES,
						 POSIX_FADV_WILLNEED);
}
