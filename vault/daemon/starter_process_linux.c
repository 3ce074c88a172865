/* starter_process_linux.c - see starter_process.h; an opener is known by a pidfd, pidfd_open(2). */
#include "vault/daemon/starter_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/log.h"
#include "vault/daemon/confinement.h"
#include "vault/daemon/parcel.h"
#include "vault/daemon/sandbox.h"
#include "vault/opener/job.h"

enum {
	OPENERS_MAX = 8, /* running at once; the daemon asks for two at most */
	EXIT_NOT_EXECUTED = 127,
};

struct openers {
	int count;
	struct {
		pid_t pid;
		int process;
	} running[OPENERS_MAX];
};

/* /proc/self/oom_score_adj of the starter, and what stood there. */
struct oom_mark {
	int score;
	char own[8];
};

struct starting {
	const char *program;
	struct oom_mark mark;
};

_Noreturn static void become_opener(const char *program, const struct parcel *pipes)
{
	static char name[] = OPENER_PROGRAM;
	char *const arguments[] = {name, NULL};
	char *const environment[] = {NULL};
	sigset_t none;

	(void)setsid(); /* a terminal's Ctrl-C is for the daemon */
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(pipes->passed[0], STDIN_FILENO) < 0 || dup2(pipes->passed[1], STDOUT_FILENO) < 0 ||
	    close_range(STDERR_FILENO + 1, ~0U, 0) != 0)
		_exit(EXIT_NOT_EXECUTED);
	(void)execve(program, arguments, environment);
	_exit(EXIT_NOT_EXECUTED);
}

/* An opener is the first to go when memory is short (proc(5)): it is born with that mark, which
 * this process bears for that moment only. */
static pid_t fork_marked(const struct oom_mark *mark)
{
	pid_t pid;

	(void)file_write_all(mark->score, "1000", 4);
	pid = fork();
	if (pid != 0)
		(void)file_write_all(mark->score, mark->own, strlen(mark->own));
	return pid;
}

static int32_t start_one(const struct starting *starting, const struct parcel *pipes,
			 struct openers *openers)
{
	pid_t pid;
	int process;

	if (pipes->count != PARCEL_PASSED_MAX)
		return EINVAL;
	if (openers->count == OPENERS_MAX)
		return EAGAIN;
	pid = fork_marked(&starting->mark);
	if (pid < 0)
		return errno;
	if (pid == 0)
		become_opener(starting->program, pipes);
	process = pidfd_open(pid, 0); /* cannot miss: the child is not reaped before */
	if (process < 0) {
		int32_t error = errno;
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		return error;
	}
	openers->running[openers->count].pid = pid;
	openers->running[openers->count++].process = process;
	return 0;
}

/* False when the daemon is gone. */
static bool answer_one(int socket, const struct starting *starting, struct openers *openers)
{
	struct parcel request;
	struct parcel answer = {0};
	bool is_sent;

	if (!parcel_receive(socket, &request))
		return false;
	answer.word = start_one(starting, &request, openers);
	parcel_close(&request);
	if (answer.word == 0) {
		answer.passed[0] = openers->running[openers->count - 1].process;
		answer.count = 1;
	}
	is_sent = parcel_send(socket, &answer);
	return is_sent;
}

static void reap(struct openers *openers)
{
	for (int i = 0; i < openers->count;) {
		if (waitpid(openers->running[i].pid, NULL, WNOHANG) == 0) {
			i++;
			continue;
		}
		(void)close(openers->running[i].process);
		openers->running[i] = openers->running[--openers->count];
	}
}

static void serve_daemon(int socket, const struct starting *starting)
{
	struct openers openers = {0};

	for (;;) {
		struct pollfd waiting[1 + OPENERS_MAX] = {{.fd = socket, .events = POLLIN}};
		for (int i = 0; i < openers.count; i++)
			waiting[1 + i] =
				(struct pollfd){.fd = openers.running[i].process, .events = POLLIN};
		if (poll(waiting, 1 + (nfds_t)openers.count, -1) < 0 && errno != EINTR)
			return;
		reap(&openers);
		if (waiting[0].revents != 0 && !answer_one(socket, starting, &openers))
			return;
	}
}

/* A process that cannot be read has a /proc that only root may write: so before it becomes so
 * again. It holds nothing yet. */
static void open_mark(struct oom_mark *out_mark)
{
	ssize_t size;

	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	out_mark->score = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	size = out_mark->score < 0 ? 0
				   : read(out_mark->score, out_mark->own, sizeof out_mark->own - 1);
	out_mark->own[size < 0 ? 0 : size] = '\0';
}

/* Nothing of the daemon's but this socket and, while something can go wrong, standard error. */
static enum err leave_descriptors(int *socket)
{
	enum { KEPT = STDERR_FILENO + 1 };
	AUTO_FD nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0)
		return err_note(ERR_INTERNAL, "/dev/null: %s", strerror(errno));
	if (*socket != KEPT && dup3(*socket, KEPT, O_CLOEXEC) < 0)
		return err_note(ERR_INTERNAL, "dup3: %s", strerror(errno));
	*socket = KEPT;
	(void)close_range(KEPT + 1, ~0U, 0);
	nothing = -1; /* among those just closed, or KEPT itself */
	return ERR_OK;
}

static enum err leave_everything(int *socket, struct starting *starting,
				 const struct starter_settings *settings)
{
	TRY(leave_descriptors(socket));
	open_mark(&starting->mark);
	/* A terminal's signals are for the daemon; this process ends when the daemon does. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_NAME, "kinkod-starter", 0, 0, 0);
	if (settings->drops)
		TRY(sandbox_drop_to(settings->uid, settings->gid, settings->gid));
	TRY(sandbox_close());
	return confine_starter(starting->program);
}

/* The daemon waits for this word: it never serves beside a starter that is not confined. Reports of
 * sanitizers go on to standard error. */
static bool say_ready(int socket)
{
	const struct parcel ready = {0};

	return (KINKO_SANITIZED || dup2(STDIN_FILENO, STDERR_FILENO) >= 0) &&
	       parcel_send(socket, &ready);
}

_Noreturn void starter_be(int socket, const struct starter_settings *settings)
{
	struct starting starting = {.program = settings->program, .mark = {.score = -1}};
	enum err err = leave_everything(&socket, &starting, settings);

	if (err != ERR_OK)
		log_error(LOG_ERROR, "starter", err);
	else if (say_ready(socket))
		serve_daemon(socket, &starting);
	_exit(0);
}
