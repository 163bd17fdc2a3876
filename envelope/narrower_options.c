/*
 * narrower_options.c
 *		Options that decide, for a part, what another option decides.
 *
 * Read from wf_options_settle(), wf_field_is_omitted(), wf_transforms_read() and the
 * publications: whoever adds an option that overrides another adds it here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "options.h"

#define KEY_SCHEMAS "key.converter.schemas.enable"
#define VALUE_SCHEMAS "value.converter.schemas.enable"
#define KEY_DELEGATE_SCHEMAS "key.converter.delegate.converter.type.schemas.enable"
#define VALUE_DELEGATE_SCHEMAS "value.converter.delegate.converter.type.schemas.enable"

const WfNarrowerOption wf_narrower_options[] = {
	{KEY_SCHEMAS, NULL, KEY_DELEGATE_SCHEMAS, WF_SAME_VALUE},
	{VALUE_SCHEMAS, NULL, VALUE_DELEGATE_SCHEMAS, WF_SAME_VALUE},
	{"schemas.enable", NULL, KEY_SCHEMAS, WF_SAME_VALUE},
	{"schemas.enable", NULL, VALUE_SCHEMAS, WF_SAME_VALUE},
	{"schemas.enable", NULL, KEY_DELEGATE_SCHEMAS, WF_SAME_VALUE},
	{"schemas.enable", NULL, VALUE_DELEGATE_SCHEMAS, WF_SAME_VALUE},
	{"include.unknown.datatypes", NULL, "unknown.handling", "debezium"},
	{"publish.via.partition.root", NULL, "publish.via.partition.root.include.list", ""},
	{"publish.via.partition.root", "false", "publication.filter", NULL},
	{"include.generated.columns", "false", "publication.filter", NULL},
	{"transforms", NULL, "transforms.", NULL},
	{"transforms", NULL, "predicates", NULL},
	{"transforms", NULL, "predicates.", NULL},
};

const int	wf_narrower_option_count = sizeof(wf_narrower_options) / sizeof(wf_narrower_options[0]);
