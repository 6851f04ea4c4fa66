// SPDX-License-Identifier: MIT
/*
 * The words of an SA: those of `ip xfrm state`, so that an operator's lines
 * carry over. Those that have no meaning here are taken with a note where the
 * result is the same, and refused with the reason where it would not be.
 */
#include <string.h>

#include "tools/ctl/sa.h"
#include "tools/ctl/selector.h"

static int parse_device(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	return parse_dev_value(ctl, args, name, &((struct sa_request *)state)->ifindex);
}

static int parse_dir(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const dirs[] = { "in", "out" };
	struct sa_request *request = state;
	unsigned int dir;
	int ret = parse_choice(ctl, args, name, dirs, ARRAY_SIZE(dirs), &dir);

	if (ret)
		return ret;
	request->sa.dir = dir ? IPSECVIF_DIR_OUT : IPSECVIF_DIR_IN;
	request->has_dir = true;
	return CTL_OK;
}

static int parse_src(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;

	request->what |= IPSECVIF_BIT(IPSECVIF_SA_A_SRC);
	return parse_addr_value(ctl, args, name, &request->sa.src);
}

static int parse_dst(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;

	request->what |= IPSECVIF_BIT(IPSECVIF_SA_A_DST);
	return parse_addr_value(ctl, args, name, &request->sa.dst);
}

static int parse_proto(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const protos[] = { "esp", "ah", "50", "51", "comp" };
	unsigned int which;
	int ret = parse_choice(ctl, args, name, protos, ARRAY_SIZE(protos), &which);

	if (ret)
		return ret;
	if (which == 4)
		return ctl_fail(
			ctl, CTL_USAGE,
			"compression is a part of the SA that protects: say comp deflate [cpi N] there");
	((struct sa_request *)state)->sa.proto = which % 2 ? IPPROTO_AH : IPPROTO_ESP;
	return CTL_OK;
}

static int parse_spi(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	uint64_t spi;
	int ret = parse_number(ctl, args, name, 1, UINT32_MAX, &spi);

	if (!ret)
		((struct sa_request *)state)->sa.spi = (uint32_t)spi;
	return ret;
}

static int parse_mode(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const modes[] = { "transport", "tunnel" };
	unsigned int mode;
	int ret = parse_choice(ctl, args, name, modes, ARRAY_SIZE(modes), &mode);

	if (!ret)
		((struct sa_request *)state)->sa.mode = mode ? IPSECVIF_MODE_TUNNEL :
							       IPSECVIF_MODE_TRANSPORT;
	return ret;
}

static int parse_tfc(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;
	uint64_t bytes;
	int ret;

	if (args->argc && !strcmp(args->argv[0], "mtu")) {
		args->argc--;
		args->argv++;
		request->sa.tfc = IPSECVIF_TFC_MTU;
		return CTL_OK;
	}
	ret = parse_number(ctl, args, name, 0, UINT16_MAX, &bytes);
	if (!ret)
		request->sa.tfc = (uint32_t)bytes;
	return ret;
}

/* Does @word look like a key? An empty one does. */
static bool key_is(const char *word)
{
	return !word[0] || word[0] == '@' || !strncasecmp(word, "0x", 2);
}

/* Take NAME KEY. */
static int alg_value(struct ctl *ctl, struct args *args, const char *word,
		     struct ipsecvif_sa_alg *alg, struct key *key)
{
	char *name, *text;
	int ret = args_value(ctl, args, word, &name);

	if (ret)
		return ret;
	/* Said before anything repeats a key that stands where the name should. */
	if (key_is(name)) {
		explicit_bzero(name, strlen(name));
		return ctl_fail(ctl, CTL_USAGE, "\"%s\" needs the algorithm's name before its key",
				word);
	}
	if (alg->name[0])
		return ctl_fail(ctl, CTL_USAGE,
				"an algorithm of this kind was already given: \"%s\"", alg->name);
	if (strlen(alg_alias(name)) >= sizeof(alg->name))
		return ctl_fail(ctl, CTL_USAGE, "the algorithm's name after \"%s\" is too long",
				word);
	snprintf(alg->name, sizeof(alg->name), "%s", alg_alias(name));
	/* ip xfrm wants an empty key with NULL encryption, which may be left out here. */
	if (!strcmp(alg->name, ALG_NULL) && (!args->argc || !key_is(args->argv[0])))
		return CTL_OK;
	if (!args->argc)
		return ctl_fail(ctl, CTL_USAGE, "\"%s %s\" needs a key: 0xHEX, \"text\" or @FILE",
				word, name);
	ret = args_value(ctl, args, word, &text);
	if (!ret)
		ret = key_parse(ctl, word, text, key);
	alg->key = key->bytes;
	alg->key_len = key->len;
	return ret;
}

