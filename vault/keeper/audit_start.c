/* audit_start.c - how the log ended the last time; see the table in audit_log.h.
 *
 * Only the newest file is read: the others were on disk, whole, before it was begun.
 */
#include "vault/keeper/audit_parts.h"

#include <string.h>

/* The newest file, frame by frame. */
struct ending {
	struct audit_log *log;
	uint64_t frames;         /* the file has room for */
	struct audit_mark end;   /* the last entry of the unbroken beginning */
	struct audit_mark known; /* hash at the manifest's number, if it was passed */
	uint8_t last_action;
	uint64_t behind; /* frames behind the unbroken beginning that are not empty: 1 + the last */
};

static bool follows(const struct ending *ending, const struct audit_frame *frame,
		    uint8_t *out_action)
{
	struct audit_entry entry;
	struct digest previous;

	if (!audit_open_entry(&ending->log->sealer, frame, &previous, &entry))
		return false;
	*out_action = entry.action;
	return entry.number == ending->end.number + 1 && digest_equal(&previous, &ending->end.hash);
}

static void note_known(struct ending *ending)
{
	if (ending->end.number == ending->log->durable.number)
		ending->known = ending->end;
}

static enum err read_beginning(struct ending *ending, uint64_t *out_index)
{
	struct audit_frame frame;
	uint64_t index = 1;

	note_known(ending);
	for (; index < ending->frames; index++) {
		TRY(audit_file_read(ending->log->file, index, &frame));
		if (!follows(ending, &frame, &ending->last_action))
			break;
		ending->end.number++;
		audit_frame_hash(&frame, &ending->end.hash);
		note_known(ending);
	}
	*out_index = index;
	return ERR_OK;
}

static enum err read_rest(struct ending *ending, uint64_t index)
{
	struct audit_frame frame;

	for (uint64_t i = 0; index + i < ending->frames; i++) {
		TRY(audit_file_read(ending->log->file, index + i, &frame));
		if (!audit_frame_is_empty(&frame))
			ending->behind = i + 1;
	}
	return ERR_OK;
}

/* What a power cut left of the last second: zeros again, so that the next entries fit. */
static enum err cut_off(const struct ending *ending)
{
	const struct audit_frame empty = {{0}};
	uint64_t index = ending->end.number - ending->log->first + 2;

	for (uint64_t i = 0; i < ending->behind; i++)
		TRY(audit_file_write(ending->log->file, index + i, &empty));
	return ending->behind == 0 ? ERR_OK : audit_file_sync(ending->log->file);
}

static void find(struct audit_log *log, enum audit_action action, uint64_t number, uint64_t count)
{
	log->finding =
		(struct audit_finding){.action = (uint8_t)action,
				       .number = number,
				       .count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count};
}

/* The file is left to whoever looks into it; the next entry is chained to the manifest's. */
static enum err leave_file(struct audit_log *log, uint64_t known_to)
{
	own_close_fd(&log->file);
	log->file = -1;
	log->room = 0;
	log->last = log->durable;
	if (known_to > log->last.number)
		log->last.number = known_to;
	return ERR_OK;
}

static enum err conclude(struct ending *ending)
{
	struct audit_log *log = ending->log;
	const struct audit_mark *durable = &log->durable;
	uint64_t end = ending->end.number;
	bool is_fork =
		ending->known.number != 0 && !digest_equal(&ending->known.hash, &durable->hash);

	if (is_fork || (end < durable->number && ending->behind > 0)) {
		find(log, AUDIT_LOG_CHANGED, is_fork ? durable->number : end + 1, ending->behind);
		return leave_file(log, end + ending->behind);
	}
	if (end < durable->number) {
		find(log, AUDIT_LOG_CUT, end + 1, durable->number - end);
		return leave_file(log, end);
	}
	TRY(cut_off(ending));
	log->last = ending->end;
	if (ending->last_action != AUDIT_STOP && (end > 0 || ending->behind > 0))
		find(log, AUDIT_UNCLEAN_END, end, ending->behind);
	return ERR_OK;
}

/* Nothing in it can be believed; its name and what is written in it say which numbers it may have
 * used: its first at least, so that the next file gets another name. */
static enum err distrust(struct audit_log *log, uint64_t entries)
{
	uint64_t first = log->first;

	find(log, AUDIT_LOG_CHANGED, first, entries);
	return leave_file(log, entries == 0 ? first : first + entries - 1);
}

static enum err start_in(struct audit_log *log, uint64_t frames)
{
	struct ending ending = {.log = log, .frames = frames, .last_action = AUDIT_STOP};
	struct audit_frame frame;
	struct audit_head head;
	uint64_t index = 1;

	TRY(audit_file_read(log->file, 0, &frame));
	if (!audit_open_head(&log->sealer, &frame, &head) || head.first != log->first) {
		TRY(read_rest(&ending, 1));
		return distrust(log, ending.behind);
	}
	log->oldest = head.oldest;
	log->room = frames;
	ending.end = (struct audit_mark){head.first - 1, head.previous};
	TRY(read_beginning(&ending, &index));
	if (index == 1 && head.first > 1)
		ending.last_action = 0; /* it was just begun: no stop is the last entry */
	TRY(read_rest(&ending, index));
	return conclude(&ending);
}

enum err audit_start(struct audit_log *log)
{
	struct audit_files files = {0};
	uint64_t frames = 0;

	log->oldest = 1;
	log->last = log->durable;
	TRY(audit_files_list(log->folder, &files));
	if (files.count == 0 && log->durable.number == 0)
		return ERR_OK;
	if (files.count == 0) {
		find(log, AUDIT_LOG_CUT, 1, log->durable.number);
		return ERR_OK;
	}
	log->first = files.firsts[files.count - 1];
	if (audit_file_open(log->folder, log->first, &log->file, &frames) != ERR_OK)
		return distrust(log, 0);
	return start_in(log, frames);
}
