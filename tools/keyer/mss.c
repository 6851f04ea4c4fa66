// SPDX-License-Identifier: MIT
/*
 * The MSS clamp: TCP connections that are forwarded through a tunnel agree on
 * segments that fit its MTU, both ways, so that nobody depends on ICMP errors that
 * some firewall drops. It is one table of nftables, ours alone, made anew as a whole
 * whenever an interface or MTU changes.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"
#include "tools/keyer/spawn.h"

enum {
	MSS_DELAY = 50, /* ms to gather changes in */
	MSS_LIMIT = 30000, /* ms that nft may take */
	TCP_HEADER = 20,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
};

#define MSS_TABLE "ipsecvif"

/* {"VERB": {"OBJECT": CONTENT}} */
static void command_add(struct json_object *list, const char *verb, const char *object,
			struct json_object *content)
{
	struct json_object *inner = json_object_new_object(), *outer = json_object_new_object();

	json_object_object_add(inner, object, content);
	json_object_object_add(outer, verb, inner);
	json_object_array_add(list, outer);
}

static struct json_object *in_table(const char *key, const char *name)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "family", json_object_new_string("inet"));
	if (strcmp(key, "name") != 0)
		json_object_object_add(object, "table", json_object_new_string(MSS_TABLE));
	json_object_object_add(object, key, json_object_new_string(name));
	return object;
}

/* An expression by its format, which has no names of others in it. */
static struct json_object *expression(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static struct json_object *expression(const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return json_tokener_parse(text);
}

/* meta KEY == NAME, which may be any name that an interface can have. */
static struct json_object *meta_is(const char *key, const char *name)
{
	struct json_object *outer =
		expression("{\"match\":{\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"%s\"}}}}", key);
	struct json_object *match = json_object_object_get(outer, "match");

	json_object_object_add(match, "right", json_object_new_string(name));
	return outer;
}

static void rule_add(struct json_object *list, const char *direction, const char *interface,
		     const char *family, unsigned int size)
{
	struct json_object *rule = in_table("chain", "mss"), *parts = json_object_new_array();

	json_object_array_add(parts, meta_is(direction, interface));
	json_object_array_add(parts, meta_is("nfproto", family));
	json_object_array_add(
		parts, expression("{\"match\":{\"op\":\"in\",\"left\":{\"payload\":{\"protocol\":"
				  "\"tcp\",\"field\":\"flags\"}},\"right\":\"syn\"}}"));
	/* nftables never makes it larger. */
	json_object_array_add(
		parts, expression("{\"mangle\":{\"key\":{\"tcp option\":{\"name\":\"maxseg\","
				  "\"field\":\"size\"}},\"value\":%u}}",
				  size));
	json_object_object_add(rule, "expr", parts);
	command_add(list, "add", "rule", rule);
}

static void rules_add(struct json_object *list, const struct iface *iface)
{
	static const char *const directions[] = { "iifname", "oifname" };
	size_t i;

	for (i = 0; i < 2; i++) {
		rule_add(list, directions[i], iface->name, "ipv4",
			 iface->mtu - IPV4_HEADER - TCP_HEADER);
		rule_add(list, directions[i], iface->name, "ipv6",
			 iface->mtu - IPV6_HEADER - TCP_HEADER);
	}
}

static void chain_add(struct json_object *list)
{
	struct json_object *chain = in_table("name", "mss");

	json_object_object_add(chain, "table", json_object_new_string(MSS_TABLE));
	json_object_object_add(chain, "type", json_object_new_string("filter"));
	json_object_object_add(chain, "hook", json_object_new_string("forward"));
	json_object_object_add(chain, "prio", json_object_new_int(-150)); /* mangle */
	json_object_object_add(chain, "policy", json_object_new_string("accept"));
	command_add(list, "add", "chain", chain);
}

static bool clamped(const struct iface *iface)
{
	return iface->mss && iface->ifindex && iface->mtu > IPV6_HEADER + TCP_HEADER;
}

static bool any_clamped(const struct netadmin *na)
{
	const struct iface *iface;

	for (iface = na->ifaces; iface; iface = iface->next)
		if (clamped(iface))
			return true;
	return false;
}

char *mss_ruleset(const struct netadmin *na)
{
	struct json_object *outer = json_object_new_object(), *list = json_object_new_array();
	const struct iface *iface;
	char *text;

	/* Adding what may be there makes the deletion right in any case. */
	command_add(list, "add", "table", in_table("name", MSS_TABLE));
	command_add(list, "delete", "table", in_table("name", MSS_TABLE));
	if (any_clamped(na)) {
		command_add(list, "add", "table", in_table("name", MSS_TABLE));
		chain_add(list);
		for (iface = na->ifaces; iface; iface = iface->next)
			if (clamped(iface))
				rules_add(list, iface);
	}
	json_object_object_add(outer, "nftables", list);
	text = strdup(json_object_to_json_string_ext(outer, JSON_C_TO_STRING_PLAIN));
	json_object_put(outer);
	if (!text)
		abort();
	return text;
}

static void nft_done(int status, const char *text, void *arg)
{
	struct netadmin *na = arg;

	if (!status || na->mss_failed)
		return;
	/* Once: who has no nftables knows after the first line. */
	na->mss_failed = true;
	log_kv(LOG_NOTICE, "mss-clamp", "error", *text ? text : "nft did not end well", "hint",
	       "install nftables, or set mss-clamp = no", NULL);
}

/* Where distributions have it; nobody's $PATH is asked. */
static const char *nft_path(void)
{
	static const char *const paths[] = { "/usr/sbin/nft", "/usr/bin/nft", "/sbin/nft" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!access(paths[i], X_OK))
			return paths[i];
	return paths[0];
}

static void nft_run(struct netadmin *na)
{
	const char *const argv[] = { nft_path(), "-j", "-f", "-", NULL };
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	char *rules = mss_ruleset(na);
	struct spawn_job job = { .argv = argv,
				 .env = env,
				 .input = rules,
				 .turn = "nft",
				 .limit = MSS_LIMIT,
				 .done = nft_done,
				 .arg = na };

	na->mss_there = any_clamped(na);
	spawn(na->spawner, &job);
	free(rules);
}

static void mss_timer(void *arg)
{
	nft_run(arg);
}

void mss_init(struct netadmin *na)
{
	loop_timer_init(&na->mss_timer, mss_timer, na);
}

void mss_changed(struct netadmin *na)
{
	if (na->stopping || na->mss_timer.at != LOOP_NEVER || (!na->mss_there && !any_clamped(na)))
		return;
	loop_timer_set(na->loop, &na->mss_timer, loop_now() + MSS_DELAY);
}

void mss_end(struct netadmin *na)
{
	loop_timer_set(na->loop, &na->mss_timer, LOOP_NEVER);
	if (na->mss_there)
		nft_run(na);
}
