// Reads the report that `bun test --reporter=junit` writes.

/** How many tests of a run passed and failed; skipped ones count as neither. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/** The counts of a JUnit report, or undefined when the text is none. */
export function readTestReport(xml: string): TestCounts | undefined {
  const root = /<testsuites\b[^>]*>/.exec(xml)?.[0];
  if (root === undefined) return undefined;
  const tests = attribute(root, "tests");
  const failures = attribute(root, "failures");
  if (tests === undefined || failures === undefined) return undefined;
  const failed = failures + (attribute(root, "errors") ?? 0);
  return { passed: tests - failed - (attribute(root, "skipped") ?? 0), failed };
}

function attribute(tag: string, name: string): number | undefined {
  const digits = new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
