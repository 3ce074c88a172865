/* register_databases_linux.c - see register_databases.h
 *
 *   program       where                                               open while
 *   Firefox       ~/.mozilla/firefox, ~/.config/mozilla/firefox:      .parentlock is locked
 *   Thunderbird   ~/.thunderbird: every profile of profiles.ini       (fcntl)
 *   Chromium      ~/.pki/nssdb, ~/.local/share/pki/nssdb: newer ones  SingletonLock names a
 *                 take the first where it exists                      process that lives
 */
#include "tool/cli/register_databases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/cli/compose.h"
#include "vault/base/file.h"

enum { PROFILES_SIZE_MAX = 256 * 1024, DATABASES_MAX = 64 };

static const char mozilla_lock[] = ".parentlock";

static const struct {
	const char *program;
	const char *folder;
} mozilla[] = {
	{"Firefox", ".mozilla/firefox"},
	{"Firefox", ".config/mozilla/firefox"},
	{"Thunderbird", ".thunderbird"},
};

static const char *const chromium[] = {".pki/nssdb", ".local/share/pki/nssdb"};

/* Browsers that share Chromium's databases, by the folder where they say that they run. */
static const char *const chromium_kin[] = {
	".config/chromium",       ".config/google-chrome",
	".config/microsoft-edge", ".config/BraveSoftware/Brave-Browser",
	".config/vivaldi",        ".config/opera",
};

enum err databases_home(char **out_home)
{
	const char *home = secure_getenv("HOME");
	struct stat status;

	if (home == NULL || home[0] != '/' || stat(home, &status) != 0)
		return err_detail(ERR_NOT_FOUND, "HOME");
	if (status.st_uid != geteuid())
		return err_detail(ERR_HOME_FOREIGN, "%s", home);
	return compose(out_home, "%s", home);
}

static bool has_database(const char *folder)
{
	static const char *const files[] = {"pkcs11.txt", "cert9.db"};
	char path[4096];

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Takes `folder` over; one without a database, or named twice, is passed over. */
static enum err add(struct databases *databases, struct database *database)
{
	AUTO_TEXT folder = TAKE(database->folder);
	struct database *grown;
	struct stat status;

	if (databases->count == DATABASES_MAX || !has_database(folder) ||
	    stat(folder, &status) != 0)
		return ERR_OK;
	for (size_t i = 0; i < databases->count; i++)
		if (strcmp(databases->items[i].folder, folder) == 0)
			return ERR_OK;
	grown = reallocarray(databases->items, databases->count + 1, sizeof *grown);
	if (grown == NULL)
		return ERR_MEMORY;
	databases->items = grown;
	grown[databases->count] = *database;
	grown[databases->count].folder = TAKE(folder);
	grown[databases->count++].is_foreign = status.st_uid != geteuid();
	return ERR_OK;
}

static enum err add_chromium(struct databases *databases, const char *home)
{
	for (size_t i = 0; i < COUNT_OF(chromium); i++) {
		struct database found = {.program = "Chromium"};
		TRY(compose(&found.folder, "%s/%s", home, chromium[i]));
		TRY(add(databases, &found));
	}
	return ERR_OK;
}

/* profiles.ini of one Mozilla program: of each section its Path, relative or not. */
struct profiles {
	struct databases *databases;
	const char *program;
	const char *folder; /* of profiles.ini */
};

static enum err add_profile(const struct profiles *profiles, const char *path)
{
	struct database found = {.program = profiles->program, .sign_file = mozilla_lock};

	TRY(path[0] == '/' ? compose(&found.folder, "%s", path)
			   : compose(&found.folder, "%s/%s", profiles->folder, path));
	return add(profiles->databases, &found);
}

static enum err read_profiles(const struct profiles *profiles, char *text)
{
	static const char key[] = "Path=";
	char *rest = text;

	for (char *line = strsep(&rest, "\r\n"); line != NULL; line = strsep(&rest, "\r\n"))
		if (strncmp(line, key, sizeof key - 1) == 0 && line[sizeof key - 1] != '\0')
			TRY(add_profile(profiles, line + sizeof key - 1));
	return ERR_OK;
}

/* A program that is not there, or whose file cannot be read, has no profiles. */
static enum err add_mozilla(struct databases *databases, const char *home, size_t index)
{
	AUTO_HELD(bytes) bytes = {0};
	AUTO_TEXT folder_path = NULL;
	AUTO_TEXT text = NULL;
	enum file_answer answer = FILE_ABSENT;

	TRY(compose(&folder_path, "%s/%s", home, mozilla[index].folder));
	AUTO_FD folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return ERR_OK;
	if (file_read(folder, "profiles.ini", PROFILES_SIZE_MAX, &answer, &bytes) != ERR_OK)
		err_forget();
	if (answer != FILE_PRESENT || bytes.size == 0)
		return ERR_OK;
	text = strndup((const char *)bytes.data, bytes.size);
	if (text == NULL)
		return ERR_MEMORY;
	return read_profiles(&(struct profiles){databases, mozilla[index].program, folder_path},
			     text);
}

enum err databases_find(const char *home, struct databases **out_databases)
{
	AUTO(databases) databases = calloc(1, sizeof *databases);

	if (databases == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < COUNT_OF(mozilla); i++)
		TRY(add_mozilla(databases, home, i));
	TRY(add_chromium(databases, home));
	*out_databases = TAKE(databases);
	return ERR_OK;
}

enum err databases_named(const char *folder, struct databases **out_databases)
{
	AUTO(databases) databases = calloc(1, sizeof *databases);
	struct database named = {.program = "", .sign_file = mozilla_lock};

	if (databases == NULL)
		return ERR_MEMORY;
	named.folder = realpath(folder, NULL);
	if (named.folder == NULL)
		return err_detail(ERR_NOT_FOUND, "%s", folder);
	TRY(add(databases, &named));
	if (databases->count == 0)
		return err_detail(ERR_NOT_FOUND, "%s", folder);
	*out_databases = TAKE(databases);
	return ERR_OK;
}

void databases_free(struct databases *databases)
{
	if (databases == NULL)
		return;
	for (size_t i = 0; i < databases->count; i++)
		free(databases->items[i].folder);
	free(databases->items);
	free(databases);
}

/* Whether somebody holds a lock on the file (fcntl(2), F_GETLK). */
static bool is_locked(const char *folder, const char *name)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[4096];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	AUTO_FD file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return file >= 0 && fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* SingletonLock is a link to HOST-PID. One of another host (a shared home) counts as running. */
static bool is_running(const char *home, const char *folder)
{
	char path[4096];
	char target[512] = "";
	char host[256] = "";
	const char *dash;
	long pid;

	(void)snprintf(path, sizeof path, "%s/%s/SingletonLock", home, folder);
	if (readlink(path, target, sizeof target - 1) <= 0)
		return false;
	(void)gethostname(host, sizeof host - 1);
	dash = strrchr(target, '-');
	if (dash == NULL || strlen(host) != (size_t)(dash - target) ||
	    strncmp(target, host, (size_t)(dash - target)) != 0)
		return true;
	pid = strtol(dash + 1, NULL, 10);
	return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

bool database_is_in_use(const struct database *database, const char *home)
{
	if (database->sign_file != NULL)
		return is_locked(database->folder, database->sign_file);
	for (size_t i = 0; i < COUNT_OF(chromium_kin); i++)
		if (is_running(home, chromium_kin[i]))
			return true;
	return false;
}
