/* mac.h - the check value over the whole original (RFC 7292, 4 and B; RFC 9579). */
#pragma once

#include "vault/base/err.h"
#include "vault/opener/ber.h"
#include "vault/opener/stretch.h"
#include "vault/opener/unlocking.h"

enum { MAC_NAME_SIZE = 128 };

struct mac {
	const struct hash_kind *hash;
	struct stretch stretch;
	const uint8_t *value;
	size_t value_size;
	bool is_pbmac1; /* RFC 9579 */
};

/* ERR_ORIGINAL_ALGORITHM with the name of an unknown one. */
enum err mac_read(const struct ber_element *mac_data, struct mac *out_mac) MUST_CHECK;

/* Tries the forms of the PIN, then the empty PIN: ERR_ORIGINAL_PIN, or ERR_ORIGINAL_EMPTY_PIN
 * when the file has none. An empty PIN for a file that has one is ERR_PIN_TEXT. */
enum err mac_verify(const struct mac *mac, struct unlocking *unlocking,
		    const struct octets *safes) MUST_CHECK;

/* "MAC HMAC-SHA-256, 2048 rounds" */
void mac_describe(const struct mac *mac, char out_text[MAC_NAME_SIZE]);
bool mac_is_weak(const struct mac *mac);
