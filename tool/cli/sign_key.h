/* sign_key.h - the certificate that signs a batch of files, and the login behind it.
 *
 * The PIN is asked when the first signature is needed, so that a file that cannot be signed costs
 * nobody a PIN. It stays in secret memory until the batch ends: the vault may want a login of its
 * own for every signature, or for every so many of them.
 */
#pragma once

#include <stdbool.h>

#include "tool/cli/progress.h"
#include "tool/cli/run.h"
#include "tool/sign/signer.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/cert/entry.h"

struct sign_key {
	struct run *run;
	struct entry entry;
	struct show_reply show;
	struct progress *progress; /* its line ends before a question; NULL: none */
	struct secret *pin;        /* NULL: not yet asked */
	bool is_logged_in;
	bool has_signed;  /* at least once */
	enum err failure; /* of the vault or the PIN: the next file would fare no better; ERR_OK */
};

/* CERT or the active one. Refused without asking for a PIN: locked, expired, a kind of key that
 * signs no documents, forbidden by the policy. */
enum err sign_key_open(struct run *run, const char *cert, struct sign_key *out_key) MUST_CHECK;
/* A loan of the key. */
struct signer sign_key_signer(struct sign_key *key);
void sign_key_close(struct sign_key *key); /* the login ends with the connection */
OWN_DEFINE_HELD(sign_key, sign_key_close)
