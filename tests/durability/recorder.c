// SPDX-License-Identifier: Apache-2.0
/*
 * Records what a process does to the files below one folder, in the order in which it happens.
 *
 * Preloaded, it stands between a program and the C library: SQLite's writes and flushes pass here as
 * Python's do. Every call is carried out, then written into the journal with its data, both under one lock,
 * so that the journal's order is the order of effects, whatever threads there are. `recorder_mark` enters
 * what the program has just promised to somebody outside.
 *
 * It refuses to guess: a call that changes files below the folder and that it does not model is entered
 * as UNKNOWN, and the reader of the journal stops there. Writes through shared mappings do not pass here
 * at all; a file that is mapped so is entered as MAPPED, and the reader gives it content of its own
 * (SQLite maps its wal-index alone, which it builds anew after a crash).
 *
 *   RECORDER_ROOT     the folder, an absolute path without links
 *   RECORDER_JOURNAL  where the journal goes, outside that folder
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation {
    CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, LINK, UNLINK, MKDIR, RMDIR, MAPPED, MARK, UNKNOWN
};

/* Little endian, in front of the two texts and the data; tests/durability/journal.py reads it. */
struct record {
    uint32_t operation, first_length, second_length, reserved;
    uint64_t inode;
    int64_t offset; /* of WRITE; the new length of TRUNCATE */
    int64_t changed_ns; /* the file's time after it */
    uint64_t data_length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char root[PATH_MAX];
static size_t root_length;
static int journal = -1;

#define REAL(result, name, parameters) \
    static result (*real) parameters; \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

static int real_open(const char *path, int flags, mode_t mode)
{
    REAL(int, "open64", (const char *, int, ...));
    return real(path, flags, mode);
}

static void begin(void)
{
    const char *folder = getenv("RECORDER_ROOT"), *file = getenv("RECORDER_JOURNAL");
    unsetenv("LD_PRELOAD"); /* not for children: what they do belongs into no order of ours */
    if (!folder || !file) return;
    snprintf(root, sizeof root, "%s", folder);
    root_length = strlen(root);
    journal = real_open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0) {
        perror("recorder: the journal");
        abort();
    }
}

__attribute__((constructor)) static void at_start(void) { pthread_once(&once, begin); }

/* ---- the journal */

static void put(struct iovec *parts, int count)
{
    REAL(ssize_t, "writev", (int, const struct iovec *, int));
    while (count) {
        ssize_t done = real(journal, parts, count);
        if (done < 0) {
            perror("recorder: the journal");
            abort();
        }
        for (; count && (size_t)done >= parts->iov_len; parts++, count--) done -= parts->iov_len;
        if (count) {
            parts->iov_base = (char *)parts->iov_base + done;
            parts->iov_len -= done;
        }
    }
}

static void enter(enum operation operation, const char *first, const char *second, const struct stat *state,
                  int64_t offset, const void *data, size_t length)
{
    struct record head = {
        .operation = operation,
        .first_length = first ? strlen(first) : 0,
        .second_length = second ? strlen(second) : 0,
        .inode = state ? state->st_ino : 0,
        .offset = offset,
        .changed_ns = state ? state->st_mtim.tv_sec * INT64_C(1000000000) + state->st_mtim.tv_nsec : 0,
        .data_length = length,
    };
    struct iovec parts[] = {
        {&head, sizeof head},
        {(void *)first, head.first_length},
        {(void *)second, head.second_length},
        {(void *)data, length},
    };
    put(parts, 4);
}

static void unknown(const char *call, const char *path) { enter(UNKNOWN, call, path, NULL, 0, NULL, 0); }

