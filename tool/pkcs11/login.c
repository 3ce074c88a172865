/* login.c - the login with a token's key: see token.h. The key stays in the vault; what is here is
 * a connection that has logged in, and what is known of how long that holds.
 *
 * The connection is a token's own, made at the first C_Login and kept while the token lives, so
 * that no thread that signs can lose it. Logins wait for each other (`turn`); signing waits for
 * nothing but the vault.
 */
#include "tool/pkcs11/token.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "policy/pin_rule.h"
#include "tool/pkcs11/result.h"
#include "vault/base/pin_text.h"

struct key_login {
	pthread_mutex_t turn; /* one login, logout or change of the PIN at a time */
	_Atomic(struct client *) client;
	pthread_mutex_t state; /* of what follows; held for a moment only */
	bool is_unlocked;
	unsigned round; /* which login this is: the end of an old one ends no new one */
	int64_t begun_at, used_at;
	uint32_t idle_seconds, max_seconds;
};

enum err key_login_new(struct key_login **out_login)
{
	struct key_login *login = calloc(1, sizeof *login);

	if (login == NULL)
		return ERR_MEMORY;
	(void)pthread_mutex_init(&login->turn, NULL);
	(void)pthread_mutex_init(&login->state, NULL);
	*out_login = login;
	return ERR_OK;
}

void key_login_free(struct key_login *login)
{
	if (login == NULL)
		return;
	client_close(atomic_load(&login->client));
	(void)pthread_mutex_destroy(&login->state);
	(void)pthread_mutex_destroy(&login->turn);
	free(login);
}

/* The clock of the vault's own limits: it goes on while the computer sleeps. */
static int64_t now_seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* Under `state`. */
static bool is_over(const struct key_login *login, int64_t now)
{
	return now - login->used_at >= login->idle_seconds ||
	       now - login->begun_at >= login->max_seconds;
}

/* What this process knows by itself. */
static bool seems_unlocked(struct key_login *login)
{
	bool is_unlocked;

	(void)pthread_mutex_lock(&login->state);
	if (login->is_unlocked && is_over(login, now_seconds()))
		login->is_unlocked = false;
	is_unlocked = login->is_unlocked;
	(void)pthread_mutex_unlock(&login->state);
	return is_unlocked;
}

static unsigned round_of(struct key_login *login)
{
	unsigned round;

	(void)pthread_mutex_lock(&login->state);
	round = login->round;
	(void)pthread_mutex_unlock(&login->state);
	return round;
}

/* Only the login of that round: another may have come meanwhile. */
static void set_locked(struct key_login *login, unsigned round)
{
	(void)pthread_mutex_lock(&login->state);
	if (login->round == round)
		login->is_unlocked = false;
	(void)pthread_mutex_unlock(&login->state);
}

/* A program is told of a daemon's restart before it signs, so that it asks for the PIN first. */
bool token_is_unlocked(struct token *token)
{
	struct key_login *login = token->login;
	unsigned round = round_of(login);

	if (!seems_unlocked(login))
		return false;
	if (client_is_connected(atomic_load(&login->client)))
		return true;
	set_locked(login, round);
	return false;
}

static void set_unlocked(struct key_login *login, const struct login_reply *reply)
{
	(void)pthread_mutex_lock(&login->state);
	login->is_unlocked = true;
	login->round++;
	login->begun_at = login->used_at = now_seconds();
	login->idle_seconds = reply->idle_seconds;
	login->max_seconds = reply->max_seconds;
	(void)pthread_mutex_unlock(&login->state);
}

/* The vault has used the key, or has said that this login is over. Where each signature needs the
 * PIN, that end is the ordinary one: the program is still the user's and asks again. */
static void note_use(struct token *token, unsigned round, enum err err)
{
	struct key_login *login = token->login;
	bool is_end = err == ERR_VAULT_UNREACHABLE ||
		      (err == ERR_LOGIN_NEEDED && !atomic_load(&token->asks_always));

	if (is_end)
		set_locked(login, round);
	if (err != ERR_OK)
		return;
	(void)pthread_mutex_lock(&login->state);
	login->used_at = now_seconds();
	(void)pthread_mutex_unlock(&login->state);
}

/* Under `turn`. The name is what the vault's log shows beside each signature. */
static enum err connect_once(struct key_login *login)
{
	struct client *client = NULL;

	if (atomic_load(&login->client) != NULL)
		return ERR_OK;
	TRY(client_open(program_invocation_short_name, &client));
	atomic_store(&login->client, client);
	return ERR_OK;
}

/* Nothing that cannot be a PIN reaches the vault or costs a try. */
static CK_RV pin_take(const void *bytes, CK_ULONG size, struct secret **out_pin)
{
	AUTO(secret) pin = NULL;

	if (size == 0 || size > PIN_TEXT_MAX)
		return CKR_PIN_LEN_RANGE;
	if (bytes == NULL)
		return CKR_ARGUMENTS_BAD;
	if (secret_init() != ERR_OK || secret_new(size, &pin) != ERR_OK)
		return CKR_HOST_MEMORY;
	memcpy(secret_bytes(pin), bytes, size);
	if (!pin_text_is_proper(pin))
		return CKR_PIN_INVALID;
	*out_pin = TAKE(pin);
	return CKR_OK;
}

static void note_tries(struct token *token, enum err err, uint8_t tries_left)
{
	if (err == ERR_OK)
		atomic_store(&token->tries_left, atomic_load(&token->tries_max));
	else if (err == ERR_PIN_LOCKED)
		atomic_store(&token->tries_left, 0);
	else if (err == ERR_PIN_WRONG)
		atomic_store(&token->tries_left, tries_left);
}

