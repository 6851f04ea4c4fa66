// SPDX-License-Identifier: GPL-2.0-only
/*
 * ChaCha20-Poly1305 (RFC 8439, for ESP RFC 7634) by the kernel's crypto library.
 *
 * The crypto API makes the same of the same functions, by eight requests of three
 * transforms a packet; and where there are many SAs, each of these three has to come into
 * the cache.
 */
#include "chacha.h"

#include <crypto/algapi.h>
#include <crypto/chacha.h>
#include <crypto/poly1305.h>
#include <crypto/scatterwalk.h>
#include <linux/slab.h>

#include "compat.h"
#include "crypt.h"
#include "sa.h"

/* RFC 8439 2.8: AAD and ciphertext are padded to this for Poly1305. */
#define CHACHA_PAD POLY1305_BLOCK_SIZE
/* Key stream of packets up to this comes along with Poly1305's key. */
#define CHACHA_SHORT (3 * CHACHA_BLOCK_SIZE)

struct ipsecvif_chacha_key {
	u32 words[CHACHA_KEY_SIZE / sizeof(u32)];
};

/**
 * struct chacha - one packet's
 * @state: key, block counter and nonce
 * @poly: the tag so far
 * @stream: key stream
 * @left: of which so many bytes at its end are for what comes next
 */
struct chacha {
	u32 state[CHACHA_BLOCK_SIZE / sizeof(u32)];
	struct poly1305_desc_ctx poly;
	u8 stream[CHACHA_BLOCK_SIZE + CHACHA_SHORT] __aligned(sizeof(u64));
	unsigned int left;
};

/**
 * ipsecvif_chacha_key_new() - keep an SA's key
 * @key: 32 bytes
 *
 * Context: process.
 * Return: it, for ipsecvif_chacha_key_free(); NULL without memory.
 */
struct ipsecvif_chacha_key *ipsecvif_chacha_key_new(const u8 *key)
{
	struct ipsecvif_chacha_key *kept = kmalloc(sizeof(*kept), GFP_KERNEL);
	unsigned int i;

	for (i = 0; kept && i < ARRAY_SIZE(kept->words); i++)
		kept->words[i] = get_unaligned_le32(key + i * sizeof(u32));
	return kept;
}

/**
 * ipsecvif_chacha_key_free() - wipe and free it
 * @key: or NULL
 *
 * Context: process.
 */
void ipsecvif_chacha_key_free(struct ipsecvif_chacha_key *key)
{
	kfree_sensitive(key);
}

static u8 *stream_next(struct chacha *c, unsigned int len)
{
	u8 *stream = c->stream + sizeof(c->stream) - len;

	memset(stream, 0, len);
	chacha20_crypt(c->state, stream, stream, len);
	c->left = len;
	return stream;
}

static unsigned int stream_use(struct chacha *c, u8 *piece, unsigned int len)
{
	unsigned int n = min(len, c->left);

	if (n)
		crypto_xor(piece, c->stream + sizeof(c->stream) - c->left, n);
	c->left -= n;
	return n;
}

/*
 * RFC 8439 2.6 and 2.8: block 0 is Poly1305's key, the next ones are the packet's. The
 * library does one block alone in plain C, and two or more by SIMD.
 */
static void chacha_begin(struct chacha *c, struct ipsecvif_crypt_work *work, unsigned int len)
{
	unsigned int blocks = len > CHACHA_SHORT ? 1 : DIV_ROUND_UP(len, CHACHA_BLOCK_SIZE);
	unsigned int aad_len = work->req.assoclen;
	u8 iv[CHACHA_IV_SIZE] = {};

	memcpy(iv + sizeof(u32), work->req.iv, sizeof(iv) - sizeof(u32));
	chacha_init(c->state, work->sa->crypt.chacha->words, iv);
	poly1305_init(&c->poly, stream_next(c, (1 + blocks) * CHACHA_BLOCK_SIZE));
	c->left -= CHACHA_BLOCK_SIZE;
	BUILD_BUG_ON(sizeof(work->aad) < CHACHA_PAD);
	memset(work->aad + aad_len, 0, CHACHA_PAD - aad_len);
	poly1305_update(&c->poly, work->aad, CHACHA_PAD);
}

