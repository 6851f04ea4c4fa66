// SPDX-License-Identifier: GPL-2.0-only
/*
 * Included by esp.c: published vectors through our own packet code. Each packet
 * is made in place, out of a clone and out of pages, and read; each byte of it
 * that is flipped must be noticed.
 */
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/printk.h>

#define TEST_BYTES 256
#define TEST_LINES 6 /* of hexadecimal digits */
#define TEST_ROOM 64 /* before and behind the payload */
#define TEST_AUTH "hmac(sha256)" /* beside a cipher whose ICV is not published */

/* How much of a packet is published. */
enum vector_extent {
	VECTOR_WHOLE,
	VECTOR_NO_ICV,
	VECTOR_PREFIX, /* of the ciphertext */
};

struct esp_vector {
	const char *name;
	const char *aead;
	const char *enc;
	const char *key[TEST_LINES]; /* with its salt */
	unsigned int icv; /* bits, 0 the default */
	u32 spi;
	u64 seq;
	bool esn;
	const char *payload[TEST_LINES];
	u8 next_header;
	const char *packet[TEST_LINES];
	enum vector_extent extent;
};

struct mac_vector {
	const char *name;
	const char *auth;
	u16 icv[3]; /* bits */
	const char *key[TEST_LINES];
	const char *message[TEST_LINES];
	const char *mac[TEST_LINES];
};

#include "esp_vectors.h"
#include "mac_vectors.h"

/* Bytes out of lines of hexadecimal digits. */
struct test_bytes {
	u8 data[TEST_BYTES];
	unsigned int len;
};

/* The end of a packet's way that finishes later. */
struct test_wait {
	struct completion completion;
	struct sk_buff *skb;
	int err;
};

static struct test_wait test_wait;

static bool test_fails(const char *name, const char *what, long detail)
{
	pr_err("selftest: esp: %s: %s (%ld)\n", name, what, detail);
	return false;
}

static void test_hex(struct test_bytes *bytes, const char *const *lines)
{
	unsigned int i;

	bytes->len = 0;
	for (i = 0; i < TEST_LINES && lines[i]; i++) {
		unsigned int n = strlen(lines[i]) / 2;

		if (bytes->len + n > sizeof(bytes->data) ||
		    hex2bin(bytes->data + bytes->len, lines[i], n)) {
			bytes->len = 0;
			return;
		}
		bytes->len += n;
	}
}

static void test_done(struct ipsecvif_crypt_work *work, int err)
{
	test_wait.skb = work->skb;
	test_wait.err = err;
	ipsecvif_crypt_work_put(work);
	complete(&test_wait.completion);
}

/* An SA that nobody finds; free it with test_sa_free(). */
static struct ipsecvif_sa *test_sa_new(const struct ipsecvif_crypt_conf *conf, u32 spi)
{
	struct ipsecvif_sa *sa = kzalloc(sizeof(*sa), GFP_KERNEL);
	struct netlink_ext_ack extack = {};

	if (!sa)
		return NULL;
	sa->spi = htonl(spi);
	refcount_set(&sa->refs, 1);
	ipsecvif_spread_init(&sa->order);
	if (ipsecvif_crypt_init(&sa->crypt, conf, &extack)) {
		pr_err("selftest: esp: %s\n", extack._msg ?: "no transform");
		ipsecvif_crypt_free(&sa->crypt);
		kfree(sa);
		return NULL;
	}
	return sa;
}

static void test_sa_free(struct ipsecvif_sa *sa)
{
	if (sa->order.home >= 0)
		synchronize_rcu();
	ipsecvif_spread_exit(&sa->order);
	ipsecvif_crypt_free(&sa->crypt);
	kfree(sa);
}

/* Bytes with room around them, or with the second half in pages of so many, if not 0. */
static struct sk_buff *test_skb_new(const u8 *data, unsigned int len, unsigned int paged)
{
	struct sk_buff *skb = alloc_skb(2 * TEST_ROOM + 2 * TEST_BYTES, GFP_KERNEL);
	unsigned int done = paged ? len / 2 : len, i, n;
	struct page *page;

	if (!skb)
		return NULL;
	skb_reserve(skb, TEST_ROOM);
	skb_put_data(skb, data, done);
	for (i = 0; done < len; i++, done += n) {
		page = i < MAX_SKB_FRAGS ? alloc_page(GFP_KERNEL) : NULL;
		if (!page) {
			kfree_skb(skb);
			return NULL;
		}
		n = min(len - done, paged);
		memcpy(page_address(page), data + done, n);
		skb_add_rx_frag(skb, i, page, 0, n, PAGE_SIZE);
	}
	return skb;
}

