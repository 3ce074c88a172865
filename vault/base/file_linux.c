/* file_linux.c - see file.h; the order of syncs follows rename(2) and fsync(2). */
#include "vault/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMPORARY_NAME_SIZE = 256 };

static enum err disk(const char *what, const char *name)
{
	return err_note(ERR_DISK, "%s %s: %s", what, name, strerror(errno));
}

enum err file_open_folder(const char *path, int *out_folder)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (folder < 0)
		return err_detail(ERR_VAULT_FOLDER, "%s (%s)", path, strerror(errno));
	*out_folder = folder;
	return ERR_OK;
}

enum err file_make_folder(const char *path, mode_t mode, int *out_folder)
{
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return err_detail(ERR_VAULT_FOLDER, "%s (%s)", path, strerror(errno));
	return file_open_folder(path, out_folder);
}

/* O_NONBLOCK: opening a FIFO that somebody put there must not hang. */
static enum err open_regular(int folder, const char *name, size_t size_max,
			     enum file_answer *out_answer, int *out_fd, size_t *out_size)
{
	AUTO_FD fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 && errno == ENOENT) {
		*out_answer = FILE_ABSENT;
		return ERR_OK;
	}
	if (fd < 0 || fstat(fd, &status) != 0)
		return disk("cannot open", name);
	if (!S_ISREG(status.st_mode))
		return err_note(ERR_DISK, "%s is not a regular file", name);
	if (status.st_size < 0 || (size_t)status.st_size > size_max)
		return err_note(ERR_DISK, "%s is larger than %zu bytes", name, size_max);
	*out_answer = FILE_PRESENT;
	*out_size = (size_t)status.st_size;
	*out_fd = fd;
	fd = -1;
	return ERR_OK;
}

static enum err read_exactly(int fd, const char *name, uint8_t *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = read(fd, bytes + done, size - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return disk("cannot read", name);
		if (got == 0)
			return err_note(ERR_DISK, "%s became shorter while it was read", name);
		done += (size_t)got;
	}
	return ERR_OK;
}

enum err file_read(int folder, const char *name, size_t size_max, enum file_answer *out_answer,
		   struct bytes *out_bytes)
{
	AUTO_FD fd = -1;
	size_t size = 0;
	AUTO_HELD(bytes) bytes = {NULL, 0};

	TRY(open_regular(folder, name, size_max, out_answer, &fd, &size));
	if (*out_answer == FILE_ABSENT)
		return ERR_OK;
	TRY(bytes_zeroed(size, &bytes));
	TRY(read_exactly(fd, name, bytes.data, size));
	*out_bytes = bytes;
	bytes = (struct bytes){NULL, 0};
	return ERR_OK;
}

enum err file_read_secret(int folder, const char *name, size_t size_max,
			  enum file_answer *out_answer, struct secret **out_secret)
{
	AUTO_FD fd = -1;
	size_t size = 0;
	AUTO(secret) secret = NULL;

	TRY(open_regular(folder, name, size_max, out_answer, &fd, &size));
	if (*out_answer == FILE_ABSENT)
		return ERR_OK;
	TRY(secret_new(size, &secret));
	TRY(read_exactly(fd, name, secret_bytes(secret), size));
	*out_secret = TAKE(secret);
	return ERR_OK;
}

int file_write_all(int fd, const void *bytes, size_t size)
{
	const uint8_t *next = bytes;

	while (size > 0) {
		ssize_t put = write(fd, next, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		next += put;
		size -= (size_t)put;
	}
	return 0;
}

/* "name.new", in the same folder. */
static enum err temporary_name(const char *name, char out_temporary[TEMPORARY_NAME_SIZE])
{
	int size = snprintf(out_temporary, TEMPORARY_NAME_SIZE, "%s.new", name);

	if (size < 0 || size >= TEMPORARY_NAME_SIZE)
		return err_note(ERR_DISK, "the name is too long: %s", name);
	return ERR_OK;
}

/* Writes and syncs `temporary`; a half-written one is removed. One left by a crash, and whatever
 * else stands there (a FIFO would hang, a link lead elsewhere), goes first. */
static enum err write_temporary(int folder, const char *temporary, mode_t mode, const void *bytes,
				size_t size)
{
	AUTO_FD fd = -1;

	(void)unlinkat(folder, temporary, 0);
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return disk("cannot create", temporary);
	if (file_write_all(fd, bytes, size) != 0 || fchmod(fd, mode) != 0 || fsync(fd) != 0) {
		enum err err = disk("cannot write", temporary);
		(void)unlinkat(folder, temporary, 0);
		return err;
	}
	return ERR_OK;
}

enum err file_replace(int folder, const char *name, mode_t mode, const void *bytes, size_t size)
{
	char temporary[TEMPORARY_NAME_SIZE];

	TRY(temporary_name(name, temporary));
	TRY(write_temporary(folder, temporary, mode, bytes, size));
	if (renameat(folder, temporary, folder, name) != 0) {
		enum err err = disk("cannot rename", temporary);
		(void)unlinkat(folder, temporary, 0);
		return err;
	}
	return file_sync_folder(folder);
}

enum err file_create(int folder, const char *name, mode_t mode, const void *bytes, size_t size)
{
	char temporary[TEMPORARY_NAME_SIZE];
	enum err err = ERR_OK;

	TRY(temporary_name(name, temporary));
	TRY(write_temporary(folder, temporary, mode, bytes, size));
	if (linkat(folder, temporary, folder, name, 0) != 0)
		err = disk("cannot create", name);
	(void)unlinkat(folder, temporary, 0);
	TRY(err);
	return file_sync_folder(folder);
}

/* fdatasync: where neither length nor blocks change, the disk gets the bytes and nothing else. */
enum err file_overwrite(int folder, const char *name, size_t offset, const void *bytes, size_t size)
{
	AUTO_FD fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		return disk("cannot open", name);
	if (!S_ISREG(status.st_mode) || status.st_size < 0 || offset > (size_t)status.st_size ||
	    size > (size_t)status.st_size - offset)
		return err_note(ERR_DISK, "%s is no file with room for %zu bytes", name, size);
	if (pwrite(fd, bytes, size, (off_t)offset) != (ssize_t)size)
		return disk("cannot write", name);
	return fdatasync(fd) != 0 ? disk("cannot sync", name) : ERR_OK;
}

bool file_exists(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

enum err file_remove(int folder, const char *name)
{
	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		return disk("cannot remove", name);
	return file_sync_folder(folder);
}

enum err file_sync_folder(int folder)
{
	return fsync(folder) != 0 ? disk("cannot sync", "the folder") : ERR_OK;
}
