/* given_fault.c - see given_fault.h */
#include "tests/unit/keeper/given_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sodium.h>

#define EXPORTED __attribute__((visibility("default")))

static struct {
	enum fault_kind kind;
	unsigned left;
	int error;
	bool happened;
} fault;

void fault_arm(enum fault_kind kind, unsigned nth, int error)
{
	fault.kind = kind;
	fault.left = nth;
	fault.error = error;
	fault.happened = false;
}

bool fault_disarm(void)
{
	fault.kind = FAULT_NONE;
	return fault.happened;
}

static struct {
	dev_t device;
	ino_t file; /* 0: none */
} spoilt;

void fault_spoil(int folder, const char *name)
{
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		abort(); /* a test that would prove nothing */
	spoilt.device = status.st_dev;
	spoilt.file = status.st_ino;
}

void fault_mend(void)
{
	spoilt.file = 0;
}

static bool is_spoilt(int fd)
{
	struct stat status;

	if (spoilt.file == 0 || fstat(fd, &status) != 0 || status.st_ino != spoilt.file ||
	    status.st_dev != spoilt.device)
		return false;
	errno = EIO;
	return true;
}

/* True: this call is to fail. Does not return when the machine stops here. */
static bool strikes(void)
{
	if (fault.kind == FAULT_NONE || (fault.left > 0 && --fault.left > 0))
		return false;
	if (fault.kind == FAULT_KILL)
		_exit(FAULT_EXIT);
	if (fault.happened && fault.kind == FAULT_FAIL)
		return false;
	fault.happened = true;
	errno = fault.error;
	return true;
}

/* The same for calls that write bytes: these can be torn. */
static bool strikes_write(int fd, const void *bytes, size_t size, long offset)
{
	if (is_spoilt(fd))
		return true;
	if (!strikes())
		return false;
	if (fault.kind == FAULT_KILL_TORN) {
		(void)!(offset < 0 ? syscall(SYS_write, fd, bytes, size / 2)
				   : syscall(SYS_pwrite64, fd, bytes, size / 2, offset));
		_exit(FAULT_EXIT);
	}
	return true;
}

static bool strikes_plain(void)
{
	if (!strikes())
		return false;
	if (fault.kind == FAULT_KILL_TORN)
		_exit(FAULT_EXIT);
	return true;
}

EXPORTED ssize_t write(int fd, const void *bytes, size_t size)
{
	return strikes_write(fd, bytes, size, -1) ? -1 : syscall(SYS_write, fd, bytes, size);
}

EXPORTED ssize_t fault_pwrite(int fd, const void *bytes, size_t size,
			      long offset) __asm__("pwrite");
EXPORTED ssize_t fault_pwrite64(int fd, const void *bytes, size_t size,
				long offset) __asm__("pwrite64");
EXPORTED int fault_ftruncate(int fd, long size) __asm__("ftruncate");
EXPORTED int fault_ftruncate64(int fd, long size) __asm__("ftruncate64");

ssize_t fault_pwrite(int fd, const void *bytes, size_t size, long offset)
{
	return strikes_write(fd, bytes, size, offset)
		       ? -1
		       : syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t fault_pwrite64(int fd, const void *bytes, size_t size, long offset)
{
	return fault_pwrite(fd, bytes, size, offset);
}

int fault_ftruncate(int fd, long size)
{
	return strikes_plain() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int fault_ftruncate64(int fd, long size)
{
	return fault_ftruncate(fd, size);
}

EXPORTED int fsync(int fd)
{
	return strikes_plain() ? -1 : (int)syscall(SYS_fsync, fd);
}

EXPORTED int fdatasync(int fd)
{
	return strikes_plain() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

EXPORTED int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	return strikes_plain() ? -1 : (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
}

EXPORTED int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	return strikes_plain() ? -1
			       : (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

EXPORTED int unlink(const char *path)
{
	return strikes_plain() ? -1 : (int)syscall(SYS_unlink, path);
}

EXPORTED int unlinkat(int folder, const char *name, int flags)
{
	return strikes_plain() ? -1 : (int)syscall(SYS_unlinkat, folder, name, flags);
}

/* Shared with children, so that a killed one's evaluations are known. */
static atomic_uint *shared_count(void)
{
	static atomic_uint *count;

	if (count == NULL)
		count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return count;
}

static bool stretch_is_broken;
static atomic_uint running, running_max;

static void enter(void)
{
	unsigned now = atomic_fetch_add(&running, 1) + 1;
	unsigned most = atomic_load(&running_max);

	while (now > most && !atomic_compare_exchange_weak(&running_max, &most, now))
		;
}

unsigned stretched_at_once(void)
{
	return atomic_load(&running_max);
}

unsigned stretched_count(void)
{
	return atomic_load(shared_count());
}

void stretched_forget(void)
{
	atomic_store(shared_count(), 0);
	atomic_store(&running_max, 0);
}

void stretch_fails(bool fails)
{
	stretch_is_broken = fails;
}

/* Stands before libsodium's for the keeper. */
EXPORTED int crypto_pwhash(unsigned char *const out, unsigned long long out_size,
			   const char *const text, unsigned long long text_size,
			   const unsigned char *const salt, unsigned long long passes,
			   size_t memory, int algorithm)
{
	int result;

	if (stretch_is_broken) {
		errno = ENOMEM;
		return -1;
	}
	atomic_fetch_add(shared_count(), 1);
	enter();
	result = crypto_pwhash_argon2id(out, out_size, text, text_size, salt, passes, memory,
					algorithm);
	atomic_fetch_sub(&running, 1);
	return result;
}
