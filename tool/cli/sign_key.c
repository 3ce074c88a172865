/* sign_key.c - see sign_key.h */
#include "tool/cli/sign_key.h"

#include <time.h>

#include "tool/cli/compose.h"
#include "tool/cli/find_cert.h"
#include "tool/cli/pin_ask.h"
#include "tool/cli/pin_failure.h"
#include "vault/base/text.h"
#include "vault/client/client.h"

static enum err check(struct sign_key *key);
static enum err sign_by_vault(void *context, enum sign_scheme scheme, enum sign_hash hash,
			      const struct bytes *digest, struct bytes *out_signature);

enum err sign_key_open(struct run *run, const char *cert, struct sign_key *out_key)
{
	AUTO_HELD(sign_key) key = {.run = run};
	struct client *client = NULL;

	TRY(find_cert_or_active(run, cert, &key.entry));
	TRY(run_client(run, &client));
	TRY(client_show(client, &key.entry.summary.id, &key.show));
	TRY(check(&key));
	*out_key = key;
	key = (struct sign_key){0};
	return ERR_OK;
}

void sign_key_close(struct sign_key *key)
{
	entry_clear(&key->entry);
	show_reply_clear(&key->show);
	secret_free(key->pin);
	*key = (struct sign_key){0};
}

static enum err key_kind_of(const struct sign_key *key, enum key_kind *out_kind)
{
	AUTO(certificate) certificate = NULL;

	TRY(certificate_parse(key->show.certificate.data, key->show.certificate.size,
			      &certificate));
	*out_kind = certificate_key_kind(certificate);
	return ERR_OK;
}

/* Whether the policy lets this certificate sign is asked before the PIN is. */
static enum err check_policy(struct sign_key *key)
{
	AUTO_HELD(explain_reply) reply = {0};
	bool is_expired = key->entry.summary.not_after < time(NULL);
	struct client *client = NULL;

	TRY(run_client(key->run, &client));
	TRY(client_explain(client, "sign", &key->entry.summary.id, &reply));
	if (reply.is_allowed)
		return ERR_OK;
	return is_expired ? ERR_SIGN_EXPIRED : err_detail(ERR_POLICY_DENIED, "%s", reply.rule);
}

static enum err check(struct sign_key *key)
{
	enum sign_scheme scheme;
	enum sign_hash hash;
	enum key_kind kind = KEY_UNKNOWN;

	TRY(key_kind_of(key, &kind));
	TRY(signer_scheme(kind, &scheme, &hash));
	TRY(check_policy(key));
	return key->entry.tries_left == 0 ? pin_failure_locked(key->run, &key->entry) : ERR_OK;
}

struct signer sign_key_signer(struct sign_key *key)
{
	struct signer signer = {
		.certificate = &key->show.certificate,
		.chain = &key->show.chain,
		.sign = sign_by_vault,
		.context = key,
	};

	/* It was read when the key was opened. */
	if (key_kind_of(key, &signer.key_kind) != ERR_OK)
		signer.key_kind = KEY_UNKNOWN;
	return signer;
}

/* --- Login and signature ------------------------------------------------------------------------
 */

static enum err ask_pin(struct sign_key *key)
{
	TRY(pin_ask_of_entry(key->run, &key->entry, _("PIN: "), &key->pin));
	/* Documents are read in processes forked from this one. */
	secret_stays_here(key->pin);
	return ERR_OK;
}

static enum err try_pin(struct sign_key *key, struct client *client)
{
	struct entry *entry = &key->entry;
	struct login_reply reply = {0};
	enum err err;

	if (key->pin == NULL)
		TRY(ask_pin(key));
	TRY(run_go_on(key->run));
	err = client_login(client, &entry->summary.id, key->pin, &entry->tries_left, &reply);
	if (err == ERR_PIN_LOCKED)
		return pin_failure_locked(key->run, entry);
	return err == ERR_PIN_WRONG ? pin_failure_wrong(key->run, entry) : err;
}

static enum err log_in(struct sign_key *key, struct client *client)
{
	if (key->pin == NULL) {
		if (key->progress != NULL)
			progress_end(key->progress);
		pin_input_say(key->run->pins, _("This signs documents."));
	}
	while (!key->is_logged_in) {
		enum err err = try_pin(key, client);
		key->is_logged_in = err == ERR_OK;
		if (err != ERR_PIN_WRONG || !pin_failure_ask_again(key->run, &key->entry))
			return err;
		secret_free(TAKE(key->pin));
	}
	return ERR_OK;
}

/* A login that is used up, or has ended meanwhile, is made anew once. */
static enum err sign_logged_in(struct sign_key *key, const struct sign_request *request,
			       struct bytes *out_signature)
{
	struct client *client = NULL;
	enum err err = ERR_LOGIN_NEEDED;

	TRY(run_client(key->run, &client));
	for (unsigned attempt = 0; attempt < 2 && err == ERR_LOGIN_NEEDED; attempt++) {
		TRY(log_in(key, client));
		err = client_sign(client, request, out_signature);
		key->is_logged_in = err != ERR_LOGIN_NEEDED;
	}
	return err;
}

static enum err sign_by_vault(void *context, enum sign_scheme scheme, enum sign_hash hash,
			      const struct bytes *digest, struct bytes *out_signature)
{
	struct sign_key *key = context;
	struct sign_request request = {
		.id = key->entry.summary.id,
		.scheme = (uint8_t)scheme,
		.hash = (uint8_t)hash,
		.input = *digest,
	};

	key->failure = sign_logged_in(key, &request, out_signature);
	key->has_signed = key->has_signed || key->failure == ERR_OK;
	return key->failure;
}
