// SPDX-License-Identifier: MIT
/* Separation of privileges: forking, user ids, capabilities, chroot, seccomp. */
#include "tools/keyer/privsep.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * What a process needs to wait, to talk over what it already has, to manage its
 * memory and to end. No open, socket, connect, exec, fork, ptrace or kill.
 */
static const int calls_common[] = {
	SCMP_SYS(read),		  SCMP_SYS(write),	  SCMP_SYS(writev),
	SCMP_SYS(close),	  SCMP_SYS(sendmsg),	  SCMP_SYS(recvmsg),
	SCMP_SYS(epoll_wait),	  SCMP_SYS(epoll_pwait),  SCMP_SYS(epoll_ctl),
	SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getrandom),	  SCMP_SYS(brk),	  SCMP_SYS(munmap),
	SCMP_SYS(mremap),	  SCMP_SYS(madvise),	  SCMP_SYS(futex),
	SCMP_SYS(getpid),	  SCMP_SYS(gettid),	  SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(sigaltstack),  SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),		  SCMP_SYS(exit_group),	  SCMP_SYS(sched_yield),
	SCMP_SYS(fcntl),	  SCMP_SYS(fstat),	  SCMP_SYS(newfstatat),
	SCMP_SYS(lseek),	  SCMP_SYS(pread64),	  SCMP_SYS(tgkill),
	SCMP_SYS(rt_sigaction),	  SCMP_SYS(sysinfo), /* qsort() looks how much memory there is */
};

static int fail(char *err, size_t err_len, const char *what)
{
	snprintf(err, err_len, "%s: %s", what, strerror(errno));
	return -1;
}

/* Closes all descriptors from 3 on but those of @keep, which is sorted here. */
static void close_others(const int *keep, size_t n_keep)
{
	unsigned int from = 3, next;
	size_t i;

	for (;;) {
		next = ~0U;
		for (i = 0; i < n_keep; i++)
			if (keep[i] >= (int)from && (unsigned int)keep[i] < next)
				next = (unsigned int)keep[i];
		if (next == ~0U) {
			close_range(from, ~0U, 0);
			return;
		}
		if (next > from)
			close_range(from, next - 1, 0);
		from = next + 1;
	}
}

pid_t privsep_fork(const char *name, const int *keep, size_t n_keep, int (*main)(void *arg),
		   void *arg)
{
	sigset_t none;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid)
		return pid;
	prctl(PR_SET_NAME, name);
	close_others(keep, n_keep);
	/* The parent decides when we end: by closing its side of the channel. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(main(arg));
}

/*
 * The root directory becomes one that is already deleted: it is empty, nothing
 * can be made in it, and it leaves nothing behind.
 */
static int root_empty(char *err, size_t err_len)
{
	static const char *const places[] = { "/run/ipsecvifd.XXXXXX", "/tmp/ipsecvifd.XXXXXX" };
	char path[32];
	size_t i;
	int fd;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s", places[i]);
		if (mkdtemp(path))
			break;
	}
	if (i == 2)
		return fail(err, err_len, "no place for an empty directory");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rmdir(path) < 0 || fd < 0 || fchdir(fd) < 0 || chroot(".") < 0) {
		fail(err, err_len, "chroot to an empty directory");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

static int user_drop(char *err, size_t err_len, uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) < 0)
		return fail(err, err_len, "setgroups");
	if (setresgid(gid, gid, gid) < 0)
		return fail(err, err_len, "setresgid");
	if (setresuid(uid, uid, uid) < 0)
		return fail(err, err_len, "setresuid");
	return 0;
}

/* @keep: the one that stays, for programs that are run, too; -1 none. */
static int capabilities_drop(char *err, size_t err_len, int keep)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (keep >= 0)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE,
			     (unsigned int)keep);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return fail(err, err_len, "dropping capabilities");
	capng_get_caps_process();
	if (capng_have_capabilities(CAPNG_SELECT_CAPS) !=
	    (keep >= 0 ? CAPNG_PARTIAL : CAPNG_NONE)) {
		snprintf(err, err_len, "capabilities did not go");
		return -1;
	}
	return 0;
}

/* Must come while CAP_SETPCAP is still there. */
static int bounds_drop(char *err, size_t err_len)
{
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return fail(err, err_len, "dropping the capability bounding set");
	capng_clear(CAPNG_SELECT_AMBIENT);
	capng_apply(CAPNG_SELECT_AMBIENT);
	return 0;
}

static int limits_set(char *err, size_t err_len)
{
	struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(err, err_len, "PR_SET_NO_NEW_PRIVS");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(err, err_len, "PR_SET_DUMPABLE");
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return fail(err, err_len, "RLIMIT_CORE");
	return 0;
}

static int filter_load(char *err, size_t err_len)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	size_t i;
	int ret = filter ? 0 : -ENOMEM;

	for (i = 0; !ret && i < sizeof(calls_common) / sizeof(calls_common[0]); i++)
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls_common[i], 0);
	/* Memory, but never code: mmap without a file, nothing executable. */
	if (!ret)
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, 4 /* PROT_EXEC */, 0),
				       SCMP_A4(SCMP_CMP_MASKED_EQ, 0xffffffff, 0xffffffff));
	if (!ret)
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0));
	if (!ret)
		ret = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	if (!ret)
		return 0;
	errno = -ret;
	return fail(err, err_len, "seccomp");
}

static const struct passwd *user_find(void)
{
	const struct passwd *user = getpwnam("ipsecvif");

	return user ? user : getpwnam("nobody");
}

int privsep_confine(enum privsep_role role, char *err, size_t err_len)
{
	const struct passwd *user = NULL;

	if (role != PRIVSEP_KEYHOLDER) {
		user = user_find();
		if (!user || !user->pw_uid) {
			snprintf(err, err_len, "there is neither a user 'ipsecvif' nor 'nobody'");
			return -1;
		}
	}
	/* Or the first date, perhaps of a certificate, would open /etc/localtime, and be the end. */
	tzset();
	if (role != PRIVSEP_RESOLVER && root_empty(err, err_len))
		return -1;
	if (bounds_drop(err, err_len))
		return -1;
	if (user && user_drop(err, err_len, user->pw_uid, user->pw_gid))
		return -1;
	if (capabilities_drop(err, err_len, -1) || limits_set(err, err_len))
		return -1;
	/* The change of uid cleared this; without a parent there is no work. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (user && !setresuid(0, 0, 0)) {
		snprintf(err, err_len, "root's uid came back");
		return -1;
	}
	/* getaddrinfo() opens what nsswitch.conf says: no list of calls would fit. */
	return role == PRIVSEP_RESOLVER ? 0 : filter_load(err, err_len);
}

int privsep_confine_parent(char *err, size_t err_len)
{
	/* For programs that are run; the kernel allows it while the bounds have it. */
	capng_get_caps_process();
	capng_update(CAPNG_ADD, CAPNG_INHERITABLE, CAP_NET_ADMIN);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return fail(err, err_len, "an inheritable capability");
	if (bounds_drop(err, err_len) || capabilities_drop(err, err_len, CAP_NET_ADMIN))
		return -1;
	return limits_set(err, err_len);
}
