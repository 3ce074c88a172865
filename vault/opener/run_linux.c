/* run_linux.c - see run.h */
#include "vault/opener/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/program.h"

enum { MS_PER_SECOND = 1000 };

/* One end of a pipe and until when it may be waited for. */
struct end {
	int fd;
	short event; /* POLLIN or POLLOUT */
	int64_t deadline_ms;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

/* A late opener is one whose original costs too much: everything else ends it sooner. */
static enum err wait_for(const struct end *end)
{
	struct pollfd pollfd = {.fd = end->fd, .events = end->event};

	for (;;) {
		int64_t left = end->deadline_ms - now_ms();
		if (left <= 0)
			return err_detail(ERR_ORIGINAL_EXPENSIVE, "%d s", OPENER_SECONDS);
		int ready = poll(&pollfd, 1, (int)left);
		if (ready > 0)
			return ERR_OK;
		if (ready < 0 && errno != EINTR)
			return err_note(ERR_OPENER, "poll: %s", strerror(errno));
	}
}

/* What moved, or 0 when nothing did yet. An end of file is ERR_OPENER. */
static enum err move_some(const struct end *end, uint8_t *bytes, size_t size, size_t *out_moved)
{
	ssize_t moved =
		end->event == POLLOUT ? write(end->fd, bytes, size) : read(end->fd, bytes, size);

	*out_moved = moved > 0 ? (size_t)moved : 0;
	if (moved > 0 || (moved < 0 && (errno == EAGAIN || errno == EINTR)))
		return ERR_OK;
	return err_note(ERR_OPENER, "opener: %s", moved == 0 ? "no answer" : strerror(errno));
}

static enum err move_all(const struct end *end, uint8_t *bytes, size_t size)
{
	for (size_t at = 0, moved = 0; at < size; at += moved) {
		TRY(wait_for(end));
		TRY(move_some(end, bytes + at, size - at, &moved));
	}
	return ERR_OK;
}

/* Writing to a pipe nobody reads raises SIGPIPE in the writing thread: it is held back, and
 * taken away again if it was ours (pthreads(7), sigpending(2)). */
struct quiet {
	sigset_t before;
	bool was_pending;
};

static void quiet_begin(struct quiet *quiet)
{
	sigset_t sigpipe, pending;

	(void)sigemptyset(&sigpipe);
	(void)sigaddset(&sigpipe, SIGPIPE);
	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	quiet->was_pending = sigismember(&pending, SIGPIPE) == 1;
	(void)pthread_sigmask(SIG_BLOCK, &sigpipe, &quiet->before);
}

static void quiet_end(const struct quiet *quiet)
{
	const struct timespec at_once = {.tv_sec = 0};
	sigset_t sigpipe;

	(void)sigemptyset(&sigpipe);
	(void)sigaddset(&sigpipe, SIGPIPE);
	if (!quiet->was_pending)
		while (sigtimedwait(&sigpipe, NULL, &at_once) < 0 && errno == EINTR)
			continue;
	(void)pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
}

static size_t secret_size_or_none(const struct secret *secret)
{
	return secret == NULL ? 0 : secret_size(secret);
}

/* Frame and message in secret memory, exactly as long as they are. */
static enum err encode_job(const struct opener_job *job, struct secret **out_message)
{
	const size_t fields_size = 4 + 1 + 3 * 4;
	struct opener_job written = *job; /* the codec reads and writes through one struct */
	uint32_t size =
		(uint32_t)(fields_size + secret_size_or_none(job->pin) +
			   secret_size_or_none(job->new_pin) + secret_size_or_none(job->original));
	AUTO(secret) message = NULL;

	TRY(secret_new(OPENER_FRAME_SIZE + size, &message));
	struct cursor cursor = cursor_to_write(secret_bytes(message), secret_size(message));
	cursor_u32(&cursor, &size);
	opener_job_code(&cursor, &written);
	TRY(cursor_end(&cursor));
	*out_message = TAKE(message);
	return ERR_OK;
}

static enum err send_job(const struct end *end, const struct opener_job *job)
{
	AUTO(secret) message = NULL;
	struct quiet quiet;
	enum err err;

