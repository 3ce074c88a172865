/* starter_linux.c - see starter.h; descriptors travel as unix(7) describes (SCM_RIGHTS), the
 * opener is known by a pidfd, pidfd_open(2).
 */
#include "vault/daemon/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/log.h"
#include "vault/daemon/sandbox.h"
#include "vault/opener/job.h"

enum {
	PASSED_MAX = 2,
	OPENERS_MAX = 8, /* running at once; the daemon asks for two at most */
	ANSWER_MILLISECONDS = 5000,
	EXIT_NOT_EXECUTED = 127,
};

struct starter {
	pthread_mutex_t lock; /* one request at a time */
	int socket;
	pid_t pid;
};

/* --- A word and some descriptors, both ways -------------------------------------------------- */

struct parcel {
	int32_t word; /* to the starter: 0; back: 0 or an errno */
	int count;
	int passed[PASSED_MAX];
};

static bool parcel_send(int socket, const struct parcel *parcel)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(PASSED_MAX * sizeof(int))];
	} control = {0};
	int32_t word = parcel->word;
	struct iovec part = {.iov_base = &word, .iov_len = sizeof word};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	size_t size = (size_t)parcel->count * sizeof(int);

	if (parcel->count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(size);
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){.cmsg_len = CMSG_LEN(size),
							    .cmsg_level = SOL_SOCKET,
							    .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), parcel->passed, size);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof word;
}

static void parcel_close(struct parcel *parcel)
{
	for (int i = 0; i < parcel->count; i++)
		(void)close(parcel->passed[i]);
	parcel->count = 0;
}

static bool parcel_receive(int socket, struct parcel *out_parcel)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(PASSED_MAX * sizeof(int))];
	} control;
	struct parcel parcel = {0};
	struct iovec part = {.iov_base = &parcel.word, .iov_len = sizeof parcel.word};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	ssize_t size;
	const struct cmsghdr *head;

	do
		size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	head = CMSG_FIRSTHDR(&message);
	if (size >= 0 && head != NULL && head->cmsg_type == SCM_RIGHTS) {
		size_t bytes = head->cmsg_len - CMSG_LEN(0);
		parcel.count = (int)(bytes / sizeof(int));
		memcpy(parcel.passed, CMSG_DATA(head), (size_t)parcel.count * sizeof(int));
	}
	if (size != (ssize_t)sizeof parcel.word || (message.msg_flags & MSG_CTRUNC) != 0) {
		parcel_close(&parcel);
		return false;
	}
	*out_parcel = parcel;
	return true;
}

/* --- The starter's own process ---------------------------------------------------------------- */

struct openers {
	int count;
	struct {
		pid_t pid;
		int process;
	} running[OPENERS_MAX];
};

/* The first to go when memory is short (proc(5)). Writing it needs a dumpable process, and this
 * one, about to become the opener, holds nothing worth dumping. */
static void offer_to_oom_killer(void)
{
	AUTO_FD score = -1;

	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (score >= 0)
		(void)file_write_all(score, "1000", 4);
}

