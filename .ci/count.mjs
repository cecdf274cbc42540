// Adds up vitest's JSON reports and the steps that failed outside them; names the tests that failed or were skipped, prints the closing line and sets the status.
import { existsSync, readFileSync } from 'node:fs';

const LONGEST_MESSAGE = 2000;

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
  for (const file of report.testResults) nameFailures(file);
}
// A step that failed without a failed test still counts: lint, types, a suite that could not be loaded or whose hook failed.
const total = Math.max(failed, Number(failedSteps), missing);
process.stdout.write(`${passed} passed, ${total} failed, ${skipped} skipped\n`);
process.exit(total === 0 && passed > 0 ? 0 : 1);

function nameFailures({ name, status, message, assertionResults }) {
  for (const { status, fullName, failureMessages } of assertionResults) {
    if (status === 'failed') say(`=== failed: ${name}: ${fullName}`, failureMessages.join('\n'));
    if (status !== 'failed' && status !== 'passed') say(`=== skipped: ${name}: ${fullName}`, '');
  }
  if (status === 'failed' && message !== '') say(`=== failed: ${name}, outside its tests`, message);
}

function say(title, message) {
  process.stdout.write(`${[title, message.slice(0, LONGEST_MESSAGE)].filter(Boolean).join('\n')}\n`);
}
