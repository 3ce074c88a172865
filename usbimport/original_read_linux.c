/* original_read_linux.c - reads one original, once, into secret memory (original.h). */
#include "usbimport/original.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "usbimport/device.h"
#include "usbimport/medium.h"

static enum err open_file(const char *path, int *out_fd, struct stat *out_status);
static enum err find_place(int fd, struct original *original);
static enum err read_file(int fd, const struct stat *before, struct original *original);

enum err original_read(const char *path, struct original **out_original)
{
	AUTO(original) original = calloc(1, sizeof *original);
	AUTO_FD fd = -1;
	struct stat status;

	if (original == NULL)
		return ERR_MEMORY;
	original->path = strdup(path);
	if (original->path == NULL)
		return ERR_MEMORY;
	TRY(open_file(path, &fd, &status));
	TRY(find_place(fd, original));
	TRY(read_file(fd, &status, original));
	digest_of(secret_view(original->bytes), secret_size(original->bytes), &original->digest);
	*out_original = TAKE(original);
	return ERR_OK;
}

static enum err unreadable(const char *path)
{
	if (medium_is_gone(errno))
		return err_detail(ERR_STICK_GONE, "%s", path);
	if (errno == ELOOP)
		return err_detail(ERR_ORIGINAL_NOT_FILE, "%s", path);
	return err_detail(ERR_ORIGINAL_UNREADABLE, "%s (%s)", path, strerror(errno));
}

static enum err open_file(const char *path, int *out_fd, struct stat *out_status)
{
	int fd = medium_open_plain(AT_FDCWD, path, out_status);

	if (fd < 0)
		return errno == 0 ? err_detail(ERR_ORIGINAL_NOT_FILE, "%s", path)
				  : unreadable(path);
	*out_fd = fd;
	return out_status->st_size > ORIGINAL_SIZE_MAX
		       ? err_detail(ERR_ORIGINAL_TOO_LARGE, "%s", path)
		       : ERR_OK;
}

static enum err find_place(int fd, struct original *original)
{
	AUTO(stick) stick = NULL;
	enum err err = stick_of_fd(fd, original->path, &stick);

	if (err != ERR_OK && err != ERR_STICK_NOT_A_STICK)
		return err;
	err_forget();
	original->is_on_stick = err == ERR_OK;
	original->where = strdup(stick == NULL ? "" : stick->name);
	return original->where == NULL ? ERR_MEMORY : ERR_OK;
}

static bool is_same_moment(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Asked after the last byte: whoever wrote meanwhile has left a new time or size. */
static enum err check_unchanged(int fd, const struct stat *before, const char *path)
{
	struct stat after;

	if (fstat(fd, &after) != 0)
		return unreadable(path);
	if (after.st_size != before->st_size || !is_same_moment(&after.st_mtim, &before->st_mtim))
		return err_detail(ERR_ORIGINAL_CHANGED, "%s", path);
	return ERR_OK;
}

static enum err read_file(int fd, const struct stat *before, struct original *original)
{
	size_t size = (size_t)before->st_size;

	TRY(secret_new(size, &original->bytes));
	for (size_t done = 0; done < size;) {
		ssize_t got = read(fd, secret_bytes(original->bytes) + done, size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return unreadable(original->path);
		if (got == 0)
			return err_detail(ERR_ORIGINAL_CHANGED, "%s", original->path);
		done += (size_t)got;
	}
	return check_unchanged(fd, before, original->path);
}

void original_free(struct original *original)
{
	if (original == NULL)
		return;
	free(original->path);
	secret_free(original->bytes);
	free(original->where);
	free(original);
}
