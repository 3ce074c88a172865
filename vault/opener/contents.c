/* contents.c - see contents.h */
#include "vault/opener/contents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "vault/base/vault.h"

void label_clear(struct label *label)
{
	free(label->name);
	bytes_clear(&label->local_id);
	*label = (struct label){.name = NULL};
}

enum err contents_new(struct contents **out_contents)
{
	*out_contents = calloc(1, sizeof **out_contents);
	return *out_contents == NULL ? ERR_MEMORY : ERR_OK;
}

void contents_free(struct contents *contents)
{
	if (contents == NULL)
		return;
	for (size_t i = 0; i < contents->key_count; i++) {
		key_clear(&contents->keys[i].key);
		label_clear(&contents->keys[i].label);
	}
	for (size_t i = 0; i < contents->certificate_count; i++) {
		X509_free(contents->certificates[i].x509);
		bytes_clear(&contents->certificates[i].der);
		label_clear(&contents->certificates[i].label);
	}
	free(contents->protection);
	free(contents);
}

static struct label take_label(struct label *label)
{
	struct label taken = *label;

	*label = (struct label){.name = NULL};
	return taken;
}

enum err contents_add_key(struct contents *contents, struct key *key, struct label *label)
{
	struct kept_key *room = &contents->keys[contents->key_count];

	for (size_t i = 0; i < contents->key_count; i++)
		if (key_equal(&contents->keys[i].key, key))
			return ERR_OK;
	if (contents->key_count == CONTENTS_KEYS_MAX)
		return ERR_OK;
	room->key = *key;
	*key = (struct key){.pkey = NULL};
	room->label = take_label(label);
	contents->key_count++;
	return ERR_OK;
}

static enum err damaged_certificate(void)
{
	ERR_clear_error();
	return err_detail(ERR_ORIGINAL_DAMAGED, "X.509");
}

static enum err parse(const struct library *library, const void *der, size_t size,
		      struct kept_certificate *out)
{
	const unsigned char *at = der;

	if (size > CERTIFICATE_SIZE_MAX)
		return damaged_certificate();
	out->x509 = X509_new_ex(library_context(library), NULL);
	if (out->x509 == NULL)
		return ERR_MEMORY;
	/* On failure d2i_X509 frees the object it was given and clears the pointer. */
	if (d2i_X509(&out->x509, &at, (long)size) == NULL ||
	    at != (const unsigned char *)der + size)
		return damaged_certificate();
	return bytes_copy(der, size, &out->der);
}

enum err contents_add_certificate(struct contents *contents, const struct library *library,
				  const void *der, size_t size, struct label *label)
{
	struct kept_certificate kept = {.x509 = NULL};
	const struct bytes wanted = {.data = (uint8_t *)(uintptr_t)der, .size = size};
	enum err err;

	for (size_t i = 0; i < contents->certificate_count; i++)
		if (bytes_equal(&contents->certificates[i].der, &wanted))
			return ERR_OK;
	err = parse(library, der, size, &kept);
	if (err != ERR_OK) {
		X509_free(kept.x509);
		return err;
	}
	kept.label = take_label(label);
	contents->certificates[contents->certificate_count++] = kept;
	return ERR_OK;
}

enum err contents_add_protection(struct contents *contents, const char *text, bool is_weak)
{
	char *longer = NULL;

	contents->is_weakly_protected = contents->is_weakly_protected || is_weak;
	if (contents->protection != NULL && strstr(contents->protection, text) != NULL)
		return ERR_OK;
	if (asprintf(&longer, "%s%s%s", contents->protection == NULL ? "" : contents->protection,
		     contents->protection == NULL ? "" : "; ", text) < 0)
		return ERR_MEMORY;
	free(contents->protection);
	contents->protection = longer;
	return ERR_OK;
}
