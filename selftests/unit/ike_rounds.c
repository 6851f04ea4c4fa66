// SPDX-License-Identifier: MIT
/*
 * Two rounds of authentication (RFC 4739): every pair of what each side can prove
 * itself by, what is missing or too much, and what else happens in IKE_AUTH.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "selftests/unit/ike_assert.h"
#include "selftests/unit/ike_eap_ends.h"
#include "tools/keyer/ike/v2.h"

#define PSK IKE_AUTH_PSK
#define SIG IKE_AUTH_SIGNATURE
#define EAP IKE_AUTH_EAP

struct rounds {
	uint8_t first, second;
};

/* Identities of the second rounds: ours, the other's. */
static struct ike_id ids[PEERS][2];

static const struct rounds callers[] = { { PSK, SIG }, { SIG, PSK }, { SIG, SIG }, { SIG, EAP },
					 { PSK, EAP }, { EAP, PSK }, { EAP, SIG }, { PSK, 0 },
					 { SIG, 0 },   { EAP, 0 } };
static const struct rounds gateways[] = { { PSK, 0 }, { SIG, 0 }, { PSK, SIG }, { SIG, PSK } };

/* Of both peers, and one more of the caller. */
enum {
	KEYS = PEERS + 1
};

static struct pki_key *keys[KEYS];
static struct pki_bundle *pubs[KEYS];

static int keys_make(void **state)
{
	char why[256];

	(void)state;
	for (unsigned int i = 0; i < KEYS; i++) {
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
		uint8_t *private = NULL, *public = NULL;
		int n = i2d_PrivateKey(key, &private), m = i2d_PUBKEY(key, &public);

		keys[i] = pki_key_read(private, (size_t)n, why, sizeof(why));
		pubs[i] = pki_bundle_read(PKI_PUBKEY, public, (size_t)m, why, sizeof(why));
		OPENSSL_free(private);
		OPENSSL_free(public);
		EVP_PKEY_free(key);
	}
	return !keys[0] || !keys[1] || !keys[2] || !pubs[0] || !pubs[1] || !pubs[2];
}

static int keys_free(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < KEYS; i++) {
		pki_key_free(keys[i]);
		pki_bundle_put(pubs[i]);
	}
	return 0;
}

static void id_set(struct ike_id *id, const char *text)
{
	char err[128];

	assert_int_equal(ike_id_parse(text, id, err, sizeof(err)), 0);
}

/* Peer 0 calls, and proves itself by @a; peer 1 by @b. Each knows what to expect. */
static struct world *world_of(struct rounds a, struct rounds b)
{
	struct world *w = world_new(11);
	struct ike_conn_conf *c = &w->peer[0].conf, *g = &w->peer[1].conf;

	c->local_auth = g->remote_auth = a.first;
	c->local_auth2 = g->remote_auth2 = a.second;
	c->remote_auth = g->local_auth = b.first;
	c->remote_auth2 = g->local_auth2 = b.second;
	c->n_ids2 = g->n_ids2 = 2;
	c->ids2 = ids[0];
	g->ids2 = ids[1];
	id_set(&ids[0][0], "alice@example.com");
	id_set(&ids[1][1], "alice@example.com");
	id_set(&ids[1][0], "second.example.com");
	id_set(&ids[0][1], "second.example.com");
	w->peer[0].eap_conf = eap_client("alice", "secret of alice", EAP_MSCHAPV2);
	w->peer[1].eap_conf = eap_server(EAP_USERS, EAP_MSCHAPV2, 0);
	for (unsigned int i = 0; i < PEERS; i++) {
		w->peer[i].key = keys[i];
		w->peer[i].trust.pubkey = (struct pki_list){ .n = 1, .b = { pubs[!i] } };
		world_set(w, i);
	}
	return w;
}

static void assert_up(struct world *w)
{
	assert_agree(w);
	for (unsigned int i = 0; i < PEERS; i++) {
		const struct ike_fx_status *st = world_status(w, i, IKE_ST_FAILED);

		if (!world_status(w, i, IKE_ST_IKE_UP))
			fail_msg("%u: %s", i, st ? st->text : "not up");
		assert_int_equal(world_pairs(w, i), 1);
		assert_null(world_sa(w, i)->rounds);
		assert_null(world_sa(w, i)->eap);
	}
	assert_int_equal(w->peer[0].ike->half_open + w->peer[1].ike->half_open, 0);
}

static void every_pair(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(callers) / sizeof(*callers); i++) {
		for (size_t k = 0; k < sizeof(gateways) / sizeof(*gateways); k++) {
			struct world *w = world_of(callers[i], gateways[k]);
			bool eap = callers[i].first == EAP || callers[i].second == EAP;

			world_initiate(w, 0, "");
			world_settle(w);
			assert_up(w);
			assert_int_equal(w->peer[1].n_eap > 0, eap);
			assert_int_equal(w->peer[1].n_eap_end, eap);
			world_rekey(w, 1, "");
			world_settle(w);
			world_rekey(w, 0, "lan");
			world_settle(w);
			assert_agree(w);
			world_free(w);
		}
	}
}

