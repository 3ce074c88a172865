/* labels.h - every derivation label and every algorithm choice of the vault, one line each.
 *
 * BLAKE2b takes a personalisation of exactly 16 bytes (crypto_generichash_blake2b_salt_personal),
 * crypto_kdf a context of exactly 8. A label is used for one purpose only and is never changed:
 * another format gets another label.
 */
#pragma once

/* From the machine to the vault. */
#define LABEL_MASTER "kinko master v1 " /* MK: opens the vault key and nothing else */
#define LABEL_HOST_CHECK                                                                         \
	"kinko hostchk v1"                  /* tells a foreign host.key from a damaged vault.key \
					     */
#define LABEL_MACHINE_ID "kinko machine v1" /* digest of machine-id: never the text itself */
#define LABEL_PRODUCT    "kinko product v1" /* digest of the SMBIOS UUID: guessable, so salted */
#define LABEL_TPM_HALF   "kinko tpmhalf v1" /* password of the half that the TPM keeps */
#define LABEL_SRK_NAME   "kinko srkname v1" /* MAC of the TPM's storage root key's Name */

/* From the vault key to its uses: crypto_kdf(VK, number, context). */
#define LABEL_USES   "kinko v1"
#define USE_RECORDS  1 /* keys of meta, PIN, owner and manifest rows, and owners' record ids */
#define USE_MANIFEST 2 /* the set hash: apart, so that no row key ever meets a hash of rows */
#define USE_PIN      3 /* mixed into every stretched PIN: a database alone cannot test PINs */
#define USE_AUDIT    4 /* the audit log */
#define USE_ANCHOR   5 /* password of the anchor in a TPM */

/* From a use to one row. */
#define LABEL_ROW       "kinko row    v1 " /* key of one version of one row */
#define LABEL_OWNER_ID  "kinko ownerid v1" /* record id of an owner's row: hides the uid */
#define LABEL_SET       "kinko set    v1 " /* one row's share of the set hash */
#define LABEL_PIN_SPLIT "kinko pin    v1 " /* stretched PIN to KEK and commitment */

/* Sealing: XChaCha20-Poly1305. Its 24-byte nonce may be random for ever; no other algorithm and
 * no other tag length exists in a row. Stretching: Argon2id, 1.3. Hashing outside the vault
 * key's reach (anchor, checksum of vault.key): SHA-256, which a TPM's NV index can extend by. */
