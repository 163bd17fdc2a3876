/*
 * md5.h
 *		MD5 (RFC 1321), for name-based UUIDs only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_MD5_H
#define WALFERRY_MD5_H

#include <stddef.h>
#include <stdint.h>

extern void wf_md5(const void *bytes, size_t length, uint8_t digest[16]);

#endif							/* WALFERRY_MD5_H */
