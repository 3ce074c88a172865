/* vault.c - see vault.h */
#include "vault/base/vault.h"

const char *vault_state_word(enum vault_state state)
{
	switch (state) {
	case VAULT_READY:
		return "ready";
	case VAULT_MACHINE_CHANGED:
		return "machine-changed";
	case VAULT_ROLLED_BACK:
		return "rolled-back";
	case VAULT_DAMAGED:
		break;
	}
	return "damaged";
}

const char *vault_binding_word(enum vault_binding binding)
{
	return binding == VAULT_BINDING_TPM ? "tpm" : "host";
}

const char *import_result_word(enum import_result result)
{
	switch (result) {
	case IMPORT_IMPORTED:
		return "imported";
	case IMPORT_ALREADY_THERE:
		return "already-there";
	case IMPORT_PIN_RESET:
		break;
	}
	return "pin-reset";
}

const char *warning_word(enum warning warning)
{
	switch (warning) {
	case WARNING_EXPIRED:
		return "expired";
	case WARNING_NOT_YET_VALID:
		return "not-yet-valid";
	case WARNING_WEAK_SIGNATURE:
		return "weak-signature";
	case WARNING_ON_THIS_COMPUTER:
		return "original-on-this-computer";
	case WARNING_WEAK_PROTECTION:
	case WARNING_COUNT:
		break;
	}
	return "weak-protection";
}
