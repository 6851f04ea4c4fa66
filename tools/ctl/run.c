// SPDX-License-Identifier: MIT
/*
 * One command: options, messages, and which object it is about.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "tools/ctl/args.h"

static void message(struct ctl *ctl, const char *kind, const char *format, va_list args)
{
	/* Results that came first stand first. */
	fflush(ctl->out);
	if (ctl->file)
		fprintf(ctl->err, "%s:%u: ", ctl->file, ctl->line);
	fprintf(ctl->err, "%s: ", kind);
	vfprintf(ctl->err, format, args);
	fputc('\n', ctl->err);
}

int ctl_fail(struct ctl *ctl, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(ctl, "Error", format, args);
	va_end(args);
	return code;
}

void ctl_note(struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(ctl, "Note", format, args);
	va_end(args);
}

int ctl_connect(struct ctl *ctl)
{
	int err;

	if (ctl->client)
		return CTL_OK;
	err = ipsecvif_client_open(&ctl->client);
	if (err)
		return ctl_fail(ctl, CTL_FAILED, "%s", ipsecvif_open_error(err));
	return CTL_OK;
}

int ctl_kernel(struct ctl *ctl, int err)
{
	if (!err)
		return CTL_OK;
	/* Positive: a callback of ours that has printed its own sentence. */
	if (err > 0)
		return err;
	return ctl_fail(ctl, CTL_FAILED, "%s", ipsecvif_client_error(ctl->client));
}

void ctl_print_json(struct ctl *ctl, struct json_object *value)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (ctl->pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	fprintf(ctl->out, "%s\n", json_object_to_json_string_ext(value, flags));
	json_object_put(value);
}

int ctl_show_begin(struct ctl *ctl, struct json_object **array)
{
	int ret = ctl_connect(ctl);

	*array = !ret && ctl->json ? json_object_new_array() : NULL;
	return ret;
}

int ctl_show_end(struct ctl *ctl, struct json_object *array, int ret)
{
	if (array && !ret)
		ctl_print_json(ctl, array);
	else
		json_object_put(array);
	return ret;
}

enum option_id {
	OPTION_JSON,
	OPTION_PRETTY,
	OPTION_STATS,
	OPTION_DETAILS,
	OPTION_TIMESTAMP,
	OPTION_FORCE,
	OPTION_FLAGS_END = OPTION_FORCE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_BATCH,
	OPTION_NETNS,
	OPTION_SOCKET,
};

static const struct word options[] = {
	WORD("json", OPTION_JSON),
	WORD("pretty", OPTION_PRETTY),
	WORD("statistics", OPTION_STATS),
	WORD("stats", OPTION_STATS),
	WORD("details", OPTION_DETAILS),
	WORD("timestamp", OPTION_TIMESTAMP),
	WORD("force", OPTION_FORCE),
	WORD("help", OPTION_HELP),
	WORD("Version", OPTION_VERSION),
	WORD("version", OPTION_VERSION),
	WORD("batch", OPTION_BATCH),
	WORD("netns", OPTION_NETNS),
	WORD("Socket", OPTION_SOCKET),
	WORD_FULL("socket", OPTION_SOCKET),
	WORDS_END,
};

static void option_set(struct ctl *ctl, int id, const char *value)
{
	switch ((enum option_id)id) {
	case OPTION_JSON:
		ctl->json = true;
		break;
	case OPTION_PRETTY:
		ctl->pretty = true;
		break;
	case OPTION_STATS:
		ctl->stats = true;
		break;
	case OPTION_DETAILS:
		ctl->details = true;
		break;
	case OPTION_TIMESTAMP:
		ctl->timestamp = true;
		break;
	case OPTION_FORCE:
		ctl->force = true;
		break;
	case OPTION_HELP:
		ctl->help = true;
		break;
	case OPTION_VERSION:
		ctl->version = true;
		break;
	case OPTION_BATCH:
		ctl->batch = value;
		break;
	case OPTION_NETNS:
		ctl->netns = value;
		break;
	case OPTION_SOCKET:
		ctl->socket = value;
		break;
	}
}

/* Several of one letter in one word, "-jp", as far as they take no value. */
static bool option_cluster(struct ctl *ctl, const char *letters)
{
	static const char flags[] = "jpsdtV";
	static const int ids[] = { OPTION_JSON,	   OPTION_PRETTY,    OPTION_STATS,
				   OPTION_DETAILS, OPTION_TIMESTAMP, OPTION_VERSION };
	size_t i;

	if (strspn(letters, flags) != strlen(letters))
		return false;
	for (i = 0; letters[i]; i++)
		option_set(ctl, ids[strchr(flags, letters[i]) - flags], NULL);
	return true;
}

