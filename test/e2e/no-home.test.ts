// A user who has no home and stands in no table, as containers may run the executable.

import { expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { newHome } from "../fixture/home.ts";
import { CAN_BE_NOBODY } from "../fixture/nobody.ts";
import { commandOf } from "../fixture/program.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const IN_NO_TABLE = 54_321;
// Bun itself does not run so.
const isCompiled = Boolean(process.env.OPENAI_BALANCE_BIN);

test.skipIf(!CAN_BE_NOBODY || !isCompiled).each([
  [["version"], 0],
  [["keys", "list"], 0],
  [["profile", "list"], 0],
  [["profile", "add", "prod", "https://gateway.example"], 2],
  [["master", "rotate"], 1],
  [["status"], 3],
])("%j ends as it should", async (args, code) => {
  await using home = await newHome();
  chmodSync(home.path, 0o755);
  const [program = "", ...words] = commandOf(args);
  const as = { uid: IN_NO_TABLE, gid: IN_NO_TABLE, cwd: home.path, env: { PATH: process.env.PATH ?? "" } };
  const { status, stderr } = spawnSync(program, words, as);
  expect(stderr.toString()).not.toContain("bug of openai-balance");
  expect(status).toBe(code);
});
