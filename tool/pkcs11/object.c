/* object.c - which objects a token has, their handles, and who is shown them: see object.h. */
#include "tool/pkcs11/object.h"

#include "tool/pkcs11/token.h"

/* A handle is the token's insertion and the object's place, so that one that was kept from
 * another certificate finds nothing. */
enum { PLACE_BITS = 8 };

static struct object *add(struct objects *objects, enum object_kind kind, const struct x509 *x509,
			  const struct bytes *der)
{
	struct object *object = &objects->items[objects->count++];
	struct digest id;

	*object = (struct object){.kind = kind, .x509 = *x509, .der = {der->data, der->size}};
	digest_of(der->data, der->size, &id);
	memcpy(object->id, id.bytes, OBJECT_ID_SIZE);
	return object;
}

/* A certificate of the chain that cannot be read here is left out; the token works without. */
static void add_chain(struct objects *objects, const struct bytes_list *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		struct object *object;
		struct x509 x509;
		if (!x509_read(chain->items[i].data, chain->items[i].size, &x509))
			continue;
		object = add(objects, OBJECT_CERTIFICATE, &x509, &chain->items[i]);
		object->is_chain = true;
		x509_name_text(x509.subject, object->name, sizeof object->name);
	}
}

void objects_of(const struct token *token, struct objects *out_objects)
{
	static const CK_ULONG profiles[] = {CKP_BASELINE_PROVIDER, CKP_AUTHENTICATION_TOKEN,
					    CKP_PUBLIC_CERTIFICATES_TOKEN};
	static const struct bytes none = {NULL, 0};
	static const struct x509 no_certificate;

	out_objects->count = 0;
	add(out_objects, OBJECT_CERTIFICATE, &token->x509, &token->certificate);
	if (token->key.kind != PUBLIC_KEY_UNKNOWN) {
		add(out_objects, OBJECT_PUBLIC_KEY, &token->x509, &token->certificate);
		add(out_objects, OBJECT_PRIVATE_KEY, &token->x509, &token->certificate);
	}
	add_chain(out_objects, &token->chain);
	for (size_t i = 0; i < COUNT_OF(profiles); i++)
		add(out_objects, OBJECT_PROFILE, &no_certificate, &none)->profile = profiles[i];
}

CK_OBJECT_HANDLE object_handle(const struct token *token, size_t index)
{
	return ((CK_OBJECT_HANDLE)token->insertion << PLACE_BITS) + index + 1;
}

bool object_is_shown(struct token *token, const struct object *object)
{
	return object->kind != OBJECT_PRIVATE_KEY || token_is_unlocked(token);
}

static const struct object *object_at(const struct token *token, CK_OBJECT_HANDLE handle)
{
	CK_OBJECT_HANDLE first = object_handle(token, 0);

	return handle < first || handle - first >= token->objects.count
		       ? NULL
		       : &token->objects.items[handle - first];
}

const struct object *object_find(struct token *token, CK_OBJECT_HANDLE handle)
{
	const struct object *object = object_at(token, handle);

	return object != NULL && object_is_shown(token, object) ? object : NULL;
}

CK_RV object_check_key(struct token *token, CK_OBJECT_HANDLE handle, unsigned usages)
{
	const struct object *object = object_at(token, handle);

	if (object != NULL && object->kind == OBJECT_PUBLIC_KEY)
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	if (object == NULL || object->kind != OBJECT_PRIVATE_KEY)
		return CKR_KEY_HANDLE_INVALID;
	if (!token_is_unlocked(token))
		return CKR_USER_NOT_LOGGED_IN;
	return (token->x509.usage & usages) != 0 ? CKR_OK : CKR_KEY_FUNCTION_NOT_PERMITTED;
}
