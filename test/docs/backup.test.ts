// The page on backups is followed to its end: what it says of the file, of a restore, and of the way back.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { FakeTerminal } from "../cli/fake-terminal.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { blocks, documentAt } from "./documents.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const PAGE = documentAt("docs/backup.md").text;
const LINES = blocks("sh", PAGE).flatMap((block) => block.trim().split("\n"));
const PLACE = { OPENAI_BALANCE_DATA_DIR: "data", OPENAI_BALANCE_BACKUP_PASSPHRASE: "correct horse battery staple" };

test("a backup is made, looked at, restored and undone as the page says", async () => {
  using terminal = new FakeTerminal();
  const run = async (line: string, stdin?: string) => {
    const args = line.replace("openai-balance ", "").split(" ");
    const { exitCode, out, err } = await terminal.run(args, { env: PLACE, ...(stdin !== undefined && { stdin }) });
    expect([line, exitCode, err]).toEqual([line, 0, exitCode === 0 ? err : ""]);
    return out;
  };
  await run("keys add --name before", "sk-fake-0123456789abcdef");
  const [backUp = "", look = ""] = LINES;
  expect(LINES).toEqual([backUp, look]);
  await run(backUp);
  const [head = ""] = readFileSync(terminal.path("monday.backup"), "latin1").split("\n");
  const { scrypt } = JSON.parse(head);
  expect(PAGE.replaceAll("\n", " ")).toContain(`scrypt with N = ${scrypt.n}, r = ${scrypt.r}, p = ${scrypt.p}`);
  expect((statSync(terminal.path("monday.backup")).mode & 0o777).toString(8)).toBe("600");
  await run("keys add --name after", "sk-fake-abcdef0123456789");
  expect(await run(look)).toContain("1 key,");
  await run(`${look.replace("--dry-run ", "")} --yes`);
  expect(await run("keys list")).not.toContain("after");
  for (const name of readdirSync(terminal.path("data"))) {
    const [place, time] = name.split(".before-");
    if (place !== undefined && time !== undefined)
      renameSync(terminal.path("data", name), terminal.path("data", place));
  }
  expect(await run("keys list")).toContain("after");
});
