/* err.h - every failure, once: wire number, exit code, stable word, sentence, advice.
 *
 * Functions that can fail return `enum err`. The sentences are English message ids for
 * gettext; po/ja.po holds the Japanese. `{}` in a sentence is replaced by the detail the
 * failing code gave with err_detail (an algorithm, a file name, a line number).
 *
 * Wire numbers are part of the protocol and never change or move; new rows go to the end of
 * their block. The words and exit codes are read by scripts and never change either.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "vault/base/own.h"

#define N_(text) text /* marks a message id for xgettext */

/* clang-format off */
/*  name                    wire exit word                      what people read                                                         what they can do */
#define ERR_TABLE(X) \
  X(ERR_OK,                    0,  0, "ok",                     N_("Done."),                                                             "") \
  /* The program, the request, this computer: 1-39 */ \
  X(ERR_INTERNAL,              1,  1, "internal",               N_("Something went wrong inside Kinko."),                                N_("Please try again; if it happens again, tell your administrator.")) \
  X(ERR_MEMORY,                2,  1, "no-memory",              N_("There is not enough memory."),                                       N_("Please close other programs and try again.")) \
  X(ERR_DISK,                  3,  1, "disk",                   N_("The vault could not be written to disk; nothing was changed."),      N_("Please free some disk space, then try again.")) \
  X(ERR_USAGE,                 4,  2, "usage",                  N_("This command was not understood: {}"),                               N_("Please see: kinko help")) \
  X(ERR_PIN_NEEDED,            5,  2, "pin-needed",             N_("The PIN is needed, and there is no terminal to ask for it."),        N_("Please run the command in a terminal, or pass the PIN with --pin-fd.")) \
  X(ERR_PIN_RULE,              6,  2, "pin-rule",               N_("The new PIN must be 4 to 16 characters, a-z and 0-9 only."),         N_("Please choose another PIN.")) \
  X(ERR_CONFIRM_NEEDED,        7,  2, "confirm-needed",         N_("This needs your confirmation, and there is no terminal to ask for it."), N_("Please run the command in a terminal, or add the option: {}")) \
  X(ERR_CERT_AMBIGUOUS,        8,  2, "cert-ambiguous",         N_("Several certificates match: {}"),                                    N_("Please give the whole label or more digits of the fingerprint.")) \
  X(ERR_PIN_MISMATCH,          9,  2, "pin-mismatch",           N_("The new PIN and its confirmation differ; nothing was changed."),     N_("Please enter the same PIN twice.")) \
  X(ERR_CANCELLED,            10,  1, "cancelled",              N_("Cancelled; nothing is lost."),                                       "") \
  X(ERR_BUSY,                 11,  1, "busy",                   N_("The vault is busy."),                                                N_("Please wait a moment and try again.")) \
  X(ERR_TIMEOUT,              12,  1, "timeout",                N_("This took too long and was stopped."),                               N_("Please try again.")) \
  X(ERR_NEED_ROOT,            13,  1, "need-root",              N_("This needs the administrator (root)."),                              N_("Please run it with sudo.")) \
  X(ERR_NO_USER,              14,  1, "no-system-user",         N_("The system user \"kinko\" does not exist."),                         N_("Please make it with: useradd --system --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin kinko")) \
  X(ERR_ALREADY_RUNNING,      15,  1, "already-running",        N_("A vault daemon already works on this vault."),                       N_("Please stop it first, or simply use it.")) \
  X(ERR_VAULT_FOLDER,         16,  1, "vault-folder",           N_("The vault's folder cannot be used: {}"),                             N_("Please check that it exists and belongs to you.")) \
  X(ERR_PROGRAM_MISSING,      17,  1, "program-missing",        N_("A part of Kinko is missing: {}"),                                    N_("Please install Kinko again.")) \
  X(ERR_CONFIG,               18,  1, "configuration",          N_("The configuration is not right: {}"),                                N_("Please correct the file, then try again.")) \
  X(ERR_ORIGINAL_NEEDED,      19,  2, "original-choose",        N_("Several originals were found: {}"),                                  N_("Please name the one to use.")) \
  X(ERR_OUTPUT,               20,  1, "output",                 N_("The result could not be written: {}"),                               N_("Please check the disk and try again.")) \
  X(ERR_TERMINAL_NEEDED,      21,  2, "terminal-needed",    N_("This asks you a question, and there is no terminal to ask it at."),   N_("Please run the command in a terminal.")) \
  X(ERR_ARGUMENT_MISSING,     22,  2, "argument-missing",   N_("Something is missing; the command needs: {}"),                        N_("Please see: kinko help")) \
  X(ERR_HOME_FOREIGN,         23,  1, "home-foreign",           N_("The home folder belongs to another user: {}"),                       N_("Please run it as that user, without sudo.")) \
  X(ERR_REGISTER,             24,  1, "register-failed",        N_("The list of modules could not be changed: {}"),                      N_("Please close the program that uses it, then try again.")) \
  X(ERR_CHECK_FAILED,         25,  1, "check-failed",           N_("Not everything is as it should be."),                                N_("Please follow the advice beside it.")) \
  /* The vault and who may use it: 40-69 */ \
  X(ERR_PIN_WRONG,            40,  3, "pin-wrong",              N_("The PIN is wrong."),                                                 N_("Please enter the right PIN. Tries left: {}")) \
  X(ERR_PIN_LOCKED,           41,  4, "pin-locked",             N_("The certificate is locked after too many wrong PINs."),              N_("Please import the original from the stick again: kinko import")) \
  X(ERR_PIN_TEXT,             42,  3, "pin-text",               N_("This cannot be a PIN: it is empty, too long, or not proper text."),  N_("Please enter the PIN. No try was used.")) \
  X(ERR_CERT_NOT_FOUND,       43,  5, "cert-not-found",         N_("There is no such certificate in the vault: {}"),                     N_("Please see the list with: kinko list")) \
  X(ERR_NO_ACTIVE,            44,  5, "no-active",              N_("No certificate is active."),                                         N_("Please choose one with: kinko use CERT")) \
  X(ERR_POLICY_DENIED,        45,  6, "policy-denied",          N_("The policy of this computer does not allow this: {}"),               N_("Please see: kinko policy explain, or ask your administrator.")) \
  X(ERR_VAULT_UNREACHABLE,    46,  7, "vault-unreachable",      N_("The vault is not reachable."),                                       N_("Please ask your administrator to start the service kinkod.")) \
  X(ERR_SERVER_IDENTITY,      47,  7, "vault-impostor",         N_("The program that answers is not the vault; nothing was sent to it."), N_("Please tell your administrator at once.")) \
  X(ERR_MACHINE_CHANGED,      48,  8, "machine-changed",        N_("This vault belongs to another machine and cannot be opened here; nothing was changed."), N_("Please start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_HOST_KEY_MISSING,     49,  8, "host-key-missing",       N_("The machine's secret (host.key) is missing, so the vault cannot be opened; nothing was changed."), N_("Please put host.key back, or start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_HOST_KEY_DAMAGED,     50,  8, "host-key-damaged",       N_("The machine's secret (host.key) is damaged, so the vault cannot be opened; nothing was changed."), N_("Please put host.key back, or start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_HOST_KEY_FOREIGN,     51,  8, "host-key-foreign",       N_("The machine's secret (host.key) is not the one of this vault; nothing was changed."), N_("Please put host.key back, or start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_ROLLED_BACK,          52,  8, "rolled-back",            N_("An older copy of the vault's files was put back, so the vault is not opened; nothing was changed."), N_("Please put the latest files back, or start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_VAULT_DAMAGED,        53,  8, "vault-damaged",          N_("The vault's files are damaged, so the vault is not opened; nothing was changed."), N_("Please put the latest files back, or start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_VAULT_INCOMPLETE,     54,  8, "vault-incomplete",       N_("A part of the vault's files is missing, so the vault is not opened; nothing was changed."), N_("Please put the missing files back, or start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_LOGIN_NEEDED,         55,  1, "login-needed",           N_("The login has ended."),                                              N_("Please enter the PIN again.")) \
  X(ERR_LOGIN_LIMIT,          56,  1, "login-limit",            N_("Too many certificates are unlocked at this moment."),                N_("Please close a program that uses one, then try again.")) \
  X(ERR_NOT_FOUND,            57,  5, "not-found",              N_("Not found: {}"),                                                     N_("Please check the name.")) \
  X(ERR_STATE_UNSETTLED,      58,  1, "unsettled",              N_("The vault could not finish its last change."),                       N_("Please check the disk and try again.")) \
  X(ERR_VAULT_FULL,           59,  1, "vault-full",             N_("The vault holds as many certificates as it can."),                   N_("Please delete one that is no longer needed.")) \
  X(ERR_VAULT_EMPTY,          60,  5, "vault-empty",            N_("There is no certificate in the vault."),                             N_("Please get one with: kinko get, or kinko import")) \
  X(ERR_LOG_FULL,             61,  1, "log-full",               N_("The disk is full and the audit log has no room left; without it no key is used."), N_("Please free some disk space, then try again.")) \
  X(ERR_LOG_CHANGED,          62,  8, "log-changed",            N_("The audit log is not what the vault has written: {}"),               N_("Please tell your administrator; the certificates are not affected.")) \
  X(ERR_SIGN_INPUT,           63,  1, "sign-input",             N_("This certificate cannot sign in this way."),                         N_("Please choose another kind of signature in the program, or another certificate.")) \
  X(ERR_DECRYPT,              64,  1, "decrypt",                N_("This could not be decrypted with the certificate."),                 N_("Please check that it was encrypted for this certificate.")) \
  /* The wire: 70-79 */ \
  X(ERR_WIRE,                 70,  7, "wire",                   N_("The vault and this program do not understand each other."),          N_("Please install the same version of both.")) \
  X(ERR_WIRE_VERSION,         71,  7, "wire-version",           N_("The vault is another version than this program."),                   N_("Please restart the service kinkod after an update.")) \
  X(ERR_WIRE_STATE,           72,  7, "wire-state",             N_("The vault did not expect this request now."),                        N_("Please try again.")) \
  X(ERR_PEER,                 73,  7, "peer",                   N_("The vault cannot tell who is asking."),                              N_("Please run the program outside of the container or namespace.")) \
  /* Originals (PKCS#12): 80-119 */ \
  X(ERR_ORIGINAL_PIN,         80,  3, "pin-wrong-or-damaged",   N_("The PIN is wrong, or the file is damaged."),                         N_("Please enter the PIN of the letter (the original keeps its own PIN).")) \
  X(ERR_ORIGINAL_ALGORITHM,   81,  9, "original-algorithm",     N_("The original is protected in a way that Kinko does not know: {}"),   N_("Please ask the issuer for a file with a common protection.")) \
  X(ERR_ORIGINAL_NO_MAC,      82,  9, "original-no-mac",        N_("The original has no check value (MAC), so it cannot be told from a forged one."), N_("Please ask the issuer for a new file.")) \
  X(ERR_ORIGINAL_NO_KEY,      83,  9, "original-no-key",        N_("The original holds no private key."),                                N_("Please choose the file that the issuer delivered.")) \
  X(ERR_ORIGINAL_NO_CERT,     84,  9, "original-no-certificate", N_("The original holds no certificate."),                               N_("Please choose the file that the issuer delivered.")) \
  X(ERR_ORIGINAL_MISMATCH,    85,  9, "original-mismatch",      N_("The private key and the certificate of the original do not belong together."), N_("Please ask the issuer for a new file.")) \
  X(ERR_ORIGINAL_TWO_KEYS,    86,  9, "original-two-keys",      N_("The original holds several private keys: {}"),                       N_("Please use a file with one certificate.")) \
  X(ERR_ORIGINAL_EMPTY_PIN,   87,  9, "original-empty-pin",     N_("The original has no PIN, so anybody could use it."),                 N_("Please give it a PIN first.")) \
  X(ERR_ORIGINAL_NOT_PKCS12,  88,  9, "original-not-pkcs12",    N_("This file is not an original (PKCS#12)."),                           N_("Please choose the file that the issuer delivered (.p12 or .pfx).")) \
  X(ERR_ORIGINAL_PEM,         89,  9, "original-pem",           N_("This file is a PEM text, not an original (PKCS#12)."),               N_("Please choose the file that the issuer delivered (.p12 or .pfx).")) \
  X(ERR_ORIGINAL_BARE_CERT,   90,  9, "original-bare-certificate", N_("This file is a certificate without its private key, not an original (PKCS#12)."), N_("Please choose the file that the issuer delivered (.p12 or .pfx).")) \
  X(ERR_ORIGINAL_TRUNCATED,   91,  9, "original-truncated",     N_("The original ends too early: it was not copied completely."),        N_("Please copy it again, or use another copy.")) \
  X(ERR_ORIGINAL_TRAILING,    92,  9, "original-trailing",      N_("The original has foreign bytes after its end."),                     N_("Please use another copy.")) \
  X(ERR_ORIGINAL_TOO_LARGE,   93,  9, "original-too-large",     N_("This file is larger than 1 MiB and cannot be an original."),         N_("Please choose the file that the issuer delivered (.p12 or .pfx).")) \
  X(ERR_ORIGINAL_EXPENSIVE,   94,  9, "original-expensive",     N_("Opening this original would take far too much work: {}"),            N_("Please use another copy; this one may be made to do harm.")) \
  X(ERR_ORIGINAL_KEY_KIND,    95,  9, "original-key-kind",      N_("The kind of key in the original is not supported: {}"),              N_("Supported are RSA 2048-8192, P-256, P-384, P-521 and Ed25519.")) \
  X(ERR_ORIGINAL_DAMAGED,     96,  9, "original-damaged",       N_("The original is damaged inside: {}"),                                N_("Please use another copy, or ask the issuer for a new file.")) \
  X(ERR_ORIGINAL_CHANGED,     97,  9, "original-changed",       N_("The original changed while it was read."),                           N_("Please try again with nothing else using the stick.")) \
  X(ERR_OPENER,               98,  9, "opener-failed",          N_("The original could not be opened: the opener stopped."),             N_("Please use another copy, or ask the issuer for a new file.")) \
  X(ERR_ORIGINAL_KEY_FORGED,  99,  9, "original-key-forged",    N_("The private key of the original does not work with its certificate."), N_("Please ask the issuer for a new file.")) \
  X(ERR_ORIGINAL_UNREADABLE, 100,  9, "original-unreadable",    N_("The file cannot be read: {}"),                                       N_("Please check the file's name, and that you may read it.")) \
  X(ERR_ORIGINAL_NOT_FILE,   101,  9, "original-not-a-file",    N_("This is not a plain file: {}"),                                      N_("Please choose the file itself, not a link or a device.")) \
  X(ERR_ORIGINAL_NONE,       102,  5, "original-none",          N_("No original was found there: {}"),                                   N_("Please check that this is the right stick.")) \
  X(ERR_ORIGINAL_ON_STICK,   103,  2, "original-on-stick",      N_("This original lies on a stick; a backup should keep its PIN."),      N_("Please copy it elsewhere first, or add --yes.")) \
  /* Sticks: 120-139 */ \
  X(ERR_STICK_NONE,          120, 11, "stick-none",             N_("There is no USB stick."),                                            N_("Please insert the stick and try again.")) \
  X(ERR_STICK_SEVERAL,       121, 11, "stick-several",          N_("There are several USB sticks: {}"),                                  N_("Please name one with --stick, or remove the others.")) \
  X(ERR_STICK_NOT_MOUNTED,   122, 11, "stick-not-mounted",      N_("The USB stick is not opened (mounted) on this computer: {}"),        N_("Please open it in the file manager and try again.")) \
  X(ERR_STICK_READ_ONLY,     123, 11, "stick-read-only",        N_("The USB stick is write-protected: {}"),                              N_("Please switch its lock off, or use another stick.")) \
  X(ERR_STICK_FULL,          124, 11, "stick-full",             N_("The USB stick is full: {}"),                                         N_("Please use another stick.")) \
  X(ERR_STICK_GONE,          125, 11, "stick-gone",             N_("The USB stick was removed or stopped answering: {}"),                N_("Please insert it again and run the same command again; nothing is lost.")) \
  X(ERR_STICK_OTHER_ORIGINAL, 126, 11, "stick-other-original",  N_("Another original already has this name on the stick: {}"),           N_("Please use another stick; an original is never overwritten.")) \
  X(ERR_STICK_NOT_PROVEN,    127, 11, "stick-not-proven",       N_("What was read back from the stick is not what was written: {}"),     N_("Please use another stick.")) \
  X(ERR_STICK_NOT_A_STICK,   128, 11, "not-a-stick",            N_("This folder is not on a USB stick: {}"),                             N_("Please insert the stick and try again.")) \
  X(ERR_STICK_FOLDER,        129, 11, "stick-folder",           N_("The folder cannot be used: {}"),                                     N_("Please check that it exists and that you may write there.")) \
  X(ERR_STICK_TOO_MUCH,      130, 11, "stick-too-much",         N_("There is too much on the stick to look through: {}"),                N_("Please name the file itself.")) \
  X(ERR_STICK_UNKNOWN,       131, 11, "stick-unknown",          N_("There is no such stick: {}"),                                        N_("Please see: kinko sticks")) \
  X(ERR_STICK_NAME_TAKEN,    132, 11, "stick-name-taken",       N_("Something that is not a plain file has this name on the stick: {}"), N_("Please use another stick, or remove it there.")) \
  /* The download server: 140-169 */ \
  X(ERR_SERVER_UNSET,        140, 10, "server-unset",           N_("No download server is configured."),                                 N_("Please set [server] url= in kinko.conf, or import the original from a stick: kinko import")) \
  X(ERR_SERVER_CONNECT,      141, 10, "server-unreachable",     N_("The download server does not answer."),                              N_("Please check the network and try again.")) \
  X(ERR_SERVER_TLS,          142, 10, "server-tls",             N_("The download server could not prove who it is, so nothing was sent to it: {}"), N_("Please tell the operator of the server; do not try another way.")) \
  X(ERR_SERVER_CLOCK,        143, 10, "server-clock",           N_("The server's certificate is not valid at this computer's time."),    N_("Please check this computer's date and time.")) \
  X(ERR_SERVER_REDIRECT,     144, 10, "server-redirect",        N_("The download server sent this program elsewhere, which is never followed."), N_("Please tell the operator of the server.")) \
  X(ERR_SERVER_REPLY,        145, 10, "server-reply",           N_("The download server's answer makes no sense: {}"),                   N_("Please try again; if it happens again, tell the operator of the server.")) \
  X(ERR_SERVER_TOO_MUCH,     146, 10, "server-too-much",        N_("The download server sent more than an original can be."),            N_("Please tell the operator of the server.")) \
  X(ERR_SERVER_SHORT,        147, 10, "server-short",           N_("The download broke off."),                                           N_("Please run the same command again; nothing is lost.")) \
  X(ERR_SERVER_SLOW,         148, 10, "server-slow",            N_("The download server is too slow."),                                  N_("Please try again later.")) \
  X(ERR_SERVER_DIGEST,       149, 10, "server-digest",          N_("What arrived is not what the download server sent."),                N_("Please run the same command again.")) \
  X(ERR_ID_OR_PIN,           150, 10, "id-or-pin-wrong",        N_("The ID number or the PIN is wrong."),                                N_("Please check both against the letter.")) \
  X(ERR_ID_LOCKED,           151, 10, "id-locked",              N_("This ID number is locked after too many wrong PINs."),               N_("Please call the issuer.")) \
  X(ERR_DELETED_AFTER_SAVE,  152, 10, "deleted-after-save",     N_("The server has deleted its copy, because you confirmed that you saved it."), N_("Please use the original on your stick: kinko import")) \
  X(ERR_WINDOW_EXPIRED,      153, 10, "window-expired",         N_("The time to download this certificate is over."),                    N_("Please call the issuer; it will have to be issued again.")) \
  X(ERR_SERVER_BUSY,         154, 10, "server-busy",            N_("The download server asks to wait: {}"),                              N_("Please try again later.")) \
  X(ERR_SERVER_FAILED,       155, 10, "server-failed",          N_("The download server has a problem of its own: {}"),                  N_("Please try again later.")) \
  X(ERR_SERVER_OTHER_SAVED,  156, 10, "digest-differs",         N_("The server says that what was saved is not what it sent."),          N_("Please run the same command again.")) \
  X(ERR_SERVER_URL,          157, 10, "server-url",             N_("The address of the download server must begin with https:// : {}"),  N_("Please correct [server] url= in kinko.conf.")) \
  X(ERR_ID_TEXT,             158,  2, "id-text",                N_("This cannot be an ID number."),                                      N_("Please enter the ID number of the letter.")) \
  /* Certificates: 170-179 */ \
  X(ERR_CERT_PARSE,          170,  9, "certificate-unreadable", N_("The certificate cannot be read."),                                   N_("Please ask the issuer for a new file.")) \
  X(ERR_CERT_SIGNATURE,      171, 12, "signature-wrong",        N_("The signature is not right."),                                       "") \
  /* The TPM: 180-199 */ \
  X(ERR_TPM_GONE,            180,  8, "tpm-gone",               N_("The TPM of this machine does not answer; nothing was changed."),     N_("Please make sure that the TPM is switched on in the firmware settings, then restart the computer.")) \
  X(ERR_TPM_REPLACED,        181,  8, "tpm-replaced",           N_("The TPM was cleared or replaced, so the vault cannot be opened; nothing was changed."), N_("Please start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_TPM_LOCKED_OUT,      182,  8, "tpm-lockout",            N_("The TPM has locked itself after wrong passwords of some program; nothing was changed."), N_("Please wait until it unlocks, or ask your administrator to reset it: tpm2_dictionarylockout --clear-lockout")) \
  X(ERR_TPM_OWNER_PASSWORD,  183,  8, "tpm-owner-password",     N_("The TPM's owner has a password, so Kinko cannot use the TPM; nothing was changed."), N_("Please ask your administrator to take the owner's password away, then try again.")) \
  X(ERR_TPM_FULL,            184,  1, "tpm-full",               N_("The TPM has no room left for the vault; nothing was changed."),      N_("Please ask your administrator to remove what the TPM no longer needs to keep: tpm2_nvundefine")) \
  X(ERR_TPM_VERSION,         185,  8, "tpm-version",            N_("The TPM of this machine is not a TPM 2.0; nothing was changed."),    N_("Please switch it to version 2.0 in the firmware settings, if there is a choice.")) \
  X(ERR_TPM_BUSY,            186,  1, "tpm-busy",               N_("The TPM is busy."),                                                  N_("Please wait a moment and try again.")) \
  X(ERR_TPM_REFUSED,         187,  8, "tpm-refused",            N_("What the TPM keeps is not of this vault; nothing was changed."),     N_("Please put the latest files back, or start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_TPM_INDEX_MISSING,   188,  8, "tpm-index-missing",      N_("What the TPM kept for this vault was removed from it; nothing was changed."), N_("Please start over with: kinkod --new-vault, then import the originals again.")) \
  X(ERR_TPM_OFF,             189,  8, "tpm-off",                N_("The TPM's storage is switched off, so Kinko cannot use it; nothing was changed."), N_("Please switch it on in the firmware settings, then restart the computer.")) \
  X(ERR_TPM_FAULT,           190,  8, "tpm-fault",              N_("The TPM gave an answer that makes no sense; nothing was changed."),  N_("Please restart the computer; if it happens again, tell your administrator.")) \
  /* Signatures of documents: 200-219 */ \
  X(ERR_PDF_BROKEN,          200,  1, "pdf-broken",             N_("This file is damaged, or is not a PDF, and cannot be signed."),      N_("Please save it again from the program that made it.")) \
  X(ERR_PDF_ENCRYPTED,       201,  1, "pdf-encrypted",          N_("This PDF is encrypted (it has a password) and cannot be read."),     N_("Please use a copy without a password.")) \
  X(ERR_PDF_TOO_LARGE,       202,  1, "pdf-too-large",          N_("This PDF is too large; it may have at most: {}"),                    N_("Please divide it, or sign it as a file: --format cms")) \
  X(ERR_PDF_CERTIFIED,       203,  1, "pdf-certified",          N_("The author of this PDF has forbidden to sign it in this way (it is certified)."), N_("Please ask the author for a copy that allows further signatures.")) \
  X(ERR_PDF_PAGE,            204,  2, "pdf-page",               N_("This PDF has no such page: {}"),                                     N_("Please choose a page that it has.")) \
  X(ERR_SIGN_EXPIRED,        205,  6, "certificate-expired",    N_("The certificate has expired, so nothing was signed with it."),       N_("Please use a valid certificate: kinko list")) \
  X(ERR_SIGN_KEY,            206,  1, "sign-key-kind",          N_("Documents are not signed with a key of this kind, because hardly any program could verify it: {}"), N_("Please use a certificate with an RSA or P-256 key.")) \
  X(ERR_SIGN_SPACE,          207,  1, "sign-space",             N_("The signature is larger than the room that was kept for it; nothing was written."), N_("Please try again; if it happens again, tell your administrator.")) \
  X(ERR_SEAL_FONT,           208,  1, "seal-font",              N_("The visible signature cannot be drawn, because no font of this computer has this character: {}"), N_("Please install a Japanese font (fonts-noto-cjk), or sign without --visible.")) \
  X(ERR_OUTPUT_EXISTS,       209,  1, "output-exists",          N_("This file is there already and was not overwritten: {}"),            N_("Please choose another name with -o, or add --force.")) \
  X(ERR_FILE_READ,           210,  1, "file-unreadable",        N_("The file cannot be read: {}"),                                       N_("Please check the file and your permissions.")) \
  X(ERR_SIGNATURE_NONE,      211, 12, "signature-none",         N_("There is no signature in this file."),                               N_("Please check that it is the signed file.")) \
  X(ERR_SIGNATURE_INVALID,   212, 12, "signature-invalid",      N_("A signature is not valid."),                                         N_("Please do not rely on this file; ask the signer for it again.")) \
  X(ERR_SIGNATURE_UNREADABLE, 213, 12, "signature-unreadable",  N_("This file is damaged, so its signatures cannot be verified."),       N_("Please do not rely on this file; ask the signer for it again.")) \
  X(ERR_SEAL_TEXT,           214,  2, "seal-text",              N_("This text is too long for a signature, or is no proper text: {}"),   N_("Please make it shorter."))
/* clang-format on */

enum err {
#define X(name, wire, exit_code, word, message, advice) name = (wire),
	ERR_TABLE(X)
#undef X
};

/* Runs a call and leaves the function with its error, if it has one. */
#define TRY(call)                           \
	do {                                \
		enum err try_err_ = (call); \
		if (try_err_ != ERR_OK)     \
			return try_err_;    \
	} while (0)

/* An unknown number (a newer peer) becomes ERR_WIRE. */
enum err err_from_wire(uint32_t number);
const char *err_word(enum err err);
int err_exit_code(enum err err);
const char *err_message_id(enum err err); /* English, not yet translated */
const char *err_advice_id(enum err err);  /* may be "" */

/* Detail and note live per thread from the failing line to the edge that reports.
 * The detail goes into the user's sentence; the note goes to the operator's log, never to a
 * client. Neither may hold a secret. Both return `err`, so that one line can fail and say why.
 */
enum err err_detail(enum err err, const char *format, ...) PRINTF_LIKE(2, 3);
enum err err_note(enum err err, const char *format, ...) PRINTF_LIKE(2, 3);
#ifdef __clang_analyzer__ /* which sees one file only, and must know that they return `err` */
#define err_detail(err, ...) ((void)err_detail(err, __VA_ARGS__), (err))
#define err_note(err, ...)   ((void)err_note(err, __VA_ARGS__), (err))
#endif
const char *err_detail_text(void); /* "" when there is none */
const char *err_note_text(void);   /* "" when there is none */
void err_forget(void);             /* an edge has reported: no detail, no note */
