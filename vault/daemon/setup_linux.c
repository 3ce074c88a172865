/* setup_linux.c - see setup.h; the lock is flock(2) on the state folder itself, so that a copy
 * of the folder is not locked and nothing is left behind.
 */
#include "vault/daemon/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"
#include "vault/base/file.h"
#include "vault/base/log.h"
#include "vault/keeper/keeper.h"

enum {
	HOST_KEY_MAX = 4096, /* 32 bytes, or 64 while keys change; any other size is the keeper's
				to refuse */
	FOLDER_MODE = 0700,
	OPEN_FOLDER_MODE = 0755,
	POLICY_MODE = 0644,
	HOST_KEY_MODE = 0400,
};

void folders_close(struct folders *folders)
{
	own_close_fd(&folders->run);
	own_close_fd(&folders->state);
	own_close_fd(&folders->anchor);
	own_close_fd(&folders->config);
	*folders = (struct folders){-1, -1, -1, -1};
}

static enum err unusable(const char *path, int error)
{
	return err_detail(ERR_VAULT_FOLDER, "%s (%s)", path, strerror(error));
}

/* Root gives a folder it has just made (now, or in a start that was cut off) to its owner. */
static enum err hand_over(int folder, const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat status;

	if (fstat(folder, &status) != 0)
		return unusable(path, errno);
	if (geteuid() != 0 || status.st_uid != 0 || uid == 0)
		return ERR_OK;
	if (fchown(folder, uid, gid) != 0 || fchmod(folder, mode) != 0)
		return unusable(path, errno);
	return ERR_OK;
}

/* A folder that others own or write to is no place for a vault. */
static enum err check_folder(int folder, const char *path, uid_t uid)
{
	struct stat status;

	if (fstat(folder, &status) != 0)
		return unusable(path, errno);
	return status.st_uid == uid && (status.st_mode & 022) == 0 ? ERR_OK : unusable(path, EPERM);
}

/* With the mode it is meant to have from the first moment: what the umask takes away would never
 * be given to a folder that stays root's. One thread only, as always at a start. */
static enum err make_or_open(const char *path, mode_t mode, int *out_folder)
{
	mode_t before = umask(0);
	enum err err = file_make_folder(path, mode, out_folder);

	(void)umask(before);
	return err;
}

static enum err make_folder(const char *path, uid_t uid, gid_t gid, mode_t mode, int *out_folder)
{
	AUTO_FD folder = -1;

	TRY(make_or_open(path, mode, &folder));
	TRY(hand_over(folder, path, uid, gid, mode));
	TRY(check_folder(folder, path, uid));
	*out_folder = folder;
	folder = -1;
	return ERR_OK;
}

static enum err make_policy(int config)
{
	const char *text = policy_default_text();

	return file_exists(config, PLACE_POLICY)
		       ? ERR_OK
		       : file_create(config, PLACE_POLICY, POLICY_MODE, text, strlen(text));
}

static enum err private_folders(const struct place *place, const struct owner *owner,
				struct folders *folders)
{
	TRY(make_folder(place->run, owner->uid, owner->gid, FOLDER_MODE, &folders->run));
	TRY(make_folder(place->state, owner->uid, owner->gid, FOLDER_MODE, &folders->state));
	TRY(make_folder(place->anchor, owner->uid, owner->gid, FOLDER_MODE, &folders->anchor));
	TRY(file_open_folder(place->config, &folders->config));
	return make_policy(folders->config);
}

/* As root all can be made; as the system user (systemd has made them) they are only opened. */
static enum err system_folders(const struct place *place, const struct owner *owner,
			       struct folders *folders)
{
	TRY(make_folder(place->run, owner->uid, owner->gid, OPEN_FOLDER_MODE, &folders->run));
	TRY(make_folder(place->state, owner->uid, owner->gid, FOLDER_MODE, &folders->state));
	TRY(make_folder(place->anchor, owner->uid, owner->gid, FOLDER_MODE, &folders->anchor));
	if (!owner->must_drop)
		return file_open_folder(place->config, &folders->config);
	TRY(make_folder(place->config, 0, 0, OPEN_FOLDER_MODE, &folders->config));
	return make_policy(folders->config);
}

