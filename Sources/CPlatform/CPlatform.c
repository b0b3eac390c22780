#define _GNU_SOURCE
#include "CPlatform.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// Kernel 5.3 and 5.1; older headers lack the names, the numbers are the same on every architecture.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#define PLATFORM_P_PIDFD 3

#define LIFELINE_DESCRIPTOR 3
#define FIRST_FREE_DESCRIPTOR 4
#define SPAWN_DESCRIPTORS 4

extern char **environ;

static int result(long value) { return value < 0 ? -errno : (int)value; }

// MARK: - Threads

char *const *platform_environment(void) { return environ; }

int platform_thread_set_name(const char *name) {
    return -pthread_setname_np(pthread_self(), name);
}

int platform_thread_get_name(char *name, size_t bytes) {
    return -pthread_getname_np(pthread_self(), name, bytes);
}

int platform_thread_set_nice(int nice) {
    return result(setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), nice));
}

int platform_thread_get_nice(int *nice) {
    errno = 0;
    int value = getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid));
    if (value == -1 && errno != 0) return -errno;
    *nice = value;
    return 0;
}

// MARK: - Descriptors

int platform_pipe(int32_t ends[2]) { return result(pipe2(ends, O_CLOEXEC)); }

int platform_pipe_set_capacity(int descriptor, int bytes) {
    return result(fcntl(descriptor, F_SETPIPE_SZ, bytes));
}

int platform_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -errno;
    return result(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK));
}

int platform_set_close_on_exec(int descriptor) {
    return result(fcntl(descriptor, F_SETFD, FD_CLOEXEC));
}

int platform_is_pipe(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return -errno;
    return S_ISFIFO(status.st_mode) ? 1 : 0;
}

int platform_terminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int platform_eventfd(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int platform_lock_file(int descriptor) {
    int locked;
    do {
        locked = flock(descriptor, LOCK_EX | LOCK_NB);
    } while (locked != 0 && errno == EINTR);
    return result(locked);
}

int platform_unlock_file(int descriptor) { return result(flock(descriptor, LOCK_UN)); }

static struct flock range_of(int64_t start, int64_t length) {
    return (struct flock){
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)start, .l_len = (off_t)length};
}

int platform_lock_range(int descriptor, int64_t start, int64_t length) {
    struct flock range = range_of(start, length);
    const int locked = result(fcntl(descriptor, F_OFD_SETLK, &range));
    return locked == -EACCES ? -EAGAIN : locked;
}

int platform_range_holder(int descriptor, int64_t start, int64_t length, int32_t *process) {
    struct flock range = range_of(start, length);
    *process = 0;
    const int looked = result(fcntl(descriptor, F_OFD_GETLK, &range));
    if (looked >= 0 && range.l_type != F_UNLCK && range.l_pid > 0) *process = range.l_pid;
    return looked;
}

int platform_send_datagram(
    const char *name, size_t name_bytes, const void *bytes, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (name_bytes < 2 || name_bytes >= sizeof address.sun_path) return -EINVAL;
    memcpy(address.sun_path, name, name_bytes);
    if (name[0] == '@') address.sun_path[0] = 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    // An abstract name has no end but its length.
    const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_bytes);
    ssize_t sent;
    do {
        sent = sendto(
            descriptor, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)&address, length);
    } while (sent < 0 && errno == EINTR);
    int error = sent < 0 ? -errno : sent == (ssize_t)count ? 0 : -EMSGSIZE;
    close(descriptor);
    return error;
}

// MARK: - Children

int platform_pidfd_open(int32_t pid) { return result(syscall(SYS_pidfd_open, pid, 0)); }