static int test_encrypt(struct ipsecvif_sa *sa, struct sk_buff **skb, u64 seq)
{
	int err;

	reinit_completion(&test_wait.completion);
	local_bh_disable();
	rcu_read_lock();
	err = ipsecvif_esp_encrypt(sa, skb, seq, 0, test_done);
	rcu_read_unlock();
	local_bh_enable();
	if (err != -EINPROGRESS)
		return err;
	wait_for_completion(&test_wait.completion);
	*skb = test_wait.skb;
	return test_wait.err;
}

static int test_decrypt(struct ipsecvif_sa *sa, struct sk_buff *skb, u64 seq)
{
	int err;

	reinit_completion(&test_wait.completion);
	local_bh_disable();
	rcu_read_lock();
	err = ipsecvif_esp_decrypt(sa, skb, seq, test_done);
	rcu_read_unlock();
	local_bh_enable();
	if (err != -EINPROGRESS)
		return err;
	wait_for_completion(&test_wait.completion);
	return test_wait.err;
}

/* Decrypt a packet given as bytes; returns the packet, or an ERR_PTR(). */
static struct sk_buff *test_open(struct ipsecvif_sa *sa, const struct test_bytes *packet, u64 seq,
				 unsigned int paged)
{
	struct sk_buff *skb = test_skb_new(packet->data, packet->len, paged);
	int err = skb ? test_decrypt(sa, skb, seq) : -ENOMEM;

	if (!err)
		return skb;
	kfree_skb(skb);
	return ERR_PTR(err);
}

/* Returns what a packet that must be refused was answered with. */
static int test_refuse(struct ipsecvif_sa *sa, const struct test_bytes *packet, u64 seq)
{
	struct sk_buff *skb = test_open(sa, packet, seq, 0);

	if (IS_ERR(skb))
		skb = test_open(sa, packet, seq, 29);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	kfree_skb(skb);
	return 0;
}

/* No byte of an authentic packet may differ, in its number neither. */
static bool test_forgeries(struct ipsecvif_sa *sa, struct test_bytes *packet, u64 seq,
			   const char *name)
{
	unsigned int i;

	for (i = IPSECVIF_ESP_HLEN; i < packet->len; i++) {
		packet->data[i] ^= 1 << i % 8;
		if (test_refuse(sa, packet, seq) != -EBADMSG)
			return test_fails(name, "a byte flipped and not noticed", i);
		packet->data[i] ^= 1 << i % 8;
	}
	if (test_refuse(sa, packet, seq ^ 1) != -EBADMSG)
		return test_fails(name, "another sequence number not noticed", 0);
	if (sa->crypt.esn && test_refuse(sa, packet, seq ^ 1ULL << 32) != -EBADMSG)
		return test_fails(name, "another upper half not noticed", 0);
	sa->spi ^= htonl(1);
	if (test_refuse(sa, packet, seq) != -EBADMSG)
		return test_fails(name, "another SPI not noticed", 0);
	sa->spi ^= htonl(1);
	return true;
}

/* Make a packet; returns it as bytes, of length 0 after a failure. */
static void test_build(struct ipsecvif_sa *sa, const struct test_bytes *payload, u64 seq,
		       u8 next_header, bool paged, bool cloned, struct test_bytes *packet)
{
	struct sk_buff *skb = test_skb_new(payload->data, payload->len, paged ? TEST_BYTES : 0);
	struct sk_buff *clone = skb && cloned ? skb_clone(skb, GFP_KERNEL) : NULL;

	packet->len = 0;
	if (!skb || (cloned && !clone))
		goto out;
	memset(skb->cb, 0, sizeof(skb->cb));
	ipsecvif_outer_cb(skb)->next_header = next_header;
	if (test_encrypt(sa, &skb, seq) || skb->len > sizeof(packet->data) ||
	    skb_copy_bits(skb, 0, packet->data, skb->len))
		goto out;
	/* Who holds the original must not see it change. */
	if (!clone || (!skb_copy_bits(clone, 0, packet->data + skb->len, payload->len) &&
		       !memcmp(packet->data + skb->len, payload->data, payload->len)))
		packet->len = skb->len;
out:
	kfree_skb(clone);
	kfree_skb(skb);
}

