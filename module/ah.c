// SPDX-License-Identifier: GPL-2.0-only
/*
 * The format of AH (RFC 4302 2) and its ICV (3.3.3): over the IP header, with
 * what changes on the way taken as zero or as the receiver will see it; AH with
 * an ICV of zero; the payload; and the upper half of an extended sequence
 * number. The packet is only read for that: its headers are copied, so that
 * neither a clone nor an error has to see them changed.
 */
#include "ah.h"

#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "addr.h"
#include "compat.h"
#include "mac.h"
#include "outer.h"
#include "sa.h"

enum ah_limits {
	AH_HEADER_MAX = 512, /* bytes of an IP header with its options or extension headers */
	AH_PAD_MAX = 4, /* bytes behind the ICV */
	AH_SG_MAX = MAX_SKB_FRAGS + 4, /* IP header, AH, head, frags, sequence number */
};

/**
 * struct ah_scratch - what a CPU needs for one ICV
 * @header: the IP header, without what is mutable
 * @ah: the AH header, without its ICV
 * @digest: the ICV, not truncated
 * @seq_high: upper half of the sequence number
 * @sg: what is hashed
 * @req: the request, with room for the driver behind it
 */
struct ah_scratch {
	u8 header[AH_HEADER_MAX];
	u8 ah[IPSECVIF_AH_HLEN + HASH_MAX_DIGESTSIZE + AH_PAD_MAX];
	u8 digest[HASH_MAX_DIGESTSIZE];
	__be32 seq_high;
	struct scatterlist sg[AH_SG_MAX];
	struct ahash_request req;
};

static struct ah_scratch *__percpu *ah_scratch;

/**
 * ipsecvif_ah_len() - bytes of an AH header that we send
 * @crypt: the transform
 * @family: AF_INET or AF_INET6, of the outer header
 *
 * RFC 4302 3.3.3.2.1: padded to 4 bytes under IPv4 and to 8 under IPv6, and not
 * beyond.
 */
unsigned int ipsecvif_ah_len(const struct ipsecvif_crypt *crypt, u8 family)
{
	return ALIGN(IPSECVIF_AH_HLEN + crypt->icv, family == AF_INET6 ? 8 : 4);
}

/**
 * ipsecvif_ah_len_ok() - can an inbound AH header have this length?
 * @crypt: the transform
 * @family: AF_INET or AF_INET6, of the outer header
 * @len: ipsecvif_ah_size()
 *
 * XFRM pads to 8 bytes under IPv4, too, unless its state says align4.
 */
bool ipsecvif_ah_len_ok(const struct ipsecvif_crypt *crypt, u8 family, unsigned int len)
{
	return len == ipsecvif_ah_len(crypt, family) || len == ipsecvif_ah_len(crypt, AF_INET6);
}

/**
 * ipsecvif_ah_payload() - the largest payload that fits
 * @crypt: the transform
 * @family: AF_INET or AF_INET6, of the outer header
 * @room: bytes for AH altogether
 *
 * Return: bytes, 0 if not even one fits.
 */
unsigned int ipsecvif_ah_payload(const struct ipsecvif_crypt *crypt, u8 family, unsigned int room)
{
	unsigned int len = ipsecvif_ah_len(crypt, family);

	return room > len ? room - len : 0;
}

