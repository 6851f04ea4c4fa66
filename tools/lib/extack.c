// SPDX-License-Identifier: MIT
/*
 * The kernel's reasons. An extended ACK carries a sentence, and for a malformed
 * request the place of the attribute that it blames or the type of the one that
 * it misses; we still have the request, and so can call that by its name.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "tools/lib/internal.h"

/* Extended-ACK attributes that libnl's copy of the header may lack. */
#define EXTACK_MSG 1
#define EXTACK_OFFS 2
#define EXTACK_MISS_TYPE 5
#define EXTACK_MISS_NEST 6
#define EXTACK_MAX 6

/**
 * struct space - the names of the attributes at one level of a request
 * @names: by attribute number.
 * @n: their number.
 */
struct space {
	const char *const *names;
	size_t n;
};

static const char *const sel_names[] = {
	[IPSECVIF_SEL_A_SRC] = "src",
	[IPSECVIF_SEL_A_SRC_PREFIX] = "src-prefix",
	[IPSECVIF_SEL_A_DST] = "dst",
	[IPSECVIF_SEL_A_DST_PREFIX] = "dst-prefix",
	[IPSECVIF_SEL_A_PROTO] = "proto",
	[IPSECVIF_SEL_A_SPORT_MIN] = "sport-min",
	[IPSECVIF_SEL_A_SPORT_MAX] = "sport-max",
	[IPSECVIF_SEL_A_DPORT_MIN] = "dport-min",
	[IPSECVIF_SEL_A_DPORT_MAX] = "dport-max",
	[IPSECVIF_SEL_A_SPI] = "spi",
	[IPSECVIF_SEL_A_AUTO] = "auto",
	[IPSECVIF_SEL_A_PACKETS] = "packets",
	[IPSECVIF_SEL_A_SRC_MAX] = "src-max",
	[IPSECVIF_SEL_A_DST_MAX] = "dst-max",
	[IPSECVIF_SEL_A_ICMP_TYPE_MIN] = "icmp-type-min",
	[IPSECVIF_SEL_A_ICMP_TYPE_MAX] = "icmp-type-max",
	[IPSECVIF_SEL_A_ICMP_CODE_MIN] = "icmp-code-min",
	[IPSECVIF_SEL_A_ICMP_CODE_MAX] = "icmp-code-max",
};

static const char *const sa_names[] = {
	[IPSECVIF_SA_A_IFINDEX] = "ifindex",
	[IPSECVIF_SA_A_DIR] = "dir",
	[IPSECVIF_SA_A_SPI] = "spi",
	[IPSECVIF_SA_A_SRC] = "src",
	[IPSECVIF_SA_A_DST] = "dst",
	[IPSECVIF_SA_A_PROTO] = "proto",
	[IPSECVIF_SA_A_MODE] = "mode",
	[IPSECVIF_SA_A_AEAD_NAME] = "aead-name",
	[IPSECVIF_SA_A_AEAD_KEY] = "aead-key",
	[IPSECVIF_SA_A_AEAD_ICV_BITS] = "aead-icv-bits",
	[IPSECVIF_SA_A_ENC_NAME] = "enc-name",
	[IPSECVIF_SA_A_ENC_KEY] = "enc-key",
	[IPSECVIF_SA_A_AUTH_NAME] = "auth-name",
	[IPSECVIF_SA_A_AUTH_KEY] = "auth-key",
	[IPSECVIF_SA_A_AUTH_TRUNC_BITS] = "auth-trunc-bits",
	[IPSECVIF_SA_A_ENCAP_SPORT] = "encap-sport",
	[IPSECVIF_SA_A_ENCAP_DPORT] = "encap-dport",
	[IPSECVIF_SA_A_REPLAY_WINDOW] = "replay-window",
	[IPSECVIF_SA_A_FLAGS] = "flags",
	[IPSECVIF_SA_A_TIME_SOFT] = "time-soft",
	[IPSECVIF_SA_A_TIME_HARD] = "time-hard",
	[IPSECVIF_SA_A_BYTE_SOFT] = "byte-soft",
	[IPSECVIF_SA_A_BYTE_HARD] = "byte-hard",
	[IPSECVIF_SA_A_PACKET_SOFT] = "packet-soft",
	[IPSECVIF_SA_A_PACKET_HARD] = "packet-hard",
	[IPSECVIF_SA_A_SEQ] = "seq",
	[IPSECVIF_SA_A_TFC] = "tfc",
};

