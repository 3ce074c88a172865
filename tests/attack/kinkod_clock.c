/* kinkod_clock.c - kinkod on a computer whose clocks jump: its first argument is a file of two
 * numbers (host order, 64 bit), the seconds that are added to the wall clock and to the time since
 * start. No program that people get can do this.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vault/daemon/options.h"
#include "vault/daemon/run.h"
#include "vault/keeper/tpm.h"

#define EXPORTED __attribute__((visibility("default")))

struct jumps {
	volatile int64_t wall, since_start;
};

static const struct jumps no_jumps;
static const struct jumps *jumps = &no_jumps;

/* Before the daemon gives up its files. */
static bool map_jumps(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	void *found =
		file < 0 ? MAP_FAILED : mmap(NULL, sizeof *jumps, PROT_READ, MAP_SHARED, file, 0);

	if (file >= 0)
		(void)close(file);
	if (found == MAP_FAILED)
		return false;
	jumps = found;
	return true;
}

/* These stand before the C library's for the whole process. */
EXPORTED int clock_gettime(clockid_t clock, struct timespec *out_now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, out_now);

	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		out_now->tv_sec += jumps->wall;
	if (clock == CLOCK_BOOTTIME)
		out_now->tv_sec += jumps->since_start;
	return result;
}

EXPORTED time_t time(time_t *out_now)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (out_now != NULL)
		*out_now = now.tv_sec;
	return now.tv_sec;
}

int main(int count, char **arguments)
{
	struct options options = {.task = TASK_SERVE};
	enum err err;

	if (count < 2 || !map_jumps(arguments[1])) {
		(void)fprintf(stderr, "the first argument is a file of two numbers\n");
		return 2;
	}
	err = run_prepare();
	if (err == ERR_OK)
		err = options_parse(count - 1, arguments + 1, &options);
	if (err == ERR_OK)
		err = run_task(&options, &tpm_port_machine);
	if (err != ERR_OK)
		(void)fprintf(stderr, "kinkod: %s (%s)\n", err_word(err), err_note_text());
	return err_exit_code(err);
}
