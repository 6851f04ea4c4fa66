// SPDX-License-Identifier: GPL-2.0-only
/*
 * An AEAD with nothing around it, which no tunnel can be faster than. Loading the
 * module encrypts and decrypts packets in place, with additional data and nonce as
 * of ESP; what one takes is in /sys/module/ceiling/parameters/{encrypt,decrypt}_ns.
 */
#include <crypto/aead.h>
#include <linux/bottom_half.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#define PACKETS 64 /* fit a cache, as packets on their way do */
#define PACKET_MAX 9000
#define KEY_MAX 32
#define AAD_LEN 12 /* SPI and extended sequence number */
#define ICV_LEN 16
#define IV_LEN 12

static char *alg = "gcm(aes)";
module_param(alg, charp, 0444);
MODULE_PARM_DESC(alg, "the AEAD");

static char *internal;
module_param(internal, charp, 0444);
MODULE_PARM_DESC(internal, "the synchronous driver behind it, where there is one");

static unsigned int key_len = 16;
module_param(key_len, uint, 0444);
MODULE_PARM_DESC(key_len, "bytes");

static unsigned int size = 1400;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "bytes of a packet");

static unsigned int rounds = 16;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "of 64 packets each");

static unsigned long encrypt_ns;
module_param(encrypt_ns, ulong, 0444);
MODULE_PARM_DESC(encrypt_ns, "result: nanoseconds a packet");

static unsigned long decrypt_ns;
module_param(decrypt_ns, ulong, 0444);
MODULE_PARM_DESC(decrypt_ns, "result: nanoseconds a packet");

struct bench {
	struct crypto_aead *tfm;
	struct aead_request *req;
	struct scatterlist sg[2];
	u8 aad[AAD_LEN];
	u8 *packets;
};

/* As the tunnel chooses: the synchronous driver, else what can do without waiting. */
static struct crypto_aead *tfm_alloc(void)
{
	struct crypto_aead *tfm = ERR_PTR(-ENOENT);

	if (internal && *internal)
		tfm = crypto_alloc_aead(internal, CRYPTO_ALG_INTERNAL,
					CRYPTO_ALG_INTERNAL | CRYPTO_ALG_ASYNC);
	return IS_ERR(tfm) ? crypto_alloc_aead(alg, 0, CRYPTO_ALG_ASYNC) : tfm;
}

static int bench_key(struct bench *bench)
{
	u8 key[KEY_MAX];

	get_random_bytes(key, sizeof(key));
	return crypto_aead_setkey(bench->tfm, key, key_len) ?:
		       crypto_aead_setauthsize(bench->tfm, ICV_LEN);
}

static void bench_free(struct bench *bench)
{
	kvfree(bench->packets);
	if (bench->req)
		aead_request_free(bench->req);
	if (!IS_ERR(bench->tfm))
		crypto_free_aead(bench->tfm);
}

static int bench_init(struct bench *bench)
{
	int err;

	bench->tfm = tfm_alloc();
	if (IS_ERR(bench->tfm))
		return PTR_ERR(bench->tfm);
	bench->req = aead_request_alloc(bench->tfm, GFP_KERNEL);
	bench->packets = kvzalloc(PACKETS * (size + ICV_LEN), GFP_KERNEL);
	err = bench->req && bench->packets ? bench_key(bench) : -ENOMEM;
	if (err)
		bench_free(bench);
	return err;
}

static int packet_run(struct bench *bench, int n, bool encrypt)
{
	u8 iv[IV_LEN] = { n };

	sg_init_table(bench->sg, 2);
	sg_set_buf(&bench->sg[0], bench->aad, AAD_LEN);
	sg_set_buf(&bench->sg[1], bench->packets + n * (size + ICV_LEN), size + ICV_LEN);
	aead_request_set_callback(bench->req, 0, NULL, NULL);
	aead_request_set_ad(bench->req, AAD_LEN);
	aead_request_set_crypt(bench->req, bench->sg, bench->sg, encrypt ? size : size + ICV_LEN,
			       iv);
	return encrypt ? crypto_aead_encrypt(bench->req) : crypto_aead_decrypt(bench->req);
}

/* All packets once, as softirqs would; the time goes to @ns. */
static int packets_run(struct bench *bench, bool encrypt, u64 *ns)
{
	u64 begun = ktime_get_ns();
	int n, err = 0;

	local_bh_disable();
	for (n = 0; n < PACKETS && !err; n++)
		err = packet_run(bench, n, encrypt);
	local_bh_enable();
	*ns += ktime_get_ns() - begun;
	return err;
}

static int bench_run(struct bench *bench)
{
	u64 encrypted = 0, decrypted = 0;
	unsigned int i;
	int err = 0;

	for (i = 0; i < rounds && !err; i++) {
		err = packets_run(bench, true, &encrypted);
		if (!err)
			err = packets_run(bench, false, &decrypted);
		cond_resched();
	}
	encrypt_ns = div_u64(encrypted, rounds * PACKETS);
	decrypt_ns = div_u64(decrypted, rounds * PACKETS);
	return err;
}

static int __init ceiling_init(void)
{
	struct bench *bench; /* not on the stack, which no scatterlist reaches */
	int err;

	if (!rounds || !size || size > PACKET_MAX || key_len > KEY_MAX)
		return -EINVAL;
	bench = kzalloc(sizeof(*bench), GFP_KERNEL);
	if (!bench)
		return -ENOMEM;
	err = bench_init(bench);
	if (!err) {
		err = bench_run(bench);
		bench_free(bench);
	}
	kfree(bench);
	return err;
}

static void __exit ceiling_exit(void)
{
}

module_init(ceiling_init);
module_exit(ceiling_exit);
MODULE_DESCRIPTION("An AEAD with nothing around it");
MODULE_LICENSE("GPL");
