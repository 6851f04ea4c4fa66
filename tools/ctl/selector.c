// SPDX-License-Identifier: MIT
/*
 * ipsecvif selector: which traffic a device carries.
 */
#include <netdb.h>
#include <string.h>

#include "tools/ctl/selector.h"
#include "tools/ctl/output.h"

/* What the words of one selector command said. */
struct selector_request {
	unsigned int ifindex;
	struct ipsecvif_selector selector;
};

/* A network or a range of addresses; @max is AF_UNSPEC with a network. */
static int side_value(struct ctl *ctl, struct args *args, const char *word,
		      struct ipsecvif_addr *addr, struct ipsecvif_addr *max, uint8_t *prefix)
{
	char right[IPSECVIF_ADDR_STRLEN];
	struct ipsecvif_addr masked;
	char *text;
	int ret = args_value(ctl, args, word, &text);

	if (ret)
		return ret;
	if (!strcmp(text, "any") || !strcmp(text, "default") || !strcmp(text, "all")) {
		/* Of which family the other side says. */
		memset(addr, 0, sizeof(*addr));
		*prefix = 0;
		return CTL_OK;
	}
	if (text[strcspn(text, "-/")] == '-') {
		if (ipsecvif_range_parse(text, addr, max))
			return ctl_fail(
				ctl, CTL_USAGE,
				"\"%s\" needs a range such as 10.1.0.5-10.1.0.9, and \"%s\" is none",
				word, word_shown(text));
		return CTL_OK;
	}
	if (ipsecvif_prefix_parse(text, AF_UNSPEC, addr, prefix))
		return ctl_fail(ctl, CTL_USAGE,
				"\"%s\" needs a network such as 10.1.0.0/16, and \"%s\" is none",
				word, word_shown(text));
	masked = *addr;
	if (ipsecvif_addr_mask(&masked, *prefix))
		return ctl_fail(ctl, CTL_USAGE, "\"%s %s\" has host bits: did you mean %s/%u?",
				word, text, ipsecvif_addr_format(&masked, right), *prefix);
	return CTL_OK;
}

static int parse_src(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct ipsecvif_selector *selector = &((struct selector_request *)state)->selector;

	return side_value(ctl, args, name, &selector->src, &selector->src_max,
			  &selector->src_prefix);
}

static int parse_dst(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct ipsecvif_selector *selector = &((struct selector_request *)state)->selector;

	return side_value(ctl, args, name, &selector->dst, &selector->dst_max,
			  &selector->dst_prefix);
}

static int parse_proto(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	/* Known without /etc/protocols, which small systems lack. */
	static const struct {
		const char *name;
		uint8_t number;
	} protos[] = {
		{ "any", 0 },
		{ "tcp", IPPROTO_TCP },
		{ "udp", IPPROTO_UDP },
		{ "icmp", IPPROTO_ICMP },
		{ "ipv6-icmp", IPPROTO_ICMPV6 },
		{ "icmpv6", IPPROTO_ICMPV6 },
		{ "sctp", IPPROTO_SCTP },
		{ "dccp", IPPROTO_DCCP },
		{ "gre", IPPROTO_GRE },
		{ "udplite", IPPROTO_UDPLITE },
	};
	struct ipsecvif_selector *selector = &((struct selector_request *)state)->selector;
	const struct protoent *entry;
	uint64_t number;
	const char *end;
	char *text;
	int ret = args_value(ctl, args, name, &text);
	size_t i;

	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		if (!strcmp(protos[i].name, text)) {
			selector->proto = protos[i].number;
			return CTL_OK;
		}
	}
	entry = getprotobyname(text);
	if (entry)
		number = (uint64_t)entry->p_proto;
	else if (!number_read(text, &number, &end) || *end || number > UINT8_MAX)
		return ctl_fail(ctl, CTL_USAGE,
				"\"proto\" needs a protocol such as tcp or 47, and \"%s\" is none",
				word_shown(text));
	selector->proto = (uint8_t)number;
	return CTL_OK;
}

