// SPDX-License-Identifier: GPL-2.0-only
/*
 * The format of ESP (RFC 4303 2): header, IV, payload, padding, next header,
 * ICV. A packet that others may look at (a clone, shared pages) is encrypted
 * into a fresh buffer, so that the copy is the encryption.
 */
#include "esp.h"

#include "compat.h"
#include "outer.h"
#include "sa.h"

/**
 * ipsecvif_esp_payload() - the largest payload that fits
 * @crypt: the transform
 * @room: bytes for ESP altogether
 *
 * Return: bytes, 0 if not even one fits.
 */
unsigned int ipsecvif_esp_payload(const struct ipsecvif_crypt *crypt, unsigned int room)
{
	unsigned int around = ipsecvif_esp_header(crypt) + crypt->icv;

	if (room <= around)
		return 0;
	room = round_down(room - around, ipsecvif_crypt_align(crypt));
	return room > 2 ? room - 2 : 0;
}

/* Padding, pad length and next header behind @payload bytes, RFC 4303 2.4. */
static unsigned int trailer_len(const struct ipsecvif_crypt *crypt, unsigned int payload)
{
	return ALIGN(payload + 2, ipsecvif_crypt_align(crypt)) - payload;
}

static void trailer_write(u8 *p, unsigned int len, u8 next_header)
{
	unsigned int pad = len - 2, i;

	for (i = 0; i < pad; i++)
		p[i] = i + 1;
	p[pad] = pad;
	p[pad + 1] = next_header;
}

static void header_write(const struct ipsecvif_sa *sa, void *header, u64 seq, const u8 *iv)
{
	struct ip_esp_hdr *esp = header;

	esp->spi = sa->spi;
	esp->seq_no = htonl(lower_32_bits(seq));
	memcpy(header + IPSECVIF_ESP_HLEN, iv, sa->crypt.alg->iv);
}

static bool in_place_possible(const struct sk_buff *skb, unsigned int headroom,
			      unsigned int tailroom)
{
	return !skb_is_nonlinear(skb) && !skb_cloned(skb) && skb_headroom(skb) >= headroom &&
	       skb_tailroom(skb) >= tailroom;
}

/* A packet in one piece: at @esp room for the header, then @payload bytes, then room. */
static int encrypt_piece(struct ipsecvif_crypt_work *work, u8 *esp, unsigned int payload,
			 u8 next_header)
{
	const struct ipsecvif_crypt *crypt = &work->sa->crypt;
	unsigned int trailer = trailer_len(crypt, payload);
	u8 *plain = esp + ipsecvif_esp_header(crypt);
	unsigned int len = payload + trailer;
	u8 iv[IPSECVIF_CRYPT_IV_MAX];
	unsigned int aad_len;

	ipsecvif_crypt_iv(crypt, work->seq, iv);
	aad_len = ipsecvif_crypt_aad(work, iv);
	header_write(work->sa, esp, work->seq, iv);
	trailer_write(plain + payload, trailer, next_header);
	ipsecvif_crypt_sg(work, work->src, 1, aad_len);
	sg_set_buf(&work->src[1], plain, len + crypt->icv);
	return ipsecvif_crypt_run(work, true, true, aad_len, len);
}

static int encrypt_in_place(struct ipsecvif_crypt_work *work, struct sk_buff *skb)
{
	const struct ipsecvif_crypt *crypt = &work->sa->crypt;
	unsigned int payload = skb->len;

	ipsecvif_outer_carry(skb, skb, ipsecvif_esp_header(crypt));
	__skb_put(skb, trailer_len(crypt, payload) + crypt->icv);
	skb_push(skb, ipsecvif_esp_header(crypt));
	work->skb = skb;
	return encrypt_piece(work, skb->data, payload, ipsecvif_outer_cb(skb)->next_header);
}

