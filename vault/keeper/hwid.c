/* hwid.c - see hwid.h */
#include "vault/keeper/hwid.h"

#include <string.h>

#include "vault/keeper/labels.h"

static void part_of(const struct vault_id *vault, const char *label, const char *text,
		    struct hwid_part *out_part)
{
	static const char blanks[] = " \t\r\n";
	size_t size;

	*out_part = (struct hwid_part){0};
	if (text == NULL)
		return;
	text += strspn(text, blanks);
	size = strlen(text);
	while (size > 0 && strchr(blanks, text[size - 1]) != NULL)
		size--;
	if (size == 0)
		return;
	out_part->is_known = true;
	/* Salted by the vault's id, so that two vaults of one machine cannot be matched up. */
	keyed_hash(NULL, vault->bytes, label, text, size, out_part->digest.bytes, DIGEST_SIZE);
}

void hwid_of(const struct vault_id *vault, const char *machine_id, const char *product_uuid,
	     struct hwid *out_hwid)
{
	part_of(vault, LABEL_MACHINE_ID, machine_id, &out_hwid->machine_id);
	part_of(vault, LABEL_PRODUCT, product_uuid, &out_hwid->product_uuid);
}

static enum hwid_answer compare_part(const struct hwid_part *a, const struct hwid_part *b)
{
	if (!a->is_known || !b->is_known)
		return HWID_NOT_COMPARED;
	return digest_equal(&a->digest, &b->digest) ? HWID_SAME : HWID_OTHER;
}

enum hwid_answer hwid_compare(const struct hwid *enrolled, const struct hwid *now)
{
	enum hwid_answer machine = compare_part(&enrolled->machine_id, &now->machine_id);
	enum hwid_answer product = compare_part(&enrolled->product_uuid, &now->product_uuid);

	if (machine == HWID_OTHER || product == HWID_OTHER)
		return HWID_OTHER;
	return machine == HWID_SAME || product == HWID_SAME ? HWID_SAME : HWID_NOT_COMPARED;
}

static void part_code(struct cursor *cursor, struct hwid_part *part)
{
	cursor_bool(cursor, &part->is_known);
	cursor_digest(cursor, &part->digest);
}

void hwid_code(struct cursor *cursor, struct hwid *hwid)
{
	part_code(cursor, &hwid->machine_id);
	part_code(cursor, &hwid->product_uuid);
}
