// SPDX-License-Identifier: MIT
/*
 * Hooks: a program of the operator's for each child that comes up or goes down,
 * on-up and on-down. It is run by its path, without a shell, and what it learns
 * is in its environment. Rekeying is no event: the child stays up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"
#include "tools/keyer/spawn.h"

enum {
	HOOK_ENV_MAX = 20,
	HOOK_LIMIT = 30000, /* ms that one may run */
};

/** struct hook_env - a program's environment */
struct hook_env {
	size_t n;
	char *words[HOOK_ENV_MAX + 1];
};

/*
 * What a peer has chosen goes into scripts that may be written without care: of
 * what a shell would expand or split nothing is left.
 */
static void shell_defuse(char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789@%+=:,./_-";

	/* Not even an option of a program that takes it as an argument. */
	if (*text == '-')
		*text = '_';
	for (; *text; text++)
		if (!strchr(safe, *text))
			*text = '_';
}

static void env_add(struct hook_env *env, const char *name, const char *value)
{
	if (env->n == HOOK_ENV_MAX || asprintf(&env->words[env->n], "%s=%s", name, value) < 0)
		abort();
	env->n++;
	env->words[env->n] = NULL;
}

static void env_add_ts(struct hook_env *env, const char *name, const struct ike_ts *ts, size_t n)
{
	char list[IKE_TS_MAX * 112] = "", text[112];
	size_t i, at = 0;

	for (i = 0; i < n; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? " " : "",
				       ike_ts_print(&ts[i], text, sizeof(text)));
	env_add(env, name, list);
}

static void env_add_addrs(struct hook_env *env, const char *name, const struct ike_addr *a,
			  size_t n)
{
	char list[(IKE_DNS_MAX + IKE_NBNS_MAX) * 48] = "", text[64];
	size_t i, at = 0;

	for (i = 0; i < n; i++)
		if (a[i].family)
			at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", at ? " " : "",
					       ike_addr_print(&a[i], text, sizeof(text)));
	if (at)
		env_add(env, name, list);
}

static struct hook_env *env_new(const struct tun *tun, unsigned int child)
{
	const struct pair *pair = tun->children[child].pair;
	struct hook_env *env = calloc(1, sizeof(*env));
	char text[1024];

	if (!env)
		abort();
	env_add(env, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	env_add(env, "IPSECVIF_TUNNEL", tun->conf->name);
	env_add(env, "IPSECVIF_CHILD", tun->conf->children[child].ike.name);
	env_add(env, "IPSECVIF_INTERFACE", tun->conf->interface);
	env_add(env, "IPSECVIF_LOCAL", ike_addr_print(&tun->ike.local, text, sizeof(text)));
	env_add(env, "IPSECVIF_REMOTE", ike_addr_print(&tun->ike.remote, text, sizeof(text)));
	ike_id_print(&tun->ike.peer_id, text, sizeof(text));
	shell_defuse(text);
	env_add(env, "IPSECVIF_REMOTE_ID", text);
	env_add_addrs(env, "IPSECVIF_ADDRESS", tun->vip, 2);
	if (tun->given) {
		env_add_addrs(env, "IPSECVIF_DNS", tun->given->dns, tun->given->n_dns);
		env_add_addrs(env, "IPSECVIF_NBNS", tun->given->nbns, tun->given->n_nbns);
	}
	if (!pair)
		return env;
	env_add_ts(env, "IPSECVIF_LOCAL_TS", pair->ts, pair->n_local);
	env_add_ts(env, "IPSECVIF_REMOTE_TS", pair->ts + pair->n_local, pair->n_remote);
	return env;
}

static void env_free(struct hook_env *env)
{
	size_t i;

	for (i = 0; env && i < env->n; i++)
		free(env->words[i]);
	free(env);
}

/* @arg: the tunnel's name, which may be gone itself. */
static void hook_done(int status, const char *text, void *arg)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", status);
	if (status)
		log_kv(LOG_WARNING, "hook", "tunnel", arg, "status", status < 0 ? NULL : number,
		       "error", *text ? text : "it did not end well", NULL);
	free(arg);
}

static void hook_run(struct tun *tun, const char *path, const char *event,
		     const struct hook_env *env)
{
	const char *words[HOOK_ENV_MAX + 2], *argv[] = { path, NULL };
	struct spawn_job job = { .argv = argv,
				 .env = words,
				 .turn = tun->conf->name,
				 .limit = HOOK_LIMIT,
				 .done = hook_done };
	char what[32];

	if (!path)
		return;
	snprintf(what, sizeof(what), "IPSECVIF_EVENT=%s", event);
	words[0] = what;
	memcpy(&words[1], env->words, (env->n + 1) * sizeof(words[0]));
	job.arg = strdup(tun->conf->name);
	if (!job.arg)
		abort();
	if (spawn(tun->na->spawner, &job)) {
		log_kv(LOG_WARNING, "hook", "tunnel", tun->conf->name, "error",
		       "too many programs wait to be run", NULL);
		free(job.arg);
	}
}

void hook_child(struct tun *tun, unsigned int child)
{
	struct tun_child *tc = &tun->children[child];
	bool up = tun->policy.children[child].state == TUNNEL_CHILD_UP;

	if (up == !!tc->hook || (up && !tun->conf->on_up && !tun->conf->on_down))
		return;
	if (up) {
		tc->hook = env_new(tun, child);
		hook_run(tun, tun->conf->on_up, "up", tc->hook);
		return;
	}
	/* What it is told at the end is how it was: the SA is gone. */
	hook_run(tun, tun->conf->on_down, "down", tc->hook);
	env_free(tc->hook);
	tc->hook = NULL;
}
