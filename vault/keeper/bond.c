/* bond.c - see bond.h */
#include "vault/keeper/bond.h"

#include "vault/keeper/anchor.h"
#include "vault/keeper/keys.h"
#include "vault/keeper/machine.h"
#include "vault/keeper/machine_tpm.h"
#include "vault/keeper/tpm_index.h"

static struct machine machine_of(enum vault_binding binding, const struct keeper_settings *settings)
{
	if (binding == VAULT_BINDING_TPM)
		return (struct machine){&machine_kind_tpm, settings->tpm};
	return (struct machine){&machine_kind_host, NULL};
}

struct anchor bond_anchor(const struct vault_key_head *head, const struct keeper_settings *settings,
			  const struct secret *nv_auth)
{
	return (struct anchor){.kind = head->anchor,
			       .folder = settings->anchor_folder,
			       .tpm = settings->tpm,
			       .nv_handle = head->nv_handle,
			       .nv_auth = nv_auth};
}

/* The two come together only. */
static bool is_consistent(const struct vault_key_head *head)
{
	return head->binding == VAULT_BINDING_TPM
		       ? head->anchor == ANCHOR_NV && head->nv_handle != 0
		       : head->anchor == ANCHOR_FILE;
}

enum err bond_open(const struct keeper_settings *settings, const struct vault_key_file *file,
		   struct secret **out_key)
{
	struct machine machine = machine_of(file->head.binding, settings);
	AUTO(secret) host_key = NULL;
	AUTO(secret) master = NULL;

	TRY(machine_find_host_key(settings->host_key, &file->head, &host_key));
	if (!is_consistent(&file->head))
		return err_note(ERR_VAULT_DAMAGED, "vault.key's anchor does not fit its binding");
	if (file->head.binding == VAULT_BINDING_TPM && settings->tpm == NULL)
		return err_note(ERR_MACHINE_CHANGED, "this vault needs a TPM");
	TRY(machine_master_key(&machine, host_key, &file->head, &master));
	return vault_key_unwrap(file, master, out_key);
}

enum err bond_tie(struct vault_key_file *file, const struct keeper_settings *settings,
		  enum vault_binding binding, const struct secret *host_key,
		  const struct secret *key)
{
	struct machine machine = machine_of(binding, settings);
	AUTO(secret) master = NULL;

	file->head.binding = binding;
	vault_key_host_check(secret_view(host_key), &file->head.vault, file->head.host_check);
	if (binding == VAULT_BINDING_TPM) {
		TRY(machine_enroll_tpm(settings->tpm, host_key, &file->head));
	} else {
		bytes_clear(&file->head.sealed_tpm);
		bytes_clear(&file->head.srk_name);
		file->head.srk_mac = (struct digest){{0}};
	}
	TRY(machine_master_key(&machine, host_key, &file->head, &master));
	return vault_key_wrap(file, master, key);
}

/* -- a new vault ------------------------------------------------------------------------------ */

static enum err tie_to_host(const struct keeper_settings *settings, struct vault_key_file *file,
			    const struct secret *key)
{
	file->head.anchor = ANCHOR_FILE;
	file->head.nv_handle = 0;
	return bond_tie(file, settings, VAULT_BINDING_HOST, settings->host_key, key);
}

/* Chooses the index and says so in the file; that is on disk before the index is made, so that one
 * which a power cut leaves behind is found again by its name. */
static enum err tie_to_tpm(const struct keeper_settings *settings, struct vault_key_file *file,
			   const struct secret *key)
{
	AUTO(keys) keys = NULL;
	struct bytes name = {NULL, 0};

	TRY(keys_of(key, &keys));
	TRY(tpm_learn(settings->tpm, &name));
	bytes_clear(&name);
	TRY(tpm_index_choose(settings->tpm, &file->head.vault, keys_anchor(keys),
			     &file->head.nv_handle));
	file->head.anchor = ANCHOR_NV;
	return bond_tie(file, settings, VAULT_BINDING_TPM, settings->host_key, key);
}

static enum err tie_new(const struct keeper_settings *settings, struct vault_key_file *file,
			const struct secret *key, enum err *out_trouble)
{
	*out_trouble = ERR_OK;
	if (settings->tpm == NULL)
		return tie_to_host(settings, file, key);
	*out_trouble = tie_to_tpm(settings, file, key);
	return *out_trouble == ERR_OK ? ERR_OK : tie_to_host(settings, file, key);
}

enum err bond_need_index(const struct keeper_settings *settings, const struct vault_key_head *head,
			 const struct keys *keys)
{
	const struct tpm_index index = {settings->tpm, head->nv_handle, keys_anchor(keys)};

	return head->anchor == ANCHOR_NV ? tpm_index_make(&index) : ERR_OK;
}

static enum err make(const struct keeper_settings *settings, bool may_use_tpm,
		     enum err *out_trouble)
{
	AUTO_HELD(vault_key_file) file = {0};
	AUTO(secret) key = NULL;

	TRY(machine_check_host_key(settings->host_key));
	random_fill(file.head.vault.bytes, VAULT_ID_SIZE);
	hwid_of(&file.head.vault, settings->machine_id, settings->product_uuid, &file.head.hwid);
	TRY(secret_new(KEY_SIZE, &key));
	random_fill(secret_bytes(key), KEY_SIZE);
	if (may_use_tpm)
		TRY(tie_new(settings, &file, key, out_trouble));
	else
		TRY(tie_to_host(settings, &file, key));
	return vault_key_write(settings->state_folder, &file);
}

enum err bond_make(const struct keeper_settings *settings, enum err *out_trouble)
{
	return make(settings, true, out_trouble);
}

enum err bond_make_for_host(const struct keeper_settings *settings)
{
	enum err trouble = ERR_OK;

	return make(settings, false, &trouble);
}
