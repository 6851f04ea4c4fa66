// SPDX-License-Identifier: GPL-2.0-only
/*
 * How busy the CPUs are: whether the one that packets come to has no time left for them,
 * and which other one has. What others then do for it is in steer.c and spread.c.
 */
#include "load.h"

#include <linux/cpumask.h>
#include <linux/kernel_stat.h>
#include <linux/module.h>
#include <linux/sched/isolation.h>
#include <linux/string.h>
#include <linux/tick.h>
#include <linux/topology.h>

enum load_windows {
	LOAD_WINDOW_MS = 4, /* over which a CPU's idle time is looked at */
	LOAD_TICKS_MS = 50, /* likewise, where idle time is known by the tick only */
};

static const char *const load_modes[] = {
	[IPSECVIF_LOAD_NEVER] = "never",
	[IPSECVIF_LOAD_AUTO] = "auto",
	[IPSECVIF_LOAD_ALWAYS] = "always",
};

/**
 * struct load - has this CPU time left?
 * @until: jiffies: what is said here holds until then
 * @window: jiffies until then
 * @since: microseconds: when the window began
 * @idle: microseconds that the CPU had been idle then
 * @full: it had no time left in the last window
 * @gives: so others help it
 */
struct load {
	unsigned long until;
	unsigned long window;
	u64 since;
	u64 idle;
	bool full;
	bool gives;
};

static int load_mode = IPSECVIF_LOAD_AUTO;
static DEFINE_PER_CPU(struct load, load_cpu);
static DEFINE_PER_CPU(int, load_asked) = -1; /* which helper was named last */

static int load_mode_set(const char *value, const struct kernel_param *param)
{
	int mode = sysfs_match_string(load_modes, value);

	if (mode < 0)
		return mode;
	WRITE_ONCE(load_mode, mode);
	return 0;
}

static int load_mode_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%s\n", load_modes[READ_ONCE(load_mode)]);
}

static const struct kernel_param_ops load_mode_ops = {
	.set = load_mode_set,
	.get = load_mode_get,
};

module_param_cb(spread, &load_mode_ops, NULL, 0644);
MODULE_PARM_DESC(spread,
		 "spread an SA's packets over CPUs: never, auto (when one is overloaded), always");

/* Since boot; of the tick, if the kernel keeps no better account. */
static u64 idle_us(u64 *now, unsigned int *window_ms)
{
	u64 idle = get_cpu_idle_time_us(smp_processor_id(), now);
	const u64 *ticks = kcpustat_this_cpu->cpustat;

	*window_ms = LOAD_WINDOW_MS;
	if (idle != -1ULL)
		return idle + get_cpu_iowait_time_us(smp_processor_id(), NULL);
	*window_ms = LOAD_TICKS_MS;
	*now = ktime_to_us(ktime_get());
	return div_u64(ticks[CPUTIME_IDLE] + ticks[CPUTIME_IOWAIT], NSEC_PER_USEC);
}

/* What is older than two windows says nothing of now. */
static bool load_is_full(unsigned int cpu)
{
	const struct load *load = per_cpu_ptr(&load_cpu, cpu);

	return READ_ONCE(load->full) &&
	       time_before(jiffies, READ_ONCE(load->until) + READ_ONCE(load->window));
}

/* Where packets come to most CPUs, and fill them, nobody is left to help. */
static bool load_has_helpers(void)
{
	unsigned int cpu, full = 0;

	for_each_online_cpu(cpu)
		full += load_is_full(cpu);
	return 2 * full <= num_online_cpus();
}

/*
 * The window is a short one: a connection of TCP is on one CPU now and on another a few
 * milliseconds later, so that over a longer time each of them is half idle, while what
 * they do in turn could be done at once.
 *
 * Full is less than an eighth of the time idle. What is given away makes room, so that it
 * is no longer full only when three quarters are idle: else it would change its mind
 * with each window.
 */
static void load_look(struct load *load)
{
	u64 now, idle, passed, rested;
	unsigned int window_ms;
	bool full;

	idle = idle_us(&now, &window_ms);
	passed = now - load->since;
	rested = idle - load->idle;
	if (passed > 4 * jiffies_to_usecs(load->window))
		full = false; /* the CPU had no packets for so long: that says nothing of now */
	else
		full = rested < (load->full ? passed - passed / 4 : passed / 8);
	load->since = now;
	load->idle = idle;
	WRITE_ONCE(load->full, full);
	WRITE_ONCE(load->window, msecs_to_jiffies(window_ms));
	WRITE_ONCE(load->until, jiffies + load->window);
	load->gives = full && load_has_helpers();
}

static const struct load *load_here(void)
{
	struct load *load = this_cpu_ptr(&load_cpu);

	if (!time_before(jiffies, load->until))
		load_look(load);
	return load;
}

/**
 * ipsecvif_load_mode() - whether CPUs help each other, by the parameter "spread"
 *
 * Context: any.
 */
enum ipsecvif_load_mode ipsecvif_load_mode(void)
{
	return READ_ONCE(load_mode);
}

/**
 * ipsecvif_load_full() - has this CPU no time left?
 *
 * Context: BHs off.
 */
bool ipsecvif_load_full(void)
{
	return load_here()->full;
}

/**
 * ipsecvif_load_gives() - has it none, while others have?
 *
 * Context: BHs off.
 */
bool ipsecvif_load_gives(void)
{
	return load_here()->gives;
}

/* From here on, and on this node first: its memory and caches are the nearer ones. */
static int load_helper_of(const struct cpumask *mask, int after)
{
	unsigned int n = num_online_cpus(), cpu = after;

	while (n--) {
		cpu = cpumask_next_and(cpu, mask, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first_and(mask, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			break;
		if (cpu != smp_processor_id() && !load_is_full(cpu) &&
		    housekeeping_cpu(cpu, HK_TYPE_WQ))
			return cpu;
	}
	return -1;
}

/**
 * ipsecvif_load_helper() - a CPU that has time left
 *
 * Another one each time, so that what is to be given away is shared. Never one that the
 * operator isolated.
 *
 * Context: BHs off.
 * Return: its number, or -1.
 */
int ipsecvif_load_helper(void)
{
	int after = this_cpu_read(load_asked), cpu;

	if (after < 0)
		after = smp_processor_id();
	cpu = load_helper_of(cpumask_of_node(numa_node_id()), after);
	if (cpu < 0)
		cpu = load_helper_of(cpu_online_mask, after);
	if (cpu >= 0)
		this_cpu_write(load_asked, cpu);
	return cpu;
}