/* A number or a range of them; @any is left as it is, and told, for "any". */
static int span_value(struct ctl *ctl, struct args *args, const char *word, const char *like,
		      uint64_t limit, uint64_t *min, uint64_t *max, bool *any)
{
	const char *end;
	char *text;
	int ret = args_value(ctl, args, word, &text);

	*any = false;
	if (ret)
		return ret;
	*any = !strcmp(text, "any");
	if (*any)
		return CTL_OK;
	if (!number_read(text, min, &end))
		goto wrong;
	*max = *min;
	if (*end == '-' && !number_read(end + 1, max, &end))
		goto wrong;
	if (*end || *min > limit || *max > limit)
		goto wrong;
	if (*min > *max)
		return ctl_fail(ctl, CTL_USAGE, "\"%s %s\" begins behind its end", word, text);
	return CTL_OK;

wrong:
	return ctl_fail(ctl, CTL_USAGE, "\"%s\" needs %s, and \"%s\" is none", word, like,
			word_shown(text));
}

static int ports_value(struct ctl *ctl, struct args *args, const char *word,
		       struct ipsecvif_ports *ports)
{
	uint64_t min = 0, max = UINT16_MAX;
	bool any;
	int ret = span_value(ctl, args, word, "a port or a range such as 8000-8080", UINT16_MAX,
			     &min, &max, &any);

	if (ret)
		return ret;
	if (!max)
		return ctl_fail(ctl, CTL_USAGE, "\"%s 0\" is no port: say any", word);
	*ports = (struct ipsecvif_ports){ (uint16_t)min, (uint16_t)max };
	return CTL_OK;
}

static int parse_sport(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	return ports_value(ctl, args, name, &((struct selector_request *)state)->selector.sport);
}

static int parse_dport(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	return ports_value(ctl, args, name, &((struct selector_request *)state)->selector.dport);
}

static int parse_type(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct ipsecvif_icmp *icmp = &((struct selector_request *)state)->selector.icmp;
	uint64_t min = 0, max = 0;
	bool any;
	int ret = span_value(ctl, args, name, "an ICMP type or a range such as 0-8", UINT8_MAX,
			     &min, &max, &any);

	icmp->typed = !any;
	icmp->type_min = (uint8_t)min;
	icmp->type_max = (uint8_t)max;
	return ret;
}

static int parse_code(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct ipsecvif_icmp *icmp = &((struct selector_request *)state)->selector.icmp;
	uint64_t min = 0, max = 0;
	bool any;
	int ret = span_value(ctl, args, name, "an ICMP code or a range such as 0-3", UINT8_MAX,
			     &min, &max, &any);

	icmp->coded = !any;
	icmp->code_min = (uint8_t)min;
	icmp->code_max = (uint8_t)max;
	return ret;
}

static int parse_device(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	return parse_dev_value(ctl, args, name, &((struct selector_request *)state)->ifindex);
}

static int parse_sa_spi(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	uint64_t spi;
	int ret = parse_number(ctl, args, name, 1, UINT32_MAX, &spi);

	if (!ret)
		((struct selector_request *)state)->selector.spi = (uint32_t)spi;
	return ret;
}

/* The first SELECTOR_WORDS are the selector's own. */
#define SELECTOR_WORDS 7
static const struct param selector_params[] = {
	{ "src", parse_src, false },	 { "dst", parse_dst, false },
	{ "proto", parse_proto, false }, { "sport", parse_sport, false },
	{ "dport", parse_dport, false }, { "type", parse_type, false },
	{ "code", parse_code, false },	 { "dev", parse_device, false },
	{ "sa", parse_sa_spi, false },
};

int selector_words(struct ctl *ctl, struct args *args, struct ipsecvif_selector *selector)
{
	struct selector_request request = { 0 };
	unsigned int seen = 0;
	int ret;

	while (args->argc) {
		size_t i;

		for (i = 0;
		     i < SELECTOR_WORDS && strcmp(selector_params[i].name, args->argv[0]) != 0; i++)
			;
		if (i == SELECTOR_WORDS || seen & 1U << i)
			break;
		seen |= 1U << i;
		args->argc--;
		args->argv++;
		ret = selector_params[i].parse(ctl, args, selector_params[i].name, &request);
		if (ret)
			return ret;
	}
	*selector = request.selector;
	return selector_check(ctl, selector);
}