int platform_pidfd_signal(int pidfd, int signal) {
    return result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

int platform_pidfd_reap(int pidfd, int block, int *signalled, int *value) {
    siginfo_t info;
    int waited;
    do {
        memset(&info, 0, sizeof info);
        waited = waitid(PLATFORM_P_PIDFD, (id_t)pidfd, &info, WEXITED | (block ? 0 : WNOHANG));
    } while (waited != 0 && errno == EINTR);
    if (waited != 0) return -errno;
    if (info.si_pid == 0) return 0;
    *signalled = info.si_code != CLD_EXITED;
    *value = info.si_status;
    return 1;
}

// A copy above the four numbers that the child fills, so that no dup2 overwrites the source of a
// later one; /dev/null where the caller has no such descriptor. Close-on-exec in the parent.
static int raised_copy(int descriptor) {
    int source = descriptor;
    if (source >= 0) {
        int copy = fcntl(source, F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR);
        if (copy >= 0) return copy;
        if (errno != EBADF) return -errno;
    }
    source = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (source < 0 || source >= FIRST_FREE_DESCRIPTOR) return source < 0 ? -errno : source;
    int copy = fcntl(source, F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR);
    int error = copy < 0 ? -errno : copy;
    close(source);
    return error;
}

static int set_attributes(posix_spawnattr_t *attributes,
                          const struct platform_spawn_request *request) {
    sigset_t every, blocked;
    sigfillset(&every);
    sigemptyset(&blocked);
    if (request->keeps_hang_up_ignored) sigdelset(&every, SIGHUP);
    if (request->holds_user_signals) {
        sigaddset(&blocked, SIGUSR1);
        sigaddset(&blocked, SIGUSR2);
    }
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    if (request->own_process_group) flags |= POSIX_SPAWN_SETPGROUP;
    int error = posix_spawnattr_setsigdefault(attributes, &every);
    if (!error) error = posix_spawnattr_setsigmask(attributes, &blocked);
    if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
    if (!error) error = posix_spawnattr_setflags(attributes, flags);
    return error;
}

static int set_actions(posix_spawn_file_actions_t *actions, const int *copies, int count) {
    int error = 0;
    for (int target = 0; target < count && !error; target++) {
        error = posix_spawn_file_actions_adddup2(actions, copies[target], target);
    }
    return error ? error : posix_spawn_file_actions_addclosefrom_np(actions, count);
}

int platform_spawn(const struct platform_spawn_request *request, int32_t *pid) {
    const int wanted[SPAWN_DESCRIPTORS] = {
        request->standard_input, request->standard_output, request->standard_error,
        request->lifeline,
    };
    const int count = request->lifeline < 0 ? LIFELINE_DESCRIPTOR : SPAWN_DESCRIPTORS;
    int copies[SPAWN_DESCRIPTORS];
    int opened = 0;
    int error = 0;
    for (; opened < count && !error; opened++) {
        copies[opened] = raised_copy(wanted[opened]);
        if (copies[opened] < 0) {
            error = -copies[opened];
            break;
        }
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (!error) error = posix_spawn_file_actions_init(&actions);
    if (!error) {
        error = posix_spawnattr_init(&attributes);
        if (!error) {
            error = set_attributes(&attributes, request);
            if (!error) error = set_actions(&actions, copies, count);
            if (!error) {
                char *const *environment = request->environment ? request->environment : environ;
                pid_t child = 0;
                error = posix_spawn(
                    &child, request->path, &actions, &attributes, request->arguments, environment);
                if (!error) *pid = child;
            }
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    for (int index = 0; index < opened; index++) close(copies[index]);
    return -error;
}

long platform_open_files_raise(long most) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
    rlim_t wanted = limit.rlim_max < (rlim_t)most ? limit.rlim_max : (rlim_t)most;
    if (limit.rlim_cur < wanted) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
    }
    return limit.rlim_cur > (rlim_t)most ? most : (long)limit.rlim_cur;
}

// MARK: - Signals

int platform_ignore_broken_pipes(void) {
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -errno : 0;
}

static sigset_t found_blocked;
static int are_held;

int platform_signals_hold(void) {
    if (are_held) return 0;
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGUSR1);
    are_held = 1;
    return -pthread_sigmask(SIG_BLOCK, &held, &found_blocked);
}

// Before the initialisers of the libraries, which are most of the time until main; those that take none
// of the signals, and the tests, are left alone.
static void hold_at_entry(int count, char **arguments, char **environment) {
    (void)environment;
    if (count < 2) return;
    if (strcmp(arguments[1], "serve") == 0 || strcmp(arguments[1], "hub") == 0) platform_signals_hold();
}
__attribute__((section(".preinit_array"), used)) static void (*const held_at_entry)(int, char **, char **) =
    hold_at_entry;

int platform_signals_release(void) {
    are_held = 0;
    return -pthread_sigmask(SIG_SETMASK, &found_blocked, NULL);
}

int platform_signal_watch(const int *beside, int count) {
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    // SIGHUP too waits for its reader, although it is ignored, because it is blocked.
    for (int place = 0; place < count; place++) sigaddset(&watched, beside[place]);
    int error = pthread_sigmask(SIG_BLOCK, &watched, NULL);
    if (error) return -error;
    sigset_t waiting;
    sigpending(&waiting);
    if (signal(SIGHUP, SIG_IGN) == SIG_ERR || signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -errno;
    // To ignore it drops one that waits already.
    if (sigismember(&waiting, SIGHUP) == 1 && sigismember(&watched, SIGHUP) == 1) kill(getpid(), SIGHUP);
    // A parent that ignores SIGCHLD would have the kernel reap our children before we read their
    // exit status.
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) return -errno;
    return result(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

int platform_signal_queue(int signal) {
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, signal);
    int error = pthread_sigmask(SIG_BLOCK, &watched, NULL);
    if (error) return -error;
    return result(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

int platform_signal_next(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t bytes;
    do {
        bytes = read(descriptor, &info, sizeof info);
    } while (bytes < 0 && errno == EINTR);
    if (bytes < 0) return errno == EAGAIN ? 0 : -errno;
    return bytes == (ssize_t)sizeof info ? (int)info.ssi_signo : -EIO;
}

const char *platform_signal_name(int signal) { return sigabbrev_np(signal); }

// Whether thread `id` blocks `signal`, and its name. A thread that has ended by now blocks all.
static int thread_blocks(const char *id, int signal, char *name, size_t bytes) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/status", id);
    FILE *status = fopen(path, "re");
    if (!status) return 1;
    int blocks = 1;
    while (fgets(line, sizeof line, status)) {
        if (strncmp(line, "Name:\t", 6) == 0) {
            line[strcspn(line, "\n")] = 0;
            snprintf(name, bytes, "%.15s", line + 6);
        } else if (strncmp(line, "SigBlk:\t", 8) == 0) {
            blocks = (int)(strtoull(line + 8, NULL, 16) >> (signal - 1) & 1);
        }
    }
    fclose(status);
    return blocks;
}

int platform_thread_taking(int signal, char *name, size_t bytes) {
    DIR *threads = opendir("/proc/self/task");
    if (!threads) return -errno;
    int taking = 0;
    for (struct dirent *entry; !taking && (entry = readdir(threads));) {
        if (entry->d_name[0] == '.') continue;
        if (!thread_blocks(entry->d_name, signal, name, bytes)) taking = atoi(entry->d_name);
    }
    closedir(threads);
    return taking;
}

void platform_memory_policy(size_t large_bytes, int arenas) {
    mallopt(M_MMAP_THRESHOLD, (int)large_bytes);
    mallopt(M_TRIM_THRESHOLD, (int)large_bytes * 8);
    mallopt(M_ARENA_MAX, arenas);
}

void platform_memory_trim(void) { malloc_trim(0); }

/// Whether a debugger holds this process: its breakpoints are writes into the code.
static int is_traced(void) {
    FILE *status = fopen("/proc/self/status", "re");
    if (!status) return 1;
    char line[256];
    int tracer = 1;
    while (fgets(line, sizeof line, status))
        if (sscanf(line, "TracerPid: %d", &tracer) == 1) break;
    fclose(status);
    return tracer != 0;
}

/// Whether the loader wrote into the object's code, which no file has then.
static int has_text_relocations(const struct dl_phdr_info *object) {
    for (int i = 0; i < object->dlpi_phnum; i++) {
        if (object->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
        const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
        for (; entry->d_tag != DT_NULL; entry++) {
            if (entry->d_tag == DT_TEXTREL) return 1;
            if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)) return 1;
        }
    }
    return 0;
}

static int release_code_of(struct dl_phdr_info *object, size_t size, void *released) {
    (void)size;
    if (has_text_relocations(object)) return 0;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) || !(segment->p_flags & PF_X))
            continue;
        uintptr_t begin = (object->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz + page - 1) & ~(page - 1);
        if (madvise((void *)begin, end - begin, MADV_DONTNEED) == 0) *(size_t *)released += end - begin;
    }
    return 0;
}

size_t platform_memory_release_code(void) {
    size_t released = 0;
    if (!is_traced()) dl_iterate_phdr(release_code_of, &released);
    return released;
}

int platform_contains(
    const void *bytes, size_t count, const void *sought, size_t sought_count) {
    if (sought_count == 0) return 1;
    return count >= sought_count && memmem(bytes, count, sought, sought_count) != NULL;
}
