/* token.c - see token.h */
#include "tool/pkcs11/token.h"

#include <stdlib.h>

#include "vault/base/utf8.h"

enum err token_new(const struct entry *entry, unsigned insertion, struct token **out_token)
{
	AUTO(token) token = calloc(1, sizeof *token);

	if (token == NULL)
		return ERR_MEMORY;
	atomic_init(&token->references, 1);
	token->id = entry->summary.id;
	token->number = entry->number;
	token->insertion = insertion;
	token->label = strdup(entry->label);
	if (token->label == NULL)
		return ERR_MEMORY;
	TRY(key_login_new(&token->login));
	*out_token = TAKE(token);
	return ERR_OK;
}

struct token *token_hold(struct token *token)
{
	atomic_fetch_add(&token->references, 1);
	return token;
}

void token_drop(struct token *token)
{
	if (token == NULL || atomic_fetch_sub(&token->references, 1) > 1)
		return;
	key_login_free(token->login);
	bytes_clear(&token->certificate);
	bytes_list_clear(&token->chain);
	free(token->label);
	free(token);
}

enum err token_load(struct token *token, struct show_reply *show)
{
	if (atomic_load(&token->is_loaded))
		return ERR_OK;
	if (!x509_read(show->certificate.data, show->certificate.size, &token->x509))
		return ERR_CERT_PARSE;
	public_key_read(token->x509.key_info, &token->key);
	token->certificate = show->certificate;
	token->chain = show->chain;
	show->certificate = (struct bytes){NULL, 0};
	show->chain = (struct bytes_list){0};
	objects_of(token, &token->objects);
	atomic_store(&token->is_loaded, true);
	return ERR_OK;
}

struct permission token_permission(const struct token *token)
{
	return (struct permission){.hashes = atomic_load(&token->permitted_hashes),
				   .decrypts = atomic_load(&token->permits_decrypting)};
}

void token_label(const struct token *token, CK_UTF8CHAR out_label[TOKEN_LABEL_SIZE])
{
	size_t size = utf8_cut(token->label, TOKEN_LABEL_SIZE);

	memset(out_label, ' ', TOKEN_LABEL_SIZE);
	memcpy(out_label, token->label, size);
	for (size_t i = 0; i < size; i++)
		if (out_label[i] == ':')
			out_label[i] = ' ';
}

/* Write-protected: no program makes, changes or deletes an object. The PIN can be changed all the
 * same. */
CK_FLAGS token_flags(const struct token *token)
{
	CK_FLAGS flags = CKF_RNG | CKF_WRITE_PROTECTED | CKF_LOGIN_REQUIRED |
			 CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED;
	unsigned left = atomic_load(&token->tries_left);

	if (left == 0)
		return flags | CKF_USER_PIN_LOCKED;
	if (left == 1)
		flags |= CKF_USER_PIN_FINAL_TRY;
	if (left < atomic_load(&token->tries_max))
		flags |= CKF_USER_PIN_COUNT_LOW;
	return flags;
}
