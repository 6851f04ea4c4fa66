// SPDX-License-Identifier: GPL-2.0-only
/* Included by ts.c: what matches, what is met first, and what is ambiguous. */
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
	struct ipsecvif_ts ts = { .sport.max = U16_MAX, .dport.max = U16_MAX };
	struct ipsecvif_addr addr = test_addr(src);

	ipsecvif_range_set_prefix(&ts.src, &addr, src_prefix);
	addr = test_addr(dst);
	ipsecvif_range_set_prefix(&ts.dst, &addr, dst_prefix);
	return ts;
}

static struct ipsecvif_range test_range(const char *min, const char *max)
{
	return (struct ipsecvif_range){ .min = test_addr(min), .max = test_addr(max) };
}

static struct ipsecvif_flow test_flow(const char *src, const char *dst, u8 proto, u16 dport)
{
	return (struct ipsecvif_flow){
		.src = test_addr(src),
		.dst = test_addr(dst),
		.proto = proto,
		.has_upper = ipsecvif_proto_has_ports(proto) || ipsecvif_proto_has_types(proto),
		.sport = ipsecvif_proto_has_ports(proto) ? 1024 : 8,
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

	EXPECT(ipsecvif_ts_match(&ts, &in));
	EXPECT(!ipsecvif_ts_match(&ts, &out));
	EXPECT(ipsecvif_ts_match(&any4, &out));
	EXPECT(!ipsecvif_ts_match(&any4, &in6));
	EXPECT(ipsecvif_ts_match(&v6, &in6));
	EXPECT(!ipsecvif_ts_match(&v6, &out6));
	EXPECT(ipsecvif_range_prefix(&ts.src) == 16 && ipsecvif_range_prefix(&ts.dst) == 15);
	EXPECT(!ipsecvif_range_prefix(&any4.src));
	EXPECT(ipsecvif_range_prefix(&v6.src) == 64 && ipsecvif_range_prefix(&v6.dst) == 65);
	return ok;
}

static bool test_ranges(void)
{
	struct ipsecvif_ts ts = test_ts("10.1.0.0", 16, "10.2.0.0", 16);
	struct ipsecvif_ts v6 = test_ts("::", 0, "::", 0);
	struct ipsecvif_flow flow = test_flow("10.1.0.5", "10.2.0.1", IPPROTO_TCP, 80);
	struct ipsecvif_flow flow6 = test_flow("fd01::1:5", "fd02::1", IPPROTO_TCP, 80);
	bool ok = true;

	ts.src = test_range("10.1.0.5", "10.1.1.4");
	v6.src = test_range("fd01::ffff", "fd01::1:5");
	EXPECT(ipsecvif_range_prefix(&ts.src) == -1 && ipsecvif_range_prefix(&v6.src) == -1);
	EXPECT(ipsecvif_ts_match(&ts, &flow) && ipsecvif_ts_match(&v6, &flow6));
	flow.src = test_addr("10.1.1.4");
	flow6.src = test_addr("fd01::ffff");
	EXPECT(ipsecvif_ts_match(&ts, &flow) && ipsecvif_ts_match(&v6, &flow6));
	flow.src = test_addr("10.1.1.5");
	flow6.src = test_addr("fd01::1:6");
	EXPECT(!ipsecvif_ts_match(&ts, &flow) && !ipsecvif_ts_match(&v6, &flow6));
	flow.src = test_addr("10.1.0.4");
	flow6.src = test_addr("fd01::fffe");
	EXPECT(!ipsecvif_ts_match(&ts, &flow) && !ipsecvif_ts_match(&v6, &flow6));
	ts.src = test_range("128.0.0.0", "255.255.255.255");
	EXPECT(ipsecvif_range_prefix(&ts.src) == 1);
	ts.src = test_range("10.0.0.1", "10.0.0.1");
	EXPECT(ipsecvif_range_prefix(&ts.src) == 32);
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
	fragment.has_upper = false;
	EXPECT(ipsecvif_ts_match(&ts, &tcp));
	EXPECT(!ipsecvif_ts_match(&ts, &udp));
	EXPECT(ipsecvif_ts_match(&ts, &fragment));
	ts.dport = (struct ipsecvif_span){ 443, 444 };
	EXPECT(ipsecvif_ts_match(&ts, &tcp));
	EXPECT(!ipsecvif_ts_match(&ts, &fragment));
	tcp.dport = 445;
	EXPECT(!ipsecvif_ts_match(&ts, &tcp));
	return ok;
}

static bool test_icmp(void)
{
	struct ipsecvif_ts ts = test_ts("10.1.0.0", 16, "10.2.0.0", 16);
	struct ipsecvif_flow echo = test_flow("10.1.0.1", "10.2.0.1", IPPROTO_ICMP, 0);
	struct ipsecvif_flow fragment = echo;
	bool ok = true;

	fragment.has_upper = false;
	ts.proto = IPPROTO_ICMP;
	EXPECT(ipsecvif_ts_match(&ts, &echo) && ipsecvif_ts_match(&ts, &fragment));
	ts.sport = (struct ipsecvif_span){ 8, 8 };
	EXPECT(ipsecvif_ts_match(&ts, &echo) && !ipsecvif_ts_match(&ts, &fragment));
	ts.dport = (struct ipsecvif_span){ 1, 255 };
	EXPECT(!ipsecvif_ts_match(&ts, &echo));
	echo.dport = 1;
	EXPECT(ipsecvif_ts_match(&ts, &echo));
	echo.sport = 0;
	EXPECT(!ipsecvif_ts_match(&ts, &echo));
	return ok;
}

/* The one is met first, and the other is not. */
static bool test_first(const struct ipsecvif_ts *a, const struct ipsecvif_ts *b)
{
	return ipsecvif_ts_cmp(a, b) < 0 && ipsecvif_ts_cmp(b, a) > 0;
}

static bool test_order(void)
{
	struct ipsecvif_ts wide = test_ts("0.0.0.0", 0, "10.2.0.0", 16);
	struct ipsecvif_ts narrow = test_ts("10.1.0.0", 16, "10.2.0.0", 16);
	struct ipsecvif_ts any6 = test_ts("::", 0, "::", 0);
	struct ipsecvif_ts any4 = test_ts("0.0.0.0", 0, "0.0.0.0", 0), most4 = any4;
	struct ipsecvif_ts most6 = any6, less6 = any6;
	struct ipsecvif_ts tcp = narrow, web = narrow, range = narrow;
	bool ok = true;

	tcp.proto = IPPROTO_TCP;
	web.proto = IPPROTO_TCP;
	web.dport = (struct ipsecvif_span){ 80, 80 };
	EXPECT(test_first(&narrow, &wide));
	EXPECT(test_first(&tcp, &narrow));
	EXPECT(test_first(&web, &tcp));
	EXPECT(!ipsecvif_ts_cmp(&web, &web));
	/* One address less makes a range more specific, ports notwithstanding. */
	range.src = test_range("10.1.0.0", "10.1.255.254");
	EXPECT(test_first(&range, &narrow) && test_first(&range, &web));
	range.src = test_range("10.0.255.255", "10.1.255.255");
	EXPECT(test_first(&narrow, &range));
	/* As do the highest and the lowest of 2^64 pairs, or 2^256. */
	most4.dst = test_range("0.0.0.1", "255.255.255.255");
	EXPECT(test_first(&most4, &any4) && test_first(&wide, &most4));
	most6.dst = test_range("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	less6.dst = test_range("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
	EXPECT(test_first(&most6, &any6) && test_first(&less6, &most6));
	EXPECT(test_first(&wide, &less6) && !ipsecvif_ts_cmp(&any6, &any6));
	return ok;
}

static bool test_ambiguous(void)
{
	struct ipsecvif_ts wide = test_ts("10.0.0.0", 8, "10.2.0.0", 16);
	struct ipsecvif_ts narrow = test_ts("10.1.0.0", 16, "10.2.0.0", 16);
	struct ipsecvif_ts cross = test_ts("10.1.0.0", 16, "10.0.0.0", 8);
	struct ipsecvif_ts apart = test_ts("10.1.0.0", 16, "10.3.0.0", 16);
	struct ipsecvif_ts tcp = narrow, udp = narrow, wide_tcp = wide;
	bool ok = true;

	tcp.proto = IPPROTO_TCP;
	udp.proto = IPPROTO_UDP;
	wide_tcp.proto = IPPROTO_TCP;
	EXPECT(ipsecvif_ts_cmp(&narrow, &apart) < 0 && ipsecvif_ts_cmp(&apart, &narrow) > 0);
	EXPECT(ipsecvif_ts_ambiguous(&narrow, &narrow));
	EXPECT(!ipsecvif_ts_ambiguous(&narrow, &wide) && !ipsecvif_ts_ambiguous(&wide, &narrow));
	EXPECT(ipsecvif_ts_ambiguous(&wide, &cross) && ipsecvif_ts_ambiguous(&cross, &wide));
	EXPECT(!ipsecvif_ts_ambiguous(&narrow, &apart));
	EXPECT(!ipsecvif_ts_ambiguous(&tcp, &narrow) && !ipsecvif_ts_ambiguous(&tcp, &udp));
	/* Fewer addresses here, a protocol there. */
	EXPECT(ipsecvif_ts_ambiguous(&narrow, &wide_tcp));
	tcp.dport = (struct ipsecvif_span){ 80, 90 };
	wide_tcp = tcp;
	wide_tcp.dport = (struct ipsecvif_span){ 85, 95 };
	EXPECT(ipsecvif_ts_ambiguous(&tcp, &wide_tcp));
	wide_tcp.dport.min = 91;
	EXPECT(!ipsecvif_ts_ambiguous(&tcp, &wide_tcp));
	return ok;
}

/**
 * ipsecvif_selector_selftest() - check matching, order and ambiguity
 *
 * Return: true if all is well; else each failure is in the log.
 */
bool ipsecvif_selector_selftest(void)
{
	return test_prefixes() & test_ranges() & test_upper() & test_icmp() & test_order() &
	       test_ambiguous();
}
