// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transform of one packet.
 *
 * A synchronous driver can do with one request for each CPU and no allocation. On
 * x86 AES-GCM of that kind exists only as an internal driver, which must not run
 * where the FPU can't be used; masking CRYPTO_ALG_ASYNC instead would silently
 * choose plain C code. There, and where the CPU has no time left, the packet goes to
 * another CPU, or to this one a moment later (spread.c). It takes a request of its
 * own then, as with a driver that is not synchronous.
 *
 * ChaCha20-Poly1305 is done by the crypto library's functions (chacha.c).
 *
 * GCM and its kin are driven as plain gcm(aes) with nonce = salt | IV, not as
 * seqiv(rfc4106(gcm(aes))): one layer and one copy of the AAD less.
 */
#include "crypt.h"

#include <asm/simd.h>
#include <crypto/authenc.h>
#include <crypto/internal/simd.h>
#include <crypto/scatterwalk.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "ah.h"
#include "chacha.h"
#include "compat.h"
#include "mac.h"
#include "sa.h"

static bool crypt_async;
module_param(crypt_async, bool, 0644);
MODULE_PARM_DESC(crypt_async, "new SAs use cryptd, so that each packet finishes later (for tests)");

static struct ipsecvif_crypt_work *__percpu *crypt_scratch;

#ifdef IPSECVIF_SELFTEST
static const u8 *crypt_test_iv;

/**
 * ipsecvif_crypt_test_iv() - for the vectors, which prescribe IVs
 * @iv: what ipsecvif_crypt_iv() gives from now on, NULL: what it should
 *
 * Context: loading, one at a time.
 */
void ipsecvif_crypt_test_iv(const u8 *iv)
{
	crypt_test_iv = iv;
}

static bool crypt_iv_fixed(const struct ipsecvif_crypt *crypt, u8 *iv)
{
	if (crypt_test_iv)
		memcpy(iv, crypt_test_iv, crypt->alg->iv);
	return crypt_test_iv;
}
#else
static bool crypt_iv_fixed(const struct ipsecvif_crypt *crypt, u8 *iv)
{
	return false;
}
#endif

/* What a new key needs, whichever tfm it is for. */
static int tfm_set(struct crypto_aead *tfm, const u8 *key, unsigned int key_len, u8 icv)
{
	int err;

	/* RFC 2451 2.2: 3DES with two equal keys is DES. */
	crypto_aead_set_flags(tfm, CRYPTO_TFM_REQ_FORBID_WEAK_KEYS);
	err = crypto_aead_setkey(tfm, key, key_len);
	return err ?: crypto_aead_setauthsize(tfm, icv);
}

static bool tfm_is_sync(struct crypto_aead *tfm)
{
	return !(crypto_aead_alg(tfm)->base.cra_flags & CRYPTO_ALG_ASYNC) &&
	       crypto_aead_reqsize(tfm) <= IPSECVIF_CRYPT_REQSIZE_MAX;
}

/*
 * An internal driver behind an algorithm. Looking for one that is absent runs
 * modprobe three times; so remember for a minute that it was, rather than do
 * that for each SA.
 */
static struct crypto_aead *tfm_alloc_internal(const struct ipsecvif_alg *alg, u32 mask)
{
	static unsigned long missed; /* jiffies; genl serialises */
	struct crypto_aead *tfm;

	if (!alg->internal || (missed && time_before(jiffies, missed + 60 * HZ)))
		return NULL;
	tfm = crypto_alloc_aead(alg->internal, CRYPTO_ALG_INTERNAL, CRYPTO_ALG_INTERNAL | mask);
	if (IS_ERR(tfm)) {
		missed = jiffies ?: 1;
		return NULL;
	}
	return tfm;
}

/* The synchronous one, or NULL. Without the mask this is cryptd(...), which is not. */
static struct crypto_aead *tfm_alloc_sync(const struct ipsecvif_alg *alg)
{
	struct crypto_aead *tfm = tfm_alloc_internal(alg, CRYPTO_ALG_ASYNC);

	if (!tfm || crypto_aead_reqsize(tfm) <= IPSECVIF_CRYPT_REQSIZE_MAX)
		return tfm;
	crypto_free_aead(tfm);
	return NULL;
}

