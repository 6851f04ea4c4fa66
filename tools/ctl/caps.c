// SPDX-License-Identifier: MIT
/*
 * ipsecvif caps: the algorithms that the running kernel offers.
 */
#include <string.h>

#include "tools/ctl/args.h"
#include "tools/ctl/output.h"

/* What the walk over algorithms needs. */
struct caps_walk {
	struct ctl *ctl;
	struct json_object *array;
};

static struct json_object *sizes_json(const uint32_t *sizes, size_t n)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_object_array_add(array, json_object_new_uint64(sizes[i]));
	return array;
}

static void sizes_text(FILE *out, const char *what, const uint32_t *sizes, size_t n)
{
	size_t i;

	if (!n)
		return;
	fprintf(out, " %s ", what);
	for (i = 0; i < n; i++)
		fprintf(out, "%s%u", i ? "," : "", sizes[i]);
}

static int caps_show_one(const struct ipsecvif_alg *alg, void *arg)
{
	struct caps_walk *walk = arg;
	struct json_object *object;
	FILE *out = walk->ctl->out;

	if (walk->array) {
		object = json_object_new_object();
		json_add_string(object, "kind", ipsecvif_alg_kind_name(alg->kind));
		json_add_string(object, "name", alg->name);
		json_object_object_add(object, "key_bits",
				       sizes_json(alg->key_bits, alg->n_key_bits));
		json_add_uint(object, "salt_bits", alg->salt_bits);
		json_object_object_add(object, "icv_bits",
				       sizes_json(alg->icv_bits, alg->n_icv_bits));
		json_add_bool(object, "ah", alg->ah);
		json_add_bool(object, "legacy", alg->legacy);
		json_object_array_add(walk->array, object);
		return 0;
	}
	fprintf(out, "%-4s %-29s", ipsecvif_alg_kind_name(alg->kind), alg->name);
	sizes_text(out, "key", alg->key_bits, alg->n_key_bits);
	if (alg->salt_bits)
		fprintf(out, " + salt %u", alg->salt_bits);
	sizes_text(out, "icv", alg->icv_bits, alg->n_icv_bits);
	fputs(alg->n_key_bits || alg->n_icv_bits ? " bits" : " no key", out);
	if (alg->ah)
		fputs(", for AH, too", out);
	if (alg->legacy)
		fputs(", needs flag legacy", out);
	fputc('\n', out);
	return 0;
}

int caps_command(struct ctl *ctl, struct args *args)
{
	struct caps_walk walk = { .ctl = ctl };
	int ret;

	if (args->argc && !strcmp(args->argv[0], "show"))
		args_word(ctl, args);
	ret = args_end(ctl, args);
	if (!ret)
		ret = ctl_show_begin(ctl, &walk.array);
	if (ret)
		return ret;
	ret = ctl_kernel(ctl, ipsecvif_caps_get(ctl->client, caps_show_one, &walk));
	return ctl_show_end(ctl, walk.array, ret);
}
