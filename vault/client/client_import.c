/* client_import.c - an original crosses in pieces, which live in the connection: when it breaks,
 * all of them go again.
 */
#include <stdlib.h>
#include <string.h>

#include "vault/client/client_parts.h"

BODY_WRITER(write_import_begin, import_begin_request)
BODY_WRITER(write_import_data, import_data_request)
BODY_WRITER(write_import_commit, import_commit_request)

static enum err send_piece(struct exchange *exchange, const struct secret *original,
			   uint32_t offset)
{
	size_t left = secret_size(original) - offset;
	size_t size = left < WIRE_PIECE_MAX ? left : WIRE_PIECE_MAX;
	AUTO_HELD(import_data_request) request = {.offset = offset};

	TRY(secret_new(size, &request.piece));
	memcpy(secret_bytes(request.piece), secret_view(original) + offset, size);
	TRY(client_ask_here(exchange, MESSAGE_import_data, write_import_data, &request));
	return client_finished(exchange);
}

static enum err send_original(struct exchange *exchange, const struct secret *original)
{
	struct import_begin_request begin = {.size = (uint32_t)secret_size(original)};

	digest_of(secret_view(original), secret_size(original), &begin.digest);
	TRY(client_ask_here(exchange, MESSAGE_import_begin, write_import_begin, &begin));
	TRY(client_finished(exchange));
	for (size_t at = 0; at < secret_size(original); at += WIRE_PIECE_MAX)
		TRY(send_piece(exchange, original, (uint32_t)at));
	return ERR_OK;
}

static enum err commit_import(struct exchange *exchange, const struct client_import *import)
{
	AUTO_HELD(import_commit_request)
	request = {.resets_pin = import->resets_pin,
		   .activates = import->activates,
		   .is_download = import->is_download,
		   .verified_at = import->verified_at,
		   .where = strdup(import->where)};

	if (request.where == NULL)
		return ERR_MEMORY;
	TRY(secret_clone(import->pin, &request.pin));
	return client_ask_here(exchange, MESSAGE_import_commit, write_import_commit, &request);
}

/* *out_again: the connection broke before the vault could have changed anything. */
static enum err import_once(struct client *client, const struct client_import *import,
			    struct exchange *exchange, bool *out_again)
{
	enum err err;

	*out_again = false;
	TRY(client_begin(client, true, exchange));
	err = send_original(exchange, import->original);
	*out_again = err == ERR_VAULT_UNREACHABLE && exchange->answer.loss != LINK_NOT_LOST;
	TRY(err);
	err = commit_import(exchange, import);
	*out_again = err == ERR_VAULT_UNREACHABLE && exchange->answer.loss == LINK_UNREAD;
	return err;
}

static enum err import_in_turn(struct client *client, const struct client_import *import,
			       struct exchange *exchange)
{
	bool again;
	enum err err;

	(void)pthread_mutex_lock(&client->importing);
	err = import_once(client, import, exchange, &again);
	if (again)
		err = import_once(client, import, exchange, &again);
	(void)pthread_mutex_unlock(&client->importing);
	return err;
}

enum err client_import(struct client *client, const struct client_import *import,
		       struct import_commit_reply *out_reply)
{
	AUTO_HELD(import_commit_reply) reply = {0};
	AUTO_HELD(exchange) exchange = {0};

	if (secret_size(import->original) > ORIGINAL_SIZE_MAX)
		return ERR_ORIGINAL_TOO_LARGE;
	if (secret_size(import->pin) > WIRE_PIN_MAX)
		return ERR_PIN_TEXT;
	TRY(import_in_turn(client, import, &exchange));
	wire_import_commit_reply(&exchange.answer.reply, &reply);
	TRY(client_finished(&exchange));
	*out_reply = reply;
	reply = (struct import_commit_reply){0};
	return ERR_OK;
}
