/* client_key.c - what a PIN is for: logging in, signing, changing it. A PIN that the vault may have
 * read is never sent again.
 */
#include "vault/client/client_parts.h"

BODY_WRITER(write_pin, pin_request)
BODY_WRITER(write_login, login_request)
BODY_WRITER(write_sign, sign_request)
BODY_WRITER(write_decrypt, decrypt_request)

enum err client_change_pin(struct client *client, const struct digest *id,
			   const struct secret *old_pin, const struct secret *new_pin,
			   uint8_t *out_tries_left, struct entry_reply *out_reply)
{
	AUTO_HELD(pin_request) request = {.id = *id};
	AUTO_HELD(exchange) exchange = {0};
	enum err err;

	if (secret_size(old_pin) > WIRE_PIN_MAX || secret_size(new_pin) > WIRE_PIN_MAX)
		return ERR_PIN_TEXT;
	TRY(secret_clone(old_pin, &request.old_pin));
	TRY(secret_clone(new_pin, &request.new_pin));
	err = client_ask(client, MESSAGE_pin, MAY_CHANGE, write_pin, &request, &exchange);
	if (err != ERR_OK)
		*out_tries_left = exchange.answer.tries_left;
	TRY(err);
	return client_take_entry(&exchange, out_reply);
}

enum err client_login(struct client *client, const struct digest *id, const struct secret *pin,
		      uint8_t *out_tries_left, struct login_reply *out_reply)
{
	AUTO_HELD(login_request) request = {.id = *id};
	AUTO_HELD(exchange) exchange = {0};
	struct login_reply reply = {0};
	enum err err;

	if (secret_size(pin) > WIRE_PIN_MAX)
		return ERR_PIN_TEXT;
	TRY(secret_clone(pin, &request.pin));
	err = client_ask(client, MESSAGE_login, MAY_CHANGE, write_login, &request, &exchange);
	if (err != ERR_OK)
		*out_tries_left = exchange.answer.tries_left;
	TRY(err);
	wire_login_reply(&exchange.answer.reply, &reply);
	TRY(client_finished(&exchange));
	*out_reply = reply;
	return ERR_OK;
}

/* The login lives in the connection: where that is gone, so is the login. */
enum err client_logout(struct client *client)
{
	AUTO_HELD(exchange) exchange = {0};

	TRY(client_begin(client, false, &exchange));
	TRY(client_ask_here(&exchange, MESSAGE_logout, client_write_nothing, NULL));
	return client_finished(&exchange);
}

/* Sent again on a new connection it can only learn that the login has ended. */
enum err client_sign(struct client *client, const struct sign_request *request,
		     struct bytes *out_signature)
{
	AUTO_HELD(sign_reply) reply = {{NULL, 0}};
	AUTO_HELD(exchange) exchange = {0};

	if (request->input.size > SIGN_MESSAGE_MAX)
		return ERR_SIGN_INPUT;
	TRY(client_ask(client, MESSAGE_sign, CHANGES_NOTHING, write_sign, request, &exchange));
	wire_sign_reply(&exchange.answer.reply, &reply);
	TRY(client_finished(&exchange));
	*out_signature = reply.signature;
	reply.signature = (struct bytes){NULL, 0};
	return ERR_OK;
}

enum err client_decrypt(struct client *client, const struct decrypt_request *request,
			struct secret **out_plain)
{
	AUTO_HELD(decrypt_reply) reply = {NULL};
	AUTO_HELD(exchange) exchange = {0};

	if (request->input.size > SIGN_RSA_SIZE_MAX)
		return ERR_DECRYPT;
	TRY(client_ask(client, MESSAGE_decrypt, CHANGES_NOTHING, write_decrypt, request,
		       &exchange));
	wire_decrypt_reply(&exchange.answer.reply, &reply);
	TRY(client_finished(&exchange));
	if (reply.plain == NULL)
		TRY(secret_new(0, &reply.plain));
	*out_plain = TAKE(reply.plain);
	return ERR_OK;
}
