#ifndef SWERVE_CCURL_H
#define SWERVE_CCURL_H

// Its checks of types are macros around variadic functions, which the functions below stand for.
#define CURL_DISABLE_TYPECHECK
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// Swift calls no variadic functions: one of these for each kind of argument.

static inline CURLcode swerve_curl_set_long(void *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode swerve_curl_set_size(void *handle, CURLoption option, long long value) {
    return curl_easy_setopt(handle, option, (curl_off_t)value);
}

/// libcurl copies the text, but for CURLOPT_POSTFIELDS.
static inline CURLcode swerve_curl_set_text(void *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode swerve_curl_set_list(
    void *handle, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(handle, option, list);
}

typedef size_t (*swerve_curl_bytes)(char *bytes, size_t size, size_t count, void *context);
typedef int (*swerve_curl_progress)(
    void *context, curl_off_t expected, curl_off_t came, curl_off_t to_send, curl_off_t sent);

/// All three get the context.
static inline void swerve_curl_set_callbacks(
    void *handle, swerve_curl_bytes header, swerve_curl_bytes body, swerve_curl_progress progress,
    void *context) {
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

typedef curl_socket_t (*swerve_curl_open)(
    void *context, curlsocktype purpose, struct curl_sockaddr *address);

/// Called with each address before a connection is made to it; CURL_SOCKET_BAD refuses it.
static inline void swerve_curl_set_open_socket(
    void *handle, swerve_curl_open callback, void *context) {
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
}

/// Writes the bytes of the address that the text is: 16 where it is long, else 4; 0 for none.
static inline int swerve_curl_parse_address(
    const char *text, int is_long, unsigned char *bytes) {
    if (inet_pton(is_long ? AF_INET6 : AF_INET, text, bytes) != 1) return 0;
    return is_long ? 16 : 4;
}

/// Writes the bytes of the address: 4 or 16; 0 where it is of another kind.
static inline int swerve_curl_address(
    const struct curl_sockaddr *address, unsigned char *bytes) {
    if (address->family == AF_INET && address->addrlen >= sizeof(struct sockaddr_in)) {
        memcpy(bytes, &((const struct sockaddr_in *)&address->addr)->sin_addr, 4);
        return 4;
    }
    if (address->family == AF_INET6 && address->addrlen >= sizeof(struct sockaddr_in6)) {
        memcpy(bytes, &((const struct sockaddr_in6 *)&address->addr)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

static inline curl_socket_t swerve_curl_open_socket(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static inline CURLcode swerve_curl_get_long(void *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode swerve_curl_get_size(void *handle, CURLINFO info, long long *value) {
    curl_off_t given = 0;
    CURLcode result = curl_easy_getinfo(handle, info, &given);
    *value = given;
    return result;
}

/// The text is the handle's.
static inline CURLcode swerve_curl_get_text(void *handle, CURLINFO info, const char **value) {
    char *given = NULL;
    CURLcode result = curl_easy_getinfo(handle, info, &given);
    *value = given;
    return result;
}

// Several transfers at a time; all of these on the one thread that has them.

/// Whether one has ended; each is told once, after `curl_multi_perform`.
static inline int swerve_curl_multi_ended(void *multi, void **handle, CURLcode *result) {
    int left = 0;
    CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        *handle = message->easy_handle;
        *result = message->data.result;
        return 1;
    }
    return 0;
}

/// At most so many descriptors are waited for beside those of the transfers.
#define SWERVE_CURL_DESCRIPTORS 8

/// Waits for the transfers' sockets, for one of `descriptors` to be readable, or for the time.
static inline CURLMcode swerve_curl_multi_wait(
    void *multi, const int *descriptors, int count, int timeout_ms) {
    struct curl_waitfd extra[SWERVE_CURL_DESCRIPTORS];
    if (count > SWERVE_CURL_DESCRIPTORS) count = SWERVE_CURL_DESCRIPTORS;
    for (int index = 0; index < count; index++) {
        extra[index].fd = descriptors[index];
        extra[index].events = CURL_WAIT_POLLIN;
        extra[index].revents = 0;
    }
    return curl_multi_poll(multi, extra, (unsigned int)count, timeout_ms, NULL);
}

#endif