static void ppk_give(struct world *w, unsigned int i, const char *ppk, bool required)
{
	struct peer *p = &w->peer[i];

	p->conf.ppk_id_len = 4;
	memcpy(p->conf.ppk_id, "ours", 4);
	p->conf.ppk_required = required;
	snprintf(p->ppk, sizeof(p->ppk), "%s", ppk);
	world_set(w, i);
}

/* A post-quantum key (RFC 8784) goes with the first AUTH of the caller, whichever round that ends. */
static void with_ppk(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(callers) / sizeof(*callers); i++) {
		for (size_t k = 0; k < sizeof(gateways) / sizeof(*gateways); k++) {
			for (unsigned int have = 1; have < 4; have++) {
				struct world *w = world_of(callers[i], gateways[k]);

				for (unsigned int who = 0; who < PEERS; who++) {
					if (have & 1U << who)
						ppk_give(w, who, "sleep well", have == 3);
				}
				world_initiate(w, 0, "");
				world_settle(w);
				assert_up(w);
				for (unsigned int who = 0; who < PEERS; who++) {
					assert_int_equal(world_sa(w, who)->ppk_state == PPK_SURE,
							 have == 3);
					assert_null(world_sa(w, who)->ppk);
				}
				assert_memory_equal(world_sa(w, 0)->keys.d, world_sa(w, 1)->keys.d,
						    32);
				world_rekey(w, 1, "");
				world_settle(w);
				world_rekey(w, 0, "lan");
				world_settle(w);
				assert_null(world_agree(w));
				world_free(w);
			}
		}
	}
}

/* Nothing is installed, and side @i says so in these words. */
static void refused(struct world *w, unsigned int i, const char *words)
{
	const struct ike_fx_status *st;

	world_initiate(w, 0, "");
	world_settle(w);
	world_run(w, 600000);
	assert_null(world_status(w, i, IKE_ST_CHILD_UP));
	for (unsigned int k = 0; k < PEERS; k++)
		assert_int_equal(world_pairs(w, k), 0);
	st = world_status(w, i, IKE_ST_FAILED);
	assert_non_null(st);
	if (!strstr(st->text, words))
		fail_msg("%s", st->text);
	assert_true(world_idle(w));
	world_free(w);
}

static void a_round_is_missing(void **state)
{
	static const struct rounds whole[] = { { PSK, SIG }, { SIG, PSK }, { EAP, PSK } };
	struct world *w;

	(void)state;
	for (size_t i = 0; i < 3; i++) { /* of the caller */
		w = world_of(whole[i], (struct rounds){ PSK, 0 });
		w->peer[0].conf.local_auth2 = 0;
		world_set(w, 0);
		refused(w, 1, "the second round of authentication, ");
	}
	w = world_of((struct rounds){ SIG, EAP }, (struct rounds){ PSK, 0 });
	w->peer[0].conf.local_auth2 = 0;
	world_set(w, 0);
	refused(w, 1, "by a signature alone: the second round of authentication, EAP, is missing");
	/* of the gateway, which knows of such, or does not */
	w = world_of((struct rounds){ SIG, EAP }, (struct rounds){ PSK, SIG });
	w->peer[1].conf.local_auth2 = 0;
	world_set(w, 1);
	refused(w, 0, "the second round of authentication, a signature, is missing");
	w = world_of((struct rounds){ PSK, 0 }, (struct rounds){ PSK, SIG });
	w->peer[1].conf.local_auth2 = 0;
	world_set(w, 1);
	refused(w, 0, "the peer knows no second round of authentication (RFC 4739)");
	/* a gateway that wants to prove itself twice, to who knows of once */
	w = world_of((struct rounds){ PSK, 0 }, (struct rounds){ PSK, SIG });
	w->peer[0].conf.remote_auth2 = 0;
	world_set(w, 0);
	refused(w, 1, "the peer knows no second round of authentication (RFC 4739)");
}

static bool third_round(struct world *w, struct item *it)
{
	struct sa *sa = world_sa(w, 0);

	/* the second round is on its way: have it announced as if it were the first */
	if (it->to == 1 && sa && sa->rounds && sa->rounds->mine == 1)
		sa->rounds->mine = 0;
	return true;
}

