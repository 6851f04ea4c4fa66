// SPDX-License-Identifier: MIT
/*
 * EAP-TLS. The first byte says how:
 *  - bit 1 clear: bit 0 says who we are, the server or the client, and the peer says what
 *    it likes: packets, each after its length of two bytes;
 *  - bit 1 set: two of ours talk, and who is between them does what the rest says, five
 *    bytes for each deed: the packet's number, what is done, where (two bytes), a value.
 * Bit 2 set: with TLS 1.2, and not 1.3, which ends otherwise.
 * The random numbers of TLS differ from run to run, so that the first gets no further
 * than what does not depend on them; the second gets to the end, and then both must have
 * the same key.
 */
#include <stdlib.h>
#include <string.h>

#include "selftests/fuzz/eap_peer.h"
#include "selftests/fuzz/fuzz.h"
#include "selftests/fuzz/tls_ends.h"

enum {
	AS_SERVER = 1,
	BETWEEN = 2,
	TLS12 = 4,
	DEED_LEN = 5,
	FLAGS_AT = 5, /* of EAP-TLS, behind EAP's header and type */
};

enum deed {
	DEED_XOR,
	DEED_SET,
	DEED_FLAGS,
	DEED_CUT,
	DEED_GROW,
	DEED_AGAIN, /* the packet before it, once more */
	DEED_ZERO,
	DEEDS
};

struct packet {
	size_t len;
	uint8_t data[EAP_PACKET_MAX];
};

static void deed_do(struct packet *p, const struct packet *before, const uint8_t *deed)
{
	size_t at = (size_t)(deed[2] << 8 | deed[3]);

	switch ((enum deed)(deed[1] % DEEDS)) {
	case DEED_XOR:
		if (at < p->len)
			p->data[at] ^= deed[4];
		break;
	case DEED_SET:
		if (at < p->len)
			p->data[at] = deed[4];
		break;
	case DEED_FLAGS:
		if (p->len > FLAGS_AT)
			p->data[FLAGS_AT] = deed[4];
		break;
	case DEED_CUT:
		if (at < p->len)
			p->len = at;
		break;
	case DEED_GROW:
		for (at %= EAP_PACKET_MAX; at && p->len < EAP_PACKET_MAX; at--)
			p->data[p->len++] = deed[4];
		break;
	case DEED_AGAIN:
		*p = *before;
		break;
	case DEED_ZERO:
	case DEEDS:
		if (at < p->len)
			memset(p->data + at, 0, p->len - at);
		break;
	}
	if ((deed[1] & 0x80) == 0)
		eap_length_set(p->data, p->len);
}

static void between(const uint8_t *data, size_t size, bool tls13)
{
	struct eap *ends[2] = { tls_end(false, tls13), tls_end(true, tls13) };
	enum eap_status status[2] = { EAP_CONTINUE, EAP_CONTINUE };
	struct packet p = { 0 }, next, before[2] = { 0 };
	bool to = false;
	size_t i;

	status[1] = eap_step(ends[1], NULL, 0, p.data, &p.len);
	for (unsigned int n = 0; p.len && n < 4 * EAP_ROUNDS_MAX; n++, to = !to) {
		for (i = 0; i + DEED_LEN <= size; i += DEED_LEN) {
			if (data[i] == n)
				deed_do(&p, &before[to], data + i);
		}
		before[to] = p;
		next.len = 0;
		status[to] = eap_step(ends[to], p.data, p.len, next.data, &next.len);
		if (next.len > EAP_PACKET_MAX)
			abort();
		p = next;
		if (status[to] != EAP_CONTINUE && (status[to] == EAP_FAILURE || !to))
			break;
	}
	/* who succeeds has a key; and both the same, whatever was done to the packets */
	if (status[1] == EAP_SUCCESS && !eap_msk(ends[1]))
		abort();
	if (status[0] == EAP_SUCCESS && !eap_msk(ends[0]))
		abort();
	if (status[0] == EAP_SUCCESS && status[1] == EAP_SUCCESS &&
	    memcmp(eap_msk(ends[0]), eap_msk(ends[1]), EAP_MSK_LEN) != 0)
		abort();
	/* nothing was done: it works */
	if (!size && status[0] != EAP_SUCCESS)
		abort();
	eap_free(ends[0]);
	eap_free(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool server, tls13;

	if (size < 1)
		return 0;
	server = data[0] & AS_SERVER;
	tls13 = !(data[0] & TLS12);
	if (data[0] & BETWEEN)
		between(data + 1, size - 1, tls13);
	else
		eap_peer_talk(tls_end(server, tls13), server, 2, data + 1, size - 1);
	return 0;
}
