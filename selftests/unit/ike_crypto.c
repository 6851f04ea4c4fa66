// SPDX-License-Identifier: MIT
/*
 * Cryptography against published vectors: RFC 4231, RFC 3602, and the GCM
 * specification's; key exchange groups with themselves and with nonsense.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/ike/iana.h"

static size_t hex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned int v;

	for (; sscanf(text, "%2x", &v) == 1; text += 2)
		out[n++] = (uint8_t)v;
	return n;
}

static void check_prf(uint16_t prf, const char *key, const char *data, const char *want)
{
	uint8_t k[256], d[256], w[64], out[CRYPTO_DIGEST_MAX];
	size_t kn = hex(key, k), dn = hex(data, d), wn = hex(want, w);
	/* in two pieces, which must not matter */
	const struct crypto_part part[] = { { d, dn / 2 }, { d + dn / 2, dn - dn / 2 } };

	assert_int_equal(wn, crypto_prf_len(prf));
	assert_int_equal(crypto_prf(prf, k, kn, part, 2, out), 0);
	assert_memory_equal(out, w, wn);
}

/* RFC 4231, test cases 1 and 2. */
static void hmac_rfc4231(void **state)
{
	static const char key1[] = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";
	static const char data1[] = "4869205468657265";
	static const char key2[] = "4a656665";
	static const char data2[] = "7768617420646f2079612077616e7420666f72206e6f7468696e673f";

	(void)state;
	check_prf(PRF_HMAC_SHA2_256, key1, data1,
		  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	check_prf(PRF_HMAC_SHA2_384, key1, data1,
		  "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
		  "faea9ea9076ede7f4af152e8b2fa9cb6");
	check_prf(PRF_HMAC_SHA2_512, key1, data1,
		  "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
		  "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
	check_prf(PRF_HMAC_SHA2_256, key2, data2,
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	check_prf(PRF_HMAC_SHA2_384, key2, data2,
		  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		  "8e2240ca5e69e2c78b3239ecfab21649");
	check_prf(PRF_HMAC_SHA2_512, key2, data2,
		  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		  "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

/* prf+ by its definition, out of the prf that the vectors above hold. */
static void prf_plus_definition(void **state)
{
	static const uint8_t key[] = "key", seed[] = "seed";
	const struct crypto_part s = { seed, 4 };
	uint8_t all[100], t[32] = { 0 };

	(void)state;
	assert_int_equal(crypto_prf_plus(PRF_HMAC_SHA2_256, key, 3, &s, 1, all, sizeof(all)), 0);
	for (uint8_t i = 1; i <= 4; i++) {
		const struct crypto_part p[] = { { t, i > 1 ? 32 : 0 }, { seed, 4 }, { &i, 1 } };
		size_t n = i < 4 ? 32 : 4;

		assert_int_equal(crypto_prf(PRF_HMAC_SHA2_256, key, 3, p, 3, t), 0);
		assert_memory_equal(all + 32 * (i - 1u), t, n);
	}
	assert_int_equal(crypto_prf_plus(PRF_HMAC_SHA2_256, key, 3, &s, 1, all, 255 * 32 + 1), -1);
	assert_int_equal(crypto_prf_plus(99, key, 3, &s, 1, all, 32), -1);
}

static void ke_both_ways(void **state)
{
	static const uint16_t groups[] = { KE_X25519,	KE_X448,     KE_ECP224,	  KE_ECP256,
					   KE_ECP384,	KE_ECP521,   KE_ECP224BP, KE_ECP256BP,
					   KE_ECP384BP, KE_ECP512BP, KE_MODP1024, KE_MODP1536,
					   KE_MODP2048, KE_MODP3072, KE_MODP4096, KE_MODP6144,
					   KE_MODP8192 };

	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		struct crypto_ke *a = crypto_ke_new(groups[i]), *b;
		uint8_t pa[CRYPTO_KE_MAX], pb[CRYPTO_KE_MAX], sa[CRYPTO_KE_MAX], sb[CRYPTO_KE_MAX];
		size_t na = crypto_ke_public(a, pa), nb, la, lb;

		b = crypto_ke_answer(groups[i], pa, na, sb, &lb);
		assert_non_null(b);
		nb = crypto_ke_public(b, pb);

		assert_int_equal(na, crypto_ke_public_len(groups[i]));
		assert_int_equal(nb, na);
		assert_int_equal(crypto_ke_shared(a, pb, nb, sa, &la), 0);
		assert_memory_not_equal(pa, pb, na);
		assert_int_equal(la, lb);
		assert_memory_equal(sa, sb, la);
		/* of a wrong length */
		assert_int_equal(crypto_ke_shared(a, pb, nb - 1, sa, &la), -1);
		assert_int_equal(la, 0);
		assert_null(crypto_ke_answer(groups[i], pa, na - 1, sb, &lb));
		assert_int_equal(lb, 0);
		crypto_ke_free(a);
		crypto_ke_free(b);
	}
	assert_null(crypto_ke_new(1)); /* modp768 */
	assert_null(crypto_ke_answer(1, (const uint8_t *)"", 0, (uint8_t[CRYPTO_KE_MAX]){ 0 },
				     &(size_t){ 0 }));
}

/* Whatever the library has of ML-KEM works, and what it has not is refused. */
static void kem_both_ways(void **state)
{
	static const uint16_t groups[] = { KE_MLKEM512, KE_MLKEM768, KE_MLKEM1024 };
	unsigned int there = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint8_t pa[CRYPTO_KE_MAX], pb[CRYPTO_KE_MAX], sa[CRYPTO_KE_MAX], sb[CRYPTO_KE_MAX];
		struct crypto_ke *a = crypto_ke_new(groups[i]), *b;
		size_t na, nb, la, lb;

		assert_int_equal(a != NULL, crypto_ke_supported(groups[i]));
		if (!a) {
			memset(pa, 1, sizeof(pa));
			na = crypto_ke_public_len(groups[i]);
			assert_null(crypto_ke_answer(groups[i], pa, na, sb, &lb));
			assert_int_equal(lb, 0);
			continue;
		}
		there++;
		na = crypto_ke_public(a, pa);
		assert_int_equal(na, crypto_ke_public_len(groups[i]));
		b = crypto_ke_answer(groups[i], pa, na, sb, &lb);
		nb = crypto_ke_public(b, pb);
		assert_int_equal(crypto_ke_shared(a, pb, nb, sa, &la), 0);
		assert_int_equal(la, 32);
		assert_int_equal(lb, 32);
		assert_memory_equal(sa, sb, la);
		assert_int_equal(crypto_ke_shared(a, pb, nb - 1, sa, &la), -1);
		crypto_ke_free(a);
		crypto_ke_free(b);
	}
	printf("# OpenSSL here has %u of 3 ML-KEM sets\n", there);
}

/* RFC 3566 4.7 (six of its seven), RFC 4434 2.2. */
static void xcbc_vectors(void **state)
{
	static const char k[] = "000102030405060708090a0b0c0d0e0f";

	(void)state;
	check_prf(PRF_AES128_XCBC, k, "", "75f0251d528ac01c4573dfd584d79f29");
	check_prf(PRF_AES128_XCBC, k, "000102", "5b376580ae2f19afe7219ceef172756f");
	check_prf(PRF_AES128_XCBC, k, "000102030405060708090a0b0c0d0e0f",
		  "d2a246fa349b68a79998a4394ff7a263");
	check_prf(PRF_AES128_XCBC, k, "000102030405060708090a0b0c0d0e0f10111213",
		  "47f51b4564966215b8985c63055ed308");
	check_prf(PRF_AES128_XCBC, k,
		  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		  "f54f0ec8d2b9f3d36807734bd5283fd4");
	check_prf(PRF_AES128_XCBC, k,
		  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021",
		  "becbb3bccdb518a30677d5481fb6b4d8");
	check_prf(PRF_AES128_XCBC, "00010203040506070809",
		  "000102030405060708090a0b0c0d0e0f10111213", "0fa087af7d866e7653434e602fdde835");
	check_prf(PRF_AES128_XCBC, "000102030405060708090a0b0c0d0e0fedcb",
		  "000102030405060708090a0b0c0d0e0f10111213", "8cd3c93ae598a9803006ffb67c40e9e4");
	assert_int_equal(crypto_prf_nonce_len(PRF_AES128_XCBC), 8);
}

/* RFC 4615 4, RFC 4493 4. */
static void cmac_vectors(void **state)
{
	static const char data[] = "000102030405060708090a0b0c0d0e0f10111213";
	static const char k[] = "2b7e151628aed2a6abf7158809cf4f3c";

	(void)state;
	check_prf(PRF_AES128_CMAC, "000102030405060708090a0b0c0d0e0fedcb", data,
		  "84a348a4a45d235babfffc0d2b4da09a");
	check_prf(PRF_AES128_CMAC, "000102030405060708090a0b0c0d0e0f", data,
		  "980ae87b5f4c9c5214f5b6a8455e4c2d");
	check_prf(PRF_AES128_CMAC, "00010203040506070809", data,
		  "290d9e112edb09ee141fcf64c0b72f3d");
	check_prf(PRF_AES128_CMAC, k, "", "bb1d6929e95937287fa37d129b756746");
	check_prf(PRF_AES128_CMAC, k, "6bc1bee22e409f96e93d7e117393172a",
		  "070a16b46b4d4144f79bdd9dd04a287c");
}

/* RFC 2202, cases 1 of each. */
static void hmac_rfc2202(void **state)
{
	(void)state;
	check_prf(PRF_HMAC_MD5, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
		  "9294727a3638bb1c13f48ef8158bfc9d");
	check_prf(PRF_HMAC_SHA1, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
		  "b617318655057264e28bc0b6fb378c8ef146be00");
}

/* RFC 6989: values that would leak or fix the secret are refused. */
static void ke_nonsense(void **state)
{
	static const uint16_t modp[] = { KE_MODP2048, KE_MODP3072, KE_MODP4096 };
	static const uint16_t ecp[] = { KE_ECP256, KE_ECP384, KE_ECP521 };
	uint8_t v[CRYPTO_KE_MAX], s[CRYPTO_KE_MAX];
	struct crypto_ke *ke;
	size_t n, len;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		ke = crypto_ke_new(modp[i]);
		n = crypto_ke_public_len(modp[i]);
		memset(v, 0, n);
		assert_int_equal(crypto_ke_shared(ke, v, n, s, &len), -1); /* 0 */
		v[n - 1] = 1;
		assert_int_equal(crypto_ke_shared(ke, v, n, s, &len), -1); /* 1 */
		memset(v, 0xff, n);
		assert_int_equal(crypto_ke_shared(ke, v, n, s, &len), -1); /* above p */
		crypto_ke_free(ke);
		ke = crypto_ke_new(ecp[i]);
		n = crypto_ke_public(ke, v);
		v[n - 1] ^= 1; /* off the curve */
		assert_int_equal(crypto_ke_shared(ke, v, n, s, &len), -1);
		memset(v, 0, n);
		assert_int_equal(crypto_ke_shared(ke, v, n, s, &len), -1);
		crypto_ke_free(ke);
	}
	ke = crypto_ke_new(KE_X25519);
	memset(v, 0, 32); /* of low order: the secret would be zero */
	assert_int_equal(crypto_ke_shared(ke, v, 32, s, &len), -1);
	v[0] = 1;
	assert_int_equal(crypto_ke_shared(ke, v, 32, s, &len), -1);
	crypto_ke_free(ke);
}

/* The GCM specification's test case 4, its 96-bit IV cut into salt and IV. */
static void gcm_vector(void **state)
{
	struct crypto_aead a = { .encr = ENCR_AES_GCM_16, .encr_len = 20 };
	uint8_t msg[256], want[128];
	size_t aad, len, n;

	(void)state;
	hex("feffe9928665731c6d6a8f9467308308cafebabe", a.encr_key);
	aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", msg);
	hex("facedbaddecaf888", msg + aad);
	len = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		  msg + aad + 8);
	n = hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
		"5bc94fbc3221a5db94fae95ae7121a47",
		want);
	assert_int_equal(n, len + 16);
	assert_int_equal(crypto_aead_seal(&a, msg, aad, len), 0);
	assert_memory_equal(msg + aad + 8, want, n);
	msg[3] ^= 1;
	assert_int_equal(crypto_aead_open(&a, msg, aad, len), -1);
}

