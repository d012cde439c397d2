"""Whether cost stays flat: checks with up to 10^6 sessions in Redis, sign-ins with 10^6 users and 10^7 attempts."""
import dataclasses
import hashlib
import json
import os
import random
import sqlite3
import subprocess

from contestants import TINY_HASH, Gatehouse, Mariadb, Redis
from loading import Script, ask, masked, request
from parts_signin import cost_rows, login_script, tiny
from processes import Trouble
from rounds import Case, run_rounds, table

COOKIES = 50_000    # a run asks with so many: of fewer sessions, with each of them as many times
SIGN_INS = 500      # and sign-ins over so many users
DAY_MS = 86_400_000


def fill_redis(bench, build, count):
    """That many users with one session each, by the script that the product itself runs; their cookies, and how many
    bytes Redis took for each."""
    program = f"{bench.tools}/bench_sessions"
    script = subprocess.run([program, "script"], capture_output=True, text=True, check=True).stdout
    with open(f"{build.directory}/create.lua", "w+") as file:
        file.write(script)
        file.seek(0)
        digest = build.redis.cli("-x", "SCRIPT", "LOAD", stdin=file)
    before = build.redis.used_memory()
    path = f"{build.directory}/cookies"
    made = subprocess.Popen([program, str(count), str(COOKIES), path, digest], stdout=subprocess.PIPE,
                            env={"SECRET_KEY": build.secret_key})
    said = build.redis.cli("--pipe", stdin=made.stdout)
    if made.wait() != 0 or f"errors: 0, replies: {count}" not in said:
        raise Trouble(f"redis-cli --pipe: {said}")
    with open(path) as cookies:
        return [line.split() for line in cookies], (build.redis.used_memory() - before) / count


def checks_script(build, cookies):
    """Checks with the cookies in random order, and each one's own user as the answer. Always as many, so that the load
    generator takes as much of the caches with a thousand sessions as with a million."""
    cookies = cookies * (COOKIES // len(cookies))
    random.Random(1).shuffle(cookies)
    headers = [{"Cookie": f"__Host-session={value}"} for _, value in cookies]
    status, _, body = ask(build.target, "GET", "/auth/check", headers[0])
    answer = json.loads(body)
    if status != 200 or answer["user"]["email"] != f"user{cookies[0][0]}@example.org":
        raise Trouble(f"a session made in bulk is not one: {status} {body.decode()}")
    expected = []
    for user, _ in cookies:
        answer["user"] |= {"user_id": int(user), "email": f"user{user}@example.org", "full_name": f"User {user}"}
        expected.append((200, masked(json.dumps(answer, separators=(",", ":")).encode(), "csrf_token")))
    return Script([request("GET", "/auth/check", header) for header in headers], expected)


def sessions(bench):
    cases, notes, builds = [], [], []
    for count in (1000, 100_000) if bench.options.quick else (1000, 100_000, 1_000_000):
        build = Gatehouse(bench.place, bench.binaries, f"sessions-{count}", bench.options.link,
                          Redis(bench.place, bench.place.directory(f"redis-{count}")))
        builds.append(build)
        cookies, size = fill_redis(bench, build, count)
        notes.append(f"{count} sessions: {size:.0f} bytes each{epoch_note(build)}")
        cases.append(Case(f"check, {count} sessions, c32", build, build.target, checks_script(build, cookies),
                          yardstick="check, 1000 sessions, c32"))
    run_rounds(cases, bench.generator, bench.rounds, bench.seconds)
    bench.say("Sessions in Redis", table(cases) + "\n\nRedis' used_memory, record and index of users with one session each: "
              + "; ".join(notes) + ".")
    for build in builds:
        build.stop()
        bench.place.stop(build.redis.process)


def epoch_note(build):
    """A user's epoch is there only after a revoke-all: what it takes, measured with 1000 more keys of its form."""
    before = build.redis.used_memory()
    key = "gh:{" + "x" * 8
    lines = "".join(f"SET {key}{i:04}}}:e 1763856000000 PX 90000000\n" for i in range(1000))
    path = f"{build.directory}/epochs"
    with open(path, "w+") as file:
        file.write(lines)
        file.seek(0)
        build.redis.cli("--pipe", stdin=file)
    return f" (an epoch key {(build.redis.used_memory() - before) / 1000:.0f} more)"


def key_of(user):
    return hashlib.blake2b(f"user{user}@example.org".encode(), digest_size=32).digest()


def fill_sqlite(build, users, attempts):
    path = next(f"{build.directory}/{name}" for name in os.listdir(build.directory)
                if name.endswith((".db", ".sqlite", ".sqlite3")))
    with sqlite3.connect(path) as db:
        (stored,) = db.execute("SELECT password_hash FROM users LIMIT 1").fetchone()
        db.executemany("INSERT INTO users (full_name, email, email_key, password_hash, role) VALUES (?, ?, ?, ?, 'student')",
                       ((f"User {i}", f"user{i}@example.org", key_of(i), stored) for i in range(2, users + 1)))
        db.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO login_attempts"
                   " (email_key, user_id, ip_address, user_agent, state, client_class, attempted_at)"
                   " SELECT u.email_key, u.user_id, '192.0.2.1', 'Mozilla/5.0', CASE i % 3 WHEN 0 THEN 'failed' ELSE"
                   " 'success' END, 'browser', CAST(unixepoch() * 1000 - ? - i % 28 * ? AS INTEGER)"
                   " FROM n JOIN users u ON u.user_id = 1 + (i * 7919) % ?", (attempts, DAY_MS, DAY_MS, users))
        db.execute("ANALYZE")
    plan = []
    for title, statement in (("the newest attempts", "SELECT state, attempted_at FROM login_attempts WHERE email_key = x'00'"
                              " ORDER BY attempt_id DESC LIMIT 5"),
                             ("the account", "SELECT user_id, EXISTS (SELECT 1 FROM users WHERE email_key IS NULL) FROM"
                              " (SELECT 1) LEFT JOIN users ON email_key = x'00'"),
                             ("accounts without a key", "SELECT user_id, email FROM users WHERE email_key IS NULL AND"
                              " user_id > 0 ORDER BY user_id LIMIT 256"),
                             ("the verdict", "UPDATE login_attempts SET state = 'success' WHERE attempt_id = 1 AND"
                              " state = 'pending'")):
        rows = db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        plan.append(f"SQLite, {title}: {'; '.join(row[3] for row in rows)}")
    db.close()
    return plan


