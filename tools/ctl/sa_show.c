// SPDX-License-Identifier: MIT
/*
 * SAs as text and JSON. The kernel tells no keys, so none can appear.
 */
#include <string.h>

#include "tools/ctl/output.h"
#include "tools/ctl/sa.h"
#include "tools/ctl/selector.h"

static void alg_text(FILE *out, const char *word, const struct ipsecvif_sa_alg *alg)
{
	if (!alg->name[0])
		return;
	fprintf(out, "\t%s %s", word, alg->name);
	if (alg->icv_bits)
		fprintf(out, " %u", alg->icv_bits);
	fputc('\n', out);
}

static void flags_text(FILE *out, const struct ipsecvif_sa *sa)
{
	if (sa->flags & IPSECVIF_SA_F_ESN)
		fputs(" flag esn", out);
	if (sa->flags & IPSECVIF_SA_F_LEGACY)
		fputs(" flag legacy", out);
	if (sa->flags & IPSECVIF_SA_F_RESERVED)
		fputs(" reserved", out);
	if (sa->flags & IPSECVIF_SA_F_EXPIRED)
		fputs(" expired", out);
}

static void limit_text(FILE *out, const char *unit, uint64_t soft, uint64_t hard)
{
	fputs("\t  limit: soft ", out);
	if (soft)
		fprintf(out, "%llu(%s), hard ", (unsigned long long)soft, unit);
	else
		fprintf(out, "(INF)(%s), hard ", unit);
	if (hard)
		fprintf(out, "%llu(%s)\n", (unsigned long long)hard, unit);
	else
		fprintf(out, "(INF)(%s)\n", unit);
}

static void stats_text(FILE *out, const struct ipsecvif_sa *sa)
{
	fputs("\tlifetime config:\n", out);
	limit_text(out, "bytes", sa->limits.byte_soft, sa->limits.byte_hard);
	limit_text(out, "packets", sa->limits.packet_soft, sa->limits.packet_hard);
	limit_text(out, "sec", sa->limits.time_soft, sa->limits.time_hard);
	limit_text(out, "sec idle", sa->limits.idle_soft, sa->limits.idle_hard);
	fprintf(out, "\tlifetime current:\n\t  %llu(bytes), %llu(packets), %llu(sec)\n",
		(unsigned long long)sa->counters.bytes, (unsigned long long)sa->counters.packets,
		(unsigned long long)sa->counters.age);
	if (sa->dir == IPSECVIF_DIR_IN)
		fprintf(out, "\tstats:\n\t  replay %llu failed %llu\n",
			(unsigned long long)sa->counters.replays,
			(unsigned long long)sa->counters.icv_failures);
	if (sa->counters.spread)
		fprintf(out, "\tspread over CPUs: %llu(packets)\n",
			(unsigned long long)sa->counters.spread);
	if (sa->counters.steered)
		fprintf(out, "\tsteered to another CPU: %llu(packets)\n",
			(unsigned long long)sa->counters.steered);
}

static void state_text(FILE *out, const struct ipsecvif_sa *sa, const struct ipsecvif_dev *dev)
{
	char text[DURATION_STRLEN];

	fprintf(out, "\tage %s", duration_format(sa->counters.age, text));
	if (sa->counters.used)
		fprintf(out, " idle %s", duration_format(sa->counters.idle, text));
	else if (!(sa->flags & IPSECVIF_SA_F_RESERVED))
		fputs(" unused", out);
	if (sa->dir == IPSECVIF_DIR_OUT)
		fprintf(out, " carrier %s", dev->carrier ? "on" : "off");
	if (sa->mtu)
		fprintf(out, " mtu %u", sa->mtu);
	if (sa->driver[0])
		fprintf(out, " driver %s", sa->driver);
	fputc('\n', out);
}

void sa_show_text(struct ctl *ctl, const struct ipsecvif_sa *sa, const struct ipsecvif_dev *dev)
{
	char src[IPSECVIF_ADDR_STRLEN], dst[IPSECVIF_ADDR_STRLEN];
	char text[IPSECVIF_SELECTOR_STRLEN];
	FILE *out = ctl->out;
	size_t i;

	fprintf(out, "src %s dst %s dev %s dir %s\n", ipsecvif_addr_format(&sa->src, src),
		ipsecvif_addr_format(&sa->dst, dst), dev->ifname, ipsecvif_dir_name(sa->dir));
	fprintf(out, "\tproto %s spi 0x%08x(%u) mode %s\n", ipsecvif_proto_name(sa->proto), sa->spi,
		sa->spi, ipsecvif_mode_name(sa->mode));
	fputc('\t', out);
	if (sa->dir == IPSECVIF_DIR_IN && !(sa->flags & IPSECVIF_SA_F_RESERVED))
		fprintf(out, "replay-window %u ", sa->replay_window);
	fprintf(out, "seq 0x%llx", (unsigned long long)sa->seq);
	flags_text(out, sa);
	fputc('\n', out);
	alg_text(out, "aead", &sa->aead);
	alg_text(out, "auth-trunc", &sa->auth);
	alg_text(out, "enc", &sa->enc);
	if (sa->comp[0])
		fprintf(out, "\tcomp %s cpi 0x%04x\n", sa->comp, sa->cpi);
	if (sa->encap_sport || sa->encap_dport)
		fprintf(out, "\tencap type espinudp sport %u dport %u\n", sa->encap_sport,
			sa->encap_dport);
	if (sa->tfc == IPSECVIF_TFC_MTU)
		fputs("\ttfc mtu\n", out);
	else if (sa->tfc)
		fprintf(out, "\ttfc %u\n", sa->tfc);
	state_text(out, sa, dev);
	for (i = 0; i < sa->n_selectors; i++)
		fprintf(out, "\tselector %s\n", ipsecvif_selector_format(&sa->selectors[i], text));
	if (ctl->stats)
		stats_text(out, sa);
}

