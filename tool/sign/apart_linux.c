/* apart_linux.c - see apart.h; fork(2), setrlimit(2), seccomp(2), landlock(7)
 *
 * A copy of this process and no other program: there is nothing to find, and what the work needs
 * is in its memory already. Secrets are not (secret_stays_here).
 */
#include "tool/sign/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/base/confine.h"
#include "vault/base/cursor.h"
#include "vault/base/file.h"
#include "vault/base/utf8.h"

enum { NO_FD = -1, TEXT_MAX = 1024, HEAD_MAX = 4 + 2 * (2 + TEXT_MAX), PIECE_SIZE = 64 * 1024 };

/* How the work ended: what stands before its answer. */
struct ending {
	uint32_t err;
	char *detail;
	char *note;
};

static void ending_clear(struct ending *ending)
{
	free(ending->detail);
	free(ending->note);
}
OWN_DEFINE_HELD(ending, ending_clear)

static void code_ending(struct cursor *cursor, struct ending *ending)
{
	cursor_u32(cursor, &ending->err);
	cursor_text(cursor, &ending->detail, TEXT_MAX);
	cursor_text(cursor, &ending->note, TEXT_MAX);
}

/* --- In the other process -----------------------------------------------------------------------
 */

static const struct call_rule calls[] = {
	CALL_MAY_WHEN("write", 0, UINT64_MAX, STDOUT_FILENO),
	CALL_MAY_WHEN("mmap", 2, PROT_EXEC, 0),
	CALL_MAY_WHEN("mprotect", 2, PROT_EXEC, 0),
	CALL_MAY("munmap"),
	CALL_MAY("mremap"),
	CALL_MAY("madvise"),
	CALL_MAY("brk"),
	CALL_MAY("futex"),
	CALL_MAY("getrandom"),
	CALL_MAY("clock_gettime"),
	CALL_MAY("gettimeofday"),
	CALL_MAY("getpid"),
	CALL_MAY("gettid"),
	CALL_MAY("sysinfo"), /* qsort of much asks how much memory there is */
	CALL_MAY("rt_sigprocmask"),
	CALL_MAY("rt_sigreturn"),
	CALL_MAY("restart_syscall"),
	CALL_MAY("exit"),
	CALL_MAY("exit_group"),
	/* The C++ library looks at its message catalogues and does without. */
	CALL_FAILS("openat", EACCES),
	CALL_FAILS("newfstatat", EACCES),
	CALL_FAILS("readlink", EACCES),
};

static bool limit(__rlimit_resource_t resource, rlim_t value)
{
	const struct rlimit both = {.rlim_cur = value, .rlim_max = value};

	return setrlimit(resource, &both) == 0;
}

static bool confine(int answers)
{
	const struct call_list list = {calls, COUNT_OF(calls)};
	unsigned version = 0;

	if (dup2(answers, STDOUT_FILENO) < 0 || (close(STDIN_FILENO) != 0 && errno != EBADF) ||
	    close_range(STDERR_FILENO + 1, ~0U, 0) != 0)
		return false;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_NPROC, 0) ||
	    !limit(RLIMIT_CPU, APART_CPU_SECONDS))
		return false;
	if (KINKO_SANITIZED) /* which reserves terabytes, and writes its reports to files */
		return true;
	return limit(RLIMIT_AS, (rlim_t)APART_MEMORY_MIB << 20) &&
	       confine_files(NULL, 0, false, &version) == ERR_OK &&
	       confine_calls(&list, 1, confine_violation()) == ERR_OK;
}

static bool write_ending(enum err err)
{
	AUTO_HELD(ending) ending = {.err = err};
	uint8_t head[HEAD_MAX + 4] = {0};
	uint32_t size;
	struct cursor cursor = cursor_to_write(head + 4, HEAD_MAX);
	struct cursor size_cursor = cursor_to_write(head, 4);

	if (utf8_escape(err_detail_text(), &ending.detail) != ERR_OK ||
	    utf8_escape(err_note_text(), &ending.note) != ERR_OK)
		return false;
	ending.detail[utf8_cut(ending.detail, TEXT_MAX)] = '\0';
	ending.note[utf8_cut(ending.note, TEXT_MAX)] = '\0';
	code_ending(&cursor, &ending);
	size = (uint32_t)cursor.at;
	cursor_u32(&size_cursor, &size);
	return cursor.bad == ERR_OK && file_write_all(STDOUT_FILENO, head, 4 + size) == 0;
}

