/* signer.h - one way to have a digest signed, and processes that do nothing else.
 *
 * A signer is OpenSSL with the key in its own memory (what the others are measured by), Kinko's
 * client, or any PKCS#11 module.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "vault/base/bytes.h"
#include "vault/base/digest.h"
#include "vault/base/secret.h"

/* What is to sign: one key, in every place that has it. */
struct signer_key {
	bool is_rsa;
	const struct secret *pkcs8;
	struct digest id; /* of its certificate in the vault */
};

/* `module` is for signer_module: the path of a PKCS#11 module, and its user PIN. */
struct signer_place {
	const struct signer_kind *kind;
	const char *name; /* as it is printed */
	const char *module;
	const char *pin;
};

/* Made in the process that signs; a failure ends it with a sentence. */
struct signer_kind {
	void *(*open)(const struct signer_place *place, const struct signer_key *key);
	void (*sign)(void *signer, const struct digest *digest);
};
extern const struct signer_kind signer_raw;
extern const struct signer_kind signer_client;
extern const struct signer_kind signer_module;

/* The module beside this program, where it was built. */
char *bench_module_path(void);
void bench_write_pem(FILE *file, const struct secret *pkcs8);
typedef void bench_measure(const struct signer_place *place, const struct signer_key *rsa,
			   const struct signer_key *p256);
/* Measures SoftHSM2 with the same keys, where it is installed. */
void bench_softhsm(const char *work, const struct signer_key *rsa, const struct signer_key *p256,
		   bench_measure *measure);

enum { SIGNERS_MAX = 8 };

struct signers_result {
	double per_second;
	double p50; /* microseconds */
	double p99;
};

/* Processes that are logged in and wait for their rounds. */
struct signers;
void signers_new(const struct signer_place *place, const struct signer_key *key, unsigned count,
		 struct signers **out_signers);
/* The first `count` of them sign side by side for so long. */
void signers_round(struct signers *signers, unsigned count, double seconds,
		   struct signers_result *out_result);
void signers_free(struct signers *signers);