static void alg_json(struct json_object *object, const char *word,
		     const struct ipsecvif_sa_alg *alg)
{
	struct json_object *nested;

	if (!alg->name[0])
		return;
	nested = json_object_new_object();
	json_add_string(nested, "name", alg->name);
	if (alg->icv_bits)
		json_add_uint(nested, "icv_bits", alg->icv_bits);
	json_object_object_add(object, word, nested);
}

/* Limits that are not set are left out. */
static struct json_object *limits_json(const struct ipsecvif_sa_limits *limits)
{
	struct json_object *object = json_object_new_object();
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {
		{ "time_soft", limits->time_soft },	{ "time_hard", limits->time_hard },
		{ "byte_soft", limits->byte_soft },	{ "byte_hard", limits->byte_hard },
		{ "packet_soft", limits->packet_soft }, { "packet_hard", limits->packet_hard },
		{ "idle_soft", limits->idle_soft },	{ "idle_hard", limits->idle_hard },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].value)
			json_add_uint(object, all[i].name, all[i].value);
	return object;
}

static struct json_object *flags_json(uint32_t flags)
{
	struct json_object *array = json_object_new_array();

	if (flags & IPSECVIF_SA_F_ESN)
		json_object_array_add(array, json_object_new_string("esn"));
	if (flags & IPSECVIF_SA_F_LEGACY)
		json_object_array_add(array, json_object_new_string("legacy"));
	if (flags & IPSECVIF_SA_F_RESERVED)
		json_object_array_add(array, json_object_new_string("reserved"));
	if (flags & IPSECVIF_SA_F_EXPIRED)
		json_object_array_add(array, json_object_new_string("expired"));
	return array;
}

static void counters_json(struct json_object *object, const struct ipsecvif_sa *sa)
{
	json_add_uint(object, "seq", sa->seq);
	json_add_uint(object, "packets", sa->counters.packets);
	json_add_uint(object, "bytes", sa->counters.bytes);
	json_add_uint(object, "age", sa->counters.age);
	json_add_uint(object, "spread", sa->counters.spread);
	json_add_uint(object, "steered", sa->counters.steered);
	if (sa->counters.used)
		json_add_uint(object, "idle", sa->counters.idle);
	if (sa->dir == IPSECVIF_DIR_IN) {
		json_add_uint(object, "replay_window", sa->replay_window);
		json_add_uint(object, "replays", sa->counters.replays);
		json_add_uint(object, "icv_failures", sa->counters.icv_failures);
	}
}

struct json_object *sa_json(const struct ipsecvif_sa *sa, const struct ipsecvif_dev *dev)
{
	struct json_object *object = json_object_new_object(), *selectors, *encap, *comp;
	size_t i;

	if (dev) {
		json_add_string(object, "dev", dev->ifname);
		json_add_bool(object, "carrier", dev->carrier);
	}
	json_add_string(object, "dir", ipsecvif_dir_name(sa->dir));
	json_add_spi(object, "spi", sa->spi);
	json_add_addr(object, "src", &sa->src);
	json_add_addr(object, "dst", &sa->dst);
	json_add_string(object, "proto", ipsecvif_proto_name(sa->proto));
	json_add_string(object, "mode", ipsecvif_mode_name(sa->mode));
	alg_json(object, "aead", &sa->aead);
	alg_json(object, "enc", &sa->enc);
	alg_json(object, "auth", &sa->auth);
	if (sa->comp[0]) {
		comp = json_object_new_object();
		json_add_string(comp, "name", sa->comp);
		json_add_uint(comp, "cpi", sa->cpi);
		json_object_object_add(object, "comp", comp);
	}
	if (sa->encap_sport || sa->encap_dport) {
		encap = json_object_new_object();
		json_add_string(encap, "type", "espinudp");
		json_add_uint(encap, "sport", sa->encap_sport);
		json_add_uint(encap, "dport", sa->encap_dport);
		json_object_object_add(object, "encap", encap);
	}
	json_object_object_add(object, "flags", flags_json(sa->flags));
	json_object_object_add(object, "limits", limits_json(&sa->limits));
	counters_json(object, sa);
	if (sa->tfc == IPSECVIF_TFC_MTU)
		json_add_string(object, "tfc", "mtu");
	else if (sa->tfc)
		json_add_uint(object, "tfc", sa->tfc);
	if (sa->mtu)
		json_add_uint(object, "mtu", sa->mtu);
	if (sa->driver[0])
		json_add_string(object, "driver", sa->driver);
	selectors = json_object_new_array();
	for (i = 0; i < sa->n_selectors; i++)
		json_object_array_add(selectors, selector_json(&sa->selectors[i]));
	json_object_object_add(object, "selectors", selectors);
	return object;
}
