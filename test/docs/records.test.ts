// The page on request records shows what the commands print, and leads to what exists.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { PERIODS } from "../../src/records/usage-report.ts";
import { FAILED, RECORDS } from "../cli/record-answers.ts";
import { withDaemon } from "../cli/with-daemon.ts";
import { blocks, documentAt } from "./documents.ts";

const { text } = documentAt("docs/records.md");
/** The request that the page tells of, as a list that was asked for its id finds it. */
const { tries: _tries, body: _body, ...ONE } = FAILED;
const before = process.env.TZ;

beforeAll(() => {
  process.env.TZ = "Europe/Berlin";
});
afterAll(() => {
  process.env.TZ = before ?? "UTC";
  if (before === undefined) delete process.env.TZ;
});

/** What a command line prints. */
async function printedBy(line: string): Promise<string> {
  const failed = RECORDS.filter(({ status = 0 }) => status >= 400);
  await using place = withDaemon({
    "logs.list": ({ id }) => ({ records: id === undefined ? failed.toReversed() : [ONE], recording: true }),
  });
  const { out, err } = await place.run(line.replace("openai-balance ", "").split(" "));
  return out + err;
}

test("the commands of the page print its texts", async () => {
  const lines = blocks("sh", text).map((block) => block.trim());
  const shown = blocks("text", text);
  expect(shown.length).toBe(4);
  for (const [at, block] of shown.entries()) {
    const line = lines[at] ?? "";
    expect([line, block]).toEqual([line, await printedBy(line)]);
  }
});

test("every period is named", () => {
  for (const period of PERIODS) expect(text).toContain(`\`${period}\``);
});
