/*
 * A disk that dies: after SYNCS_THAT_WORK of them, fsync and fdatasync report an I/O error.
 * Preloaded into a broker by tests/tests/end_to_end/disk_fails.rs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_long syncs;

static int sync_or_fail(const char *name, int descriptor)
{
    const char *limit = getenv("SYNCS_THAT_WORK");
    int (*really)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

    if (really == NULL || (limit != NULL && atomic_fetch_add(&syncs, 1) >= atol(limit))) {
        errno = EIO;
        return -1;
    }
    return really(descriptor);
}

int fsync(int descriptor)
{
    return sync_or_fail("fsync", descriptor);
}

int fdatasync(int descriptor)
{
    return sync_or_fail("fdatasync", descriptor);
}
