/*
 * type_names.h
 *		Names of types that pgoutput's Type messages have told.
 *
 * They are asked for when the catalogue does not have the type any more.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_TYPE_NAMES_H
#define WALFERRY_PGOUTPUT_TYPE_NAMES_H

#include "envelope/buffer.h"

/* Of one session; beyond, the earliest are forgotten. */
#define TYPE_NAMES_MAX 1024

/* The server's, NAMEDATALEN, is 64 unless it was built otherwise. */
#define TYPE_NAME_SIZE 256

typedef struct TypeName TypeName;

/* As pgoutput names it: a domain by the name of what it is over. */
struct TypeName
{
	uint32_t	oid;			/* 0: nothing yet */
	uint64_t	arrival;		/* the message's number */
	char		name[TYPE_NAME_SIZE];
	TypeName   *newer;			/* that this one displaces for a replay */
};

/* All zeroes is an empty one. */
typedef struct TypeNames
{
	int			next;			/* gives way */
	TypeName	names[TYPE_NAMES_MAX];
} TypeNames;

/*
 * Takes what a Type message tells; arrival: its number among all that arrive.  What a replayed
 * one tells, that arrived before another about the type, holds until type_names_end_replay().
 * False: no memory, and nothing is taken.
 */
extern bool type_names_add(TypeNames *names, uint32_t oid, WfSlice name, uint64_t arrival);

extern void type_names_end_replay(TypeNames *names);

/* The name, which lives until the next call of type_names_add(); NULL: none was told. */
extern const char *type_names_find(const TypeNames *names, uint32_t oid);

/* Empties it. */
extern void type_names_free(TypeNames *names);

#endif							/* WALFERRY_PGOUTPUT_TYPE_NAMES_H */
