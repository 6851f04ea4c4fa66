// SPDX-License-Identifier: MIT
/*
 * IKE with EAP: by each method, refused, abandoned, with what else happens in IKE_AUTH.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "selftests/unit/ike_assert.h"
#include "selftests/unit/ike_eap_ends.h"
#include "tools/keyer/ike/v2.h"

/* Peer 0 is the client, peer 1 proves itself with a PSK first. */
static struct world *eap_world(uint8_t method, const char *password)
{
	struct world *w = world_new(3);

	w->peer[0].eap_conf = eap_client("alice", password, method);
	w->peer[1].eap_conf = eap_server(EAP_USERS, EAP_MSCHAPV2, EAP_MD5);
	w->peer[0].conf.local_auth = IKE_AUTH_EAP;
	w->peer[1].conf.remote_auth = IKE_AUTH_EAP;
	w->peer[1].conf.remote_id.type = IKE_ID_ANY;
	world_set(w, 0);
	world_set(w, 1);
	return w;
}

static void ike_up(struct world *w)
{
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(world_status(w, 0, IKE_ST_IKE_UP));
	assert_non_null(world_status(w, 1, IKE_ST_IKE_UP));
	assert_int_equal(world_pairs(w, 0), 1);
	assert_agree(w);
}

static void ike_eap(void **state)
{
	const uint8_t methods[] = { EAP_MSCHAPV2, EAP_MD5 };
	char id[64];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world *w = eap_world(methods[i], "secret of alice");

		ike_up(w);
		/* the gateway knows the peer by what EAP proved */
		ike_id_print(&world_status(w, 1, IKE_ST_IKE_UP)->peer_id, id, sizeof(id));
		assert_string_equal(id, "alice");
		assert_int_equal(w->peer[0].n_eap_end, 1);
		assert_int_equal(w->peer[1].n_eap_end, 1);
		world_rekey(w, 1, "");
		world_settle(w);
		world_rekey(w, 0, "lan");
		world_settle(w);
		assert_agree(w);
		world_free(w);
	}
}

static void ike_refused(void **state)
{
	const struct ike_fx_status *st;
	struct world *w = eap_world(EAP_MSCHAPV2, "wrong");

	(void)state;
	world_initiate(w, 0, "");
	world_settle(w);
	st = world_status(w, 0, IKE_ST_FAILED);
	assert_non_null(st);
	assert_int_equal(st->why, IKE_WHY_AUTH);
	st = world_status(w, 1, IKE_ST_FAILED);
	assert_non_null(st);
	assert_string_equal(st->text, "user alice gave a wrong password");
	assert_int_equal(w->peer[1].n_eap_end, 1);
	world_run(w, 600000);
	assert_agree(w);
	assert_true(world_idle(w));
	world_free(w);

	/* a gateway that does not prove itself gets no EAP packet of ours */
	w = eap_world(EAP_MSCHAPV2, "secret of alice");
	strcpy(w->peer[1].psk, "another");
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(world_status(w, 0, IKE_ST_FAILED));
	assert_int_equal(w->peer[0].n_eap, 0);
	world_free(w);

	/* a client with a PSK where EAP is wanted, and the other way round */
	w = eap_world(EAP_MSCHAPV2, "secret of alice");
	w->peer[0].conf.local_auth = IKE_AUTH_PSK;
	world_set(w, 0);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(strstr(world_status(w, 1, IKE_ST_FAILED)->text,
			       "by a pre-shared key, and remote-auth is EAP"));
	world_free(w);
	w = eap_world(EAP_MSCHAPV2, "secret of alice");
	w->peer[1].conf.remote_auth = IKE_AUTH_PSK;
	world_set(w, 1);
	world_initiate(w, 0, "");
	world_settle(w);
	assert_non_null(strstr(world_status(w, 1, IKE_ST_FAILED)->text,
			       "by EAP, and remote-auth is a pre-shared key"));
	world_free(w);
}

static void ppk_give(struct world *w, unsigned int i, const char *ppk, bool required)
{
	struct peer *p = &w->peer[i];

	p->conf.ppk_id_len = ppk ? 4 : 0;
	memcpy(p->conf.ppk_id, "ours", 4);
	p->conf.ppk_required = required;
	snprintf(p->ppk, sizeof(p->ppk), "%s", ppk ? ppk : "");
	world_set(w, i);
}

static bool mixed(struct world *w, unsigned int i)
{
	const struct sa *sa = world_sa(w, i);

	assert_null(sa->ppk);
	return sa->ppk_state == PPK_SURE;
}

