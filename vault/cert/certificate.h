/* certificate.h - reads one public X.509 certificate (RFC 5280). Makes no private-key call.
 *
 * A certificate is hostile input like any other: reading never fails on an unknown extension,
 * a critical policy, or a distribution point without a URI; what cannot be shown is shown as
 * hex. The bytes are kept exactly as they came.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/vault.h"

struct certificate;

/* Copies the DER bytes. ERR_CERT_PARSE: not a certificate, or bytes after its end. */
enum err certificate_parse(const void *der, size_t size,
			   struct certificate **out_certificate) MUST_CHECK;
const struct bytes *certificate_der(const struct certificate *certificate);
/* SHA-256 of the DER form: the certificate's `id` everywhere. */
void certificate_id(const struct certificate *certificate, struct digest *out_id);

/* RFC 4514 strings, UTF-8, owned by the caller; never NULL. */
enum err certificate_subject(const struct certificate *certificate, char **out_name) MUST_CHECK;
enum err certificate_issuer(const struct certificate *certificate, char **out_name) MUST_CHECK;
/* CN, else OU, else O, else the whole name: what people call the holder or issuer. */
enum err certificate_subject_short(const struct certificate *certificate,
				   char **out_name) MUST_CHECK;
enum err certificate_issuer_short(const struct certificate *certificate,
				  char **out_name) MUST_CHECK;
/* Lower-case hex without leading zero bytes (at least "00"). */
enum err certificate_serial(const struct certificate *certificate, char **out_hex) MUST_CHECK;
/* Attribute 0.9.2342.19200300.100.1.1 of the subject; "" when there is none. */
enum err certificate_user_id(const struct certificate *certificate, char **out_user_id) MUST_CHECK;

/* Seconds since 1970, UTC. */
int64_t certificate_not_before(const struct certificate *certificate);
int64_t certificate_not_after(const struct certificate *certificate);

enum key_kind { KEY_UNKNOWN, KEY_RSA, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519 };
enum key_kind certificate_key_kind(const struct certificate *certificate);
unsigned certificate_key_bits(const struct certificate *certificate);
/* "rsa-2048", "p-256", "ed25519" ...; a static or interned text for unknown: "unknown". */
enum err certificate_key_name(const struct certificate *certificate, char **out_name) MUST_CHECK;

/* The hash of the issuer's signature is MD5 or SHA-1. */
bool certificate_signature_is_weak(const struct certificate *certificate);

/* Verifies `signature` over `message` by this certificate's public key: RSA PKCS#1 v1.5 with
 * SHA-256, ECDSA with SHA-256, or Ed25519, by the kind of key. False also on any error. */
bool certificate_verifies(const struct certificate *certificate, const void *message,
			  size_t message_size, const void *signature, size_t signature_size);
/* Whether `issuer`'s key signed this certificate and the names agree. */
bool certificate_is_issued_by(const struct certificate *certificate,
			      const struct certificate *issuer);

/* Whether its key usage lets others encipher for it: keyEncipherment or dataEncipherment
 * (RFC 5280, 4.2.1.3). False without the extension. */
bool certificate_may_encipher(const struct certificate *certificate);

void certificate_free(struct certificate *certificate);
OWN_DEFINE(certificate, certificate_free)
