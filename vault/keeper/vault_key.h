/* vault_key.h - state/vault.key: the vault key, wrapped by the machine's (docs/store.md).
 *
 * One file, replaced as a whole. All of its head is bound to the wrapped key; a checksum at its
 * end tells damage from a foreign machine before any key is tried.
 */
#pragma once

#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"
#include "vault/base/vault.h"
#include "vault/keeper/hwid.h"
#include "vault/keeper/keys.h"

#define VAULT_KEY_NAME "vault.key"

enum anchor_kind { ANCHOR_NONE = 0, ANCHOR_FILE = 1, ANCHOR_NV = 2 };

enum { HOST_CHECK_SIZE = 16, WRAPPED_SIZE = 24 + KEY_SIZE + 16, TPM_BLOB_SIZE_MAX = 4096 };

struct vault_key_head {
	enum vault_binding binding;
	struct vault_id vault;
	enum anchor_kind anchor;
	uint32_t nv_handle;      /* 0 unless the anchor is an NV index */
	struct bytes sealed_tpm; /* the TPM's half as the TPM sealed it; empty without one */
	struct bytes srk_name;   /* of the storage root key it was sealed under; empty without */
	struct digest srk_mac;   /* of that name, by the host secret; zero without */
	struct hwid hwid;
	uint8_t host_check[HOST_CHECK_SIZE]; /* of the host secret */
};

struct vault_key_file {
	struct vault_key_head head;
	uint8_t wrapped[WRAPPED_SIZE];
};

void vault_key_clear(struct vault_key_file *file);
OWN_DEFINE_HELD(vault_key_file, vault_key_clear)

/* ERR_VAULT_DAMAGED for anything but a whole file. */
enum err vault_key_read(int folder, struct vault_key_file *out_file) MUST_CHECK;
enum err vault_key_write(int folder, const struct vault_key_file *file) MUST_CHECK;

void vault_key_host_check(const uint8_t host_key[KEY_SIZE], const struct vault_id *vault,
			  uint8_t out_check[HOST_CHECK_SIZE]);

/* Wraps `key` under the machine's, bound to file->head. */
enum err vault_key_wrap(struct vault_key_file *file, const struct secret *master,
			const struct secret *key) MUST_CHECK;
enum err vault_key_unwrap(const struct vault_key_file *file, const struct secret *master,
			  struct secret **out_key) MUST_CHECK;
