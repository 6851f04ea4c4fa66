// SPDX-License-Identifier: MIT
/*
 * A plugin for QEMU: how many instructions the guest's kernel executed, by the
 * address of the piece of code. selftests/bench/profile makes functions of them.
 *
 *	qemu-system-x86_64 -plugin insns.so,out=OUT ...
 *
 * Only what a version 1 plugin needs is declared here, as Debian packages no
 * header for it.
 */
#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
typedef uint64_t qemu_plugin_id_t;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t id,
						      struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *ptr,
					      uint64_t imm);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
				    void (*cb)(qemu_plugin_id_t id, void *data), void *data);

int qemu_plugin_version = 1;
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

#define KERNEL_BASE 0xffff800000000000ULL
#define INLINE_ADD_U64 0

/* A piece of code; one that was translated anew goes on counting. */
struct piece {
	uint64_t address;
	uint64_t count;
};

static void *pieces;
static FILE *out;

static int piece_compare(const void *a, const void *b)
{
	const struct piece *one = a, *other = b;

	return one->address < other->address ? -1 : one->address > other->address;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct piece *piece, **known;

	(void)id;
	if (qemu_plugin_tb_vaddr(tb) < KERNEL_BASE)
		return;
	piece = calloc(1, sizeof(*piece));
	if (!piece)
		abort();
	piece->address = qemu_plugin_tb_vaddr(tb);
	known = tsearch(piece, &pieces, piece_compare);
	if (!known)
		abort();
	if (*known != piece)
		free(piece);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &(*known)->count,
						 qemu_plugin_tb_n_insns(tb));
}

static void print(const void *node, VISIT visit, int depth)
{
	const struct piece *piece = *(struct piece *const *)node;

	(void)depth;
	if ((visit == postorder || visit == leaf) && piece->count)
		fprintf(out, "%" PRIx64 " %" PRIu64 "\n", piece->address, piece->count);
}

static void over(qemu_plugin_id_t id, void *data)
{
	(void)id;
	(void)data;
	twalk(pieces, print);
	fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4) != 0)
		return -1;
	out = fopen(argv[0] + 4, "w");
	if (!out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, over, NULL);
	return 0;
}
