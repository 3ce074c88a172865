/* audit_file_linux.c - see audit_file.h; posix_fallocate(3), pwrite(2), fdatasync(2). */
#include "vault/keeper/audit_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"

#define TEMPORARY_NAME "audit-new"

enum { NAME_SIZE = 32 };

/* No log of ours ever gets so far; a name that says so is not ours. */
static const uint64_t number_limit = UINT64_C(1) << 48;

static enum err disk(const char *what)
{
	return err_note(ERR_DISK, "the audit log: %s: %s", what, strerror(errno));
}

static void name_of(uint64_t first, char out_name[NAME_SIZE])
{
	(void)snprintf(out_name, NAME_SIZE, "audit-%016" PRIx64 ".log", first);
}

static bool parse_name(const char *name, uint64_t *out_first)
{
	char again[NAME_SIZE];

	if (sscanf(name, "audit-%16" SCNx64, out_first) != 1)
		return false;
	name_of(*out_first, again);
	return strcmp(name, again) == 0 && *out_first > 0 && *out_first < number_limit;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

enum err audit_files_list(int folder, struct audit_files *out_files)
{
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = again < 0 ? NULL : fdopendir(again);
	const struct dirent *name;

	if (names == NULL) {
		own_close_fd(&again);
		return disk("cannot list the folder");
	}
	out_files->count = 0;
	while (out_files->count < AUDIT_FILES_MAX && (name = readdir(names)) != NULL)
		if (parse_name(name->d_name, &out_files->firsts[out_files->count]))
			out_files->count++;
	(void)closedir(names);
	qsort(out_files->firsts, out_files->count, sizeof out_files->firsts[0], compare);
	return ERR_OK;
}

static enum err fill_new(int file, const struct audit_frame *head)
{
	if (!audit_file_grow(file, 1 + AUDIT_AHEAD_FRAMES))
		return ERR_LOG_FULL;
	TRY(audit_file_write(file, 0, head));
	return fsync(file) != 0 ? disk("cannot sync") : ERR_OK;
}

static enum err make_temporary(int folder, const struct audit_frame *head, int *out_file)
{
	AUTO_FD file = -1;

	(void)unlinkat(folder, TEMPORARY_NAME, 0);
	file = openat(folder, TEMPORARY_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	if (file < 0)
		return errno == ENOSPC || errno == EDQUOT ? ERR_LOG_FULL : disk("cannot create");
	TRY(fill_new(file, head));
	*out_file = file;
	file = -1;
	return ERR_OK;
}

/* Complete before it has its name, so that half of one is never found. */
enum err audit_file_create(int folder, uint64_t first, const struct audit_frame *head,
			   int *out_file)
{
	char name[NAME_SIZE];
	AUTO_FD file = -1;
	enum err err = make_temporary(folder, head, &file);

	name_of(first, name);
	if (err == ERR_OK && renameat(folder, TEMPORARY_NAME, folder, name) != 0)
		err = disk("cannot rename");
	if (err != ERR_OK)
		(void)unlinkat(folder, TEMPORARY_NAME, 0);
	TRY(err);
	TRY(file_sync_folder(folder));
	*out_file = file;
	file = -1;
	return ERR_OK;
}

enum err audit_file_open(int folder, uint64_t first, int *out_file, uint64_t *out_frames)
{
	char name[NAME_SIZE];
	struct stat status;
	AUTO_FD file = -1;

	name_of(first, name);
	file = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file < 0 || fstat(file, &status) != 0)
		return disk("cannot open");
	if (!S_ISREG(status.st_mode))
		return err_note(ERR_DISK, "the audit log: %s is not a regular file", name);
	*out_frames = (uint64_t)status.st_size / AUDIT_FRAME_SIZE;
	*out_file = file;
	file = -1;
	return ERR_OK;
}

void audit_file_remove(int folder, uint64_t first)
{
	char name[NAME_SIZE];

	name_of(first, name);
	(void)unlinkat(folder, name, 0);
}

enum err audit_file_read(int file, uint64_t index, struct audit_frame *out_frame)
{
	off_t at = (off_t)(index * AUDIT_FRAME_SIZE);

	*out_frame = (struct audit_frame){{0}};
	for (size_t done = 0; done < AUDIT_FRAME_SIZE;) {
		ssize_t got = pread(file, out_frame->bytes + done, AUDIT_FRAME_SIZE - done,
				    at + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return disk("cannot read");
		if (got == 0)
			return ERR_OK;
		done += (size_t)got;
	}
	return ERR_OK;
}

enum err audit_file_write(int file, uint64_t index, const struct audit_frame *frame)
{
	off_t at = (off_t)(index * AUDIT_FRAME_SIZE);

	for (size_t done = 0; done < AUDIT_FRAME_SIZE;) {
		ssize_t put = pwrite(file, frame->bytes + done, AUDIT_FRAME_SIZE - done,
				     at + (off_t)done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return errno == ENOSPC || errno == EDQUOT ? ERR_LOG_FULL
								  : disk("cannot write");
		done += (size_t)put;
	}
	return ERR_OK;
}

enum err audit_file_sync(int file)
{
	return fdatasync(file) != 0 ? disk("cannot sync") : ERR_OK;
}

bool audit_file_grow(int file, uint64_t frames)
{
	int failure;

	do
		failure = posix_fallocate(file, 0, (off_t)(frames * AUDIT_FRAME_SIZE));
	while (failure == EINTR);
	return failure == 0;
}

void audit_file_trim(int file, uint64_t frames)
{
	if (ftruncate(file, (off_t)(frames * AUDIT_FRAME_SIZE)) == 0)
		(void)fdatasync(file);
}