static const char *const dev_names[] = {
	[IPSECVIF_DEV_A_LOCAL] = "local",
	[IPSECVIF_DEV_A_REMOTE] = "remote",
	[IPSECVIF_DEV_A_FWMARK] = "fwmark",
	[IPSECVIF_DEV_A_UNDERLAY] = "underlay",
	[IPSECVIF_DEV_A_DF] = "df",
	[IPSECVIF_DEV_A_TTL] = "ttl",
	[IPSECVIF_DEV_A_DSCP] = "dscp",
	[IPSECVIF_DEV_A_MTU_AUTO] = "mtu-auto",
	[IPSECVIF_DEV_A_FLOW_LABEL] = "flow-label",
	[IPSECVIF_DEV_A_UDP_CSUM] = "udp-csum",
};

static const char *const top_names[] = {
	[IPSECVIF_A_IFINDEX] = "ifindex",   [IPSECVIF_A_IFNAME] = "ifname",
	[IPSECVIF_A_DEV] = "dev",	    [IPSECVIF_A_SA] = "sa",
	[IPSECVIF_A_SELECTOR] = "selector", [IPSECVIF_A_SPI] = "spi",
	[IPSECVIF_A_PROTO] = "proto",	    [IPSECVIF_A_SOCK_FD] = "sock-fd",
};

#define SPACE(array)                                      \
	{                                                 \
		array, sizeof(array) / sizeof((array)[0]) \
	}
static const struct space top_space = SPACE(top_names);
static const struct space dev_space = SPACE(dev_names);
static const struct space sa_space = SPACE(sa_names);
static const struct space sel_space = SPACE(sel_names);

/* What a top-level attribute nests; NULL for a plain one. */
static const struct space *space_below(int type)
{
	switch (type) {
	case IPSECVIF_A_DEV:
		return &dev_space;
	case IPSECVIF_A_SA:
		return &sa_space;
	case IPSECVIF_A_SELECTOR:
		return &sel_space;
	default:
		return NULL;
	}
}

static const char *space_name(const struct space *space, uint32_t type)
{
	return type < space->n && space->names[type] ? space->names[type] : "?";
}

/*
 * Name the attribute at @offset of the request, "sa.spi". Returns the space of
 * its nested attributes, NULL if it nests none or if nothing is there.
 */
static const struct space *request_find(const struct nlmsghdr *request, uint32_t offset, char *name,
					size_t size)
{
	const int skip = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nlattr *top, *nested;
	int top_rem, rem;

	if (request->nlmsg_len < (uint32_t)skip)
		return NULL;
	nla_for_each_attr(top, (struct nlattr *)((char *)request + skip),
			  (int)request->nlmsg_len - skip, top_rem) {
		const struct space *below = space_below(nla_type(top));

		if ((char *)top - (char *)request == (ptrdiff_t)offset) {
			snprintf(name, size, "%s", space_name(&top_space, (uint32_t)nla_type(top)));
			return below;
		}
		if (!below)
			continue;
		nla_for_each_nested(nested, top, rem) {
			if ((char *)nested - (char *)request != (ptrdiff_t)offset)
				continue;
			snprintf(name, size, "%s.%s",
				 space_name(&top_space, (uint32_t)nla_type(top)),
				 space_name(below, (uint32_t)nla_type(nested)));
			return NULL;
		}
	}
	return NULL;
}

/* Which of the request's selectors the kernel means, " (src ...)", or nothing. */
static void selector_find(const struct nlmsghdr *request, uint32_t offset, char *text, size_t size)
{
	const int skip = NLMSG_HDRLEN + GENL_HDRLEN;
	char words[IPSECVIF_SELECTOR_STRLEN];
	struct ipsecvif_selector selector;
	struct nlattr *nla;
	int rem;

	text[0] = '\0';
	if (request->nlmsg_len < (uint32_t)skip)
		return;
	nla_for_each_attr(nla, (struct nlattr *)((char *)request + skip),
			  (int)request->nlmsg_len - skip, rem) {
		if (nla_type(nla) == IPSECVIF_A_SELECTOR &&
		    (char *)nla - (char *)request == (ptrdiff_t)offset &&
		    !parse_selector(nla, &selector) && selector.src.family)
			snprintf(text, size, " (%s)", ipsecvif_selector_format(&selector, words));
	}
}

