/* client.c - see client.h: one function a message, each by the codecs of the wire. */
#include "vault/client/client.h"

#include <stdlib.h>
#include <string.h>

#include "vault/client/link.h"

#define SYSTEM_CONFIG "/etc/kinko"

struct client {
	struct link *link;
	char *program;
	bool is_private;
	enum vault_state vault_state;
};

/* Whether a request may be sent again when nobody knows what became of it. */
enum repeat { CHANGES_NOTHING, MAY_CHANGE };

enum err client_config_folder(char **out_folder)
{
	bool is_named;
	const char *path = link_socket_path(&is_named);
	const char *slash = strrchr(path, '/');

	if (!is_named)
		*out_folder = strdup(SYSTEM_CONFIG);
	else if (slash == NULL)
		*out_folder = strdup(".");
	else
		*out_folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return *out_folder == NULL ? ERR_MEMORY : ERR_OK;
}

static enum err read_hello(struct client *client, struct cursor *cursor)
{
	struct hello_reply reply = {0};

	wire_hello_reply(cursor, &reply);
	TRY(cursor_end(cursor));
	if (reply.version != WIRE_VERSION)
		return ERR_WIRE_VERSION;
	if (reply.vault_state > VAULT_DAMAGED)
		return ERR_WIRE;
	client->is_private = reply.is_private;
	client->vault_state = (enum vault_state)reply.vault_state;
	return ERR_OK;
}

static enum err say_hello(struct client *client, enum link_loss *out_loss)
{
	struct hello_request request = {.version = WIRE_VERSION, .program = client->program};
	struct cursor body = link_request(client->link);
	struct link_answer answer;
	enum err err;

	wire_hello_request(&body, &request);
	err = link_exchange(client->link, MESSAGE_hello, &body, &answer);
	*out_loss = answer.loss;
	TRY(err);
	return read_hello(client, &answer.reply);
}

/* A connection that broke before hello was answered (a daemon being restarted) is made once
 * more. */
static enum err connect_and_greet(struct client *client)
{
	enum link_loss loss = LINK_NOT_LOST;
	enum err err;

	TRY(link_connect(client->link));
	err = say_hello(client, &loss);
	if (err == ERR_VAULT_UNREACHABLE && loss != LINK_NOT_LOST) {
		TRY(link_connect(client->link));
		err = say_hello(client, &loss);
	}
	if (err != ERR_OK)
		link_disconnect(client->link);
	return err;
}

enum err client_open(const char *program, struct client **out_client)
{
	AUTO(client) client = calloc(1, sizeof *client);

	if (client == NULL)
		return ERR_MEMORY;
	client->program = strdup(program);
	if (client->program == NULL)
		return ERR_MEMORY;
	TRY(link_new(&client->link));
	TRY(connect_and_greet(client));
	*out_client = TAKE(client);
	return ERR_OK;
}

void client_close(struct client *client)
{
	if (client == NULL)
		return;
	link_free(client->link);
	free(client->program);
	free(client);
}

bool client_is_private(const struct client *client)
{
	return client->is_private;
}

enum vault_state client_vault_state(const struct client *client)
{
	return client->vault_state;
}

/* Writes the body of a request; the same function may be called for a second attempt. */
typedef void body_writer(struct cursor *cursor, const void *request);

/* Sends, and after a broken connection sends once more where that cannot do anything twice. */
static enum err ask(struct client *client, uint8_t number, enum repeat repeat, body_writer *write,
		    const void *request, struct link_answer *out_answer)
{
	*out_answer = (struct link_answer){.tries_left = WIRE_NO_TRIES, .loss = LINK_NOT_LOST};
	for (unsigned attempt = 0;; attempt++) {
		struct cursor body;
		enum err err;
		if (!link_is_connected(client->link))
			TRY(connect_and_greet(client));
		body = link_request(client->link);
		write(&body, request);
		err = link_exchange(client->link, number, &body, out_answer);
		if (err != ERR_VAULT_UNREACHABLE || attempt > 0 ||
		    !(out_answer->loss == LINK_UNREAD ||
		      (out_answer->loss == LINK_UNKNOWN && repeat == CHANGES_NOTHING)))
			return err;
	}
}

/* The rest of every call: the reply must be exactly what its codec reads. */
static enum err finished(struct client *client, const struct cursor *reply)
{
	enum err err = cursor_end(reply);

	if (err != ERR_OK)
		link_disconnect(client->link);
	return err;
}

/* Codecs serve both directions and take what they write as changeable; they do not change it. */
#define BODY_WRITER(name, codec)                                     \
	static void name(struct cursor *cursor, const void *request) \
	{                                                            \
		struct codec copy = *(const struct codec *)request;  \
		wire_##codec(cursor, &copy);                         \
	}