static int encrypt_fresh(struct ipsecvif_crypt_work *work, struct sk_buff *plain,
			 unsigned int headroom)
{
	const struct ipsecvif_crypt *crypt = &work->sa->crypt;
	unsigned int trailer = trailer_len(crypt, plain->len);
	unsigned int len = plain->len + trailer;
	u8 iv[IPSECVIF_CRYPT_IV_MAX];
	unsigned int aad_len;
	struct sk_buff *skb;
	int n;

	ipsecvif_crypt_iv(crypt, work->seq, iv);
	aad_len = ipsecvif_crypt_aad(work, iv);
	ipsecvif_crypt_sg(work, work->src, skb_shinfo(plain)->nr_frags + 2, aad_len);
	n = skb_to_sgvec_nomark(plain, &work->src[1], 0, plain->len);
	if (n < 0)
		return n;
	skb = ipsecvif_outer_fresh(plain, headroom, len + crypt->icv, 0);
	if (!skb)
		return -ENOMEM;
	trailer_write(work->trailer, trailer, ipsecvif_outer_cb(plain)->next_header);
	sg_set_buf(&work->src[1 + n], work->trailer, trailer);
	sg_mark_end(&work->src[1 + n]);
	ipsecvif_crypt_sg(work, work->dst, 1, aad_len);
	sg_set_buf(&work->dst[1], skb->data, len + crypt->icv);
	ipsecvif_outer_carry(plain, skb, ipsecvif_esp_header(crypt));
	header_write(work->sa, skb_push(skb, ipsecvif_esp_header(crypt)), work->seq, iv);
	work->skb = skb;
	work->plain = plain;
	return ipsecvif_crypt_run(work, true, false, aad_len, len);
}

/**
 * ipsecvif_esp_encrypt() - make ESP out of a payload
 * @sa: the SA
 * @pskb: the payload, with its struct ipsecvif_outer and dst; replaced by the
 *	ESP packet, whose data begins at the ESP header
 * @seq: its sequence number
 * @headroom: bytes wanted before the ESP header
 * @done: goes on if the transform can't finish at once
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: 0; -EINPROGRESS if the packet is now @done's; another -errno, and
 * *@pskb is still the caller's to drop.
 */
int ipsecvif_esp_encrypt(struct ipsecvif_sa *sa, struct sk_buff **pskb, u64 seq,
			 unsigned int headroom, ipsecvif_crypt_done done)
{
	const struct ipsecvif_crypt *crypt = &sa->crypt;
	unsigned int header = ipsecvif_esp_header(crypt);
	struct ipsecvif_crypt_work *work;
	struct sk_buff *skb = *pskb;
	int err;

	/* More pieces than the scatterlist has entries. */
	if (unlikely(skb_has_frag_list(skb)) && skb_linearize(skb))
		return -ENOMEM;
	work = ipsecvif_crypt_work_get(sa, seq, skb->len, done);
	if (!work)
		return -ENOMEM;
	if (work->later)
		skb_dst_force(skb);
	if (in_place_possible(skb, headroom + header, trailer_len(crypt, skb->len) + crypt->icv))
		err = encrypt_in_place(work, skb);
	else
		err = encrypt_fresh(work, skb, headroom + header);
	if (err == -EINPROGRESS)
		return err;
	if (likely(!err)) {
		*pskb = work->skb;
	} else if (work->plain) {
		kfree_skb(work->skb);
		work->plain = NULL; /* the caller drops it */
	}
	ipsecvif_crypt_work_put(work);
	return err;
}

/**
 * ipsecvif_esp_len() - how long a payload's ESP is
 * @crypt: the transform
 * @payload: bytes
 *
 * Return: bytes, from the ESP header to the ICV.
 */
unsigned int ipsecvif_esp_len(const struct ipsecvif_crypt *crypt, unsigned int payload)
{
	return ipsecvif_esp_header(crypt) + payload + trailer_len(crypt, payload) + crypt->icv;
}

/**
 * ipsecvif_esp_encrypt_at() - make ESP out of a payload in memory
 * @sa: the SA; ipsecvif_crypt_at_once() said yes
 * @esp: ipsecvif_esp_len() bytes, with the payload where it goes
 * @payload: bytes of it
 * @next_header: its protocol
 * @seq: its sequence number
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: 0 or -errno.
 */
int ipsecvif_esp_encrypt_at(struct ipsecvif_sa *sa, u8 *esp, unsigned int payload, u8 next_header,
			    u64 seq)
{
	return encrypt_piece(ipsecvif_crypt_work_now(sa, seq), esp, payload, next_header);
}

/* Make sure that nobody else sees what decryption writes. */
static int decrypt_prepare(struct sk_buff *skb)
{
	struct sk_buff *trailer;
	int n;

	if (!skb_cloned(skb) &&
	    (!skb_is_nonlinear(skb) || (!skb_has_frag_list(skb) && !skb_has_shared_frag(skb))))
		return 0;
	n = skb_cow_data(skb, 0, &trailer);
	return n < 0 ? n : 0;
}

