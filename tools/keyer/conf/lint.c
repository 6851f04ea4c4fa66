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

static void duplicates_lint(struct conf *conf, const struct conf_tunnel *tunnel)
{
	const bool close = tunnel->close_action == CONF_ACTION_RESTART;

	if (tunnel->ike->unique == IKE_UNIQUE_NEVER && tunnel->start & CONF_START_START &&
	    (close || tunnel->dpd_action == CONF_ACTION_RESTART))
		conf_warn(conf, conf_key_pos(tunnel, "unique"),
			  "unique = never with %s = restart: where the peer restarts it, too, each "
			  "closing leaves one tunnel more",
			  close ? "close-action" : "dpd-action");
}

/* Who can write a file of ours can have root run a hook. */
static void writable_lint(struct conf *conf, const char *path)
{
	const struct conf_pos pos = { .file = path, .line = 1, .column = 1 };
	struct stat st;

	if (!stat(path, &st) &&
	    ((st.st_uid != 0 && st.st_uid != geteuid()) || st.st_mode & (S_IWGRP | S_IWOTH)))
		conf_warn(conf, pos,
			  "%s could be changed by others than root: chown root %s; chmod go-w %s",
			  path, path, path);
}

void conf_lint(struct conf *conf)
{
	const char *file = NULL;
	size_t i;

	if (!conf->n_tunnels)
		return;
	writable_lint(conf, conf->path);
	for (i = 0; i < conf->n_tunnels; i++) {
		duplicates_lint(conf, conf->tunnels[i]);
		/* Of one file most come together; the path itself may be the file. */
		if (conf->tunnels[i]->pos.file == file ||
		    !strcmp(conf->tunnels[i]->pos.file, conf->path))
			continue;
		file = conf->tunnels[i]->pos.file;
		writable_lint(conf, file);
	}
}

void conf_check_hooks(struct conf *conf, const struct conf_tunnel *tunnel)
{
	hook_check(conf, tunnel, "on-up", tunnel->on_up);
	hook_check(conf, tunnel, "on-down", tunnel->on_down);
}
