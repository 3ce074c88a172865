/* signer_module.c - any PKCS#11 module, as programs use it: the digest goes in raw, for RSA with
 * its DigestInfo around it (RFC 8017, 9.2).
 */
#include "tests/bench/signer.h"

#include <dlfcn.h>
#include <nss/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "vault/base/program.h"

enum { SLOTS_MAX = 16, PREFIX_SIZE = 19 };

struct module_signer {
	CK_FUNCTION_LIST_PTR call;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	bool is_rsa;
};

static void must(CK_RV result, const char *what)
{
	if (result != CKR_OK)
		bench_must(err_note(ERR_INTERNAL, "result 0x%lx", result), what);
}

/* True, logged in, where the token has a private key of this type. */
static bool find_key(struct module_signer *signer, CK_SLOT_ID slot, const char *pin)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_KEY_TYPE type = signer->is_rsa ? CKK_RSA : CKK_EC;
	CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class},
				 {CKA_KEY_TYPE, &type, sizeof type}};
	CK_UTF8CHAR text[64];
	CK_ULONG found = 0;

	memcpy(text, pin, strlen(pin));
	must(signer->call->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
					 &signer->session),
	     "C_OpenSession");
	if (signer->call->C_Login(signer->session, CKU_USER, text, strlen(pin)) == CKR_OK) {
		must(signer->call->C_FindObjectsInit(signer->session, wanted, 2), "find");
		must(signer->call->C_FindObjects(signer->session, &signer->key, 1, &found), "find");
		must(signer->call->C_FindObjectsFinal(signer->session), "find");
	}
	if (found == 0)
		must(signer->call->C_CloseSession(signer->session), "C_CloseSession");
	return found != 0;
}

static void *open_module(const struct signer_place *place, const struct signer_key *key)
{
	struct module_signer *signer = calloc(1, sizeof *signer);
	void *library = dlopen(place->module, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = NULL;
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG count = SLOTS_MAX;

	if (signer == NULL || library == NULL)
		bench_must(ERR_INTERNAL, place->module);
	*(void **)&get = dlsym(library, "C_GetFunctionList");
	if (get == NULL)
		bench_must(ERR_INTERNAL, place->module);
	signer->is_rsa = key->is_rsa;
	must(get(&signer->call), "C_GetFunctionList");
	must(signer->call->C_Initialize(NULL), "C_Initialize");
	must(signer->call->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
	for (CK_ULONG i = 0; i < count; i++)
		if (find_key(signer, slots[i], place->pin))
			return signer;
	bench_must(ERR_INTERNAL, "no token of the module has the key");
	return NULL;
}

static void sign_module(void *context, const struct digest *digest)
{
	static const CK_BYTE prefix[PREFIX_SIZE] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
						    0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
						    0x01, 0x05, 0x00, 0x04, 0x20};
	struct module_signer *signer = context;
	CK_MECHANISM mechanism = {signer->is_rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL, 0};
	CK_BYTE input[PREFIX_SIZE + DIGEST_SIZE];
	CK_ULONG before = signer->is_rsa ? PREFIX_SIZE : 0;
	CK_BYTE signature[256];
	CK_ULONG size = sizeof signature;

	memcpy(input, prefix, PREFIX_SIZE);
	memcpy(input + before, digest->bytes, DIGEST_SIZE);
	must(signer->call->C_SignInit(signer->session, &mechanism, signer->key), "C_SignInit");
	must(signer->call->C_Sign(signer->session, input, before + DIGEST_SIZE, signature, &size),
	     "C_Sign");
}

const struct signer_kind signer_module = {.open = open_module, .sign = sign_module};

char *bench_module_path(void)
{
	AUTO_TEXT program = NULL;
	char *path = NULL;
	char *slash;

	bench_must(program_find("kinkod", &program), "kinkod");
	slash = strrchr(program, '/');
	if (slash != NULL)
		*slash = '\0';
	if (asprintf(&path, "%s/../lib/kinko-pkcs11.so", program) < 0)
		bench_must(ERR_MEMORY, "memory");
	return path;
}