/**
 * ipsecvif_ah_push() - put AH, still without its ICV, before a payload
 * @sa: the SA
 * @skb: the payload, with its struct ipsecvif_outer and dst; its data begins at
 *	AH afterwards
 * @seq: its sequence number
 * @headroom: bytes wanted before AH
 *
 * The rest is ipsecvif_ah_sign()'s, once the IP header is there.
 *
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_ah_push(const struct ipsecvif_sa *sa, struct sk_buff *skb, u64 seq,
		     unsigned int headroom)
{
	unsigned int len = ipsecvif_ah_len(&sa->crypt, skb_dst(skb)->ops->family);
	struct ip_auth_hdr *ah;

	if (skb_cow_head(skb, headroom + len))
		return -ENOMEM;
	ipsecvif_outer_carry(skb, skb, len);
	ah = memset(skb_push(skb, len), 0, len);
	ah->nexthdr = ipsecvif_outer_cb(skb)->next_header;
	ah->hdrlen = len / 4 - 2;
	ah->spi = sa->spi;
	ah->seq_no = htonl(lower_32_bits(seq));
	ipsecvif_outer_cb(skb)->seq_high = upper_32_bits(seq);
	return 0;
}

/* RFC 4302 appendix A1: those that no router changes. */
static bool option_v4_immutable(u8 type)
{
	switch (type) {
	case IPOPT_SEC:
	case IPOPT_CONTROL | 5: /* extended security */
	case IPOPT_CIPSO:
	case IPOPT_RA:
	case IPOPT_COPY | IPOPT_CONTROL | 21: /* multi-destination delivery */
		return true;
	default:
		return false;
	}
}

/* RFC 4302 3.3.3.1.1. */
static int header_mask_v4(u8 *header, unsigned int len, bool out)
{
	struct iphdr *ip = (struct iphdr *)header;
	u8 *option = header + sizeof(*ip), *end = header + len;

	if (len < sizeof(*ip) || ip->ihl * 4U != len)
		return -EINVAL;
	ip->tos = 0;
	ip->frag_off = 0;
	ip->ttl = 0;
	ip->check = 0;
	while (option < end && *option != IPOPT_END) {
		u8 size;

		if (*option == IPOPT_NOOP) {
			option++;
			continue;
		}
		size = end - option > 1 ? option[1] : 0;
		if (size < 2 || size > end - option)
			return -EINVAL;
		/* A route not yet travelled: the receiver is the last on the list. */
		if (out && (*option == IPOPT_LSRR || *option == IPOPT_SSRR) && size >= 7 &&
		    option[2] + 3 <= size)
			memcpy(&ip->daddr, option + size - 4, 4);
		if (!option_v4_immutable(*option))
			memset(option, 0, size);
		option += size;
	}
	return 0;
}

/* RFC 4302 3.3.3.1.2.2: the third bit of its type says that an option may change. */
static int options_mask_v6(u8 *header, unsigned int len)
{
	unsigned int at = 2, size;

	while (at < len) {
		if (header[at] == IPV6_TLV_PAD1) {
			at++;
			continue;
		}
		if (len - at < 2)
			return -EINVAL;
		size = header[at + 1] + 2;
		if (size > len - at)
			return -EINVAL;
		if (header[at] & 0x20)
			memset(header + at + 2, 0, size - 2);
		at += size;
	}
	return 0;
}

/*
 * RFC 4302 3.3.3.1.2.1 and appendix A2: as it will be at the last destination.
 * Inbound, that is here.
 */
static int routing_mask_v6(struct ipv6hdr *ip, u8 *header, unsigned int len, bool out)
{
	struct ipv6_rt_hdr *routing = (struct ipv6_rt_hdr *)header;
	unsigned int n = (len - 8) / sizeof(struct in6_addr);
	struct in6_addr *addr = (struct in6_addr *)(header + 8);
	unsigned int left = routing->segments_left;
	struct in6_addr last;

	if (!left)
		return 0;
	if (!out || left > n)
		return -EINVAL;
	switch (routing->type) {
	case IPV6_SRCRT_TYPE_0: /* each hop swaps the next address with the destination */
	case IPV6_SRCRT_TYPE_2:
		last = addr[n - 1];
		memmove(&addr[n - left + 1], &addr[n - left], (left - 1) * sizeof(*addr));
		addr[n - left] = ip->daddr;
		ip->daddr = last;
		break;
	case IPV6_SRCRT_TYPE_4: /* RFC 8754 2: the last comes first, and the list stays */
		ip->daddr = addr[0];
		break;
	default:
		return -EINVAL;
	}
	routing->segments_left = 0;
	return 0;
}

