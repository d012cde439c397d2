"""Who is measured: the product, and what else people would put in its place."""
import json
import os
import re
import secrets
import subprocess

from loading import ask
from processes import Trouble, connects, eventually, free_port, need

HERE = os.path.dirname(os.path.abspath(__file__))
PASSWORD = "correct horse 1"
ANSWER = ('{"success":true,"authenticated":true,"user":{"user_id":1,"full_name":"Jane Doe","email":"jane@example.org",'
          '"role":"student"},"csrf_token":"0123456789012345678901"}')
# The cheapest hash that APP_ENV=testing admits: what a sign-in costs besides becomes visible.
TINY_HASH = {"APP_ENV": "testing", "ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1"}


class Redis:
    def __init__(self, place, directory, cpu=None):
        self.socket = f"{directory}/redis.sock"
        argv = [need("redis-server", "redis-server"), "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir",
                directory, "--disable-thp", "no", *([] if cpu is None else ["--server_cpulist", str(cpu)])]
        self.process = place.start("redis", argv, directory, {"MALLOC_CONF": "thp:always"})   # as in compose.yaml
        eventually(lambda: connects(f"unix:{self.socket}"), 10, "redis")

    def cli(self, *words, stdin=None):
        ran = subprocess.run(["redis-cli", "-s", self.socket, *words], stdin=stdin, capture_output=True, text=True)
        if ran.returncode != 0 or "ERR" in ran.stdout[:80]:
            raise Trouble(f"redis-cli {words[0]}: {ran.stdout}{ran.stderr}")
        return ran.stdout.strip()

    def used_memory(self):
        return int(re.search(r"used_memory:(\d+)", self.cli("INFO", "memory"))[1])


class Mariadb:
    def __init__(self, place, directory, memory="128M"):
        """`memory`: for its pages; 128 MiB is its own default."""
        self.directory = directory
        self.socket = f"{directory}/mariadb.sock"
        user = ["--user=root"] if os.geteuid() == 0 else []
        data = f"{directory}/mariadb"
        made = subprocess.run([need("mariadb-install-db", "mariadb-server-core"), "--no-defaults", "--force",
                               "--skip-test-db", "--auth-root-authentication-method=normal", f"--datadir={data}",
                               f"--tmpdir={directory}", *user], capture_output=True, text=True)
        if made.returncode != 0:
            raise Trouble(f"mariadb-install-db: {made.stdout}{made.stderr}")
        self.password = secrets.token_urlsafe(24)
        with open(f"{directory}/init.sql", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as init:
            init.write("CREATE DATABASE IF NOT EXISTS gatehouse CHARACTER SET utf8mb4;\n"
                       f"CREATE OR REPLACE USER gatehouse@localhost IDENTIFIED BY '{self.password}';\n"
                       "GRANT ALL ON gatehouse.* TO gatehouse@localhost;\n")
        # No network and a socket in a directory of mode 0700: root has no password here.
        self.process = place.start("mariadb", [
            need("mariadbd", "mariadb-server-core"), "--no-defaults", f"--datadir={data}", f"--tmpdir={directory}",
            "--skip-networking", f"--socket={self.socket}", f"--pid-file={directory}/mariadb.pid",
            f"--init-file={directory}/init.sql", "--local-infile=1",
            f"--innodb-buffer-pool-size={memory}", *user], directory)
        eventually(lambda: connects(f"unix:{self.socket}"), 60, "mariadb")

    def env(self):
        return {"USER_STORE": "mysql", "DB_SOCKET": self.socket, "DB_USER": "gatehouse", "DB_NAME": "gatehouse",
                "DB_PASSWORD": self.password}

    def sql(self, text):
        ran = subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "--local-infile=1",
                              "--batch", "--skip-column-names", "gatehouse"], input=text, capture_output=True, text=True)
        if ran.returncode != 0:
            raise Trouble(f"mariadb: {ran.stderr}")
        return ran.stdout


