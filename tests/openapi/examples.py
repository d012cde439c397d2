"""Runs the programs of proto/EXAMPLES.md against real services, in each of the states that the page names.

    examples.py BIN      BIN: the directory of gatehouse-gateway, gatehouse-session and gatehousectl
"""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PAGE = pathlib.Path(__file__).resolve().parents[2] / "proto" / "EXAMPLES.md"
RUN = {"bash": ["bash", "-c"], "python": ["/usr/bin/python3", "-c"], "javascript": ["node", "--input-type=module", "-e"]}
EMAIL = "ada@example.org"
PASSWORD = "heron-on-a-post"
WAIT = 60


def programs():
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    if sorted(language for language, _ in blocks) != sorted(RUN):
        sys.exit(f"examples: {PAGE.name} has not one program in each of {sorted(RUN)}")
    return dict(blocks)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Services:
    """A gateway, a session service and a Redis of their own."""

    def __init__(self, binaries, directory):
        self.binaries = binaries
        self.directory = directory
        self.processes = {}
        made = subprocess.run([binaries / "gatehousectl", "credentials", "new", "catalog", "--scopes", "introspect", "--json"],
                              check=True, capture_output=True, text=True)
        asks = json.loads(made.stdout)
        made = subprocess.run([binaries / "gatehousectl", "credentials", "new", "gateway", "--scopes",
                               "login,introspect,revoke,admin", "--json"], check=True, capture_output=True, text=True)
        gateway = json.loads(made.stdout)
        session, public = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.session_url, self.gateway_url = f"http://{session}", f"http://{public}"
        self.credential = asks["credential"]
        self.environment = {
            "PATH": os.environ["PATH"], "APP_ENV": "testing", "SECRET_KEY": "of-this-test-alone-32-bytes-and-more",
            "DATA_DIR": str(directory), "REDIS_URL": f"unix://{directory}/redis.sock", "ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1",
            "SERVICE_CREDENTIALS": f"{asks['entry']},{gateway['entry']}", "SESSION_LISTEN": session, "SESSION_URL": session,
            "SESSION_CREDENTIAL": gateway["credential"], "GATEHOUSECTL_CREDENTIAL": gateway["credential"],
            "SESSION_ADMIN_LISTEN": f"unix:{directory}/session-admin.sock", "GATEWAY_LISTEN": public,
            "GATEWAY_ADMIN_LISTEN": f"unix:{directory}/gateway-admin.sock"}

    def start(self):
        self.spawn("redis-server", "redis-server", "--port", "0", "--unixsocket", f"{self.directory}/redis.sock", "--save", "",
                   "--dir", str(self.directory))
        for service in ("session", "gateway"):
            self.spawn(service, self.binaries / f"gatehouse-{service}")
            self.await_ready(service)
        subprocess.run([self.binaries / "gatehousectl", "users", "create", EMAIL, "--name", "Ada", "--role", "student",
                        "--password-stdin"], input=PASSWORD + "\n", text=True, check=True, capture_output=True, env=self.environment)

    def spawn(self, name, *command):
        environment = {**self.environment}
        del environment["GATEHOUSECTL_CREDENTIAL"]
        with open(self.directory / f"{name}.log", "wb") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def await_ready(self, service):
        command = ["curl", "-fs", "-m", "2", "--unix-socket", f"{self.directory}/{service}-admin.sock", "-o", "/dev/null",
                   "http://localhost/readyz"]
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            if subprocess.run(command, check=False).returncode == 0:
                return
            time.sleep(0.05)
        sys.exit(f"examples: {service} does not get ready:\n" + (self.directory / f"{service}.log").read_text())

    def stop(self, name):
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def sign_in(self):
        """(cookie, CSRF token)"""
        body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
        request = urllib.request.Request(self.gateway_url + "/auth/login", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=WAIT) as response:
            return response.headers["Set-Cookie"].split(";")[0], json.load(response)["csrf_token"]

    def sign_out(self, cookie, csrf_token):
        request = urllib.request.Request(self.gateway_url + "/auth/logout", b"", {"Cookie": cookie, "X-CSRF-Token": csrf_token})
        urllib.request.urlopen(request, timeout=WAIT).close()


def expect(services, cookie, state, one, batch, gateway):
    wanted = f"one: {one}\nbatch: {batch}\ngateway: {gateway}\n"
    environment = {"PATH": os.environ["PATH"], "SESSION_URL": services.session_url, "SESSION_CREDENTIAL": services.credential,
                   "GATEWAY_URL": services.gateway_url, "COOKIE": cookie}
    for language, program in programs().items():
        ran = subprocess.run([*RUN[language], program], check=False, capture_output=True, text=True, env=environment, timeout=WAIT)
        if ran.stdout != wanted or ran.returncode != 0:
            sys.exit(f"examples: {language}, {state}: wanted\n{wanted}and got\n{ran.stdout}{ran.stderr}")


def walk(services):
    services.start()
    cookie, csrf_token = services.sign_in()
    expect(services, cookie, "signed in", f"active {EMAIL}", f"active {EMAIL}, inactive", f"active {EMAIL}")
    services.sign_out(cookie, csrf_token)
    expect(services, cookie, "signed out", "inactive", "inactive, inactive", "inactive")
    cookie, _ = services.sign_in()
    services.stop("redis-server")
    expect(services, cookie, "Redis down", "not known", "not known, inactive", "not known")
    services.stop("session")
    expect(services, cookie, "session service down", "not known", "not known", "not known")
    services.stop("gateway")
    expect(services, cookie, "nobody there", "not known", "not known", "not known")


def main():
    with tempfile.TemporaryDirectory() as directory:
        services = Services(pathlib.Path(sys.argv[1]), pathlib.Path(directory))
        try:
            walk(services)
        finally:
            for name in list(services.processes):
                services.stop(name)
    print(f"examples: {len(RUN)} programs, each in 5 states")


if __name__ == "__main__":
    main()