static bool test_parse(struct ipsecvif_sa *sa, const struct test_bytes *packet, u64 seq,
		       u8 next_header, const struct test_bytes *payload, const char *name)
{
	static const unsigned int paged[] = { 0, TEST_BYTES, 64, 29, 9 };
	enum ipsecvif_drop_reason reason;
	struct sk_buff *skb;
	unsigned int i;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(paged); i++) {
		skb = test_open(sa, packet, seq, paged[i]);
		if (IS_ERR(skb))
			return test_fails(name, "not accepted", PTR_ERR(skb));
		ok = ipsecvif_esp_trim(sa, skb, &reason) == next_header &&
		     skb->len == payload->len && !skb_linearize(skb) &&
		     !memcmp(skb->data, payload->data, payload->len);
		kfree_skb(skb);
		if (!ok)
			return test_fails(name, "another payload", paged[i]);
	}
	return true;
}

/* Bytes of the packet that the vector tells. */
static unsigned int vector_known(const struct esp_vector *v, const struct ipsecvif_crypt *crypt,
				 const struct test_bytes *published, const struct test_bytes *built)
{
	switch (v->extent) {
	case VECTOR_WHOLE:
		return max(published->len, built->len);
	case VECTOR_NO_ICV:
		return max(published->len, built->len - crypt->icv);
	case VECTOR_PREFIX:
		break;
	}
	return published->len;
}

static bool vector_run(struct ipsecvif_sa *sa, const struct esp_vector *v, struct test_bytes *b)
{
	struct test_bytes *payload = &b[0], *published = &b[1], *packet = &b[2];
	unsigned int way, known;

	test_hex(payload, v->payload);
	test_hex(published, v->packet);
	for (way = 0; way < 4; way++) {
		ipsecvif_crypt_test_iv(published->data + IPSECVIF_ESP_HLEN);
		test_build(sa, payload, v->seq, v->next_header, way & 1, way & 2, packet);
		ipsecvif_crypt_test_iv(NULL);
		known = vector_known(v, &sa->crypt, published, packet);
		if (!packet->len || known != published->len ||
		    memcmp(packet->data, published->data, known))
			return test_fails(v->name, "another packet", way);
	}
	/* The last one is the published one, with what is not published. */
	return test_parse(sa, packet, v->seq, v->next_header, payload, v->name) &&
	       test_forgeries(sa, packet, v->seq, v->name);
}

static bool test_vector(const struct esp_vector *v, struct test_bytes *b)
{
	static const u8 auth_key[32] = { 1, 2, 3 };
	struct test_bytes *key = &b[3];
	struct ipsecvif_crypt_conf conf = {
		.aead_name = v->aead,
		.enc_name = v->enc,
		.esn = v->esn,
		.legacy = true,
	};
	struct ipsecvif_sa *sa;
	bool ok;

	test_hex(key, v->key);
	if (v->aead) {
		conf.aead_key = key->data;
		conf.aead_key_len = key->len;
		conf.aead_icv_bits = v->icv;
	} else {
		conf.enc_key = key->data;
		conf.enc_key_len = key->len;
		conf.auth_name = TEST_AUTH;
		conf.auth_key = auth_key;
		conf.auth_key_len = sizeof(auth_key);
	}
	sa = test_sa_new(&conf, v->spi);
	if (!sa)
		return test_fails(v->name, "no SA", 0);
	ok = vector_run(sa, v, b);
	test_sa_free(sa);
	return ok;
}

/*
 * A MAC's message as an ESP packet without encryption: SPI, lower half of the
 * number, payload, and with ESN the upper half at its end (RFC 4303 2.2.1).
 */
static bool mac_run(struct ipsecvif_sa *sa, const struct mac_vector *v, struct test_bytes *b)
{
	struct test_bytes *message = &b[0], *mac = &b[1], *packet = &b[2];
	u64 seq = get_unaligned_be32(message->data + 4);
	unsigned int len = message->len;
	int err;

	if (sa->crypt.esn) {
		len -= 4;
		seq |= (u64)get_unaligned_be32(message->data + len) << 32;
	}
	memcpy(packet->data, message->data, len);
	memcpy(packet->data + len, mac->data, sa->crypt.icv);
	packet->len = len + sa->crypt.icv;
	err = test_refuse(sa, packet, seq);
	if (err)
		return test_fails(v->name, "not accepted", err);
	return test_forgeries(sa, packet, seq, v->name);
}

