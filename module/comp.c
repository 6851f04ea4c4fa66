// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP payload compression (RFC 3173) with DEFLATE (RFC 2394), before ESP or AH.
 * Each packet is a stream of its own. One that does not shrink goes as it is,
 * so that compression never costs MTU.
 *
 * The kernel's zlib is driven directly, with a workspace for each CPU, which
 * are there only while an SA compresses: they take 240 KiB a CPU.
 */
#include "comp.h"

#include <linux/ip.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/zlib.h>
#include <net/dst.h>

#include "outer.h"

enum comp_limits {
	COMP_HLEN = sizeof(struct ip_comp_hdr),
	COMP_THRESHOLD = 90, /* shorter payloads seldom shrink, RFC 2394 2.3 */
	COMP_PAYLOAD_MAX = 65535, /* bytes, expanded */
	COMP_WINDOW_BITS = 11, /* of what we compress: 2 KiB, as XFRM */
	COMP_MEM_LEVEL = 8, /* zlib's default */
};

/**
 * struct comp_scratch - what a CPU needs for one packet
 * @deflate: compresses
 * @inflate: expands; takes windows of every size
 * @buffer: the result, COMP_PAYLOAD_MAX bytes
 */
struct comp_scratch {
	struct z_stream_s deflate;
	struct z_stream_s inflate;
	u8 *buffer;
};

static struct comp_scratch __percpu *comp_scratch;
static unsigned int comp_users;
static DEFINE_MUTEX(comp_mutex); /* both */

static void scratch_free(struct comp_scratch __percpu *all)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct comp_scratch *s = per_cpu_ptr(all, cpu);

		/* They have seen what was to be protected. */
		kvfree_sensitive(s->buffer, COMP_PAYLOAD_MAX);
		kvfree_sensitive(s->deflate.workspace,
				 zlib_deflate_workspacesize(-COMP_WINDOW_BITS, COMP_MEM_LEVEL));
		kvfree_sensitive(s->inflate.workspace, zlib_inflate_workspacesize());
	}
	free_percpu(all);
}

