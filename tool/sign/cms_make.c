/* cms_make.c - see cms_make.h
 *
 * CMS_add1_signer wants the signer's key, but under CMS_PARTIAL it only compares it with the
 * certificate and learns the kind of signature from it: the public key, which the certificate
 * holds, is enough. What the signature is made over, the DER form of the signed attributes as a
 * SET OF (RFC 5652, 5.4), is encoded by OpenSSL from the template below.
 */
#include "tool/sign/cms_make.h"

#include <string.h>

#include <openssl/asn1t.h>

#include "tool/sign/hash.h"
#include "tool/sign/openssl.h"
#include "vault/cert/ecdsa.h"

/* clang-format off */
ASN1_ITEM_TEMPLATE(signed_attributes) =
	/* cppcheck-suppress unknownMacro ; it is in openssl/asn1t.h */
	ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SET_ORDER, 0, attributes, X509_ATTRIBUTE)
static_ASN1_ITEM_TEMPLATE_END(signed_attributes)

typedef STACK_OF(X509_ATTRIBUTE) attribute_stack;
/* clang-format on */

/* One SignedData on its way. */
struct making {
	CMS_ContentInfo *cms;
	X509 *x509;
	CMS_SignerInfo *signer; /* a loan of cms */
	enum sign_scheme scheme;
	enum sign_hash hash;
};

static void making_clear(struct making *making)
{
	CMS_ContentInfo_free(making->cms);
	X509_free(making->x509);
}
OWN_DEFINE_HELD(making, making_clear)

static enum err begin(const struct signer *signer, const struct cms_wish *wish,
		      const struct bytes *digest, struct making *making);
static enum err to_be_signed(const struct making *making, struct bytes *out_digest);
static enum err put_signature(const struct making *making, const struct bytes *signature);
static enum err encode(const struct making *making, struct bytes *out_der);

enum err cms_make(const struct signer *signer, const struct cms_wish *wish,
		  const struct bytes *digest, struct bytes *out_der)
{
	AUTO_HELD(making) making = {0};
	AUTO_HELD(bytes) attributes_digest = {0};
	AUTO_HELD(bytes) signature = {0};

	TRY(begin(signer, wish, digest, &making));
	TRY(to_be_signed(&making, &attributes_digest));
	TRY(signer->sign(signer->context, making.scheme, making.hash, &attributes_digest,
			 &signature));
	TRY(put_signature(&making, &signature));
	return encode(&making, out_der);
}

enum err cms_size_max(const struct signer *signer, const struct cms_wish *wish, size_t *out_size)
{
	AUTO_HELD(making) making = {0};
	AUTO_HELD(bytes) digest = {0};
	AUTO_HELD(bytes) der = {0};
	enum sign_scheme scheme;
	enum sign_hash hash;
	int signature_size;

	TRY(signer_scheme(signer->key_kind, &scheme, &hash));
	TRY(bytes_zeroed(sign_hash_size(hash), &digest));
	TRY(begin(signer, wish, &digest, &making));
	TRY(encode(&making, &der));
	signature_size = EVP_PKEY_get_size(X509_get0_pubkey(making.x509));
	if (signature_size <= 0)
		return openssl_failed("key");
	/* Each of the lengths around the signature may take up to 4 bytes more with it. */
	*out_size = der.size + (size_t)signature_size + 32;
	return ERR_OK;
}

/* --- Building -----------------------------------------------------------------------------------
 */

static enum err read_certificate(const struct bytes *der, X509 **out_x509)
{
	const uint8_t *at = der->data;

	*out_x509 = d2i_X509(NULL, &at, (long)der->size);
	return *out_x509 != NULL ? ERR_OK : openssl_failed("certificate");
}

static enum err add_chain(CMS_ContentInfo *cms, const struct signer *signer)
{
	for (size_t i = 0; i < signer->chain->count; i++) {
		AUTO_X509 x509 = NULL;

		if (bytes_equal(&signer->chain->items[i], signer->certificate))
			continue;
		TRY(read_certificate(&signer->chain->items[i], &x509));
		if (CMS_add1_cert(cms, x509) != 1)
			return openssl_failed("CMS certificate");
	}
	return ERR_OK;
}