static bool test_mac(const struct mac_vector *v, unsigned int icv, bool esn, struct test_bytes *b)
{
	struct test_bytes *message = &b[0], *mac = &b[1], *key = &b[3];
	struct ipsecvif_crypt_conf conf = {
		.enc_name = "ecb(cipher_null)",
		.auth_name = v->auth,
		.auth_key = key->data,
		.auth_trunc_bits = icv,
		.esn = esn,
		.legacy = true,
	};
	struct ipsecvif_sa *sa;
	bool ok;

	test_hex(message, v->message);
	test_hex(mac, v->mac);
	test_hex(key, v->key);
	conf.auth_key_len = key->len;
	sa = test_sa_new(&conf, get_unaligned_be32(message->data));
	if (!sa)
		return test_fails(v->name, "no SA", icv);
	ok = mac_run(sa, v, b);
	test_sa_free(sa);
	return ok;
}

/* RFC 8750: what the explicit IV makes of the same number, but for the IV. */
static bool implicit_run(struct ipsecvif_sa *with, struct ipsecvif_sa *without, u64 seq,
			 struct test_bytes *b, const char *name)
{
	struct test_bytes *payload = &b[0], *explicit = &b[1], *implicit = &b[2];

	payload->len = 100;
	memset(payload->data, 0x5a, payload->len);
	test_build(with, payload, seq, IPPROTO_IPIP, false, false, explicit);
	test_build(without, payload, seq, IPPROTO_IPIP, false, false, implicit);
	if (!implicit->len || explicit->len != implicit->len + 8)
		return test_fails(name, "another length", implicit->len);
	if (get_unaligned_be64(explicit->data + IPSECVIF_ESP_HLEN) != seq)
		return test_fails(name, "the IV is not the sequence number", 0);
	if (memcmp(explicit->data, implicit->data, IPSECVIF_ESP_HLEN) ||
	    memcmp(explicit->data + IPSECVIF_ESP_HLEN + 8, implicit->data + IPSECVIF_ESP_HLEN,
		   implicit->len - IPSECVIF_ESP_HLEN))
		return test_fails(name, "another packet", 0);
	return test_parse(without, implicit, seq, IPPROTO_IPIP, payload, name) &&
	       test_forgeries(without, implicit, seq, name);
}

static bool test_implicit(const char *explicit, const char *implicit, unsigned int key_len,
			  unsigned int icv, u64 seq, struct test_bytes *b)
{
	struct ipsecvif_crypt_conf conf = {
		.aead_name = explicit,
		.aead_key = b[3].data,
		.aead_key_len = key_len,
		.aead_icv_bits = icv,
		.esn = seq > U32_MAX,
	};
	struct ipsecvif_sa *with, *without;
	bool ok = false;

	memset(b[3].data, 0x17, key_len);
	with = test_sa_new(&conf, 0x12345678);
	conf.aead_name = implicit;
	without = test_sa_new(&conf, 0x12345678);
	if (with && without)
		ok = implicit_run(with, without, seq, b, implicit);
	if (with)
		test_sa_free(with);
	if (without)
		test_sa_free(without);
	return ok;
}

static bool test_implicit_all(u64 seq, struct test_bytes *b)
{
	return test_implicit("rfc4106(gcm(aes))", "rfc8750(gcm(aes))", 20, 128, seq, b) &
	       test_implicit("rfc4309(ccm(aes))", "rfc8750(ccm(aes))", 35, 64, seq, b) &
	       test_implicit("rfc7539esp(chacha20,poly1305)", "rfc8750(chacha20,poly1305)", 36, 128,
			     seq, b);
}

/**
 * ipsecvif_esp_selftest() - check ESP against published vectors
 *
 * Context: process, after ipsecvif_crypt_module_init().
 * Return: true if all is well; else each failure is in the log.
 */
bool ipsecvif_esp_selftest(void)
{
	struct test_bytes *b = kcalloc(4, sizeof(*b), GFP_KERNEL);
	bool ok = true;
	size_t i, j;

	if (!b)
		return false;
	init_completion(&test_wait.completion);
	for (i = 0; i < ARRAY_SIZE(esp_vectors); i++)
		ok &= test_vector(&esp_vectors[i], b);
	for (i = 0; i < ARRAY_SIZE(mac_vectors); i++) {
		const struct mac_vector *v = &mac_vectors[i];

		for (j = 0; j < ARRAY_SIZE(v->icv) && v->icv[j]; j++)
			ok &= test_mac(v, v->icv[j], false, b) & test_mac(v, v->icv[j], true, b);
	}
	ok &= test_implicit_all(0x1234, b) & test_implicit_all(0x12300000045ULL, b);
	kfree(b);
	if (ok)
		pr_info("selftest: esp: %zu packets, %zu MACs\n", ARRAY_SIZE(esp_vectors),
			ARRAY_SIZE(mac_vectors));
	return ok;
}
