// The signature of a program for macOS: one that is made is true, and what was changed afterwards is told.
import { expect, test } from "bun:test";
import { signAdHoc, signatureFault } from "../../scripts/mach-signature.ts";

const CODE_BYTES = 10_000;
const LINK_EDIT_AT = 8192;

/** A Mach-O with segments for text and links, and room for a signature behind both. */
function program(commands: readonly Buffer[] = [segment("__TEXT", 0), segment("__LINKEDIT", LINK_EDIT_AT), place()]) {
  const bytes = Buffer.alloc(CODE_BYTES + 16, "code");
  bytes.fill(0, 0, 32);
  bytes.writeUInt32LE(0xfeedfacf, 0);
  bytes.writeUInt32LE(commands.length, 16);
  Buffer.concat(commands).copy(bytes, 32);
  return bytes;
}

function segment(name: string, at: number): Buffer {
  const bytes = Buffer.alloc(72);
  bytes.writeUInt32LE(0x19, 0);
  bytes.writeUInt32LE(72, 4);
  bytes.write(name, 8);
  bytes.writeBigUInt64LE(BigInt(at), 40);
  bytes.writeBigUInt64LE(8192n, 48);
  return bytes;
}

function place(): Buffer {
  const bytes = Buffer.alloc(16);
  for (const [index, word] of [0x1d, 16, CODE_BYTES, 16].entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
}

test("signAdHoc makes a signature that is true, the same each time, and reaches to the end of the last segment", () => {
  const signed = signAdHoc(program(), "openai-balance");
  expect(signatureFault(signed)).toBeUndefined();
  expect(signAdHoc(program(), "openai-balance").equals(signed)).toBe(true);
  expect(signAdHoc(signed, "openai-balance").equals(signed)).toBe(true);
  const linkEdit = 32 + 72;
  expect(signed.readBigUInt64LE(linkEdit + 48)).toBe(BigInt(signed.length - LINK_EDIT_AT));
  expect(signed.readBigUInt64LE(linkEdit + 32)).toBe(0x4000n);
});

test.each([
  ["is not signed", (bytes: Buffer) => bytes.writeUInt32LE(2, 16), "it is not signed"],
  ["has another byte", (bytes: Buffer) => bytes.writeUInt8(1, 5000), "page 1 is not what was signed"],
  ["has another last byte", (bytes: Buffer) => bytes.writeUInt8(1, CODE_BYTES - 1), "page 2 is not what was signed"],
  [
    "is signed in part",
    (bytes: Buffer) => bytes.writeUInt32BE(1, CODE_BYTES + 52),
    "its signature is not of all of it",
  ],
  ["has no hashes", (bytes: Buffer) => bytes.writeUInt32BE(1, CODE_BYTES + 20), "its signature has no hashes"],
])("signatureFault tells that one %s", (_, change, fault) => {
  const signed = signAdHoc(program(), "openai-balance");
  change(signed);
  expect(signatureFault(signed)).toBe(fault);
});

test("signatureFault tells of what stands behind the signature", () => {
  const signed = signAdHoc(program(), "openai-balance");
  expect(signatureFault(Buffer.concat([signed, Buffer.from("more")]))).toBe("it does not end with its signature");
});

test("signAdHoc refuses what has no place for a signature", () => {
  expect(() => signAdHoc(program([segment("__TEXT", 0)]), "openai-balance")).toThrow("it has no place for a signature");
});
