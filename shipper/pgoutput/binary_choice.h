/*
 * binary_choice.h
 *		Whether pgoutput is asked for values in their types' binary forms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_BINARY_CHOICE_H
#define WALFERRY_PGOUTPUT_BINARY_CHOICE_H

#include "column_type.h"

/*
 * Is each column that the publication has today of a type that envelope/ reads in its
 * binary form?  pgoutput sends all types that way that have a form, so one that is not
 * read could not be had at all.  False with fault filled in if that could not be asked.
 */
extern bool binary_choice_ask(Catalogue *catalogue, const TypeNames *names, bool *possible,
							  SourceFault *fault);

#endif							/* WALFERRY_PGOUTPUT_BINARY_CHOICE_H */
