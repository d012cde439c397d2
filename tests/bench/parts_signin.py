"""Sign-ins: how many, against what the hash alone allows; and what one costs besides the hash."""
import json
import os
import statistics
import subprocess

from contestants import PASSWORD, TINY_HASH, Gatehouse, Mariadb, Redis
from loading import Script, ask, masked, request
from processes import Trouble
from rounds import Case, run_rounds, table

ACCOUNTS = 500


def login_script(build, numbers):
    """A sign-in of each of these users in turn; the CSRF token is never the same."""
    requests, expected = [], []
    pattern = None
    for i in numbers:
        body = json.dumps({"email": f"user{i}@example.org", "password": PASSWORD}).encode()
        if pattern is None:
            status, _, answer = ask(build.target, "POST", "/auth/login", {"Content-Type": "application/json"}, body)
            if status != 200:
                raise Trouble(f"{build.name}: no sign-in: {status} {answer.decode()}")
            first, offset = i, json.loads(answer)["user"]["user_id"] - i
            pattern = masked(answer, "csrf_token")
        own = pattern.replace(b'"user_id":%d,' % (first + offset), b'"user_id":%d,' % (i + offset))
        own = own.replace(b"user%d@" % first, b"user%d@" % i).replace(b"User %d" % first, b"User %d" % i)
        requests.append(request("POST", "/auth/login", {}, body))
        expected.append((200, own))
    return Script(requests, expected)


def bare_hash(bench, threads, seconds, kib=19456, passes=2, which="kept"):
    """Hashes a second, and CPU microseconds of one: "plain" as libsodium makes it, "kept" as we do."""
    ran = subprocess.run([f"{bench.tools}/bench_hash_rate", which, str(threads), str(seconds), str(kib), str(passes)],
                         capture_output=True, text=True, check=True)
    return tuple(map(float, ran.stdout.split()))


def rate(bench):
    builds = {}
    for name, binaries in bench.products.items():
        redis = Redis(bench.place, bench.place.directory(f"redis-signin-{name}"))
        build = builds[name] = Gatehouse(bench.place, binaries, f"signin-{name}", bench.options.link, redis)
        build.import_users(ACCOUNTS)
        build.logins = login_script(build, range(1, ACCOUNTS + 1))
    cores = os.cpu_count()
    plain, kept, logins, own = [], [], {name: [] for name in builds}, {name: [] for name in builds}
    for _ in range(bench.rounds):
        plain.append(bare_hash(bench, cores, bench.seconds, which="plain")[0])
        kept.append(bare_hash(bench, cores, bench.seconds)[0])
        for name, build in builds.items():
            result = bench.generator.run(build.target, build.logins, connections=8, seconds=bench.seconds)
            logins[name].append(result["per_second"])
            own[name].append(100 * result["own_cpu_s"] / result["seconds"])
    lines = [f"| {ACCOUNTS} accounts, 8 connections, {cores} cores | a second | of libsodium's bare hashes | of those with kept memory | "
             "generator's CPU, % of a core |", "|---|---|---|---|---|"]
    hashes = [("libsodium's hash", plain), ("the hash with its memory kept", kept)]
    for name, seen in hashes + [(f"{name}: sign-ins", seen) for name, seen in logins.items()]:
        middle = statistics.median(seen)
        shares = [f"{100 * middle / statistics.median(hashed):.1f} %" for hashed in (plain, kept)]
        generator = f"{statistics.median(own[name.split(':')[0]]):.1f}" if ":" in name else "-"
        lines.append(f"| {name} | {middle:.1f} | {' | '.join(shares)} | {generator} |")
    bench.say("Sign-ins", "\n".join(lines))
    for build in builds.values():
        build.stop()


def tiny(bench, name, mariadb=None, binaries=None):
    """A build whose hash costs next to nothing, with a Redis, on SQLite or MySQL."""
    directory = bench.place.directory(f"stores-{name}")
    return Gatehouse(bench.place, binaries or bench.binaries, name, bench.options.link, Redis(bench.place, directory), mariadb,
                     TINY_HASH)


def cost_rows(bench, cases):
    """The table of sign-ins with the tiny hash, and what is beyond it in our two services."""
    _, hash_us = bare_hash(bench, 1, 1, int(TINY_HASH["ARGON2_MEMORY_KIB"]), int(TINY_HASH["ARGON2_PASSES"]))
    notes = [f"The bare hash with these parameters: {hash_us:.0f} us. Beyond it, both services: "]
    notes += [f"{case.title}: {(case.part('gateway') + case.part('session') - hash_us) / 1000:.3f} ms; " for case in cases]
    return table(cases) + "\n\n" + "".join(notes).rstrip("; ") + "."


def cost(bench):
    cases = []
    for store in ("SQLite", "MySQL"):
        for product, binaries in bench.products.items():
            name = f"{product}-{store}"
            mariadb = Mariadb(bench.place, bench.place.directory(f"mariadb-{name}")) if store == "MySQL" else None
            build = tiny(bench, name, mariadb, binaries)
            build.import_users(ACCOUNTS)
            script = login_script(build, range(1, ACCOUNTS + 1))
            cases.append(Case(f"{product}: sign-in on {store}, c8", build, build.target, script, 8))
    run_rounds(cases, bench.generator, bench.rounds, bench.seconds)
    bench.say("A sign-in beyond the hash (minimal hash parameters)", cost_rows(bench, cases))