/*
 * For tests: an algorithm behind cryptd, so that each packet finishes later. It
 * exists for an internal driver. Any other is asked for by its driver's name,
 * since a second lookup by the algorithm's would try to make a second instance.
 */
static struct crypto_aead *tfm_alloc_cryptd(const struct ipsecvif_alg *alg, const char *template)
{
	struct crypto_aead *sync, *tfm = tfm_alloc_internal(alg, 0);
	char name[CRYPTO_MAX_ALG_NAME];
	int len;

	if (tfm && !tfm_is_sync(tfm))
		return tfm;
	if (tfm)
		crypto_free_aead(tfm);
	sync = crypto_alloc_aead(template, 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(sync))
		return sync;
	len = snprintf(name, sizeof(name), "cryptd(%s)",
		       crypto_tfm_alg_driver_name(crypto_aead_tfm(sync)));
	crypto_free_aead(sync);
	return len < sizeof(name) ? crypto_alloc_aead(name, 0, 0) : ERR_PTR(-ENAMETOOLONG);
}

/* Choose the driver for an AEAD; see the head of this file. */
static int crypt_alloc(struct ipsecvif_crypt *crypt, const char *template, u32 mask)
{
	bool async = READ_ONCE(crypt_async);
	struct crypto_aead *tfm = async ? NULL : tfm_alloc_sync(crypt->alg);

	crypt->simd = tfm;
	if (async)
		tfm = tfm_alloc_cryptd(crypt->alg, template);
	else if (!tfm)
		tfm = crypto_alloc_aead(template, 0, mask);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	crypt->aead = tfm;
	crypt->sync = tfm_is_sync(tfm);
	return 0;
}

static int crypt_init_chacha(struct ipsecvif_crypt *crypt, const u8 *key)
{
	crypt->by = IPSECVIF_CRYPT_BY_CHACHA;
	crypt->sync = true;
	crypt->chacha = ipsecvif_chacha_key_new(key);
	return crypt->chacha ? 0 : -ENOMEM;
}

static int crypt_init_aead(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf,
			   struct netlink_ext_ack *extack)
{
	const struct ipsecvif_alg *alg = ipsecvif_alg_aead(conf, &crypt->icv, extack);
	u32 key_len;
	int err;

	if (IS_ERR(alg))
		return PTR_ERR(alg);
	key_len = conf->aead_key_len - alg->salt;
	crypt->alg = alg;
	if (alg->nonce_head)
		crypt->salt[crypt->salt_len++] = alg->nonce_head;
	memcpy(crypt->salt + crypt->salt_len, conf->aead_key + key_len, alg->salt);
	crypt->salt_len += alg->salt;

	if (ipsecvif_chacha_does(alg) && !READ_ONCE(crypt_async))
		return crypt_init_chacha(crypt, conf->aead_key);
	err = crypt_alloc(crypt, alg->template, alg->sync ? CRYPTO_ALG_ASYNC : 0);
	if (err) {
		NL_SET_ERR_MSG(extack, "the kernel lacks this AEAD algorithm");
		return err;
	}
	err = tfm_set(crypt->aead, conf->aead_key, key_len, crypt->icv);
	if (err)
		NL_SET_ERR_MSG(extack, "the kernel's crypto refused the AEAD key");
	return err;
}

/* authenc's key: lengths, integrity key, cipher key. */
static int crypt_set_key_pair(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf)
{
	unsigned int len = RTA_SPACE(sizeof(struct crypto_authenc_key_param)) + conf->auth_key_len +
			   conf->enc_key_len;
	struct crypto_authenc_key_param *param;
	struct rtattr *rta;
	u8 *key, *p;
	int err;

	key = kmalloc(len, GFP_KERNEL);
	if (!key)
		return -ENOMEM;
	rta = (struct rtattr *)key;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(conf->enc_key_len);
	p = key + RTA_SPACE(sizeof(*param));
	memcpy(p, conf->auth_key, conf->auth_key_len);
	memcpy(p + conf->auth_key_len, conf->enc_key, conf->enc_key_len);
	err = tfm_set(crypt->aead, key, len, crypt->icv);
	kfree_sensitive(key);
	return err;
}

