// SPDX-License-Identifier: MIT
/*
 * ipsecvif check: is a configuration right? The daemon's own parser answers, so
 * that the two never disagree; the daemon need not run.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/ctl/args.h"

#define DAEMON "ipsecvifd"

/* The daemon beside our own binary, or else the one in $PATH. */
static void daemon_exec(const char *file)
{
	char own[4096], path[4096 + sizeof(DAEMON)];
	ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
	const char *slash;

	own[len > 0 ? len : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash) {
		snprintf(path, sizeof(path), "%.*s/" DAEMON, (int)(slash - own), own);
		execl(path, DAEMON, "--check", file, (char *)NULL);
	}
	execlp(DAEMON, DAEMON, "--check", file, (char *)NULL);
}

int check_command(struct ctl *ctl, struct args *args)
{
	const char *file = args_word(ctl, args);
	int ret = args_end(ctl, args), status;
	pid_t pid;

	if (ret)
		return ret;
	fflush(ctl->out);
	pid = fork();
	if (pid < 0)
		return ctl_fail(ctl, CTL_FAILED, "cannot start " DAEMON ": %s", strerror(errno));
	if (!pid) {
		daemon_exec(file);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return ctl_fail(ctl, CTL_FAILED,
				DAEMON
				" was not found beside this command or in $PATH: install it");
	if (!WIFEXITED(status))
		return ctl_fail(ctl, CTL_FAILED, DAEMON " ended by signal %d",
				WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return WEXITSTATUS(status);
}
