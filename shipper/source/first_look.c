/*
 * first_look.c
 *		What is looked at in the database before the slot is read for the first time.
 *
 * The filters are compiled once for all of it.  What only warns must not keep anybody
 * from starting who started before: a query that is refused or takes too long leaves
 * the warnings out, and says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "first_look.h"

#include <string.h>

#include "captured_tables.h"
#include "publication_fit.h"
#include "publications.h"
#include "shipper/config_filters.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "unfit_expressions.h"

#define ERROR_BYTES_MAX 4096

typedef bool (*Look) (Replication *replication, const Config *config, WfRules *rules,
					  SourceFault *fault);

static bool
warns(Look look, Replication *replication, const Config *config, WfRules *rules,
	  SourceFault *fault)
{
	if (look(replication, config, rules, fault))
		return true;

	/*
	 * what the configuration says wrongly, and not what the server refuses to
	 * tell
	 */
	if (fault->stopped || (fault->permanent && fault->sqlstate[0] == '\0') ||
		PQtransactionStatus(replication->connection) != PQTRANS_IDLE)
		return false;
	log_write(LOG_LEVEL_WARNING, "source",
			  "whether the lists of the configuration fit tables and columns could not be looked through",
			  log_text("reason", fault->text));
	memset(fault, 0, sizeof(*fault));
	return true;
}

static bool
look_at_tables(Replication *replication, const Config *config, SourceFault *fault)
{
	WfRules		rules;
	WfBuffer	error;
	bool		well;

	heap_buffer_init(&error, ERROR_BYTES_MAX);
	well = config_read_filters(config, &rules, &error);
	if (!well)
		source_fault(fault, true, "%.*s", (int) error.length, error.data);
	heap_buffer_free(&error);
	if (!well)
		return false;
	well = (replication->plugin == CONFIG_PLUGIN_PGOUTPUT ?
			warns(publication_fit_tell, replication, config, &rules, fault) :
			publications_hide_nothing(replication, config, &rules, fault)) &&
		warns(captured_tables_warn_of_none, replication, config, &rules, fault) &&
		warns(unfit_expressions_warn, replication, config, &rules, fault);
	wf_rules_free(&rules);
	return well;
}

/* What is wrong with the slot is told before what only warns. */
bool
first_look(const Config *config, SlotPosition *seen, SourceFault *fault)
{
	Replication replication = {0};
	bool		well = replication_connect(&replication, config, fault) &&
	(seen != NULL ? slot_prepare(&replication, config, false, 0, seen, fault) :
	 slot_choose_plugin(&replication, config, NULL, fault)) &&
	look_at_tables(&replication, config, fault);

	replication_close(&replication);
	return well;
}
