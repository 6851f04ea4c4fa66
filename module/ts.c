// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a traffic selector selects, RFC 4301 4.4.1.1: matching, and which of two
 * is the more specific. A prefix is a range of addresses like any other.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "selector.h"

/**
 * ipsecvif_range_set_prefix() - make a prefix a range
 * @range: filled in
 * @addr: the network's address, its host bits 0
 * @prefix: bits
 */
void ipsecvif_range_set_prefix(struct ipsecvif_range *range, const struct ipsecvif_addr *addr,
			       u8 prefix)
{
	unsigned int bits = ipsecvif_addr_bits(addr->family);
	unsigned int i;

	range->min = *addr;
	range->max = *addr;
	for (i = prefix; i < bits; i++)
		range->max.v6.s6_addr[i / 8] |= 0x80 >> i % 8;
}

/**
 * ipsecvif_range_enclosing() - the longest prefix that a range lies in
 * @range: the range
 *
 * Return: its length in bits.
 */
u8 ipsecvif_range_enclosing(const struct ipsecvif_range *range)
{
	unsigned int bits = ipsecvif_addr_bits(range->min.family), i;

	for (i = 0; i < bits; i += 32) {
		u32 differ =
			ntohl(range->min.v6.s6_addr32[i / 32] ^ range->max.v6.s6_addr32[i / 32]);

		if (differ)
			return i + 32 - fls(differ);
	}
	return bits;
}

static bool addr_bit(const struct ipsecvif_addr *addr, unsigned int i)
{
	return addr->v6.s6_addr[i / 8] & 0x80 >> i % 8;
}

/**
 * ipsecvif_range_prefix() - the prefix that a range is
 * @range: the range
 *
 * Return: its length in bits, or -1 if the range is no prefix.
 */
int ipsecvif_range_prefix(const struct ipsecvif_range *range)
{
	int bits = ipsecvif_addr_bits(range->min.family);
	int prefix = ipsecvif_range_enclosing(range), i;

	for (i = prefix; i < bits; i++)
		if (addr_bit(&range->min, i) || !addr_bit(&range->max, i))
			return -1;
	return prefix;
}

static bool addrs_has(const struct ipsecvif_range *range, const struct ipsecvif_addr *addr)
{
	return range->min.family == addr->family && ipsecvif_addr_cmp(&range->min, addr) <= 0 &&
	       ipsecvif_addr_cmp(&range->max, addr) >= 0;
}

static bool addrs_contains(const struct ipsecvif_range *a, const struct ipsecvif_range *b)
{
	return addrs_has(a, &b->min) && addrs_has(a, &b->max);
}

static bool addrs_meets(const struct ipsecvif_range *a, const struct ipsecvif_range *b)
{
	return addrs_has(a, &b->min) || addrs_has(b, &a->min);
}

/**
 * ipsecvif_span_any() - does it leave ports, types or codes open?
 * @span: of a selector
 */
bool ipsecvif_span_any(const struct ipsecvif_span *span)
{
	return !span->min && span->max == U16_MAX;
}

static bool span_has(const struct ipsecvif_span *span, u16 value)
{
	return value >= span->min && value <= span->max;
}

static bool span_contains(const struct ipsecvif_span *a, const struct ipsecvif_span *b)
{
	return span_has(a, b->min) && span_has(a, b->max);
}

static bool span_meets(const struct ipsecvif_span *a, const struct ipsecvif_span *b)
{
	return span_has(a, b->min) || span_has(b, a->min);
}

/**
 * ipsecvif_ts_match() - does a selector select a packet?
 * @ts: the selector
 * @flow: the packet, as seen outbound
 *
 * A later fragment has no ports, nor a type: only a selector that leaves them
 * open matches it (RFC 4301 7.3: no state is kept of first fragments).
 */
bool ipsecvif_ts_match(const struct ipsecvif_ts *ts, const struct ipsecvif_flow *flow)
{
	if (!addrs_has(&ts->src, &flow->src) || !addrs_has(&ts->dst, &flow->dst))
		return false;
	if (!ts->proto)
		return true;
	if (ts->proto != flow->proto)
		return false;
	if (ipsecvif_span_any(&ts->sport) && ipsecvif_span_any(&ts->dport))
		return true;
	return flow->has_upper && span_has(&ts->sport, flow->sport) &&
	       span_has(&ts->dport, flow->dport);
}

static bool ts_contains(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	return addrs_contains(&a->src, &b->src) && addrs_contains(&a->dst, &b->dst) &&
	       (!a->proto || a->proto == b->proto) && span_contains(&a->sport, &b->sport) &&
	       span_contains(&a->dport, &b->dport);
}

static bool ts_meets(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	return addrs_meets(&a->src, &b->src) && addrs_meets(&a->dst, &b->dst) &&
	       (!a->proto || !b->proto || a->proto == b->proto) &&
	       span_meets(&a->sport, &b->sport) && span_meets(&a->dport, &b->dport);
}

/**
 * ipsecvif_ts_ambiguous() - have packets of two selectors no better one?
 * @a: a selector
 * @b: another
 *
 * Where one lies within the other it is the more specific, and its packets are
 * its own. Where both are equal, or cross each other, a packet of both could as
 * well belong to either.
 */
