/* vault.c - a vault filled through the keeper, and the daemon that serves it. */
#include "tests/bench/bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/base/digest.h"
#include "vault/base/file.h"
#include "vault/base/program.h"

/* The least that libsodium accepts: the stretch is not what is measured. */
static const struct keeper_cost cheapest = {.memory_bytes = 8192, .passes = 1};

static void folder_open(const char *folder, const char *name, int *out_folder)
{
	AUTO_TEXT path = NULL;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		bench_must(ERR_MEMORY, "memory");
	bench_must(file_make_folder(path, 0700, out_folder), path);
}

static void host_key_open(const char *folder, struct secret **out_key)
{
	AUTO_FD here = -1;
	enum file_answer answer = FILE_ABSENT;

	bench_must(file_open_folder(folder, &here), folder);
	bench_must(file_read_secret(here, "host.key", 64, &answer, out_key), "host.key");
	if (answer == FILE_PRESENT)
		return;
	bench_must(keeper_new_host_key(out_key), "host key");
	bench_must(
		file_create(here, "host.key", 0400, secret_view(*out_key), secret_size(*out_key)),
		"host.key");
}

/* As kinkod does: a private vault is bound to the machine-id alone. */
static const char *machine_id(void)
{
	static char text[64];
	FILE *file = fopen("/etc/machine-id", "re");

	if (file == NULL)
		return NULL;
	if (fgets(text, sizeof text, file) == NULL)
		text[0] = '\0';
	(void)fclose(file);
	text[strcspn(text, "\n")] = '\0';
	return text[0] == '\0' ? NULL : text;
}

void bench_vault_open(const char *folder, struct bench_vault *out_vault)
{
	struct bench_vault vault = {0};

	folder_open(folder, "state", &vault.state_folder);
	folder_open(folder, "anchor", &vault.anchor_folder);
	host_key_open(folder, &vault.host_key);
	struct keeper_settings settings = {
		.state_folder = vault.state_folder,
		.anchor_folder = vault.anchor_folder,
		.host_key = vault.host_key,
		.cost = cheapest,
		.machine_id = machine_id(),
		.login_max = 16,
	};
	bench_must(keeper_open(&settings, &vault.keeper), "keeper");
	bench_must(keeper_refusal(vault.keeper), "keeper");
	*out_vault = vault;
}

void bench_vault_close(struct bench_vault *vault)
{
	keeper_free(vault->keeper);
	secret_free(vault->host_key);
	(void)close(vault->state_folder);
	(void)close(vault->anchor_folder);
}

void bench_import(struct bench_vault *vault, const struct secret *key,
		  const struct bytes *certificate, enum import_result expected)
{
	char text[] = "demo1234";
	AUTO(secret) pin = NULL;
	struct bytes_list chain = {0};
	struct keeper_original original = {.key = key,
					   .certificate = certificate,
					   .chain = &chain,
					   .friendly_name = "DEMO TARO",
					   .pin_follows_rule = true,
					   .where = ""};
	struct keeper_import_how how = {.tries = 10, .resets_pin = true};
	enum import_result result;
	uint32_t warnings = 0;
	AUTO_HELD(entry) entry = {0};

	bench_must(secret_take(text, strlen("demo1234"), &pin), "memory");
	original.pin = pin;
	bench_must(
		keeper_import(vault->keeper, getuid(), &original, &how, &result, &warnings, &entry),
		"import");
	bench_must(result == expected ? ERR_OK : ERR_INTERNAL, "the result of an import");
}

void bench_vault_fill(struct bench_vault *vault, struct maker *maker, unsigned count)
{
	AUTO(secret) key = NULL;

	maker_key(maker, &key);
	for (unsigned i = 1; i <= count; i++) {
		AUTO_HELD(bytes) certificate = {NULL, 0};
		maker_certificate(maker, i, &certificate);
		bench_import(vault, key, &certificate, IMPORT_IMPORTED);
	}
}

void bench_daemon_start(const char *folder, struct bench_daemon *out_daemon)
{
	int ready[2];
	char line[512];
	AUTO_TEXT program = NULL;
	double start;

	bench_must(program_find("kinkod", &program), "kinkod");
	if (pipe2(ready, O_CLOEXEC) != 0)
		bench_must(ERR_INTERNAL, "pipe");
	start = bench_seconds();
	out_daemon->pid = fork();
	if (out_daemon->pid == 0) {
		(void)dup2(ready[1], STDOUT_FILENO);
		(void)execl(program, program, "--private", folder, (char *)NULL);
		_exit(127);
	}
	(void)close(ready[1]);
	if (read(ready[0], line, sizeof line) <= 0)
		bench_must(ERR_INTERNAL, "kinkod did not start");
	out_daemon->start_seconds = bench_seconds() - start;
	(void)close(ready[0]);
}

long bench_daemon_memory_kib(const struct bench_daemon *daemon)
{
	char path[64];
	char line[256];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof path, "/proc/%d/status", daemon->pid);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (file != NULL)
		(void)fclose(file);
	return kib;
}

void bench_daemon_stop(const struct bench_daemon *daemon)
{
	(void)kill(daemon->pid, SIGTERM);
	(void)waitpid(daemon->pid, NULL, 0);
}
