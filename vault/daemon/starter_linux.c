/* starter_linux.c - see starter.h; this is the daemon's side of it. */
#include "vault/daemon/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/daemon/parcel.h"
#include "vault/daemon/starter_process.h"

enum { ANSWER_MILLISECONDS = 5000 };

struct starter {
	pthread_mutex_t lock; /* one request at a time */
	int socket;
	pid_t pid;
};

/* Its own word on what went wrong stands in the log. */
static enum err wait_until_confined(const struct starter *starter)
{
	struct parcel ready = {.word = -1};

	return parcel_receive(starter->socket, &ready) && ready.word == 0
		       ? ERR_OK
		       : err_note(ERR_INTERNAL, "the starter could not confine itself");
}

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
		starter_be(ends[1], settings);
	(void)close(ends[1]);
	starter->socket = ends[0];
	if (starter->pid < 0) {
		(void)close(ends[0]);
		free(starter);
		return err_note(ERR_INTERNAL, "fork: %s", strerror(errno));
	}
	enum err err = wait_until_confined(starter);
	if (err != ERR_OK)
		starter_free(starter);
	else
		*out_starter = starter;
	return err;
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
	struct parcel theirs = {.count = PARCEL_PASSED_MAX};
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
