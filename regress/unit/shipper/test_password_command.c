/*
 * test_password_command.c
 *		A command that prints a password: what is taken, and what is said where there is none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "shipper/control.h"
#include "shipper/source/password_command.h"

static char password[PASSWORD_BYTES_MAX + 1];
static SourceFault fault;

static bool
run(const char *command)
{
	memset(password, 'x', sizeof(password));
	memset(&fault, 0, sizeof(fault));
	return password_command_run(command, 5000, NULL, NULL, password, &fault);
}

static void
assert_printed(const char *command, const char *expected)
{
	assert_true(run(command));
	assert_string_equal(password, expected);
}

/* Nothing of what was printed stays, and what is said does not have it. */
static void
assert_refused(const char *command, const char *expected)
{
	assert_false(run(command));
	assert_string_equal(fault.text, expected);
	for (size_t i = 0; i < sizeof(password); i++)
		assert_int_equal(password[i], 0);
}

static void
first_line(void **state)
{
	(void) state;
	assert_printed("echo secret", "secret");
	assert_printed("printf secret", "secret");
	assert_printed("printf 'se cret \\r\\nsecond\\nthird'", "se cret ");
	assert_printed("printf 'a|b' | cut -d'|' -f2", "b");
	assert_printed("echo noise >&2; echo secret", "secret");
	setenv("OF_THE_ENVIRONMENT", "it's", 1);
	assert_printed("echo \"$OF_THE_ENVIRONMENT\"", "it's");

	/* more than a pipe holds, behind the first line and on stderr */
	assert_printed("echo secret; head -c 300000 /dev/zero", "secret");
	assert_printed("head -c 300000 /dev/zero >&2; echo secret", "secret");
}

static void
length(void **state)
{
	char		expected[PASSWORD_BYTES_MAX];

	(void) state;
	memset(expected, 'a', sizeof(expected) - 1);
	expected[sizeof(expected) - 1] = '\0';
	assert_printed("head -c 16383 /dev/zero | tr '\\0' a; echo", expected);
	assert_refused("head -c 16384 /dev/zero | tr '\\0' a; echo",
				   "database.password.command printed a line of 16384 bytes or more");
	assert_true(fault.permanent);
}

#define HINT "; to see why, run it with /bin/sh -c as the user that walferry runs as"

static void
failures(void **state)
{
	(void) state;
	assert_refused("echo secret; echo 'no such\nsecret' >&2; exit 3",
				   "database.password.command ended with exit code 3: no such" HINT);
	assert_true(fault.permanent);
	assert_refused("echo secret; printf '\n  no such secret\r\n' >&2; exit 3",
				   "database.password.command ended with exit code 3: no such secret" HINT);
	assert_refused("echo secret; exit 1", "database.password.command ended with exit code 1" HINT);
	assert_refused("true",
				   "database.password.command printed no password: its first line is empty" HINT);
	assert_true(fault.permanent);
	assert_refused("printf '\\r\\nsecret'",
				   "database.password.command printed no password: its first line is empty" HINT);
	assert_refused("printf 'a\\0b\\n'", "database.password.command printed a NUL byte");
	assert_true(fault.permanent);
	assert_refused("kill -9 $$", "database.password.command was ended by signal 9" HINT);
	assert_true(fault.permanent);
	assert_false(run("/no/such/command"));
	assert_true(fault.permanent);
	assert_non_null(strstr(fault.text, "exit code 127: "));
}

/* A process that ended, whether or not it was waited for. */
static bool
has_ended(const char *pid)
{
	char		path[64];
	char		text[512];
	FILE	   *file;
	const char *state;

	snprintf(path, sizeof(path), "/proc/%.32s/stat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return true;
	state = fgets(text, sizeof(text), file) == NULL ? NULL : strrchr(text, ')');
	fclose(file);
	return state == NULL || state[2] == 'Z';
}

/* path: a file with the number of a process. */
static bool
is_gone(const char *path)
{
	char		pid[32] = "";
	FILE	   *file = fopen(path, "r");

	assert_non_null(file);
	assert_non_null(fgets(pid, sizeof(pid), file));
	fclose(file);
	pid[strcspn(pid, "\n")] = '\0';
	for (int i = 0; i < 100 && !has_ended(pid); i++)
		usleep(20000);
	return has_ended(pid);
}

/* It is ended in time, and so is what it has begun. */
static void
takes_too_long(void **state)
{
	char		path[] = "/tmp/walferry-password-XXXXXX";
	char		command[128];
	int64_t		begun = control_now_ms();

	(void) state;
	close(mkstemp(path));
	snprintf(command, sizeof(command), "sleep 60 & echo $! >%s; echo secret; wait", path);
	assert_false(password_command_run(command, 300, NULL, NULL, password, &fault));
	assert_string_equal(fault.text, "database.password.command did not end within 300 ms");
	assert_false(fault.permanent);
	assert_true(control_now_ms() - begun < 5000);
	assert_true(is_gone(path));

	/*
	 * one that ends without waiting for what it has begun is not waited for,
	 * either
	 */
	begun = control_now_ms();
	snprintf(command, sizeof(command), "sleep 60 & echo $! >%s; echo secret", path);
	assert_printed(command, "secret");
	assert_true(control_now_ms() - begun < 3000);
	assert_true(is_gone(path));
	unlink(path);
}

static int	turns_left;

static bool
take_turn(void *context)
{
	assert_ptr_equal(context, &turns_left);
	return turns_left-- > 0;
}

/* The caller has its turn while the command runs, and may end that. */
static void
callers_turn(void **state)
{
	(void) state;
	turns_left = 1000;
	assert_true(password_command_run("sleep 0.3; echo secret", 5000, take_turn, &turns_left, password,
									 &fault));
	assert_string_equal(password, "secret");
	assert_true(turns_left < 1000 && turns_left > 900);
	turns_left = 3;
	assert_false(password_command_run("sleep 60", 60000, take_turn, &turns_left, password, &fault));
	assert_string_equal(fault.text,
						"the replication connection broke while another one was waited for");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_line),
		cmocka_unit_test(length),
		cmocka_unit_test(failures),
		cmocka_unit_test(takes_too_long),
		cmocka_unit_test(callers_turn),
	};

	return cmocka_run_group_tests_name("password_command", tests, NULL, NULL);
}
