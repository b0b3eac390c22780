#ifndef SWERVE_CCRYPTO_H
#define SWERVE_CCRYPTO_H

// The state of a hash as a plain value, which Swift can copy: OpenSSL 3 would rather have it behind
// a pointer, and works with it all the same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
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

/// A public RSA key of its modulus and its exponent, both big-endian; NULL where OpenSSL refuses.
static inline EVP_PKEY *swerve_rsa_public_key(
    const unsigned char *modulus, size_t modulus_count, const unsigned char *exponent,
    size_t exponent_count) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *values = NULL;
    BIGNUM *n = BN_bin2bn(modulus, (int)modulus_count, NULL);
    BIGNUM *e = BN_bin2bn(exponent, (int)exponent_count, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (n && e && build && context
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1
        && (values = OSSL_PARAM_BLD_to_param(build)) != NULL
        && EVP_PKEY_fromdata_init(context) == 1
        && EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, values) != 1)
        key = NULL;
    OSSL_PARAM_free(values);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_BLD_free(build);
    BN_free(e);
    BN_free(n);
    ERR_clear_error();
    return key;
}

/// A public key of the curve P-256 of its point, 4 and both coordinates; NULL for a point that is
/// not on the curve.
static inline EVP_PKEY *swerve_p256_public_key(const unsigned char *point, size_t count) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *values = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (build && context
        && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, count) == 1
        && (values = OSSL_PARAM_BLD_to_param(build)) != NULL
        && EVP_PKEY_fromdata_init(context) == 1
        && EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, values) != 1)
        key = NULL;
    OSSL_PARAM_free(values);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_BLD_free(build);
    ERR_clear_error();
    return key;
}

/// Whether a signature over the SHA-256 of a message is the key's: 1 or 0.
///
/// Of RSA by PKCS #1 1.5, of an elliptic curve as DER.
static inline int swerve_is_signed(
    EVP_PKEY *key, const unsigned char *signature, size_t signature_count,
    const unsigned char *message, size_t message_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int result = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1
        && EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    // What it did not like is nobody's error: this thread has other uses of OpenSSL.
    ERR_clear_error();
    return result;
}

/// The DER of a signature of P-256 that is given as its two numbers of 32 bytes each.
///
/// Returns the bytes written to `der`, which has room for 72; 0 where OpenSSL refuses.
static inline size_t swerve_p256_signature_der(const unsigned char *numbers, unsigned char *der) {
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(numbers, 32, NULL);
    BIGNUM *s = BN_bin2bn(numbers + 32, 32, NULL);
    if (!signature || !r || !s || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(signature);
        return 0;
    }
    int count = i2d_ECDSA_SIG(signature, NULL);
    unsigned char *end = der;
    if (count > 0 && count <= 72) count = i2d_ECDSA_SIG(signature, &end);
    else count = 0;
    ECDSA_SIG_free(signature);
    return count > 0 ? (size_t)count : 0;
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
