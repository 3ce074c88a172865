/* keeper.c - a keeper's beginning, end and state; see keeper.h */
#include "vault/keeper/keeper.h"

#include <stdlib.h>
#include <time.h>

#include "vault/base/file.h"
#include "vault/keeper/anchor.h"
#include "vault/keeper/hold.h"
#include "vault/keeper/identity.h"
#include "vault/keeper/keeper_parts.h"
#include "vault/keeper/vault_key.h"
#include "vault/store/store.h"

const struct keeper_cost keeper_cost_host = {.memory_bytes = 256ULL * 1024 * 1024, .passes = 3};
const struct keeper_cost keeper_cost_tpm = {.memory_bytes = 64ULL * 1024 * 1024, .passes = 3};

enum err keeper_init(unsigned login_max)
{
	TRY(identity_init(login_max));
	return secret_init();
}

bool keeper_keys_are_locked(void)
{
	return identity_memory_is_locked();
}

bool keeper_vault_exists(int state_folder, int anchor_folder)
{
	return file_exists(state_folder, VAULT_KEY_NAME) ||
	       store_presence(state_folder) == STORE_PRESENT || anchor_exists(anchor_folder);
}

enum err keeper_new_host_key(struct secret **out_key)
{
	TRY(secret_new(KEY_SIZE, out_key));
	random_fill(secret_bytes(*out_key), KEY_SIZE);
	return ERR_OK;
}

/* What a vault may be refused for; every other failure is the call's. */
static const struct {
	enum err err;
	enum vault_state state;
} refusals[] = {
	{ERR_MACHINE_CHANGED, VAULT_MACHINE_CHANGED},
	{ERR_HOST_KEY_MISSING, VAULT_MACHINE_CHANGED},
	{ERR_HOST_KEY_DAMAGED, VAULT_MACHINE_CHANGED},
	{ERR_HOST_KEY_FOREIGN, VAULT_MACHINE_CHANGED},
	{ERR_TPM_GONE, VAULT_MACHINE_CHANGED},
	{ERR_TPM_REPLACED, VAULT_MACHINE_CHANGED},
	{ERR_TPM_LOCKED_OUT, VAULT_MACHINE_CHANGED},
	{ERR_TPM_OWNER_PASSWORD, VAULT_MACHINE_CHANGED},
	{ERR_TPM_VERSION, VAULT_MACHINE_CHANGED},
	{ERR_TPM_REFUSED, VAULT_MACHINE_CHANGED},
	{ERR_TPM_OFF, VAULT_MACHINE_CHANGED},
	{ERR_TPM_FAULT, VAULT_MACHINE_CHANGED},
	{ERR_ROLLED_BACK, VAULT_ROLLED_BACK},
	{ERR_VAULT_DAMAGED, VAULT_DAMAGED},
	{ERR_VAULT_INCOMPLETE, VAULT_DAMAGED},
};

static bool is_refusal(enum err err)
{
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		if (refusals[i].err == err)
			return true;
	return false;
}

static enum err keeper_new(const struct keeper_settings *settings, struct keeper **out_keeper)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);

	if (keeper == NULL)
		return ERR_MEMORY;
	keeper->cost = settings->cost;
	keeper->login_max = settings->login_max;
	(void)pthread_mutex_init(&keeper->changing, NULL);
	(void)pthread_rwlock_init(&keeper->reading, NULL);
	(void)pthread_mutex_init(&keeper->logins, NULL);
	(void)pthread_cond_init(&keeper->raise_done, NULL);
	*out_keeper = keeper;
	return ERR_OK;
}

/* A refused vault keeps no key, no row and no open file. */
static void drop_contents(struct keeper *keeper)
{
	ledger_free(TAKE(keeper->ledger));
	audit_log_free(TAKE(keeper->audit));
	index_free(TAKE(keeper->index));
	keys_free(TAKE(keeper->keys));
}

enum err keeper_open(const struct keeper_settings *settings, struct keeper **out_keeper)
{
	AUTO(keeper) keeper = NULL;
	enum err err;

