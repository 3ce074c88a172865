/* machine_tpm.c - see machine_tpm.h */
#include "vault/keeper/machine_tpm.h"

#include <string.h>

#include <sodium.h>

#include "vault/keeper/labels.h"
#include "vault/keeper/tpm_seal.h"

/* Also of the vault, so that no MAC of another vault's fits. */
static enum err mac_of_name(const struct secret *host_key, const struct vault_key_head *head,
			    struct digest *out_mac)
{
	AUTO_HELD(bytes) input = {NULL, 0};

	TRY(bytes_zeroed(VAULT_ID_SIZE + head->srk_name.size, &input));
	memcpy(input.data, head->vault.bytes, VAULT_ID_SIZE);
	memcpy(input.data + VAULT_ID_SIZE, head->srk_name.data, head->srk_name.size);
	keyed_hash(secret_view(host_key), NULL, LABEL_SRK_NAME, input.data, input.size,
		   out_mac->bytes, DIGEST_SIZE);
	return ERR_OK;
}

static enum err password_of(const struct secret *host_key, const struct vault_key_head *head,
			    struct secret **out_password)
{
	AUTO(secret) password = NULL;

	TRY(secret_new(KEY_SIZE, &password));
	keyed_hash(secret_view(host_key), NULL, LABEL_TPM_HALF, head->vault.bytes, VAULT_ID_SIZE,
		   secret_bytes(password), KEY_SIZE);
	*out_password = TAKE(password);
	return ERR_OK;
}

static enum err open_half(void *device, const struct secret *host_key,
			  const struct vault_key_head *head, struct secret **out_half)
{
	AUTO(secret) password = NULL;
	struct tpm *tpm = device;
	struct digest mac;

	TRY(mac_of_name(host_key, head, &mac));
	if (sodium_memcmp(mac.bytes, head->srk_mac.bytes, DIGEST_SIZE) != 0)
		return err_note(ERR_VAULT_DAMAGED, "the SRK's Name in vault.key was changed");
	TRY(password_of(host_key, head, &password));
	TRY(tpm_expect(tpm, &head->srk_name));
	return tpm_unseal(tpm, password, &head->sealed_tpm, out_half);
}

const struct machine_kind machine_kind_tpm = {VAULT_BINDING_TPM, open_half};

enum err machine_enroll_tpm(struct tpm *tpm, const struct secret *host_key,
			    struct vault_key_head *head)
{
	AUTO(secret) password = NULL;
	AUTO(secret) half = NULL;

	bytes_clear(&head->srk_name);
	bytes_clear(&head->sealed_tpm);
	TRY(tpm_learn(tpm, &head->srk_name));
	TRY(mac_of_name(host_key, head, &head->srk_mac));
	TRY(password_of(host_key, head, &password));
	TRY(secret_new(TPM_HALF_SIZE, &half));
	random_fill(secret_bytes(half), TPM_HALF_SIZE);
	return tpm_seal(tpm, password, half, &head->sealed_tpm);
}
