/* main.c - kinko-bench WORK: fills three vaults through the keeper and prints every row.
 *
 * WORK is an empty folder on the disk whose speed counts. The vaults are filled in memory
 * (/dev/shm), where a commit waits for no disk, and copied there.
 */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/keeper/keeper.h"

enum { LOGIN_MAX = 16 };

static char *folder_of(const char *work, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", work, name) < 0)
		bench_must(ERR_MEMORY, "memory");
	if (mkdir(path, 0700) != 0)
		bench_must(ERR_INTERNAL, "the work folder must be empty");
	return path;
}

/* cp and rm do this better than we would. */
static void run_program(const char *program, const char *option, const char *from, const char *to)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execlp(program, program, option, from, to, (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_must(ERR_INTERNAL, program);
}

static char *filled_vault(const char *work, const char *name, struct maker *maker, unsigned count)
{
	char memory[] = "/dev/shm/kinko-bench-XXXXXX";
	char *folder = NULL;
	struct bench_vault vault;

	if (mkdtemp(memory) == NULL || asprintf(&folder, "%s/%s", work, name) < 0)
		bench_must(ERR_INTERNAL, "a folder in /dev/shm");
	bench_vault_open(memory, &vault);
	bench_vault_fill(&vault, maker, count);
	bench_vault_close(&vault);
	run_program("cp", "-a", memory, folder);
	run_program("rm", "-rf", memory, memory);
	return folder;
}

static void measure_signatures(const char *work)
{
	AUTO_TEXT signing = folder_of(work, "signing");

	bench_sign(signing);
}

static void measure_vaults(const char *work)
{
	struct maker *maker = NULL;

	maker_new(&maker, 0);
	AUTO_TEXT empty = folder_of(work, "empty");
	AUTO_TEXT original = folder_of(work, "original");
	AUTO_TEXT one = filled_vault(work, "one", maker, 1);
	AUTO_TEXT thousand = filled_vault(work, "thousand", maker, 1000);
	AUTO_TEXT many = filled_vault(work, "many", maker, 10000);

	bench_ping(empty);
	bench_open_original(original);
	bench_failed_pin(one, many);
	bench_list(one, 1, work);
	bench_list(thousand, 1000, work);
	bench_list(many, 10000, work);
	bench_start(one, many);
	maker_free(maker);
}

int main(int count, char **arguments)
{
	bool is_sign_only = count == 3 && strcmp(arguments[2], "sign") == 0;

	if (count != 2 && !is_sign_only) {
		(void)fprintf(stderr, "usage: kinko-bench WORK [sign] (WORK: an empty folder)\n");
		return 2;
	}
	bench_must(secret_init(), "start");
	bench_must(keeper_init(LOGIN_MAX), "start");
	measure_signatures(arguments[1]);
	if (!is_sign_only)
		measure_vaults(arguments[1]);
	return 0;
}
