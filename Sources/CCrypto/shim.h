#ifndef SWERVE_CCRYPTO_H
#define SWERVE_CCRYPTO_H

// The state of a hash as a plain value, which Swift can copy: OpenSSL 3 would rather have it behind
// a pointer, and works with it all the same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

static inline SHA256_CTX swerve_sha256_begin(void) {
    SHA256_CTX state;
    SHA256_Init(&state);
    return state;
}

static inline void swerve_sha256_update(SHA256_CTX *state, const void *bytes, size_t count) {
    SHA256_Update(state, bytes, count);
}

/// Writes 32 bytes.
static inline void swerve_sha256_end(SHA256_CTX *state, unsigned char *digest) {
    SHA256_Final(digest, state);
}

/// Writes 32 bytes; 0 where OpenSSL could not.
static inline int swerve_hmac_sha256(
    const unsigned char *key, size_t key_count, const unsigned char *bytes, size_t count,
    unsigned char *code) {
    unsigned int written = 0;
    return HMAC(EVP_sha256(), key, (int)key_count, bytes, count, code, &written) != NULL
        && written == 32;
}

#endif
