// SPDX-License-Identifier: MIT
/* What the ike process sends of our certificates, in the first round and in the second. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "selftests/unit/ike_ca.h"
#include "tools/keyer/trust.h"

enum {
	CONN = 7
};

static void file_add(struct trust *trust, enum message_trust_use use, const struct party *p)
{
	struct message_trust_file file = { .conn = CONN, .use = (uint8_t)use, .path = "test.pem" };
	struct pki_bundle *b = bundle(&p, 1);
	struct pki_blob der = pki_bundle_der(b, 0);
	int fd = memfd_create("certificate", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, der.p, der.len), der.len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	trust_add(trust, &file, fd);
	close(fd);
	pki_bundle_put(b);
}

static void assert_sends(struct trust *trust, bool second, const struct party *p)
{
	struct pki_bundle *b = p ? bundle(&p, 1) : NULL;
	const uint8_t *der = NULL;
	size_t len = trust_certificate(trust, CONN, second, 0, &der);

	if (!b) {
		assert_int_equal(len, 0);
		return;
	}
	assert_int_equal(len, pki_bundle_der(b, 0).len);
	assert_memory_equal(der, pki_bundle_der(b, 0).p, len);
	assert_int_equal(trust_certificate(trust, CONN, second, 1, &der), 0);
	pki_bundle_put(b);
}

static void second_round(void **state)
{
	struct message_trust set = { .conn = CONN, .name = "t" };
	struct trust *trust = trust_new();
	struct tree t;

	(void)state;
	tree_grow(&t, (struct wish){ 0 });
	/* one key for both, and its certificate */
	trust_begin(trust, &set);
	file_add(trust, TRUST_OWN, &t.leaf);
	assert_sends(trust, false, &t.leaf);
	assert_sends(trust, true, &t.leaf);
	/* another key, with a certificate, and as a raw public key */
	set.key2 = true;
	trust_begin(trust, &set);
	file_add(trust, TRUST_OWN, &t.leaf);
	file_add(trust, TRUST_OWN2, &t.stranger);
	assert_sends(trust, false, &t.leaf);
	assert_sends(trust, true, &t.stranger);
	trust_begin(trust, &set);
	file_add(trust, TRUST_OWN, &t.leaf);
	assert_sends(trust, false, &t.leaf);
	assert_sends(trust, true, NULL);
	/* and nothing of another connection */
	trust_forget(trust, CONN);
	assert_sends(trust, false, NULL);
	tree_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(second_round),
	};

	return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
