/* entry.c - see entry.h */
#include "vault/cert/entry.h"

#include <stdlib.h>
#include <string.h>

struct entry entry_limited(const struct entry *entry, int64_t now)
{
	bool is_too_early = now < entry->summary.not_before;

	return (struct entry){.summary = {.id = entry->summary.id,
					  .not_before = is_too_early ? INT64_MAX : 0,
					  .not_after = entry->summary.not_after},
			      .label = entry->label,
			      .number = entry->number,
			      .tries_left = entry->tries_left == 0 ? 0 : 1,
			      .verified_at = entry->verified_at};
}

bool entry_is_limited(const struct entry *entry)
{
	return entry->summary.key == NULL || entry->summary.key[0] == '\0';
}

enum entry_state entry_state(const struct entry *entry, int64_t now)
{
	if (entry->tries_left == 0)
		return ENTRY_LOCKED;
	if (now > entry->summary.not_after)
		return ENTRY_EXPIRED;
	if (now < entry->summary.not_before)
		return ENTRY_NOT_YET_VALID;
	return ENTRY_READY;
}

const char *entry_state_word(enum entry_state state)
{
	static const char *const words[] = {"locked", "expired", "not-yet-valid", "ready"};

	return words[state];
}

static enum err text_copy(const char *from, char **out_text)
{
	*out_text = strdup(from == NULL ? "" : from);
	return *out_text == NULL ? ERR_MEMORY : ERR_OK;
}

enum err summary_copy(const struct summary *from, struct summary *out_summary)
{
	AUTO_HELD(summary) copy = *from;

	copy.subject = copy.issuer = copy.serial = copy.user_id = copy.key = NULL;
	TRY(text_copy(from->subject, &copy.subject));
	TRY(text_copy(from->issuer, &copy.issuer));
	TRY(text_copy(from->serial, &copy.serial));
	TRY(text_copy(from->user_id, &copy.user_id));
	TRY(text_copy(from->key, &copy.key));
	*out_summary = copy;
	copy = (struct summary){0};
	return ERR_OK;
}

void summary_clear(struct summary *summary)
{
	free(summary->subject);
	free(summary->issuer);
	free(summary->serial);
	free(summary->user_id);
	free(summary->key);
	*summary = (struct summary){0};
}

enum err entry_copy(const struct entry *from, struct entry *out_entry)
{
	AUTO_HELD(entry) copy = *from;

	copy.summary = (struct summary){0};
	copy.label = copy.where = NULL;
	TRY(summary_copy(&from->summary, &copy.summary));
	TRY(text_copy(from->label, &copy.label));
	TRY(text_copy(from->where, &copy.where));
	*out_entry = copy;
	copy = (struct entry){0};
	return ERR_OK;
}

void entry_clear(struct entry *entry)
{
	summary_clear(&entry->summary);
	free(entry->label);
	free(entry->where);
	*entry = (struct entry){0};
}

void summary_code(struct cursor *cursor, struct summary *summary)
{
	cursor_digest(cursor, &summary->id);
	cursor_text(cursor, &summary->subject, ENTRY_TEXT_MAX);
	cursor_text(cursor, &summary->issuer, ENTRY_TEXT_MAX);
	cursor_text(cursor, &summary->serial, ENTRY_TEXT_MAX);
	cursor_text(cursor, &summary->user_id, ENTRY_TEXT_MAX);
	cursor_text(cursor, &summary->key, ENTRY_TEXT_MAX);
	cursor_i64(cursor, &summary->not_before);
	cursor_i64(cursor, &summary->not_after);
}

void entry_code(struct cursor *cursor, struct entry *entry)
{
	summary_code(cursor, &entry->summary);
	cursor_text(cursor, &entry->label, ENTRY_LABEL_MAX);
	cursor_u64(cursor, &entry->number);
	cursor_bool(cursor, &entry->is_active);
	cursor_u8(cursor, &entry->tries_left);
	cursor_bool(cursor, &entry->pin_follows_rule);
	cursor_i64(cursor, &entry->verified_at);
	cursor_text(cursor, &entry->where, ENTRY_WHERE_MAX);
	cursor_digest(cursor, &entry->original);
	cursor_i64(cursor, &entry->confirmed_at);
}