static int crypt_init_pair(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf,
			   struct netlink_ext_ack *extack)
{
	const struct ipsecvif_alg *enc, *auth;
	char template[CRYPTO_MAX_ALG_NAME];
	int err;

	enc = ipsecvif_alg_enc(conf, extack);
	if (IS_ERR(enc))
		return PTR_ERR(enc);
	auth = ipsecvif_alg_auth(conf, &crypt->icv, extack);
	if (IS_ERR(auth))
		return PTR_ERR(auth);
	crypt->alg = enc;
	crypt->auth = auth;
	if (enc->null && !READ_ONCE(crypt_async))
		return ipsecvif_mac_init(crypt, conf, extack);
	if (snprintf(template, sizeof(template), "%s(%s,%s)", conf->esn ? "authencesn" : "authenc",
		     auth->name, enc->name) >= sizeof(template))
		return -ENAMETOOLONG;

	/* A synchronous combination always exists, and encryption is serial anyway. */
	err = crypt_alloc(crypt, template, CRYPTO_ALG_ASYNC);
	if (err) {
		NL_SET_ERR_MSG(extack, "the kernel lacks one of these algorithms");
		return err;
	}
	err = crypt_set_key_pair(crypt, conf);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "the kernel's crypto refused a key (3DES: two equal thirds)");
	return err;
}

/**
 * ipsecvif_crypt_init() - set up a transform
 * @crypt: zeroed; free with ipsecvif_crypt_free() after an error, too
 * @conf: algorithms and keys; the caller wipes them
 * @extack: gets a sentence with an error
 *
 * Context: process, may sleep and load modules.
 * Return: 0; -EOPNOTSUPP for an unknown algorithm; -EINVAL; -ENOMEM; or what
 * the crypto API says.
 */
int ipsecvif_crypt_init(struct ipsecvif_crypt *crypt, const struct ipsecvif_crypt_conf *conf,
			struct netlink_ext_ack *extack)
{
	atomic_set(&crypt->pending, 0);
	crypt->esn = conf->esn;
	crypt->legacy = conf->legacy;
	if (conf->ah)
		return ipsecvif_ah_crypt_init(crypt, conf, extack);
	if (conf->aead_name) {
		if (conf->enc_name || conf->auth_name) {
			NL_SET_ERR_MSG(extack,
				       "an AEAD excludes separate encryption and integrity");
			return -EINVAL;
		}
		if (!conf->aead_key) {
			NL_SET_ERR_MSG(extack, "the AEAD key is missing");
			return -EINVAL;
		}
		return crypt_init_aead(crypt, conf, extack);
	}
	if (!conf->enc_name || !conf->auth_name) {
		NL_SET_ERR_MSG(extack, "ESP needs an AEAD, or encryption and integrity");
		return -EINVAL;
	}
	if (!conf->auth_key) {
		NL_SET_ERR_MSG(extack, "the integrity key is missing");
		return -EINVAL;
	}
	return crypt_init_pair(crypt, conf, extack);
}

/**
 * ipsecvif_crypt_free() - free a transform and wipe its key
 * @crypt: the transform; no packet may be using it
 *
 * Context: process, may sleep.
 */
void ipsecvif_crypt_free(struct ipsecvif_crypt *crypt)
{
	switch (crypt->by) {
	case IPSECVIF_CRYPT_BY_AEAD:
		crypto_free_aead(crypt->aead);
		break;
	case IPSECVIF_CRYPT_BY_MAC:
		ipsecvif_mac_free(crypt);
		break;
	case IPSECVIF_CRYPT_BY_CHACHA:
		ipsecvif_chacha_key_free(crypt->chacha);
		break;
	}
	memzero_explicit(crypt->salt, sizeof(crypt->salt));
}

/**
 * ipsecvif_crypt_driver() - which driver does the work, for the operator
 * @crypt: the transform
 */
const char *ipsecvif_crypt_driver(const struct ipsecvif_crypt *crypt)
{
	if (crypt->by == IPSECVIF_CRYPT_BY_MAC)
		return ipsecvif_mac_driver(crypt);
	if (crypt->by == IPSECVIF_CRYPT_BY_CHACHA)
		return "chacha20poly1305-lib";
	return crypto_tfm_alg_driver_name(crypto_aead_tfm(crypt->aead));
}