/* Under `turn`. */
static CK_RV log_in(struct token *token, const struct secret *pin)
{
	struct login_reply reply = {0};
	uint8_t tries_left = 0;
	enum err err = connect_once(token->login);

	if (err != ERR_OK)
		return result_of(err);
	err = client_login(atomic_load(&token->login->client), &token->id, pin, &tries_left,
			   &reply);
	note_tries(token, err, tries_left);
	if (err == ERR_OK)
		set_unlocked(token->login, &reply);
	else
		set_locked(token->login, round_of(token->login));
	return result_of(err);
}

CK_RV token_login(struct token *token, const void *pin, CK_ULONG pin_size, bool again)
{
	AUTO(secret) taken = NULL;
	CK_RV result;

	if (!again && token_is_unlocked(token))
		return CKR_USER_ALREADY_LOGGED_IN;
	CHECK(pin_take(pin, pin_size, &taken));
	(void)pthread_mutex_lock(&token->login->turn);
	result = !again && token_is_unlocked(token) ? CKR_USER_ALREADY_LOGGED_IN
						    : log_in(token, taken);
	(void)pthread_mutex_unlock(&token->login->turn);
	return result;
}

/* A vault that does not answer has lost the login anyway. */
static void log_out(struct key_login *login)
{
	struct client *client = atomic_load(&login->client);

	set_locked(login, round_of(login));
	if (client != NULL && client_logout(client) != ERR_OK)
		err_forget();
}

CK_RV token_logout(struct token *token)
{
	if (!token_is_unlocked(token))
		return CKR_USER_NOT_LOGGED_IN;
	(void)pthread_mutex_lock(&token->login->turn);
	log_out(token->login);
	(void)pthread_mutex_unlock(&token->login->turn);
	return CKR_OK;
}

void token_retire(struct token *token)
{
	atomic_store(&token->is_gone, true);
	(void)token_logout(token);
}

void token_abandon(struct token *token)
{
	client_close(atomic_exchange(&token->login->client, NULL));
}

static CK_RV check_new_pin(const struct secret *pin)
{
	enum pin_rule rule = pin_rule_check(pin);

	if (rule == PIN_RULE_OK)
		return CKR_OK;
	return rule == PIN_RULE_TOO_SHORT || rule == PIN_RULE_TOO_LONG ? CKR_PIN_LEN_RANGE
								       : CKR_PIN_INVALID;
}

/* Under `turn`. A change ends every login with this key; the program that made it stays in, as
 * the standard wants: it has just shown the new PIN. */
static CK_RV change_pin(struct token *token, const struct secret *old_pin,
			const struct secret *new_pin)
{
	AUTO_HELD(entry_reply) reply = {0};
	bool was_unlocked = token_is_unlocked(token);
	uint8_t tries_left = 0;
	enum err err = connect_once(token->login);

	if (err != ERR_OK)
		return result_of(err);
	err = client_change_pin(atomic_load(&token->login->client), &token->id, old_pin, new_pin,
				&tries_left, &reply);
	note_tries(token, err, tries_left);
	if (err != ERR_OK)
		return result_of(err);
	set_locked(token->login, round_of(token->login));
	return was_unlocked ? log_in(token, new_pin) : CKR_OK;
}

CK_RV token_set_pin(struct token *token, const void *old_pin, CK_ULONG old_size,
		    const void *new_pin, CK_ULONG new_size)
{
	AUTO(secret) old_taken = NULL;
	AUTO(secret) new_taken = NULL;
	CK_RV result;

	CHECK(pin_take(old_pin, old_size, &old_taken));
	CHECK(pin_take(new_pin, new_size, &new_taken));
	CHECK(check_new_pin(new_taken));
	(void)pthread_mutex_lock(&token->login->turn);
	result = change_pin(token, old_taken, new_taken);
	(void)pthread_mutex_unlock(&token->login->turn);
	return result;
}

CK_RV token_sign(struct token *token, enum sign_scheme scheme, enum hash_kind hash,
		 struct part input, uint8_t *out_signature, size_t signature_size)
{
	struct client *client = atomic_load(&token->login->client);
	unsigned round = round_of(token->login);
	AUTO_HELD(sign_request)
	request = {.id = token->id,
		   .scheme = (uint8_t)scheme,
		   .hash = (uint8_t)mechanism_sign_hash(hash)};
	AUTO_HELD(bytes) signature = {0};
	enum err err;

	if (client == NULL || !seems_unlocked(token->login))
		return CKR_USER_NOT_LOGGED_IN;
	if (bytes_copy(input.data, input.size, &request.input) != ERR_OK)
		return CKR_HOST_MEMORY;
	err = client_sign(client, &request, &signature);
	note_use(token, round, err);
	if (err != ERR_OK)
		return result_of(err);
	if (signature.size != signature_size)
		return CKR_FUNCTION_FAILED;
	memcpy(out_signature, signature.data, signature_size);
	return CKR_OK;
}

CK_RV token_decrypt(struct token *token, enum hash_kind hash, struct part input,
		    struct secret **out_plain)
{
	struct client *client = atomic_load(&token->login->client);
	unsigned round = round_of(token->login);
	AUTO_HELD(decrypt_request)
	request = {.id = token->id, .hash = (uint8_t)mechanism_sign_hash(hash)};
	enum err err;

	if (client == NULL || !seems_unlocked(token->login))
		return CKR_USER_NOT_LOGGED_IN;
	if (bytes_copy(input.data, input.size, &request.input) != ERR_OK)
		return CKR_HOST_MEMORY;
	err = client_decrypt(client, &request, out_plain);
	note_use(token, round, err);
	return result_of(err);
}
