/* medium_linux.c - see medium.h. The order of syncs follows rename(2) and fsync(2); what FAT,
 * exFAT, NTFS and FUSE cannot do is said where it is done another way.
 */
#include "usbimport/medium.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/file.h"

bool medium_is_gone(int number)
{
	switch (number) {
	case EIO:
	case ENODEV:
	case ENXIO:
	case ESTALE:
	case ENOTCONN:
	case ECONNABORTED:
	case ESHUTDOWN:
	case ENOMEDIUM:
	case EREMOTEIO:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

enum err medium_failure(int number, const char *path)
{
	if (medium_is_gone(number))
		return err_detail(ERR_STICK_GONE, "%s", path);
	if (number == ENOSPC || number == EDQUOT || number == EFBIG)
		return err_detail(ERR_STICK_FULL, "%s", path);
	if (number == EROFS)
		return err_detail(ERR_STICK_READ_ONLY, "%s", path);
	return err_detail(ERR_STICK_FOLDER, "%s (%s)", path, strerror(number));
}

enum err medium_open_folder(const char *path, int *out_folder)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return medium_failure(errno, path);
	*out_folder = folder;
	return ERR_OK;
}

static enum err check_same_medium(int folder, int inner, const char *path)
{
	struct stat outside;
	struct stat inside;

	if (fstat(folder, &outside) != 0 || fstat(inner, &inside) != 0)
		return medium_failure(errno, path);
	if (outside.st_dev != inside.st_dev)
		return medium_failure(EXDEV, path);
	return ERR_OK;
}

enum err medium_make_folder(int folder, const char *name, const char *path, int *out_inner)
{
	AUTO_FD inner = -1;
	bool is_new = mkdirat(folder, name, 0700) == 0;

	if (!is_new && errno != EEXIST)
		return medium_failure(errno, path);
	if (is_new)
		TRY(medium_sync_folder(folder, path));
	inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (inner < 0)
		return medium_failure(errno, path);
	TRY(check_same_medium(folder, inner, path));
	*out_inner = inner;
	inner = -1;
	return ERR_OK;
}

enum err medium_lock(int folder, const char *path)
{
	static const struct timespec PAUSE = {.tv_nsec = 50L * 1000 * 1000};

	for (unsigned tries = 0; tries < 200; tries++) {
		if (flock(folder, LOCK_EX | LOCK_NB) == 0)
			return ERR_OK;
		if (medium_is_gone(errno))
			return medium_failure(errno, path);
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ERR_OK; /* NFS, for one, locks no folders */
		(void)nanosleep(&PAUSE, NULL);
	}
	return err_note(ERR_TIMEOUT, "%s is locked by another program", path);
}

/* Some file systems cannot sync a folder alone: then all of them is synced. */
enum err medium_sync_folder(int folder, const char *path)
{
	if (fsync(folder) == 0)
		return ERR_OK;
	if ((errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) && syncfs(folder) == 0)
		return ERR_OK;
	return medium_failure(errno, path);
}

/* Only a plain file can be a rest of ours. unlink(2) never follows a link. */
static enum err remove_rest(int folder, const char *name, const char *path)
{
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? ERR_OK : medium_failure(errno, path);
	if (!S_ISREG(status.st_mode))
		return err_detail(ERR_STICK_NAME_TAKEN, "%s", path);
	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		return medium_failure(errno, path);
	return ERR_OK;
}

/* FAT has no modes and says EPERM. */
static int set_mode(int fd, mode_t mode)
{
	return fchmod(fd, mode) == 0 || errno == EPERM || errno == EOPNOTSUPP ? 0 : -1;
}

static enum err fill(int folder, const char *name, mode_t mode, const char *path,
		     const struct secret *bytes)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return medium_failure(errno, path);
	int failed = 0;
	if (file_write_all(fd, secret_view(bytes), secret_size(bytes)) != 0 ||
	    set_mode(fd, mode) != 0 || fsync(fd) != 0)
		failed = errno;
	if (close(fd) != 0 && failed == 0)
		failed = errno;
	return failed == 0 ? ERR_OK : medium_failure(failed, path);
}

enum err medium_write_new(int folder, const char *name, mode_t mode, const char *path,
			  const struct secret *bytes)
{
	TRY(remove_rest(folder, name, path));
	enum err err = fill(folder, name, mode, path, bytes);
	if (err != ERR_OK)
		(void)unlinkat(folder, name, 0);
	return err;
}

/* O_PATH opens the name alone; what is then opened is that very file, whatever the name has become
 * meanwhile. */