void recorder_mark(const char *text)
{
    pthread_once(&once, begin);
    if (journal < 0) return;
    pthread_mutex_lock(&lock);
    enter(MARK, text, NULL, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
}

/* ---- whether it concerns us */

static int below(const char *path)
{
    return journal >= 0 && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* The path of an open file, as the kernel knows it; whether it is below the root. */
static int place_of(int descriptor, char *path)
{
    char link[64];
    pthread_once(&once, begin);
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* The same for a path as it was given; links on the way are not followed, and none are expected. */
static int full(int folder, const char *given, char *path)
{
    int saved = errno, length;
    pthread_once(&once, begin);
    *path = 0;
    if (*given != '/') {
        if (folder != AT_FDCWD) place_of(folder, path);
        else if (!getcwd(path, PATH_MAX)) *path = 0;
    }
    length = strlen(path);
    if (length == 1) length = 0; /* the system's root */
    while (*given && length < PATH_MAX - 2) {
        while (*given == '/') given++;
        size_t word = strcspn(given, "/");
        if (word == 1 && *given == '.') {
            given++;
            continue;
        }
        if (word == 2 && !strncmp(given, "..", 2)) {
            while (length && path[--length] != '/') continue;
            given += 2;
            continue;
        }
        if (!word) break;
        length += snprintf(path + length, PATH_MAX - length, "/%.*s", (int)word, given);
        given += word;
    }
    path[length] = 0;
    errno = saved;
    return below(path);
}

static int concerns(int descriptor, struct stat *state, char *path)
{
    int saved = errno, ours;
    pthread_once(&once, begin);
    ours = journal >= 0 && !fstat(descriptor, state) && (S_ISREG(state->st_mode) || S_ISDIR(state->st_mode)) &&
           place_of(descriptor, path);
    errno = saved;
    return ours;
}

/* ---- names */

static int opened(int folder, const char *given, int flags, mode_t mode)
{
    REAL(int, "openat64", (int, const char *, int, ...));
    char path[PATH_MAX];
    struct stat state;
    if (!(flags & (O_CREAT | O_TRUNC)) || !full(folder, given, path)) return real(folder, given, flags, mode);
    pthread_mutex_lock(&lock);
    int was_there = !fstatat(folder, given, &state, AT_SYMLINK_NOFOLLOW);
    int descriptor = real(folder, given, flags, mode), saved = errno;
    if (descriptor >= 0 && !fstat(descriptor, &state)) {
        if ((flags & O_TMPFILE) == O_TMPFILE) unknown("open(O_TMPFILE)", path);
        else if (!was_there) enter(CREATE, path, NULL, &state, 0, NULL, 0);
        else if (flags & O_TRUNC) enter(TRUNCATE, path, NULL, &state, 0, NULL, 0);
    }
    errno = saved;
    pthread_mutex_unlock(&lock);
    return descriptor;
}

#define MODE(last) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, last); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __openat_2(int folder, const char *path, int flags) { return opened(folder, path, flags, 0); }
int __openat64_2(int folder, const char *path, int flags) { return opened(folder, path, flags, 0); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static int renamed(int from, const char *old, int to, const char *new, unsigned flags)
{
    REAL(int, "renameat2", (int, const char *, int, const char *, unsigned));
    char here[PATH_MAX], there[PATH_MAX];
    if (!(full(from, old, here) | full(to, new, there))) return real(from, old, to, new, flags);
    pthread_mutex_lock(&lock);
    int failed = real(from, old, to, new, flags), saved = errno;
    if (!failed) {
        if (!below(here) || !below(there) || (flags & ~RENAME_NOREPLACE)) unknown("rename", here);
        else enter(RENAME, here, there, NULL, 0, NULL, 0);
    }
    errno = saved;
    pthread_mutex_unlock(&lock);
    return failed;
}

int rename(const char *old, const char *new) { return renamed(AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int from, const char *old, int to, const char *new) { return renamed(from, old, to, new, 0); }
int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    return renamed(from, old, to, new, flags);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    REAL(int, "linkat", (int, const char *, int, const char *, int));
    char here[PATH_MAX], there[PATH_MAX];
    full(from, old, here);
    if (!full(to, new, there)) return real(from, old, to, new, flags);
    pthread_mutex_lock(&lock);
    int failed = real(from, old, to, new, flags), saved = errno;
    if (!failed) {
        if (!below(here) || flags) unknown("link", there);
        else enter(LINK, here, there, NULL, 0, NULL, 0);
    }
    errno = saved;
    pthread_mutex_unlock(&lock);
    return failed;
}

int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

int symlinkat(const char *target, int folder, const char *given)
{
    REAL(int, "symlinkat", (const char *, int, const char *));
    char path[PATH_MAX];
    int failed = real(target, folder, given);
    if (!failed && full(folder, given, path)) {
        pthread_mutex_lock(&lock);
        unknown("symlink", path);
        pthread_mutex_unlock(&lock);
    }
    return failed;
}

int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

int unlinkat(int folder, const char *given, int flags)
{
    REAL(int, "unlinkat", (int, const char *, int));
    char path[PATH_MAX];
    if (!full(folder, given, path)) return real(folder, given, flags);
    pthread_mutex_lock(&lock);
    int failed = real(folder, given, flags), saved = errno;
    if (!failed) enter(flags & AT_REMOVEDIR ? RMDIR : UNLINK, path, NULL, NULL, 0, NULL, 0);
    errno = saved;
    pthread_mutex_unlock(&lock);
    return failed;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path)
{
    int failed = unlink(path);
    return failed && errno == EISDIR ? rmdir(path) : failed;
}

int mkdirat(int folder, const char *given, mode_t mode)
{
    REAL(int, "mkdirat", (int, const char *, mode_t));
    char path[PATH_MAX];
    struct stat state;
    if (!full(folder, given, path)) return real(folder, given, mode);
    pthread_mutex_lock(&lock);
    int failed = real(folder, given, mode), saved = errno;
    if (!failed && !fstatat(folder, given, &state, 0)) enter(MKDIR, path, NULL, &state, 0, NULL, 0);
    errno = saved;
    pthread_mutex_unlock(&lock);
    return failed;
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* ---- content */

static void wrote(int descriptor, const char *path, const void *data, ssize_t length, int64_t offset)
{
    struct stat state;
    int saved = errno;
    if (length > 0 && !fstat(descriptor, &state)) enter(WRITE, path, NULL, &state, offset, data, length);
    errno = saved;
}

ssize_t write(int descriptor, const void *data, size_t length)
{
    REAL(ssize_t, "write", (int, const void *, size_t));
    char path[PATH_MAX];
    struct stat state;
    if (!concerns(descriptor, &state, path)) return real(descriptor, data, length);
    pthread_mutex_lock(&lock);
    ssize_t done = real(descriptor, data, length);
    wrote(descriptor, path, data, done, done > 0 ? lseek(descriptor, 0, SEEK_CUR) - done : 0);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int descriptor, const void *data, size_t length, off64_t offset)
{
    REAL(ssize_t, "pwrite64", (int, const void *, size_t, off64_t));
    char path[PATH_MAX];
    struct stat state;
    if (!concerns(descriptor, &state, path)) return real(descriptor, data, length, offset);
    pthread_mutex_lock(&lock);
    ssize_t done = real(descriptor, data, length, offset);
    wrote(descriptor, path, data, done, offset);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int descriptor, const void *data, size_t length, off_t offset)
{
    return pwrite64(descriptor, data, length, offset);
}

static void wrote_parts(int descriptor, const char *path, const struct iovec *parts, ssize_t done, int64_t offset)
{
    for (; done > 0; parts++) {
        ssize_t length = (size_t)done < parts->iov_len ? done : (ssize_t)parts->iov_len;
        wrote(descriptor, path, parts->iov_base, length, offset);
        offset += length;
        done -= length;
    }
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    REAL(ssize_t, "writev", (int, const struct iovec *, int));
    char path[PATH_MAX];
    struct stat state;
    if (!concerns(descriptor, &state, path)) return real(descriptor, parts, count);
    pthread_mutex_lock(&lock);
    ssize_t done = real(descriptor, parts, count);
    wrote_parts(descriptor, path, parts, done, done > 0 ? lseek(descriptor, 0, SEEK_CUR) - done : 0);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off64_t offset)
{
    REAL(ssize_t, "pwritev64", (int, const struct iovec *, int, off64_t));
    char path[PATH_MAX];
    struct stat state;
    if (!concerns(descriptor, &state, path)) return real(descriptor, parts, count, offset);
    pthread_mutex_lock(&lock);
    ssize_t done = real(descriptor, parts, count, offset);
    wrote_parts(descriptor, path, parts, done, offset);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    return pwritev64(descriptor, parts, count, offset);
}

ssize_t pwritev64v2(int descriptor, const struct iovec *parts, int count, off64_t offset, int flags)
{
    REAL(ssize_t, "pwritev64v2", (int, const struct iovec *, int, off64_t, int));
    char path[PATH_MAX];
    struct stat state;
    if (!concerns(descriptor, &state, path)) return real(descriptor, parts, count, offset, flags);
    pthread_mutex_lock(&lock);
    ssize_t done = real(descriptor, parts, count, offset, flags);
    if (done > 0) unknown("pwritev2", path);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwritev2(int descriptor, const struct iovec *parts, int count, off_t offset, int flags)
{
    return pwritev64v2(descriptor, parts, count, offset, flags);
}

int ftruncate64(int descriptor, off64_t length)
{
    REAL(int, "ftruncate64", (int, off64_t));
    char path[PATH_MAX];
    struct stat state;
    if (!concerns(descriptor, &state, path)) return real(descriptor, length);
    pthread_mutex_lock(&lock);
    int failed = real(descriptor, length), saved = errno;
    if (!failed && !fstat(descriptor, &state)) enter(TRUNCATE, path, NULL, &state, length, NULL, 0);
    errno = saved;
    pthread_mutex_unlock(&lock);
    return failed;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

int truncate64(const char *given, off64_t length)
{
    REAL(int, "truncate64", (const char *, off64_t));
    char path[PATH_MAX];
    struct stat state;
    if (!full(AT_FDCWD, given, path)) return real(given, length);
    pthread_mutex_lock(&lock);
    int failed = real(given, length), saved = errno;
    if (!failed && !stat(given, &state)) enter(TRUNCATE, path, NULL, &state, length, NULL, 0);
    errno = saved;
    pthread_mutex_unlock(&lock);
    return failed;
}

int truncate(const char *path, off_t length) { return truncate64(path, length); }

/* Ways to change a file that nobody here takes; they are carried out, and the reader stops at them. */
#define NOT_MODELLED(result, name, parameters, arguments, descriptor) \
    result name parameters \
    { \
        REAL(result, #name, parameters); \
        char path[PATH_MAX]; \
        struct stat state; \
        result done = real arguments; \
        if (done >= 0 && concerns(descriptor, &state, path)) { \
            pthread_mutex_lock(&lock); \
            unknown(#name, path); \
            pthread_mutex_unlock(&lock); \
        } \
        return done; \
    }

NOT_MODELLED(ssize_t, sendfile, (int to, int from, off_t *at, size_t length), (to, from, at, length), to)
NOT_MODELLED(ssize_t, sendfile64, (int to, int from, off64_t *at, size_t length), (to, from, at, length), to)
NOT_MODELLED(ssize_t, copy_file_range,
             (int from, off64_t *at, int to, off64_t *there, size_t length, unsigned flags),
             (from, at, to, there, length, flags), to)
NOT_MODELLED(ssize_t, splice,
             (int from, off64_t *at, int to, off64_t *there, size_t length, unsigned flags),
             (from, at, to, there, length, flags), to)
NOT_MODELLED(int, fallocate, (int file, int mode, off_t at, off_t length), (file, mode, at, length), file)
NOT_MODELLED(int, fallocate64, (int file, int mode, off64_t at, off64_t length), (file, mode, at, length), file)
NOT_MODELLED(int, posix_fallocate, (int file, off_t at, off_t length), (file, at, length), file)
NOT_MODELLED(int, posix_fallocate64, (int file, off64_t at, off64_t length), (file, at, length), file)

void *mmap64(void *where, size_t length, int rights, int flags, int descriptor, off64_t offset)
{
    REAL(void *, "mmap64", (void *, size_t, int, int, int, off64_t));
    char path[PATH_MAX];
    struct stat state;
    void *made = real(where, length, rights, flags, descriptor, offset);
    int shared = (flags & MAP_TYPE) == MAP_SHARED || (flags & MAP_TYPE) == MAP_SHARED_VALIDATE;
    if (made != MAP_FAILED && shared && (rights & PROT_WRITE) && concerns(descriptor, &state, path)) {
        pthread_mutex_lock(&lock);
        enter(MAPPED, path, NULL, &state, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return made;
}

void *mmap(void *where, size_t length, int rights, int flags, int descriptor, off_t offset)
{
    return mmap64(where, length, rights, flags, descriptor, offset);
}

/* ---- flushes: entered when they have returned, so that nothing counts too early */

static int flushed(int descriptor, int (*real)(int))
{
    char path[PATH_MAX];
    struct stat state;
    if (!concerns(descriptor, &state, path)) return real(descriptor);
    pthread_mutex_lock(&lock);
    int failed = real(descriptor), saved = errno;
    if (!failed) enter(SYNC, path, NULL, &state, 0, NULL, 0);
    errno = saved;
    pthread_mutex_unlock(&lock);
    return failed;
}

int fsync(int descriptor)
{
    REAL(int, "fsync", (int));
    return flushed(descriptor, real);
}

int fdatasync(int descriptor)
{
    REAL(int, "fdatasync", (int));
    return flushed(descriptor, real);
}

static void flushed_all(const char *call)
{
    pthread_once(&once, begin);
    if (journal < 0) return;
    pthread_mutex_lock(&lock);
    unknown(call, "");
    pthread_mutex_unlock(&lock);
}

void sync(void)
{
    REAL(void, "sync", (void));
    real();
    flushed_all("sync");
}

int syncfs(int descriptor)
{
    REAL(int, "syncfs", (int));
    int failed = real(descriptor);
    flushed_all("syncfs");
    return failed;
}
