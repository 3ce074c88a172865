/* audit_entry.c - see audit_entry.h */
#include "vault/base/audit_entry.h"

#include <string.h>

#include "vault/base/utf8.h"
#include "vault/base/vault.h"

const char *audit_action_word(enum audit_action action)
{
	switch (action) {
#define X(name, number, word) \
	case name:            \
		return word;
		AUDIT_ACTION_TABLE(X)
#undef X
	}
	return NULL;
}

const char *audit_fault_word(enum audit_fault_kind kind)
{
	switch (kind) {
#define X(name, number, word) \
	case name:            \
		return word;
		AUDIT_FAULT_TABLE(X)
#undef X
	}
	return NULL;
}

/* u8 size, then UTF-8 without NUL. `text` has room for size_max and a NUL. */
static void code_text(struct cursor *cursor, char *text, size_t size_max)
{
	uint8_t size = (uint8_t)strnlen(text, size_max);

	cursor_u8(cursor, &size);
	if (cursor->bad == ERR_OK && size > size_max)
		cursor->bad = ERR_WIRE;
	if (cursor->bad != ERR_OK)
		return;
	cursor_fixed(cursor, (uint8_t *)text, size);
	if (cursor->writing || cursor->bad != ERR_OK)
		return;
	text[size] = '\0';
	if (strlen(text) != size || !utf8_is_valid(text, size))
		cursor->bad = ERR_WIRE;
}

static void code_digest(struct cursor *cursor, struct audit_entry *entry)
{
	cursor_u8(cursor, &entry->digest_size);
	if (cursor->bad == ERR_OK && entry->digest_size > AUDIT_DIGEST_MAX)
		cursor->bad = ERR_WIRE;
	if (cursor->bad == ERR_OK)
		cursor_fixed(cursor, entry->digest, entry->digest_size);
}

void audit_entry_code(struct cursor *cursor, struct audit_entry *entry)
{
	cursor_i64(cursor, &entry->at);
	cursor_u32(cursor, &entry->uid);
	cursor_u32(cursor, &entry->pid);
	cursor_u32(cursor, &entry->owner);
	cursor_u8(cursor, &entry->action);
	cursor_u32(cursor, &entry->result);
	cursor_u8(cursor, &entry->outcome);
	cursor_bool(cursor, &entry->has_certificate);
	cursor_digest(cursor, &entry->certificate);
	cursor_u32(cursor, &entry->count);
	cursor_u32(cursor, &entry->line);
	code_text(cursor, entry->rule, AUDIT_RULE_MAX);
	code_text(cursor, entry->program, AUDIT_PROGRAM_MAX);
	code_text(cursor, entry->mechanism, AUDIT_MECHANISM_MAX);
	code_digest(cursor, entry);
}

const char *audit_entry_result_word(const struct audit_entry *entry)
{
	if (entry->outcome == 0 || entry->outcome > 1 + IMPORT_PIN_RESET)
		return err_word(err_from_wire(entry->result));
	return import_result_word((enum import_result)(entry->outcome - 1));
}

void audit_entry_set_text(char *out_text, size_t size_max, const char *text)
{
	size_t size = strlen(text);

	if (size > size_max)
		size = utf8_cut(text, size_max);
	memcpy(out_text, text, size);
	out_text[size] = '\0';
}

static void code_fault(struct cursor *cursor, struct audit_fault *fault)
{
	cursor_u8(cursor, &fault->kind);
	cursor_u64(cursor, &fault->from);
	cursor_u64(cursor, &fault->to);
}

void audit_report_code(struct cursor *cursor, struct audit_report *report)
{
	cursor_u64(cursor, &report->first);
	cursor_u64(cursor, &report->last);
	cursor_u64(cursor, &report->count);
	cursor_u32(cursor, &report->unclean_ends);
	cursor_bool(cursor, &report->has_more_faults);
	cursor_u8(cursor, &report->fault_count);
	if (cursor->bad == ERR_OK && report->fault_count > AUDIT_FAULTS_MAX)
		cursor->bad = ERR_WIRE;
	for (size_t i = 0; cursor->bad == ERR_OK && i < report->fault_count; i++)
		code_fault(cursor, &report->faults[i]);
}
