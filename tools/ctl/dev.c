// SPDX-License-Identifier: MIT
/*
 * ipsecvif dev: devices. `ip link` creates and deletes them.
 */
#include <errno.h>
#include <string.h>

#include "tools/ctl/args.h"
#include "tools/ctl/output.h"

/* What the words of `dev set` said. */
struct dev_request {
	struct ipsecvif_dev dev;
	uint64_t what;
};

static int parse_local(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct dev_request *request = state;

	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_LOCAL);
	return parse_addr_value(ctl, args, name, &request->dev.local);
}

static int parse_remote(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct dev_request *request = state;

	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_REMOTE);
	return parse_addr_value(ctl, args, name, &request->dev.remote);
}

static int parse_fwmark(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct dev_request *request = state;
	uint64_t mark;
	int ret = parse_number(ctl, args, name, 0, UINT32_MAX, &mark);

	request->dev.fwmark = (uint32_t)mark;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_FWMARK);
	return ret;
}

/* A name is looked up here; in another namespace only the number is known. */
static int parse_underlay(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct dev_request *request = state;
	const char *end;
	uint64_t number;
	char *text;
	int ret = args_value(ctl, args, name, &text);

	if (ret)
		return ret;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_UNDERLAY);
	if (!strcmp(text, "any") || !strcmp(text, "none"))
		return CTL_OK;
	request->dev.underlay = if_nametoindex(text);
	if (request->dev.underlay)
		return CTL_OK;
	if (!number_read(text, &number, &end) || *end || number > INT32_MAX)
		return ctl_fail(ctl, CTL_FAILED,
				"no such device \"%s\": underlay takes a device, its index, or any",
				text);
	request->dev.underlay = (uint32_t)number;
	return CTL_OK;
}

static int parse_df(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const words[] = {
		[IPSECVIF_DF_COPY] = "copy", [IPSECVIF_DF_SET] = "set", [IPSECVIF_DF_CLEAR] = "clear"
	};
	struct dev_request *request = state;
	unsigned int df;
	int ret = parse_choice(ctl, args, name, words, ARRAY_SIZE(words), &df);

	if (ret)
		return ret;
	request->dev.df = (enum ipsecvif_df)df;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_DF);
	return CTL_OK;
}

static int parse_ttl(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct dev_request *request = state;
	uint64_t ttl = 0;
	int ret = CTL_OK;

	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_TTL);
	if (args->argc && (!strcmp(args->argv[0], "inherit") || !strcmp(args->argv[0], "0"))) {
		args->argc--;
		args->argv++;
	} else {
		ret = parse_number(ctl, args, name, 1, UINT8_MAX, &ttl);
	}
	request->dev.ttl = (uint8_t)ttl;
	return ret;
}

static int parse_dscp(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const words[] = {
		[IPSECVIF_DSCP_CLEAR] = "clear", [IPSECVIF_DSCP_COPY] = "copy"
	};
	struct dev_request *request = state;
	unsigned int dscp;
	int ret = parse_choice(ctl, args, name, words, ARRAY_SIZE(words), &dscp);

	if (ret)
		return ret;
	request->dev.dscp = (enum ipsecvif_dscp)dscp;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_DSCP);
	return CTL_OK;
}

static int parse_flow_label(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const words[] = { [IPSECVIF_FLOW_LABEL_SA] = "sa",
					     [IPSECVIF_FLOW_LABEL_COPY] = "copy",
					     [IPSECVIF_FLOW_LABEL_ZERO] = "zero" };
	struct dev_request *request = state;
	unsigned int label;
	int ret = parse_choice(ctl, args, name, words, ARRAY_SIZE(words), &label);

	if (ret)
		return ret;
	request->dev.flow_label = (enum ipsecvif_flow_label)label;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_FLOW_LABEL);
	return CTL_OK;
}

static int parse_udp_csum(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const words[] = { "off", "on" };
	struct dev_request *request = state;
	unsigned int on;
	int ret = parse_choice(ctl, args, name, words, ARRAY_SIZE(words), &on);

	if (ret)
		return ret;
	request->dev.udp_csum = on;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_UDP_CSUM);
	return CTL_OK;
}

static int parse_mtu(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct dev_request *request = state;
	char *text;
	int ret = args_value(ctl, args, name, &text);

	if (ret)
		return ret;
	if (strcmp(text, "auto") != 0)
		return ctl_fail(
			ctl, CTL_USAGE,
			"\"mtu\" takes auto here; a fixed one is set with ip link set NAME mtu %s",
			text);
	request->dev.mtu_auto = true;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_MTU_AUTO);
	return CTL_OK;
}

