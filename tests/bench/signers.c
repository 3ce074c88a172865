/* signers.c - see signer.h: processes that sign as fast as they can, and the times they took. */
#include "tests/bench/signer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

enum { TIMES_MAX = 65536 };

/* What a member tells; in memory that all share. */
struct report {
	double seconds; /* how long to go on; then how long it took */
	unsigned count;
	float times[TIMES_MAX]; /* microseconds; of the first ones */
};

struct member {
	pid_t pid;
	int order; /* a byte: begin */
	int done;  /* a byte: I have */
};

struct signers {
	unsigned count;
	struct member members[SIGNERS_MAX];
	struct report *reports;
};

static void sign_for_a_while(const struct signer_kind *kind, void *signer, struct report *report)
{
	struct digest digest = {{1, 2, 3}};
	double start = bench_seconds();
	double end = start + report->seconds;
	double before = start;

	report->count = 0;
	while (before < end) {
		double now;
		kind->sign(signer, &digest);
		now = bench_seconds();
		digest.bytes[0]++;
		if (report->count < TIMES_MAX)
			report->times[report->count] = (float)((now - before) * 1e6);
		report->count++;
		before = now;
	}
	report->seconds = before - start;
}

static _Noreturn void be_member(const struct signer_place *place, const struct signer_key *key,
				struct report *report, int order, int done)
{
	void *signer = place->kind->open(place, key);
	struct digest digest = {{0}};
	char byte = 0;

	for (unsigned i = 0; i < 20; i++)
		place->kind->sign(signer, &digest);
	if (write(done, &byte, 1) != 1)
		_exit(1);
	while (read(order, &byte, 1) == 1) {
		sign_for_a_while(place->kind, signer, report);
		if (write(done, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void wait_for(const struct member *member)
{
	char byte;

	if (read(member->done, &byte, 1) != 1)
		bench_must(ERR_INTERNAL, "a process that signs has ended");
}

static void start_member(struct signers *signers, unsigned i, const struct signer_place *place,
			 const struct signer_key *key)
{
	struct member *member = &signers->members[i];
	int order[2];
	int done[2];

	if (pipe(order) != 0 || pipe(done) != 0)
		bench_must(ERR_INTERNAL, "pipe");
	member->pid = fork();
	if (member->pid == 0) {
		(void)close(order[1]);
		(void)close(done[0]);
		be_member(place, key, &signers->reports[i], order[0], done[1]);
	}
	(void)close(order[0]);
	(void)close(done[1]);
	member->order = order[1];
	member->done = done[0];
	wait_for(member);
}

void signers_new(const struct signer_place *place, const struct signer_key *key, unsigned count,
		 struct signers **out_signers)
{
	struct signers *signers = calloc(1, sizeof *signers);

	if (signers == NULL)
		bench_must(ERR_MEMORY, "memory");
	signers->count = count;
	signers->reports = mmap(NULL, SIGNERS_MAX * sizeof *signers->reports,
				PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (signers->reports == MAP_FAILED)
		bench_must(ERR_MEMORY, "memory");
	for (unsigned i = 0; i < count; i++)
		start_member(signers, i, place, key);
	*out_signers = signers;
}

static int by_value(const void *a, const void *b)
{
	const float *x = a;
	const float *y = b;

	return (*x > *y) - (*x < *y);
}

static void find_times(const struct signers *signers, unsigned count, struct signers_result *result)
{
	float *times = malloc(count * sizeof signers->reports[0].times);
	size_t total = 0;

	if (times == NULL)
		bench_must(ERR_MEMORY, "memory");
	for (unsigned i = 0; i < count; i++) {
		const struct report *report = &signers->reports[i];
		size_t here = report->count < TIMES_MAX ? report->count : TIMES_MAX;
		memcpy(times + total, report->times, here * sizeof *times);
		total += here;
	}
	qsort(times, total, sizeof *times, by_value);
	result->p50 = (double)times[total / 2];
	result->p99 = (double)times[total * 99 / 100];
	free(times);
}

void signers_round(struct signers *signers, unsigned count, double seconds,
		   struct signers_result *out_result)
{
	char byte = 0;

	out_result->per_second = 0;
	for (unsigned i = 0; i < count; i++)
		signers->reports[i].seconds = seconds;
	for (unsigned i = 0; i < count; i++)
		if (write(signers->members[i].order, &byte, 1) != 1)
			bench_must(ERR_INTERNAL, "pipe");
	for (unsigned i = 0; i < count; i++) {
		wait_for(&signers->members[i]);
		out_result->per_second += signers->reports[i].count / signers->reports[i].seconds;
	}
	find_times(signers, count, out_result);
}

void signers_free(struct signers *signers)
{
	for (unsigned i = 0; i < signers->count; i++) {
		(void)kill(signers->members[i].pid, SIGTERM);
		(void)close(signers->members[i].order);
		(void)close(signers->members[i].done);
		(void)waitpid(signers->members[i].pid, NULL, 0);
	}
	(void)munmap(signers->reports, SIGNERS_MAX * sizeof *signers->reports);
	free(signers);
}
