#ifndef SWERVE_CCRYPTO_H
#define SWERVE_CCRYPTO_H

// The state of a hash as a plain value, which Swift can copy: OpenSSL 3 would rather have it behind
// a pointer, and works with it all the same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <time.h>

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

// Without it OpenSSL would ask a person at the terminal.
static inline int swerve_no_password(char *password, int size, int writes, void *context) {
    (void)password, (void)size, (void)writes, (void)context;
    return 0;
}

/// The end of the first certificate in `count` bytes of PEM, in seconds since 1970; -1 for none.
static inline long long swerve_certificate_end(const void *pem, int count) {
    long long end = -1;
    BIO *bytes = BIO_new_mem_buf(pem, count);
    X509 *certificate = bytes ? PEM_read_bio_X509(bytes, NULL, swerve_no_password, NULL) : NULL;
    struct tm moment;
    if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &moment)) {
        end = (long long)timegm(&moment);
    }
    X509_free(certificate);
    BIO_free(bytes);
    ERR_clear_error();
    return end;
}

#endif
