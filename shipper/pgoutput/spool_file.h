/*
 * spool_file.h
 *		The spool's file: blocks that are taken, chained and given back.
 *
 * The file has no name, so that nobody else opens it and nothing stays of it when the
 * process ends, however it ends.  It is opened with the first block, grows only while no
 * block is free, and is cut to nothing when none is taken.  Which block follows which,
 * and which are free, is kept in memory: 4 bytes for each block.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_SPOOL_FILE_H
#define WALFERRY_PGOUTPUT_SPOOL_FILE_H

#include "spool.h"

#define SPOOL_NO_BLOCK UINT32_MAX
#define SPOOL_ERROR_BYTES 512

typedef struct SpoolFile
{
	char	   *directory;		/* heap */
	int			fd;				/* -1: not opened yet */
	uint32_t   *next;			/* of each block, in its chain; heap */
	uint32_t	room;			/* entries of next */
	uint32_t	count;			/* blocks of the file */
	uint32_t	taken;			/* of these */
	uint32_t	free;			/* chain of the others */
	char		error[SPOOL_ERROR_BYTES];	/* of the last that went wrong, or "" */
} SpoolFile;

/* directory as for spool_create().  False: no memory. */
extern bool spool_file_init(SpoolFile *file, const char *directory);

/* Closes the file and frees what it has. */
extern void spool_file_close(SpoolFile *file);

/* Could the file be opened now?  It is not there afterwards.  False: error says why. */
extern bool spool_file_try(SpoolFile *file);

/* Takes a block, a chain by itself.  FULL: no memory; BROKEN: the file cannot be opened. */
extern SpoolResult spool_file_take(SpoolFile *file, uint32_t *block);

/* Gives a chain of blocks back, from this one to its end. */
extern void spool_file_give_back(SpoolFile *file, uint32_t block);

/* Writes or reads a part of a block; false: error says why. */
extern bool spool_file_write(SpoolFile *file, uint32_t block, size_t offset, const char *bytes,
							 size_t length);
extern bool spool_file_read(SpoolFile *file, uint32_t block, size_t offset, char *bytes,
							size_t length);

/* What was read is not what was written: BROKEN, and error says so. */
extern SpoolResult spool_file_not_ours(SpoolFile *file);

/* The block will be read soon. */
extern void spool_file_will_read(const SpoolFile *file, uint32_t block);

#endif							/* WALFERRY_PGOUTPUT_SPOOL_FILE_H */
