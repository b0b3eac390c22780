#ifndef SWERVE_CTLS_H
#define SWERVE_CTLS_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// The server's side of TLS over memory: bytes of the network go in and come out, no socket is
// touched. What OpenSSL has as macros stands here as functions.

/// Takes HTTP/1.1 of what a client offers; one that offers only others is refused.
static inline int swerve_tls_choose(
    SSL *ssl, const unsigned char **out, unsigned char *out_count, const unsigned char *in,
    unsigned int count, void *context) {
    static const unsigned char spoken[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    (void)ssl;
    (void)context;
    if (SSL_select_next_proto(&chosen, out_count, spoken, sizeof(spoken) - 1, in, count)
        != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/// A key with a password is no key: nobody is asked at a terminal.
static inline int swerve_tls_no_password(char *buffer, int size, int writing, void *context) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/// NULL where there is no memory.
static inline SSL_CTX *swerve_tls_context(void) {
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // No renegotiation: one handshake a connection. No compression: it tells of what is secret.
    // No resumption: nothing of a client is kept.
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET
            | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_passwd_cb(context, swerve_tls_no_password);
    SSL_CTX_set_alpn_select_cb(context, swerve_tls_choose, NULL);
    if (SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

/// Whether this user may read the file.
static inline int swerve_tls_can_read(const char *file) { return access(file, R_OK) == 0; }

/// 0, or which cannot be used: 1 the certificate, 2 the key, 3 the two together.
static inline int swerve_tls_load(
    SSL_CTX *context, const char *certificate_file, const char *key_file) {
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1) return 1;
    // It is held against the certificate, too.
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
        return ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ? 3 : 2;
    return SSL_CTX_check_private_key(context) == 1 ? 0 : 3;
}

/// Whether there are certificates in the file to believe others by; -1 where there is no memory.
static inline int swerve_tls_believes(const char *file) {
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) return -1;
    int result = SSL_CTX_load_verify_locations(context, file, NULL);
    SSL_CTX_free(context);
    ERR_clear_error();
    return result == 1;
}

/// When the certificate ends, in seconds since 1970; -1 where it does not say.
static inline long long swerve_tls_ends(SSL_CTX *context) {
    struct tm time;
    X509 *certificate = SSL_CTX_get0_certificate(context);
    if (certificate == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1)
        return -1;
    return (long long)timegm(&time);
}

/// A connection with its two buffers, which are its own; NULL where there is no memory.
static inline SSL *swerve_tls_connection(SSL_CTX *context) {
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    if (ssl == NULL || in == NULL || out == NULL) {
        SSL_free(ssl);
        BIO_free(in);
        BIO_free(out);
        return NULL;
    }
    BIO_set_mem_eof_return(in, -1);
    BIO_set_mem_eof_return(out, -1);
    SSL_set_bio(ssl, in, out);
    SSL_set_accept_state(ssl);
    return ssl;
}

/// 1 where it took all of the network's bytes.
static inline int swerve_tls_put(SSL *ssl, const unsigned char *bytes, int count) {
    return BIO_write(SSL_get_rbio(ssl), bytes, count) == count;
}

/// Bytes for the network, at most so many; 0 where there are none.
static inline int swerve_tls_take(SSL *ssl, unsigned char *bytes, int most) {
    int count = BIO_read(SSL_get_wbio(ssl), bytes, most);
    return count > 0 ? count : 0;
}

/// What an act came to: a number above 0 where it was done, or one of these.
#define SWERVE_TLS_MORE 0
#define SWERVE_TLS_CLOSED -1
#define SWERVE_TLS_FAILED -2

static inline int swerve_tls_result(SSL *ssl, int result) {
    if (result > 0) return result;
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return SWERVE_TLS_MORE;
    case SSL_ERROR_ZERO_RETURN: return SWERVE_TLS_CLOSED;
    default: return SWERVE_TLS_FAILED;
    }
}

static inline int swerve_tls_shake(SSL *ssl) {
    ERR_clear_error();
    return swerve_tls_result(ssl, SSL_do_handshake(ssl));
}

static inline int swerve_tls_read(SSL *ssl, unsigned char *bytes, int most) {
    ERR_clear_error();
    return swerve_tls_result(ssl, SSL_read(ssl, bytes, most));
}

static inline int swerve_tls_write(SSL *ssl, const unsigned char *bytes, int count) {
    ERR_clear_error();
    return swerve_tls_result(ssl, SSL_write(ssl, bytes, count));
}

/// Says that nothing more comes.
static inline void swerve_tls_end(SSL *ssl) {
    ERR_clear_error();
    SSL_shutdown(ssl);
    ERR_clear_error();
}

#endif
