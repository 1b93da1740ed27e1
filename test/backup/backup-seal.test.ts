// The form of a backup: it opens as it was sealed or not at all, and says why not.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBackup, readBackupHeader, sealBackup, UnreadableBackup } from "../../src/backup/backup-seal.ts";
import { DamagedFile } from "../../src/core/generations.ts";

const PASSPHRASE = "correct horse battery staple";
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 67);
/** As cheap as it can be: each case derives a key. */
const COST = { n: 2, r: 1, p: 1 };

class Scratch implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "ob-seal-"));
  readonly path = join(this.folder, "a.backup");

  write(content: string | Uint8Array): string {
    writeFileSync(this.path, content);
    return this.path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

async function* pieces(...all: readonly (string | Uint8Array)[]) {
  yield* all;
}

async function sealed(content: readonly (string | Uint8Array)[] = ["text"], cost = COST): Promise<Buffer> {
  const options = { passphrase: PASSPHRASE, writtenBy: "0.1.0", now: NOW, cost };
  return Buffer.concat(await Array.fromAsync(sealBackup(pieces(...content), options)));
}

async function opened(path: string, passphrase = PASSPHRASE): Promise<string> {
  const { content } = await openBackup(path, passphrase);
  return Buffer.concat(await Array.fromAsync(content())).toString();
}

async function fateOf(path: string, passphrase = PASSPHRASE): Promise<string> {
  try {
    await opened(path, passphrase);
    return "opened";
  } catch (error: unknown) {
    if (error instanceof DamagedFile) return "damaged";
    if (error instanceof UnreadableBackup) return "unreadable";
    throw error;
  }
}

/** The file with another first line. */
function withHeader(file: Buffer, change: (header: Record<string, unknown>) => object): Buffer {
  const end = file.indexOf("\n");
  const header = change(JSON.parse(file.toString("utf8", 0, end)));
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), file.subarray(end + 1)]);
}

describe("A sealed backup", () => {
  test.each([
    ["nothing", []],
    ["a text", ["clé \u{1F511}"]],
    ["many pieces", Array.from({ length: 50 }, (_, at) => `piece ${at}, `)],
    ["more than is read at once", ["x".repeat(3_000_000), "the end"]],
    ["bytes", [Buffer.from("bytes")]],
  ])("gives back %s", async (_what, content) => {
    using scratch = new Scratch();
    expect(await opened(scratch.write(await sealed(content)))).toBe(content.join(""));
  });

  test("says which version wrote it, when and how, and nothing else", async () => {
    using scratch = new Scratch();
    const file = await sealed(["a secret text"]);
    expect(await readBackupHeader(scratch.write(file))).toMatchObject({
      format: "openai-balance backup",
      version: 1,
      written_by: "0.1.0",
      written_at: "2026-01-02T03:04:05.067Z",
      scrypt: COST,
      cipher: "aes-256-gcm",
    });
    expect(file.includes("secret")).toBe(false);
  });

  test("is made with the stated parameters, and another salt and nonce each time", async () => {
    const heads = [await sealed([], undefined), await sealed([])].map((file) =>
      JSON.parse(file.toString().split("\n")[0] ?? ""),
    );
    expect(heads[0].scrypt.salt).not.toBe(heads[1].scrypt.salt);
    expect(heads[0].nonce).not.toBe(heads[1].nonce);
    const usual = sealBackup(pieces(), { passphrase: PASSPHRASE, writtenBy: "0.1.0", now: NOW });
    const first = await usual.next();
    expect(JSON.parse(Buffer.from(first.value ?? "").toString()).scrypt).toMatchObject({ n: 131_072, r: 8, p: 1 });
    await usual.return(undefined);
  });

  test("opens with its passphrase only, however that was typed", async () => {
    using scratch = new Scratch();
    const options = { passphrase: "caf\u00e9 caf\u00e9 caf\u00e9", writtenBy: "0.1.0", now: NOW, cost: COST };
    scratch.write(Buffer.concat(await Array.fromAsync(sealBackup(pieces("text"), options))));
    expect(await fateOf(scratch.path, "cafe\u0301 cafe\u0301 cafe\u0301")).toBe("opened");
    for (const wrong of ["", "cafe cafe cafe", "caf\u00e9 caf\u00e9 caf\u00e9 "])
      expect(await fateOf(scratch.path, wrong)).toBe("unreadable");
  });

  test("does not open when it was cut off at any length, or has more behind it", async () => {
    using scratch = new Scratch();
    const file = await sealed(["some text of the backup"]);
    for (let length = 0; length < file.length; length++)
      expect(await fateOf(scratch.write(file.subarray(0, length)))).not.toBe("opened");
    expect(await fateOf(scratch.write(Buffer.concat([file, Buffer.alloc(1)])))).toBe("damaged");
  });

  test("does not open when any single byte was changed", async () => {
    using scratch = new Scratch();
    const file = await sealed(["some text of the backup"]);
    for (let at = 0; at < file.length; at++) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await fateOf(scratch.write(changed))).not.toBe("opened");
    }
  });

  test.each([
    ["a cost that needs more memory than there is", { n: 2 ** 30, r: 8, p: 1 }],
    ["a block that needs as much", { n: 2, r: 2 ** 22, p: 1 }],
    ["a cost that takes minutes", { n: 2 ** 20, r: 8, p: 16 }],
    ["copies that need more memory than there is", { n: 2, r: 2 ** 22, p: 16 }],
    ["a cost that is no power of two", { n: 3, r: 1, p: 1 }],
    ["no cost", { n: 1, r: 1, p: 1 }],
  ])("with %s is refused before anything is computed", async (_what, cost) => {
    using scratch = new Scratch();
    const file = withHeader(await sealed(), (header) => ({ ...header, scrypt: { ...Object(header.scrypt), ...cost } }));
    expect(await fateOf(scratch.write(file))).toBe("damaged");
  });

  test("of a newer version is refused with the version that wrote it, and left as it is", async () => {
    using scratch = new Scratch();
    const file = withHeader(await sealed(), (header) => ({ ...header, version: 2, written_by: "9.8.7", more: true }));
    scratch.write(file);
    expect(opened(scratch.path)).rejects.toThrow("openai-balance 9.8.7 wrote it, in a newer form");
    expect(readFileSync(scratch.path).equals(file)).toBe(true);
  });

  test.each([["", "keys", "{}\n", '{"format":"openai-balance keys","version":1}\n']])("is none: %p", async (text) => {
    using scratch = new Scratch();
    expect(await fateOf(scratch.write(text))).toBe("unreadable");
    expect(statSync(scratch.path).size).toBe(text.length);
  });
});
