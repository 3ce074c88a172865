/* rebind.c - see rebind.h */
#include "vault/keeper/rebind.h"

#include <string.h>

#include "vault/base/file.h"
#include "vault/keeper/anchor.h"
#include "vault/keeper/anchor_file.h"
#include "vault/keeper/bond.h"
#include "vault/keeper/keeper_parts.h"
#include "vault/keeper/machine.h"
#include "vault/keeper/tpm_index.h"

enum err rebind_binding(int state_folder, enum vault_binding *out_binding)
{
	AUTO_HELD(vault_key_file) file = {0};

	TRY(vault_key_read(state_folder, &file));
	*out_binding = file.head.binding;
	return ERR_OK;
}

/* -- host keys -------------------------------------------------------------------------------- */

enum err rebind_both_keys(const struct secret *host_key, struct secret **out_both)
{
	AUTO(secret) both = NULL;

	if (host_key == NULL)
		return ERR_HOST_KEY_MISSING;
	if (secret_size(host_key) == 2 * KEY_SIZE)
		return secret_clone(host_key, out_both);
	TRY(machine_check_host_key(host_key));
	TRY(secret_new(2 * KEY_SIZE, &both));
	memcpy(secret_bytes(both), secret_view(host_key), KEY_SIZE);
	random_fill(secret_bytes(both) + KEY_SIZE, KEY_SIZE);
	*out_both = TAKE(both);
	return ERR_OK;
}

enum err rebind_host_key(int state_folder, const struct secret *both, struct secret **out_host_key)
{
	AUTO_HELD(vault_key_file) file = {0};

	TRY(vault_key_read(state_folder, &file));
	return machine_find_host_key(both, &file.head, out_host_key);
}

/* The one that vault.key is not under. */
static enum err find_new_key(const struct secret *both, const struct vault_key_head *head,
			     struct secret **out_new)
{
	AUTO(secret) used = NULL;
	AUTO(secret) other = NULL;
	bool is_first;

	TRY(machine_find_host_key(both, head, &used));
	if (secret_size(both) != 2 * KEY_SIZE)
		return err_note(ERR_INTERNAL, "there is no new host key yet");
	TRY(secret_new(KEY_SIZE, &other));
	memcpy(secret_bytes(other), secret_view(both), KEY_SIZE);
	is_first = secret_equal(other, used);
	memcpy(secret_bytes(other), secret_view(both) + (is_first ? KEY_SIZE : 0), KEY_SIZE);
	*out_new = TAKE(other);
	return ERR_OK;
}

/* -- the next anchor -------------------------------------------------------------------------- */

static enum err make_index(const struct keeper_settings *settings, const struct keys *keys,
			   struct vault_key_head *head)
{
	struct tpm_index index = {settings->tpm, 0, keys_anchor(keys)};
	struct bytes name = {NULL, 0};

	TRY(tpm_learn(settings->tpm, &name));
	bytes_clear(&name);
	TRY(tpm_index_choose(settings->tpm, &head->vault, index.auth, &index.handle));
	TRY(tpm_index_make(&index));
	head->nv_handle = index.handle;
	return ERR_OK;
}

static enum err name_anchor(const struct keeper_settings *settings, enum vault_binding binding,
			    const struct keys *keys, struct vault_key_head *head)
{
	if (binding == VAULT_BINDING_TPM) {
		head->anchor = ANCHOR_NV;
		return make_index(settings, keys, head);
	}
	head->anchor = ANCHOR_FILE;
	head->nv_handle = 0;
	return ERR_OK;
}

/* By a random move from wherever it stands: an index cannot do otherwise, and no value of an
 * attempt that was cut off is used twice. */
static enum err give_first_value(const struct anchor *anchor, struct digest *out_value)
{
	enum anchor_answer answer = ANCHOR_UNWRITTEN;
	struct anchor_step step = {.kind = anchor->kind};

