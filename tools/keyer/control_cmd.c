// SPDX-License-Identifier: MIT
/* The requests of the control socket. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/control.h"
#include "tools/keyer/log.h"
#include "tools/keyer/version.h"

enum {
	TIMEOUT_UP = 60,
	TIMEOUT_DOWN = 10,
	TIMEOUT_MAX = 3600
};

/* Members besides "cmd" that a command takes. */
enum member {
	MEMBER_NAME = 1,
	MEMBER_TIMEOUT = 2,
	MEMBER_DRY_RUN = 4,
	MEMBER_NAME_NEEDED = 8,
	MEMBER_ON = 16
};

struct request {
	const char *name;
	int timeout;
	bool dry_run;
	bool on;
};

struct command {
	const char *name;
	unsigned int members;
	void (*run)(struct client *client, const struct request *request);
};

/* --- names --- */

/* Finds "TUNNEL" or "TUNNEL/CHILD". Return: false with an answer given. */
static bool target_find(struct client *client, const char *name)
{
	struct netadmin *na = client->control->na;
	char tunnel[IKE_NAME_MAX], error[256];
	size_t len = strcspn(name, "/");
	const struct conf_tunnel *conf;
	uint32_t i;

	snprintf(tunnel, sizeof(tunnel), "%.*s", (int)(len < sizeof(tunnel) ? len : 0), name);
	client->tun = na_tun_by_name(na, tunnel);
	if (!client->tun) {
		snprintf(error, sizeof(error), "no tunnel '%.64s' is configured", name);
		client_error(client, "no-such-tunnel", error, "see ipsecvif tunnel list", NULL);
		return false;
	}
	if (!name[len])
		return true;
	conf = client->tun->conf;
	for (i = 0; i < conf->n_children; i++)
		if (!strcmp(conf->children[i].ike.name, name + len + 1))
			client->child = (int)i;
	if (client->child >= 0)
		return true;
	snprintf(error, sizeof(error), "tunnel '%s' has no child '%.64s'", tunnel, name + len + 1);
	client_error(client, "no-such-child", error, "see ipsecvif tunnel show", NULL);
	return false;
}

/* --- up and down --- */

static struct json_object *tunnel_member(struct client *client)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "tunnel",
			       json_tunnel(client->control->na, client->tun->conf, client->tun,
					   true));
	return object;
}

static bool child_wanted(const struct client *client, unsigned int child)
{
	return client->child < 0 || (unsigned int)client->child == child;
}

static bool is_up(const struct client *client)
{
	const struct tunnel *policy = &client->tun->policy;
	unsigned int i;

	if (policy->state != TUNNEL_UP)
		return false;
	for (i = 0; i < policy->n_children; i++)
		if (child_wanted(client, i) && policy->children[i].state != TUNNEL_CHILD_UP)
			return false;
	return true;
}

/* The latest problem since the request, of the tunnel or of a child it is about. */
static const struct problem *problem_since(const struct client *client)
{
	const struct tun *tun = client->tun;
	const struct problem *latest = tun->problem, *problem;
	unsigned int i;

	for (i = 0; i < tun->policy.n_children; i++) {
		problem = tun->children[i].problem;
		if (problem && child_wanted(client, i) &&
		    (!latest || problem->since >= latest->since))
			latest = problem;
	}
	return latest && latest->since >= client->since ? latest : NULL;
}

static void answer_problem(struct client *client, const struct problem *problem)
{
	if (problem)
		client_error(client, problem->code, problem->sentence, problem->hint,
			     tunnel_member(client));
	else
		client_error(client, "internal", "the attempt ended", NULL, tunnel_member(client));
}

