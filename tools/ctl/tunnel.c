// SPDX-License-Identifier: MIT
/*
 * ipsecvif tunnel, ipsecvif reload: what the daemon does.
 */
#include <string.h>

#include "tools/ctl/args.h"
#include "tools/ctl/control.h"
#include "tools/ctl/output.h"
#include "tools/ctl/tunnel.h"

/* What the words of a tunnel command said. */
struct tunnel_request {
	uint64_t timeout;
};

static int parse_timeout(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct tunnel_request *request = state;
	int ret = parse_seconds(ctl, args, name, &request->timeout);

	if (!ret && (request->timeout < 1 || request->timeout > 3600))
		return ctl_fail(ctl, CTL_USAGE, "a timeout is 1s to 1h");
	return ret;
}

static struct json_object *request_object(const char *cmd, const char *name)
{
	struct json_object *request = json_object_new_object();

	json_add_string(request, "cmd", cmd);
	if (name)
		json_add_string(request, "name", name);
	return request;
}

/* Print the result as JSON, one line, behind the steps. */
static void result_json(struct ctl *ctl, struct json_object *result)
{
	const bool pretty = ctl->pretty;

	ctl->pretty = false;
	ctl_print_json(ctl, json_object_get(result));
	ctl->pretty = pretty;
}

static int tunnel_switch(struct ctl *ctl, struct args *args, const char *cmd)
{
	static const struct param params[] = { { "timeout", parse_timeout, false } };
	struct tunnel_request wanted = { 0 };
	struct json_object *request, *result;
	const char *name = args_word(ctl, args);
	int ret;

	if (!name)
		return ctl_fail(ctl, CTL_USAGE, "which tunnel? see ipsecvif tunnel list");
	ret = params_parse(ctl, args, params, ARRAY_SIZE(params), &wanted);
	if (ret)
		return ret;
	request = request_object(cmd, name);
	if (wanted.timeout)
		json_add_uint(request, "timeout", wanted.timeout);
	ret = control_run(ctl, request, false, &result);
	if (!ret && ctl->json)
		result_json(ctl, result);
	else if (!ret && json_member(result, "tunnel", json_type_object))
		tunnel_line(ctl, json_member(result, "tunnel", json_type_object));
	json_object_put(result);
	return ret;
}

static int tunnel_up(struct ctl *ctl, struct args *args)
{
	return tunnel_switch(ctl, args, "tunnel-up");
}

static int tunnel_down(struct ctl *ctl, struct args *args)
{
	return tunnel_switch(ctl, args, "tunnel-down");
}

static int tunnels_print(struct ctl *ctl, struct json_object *request,
			 void (*print)(struct ctl *ctl, struct json_object *tunnel))
{
	struct json_object *result, *tunnels;
	size_t i, n;
	int ret = control_run(ctl, request, true, &result);

	tunnels = ret ? NULL : json_member(result, "tunnels", json_type_array);
	n = tunnels ? json_object_array_length(tunnels) : 0;
	if (!ret && ctl->json)
		ctl_print_json(ctl, tunnels ? json_object_get(tunnels) : json_object_new_array());
	for (i = 0; i < n && !ctl->json; i++)
		print(ctl, json_object_array_get_idx(tunnels, i));
	json_object_put(result);
	return ret;
}

static int tunnel_list(struct ctl *ctl, struct args *args)
{
	int ret = args_end(ctl, args);

	return ret ? ret : tunnels_print(ctl, request_object("tunnel-list", NULL), tunnel_line);
}

static int tunnel_show(struct ctl *ctl, struct args *args)
{
	const char *name = args_word(ctl, args);
	int ret = args_end(ctl, args);

	return ret ? ret : tunnels_print(ctl, request_object("tunnel-show", name), tunnel_text);
}

static void why_text(struct ctl *ctl, const char *name, struct json_object *result)
{
	struct json_object *why = json_member(result, "why", json_type_array);
	struct json_object *tunnel = json_member(result, "tunnel", json_type_object);
	const char *hint = json_text(result, "hint"), *state = json_text(tunnel, "state");
	size_t i, n = why ? json_object_array_length(why) : 0;
	FILE *out = ctl->out;

	print_clean(out, name);
	fputs(": ", out);
	print_clean(out, state ? state : "state unknown");
	if (!n)
		fputs(": nothing is wrong", out);
	fputc('\n', out);
	for (i = 0; i < n; i++) {
		fputc('\t', out);
		print_clean(out, json_object_get_string(json_object_array_get_idx(why, i)));
		fputc('\n', out);
	}
	if (hint) {
		fputs("\thint: ", out);
		print_clean(out, hint);
		fputc('\n', out);
	}
}

static int tunnel_why(struct ctl *ctl, struct args *args)
{
	const char *name = args_word(ctl, args);
	struct json_object *result;
	int ret = args_end(ctl, args);

	if (ret)
		return ret;
	if (!name)
		return ctl_fail(ctl, CTL_USAGE, "which tunnel? see ipsecvif tunnel list");
	ret = control_run(ctl, request_object("tunnel-why", name), true, &result);
	if (!ret && ctl->json)
		ctl_print_json(ctl, json_object_get(result));
	else if (!ret)
		why_text(ctl, name, result);
	json_object_put(result);
	return ret;
}