/* Take the ICV's length in bits, if the next word is a number. */
static int icv_value(struct ctl *ctl, struct args *args, const char *word, bool required,
		     uint32_t *bits)
{
	uint64_t value;
	const char *end;
	int ret;

	if (!required && (!args->argc || !number_read(args->argv[0], &value, &end)))
		return CTL_OK;
	ret = parse_number(ctl, args, word, 8, 512, &value);
	if (ret)
		return ret;
	if (value % 8)
		return ctl_fail(ctl, CTL_USAGE,
				"the ICV of \"%s\" is told in bits, a multiple of 8: %llu is none",
				word, (unsigned long long)value);
	*bits = (uint32_t)value;
	return CTL_OK;
}

static int parse_aead(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;
	int ret = alg_value(ctl, args, name, &request->sa.aead, &request->keys[0]);

	return ret ? ret : icv_value(ctl, args, name, false, &request->sa.aead.icv_bits);
}

static int parse_enc(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;

	return alg_value(ctl, args, name, &request->sa.enc, &request->keys[1]);
}

static int parse_auth_trunc(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;
	int ret = alg_value(ctl, args, name, &request->sa.auth, &request->keys[2]);

	return ret ? ret : icv_value(ctl, args, name, true, &request->sa.auth.icv_bits);
}

static int parse_auth(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;
	int ret = alg_value(ctl, args, name, &request->sa.auth, &request->keys[2]);

	if (!ret && !strcmp(request->sa.auth.name, "hmac(sha256)"))
		ctl_note(
			ctl,
			"the ICV of hmac(sha256) has 128 bits here (RFC 4868), but 96 with \"auth\" of ip xfrm: say auth-trunc NAME KEY BITS to choose");
	return ret;
}

static int parse_comp(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const algs[] = { "deflate" };
	struct sa_request *request = state;
	unsigned int which;
	int ret = parse_choice(ctl, args, name, algs, ARRAY_SIZE(algs), &which);

	if (!ret)
		snprintf(request->sa.comp, sizeof(request->sa.comp), "%s", algs[which]);
	return ret;
}

static int parse_cpi(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	uint64_t cpi;
	int ret = parse_number(ctl, args, name, 1, UINT16_MAX, &cpi);

	if (!ret)
		((struct sa_request *)state)->sa.cpi = (uint16_t)cpi;
	return ret;
}

static int parse_encap(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	enum {
		ESPINUDP,
		NONE
	};
	static const char *const types[] = { "espinudp", "none", "espinudp-nonike", "espintcp" };
	struct sa_request *request = state;
	struct ipsecvif_addr oaddr;
	uint64_t sport, dport;
	unsigned int type;
	int ret = parse_choice(ctl, args, name, types, ARRAY_SIZE(types), &type);

	if (ret)
		return ret;
	request->what |= IPSECVIF_BIT(IPSECVIF_SA_A_ENCAP_SPORT) |
			 IPSECVIF_BIT(IPSECVIF_SA_A_ENCAP_DPORT);
	if (type == NONE)
		return CTL_OK;
	if (type != ESPINUDP)
		return ctl_fail(ctl, CTL_USAGE,
				"\"encap %s\" is not offered: only espinudp (RFC 3948) is",
				types[type]);
	ret = parse_number(ctl, args, name, 1, UINT16_MAX, &sport);
	if (!ret)
		ret = parse_number(ctl, args, name, 1, UINT16_MAX, &dport);
	if (ret)
		return ret;
	request->sa.encap_sport = (uint16_t)sport;
	request->sa.encap_dport = (uint16_t)dport;
	/* The original address (OADDR) serves transport mode's checksums only. */
	if (args->argc && !ipsecvif_addr_parse(args->argv[0], &oaddr)) {
		args->argc--;
		args->argv++;
	}
	return CTL_OK;
}

static int parse_replay_window(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	uint64_t window;
	int ret = parse_number(ctl, args, name, 0, IPSECVIF_REPLAY_WINDOW_MAX, &window);

	if (!ret)
		((struct sa_request *)state)->sa.replay_window = (uint32_t)window;
	return ret;
}