	TRY(encode_job(job, &message));
	quiet_begin(&quiet);
	err = move_all(end, secret_bytes(message), secret_size(message));
	quiet_end(&quiet);
	return err;
}

static enum err garbled(const char *what)
{
	return err_note(ERR_OPENER, "opener: %s", what);
}

static enum err receive(const struct end *end, struct secret **out_message)
{
	uint8_t header[OPENER_FRAME_SIZE];
	struct cursor cursor = cursor_to_read(header, sizeof header);
	AUTO(secret) message = NULL;
	uint32_t size = 0;

	TRY(move_all(end, header, sizeof header));
	cursor_u32(&cursor, &size);
	if (size == 0 || size > OPENER_ANSWER_MAX)
		return garbled("an answer of impossible size");
	TRY(secret_new(size, &message));
	TRY(move_all(end, secret_bytes(message), size));
	*out_message = TAKE(message);
	return ERR_OK;
}

static bool has_anything(const struct opened *opened)
{
	return opened->key != NULL || opened->certificate.size > 0 || opened->chain.count > 0 ||
	       opened->rebuilt != NULL;
}

/* The opener may have been taken over by what it read: it can say no more than its job allows. */
static enum err check_answer(const struct opener_job *job, const struct opened *opened)
{
	bool is_pin = job->mode == OPENER_PIN;

	if (opened->err != ERR_OK)
		return has_anything(opened) ? garbled("a failure with contents") : ERR_OK;
	if ((opened->key != NULL) != (job->mode == OPENER_KEY))
		return garbled("key and job differ");
	if ((opened->rebuilt != NULL) != is_pin || (opened->certificate.size > 0) == is_pin)
		return garbled("contents and job differ");
	return ERR_OK;
}

/* Only failures that an opener can have; anything else is not believed. */
static enum err failure_of(const struct opened *opened)
{
	enum err err = err_from_wire(opened->err);
	bool is_known = (err >= ERR_ORIGINAL_PIN && err <= ERR_ORIGINAL_UNREADABLE) ||
			err == ERR_PIN_TEXT || err == ERR_MEMORY || err == ERR_INTERNAL;

	if (!is_known)
		return garbled("an unknown failure");
	return opened->detail[0] == '\0' ? err : err_detail(err, "%s", opened->detail);
}

static enum err decode_answer(const struct opener_job *job, const struct secret *message,
			      struct opened **out_opened)
{
	struct cursor cursor = cursor_to_read(secret_view(message), secret_size(message));
	AUTO(opened) opened = calloc(1, sizeof *opened);

	if (opened == NULL)
		return ERR_MEMORY;
	opened_code(&cursor, opened);
	if (cursor_end(&cursor) != ERR_OK)
		return garbled("an answer that makes no sense");
	TRY(check_answer(job, opened));
	if (opened->err != ERR_OK)
		return failure_of(opened);
	*out_opened = TAKE(opened);
	return ERR_OK;
}

static enum err check_job(const struct opener_job *job)
{
	if (secret_size_or_none(job->original) > ORIGINAL_SIZE_MAX)
		return ERR_ORIGINAL_TOO_LARGE;
	if (secret_size_or_none(job->pin) > OPENER_PIN_MAX ||
	    secret_size_or_none(job->new_pin) > OPENER_PIN_MAX)
		return ERR_PIN_TEXT;
	return ERR_OK;
}

static enum err make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return err_note(ERR_INTERNAL, "fcntl: %s", strerror(errno));
	return ERR_OK;
}

enum err opener_exchange(int to_opener, int from_opener, const struct opener_job *job,
			 struct opened **out_opened)
{
	int64_t deadline = now_ms() + OPENER_SECONDS * MS_PER_SECOND;
	struct end to = {.fd = to_opener, .event = POLLOUT, .deadline_ms = deadline};
	struct end from = {.fd = from_opener, .event = POLLIN, .deadline_ms = deadline};
	AUTO(secret) message = NULL;

	TRY(check_job(job));
	TRY(make_nonblocking(to_opener));
	TRY(make_nonblocking(from_opener));
	TRY(send_job(&to, job));
	TRY(receive(&from, &message));
	return decode_answer(job, message, out_opened);
}

