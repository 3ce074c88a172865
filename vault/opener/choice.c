/* choice.c - see choice.h */
#include "vault/opener/choice.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "vault/base/digest.h"

enum { NAMES_SIZE = 480 };

static void append(char *text, const char *more)
{
	size_t used = strlen(text);

	(void)snprintf(text + used, NAMES_SIZE - used, "%s%s", used == 0 ? "" : ", ", more);
}

/* "rsa-2048 「name」": a name, else the local id, so that people can tell which ones. */
static enum err say_two_keys(const struct contents *contents)
{
	char names[NAMES_SIZE] = "";

	for (size_t i = 0; i < contents->key_count; i++) {
		const struct kept_key *kept = &contents->keys[i];
		char one[2 * KEY_KIND_SIZE];
		char hex[2 * 20 + 1] = "";
		size_t size = kept->label.local_id.size < 20 ? kept->label.local_id.size : 20;
		if (size > 0)
			hex_of(kept->label.local_id.data, size, hex);
		const char *name = kept->label.name != NULL && kept->label.name[0] != '\0'
					   ? kept->label.name
					   : hex;
		(void)snprintf(one, sizeof one, "%s%s%.100s%s", kept->key.kind,
			       name[0] == '\0' ? "" : " (", name, name[0] == '\0' ? "" : ")");
		append(names, one);
	}
	return err_detail(ERR_ORIGINAL_TWO_KEYS, "%s", names);
}

static bool belongs(const struct kept_certificate *kept, const struct kept_key *key)
{
	EVP_PKEY *public_key = X509_get0_pubkey(kept->x509);

	return public_key != NULL && EVP_PKEY_eq(public_key, key->key.pkey) == 1;
}

static bool has_id_of(const struct kept_certificate *kept, const struct kept_key *key)
{
	return kept->label.local_id.size > 0 &&
	       bytes_equal(&kept->label.local_id, &key->label.local_id);
}

static bool is_authority(const struct kept_certificate *kept)
{
	return (X509_get_extension_flags(kept->x509) & EXFLAG_CA) != 0;
}

static bool is_better(const struct kept_certificate *a, const struct kept_certificate *b,
		      const struct kept_key *key)
{
	if (has_id_of(a, key) != has_id_of(b, key))
		return has_id_of(a, key);
	if (is_authority(a) != is_authority(b))
		return is_authority(b);
	return ASN1_TIME_compare(X509_get0_notAfter(a->x509), X509_get0_notAfter(b->x509)) == 1;
}

static enum err choose_leaf(const struct contents *contents, struct choice *choice)
{
	for (size_t i = 0; i < contents->certificate_count; i++) {
		const struct kept_certificate *kept = &contents->certificates[i];
		if (belongs(kept, choice->key) &&
		    (choice->leaf == NULL || is_better(kept, choice->leaf, choice->key)))
			choice->leaf = kept;
	}
	return choice->leaf == NULL ? ERR_ORIGINAL_MISMATCH : ERR_OK;
}

static enum err choose_key(const struct contents *contents, struct choice *choice)
{
	if (contents->key_count == 0)
		return ERR_ORIGINAL_NO_KEY;
	if (contents->key_count > 1)
		return say_two_keys(contents);
	choice->key = &contents->keys[0];
	if (choice->key->key.pkey == NULL)
		return err_detail(ERR_ORIGINAL_KEY_KIND, "%s", choice->key->key.kind);
	return contents->certificate_count == 0 ? ERR_ORIGINAL_NO_CERT : ERR_OK;
}

static bool is_chosen(const struct choice *choice, const struct kept_certificate *kept)
{
	if (kept == choice->leaf)
		return true;
	for (size_t i = 0; i < choice->chain_count; i++)
		if (choice->chain[i] == kept)
			return true;
	return false;
}

static void add(struct choice *choice, const struct kept_certificate *kept)
{
	if (choice->chain_count < BYTES_LIST_MAX && !is_chosen(choice, kept))
		choice->chain[choice->chain_count++] = kept;
}

/* By names only: this orders, it does not trust. */
static const struct kept_certificate *issuer_of(const struct contents *contents,
						const struct kept_certificate *kept)
{
	for (size_t i = 0; i < contents->certificate_count; i++)
		if (&contents->certificates[i] != kept &&
		    X509_check_issued(contents->certificates[i].x509, kept->x509) == X509_V_OK)
			return &contents->certificates[i];
	return NULL;
}

static void choose_chain(const struct contents *contents, struct choice *choice)
{
	const struct kept_certificate *next = choice->leaf;

	if (contents->certificate_count > BYTES_LIST_MAX + 1)
		for (size_t i = 0; i < BYTES_LIST_MAX && next != NULL; i++) {
			next = issuer_of(contents, next);
			if (next != NULL)
				add(choice, next);
		}
	for (size_t i = 0; i < contents->certificate_count; i++)
		add(choice, &contents->certificates[i]);
}

enum err choice_make(const struct contents *contents, struct choice *out_choice)
{
	*out_choice = (struct choice){.name = ""};
	TRY(choose_key(contents, out_choice));
	TRY(choose_leaf(contents, out_choice));
	choose_chain(contents, out_choice);
	if (out_choice->leaf->label.name != NULL)
		out_choice->name = out_choice->leaf->label.name;
	if (out_choice->name[0] == '\0' && out_choice->key->label.name != NULL)
		out_choice->name = out_choice->key->label.name;
	return ERR_OK;
}