/* replay-seq, replay-oseq, replay-seq-hi, replay-oseq-hi */
static int parse_replay_seq(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;
	unsigned int dir = !strncmp(name, "replay-o", 8) ? IPSECVIF_DIR_OUT : IPSECVIF_DIR_IN;
	uint64_t value;
	int ret = parse_number(ctl, args, name, 0, UINT32_MAX, &value);

	if (ret)
		return ret;
	if (strstr(name, "-hi"))
		request->seq_high[dir] = (uint32_t)value;
	else
		request->seq_low[dir] = (uint32_t)value;
	return CTL_OK;
}

static int parse_limit(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const kinds[] = {
		"time-soft", "time-hard", "idle-soft",	 "idle-hard",
		"byte-soft", "byte-hard", "packet-soft", "packet-hard"
	};
	static const int attrs[] = {
		IPSECVIF_SA_A_TIME_SOFT,   IPSECVIF_SA_A_TIME_HARD,   IPSECVIF_SA_A_IDLE_SOFT,
		IPSECVIF_SA_A_IDLE_HARD,   IPSECVIF_SA_A_BYTE_SOFT,   IPSECVIF_SA_A_BYTE_HARD,
		IPSECVIF_SA_A_PACKET_SOFT, IPSECVIF_SA_A_PACKET_HARD,
	};
	struct sa_request *request = state;
	uint64_t *const limits[] = {
		&request->sa.limits.time_soft,	 &request->sa.limits.time_hard,
		&request->sa.limits.idle_soft,	 &request->sa.limits.idle_hard,
		&request->sa.limits.byte_soft,	 &request->sa.limits.byte_hard,
		&request->sa.limits.packet_soft, &request->sa.limits.packet_hard,
	};
	unsigned int kind;
	uint64_t bit;
	int ret;

	if (args->argc && !strncmp(args->argv[0], "time-use-", 9))
		return ctl_fail(
			ctl, CTL_USAGE,
			"\"limit %s\" is not offered: time counts since the SA was added, or since its last packet; say time-soft, time-hard, idle-soft or idle-hard",
			args->argv[0]);
	ret = parse_choice(ctl, args, name, kinds, ARRAY_SIZE(kinds), &kind);
	if (ret)
		return ret;
	bit = IPSECVIF_BIT(attrs[kind]);
	if (request->what & bit)
		return ctl_fail(ctl, CTL_USAGE, "\"limit %s\" is given twice", kinds[kind]);
	request->what |= bit;
	if (kind < 4)
		return parse_seconds(ctl, args, kinds[kind], limits[kind]);
	return parse_size(ctl, args, kinds[kind], limits[kind]);
}

/* Returns 1 if @flag was taken, 0 if it is none, negative after an error. */
static int flag_take(struct ctl *ctl, const char *flag, struct sa_request *request)
{
	static const char *const others[][2] = {
		{ "noecn", "ECN always follows RFC 6040" },
		{ "decap-dscp", "the inner DSCP stays as the sender set it" },
		{ "nopmtudisc", "say ipsecvif dev set NAME df clear" },
		{ "wildrecv", "leave out src of an inbound SA to accept any" },
		{ "icmp", "ICMP is held against the selectors like all traffic" },
		{ "align4", "IPv6 headers stay aligned to 8 bytes" },
	};
	size_t i;

	if (!strcmp(flag, "esn")) {
		request->sa.flags |= IPSECVIF_SA_F_ESN;
		return 1;
	}
	if (!strcmp(flag, "legacy")) {
		request->sa.flags |= IPSECVIF_SA_F_LEGACY;
		return 1;
	}
	/* A tunnel carries both families always. */
	if (!strcmp(flag, "af-unspec"))
		return 1;
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (!strcmp(flag, others[i][0])) {
			ctl_fail(ctl, CTL_USAGE, "\"flag %s\" is not offered: %s", flag,
				 others[i][1]);
			return -1;
		}
	}
	return 0;
}

