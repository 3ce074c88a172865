/* keeper_import.c - an opened original comes into the vault; see keeper.h
 *
 *   in the vault    asked to reset    what happens
 *   not there       -                 imported: three rows, and the owner's
 *   locked          -                 pin-reset: key sealed anew under the original's PIN
 *   not locked      yes               pin-reset
 *   not locked      no                already-there: PIN and key stay as they are
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vault/base/pin_text.h"
#include "vault/base/utf8.h"
#include "vault/cert/certificate.h"
#include "vault/keeper/edit.h"
#include "vault/keeper/hold.h"
#include "vault/keeper/identity.h"
#include "vault/keeper/keeper_parts.h"
#include "vault/keeper/label.h"

enum {
	CHALLENGE_SIZE = 32,
	RECORDS_MAX = 65536,        /* in one vault */
	RECORDS_OF_ONE_MAX = 16384, /* of one user, so that nobody fills it alone */
};

/* One import on its way. */
struct import {
	struct keeper *keeper;
	uid_t uid;
	const struct keeper_original *original;
	const struct keeper_import_how *how;
	struct certificate *certificate;
	struct digest id;
	enum import_result result;
};

/* Signs with the private key and verifies by the certificate: comparing public halves would
 * accept a forged key. */
static enum err prove_key(const struct certificate *certificate, const struct secret *pkcs8)
{
	AUTO(identity) identity = NULL;
	AUTO_HELD(bytes) signature = {NULL, 0};
	uint8_t challenge[CHALLENGE_SIZE];
	enum err err;

	TRY(identity_of(pkcs8, &identity));
	random_fill(challenge, sizeof challenge);
	err = identity_sign(identity, challenge, sizeof challenge, &signature);
	if (err == ERR_LOGIN_LIMIT)
		return err;
	if (err != ERR_OK || !certificate_verifies(certificate, challenge, sizeof challenge,
						   signature.data, signature.size))
		return ERR_ORIGINAL_KEY_FORGED;
	return ERR_OK;
}

static enum err check_original(const struct keeper_original *original)
{
	if (original->verified_at != 0)
		TRY(keeper_check_proof(original->verified_at, original->where));
	if (!pin_text_is_proper(original->pin))
		return ERR_PIN_TEXT;
	if (original->certificate->size > CERTIFICATE_SIZE_MAX)
		return ERR_CERT_PARSE;
	for (size_t i = 0; i < original->chain->count; i++)
		if (original->chain->items[i].size > CERTIFICATE_SIZE_MAX)
			return ERR_CERT_PARSE;
	return ERR_OK;
}

static uint32_t warnings_of(const struct import *import)
{
	int64_t now = (int64_t)time(NULL);
	uint32_t warnings = 0;

	if (now > certificate_not_after(import->certificate))
		warnings |= WARNING_EXPIRED;
	if (now < certificate_not_before(import->certificate))
		warnings |= WARNING_NOT_YET_VALID;
	if (certificate_signature_is_weak(import->certificate))
		warnings |= WARNING_WEAK_SIGNATURE;
	if (import->original->is_weakly_protected)
		warnings |= WARNING_WEAK_PROTECTION;
	return warnings;
}

/* Cuts what is longer than any list can carry. */
static void cut_text(char *text)
{
	size_t size = text == NULL ? 0 : strlen(text);

	if (size > ENTRY_TEXT_MAX)
		text[utf8_cut(text, ENTRY_TEXT_MAX)] = '\0';
}

static enum err summarise(const struct certificate *certificate, struct summary *out_summary)
{
	TRY(summary_of(certificate, out_summary));
	cut_text(out_summary->subject);
	cut_text(out_summary->issuer);
	cut_text(out_summary->serial);
	cut_text(out_summary->user_id);
	cut_text(out_summary->key);
	return ERR_OK;
}

static enum err add_proof(const struct import *import, struct meta *meta)
{
	const struct keeper_original *original = import->original;

	if (original->verified_at == 0)
		return ERR_OK;
	return meta_add_proof(meta, &original->file, original->verified_at, original->where);
}