static void waiting_up(struct client *client)
{
	const struct tunnel *policy = &client->tun->policy;
	const struct problem *problem = problem_since(client);
	struct json_object *object;
	bool creating = false;
	unsigned int i;

	if (is_up(client)) {
		object = tunnel_member(client);
		json_object_object_add(object, "already", json_object_new_boolean(false));
		client_ok(client, object);
		return;
	}
	if (policy->held || policy->link_down) {
		client_error(client, "superseded",
			     policy->held ? "the tunnel was taken down meanwhile" :
					    "the interface was set down meanwhile",
			     NULL, tunnel_member(client));
		return;
	}
	for (i = 0; i < policy->n_children; i++)
		creating |= child_wanted(client, i) &&
			    policy->children[i].state == TUNNEL_CHILD_CREATING;
	if (policy->rounds_total != client->rounds)
		answer_problem(client, problem);
	else if (policy->state == TUNNEL_UP && !creating && problem)
		answer_problem(client, problem);
	else if (policy->state == TUNNEL_DOWN)
		answer_problem(client, problem);
}

static void waiting_down(struct client *client)
{
	const struct tunnel *policy = &client->tun->policy;

	if (client->child >= 0 ? policy->children[client->child].state == TUNNEL_CHILD_DOWN :
				 policy->state == TUNNEL_DOWN || policy->state == TUNNEL_WAITING)
		client_ok(client, NULL);
}

void control_waiting(struct client *client)
{
	if (client->wait == CONTROL_WAIT_UP)
		waiting_up(client);
	else if (client->wait == CONTROL_WAIT_DOWN)
		waiting_down(client);
}

void control_timeout(struct client *client)
{
	const struct problem *problem;

	if (client->ended || !client->tun)
		return;
	if (client->wait == CONTROL_WAIT_DOWN) {
		/* The peer is silent; its SAs go without it. */
		client_ok(client, NULL);
	} else if (client->wait == CONTROL_WAIT_UP) {
		problem = problem_since(client);
		client_error(client, "timeout",
			     problem ? problem->sentence :
				       "the tunnel is not up yet, and is still being tried",
			     problem ? problem->hint : NULL, tunnel_member(client));
	}
}

static void run_up(struct client *client, const struct request *request)
{
	struct json_object *object;
	struct tun *tun;

	if (!target_find(client, request->name))
		return;
	tun = client->tun;
	client->since = loop_now();
	client->steps = true;
	if (!tun->conf->enabled) {
		client_error(client, "config", "the tunnel has enabled = no in its configuration",
			     "set enabled = yes, then ipsecvif reload", tunnel_member(client));
		return;
	}
	if (!tun->iface)
		tun_start(tun);
	if (!tun->iface) {
		answer_problem(client, tun->problem);
		return;
	}
	if (tun->policy.link_down) {
		client_error(client, "kernel", "the tunnel's interface is set down, or gone",
			     "ip link set the interface up, and the tunnel follows",
			     tunnel_member(client));
		return;
	}
	if (is_up(client)) {
		object = tunnel_member(client);
		json_object_object_add(object, "already", json_object_new_boolean(true));
		client_ok(client, object);
		return;
	}
	client->wait = CONTROL_WAIT_UP;
	client->rounds = tun->policy.rounds_total;
	loop_timer_set(client->control->na->loop, &client->timer,
		       loop_now() +
			       (uint64_t)(request->timeout ? request->timeout : TIMEOUT_UP) * 1000);
	tun->conn_failed = false;
	if (client->child >= 0 && tun->policy.state == TUNNEL_UP)
		tun_event(tun, TUNNEL_EV_ACQUIRE, client->child, IKE_WHY_NONE);
	else
		tun_event(tun, TUNNEL_EV_OPERATOR_UP, -1, IKE_WHY_NONE);
}

static void run_down(struct client *client, const struct request *request)
{
	struct tun *tun;

	if (!target_find(client, request->name))
		return;
	tun = client->tun;
	client->steps = true;
	client->wait = CONTROL_WAIT_DOWN;
	loop_timer_set(client->control->na->loop, &client->timer,
		       loop_now() + (uint64_t)(request->timeout ? request->timeout : TIMEOUT_DOWN) *
					    1000);
	if (client->child >= 0) {
		tun_terminate(tun, client->child);
		control_waiting(client);
	} else {
		tun_event(tun, TUNNEL_EV_OPERATOR_DOWN, -1, IKE_WHY_OPERATOR);
	}
}

