// SPDX-License-Identifier: MIT
/*
 * ipsecvif drops: what was dropped, why, and what would help.
 */
#include <string.h>

#include "tools/ctl/args.h"
#include "tools/ctl/output.h"

/* What the walk over drop counters needs. */
struct drops_walk {
	struct ctl *ctl;
	unsigned int ifindex;
	struct json_object *array;
};

/* The words of a reason; a newer module's has its name only. */
static struct ipsecvif_drop_info drop_words(const struct ipsecvif_drop *drop)
{
	const struct ipsecvif_drop_info *info = ipsecvif_drop_info(drop->reason);

	if (info)
		return *info;
	return (struct ipsecvif_drop_info){ drop->name, "a reason that this command does not know",
					    "install the command of the module's version" };
}

static struct json_object *drops_json(struct ctl *ctl, const struct ipsecvif_drops *drops)
{
	struct json_object *object = json_object_new_object(), *array = json_object_new_array();
	size_t i;

	if (drops->ifindex)
		json_add_string(object, "dev", drops->ifname);
	for (i = 0; i < drops->n; i++) {
		struct ipsecvif_drop_info info = drop_words(&drops->drops[i]);
		struct json_object *drop;

		if (!drops->drops[i].count && !ctl->details)
			continue;
		drop = json_object_new_object();
		json_add_string(drop, "reason", info.name);
		json_add_uint(drop, "count", drops->drops[i].count);
		json_add_string(drop, "meaning", info.meaning);
		json_add_string(drop, "cure", info.cure);
		json_object_array_add(array, drop);
	}
	json_object_object_add(object, "drops", array);
	return object;
}

static void drops_text(struct ctl *ctl, const struct ipsecvif_drops *drops)
{
	FILE *out = ctl->out;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < drops->n; i++)
		sum += drops->drops[i].count;
	if (drops->ifindex)
		fprintf(out, "%s:", drops->ifname);
	else
		fputs("no device:", out);
	if (!sum)
		fputs(" no packet dropped", out);
	fputc('\n', out);
	for (i = 0; i < drops->n; i++) {
		struct ipsecvif_drop_info info = drop_words(&drops->drops[i]);

		if (!drops->drops[i].count && !ctl->details)
			continue;
		fprintf(out, "  %-12s %10llu  %s\n", info.name,
			(unsigned long long)drops->drops[i].count, info.meaning);
		fprintf(out, "  %23s  cure: %s\n", "", info.cure);
	}
}

static int drops_show_one(const struct ipsecvif_drops *drops, void *arg)
{
	struct drops_walk *walk = arg;

	/* Whoever asks for one device wants no other's. */
	if (walk->ifindex && drops->ifindex != walk->ifindex)
		return 0;
	if (walk->array)
		json_object_array_add(walk->array, drops_json(walk->ctl, drops));
	else
		drops_text(walk->ctl, drops);
	return 0;
}

int drops_command(struct ctl *ctl, struct args *args)
{
	static const struct param params[] = { { "dev", parse_dev_value, false } };
	struct drops_walk walk = { .ctl = ctl };
	int ret;

	/* "show" is understood, since every other object has it. */
	if (args->argc && !strcmp(args->argv[0], "show"))
		args_word(ctl, args);
	ret = params_parse(ctl, args, params, ARRAY_SIZE(params), &walk.ifindex);
	if (!ret)
		ret = ctl_show_begin(ctl, &walk.array);
	if (ret)
		return ret;
	ret = ctl_kernel(ctl, ipsecvif_drops_get(ctl->client, walk.ifindex, drops_show_one, &walk));
	return ctl_show_end(ctl, walk.array, ret);
}