static enum err copy_chain(const struct bytes_list *from, struct bytes_list *out_chain)
{
	for (size_t i = 0; i < from->count; i++) {
		TRY(bytes_copy(from->items[i].data, from->items[i].size, &out_chain->items[i]));
		out_chain->count = i + 1;
	}
	return ERR_OK;
}

/* Under `changing`: label and number depend on what the owner has. */
static enum err fill_meta(const struct import *import, const struct owner *owner, struct meta *meta)
{
	const struct keeper_original *original = import->original;

	meta->uid = (uint32_t)import->uid;
	meta->number = owner->next_number;
	TRY(label_choose(import->keeper->index, import->uid, import->certificate,
			 original->friendly_name, &meta->label));
	TRY(summarise(import->certificate, &meta->summary));
	TRY(add_proof(import, meta));
	TRY(bytes_copy(original->certificate->data, original->certificate->size,
		       &meta->certificate));
	return copy_chain(original->chain, &meta->chain);
}

static enum err need_owner(const struct import *import, struct owner **out_owner)
{
	struct keeper *keeper = import->keeper;
	AUTO_HELD(hold) hold = hold_to_write(&keeper->reading);

	TRY(index_need_owner(keeper->index, import->uid, out_owner));
	if ((*out_owner)->mark.version == 0)
		seal_owner_id(keeper->keys, (uint32_t)import->uid, &(*out_owner)->row);
	if (index_count(keeper->index) >= RECORDS_MAX || (*out_owner)->count >= RECORDS_OF_ONE_MAX)
		return ERR_VAULT_FULL;
	return ERR_OK;
}

static enum err commit_new(const struct import *import, struct record **record,
			   const struct pin_row *pin, const struct pin_halves *halves)
{
	struct keeper *keeper = import->keeper;
	AUTO_HELD(hold) hold = hold_take(&keeper->changing);
	AUTO_HELD(meta) meta = {0};
	struct owner *owner = NULL;
	bool becomes_active = true, is_committed = false;
	enum err err;

	TRY(need_owner(import, &owner));
	TRY(fill_meta(import, owner, &meta));
	struct edit edit = {
		.record = *record,
		.owner = owner,
		.is_new = true,
		.meta = &meta,
		.pin = pin,
		.kek = halves->kek,
		.key = import->original->key,
		.is_active = owner->count == 0 || import->how->activates ? &becomes_active : NULL,
		.pace = LEDGER_MOVES};
	TRY(keeper_count_move(keeper, import->uid));
	err = edit_commit(keeper, &edit, &is_committed);
	if (is_committed)
		*record = NULL; /* the index owns it now */
	return err;
}

static enum err import_new(struct import *import)
{
	struct keeper *keeper = import->keeper;
	AUTO_HELD(stretch_slot) slot = {0};
	AUTO_HELD(pin_halves) halves = {0};
	AUTO(record) record = NULL;
	struct record_id id;
	struct pin_row pin;

	random_fill(id.bytes, sizeof id.bytes);
	TRY(record_new(&id, import->uid, &record));
	stretch_slot_take(keeper->stretcher, import->uid, &slot);
	TRY(edit_new_pin(keeper, &slot, record, import->original->pin,
			 import->original->pin_follows_rule, import->how->tries, &pin, &halves));
	import->result = IMPORT_IMPORTED;
	return commit_new(import, &record, &pin, &halves);
}

/* An edit of a certificate that is there: what the import says about the original, and whether
 * it was asked to be the active one. False: there is nothing to do. */
static enum err describe(const struct import *import, struct edit *edit, struct meta *meta,
			 const bool *becomes_active, bool *out_changes)
{
	edit->owner = index_owner(import->keeper->index, import->uid);
	if (import->original->verified_at != 0) {
		TRY(keeper_read_meta(import->keeper, edit->record, meta));
		TRY(add_proof(import, meta));
		edit->meta = meta;
	}
	if (import->how->activates && !edit->record->entry.is_active) {
		edit->is_active = becomes_active;
		edit->pace = LEDGER_MOVES;
	}
	*out_changes = edit->meta != NULL || edit->is_active != NULL;
	return ERR_OK;
}