/* Descriptors above the standard ones, whose places they take: a pipe may itself have got one of
 * those. Standard error becomes the reading end, where every write fails. */
static int say_files(posix_spawn_file_actions_t *files, int in, int out)
{
	int error = posix_spawn_file_actions_adddup2(files, in, STDIN_FILENO);

	if (error == 0)
		error = posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(files, in, STDERR_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
	return error;
}

/* Ctrl-C at the terminal of a front end is for the front end: it ends between two steps, and the
 * opener with it. So the opener gets a group of its own and takes neither of the terminal's
 * signals; every other one that the caller holds back must still end it. */
static int say_signals(posix_spawnattr_t *attributes)
{
	sigset_t terminal;
	int error;

	(void)sigemptyset(&terminal);
	(void)sigaddset(&terminal, SIGINT);
	(void)sigaddset(&terminal, SIGQUIT);
	error = posix_spawnattr_setsigmask(attributes, &terminal);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes,
						 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	return error;
}

static int spawn(const char *path, int in, int out, pid_t *out_pid)
{
	char name[] = OPENER_PROGRAM;
	char *const arguments[] = {name, NULL};
	char *const nothing[] = {NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&files);

	if (error != 0)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (error == 0) {
		error = say_files(&files, in, out);
		if (error == 0)
			error = say_signals(&attributes);
		if (error == 0)
			error = posix_spawn(out_pid, path, &files, &attributes, arguments, nothing);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&files);
	return error;
}

enum err opener_start(const char *path, int in, int out, pid_t *out_pid)
{
	AUTO_FD high_in = fcntl(in, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	AUTO_FD high_out = fcntl(out, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int error;

	if (high_in < 0 || high_out < 0)
		return err_note(ERR_INTERNAL, "fcntl: %s", strerror(errno));
	error = spawn(path, high_in, high_out, out_pid);
	if (error == EAGAIN || error == ENOMEM)
		return err_note(ERR_INTERNAL, "posix_spawn: %s", strerror(error));
	return error != 0 ? err_detail(ERR_PROGRAM_MISSING, "%s", path) : ERR_OK;
}

/* Both pipes: [0] is read, [1] is written; -1 where closed. */
struct pipes {
	int job[2];
	int answer[2];
};

static void pipes_clear(struct pipes *pipes)
{
	int *all[] = {&pipes->job[0], &pipes->job[1], &pipes->answer[0], &pipes->answer[1]};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		own_close_fd(all[i]);
		*all[i] = -1;
	}
}
OWN_DEFINE_HELD(pipes, pipes_clear)

static enum err pipes_make(struct pipes *pipes)
{
	if (pipe2(pipes->job, O_CLOEXEC) != 0 || pipe2(pipes->answer, O_CLOEXEC) != 0)
		return err_note(ERR_INTERNAL, "pipe2: %s", strerror(errno));
	return ERR_OK;
}

/* Ends it for sure and waits for it: 0 exit status or the way it ended. */
static int reap(pid_t pid)
{
	int status = 0;

	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

/* How it ended says more than silence does. */
static enum err explain(enum err err, int status)
{
	if (err == ERR_OPENER && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_detail(ERR_ORIGINAL_EXPENSIVE, "CPU");
	return err;
}

enum err opener_run_at(const char *path, const struct opener_job *job, struct opened **out_opened)
{
	AUTO_HELD(pipes) pipes = {.job = {-1, -1}, .answer = {-1, -1}};
	pid_t pid = -1;

	TRY(check_job(job));
	TRY(pipes_make(&pipes));
	TRY(opener_start(path, pipes.job[0], pipes.answer[1], &pid));
	own_close_fd(&pipes.job[0]);
	own_close_fd(&pipes.answer[1]);
	pipes.job[0] = pipes.answer[1] = -1;
	enum err err = opener_exchange(pipes.job[1], pipes.answer[0], job, out_opened);
	return explain(err, reap(pid));
}

enum err opener_run(const struct opener_job *job, struct opened **out_opened)
{
	AUTO_TEXT path = NULL;

	TRY(program_find(OPENER_PROGRAM, &path));
	return opener_run_at(path, job, out_opened);
}