static int scratch_init(struct comp_scratch *s, int node)
{
	size_t size = zlib_deflate_workspacesize(-COMP_WINDOW_BITS, COMP_MEM_LEVEL);

	s->buffer = kvmalloc_node(COMP_PAYLOAD_MAX, GFP_KERNEL, node);
	s->deflate.workspace = kvzalloc_node(size, GFP_KERNEL, node);
	s->inflate.workspace = kvzalloc_node(zlib_inflate_workspacesize(), GFP_KERNEL, node);
	if (!s->buffer || !s->deflate.workspace || !s->inflate.workspace)
		return -ENOMEM;
	if (zlib_deflateInit2(&s->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -COMP_WINDOW_BITS,
			      COMP_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK ||
	    zlib_inflateInit2(&s->inflate, -MAX_WBITS) != Z_OK)
		return -EINVAL;
	return 0;
}

/**
 * ipsecvif_comp_get() - let packets be compressed
 *
 * Context: process, may sleep. Undone by ipsecvif_comp_put().
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_comp_get(void)
{
	struct comp_scratch __percpu *all;
	int cpu, err = 0;

	mutex_lock(&comp_mutex);
	if (comp_users)
		goto out;
	all = alloc_percpu(struct comp_scratch);
	if (!all) {
		err = -ENOMEM;
		goto unlock;
	}
	for_each_possible_cpu(cpu) {
		err = scratch_init(per_cpu_ptr(all, cpu), cpu_to_node(cpu));
		if (err) {
			scratch_free(all);
			goto unlock;
		}
	}
	comp_scratch = all;
out:
	comp_users++;
unlock:
	mutex_unlock(&comp_mutex);
	return err;
}

/**
 * ipsecvif_comp_put() - undo ipsecvif_comp_get()
 *
 * Context: process, may sleep; no packet of the SA can be on its way.
 */
void ipsecvif_comp_put(void)
{
	mutex_lock(&comp_mutex);
	if (!--comp_users) {
		scratch_free(comp_scratch);
		comp_scratch = NULL;
	}
	mutex_unlock(&comp_mutex);
}

/* Compress into the CPU's buffer; bytes, or 0 if the result is not below @max. */
static unsigned int payload_deflate(struct comp_scratch *s, struct sk_buff *skb, unsigned int max)
{
	struct z_stream_s *z = &s->deflate;
	unsigned int consumed = 0, len;
	struct skb_seq_state state;
	int ret = Z_OK;
	const u8 *data;

	if (zlib_deflateReset(z) != Z_OK)
		return 0;
	z->next_out = s->buffer;
	z->avail_out = max;
	skb_prepare_seq_read(skb, 0, skb->len, &state);
	while (ret == Z_OK && z->avail_out && (len = skb_seq_read(consumed, &data, &state)) != 0) {
		consumed += len;
		z->next_in = data;
		z->avail_in = len;
		ret = zlib_deflate(z, consumed == skb->len ? Z_FINISH : Z_NO_FLUSH);
	}
	skb_abort_seq_read(&state);
	return ret == Z_STREAM_END ? z->total_out : 0;
}

/* A buffer for the compressed packet, that stands for the other one to its socket. */
static struct sk_buff *compressed_new(struct sk_buff *plain, const struct comp_scratch *s,
				      unsigned int len, unsigned int headroom,
				      unsigned int tailroom)
{
	const struct ipsecvif_outer *outer = ipsecvif_outer_cb(plain);
	unsigned int own = outer->header;
	struct sk_buff *skb;

	skb = ipsecvif_outer_fresh(plain, headroom + own + COMP_HLEN, len, tailroom);
	if (!skb)
		return NULL;
	memcpy(skb->data, s->buffer, len);
	skb_push(skb, COMP_HLEN);
	/* Transport mode: the packet's own header is before the payload. */
	memcpy(skb->data - own, plain->data - own, own);
	return skb;
}

/**
 * ipsecvif_comp_compress() - compress an outbound payload, if that shrinks it
 * @cpi: the peer's compression parameter index
 * @pskb: the payload, with its struct ipsecvif_outer; replaced by the IPComp
 *	packet, whose data begins at the IPComp header
 * @headroom: bytes wanted before that and the packet's own header
 * @tailroom: bytes wanted behind it
 *
 * RFC 3173 2.2: without a gain, and for lack of memory, it stays as it is.
 *
 * Context: BHs off; between ipsecvif_comp_get() and ipsecvif_comp_put().
 */
void ipsecvif_comp_compress(__be16 cpi, struct sk_buff **pskb, unsigned int headroom,
			    unsigned int tailroom)
{
	struct comp_scratch *s = this_cpu_ptr(comp_scratch);
	struct sk_buff *plain = *pskb, *skb;
	struct ip_comp_hdr *comp;
	unsigned int len;

	if (plain->len < COMP_THRESHOLD)
		return;
	len = payload_deflate(s, plain, plain->len - COMP_HLEN - 1);
	if (!len)
		return;
	skb = compressed_new(plain, s, len, headroom, tailroom);
	if (!skb)
		return;
	comp = (struct ip_comp_hdr *)skb->data;
	comp->nexthdr = ipsecvif_outer_cb(plain)->next_header;
	comp->flags = 0;
	comp->cpi = cpi;
	ipsecvif_outer_cb(skb)->next_header = IPPROTO_COMP;
	consume_skb(plain);
	*pskb = skb;
}

/* Expand into the CPU's buffer; bytes, or 0 if the stream is broken or too long. */
static unsigned int payload_inflate(struct comp_scratch *s, const u8 *data, unsigned int len)
{
	struct z_stream_s *z = &s->inflate;

	if (zlib_inflateReset(z) != Z_OK)
		return 0;
	z->next_in = data;
	z->avail_in = len;
	z->next_out = s->buffer;
	z->avail_out = COMP_PAYLOAD_MAX;
	if (zlib_inflate(z, Z_FINISH) != Z_STREAM_END || z->avail_in)
		return 0;
	return z->total_out;
}

/* Make @len bytes the data of a linear skb: what does not fit goes to pages. */
static int payload_set(struct sk_buff *skb, const u8 *data, unsigned int len)
{
	unsigned int n = min_t(unsigned int, len, skb->len + skb_tailroom(skb));

	if (n < skb->len)
		__skb_trim(skb, n);
	else
		__skb_put(skb, n - skb->len);
	memcpy(skb->data, data, n);
	for (data += n, len -= n; len; data += n, len -= n) {
		struct page *page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);

		if (!page)
			return -ENOMEM;
		n = min_t(unsigned int, len, PAGE_SIZE);
		memcpy(page_address(page), data, n);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, n, PAGE_SIZE);
	}
	return 0;
}

/**
 * ipsecvif_comp_expand() - expand an inbound payload
 * @cpi: our compression parameter index
 * @skb: the payload, from its IPComp header on; afterwards that which was
 *	compressed
 * @reason: set with an error
 *
 * Context: BHs off; between ipsecvif_comp_get() and ipsecvif_comp_put().
 * Return: the next header, or -EINVAL.
 */
int ipsecvif_comp_expand(__be16 cpi, struct sk_buff *skb, enum ipsecvif_drop_reason *reason)
{
	struct comp_scratch *s = this_cpu_ptr(comp_scratch);
	struct ip_comp_hdr comp;
	unsigned int len;

	*reason = IPSECVIF_DROP_NO_MEMORY;
	if (skb_linearize_cow(skb))
		return -EINVAL;
	*reason = IPSECVIF_DROP_COMP;
	if (skb->len <= COMP_HLEN)
		return -EINVAL;
	memcpy(&comp, skb->data, COMP_HLEN);
	if (comp.cpi != cpi)
		return -EINVAL;
	__skb_pull(skb, COMP_HLEN);
	len = payload_inflate(s, skb->data, skb->len);
	if (!len)
		return -EINVAL;
	*reason = IPSECVIF_DROP_NO_MEMORY;
	if (payload_set(skb, s->buffer, len))
		return -EINVAL;
	return comp.nexthdr;
}

#ifdef IPSECVIF_SELFTEST
#include "selftest/comp_test.c"
#endif
