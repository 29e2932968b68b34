/* Comes between a gateway and its disk: writes and syncs of one folder fail when a test says so.
 *
 * What a synced file would hold after a power cut is kept beside it. A write is there once a sync after it succeeded; of
 * what a failed sync was to bring there, some pages are and others never will be, since the kernel takes them for clean.
 *
 * BAD_DISK_FOLDER: the folder, with a slash at its end.  BAD_DISK_ORDERS: the file with the struct below.
 * BAD_DISK_AFTER_POWER_CUT: the folder for what would be left of *.sqlite3 and *-wal.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct orders {
    int64_t write_error; /* errno; 0: none. */
    int64_t sync_error;
    int64_t open_error; /* Of opening to write, removing, renaming, making. */
    int64_t pass;       /* So many syncs, or writes where only these fail, pass first. */
    int64_t times;      /* So many fail then; negative: until told otherwise. */
    int64_t failed;     /* Told back. */
    int64_t synced;
};

#define FILES 64
#define PAGE 4096
#define PAGES 65536
/* Of each page whether it was written since a sync: shared by all processes, as the kernel's own notes are. */
struct file { char name[128]; unsigned char *dirty; int lock; };

static struct orders *orders;
static const char *folder, *after_cut;
static size_t folder_length;
static struct file files[FILES];
static unsigned draw = 7;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_open)(const char *, int, ...);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *), (*real_rename)(const char *, const char *);
static int (*real_link)(const char *, const char *), (*real_mkdir)(const char *, mode_t);
static int (*real_fallocate)(int, off_t, off_t);

__attribute__((constructor)) static void begin(void) {
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_open = dlsym(RTLD_NEXT, "open64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_rename = dlsym(RTLD_NEXT, "rename");
    real_link = dlsym(RTLD_NEXT, "link");
    real_mkdir = dlsym(RTLD_NEXT, "mkdir");
    real_fallocate = dlsym(RTLD_NEXT, "posix_fallocate64");
    const char *path = getenv("BAD_DISK_ORDERS"), *where = getenv("BAD_DISK_FOLDER");
    after_cut = getenv("BAD_DISK_AFTER_POWER_CUT");
    if (!path || !where || !after_cut) return;
    int fd = real_open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *map = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED) return;
    folder = where;
    folder_length = strlen(where);
    orders = map;
}

/* The file's name within the folder; NULL for every other file. */
static const char *name_of(int fd, char *buffer, size_t room) {
    if (!orders) return NULL;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, buffer, room - 1);
    if (length < 0) return NULL;
    buffer[length] = 0;
    return strncmp(buffer, folder, folder_length) ? NULL : buffer + folder_length;
}

static int is_inside(const char *path) { return orders && !strncmp(path, folder, folder_length); }

/* What is written there is shared memory, and never goes to a disk. */
static int is_shared_memory(const char *name) {
    size_t length = strlen(name);
    return length > 4 && !strcmp(name + length - 4, "-shm");
}

static void share(struct file *file) {
    char path[512];
    snprintf(path, sizeof path, "%s-%s.dirty", after_cut, file->name);
    file->lock = real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file->lock < 0 || real_ftruncate(file->lock, PAGES)) abort();
    file->dirty = mmap(NULL, PAGES, PROT_READ | PROT_WRITE, MAP_SHARED, file->lock, 0);
    if (file->dirty == MAP_FAILED) abort();
}

static struct file *kept(const char *name) {
    size_t length = strlen(name);
    int is_store = length > 8 && !strcmp(name + length - 8, ".sqlite3");
    if ((!is_store && !(length > 4 && !strcmp(name + length - 4, "-wal"))) || length >= sizeof files[0].name || strchr(name, '/'))
        return NULL;
    for (int i = 0; i < FILES; i++) {
        if (!files[i].name[0]) {
            strcpy(files[i].name, name);
            share(&files[i]);
        }
        if (!strcmp(files[i].name, name)) return &files[i];
    }
    return NULL;
}

static int fails(int64_t error) {
    if (!error || !orders->times) return 0;
    if (orders->pass > 0) { orders->pass--; return 0; }
    if (orders->times > 0) orders->times--;
    orders->failed++;
    return 1;
}

/* The kernel writes whole pages. */
static void wrote(struct file *file, off_t at, off_t end) {
    if (end > (off_t)PAGES * PAGE) abort();
    for (off_t page = at / PAGE; page * PAGE < end; page++) file->dirty[page] = 1;
}