int ctl_option(struct ctl *ctl, int argc, char **argv, bool flags_only)
{
	const char *text = argv[0];
	size_t i;
	int id;

	if (text[0] != '-' || !text[1])
		return 0;
	text += text[1] == '-' ? 2 : 1;
	if (flags_only) {
		/* Behind the object a word may be anything: take only sure ones. */
		for (i = 0; options[i].text; i++)
			if (!strcmp(text, options[i].text) && options[i].id <= OPTION_FLAGS_END)
				break;
		if (options[i].text) {
			option_set(ctl, options[i].id, NULL);
			return 1;
		}
		return argv[0][1] != '-' && option_cluster(ctl, text);
	}
	if (argv[0][1] != '-' && option_cluster(ctl, text))
		return 1;
	id = word_find(ctl, options, "option", text);
	if (id < 0)
		return -1;
	if (id < OPTION_BATCH) {
		option_set(ctl, id, NULL);
		return 1;
	}
	if (argc < 2) {
		ctl_fail(ctl, CTL_USAGE, "option \"%s\" needs a value", argv[0]);
		return -1;
	}
	option_set(ctl, id, argv[1]);
	return 2;
}

enum object_id {
	OBJECT_DEV,
	OBJECT_SA,
	OBJECT_SELECTOR,
	OBJECT_DROPS,
	OBJECT_MONITOR,
	OBJECT_TUNNEL,
	OBJECT_RELOAD,
	OBJECT_CHECK,
	OBJECT_CAPS,
	OBJECT_METRICS,
	OBJECT_PSK,
	OBJECT_HELP,
};

static const struct word objects[] = {
	WORD("dev", OBJECT_DEV),
	WORD("device", OBJECT_DEV),
	WORD("sa", OBJECT_SA),
	WORD_FULL("state", OBJECT_SA),
	WORD("selector", OBJECT_SELECTOR),
	WORD("drops", OBJECT_DROPS),
	WORD("monitor", OBJECT_MONITOR),
	WORD("tunnel", OBJECT_TUNNEL),
	WORD("reload", OBJECT_RELOAD),
	WORD("check", OBJECT_CHECK),
	WORD("caps", OBJECT_CAPS),
	WORD_FULL("metrics", OBJECT_METRICS),
	WORD("psk", OBJECT_PSK),
	WORD("help", OBJECT_HELP),
	WORDS_END,
};

static const struct {
	const char *name;
	int (*command)(struct ctl *ctl, struct args *args);
} commands[] = {
	[OBJECT_DEV] = { "dev", dev_command },
	[OBJECT_SA] = { "sa", sa_command },
	[OBJECT_SELECTOR] = { "selector", selector_command },
	[OBJECT_DROPS] = { "drops", drops_command },
	[OBJECT_MONITOR] = { "monitor", monitor_command },
	[OBJECT_TUNNEL] = { "tunnel", tunnel_command },
	[OBJECT_RELOAD] = { "reload", reload_command },
	[OBJECT_CHECK] = { "check", check_command },
	[OBJECT_CAPS] = { "caps", caps_command },
	[OBJECT_METRICS] = { "metrics", metrics_command },
	[OBJECT_PSK] = { "psk", psk_command },
	[OBJECT_HELP] = { NULL, NULL },
};

int ctl_run(struct ctl *ctl, int argc, char **argv)
{
	struct args args = { argc, argv };
	const char *word = args_word(ctl, &args);
	int id;

	if (!word)
		return ctl_fail(ctl, CTL_USAGE, "which object? see ipsecvif help");
	id = word_find(ctl, objects, "object", word);
	if (id < 0)
		return CTL_USAGE;
	if (id == OBJECT_HELP) {
		word = args_word(ctl, &args);
		if (!word)
			return help_print(ctl, NULL);
		id = word_find(ctl, objects, "object", word);
		return id < 0 ? CTL_USAGE : help_print(ctl, commands[id].name);
	}
	if (args_help(&args))
		return help_print(ctl, commands[id].name);
	return commands[id].command(ctl, &args);
}

int ctl_main(struct ctl *ctl, int argc, char **argv)
{
	int i = 1, ret = CTL_OK;

	if (!ctl->socket)
		ctl->socket = CONTROL_SOCKET;
	while (i < argc) {
		int taken = ctl_option(ctl, argc - i, argv + i, false);

		if (taken < 0)
			return CTL_USAGE;
		if (!taken)
			break;
		i += taken;
	}
	if (ctl->version) {
		fprintf(ctl->out, "ipsecvif %s\n", IPSECVIF_VERSION);
		return CTL_OK;
	}
	if (ctl->help)
		return help_print(ctl, NULL);
	if (i == argc && !ctl->batch) {
		help_print(ctl, NULL);
		return CTL_USAGE;
	}
	if (i < argc && ctl->batch)
		return ctl_fail(ctl, CTL_USAGE,
				"unexpected word \"%s\": a batch takes its commands from the file",
				argv[i]);
	if (ctl->netns)
		ret = netns_enter(ctl, ctl->netns);
	if (!ret)
		ret = ctl->batch ? ctl_batch(ctl, ctl->batch) : ctl_run(ctl, argc - i, argv + i);
	ipsecvif_client_close(ctl->client);
	ctl->client = NULL;
	if (fflush(ctl->out) && !ret)
		ret = CTL_FAILED;
	return ret;
}
