/* keeper_open.c - opens a vault, makes a new one, or goes on where a first start was cut off.
 *
 *   vault.key  database  anchor   what happens
 *   -          -         -        a new vault: vault.key, a TPM's index if it names one, database,
 *                                 first value of the anchor, in this order
 *   there      -         -        goes on: index, database, anchor
 *   there      there     -        goes on with the anchor, if nothing was ever stored; else alarm
 *   there      there     there    opens
 *   there      -         there    refused: incomplete
 *   -          any other          refused: incomplete
 *
 * Nothing is written before all that is there was found to be right.
 */
#include <stdlib.h>

#include "vault/base/file.h"
#include "vault/keeper/anchor.h"
#include "vault/keeper/bond.h"
#include "vault/keeper/keeper_parts.h"

/* A vault copied elsewhere is told by the machine's identity first: that is what its owner can
 * understand, and its host key will be missing or foreign as well. One that is tied to a TPM need
 * not ask: another board with the same TPM is only told of in status. */
static enum err compare_machine(struct keeper *keeper, const struct keeper_settings *settings,
				const struct vault_key_head *head)
{
	struct hwid now;
	enum hwid_answer answer;

	hwid_of(&head->vault, settings->machine_id, settings->product_uuid, &now);
	answer = hwid_compare(&head->hwid, &now);
	keeper->machine_was_compared = answer != HWID_NOT_COMPARED;
	keeper->machine_differs = answer == HWID_OTHER;
	return keeper->machine_differs && head->binding == VAULT_BINDING_HOST ? ERR_MACHINE_CHANGED
									      : ERR_OK;
}

static enum err open_vault_key(struct keeper *keeper, const struct keeper_settings *settings,
			       struct vault_key_file *file)
{
	AUTO(secret) key = NULL;

	TRY(vault_key_read(settings->state_folder, file));
	keeper->binding = file->head.binding;
	keeper->cost =
		keeper->binding == VAULT_BINDING_TPM ? settings->cost_with_tpm : settings->cost;
	TRY(compare_machine(keeper, settings, &file->head));
	TRY(bond_open(settings, file, &key));
	return keys_of(key, &keeper->keys);
}

/* vault.key is on disk before the index that it names is made, so that none is ever lost. Where the
 * TPM has no room for it, the vault, which is empty, begins anew with the host alone. */
static enum err need_index(struct keeper *keeper, const struct keeper_settings *settings,
			   struct vault_key_file *file, bool is_new)
{
	enum err err = bond_need_index(settings, &file->head, keeper->keys);

	if (err == ERR_OK || (!is_new && err != ERR_TPM_FULL))
		return err;
	keeper->tpm_trouble = err;
	TRY(bond_make_for_host(settings));
	keys_free(TAKE(keeper->keys));
	vault_key_clear(file);
	return open_vault_key(keeper, settings, file);
}

static enum err new_ledger(struct keeper *keeper, const struct keeper_settings *settings,
			   const struct vault_key_file *file)
{
	keeper->ledger = calloc(1, sizeof *keeper->ledger);
	if (keeper->ledger == NULL)
		return ERR_MEMORY;
	keeper->ledger->vault = file->head.vault;
	keeper->ledger->keys = keeper->keys;
	keeper->ledger->anchor = bond_anchor(&file->head, settings, keys_anchor(keeper->keys));
	return ERR_OK;
}

/* The very first manifest: nothing in it, and an anchor that moves away from zero. */
static enum err write_first_manifest(struct ledger *ledger)
{
	const struct change nothing = {0};
	bool is_committed = false;

	ledger->manifest.anchor.kind = ledger->anchor.kind;
	ledger->manifest.anchor.nv_handle = ledger->anchor.nv_handle;
	ledger->is_settled = true;
	return ledger_commit(ledger, &nothing, LEDGER_MOVES, &is_committed);
}

static bool is_of(const struct anchor_step *step, const struct anchor *anchor)
{
	return step->kind == anchor->kind && step->nv_handle == anchor->nv_handle;
}

/* While a vault goes over to another kind of anchor its manifest names both, and vault.key says
 * which one counts. */
static enum err choose_anchor(struct ledger *ledger)
{
	struct manifest *manifest = &ledger->manifest;