BODY_WRITER(write_hello, hello_request)
BODY_WRITER(write_list, list_request)
BODY_WRITER(write_certificate, certificate_request)
BODY_WRITER(write_pin, pin_request)
BODY_WRITER(write_login, login_request)
BODY_WRITER(write_proven, original_proven_request)
BODY_WRITER(write_explain, explain_request)
BODY_WRITER(write_log, log_request)
BODY_WRITER(write_sign, sign_request)
BODY_WRITER(write_decrypt, decrypt_request)
BODY_WRITER(write_import_begin, import_begin_request)
BODY_WRITER(write_import_data, import_data_request)
BODY_WRITER(write_import_commit, import_commit_request)

static void write_nothing(struct cursor *cursor, const void *request)
{
	(void)cursor;
	(void)request;
}

enum err client_ping(struct client *client)
{
	const struct hello_request request = {.version = WIRE_VERSION, .program = client->program};
	struct link_answer answer;

	TRY(ask(client, MESSAGE_hello, CHANGES_NOTHING, write_hello, &request, &answer));
	return read_hello(client, &answer.reply);
}

enum err client_status(struct client *client, struct status_reply *out_status)
{
	AUTO_HELD(status_reply) status = {0};
	struct link_answer answer;

	TRY(ask(client, MESSAGE_status, CHANGES_NOTHING, write_nothing, NULL, &answer));
	wire_status_reply(&answer.reply, &status);
	TRY(finished(client, &answer.reply));
	*out_status = status;
	status = (struct status_reply){0};
	return ERR_OK;
}

/* Entries go to the visitor as they are read: a page is never held. */
static enum err visit_page(struct client *client, struct cursor *reply, client_visitor *visit,
			   void *context, bool *out_more, uint64_t *in_out_last)
{
	uint16_t count = 0;

	wire_list_head(reply, out_more, &count);
	for (unsigned i = 0; reply->bad == ERR_OK && i < count; i++) {
		AUTO_HELD(entry) entry = {0};
		entry_code(reply, &entry);
		if (reply->bad != ERR_OK || entry.number <= *in_out_last)
			break;
		*in_out_last = entry.number;
		TRY(visit(&entry, context));
	}
	TRY(finished(client, reply));
	return *out_more && count == 0 ? ERR_WIRE : ERR_OK;
}

enum err client_list(struct client *client, const uid_t *owner, client_visitor *visit,
		     void *context)
{
	struct list_request request = {.is_other_owner = owner != NULL,
				       .owner = owner == NULL ? 0 : *owner};
	bool more = true;

	while (more) {
		struct link_answer answer;
		TRY(ask(client, MESSAGE_list, CHANGES_NOTHING, write_list, &request, &answer));
		TRY(visit_page(client, &answer.reply, visit, context, &more, &request.after));
	}
	return ERR_OK;
}

enum err client_show(struct client *client, const struct digest *id, struct show_reply *out_show)
{
	const struct certificate_request request = {.id = *id};
	AUTO_HELD(show_reply) show = {0};
	struct link_answer answer;

	TRY(ask(client, MESSAGE_show, CHANGES_NOTHING, write_certificate, &request, &answer));
	wire_show_reply(&answer.reply, &show);
	TRY(finished(client, &answer.reply));
	*out_show = show;
	show = (struct show_reply){0};
	return ERR_OK;
}

static enum err take_entry(struct client *client, struct cursor *cursor,
			   struct entry_reply *out_reply)
{
	AUTO_HELD(entry_reply) reply = {0};

	wire_entry_reply(cursor, &reply);
	TRY(finished(client, cursor));
	*out_reply = reply;
	reply = (struct entry_reply){0};
	return ERR_OK;
}

static enum err change_certificate(struct client *client, uint8_t number,
				   const struct certificate_request *request,
				   struct entry_reply *out_reply)
{
	struct link_answer answer;

	TRY(ask(client, number, MAY_CHANGE, write_certificate, request, &answer));
	return take_entry(client, &answer.reply, out_reply);
}

enum err client_use(struct client *client, const struct digest *id, struct entry_reply *out_reply)
{
	const struct certificate_request request = {.id = *id};

	return change_certificate(client, MESSAGE_use, &request, out_reply);
}

enum err client_delete(struct client *client, const uid_t *owner, const struct digest *id,
		       struct entry_reply *out_reply)
{
	const struct certificate_request request = {
		.is_other_owner = owner != NULL, .owner = owner == NULL ? 0 : *owner, .id = *id};

	return change_certificate(client, MESSAGE_delete, &request, out_reply);
}

enum err client_confirm(struct client *client, const struct digest *id,
			struct entry_reply *out_reply)
{
	const struct certificate_request request = {.id = *id};

	return change_certificate(client, MESSAGE_confirm, &request, out_reply);
}