def fill_mysql(build, users, attempts):
    mariadb = build.mariadb
    stored = mariadb.sql("SELECT password_hash FROM users LIMIT 1").strip()
    path = f"{build.directory}/users.tsv"
    with open(path, "w") as out:
        for i in range(2, users + 1):
            out.write(f"User {i}\tuser{i}@example.org\t{key_of(i).hex()}\n")
    mariadb.sql(f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE users (full_name, email, @k) SET email_key = UNHEX(@k),"
                f" role = 'student', password_hash = '{stored}';")
    os.unlink(path)
    for first in range(0, attempts, 1_000_000):   # a transaction of bounded size
        last = min(first + 1_000_000, attempts) - 1
        mariadb.sql("INSERT INTO login_attempts (email_key, user_id, ip_address, user_agent, state, client_class,"
                    " attempted_at) SELECT u.email_key, u.user_id, '192.0.2.1', 'Mozilla/5.0', IF(seq % 3 = 0, 'failed',"
                    " 'success'), 'browser', UTC_TIMESTAMP(6) - INTERVAL (1 + seq % 28) DAY"
                    f" FROM seq_{first}_to_{last} JOIN users u ON u.user_id = 1 + (seq * 7919) % {users};")
    mariadb.sql("ANALYZE TABLE users, login_attempts;")
    plan = []
    key = mariadb.sql("SELECT HEX(email_key) FROM login_attempts LIMIT 1").strip()
    for title, statement in (
            ("the throttle's slot", "SELECT slot FROM throttle_slots WHERE slot = 1 FOR UPDATE"),
            ("the newest attempts", "SELECT state, attempted_at FROM login_attempts WHERE email_key ="
             f" UNHEX('{key}')"
             " ORDER BY attempt_id DESC LIMIT 5"),
            ("the account", "SELECT user_id, email, password_hash, EXISTS (SELECT 1 FROM users WHERE email_key IS NULL)"
             f" FROM (SELECT 1) AS one LEFT JOIN users ON email_key = UNHEX('{key}')"),
            ("accounts without a key", "SELECT user_id, email FROM users WHERE email_key IS NULL AND user_id > 0 ORDER BY"
             " user_id LIMIT 256"),
            ("the verdict", "UPDATE login_attempts SET state = 'success' WHERE attempt_id = 1 AND state = 'pending'")):
        for row in mariadb.sql(f"EXPLAIN {statement};").splitlines():
            fields = row.split("\t")
            plan.append(f"MySQL, {title}: {fields[2]} {fields[3]} by {fields[5]}, rows {fields[8]}, {fields[9]}")
    return plan


def users(bench):
    attempts = 10_000_000 if bench.options.full else 1_000_000
    most = 100_000 if bench.options.quick else 1_000_000
    attempts = 100_000 if bench.options.quick else attempts
    cases, plans = [], []
    for kind, fill in (("SQLite", fill_sqlite), ("MySQL", fill_mysql)):
        for count, rows in ((1000, 1000), (most, attempts)):
            # 10^7 rows and their indexes are 4 GiB: with 128 MiB filling them takes half an hour.
            memory = "4G" if rows > 1_000_000 else "128M"
            mariadb = Mariadb(bench.place, bench.place.directory("mariadb"), memory) if kind == "MySQL" else None
            build = tiny(bench, f"{kind}-{count}", mariadb)
            build.import_users(1)
            plan = fill(build, count, rows)
            chosen = random.Random(1).sample(range(2, count + 1), SIGN_INS)
            title = f"sign-in on {kind}, {{}} users, c8"
            cases.append(Case(title.format(count), build, build.target, login_script(build, chosen), 8,
                              yardstick=title.format(1000)))
        plans += plan
    run_rounds(cases, bench.generator, bench.rounds, bench.seconds)
    size = f"1000 attempts with 1000 users, {attempts} with {most}"
    bench.say(f"Users ({size})",
              cost_rows(bench, cases) + "\n\nQuery plans of the larger:\n\n" + "\n".join(f"- {line}" for line in plans))
    for case in cases:
        with_real_hash(case.of)
    cases = [dataclasses.replace(case, results=[]) for case in cases]
    run_rounds(cases, bench.generator, bench.rounds, bench.seconds)
    bench.say(f"The same sign-ins with production's hash ({size})", table(cases))


def with_real_hash(build):
    """Starts it anew as production would: the next sign-ins replace the accounts' hashes."""
    build.stop()
    for env in (build.session_env, build.gateway_env):
        for name in TINY_HASH:
            del env[name]
        env |= {"APP_ENV": "production", "PASSWORD_REHASH": "on"}
    build.start()
    build.wait_ready()


def run(bench):
    sessions(bench)
    users(bench)