static int parse_flag(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const known[] = { "esn", "legacy", "af-unspec" };
	const char *nearest;
	char *flag;
	int ret = args_value(ctl, args, name, &flag), taken;

	if (ret)
		return ret;
	taken = flag_take(ctl, flag, state);
	if (!taken) {
		nearest = word_nearest(flag, known, ARRAY_SIZE(known));
		return ctl_fail(ctl, CTL_USAGE, "unknown flag \"%s\": %s%s%s", word_shown(flag),
				nearest ? "did you mean \"" : "there are esn, legacy",
				nearest ? nearest : "", nearest ? "\"?" : "");
	}
	/* ip xfrm takes several flags after one another. */
	while (taken > 0 && args->argc) {
		taken = flag_take(ctl, args->argv[0], state);
		if (taken > 0) {
			args->argc--;
			args->argv++;
		}
	}
	return taken < 0 ? CTL_USAGE : CTL_OK;
}

static int parse_sel(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;

	(void)name;
	request->has_selector = true;
	return selector_words(ctl, args, &request->selector);
}

/* Words whose absence changes nothing: take the value and say so. */
static int parse_needless(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	const char *why = "the device itself ties SA and traffic together";
	char *value;
	int ret = args_value(ctl, args, name, &value);

	(void)state;
	if (ret)
		return ret;
	if (!strcmp(name, "seq"))
		why = "it is a handle between key daemons and XFRM";
	if (!strcmp(name, "mark") && args->argc > 1 && !strcmp(args->argv[0], "mask")) {
		args->argc -= 2;
		args->argv += 2;
	}
	ctl_note(ctl, "\"%s %s\" is not needed here and was left out: %s", name, word_shown(value),
		 why);
	return CTL_OK;
}

/* Words that would change what happens: refuse. */
static int parse_refused(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	static const char *const whys[][2] = {
		{ "output-mark", "say ipsecvif dev set NAME fwmark N" },
		{ "offload", "encryption runs on the CPUs" },
		{ "ctx", "security contexts belong to XFRM's policies" },
		{ "coa", "care-of addresses belong to Mobile IPv6" },
		{ "extra-flag", "there is none that an ipsecvif SA could have" },
	};
	size_t i;

	(void)args;
	(void)state;
	for (i = 0; i < ARRAY_SIZE(whys) - 1 && strcmp(whys[i][0], name) != 0; i++)
		;
	return ctl_fail(ctl, CTL_USAGE, "\"%s\" is not offered: %s", name, whys[i][1]);
}

/* The words after "and" are the other SA's. */
static int parse_and(struct ctl *ctl, struct args *args, const char *name, void *state)
{
	struct sa_request *request = state;

	if (!args->argc)
		return ctl_fail(ctl, CTL_USAGE,
				"\"%s\" needs the words of the SA of the other direction", name);
	request->is_pair = true;
	request->other = *args;
	args->argv += args->argc;
	args->argc = 0;
	return CTL_OK;
}

/* What names an SA, what may change, and the rest, in this order. */
#define ID_PARAMS 6
#define UPDATE_PARAMS 8
static const struct param params[] = {
	{ "dev", parse_device, false },
	{ "dir", parse_dir, false },
	{ "spi", parse_spi, false },
	{ "dst", parse_dst, false },
	{ "proto", parse_proto, false },
	{ "src", parse_src, false },
	{ "encap", parse_encap, false },
	{ "limit", parse_limit, true },
	{ "mode", parse_mode, false },
	{ "aead", parse_aead, false },
	{ "enc", parse_enc, false },
	{ "auth-trunc", parse_auth_trunc, false },
	{ "auth", parse_auth, false },
	{ "comp", parse_comp, false },
	{ "cpi", parse_cpi, false },
	{ "replay-window", parse_replay_window, false },
	{ "flag", parse_flag, true },
	{ "sel", parse_sel, false },
	{ "replay-seq", parse_replay_seq, false },
	{ "replay-oseq", parse_replay_seq, false },
	{ "replay-seq-hi", parse_replay_seq, false },
	{ "replay-oseq-hi", parse_replay_seq, false },
	{ "reqid", parse_needless, false },
	{ "mark", parse_needless, false },
	{ "if_id", parse_needless, false },
	{ "seq", parse_needless, false },
	{ "output-mark", parse_refused, false },
	{ "offload", parse_refused, false },
	{ "ctx", parse_refused, false },
	{ "coa", parse_refused, false },
	{ "extra-flag", parse_refused, false },
	{ "and", parse_and, false },
	{ "tfc", parse_tfc, false },
	{ "tfcpad", parse_tfc, false },
};

int sa_parse_id(struct ctl *ctl, struct args *args, struct sa_request *request)
{
	return params_parse(ctl, args, params, ID_PARAMS, request);
}