/* RFC 3602 case 2 for the cipher; the MAC is held by RFC 4231 above. */
static void cbc_vector(void **state)
{
	struct crypto_aead a = { .encr = ENCR_AES_CBC,
				 .encr_len = 16,
				 .integ = INTEG_HMAC_SHA2_256_128,
				 .integ_len = 32 };
	uint8_t msg[128] = "head", want[32], mac[32];
	const struct crypto_part part = { msg, 4 + 16 + 32 };

	(void)state;
	hex("c286696d887c9aa0611bbb3e2025a45a", a.encr_key);
	hex("562e17996d093d28ddb3ba695a2e6f58", msg + 4);
	hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", msg + 20);
	hex("d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1", want);
	assert_int_equal(crypto_aead_icv_len(&a), 16);
	assert_int_equal(crypto_aead_seal(&a, msg, 4, 32), 0);
	assert_memory_equal(msg + 20, want, 32);
	assert_int_equal(crypto_prf(PRF_HMAC_SHA2_256, a.integ_key, 32, &part, 1, mac), 0);
	assert_memory_equal(msg + 52, mac, 16);
	assert_int_equal(crypto_aead_open(&a, msg, 4, 32), 0);
	assert_int_equal(msg[20 + 31], 0x1f);
}

/* RFC 5930 has none of its own: RFC 3686's case 2, under a MAC that is held above. */
static void ctr_vector(void **state)
{
	struct crypto_aead a = { .encr = ENCR_AES_CTR,
				 .encr_len = 20,
				 .integ = INTEG_HMAC_SHA2_256_128,
				 .integ_len = 32 };
	uint8_t msg[128] = "head", want[32];

	(void)state;
	hex("7e24067817fae0d743d6ce1f32539163006cb6db", a.encr_key);
	hex("c0543b59da48d90b", msg + 4);
	hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", msg + 12);
	hex("5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28", want);
	assert_int_equal(crypto_aead_seal(&a, msg, 4, 32), 0);
	assert_memory_equal(msg + 12, want, 32);
}

