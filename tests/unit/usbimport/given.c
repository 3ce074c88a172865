/* given.c - see given.h. */
#include "tests/unit/usbimport/given.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

char *given_folder(void)
{
	char *folder = strdup("/tmp/kinko-usbimport-XXXXXX");

	assert_non_null(folder);
	assert_non_null(mkdtemp(folder));
	return folder;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)kind;
	(void)at;
	return remove(path);
}

void drop_folder(char *folder)
{
	assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
	free(folder);
}

const char *path_in(const char *folder, const char *name)
{
	static char paths[16][4096];
	static unsigned next;
	char *path = paths[next++ % 16];

	(void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

void given_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(close(fd), 0);
}

void given_text(const char *path, const char *text)
{
	given_file(path, text, strlen(text));
}

bool file_holds(const char *path, const void *bytes, size_t size)
{
	char *there = malloc(size + 1);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, there, size + 1);
	bool is_same = got == (ssize_t)size && memcmp(there, bytes, size) == 0;

	if (fd >= 0)
		(void)close(fd);
	free(there);
	return is_same;
}

bool is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

size_t count_entries(const char *folder)
{
	size_t count = 0;
	DIR *listing = opendir(folder);

	assert_non_null(listing);
	while (readdir(listing) != NULL)
		count++;
	(void)closedir(listing);
	return count - 2;
}

struct secret *given_secret(size_t size, unsigned seed)
{
	struct secret *secret = NULL;

	assert_int_equal(secret_new(size, &secret), ERR_OK);
	for (size_t i = 0; i < size; i++)
		secret_bytes(secret)[i] = (uint8_t)(i * 31 + i / 251 + seed * 7);
	return secret;
}

/* The faults are shared with the server by a file. */
static int64_t *share_faults(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	size_t size = FAULT_COUNT * sizeof(int64_t);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(shared != MAP_FAILED);
	assert_int_equal(close(fd), 0);
	return shared;
}

/* Built beside the test programs. */
static void run_server(const char *home, int output)
{
	char own[4096];
	ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);

	if (size < 0)
		_exit(1);
	own[size] = '\0';
	*strrchr(own, '/') = '\0';
	const char *program = path_in(own, "faulty_stick");
	(void)dup2(output, STDOUT_FILENO);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)execl(program, program, path_in(home, "content"), path_in(home, "folder"),
		    path_in(home, "faults"), (char *)NULL);
	_exit(1);
}

static pid_t start_server(const char *home)
{
	int ready[2];
	char word[6] = {0};

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t server = fork();
	if (server == 0)
		run_server(home, ready[1]);
	assert_true(server > 0);
	assert_int_equal(close(ready[1]), 0);
	ssize_t got = read(ready[0], word, sizeof word);
	assert_int_equal(close(ready[0]), 0);
	assert_true(got == 6 && memcmp(word, "ready\n", 6) == 0);
	return server;
}

struct faulty_stick *given_faulty_stick(void)
{
	struct faulty_stick *stick = NULL;

	if (access("/dev/fuse", R_OK | W_OK) != 0) {
		print_message("skipped: /dev/fuse cannot be used here (%s)\n", strerror(errno));
		return NULL;
	}
	stick = calloc(1, sizeof *stick);
	assert_non_null(stick);
	stick->home = given_folder();
	stick->content = strdup(path_in(stick->home, "content"));
	stick->folder = strdup(path_in(stick->home, "folder"));
	assert_int_equal(mkdir(stick->content, 0700), 0);
	assert_int_equal(mkdir(stick->folder, 0700), 0);
	stick->faults = share_faults(path_in(stick->home, "faults"));
	clear_faults(stick);
	stick->server = start_server(stick->home);
	return stick;
}

void clear_faults(struct faulty_stick *stick)
{
	for (unsigned i = 0; i < FAULT_COUNT; i++)
		stick->faults[i] = -1;
	stick->faults[FAULT_ERRNO] = EIO;
}

void kill_stick(struct faulty_stick *stick)
{
	assert_int_equal(kill(stick->server, SIGKILL), 0);
	assert_int_equal(waitpid(stick->server, NULL, 0), stick->server);
	stick->server = 0;
}

/* Whoever may mount by fusermount3 may also unmount by it. */
static void detach_dead_mount(const char *folder)
{
	int status = 0;
	pid_t tool = fork();

	if (tool == 0) {
		(void)execlp("fusermount3", "fusermount3", "-u", "-z", folder, (char *)NULL);
		_exit(127);
	}
	assert_true(tool > 0);
	assert_int_equal(waitpid(tool, &status, 0), tool);
	assert_int_equal(status, 0);
}

void drop_faulty_stick(struct faulty_stick *stick)
{
	if (stick->server != 0) {
		assert_int_equal(kill(stick->server, SIGTERM), 0);
		assert_int_equal(waitpid(stick->server, NULL, 0), stick->server);
	} else {
		detach_dead_mount(stick->folder);
	}
	assert_int_equal(munmap(stick->faults, FAULT_COUNT * sizeof(int64_t)), 0);
	drop_folder(stick->home);
	free((void *)(uintptr_t)stick->content);
	free((void *)(uintptr_t)stick->folder);
	free(stick);
}

bool given_tmpfs(const char *folder, unsigned size_kib, bool is_read_only)
{
	char options[64];

	(void)snprintf(options, sizeof options, "size=%uk", size_kib);
	if (mount("none", folder, "tmpfs", is_read_only ? MS_RDONLY : 0, options) == 0)
		return true;
	print_message("skipped: no tmpfs can be mounted here (%s)\n", strerror(errno));
	return false;
}

void drop_tmpfs(const char *folder)
{
	assert_int_equal(umount2(folder, MNT_DETACH), 0);
}

UMockdevTestbed *given_computer(const char *devices, const char *mount_table)
{
	UMockdevTestbed *computer = umockdev_testbed_new();
	char *root = umockdev_testbed_get_root_dir(computer);

	if (*devices != '\0')
		assert_true(umockdev_testbed_add_from_string(computer, devices, NULL));
	(void)mkdir(path_in(root, "proc"), 0700);
	(void)mkdir(path_in(root, "proc/self"), 0700);
	g_free(root);
	given_mount_table(computer, mount_table);
	return computer;
}

void given_mount_table(UMockdevTestbed *computer, const char *mount_table)
{
	char *root = umockdev_testbed_get_root_dir(computer);

	given_text(path_in(root, "proc/self/mountinfo"), mount_table);
	g_free(root);
}

bool checksums_agree(const char *folder, const char *file)
{
	int status = 0;
	pid_t tool = fork();

	if (tool == 0) {
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		if (chdir(folder) == 0)
			(void)execlp("sha256sum", "sha256sum", "--strict", "-c", file,
				     (char *)NULL);
		_exit(127);
	}
	assert_true(tool > 0);
	assert_int_equal(waitpid(tool, &status, 0), tool);
	return status == 0;
}
