/* scan_linux.c - see scan.h. Walks by open folders (openat(2), O_NOFOLLOW), so that a link put
 * there meanwhile leads nowhere; opens no file at all.
 */
#include "usbimport/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "usbimport/medium.h"
#include "usbimport/original.h"

enum { SCAN_SECONDS_MAX = 5 };

static const char OWN_FOLDER[] = "Kinko";

struct walk {
	struct scan *scan;
	dev_t device;      /* the file system that is not left */
	ino_t own;         /* Kinko/, once it has been looked through; else 0 */
	size_t seen_count; /* entries of any kind */
	time_t deadline;
};

static enum err walk_folder(struct walk *walk, int folder, const char *path, unsigned depth);
static enum err enter(struct walk *walk, int folder, const char *name, const char *path,
		      unsigned depth);
static enum err enter_own(struct walk *walk, int top, const char *folder);
static int compare_paths(const void *a, const void *b);

static time_t now(void)
{
	struct timespec moment;

	(void)clock_gettime(CLOCK_MONOTONIC, &moment);
	return moment.tv_sec;
}

/* Kinko/ is looked through first, so that a stick full of pictures does not hide it. */
enum err scan_folder(const char *folder, struct scan **out_scan)
{
	AUTO(scan) scan = calloc(1, sizeof *scan);
	AUTO_FD top = -1;
	struct stat status;

	if (scan == NULL)
		return ERR_MEMORY;
	TRY(medium_open_folder(folder, &top));
	if (fstat(top, &status) != 0)
		return medium_failure(errno, folder);
	struct walk walk = {
		.scan = scan, .device = status.st_dev, .deadline = now() + SCAN_SECONDS_MAX};
	TRY(enter_own(&walk, top, folder));
	TRY(walk_folder(&walk, top, folder, 0));
	if (scan->count > 0)
		qsort(scan->items, scan->count, sizeof *scan->items, compare_paths);
	*out_scan = TAKE(scan);
	return ERR_OK;
}

static bool is_at_limit(struct walk *walk)
{
	if (walk->seen_count < SCAN_ENTRIES_MAX && now() <= walk->deadline)
		return false;
	walk->scan->is_cut = true;
	return true;
}

static enum err look_at(struct walk *walk, int folder, const struct dirent *entry, const char *path,
			unsigned depth);

/* Its own descriptor: closedir takes it along. */
static enum err open_listing(int folder, const char *path, DIR **out_listing)
{
	int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = own < 0 ? NULL : fdopendir(own);

	if (listing == NULL) {
		enum err err = medium_failure(errno, path);
		own_close_fd(&own);
		return err;
	}
	*out_listing = listing;
	return ERR_OK;
}

static enum err walk_folder(struct walk *walk, int folder, const char *path, unsigned depth)
{
	DIR *listing = NULL;
	enum err err = ERR_OK;

	TRY(open_listing(folder, path, &listing));
	while (err == ERR_OK && !is_at_limit(walk)) {
		errno = 0;
		const struct dirent *entry = readdir(listing);
		if (entry == NULL) {
			err = errno == 0 ? ERR_OK : medium_failure(errno, path);
			break;
		}
		err = look_at(walk, folder, entry, path, depth);
	}
	(void)closedir(listing);
	return err;
}

/* Hidden, or a waste basket or system folder of this or another system. */
static bool is_passed_over(const char *name)
{
	static const char *const NAMES[] = {"$RECYCLE.BIN", "System Volume Information",
					    "lost+found"};

	for (size_t i = 0; i < COUNT_OF(NAMES); i++)
		if (strcasecmp(name, NAMES[i]) == 0)
			return true;
	return name[0] == '.';
}

static bool is_original_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && (strcasecmp(dot, ".p12") == 0 || strcasecmp(dot, ".pfx") == 0);
}

static enum err join(const char *folder, const char *name, char **out_path)
{
	const char *between = *folder != '\0' && folder[strlen(folder) - 1] == '/' ? "" : "/";

	return asprintf(out_path, "%s%s%s", folder, between, name) < 0 ? ERR_MEMORY : ERR_OK;
}

static enum err note_original(struct walk *walk, int folder, const char *name, const char *path);

