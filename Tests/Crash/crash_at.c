// Ends the process as kill -9 does, before its n-th act that others could see: a change of a file
// or a send to a broker. Preloaded into the unchanged executable; SWERVE_CRASH_AT is n.
//
// Pipes, eventfds and the standard streams do not count: nobody outlives the process to see them.
// Nor do sends before the first sync: until then nothing is decided that a broker could be told.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long left = -1;
static atomic_bool has_synced = false;

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("SWERVE_CRASH_AT");
    if (text != NULL) atomic_store(&left, atol(text));
}

static void act(void) {
    if (atomic_load(&left) > 0 && atomic_fetch_sub(&left, 1) == 1) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

static void act_on(int descriptor) {
    struct stat status;
    if (descriptor <= 2 || atomic_load(&left) <= 0 || fstat(descriptor, &status) != 0) return;
    if (S_ISREG(status.st_mode) || (S_ISSOCK(status.st_mode) && atomic_load(&has_synced))) act();
}

#define NEXT(name) \
    static typeof(name) *next; \
    if (next == NULL) next = (typeof(name) *)dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *bytes, size_t count) {
    NEXT(write);
    act_on(fd);
    return next(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    NEXT(pwrite);
    act_on(fd);
    return next(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    NEXT(pwrite64);
    act_on(fd);
    return next(fd, bytes, count, offset);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    NEXT(sendmsg);
    act_on(fd);
    return next(fd, message, flags);
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    NEXT(send);
    act_on(fd);
    return next(fd, bytes, count, flags);
}

int fsync(int fd) {
    NEXT(fsync);
    act_on(fd);
    atomic_store(&has_synced, true);
    return next(fd);
}

int fdatasync(int fd) {
    NEXT(fdatasync);
    act_on(fd);
    atomic_store(&has_synced, true);
    return next(fd);
}

int ftruncate(int fd, off_t length) {
    NEXT(ftruncate);
    act_on(fd);
    return next(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    NEXT(ftruncate64);
    act_on(fd);
    return next(fd, length);
}

int unlink(const char *path) {
    NEXT(unlink);
    act();
    return next(path);
}

int rename(const char *from, const char *to) {
    NEXT(rename);
    act();
    return next(from, to);
}
