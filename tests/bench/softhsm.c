/* softhsm.c - SoftHSM2 with the same keys: a token in files, read by the program that signs itself.
 * Where it is not installed, its rows are left out.
 */
#include "tests/bench/signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define TOOL   "softhsm2-util"
#define PIN    "1234"

/* fork, in a child that says nothing. */
static pid_t begin_program(void)
{
	pid_t pid = fork();

	if (pid == 0 && freopen("/dev/null", "w", stdout) == NULL)
		_exit(127);
	return pid;
}

static void wait_for_program(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_must(ERR_INTERNAL, TOOL);
}

/* softhsm2-util reads PKCS#8 as PEM. */
static void import_key(const char *work, const struct signer_key *key, const char *id)
{
	AUTO_TEXT path = NULL;
	FILE *file;
	pid_t pid;

	if (asprintf(&path, "%s/softhsm-key.pem", work) < 0)
		bench_must(ERR_MEMORY, "memory");
	file = fopen(path, "we");
	if (file == NULL)
		bench_must(ERR_INTERNAL, path);
	bench_write_pem(file, key->pkcs8);
	(void)fclose(file);
	pid = begin_program();
	if (pid == 0) {
		(void)execlp(TOOL, TOOL, "--import", path, "--token", "bench", "--pin", PIN,
			     "--label", "key", "--id", id, (char *)NULL);
		_exit(127);
	}
	wait_for_program(pid);
	(void)unlink(path);
}

static void make_token(const char *work)
{
	AUTO_TEXT tokens = NULL;
	AUTO_TEXT settings = NULL;
	FILE *file;
	pid_t pid;

	if (asprintf(&tokens, "%s/softhsm", work) < 0 ||
	    asprintf(&settings, "%s/softhsm.conf", work) < 0)
		bench_must(ERR_MEMORY, "memory");
	file = fopen(settings, "we");
	if (file == NULL || mkdir(tokens, 0700) != 0)
		bench_must(ERR_INTERNAL, settings);
	(void)fprintf(file, "directories.tokendir = %s\nlog.level = ERROR\n", tokens);
	(void)fclose(file);
	(void)setenv("SOFTHSM2_CONF", settings, 1);
	pid = begin_program();
	if (pid == 0) {
		(void)execlp(TOOL, TOOL, "--init-token", "--free", "--label", "bench", "--pin", PIN,
			     "--so-pin", PIN, (char *)NULL);
		_exit(127);
	}
	wait_for_program(pid);
}

void bench_softhsm(const char *work, const struct signer_key *rsa, const struct signer_key *p256,
		   bench_measure *measure)
{
	static const struct signer_place place = {
		.kind = &signer_module, .name = "SoftHSM2", .module = MODULE, .pin = PIN};

	if (access(MODULE, R_OK) != 0) {
		(void)printf("SoftHSM2 is not installed: its rows are left out\n");
		return;
	}
	make_token(work);
	import_key(work, rsa, "01");
	import_key(work, p256, "02");
	measure(&place, rsa, p256);
}