static int left(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", after_cut, name);
    return real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/* Every page that was written since, by whichever process: all of them, or those that the drawing lets arrive. */
static void arrives(int fd, struct file *file, int whole) {
    char page[PAGE];
    if (flock(file->lock, LOCK_EX)) abort();
    int there = left(file->name);
    for (off_t number = 0; number < PAGES; number++) {
        unsigned char *next = memchr(file->dirty + number, 1, (size_t)(PAGES - number));
        if (!next) break;
        number = next - file->dirty;
        /* Before it is read: what another process writes from now on is for the next sync. */
        *next = 0;
        ssize_t got = pread(fd, page, PAGE, number * PAGE);
        if (got > 0 && (whole || rand_r(&draw) % 2) && real_pwrite(there, page, (size_t)got, number * PAGE) != got) abort();
    }
    struct stat now;
    if (whole && !fstat(fd, &now) && real_ftruncate(there, now.st_size)) abort();
    close(there);
    if (flock(file->lock, LOCK_UN)) abort();
}

static int synced(int fd, int (*real)(int)) {
    char buffer[512];
    const char *name = name_of(fd, buffer, sizeof buffer);
    if (!name) return real(fd);
    pthread_mutex_lock(&turn);
    struct file *file = kept(name);
    orders->synced++;
    int error = fails(orders->sync_error) ? (int)orders->sync_error : 0, result = -1;
    if (!error) result = real(fd);
    if (file) arrives(fd, file, !error);
    pthread_mutex_unlock(&turn);
    if (error) errno = error;
    return result;
}

int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

/* A disk that has no room takes the half of it. */
static ssize_t written(int fd, const void *bytes, size_t count, off_t at, int placed) {
    char buffer[512];
    const char *name = name_of(fd, buffer, sizeof buffer);
    if (!name || is_shared_memory(name)) return placed ? real_pwrite(fd, bytes, count, at) : real_write(fd, bytes, count);
    pthread_mutex_lock(&turn);
    int error = !orders->sync_error && fails(orders->write_error) ? (int)orders->write_error : 0;
    size_t taken = error ? (error == ENOSPC ? count / 2 : 0) : count;
    ssize_t result = !taken ? 0 : placed ? real_pwrite(fd, bytes, taken, at) : real_write(fd, bytes, taken);
    struct file *file = placed ? kept(name) : NULL;
    if (file && result > 0) wrote(file, at, at + result);
    pthread_mutex_unlock(&turn);
    if (!error) return result;
    errno = error;
    return -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return written(fd, bytes, count, at, 1); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) { return written(fd, bytes, count, at, 1); }
ssize_t write(int fd, const void *bytes, size_t count) { return written(fd, bytes, count, 0, 0); }

static int refused(const char *path) {
    if (!is_inside(path) || !orders->open_error || !orders->times) return 0;
    errno = (int)orders->open_error;
    return 1;
}

#define OPENS(NAME)                                                                   \
    int NAME(const char *path, int flags, ...) {                                      \
        va_list more;                                                                 \
        va_start(more, flags);                                                        \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                     \
        va_end(more);                                                                 \
        if (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) && refused(path)) return -1; \
        return real_open(path, flags, mode);                                          \
    }
OPENS(open)
OPENS(open64)

int ftruncate64(int fd, off_t length) {
    char buffer[512];
    const char *name = name_of(fd, buffer, sizeof buffer);
    if (name && !is_shared_memory(name) && orders->write_error && !orders->sync_error && orders->times) {
        errno = (int)orders->write_error;
        return -1;
    }
    return real_ftruncate(fd, length);
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int posix_fallocate64(int fd, off_t at, off_t length) {
    char buffer[512];
    const char *name = name_of(fd, buffer, sizeof buffer);
    if (name && orders->write_error && !orders->sync_error && orders->times) return (int)orders->write_error;
    return real_fallocate(fd, at, length);
}
int posix_fallocate(int fd, off_t at, off_t length) { return posix_fallocate64(fd, at, length); }

int unlink(const char *path) {
    if (refused(path)) return -1;
    int result = real_unlink(path);
    if (!result && is_inside(path)) {
        char there[512];
        pthread_mutex_lock(&turn);
        struct file *file = kept(path + folder_length);
        if (file) {
            memset(file->dirty, 0, PAGES);
            snprintf(there, sizeof there, "%s/%s", after_cut, file->name);
            real_unlink(there);
        }
        pthread_mutex_unlock(&turn);
    }
    return result;
}
int rename(const char *from, const char *to) { return refused(to) ? -1 : real_rename(from, to); }
int link(const char *from, const char *to) { return refused(to) ? -1 : real_link(from, to); }
int mkdir(const char *path, mode_t mode) { return refused(path) ? -1 : real_mkdir(path, mode); }