	if (is_of(&manifest->anchor, &ledger->anchor))
		return ERR_OK;
	if (!is_of(&manifest->next_anchor, &ledger->anchor) ||
	    !anchor_step_is_move(&manifest->next_anchor))
		return err_note(ERR_ROLLED_BACK, "the manifest knows nothing of this anchor");
	manifest->anchor = manifest->next_anchor;
	manifest->next_anchor = (struct anchor_step){0};
	return ERR_OK;
}

/* Where the anchor may stand: where the last move went, or still where it came from. */
static enum err compare_anchor(const struct ledger *ledger)
{
	const struct anchor_step *step = &ledger->manifest.anchor;
	enum anchor_answer answer = ANCHOR_UNWRITTEN;
	struct digest value;
	enum err err = anchor_read(&ledger->anchor, &answer, &value);

	/* One that cannot be read, or is no file, proves nothing: the alarm, like any other. */
	if (err != ERR_OK)
		return err == ERR_DISK ? ERR_ROLLED_BACK : err;
	if (digest_is_zero(&step->from) && ledger->manifest.row_count > 0)
		return err_note(ERR_VAULT_DAMAGED, "the first manifest has rows");
	if (answer == ANCHOR_WRITTEN && digest_equal(&value, &step->to))
		return ERR_OK;
	return digest_equal(&value, &step->from)
		       ? ERR_OK
		       : err_note(ERR_ROLLED_BACK, "the anchor is not where the manifest left it");
}

/* A move that was cut off is finished now; where the disk does not let us, with the next change. */
static enum err open_rows(struct ledger *ledger)
{
	enum err err;

	TRY(choose_anchor(ledger));
	TRY(compare_anchor(ledger));
	err = ledger_settle(ledger);
	return err == ERR_STATE_UNSETTLED ? ERR_OK : err;
}

static enum err open_database(struct keeper *keeper, const struct keeper_settings *settings)
{
	enum load_answer answer = LOAD_EMPTY;
	bool is_there = true;

	TRY(store_open(settings->state_folder, &keeper->ledger->store));
	TRY(keeper_load(keeper->ledger, keeper->index, &answer));
	if (answer == LOAD_DONE)
		return open_rows(keeper->ledger);
	TRY(anchor_is_there(&keeper->ledger->anchor, &is_there));
	return is_there ? err_note(ERR_VAULT_DAMAGED, "the manifest is gone")
			: write_first_manifest(keeper->ledger);
}

static enum err make_database(struct keeper *keeper, const struct keeper_settings *settings)
{
	bool is_there = true;

	TRY(anchor_is_there(&keeper->ledger->anchor, &is_there));
	if (is_there)
		return err_note(ERR_VAULT_INCOMPLETE, "the database is missing");
	TRY(store_create(settings->state_folder, &keeper->ledger->store));
	return write_first_manifest(keeper->ledger);
}

/* Last of all: a vault that is refused has no log to write into. */
static enum err open_audit(struct keeper *keeper, const struct keeper_settings *settings)
{
	struct ledger *ledger = keeper->ledger;
	const struct audit_sealer sealer = {.keys = keeper->keys, .vault = ledger->vault};
	const struct audit_mark durable = {.number = ledger->manifest.audit_number,
					   .hash = ledger->manifest.audit_hash};

	TRY(audit_log_open(settings->state_folder, &sealer, &durable, &keeper->audit));
	ledger->audit = keeper->audit;
	return ERR_OK;
}

enum err keeper_open_vault(struct keeper *keeper, const struct keeper_settings *settings)
{
	AUTO_HELD(vault_key_file) file = {0};
	bool is_new = !keeper_vault_exists(settings->state_folder, settings->anchor_folder);

	if (is_new)
		TRY(bond_make(settings, &keeper->tpm_trouble));
	else if (!file_exists(settings->state_folder, VAULT_KEY_NAME))
		return err_note(ERR_VAULT_INCOMPLETE, "vault.key is missing");
	TRY(open_vault_key(keeper, settings, &file));
	if (store_presence(settings->state_folder) == STORE_ABSENT)
		TRY(need_index(keeper, settings, &file, is_new));
	TRY(index_new(&keeper->index));
	TRY(new_ledger(keeper, settings, &file));
	if (store_presence(settings->state_folder) == STORE_PRESENT)
		TRY(open_database(keeper, settings));
	else
		TRY(make_database(keeper, settings));
	return open_audit(keeper, settings);
}
