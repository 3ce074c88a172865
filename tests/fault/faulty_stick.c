/* faulty_stick.c - a stick that fails when a test wants it to.
 *
 *   faulty_stick CONTENT FOLDER FAULTS
 *
 * Shows the folder CONTENT at FOLDER (FUSE) until it gets SIGTERM, and prints "ready" once it does.
 * FAULTS is the file of faulty_stick.h. Killed, it leaves a dead mount: a stick pulled out.
 */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "tests/fault/faulty_stick.h"

struct stick {
	int content;
	int64_t *faults;
};

static struct stick *this_stick(void)
{
	return fuse_get_context()->private_data;
}

static const char *inside(const char *path)
{
	return path[1] == '\0' ? "." : path + 1;
}

static int result(int returned)
{
	return returned < 0 ? -errno : 0;
}

static int failure(void)
{
	return -(int)this_stick()->faults[FAULT_ERRNO];
}

static bool is_armed(enum fault fault)
{
	return this_stick()->faults[fault] >= 0;
}

/* Every operation passes here first. */
static int begin(bool is_change)
{
	int64_t *left = &this_stick()->faults[FAULT_OPERATIONS_LEFT];

	if (*left == 0)
		return failure();
	if (*left > 0)
		--*left;
	return is_change && is_armed(FAULT_READ_ONLY) ? -EROFS : 0;
}

#define BEGIN(is_change)                      \
	do {                                  \
		int begun = begin(is_change); \
		if (begun != 0)               \
			return begun;         \
	} while (0)

/* How much of `size` still works. */
static size_t allowed(enum fault counter, size_t size)
{
	int64_t *left = &this_stick()->faults[counter];

	if (*left < 0)
		return size;
	if ((uint64_t)*left < size)
		size = (size_t)*left;
	*left -= (int64_t)size;
	return size;
}

/* No names and attributes are cached, so that every operation of the program under test arrives
 * here. Contents are, as with a real stick: what was written is read back from memory until a
 * program has the pages dropped. */
static void *stick_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	connection->want &= ~(unsigned)FUSE_CAP_AUTO_INVAL_DATA;
	config->kernel_cache = 1;
	config->use_ino = 1;
	config->entry_timeout = 0;
	config->attr_timeout = 0;
	config->negative_timeout = 0;
	return this_stick();
}

static int stick_getattr(const char *path, struct stat *status, struct fuse_file_info *file)
{
	(void)file;
	BEGIN(false);
	return result(fstatat(this_stick()->content, inside(path), status, AT_SYMLINK_NOFOLLOW));
}

static int stick_readlink(const char *path, char *text, size_t size)
{
	BEGIN(false);
	ssize_t got = readlinkat(this_stick()->content, inside(path), text, size - 1);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	return 0;
}

static int stick_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
			 struct fuse_file_info *file, enum fuse_readdir_flags flags)
{
	(void)offset;
	(void)file;
	(void)flags;
	BEGIN(false);
	int folder = openat(this_stick()->content, inside(path), O_RDONLY | O_DIRECTORY);
	DIR *listing = folder < 0 ? NULL : fdopendir(folder);
	if (listing == NULL)
		return -errno;
	for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
		struct stat status = {.st_ino = entry->d_ino,
				      .st_mode = DTTOIF((mode_t)entry->d_type)};
		(void)fill(buffer, entry->d_name, &status, 0, 0);
	}
	(void)closedir(listing);
	return 0;
}

static int stick_mkdir(const char *path, mode_t mode)
{
	BEGIN(true);
	return result(mkdirat(this_stick()->content, inside(path), mode));
}

static int stick_unlink(const char *path)
{
	BEGIN(true);
	return result(unlinkat(this_stick()->content, inside(path), 0));
}

static int stick_rmdir(const char *path)
{
	BEGIN(true);
	return result(unlinkat(this_stick()->content, inside(path), AT_REMOVEDIR));
}

static int stick_rename(const char *from, const char *to, unsigned flags)
{
	int content = this_stick()->content;

	BEGIN(true);
	if (flags != 0 && is_armed(FAULT_OLD_RENAME))
		return -EINVAL;
	if (is_armed(FAULT_RIVAL))
		(void)close(openat(content, inside(to), O_WRONLY | O_CREAT | O_EXCL, 0600));
	if (is_armed(FAULT_RENAMED))
		this_stick()->faults[FAULT_RENAMED]++;
	return result(renameat2(content, inside(from), content, inside(to), flags));
}

static int stick_chmod(const char *path, mode_t mode, struct fuse_file_info *file)
{
	(void)file;
	BEGIN(true);
	return result(fchmodat(this_stick()->content, inside(path), mode, 0));
}

