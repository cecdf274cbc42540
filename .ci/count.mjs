// Adds up vitest's JSON reports and the steps that failed outside them; prints the closing line and sets the status.
import { existsSync, readFileSync } from 'node:fs';

const [failedSteps, ...reports] = process.argv.slice(2);
let passed = 0;
let failed = 0;
let skipped = 0;
let missing = 0;
for (const path of reports) {
  if (!existsSync(path)) {
    missing++;
    continue;
  }
  const report = JSON.parse(readFileSync(path, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + report.numTodoTests;
}
// A step that failed without a failed test still counts: lint, types, a suite that could not be loaded.
const total = Math.max(failed, Number(failedSteps), missing);
process.stdout.write(`${passed} passed, ${total} failed, ${skipped} skipped\n`);
process.exit(total === 0 && passed > 0 ? 0 : 1);
