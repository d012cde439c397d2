"""What a request costs: the check, refused cookies, the session service asked directly."""
import json
import os

from loading import Script, ask, masked, request
from processes import Trouble
from contestants import Bare, Fastify, Gatehouse, Nginx, Redis
from rounds import Case, run_rounds, table

CHECK = "/auth/check"
YARD = "nginx -> nginx"
ONE_WORKER = f"{YARD}, one worker for both"
BARE = "bare: two hops, Redis, no product"


def check_script(target, cookie):
    """The check with this cookie, and the answer that a person would call right."""
    headers = {"Cookie": cookie}
    status, _, body = ask(target, "GET", CHECK, headers)
    answer = json.loads(body)
    if status != 200 or answer["authenticated"] is not True or answer["user"]["email"] != "jane@example.org":
        raise Trouble(f"{target}{CHECK} answers {status} {body.decode()}")
    return Script([request("GET", CHECK, headers)], [(200, body)])


def refusal_script(target, headers):
    status, _, body = ask(target, "GET", CHECK, headers)
    if status != 401 or json.loads(body).get("authenticated") is True:
        raise Trouble(f"{target}{CHECK} does not refuse: {status} {body.decode()}")
    return Script([request("GET", CHECK, headers)], [(401, masked(body, "request_id"))])


def forged(cookie):
    """With another MAC, of the same form."""
    return cookie[:-22] + ("A" if cookie[-22] != "A" else "B") + cookie[-21:]


class Contestants:
    """Those that are measured side by side; each product's build with a Redis and an account of its own."""

    def __init__(self, bench):
        self.builds = [product(bench, name, binaries) for name, binaries in bench.products.items()]
        self.nginx = Nginx(bench.place)
        self.cookies = {build: build.sign_in() for build in self.builds}
        self.static = Script([request("GET", CHECK)], [(200, ask(self.nginx.static.target, "GET", CHECK)[2])])
        self.bare = Bare(bench.place, bench.tools)
        self.fastify = Fastify(bench.place)
        self.fastify_script = check_script(self.fastify.target, self.fastify.sign_in())

    def check_of(self, build):
        return check_script(build.target, self.cookies[build])


def product(bench, name, binaries, env=None, cpu=None):
    redis = Redis(bench.place, bench.place.directory(f"redis-{name}"), cpu)
    if cpu is not None:
        env = (env or {}) | {"IO_CPUS": str(cpu)}
    made = Gatehouse(bench.place, binaries, name, bench.options.link, redis, env=env)
    made.create_user()
    return made


def static_case(all_, name, hops, connections, rate=None):
    """Of those that answer a constant."""
    at = f", {rate}/s" if rate else f", c{connections}"
    return Case(name + at, hops, hops.target, all_.static, connections, rate, YARD + at)


def check_cases(all_, connections):
    at = f", c{connections}"
    yard = YARD + at
    cases = [Case(f"{build.name}: check{at}", build, build.target, all_.check_of(build), connections, yardstick=yard)
             for build in all_.builds]
    return cases + [
        static_case(all_, YARD, all_.nginx.tcp, connections),
        static_case(all_, f"{YARD}, Unix socket", all_.nginx.unix, connections),
        static_case(all_, ONE_WORKER, all_.nginx.one_worker, connections),
        static_case(all_, BARE, all_.bare, connections),
        static_case(all_, "nginx static", all_.nginx.static, connections),
        Case(f"fastify: check{at}", all_.fastify, all_.fastify.target, all_.fastify_script, connections,
             yardstick=yard)]


def open_cases(all_, rate=3000):
    at = f", {rate}/s"
    yard = YARD + at
    cases = [Case(f"{build.name}: check{at}", build, build.target, all_.check_of(build), 32, rate, yard)
             for build in all_.builds]
    return [*cases, static_case(all_, YARD, all_.nginx.tcp, 32, rate),
            static_case(all_, ONE_WORKER, all_.nginx.one_worker, 32, rate),
            static_case(all_, BARE, all_.bare, 32, rate),
            Case(f"fastify: check{at}", all_.fastify, all_.fastify.target, all_.fastify_script, 32, rate, yard)]