static void crypt_complete(compat_crypto_cb_arg *arg, int err)
{
	struct ipsecvif_crypt_work *work = compat_crypto_cb_data(arg);

	if (err == -EINPROGRESS)
		return; /* left the driver's backlog; the end is yet to come */
	work->done(work, err);
}

static unsigned int crypt_reqsize(const struct ipsecvif_crypt *crypt)
{
	if (crypt->by == IPSECVIF_CRYPT_BY_AEAD)
		return crypto_aead_reqsize(crypt->aead);
	if (crypt->by == IPSECVIF_CRYPT_BY_MAC && crypt->hash)
		return crypto_ahash_reqsize(crypt->hash);
	return 0;
}

static void work_begin(struct ipsecvif_crypt_work *work, struct ipsecvif_sa *sa, u64 seq)
{
	work->sa = sa;
	work->seq = seq;
	work->plain = NULL;
	if (sa->crypt.by != IPSECVIF_CRYPT_BY_AEAD)
		return;
	aead_request_set_tfm(&work->req, sa->crypt.aead);
	aead_request_set_callback(&work->req, 0, work->later ? crypt_complete : NULL, work);
}

static struct ipsecvif_crypt_work *work_alloc(struct ipsecvif_sa *sa)
{
	struct ipsecvif_crypt *crypt = &sa->crypt;
	struct ipsecvif_crypt_work *work;

	work = kmalloc(sizeof(*work) + crypt_reqsize(crypt), GFP_ATOMIC | __GFP_NOWARN);
	if (!work)
		return NULL;
	if (!ipsecvif_sa_hold(sa)) {
		kfree(work);
		return NULL;
	}
	work->later = true;
	atomic_inc(&crypt->pending);
	return work;
}

/**
 * ipsecvif_crypt_at_once() - will a packet's transform be done in the call?
 * @crypt: the transform
 * @len: bytes of the packet
 *
 * Context: BHs off, and they stay so until the packet is done.
 */
bool ipsecvif_crypt_at_once(const struct ipsecvif_crypt *crypt, unsigned int len)
{
	return crypt->sync && !atomic_read(&crypt->pending) &&
	       (!crypt->simd || crypto_simd_usable()) && !ipsecvif_spread_wanted(len);
}

/**
 * ipsecvif_crypt_work_now() - begin a packet's transform that will be done in the call
 * @sa: the SA; ipsecvif_crypt_at_once() said so
 * @seq: the packet's sequence number
 *
 * Context: as ipsecvif_crypt_work_get().
 * Return: the CPU's work; it need not be given back.
 */
struct ipsecvif_crypt_work *ipsecvif_crypt_work_now(struct ipsecvif_sa *sa, u64 seq)
{
	struct ipsecvif_crypt_work *work = *this_cpu_ptr(crypt_scratch);

	work_begin(work, sa, seq);
	return work;
}

/**
 * ipsecvif_crypt_work_get() - begin a packet's transform
 * @sa: the SA
 * @seq: the packet's sequence number
 * @len: its bytes
 * @done: goes on if the transform can't finish at once
 *
 * Context: BHs off until ipsecvif_crypt_run() returned, under rcu_read_lock(),
 * and nothing else begun on this CPU meanwhile.
 * Return: the work, NULL without memory. Give it back with
 * ipsecvif_crypt_work_put().
 */
struct ipsecvif_crypt_work *ipsecvif_crypt_work_get(struct ipsecvif_sa *sa, u64 seq,
						    unsigned int len, ipsecvif_crypt_done done)
{
	struct ipsecvif_crypt_work *work;

	if (likely(ipsecvif_crypt_at_once(&sa->crypt, len)))
		return ipsecvif_crypt_work_now(sa, seq);
	work = work_alloc(sa);
	if (!work)
		return NULL;
	work_begin(work, sa, seq);
	work->done = done;
	return work;
}

/**
 * ipsecvif_crypt_work_put() - end a packet's transform
 * @work: from ipsecvif_crypt_work_get(); its SA may be gone after this
 *
 * Context: any but hard interrupt.
 */