/* The sentence for an errno that came without one. */
static const char *errno_sentence(int err)
{
	switch (-err) {
	case EPERM:
		return "not permitted: this needs CAP_NET_ADMIN in the network namespace";
	case ENODEV:
		return "no such ipsecvif device";
	case EOPNOTSUPP:
		return "the loaded module does not know this request";
	default:
		return strerror(-err);
	}
}

static uint32_t extack_u32(const struct nlattr *nla)
{
	uint32_t value = 0;

	if (nla_len(nla) >= (int)sizeof(value))
		memcpy(&value, nla_data(nla), sizeof(value));
	return value;
}

void extack_text(int err, const struct nlattr *tlvs, int len, const struct nlmsghdr *request,
		 char *text, size_t size)
{
	const struct nlattr *found[EXTACK_MAX + 1] = { NULL };
	const struct space *space = &top_space;
	const char *sentence = errno_sentence(err);
	char name[64] = "", nest[48] = "", selector[IPSECVIF_SELECTOR_STRLEN + 4] = "";
	bool named = false;
	const struct nlattr *nla;
	int sentence_len, rem;

	for (nla = tlvs, rem = len; nla && nla_ok(nla, rem); nla = nla_next(nla, &rem))
		if (nla_type(nla) <= EXTACK_MAX)
			found[nla_type(nla)] = nla;
	sentence_len = (int)strlen(sentence);
	if (found[EXTACK_MSG] && nla_len(found[EXTACK_MSG]) > 0) {
		sentence = nla_data(found[EXTACK_MSG]);
		sentence_len = (int)strnlen(sentence, (size_t)nla_len(found[EXTACK_MSG]));
	}
	/* "(attribute sa)" after a sentence of the kernel's own would tell nothing. */
	if (request && found[EXTACK_OFFS] &&
	    !request_find(request, extack_u32(found[EXTACK_OFFS]), name, sizeof(name)) &&
	    strncmp(name, "if", 2) != 0)
		named = true;
	if (request && found[EXTACK_OFFS])
		selector_find(request, extack_u32(found[EXTACK_OFFS]), selector, sizeof(selector));
	if (request && found[EXTACK_MISS_NEST]) {
		space = request_find(request, extack_u32(found[EXTACK_MISS_NEST]), nest,
				     sizeof(nest));
	}
	if (found[EXTACK_MISS_TYPE])
		snprintf(text, size, "%.*s (attribute %s%s%s is missing)", sentence_len, sentence,
			 space ? nest : "", space && nest[0] ? "." : "",
			 space_name(space ? space : &top_space,
				    extack_u32(found[EXTACK_MISS_TYPE])));
	else if (named && name[0])
		snprintf(text, size, "%.*s (attribute %s)", sentence_len, sentence, name);
	else
		snprintf(text, size, "%.*s%s", sentence_len, sentence, selector);
}

const struct nlattr *extack_tlvs(const struct nlmsghdr *hdr, int *len)
{
	size_t skip = NLMSG_HDRLEN;

	*len = 0;
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (hdr->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = NLMSG_DATA(hdr);

		skip += NLMSG_ALIGN(sizeof(*error));
		if (hdr->nlmsg_len < skip)
			return NULL;
		/* Uncapped, it quotes the request's payload first. */
		if (!(hdr->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > NLMSG_HDRLEN)
			skip += NLMSG_ALIGN(error->msg.nlmsg_len - NLMSG_HDRLEN);
	} else {
		skip += NLMSG_ALIGN(sizeof(int));
	}
	if (hdr->nlmsg_len <= skip)
		return NULL;
	*len = (int)(hdr->nlmsg_len - skip);
	return (const struct nlattr *)((const char *)hdr + skip);
}
