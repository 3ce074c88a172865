/* answer_import.c - import_begin, import_data, import_commit: an original on its way in.
 *
 * The daemon never looks into an original. It has it opened by kinko-opener, one of a user and
 * two in all at a time, and hands what came back to the keeper, which proves it before it
 * stores anything.
 */
#include "vault/daemon/call.h"

#include <string.h>

#include "policy/pin_rule.h"
#include "vault/base/pin_text.h"
#include "vault/opener/run.h"

enum { TURN_MILLISECONDS = 60 * 1000 };

enum err answer_import_begin(struct call *call, struct request *request)
{
	const struct import_begin_request *begin = &request->body.import_begin;

	if (begin->size == 0)
		return ERR_ORIGINAL_TRUNCATED;
	if (begin->size > ORIGINAL_SIZE_MAX)
		return ERR_ORIGINAL_TOO_LARGE;
	return session_begin_import(call->session, begin->size, &begin->digest);
}

enum err answer_import_data(struct call *call, struct request *request)
{
	const struct import_data_request *data = &request->body.import_data;

	return session_add_piece(call->session, data->offset, data->piece);
}

static enum err open_now(struct starter *starter, struct secret *original, struct secret *pin,
			 struct opened **out_opened)
{
	const struct opener_job job = {.mode = OPENER_KEY, .pin = pin, .original = original};
	AUTO_HELD(started) started = {.to_opener = -1, .from_opener = -1, .process = -1};

	TRY(starter_start(starter, &started));
	return opener_exchange(started.to_opener, started.from_opener, &job, out_opened);
}

static enum err open_in_turn(struct call *call, struct secret *original, struct secret *pin,
			     struct opened **out_opened)
{
	struct quota *openers = call->service->openers;
	enum err err;

	if (!quota_wait(openers, call_uid(call), TURN_MILLISECONDS))
		return ERR_BUSY;
	err = open_now(call->service->starter, original, pin, out_opened);
	quota_give(openers, call_uid(call));
	return err;
}

/* A proven copy has a place and a time, both or none. */
static void fill_proof(const struct import_commit_request *commit, const struct secret *original,
		       struct keeper_original *out_original)
{
	bool is_proven = commit->verified_at > 0 && commit->where[0] != '\0';

	out_original->verified_at = is_proven ? commit->verified_at : 0;
	out_original->where = is_proven ? commit->where : "";
	if (is_proven)
		digest_of(secret_view(original), secret_size(original), &out_original->file);
}

static enum err keep(struct call *call, const struct import_commit_request *commit,
		     const struct secret *original, const struct opened *opened)
{
	const struct keeper_import_how how = {
		.resets_pin = commit->resets_pin,
		.activates = commit->activates,
		.tries = rulebook_limits(call->service->rulebook).pin_tries};
	struct keeper_original given = {.key = opened->key,
					.pin = commit->pin,
					.certificate = &opened->certificate,
					.chain = &opened->chain,
					.friendly_name = opened->friendly_name,
					.pin_follows_rule =
						pin_rule_check(commit->pin) == PIN_RULE_OK,
					.is_weakly_protected = opened->is_weakly_protected};
	AUTO_HELD(import_commit_reply) reply = {0};
	enum import_result result;

	fill_proof(commit, original, &given);
	call->entry.has_certificate = true;
	digest_of(opened->certificate.data, opened->certificate.size, &call->entry.certificate);
	TRY(keeper_import(call->service->keeper, call_uid(call), &given, &how, &result,
			  &reply.warnings, &reply.entry));
	reply.result = (uint8_t)result;
	call->entry.outcome = (uint8_t)(1 + result);
	wire_import_commit_reply(call->reply, &reply);
	return ERR_OK;
}

enum err answer_import_commit(struct call *call, struct request *request)
{
	const struct import_commit_request *commit = &request->body.import_commit;
	AUTO(secret) original = NULL;
	AUTO(opened) opened = NULL;

	TRY(session_take_import(call->session, &original));
	if (commit->is_download)
		TRY(call_permit(call, ACTION_GET, &request->subject));
	if (!pin_text_is_proper(commit->pin))
		return ERR_PIN_TEXT;
	TRY(open_in_turn(call, original, commit->pin, &opened));
	if (opened->key == NULL)
		return err_note(ERR_OPENER, "the opener answered without a key");
	return keep(call, commit, original, opened);
}
