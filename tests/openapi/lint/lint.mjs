// Lints the contracts with Redocly's rules. Its command-line program is the same engine and 200 MB of other things.
//
//   node lint.mjs FILE…
import { formatProblems, getTotals, lint, loadConfig } from "@redocly/openapi-core";
import { fileURLToPath } from "node:url";

const config = await loadConfig({ configPath: fileURLToPath(new URL("redocly.yaml", import.meta.url)) });
for (const file of process.argv.slice(2)) {
  const problems = await lint({ ref: file, config });
  const totals = getTotals(problems);
  if (problems.length > 0) {
    formatProblems(problems, { totals, color: false });
    process.exitCode = 1;
  }
  console.log(`${file}: ${totals.errors} errors, ${totals.warnings} warnings`);
}
