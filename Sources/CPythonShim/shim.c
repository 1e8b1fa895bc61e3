#define _GNU_SOURCE
#include "include/CPythonShim.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <link.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

long altan_send_descriptors(int socket, const void *bytes, unsigned long length, const int *descriptors, int count) {
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = length};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * 8)];
    } control;
    if (count > 8) {
        errno = EINVAL;
        return -1;
    }
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

int altan_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0); }

int altan_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int altan_close_from(unsigned int first) { return close_range(first, ~0U, 0); }

int altan_socket_pair(int sequential, int pair[2]) {
    return socketpair(AF_UNIX, (sequential ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, pair);
}

int altan_pipe(int pair[2]) { return pipe2(pair, O_CLOEXEC); }

int altan_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *position) {
    return remove(path);
}

int altan_remove_tree(const char *path) { return nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS); }

int altan_exit_code(int status) { return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status); }

// The first object is the program itself. Its code is mapped privately and never written, so that dropping the pages
// loses nothing.
static int give_back_code(struct dl_phdr_info *info, size_t size, void *unused) {
    long page = sysconf(_SC_PAGESIZE);
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0) continue;
        ElfW(Addr) start = (info->dlpi_addr + segment->p_vaddr) & ~(ElfW(Addr))(page - 1);
        ElfW(Addr) end = info->dlpi_addr + segment->p_vaddr + segment->p_filesz;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 1;
}

void altan_bound_free_memory(void) {
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
}

void altan_give_back_memory(void) {
    malloc_trim(0);
    dl_iterate_phdr(give_back_code, NULL);
}