	TRY(keeper_new(settings, &keeper));
	TRY(turns_new(&keeper->turns));
	TRY(stretcher_new(&keeper->stretcher));
	TRY(pace_new(&keeper->pace));
	err = keeper_open_vault(keeper, settings);
	if (err != ERR_OK && !is_refusal(err))
		return err;
	keeper->refusal = err;
	if (err != ERR_OK)
		drop_contents(keeper);
	*out_keeper = TAKE(keeper);
	return ERR_OK;
}

static void wait_for_raises(struct keeper *keeper)
{
	AUTO_HELD(hold) hold = hold_take(&keeper->logins);

	while (keeper->raise_count > 0)
		(void)pthread_cond_wait(&keeper->raise_done, &keeper->logins);
}

void keeper_free(struct keeper *keeper)
{
	if (keeper == NULL)
		return;
	wait_for_raises(keeper);
	keeper_end_logins(keeper, NULL);
	if (keeper->ledger != NULL && keeper->ledger->store != NULL) {
		keeper->ledger->must_checkpoint = true;
		ledger_tidy(keeper->ledger);
	}
	drop_contents(keeper);
	pace_free(keeper->pace);
	stretcher_free(keeper->stretcher);
	turns_free(keeper->turns);
	(void)pthread_cond_destroy(&keeper->raise_done);
	(void)pthread_mutex_destroy(&keeper->logins);
	(void)pthread_rwlock_destroy(&keeper->reading);
	(void)pthread_mutex_destroy(&keeper->changing);
	free(keeper);
}

enum err keeper_count_move(struct keeper *keeper, uid_t uid)
{
	struct timespec now;

	if (keeper->ledger->anchor.kind != ANCHOR_NV)
		return ERR_OK;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return pace_take(keeper->pace, uid, now.tv_sec) ? ERR_OK : ERR_BUSY;
}

enum vault_state keeper_state(const struct keeper *keeper)
{
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		if (refusals[i].err == keeper->refusal)
			return refusals[i].state;
	return VAULT_READY;
}

enum err keeper_refusal(const struct keeper *keeper)
{
	return keeper->refusal;
}

enum vault_binding keeper_binding(const struct keeper *keeper)
{
	return keeper->binding;
}

enum err keeper_tpm_trouble(const struct keeper *keeper)
{
	return keeper->tpm_trouble;
}

bool keeper_machine_differs(const struct keeper *keeper)
{
	return keeper->machine_differs;
}

bool keeper_machine_was_compared(const struct keeper *keeper)
{
	return keeper->machine_was_compared;
}

enum err keeper_not_found(const struct digest *id)
{
	char hex[DIGEST_HEX_SIZE];

	hex_of(id->bytes, DIGEST_SIZE, hex);
	return err_detail(ERR_CERT_NOT_FOUND, "%.16s", hex);
}

enum err keeper_find_record(const struct keeper *keeper, uid_t uid, const struct digest *id,
			    struct record **out_record)
{
	struct record *record = index_find(keeper->index, uid, id);

	if (record == NULL)
		return keeper_not_found(id);
	*out_record = record;
	return ERR_OK;
}

struct row_id row_of(const struct record *record, enum row_kind kind)
{
	return (struct row_id){kind, record->id};
}

struct seat keeper_key_seat(const struct keeper *keeper, const struct record *record,
			    uint64_t version)
{
	return (struct seat){&keeper->ledger->vault, row_of(record, ROW_KEY), version};
}

enum err keeper_read_meta(struct keeper *keeper, const struct record *record, struct meta *out_meta)
{
	AUTO_HELD(bytes) plain = {NULL, 0};
	struct row_id row = row_of(record, ROW_META);

	TRY(ledger_open_row(keeper->ledger, &row, &record->meta, &plain));
	return meta_decode(&plain, out_meta);
}

enum err keeper_read_pin(struct keeper *keeper, const struct record *record,
			 struct pin_row *out_pin)
{
	AUTO_HELD(bytes) plain = {NULL, 0};
	struct row_id row = row_of(record, ROW_PIN);

	TRY(ledger_open_row(keeper->ledger, &row, &record->pin, &plain));
	return pin_row_decode(&plain, out_pin);
}