static enum err look_at(struct walk *walk, int folder, const struct dirent *entry, const char *path,
			unsigned depth)
{
	const char *name = entry->d_name;
	AUTO_TEXT inner = NULL;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return ERR_OK;
	walk->seen_count++;
	if (is_passed_over(name))
		return ERR_OK;
	TRY(join(path, name, &inner));
	if (is_original_name(name))
		return note_original(walk, folder, name, inner);
	if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
		return ERR_OK;
	return enter(walk, folder, name, inner, depth);
}

static enum err skip(struct walk *walk, const char *path, const char *why)
{
	struct scan *scan = walk->scan;
	struct skipped *grown =
		reallocarray(scan->skipped, scan->skipped_count + 1, sizeof *scan->skipped);

	if (grown == NULL)
		return ERR_MEMORY;
	scan->skipped = grown;
	grown[scan->skipped_count] = (struct skipped){strdup(path), why};
	return grown[scan->skipped_count++].path == NULL ? ERR_MEMORY : ERR_OK;
}

/* Opens what is a folder on the same file system; anything else is no fault. */
static enum err enter(struct walk *walk, int folder, const char *name, const char *path,
		      unsigned depth)
{
	AUTO_FD inner =
		openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (inner < 0 && medium_is_gone(errno))
		return medium_failure(errno, path);
	if (inner < 0 && errno == EACCES)
		return skip(walk, path, N_("you may not look into this folder"));
	if (inner < 0 || fstat(inner, &status) != 0 || status.st_dev != walk->device)
		return ERR_OK;
	if (depth == 0 && status.st_ino == walk->own)
		return ERR_OK; /* has been; on FAT it may be spelt KINKO */
	if (depth == SCAN_DEPTH_MAX) {
		walk->scan->is_cut = true;
		return ERR_OK;
	}
	return walk_folder(walk, inner, path, depth + 1);
}

static enum err enter_own(struct walk *walk, int top, const char *folder)
{
	AUTO_TEXT path = NULL;
	struct stat status;

	TRY(join(folder, OWN_FOLDER, &path));
	TRY(enter(walk, top, OWN_FOLDER, path, 0));
	if (fstatat(top, OWN_FOLDER, &status, AT_SYMLINK_NOFOLLOW) == 0)
		walk->own = status.st_ino;
	return ERR_OK;
}

/* Why a file of the right name is none; NULL: it is one. */
static const char *refusal(const struct stat *status)
{
	if (S_ISLNK(status->st_mode))
		return N_("a link is never followed");
	if (S_ISDIR(status->st_mode))
		return N_("a folder");
	if (!S_ISREG(status->st_mode))
		return N_("not a plain file");
	if (status->st_size > ORIGINAL_SIZE_MAX)
		return N_("larger than 1 MiB");
	return status->st_size == 0 ? N_("empty") : NULL;
}

static enum err note_original(struct walk *walk, int folder, const char *name, const char *path)
{
	struct scan *scan = walk->scan;
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
		return medium_is_gone(errno) ? medium_failure(errno, path) : ERR_OK;
	const char *why = refusal(&status);
	if (why != NULL)
		return skip(walk, path, why);
	struct found *grown = reallocarray(scan->items, scan->count + 1, sizeof *scan->items);
	if (grown == NULL)
		return ERR_MEMORY;
	scan->items = grown;
	grown[scan->count] = (struct found){strdup(path), (uint64_t)status.st_size};
	return grown[scan->count++].path == NULL ? ERR_MEMORY : ERR_OK;
}

/* In a folder called Kinko, wherever on the stick. */
static bool is_own(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t size = sizeof OWN_FOLDER - 1;

	return slash != NULL && (size_t)(slash - path) > size &&
	       slash[-1 - (ptrdiff_t)size] == '/' &&
	       strncasecmp(slash - size, OWN_FOLDER, size) == 0;
}

static int compare_paths(const void *a, const void *b)
{
	const char *first = ((const struct found *)a)->path;
	const char *second = ((const struct found *)b)->path;

	if (is_own(first) != is_own(second))
		return is_own(first) ? -1 : 1;
	return strcmp(first, second);
}

void scan_free(struct scan *scan)
{
	if (scan == NULL)
		return;
	for (size_t i = 0; i < scan->count; i++)
		free(scan->items[i].path);
	for (size_t i = 0; i < scan->skipped_count; i++)
		free(scan->skipped[i].path);
	free(scan->items);
	free(scan->skipped);
	free(scan);
}