static int parse_hold(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct dev_request *request = state;
	uint64_t hold;
	int ret = parse_number(ctl, args, name, 0, IPSECVIF_HOLD_MAX, &hold);

	request->dev.hold = (uint32_t)hold;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_HOLD);
	return ret;
}

static int parse_strict(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const words[] = { "off", "on" };
	struct dev_request *request = state;
	unsigned int strict;
	int ret = parse_choice(ctl, args, name, words, ARRAY_SIZE(words), &strict);

	request->dev.strict = strict;
	request->what |= IPSECVIF_BIT(IPSECVIF_DEV_A_STRICT);
	return ret;
}

static const struct param set_params[] = {
	{ "local", parse_local, false },
	{ "remote", parse_remote, false },
	{ "fwmark", parse_fwmark, false },
	{ "underlay", parse_underlay, false },
	{ "df", parse_df, false },
	{ "ttl", parse_ttl, false },
	{ "dscp", parse_dscp, false },
	{ "flow-label", parse_flow_label, false },
	{ "udp-csum", parse_udp_csum, false },
	{ "mtu", parse_mtu, false },
	{ "hold", parse_hold, false },
	{ "strict", parse_strict, false },
};

/* The device's name, with or without "dev" before it, as `ip link` takes it. */
static const char *dev_name_take(struct ctl *ctl, struct args *args)
{
	const char *name = args_word(ctl, args);

	return name && !strcmp(name, "dev") ? args_word(ctl, args) : name;
}

static int dev_set(struct ctl *ctl, struct args *args)
{
	const char *name = dev_name_take(ctl, args);
	struct dev_request request = { 0 };
	unsigned int ifindex;
	int ret;

	if (!name)
		return ctl_fail(ctl, CTL_USAGE, "which device? ipsecvif dev set NAME ...");
	ret = params_parse(ctl, args, set_params, ARRAY_SIZE(set_params), &request);
	if (ret)
		return ret;
	if (!request.what)
		return ctl_fail(
			ctl, CTL_USAGE,
			"what is to change? say local, remote, fwmark, underlay, df, ttl, dscp, flow-label, udp-csum, mtu, hold or strict");
	ret = dev_find(ctl, name, &ifindex);
	if (!ret)
		ret = ctl_connect(ctl);
	if (ret)
		return ret;
	return ctl_kernel(ctl, ipsecvif_dev_set(ctl->client, ifindex, &request.dev, request.what));
}

/* An interface of the underlay as text: a name where it is in this namespace. */
static const char *underlay_text(const struct ipsecvif_dev *dev, char text[IF_NAMESIZE])
{
	if (dev->underlay_elsewhere || !if_indextoname(dev->underlay, text))
		snprintf(text, IF_NAMESIZE, "if%u", dev->underlay);
	return text;
}

static void dev_text(struct ctl *ctl, const struct ipsecvif_dev *dev)
{
	char local[IPSECVIF_ADDR_STRLEN], remote[IPSECVIF_ADDR_STRLEN], name[IF_NAMESIZE];
	FILE *out = ctl->out;

	fprintf(out, "%u: %s: carrier %s mtu %u%s\n", dev->ifindex, dev->ifname,
		dev->carrier ? "on" : "off", dev->mtu, dev->mtu_auto ? " auto" : "");
	fprintf(out, "\tlocal %s remote %s", ipsecvif_addr_format(&dev->local, local),
		ipsecvif_addr_format(&dev->remote, remote));
	if (dev->fwmark || ctl->details)
		fprintf(out, " fwmark 0x%x", dev->fwmark);
	if (dev->underlay)
		fprintf(out, " underlay %s", underlay_text(dev, name));
	if (dev->underlay_elsewhere && dev->underlay_netnsid >= 0)
		fprintf(out, " underlay-netnsid %d", dev->underlay_netnsid);
	else if (dev->underlay_elsewhere)
		fputs(" underlay-netnsid unknown", out);
	fputc('\n', out);
	fprintf(out, "\tdf %s ttl ", ipsecvif_df_name(dev->df));
	if (dev->ttl)
		fprintf(out, "%u", dev->ttl);
	else
		fputs("inherit", out);
	fprintf(out, " dscp %s", ipsecvif_dscp_name(dev->dscp));
	if (dev->flow_label != IPSECVIF_FLOW_LABEL_SA || ctl->details)
		fprintf(out, " flow-label %s", ipsecvif_flow_label_name(dev->flow_label));
	if (dev->udp_csum || ctl->details)
		fprintf(out, " udp-csum %s", dev->udp_csum ? "on" : "off");
	fputc('\n', out);
	fprintf(out, "\thold %u strict %s\n", dev->hold, dev->strict ? "on" : "off");
	fprintf(out, "\tsa %u selector %u\n", dev->sa_count, dev->selector_count);
}

