// What a backup holds, taken apart again.
import { expect, test } from "bun:test";
import { packBackup, unpackBackup } from "../../src/backup/backup-content.ts";
import { DamagedFile } from "../../src/core/generations.ts";

const CONTENT = { texts: { tokens: "some", config: "text" }, configFile: "/etc/config.yaml", databaseBytes: undefined };

async function packed(): Promise<Buffer> {
  const pieces = await Array.fromAsync(packBackup(CONTENT, undefined));
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
}

test("Content comes back as it was, however it is cut into pieces", async () => {
  const bytes = await packed();
  for (const size of [1, 7, bytes.length]) {
    const pieces = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    expect(await unpackBackup(pieces(), undefined)).toEqual(CONTENT);
  }
});

test.each([
  ["no list", "x"],
  ["a list that is none", "[]\n"],
  ["a part of another name", '{"parts":[{"name":"../keys.json","bytes":0}]}\n'],
  ["a part that is cut off", '{"parts":[{"name":"tokens","bytes":5}]}\nsome'],
  ["more than its parts", '{"parts":[{"name":"tokens","bytes":3}]}\nsome'],
])("Content with %s is damaged, and what it is read from is ended", async (_what, text) => {
  let isEnded = false;
  const pieces = async function* () {
    try {
      yield Buffer.from(text);
    } finally {
      isEnded = true;
    }
  };
  expect(await unpackBackup(pieces(), undefined).catch((error: unknown) => error)).toBeInstanceOf(DamagedFile);
  expect(isEnded).toBe(true);
});