void ipsecvif_crypt_work_put(struct ipsecvif_crypt_work *work)
{
	struct ipsecvif_sa *sa = work->sa;

	consume_skb(work->plain);
	if (likely(!work->later))
		return;
	atomic_dec(&sa->crypt.pending);
	kfree(work);
	ipsecvif_sa_put(sa);
}

/**
 * ipsecvif_crypt_iv() - make a packet's IV
 * @crypt: the transform
 * @seq: the packet's sequence number
 * @iv: gets as many bytes as the wire has of it, maybe none
 *
 * RFC 4303 3.3: counters where an IV must not repeat, else unpredictable.
 */
void ipsecvif_crypt_iv(const struct ipsecvif_crypt *crypt, u64 seq, u8 *iv)
{
	if (crypt_iv_fixed(crypt, iv))
		return;
	if (!crypt->alg->counter)
		get_random_bytes(iv, crypt->alg->iv);
	else if (crypt->alg->iv)
		put_unaligned_be64(seq, iv);
}

/* The kernel's IV: of an AEAD, the nonce. */
static void crypt_nonce(struct ipsecvif_crypt_work *work, const u8 *iv)
{
	const struct ipsecvif_crypt *crypt = &work->sa->crypt;

	memcpy(work->iv, crypt->salt, crypt->salt_len);
	if (crypt->alg->counter && !crypt->alg->iv) /* RFC 8750 4 */
		put_unaligned_be64(work->seq, work->iv + crypt->salt_len);
	else
		memcpy(work->iv + crypt->salt_len, iv, crypt->alg->iv);
}

/**
 * ipsecvif_crypt_aad() - fill in the additional authenticated data and nonce
 * @work: with its sequence number
 * @iv: the IV as on the wire
 *
 * RFC 4303 2.2.1 and RFC 4106 5: SPI and sequence number, all 64 bits with ESN.
 * Encrypt-then-MAC and GMAC (RFC 4543 3.3) hash the IV, too; the upper half of an
 * extended sequence number stands second all the same, as authencesn wants it; mac.c
 * has it in its place.
 *
 * Return: bytes of AAD.
 */
unsigned int ipsecvif_crypt_aad(struct ipsecvif_crypt_work *work, const u8 *iv)
{
	const struct ipsecvif_crypt *crypt = &work->sa->crypt;
	u8 *p = work->aad;

	memcpy(p, &work->sa->spi, 4);
	p += 4;
	if (crypt->esn && crypt->by != IPSECVIF_CRYPT_BY_MAC) {
		put_unaligned_be32(upper_32_bits(work->seq), p);
		p += 4;
	}
	put_unaligned_be32(lower_32_bits(work->seq), p);
	p += 4;
	if (crypt->auth || crypt->alg->mac_only) {
		memcpy(p, iv, crypt->alg->iv);
		p += crypt->alg->iv;
	}
	if (crypt->by != IPSECVIF_CRYPT_BY_MAC)
		crypt_nonce(work, iv);
	return p - work->aad;
}

/**
 * ipsecvif_crypt_sg() - begin a scatterlist with the AAD
 * @work: with its AAD
 * @sg: @work->src or @work->dst
 * @n: entries that will follow it
 * @aad_len: from ipsecvif_crypt_aad()
 *
 * No more entries are written than are used: all of them take longer than the
 * rest of a small packet's way through here.
 */
void ipsecvif_crypt_sg(struct ipsecvif_crypt_work *work, struct scatterlist *sg, unsigned int n,
		       unsigned int aad_len)
{
	sg_init_table(sg, n + 1);
	sg_set_buf(sg, work->aad, aad_len);
}

static void crypt_set(struct ipsecvif_crypt_work *work, struct scatterlist *src,
		      struct scatterlist *dst, unsigned int aad_len, unsigned int len)
{
	aead_request_set_ad(&work->req, aad_len);
	aead_request_set_crypt(&work->req, src, dst, len, work->iv);
}

