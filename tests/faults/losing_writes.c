/* A disk under power cuts: what was written to a file and not synced is gone when the process is killed.
 *
 * Writes are kept in the process until the file is synced, and laid over what is read meanwhile. Names
 * are as durable as the system makes them: only contents are lost. Each process finds that the system
 * was started for it, as after a power cut. After SYNCS_THAT_WORK of them, if that is in the
 * environment, syncs say that they are done and keep nothing.
 * Preloaded into brokers by tests/src/chaos. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct write {
    struct write *next;
    dev_t device;
    ino_t inode;
    off64_t offset;
    size_t length;
    char data[];
};

static atomic_long syncs;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* In the order of the writes. */
static struct write *first, **end = &first;

typedef ssize_t (*pwriter)(int, const void *, size_t, off64_t);
typedef ssize_t (*preader)(int, void *, size_t, off64_t);

static int is_of(const struct write *write, const struct stat *file) {
    return write->device == file->st_dev && write->inode == file->st_ino;
}

/* Forgets what waits for this file, after writing it if asked to. */
static int settle(int fd, int keep) {
    static pwriter real;
    if (!real) real = (pwriter)dlsym(RTLD_NEXT, "pwrite64");
    struct stat file;
    if (fstat(fd, &file) != 0) return -1;
    int result = 0;
    pthread_mutex_lock(&lock);
    for (struct write **at = &first; *at;) {
        struct write *write = *at;
        if (!is_of(write, &file)) {
            at = &write->next;
            continue;
        }
        for (size_t done = 0; keep && done < write->length;) {
            ssize_t more = real(fd, write->data + done, write->length - done, write->offset + done);
            if (more < 0) {
                result = -1;
                break;
            }
            done += more;
        }
        *at = write->next;
        if (end == &write->next) end = at;
        free(write);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    struct stat file;
    struct write *write = malloc(sizeof *write + length);
    if (!write || fstat(fd, &file) != 0) {
        free(write);
        return -1;
    }
    *write = (struct write){NULL, file.st_dev, file.st_ino, offset, length};
    memcpy(write->data, data, length);
    pthread_mutex_lock(&lock);
    *end = write;
    end = &write->next;
    pthread_mutex_unlock(&lock);
    return length;
}

ssize_t pread64(int fd, void *data, size_t length, off64_t offset) {
    static preader real;
    if (!real) real = (preader)dlsym(RTLD_NEXT, "pread64");
    struct stat file;
    ssize_t got = real(fd, data, length, offset);
    if (got < 0 || fstat(fd, &file) != 0) return got;
    pthread_mutex_lock(&lock);
    for (struct write *write = first; write; write = write->next) {
        off64_t from = write->offset > offset ? write->offset : offset;
        off64_t behind = write->offset + (off64_t)write->length;
        off64_t to = behind < offset + (off64_t)length ? behind : offset + (off64_t)length;
        if (!is_of(write, &file) || from >= to) continue;
        /* What lies between the end of the file and a write behind it is zeros. */
        if (from > offset + got) memset((char *)data + got, 0, from - offset - got);
        memcpy((char *)data + (from - offset), write->data + (from - write->offset), to - from);
        if (to > offset + got) got = to - offset;
    }
    pthread_mutex_unlock(&lock);
    return got;
}

static int sync_with(const char *name, int fd) {
    const char *limit = getenv("SYNCS_THAT_WORK");
    if (limit && atomic_fetch_add(&syncs, 1) >= atol(limit)) return 0;
    if (settle(fd, 1) != 0) return -1;
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}

int fdatasync(int fd) { return sync_with("fdatasync", fd); }

int fsync(int fd) { return sync_with("fsync", fd); }

/* A length is a name's business: it is kept, and what was written before is kept with it. */
int ftruncate64(int fd, off64_t length) {
    if (settle(fd, 1) != 0) return -1;
    return ((int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64"))(fd, length);
}

/* A name for the start of the system that nobody else has. */
static int boot_id(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int fd = memfd_create("boot_id", 0);
    if (fd < 0) return -1;
    dprintf(fd, "%ld-%ld-%ld\n", (long)getpid(), (long)now.tv_sec, now.tv_nsec);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* A file that begins anew has nothing of the one whose number it may have. */
int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    if (strcmp(path, "/proc/sys/kernel/random/boot_id") == 0) return boot_id();
    int fd = ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64"))(path, flags, mode);
    if (fd >= 0 && (flags & O_TRUNC)) settle(fd, 0);
    return fd;
}