static bool proto_has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
	       proto == IPPROTO_DCCP || proto == IPPROTO_UDPLITE;
}

static int icmp_check(struct ctl *ctl, const struct ipsecvif_selector *selector)
{
	uint8_t proto = selector->src.family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if ((selector->icmp.typed || selector->icmp.coded) && selector->proto != proto)
		return ctl_fail(
			ctl, CTL_USAGE,
			"type and code need proto icmp between IPv4 networks, or ipv6-icmp between IPv6 ones");
	if (selector->icmp.coded && !selector->icmp.typed)
		return ctl_fail(ctl, CTL_USAGE, "a code needs a type: type N code M");
	return CTL_OK;
}

int selector_check(struct ctl *ctl, struct ipsecvif_selector *selector)
{
	if (selector->src.family == AF_UNSPEC && selector->dst.family == AF_UNSPEC)
		return ctl_fail(
			ctl, CTL_USAGE,
			"a selector needs a network: src PREFIX dst PREFIX, with 0.0.0.0/0 or ::/0 for any");
	if (selector->src.family == AF_UNSPEC)
		selector->src.family = selector->dst.family;
	if (selector->dst.family == AF_UNSPEC)
		selector->dst.family = selector->src.family;
	if (selector->src.family != selector->dst.family)
		return ctl_fail(ctl, CTL_USAGE,
				"src and dst of a selector must both be IPv4 or both IPv6");
	if ((selector->sport.max || selector->dport.max) && !proto_has_ports(selector->proto))
		return ctl_fail(
			ctl, CTL_USAGE,
			"sport and dport need a protocol with ports: proto tcp, udp, sctp, dccp or udplite");
	return icmp_check(ctl, selector);
}

static void span_json(struct json_object *object, const char *name, int min, int max)
{
	struct json_object *array = json_object_new_array();

	json_object_array_add(array, json_object_new_int(min));
	json_object_array_add(array, json_object_new_int(max));
	json_object_object_add(object, name, array);
}

struct json_object *selector_json(const struct ipsecvif_selector *selector)
{
	struct json_object *object = json_object_new_object();
	const struct ipsecvif_icmp *icmp = &selector->icmp;
	char side[IPSECVIF_SIDE_STRLEN];

	json_add_string(object, "src",
			ipsecvif_selector_side_format(&selector->src, &selector->src_max,
						      selector->src_prefix, side));
	json_add_string(object, "dst",
			ipsecvif_selector_side_format(&selector->dst, &selector->dst_max,
						      selector->dst_prefix, side));
	if (selector->proto)
		json_add_uint(object, "proto", selector->proto);
	if (selector->sport.min || selector->sport.max != UINT16_MAX)
		span_json(object, "sport", selector->sport.min, selector->sport.max);
	if (selector->dport.min || selector->dport.max != UINT16_MAX)
		span_json(object, "dport", selector->dport.min, selector->dport.max);
	if (icmp->typed)
		span_json(object, "type", icmp->type_min, icmp->type_max);
	if (icmp->coded)
		span_json(object, "code", icmp->code_min, icmp->code_max);
	if (selector->spi)
		json_add_spi(object, "spi", selector->spi);
	json_add_bool(object, "auto", selector->automatic);
	json_add_uint(object, "packets", selector->packets);
	json_add_uint(object, "held", selector->held);
	return object;
}

/* Take the words of add or del, and send them. */
static int selector_change(struct ctl *ctl, struct args *args, bool add)
{
	struct selector_request request = { 0 };
	/* Which SA it is bound to says nothing about which selector it is. */
	size_t n = ARRAY_SIZE(selector_params) - (add ? 0 : 1);
	int ret = params_parse(ctl, args, selector_params, n, &request);

	if (ret)
		return ret;
	if (!request.ifindex)
		return ctl_fail(ctl, CTL_USAGE, "which device? say dev NAME");
	ret = selector_check(ctl, &request.selector);
	if (ret)
		return ret;
	ret = ctl_connect(ctl);
	if (ret)
		return ret;
	if (add)
		return ctl_kernel(ctl, ipsecvif_selector_add(ctl->client, request.ifindex,
							     &request.selector, 1));
	return ctl_kernel(ctl, ipsecvif_selector_del(ctl->client, request.ifindex,
						     &request.selector, 1));
}