static int identity_check(struct ctl *ctl, const struct sa_request *request)
{
	if (!request->ifindex)
		return ctl_fail(ctl, CTL_USAGE, "which device? say dev NAME");
	if (!request->has_dir)
		return ctl_fail(ctl, CTL_USAGE,
				"which direction? say dir out (we send) or dir in (we receive)");
	return CTL_OK;
}

int sa_parse_update(struct ctl *ctl, struct args *args, struct sa_request *request)
{
	int ret = params_parse(ctl, args, params, UPDATE_PARAMS, request);

	if (!ret)
		ret = identity_check(ctl, request);
	if (ret)
		return ret;
	if (!request->sa.spi)
		return ctl_fail(ctl, CTL_USAGE, "which SA? say spi N");
	if (!request->what)
		return ctl_fail(ctl, CTL_USAGE, "what is to change? say src, dst, encap or limit");
	return CTL_OK;
}

static int algorithms_check(struct ctl *ctl, const struct ipsecvif_sa *sa)
{
	bool aead = sa->aead.name[0], enc = sa->enc.name[0], auth = sa->auth.name[0];

	if (aead && (enc || auth))
		return ctl_fail(
			ctl, CTL_USAGE,
			"an aead encrypts and authenticates by itself: leave out enc and auth");
	if (sa->proto == IPPROTO_AH && (aead || enc))
		return ctl_fail(ctl, CTL_USAGE,
				"AH does not encrypt: give auth-trunc alone, or say proto esp");
	if (sa->proto == IPPROTO_AH && !auth)
		return ctl_fail(ctl, CTL_USAGE, "AH needs auth-trunc NAME KEY BITS");
	if (sa->cpi && !sa->comp[0])
		return ctl_fail(ctl, CTL_USAGE, "cpi belongs to compression: say comp deflate");
	if (enc && !auth)
		return ctl_fail(
			ctl, CTL_USAGE,
			"encryption without authentication can be forged: add auth-trunc NAME KEY BITS, or say aead");
	if (!aead && !enc && !auth)
		return ctl_fail(
			ctl, CTL_USAGE,
			"no algorithm: say aead NAME KEY, or enc NAME KEY auth-trunc NAME KEY BITS");
	return CTL_OK;
}

/* The sequence number to continue after, out of the four words for it. */
static int seq_take(struct ctl *ctl, struct sa_request *request)
{
	unsigned int dir = request->sa.dir, other = !dir;

	if (request->seq_low[other] || request->seq_high[other])
		return ctl_fail(ctl, CTL_USAGE, "an SA of dir %s has no %s",
				ipsecvif_dir_name(request->sa.dir),
				dir == IPSECVIF_DIR_IN ? "replay-oseq" : "replay-seq");
	request->sa.seq = (uint64_t)request->seq_high[dir] << 32 | request->seq_low[dir];
	if (request->seq_high[dir] && !(request->sa.flags & IPSECVIF_SA_F_ESN))
		return ctl_fail(ctl, CTL_USAGE,
				"the high half of a sequence number needs flag esn");
	return CTL_OK;
}

int sa_parse_add(struct ctl *ctl, struct args *args, struct sa_request *request)
{
	int ret;

	ipsecvif_sa_init(&request->sa, IPSECVIF_DIR_OUT);
	ret = params_parse(ctl, args, params, ARRAY_SIZE(params), request);
	if (!ret)
		ret = identity_check(ctl, request);
	if (!ret)
		ret = algorithms_check(ctl, &request->sa);
	if (!ret)
		ret = seq_take(ctl, request);
	if (ret)
		return ret;
	if (request->sa.dir == IPSECVIF_DIR_OUT && !request->sa.spi)
		return ctl_fail(
			ctl, CTL_USAGE,
			"an outbound SA needs spi N: the one that the peer chose to receive with");
	if (request->has_selector && request->sa.dir == IPSECVIF_DIR_IN) {
		/* ip xfrm describes the packet; the device its own side first. */
		struct ipsecvif_selector sel = request->selector;

		request->selector.src = sel.dst;
		request->selector.src_max = sel.dst_max;
		request->selector.src_prefix = sel.dst_prefix;
		request->selector.sport = sel.dport;
		request->selector.dst = sel.src;
		request->selector.dst_max = sel.src_max;
		request->selector.dst_prefix = sel.src_prefix;
		request->selector.dport = sel.sport;
	}
	return CTL_OK;
}
