/* client.h - the only way into the vault for every front end.
 *
 * One call, one answer; a broken connection is made anew once for calls that changed nothing.
 * All calls but client_close may be made by many threads at once, on one connection and with one
 * login. A child of fork opens a client of its own and calls nothing of this one but
 * client_close, which closes only the child's descriptor.
 *
 * Before anything but hello is sent, the server has been identified by the kernel: it runs as
 * the user "kinko", or, only when KINKO_SOCKET named the socket, as this user.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/base/signing.h"
#include "vault/cert/entry.h"
#include "vault/wire/message.h"

struct client;

/* The folder of policy.conf and kinko.conf: /etc/kinko, or that of the socket KINKO_SOCKET
 * names. Needs no daemon. Owned by the caller. */
enum err client_config_folder(char **out_folder) MUST_CHECK;

/* `program` is what the vault's log shows, e.g. "kinko". ERR_VAULT_UNREACHABLE, at
 * once when nothing listens, ERR_SERVER_IDENTITY, ERR_WIRE_VERSION. A refused vault connects: see
 * client_vault_state. */
enum err client_open(const char *program, struct client **out_client) MUST_CHECK;
void client_close(struct client *client);
OWN_DEFINE(client, client_close)

bool client_is_private(const struct client *client);
enum vault_state client_vault_state(const struct client *client);

/* Whether the connection of the last call still stands, as far as this computer's kernel knows: a
 * login that was made on it has ended where it does not. Asks the vault nothing. */
bool client_is_connected(struct client *client);

enum err client_ping(struct client *client) MUST_CHECK; /* an empty round trip (hello again) */
enum err client_status(struct client *client, struct status_reply *out_status) MUST_CHECK;

/* All entries, page by page; `visit` may keep nothing of the entry. `owner` NULL: one's own. */
typedef enum err client_visitor(const struct entry *entry, void *context);
enum err client_list(struct client *client, const uid_t *owner, client_visitor *visit,
		     void *context) MUST_CHECK;
/* The active one alone: costs the same with one certificate and with a thousand. ERR_NO_ACTIVE. */
enum err client_active(struct client *client, struct entry_reply *out_reply) MUST_CHECK;
enum err client_show(struct client *client, const struct digest *id,
		     struct show_reply *out_show) MUST_CHECK;
enum err client_use(struct client *client, const struct digest *id,
		    struct entry_reply *out_reply) MUST_CHECK;
enum err client_delete(struct client *client, const uid_t *owner, const struct digest *id,
		       struct entry_reply *out_reply) MUST_CHECK;
enum err client_confirm(struct client *client, const struct digest *id,
			struct entry_reply *out_reply) MUST_CHECK;
enum err client_original_proven(struct client *client, const struct digest *id,
				const struct digest *file, int64_t at, const char *where,
				struct entry_reply *out_reply) MUST_CHECK;

struct client_import {
	const struct secret *original; /* the whole file */
	const struct secret *pin;
	bool resets_pin;
	bool activates;
	bool is_download;
	int64_t verified_at; /* 0: not proven on removable media */
	const char *where;   /* "" */
};
enum err client_import(struct client *client, const struct client_import *import,
		       struct import_commit_reply *out_reply) MUST_CHECK;

/* On ERR_PIN_WRONG *out_tries_left says how many are left. */
enum err client_change_pin(struct client *client, const struct digest *id,
			   const struct secret *old_pin, const struct secret *new_pin,
			   uint8_t *out_tries_left, struct entry_reply *out_reply) MUST_CHECK;
enum err client_login(struct client *client, const struct digest *id, const struct secret *pin,
		      uint8_t *out_tries_left, struct login_reply *out_reply) MUST_CHECK;
enum err client_logout(struct client *client) MUST_CHECK;

/* With the key that is logged in on this connection, else ERR_LOGIN_NEEDED; after a lost
 * connection too. `out_signature` is the caller's to clear. ERR_SIGN_INPUT. */
enum err client_sign(struct client *client, const struct sign_request *request,
		     struct bytes *out_signature) MUST_CHECK;
/* ERR_DECRYPT whatever was wrong with the input. */
enum err client_decrypt(struct client *client, const struct decrypt_request *request,
			struct secret **out_plain) MUST_CHECK;

/* One's own entries of the log since a moment (0: all), oldest first; `visit` may keep nothing.
 * *out_unreadable: entries that are not as they were written. */
typedef enum err client_log_visitor(const struct audit_entry *entry, void *context);
enum err client_log(struct client *client, int64_t since, client_log_visitor *visit, void *context,
		    uint64_t *out_unreadable) MUST_CHECK;
/* What the vault finds wrong with its whole log. */
enum err client_log_verify(struct client *client, struct audit_report *out_report) MUST_CHECK;

enum err client_explain(struct client *client, const char *action, const struct digest *id,
			struct explain_reply *out_reply) MUST_CHECK;
