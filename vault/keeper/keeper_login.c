/* keeper_login.c - an open login: the unsealed key, until the login or its PIN ends. */
#include <stdlib.h>
#include <string.h>

#include "vault/keeper/attempt.h"
#include "vault/keeper/hold.h"
#include "vault/keeper/login.h"
#include "vault/keeper/raise.h"

static enum err reserve_place(struct keeper *keeper)
{
	AUTO_HELD(hold) hold = hold_take(&keeper->logins);

	if (keeper->login_count >= keeper->login_max)
		return ERR_LOGIN_LIMIT;
	keeper->login_count++;
	return ERR_OK;
}

static void give_place_back(struct keeper *keeper)
{
	AUTO_HELD(hold) hold = hold_take(&keeper->logins);

	keeper->login_count--;
}

void login_end(struct login *login)
{
	atomic_store(&login->is_open, false);

	AUTO_HELD(hold) hold = hold_to_write(&login->key_lock);
	identity_free(TAKE(login->identity));
}

/* While the certificate's turn is held: its record stays as it is. */
static enum err find_facts(const struct attempt *attempt, const struct identity *identity,
			   struct login_facts *out_facts)
{
	AUTO_HELD(meta) meta = {0};
	AUTO(certificate) certificate = NULL;

	AUTO_HELD(hold) hold = hold_take(&attempt->keeper->changing);
	TRY(keeper_read_meta(attempt->keeper, attempt->record, &meta));
	TRY(certificate_parse(meta.certificate.data, meta.certificate.size, &certificate));
	*out_facts = (struct login_facts){
		.rsa_bits = identity_rsa_bits(identity),
		.not_after = certificate_not_after(certificate),
		.may_decrypt = certificate_may_encipher(certificate),
	};
	return ERR_OK;
}

static enum err login_new(const struct attempt *attempt, struct login **out_login)
{
	AUTO(identity) identity = NULL;
	struct login_facts facts;
	struct login *login;
	enum err err = identity_of(attempt->key, &identity);

	/* It was proven at import: what does not open now is a damaged vault or a full heap. */
	if (err != ERR_OK)
		return err == ERR_LOGIN_LIMIT || err == ERR_MEMORY ? err : ERR_VAULT_DAMAGED;
	TRY(find_facts(attempt, identity, &facts));
	login = calloc(1, sizeof *login);
	if (login == NULL)
		return ERR_MEMORY;
	login->keeper = attempt->keeper;
	login->record = attempt->record->id;
	login->id = attempt->id;
	login->identity = TAKE(identity);
	login->facts = facts;
	atomic_init(&login->is_open, true);
	atomic_init(&login->holders, 1);
	(void)pthread_rwlock_init(&login->key_lock, NULL);
	*out_login = login;
	return ERR_OK;
}

/* While the certificate's turn is still held: whoever ends its logins next will find this one. */
static void link_login(struct keeper *keeper, struct login *login)
{
	AUTO_HELD(hold) hold = hold_take(&keeper->logins);

	login->next = keeper->first_login;
	keeper->first_login = login;
}

static void unlink_login(struct keeper *keeper, struct login *login)
{
	AUTO_HELD(hold) hold = hold_take(&keeper->logins);
	struct login **link = &keeper->first_login;

	while (*link != NULL && *link != login)
		link = &(*link)->next;
	if (*link != NULL)
		*link = login->next;
	keeper->login_count--;
}

static enum err log_in(struct keeper *keeper, uid_t owner, const struct digest *id,
		       const struct secret *pin, uint8_t tries, uint8_t *out_tries_left,
		       struct login **out_login)
{
	AUTO_HELD(attempt) attempt = {0};

	TRY(attempt_run(&attempt, keeper, owner, id, pin, tries, out_tries_left));
	TRY(login_new(&attempt, out_login));
	link_login(keeper, *out_login);
	if (cost_is_below(&attempt.pin.cost, &keeper->cost))
		raise_cost(&attempt, pin);
	return ERR_OK;
}

enum err keeper_login(struct keeper *keeper, uid_t owner, const struct digest *id,
		      const struct secret *pin, uint8_t tries, uint8_t *out_tries_left,
		      struct login **out_login)
{
	enum err err;

	TRY(keeper_refusal(keeper));
	TRY(reserve_place(keeper));
	err = log_in(keeper, owner, id, pin, tries, out_tries_left, out_login);
	if (err != ERR_OK)
		give_place_back(keeper);
	return err;
}

bool login_is_open(const struct login *login)
{
	return atomic_load(&login->is_open);
}

void login_id(const struct login *login, struct digest *out_id)
{
	*out_id = login->id;
}

const struct login_facts *login_facts(const struct login *login)
{
	return &login->facts;
}

struct login *login_share(struct login *login)
{
	atomic_fetch_add(&login->holders, 1);
	return login;
}

void login_free(struct login *login)
{
	if (login == NULL || atomic_fetch_sub(&login->holders, 1) != 1)
		return;
	if (login->keeper != NULL)
		unlink_login(login->keeper, login);
	login_end(login);
	(void)pthread_rwlock_destroy(&login->key_lock);
	free(login);
}

void keeper_end_logins(struct keeper *keeper, const struct record_id *record)
{
	AUTO_HELD(hold) hold = hold_take(&keeper->logins);

	for (struct login *login = keeper->first_login; login != NULL; login = login->next) {
		if (record == NULL)
			login->keeper = NULL;
		if (record == NULL ||
		    memcmp(record->bytes, login->record.bytes, RECORD_ID_SIZE) == 0)
			login_end(login);
	}
}