static void a_round_too_many(void **state)
{
	struct world *w = world_of((struct rounds){ PSK, SIG }, (struct rounds){ PSK, SIG });

	(void)state;
	w->peer[1].conf.remote_auth2 = 0;
	world_set(w, 1);
	refused(w, 1, "wants a second round of authentication (RFC 4739), and remote-auth2");
	w = world_of((struct rounds){ PSK, 0 }, (struct rounds){ PSK, SIG });
	w->peer[0].conf.remote_auth2 = 0;
	w->peer[0].conf.local_auth2 = PSK;
	w->peer[1].conf.remote_auth2 = PSK;
	world_set(w, 0);
	world_set(w, 1);
	refused(w, 0, "wants a second round of authentication (RFC 4739), and remote-auth2");
	w = world_of((struct rounds){ PSK, PSK }, (struct rounds){ PSK, 0 });
	ids[1][1].type = IKE_ID_ANY;
	world_set(w, 1);
	w->filter = third_round;
	refused(w, 1, "wants a third round of authentication");
}

/* One of another name is done without; one of the same name must be the same. */
static void other_ppk(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(callers) / sizeof(*callers); i++) {
		struct world *w = world_of(callers[i], gateways[2]);

		ppk_give(w, 0, "sleep well", false);
		ppk_give(w, 1, "sleep badly", false);
		w->peer[1].conf.ppk_id[0] = 'x';
		world_set(w, 1);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_up(w);
		assert_int_equal(world_sa(w, 0)->ppk_state, PPK_NONE);
		world_free(w);
		w = world_of(callers[i], gateways[2]);
		ppk_give(w, 0, "sleep well", false);
		ppk_give(w, 1, "sleep badly", false);
		refused(w, 1, "");
	}
}

static void second_identity(void **state)
{
	struct world *w = world_of((struct rounds){ SIG, EAP }, (struct rounds){ PSK, SIG });

	(void)state;
	id_set(&ids[0][0], "bob@example.com");
	world_set(w, 0);
	refused(w, 1,
		"calls itself bob@example.com in its second round of authentication, and "
		"remote-id2 is alice@example.com");
	w = world_of((struct rounds){ PSK, 0 }, (struct rounds){ PSK, SIG });
	id_set(&ids[1][0], "other.example.com");
	world_set(w, 1);
	refused(w, 0, "calls itself other.example.com in its second round");
	/* without one of its own the second round is under the name of the first */
	w = world_of((struct rounds){ PSK, SIG }, (struct rounds){ SIG, PSK });
	for (unsigned int i = 0; i < PEERS; i++) {
		ids[i][0].type = IKE_ID_ANY;
		ids[i][1] = w->peer[i].conf.remote_id;
		world_set(w, i);
	}
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	world_free(w);
}

static void second_secret(void **state)
{
	struct world *w = world_of((struct rounds){ SIG, PSK }, (struct rounds){ SIG, 0 });

	(void)state;
	strcpy(w->peer[0].psk, "wrong");
	refused(w, 1, "used a pre-shared key that differs from ours");
	w = world_of((struct rounds){ PSK, SIG }, (struct rounds){ PSK, 0 });
	w->peer[0].key = keys[1];
	refused(w, 1, "signature");
	w = world_of((struct rounds){ PSK, 0 }, (struct rounds){ PSK, SIG });
	w->peer[1].key = keys[0];
	refused(w, 0, "signature");
	w = world_of((struct rounds){ SIG, EAP }, (struct rounds){ PSK, SIG });
	eap_conf_put(w->peer[0].eap_conf);
	w->peer[0].eap_conf = eap_client("alice", "wrong", EAP_MSCHAPV2);
	refused(w, 1, "user alice gave a wrong password");
	/* another way than configured */
	w = world_of((struct rounds){ PSK, 0 }, (struct rounds){ PSK, 0 });
	w->peer[0].conf.remote_auth = EAP;
	world_set(w, 0);
	refused(w, 0, "by a pre-shared key, and remote-auth is EAP");
	w = world_of((struct rounds){ PSK, SIG }, (struct rounds){ PSK, 0 });
	w->peer[0].conf.local_auth2 = EAP;
	world_set(w, 0);
	refused(w, 1, "by EAP, and remote-auth2 is a signature");
}

/* Two keys, of a machine and its user: each round has its own. */
static void two_keys(void **state)
{
	struct world *w;

	(void)state;
	for (unsigned int known = 0; known < 2; known++) {
		w = world_of((struct rounds){ SIG, SIG }, (struct rounds){ PSK, 0 });
		w->peer[0].key2 = keys[2];
		if (known)
			w->peer[1].trust.pubkey.b[w->peer[1].trust.pubkey.n++] = pubs[2];
		if (!known) {
			refused(w, 1, "signature");
			continue;
		}
		world_initiate(w, 0, "");
		world_settle(w);
		assert_up(w);
		world_free(w);
	}
	/* the key of the second round does not do for the first */
	w = world_of((struct rounds){ SIG, PSK }, (struct rounds){ PSK, 0 });
	w->peer[0].key2 = keys[0];
	w->peer[0].key = keys[2];
	refused(w, 1, "signature");
}

