// Writers that are killed at any moment, while another process reads.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { replaceFile } from "../../src/core/atomic-file.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { numberedContent, numberOf } from "./numbered-content.ts";
import { scratchFolder } from "./scratch-folder.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const WRITER = resolve(import.meta.dir, "replace-forever.ts");
const KILLS = 25;

test("a reader finds both generations whole and the one before older, however often the writer is killed", async () => {
  using folder = scratchFolder();
  const path = folder.at("state");
  await replaceFile(path, numberedContent(0));
  await replaceFile(path, numberedContent(1), { previous: `${path}.1` });
  let last = 1;
  const look = () => {
    const previous = numberOf(readFileSync(`${path}.1`, "utf8"));
    const current = numberOf(readFileSync(path, "utf8"));
    expect(current).toBeGreaterThan(previous);
    expect(current).toBeGreaterThanOrEqual(last);
    last = current;
    return current;
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const first = last + 1;
    const writer = Bun.spawn([process.execPath, WRITER, path, String(first)], { stdout: "ignore", stderr: "inherit" });
    await until("the first write", () => look() >= first);
    // Without a pause between two looks: the moment of the kill is as good as any.
    for (let looks = (kill * 7) % 40; looks > 0; looks--) look();
    writer.kill("SIGKILL");
    await writer.exited;
    look();
  }
  await replaceFile(path, numberedContent(last + 1), { previous: `${path}.1` });
  expect(look()).toBe(last);
  expect(folder.names()).toEqual(["state", "state.1"]);
});