static struct json_object *dev_json(const struct ipsecvif_dev *dev)
{
	struct json_object *object = json_object_new_object();
	char name[IF_NAMESIZE];

	json_add_uint(object, "ifindex", dev->ifindex);
	json_add_string(object, "ifname", dev->ifname);
	json_add_bool(object, "carrier", dev->carrier);
	json_add_uint(object, "mtu", dev->mtu);
	json_add_bool(object, "mtu_auto", dev->mtu_auto);
	json_add_addr(object, "local", &dev->local);
	json_add_addr(object, "remote", &dev->remote);
	json_add_uint(object, "fwmark", dev->fwmark);
	if (dev->underlay)
		json_add_string(object, "underlay", underlay_text(dev, name));
	if (dev->underlay_elsewhere)
		json_object_object_add(object, "underlay_netnsid",
				       json_object_new_int(dev->underlay_netnsid));
	json_add_string(object, "df", ipsecvif_df_name(dev->df));
	if (dev->ttl)
		json_add_uint(object, "ttl", dev->ttl);
	else
		json_add_string(object, "ttl", "inherit");
	json_add_string(object, "dscp", ipsecvif_dscp_name(dev->dscp));
	json_add_string(object, "flow_label", ipsecvif_flow_label_name(dev->flow_label));
	json_add_bool(object, "udp_csum", dev->udp_csum);
	json_add_uint(object, "hold", dev->hold);
	json_add_bool(object, "strict", dev->strict);
	json_add_uint(object, "sa_count", dev->sa_count);
	json_add_uint(object, "selector_count", dev->selector_count);
	return object;
}

/* What the walk over devices needs. */
struct dev_walk {
	struct ctl *ctl;
	struct json_object *array;
};

static int dev_show_one(const struct ipsecvif_dev *dev, void *arg)
{
	struct dev_walk *walk = arg;

	if (walk->array)
		json_object_array_add(walk->array, dev_json(dev));
	else
		dev_text(walk->ctl, dev);
	return 0;
}

static int dev_show(struct ctl *ctl, struct args *args)
{
	const char *name = dev_name_take(ctl, args);
	struct dev_walk walk = { .ctl = ctl };
	struct ipsecvif_dev dev;
	unsigned int ifindex = 0;
	int ret = args_end(ctl, args);

	if (!ret && name)
		ret = dev_find(ctl, name, &ifindex);
	if (!ret)
		ret = ctl_show_begin(ctl, &walk.array);
	if (ret)
		return ret;
	if (name) {
		ret = ipsecvif_dev_get(ctl->client, ifindex, &dev);
		if (!ret)
			dev_show_one(&dev, &walk);
	} else {
		ret = ipsecvif_dev_dump(ctl->client, dev_show_one, &walk);
	}
	return ctl_show_end(ctl, walk.array, ctl_kernel(ctl, ret));
}

int dev_command(struct ctl *ctl, struct args *args)
{
	enum {
		SET,
		SHOW,
		ADD,
		DEL
	};
	static const struct word verbs[] = {
		WORD("set", SET),	  WORD("show", SHOW),
		WORD("list", SHOW),	  WORD("lst", SHOW),
		WORD_FULL("add", ADD),	  WORD_FULL("del", DEL),
		WORD_FULL("delete", DEL), WORDS_END,
	};
	const char *word = args_word(ctl, args);
	int verb = word ? word_find(ctl, verbs, "dev command", word) : SHOW;

	if (verb < 0)
		return CTL_USAGE;
	if (args_help(args))
		return help_print(ctl, "dev");
	switch (verb) {
	case ADD:
		return ctl_fail(ctl, CTL_USAGE,
				"devices are created with ip link add NAME type ipsecvif");
	case DEL:
		return ctl_fail(ctl, CTL_USAGE, "devices are deleted with ip link del NAME");
	case SET:
		return dev_set(ctl, args);
	default:
		return dev_show(ctl, args);
	}
}
