// SPDX-License-Identifier: MIT
/* What the children of netadmin have in common. */
#include "tools/keyer/child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "tools/keyer/log.h"

static void log_to_netadmin(int level, const char *line, void *arg)
{
	struct message_log message = { .level = level, .focus = log_focused() };

	snprintf(message.line, sizeof(message.line), "%s", line);
	channel_send(arg, MSG_LOG, &message, sizeof(message), -1);
}

void child_begin(enum privsep_role role, struct channel *netadmin)
{
	char err[256];

	if (privsep_confine(role, err, sizeof(err))) {
		log_kv(LOG_ERR, "exit", "error", "cannot drop privileges", "why", err, NULL);
		_exit(1);
	}
	log_set_sink(log_to_netadmin, netadmin);
	channel_send(netadmin, MSG_READY, NULL, 0, -1);
}

void child_random(uint8_t *buf, size_t len)
{
	ssize_t got;

	while (len) {
		got = getrandom(buf, len, 0);
		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			buf += got;
			len -= (size_t)got;
		}
	}
}

void child_broken(const char *why, void *arg)
{
	(void)why;
	(void)arg;
	_exit(0);
}
