/* audit_log.c - appending to the log; see audit_log.h */
#include "vault/keeper/audit_log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "vault/keeper/audit_parts.h"
#include "vault/keeper/hold.h"

enum {
	GROW_FRAMES = 16, /* more than AUDIT_AHEAD_FRAMES, so that not each entry asks for room */
	ROTATE_AGAIN_EACH = 256 /* entries, where no new file could be had */
};

enum err audit_log_open(int folder, const struct audit_sealer *sealer,
			const struct audit_mark *durable, struct audit_log **out_log)
{
	AUTO(audit_log) log = calloc(1, sizeof *log);

	if (log == NULL)
		return ERR_MEMORY;
	(void)pthread_mutex_init(&log->lock, NULL);
	log->folder = folder;
	log->sealer = *sealer;
	log->file_entries = AUDIT_FILE_ENTRIES;
	log->files_kept = AUDIT_FILES_KEPT;
	log->durable = *durable;
	log->file = -1;
	TRY(audit_start(log));
	*out_log = TAKE(log);
	return ERR_OK;
}

void audit_log_free(struct audit_log *log)
{
	if (log == NULL)
		return;
	own_close_fd(&log->file);
	(void)pthread_mutex_destroy(&log->lock);
	free(log);
}

struct audit_finding audit_log_finding(struct audit_log *log)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	return log->finding;
}

bool audit_log_is_short(struct audit_log *log)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	return log->is_short;
}

/* --- Room; all under the lock ------------------------------------------------------------------
 */

/* Frames in use, the head's too. */
static uint64_t used(const struct audit_log *log)
{
	return log->last.number + 2 - log->first;
}

static bool has_room(const struct audit_log *log)
{
	return log->file >= 0 && used(log) + log->reserved < log->room;
}

static void grow(struct audit_log *log)
{
	uint64_t wanted = used(log) + AUDIT_AHEAD_FRAMES + GROW_FRAMES;

	log->is_short = !audit_file_grow(log->file, wanted);
	if (!log->is_short)
		log->room = wanted;
}

/* First entry of the oldest file that stays when one more comes. */
static uint64_t oldest_kept(const struct audit_log *log, const struct audit_files *files)
{
	uint64_t oldest = log->oldest;

	if (files->count >= log->files_kept &&
	    files->firsts[files->count - log->files_kept + 1] > oldest)
		oldest = files->firsts[files->count - log->files_kept + 1];
	return oldest;
}

static void remove_old(const struct audit_log *log, const struct audit_files *files)
{
	for (size_t i = 0; i + 1 < files->count && files->firsts[i + 1] <= log->oldest; i++)
		audit_file_remove(log->folder, files->firsts[i]);
}

static void close_file(struct audit_log *log)
{
	if (log->file < 0)
		return;
	audit_file_trim(log->file, used(log));
	own_close_fd(&log->file);
}

/* The old file is on disk before the new one begins with its last hash. */
static enum err begin_file(struct audit_log *log)
{
	struct audit_head head = {.first = log->last.number + 1, .previous = log->last.hash};
	struct audit_files files = {0};
	struct audit_frame frame;
	int file = -1;

	TRY(audit_files_list(log->folder, &files));
	head.oldest = oldest_kept(log, &files);
	TRY(audit_seal_head(&log->sealer, &head, &frame));
	if (log->file >= 0)
		TRY(audit_file_sync(log->file));
	TRY(audit_file_create(log->folder, head.first, &frame, &file));
	close_file(log);
	log->file = file;
	log->first = head.first;
	log->room = 1 + AUDIT_AHEAD_FRAMES;
	log->oldest = head.oldest;
	log->durable = log->last;
	log->is_short = false;
	remove_old(log, &files);
	return ERR_OK;
}

static bool is_time_to_rotate(const struct audit_log *log)
{
	uint64_t entries = used(log) - 1;

	return entries >= log->file_entries &&
	       (entries - log->file_entries) % ROTATE_AGAIN_EACH == 0;
}

/* A file that could not be followed by another goes on. */
static enum err need_room(struct audit_log *log)
{
	if (log->is_broken)
		return err_note(ERR_DISK, "the audit log could not be synced; please restart");
	if (log->file < 0)
		TRY(begin_file(log));
	else if (is_time_to_rotate(log))
		log->is_short = begin_file(log) != ERR_OK;
	if (!has_room(log))
		grow(log);
	return has_room(log) ? ERR_OK : ERR_LOG_FULL;
}

enum err audit_log_reserve(struct audit_log *log)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	TRY(need_room(log));
	log->reserved++;
	return ERR_OK;
}

void audit_log_give_back(struct audit_log *log)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	log->reserved--;
}

/* --- Entries ------------------------------------------------------------------------------------
 */

static enum err append(struct audit_log *log, const struct audit_entry *entry)
{
	struct audit_entry numbered = *entry;
	struct audit_frame frame;

	TRY(need_room(log));
	numbered.number = log->last.number + 1;
	TRY(audit_seal_entry(&log->sealer, &log->last.hash, &numbered, &frame));
	TRY(audit_file_write(log->file, used(log), &frame));
	log->last.number = numbered.number;
	audit_frame_hash(&frame, &log->last.hash);
	return ERR_OK;
}

enum err audit_log_append(struct audit_log *log, const struct audit_entry *entry,
			  enum audit_place place)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	if (place == AUDIT_RESERVED)
		log->reserved--;
	return append(log, entry);
}

/* --- Durability ---------------------------------------------------------------------------------
 */

/* A descriptor of its own, so that others may append, and even begin another file, meanwhile. */
static enum err begin_sync(struct audit_log *log, struct audit_mark *out_mark, int *out_file)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	*out_mark = log->last;
	if (log->is_broken)
		return err_note(ERR_DISK, "the audit log could not be synced; please restart");
	if (log->file < 0 || log->last.number == log->durable.number)
		return ERR_OK;
	*out_file = fcntl(log->file, F_DUPFD_CLOEXEC, 0);
	return *out_file < 0 ? err_note(ERR_DISK, "no descriptor is left") : ERR_OK;
}

/* The kernel tells of a failure once and then forgets what was not written (fsync(2)). */
static enum err end_sync(struct audit_log *log, const struct audit_mark *mark, enum err err)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	if (err != ERR_OK)
		log->is_broken = true;
	else if (mark->number > log->durable.number)
		log->durable = *mark;
	return err;
}

enum err audit_log_sync(struct audit_log *log, struct audit_mark *out_mark)
{
	struct audit_mark mark;
	AUTO_FD file = -1;

	TRY(begin_sync(log, &mark, &file));
	if (file >= 0)
		TRY(end_sync(log, &mark, audit_file_sync(file)));
	*out_mark = mark;
	return ERR_OK;
}

enum err audit_log_tend(struct audit_log *log)
{
	struct audit_mark mark;

	TRY(audit_log_sync(log, &mark));

	AUTO_HELD(hold) hold = hold_take(&log->lock);
	if (log->file >= 0 && log->room < used(log) + AUDIT_AHEAD_FRAMES)
		grow(log);
	return ERR_OK;
}

enum err audit_view_take(struct audit_log *log, struct audit_view *out_view)
{
	AUTO_HELD(hold) hold = hold_take(&log->lock);

	out_view->sealer = &log->sealer;
	out_view->folder = log->folder;
	out_view->oldest = log->oldest;
	out_view->last = log->file < 0 ? 0 : log->last.number;
	return audit_files_list(log->folder, &out_view->files);
}