static enum err add_signing_time(CMS_SignerInfo *signer, int64_t at)
{
	AUTO_ASN1_TIME time = ASN1_TIME_set(NULL, (time_t)at);

	if (time == NULL ||
	    CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, time->type, time, -1) != 1)
		return openssl_failed("CMS signing time");
	return ERR_OK;
}

/* RFC 5652, 11: what kind of content, and its digest. */
static enum err add_attributes(CMS_SignerInfo *signer, const struct cms_wish *wish,
			       const struct bytes *digest)
{
	if (CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_contentType, V_ASN1_OBJECT,
					OBJ_nid2obj(NID_pkcs7_data), -1) != 1 ||
	    CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING,
					digest->data, (int)digest->size) != 1)
		return openssl_failed("CMS attributes");
	return wish->is_pades ? ERR_OK : add_signing_time(signer, wish->at);
}

static enum err begin(const struct signer *signer, const struct cms_wish *wish,
		      const struct bytes *digest, struct making *making)
{
	unsigned flags = CMS_PARTIAL | CMS_NOSMIMECAP | (wish->is_pades ? CMS_CADES : 0);

	TRY(openssl_ready());
	TRY(signer_scheme(signer->key_kind, &making->scheme, &making->hash));
	TRY(read_certificate(signer->certificate, &making->x509));
	making->cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED | CMS_BINARY);
	if (making->cms == NULL)
		return openssl_failed("CMS");
	making->signer = CMS_add1_signer(making->cms, making->x509, X509_get0_pubkey(making->x509),
					 openssl_hash(making->hash), flags);
	if (making->signer == NULL)
		return openssl_failed("CMS signer");
	TRY(add_chain(making->cms, signer));
	return add_attributes(making->signer, wish, digest);
}

/* --- The signature ------------------------------------------------------------------------------
 */

static void free_stack(attribute_stack **stack)
{
	sk_X509_ATTRIBUTE_free(*stack); /* the attributes are loans */
}

static enum err digest_of_attributes(const attribute_stack *stack, enum sign_hash kind,
				     struct bytes *out_digest)
{
	AUTO(hash) hash = NULL;
	uint8_t *der = NULL;
	int size =
		ASN1_item_i2d((const ASN1_VALUE *)stack, &der, ASN1_ITEM_rptr(signed_attributes));
	enum err err;

	if (size <= 0)
		return openssl_failed("CMS attributes");
	err = hash_new(kind, &hash);
	if (err == ERR_OK)
		err = hash_add(hash, der, (size_t)size);
	OPENSSL_free(der);
	TRY(err);
	return hash_end(hash, out_digest);
}

static enum err to_be_signed(const struct making *making, struct bytes *out_digest)
{
	__attribute__((cleanup(free_stack))) attribute_stack *stack = sk_X509_ATTRIBUTE_new_null();

	if (stack == NULL)
		return ERR_MEMORY;
	for (int i = 0; i < CMS_signed_get_attr_count(making->signer); i++)
		if (sk_X509_ATTRIBUTE_push(stack, CMS_signed_get_attr(making->signer, i)) <= 0)
			return ERR_MEMORY;
	return digest_of_attributes(stack, making->hash, out_digest);
}

static enum err put_signature(const struct making *making, const struct bytes *signature)
{
	ASN1_OCTET_STRING *place = CMS_SignerInfo_get0_signature(making->signer);
	AUTO_HELD(bytes) der = {0};

	if (making->scheme == SIGN_ECDSA)
		TRY(ecdsa_der(signature, &der));
	else
		TRY(bytes_copy(signature->data, signature->size, &der));
	if (ASN1_OCTET_STRING_set(place, der.data, (int)der.size) != 1)
		return openssl_failed("CMS signature");
	return ERR_OK;
}

static enum err encode(const struct making *making, struct bytes *out_der)
{
	uint8_t *der = NULL;
	int size = i2d_CMS_ContentInfo(making->cms, &der);
	enum err err;

	if (size <= 0)
		return openssl_failed("CMS");
	err = bytes_copy(der, (size_t)size, out_der);
	OPENSSL_free(der);
	return err;
}