int medium_open_plain(int folder, const char *name, struct stat *out_status)
{
	char self[64];
	AUTO_FD place = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (place < 0 || fstat(place, out_status) != 0)
		return -1;
	errno = 0;
	if (!S_ISREG(out_status->st_mode))
		return -1;
	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", place);
	return open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static enum err open_plain(int folder, const char *name, const char *path, int *out_fd,
			   size_t *out_size)
{
	struct stat status;
	int error;

	*out_fd = medium_open_plain(folder, name, &status);
	error = errno;
	if (*out_fd < 0 && error == 0)
		return err_detail(ERR_STICK_NAME_TAKEN, "%s", path);
	if (*out_fd < 0 && error != ENOENT)
		return medium_failure(error, path);
	*out_size = *out_fd < 0 ? 0 : (size_t)status.st_size;
	return ERR_OK;
}

static enum err read_all(int fd, const char *path, struct secret *bytes, size_t *out_read)
{
	size_t done = 0;

	while (done < secret_size(bytes)) {
		ssize_t got = read(fd, secret_bytes(bytes) + done, secret_size(bytes) - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return medium_failure(errno, path);
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*out_read = done;
	return ERR_OK;
}

enum err medium_compare(int folder, const char *name, const char *path, const struct secret *bytes,
			enum medium_answer *out_answer, struct secret **out_read)
{
	const size_t size = secret_size(bytes);
	AUTO_FD fd = -1;
	size_t there = 0;
	size_t got = 0;
	AUTO(secret) back = NULL;

	TRY(open_plain(folder, name, path, &fd, &there));
	*out_answer = fd < 0 ? MEDIUM_ABSENT : MEDIUM_DIFFERENT;
	if (fd < 0 || there != size)
		return ERR_OK;
	/* An earlier run may have been stopped before its fsync; only clean pages are dropped. */
	if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
		return medium_failure(errno, path);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	TRY(secret_new(size, &back));
	TRY(read_all(fd, path, back, &got));
	if (got != size || !secret_equal(back, bytes))
		return ERR_OK;
	*out_answer = MEDIUM_SAME;
	if (out_read != NULL)
		*out_read = TAKE(back);
	return ERR_OK;
}

enum err medium_prove(int folder, const char *name, const char *path, const struct secret *bytes,
		      struct secret **out_read)
{
	enum medium_answer answer = MEDIUM_ABSENT;

	TRY(medium_compare(folder, name, path, bytes, &answer, out_read));
	if (answer != MEDIUM_SAME)
		return err_detail(ERR_STICK_NOT_PROVEN, "%s", path);
	return ERR_OK;
}

/* Without RENAME_NOREPLACE: look, then rename. The lock keeps our own programs apart. */
static int rename_when_free(int folder, const char *from, const char *to)
{
	struct stat status;

	if (fstatat(folder, to, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(folder, from, folder, to) : -1;
}

enum err medium_rename_new(int folder, const char *from, const char *to, const char *path,
			   enum medium_answer *out_answer)
{
	int failed = renameat2(folder, from, folder, to, RENAME_NOREPLACE);

	if (failed != 0 && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
		failed = rename_when_free(folder, from, to);
	if (failed != 0 && errno != EEXIST)
		return medium_failure(errno, path);
	*out_answer = failed != 0 ? MEDIUM_DIFFERENT : MEDIUM_SAME;
	return ERR_OK;
}

/* Names may be as long as the file system allows; the temporary one is cut. */
enum err medium_temporary_name(const char *name, char **out_name)
{
	return asprintf(out_name, ".%.200s.new", name) < 0 ? ERR_MEMORY : ERR_OK;
}

static enum err holds(int folder, const char *name, const char *path, const struct secret *bytes)
{
	enum medium_answer answer = MEDIUM_ABSENT;

	TRY(medium_compare(folder, name, path, bytes, &answer, NULL));
	return answer == MEDIUM_SAME ? ERR_OK : err_detail(ERR_ORIGINAL_CHANGED, "%s", path);
}

static enum err prove_and_rename(int folder, const char *temporary, const char *name,
				 const char *path, const struct secret *replaced,
				 const struct secret *bytes)
{
	TRY(medium_prove(folder, temporary, path, bytes, NULL));
	if (replaced != NULL)
		TRY(holds(folder, name, path, replaced));
	if (renameat(folder, temporary, folder, name) != 0)
		return medium_failure(errno, path);
	return ERR_OK;
}

enum err medium_replace(int folder, const char *name, mode_t mode, const char *path,
			const struct secret *replaced, const struct secret *bytes)
{
	AUTO_TEXT temporary = NULL;

	TRY(medium_temporary_name(name, &temporary));
	TRY(medium_write_new(folder, temporary, mode, path, bytes));
	enum err err = prove_and_rename(folder, temporary, name, path, replaced, bytes);
	if (err != ERR_OK) {
		(void)unlinkat(folder, temporary, 0);
		return err;
	}
	return medium_sync_folder(folder, path);
}