class Gatehouse:
    """Both services. Production's defaults, logs to a file; what differs is in `env`."""

    def __init__(self, place, binaries, name="ours", link="unix", redis=None, mariadb=None, env=None):
        self.place, self.binaries, self.name = place, binaries, name
        self.redis, self.mariadb = redis, mariadb
        self.directory = place.directory(name)
        self.target = f"127.0.0.1:{free_port()}"
        self.session_target = f"unix:{self.directory}/session.sock" if link == "unix" else f"127.0.0.1:{free_port()}"
        made = json.loads(self.ctl_output({}, "credentials", "new", "bench", "--scopes", "login,introspect,revoke,admin",
                                          "--json"))
        self.credential = made["credential"]
        self.secret_key = secrets.token_urlsafe(32)
        shared = {"APP_ENV": "production", "SECRET_KEY": self.secret_key, **self.threads(), **(env or {})}
        stores = {"REDIS_URL": f"unix://{redis.socket}"} if redis else {"SESSION_STORE": "memory"}
        stores |= mariadb.env() if mariadb else {}
        self.session_env = shared | stores | {
            "DATA_DIR": self.directory, "SERVICE_CREDENTIALS": made["entry"], "SESSION_LISTEN": self.session_target,
            "SESSION_ADMIN_LISTEN": f"unix:{self.directory}/session-admin.sock"}
        self.gateway_env = shared | {
            "SESSION_CREDENTIAL": self.credential, "SESSION_URL": self.session_target, "GATEWAY_LISTEN": self.target,
            "GATEWAY_ADMIN_LISTEN": f"unix:{self.directory}/gateway-admin.sock", "LOGIN_RATE_LIMIT": "off"}
        self.start()
        self.wait_ready()

    @staticmethod
    def threads():
        return {"IO_THREADS": os.environ["IO_THREADS"]} if "IO_THREADS" in os.environ else {}

    def start(self):
        self.session = self.place.start("session", [f"{self.binaries}/gatehouse-session"], self.directory,
                                        self.session_env)
        self.gateway = self.place.start("gateway", [f"{self.binaries}/gatehouse-gateway"], self.directory,
                                        self.gateway_env)

    def stop(self):
        self.place.stop(self.gateway, self.session)

    def wait_ready(self):
        eventually(self.is_healthy, 60, f"{self.name} ready")

    def is_healthy(self):
        self.session.check()
        self.gateway.check()
        try:
            return ask(self.target, "GET", "/health")[0] == 200
        except OSError:
            return False

    def processes(self):
        stores = [store.process for store in (self.redis, self.mariadb) if store]
        return [self.gateway, self.session, *stores]

    def ctl_output(self, env, *words, stdin=""):
        ran = subprocess.run([f"{self.binaries}/gatehousectl", *words], input=stdin, capture_output=True, text=True,
                             cwd=self.directory, env={"PATH": os.environ["PATH"], "HOME": self.directory} | env)
        if ran.returncode != 0:
            raise Trouble(f"gatehousectl {' '.join(words[:2])}: {ran.stdout}{ran.stderr}")
        return ran.stdout

    def ctl(self, *words, stdin=""):
        env = {"SESSION_URL": self.session_target, "GATEHOUSECTL_CREDENTIAL": self.credential}
        return self.ctl_output(env, *words, stdin=stdin)

    def create_user(self, email="jane@example.org", name="Jane Doe"):
        self.ctl("users", "create", email, "--name", name, "--role", "student", "--password-stdin",
                 stdin=PASSWORD + "\n")

    def import_users(self, count):
        path = f"{self.directory}/users.jsonl"
        with open(path, "w") as out:
            for i in range(1, count + 1):
                out.write(json.dumps({"email": f"user{i}@example.org", "full_name": f"User {i}", "role": "student",
                                      "password": PASSWORD}) + "\n")
        self.ctl("users", "import", path)

    def sign_in(self, email="jane@example.org"):
        """The cookie, as a browser sends it."""
        status, headers, body = ask(self.target, "POST", "/auth/login", {"Content-Type": "application/json"},
                                    json.dumps({"email": email, "password": PASSWORD}))
        if status != 200:
            raise Trouble(f"{self.name}: no sign-in: {status} {body.decode()}")
        return headers["Set-Cookie"].partition(";")[0]


