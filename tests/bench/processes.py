"""The processes of a run: private, in one directory, gone when it ends, however it ends."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Trouble(Exception):
    """What the person at the terminal is told; nothing was measured."""


def need(program, package):
    found = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
    if not found:
        raise Trouble(f"{program} is missing: deploy/install-deps bench installs it ({package})")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Trouble(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def connects(target):
    """Whether somebody listens on "unix:PATH" or "ADDRESS:PORT"."""
    local = target.startswith("unix:")
    with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as probe:
        host, _, port = target.rpartition(":")
        return probe.connect_ex(target[5:] if local else (host, int(port))) == 0


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def cpu_clock(pid):
    clock = ctypes.c_int()
    if LIBC.clock_getcpuclockid(pid, ctypes.byref(clock)) != 0:
        raise Trouble(f"process {pid} has ended")
    return clock.value


class Process:
    def __init__(self, name, argv, env, log):
        self.name = name
        self.log = log
        # A session of its own: Ctrl-C reaches the driver alone, which stops everything in order.
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          start_new_session=True, preexec_fn=die_with_parent)

    def pids(self):
        """It and its children, such as the workers of nginx."""
        found = [self.popen.pid]
        for pid in found:
            try:
                with open(f"/proc/{pid}/task/{pid}/children") as children:
                    found += map(int, children.read().split())
            except OSError:
                pass
        return found

    def check(self):
        if self.popen.poll() is not None:
            raise Trouble(f"{self.name} has ended, code {self.popen.returncode}: {self.last_words()}")

    def last_words(self):
        with open(self.log, errors="replace") as log:
            return "".join(log.readlines()[-4:])

    def cpu(self):
        """User and system seconds of all its threads, those that have ended too. In nanoseconds: /proc/PID/stat rounds to
        ticks of 10 ms."""
        return sum(time.clock_gettime(cpu_clock(pid)) for pid in self.pids())

    def memory(self):
        """RSS and PSS in KiB."""
        sums = {"Rss": 0, "Pss": 0}
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup") as rollup:
                for line in rollup:
                    name = line.partition(":")[0]
                    if name in sums:
                        sums[name] += int(line.split()[1])
        return sums["Rss"], sums["Pss"]

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(20)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()


class Workplace:
    """A directory and what runs in it."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="gh-bench-")
        self.processes = []
        self.directories = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_all()
        shutil.rmtree(self.path, ignore_errors=True)

    def directory(self, name):
        self.directories += 1
        path = f"{self.path}/{self.directories}-{name}"
        os.mkdir(path, 0o700)
        return path

    def start(self, name, argv, directory, env=None):
        clean = {"PATH": os.environ["PATH"], "HOME": directory, "LC_ALL": "C.UTF-8"}
        process = Process(name, argv, clean | (env or {}), f"{directory}/{name}.log")
        self.processes.append(process)
        return process

    def stop(self, *processes):
        for process in processes:
            process.stop()
            self.processes.remove(process)

    def stop_all(self):
        self.stop(*reversed(self.processes))
