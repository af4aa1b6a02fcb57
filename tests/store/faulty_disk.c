// A disk that fails, and one whose power is cut: preloaded (LD_PRELOAD) into a process, it stands
// between that and the kernel for what is written below one folder. README.md says how it is told.
// Only for tests.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { path_max = 4096, order_max = 512, kept_bytes_max = 64 * 1024 * 1024 };
enum call { call_write = 1, call_sync = 2, call_truncate = 4, every_call = 7 };

// What is to fail, in the order of the words of README.md.
struct order {
    char text[order_max];
    unsigned calls;
    int error;
    long after;   // calls that succeed first
    long count;   // calls that fail then; -1: all
    long percent; // of those
    long seen;    // calls since this order came
};

// A record of the journal: this, then path, old bytes and new bytes. Read by power_cut.py.
struct record {
    uint32_t kind; // 'W', 'T' or 'S'
    uint32_t path_bytes;
    uint64_t offset;   // T: the new size
    uint64_t old_size; // of the file
    uint32_t old_bytes;
    uint32_t new_bytes;
};

static pthread_mutex_t lock =
    PTHREAD_MUTEX_INITIALIZER; // one call at a time, as the journal has it
static const char* folder;
static const char* control;
static int journal = -1;
static struct order current;
static uint64_t chance = 88172645463325252u;

static ssize_t (*real_write)(int, const void*, size_t);
static ssize_t (*real_pwrite)(int, const void*, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec*, int);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_fallocate)(int, off_t, off_t);

static void* real(const char* name) {
    void* found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        abort();
    return found;
}

__attribute__((constructor)) static void begin(void) {
    *(void**)&real_write = real("write");
    *(void**)&real_pwrite = real("pwrite");
    *(void**)&real_writev = real("writev");
    *(void**)&real_fsync = real("fsync");
    *(void**)&real_fdatasync = real("fdatasync");
    *(void**)&real_ftruncate = real("ftruncate");
    *(void**)&real_fallocate = real("posix_fallocate");
    folder = getenv("FAULTY_DISK_FOLDER");
    control = getenv("FAULTY_DISK_CONTROL");
    const char* seed = getenv("FAULTY_DISK_SEED");
    if (seed != NULL)
        chance += strtoull(seed, NULL, 10) * 2654435761u;
    const char* path = getenv("FAULTY_DISK_JOURNAL");
    if (path != NULL)
        journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

// Whether the descriptor is of a regular file below the folder; path becomes its path there.
static int is_ours(int descriptor, char* path) {
    struct stat facts;
    if (folder == NULL || fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))
        return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    char full[path_max];
    const ssize_t size = readlink(link, full, sizeof full - 1);
    const size_t prefix = strlen(folder);
    if (size <= (ssize_t)prefix || memcmp(full, folder, prefix) != 0 || full[prefix] != '/')
        return 0;
    full[size] = '\0';
    strcpy(path, full + prefix + 1);
    return 1;
}

// --- what is to fail ---

static unsigned calls_from(const char* words) {
    unsigned calls = 0;
    calls |= strstr(words, "write") != NULL ? call_write : 0;
    calls |= strstr(words, "sync") != NULL ? call_sync : 0;
    calls |= strstr(words, "truncate") != NULL ? call_truncate : 0;
    return calls;
}

static void take_order(const char* text) {
    memset(&current, 0, sizeof current);
    snprintf(current.text, sizeof current.text, "%s", text);
    current.calls = every_call;
    current.error = EIO;
    current.count = -1;
    current.percent = 100;
    char words[order_max];
    snprintf(words, sizeof words, "%s", text);
    char* rest = NULL;
    for (char* word = strtok_r(words, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
        if (strncmp(word, "calls=", 6) == 0)
            current.calls = calls_from(word + 6);
        else if (strcmp(word, "error=ENOSPC") == 0)
            current.error = ENOSPC;
        else if (strncmp(word, "after=", 6) == 0)
            current.after = atol(word + 6);
        else if (strncmp(word, "count=", 6) == 0)
            current.count = atol(word + 6);
        else if (strncmp(word, "percent=", 8) == 0)
            current.percent = atol(word + 8);
    }
}

// The control file counts while it is there, with whatever it says at the time; none, or an empty
// one: nothing fails.
static int has_order(void) {
    if (control == NULL)
        return 0;
    const int file = open(control, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        current.text[0] = '\0';
        return 0;
    }
    char text[order_max];
    const ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    text[size > 0 ? size : 0] = '\0';
    if (strcmp(text, current.text) != 0)
        take_order(text);
    return current.text[0] != '\0';
}

// Marsaglia's xorshift: the same for the same seed, wherever it runs.
static long below(long bound) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (long)(chance % (uint64_t)bound);
}

// 0, or the error that this call has to end with.
static int fault_of(enum call what) {
    if (!has_order() || (current.calls & what) == 0)
        return 0;
    const long at = current.seen++;
    if (at < current.after || (current.count >= 0 && at >= current.after + current.count))
        return 0;
    return below(100) < current.percent ? current.error : 0;
}

// --- what a power cut would lose ---

// SQLite's index of the log is made anew after a power cut, and never synced.
static int is_kept(const char* path) {
    const char* end = strrchr(path, '-');
    return journal >= 0 && (end == NULL || strcmp(end, "-shm") != 0);
}

