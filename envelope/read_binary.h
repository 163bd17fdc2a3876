/*
 * read_binary.h
 *		From the bytes that types' send functions give to values.
 *
 * That is how types of extensions are read in the server, too, because a send
 * function's bytes are a promise to clients, whereas how an extension stores
 * its values is its own affair.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_READ_BINARY_H
#define WALFERRY_READ_BINARY_H

#include "read_text.h"

/* Scratch that suffices for any value of so many bytes. */
#define WF_BINARY_SCRATCH_SIZE(length) (2 * (length) + 64)

/*
 * pgvector's types.  False if bytes are not those of such a value, or scratch
 * is too small; *value is then undefined.
 */
extern bool wf_read_vector_binary(WfScratch *scratch, WfTypeKind kind, WfSlice bytes,
								  WfVector *value);

#endif							/* WALFERRY_READ_BINARY_H */