static int tunnel_rekey(struct ctl *ctl, struct args *args)
{
	const char *name = args_word(ctl, args);
	int ret = args_end(ctl, args);
	struct json_object *result;

	if (ret)
		return ret;
	if (!name)
		return ctl_fail(ctl, CTL_USAGE, "which tunnel? see ipsecvif tunnel list");
	ret = control_run(ctl, request_object("tunnel-rekey", name), true, &result);
	if (!ret && ctl->json)
		result_json(ctl, result);
	json_object_put(result);
	return ret;
}

static int tunnel_debug(struct ctl *ctl, struct args *args)
{
	static const struct word words[] = { WORD("on", 1), WORD("off", 0), WORDS_END };
	const char *name = args_word(ctl, args), *word = args_word(ctl, args);
	struct json_object *request, *result;
	int on, ret = args_end(ctl, args);

	if (ret)
		return ret;
	if (!name || !word)
		return ctl_fail(ctl, CTL_USAGE,
				"tunnel debug needs a tunnel's name, and on or off");
	on = word_find(ctl, words, "switch", word);
	if (on < 0)
		return CTL_USAGE;
	request = request_object("tunnel-debug", name);
	json_add_bool(request, "on", on);
	ret = control_run(ctl, request, true, &result);
	if (!ret && ctl->json)
		result_json(ctl, result);
	json_object_put(result);
	return ret;
}

int tunnel_command(struct ctl *ctl, struct args *args)
{
	enum {
		UP,
		DOWN,
		LIST,
		SHOW,
		WHY,
		REKEY,
		DEBUG
	};
	static const struct word verbs[] = {
		WORD("up", UP),
		WORD("down", DOWN),
		WORD("list", LIST),
		WORD("lst", LIST),
		WORD("show", SHOW),
		WORD("why", WHY),
		WORD_FULL("rekey", REKEY),
		WORD_FULL("debug", DEBUG),
		WORDS_END,
	};
	static int (*const commands[])(struct ctl * ctl, struct args * args) = {
		[UP] = tunnel_up,	[DOWN] = tunnel_down, [LIST] = tunnel_list,
		[SHOW] = tunnel_show,	[WHY] = tunnel_why,   [REKEY] = tunnel_rekey,
		[DEBUG] = tunnel_debug,
	};
	const char *word = args_word(ctl, args);
	int verb = word ? word_find(ctl, verbs, "tunnel command", word) : LIST;

	if (verb < 0)
		return CTL_USAGE;
	if (args_help(args))
		return help_print(ctl, "tunnel");
	return commands[verb](ctl, args);
}

static void reload_text(struct ctl *ctl, struct json_object *result, bool dry_run)
{
	struct json_object *changes = json_member(result, "changes", json_type_array);
	struct json_object *unchanged = json_member(result, "unchanged", json_type_int);
	size_t i, j, n = changes ? json_object_array_length(changes) : 0;
	FILE *out = ctl->out;

	for (i = 0; i < n; i++) {
		struct json_object *change = json_object_array_get_idx(changes, i);
		struct json_object *what = json_member(change, "what", json_type_array);
		const char *action = json_text(change, "action"), *child;

		fputs(dry_run ? "would " : "", out);
		print_clean(out, action ? action : "change");
		fputc(' ', out);
		print_clean(out, json_text(change, "tunnel") ? json_text(change, "tunnel") : "?");
		child = json_text(change, "child");
		if (child) {
			fputc('/', out);
			print_clean(out, child);
		}
		for (j = 0; what && j < json_object_array_length(what); j++) {
			fputs(j ? ", " : ": ", out);
			print_clean(out,
				    json_object_get_string(json_object_array_get_idx(what, j)));
		}
		fputc('\n', out);
	}
	if (unchanged)
		fprintf(out, "unchanged: %d\n", json_object_get_int(unchanged));
}

/* Further errors of a configuration; the first is printed already. */
static void reload_errors(struct ctl *ctl, struct json_object *result)
{
	struct json_object *errors = json_member(result, "errors", json_type_array);
	size_t i;

	for (i = 1; errors && !ctl->json && i < json_object_array_length(errors); i++) {
		fputs("Error: ", ctl->err);
		print_clean(ctl->err, json_object_get_string(json_object_array_get_idx(errors, i)));
		fputc('\n', ctl->err);
	}
}

int reload_command(struct ctl *ctl, struct args *args)
{
	const char *word = args_word(ctl, args);
	struct json_object *request, *result;
	bool dry_run = word && (!strcmp(word, "--dry-run") || !strcmp(word, "-dry-run") ||
				!strcmp(word, "dry-run"));
	int ret;

	if (word && !dry_run)
		return ctl_fail(ctl, CTL_USAGE, "unexpected word \"%s\": reload takes --dry-run",
				word);
	ret = args_end(ctl, args);
	if (ret)
		return ret;
	request = request_object("reload", NULL);
	if (dry_run)
		json_add_bool(request, "dry_run", true);
	ret = control_run(ctl, request, false, &result);
	if (!ret && ctl->json)
		result_json(ctl, result);
	else if (!ret)
		reload_text(ctl, result, dry_run);
	else
		reload_errors(ctl, result);
	json_object_put(result);
	return ret;
}
