// SPDX-License-Identifier: MIT
/* What IKE negotiated to what the module takes: prefixes, selectors, algorithms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/iana.h"
#include "tools/keyer/kernel/kernel.h"

static struct ike_ts ts(const char *text)
{
	struct ike_ts out;
	char err[256];

	if (ike_ts_parse(text, &out, err, sizeof(err)))
		fail_msg("%s: %s", text, err);
	return out;
}

static void prefixes_are(const char *range, const char *want)
{
	struct conf_prefix prefixes[300];
	struct ike_ts in = ts(range);
	char text[1024] = "", addr[64];
	size_t at = 0;
	size_t i, n = convert_prefixes(&in, prefixes, 300);

	for (i = 0; i < n; i++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s/%u", i ? " " : "",
				       ike_addr_print(&prefixes[i].addr, addr, sizeof(addr)),
				       prefixes[i].length);
	}
	assert_string_equal(text, want);
}

static void test_prefixes(void **state)
{
	struct conf_prefix prefixes[4];
	struct ike_ts in = ts("10.0.0.1-10.0.0.254");

	(void)state;
	prefixes_are("10.0.0.0/8", "10.0.0.0/8");
	prefixes_are("10.0.0.5", "10.0.0.5/32");
	prefixes_are("0.0.0.0/0", "0.0.0.0/0");
	prefixes_are("::/0", "::/0");
	prefixes_are("10.0.0.0-10.0.0.2", "10.0.0.0/31 10.0.0.2/32");
	prefixes_are("10.0.0.1-10.0.0.8", "10.0.0.1/32 10.0.0.2/31 10.0.0.4/30 10.0.0.8/32");
	prefixes_are("255.255.255.254-255.255.255.255", "255.255.255.254/31");
	prefixes_are("0.0.0.0-0.0.0.0", "0.0.0.0/32");
	prefixes_are("128.0.0.0-255.255.255.255", "128.0.0.0/1");
	prefixes_are("2001:db8::-2001:db8::4", "2001:db8::/126 2001:db8::4/128");
	prefixes_are("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
	assert_int_equal(convert_prefixes(&in, prefixes, 4), 0);
}

/* The prefixes of any range cover it, touch nothing else, and don't overlap. */
static void test_prefixes_cover(void **state)
{
	struct conf_prefix prefixes[64];
	struct ike_ts in = { .family = AF_INET };
	unsigned int a, b;
	uint32_t at, first;
	size_t i, n;

	(void)state;
	for (a = 0; a < 40; a++) {
		for (b = a; b < 40; b++) {
			in.min[3] = (uint8_t)a;
			in.max[3] = (uint8_t)b;
			n = convert_prefixes(&in, prefixes, 64);
			assert_true(n > 0);
			at = a;
			for (i = 0; i < n; i++) {
				memcpy(&first, prefixes[i].addr.bytes, 4);
				assert_int_equal(ntohl(first), at);
				at += 1U << (32 - prefixes[i].length);
			}
			assert_int_equal(at, b + 1);
		}
	}
}

static void test_selectors(void **state)
{
	struct ike_ts local[2] = { ts("10.1.0.0/16"), ts("fd01::/64") };
	struct ike_ts remote[2] = { ts("10.2.0.0/16[tcp/80]"), ts("fd02::/64") };
	struct ipsecvif_selector out[8];
	struct ike_ts bad;
	char err[256];

	(void)state;
	/* Only pairs of one family. */
	assert_int_equal(convert_selectors(local, 2, remote, 2, out, 8, err, sizeof(err)), 2);
	assert_int_equal(out[0].proto, IPPROTO_TCP);
	assert_int_equal(out[0].dport.min, 80);
	assert_int_equal(out[0].dport.max, 80);
	assert_int_equal(out[0].sport.max, 0);
	assert_int_equal(out[1].src_prefix, 64);
	assert_int_equal(out[1].proto, 0);
	assert_int_equal(convert_selectors(local, 1, remote + 1, 1, out, 8, err, sizeof(err)), -1);
	assert_non_null(strstr(err, "family"));
	/* Too many are refused, not cut. */
	bad = ts("10.0.0.1-10.0.0.254");
	assert_int_equal(convert_selectors(&bad, 1, &bad, 1, out, 8, err, sizeof(err)), -1);
	/* Different protocols have no packet in common. */
	local[0] = ts("10.1.0.0/16[udp]");
	assert_int_equal(convert_selectors(local, 1, remote, 1, out, 8, err, sizeof(err)), -1);
}

static struct ike_fx_child child(uint16_t encr, uint16_t bits, uint16_t integ, uint16_t encr_len,
				 uint16_t integ_len)
{
	struct ike_fx_child fx = { .protocol = PROTO_ESP,
				   .mode = 1,
				   .spi_in = htonl(0xd0000001),
				   .spi_out = htonl(0xc0000002),
				   .encr = { TR_ENCR, encr, bits },
				   .integ = { TR_INTEG, integ, 0 } };

	fx.encr_in.len = fx.encr_out.len = encr_len;
	fx.integ_in.len = fx.integ_out.len = integ_len;
	memset(fx.encr_in.data, 1, sizeof(fx.encr_in.data));
	memset(fx.encr_out.data, 2, sizeof(fx.encr_out.data));
	fx.local.family = fx.remote.family = AF_INET;
	fx.local.bytes[0] = 192;
	fx.remote.bytes[0] = 198;
	fx.local.port = 4500;
	fx.remote.port = 40000;
	return fx;
}

