/* Counts allocations by thread and by whose they are, for LD_PRELOAD; see Benchmarks/README.md.
 *
 * An allocation is librdkafka's when the first code up the stack that is neither the C library nor
 * another helper library is librdkafka's; it is the program's own when that is the executable or a
 * library of Swift's. The counts live in a file that is mapped shared, COUNT_FOLDER/PID, so that
 * whoever watches reads them at any moment without stopping anybody. Each slot has one writer, its
 * thread. glibc only. */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { THREADS = 64, SITES = 512, FRAMES = 16, MODULES = 64, NAME_BYTES = 256, SKIPPED = 2 };
enum owner { HELPER = 0, PROGRAM = 1, KAFKA = 2 };

/* The layout is read by harness/allocations.py: 8-byte fields only, in this order. */
struct site {
    uint64_t hash, count, depth;
    uint64_t frames[FRAMES];
};
struct slot {
    uint64_t tid, own, kafka, own_bytes;
    struct site sites[SITES];
};
struct module {
    uint64_t base, low, high, owner;
    char name[NAME_BYTES];
};
struct table {
    _Atomic uint64_t used;
    uint64_t modules;
    struct module module[MODULES];
    struct slot slot[THREADS];
};

static struct table *table;
static __thread struct slot *mine __attribute__((tls_model("initial-exec")));
static __thread int inside __attribute__((tls_model("initial-exec")));
static __thread int given_up __attribute__((tls_model("initial-exec")));

static enum owner owner_of(const char *name, int is_first) {
    if (is_first) return PROGRAM;
    if (strstr(name, "librdkafka")) return KAFKA;
    if (strstr(name, "libswift") || strstr(name, "Foundation")) return PROGRAM;
    return HELPER;
}

static int note_module(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    if (table->modules == MODULES) return 1;
    struct module *module = &table->module[table->modules];
    module->base = info->dlpi_addr;
    module->low = UINT64_MAX;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD) continue;
        uint64_t start = info->dlpi_addr + header->p_vaddr;
        if (start < module->low) module->low = start;
        if (start + header->p_memsz > module->high) module->high = start + header->p_memsz;
    }
    module->owner = owner_of(info->dlpi_name, table->modules == 0);
    if (table->modules == 0) {
        ssize_t length = readlink("/proc/self/exe", module->name, NAME_BYTES - 1);
        if (length < 0) module->name[0] = 0;
    } else {
        snprintf(module->name, NAME_BYTES, "%s", info->dlpi_name);
    }
    table->modules++;
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("COUNT_FOLDER");
    if (!folder) return;
    char path[4096];
    snprintf(path, sizeof path, "%s/%d", folder, (int)getpid());
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(struct table)) != 0) return;
    void *memory =
        mmap(NULL, sizeof(struct table), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) return;
    void *frames[FRAMES];
    backtrace(frames, FRAMES); /* loads the unwinder, which allocates, before anything counts */
    table = memory;
    dl_iterate_phdr(note_module, NULL);
}

static enum owner owner_at(uint64_t address) {
    for (uint64_t i = 0; i < table->modules; i++)
        if (address >= table->module[i].low && address < table->module[i].high)
            return (enum owner)table->module[i].owner;
    return HELPER;
}

static void note_site(void **frames, int depth) {
    uint64_t hash = 1469598103934665603u;
    for (int i = SKIPPED; i < depth; i++) hash = (hash ^ (uint64_t)frames[i]) * 1099511628211u;
    hash |= 1;
    for (int probe = 0; probe < SITES; probe++) {
        struct site *site = &mine->sites[(hash + (uint64_t)probe) % SITES];
        if (site->hash != hash && site->hash != 0) continue;
        if (site->hash == 0) {
            for (int i = SKIPPED; i < depth; i++)
                site->frames[i - SKIPPED] = (uint64_t)frames[i];
            site->depth = (uint64_t)(depth - SKIPPED);
            site->hash = hash;
        }
        site->count++;
        return;
    }
}

static int claim(void) {
    uint64_t place = atomic_fetch_add(&table->used, 1);
    if (place >= THREADS) {
        given_up = 1;
        return 0;
    }
    mine = &table->slot[place];
    mine->tid = (uint64_t)syscall(SYS_gettid);
    return 1;
}

static __attribute__((noinline)) void count(void *caller, size_t size) {
    if (!table || inside || given_up) return;
    if (!mine && !claim()) return;
    if (owner_at((uint64_t)caller) == KAFKA) {
        mine->kafka++;
        return;
    }
    int saved = errno;
    inside = 1;
    void *frames[FRAMES + SKIPPED];
    int depth = backtrace(frames, FRAMES + SKIPPED);
    enum owner owner = HELPER;
    for (int i = SKIPPED; i < depth && owner == HELPER; i++)
        owner = owner_at((uint64_t)frames[i]);
    if (owner == KAFKA) {
        mine->kafka++;
    } else {
        mine->own++;
        mine->own_bytes += size;
        note_site(frames, depth);
    }
    inside = 0;
    errno = saved;
}

/* For programs that ask themselves: what the calling thread's own code has allocated so far. */
uint64_t swerve_own_allocations(void) { return mine ? mine->own : 0; }

/* The start of a program fills the table; from here on there is room for what comes. */
void swerve_forget_sites(void) {
    if (mine) memset(mine->sites, 0, sizeof mine->sites);
}

void *malloc(size_t size) {
    count(__builtin_return_address(0), size);
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    count(__builtin_return_address(0), n * size);
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size) {
    count(__builtin_return_address(0), size);
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(__builtin_return_address(0), size);
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) {
    count(__builtin_return_address(0), size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    count(__builtin_return_address(0), size);
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *out = memory;
    return 0;
}