/* RFC 8784: the post-quantum key comes in after EAP, with a key of the method or without. */
static void ike_ppk(void **state)
{
	const uint8_t methods[] = { EAP_MSCHAPV2, EAP_MD5 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world *w;

		for (unsigned int required = 0; required < 4; required++) {
			w = eap_world(methods[i], "secret of alice");
			ppk_give(w, 0, "sleep well", required & 1);
			ppk_give(w, 1, "sleep well", required & 2);
			ike_up(w);
			assert_true(mixed(w, 0) && mixed(w, 1));
			world_rekey(w, 0, "");
			world_settle(w);
			world_rekey(w, 1, "lan");
			world_settle(w);
			assert_agree(w);
			world_free(w);
		}
		/* one has none: without, unless one insists */
		for (unsigned int who = 0; who < 2; who++) {
			w = eap_world(methods[i], "secret of alice");
			ppk_give(w, who, "sleep well", false);
			ike_up(w);
			assert_false(mixed(w, 0) || mixed(w, 1));
			world_free(w);
			w = eap_world(methods[i], "secret of alice");
			ppk_give(w, who, "sleep well", true);
			world_initiate(w, 0, "");
			world_settle(w);
			assert_null(world_status(w, 0, IKE_ST_IKE_UP));
			assert_non_null(strstr(world_status(w, who, IKE_ST_FAILED)->text,
					       "post-quantum pre-shared key"));
			world_free(w);
		}
		/* another one under another name */
		w = eap_world(methods[i], "secret of alice");
		ppk_give(w, 0, "sleep well", false);
		ppk_give(w, 1, "sleep well", false);
		w->peer[1].conf.ppk_id[0] = 'x';
		world_set(w, 1);
		ike_up(w);
		assert_false(mixed(w, 0) || mixed(w, 1));
		world_free(w);
		/* ... or under the same */
		w = eap_world(methods[i], "secret of alice");
		ppk_give(w, 0, "sleep well", false);
		ppk_give(w, 1, "sleep badly", false);
		world_initiate(w, 0, "");
		world_settle(w);
		assert_null(world_status(w, 1, IKE_ST_IKE_UP));
		assert_int_equal(world_status(w, 1, IKE_ST_FAILED)->why, IKE_WHY_AUTH);
		world_free(w);
	}
}

/* A client that stops in the middle is forgotten, and one that dawdles, too. */
static void ike_abandoned(void **state)
{
	(void)state;
	for (unsigned int n = 2; n < 6; n++) {
		struct world *w = eap_world(EAP_MSCHAPV2, "secret of alice");
		unsigned int left = n;

		w->ctx = &left;
		w->filter = lose_from_caller;
		world_initiate(w, 0, "");
		world_run(w, 130000);
		assert_int_equal(world_sas(w, 1), 0);
		assert_int_equal(w->peer[1].n_eap_end, 1);
		assert_int_equal(world_pairs(w, 1), 0);
		assert_true(world_idle(w));
		world_free(w);
	}
}

/* RFC 5998: EAP proves both; but not by a password that might be guessed. */
static void ike_eap_only(void **state)
{
	struct party ca = eap_party("CN=CA", NULL, NULL);
	struct party gw = eap_party("CN=gw", "DNS:right.example.com", &ca);
	struct party other = eap_party("CN=gw", "DNS:other.example.com", &ca);
	struct party user = eap_party("CN=user", "email:user@example.com", &ca);
	struct world *w;

	(void)state;
	for (unsigned int tls = 0; tls < 3; tls++) {
		w = eap_world(EAP_MSCHAPV2, "secret of alice");
		if (tls) {
			eap_conf_put(w->peer[0].eap_conf);
			eap_conf_put(w->peer[1].eap_conf);
			w->peer[0].eap_conf = eap_tls_client("user@example.com", &user, &ca);
			w->peer[1].eap_conf = eap_tls_server(tls == 1 ? &gw : &other, &ca);
		}
		w->peer[0].conf.remote_auth = IKE_AUTH_EAP;
		w->peer[1].conf.eap_only = true;
		world_set(w, 0);
		world_set(w, 1);
		if (tls == 1) {
			ike_up(w);
		} else {
			world_initiate(w, 0, "");
			world_settle(w);
			assert_null(world_status(w, 0, IKE_ST_IKE_UP));
			assert_non_null(strstr(world_status(w, 0, IKE_ST_FAILED)->text,
					       "too weak for that"));
		}
		world_free(w);
	}
	party_free(&ca);
	party_free(&gw);
	party_free(&other);
	party_free(&user);
}

static struct world *mangled_begin(uint64_t seed)
{
	(void)seed;
	return eap_world(EAP_MSCHAPV2, "secret of alice");
}

static void mangled_run(struct world *w)
{
	world_initiate(w, 0, "");
	world_run(w, 20000);
	assert_pairs(w, 1);
}

/* Each datagram in turn is lost, or comes twice. */
static void ike_mangled(void **state)
{
	(void)state;
	for (unsigned int twice = 0; twice < 2; twice++)
		assert_true(mangle_each(twice, mangled_begin, mangled_run) > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ike_eap),	cmocka_unit_test(ike_refused),
		cmocka_unit_test(ike_eap_only), cmocka_unit_test(ike_abandoned),
		cmocka_unit_test(ike_ppk),	cmocka_unit_test(ike_mangled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
