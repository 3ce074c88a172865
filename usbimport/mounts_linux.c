/* mounts_linux.c - see mounts.h. The line of proc_pid_mountinfo(5):
 *
 *   36 35 98:0 /mnt1 /mnt/parent rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *   id parent device root folder options  optional... - type source  options of the file system
 */
#include "usbimport/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const char MOUNT_TABLE[] = "/proc/self/mountinfo";

static void mount_clear(struct mount *mount);
static enum err add_line(struct mounts *mounts, char *line);
static enum err parse_line(char *line, struct mount *out_mount);

/* Closed by hand: FILE has no owner type of its own here. */
enum err mounts_read(struct mounts **out_mounts)
{
	AUTO(mounts) mounts = calloc(1, sizeof *mounts);
	AUTO_TEXT line = NULL;
	size_t line_size = 0;
	enum err err = ERR_OK;
	FILE *table = fopen(MOUNT_TABLE, "re");

	if (table == NULL)
		return err_note(ERR_INTERNAL, "%s: %s", MOUNT_TABLE, strerror(errno));
	if (mounts == NULL)
		err = ERR_MEMORY;
	while (err == ERR_OK && getline(&line, &line_size, table) > 0)
		err = add_line(mounts, line);
	if (err == ERR_OK && ferror(table))
		err = err_note(ERR_INTERNAL, "%s: %s", MOUNT_TABLE, strerror(errno));
	(void)fclose(table);
	TRY(err);
	*out_mounts = TAKE(mounts);
	return ERR_OK;
}

enum err mounts_parse(const char *text, struct mounts **out_mounts)
{
	AUTO(mounts) mounts = calloc(1, sizeof *mounts);
	AUTO_TEXT copy = strdup(text);
	char *rest = copy;

	if (mounts == NULL || copy == NULL)
		return ERR_MEMORY;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '\0')
			TRY(add_line(mounts, line));
	*out_mounts = TAKE(mounts);
	return ERR_OK;
}

static enum err add_line(struct mounts *mounts, char *line)
{
	struct mount *grown = reallocarray(mounts->items, mounts->count + 1, sizeof *mounts->items);

	if (grown == NULL)
		return ERR_MEMORY;
	mounts->items = grown;
	grown[mounts->count] = (struct mount){0};
	line[strcspn(line, "\n")] = '\0';
	return parse_line(line, &grown[mounts->count++]);
}

static bool is_octal(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' &&
	       text[2] >= '0' && text[2] <= '7';
}

/* "\040" and its like back to the byte they stand for. */
static char *unescaped(const char *field)
{
	char *copy = field == NULL ? NULL : strdup(field);
	char *to = copy;

	for (const char *from = copy; from != NULL && *from != '\0'; to++) {
		if (*from == '\\' && is_octal(from + 1)) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	if (to != NULL)
		*to = '\0';
	return copy;
}

static bool has_option(const char *options, const char *option)
{
	size_t size = strlen(option);

	for (const char *at = options; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, option, size) == 0 && (at[size] == ',' || at[size] == '\0'))
			return true;
	}
	return false;
}

/* "8:17" */
static bool parse_device(const char *field, dev_t *out_device)
{
	unsigned major_number = 0;
	unsigned minor_number = 0;
	char after = '\0';

	if (field == NULL || sscanf(field, "%u:%u%c", &major_number, &minor_number, &after) != 2)
		return false;
	*out_device = makedev(major_number, minor_number);
	return true;
}

static enum err parse_line(char *line, struct mount *out_mount)
{
	char *rest = line;
	const char *id = strsep(&rest, " ");
	const char *parent = strsep(&rest, " ");
	const char *device = strsep(&rest, " ");
	const char *root = strsep(&rest, " ");
	const char *folder = strsep(&rest, " ");
	const char *options = strsep(&rest, " ");
	const char *optional = strsep(&rest, " ");

	while (optional != NULL && strcmp(optional, "-") != 0)
		optional = strsep(&rest, " ");
	const char *type = strsep(&rest, " ");
	const char *source = strsep(&rest, " ");
	const char *deep_options = strsep(&rest, " ");

	if (parent == NULL || source == NULL || !parse_device(device, &out_mount->device))
		return err_note(ERR_INTERNAL, "%s: a line without its fields", MOUNT_TABLE);
	out_mount->id = strtoull(id, NULL, 10);
	out_mount->root = unescaped(root);
	out_mount->folder = unescaped(folder);
	out_mount->type = unescaped(type);
	out_mount->source = unescaped(source);
	out_mount->is_read_only = has_option(options, "ro") || has_option(deep_options, "ro");
	if (out_mount->root == NULL || out_mount->folder == NULL || out_mount->type == NULL ||
	    out_mount->source == NULL)
		return ERR_MEMORY;
	return ERR_OK;
}

static void mount_clear(struct mount *mount)
{
	free(mount->root);
	free(mount->folder);
	free(mount->type);
	free(mount->source);
}

void mounts_free(struct mounts *mounts)
{
	if (mounts == NULL)
		return;
	for (size_t i = 0; i < mounts->count; i++)
		mount_clear(&mounts->items[i]);
	free(mounts->items);
	free(mounts);
}

bool mount_is_of(const struct mount *mount, dev_t number, const char *device)
{
	if (major(mount->device) == 0)
		return strcmp(mount->type, "btrfs") == 0 && strcmp(mount->source, device) == 0;
	return mount->device == number;
}

static unsigned depth(const char *folder)
{
	unsigned slashes = 0;

	for (const char *at = folder; *at != '\0'; at++)
		slashes += at[0] == '/' && at[1] != '\0';
	return slashes;
}

static bool is_better(const struct mount *mount, const struct mount *than)
{
	bool is_whole = strcmp(mount->root, "/") == 0;

	if (than == NULL)
		return true;
	if (is_whole != (strcmp(than->root, "/") == 0))
		return is_whole;
	return depth(mount->folder) < depth(than->folder);
}

const struct mount *mounts_find_device(const struct mounts *mounts, dev_t number,
				       const char *device)
{
	const struct mount *best = NULL;

	for (size_t i = 0; i < mounts->count; i++)
		if (mount_is_of(&mounts->items[i], number, device) &&
		    is_better(&mounts->items[i], best))
			best = &mounts->items[i];
	return best;
}

const struct mount *mounts_find_id(const struct mounts *mounts, uint64_t id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->items[i].id == id)
			return &mounts->items[i];
	return NULL;
}

enum err mount_id_of_fd(int fd, uint64_t *out_id)
{
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0)
		return err_note(ERR_INTERNAL, "statx: %s", strerror(errno));
	if ((status.stx_mask & STATX_MNT_ID) == 0)
		return err_note(ERR_INTERNAL, "this kernel does not name the mount of a file");
	*out_id = status.stx_mnt_id;
	return ERR_OK;
}