/* What is to be worked on where it will be: in @work->src, or copied to @work->dst. */
static struct scatterlist *crypt_gather(struct ipsecvif_crypt_work *work, bool in_place,
					unsigned int aad_len, unsigned int len)
{
	if (in_place)
		return work->src;
	/* esp.c gives a fresh buffer in one piece. */
	scatterwalk_map_and_copy(sg_virt(&work->dst[1]), work->src, aad_len, len, 0);
	return work->dst;
}

static void crypt_prepare(struct ipsecvif_crypt_work *work, bool in_place, unsigned int aad_len,
			  unsigned int len)
{
	const struct ipsecvif_crypt *crypt = &work->sa->crypt;
	struct scatterlist *sg;

	if (crypt->by == IPSECVIF_CRYPT_BY_AEAD && !crypt->alg->mac_only) {
		crypt_set(work, work->src, in_place ? work->src : work->dst, aad_len, len);
		return;
	}
	sg = crypt_gather(work, in_place, aad_len, len);
	if (crypt->by == IPSECVIF_CRYPT_BY_MAC)
		ipsecvif_mac_set(work, sg, aad_len, len);
	else if (crypt->by == IPSECVIF_CRYPT_BY_CHACHA)
		crypt_set(work, sg, sg, aad_len, len);
	else
		ipsecvif_mac_set_aead(work, sg, aad_len, len);
}

/**
 * ipsecvif_crypt_perform() - have the driver do a request
 * @work: with its request complete
 *
 * Context: BHs off, and where the FPU can be used if its SA's transform wants that.
 * Return: as ipsecvif_crypt_run().
 */
int ipsecvif_crypt_perform(struct ipsecvif_crypt_work *work)
{
	if (work->sa->crypt.by == IPSECVIF_CRYPT_BY_MAC)
		return ipsecvif_mac_perform(work);
	if (work->sa->crypt.by == IPSECVIF_CRYPT_BY_CHACHA)
		return ipsecvif_chacha_perform(work);
	return work->encrypt ? crypto_aead_encrypt(&work->req) : crypto_aead_decrypt(&work->req);
}

/**
 * ipsecvif_crypt_run() - encrypt or decrypt
 * @work: with @src, and @dst unless @in_place, complete; @dst has one piece
 *	behind the AAD
 * @encrypt: direction
 * @in_place: the result goes to @src
 * @aad_len: from ipsecvif_crypt_aad()
 * @len: bytes of plaintext with trailer, or of ciphertext with ICV
 *
 * Context: as ipsecvif_crypt_work_get().
 * Return: 0; -EBADMSG if the ICV is wrong; -EINPROGRESS if @work->done will be
 * called, from a softirq or process with BHs off, and the work is no longer the
 * caller's; -ENOBUFS if too many packets of the SA wait; another -errno.
 */
int ipsecvif_crypt_run(struct ipsecvif_crypt_work *work, bool encrypt, bool in_place,
		       unsigned int aad_len, unsigned int len)
{
	work->encrypt = encrypt;
	crypt_prepare(work, in_place, aad_len, len);
	if (unlikely(work->later && work->sa->crypt.sync))
		return ipsecvif_spread_submit(&work->sa->order, work);
	return ipsecvif_crypt_perform(work);
}

/**
 * ipsecvif_crypt_module_init() - allocate the CPUs' requests
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int ipsecvif_crypt_module_init(void)
{
	int cpu;

	crypt_scratch = alloc_percpu(struct ipsecvif_crypt_work *);
	if (!crypt_scratch)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct ipsecvif_crypt_work *work;

		/* Not per-CPU memory itself, which a scatterlist can't point to. */
		work = kzalloc_node(sizeof(*work) + IPSECVIF_CRYPT_REQSIZE_MAX, GFP_KERNEL,
				    cpu_to_node(cpu));
		if (!work) {
			ipsecvif_crypt_module_exit();
			return -ENOMEM;
		}
		*per_cpu_ptr(crypt_scratch, cpu) = work;
	}
	return 0;
}

/**
 * ipsecvif_crypt_module_exit() - undo ipsecvif_crypt_module_init()
 *
 * Context: process, after the last packet.
 */
void ipsecvif_crypt_module_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree_sensitive(*per_cpu_ptr(crypt_scratch, cpu));
	free_percpu(crypt_scratch);
}
