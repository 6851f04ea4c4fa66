// SPDX-License-Identifier: GPL-2.0-only
/*
 * Included by selector.c: what the index finds among selectors at random is what one
 * finds who looks at each of them.
 */
#include <linux/printk.h>
#include <linux/random.h>

enum index_test {
	INDEX_TEST_SELECTORS = 120,
	INDEX_TEST_FLOWS = 300,
	INDEX_TEST_ROUNDS = 6,
};

/* Few bits differ, so that much overlaps. */
static struct ipsecvif_addr index_test_addr(u8 family)
{
	u32 bits = get_random_u32() & get_random_u32() & 0x03010301;
	struct ipsecvif_addr addr = { .family = family };

	if (family == AF_INET) {
		addr.v4 = htonl(bits);
	} else {
		addr.v6.s6_addr32[0] = htonl(bits & 0xffff0000);
		addr.v6.s6_addr32[3] = htonl(bits & 0xffff);
	}
	return addr;
}

static struct ipsecvif_range index_test_range(u8 family)
{
	struct ipsecvif_addr a = index_test_addr(family), b = index_test_addr(family);
	unsigned int bits = ipsecvif_addr_bits(family), prefix = get_random_u32() % 5 * bits / 4;
	struct ipsecvif_range range;

	if (get_random_u32() % 4) {
		ipsecvif_addr_prefix(&b, &a, prefix);
		ipsecvif_range_set_prefix(&range, &b, prefix);
		return range;
	}
	range.min = ipsecvif_addr_cmp(&a, &b) < 0 ? a : b;
	range.max = ipsecvif_addr_cmp(&a, &b) < 0 ? b : a;
	return range;
}

static struct ipsecvif_ts index_test_ts(void)
{
	u8 family = get_random_u32() % 2 ? AF_INET : AF_INET6;
	struct ipsecvif_ts ts = {
		.src = index_test_range(family),
		.dst = index_test_range(family),
		.sport.max = U16_MAX,
		.dport.max = U16_MAX,
	};

	if (get_random_u32() % 3)
		return ts;
	ts.proto = get_random_u32() % 2 ? IPPROTO_TCP : IPPROTO_UDP;
	if (get_random_u32() % 2) {
		ts.dport.min = get_random_u32() % 8;
		ts.dport.max = ts.dport.min + get_random_u32() % 8;
	}
	return ts;
}

static struct ipsecvif_flow index_test_flow(void)
{
	u8 family = get_random_u32() % 2 ? AF_INET : AF_INET6;

	return (struct ipsecvif_flow){
		.src = index_test_addr(family),
		.dst = index_test_addr(family),
		.proto = get_random_u32() % 2 ? IPPROTO_TCP : IPPROTO_UDP,
		.has_upper = get_random_u32() % 4,
		.dport = get_random_u32() % 16,
	};
}

static bool index_test_any(const struct ipsecvif_selector *sel, const void *arg)
{
	return true;
}

static bool index_test_ambiguous(struct ipsecvif_dev *vif)
{
	struct ipsecvif_ts ts = index_test_ts();
	struct ipsecvif_selector *sel;
	bool wanted = false;

	list_for_each_entry(sel, &vif->selectors, on_dev)
		wanted |= ipsecvif_ts_ambiguous(&sel->ts, &ts);
	return !ipsecvif_index_ambiguous(vif, &ts, index_test_any, NULL) == !wanted;
}

static bool index_test_match(struct ipsecvif_dev *vif)
{
	struct ipsecvif_flow flow = index_test_flow();
	struct ipsecvif_selector *sel, *wanted = NULL;
	bool ok;

	list_for_each_entry(sel, &vif->selectors, on_dev)
		if (!wanted && ipsecvif_ts_match(&sel->ts, &flow))
			wanted = sel;
	rcu_read_lock();
	ok = ipsecvif_index_match(vif, &flow) == wanted;
	rcu_read_unlock();
	return ok;
}

static bool index_test_order(struct ipsecvif_dev *vif)
{
	struct ipsecvif_selector *sel, *prev = NULL;

	list_for_each_entry(sel, &vif->selectors, on_dev) {
		if (prev && ipsecvif_ts_cmp(&prev->ts, &sel->ts) >= 0)
			return false;
		prev = sel;
	}
	return true;
}

/* Everything that is asked of the index, with the selectors that there are. */
static bool index_test_ask(struct ipsecvif_dev *vif)
{
	bool ok = index_test_order(vif);
	int i;

	for (i = 0; i < INDEX_TEST_FLOWS && ok; i++)
		ok = index_test_match(vif) && index_test_ambiguous(vif);
	if (!ok)
		pr_err("selftest: index: wrong among %u selectors\n", vif->selector_count);
	return ok;
}

static bool index_test_add(struct ipsecvif_dev *vif)
{
	struct ipsecvif_ts ts = index_test_ts();
	struct ipsecvif_selector *sel = ipsecvif_selector_new(vif, &ts);

	if (!sel)
		return false;
	if (ipsecvif_selector_find(vif, &ts)) {
		ipsecvif_selector_free(vif, sel);
		return true;
	}
	spin_lock_bh(&ipsecvif_net(vif->net)->lock);
	ipsecvif_selector_link(vif, sel);
	spin_unlock_bh(&ipsecvif_net(vif->net)->lock);
	return ipsecvif_selector_find(vif, &ts) == sel;
}

static void index_test_del(struct ipsecvif_dev *vif)
{
	struct ipsecvif_selector *sel, *next;

	spin_lock_bh(&ipsecvif_net(vif->net)->lock);
	list_for_each_entry_safe(sel, next, &vif->selectors, on_dev)
		if (get_random_u32() % 2)
			ipsecvif_selector_unlink(vif, sel);
	spin_unlock_bh(&ipsecvif_net(vif->net)->lock);
}

static bool index_test_run(struct ipsecvif_dev *vif)
{
	bool ok = true;
	int i;

	for (i = 0; i < INDEX_TEST_SELECTORS && ok; i++)
		ok = index_test_add(vif);
	for (i = 0; i < INDEX_TEST_ROUNDS && ok; i++) {
		ok = index_test_ask(vif);
		index_test_del(vif);
	}
	return ok;
}

/**
 * ipsecvif_index_selftest() - check the index of a device that nobody sees
 *
 * Context: process, with the namespaces' parts in place.
 * Return: true if all is well; else each failure is in the log.
 */
bool ipsecvif_index_selftest(void)
{
	struct ipsecvif_dev *vif = kzalloc(sizeof(*vif), GFP_KERNEL);
	struct ipsecvif_net *inet = ipsecvif_net(&init_net);
	bool ok = false;

	if (!vif)
		return false;
	vif->net = &init_net;
	INIT_LIST_HEAD(&vif->selectors);
	ipsecvif_holds_init(vif);
	if (!ipsecvif_index_init(&vif->index)) {
		ok = index_test_run(vif);
		spin_lock_bh(&inet->lock);
		ipsecvif_selector_flush(vif);
		spin_unlock_bh(&inet->lock);
		ipsecvif_index_destroy(&vif->index);
	}
	ipsecvif_holds_exit(vif);
	synchronize_rcu();
	kfree(vif);
	return ok;
}
