/*
 * salts.c
 *		The setting walferry.salts: secrets of column.mask.hash.
 *
 *		walferry.salts = 'users=pepper, cards="with, comma and ""quote"""'
 *		walferry.salts = 'file:/etc/walferry/salts'		one NAME=SALT a line, and comments
 *
 * The second form is the one that keeps a secret: the server writes the new value
 * of a setting to its log, and as long as no session has loaded this library,
 * every role may SHOW a setting whose name it does not know.
 *
 * No message shows a client a salt, nor the setting's value; the server's log, which
 * has the value anyway, names the file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include <ctype.h>

#include "lib/stringinfo.h"
#include "storage/fd.h"
#include "utils/guc.h"

#include "salts.h"
#include "setting_source.h"

#define FILE_PREFIX "file:"
#define FILE_BYTES_MAX (64 * 1024)

static char *salts_setting = "";
static WfSettingSource salts_source = {.name = "walferry.salts"};

/* One NAME=SALT; the salt may be in double quotes. */
typedef struct Entry
{
	WfSlice		name;
	char	   *salt;			/* palloc'd */
} Entry;

static bool
is_separator(char c)
{
	return c == ',' || c == '\n' || c == '\r';
}

/* The next entry's beginning, or the end.  Of a file, lines that begin with # are comments. */
static const char *
next_entry(const char *text, bool is_line, bool is_file)
{
	for (;; text++)
	{
		if (is_line && is_file && *text == '#')
			text += strcspn(text, "\r\n");
		if (*text == '\n' || *text == '\r')
			is_line = true;
		else if (*text == ',')
			is_line = false;
		else if (*text != ' ' && *text != '\t')
			return text;
	}
}

/* Reads the entry at *text and moves behind it.  NULL if well, else what is wrong. */
static const char *
read_entry(const char **text, Entry *entry)
{
	const char *start = *text;
	const char *c = start;
	StringInfoData salt;

	while (*c != '\0' && *c != '=' && *c != '"' && !is_separator(*c))
		c++;
	entry->name = wf_slice_trim(wf_slice(start, c - start));
	if (*c != '=' || entry->name.length == 0)
		return "An entry is not of the form NAME=SALT.";
	for (c++; *c == ' ' || *c == '\t';)
		c++;

	initStringInfo(&salt);
	if (*c == '"')
	{
		for (c++; *c != '\0' && (*c != '"' || c[1] == '"'); c++)
		{
			appendStringInfoChar(&salt, *c);
			if (*c == '"')
				c++;
		}
		if (*c != '"')
			return "A salt in quotes has no end.";
		for (c++; *c == ' ' || *c == '\t';)
			c++;
		if (*c != '\0' && !is_separator(*c))
			return "A salt in quotes is followed by neither a comma nor the end of the line.";
	}
	else
	{
		while (*c != '\0' && !is_separator(*c))
			appendStringInfoChar(&salt, *c++);
		while (salt.len > 0 && isspace((unsigned char) salt.data[salt.len - 1]))
			salt.data[--salt.len] = '\0';
	}
	if (salt.len == 0)
		return "A salt is empty.";
	if (salt.len > WF_SALT_MAX)
		return "A salt has more than 1024 bytes.";
	entry->salt = salt.data;
	*text = c;
	return NULL;
}

/* What is wrong with a text, and the beginning of the entry that is; NULL: nothing. */
typedef struct Fault
{
	const char *sentence;
	const char *entry;
} Fault;

/*
 * Looks a name up; NULL if it is not there, or text is not well formed: see *fault.
 * What is behind the name is read as well: a fault there would show only once
 * another salt is asked for.
 */
static char *
find_in(const char *text, bool is_file, WfSlice name, Fault *fault)
{
	char	   *found = NULL;
	Entry		entry;

	fault->sentence = NULL;
	for (text = next_entry(text, true, is_file); *text != '\0';
		 text = next_entry(text, false, is_file))
	{
		fault->entry = text;
		fault->sentence = read_entry(&text, &entry);
		if (fault->sentence != NULL)
			return NULL;
		if (found == NULL && entry.name.length == name.length &&
			memcmp(entry.name.data, name.data, name.length) == 0)
			found = entry.salt;
		else
			pfree(entry.salt);
	}
	return found;
}

