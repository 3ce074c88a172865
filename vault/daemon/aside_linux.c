/* aside_linux.c - see aside.h; renameat2(2) never replaces what is already there. */
#include "vault/daemon/aside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/file.h"

#define OLD_PREFIX "old-"
/* Without it the rest of a state folder is refused; without the rest it might be gone on with. */
#define MOVED_FIRST "vault.key"

enum { OLD_MODE = 0700, OLD_NAME_SIZE = 64, OLD_SAME_NAME_MAX = 100 };

struct moving {
	int folder;
	const char *path;
	char old_name[OLD_NAME_SIZE];
	int old; /* -1 until something is to be moved */
	aside_report *report;
	void *context;
};

static void name_of_old(char *out_name)
{
	time_t now = time(NULL);
	struct tm utc;

	if (gmtime_r(&now, &utc) == NULL ||
	    strftime(out_name, OLD_NAME_SIZE, OLD_PREFIX "%Y%m%dT%H%M%SZ", &utc) == 0)
		(void)snprintf(out_name, OLD_NAME_SIZE, OLD_PREFIX "%lld", (long long)now);
}

static enum err failed(const struct moving *moving, const char *name)
{
	return err_detail(ERR_VAULT_FOLDER, "%s/%s (%s)", moving->path, name, strerror(errno));
}

/* Always a folder of its own: twice in one second becomes old-TIME-2, and so on. */
static enum err make_old(struct moving *moving)
{
	char name[OLD_NAME_SIZE];
	int made;

	(void)snprintf(name, sizeof name, "%s", moving->old_name);
	made = mkdirat(moving->folder, name, OLD_MODE);
	for (unsigned i = 2; made != 0 && errno == EEXIST && i < OLD_SAME_NAME_MAX; i++) {
		(void)snprintf(name, sizeof name, "%.40s-%u", moving->old_name, i);
		made = mkdirat(moving->folder, name, OLD_MODE);
	}
	if (made != 0)
		return failed(moving, name);
	memcpy(moving->old_name, name, sizeof name);
	return ERR_OK;
}

static enum err open_old(struct moving *moving)
{
	if (moving->old >= 0)
		return ERR_OK;
	TRY(make_old(moving));
	moving->old = openat(moving->folder, moving->old_name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return moving->old < 0 ? failed(moving, moving->old_name) : ERR_OK;
}

/* Durable one by one, so that a power cut leaves the order as it is meant. */
static enum err move_one(struct moving *moving, const char *name)
{
	char from[4096];
	char to[4096];

	if (!file_exists(moving->folder, name))
		return ERR_OK;
	TRY(open_old(moving));
	if (renameat2(moving->folder, name, moving->old, name, RENAME_NOREPLACE) != 0)
		return failed(moving, name);
	TRY(file_sync_folder(moving->old));
	TRY(file_sync_folder(moving->folder));
	(void)snprintf(from, sizeof from, "%s/%s", moving->path, name);
	(void)snprintf(to, sizeof to, "%s/%s", moving->path, moving->old_name);
	moving->report(from, to, moving->context);
	return ERR_OK;
}

static bool is_to_move(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strncmp(name, OLD_PREFIX, sizeof OLD_PREFIX - 1) != 0;
}

/* One name that is not set aside yet; *out_found false when there is none. */
static enum err find_next(const struct moving *moving, char *out_name, size_t capacity,
			  bool *out_found)
{
	int again = openat(moving->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = again < 0 ? NULL : fdopendir(again);
	const struct dirent *name;
	enum err err;

	if (names == NULL) {
		err = failed(moving, ".");
		own_close_fd(&again);
		return err;
	}
	errno = 0;
	while ((name = readdir(names)) != NULL && !is_to_move(name->d_name))
		errno = 0;
	*out_found = name != NULL;
	if (name != NULL)
		(void)snprintf(out_name, capacity, "%s", name->d_name);
	err = name == NULL && errno != 0 ? failed(moving, ".") : ERR_OK;
	(void)closedir(names);
	return err;
}

static enum err move_all(struct moving *moving)
{
	char name[NAME_MAX + 1];
	bool is_found = true;

	TRY(move_one(moving, MOVED_FIRST));
	for (;;) {
		TRY(find_next(moving, name, sizeof name, &is_found));
		if (!is_found)
			return ERR_OK;
		TRY(move_one(moving, name));
	}
}

static enum err move_owned(struct moving *anchor, struct moving *state)
{
	TRY(move_all(anchor));
	return move_all(state);
}

enum err aside_move(const struct place *place, const struct folders *folders,
		    const struct owner *owner, aside_report *report, void *context)
{
	struct moving key = {.folder = folders->config,
			     .path = place->config,
			     .old = -1,
			     .report = report,
			     .context = context};
	struct moving anchor = key;
	struct moving state = key;
	enum err err;

	name_of_old(key.old_name);
	anchor.folder = folders->anchor;
	anchor.path = place->anchor;
	state.folder = folders->state;
	state.path = place->state;
	memcpy(anchor.old_name, key.old_name, sizeof key.old_name);
	memcpy(state.old_name, key.old_name, sizeof key.old_name);
	err = move_one(&key, PLACE_HOST_KEY);
	own_close_fd(&key.old);
	TRY(err);
	TRY(owner_begin(owner));
	err = move_owned(&anchor, &state);
	own_close_fd(&anchor.old);
	own_close_fd(&state.old);
	TRY(owner_end(owner));
	return err;
}
