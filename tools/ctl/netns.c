// SPDX-License-Identifier: MIT
/*
 * -n: run in another network namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "tools/ctl/args.h"

int netns_enter(struct ctl *ctl, const char *name)
{
	uint64_t pid;
	const char *end;
	char path[512];
	int fd, ret;

	if (strchr(name, '/')) {
		snprintf(path, sizeof(path), "%s", name);
	} else {
		snprintf(path, sizeof(path), "/run/netns/%s", name);
		/* A name of all digits that `ip netns` doesn't know is a process. */
		if (access(path, F_OK) && number_read(name, &pid, &end) && !*end)
			snprintf(path, sizeof(path), "/proc/%s/ns/net", name);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ctl_fail(ctl, CTL_FAILED, "cannot open network namespace \"%s\": %s", name,
				strerror(errno));
	ret = setns(fd, CLONE_NEWNET);
	if (ret)
		ctl_fail(ctl, CTL_FAILED, "cannot enter network namespace \"%s\": %s", name,
			 strerror(errno));
	close(fd);
	return ret ? CTL_FAILED : CTL_OK;
}