/* RFC 4302 3.3.3.1.2; the extension headers must lead to AH. */
static int header_mask_v6(u8 *header, unsigned int len, bool out)
{
	struct ipv6hdr *ip = (struct ipv6hdr *)header;
	unsigned int at = sizeof(*ip), size;
	u8 next;
	int err;

	if (len < sizeof(*ip))
		return -EINVAL;
	*(__be32 *)ip = htonl(0x60000000); /* no class, no label */
	ip->hop_limit = 0;
	next = ip->nexthdr;
	for (; at < len; at += size) {
		if (len - at < 8)
			return -EINVAL;
		size = (header[at + 1] + 1) * 8;
		if (size > len - at)
			return -EINVAL;
		switch (next) {
		case NEXTHDR_HOP:
		case NEXTHDR_DEST:
			err = options_mask_v6(header + at, size);
			break;
		case NEXTHDR_ROUTING:
			err = routing_mask_v6(ip, header + at, size, out);
			break;
		default:
			err = -EINVAL;
		}
		if (err)
			return err;
		next = header[at];
	}
	return next == NEXTHDR_AUTH ? 0 : -EINVAL;
}

static int header_mask(u8 *header, unsigned int len, bool out)
{
	switch (header[0] >> 4) {
	case 4:
		return header_mask_v4(header, len, out);
	case 6:
		return header_mask_v6(header, len, out);
	default:
		return -EINVAL;
	}
}

/*
 * Compute the ICV of a packet into the CPU's scratch space. The headers up to
 * and with AH are in the skb's head, and AH's stated length was checked.
 */
static int icv_compute(const struct ipsecvif_crypt *crypt, struct sk_buff *skb,
		       unsigned int ah_offset, u32 seq_high, bool out, struct ah_scratch *s)
{
	const struct ip_auth_hdr *ah;
	unsigned int ah_len, total, payload;
	int err, n = 2;

	/* More pieces than the scatterlist has entries. */
	if (unlikely(skb_has_frag_list(skb)) && skb_linearize(skb))
		return -ENOMEM;
	ah = (const struct ip_auth_hdr *)(skb_network_header(skb) + ah_offset);
	ah_len = ipsecvif_ah_size(ah);
	if (ah_offset > sizeof(s->header) || ah_len > sizeof(s->ah))
		return -EINVAL;
	memcpy(s->header, skb_network_header(skb), ah_offset);
	err = header_mask(s->header, ah_offset, out);
	if (err)
		return err;
	memcpy(s->ah, ah, ah_len);
	memset(s->ah + IPSECVIF_AH_HLEN, 0, crypt->icv);

	sg_init_table(s->sg, AH_SG_MAX);
	sg_set_buf(&s->sg[0], s->header, ah_offset);
	sg_set_buf(&s->sg[1], s->ah, ah_len);
	total = ah_offset + ah_len;
	payload = skb_network_offset(skb) + total;
	if (skb->len > payload) {
		err = skb_to_sgvec_nomark(skb, &s->sg[n], payload, skb->len - payload);
		if (err < 0)
			return err;
		n += err;
		total += skb->len - payload;
	}
	if (crypt->esn) {
		s->seq_high = htonl(seq_high);
		sg_set_buf(&s->sg[n++], &s->seq_high, sizeof(s->seq_high));
		total += sizeof(s->seq_high);
	}
	sg_mark_end(&s->sg[n - 1]);

	ahash_request_set_tfm(&s->req, crypt->hash);
	ahash_request_set_callback(&s->req, 0, NULL, NULL);
	ahash_request_set_crypt(&s->req, s->sg, s->digest, total);
	return crypto_ahash_digest(&s->req);
}

/**
 * ipsecvif_ah_sign() - put the ICV into an outbound packet
 * @crypt: the transform
 * @skb: the packet, with network and transport header set; that is AH, of
 *	ipsecvif_ah_push()
 * @seq_high: upper half of the sequence number
 *
 * Completes what of the IP header is not mutable: its length.
 *
 * Context: BHs off.
 * Return: 0; -EINVAL if the IP header has options that can't be authenticated;
 * -ENOMEM; or what the crypto API says.
 */