/* What the walk over one device's selectors needs. */
struct selector_walk {
	struct ctl *ctl;
	const struct ipsecvif_dev *dev;
	struct json_object *array;
	size_t n;
};

static int selector_show_one(const struct ipsecvif_selector *selector, void *arg)
{
	struct selector_walk *walk = arg;
	char text[IPSECVIF_SELECTOR_STRLEN];
	struct json_object *object;

	walk->n++;
	if (walk->array) {
		object = selector_json(selector);
		json_add_string(object, "dev", walk->dev->ifname);
		json_object_array_add(walk->array, object);
		return 0;
	}
	fprintf(walk->ctl->out, "%s: %s", walk->dev->ifname,
		ipsecvif_selector_format(selector, text));
	if (selector->spi)
		fprintf(walk->ctl->out, " sa 0x%08x", selector->spi);
	if (selector->automatic)
		fputs(" auto", walk->ctl->out);
	if (walk->ctl->stats)
		fprintf(walk->ctl->out, " packets %llu", (unsigned long long)selector->packets);
	if (selector->held)
		fprintf(walk->ctl->out, " held %u", selector->held);
	fputc('\n', walk->ctl->out);
	return 0;
}

static int selector_show_dev(const struct ipsecvif_dev *dev, void *arg)
{
	struct selector_walk *walk = arg;
	int err;

	walk->dev = dev;
	walk->n = 0;
	err = ipsecvif_selector_dump(walk->ctl->client, dev->ifindex, selector_show_one, walk);
	/* Without a selector it carries everything, which is worth a word. */
	if (!err && !walk->n && !walk->array)
		fprintf(walk->ctl->out, "%s: no selector: carries whatever is routed into it\n",
			dev->ifname);
	return err;
}

static int selector_show(struct ctl *ctl, struct args *args)
{
	static const struct param params[] = { { "dev", parse_dev_value, false } };
	struct selector_walk walk = { .ctl = ctl };
	unsigned int ifindex = 0;
	struct ipsecvif_dev dev;
	int ret = params_parse(ctl, args, params, ARRAY_SIZE(params), &ifindex);

	if (!ret)
		ret = ctl_show_begin(ctl, &walk.array);
	if (ret)
		return ret;
	if (ifindex) {
		ret = ipsecvif_dev_get(ctl->client, ifindex, &dev);
		if (!ret)
			ret = selector_show_dev(&dev, &walk);
	} else {
		ret = ipsecvif_dev_dump(ctl->client, selector_show_dev, &walk);
	}
	return ctl_show_end(ctl, walk.array, ctl_kernel(ctl, ret));
}

static int selector_flush(struct ctl *ctl, struct args *args)
{
	static const struct param params[] = { { "dev", parse_dev_value, false } };
	unsigned int ifindex = 0;
	int ret = params_parse(ctl, args, params, ARRAY_SIZE(params), &ifindex);

	if (ret)
		return ret;
	if (!ifindex)
		return ctl_fail(ctl, CTL_USAGE, "which device's selectors? say dev NAME");
	ret = ctl_connect(ctl);
	if (ret)
		return ret;
	return ctl_kernel(ctl, ipsecvif_selector_flush(ctl->client, ifindex));
}

int selector_command(struct ctl *ctl, struct args *args)
{
	enum {
		ADD,
		SHOW,
		DEL,
		FLUSH
	};
	static const struct word verbs[] = {
		WORD("add", ADD), WORD("show", SHOW),  WORD("list", SHOW),   WORD("lst", SHOW),
		WORD("del", DEL), WORD("delete", DEL), WORD("flush", FLUSH), WORDS_END,
	};
	const char *word = args_word(ctl, args);
	int verb = word ? word_find(ctl, verbs, "selector command", word) : SHOW;

	if (verb < 0)
		return CTL_USAGE;
	if (args_help(args))
		return help_print(ctl, "selector");
	switch (verb) {
	case ADD:
		return selector_change(ctl, args, true);
	case DEL:
		return selector_change(ctl, args, false);
	case FLUSH:
		return selector_flush(ctl, args);
	default:
		return selector_show(ctl, args);
	}
}