enum err client_original_proven(struct client *client, const struct digest *id,
				const struct digest *file, int64_t at, const char *where,
				struct entry_reply *out_reply)
{
	AUTO_HELD(original_proven_request)
	request = {.id = *id, .file = *file, .at = at, .where = strdup(where)};
	struct link_answer answer;

	if (request.where == NULL)
		return ERR_MEMORY;
	TRY(ask(client, MESSAGE_original_proven, MAY_CHANGE, write_proven, &request, &answer));
	return take_entry(client, &answer.reply, out_reply);
}

/* The pieces of an original live in the connection: when it breaks, all of them go again. */
static enum err ask_here(struct client *client, uint8_t number, body_writer *write,
			 const void *request, struct link_answer *out_answer)
{
	struct cursor body = link_request(client->link);

	write(&body, request);
	return link_exchange(client->link, number, &body, out_answer);
}

static enum err send_piece(struct client *client, const struct secret *original, uint32_t offset,
			   struct link_answer *out_answer)
{
	size_t left = secret_size(original) - offset;
	size_t size = left < WIRE_PIECE_MAX ? left : WIRE_PIECE_MAX;
	AUTO_HELD(import_data_request) request = {.offset = offset};

	TRY(secret_new(size, &request.piece));
	memcpy(secret_bytes(request.piece), secret_view(original) + offset, size);
	TRY(ask_here(client, MESSAGE_import_data, write_import_data, &request, out_answer));
	return finished(client, &out_answer->reply);
}

static enum err send_original(struct client *client, const struct secret *original,
			      struct link_answer *out_answer)
{
	struct import_begin_request begin = {.size = (uint32_t)secret_size(original)};

	digest_of(secret_view(original), secret_size(original), &begin.digest);
	TRY(ask_here(client, MESSAGE_import_begin, write_import_begin, &begin, out_answer));
	TRY(finished(client, &out_answer->reply));
	for (size_t at = 0; at < secret_size(original); at += WIRE_PIECE_MAX)
		TRY(send_piece(client, original, (uint32_t)at, out_answer));
	return ERR_OK;
}

static enum err commit_import(struct client *client, const struct client_import *import,
			      struct link_answer *out_answer)
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
	return ask_here(client, MESSAGE_import_commit, write_import_commit, &request, out_answer);
}

/* *out_again: the connection broke before the vault could have changed anything. */
static enum err import_once(struct client *client, const struct client_import *import,
			    struct link_answer *out_answer, bool *out_again)
{
	enum err err;

	*out_again = false;
	if (!link_is_connected(client->link))
		TRY(connect_and_greet(client));
	err = send_original(client, import->original, out_answer);
	*out_again = err == ERR_VAULT_UNREACHABLE && out_answer->loss != LINK_NOT_LOST;
	TRY(err);
	err = commit_import(client, import, out_answer);
	*out_again = err == ERR_VAULT_UNREACHABLE && out_answer->loss == LINK_UNREAD;
	return err;
}

enum err client_import(struct client *client, const struct client_import *import,
		       struct import_commit_reply *out_reply)
{
	AUTO_HELD(import_commit_reply) reply = {0};
	struct link_answer answer = {.loss = LINK_NOT_LOST};
	bool again;
	enum err err;

	if (secret_size(import->original) > WIRE_ORIGINAL_MAX)
		return ERR_ORIGINAL_TOO_LARGE;
	if (secret_size(import->pin) > WIRE_PIN_MAX)
		return ERR_PIN_TEXT;
	err = import_once(client, import, &answer, &again);
	if (again)
		err = import_once(client, import, &answer, &again);
	TRY(err);
	wire_import_commit_reply(&answer.reply, &reply);
	TRY(finished(client, &answer.reply));
	*out_reply = reply;
	reply = (struct import_commit_reply){0};
	return ERR_OK;
}

enum err client_change_pin(struct client *client, const struct digest *id,
			   const struct secret *old_pin, const struct secret *new_pin,
			   uint8_t *out_tries_left, struct entry_reply *out_reply)
{
	AUTO_HELD(pin_request) request = {.id = *id};
	struct link_answer answer;
	enum err err;

	if (secret_size(old_pin) > WIRE_PIN_MAX || secret_size(new_pin) > WIRE_PIN_MAX)
		return ERR_PIN_TEXT;
	TRY(secret_clone(old_pin, &request.old_pin));
	TRY(secret_clone(new_pin, &request.new_pin));
	err = ask(client, MESSAGE_pin, MAY_CHANGE, write_pin, &request, &answer);
	if (err != ERR_OK)
		*out_tries_left = answer.tries_left;
	TRY(err);
	return take_entry(client, &answer.reply, out_reply);
}