static void work_and_end(apart_work *work, const void *task, int answers)
{
	struct bytes answer = {0};
	enum err err;
	bool is_told;

	if (!confine(answers)) {
		err = err_note(ERR_INTERNAL, "the reader could not be confined");
	} else {
		err_forget();
		err = work(task, &answer);
	}
	is_told =
		write_ending(err) && (err != ERR_OK || answer.size == 0 ||
				      file_write_all(STDOUT_FILENO, answer.data, answer.size) == 0);
	/* Without the ends of the libraries: those belong to the first process. */
	_exit(is_told ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* --- Here ---------------------------------------------------------------------------------------
 */

static bool grow(struct bytes *bytes, size_t *room, size_t size_max)
{
	size_t more = *room == 0 ? PIECE_SIZE : *room * 2;
	uint8_t *data;

	if (*room >= size_max)
		return false;
	more = more < size_max ? more : size_max;
	data = realloc(bytes->data, more);
	if (data == NULL)
		return false;
	bytes->data = data;
	*room = more;
	return true;
}

/* Everything until the other end is closed; false when it is too much. */
static bool read_all(int fd, size_t size_max, struct bytes *out_bytes)
{
	size_t room = 0;

	for (;;) {
		ssize_t got;
		if (out_bytes->size == room && !grow(out_bytes, &room, size_max))
			return false;
		got = read(fd, out_bytes->data + out_bytes->size, room - out_bytes->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		out_bytes->size += (size_t)got;
	}
}

static bool has_ended_well(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* The work's failure becomes this thread's. */
static enum err failure_of(const struct ending *ending)
{
	enum err err = err_from_wire(ending->err);

	err_forget();
	if (ending->detail[0] != '\0')
		err = err_detail(err, "%s", ending->detail);
	if (ending->note[0] != '\0')
		err = err_note(err, "%s", ending->note);
	return err;
}

static enum err take_answer(const struct bytes *all, enum err broken, struct bytes *out_answer)
{
	AUTO_HELD(ending) ending = {0};
	struct cursor size_cursor = cursor_to_read(all->data, all->size);
	struct cursor cursor;
	uint32_t size = 0;

	cursor_u32(&size_cursor, &size);
	if (size_cursor.bad != ERR_OK || size > all->size - 4)
		return err_note(broken, "no proper answer");
	cursor = cursor_to_read(all->data + 4, size);
	code_ending(&cursor, &ending);
	if (cursor_end(&cursor) != ERR_OK)
		return err_note(broken, "no proper answer");
	if (ending.err != ERR_OK)
		return failure_of(&ending);
	return bytes_copy(all->data + 4 + size, all->size - 4 - size, out_answer);
}

static enum err failed(const char *call)
{
	return err_note(ERR_INTERNAL, "%s: %s", call, strerror(errno));
}

enum err apart_do(apart_work *work, const void *task, size_t answer_max, enum err broken,
		  struct bytes *out_answer)
{
	AUTO_HELD(bytes) all = {0};
	AUTO_FD reader = NO_FD;
	AUTO_FD writer = NO_FD;
	int ends[2];
	bool is_whole;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return failed("pipe2");
	reader = ends[0];
	writer = ends[1];
	child = fork();
	if (child < 0)
		return failed("fork");
	if (child == 0)
		work_and_end(work, task, writer);
	own_close_fd(&writer);
	writer = NO_FD;
	is_whole = read_all(reader, 4 + HEAD_MAX + answer_max, &all);
	own_close_fd(&reader); /* one that still writes is ended by it */
	reader = NO_FD;
	if (!has_ended_well(child) || !is_whole)
		return err_note(broken, "the process that read it did not come to an end");
	return take_answer(&all, broken, out_answer);
}