int ipsecvif_ah_sign(const struct ipsecvif_crypt *crypt, struct sk_buff *skb, u32 seq_high)
{
	struct ah_scratch *s = *this_cpu_ptr(ah_scratch);
	int err;

	if (skb->protocol == htons(ETH_P_IPV6))
		ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
	else
		ip_hdr(skb)->tot_len = htons(skb->len);
	err = icv_compute(crypt, skb, skb_network_header_len(skb), seq_high, true, s);
	if (likely(!err))
		memcpy(skb_transport_header(skb) + IPSECVIF_AH_HLEN, s->digest, crypt->icv);
	return err;
}

/**
 * ipsecvif_ah_verify() - check the ICV of an inbound packet
 * @crypt: the transform
 * @skb: the packet; its network header is the IP header
 * @ah_offset: bytes from that to AH, whose length was checked and which is in
 *	the skb's head
 * @seq_high: upper half of the sequence number
 *
 * Context: BHs off.
 * Return: 0; -EBADMSG for a wrong ICV; else as ipsecvif_ah_sign().
 */
int ipsecvif_ah_verify(const struct ipsecvif_crypt *crypt, struct sk_buff *skb,
		       unsigned int ah_offset, u32 seq_high)
{
	struct ah_scratch *s = *this_cpu_ptr(ah_scratch);
	int err = icv_compute(crypt, skb, ah_offset, seq_high, false, s);

	if (err)
		return err;
	return crypto_memneq(s->digest, skb_network_header(skb) + ah_offset + IPSECVIF_AH_HLEN,
			     crypt->icv) ?
		       -EBADMSG :
		       0;
}

/**
 * ipsecvif_ah_trim() - take AH off a verified packet
 * @skb: the packet, from the AH header on; afterwards the payload
 *
 * Return: the next header.
 */
int ipsecvif_ah_trim(struct sk_buff *skb)
{
	const struct ip_auth_hdr *ah = (const struct ip_auth_hdr *)skb->data;
	u8 next_header = ah->nexthdr;

	__skb_pull(skb, ipsecvif_ah_size(ah));
	return next_header;
}

/**
 * ipsecvif_ah_crypt_init() - set up AH's transform
 * @crypt: zeroed; free with ipsecvif_crypt_free() after an error, too
 * @conf: algorithm and key
 * @extack: gets a sentence with an error
 *
 * Context: process, may sleep and load modules.
 * Return: as ipsecvif_crypt_init().
 */
int ipsecvif_ah_crypt_init(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf,
			   struct netlink_ext_ack *extack)
{
	const struct ipsecvif_alg *auth;

	if (conf->aead_name || conf->enc_name) {
		NL_SET_ERR_MSG(extack, "AH does not encrypt: it has an integrity algorithm only");
		return -EINVAL;
	}
	if (!conf->auth_name || !conf->auth_key) {
		NL_SET_ERR_MSG(extack, "AH needs an integrity algorithm and its key");
		return -EINVAL;
	}
	auth = ipsecvif_alg_auth(conf, &crypt->icv, extack);
	if (IS_ERR(auth))
		return PTR_ERR(auth);
	crypt->auth = auth;
	return ipsecvif_mac_init(crypt, conf, extack);
}

/**
 * ipsecvif_ah_module_init() - allocate the CPUs' scratch space
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_ah_module_init(void)
{
	int cpu;

	ah_scratch = alloc_percpu(struct ah_scratch *);
	if (!ah_scratch)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		/* Not per-CPU memory itself, which a scatterlist can't point to. */
		struct ah_scratch *s = kzalloc_node(sizeof(*s) + IPSECVIF_MAC_REQSIZE_MAX,
						    GFP_KERNEL, cpu_to_node(cpu));

		if (!s) {
			ipsecvif_ah_module_exit();
			return -ENOMEM;
		}
		*per_cpu_ptr(ah_scratch, cpu) = s;
	}
	return 0;
}

/**
 * ipsecvif_ah_module_exit() - undo ipsecvif_ah_module_init()
 *
 * Context: process, after the last packet.
 */
void ipsecvif_ah_module_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree_sensitive(*per_cpu_ptr(ah_scratch, cpu));
	free_percpu(ah_scratch);
}

#ifdef IPSECVIF_SELFTEST
#include "selftest/ah_test.c"
#endif
