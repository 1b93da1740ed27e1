// A process that is killed while it writes batches: what it said is written is there, and each batch wholly or not at all.
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../../src/storage/database.ts";
import { scratchFolder } from "../../core/scratch-folder.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const PROGRAM = join(import.meta.dir, "write-until-killed.ts");
const BATCH = 50;

/** How many it said are written when it was killed, in the middle of another batch. */
async function writeAndKill(path: string, first: number, batches: number): Promise<number> {
  await using writer = Bun.spawn([process.execPath, PROGRAM, path, String(first)], {
    stdout: "pipe",
    stderr: "inherit",
  });
  let said = "";
  const decoder = new TextDecoder();
  for await (const bytes of writer.stdout) {
    said += decoder.decode(bytes, { stream: true });
    if (said.split("\n").length > batches) break;
  }
  writer.kill("SIGKILL");
  await writer.exited;
  expect(said).not.toContain("fault");
  // The last line may be cut off.
  return Number(said.split("\n").at(-2));
}

test("kill -9 loses nothing that was written, three times over", async () => {
  using folder = scratchFolder();
  const path = folder.at("requests.sqlite");
  let written = 0;
  for (const batches of [1, 7, 20]) {
    const acknowledged = await writeAndKill(path, written, batches);
    using database = openDatabase(path);
    const rows = database.query<{ id: string }, []>("SELECT id FROM requests ORDER BY seq").all();
    written = rows.length;
    expect(written).toBeGreaterThanOrEqual(acknowledged);
    expect(written % BATCH).toBe(0);
    expect(rows.map(({ id }) => id)).toEqual(rows.map((_, index) => `req_${index}`));
    expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  }
});
