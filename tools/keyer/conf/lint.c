// SPDX-License-Identifier: MIT
/* What is allowed, and yet is seldom what somebody wanted; and what others could change. */
#include "tools/keyer/conf/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who can write a hook, or put another in its place, is root. */
static void hook_check(struct conf *conf, const struct conf_tunnel *tunnel, const char *key,
		       const char *path)
{
	const struct conf_pos pos = conf_key_pos(tunnel, key);
	struct stat st;

	if (!path)
		return;
	if (stat(path, &st) < 0)
		conf_error(conf, pos, "hook %s cannot be read: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR))
		conf_error(conf, pos, "hook %s is no program that can be run: chmod +x %s", path,
			   path);
	else if ((st.st_uid != 0 && st.st_uid != geteuid()) || st.st_mode & (S_IWGRP | S_IWOTH))
		conf_error(
			conf, pos,
			"hook %s could be changed by others than root, and is run by root: chown "
			"root %s; chmod go-w %s",
			path, path, path);
}

void conf_check_hooks(struct conf *conf, const struct conf_tunnel *tunnel)
{
	hook_check(conf, tunnel, "on-up", tunnel->on_up);
	hook_check(conf, tunnel, "on-down", tunnel->on_down);
}
