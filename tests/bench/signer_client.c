/* signer_client.c - Kinko as its own programs use it. */
#include "tests/bench/signer.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "vault/client/client.h"

struct kinko_signer {
	struct client *client;
	struct sign_request request;
};

static void *open_client(const struct signer_place *place, const struct signer_key *key)
{
	struct kinko_signer *signer = calloc(1, sizeof *signer);
	struct login_reply reply;
	uint8_t tries_left;
	AUTO(secret) pin = NULL;

	if (signer == NULL)
		bench_must(ERR_MEMORY, "memory");
	bench_must(client_open("kinko-bench", &signer->client), "connect");
	bench_must(secret_new(strlen(place->pin), &pin), "memory");
	memcpy(secret_bytes(pin), place->pin, strlen(place->pin));
	bench_must(client_login(signer->client, &key->id, pin, &tries_left, &reply), "login");
	signer->request = (struct sign_request){.id = key->id,
						.scheme = key->is_rsa ? SIGN_RSA_PKCS1 : SIGN_ECDSA,
						.hash = SIGN_SHA256};
	bench_must(bytes_zeroed(DIGEST_SIZE, &signer->request.input), "memory");
	return signer;
}

static void sign_client(void *context, const struct digest *digest)
{
	struct kinko_signer *signer = context;
	AUTO_HELD(bytes) signature = {NULL, 0};

	memcpy(signer->request.input.data, digest->bytes, sizeof digest->bytes);
	bench_must(client_sign(signer->client, &signer->request, &signature), "sign");
}

const struct signer_kind signer_client = {.open = open_client, .sign = sign_client};
