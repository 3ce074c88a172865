/* given.c - see given.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/base/given.h"
#include "vault/base/file.h"

int given_folder(void)
{
	char path[] = "/tmp/kinko-base-XXXXXX";
	int folder;

	assert_non_null(mkdtemp(path));
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	return folder;
}

void given_folder_gone(int folder)
{
	char link[64];
	char path[4096];
	ssize_t size;
	DIR *entries;
	const struct dirent *entry;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
	size = readlink(link, path, sizeof path - 1);
	assert_true(size > 0);
	path[size] = '\0';
	entries = fdopendir(folder);
	assert_non_null(entries);
	while ((entry = readdir(entries)) != NULL)
		if (unlinkat(folder, entry->d_name, 0) != 0)
			(void)unlinkat(folder, entry->d_name, AT_REMOVEDIR);
	(void)closedir(entries);
	assert_int_equal(rmdir(path), 0);
}

void given_file(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	(void)close(fd);
}

void assert_file_holds(int folder, const char *name, const char *text)
{
	char found[256] = "";
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, found, sizeof found - 1) >= 0);
	(void)close(fd);
	assert_string_equal(found, text);
}
