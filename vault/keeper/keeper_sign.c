/* keeper_sign.c - using the key of an open login. It never leaves: digests come in, signatures go
 * out.
 */
#include "vault/keeper/hold.h"
#include "vault/keeper/login.h"

enum err login_sign(struct login *login, enum sign_scheme scheme, enum sign_hash hash,
		    const struct bytes *input, struct bytes *out_signature)
{
	if (!login_is_open(login))
		return ERR_LOGIN_NEEDED;

	AUTO_HELD(hold) hold = hold_to_read(&login->key_lock);
	if (login->identity == NULL)
		return ERR_LOGIN_NEEDED;
	return identity_sign_input(login->identity, scheme, hash, input, out_signature);
}

enum err login_decrypt(struct login *login, enum sign_hash hash, const struct bytes *input,
		       struct secret **out_plain)
{
	if (!login_is_open(login))
		return ERR_LOGIN_NEEDED;

	AUTO_HELD(hold) hold = hold_to_read(&login->key_lock);
	if (login->identity == NULL)
		return ERR_LOGIN_NEEDED;
	if (!login->facts.may_decrypt)
		return ERR_DECRYPT;
	return identity_decrypt(login->identity, hash, input, out_plain);
}
