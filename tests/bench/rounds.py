"""Cases measured in interleaved rounds, and the tables made of their medians."""
import dataclasses
import statistics
import sys

from processes import Trouble


WARM_UP = 0.5   # seconds


@dataclasses.dataclass
class Case:
    title: str
    of: object                 # who serves it: processes()
    target: str
    script: object
    connections: int = 32
    rate: float = None         # open loop, per second
    yardstick: str = None      # the title of the case that ratios are taken to
    per: int = 1               # what one request carries: CPU is given for one of these
    results: list = dataclasses.field(default_factory=list)

    def measure(self, generator, seconds):
        generator.verify(self.target, self.script)
        before = [process.cpu() for process in self.of.processes()]
        result = generator.run(self.target, self.script, connections=self.connections, seconds=seconds, rate=self.rate)
        spent = [process.cpu() - was for process, was in zip(self.of.processes(), before)]
        if not result["requests"]:
            raise Trouble(f"{self.title}: no answers")
        units = result["requests"] * self.per / 1e6
        result["cpu"] = sum(spent) / units
        result["parts"] = {process.name: cpu / units for process, cpu in zip(self.of.processes(), spent)}
        result["own_cpu"] = result["own_cpu_s"] / units
        self.results.append(result)

    def median(self, name):
        return statistics.median(result[name] for result in self.results)

    def spread(self):
        """Of CPU: half of what lies between the extremes, in per cent of the median."""
        values = [result["cpu"] for result in self.results]
        return 50 * (max(values) - min(values)) / (self.median("cpu") or 1)

    def part(self, name):
        return statistics.median(result["parts"][name] for result in self.results)


def run_rounds(cases, generator, count, seconds):
    """Each round measures all; where a round begins moves on, so that none always follows the same one. Before the first
    all run a while unmeasured: Node compiles what is hot."""
    for case in cases:
        generator.run(case.target, case.script, connections=case.connections, seconds=WARM_UP, rate=case.rate)
    for number in range(count):
        sys.stderr.write(f"  round {number + 1} of {count}, {len(cases)} runs of {seconds} s\n")
        start = number * max(1, len(cases) // count)
        for case in cases[start % len(cases):] + cases[:start % len(cases)]:
            try:
                case.measure(generator, seconds)
            except Trouble as trouble:
                raise Trouble(f"{case.title}: {trouble}") from None


def ratio(value, yardstick):
    return f"{value / yardstick:.2f}" if yardstick else "-"


def table(cases):
    by_title = {case.title: case for case in cases}
    lines = ["| | CPU us | of which | requests/s | p50 ms | p99 ms | CPU, p50, p99: ratio to | | generator CPU us |",
             "|---|---|---|---|---|---|---|---|---|"]
    for case in cases:
        parts = " + ".join(f"{name} {case.part(name):.2f}" for name in case.results[0]["parts"])
        yard = by_title.get(case.yardstick)
        ratios = " / ".join(ratio(case.median(name), yard.median(name)) for name in ("cpu", "p50_us", "p99_us")) \
            if yard else "-"
        lines.append(f"| {case.title} | {case.median('cpu'):.2f} ± {case.spread():.0f} % | {parts} | "
                     f"{case.median('per_second'):.0f} | {case.median('p50_us') / 1000:.3f} | "
                     f"{case.median('p99_us') / 1000:.3f} | {ratios} | {case.yardstick if yard else ''} | "
                     f"{case.median('own_cpu'):.2f} |")
    return "\n".join(lines)