class NginxServer:
    """One nginx with one worker; `servers` are the http block's."""

    def __init__(self, place, name, servers, directory):
        temporary = " ".join(f"{kind}_temp_path {directory}/{kind};"
                             for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""   # the directory is for nobody else
        with open(f"{directory}/nginx.conf", "w") as conf:
            conf.write(f"""
{user} daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; {temporary}
    {servers}
}}
""")
        self.process = place.start(name, [need("nginx", "nginx"), "-e", f"{directory}/error.log", "-p", directory,
                                          "-c", f"{directory}/nginx.conf"], directory)


def static_server(port, path):
    """Answers a constant, over TCP and over a Unix socket."""
    return f"server {{ listen 127.0.0.1:{port}; listen unix:{path}; location / {{ " \
           f"default_type application/json; return 200 '{ANSWER}'; }} }}"


def proxy_server(port, upstream):
    """Hands everything on to `upstream` over connections that are kept."""
    return f"upstream up{port} {{ server {upstream}; keepalive 64; keepalive_requests 1000000000; }} " \
           f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://up{port}; " \
           'proxy_http_version 1.1; proxy_set_header Connection ""; } }'


class Hops:
    """A way through nginx: where it begins, and who serves it."""

    def __init__(self, port, *servers):
        self.target = f"127.0.0.1:{port}"
        self.servers = servers

    def processes(self):
        return [server.process for server in self.servers]


class Nginx:
    """Static answers; the same through a proxy in front: another nginx, as a gateway and a service are two, or the same
    worker, which then talks to itself."""

    def __init__(self, place):
        outer, local, own, inner, both = (free_port() for _ in range(5))
        inner_place, outer_place, both_place = (place.directory(name) for name in ("inner", "outer", "both"))
        back = NginxServer(place, "inner", static_server(inner, f"{inner_place}/nginx.sock"), inner_place)
        front = NginxServer(place, "outer", proxy_server(outer, f"127.0.0.1:{inner}") +
                            proxy_server(local, f"unix:{inner_place}/nginx.sock"), outer_place)
        one = NginxServer(place, "nginx", static_server(both, f"{both_place}/nginx.sock") +
                          proxy_server(own, f"127.0.0.1:{both}"), both_place)
        self.static = Hops(inner, back)
        self.tcp, self.unix = Hops(outer, front, back), Hops(local, front, back)
        self.one_worker = Hops(own, one)
        for way in (self.static, self.tcp, self.unix, self.one_worker):
            eventually(lambda way=way: connects(way.target), 10, "nginx")


class Bare:
    """Two hops and a look into Redis without a product (bare.cpp): what the sockets alone cost here."""

    def __init__(self, place, tools, cpu=None):
        directory = place.directory("bare" if cpu is None else "bare-one-core")
        self.redis = Redis(place, directory, cpu)
        self.redis.cli("SET", "bare", "x" * 89)
        self.target = f"127.0.0.1:{free_port()}"
        link = f"unix:{directory}/link.sock"
        program = [f"{tools}/bench_bare"] if cpu is None else ["taskset", "-c", str(cpu), f"{tools}/bench_bare"]
        self.back = place.start("back", [*program, "back", link, f"unix:{self.redis.socket}"], directory)
        eventually(lambda: connects(link), 10, "bare, the back")
        self.front = place.start("front", [*program, "front", self.target, link, ANSWER], directory)
        eventually(lambda: connects(self.target), 10, "bare, the front")

    def processes(self):
        return [self.front, self.back, self.redis.process]


class Fastify:
    """One Node process; its sessions in a Redis of its own."""

    def __init__(self, place):
        app = f"{HERE}/fastify"
        if not os.path.isdir(f"{app}/node_modules"):
            ran = subprocess.run([need("npm", "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=app,
                                 capture_output=True, text=True)
            if ran.returncode != 0:
                raise Trouble(f"npm ci in tests/bench/fastify: {ran.stderr}")
        directory = place.directory("fastify")
        self.redis = Redis(place, directory)
        port = free_port()
        self.target = f"127.0.0.1:{port}"
        env = {"PORT": str(port), "REDIS_SOCKET": self.redis.socket, "SECRET": secrets.token_urlsafe(32),
               "NODE_ENV": "production"}
        self.process = place.start("node", [need("node", "nodejs"), f"{app}/app.mjs"], directory, env)

        def listens():
            self.process.check()
            return connects(self.target)
        eventually(listens, 20, "fastify")

    def sign_in(self):
        status, headers, _ = ask(self.target, "POST", "/auth/login")
        if status != 200:
            raise Trouble(f"fastify: no sign-in: {status}")
        return headers["Set-Cookie"].partition(";")[0]

    def processes(self):
        return [self.process, self.redis.process]