static enum err leave_as_it_is(struct import *import, struct record *record)
{
	AUTO_HELD(hold) hold = hold_take(&import->keeper->changing);
	AUTO_HELD(meta) meta = {0};
	struct edit edit = {.record = record, .pace = LEDGER_STAYS};
	bool becomes_active = true, changes = false, is_committed = false;

	import->result = IMPORT_ALREADY_THERE;
	TRY(describe(import, &edit, &meta, &becomes_active, &changes));
	if (!changes)
		return ERR_OK;
	if (edit.pace == LEDGER_MOVES)
		TRY(keeper_count_move(import->keeper, import->uid));
	return edit_commit(import->keeper, &edit, &is_committed);
}

static enum err commit_reset(const struct import *import, struct record *record,
			     const struct pin_row *pin, const struct pin_halves *halves)
{
	AUTO_HELD(hold) hold = hold_take(&import->keeper->changing);
	AUTO_HELD(meta) meta = {0};
	struct edit edit = {.record = record,
			    .pin = pin,
			    .kek = halves->kek,
			    .key = import->original->key,
			    .pace = LEDGER_MOVES};
	bool becomes_active = true, changes = false, is_committed = false;
	enum err err;

	TRY(describe(import, &edit, &meta, &becomes_active, &changes));
	edit.pace = LEDGER_MOVES;
	TRY(keeper_count_move(import->keeper, import->uid));
	err = edit_commit(import->keeper, &edit, &is_committed);
	if (is_committed) {
		record->try_is_held = false;
		keeper_end_logins(import->keeper, &record->id);
	}
	return err;
}

static enum err reset_pin(struct import *import, struct record *record)
{
	struct keeper *keeper = import->keeper;
	AUTO_HELD(stretch_slot) slot = {0};
	AUTO_HELD(pin_halves) halves = {0};
	struct pin_row pin;

	stretch_slot_take(keeper->stretcher, import->uid, &slot);
	TRY(edit_new_pin(keeper, &slot, record, import->original->pin,
			 import->original->pin_follows_rule, import->how->tries, &pin, &halves));
	import->result = IMPORT_PIN_RESET;
	return commit_reset(import, record, &pin, &halves);
}

/* A held try was taken before: the last one may still be evaluated. */
static struct record *look_up(const struct import *import, bool *out_is_locked)
{
	AUTO_HELD(hold) hold = hold_to_read(&import->keeper->reading);
	struct record *record = index_find(import->keeper->index, import->uid, &import->id);

	*out_is_locked = record != NULL && record->entry.tries_left == 0 && !record->try_is_held;
	return record;
}

static enum err act(struct import *import)
{
	bool is_locked = false;
	struct record *record = look_up(import, &is_locked);

	if (record == NULL)
		return import_new(import);
	if (is_locked || import->how->resets_pin)
		return reset_pin(import, record);
	return leave_as_it_is(import, record);
}

/* The entry is taken while nobody else can delete it. */
static enum err run(struct import *import, struct entry *out_entry)
{
	AUTO_HELD(turn) turn = {0};

	turn_take(import->keeper->turns, import->uid, &import->id, &turn);
	TRY(act(import));
	return keeper_find(import->keeper, import->uid, &import->id, out_entry);
}

enum err keeper_import(struct keeper *keeper, uid_t uid, const struct keeper_original *original,
		       const struct keeper_import_how *how, enum import_result *out_result,
		       uint32_t *out_warnings, struct entry *out_entry)
{
	AUTO(certificate) certificate = NULL;
	struct import import = {.keeper = keeper, .uid = uid, .original = original, .how = how};

	TRY(keeper_refusal(keeper));
	TRY(check_original(original));
	TRY(certificate_parse(original->certificate->data, original->certificate->size,
			      &certificate));
	TRY(prove_key(certificate, original->key));
	import.certificate = certificate;
	certificate_id(certificate, &import.id);
	TRY(run(&import, out_entry));
	*out_result = import.result;
	*out_warnings = warnings_of(&import);
	return ERR_OK;
}
