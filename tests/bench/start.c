/* start.c - how long the daemon takes to be ready and what it holds in memory when idle, with
 * 10,000 certificates beside 1.
 */
#include "tests/bench/bench.h"

#include <stdio.h>

enum { ROUNDS = 7 };

static double start_once(const char *folder, long *out_memory_kib)
{
	struct bench_daemon daemon;

	bench_daemon_start(folder, &daemon);
	*out_memory_kib = bench_daemon_memory_kib(&daemon);
	bench_daemon_stop(&daemon);
	return daemon.start_seconds * 1e3;
}

void bench_start(const char *one, const char *many)
{
	static const struct row_text start = {"daemon start", "10,000 certificates",
					      "1 certificate"};
	static const struct row_text memory = {"resident memory of the idle daemon",
					       "10,000 certificates",
					       "1 certificate (aim <= 12 MiB)"};
	double ours[ROUNDS];
	double beside[ROUNDS];
	long large = 0;
	long small = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		ours[i] = start_once(many, &large);
		beside[i] = start_once(one, &small);
	}
	bench_print(&start, bench_median(ours, ROUNDS), bench_median(beside, ROUNDS), "ms", 0);
	bench_print(&memory, (double)large / 1024, (double)small / 1024, "MiB", 0);
}
