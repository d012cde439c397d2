"""What the product takes while it does little: memory, and the time until it answers."""
import statistics
import time

from contestants import Gatehouse
from loading import ask
from parts_requests import check_script
from processes import Trouble

EMBEDDED = "SQLite, sessions in memory"


def line(title, gateway, session):
    rss, pss = gateway[0] + session[0], gateway[1] + session[1]
    return (f"| {title} | {rss / 1024:.1f} | {pss / 1024:.1f} | {gateway[0] / 1024:.1f}, {gateway[1] / 1024:.1f} | "
            f"{session[0] / 1024:.1f}, {session[1] / 1024:.1f} |")


def memory_of(build, bench, name):
    """Rows of the table: at start, after a sign-in, with idle connections."""
    rows = [line(f"{name}: at start", build.gateway.memory(), build.session.memory())]
    build.create_user()
    script = check_script(build.target, build.sign_in())
    time.sleep(3)  # the last hash's memory goes after two seconds
    before = build.gateway.memory()
    rows.append(line(f"{name}: after a sign-in", before, build.session.memory()))
    notes = []
    for count in (1000, 10000):
        held = bench.generator.hold(build.target, script, count)
        at = build.gateway.memory()
        rows.append(line(f"{name}: {count} idle connections", at, build.session.memory()))
        notes.append(f"{count}: {(at[1] - before[1]) / count:.2f}")
        held.stdin.close()
        held.wait()
    return rows, f"{name}: KiB (PSS) of the gateway for an idle connection: {', '.join(notes)}"


def memory(bench):
    lines = ["| | RSS MiB | PSS MiB | gateway RSS, PSS | session RSS, PSS |", "|---|---|---|---|---|"]
    notes = []
    for name, binaries in bench.products.items():
        build = Gatehouse(bench.place, binaries, name, bench.options.link)
        rows, note = memory_of(build, bench, name)
        lines += rows
        notes.append(note)
        build.stop()
    bench.say(f"Memory ({EMBEDDED})", "\n".join(lines) + "\n\n" + "\n".join(notes))


def first_answer(build):
    """Milliseconds from starting both until the gateway's /readyz is 200 (/health is cached for a second)."""
    begun = time.monotonic()
    build.start()
    while True:
        try:
            if ask(f"unix:{build.directory}/gateway-admin.sock", "GET", "/readyz")[0] == 200:
                return (time.monotonic() - begun) * 1000
        except OSError:
            pass
        if time.monotonic() - begun > 10:
            raise Trouble(f"the services are not ready within 10 s; see the logs in {build.directory}")
        time.sleep(0.0005)


def start(bench):
    lines = ["| start to the first 200 of /readyz | median ms | least | most |", "|---|---|---|---|"]
    times = {"first, with an empty directory": [], "later": []}
    for _ in range(max(5, bench.rounds)):
        build = Gatehouse(bench.place, bench.binaries, "start", bench.options.link)   # its threads and its target
        build.stop()
        bench.empty(build.directory)
        times["first, with an empty directory"].append(first_answer(build))
        build.stop()
        times["later"].append(first_answer(build))
        build.stop()
    for title, found in times.items():
        lines.append(f"| {title} | {statistics.median(found):.1f} | {min(found):.1f} | {max(found):.1f} |")
    bench.say(f"Start ({EMBEDDED})", "\n".join(lines))