static void test_sas(void **state)
{
	struct ike_fx_child fx = child(ENCR_AES_GCM_16, 256, 0, 36, 0);
	struct ipsecvif_sa sas[2];
	char err[256];

	(void)state;
	fx.esn = true;
	fx.encap = true;
	fx.hard_ms = 1;
	assert_int_equal(convert_sas(&fx, 128, sas, err, sizeof(err)), 0);
	assert_int_equal(sas[0].dir, IPSECVIF_DIR_IN);
	assert_int_equal(sas[0].spi, 0xd0000001);
	assert_int_equal(sas[0].src.bytes[0], 198);
	assert_int_equal(sas[0].dst.bytes[0], 192);
	assert_int_equal(sas[0].encap_sport, 40000);
	assert_int_equal(sas[0].encap_dport, 4500);
	assert_int_equal(sas[0].replay_window, 128);
	assert_ptr_equal(sas[0].aead.key, fx.encr_in.data);
	assert_int_equal(sas[1].spi, 0xc0000002);
	assert_int_equal(sas[1].src.bytes[0], 192);
	assert_int_equal(sas[1].encap_sport, 4500);
	assert_ptr_equal(sas[1].aead.key, fx.encr_out.data);
	assert_string_equal(sas[1].aead.name, "rfc4106(gcm(aes))");
	assert_int_equal(sas[1].aead.key_len, 36);
	assert_int_equal(sas[1].aead.icv_bits, 128);
	assert_int_equal(sas[1].flags, IPSECVIF_SA_F_ESN);
	/* A millisecond is a second, never "no limit". */
	assert_int_equal(sas[1].limits.time_hard, 1);

	fx = child(ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128, 16, 32);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), 0);
	assert_string_equal(sas[0].enc.name, "cbc(aes)");
	assert_string_equal(sas[0].auth.name, "hmac(sha256)");
	assert_int_equal(sas[0].auth.icv_bits, 128);
	assert_int_equal(sas[0].encap_sport, 0);

	/* What does not fit together. */
	fx = child(ENCR_AES_GCM_16, 256, 0, 32, 0);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), -1);
	fx = child(ENCR_AES_GCM_16, 256, INTEG_HMAC_SHA2_256_128, 36, 32);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), -1);
	fx = child(ENCR_AES_CBC, 256, 0, 32, 0);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), -1);
	fx = child(ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128, 32, 20);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), -1);
	fx = child(2, 0, INTEG_HMAC_SHA2_256_128, 8, 32); /* DES */
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), -1);

	fx = child(ENCR_3DES, 0, INTEG_HMAC_SHA2_256_128, 24, 32);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), 0);
	assert_true(sas[1].flags & IPSECVIF_SA_F_LEGACY);
	fx = child(ENCR_NULL, 0, INTEG_AES_CMAC_96, 0, 16);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), 0);
	assert_int_equal(sas[0].enc.key_len, 0);
	assert_false(sas[0].flags & IPSECVIF_SA_F_LEGACY);
	fx = child(ENCR_AES_CCM_16, 256, 0, 35, 0);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), 0);
	fx = child(ENCR_CHACHA20_POLY1305_IIV, 0, 0, 36, 0);
	assert_int_equal(convert_sas(&fx, 64, sas, err, sizeof(err)), 0);
	assert_string_equal(sas[0].aead.name, "rfc8750(chacha20,poly1305)");
}

static void test_algs(void **state)
{
	struct ipsecvif_alg alg = { .kind = IPSECVIF_ALG_AEAD,
				    .name = "rfc4106(gcm(aes))",
				    .key_bits = { 128, 256 },
				    .n_key_bits = 2,
				    .icv_bits = { 128 },
				    .n_icv_bits = 1 };
	struct ike_transform t[8];

	(void)state;
	assert_int_equal(convert_alg(&alg, t, 8), 2);
	assert_int_equal(t[0].id, ENCR_AES_GCM_16);
	assert_int_equal(t[1].key_bits, 256);
	assert_int_equal(convert_alg(&alg, t, 1), 1);
	strcpy(alg.name, "unheard(of)");
	assert_int_equal(convert_alg(&alg, t, 8), 0);
	alg = (struct ipsecvif_alg){ .kind = IPSECVIF_ALG_AUTH,
				     .name = "hmac(sha256)",
				     .key_bits = { 256 },
				     .n_key_bits = 1,
				     .icv_bits = { 128 },
				     .n_icv_bits = 1 };
	assert_int_equal(convert_alg(&alg, t, 8), 1);
	assert_int_equal(t[0].type, TR_INTEG);
	assert_int_equal(t[0].key_bits, 0);
	assert_int_equal(t[0].id, INTEG_HMAC_SHA2_256_128);
	alg.icv_bits[0] = 96;
	assert_int_equal(convert_alg(&alg, t, 8), 1);
	assert_int_equal(t[0].id, INTEG_HMAC_SHA2_256_96);
	/* A module with another ICV length has not what we would negotiate. */
	alg.icv_bits[0] = 256;
	assert_int_equal(convert_alg(&alg, t, 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes),  cmocka_unit_test(test_prefixes_cover),
		cmocka_unit_test(test_selectors), cmocka_unit_test(test_sas),
		cmocka_unit_test(test_algs),
	};

	return cmocka_run_group_tests_name("convert", tests, NULL, NULL);
}