enum err setup_folders(const struct place *place, const struct owner *owner,
		       struct folders *out_folders)
{
	AUTO_HELD(folders) folders = {-1, -1, -1, -1};

	if (place->is_private)
		TRY(private_folders(place, owner, &folders));
	else
		TRY(system_folders(place, owner, &folders));
	*out_folders = folders;
	folders = (struct folders){-1, -1, -1, -1};
	return ERR_OK;
}

enum err setup_lock(const struct folders *folders)
{
	if (flock(folders->state, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	return errno == EWOULDBLOCK ? ERR_ALREADY_RUNNING
				    : err_note(ERR_INTERNAL, "flock: %s", strerror(errno));
}

/* host.key belongs to root, or to who keeps a private vault. */
static uid_t key_owner(const struct owner *owner)
{
	return owner->must_drop ? 0 : owner->uid;
}

static bool may_make_key(const struct folders *folders, const struct owner *owner)
{
	return geteuid() == key_owner(owner) && !file_exists(folders->config, PLACE_HOST_KEY) &&
	       !keeper_vault_exists(folders->state, folders->anchor);
}

enum err setup_host_key(const struct folders *folders, const struct owner *owner, bool *out_made)
{
	AUTO(secret) key = NULL;

	*out_made = false;
	if (!may_make_key(folders, owner))
		return ERR_OK;
	TRY(keeper_new_host_key(&key));
	TRY(file_create(folders->config, PLACE_HOST_KEY, HOST_KEY_MODE, secret_view(key),
			secret_size(key)));
	*out_made = true;
	return ERR_OK;
}

/* Whether nobody but its owner could ever have read or written it, as far as it shows. */
static bool is_trustworthy(int config, uid_t owner)
{
	struct stat status;

	return fstatat(config, PLACE_HOST_KEY, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_uid == owner && (status.st_mode & 077) == 0;
}

static enum err read_key_in(int folder, struct secret **out_key)
{
	enum file_answer answer;
	AUTO(secret) key = NULL;

	TRY(file_read_secret(folder, PLACE_HOST_KEY, HOST_KEY_MAX, &answer, &key));
	*out_key = answer == FILE_ABSENT ? NULL : TAKE(key);
	return ERR_OK;
}

enum err setup_read_host_key(const struct folders *folders, const struct owner *owner,
			     const char *credentials, struct secret **out_key)
{
	enum err err;

	if (credentials != NULL) {
		AUTO_FD folder = -1;
		TRY(file_open_folder(credentials, &folder));
		return read_key_in(folder, out_key);
	}
	if (!file_exists(folders->config, PLACE_HOST_KEY)) {
		*out_key = NULL;
		return ERR_OK;
	}
	if (is_trustworthy(folders->config, key_owner(owner))) {
		err = read_key_in(folders->config, out_key);
		if (err == ERR_OK)
			return ERR_OK;
		log_error(LOG_ERROR, PLACE_HOST_KEY, err);
	} else {
		log_line(LOG_ERROR, "host.key must belong to its owner and be mode 0400");
	}
	return secret_new(0, out_key);
}

enum err setup_replace_host_key(const struct folders *folders, const struct secret *key)
{
	return file_replace(folders->config, PLACE_HOST_KEY, HOST_KEY_MODE, secret_view(key),
			    secret_size(key));
}

char *setup_read_line(const char *folder, const char *name)
{
	AUTO_TEXT path = NULL;
	char line[256] = "";
	FILE *file;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return NULL;
	file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	if (fgets(line, sizeof line, file) == NULL)
		line[0] = '\0';
	(void)fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	return line[0] == '\0' ? NULL : strdup(line);
}
