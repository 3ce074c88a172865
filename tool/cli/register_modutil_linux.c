/* register_modutil_linux.c - writing: see register_modules.h
 *
 * modutil gets nothing of our environment, no terminal and no other descriptor. With -nocertdb it
 * opens neither certificates nor keys of the database, only the list of modules.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tool/cli/compose.h"
#include "tool/cli/register_modules.h"

enum { PATIENCE_SECONDS = 30, MS_PER_SECOND = 1000, SAID_SIZE = 512 };

static const char modutil[] = "/usr/bin/modutil";

bool modutil_is_there(void)
{
	return access(modutil, X_OK) == 0;
}

static enum err spawn(char *const *arguments, int output, pid_t *out_pid)
{
	static char path[] = "PATH=/usr/bin:/bin";
	static char language[] = "LC_ALL=C";
	char *const environment[] = {path, language, NULL};
	posix_spawn_file_actions_t actions;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed != 0)
		return ERR_MEMORY;
	failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	failed |= posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	failed |= posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	failed |= posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	if (failed == 0)
		failed = posix_spawn(out_pid, modutil, &actions, NULL, arguments, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	return failed == 0 ? ERR_OK : err_note(ERR_REGISTER, "modutil: %s", strerror(failed));
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

/* Reads until it closes its output; the first part of it is kept. False: it took too long. */
static bool listen_to_it(int output, char said[SAID_SIZE])
{
	int64_t end = now_ms() + (int64_t)PATIENCE_SECONDS * MS_PER_SECOND;
	struct pollfd pollfd = {.fd = output, .events = POLLIN};
	char part[256];
	size_t used = 0;

	for (;;) {
		int64_t left = end - now_ms();
		if (left <= 0)
			return false;
		if (poll(&pollfd, 1, (int)left) <= 0)
			continue;
		ssize_t got = read(output, part, sizeof part);
		if (got == 0 || (got < 0 && errno != EINTR))
			return true;
		for (ssize_t i = 0; i < got && used + 1 < SAID_SIZE; i++)
			said[used++] = part[i] == '\n' ? ' ' : part[i];
		said[used] = '\0';
	}
}

static enum err run_it(char *const *arguments)
{
	char said[SAID_SIZE] = "";
	int ends[2];
	pid_t pid = -1;
	int status = 0;
	enum err err;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_note(ERR_REGISTER, "pipe2: %s", strerror(errno));
	AUTO_FD reading = ends[0];
	err = spawn(arguments, ends[1], &pid);
	(void)close(ends[1]);
	TRY(err);
	if (!listen_to_it(reading, said))
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ERR_OK;
	return err_note(ERR_REGISTER, "modutil: %s", said);
}

/* modutil takes what it is told as options, and owns none of it. */
static enum err tell(const char *folder, char *action, const char *name, const char *module)
{
	static char program[] = "modutil";
	static char list_only[] = "-nocertdb";
	static char without_asking[] = "-force";
	static char where[] = "-dbdir";
	static char from[] = "-libfile";
	AUTO_TEXT database = NULL;
	AUTO_TEXT named = NULL;
	AUTO_TEXT library = NULL;

	TRY(compose(&database, "sql:%s", folder));
	TRY(compose(&named, "%s", name));
	if (module != NULL)
		TRY(compose(&library, "%s", module));
	return run_it((char *const[]){program, list_only, without_asking, where, database, action,
				      named, module == NULL ? NULL : from, library, NULL});
}

enum err modutil_add(const char *folder, const char *module)
{
	static char action[] = "-add";

	return tell(folder, action, REGISTER_NAME, module);
}

enum err modutil_delete(const char *folder, const char *name)
{
	static char action[] = "-delete";

	return tell(folder, action, name, NULL);
}
