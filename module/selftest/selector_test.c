// SPDX-License-Identifier: GPL-2.0-only
/* Included by selector.c: what matches, and what is met first. */
#include <linux/inet.h>
#include <linux/printk.h>

#define EXPECT(condition)                                                                  \
	do {                                                                               \
		if (!(condition)) {                                                        \
			pr_err("selftest: selector: %s, line %d\n", #condition, __LINE__); \
			ok = false;                                                        \
		}                                                                          \
	} while (0)

static struct ipsecvif_addr test_addr(const char *text)
{
	struct ipsecvif_addr addr = {};

	if (in4_pton(text, -1, (u8 *)&addr.v4, -1, NULL))
		addr.family = AF_INET;
	else if (in6_pton(text, -1, addr.v6.s6_addr, -1, NULL))
		addr.family = AF_INET6;
	return addr;
}

static struct ipsecvif_ts test_ts(const char *src, u8 src_prefix, const char *dst, u8 dst_prefix)
{
	return (struct ipsecvif_ts){
		.src = test_addr(src),
		.dst = test_addr(dst),
		.src_prefix = src_prefix,
		.dst_prefix = dst_prefix,
		.sport_max = U16_MAX,
		.dport_max = U16_MAX,
	};
}

static struct ipsecvif_flow test_flow(const char *src, const char *dst, u8 proto, u16 dport)
{
	return (struct ipsecvif_flow){
		.src = test_addr(src),
		.dst = test_addr(dst),
		.proto = proto,
		.has_ports = ipsecvif_proto_has_ports(proto),
		.sport = 1024,
		.dport = dport,
	};
}

static bool test_prefixes(void)
{
	struct ipsecvif_ts ts = test_ts("10.1.0.0", 16, "10.2.0.0", 15);
	struct ipsecvif_ts any4 = test_ts("0.0.0.0", 0, "0.0.0.0", 0);
	struct ipsecvif_ts v6 = test_ts("fd01::", 64, "fd02::8000:0:0:0", 65);
	struct ipsecvif_flow in = test_flow("10.1.255.255", "10.3.0.1", IPPROTO_ICMP, 0);
	struct ipsecvif_flow out = test_flow("10.1.0.1", "10.4.0.0", IPPROTO_ICMP, 0);
	struct ipsecvif_flow in6 = test_flow("fd01::1", "fd02::8000:0:0:1", IPPROTO_TCP, 80);
	struct ipsecvif_flow out6 = test_flow("fd01::1", "fd02::1", IPPROTO_TCP, 80);
	bool ok = true;

	EXPECT(ts_match(&ts, &in));
	EXPECT(!ts_match(&ts, &out));
	EXPECT(ts_match(&any4, &out));
	EXPECT(!ts_match(&any4, &in6));
	EXPECT(ts_match(&v6, &in6));
	EXPECT(!ts_match(&v6, &out6));
	return ok;
}

static bool test_upper(void)
{
	struct ipsecvif_ts ts = test_ts("10.1.0.0", 16, "10.2.0.0", 16);
	struct ipsecvif_flow tcp = test_flow("10.1.0.1", "10.2.0.1", IPPROTO_TCP, 443);
	struct ipsecvif_flow udp = test_flow("10.1.0.1", "10.2.0.1", IPPROTO_UDP, 443);
	struct ipsecvif_flow fragment = tcp;
	bool ok = true;

	ts.proto = IPPROTO_TCP;
	fragment.has_ports = false;
	EXPECT(ts_match(&ts, &tcp));
	EXPECT(!ts_match(&ts, &udp));
	EXPECT(ts_match(&ts, &fragment));
	ts.dport_min = 443;
	ts.dport_max = 444;
	EXPECT(ts_match(&ts, &tcp));
	EXPECT(!ts_match(&ts, &fragment));
	tcp.dport = 445;
	EXPECT(!ts_match(&ts, &tcp));
	return ok;
}

static bool test_order(void)
{
	struct ipsecvif_ts wide = test_ts("0.0.0.0", 0, "10.2.0.0", 16);
	struct ipsecvif_ts narrow = test_ts("10.1.0.0", 16, "10.2.0.0", 16);
	struct ipsecvif_ts tcp = narrow, web = narrow;
	bool ok = true;

	tcp.proto = IPPROTO_TCP;
	web.proto = IPPROTO_TCP;
	web.dport_min = 80;
	web.dport_max = 80;
	EXPECT(ts_before(&narrow, &wide) && !ts_before(&wide, &narrow));
	EXPECT(ts_before(&tcp, &narrow) && !ts_before(&narrow, &tcp));
	EXPECT(ts_before(&web, &tcp) && !ts_before(&tcp, &web));
	EXPECT(!ts_before(&web, &web));
	return ok;
}

/**
 * ipsecvif_selector_selftest() - check matching and order
 *
 * Return: true if all is well; else each failure is in the log.
 */
bool ipsecvif_selector_selftest(void)
{
	return test_prefixes() & test_upper() & test_order();
}