_Noreturn static void become_opener(const char *program, const struct parcel *pipes)
{
	static char name[] = OPENER_PROGRAM;
	char *const arguments[] = {name, NULL};
	char *const environment[] = {NULL};
	sigset_t none;

	offer_to_oom_killer();
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

static int32_t start_one(const char *program, const struct parcel *pipes, struct openers *openers)
{
	pid_t pid;
	int process;

	if (pipes->count != PASSED_MAX)
		return EINVAL;
	if (openers->count == OPENERS_MAX)
		return EAGAIN;
	pid = fork();
	if (pid < 0)
		return errno;
	if (pid == 0)
		become_opener(program, pipes);
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
static bool answer_one(int socket, const char *program, struct openers *openers)
{
	struct parcel request;
	struct parcel answer = {0};
	bool is_sent;

	if (!parcel_receive(socket, &request))
		return false;
	answer.word = start_one(program, &request, openers);
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

static void serve_daemon(int socket, const char *program)
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
		if (waiting[0].revents != 0 && !answer_one(socket, program, &openers))
			return;
	}
}

/* Nothing of the daemon's but this socket and the operator's standard error. */
static enum err leave_everything(int socket, const struct starter_settings *settings)
{
	AUTO_FD nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0)
		return err_note(ERR_INTERNAL, "/dev/null: %s", strerror(errno));
	if (!KINKO_SANITIZED && dup2(nothing, STDERR_FILENO) < 0)
		return err_note(ERR_INTERNAL, "dup2: %s", strerror(errno));
	(void)close_range(STDERR_FILENO + 1, (unsigned)socket - 1, 0);
	(void)close_range((unsigned)socket + 1, ~0U, 0);
	nothing = -1; /* among those just closed */
	/* A terminal's signals are for the daemon; this process ends when the daemon does. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_NAME, "kinkod-starter", 0, 0, 0);
	if (settings->drops)
		TRY(sandbox_drop_to(settings->uid, settings->gid));
	return sandbox_close();
}

_Noreturn static void be_starter(int socket, const struct starter_settings *settings)
{
	if (leave_everything(socket, settings) == ERR_OK)
		serve_daemon(socket, settings->program);
	_exit(0);
}

/* --- The daemon's side -------------------------------------------------------------------------
 */

enum err starter_new(const struct starter_settings *settings, struct starter **out_starter)
{
	struct starter *starter = calloc(1, sizeof *starter);
	int ends[2];

	if (starter == NULL)
		return ERR_MEMORY;
	if (pthread_mutex_init(&starter->lock, NULL) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		free(starter);
		return err_note(ERR_INTERNAL, "socketpair: %s", strerror(errno));
	}
	starter->pid = fork();
	if (starter->pid == 0)
		be_starter(ends[1], settings);
	(void)close(ends[1]);
	starter->socket = ends[0];
	if (starter->pid < 0) {
		(void)close(ends[0]);
		free(starter);
		return err_note(ERR_INTERNAL, "fork: %s", strerror(errno));
	}
	*out_starter = starter;
	return ERR_OK;
}

void starter_free(struct starter *starter)
{
	if (starter == NULL)
		return;
	(void)close(starter->socket);
	(void)waitpid(starter->pid, NULL, 0);
	(void)pthread_mutex_destroy(&starter->lock);
	free(starter);
}

int starter_socket(const struct starter *starter)
{
	return starter->socket;
}

static enum err ask_starter(int socket, const struct parcel *pipes, int *out_process)
{
	struct pollfd answering = {.fd = socket, .events = POLLIN};
	struct parcel answer = {0};

	/* An answer that comes late must not be taken for the next one: no further request. */
	if (!parcel_send(socket, pipes) || poll(&answering, 1, ANSWER_MILLISECONDS) != 1 ||
	    !parcel_receive(socket, &answer)) {
		(void)shutdown(socket, SHUT_RDWR);
		return err_note(ERR_OPENER, "the starter does not answer");
	}
	if (answer.word != 0 || answer.count != 1) {
		parcel_close(&answer);
		return err_note(ERR_OPENER, "no opener: %s", strerror(answer.word));
	}
	*out_process = answer.passed[0];
	return ERR_OK;
}

enum err starter_start(struct starter *starter, struct started *out_started)
{
	AUTO_HELD(started) started = {.to_opener = -1, .from_opener = -1, .process = -1};
	struct parcel theirs = {.count = PASSED_MAX};
	int job[2];
	int answer[2];
	enum err err;

	if (pipe2(job, O_CLOEXEC) != 0)
		return err_note(ERR_OPENER, "pipe: %s", strerror(errno));
	theirs.passed[0] = job[0];
	started.to_opener = job[1];
	if (pipe2(answer, O_CLOEXEC) != 0) {
		(void)close(job[0]);
		return err_note(ERR_OPENER, "pipe: %s", strerror(errno));
	}
	theirs.passed[1] = answer[1];
	started.from_opener = answer[0];
	(void)pthread_mutex_lock(&starter->lock);
	err = ask_starter(starter->socket, &theirs, &started.process);
	(void)pthread_mutex_unlock(&starter->lock);
	parcel_close(&theirs);
	TRY(err);
	*out_started = started;
	started = (struct started){.to_opener = -1, .from_opener = -1, .process = -1};
	return ERR_OK;
}

void started_end(struct started *started)
{
	if (started->process >= 0)
		(void)pidfd_send_signal(started->process, SIGKILL, NULL, 0);
	own_close_fd(&started->to_opener);
	own_close_fd(&started->from_opener);
	own_close_fd(&started->process);
	*started = (struct started){.to_opener = -1, .from_opener = -1, .process = -1};
}