static struct world *mangled_begin(uint64_t seed)
{
	struct world *w = world_of((struct rounds){ SIG, EAP }, (struct rounds){ PSK, SIG });

	(void)seed;
	w->peer[0].conf.fragment_size = w->peer[1].conf.fragment_size = 576;
	world_set(w, 0);
	world_set(w, 1);
	return w;
}

static void mangled_run(struct world *w)
{
	world_initiate(w, 0, "");
	world_run(w, 20000);
	assert_up(w);
}

/* Each datagram in turn is lost, or comes twice. */
static void mangled(void **state)
{
	(void)state;
	for (unsigned int twice = 0; twice < 2; twice++)
		assert_true(mangle_each(twice, mangled_begin, mangled_run) > 12);
}

/* A caller that stops in the middle is forgotten. */
static void abandoned(void **state)
{
	(void)state;
	for (unsigned int n = 2; n < 7; n++) {
		struct world *w =
			world_of((struct rounds){ SIG, EAP }, (struct rounds){ PSK, SIG });
		unsigned int left = n;

		w->ctx = &left;
		w->filter = lose_from_caller;
		world_initiate(w, 0, "");
		world_run(w, 130000);
		assert_int_equal(world_sas(w, 1), 0);
		assert_int_equal(world_pairs(w, 1), 0);
		assert_int_equal(w->peer[1].ike->half_open, 0);
		assert_true(world_idle(w));
		world_free(w);
	}
}

/* IKE_INTERMEDIATE, an address from the pool, no child at first: all at once. */
static void beside_others(void **state)
{
	struct rounds a = { SIG, EAP }, b = { PSK, SIG };

	(void)state;
	for (unsigned int childless = 0; childless < 2; childless++) {
		struct world *w = world_of(a, b);
		struct ike_addr_range *pool = &w->peer[1].room.pool[0];

		for (unsigned int i = 0; i < PEERS; i++)
			world_propose(w, i, PROTO_IKE, "aes256gcm16-prfsha256-x25519-ke1_ecp256");
		w->peer[0].conf.request = 1;
		w->peer[0].conf.mobike = w->peer[1].conf.mobike = true;
		w->peer[0].conf.childless = childless ? IKE_CHILDLESS_PREFER : IKE_CHILDLESS_ALLOW;
		w->peer[0].room.children[0].n_local = w->peer[1].room.children[0].n_remote = 0;
		w->peer[1].conf.n_pool = 1;
		*pool = (struct ike_addr_range){ .family = AF_INET,
						 .min = { 10, 9, 0, 1 },
						 .max = { 10, 9, 0, 9 } };
		world_set(w, 0);
		world_set(w, 1);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_up(w);
		assert_int_equal(w->peer[0].config.addr[0].bytes[1], 9);
		assert_true(world_sa(w, 0)->addke_done && world_sa(w, 0)->mobike);
		world_free(w);
	}
}

/* Anew, make before break, with all rounds. */
static void reauthenticated(void **state)
{
	struct world *w = world_of((struct rounds){ SIG, EAP }, (struct rounds){ SIG, PSK });
	unsigned int n;

	(void)state;
	w->peer[0].conf.reauth = 100000;
	world_set(w, 0);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_up(w);
	n = w->peer[1].n_eap;
	world_run(w, 120000);
	assert_true(w->peer[1].n_eap >= 2 * n);
	assert_null(world_status(w, 0, IKE_ST_CHILD_DOWN));
	assert_agree(w);
	assert_int_equal(world_sas(w, 0), 1);
	world_free(w);
}

/* Of two connections that fit the same peer, the one whose rounds these are. */
static void which_connection(void **state)
{
	(void)state;
	for (unsigned int two = 0; two < 2; two++) {
		struct world *w =
			world_of((struct rounds){ PSK, two ? SIG : 0 }, (struct rounds){ PSK, 0 });
		struct ike_conn_conf other = w->peer[1].conf;
		struct ike_event ev = { .type = IKE_EV_CONN_SET, .u.conf = &other };

		other.id = 7;
		snprintf(other.name, sizeof(other.name), "other");
		other.remote_auth2 = two ? 0 : SIG;
		world_event(w, 1, &ev);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_up(w);
		assert_int_equal(world_sa(w, 1)->conn_id, w->peer[1].conf.id);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair),	    cmocka_unit_test(a_round_is_missing),
		cmocka_unit_test(a_round_too_many), cmocka_unit_test(second_identity),
		cmocka_unit_test(second_secret),    cmocka_unit_test(two_keys),
		cmocka_unit_test(mangled),	    cmocka_unit_test(abandoned),
		cmocka_unit_test(beside_others),    cmocka_unit_test(reauthenticated),
		cmocka_unit_test(which_connection), cmocka_unit_test(with_ppk),
		cmocka_unit_test(other_ppk),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