static int open_inside(const char *path, int flags, mode_t mode, struct fuse_file_info *file)
{
	int fd = openat(this_stick()->content, inside(path), flags | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return -errno;
	file->fh = (uint64_t)fd;
	return 0;
}

static int stick_create(const char *path, mode_t mode, struct fuse_file_info *file)
{
	BEGIN(true);
	return open_inside(path, file->flags | O_CREAT, mode, file);
}

static int stick_open(const char *path, struct fuse_file_info *file)
{
	BEGIN((file->flags & O_ACCMODE) != O_RDONLY);
	return open_inside(path, file->flags & ~O_CREAT, 0, file);
}

static int stick_release(const char *path, struct fuse_file_info *file)
{
	(void)path;
	return result(close((int)file->fh));
}

static void pause_first(void)
{
	int64_t pause_ms = this_stick()->faults[FAULT_PAUSE_MS];
	struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000};

	if (pause_ms > 0)
		(void)nanosleep(&pause, NULL);
}

static int stick_read(const char *path, char *bytes, size_t size, off_t at,
		      struct fuse_file_info *file)
{
	int64_t flip_at = this_stick()->faults[FAULT_FLIP_AT];

	(void)path;
	BEGIN(false);
	pause_first();
	ssize_t got = pread((int)file->fh, bytes, size, at);
	if (got < 0)
		return -errno;
	/* A short answer would mean the end of the file. */
	if (allowed(FAULT_READ_LEFT, (size_t)got) < (size_t)got)
		return failure();
	if (flip_at >= at && flip_at < at + got)
		bytes[flip_at - at] ^= 1;
	return (int)got;
}

static int stick_write(const char *path, const char *bytes, size_t size, off_t at,
		       struct fuse_file_info *file)
{
	(void)path;
	BEGIN(true);
	size = allowed(FAULT_WRITTEN_LEFT, size);
	if (size == 0)
		return failure();
	ssize_t put = pwrite((int)file->fh, bytes, size, at);
	return put < 0 ? -errno : (int)put;
}

static int stick_sync(const char *path, int data_only, struct fuse_file_info *file)
{
	(void)path;
	(void)data_only;
	(void)file;
	BEGIN(false);
	return is_armed(FAULT_SYNC) ? failure() : 0;
}

static int stick_statfs(const char *path, struct statvfs *room)
{
	(void)path;
	BEGIN(false);
	return result(fstatvfs(this_stick()->content, room));
}

static const struct fuse_operations OPERATIONS = {
	.init = stick_init,
	.getattr = stick_getattr,
	.readlink = stick_readlink,
	.readdir = stick_readdir,
	.mkdir = stick_mkdir,
	.unlink = stick_unlink,
	.rmdir = stick_rmdir,
	.rename = stick_rename,
	.chmod = stick_chmod,
	.create = stick_create,
	.open = stick_open,
	.release = stick_release,
	.read = stick_read,
	.write = stick_write,
	.fsync = stick_sync,
	.fsyncdir = stick_sync,
	.statfs = stick_statfs,
};

static bool open_stick(char *const *arguments, struct stick *stick)
{
	int faults = open(arguments[3], O_RDWR | O_CLOEXEC);
	void *shared = mmap(NULL, FAULT_COUNT * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
			    faults, 0);

	stick->content = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stick->faults = shared;
	return faults >= 0 && shared != MAP_FAILED && stick->content >= 0;
}

static struct fuse *new_fuse(const char *program, struct stick *stick)
{
	struct fuse_args options = FUSE_ARGS_INIT(0, NULL);
	struct fuse *fuse = NULL;

	if (fuse_opt_add_arg(&options, program) == 0 &&
	    fuse_opt_add_arg(&options, "-ofsname=faulty_stick") == 0)
		fuse = fuse_new(&options, &OPERATIONS, sizeof OPERATIONS, stick);
	fuse_opt_free_args(&options);
	return fuse;
}

static int serve(const char *program, const char *folder, struct stick *stick)
{
	struct fuse *fuse = new_fuse(program, stick);

	if (fuse == NULL || fuse_mount(fuse, folder) != 0)
		return 1;
	if (fuse_set_signal_handlers(fuse_get_session(fuse)) != 0)
		return 1;
	(void)puts("ready");
	(void)fflush(stdout);
	(void)fuse_loop(fuse);
	fuse_remove_signal_handlers(fuse_get_session(fuse));
	fuse_unmount(fuse);
	/* libfuse keeps what was open: a leak checker at the end would only see that. */
	_exit(0);
}

int main(int count, char **arguments)
{
	struct stick stick;

	if (count != 4 || !open_stick(arguments, &stick)) {
		(void)fputs("usage: faulty_stick CONTENT FOLDER FAULTS\n", stderr);
		return 2;
	}
	(void)umask(0);
	return serve(arguments[0], arguments[2], &stick);
}