/* Returns the number of entries, or -errno: -EMSGSIZE if it would take more. */
static int decrypt_sg(struct ipsecvif_crypt_work *work, struct sk_buff *skb, unsigned int aad_len)
{
	unsigned int header = ipsecvif_esp_header(&work->sa->crypt);
	unsigned int n = skb_has_frag_list(skb) ? IPSECVIF_CRYPT_SG_MAX - 1 :
						  skb_shinfo(skb)->nr_frags + 1;

	ipsecvif_crypt_sg(work, work->src, n, aad_len);
	return skb_to_sgvec(skb, &work->src[1], header, skb->len - header);
}

/**
 * ipsecvif_esp_decrypt() - verify and decrypt in place
 * @sa: the SA
 * @skb: the packet, from the ESP header on; at least header, IV, one block and
 *	ICV long
 * @seq: its sequence number, all 64 bits
 * @done: goes on if the transform can't finish at once
 *
 * Context: BHs off, under rcu_read_lock().
 * Return: 0; -EINPROGRESS if the packet is now @done's; -EBADMSG for a wrong
 * ICV; another -errno.
 */
int ipsecvif_esp_decrypt(struct ipsecvif_sa *sa, struct sk_buff *skb, u64 seq,
			 ipsecvif_crypt_done done)
{
	unsigned int header = ipsecvif_esp_header(&sa->crypt);
	struct ipsecvif_crypt_work *work;
	unsigned int len, aad_len;
	int n, err;

	err = decrypt_prepare(skb);
	if (err)
		return err;
	if (!pskb_may_pull(skb, header))
		return -ENOMEM;
	len = skb->len - header;
	work = ipsecvif_crypt_work_get(sa, seq, skb->len, done);
	if (!work)
		return -ENOMEM;
	aad_len = ipsecvif_crypt_aad(work, skb->data + IPSECVIF_ESP_HLEN);
	n = decrypt_sg(work, skb, aad_len);
	if (unlikely(n == -EMSGSIZE)) {
		n = skb_linearize(skb);
		if (!n)
			n = decrypt_sg(work, skb, aad_len);
	}
	err = n < 0 ? n : 0;
	if (!err) {
		work->skb = skb;
		err = ipsecvif_crypt_run(work, false, true, aad_len, len);
	}
	if (err != -EINPROGRESS)
		ipsecvif_crypt_work_put(work);
	return err;
}

static bool padding_ok(const struct sk_buff *skb, int offset, unsigned int len)
{
	u8 buf[16]; /* at a time: the kernel clears all of it for each packet */
	unsigned int i, n;
	const u8 *pad;

	for (i = 0; i < len; i++) {
		n = i % sizeof(buf);
		if (!n)
			pad = skb_header_pointer(skb, offset + i,
						 min_t(unsigned int, len - i, sizeof(buf)), buf);
		if (unlikely(!pad) || pad[n] != i + 1)
			return false;
	}
	return true;
}

/**
 * ipsecvif_esp_trim() - take ESP off a decrypted packet
 * @sa: the SA
 * @skb: the packet, from the ESP header on; afterwards the payload
 * @reason: set with an error
 *
 * Return: the next header, or -EINVAL.
 */
int ipsecvif_esp_trim(struct ipsecvif_sa *sa, struct sk_buff *skb,
		      enum ipsecvif_drop_reason *reason)
{
	const struct ipsecvif_crypt *crypt = &sa->crypt;
	unsigned int header = ipsecvif_esp_header(crypt);
	unsigned int len = skb->len - header - crypt->icv;
	u8 buf[2], pad, next_header;
	const u8 *end = skb_header_pointer(skb, header + len - 2, 2, buf);

	*reason = IPSECVIF_DROP_PADDING;
	if (unlikely(!end))
		return -EINVAL;
	pad = end[0];
	next_header = end[1];
	if (pad + 2U > len || !padding_ok(skb, header + len - 2 - pad, pad))
		return -EINVAL;
	*reason = IPSECVIF_DROP_NO_MEMORY;
	if (pskb_trim(skb, header + len - 2 - pad))
		return -EINVAL;
	__skb_pull(skb, header);
	return next_header;
}

#ifdef IPSECVIF_SELFTEST
#include "selftest/esp_test.c"
#endif
