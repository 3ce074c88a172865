/* tie.c - see tie.h */
#include "vault/daemon/tie.h"

#include "vault/base/err.h"
#include "vault/base/file.h"
#include "vault/base/log.h"
#include "vault/keeper/rebind.h"

typedef enum err step(const struct keeper_settings *settings, enum vault_binding binding);

/* A step that touches the vault's own files, as their owner and under this host key. */
static enum err as_owner(const struct owner *owner, step *run,
			 const struct keeper_settings *settings, const struct secret *host_key,
			 enum vault_binding binding)
{
	struct keeper_settings now = *settings;
	enum err err;

	now.host_key = host_key;
	TRY(owner_begin(owner));
	err = run(&now, binding);
	TRY(owner_end(owner));
	return err;
}

/* Whatever happened before: of two keys the one that vault.key is under stays. A vault.key that was
 * renamed just before a kill must not come undone by a power cut after that. */
static enum err keep_one_key(const struct folders *folders, const struct owner *owner,
			     struct secret **out_key)
{
	AUTO(secret) found = NULL;
	AUTO(secret) key = NULL;

	TRY(setup_read_host_key(folders, owner, NULL, &found));
	TRY(rebind_host_key(folders->state, found, &key));
	if (secret_size(found) != secret_size(key)) {
		TRY(file_sync_folder(folders->state));
		TRY(setup_replace_host_key(folders, key));
	}
	*out_key = TAKE(key);
	return ERR_OK;
}

/* One key again where vault.key is surely the old one. Where it reads as the new one after a
 * failure, a power cut may still bring the old one back: both keys stay. */
static void tidy(const struct folders *folders, const struct owner *owner,
		 enum vault_binding binding)
{
	enum vault_binding now = binding;
	AUTO(secret) kept = NULL;

	if (rebind_binding(folders->state, &now) == ERR_OK && now != binding &&
	    keep_one_key(folders, owner, &kept) != ERR_OK)
		log_line(LOG_WARNING, "host.key keeps a second key until the same is done again");
}

/* Both keys only where there is something to go over to. */
static enum err go_over(const struct folders *folders, const struct owner *owner,
			const struct keeper_settings *settings, enum vault_binding binding,
			const struct secret *host_key)
{
	enum vault_binding now = binding;
	AUTO(secret) both = NULL;
	enum err err;

	TRY(rebind_binding(folders->state, &now));
	if (now == binding)
		return ERR_OK;
	TRY(rebind_both_keys(host_key, &both));
	TRY(setup_replace_host_key(folders, both));
	err = as_owner(owner, rebind_vault, settings, both, binding);
	if (err != ERR_OK)
		tidy(folders, owner, binding);
	return err;
}

enum err tie_vault(const struct folders *folders, const struct owner *owner,
		   const struct keeper_settings *settings, enum vault_binding binding)
{
	AUTO(secret) before = NULL;
	AUTO(secret) after = NULL;

	if (!owner->must_drop)
		return ERR_NEED_ROOT;
	TRY(setup_read_host_key(folders, owner, NULL, &before));
	TRY(go_over(folders, owner, settings, binding, before));
	TRY(keep_one_key(folders, owner, &after));
	return as_owner(owner, rebind_finish, settings, after, binding);
}
