#include "lexicell/io/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace lexicell {

namespace {

constexpr std::int64_t least_memory = 4 << 20;  // with less not even a refusal can be put into words

std::int64_t number_in(const char* path) {
    std::ifstream in(path);
    std::int64_t value = -1;
    in >> value;  // "max" leaves -1
    return in ? value : -1;
}

std::int64_t address_space_in_use() {
    const std::int64_t pages = number_in("/proc/self/statm");
    return pages < 0 ? 0 : pages * ::sysconf(_SC_PAGESIZE);
}

// A stack that must grow when the address space is used up is a segmentation fault, not a failed allocation.
[[gnu::noinline]] void grow_stack() {
    volatile char room[1 << 20];
    for (std::size_t at = 0; at < sizeof room; at += 4096) room[at] = 0;
}

void limit(int resource, rlim_t value) {
    rlimit now;
    if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
    now.rlim_cur = std::min(value, now.rlim_max);
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

// The system calls refused with EPERM. A list of what is refused, not of what is allowed: the C library and the
// sanitizers may use what they like of the rest, and none of it leads out of the process.
const std::vector<long> refused_always = {
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_sendmmsg,
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_open, SYS_pidfd_getfd,
    SYS_kill, SYS_tkill, SYS_mount, SYS_umount2, SYS_unshare, SYS_setns, SYS_bpf, SYS_userfaultfd, SYS_perf_event_open, SYS_io_uring_setup,
    SYS_keyctl, SYS_add_key, SYS_request_key,
#ifdef SYS_fork
    SYS_fork, SYS_vfork,
#endif
};
const std::vector<long> refused_without_write = {
    SYS_unlinkat, SYS_renameat2, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_truncate, SYS_fchmodat, SYS_fchownat, SYS_utimensat, SYS_openat2,
#ifdef SYS_unlink
    SYS_unlink, SYS_rename, SYS_renameat, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink, SYS_chmod, SYS_chown, SYS_lchown, SYS_creat,
#endif
};

#if defined(__x86_64__)
constexpr unsigned machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned machine = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned machine = 0;
#endif

void refuse_system_calls(bool may_write) {
    if (machine == 0) return;
    const auto load = [](std::size_t offset) { return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset)); };
    const sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    const sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    std::vector<sock_filter> program = {
        load(offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 1, 0),
        refuse,
        load(offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1),  // the x32 calls would slip past the numbers below
        refuse,
    };
    const auto refuse_call = [&](long call) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
        program.push_back(refuse);
    };
    for (const long call : refused_always) refuse_call(call);
    // The C library falls back from clone3, whose flags a filter cannot see, to clone.
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(SYS_clone3), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    // clone makes threads as well as processes; a process is one without CLONE_THREAD.
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(SYS_clone), 0, 4));
    program.push_back(load(offsetof(seccomp_data, args)));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x00010000u, 1, 0));
    program.push_back(refuse);
    program.push_back(allow);
    if (!may_write) {
        for (const long call : refused_without_write) refuse_call(call);
        const auto refuse_open_for_writing = [&](long call, std::size_t flags) {
            program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 4));
            program.push_back(load(offsetof(seccomp_data, args) + 8 * flags));
            program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1));
            program.push_back(refuse);
            program.push_back(allow);
        };
        refuse_open_for_writing(SYS_openat, 2);
#ifdef SYS_open
        refuse_open_for_writing(SYS_open, 1);
#endif
    }
    program.push_back(allow);
    sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

}  // namespace

std::int64_t available_memory() {
    std::int64_t bytes = std::numeric_limits<std::int64_t>::max();
    std::ifstream in("/proc/meminfo");
    for (std::string name; in >> name;) {
        if (name == "MemAvailable:") {
            std::int64_t kib = 0;
            in >> kib;
            bytes = kib * 1024;
            break;
        }
        in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    const std::int64_t most = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
    if (most > 0 && used >= 0) bytes = std::min(bytes, std::max<std::int64_t>(0, most - used));
    return bytes;
}

void enter_sandbox(const SandboxOptions& options) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU}) ::signal(signal, SIG_DFL);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);  // the parent decides, and kills
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    limit(RLIMIT_CORE, 0);
    grow_stack();
    const std::int64_t in_use = address_space_in_use(), more = std::max(options.memory_bytes, least_memory);
    if (more < std::numeric_limits<std::int64_t>::max() - in_use) limit(RLIMIT_AS, static_cast<rlim_t>(in_use + more));
    limit(RLIMIT_CPU, static_cast<rlim_t>(std::ceil(options.cpu_seconds)));
    refuse_system_calls(options.may_write);
}

}  // namespace lexicell