	if (anchor->kind == ANCHOR_NV)
		TRY(anchor_read(anchor, &answer, &step.to));
	anchor_step_draw(&step);
	TRY(anchor->kind == ANCHOR_NV ? anchor_move(anchor, &step.token, &step.to)
				      : anchor_file_make(anchor->folder, &step.to));
	*out_value = step.to;
	return ERR_OK;
}

static enum err make_next_anchor(const struct keeper *keeper,
				 const struct keeper_settings *settings, enum vault_binding binding,
				 struct vault_key_head *head, struct anchor_step *out_step)
{
	struct anchor_step step = {0};
	struct anchor anchor;

	TRY(name_anchor(settings, binding, keeper->keys, head));
	anchor = bond_anchor(head, settings, keys_anchor(keeper->keys));
	step.kind = anchor.kind;
	step.nv_handle = anchor.nv_handle;
	TRY(give_first_value(&anchor, &step.to));
	anchor_step_draw(&step); /* which the next start finishes */
	*out_step = step;
	return ERR_OK;
}

/* -- tying anew ------------------------------------------------------------------------------- */

static enum err rewrite_vault_key(struct vault_key_file *file,
				  const struct keeper_settings *settings,
				  enum vault_binding binding, const struct secret *key)
{
	AUTO(secret) new_host_key = NULL;

	TRY(find_new_key(settings->host_key, &file->head, &new_host_key));
	TRY(bond_tie(file, settings, binding, new_host_key, key));
	return vault_key_write(settings->state_folder, file);
}

static enum err go_over(struct keeper *keeper, const struct keeper_settings *settings,
			enum vault_binding binding)
{
	AUTO_HELD(vault_key_file) file = {0};
	AUTO(secret) key = NULL;
	struct anchor_step step;

	TRY(vault_key_read(settings->state_folder, &file));
	TRY(bond_open(settings, &file, &key));
	TRY(make_next_anchor(keeper, settings, binding, &file.head, &step));
	TRY(ledger_name_next(keeper->ledger, &step));
	return rewrite_vault_key(&file, settings, binding, key);
}

enum err rebind_vault(const struct keeper_settings *settings, enum vault_binding binding)
{
	AUTO(keeper) keeper = NULL;

	if (!file_exists(settings->state_folder, VAULT_KEY_NAME))
		return err_note(ERR_VAULT_INCOMPLETE, "there is no vault yet");
	TRY(keeper_open(settings, &keeper));
	TRY(keeper_refusal(keeper));
	return keeper_binding(keeper) == binding ? ERR_OK : go_over(keeper, settings, binding);
}

/* -- finishing -------------------------------------------------------------------------------- */

/* The index of an earlier enrolment, where there is one: its password proves that it is ours. */
static enum err remove_index(const struct keeper *keeper, const struct keeper_settings *settings)
{
	struct tpm_index index = {settings->tpm, 0, keys_anchor(keeper->keys)};
	struct bytes name = {NULL, 0};

	if (settings->tpm == NULL)
		return ERR_OK;
	TRY(tpm_learn(settings->tpm, &name));
	bytes_clear(&name);
	TRY(tpm_index_choose(settings->tpm, &keeper->ledger->vault, index.auth, &index.handle));
	return tpm_index_undefine(&index);
}

/* Opening has gone over to the anchor that vault.key names; a change writes that down. */
enum err rebind_finish(const struct keeper_settings *settings, enum vault_binding binding)
{
	const struct change nothing = {0};
	AUTO(keeper) keeper = NULL;
	bool is_committed = false;

	TRY(keeper_open(settings, &keeper));
	TRY(keeper_refusal(keeper));
	if (keeper_binding(keeper) != binding)
		return err_note(ERR_INTERNAL, "the vault has not gone over");
	TRY(ledger_commit(keeper->ledger, &nothing, LEDGER_MOVES, &is_committed));
	return binding == VAULT_BINDING_TPM ? file_remove(settings->anchor_folder, ANCHOR_NAME)
					    : remove_index(keeper, settings);
}