/* --- looking --- */

static void run_list_or_show(struct client *client, const struct request *request, bool full)
{
	struct netadmin *na = client->control->na;
	struct json_object *object, *array;
	size_t i;

	if (request->name && !target_find(client, request->name))
		return;
	object = json_object_new_object();
	array = json_object_new_array();
	for (i = 0; i < na->conf->n_tunnels; i++) {
		if (client->tun && client->tun->conf != na->conf->tunnels[i])
			continue;
		json_object_array_add(
			array, json_tunnel(na, na->conf->tunnels[i],
					   na_tun_by_name(na, na->conf->tunnels[i]->name), full));
	}
	json_object_object_add(object, "tunnels", array);
	client_ok(client, object);
}

static void run_list(struct client *client, const struct request *request)
{
	run_list_or_show(client, request, false);
}

static void run_show(struct client *client, const struct request *request)
{
	run_list_or_show(client, request, true);
}

static void why_add(struct json_object *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void why_add(struct json_object *why, const char *format, ...)
{
	char sentence[IKE_TEXT_MAX + 128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof(sentence), format, ap);
	va_end(ap);
	json_object_array_add(why, json_object_new_string(sentence));
}

/* What a tunnel that is not up is doing about it. */
static void why_state(struct json_object *why, const struct tun *tun)
{
	const struct tunnel *policy = &tun->policy;
	uint64_t now = loop_now();

	if (!tun->conf->enabled)
		why_add(why, "it has enabled = no in %s", tun->conf->pos.file);
	else if (policy->held)
		why_add(why, "it was taken down with ipsecvif tunnel down %s", tun->conf->name);
	else if (policy->link_down)
		why_add(why, "its interface %s is set down, or gone", tun->conf->interface);
	else if (policy->retry_at != TUNNEL_NEVER && policy->retry_at > now)
		why_add(why, "the next attempt is in %llu s",
			(unsigned long long)(policy->retry_at - now + 999) / 1000);
	else if (policy->state == TUNNEL_WAITING) {
		if (policy->armed)
			why_add(why, "it waits for a packet into %s", tun->conf->interface);
		else
			why_add(why, "it waits for the peer to call");
	} else if (policy->state == TUNNEL_RESOLVING || policy->state == TUNNEL_CONNECTING) {
		why_add(why, "it is %s now", tunnel_state_name(policy->state));
	} else if (policy->state == TUNNEL_DOWN) {
		why_add(why, "nothing is being tried: ipsecvif tunnel up %s", tun->conf->name);
	}
}

static void run_why(struct client *client, const struct request *request)
{
	struct json_object *object, *why;
	const struct tun *tun;
	const char *hint = NULL;
	unsigned int i;

	if (!target_find(client, request->name))
		return;
	tun = client->tun;
	client->child = -1;
	object = tunnel_member(client);
	why = json_object_new_array();
	if (tun->problem) {
		why_add(why, "%s", tun->problem->sentence);
		hint = tun->problem->hint;
	}
	for (i = 0; i < tun->policy.n_children; i++) {
		if (!tun->children[i].problem)
			continue;
		why_add(why, "%s", tun->children[i].problem->sentence);
		if (!hint || !*hint)
			hint = tun->children[i].problem->hint;
	}
	if (!is_up(client))
		why_state(why, tun);
	json_object_object_add(object, "why", why);
	if (hint && *hint)
		json_object_object_add(object, "hint", json_object_new_string(hint));
	client_ok(client, object);
}

static void run_monitor(struct client *client, const struct request *request)
{
	if (request->name && !target_find(client, request->name))
		return;
	client->steps = true;
	client->wait = CONTROL_WATCH;
}

static void run_version(struct client *client, const struct request *request)
{
	struct netadmin *na = client->control->na;
	struct json_object *object = json_object_new_object();

	(void)request;
	json_object_object_add(object, "version", json_object_new_string(IPSECVIF_VERSION));
	json_object_object_add(object, "pid", json_object_new_int(getpid()));
	json_object_object_add(object, "uptime",
			       json_object_new_int64((int64_t)(loop_now() - na->started) / 1000));
	json_object_object_add(object, "config", json_object_new_string(na->conf->path));
	json_object_object_add(object, "tunnels",
			       json_object_new_int64((int64_t)na->conf->n_tunnels));
	client_ok(client, object);
}

static void run_debug(struct client *client, const struct request *request)
{
	if (!target_find(client, request->name))
		return;
	tun_debug(client->tun, request->on);
	log_kv(LOG_NOTICE, "debug", "tunnel", client->tun->conf->name, "debug",
	       request->on ? "on" : "off", NULL);
	client_ok(client, NULL);
}

static void run_rekey(struct client *client, const struct request *request)
{
	struct ike_ev_terminate message = { 0 };

	if (!target_find(client, request->name))
		return;
	if (!is_up(client)) {
		client_error(client, "config", "the tunnel is not up, so it has no keys to renew",
			     "ipsecvif tunnel up brings it up", NULL);
		return;
	}
	message.conn = client->tun->conn;
	if (client->child >= 0)
		snprintf(message.child, sizeof(message.child), "%s",
			 client->tun->conf->children[client->child].ike.name);
	na_send(client->control->na, NA_IKE, MSG_REKEY, &message, sizeof(message), -1);
	client_ok(client, NULL);
}

/* --- reload --- */

static struct json_object *json_changes(const struct conf_diff *diff)
{
	struct json_object *array = json_object_new_array(), *object, *what;
	const struct conf_change *change;
	size_t i, j;

	for (i = 0; i < diff->n; i++) {
		change = &diff->changes[i];
		object = json_object_new_object();
		json_object_object_add(object, "tunnel", json_object_new_string(change->tunnel));
		if (change->child)
			json_object_object_add(object, "child",
					       json_object_new_string(change->child));
		json_object_object_add(object, "action",
				       json_object_new_string(conf_change_name(change->kind)));
		what = json_object_new_array();
		for (j = 0; j < change->n_keys; j++)
			json_object_array_add(what, json_object_new_string(change->keys[j]));
		json_object_object_add(object, "what", what);
		json_object_array_add(array, object);
	}
	return array;
}

static void answer_conf_errors(struct client *client, const struct conf *conf)
{
	struct json_object *object = json_object_new_object();
	struct json_object *errors = json_object_new_array();
	char text[1024], first[1024] = "the configuration has errors";
	size_t i;

	for (i = 0; i < conf->n_messages; i++) {
		if (conf->messages[i].warning)
			continue;
		conf_message_print(&conf->messages[i], text, sizeof(text));
		if (!json_object_array_length(errors))
			snprintf(first, sizeof(first), "%s", text);
		json_object_array_add(errors, json_object_new_string(text));
	}
	json_object_object_add(object, "errors", errors);
	client_error(client, "config", first, "nothing was changed", object);
}

static void run_reload(struct client *client, const struct request *request)
{
	struct netadmin *na = client->control->na;
	struct conf *conf = conf_load(na->options.config);
	struct json_object *object;
	struct conf_diff *diff;

	if (conf->errors) {
		log_kv(LOG_WARNING, "reload", "error",
		       "the configuration has errors; nothing changed", NULL);
		answer_conf_errors(client, conf);
		conf_free(conf);
		return;
	}
	diff = conf_diff(na->conf, conf);
	object = json_object_new_object();
	json_object_object_add(object, "changes", json_changes(diff));
	json_object_object_add(object, "unchanged",
			       json_object_new_int64((int64_t)diff->unchanged));
	json_object_object_add(object, "dry_run", json_object_new_boolean(request->dry_run));
	if (request->dry_run) {
		conf_free(conf);
	} else {
		na_reload(na, conf, diff);
		log_kv(LOG_NOTICE, "reload", "result", "ok", NULL);
		control_step(client->control, NULL, -1, "reload", LOG_NOTICE, NULL,
			     "the configuration was reloaded");
	}
	conf_diff_free(diff);
	client_ok(client, object);
}

/* --- requests --- */

static const struct command commands[] = {
	{ "version", 0, run_version },
	{ "tunnel-up", MEMBER_NAME | MEMBER_NAME_NEEDED | MEMBER_TIMEOUT, run_up },
	{ "tunnel-down", MEMBER_NAME | MEMBER_NAME_NEEDED | MEMBER_TIMEOUT, run_down },
	{ "tunnel-list", 0, run_list },
	{ "tunnel-show", MEMBER_NAME, run_show },
	{ "tunnel-why", MEMBER_NAME | MEMBER_NAME_NEEDED, run_why },
	{ "tunnel-rekey", MEMBER_NAME | MEMBER_NAME_NEEDED, run_rekey },
	{ "tunnel-debug", MEMBER_NAME | MEMBER_NAME_NEEDED | MEMBER_ON, run_debug },
	{ "reload", MEMBER_DRY_RUN, run_reload },
	{ "monitor", MEMBER_NAME, run_monitor },
};

/* Takes one member. Return: NULL, or what is wrong with it. */
static const char *member_take(struct request *request, unsigned int allowed, const char *key,
			       struct json_object *value)
{
	if (!strcmp(key, "cmd"))
		return NULL;
	if (!strcmp(key, "name") && (allowed & MEMBER_NAME)) {
		if (!json_object_is_type(value, json_type_string))
			return "is no string";
		request->name = json_object_get_string(value);
		return NULL;
	}
	if (!strcmp(key, "timeout") && (allowed & MEMBER_TIMEOUT)) {
		if (!json_object_is_type(value, json_type_int) || json_object_get_int(value) < 1 ||
		    json_object_get_int(value) > TIMEOUT_MAX)
			return "is no number of seconds from 1 to 3600";
		request->timeout = json_object_get_int(value);
		return NULL;
	}
	if (!strcmp(key, "dry_run") && (allowed & MEMBER_DRY_RUN)) {
		if (!json_object_is_type(value, json_type_boolean))
			return "is neither true nor false";
		request->dry_run = json_object_get_boolean(value);
		return NULL;
	}
	if (!strcmp(key, "on") && (allowed & MEMBER_ON)) {
		if (!json_object_is_type(value, json_type_boolean))
			return "is neither true nor false";
		request->on = json_object_get_boolean(value);
		return NULL;
	}
	return "is unknown to this command";
}

static const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

void control_request(struct client *client, struct json_object *json)
{
	const struct command *command;
	struct request request = { 0 };
	struct json_object *cmd;
	const char *wrong;
	char error[256];

	if (!json_object_object_get_ex(json, "cmd", &cmd) ||
	    !json_object_is_type(cmd, json_type_string)) {
		client_error(client, "bad-request", "the request has no \"cmd\"", NULL, NULL);
		return;
	}
	command = command_find(json_object_get_string(cmd));
	if (!command) {
		snprintf(error, sizeof(error), "unknown command '%.64s'",
			 json_object_get_string(cmd));
		client_error(client, "bad-request", error, NULL, NULL);
		return;
	}
	json_object_object_foreach(json, key, value)
	{
		wrong = member_take(&request, command->members, key, value);
		if (!wrong)
			continue;
		snprintf(error, sizeof(error), "member '%.64s' %s", key, wrong);
		client_error(client, "bad-request", error, NULL, NULL);
		return;
	}
	if ((command->members & MEMBER_NAME_NEEDED) && !request.name) {
		snprintf(error, sizeof(error), "command '%s' needs a \"name\"", command->name);
		client_error(client, "bad-request", error, NULL, NULL);
		return;
	}
	command->run(client, &request);
}
