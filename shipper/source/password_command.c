/*
 * password_command.c
 *		A command that prints a password.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "password_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shipper/control.h"
#include "shipper/status.h"

#define SLICE_MS 20				/* a command that ended is noticed within this */
#define SAID_BYTES_MAX 512		/* of stderr */

/* Behind what the command did. */
#define HINT "; to see why, run it with /bin/sh -c as the user that walferry runs as"

typedef struct Output
{
	int			descriptor;		/* -1: ended */
	char	   *text;
	size_t		size;			/* without the NUL */
	size_t		length;
} Output;

typedef struct Command
{
	pid_t		pid;
	int64_t		timeout_ms;
	Output		printed;		/* stdout */
	Output		said;			/* stderr */
	int			status;			/* of waitpid(2) */
	bool		ended;
	SourceTurn	turn;			/* the caller's */
	void	   *context;
	bool		stopped;		/* by a stop request or the caller; see the fault */
} Command;

static void
close_end(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

/* An error number, 0 if it runs.  It is the first of a process group of its own. */
static int
spawn(Command *command, const char *text, int printed, int said)
{
	char	   *const arguments[] = {"sh", "-c", (char *) text, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t	none;
	sigset_t	all;
	int			error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
							 POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, printed, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	error = posix_spawn(&command->pid, "/bin/sh", &actions, &attributes, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return error;
}

/* Reads what is there; what does not fit is read, too, lest the command stand still. */
static void
read_output(Output *output)
{
	char		rest[512];
	char	   *target = rest;
	size_t		room = sizeof(rest);
	ssize_t		got;

	if (output->length < output->size)
	{
		target = output->text + output->length;
		room = output->size - output->length;
	}
	got = read(output->descriptor, target, room);
	if (got > 0 && target != rest)
		output->length += (size_t) got;
	explicit_bzero(rest, sizeof(rest));
	if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
		close_end(&output->descriptor);
}

/* It stays to be waited for, so that its number remains its own until end_command(). */
static bool
has_ended(const Command *command)
{
	siginfo_t	information = {0};

	return waitid(P_PID, (id_t) command->pid, &information, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		information.si_pid == command->pid;
}

/* Reads until the command has ended, or its time. */
static void
attend(Command *command, SourceFault *fault)
{
	int64_t		deadline = control_now_ms() + command->timeout_ms;

	for (;;)
	{
		struct pollfd descriptors[2] = {
			{.fd = command->printed.descriptor, .events = POLLIN},
			{.fd = command->said.descriptor, .events = POLLIN}
		};
		int			ready;

		status_beat(LEG_CAPTURE);
		ready = poll(descriptors, 2, command->ended ? 0 : SLICE_MS);
		if (ready > 0 && descriptors[0].revents != 0)
			read_output(&command->printed);
		if (ready > 0 && descriptors[1].revents != 0)
			read_output(&command->said);

		/* what others that it left behind might still print is nothing to us */
		if (command->ended && ready <= 0)
			return;
		if (!command->ended)
			command->ended = has_ended(command);
		if (!command->ended && control_stop() != CONTROL_RUN)
		{
			source_fault_stopped(fault);
			command->stopped = true;
		}
		else if (!command->ended)
			command->stopped = !source_take_turn(command->turn, command->context, fault);
		if (control_now_ms() >= deadline || command->stopped)
			return;
	}
}

/* Its whole process group, so that nothing stays that it has begun. */
static void
end_command(Command *command)
{
	kill(-command->pid, SIGKILL);
	while (waitpid(command->pid, &command->status, 0) != command->pid)
	{
		if (errno != EINTR)
			return;
	}
}

/*
 * A password that cannot be had is as one that is refused: at the start somebody has to know,
 * later it is tried again (capture.c).  Of stderr the first line that says something.
 */
static void
explain_code(const Command *command, SourceFault *fault)
{
	char		said[SAID_BYTES_MAX + 1];
	const char *line = command->said.text + strspn(command->said.text, " \t\r\n");
	const char *ended = WIFSIGNALED(command->status) ? "was ended by signal" :
	"ended with exit code";

	snprintf(said, sizeof(said), "%.*s", (int) strcspn(line, "\r\n"), line);
	source_fault(fault, true, "database.password.command %s %d%s%s" HINT, ended,
				 WIFSIGNALED(command->status) ? WTERMSIG(command->status) :
				 WEXITSTATUS(command->status), said[0] != '\0' ? ": " : "", said);
}

/* Cuts the first line out.  False with fault filled in: it is none. */
static bool
keep_first_line(const Command *command, SourceFault *fault)
{
	const Output *printed = &command->printed;
	char	   *password = printed->text;
	size_t		length = strcspn(password, "\n");

	if (length == printed->size)
		source_fault(fault, true, "database.password.command printed a line of %d bytes or more",
					 PASSWORD_BYTES_MAX);
	else if (length < printed->length && password[length] == '\0')
		source_fault(fault, true, "database.password.command printed a NUL byte");
	else
	{
		while (length > 0 && password[length - 1] == '\r')
			length--;
		password[length] = '\0';
		if (length > 0)
			return true;
		source_fault(fault, true, "database.password.command printed no password: its first line is "
					 "empty" HINT);
	}
	return false;
}

static bool
run(Command *command, SourceFault *fault)
{
	bool		in_time;

	attend(command, fault);
	in_time = command->ended;
	end_command(command);
	command->printed.text[command->printed.length] = '\0';
	command->said.text[command->said.length] = '\0';
	if (!in_time && command->stopped)
		return false;
	if (!in_time)
		source_fault(fault, false, "database.password.command did not end within %" PRId64
					 " ms", command->timeout_ms);
	else if (!WIFEXITED(command->status) || WEXITSTATUS(command->status) != 0)
		explain_code(command, fault);
	else
		return keep_first_line(command, fault);
	return false;
}

bool
password_command_run(const char *text, int64_t timeout_ms, SourceTurn turn, void *context,
					 char password[PASSWORD_BYTES_MAX + 1], SourceFault *fault)
{
	char		said[SAID_BYTES_MAX + 1];
	Command		command = {
		.timeout_ms = timeout_ms, .turn = turn, .context = context,
		.printed = {.descriptor = -1, .text = password, .size = PASSWORD_BYTES_MAX},
		.said = {.descriptor = -1, .text = said, .size = SAID_BYTES_MAX}
	};
	int			printed[2] = {-1, -1};
	int			told[2] = {-1, -1};
	int			error = 0;
	bool		ok = false;

	if (pipe2(printed, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0)
		error = errno;
	else
		error = spawn(&command, text, printed[1], told[1]);
	close_end(&printed[1]);
	close_end(&told[1]);
	command.printed.descriptor = printed[0];
	command.said.descriptor = told[0];
	if (error != 0)
		source_fault(fault, error == ENOENT || error == EACCES,
					 "database.password.command cannot be run by /bin/sh: %s", strerror(error));
	else
		ok = run(&command, fault);
	close_end(&command.printed.descriptor);
	close_end(&command.said.descriptor);
	if (!ok)
		explicit_bzero(password, PASSWORD_BYTES_MAX + 1);
	return ok;
}
