/* machine.c - see machine.h */
#include "vault/keeper/machine.h"

#include <string.h>

#include <sodium.h>

#include "vault/keeper/labels.h"

static enum err no_second_half(void *device, const struct secret *host_key,
			       const struct vault_key_head *head, struct secret **out_half)
{
	(void)device;
	(void)host_key;
	(void)head;
	return secret_new(0, out_half);
}

const struct machine_kind machine_kind_host = {VAULT_BINDING_HOST, no_second_half};

static enum err check_shape(const struct secret *host_key, size_t keys_max)
{
	if (host_key == NULL)
		return ERR_HOST_KEY_MISSING;
	for (size_t keys = 1; keys <= keys_max; keys++)
		if (secret_size(host_key) == keys * KEY_SIZE &&
		    sodium_is_zero(secret_view(host_key), secret_size(host_key)) == 0)
			return ERR_OK;
	return err_note(ERR_HOST_KEY_DAMAGED, "host.key has %zu bytes, or only zeros",
			secret_size(host_key));
}

enum err machine_check_host_key(const struct secret *host_key)
{
	return check_shape(host_key, 1);
}

enum err machine_find_host_key(const struct secret *host_key, const struct vault_key_head *head,
			       struct secret **out_host_key)
{
	AUTO(secret) candidate = NULL;

	TRY(check_shape(host_key, 2));
	for (size_t at = 0; at < secret_size(host_key); at += KEY_SIZE) {
		uint8_t check[HOST_CHECK_SIZE];

		vault_key_host_check(secret_view(host_key) + at, &head->vault, check);
		if (sodium_memcmp(check, head->host_check, sizeof check) != 0)
			continue;
		TRY(secret_new(KEY_SIZE, &candidate));
		memcpy(secret_bytes(candidate), secret_view(host_key) + at, KEY_SIZE);
		*out_host_key = TAKE(candidate);
		return ERR_OK;
	}
	return ERR_HOST_KEY_FOREIGN;
}

enum err machine_master_key(const struct machine *machine, const struct secret *host_key,
			    const struct vault_key_head *head, struct secret **out_master)
{
	AUTO(secret) half = NULL;
	AUTO(secret) input = NULL;
	AUTO(secret) master = NULL;
	size_t half_size;

	TRY(machine->kind->second_half(machine->device, host_key, head, &half));
	half_size = secret_size(half);
	TRY(secret_new(half_size + 1 + VAULT_ID_SIZE, &input));
	if (half_size > 0)
		memcpy(secret_bytes(input), secret_view(half), half_size);
	secret_bytes(input)[half_size] = (uint8_t)machine->kind->binding;
	memcpy(secret_bytes(input) + half_size + 1, head->vault.bytes, VAULT_ID_SIZE);
	TRY(secret_new(KEY_SIZE, &master));
	keyed_hash(secret_view(host_key), NULL, LABEL_MASTER, secret_view(input),
		   secret_size(input), secret_bytes(master), KEY_SIZE);
	*out_master = TAKE(master);
	return ERR_OK;
}