bool ipsecvif_ts_ambiguous(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	return ts_meets(a, b) && ts_contains(a, b) == ts_contains(b, a);
}

/* How far apart the ends of a range are, lowest word first. */
static void addrs_width(const struct ipsecvif_range *range, u32 width[4])
{
	int words = ipsecvif_addr_len(range->min.family) / 4, i;
	u64 borrow = 0;

	memset(width, 0, 4 * sizeof(*width));
	for (i = 0; i < words; i++) {
		u32 min = ntohl(range->min.v6.s6_addr32[words - 1 - i]);
		u32 max = ntohl(range->max.v6.s6_addr32[words - 1 - i]);
		u64 difference = (u64)max - min - borrow;

		width[i] = difference;
		borrow = difference >> 63;
	}
}

/*
 * The pairs of a source and a destination, less one, lowest word first: of
 * s + 1 sources and d + 1 destinations there are s * d + s + d more than one.
 */
static void ts_pairs(const struct ipsecvif_ts *ts, u32 pairs[8])
{
	u32 src[4], dst[4];
	u64 carry, sum;
	int i, j;

	addrs_width(&ts->src, src);
	addrs_width(&ts->dst, dst);
	/* The product begins as s, and takes up d where it has room for it. */
	memcpy(pairs, src, sizeof(src));
	memset(pairs + 4, 0, 4 * sizeof(*pairs));
	for (i = 0, carry = 0; i < 8; i++) {
		sum = (u64)pairs[i] + (i < 4 ? dst[i] : 0) + carry;
		pairs[i] = sum;
		carry = sum >> 32;
	}
	for (i = 0; i < 4; i++) {
		for (j = 0, carry = 0; j < 4; j++) {
			sum = (u64)src[i] * dst[j] + pairs[i + j] + carry;
			pairs[i + j] = sum;
			carry = sum >> 32;
		}
		for (j += i; carry; j++) {
			sum = pairs[j] + carry;
			pairs[j] = sum;
			carry = sum >> 32;
		}
	}
}

/* Of IPv4 it fits into 64 bits: 2^32 sources and as many destinations, less one. */
static u64 ts_pairs_v4(const struct ipsecvif_ts *ts)
{
	u64 src = ntohl(ts->src.max.v4) - ntohl(ts->src.min.v4);
	u64 dst = ntohl(ts->dst.max.v4) - ntohl(ts->dst.min.v4);

	return src * dst + src + dst;
}

/* Apart, since the kernel clears these numbers in whatever function has them. */
static noinline int pairs_cmp_wide(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	u32 a_pairs[8], b_pairs[8];
	int i;

	ts_pairs(a, a_pairs);
	ts_pairs(b, b_pairs);
	for (i = 7; i >= 0; i--)
		if (a_pairs[i] != b_pairs[i])
			return a_pairs[i] < b_pairs[i] ? -1 : 1;
	return 0;
}

static int pairs_cmp(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	u64 of_a, of_b;

	if (a->src.min.family != AF_INET || b->src.min.family != AF_INET)
		return pairs_cmp_wide(a, b);
	of_a = ts_pairs_v4(a);
	of_b = ts_pairs_v4(b);
	return of_a < of_b ? -1 : of_a > of_b;
}

static u64 upper_pairs(const struct ipsecvif_ts *ts)
{
	return (u64)(ts->sport.max - ts->sport.min + 1) * (ts->dport.max - ts->dport.min + 1);
}

static int range_cmp(const struct ipsecvif_range *a, const struct ipsecvif_range *b)
{
	return ipsecvif_addr_cmp(&a->min, &b->min) ?: ipsecvif_addr_cmp(&a->max, &b->max);
}

static int span_cmp(const struct ipsecvif_span *a, const struct ipsecvif_span *b)
{
	return a->min - b->min ?: a->max - b->max;
}

/**
 * ipsecvif_ts_cmp() - which of two selectors does a packet meet first?
 * @a: a selector
 * @b: another
 *
 * First the one with fewer pairs of addresses, then the one with a protocol,
 * then the one with fewer pairs of ports, or types with codes. So a selector
 * that lies within another always comes before it. Where that does not decide,
 * the lower addresses and numbers come first, whichever was added first.
 *
 * Return: below 0: @a, above 0: @b; 0 if they select the same.
 */
int ipsecvif_ts_cmp(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	u64 upper_a = upper_pairs(a), upper_b = upper_pairs(b);
	int order = pairs_cmp(a, b) ?: !a->proto - !b->proto;

	if (order)
		return order;
	if (upper_a != upper_b)
		return upper_a < upper_b ? -1 : 1;
	return a->src.min.family - b->src.min.family  ?:
		       range_cmp(&a->src, &b->src)    ?:
		       range_cmp(&a->dst, &b->dst)    ?:
		       a->proto - b->proto	      ?:
		       span_cmp(&a->sport, &b->sport) ?:
							span_cmp(&a->dport, &b->dport);
}

#ifdef IPSECVIF_SELFTEST
#include "selftest/selector_test.c"
#endif