/* RFC 7634 appendix B: an IKE message under ChaCha20-Poly1305. */
static void chacha_vector(void **state)
{
	struct crypto_aead a = { .encr = ENCR_CHACHA20_POLY1305, .encr_len = 36 };
	uint8_t msg[128], want[64];
	size_t aad, n;

	(void)state;
	hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3", a.encr_key);
	aad = hex("c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029", msg);
	hex("1011121314151617", msg + aad);
	n = hex("0000000c000040010000000a00", msg + aad + 8);
	hex("610394701f8d017f7c12924889"
	    "6b71bfe25236efd7cdc67066906315b2",
	    want);
	assert_int_equal(crypto_aead_seal(&a, msg, aad, n), 0);
	assert_memory_equal(msg + aad + 8, want, n + 16);
}

static void aead_round_trips(void **state)
{
	static const struct {
		uint16_t encr, bits, integ;
	} suite[] = {
		{ ENCR_AES_GCM_16, 128, 0 },
		{ ENCR_AES_GCM_16, 192, 0 },
		{ ENCR_AES_GCM_16, 256, 0 },
		{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128 },
		{ ENCR_AES_CBC, 192, INTEG_HMAC_SHA2_384_192 },
		{ ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256 },
		{ ENCR_AES_GCM_8, 128, 0 },
		{ ENCR_AES_GCM_12, 256, 0 },
		{ ENCR_AES_CCM_8, 128, 0 },
		{ ENCR_AES_CCM_12, 192, 0 },
		{ ENCR_AES_CCM_16, 256, 0 },
		{ ENCR_CHACHA20_POLY1305, 0, 0 },
		{ ENCR_AES_CTR, 128, INTEG_AES_XCBC_96 },
		{ ENCR_AES_CTR, 256, INTEG_AES_CMAC_96 },
		{ ENCR_3DES, 0, INTEG_HMAC_SHA1_96 },
		{ ENCR_3DES, 0, INTEG_HMAC_MD5_96 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(suite) / sizeof(*suite); i++) {
		struct crypto_aead a = { .encr = suite[i].encr, .integ = suite[i].integ };
		uint8_t msg[256], copy[256];
		size_t total;

		a.encr_len = (uint16_t)crypto_encr_key_len(a.encr, suite[i].bits);
		a.integ_len = (uint16_t)crypto_integ_key_len(a.integ);
		memset(a.encr_key, 7, a.encr_len);
		memset(a.integ_key, 8, a.integ_len);
		memset(msg, 9, sizeof(msg));
		assert_int_equal(crypto_aead_seal(&a, msg, 28, 64), 0);
		total = 28 + crypto_aead_iv_len(&a) + 64 + crypto_aead_icv_len(&a);
		assert_int_equal(msg[total], 9); /* and not a byte further */
		for (size_t k = 0; k < total; k++) {
			memcpy(copy, msg, sizeof(msg));
			copy[k] ^= 0x10;
			assert_int_equal(crypto_aead_open(&a, copy, 28, 64), -1);
		}
		assert_int_equal(crypto_aead_open(&a, msg, 28, 64), 0);
		assert_int_equal(msg[28 + crypto_aead_iv_len(&a)], 9);
	}
	assert_int_equal(crypto_encr_key_len(ENCR_AES_GCM_16, 127), -1);
	assert_int_equal(crypto_encr_key_len(ENCR_3DES, 128), -1);
	assert_int_equal(crypto_encr_key_len(ENCR_NULL, 0), 0);
	assert_int_equal(crypto_encr_key_len(99, 128), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_rfc4231),	    cmocka_unit_test(prf_plus_definition),
		cmocka_unit_test(ke_both_ways),	    cmocka_unit_test(ke_nonsense),
		cmocka_unit_test(gcm_vector),	    cmocka_unit_test(cbc_vector),
		cmocka_unit_test(aead_round_trips), cmocka_unit_test(kem_both_ways),
		cmocka_unit_test(xcbc_vectors),	    cmocka_unit_test(cmac_vectors),
		cmocka_unit_test(hmac_rfc2202),	    cmocka_unit_test(ctr_vector),
		cmocka_unit_test(chacha_vector),
	};

	return cmocka_run_group_tests_name("IKEv2 cryptography", tests, NULL, NULL);
}