static void chacha_tag(struct chacha *c, unsigned int aad_len, unsigned int len, u8 *tag)
{
	unsigned int pad = -len % CHACHA_PAD;
	u8 end[2 * CHACHA_PAD] = {};

	put_unaligned_le64(aad_len, end + pad);
	put_unaligned_le64(len, end + pad + sizeof(u64));
	poly1305_update(&c->poly, end, pad + CHACHA_PAD);
	poly1305_final(&c->poly, tag);
}

static void piece_tag(struct chacha *c, u8 *piece, unsigned int len)
{
	poly1305_update(&c->poly, piece, len);
}

static void piece_crypt(struct chacha *c, u8 *piece, unsigned int len)
{
	unsigned int n = stream_use(c, piece, len);

	piece += n;
	len -= n;
	n = round_down(len, CHACHA_BLOCK_SIZE);
	if (n)
		chacha20_crypt(c->state, piece, piece, n);
	if (n == len)
		return;
	stream_next(c, CHACHA_BLOCK_SIZE);
	stream_use(c, piece + n, len - n);
}

static void whole_crypt(struct chacha *c, u8 *piece, unsigned int len)
{
	unsigned int n = stream_use(c, piece, len);

	if (n < len)
		chacha20_crypt(c->state, piece + n, piece + n, len - n);
}

/* The packet where it is, if that is one piece. */
static u8 *packet_piece(const struct ipsecvif_crypt_work *work)
{
	struct scatterlist *sg = &work->req.src[1];

	return sg->length >= work->req.cryptlen && !PageHighMem(sg_page(sg)) ? sg_virt(sg) : NULL;
}

static void packet_each(struct chacha *c, struct ipsecvif_crypt_work *work, unsigned int len,
			void (*each)(struct chacha *c, u8 *piece, unsigned int len))
{
	struct scatterlist *sg = &work->req.src[1];
	struct sg_mapping_iter it;
	unsigned int n;

	sg_miter_start(&it, sg, sg_nents(sg), SG_MITER_ATOMIC | SG_MITER_TO_SG);
	while (len && sg_miter_next(&it)) {
		n = min_t(unsigned int, len, it.length);
		each(c, it.addr, n);
		len -= n;
	}
	sg_miter_stop(&it);
}

/* What leaves is in one piece: esp.c and crypt.c see to that. */
static int chacha_encrypt(struct chacha *c, struct ipsecvif_crypt_work *work, unsigned int len)
{
	u8 *piece = sg_virt(&work->req.src[1]);

	whole_crypt(c, piece, len);
	piece_tag(c, piece, len);
	chacha_tag(c, work->req.assoclen, len, piece + len);
	return 0;
}

/* What arrives may be in many. Nothing is decrypted before its tag is found right. */
static int chacha_decrypt(struct chacha *c, struct ipsecvif_crypt_work *work, unsigned int len)
{
	unsigned int aad_len = work->req.assoclen;
	u8 tag[POLY1305_DIGEST_SIZE], got[POLY1305_DIGEST_SIZE];
	u8 *piece = packet_piece(work);

	if (piece) {
		piece_tag(c, piece, len);
		memcpy(got, piece + len, sizeof(got));
	} else {
		packet_each(c, work, len, piece_tag);
		scatterwalk_map_and_copy(got, work->req.src, aad_len + len, sizeof(got), 0);
	}
	chacha_tag(c, aad_len, len, tag);
	if (unlikely(crypto_memneq(tag, got, sizeof(tag))))
		return -EBADMSG;
	if (piece)
		whole_crypt(c, piece, len);
	else
		packet_each(c, work, len, piece_crypt);
	return 0;
}

/**
 * ipsecvif_chacha_perform() - encrypt or decrypt a packet
 * @work: with its request complete, as for the crypto API, and in place
 *
 * Context: BHs off; the library looks by itself whether it can use the FPU.
 * Return: 0, or -EBADMSG for a wrong ICV.
 */
int ipsecvif_chacha_perform(struct ipsecvif_crypt_work *work)
{
	unsigned int len = work->req.cryptlen - (work->encrypt ? 0 : POLY1305_DIGEST_SIZE);
	struct chacha c;
	int err;

	chacha_begin(&c, work, len);
	err = work->encrypt ? chacha_encrypt(&c, work, len) : chacha_decrypt(&c, work, len);
	memzero_explicit(&c, sizeof(c));
	return err;
}
