/*
 * forced_option.h
 *		An option that the server's policy forces, and the shipper goes by.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_FORCED_OPTION_H
#define WALFERRY_SOURCE_FORCED_OPTION_H

#include "fault.h"
#include "shipper/config.h"

/*
 * fault: what the plugin denied.  If that is an option with another value than the
 * policy's, which the user has not given by this name, the sentence becomes one that
 * names the line to add to the configuration; any other stays as it is.
 */
extern void forced_option_explain(const Config *config, SourceFault *fault);

#endif							/* WALFERRY_SOURCE_FORCED_OPTION_H */