enum err client_login(struct client *client, const struct digest *id, const struct secret *pin,
		      uint8_t *out_tries_left, struct login_reply *out_reply)
{
	AUTO_HELD(login_request) request = {.id = *id};
	struct login_reply reply = {0};
	struct link_answer answer;
	enum err err;

	if (secret_size(pin) > WIRE_PIN_MAX)
		return ERR_PIN_TEXT;
	TRY(secret_clone(pin, &request.pin));
	err = ask(client, MESSAGE_login, MAY_CHANGE, write_login, &request, &answer);
	if (err != ERR_OK)
		*out_tries_left = answer.tries_left;
	TRY(err);
	wire_login_reply(&answer.reply, &reply);
	TRY(finished(client, &answer.reply));
	*out_reply = reply;
	return ERR_OK;
}

/* The login lives in the connection: where that is gone, so is the login. */
enum err client_logout(struct client *client)
{
	struct link_answer answer;

	if (!link_is_connected(client->link))
		return ERR_LOGIN_NEEDED;
	TRY(ask_here(client, MESSAGE_logout, write_nothing, NULL, &answer));
	return finished(client, &answer.reply);
}

enum err client_sign(struct client *client, const struct sign_request *request,
		     struct bytes *out_signature)
{
	AUTO_HELD(sign_reply) reply = {{NULL, 0}};
	struct link_answer answer;

	if (request->input.size > SIGN_MESSAGE_MAX)
		return ERR_SIGN_INPUT;
	TRY(ask(client, MESSAGE_sign, MAY_CHANGE, write_sign, request, &answer));
	wire_sign_reply(&answer.reply, &reply);
	TRY(finished(client, &answer.reply));
	*out_signature = reply.signature;
	reply.signature = (struct bytes){NULL, 0};
	return ERR_OK;
}

enum err client_decrypt(struct client *client, const struct decrypt_request *request,
			struct secret **out_plain)
{
	AUTO_HELD(decrypt_reply) reply = {NULL};
	struct link_answer answer;

	if (request->input.size > SIGN_RSA_SIZE_MAX)
		return ERR_DECRYPT;
	TRY(ask(client, MESSAGE_decrypt, MAY_CHANGE, write_decrypt, request, &answer));
	wire_decrypt_reply(&answer.reply, &reply);
	TRY(finished(client, &answer.reply));
	if (reply.plain == NULL)
		TRY(secret_new(0, &reply.plain));
	*out_plain = TAKE(reply.plain);
	return ERR_OK;
}

enum err client_explain(struct client *client, const char *action, const struct digest *id,
			struct explain_reply *out_reply)
{
	AUTO_HELD(explain_request)
	request = {.action = strdup(action), .has_certificate = id != NULL};
	AUTO_HELD(explain_reply) reply = {0};
	struct link_answer answer;

	if (request.action == NULL)
		return ERR_MEMORY;
	if (id != NULL)
		request.id = *id;
	TRY(ask(client, MESSAGE_explain, CHANGES_NOTHING, write_explain, &request, &answer));
	wire_explain_reply(&answer.reply, &reply);
	TRY(finished(client, &answer.reply));
	*out_reply = reply;
	reply = (struct explain_reply){0};
	return ERR_OK;
}

static enum err visit_log_page(struct client *client, struct cursor *reply,
			       client_log_visitor *visit, void *context, struct log_head *out_head)
{
	wire_log_head(reply, out_head);
	for (unsigned i = 0; reply->bad == ERR_OK && i < out_head->count; i++) {
		struct audit_entry entry = {0};
		wire_log_entry(reply, &entry);
		if (reply->bad == ERR_OK)
			TRY(visit(&entry, context));
	}
	return finished(client, reply);
}

enum err client_log(struct client *client, int64_t since, client_log_visitor *visit, void *context,
		    uint64_t *out_unreadable)
{
	struct log_request request = {.since = since};
	struct log_head head = {.has_more = true};

	*out_unreadable = 0;
	while (head.has_more) {
		struct link_answer answer;
		TRY(ask(client, MESSAGE_log, CHANGES_NOTHING, write_log, &request, &answer));
		TRY(visit_log_page(client, &answer.reply, visit, context, &head));
		if (head.has_more && head.next <= request.after)
			return ERR_WIRE;
		request.after = head.next;
		*out_unreadable += head.unreadable;
	}
	return ERR_OK;
}

enum err client_log_verify(struct client *client, struct audit_report *out_report)
{
	struct audit_report report = {0};
	struct link_answer answer;

	TRY(ask(client, MESSAGE_log_verify, CHANGES_NOTHING, write_nothing, NULL, &answer));
	wire_log_verify_reply(&answer.reply, &report);
	TRY(finished(client, &answer.reply));
	*out_report = report;
	return ERR_OK;
}