static void keep(struct record* head, const char* path, const void* old, const void* now) {
    head->path_bytes = (uint32_t)strlen(path);
    const struct iovec parts[] = {{head, sizeof *head},
                                  {(void*)(uintptr_t)path, head->path_bytes},
                                  {(void*)(uintptr_t)old, head->old_bytes},
                                  {(void*)(uintptr_t)now, head->new_bytes}};
    const ssize_t whole =
        (ssize_t)(sizeof *head + head->path_bytes + head->old_bytes + head->new_bytes);
    if (real_writev(journal, parts, 4) != whole)
        abort(); // a journal with a hole proves nothing
}

static void keep_change(int descriptor, const char* path, uint32_t kind, off_t offset,
                        const void* now, size_t size) {
    if (!is_kept(path))
        return;
    struct stat facts;
    if (fstat(descriptor, &facts) != 0)
        abort();
    struct record head = {kind, 0, (uint64_t)offset, (uint64_t)facts.st_size, 0, (uint32_t)size};
    uint64_t old_bytes = facts.st_size > offset ? (uint64_t)(facts.st_size - offset) : 0;
    if (kind == 'W' && old_bytes > size)
        old_bytes = size;
    if (old_bytes > kept_bytes_max || size > kept_bytes_max)
        abort();
    char* old = malloc(old_bytes + 1);
    char link[64]; // the descriptor may be one that is only written to
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const int again = open(link, O_RDONLY | O_CLOEXEC);
    if (old == NULL || again < 0 || pread(again, old, old_bytes, offset) != (ssize_t)old_bytes)
        abort();
    close(again);
    head.old_bytes = (uint32_t)old_bytes;
    keep(&head, path, old, now);
    free(old);
}

static int before(int descriptor, enum call what, off_t offset, const void* now, size_t size) {
    char path[path_max];
    if (!is_ours(descriptor, path))
        return 0;
    const int error = fault_of(what);
    if (error == 0 && what != call_sync)
        keep_change(descriptor, path, what == call_write ? 'W' : 'T', offset, now, size);
    return error;
}

static void after_sync(int descriptor) {
    char path[path_max];
    if (!is_ours(descriptor, path) || !is_kept(path))
        return;
    struct record head = {'S', 0, 0, 0, 0, 0};
    keep(&head, path, NULL, NULL);
}

// --- the calls ---

static ssize_t written_at(int descriptor, const void* bytes, size_t size, off_t offset) {
    pthread_mutex_lock(&lock);
    const int error = before(descriptor, call_write, offset, bytes, size);
    const ssize_t done = error ? -1 : real_pwrite(descriptor, bytes, size, offset);
    pthread_mutex_unlock(&lock);
    if (error)
        errno = error;
    return done;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
    return written_at(descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
    return written_at(descriptor, bytes, size, (off_t)offset);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
    char path[path_max];
    if (!is_ours(descriptor, path)) // sockets above all: they may wait, and never under the lock
        return real_write(descriptor, bytes, size);
    pthread_mutex_lock(&lock);
    const int mode = fcntl(descriptor, F_GETFL);
    const off_t offset = lseek(descriptor, 0, (mode & O_APPEND) != 0 ? SEEK_END : SEEK_CUR);
    const int error = before(descriptor, call_write, offset, bytes, size);
    const ssize_t done = error ? -1 : real_write(descriptor, bytes, size);
    pthread_mutex_unlock(&lock);
    if (error)
        errno = error;
    return done;
}

static int synced(int descriptor, int (*by)(int)) {
    pthread_mutex_lock(&lock);
    const int error = before(descriptor, call_sync, 0, NULL, 0);
    const int done = error ? -1 : by(descriptor);
    if (done == 0)
        after_sync(descriptor);
    pthread_mutex_unlock(&lock);
    if (error)
        errno = error;
    return done;
}

int fsync(int descriptor) {
    return synced(descriptor, real_fsync);
}

int fdatasync(int descriptor) {
    return synced(descriptor, real_fdatasync);
}

static int truncated(int descriptor, off_t size) {
    pthread_mutex_lock(&lock);
    const int error = before(descriptor, call_truncate, size, NULL, 0);
    const int done = error ? -1 : real_ftruncate(descriptor, size);
    pthread_mutex_unlock(&lock);
    if (error)
        errno = error;
    return done;
}

int ftruncate(int descriptor, off_t size) {
    return truncated(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
    return truncated(descriptor, (off_t)size);
}

// Makes a file longer, which costs room as writing does. Returns its error.
static int allocated(int descriptor, off_t offset, off_t size) {
    char path[path_max];
    pthread_mutex_lock(&lock);
    int error = is_ours(descriptor, path) ? fault_of(call_write) : 0;
    if (error == 0)
        error = real_fallocate(descriptor, offset, size);
    pthread_mutex_unlock(&lock);
    return error;
}

int posix_fallocate(int descriptor, off_t offset, off_t size) {
    return allocated(descriptor, offset, size);
}

int posix_fallocate64(int descriptor, off64_t offset, off64_t size) {
    return allocated(descriptor, (off_t)offset, (off_t)size);
}