def refused_cases(all_):
    yard = "nginx static, c32"
    cases = []
    for build in all_.builds:
        bad = refusal_script(build.target, {"Cookie": forged(all_.cookies[build])})
        absent = refusal_script(build.target, {})
        cases += [Case(f"{build.name}: forged cookie, c32", build, build.target, bad, yardstick=yard),
                  Case(f"{build.name}: no cookie, c32", build, build.target, absent, yardstick=yard)]
    return cases


def introspect_script(build, bodies):
    headers = {"Authorization": f"Bearer {build.credential}", "Content-Type": "application/json"}
    requests, expected = [], []
    for body in bodies:
        status, _, answer = ask(build.session_target, "POST", "/v1/sessions/introspect", headers, body)
        found = json.loads(answer)
        if status != 200 or not all(item["active"] for item in found.get("items", [found])):
            raise Trouble(f"{build.name}: introspect answers {status}")
        requests.append(request("POST", "/v1/sessions/introspect", {"Authorization": headers["Authorization"]},
                                body.encode()))
        expected.append((200, masked(answer, "exp")))   # which a touch moves
    return Script(requests, expected)


def introspect_cases(all_):
    yard = "fastify: check, c32"
    cases = []
    for build in all_.builds:
        tokens = [all_.cookies[build].partition("=")[2]]
        build.import_users(99)
        tokens += [build.sign_in(f"user{i}@example.org").partition("=")[2] for i in range(1, 100)]
        one = introspect_script(build, [json.dumps({"token": token}) for token in tokens[:1]])
        batch = introspect_script(build, [json.dumps({"items": [{"token": token} for token in tokens]})])
        cases += [Case(f"{build.name}: introspect, c32", build, build.session_target, one, yardstick=yard),
                  Case(f"{build.name}: introspect, per token of 100, c32", build, build.session_target, batch,
                       yardstick=yard, per=len(tokens))]
    return cases


def run(bench):
    """Everything of one table goes into the same rounds."""
    wanted = bench.wanted
    all_ = Contestants(bench)
    cases = []
    if "check" in wanted:
        cases += check_cases(all_, 32) + check_cases(all_, 1)
    if "open" in wanted:
        cases += open_cases(all_)
    if "refused" in wanted:
        cases += refused_cases(all_)
    if "introspect" in wanted:
        cases += introspect_cases(all_)
    titles = {case.title for case in cases}
    for yard in check_cases(all_, 32):
        if yard.title not in titles and any(case.yardstick == yard.title for case in cases):
            cases.append(yard)
    run_rounds(cases, bench.generator, bench.rounds, bench.seconds)
    bench.say("Requests", table(cases))


def cores(bench):
    """Gateway, session service and Redis where the kernel puts them, and all on one core, as nginx' one worker is."""
    cpu = max(os.sched_getaffinity(0))
    anywhere = product(bench, "ours", bench.binaries)
    together = product(bench, "ours-one-core", bench.binaries, cpu=cpu)
    nginx = Nginx(bench.place)
    static = Script([request("GET", CHECK)], [(200, ask(nginx.static.target, "GET", CHECK)[2])])
    targets = [(name, hops, hops.target, static) for name, hops in (
        (YARD, nginx.tcp), (ONE_WORKER, nginx.one_worker))]
    targets += [(f"{build.name}: check", build, build.target, check_script(build.target, build.sign_in()))
                for build in (anywhere, together)]
    targets += [(name, bare, bare.target, static) for name, bare in (
        ("bare", Bare(bench.place, bench.tools)), ("bare-one-core", Bare(bench.place, bench.tools, cpu)))]
    cases = [Case(name + at, build, target, script, connections, rate, YARD + at)
             for at, connections, rate in ((", c32", 32, None), (", c1", 1, None), (", 3000/s", 32, 3000))
             for name, build, target, script in targets]
    run_rounds(cases, bench.generator, bench.rounds, bench.seconds)
    bench.say("On one core", table(cases))


def threads(bench):
    """One event loop a service, and two."""
    cases = []
    for count in (1, 2):
        build = product(bench, f"ours-{count}", bench.binaries, {"IO_THREADS": str(count)})
        script = check_script(build.target, build.sign_in())
        cases += [Case(f"IO_THREADS={count}: check, c{connections}", build, build.target, script, connections,
                       yardstick=f"IO_THREADS=1: check, c{connections}") for connections in (1, 32)]
    run_rounds(cases, bench.generator, bench.rounds, bench.seconds)
    bench.say("One and two event loops a service", table(cases))
