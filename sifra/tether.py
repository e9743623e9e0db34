"""Run a command that cannot outlive the process that started it.

`python tether.py <pid of the parent> <command> [argument …]` asks the kernel (Linux, `PR_SET_PDEATHSIG`) to
kill this process when its parent dies, and becomes the command; the request survives `exec`. So nothing keeps
the ports when `sifra up` itself is killed with SIGKILL and can no longer stop its children. Elsewhere than on
Linux the command just runs. The wrapper is a file of its own, run with `-I -S`, because code between `fork`
and `exec` (`preexec_fn`) is unsafe in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Tie this process to its parent, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died before the request was made.
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main()
