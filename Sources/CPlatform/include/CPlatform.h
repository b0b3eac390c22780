// The calls that Swift cannot make: GNU extensions, variadic functions, macros and newer syscalls.
// Only the room Platform imports this. Each function answers 0 or a value, and -errno on failure,
// unless it says otherwise.
#ifndef SWERVE_CPLATFORM_H
#define SWERVE_CPLATFORM_H

#include <stddef.h>
#include <stdint.h>

/// The variables of this process, each `NAME=VALUE`, with a NULL behind the last; nobody may set one
/// meanwhile.
char *const *platform_environment(void);

/// Names the calling thread; `name` is at most 15 bytes.
int platform_thread_set_name(const char *name);
/// Writes the calling thread's name into `name`, which holds at least 16 bytes.
int platform_thread_get_name(char *name, size_t bytes);
/// Sets the nice value of the calling thread alone (Linux keeps one for each thread).
int platform_thread_set_nice(int nice);
int platform_thread_get_nice(int *nice);

/// A pipe with both ends close-on-exec from the start; `ends[0]` reads, `ends[1]` writes.
int platform_pipe(int32_t ends[2]);
/// Makes the pipe hold at least `bytes`; gives its new capacity.
int platform_pipe_set_capacity(int descriptor, int bytes);
int platform_set_nonblocking(int descriptor);
int platform_set_close_on_exec(int descriptor);
int platform_is_pipe(int descriptor);
/// Columns and rows of the terminal behind a descriptor; 0 where it does not say.
int platform_terminal_size(int descriptor, int *columns, int *rows);

/// Whether the bytes `sought` lie somewhere in `bytes`; none at all lie everywhere.
int platform_contains(
    const void *bytes, size_t count, const void *sought, size_t sought_count);

/// A file descriptor that becomes readable when process `pid` ends.
int platform_pidfd_open(int32_t pid);
/// Signals the process behind `pidfd`: never a stranger that was given its number since.
int platform_pidfd_signal(int pidfd, int signal);
/// Reaps the child behind `pidfd`. Answers 1 and fills `signalled` and `value` (exit code or signal
/// number) when it has ended, 0 when it has not and `block` is 0.
int platform_pidfd_reap(int pidfd, int block, int *signalled, int *value);

/// What a child gets. A descriptor of -1 is /dev/null; `lifeline` -1 is none.
struct platform_spawn_request {
    const char *path;
    char *const *arguments;
    /// NULL hands on the caller's environment.
    char *const *environment;
    int standard_input;
    int standard_output;
    int standard_error;
    /// Becomes descriptor 3.
    int lifeline;
    int own_process_group;
    /// Where the caller ignores SIGHUP, the child does so from its first instruction.
    int keeps_hang_up_ignored;
    /// SIGUSR1 and SIGUSR2 wait until the child takes them, and do not end it before.
    int holds_user_signals;
};
/// posix_spawn with default signals, a signal mask that is empty but for the above and no other descriptor but these.
int platform_spawn(const struct platform_spawn_request *request, int32_t *pid);

/// Blocks SIGTERM, SIGINT and `count` signals `beside` in the calling thread and gives a signalfd
/// (non-blocking, close-on-exec) for them; ignores SIGHUP and SIGPIPE, and puts SIGCHLD to its
/// default.
int platform_signal_watch(const int *beside, int count);
/// Blocks `signal` in the calling thread and gives a signalfd (non-blocking, close-on-exec) for it
/// alone.
int platform_signal_queue(int signal);
/// The next signal of a signalfd, or 0 when none is pending.
int platform_signal_next(int descriptor);
int platform_ignore_broken_pipes(void);
/// Blocks SIGHUP and SIGUSR1 in the calling thread, before there is another. Of a program whose first word is
/// serve or hub that is done as it is loaded.
int platform_signals_hold(void);
/// Puts the calling thread's blocked signals back as `platform_signals_hold` found them.
int platform_signals_release(void);
/// The id of a thread of this process that does not block `signal`, and its name; 0 when each does.
int platform_thread_taking(int signal, char *name, size_t bytes);
/// `KILL` for 9; NULL for a number without a name. Static storage.
const char *platform_signal_name(int signal);

/// Raises this process's own limit of open files to what it may have, `most` at the most; gives the limit.
long platform_open_files_raise(long most);

/// Large blocks straight from the kernel and back, and few arenas; before other threads start.
void platform_memory_policy(size_t large_bytes, int arenas);
/// Gives free memory back to the kernel; takes milliseconds and holds the allocator's locks.
void platform_memory_trim(void);
/// Unmaps the code of the program and its libraries until it is used again, from the files' pages that
/// the kernel keeps. Bytes of address space; 0 under a debugger, whose breakpoints would be lost, as
/// are probes (uprobes) that were set before.
size_t platform_memory_release_code(void);

/// An eventfd, non-blocking and close-on-exec.
int platform_eventfd(void);
/// flock(2), exclusive, without waiting; -EWOULDBLOCK when another holds it.
int platform_lock_file(int descriptor);
int platform_unlock_file(int descriptor);
/// fcntl(2): an exclusive lock of `length` bytes from `start` on, of this open file alone
/// (F_OFD_SETLK), without waiting; -EAGAIN when another has one there, of whichever kind. It goes with
/// the descriptor.
int platform_lock_range(int descriptor, int64_t start, int64_t length);
/// The process that has such a lock there; 0 for none, and for one that cannot be named.
int platform_range_holder(int descriptor, int64_t start, int64_t length, int32_t *process);

/// Sends one datagram to the socket of the system that `name` is the path of, or, after an `@`, the
/// abstract name; -EAGAIN where its reader has no room at the moment.
int platform_send_datagram(
    const char *name, size_t name_bytes, const void *bytes, size_t count);

#endif