/* What is wrong with a whole setting: also that a name is there twice.  NULL if nothing is. */
static const char *
fault_of_all(const char *text)
{
	const char *sentence;
	Entry		entry;

	for (text = next_entry(text, true, false); *text != '\0'; text = next_entry(text, false, false))
	{
		char	   *later;
		Fault		fault;

		sentence = read_entry(&text, &entry);
		if (sentence != NULL)
			return sentence;
		pfree(entry.salt);
		later = find_in(text, false, entry.name, &fault);
		if (fault.sentence != NULL)
			return fault.sentence;
		if (later != NULL)
			return "A name is there twice.";
	}
	return NULL;
}

static bool
check_salts(char **value, void **extra, GucSource source)
{
	const char *fault;

	if (strncmp(*value, FILE_PREFIX, strlen(FILE_PREFIX)) == 0)
		return true;			/* read when a session needs it */
	fault = fault_of_all(*value);
	if (fault == NULL)
		return true;
	/* the server's own message would show the value */
	GUC_check_errmsg("invalid value for parameter \"walferry.salts\"");
	GUC_check_errdetail("%s", fault);
	return false;
}

static void
assign_salts(const char *value, void *extra)
{
	wf_setting_assigned(&salts_source);
}

void
wf_salts_define(void)
{
	wf_setting_look(&salts_source);
	DefineCustomStringVariable("walferry.salts",
							   "Salts of column.mask.hash, as NAME=SALT, or file:PATH.",
							   NULL, &salts_setting, "", PGC_SIGHUP,
							   GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE,
							   check_salts, assign_salts, NULL);
	wf_setting_defined(&salts_source, salts_setting);
}

/*
 * Relative paths begin at the data directory, where the server is at home.  While
 * the file is open nothing raises an error: a walsender that has no transaction
 * would keep it open until the session ends.
 */
static char *
read_file(const char *path)
{
	char	   *text = palloc(FILE_BYTES_MAX + 1);
	FILE	   *file = AllocateFile(path, PG_BINARY_R);
	bool		failed;
	size_t		length;

	if (file == NULL)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open the file of the setting \"walferry.salts\": %m"),
				 errdetail_log("It is \"%s\".", path)));
	length = fread(text, 1, FILE_BYTES_MAX + 1, file);
	failed = ferror(file) != 0;
	FreeFile(file);
	if (failed || length > FILE_BYTES_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("could not read the file of the setting \"walferry.salts\""),
				 errdetail("At most %d bytes are read.", FILE_BYTES_MAX),
				 errdetail_log("At most %d bytes are read of \"%s\".", FILE_BYTES_MAX, path)));
	text[length] = '\0';
	if (strlen(text) < length)	/* what is behind would go unseen */
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("the file of the setting \"walferry.salts\" is not text"),
				 errdetail("Its byte %zu is 0.", strlen(text) + 1)));
	return text;
}

static int
line_of(const char *text, const char *position)
{
	int			line = 1;

	for (; text < position; text++)
		line += *text == '\n' ? 1 : 0;
	return line;
}

bool
wf_salt_find(void *host, WfSlice text, WfSlice *salt, WfBuffer *error)
{
	char	   *name;
	const char *setting = salts_setting;
	bool		is_file = strncmp(setting, FILE_PREFIX, strlen(FILE_PREFIX)) == 0;
	Fault		fault;
	char	   *found;

	if (text.length < 2 || text.data[0] != '@')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a salt cannot be given as an option"),
				 errdetail("Options are shown in the server's log and in pg_stat_activity."),
				 errhint("Write salt=@NAME, and the salt as a line NAME=SALT in a file on the server that "
						 "postgresql.conf names: walferry.salts = 'file:PATH'.")));
	wf_setting_check(&salts_source);
	name = pnstrdup(text.data + 1, text.length - 1);
	if (is_file)
		setting = read_file(setting + strlen(FILE_PREFIX));
	found = find_in(setting, is_file, wf_slice(name, strlen(name)), &fault);
	if (fault.sentence != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("the file of the setting \"walferry.salts\" is not well formed in line %d",
						line_of(setting, fault.entry)),
				 errdetail("%s", fault.sentence),
				 errhint("A line is NAME=SALT, blank, or a comment, which begins with #.")));
	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no salt \"%s\"", name),
				 errhint("Write it as a line NAME=SALT in the file on the server that postgresql.conf "
						 "names: walferry.salts = 'file:PATH'.")));
	*salt = wf_slice(found, strlen(found));
	return true;
}
