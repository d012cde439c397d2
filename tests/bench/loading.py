"""Runs the load generator (load/) and looks at what it says."""
import dataclasses
import http.client
import json
import re
import socket
import subprocess

from processes import Trouble


class UnixHTTPConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def ask(target, method, path, headers=None, body=None):
    """One request: status, headers, body."""
    if target.startswith("unix:"):
        connection = UnixHTTPConnection(target[5:])
    else:
        connection = http.client.HTTPConnection(target, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def request(method, path, headers=None, body=b""):
    """As it goes over the wire."""
    fields = {"Host": "127.0.0.1"} | (headers or {})
    if body:
        fields |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + body


ANY = b"\x01"   # in an expected body: any byte


def masked(body, *members):
    """`body` with the values of these JSON members left open."""
    for member in members:
        pattern = rb'("%s":"?)([^",}]+)' % member.encode()
        body = re.sub(pattern, lambda found: found[1] + ANY * len(found[2]), body)
    return body


@dataclasses.dataclass
class Script:
    requests: list
    expected: list   # (status, body), one for all or one for each request

    def write(self, directory, name):
        with open(f"{directory}/{name}.requests", "wb") as out:
            for one in self.requests:
                out.write(b"%d\n%s" % (len(one), one))
        with open(f"{directory}/{name}.expected", "wb") as out:
            for status, body in self.expected:
                out.write(b"%d %d\n%s" % (status, len(body), body))
        return ["--requests", f"{directory}/{name}.requests", "--expected", f"{directory}/{name}.expected"]


class Generator:
    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.written = {}

    def arguments(self, target, script):
        if id(script) not in self.written:
            self.written[id(script)] = script, script.write(self.directory, str(len(self.written)))
        return [self.program, "--target", target, *self.written[id(script)][1]]

    def run(self, target, script, **options):
        """What it measured. One wrong answer, or a lost connection, and there is nothing."""
        argv = self.arguments(target, script)
        for name, value in options.items():
            if value is not None:
                argv += [f"--{name}", str(value)]
        ran = subprocess.run(argv, capture_output=True, text=True)
        if ran.returncode == 3:
            raise Trouble(f"thrown out: {json.loads(ran.stdout)['wrong']} wrong answers from {target}")
        if ran.returncode != 0:
            raise Trouble(f"the load generator failed on {target}: {ran.stderr.strip()}")
        return json.loads(ran.stdout)

    def verify(self, target, script):
        """Every request once, before anything is measured."""
        self.run(target, script, connections=min(8, len(script.requests)), count=len(script.requests))

    def hold(self, target, script, connections):
        """That many connections, each of which has had one answer; they close with the returned process' input."""
        argv = [*self.arguments(target, script), "--connections", str(connections), "--hold"]
        held = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = held.stdout.readline()
        if not line or json.loads(line)["wrong"]:
            raise Trouble(f"{connections} connections to {target} could not be held")
        return held
