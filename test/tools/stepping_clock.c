// LD_PRELOAD: the wall clock, as a program and what it waits with see it, shifted by the nanoseconds in the file
// $STEPPING_CLOCK (an int64, mapped, so that a test can step the clock while the program waits).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define LOOK (20 * 1000000LL)  // ns between two looks at the file while something waits

static volatile int64_t *step(void) {
  static volatile int64_t none, *mapped;
  if (!mapped) {
    const char *name = getenv("STEPPING_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *memory = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
    mapped = memory == MAP_FAILED ? &none : memory;
  }
  return mapped;
}

static int64_t real_now(void) {
  struct timespec now;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return now.tv_sec * SECOND + now.tv_nsec;
}

static struct timespec spec(int64_t nanoseconds) {
  return (struct timespec){nanoseconds / SECOND, nanoseconds % SECOND};
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (clock != CLOCK_REALTIME) return syscall(SYS_clock_gettime, clock, now);
  *now = spec(real_now() + *step());
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int64_t nanoseconds = real_now() + *step();
  *now = (struct timeval){nanoseconds / SECOND, nanoseconds % SECOND / 1000};
  return 0;
}

time_t time(time_t *now) {
  time_t seconds = (real_now() + *step()) / SECOND;
  if (now) *now = seconds;
  return seconds;
}

// The kernel waits until the wall clock shows a time: here in short pieces, so that a step counts at once.
static int64_t left_until(const struct timespec *until, struct timespec *soon) {
  int64_t now = real_now(), left = until->tv_sec * SECOND + until->tv_nsec - (now + *step());
  *soon = spec(now + (left < LOOK ? left : LOOK));
  return left;
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until) {
  static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  if (until->tv_sec < SECOND) return real(cond, mutex, until);  // of the monotonic clock
  for (;;) {
    struct timespec soon;
    int64_t left = left_until(until, &soon);
    int result = real(cond, mutex, &soon);
    if (result != ETIMEDOUT || left <= LOOK) return result;
  }
}

int sem_timedwait(sem_t *sem, const struct timespec *until) {
  static int (*real)(sem_t *, const struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "sem_timedwait");
  for (;;) {
    struct timespec soon;
    int64_t left = left_until(until, &soon);
    if (!real(sem, &soon)) return 0;
    if (errno != ETIMEDOUT || left <= LOOK) return -1;
  }
}
