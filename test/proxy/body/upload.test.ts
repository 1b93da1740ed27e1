// What follows the head of a large body: read only when wanted, kept for another attempt as long as it is little.
import { describe, expect, test } from "bun:test";
import {
  type PieceReader,
  REFUSAL_MS,
  REPLAY_BYTES,
  Upload,
  type UploadStart,
} from "../../../src/proxy/body/upload.ts";
import type { StreamedBody } from "../../../src/upstream/transport.ts";
import { settle, VirtualTime } from "../fixtures.ts";

const KIB = 1024;
const HEAD = Buffer.from("head");

/** A client that sends a piece whenever one is asked for; `asked` counts. */
class Client {
  asked = 0;
  readonly #pieces: (Uint8Array | Error | "silence")[];

  constructor(...pieces: readonly (Uint8Array | Error | "silence")[]) {
    this.#pieces = [...pieces];
  }

  async read() {
    this.asked += 1;
    const piece = this.#pieces.shift();
    if (piece === "silence") return new Promise<never>(() => {});
    if (piece instanceof Error) throw piece;
    return piece === undefined ? { done: true } : { done: false, value: piece };
  }
}

function uploadOf(client: PieceReader, more: Partial<UploadStart> = {}) {
  const time = new VirtualTime();
  const upload = new Upload({
    reader: client,
    declared: undefined,
    headBytes: HEAD.length,
    isLate: false,
    maxBytes: Number.POSITIVE_INFINITY,
    idleMs: 1000,
    timing: time,
    ...more,
  });
  return { upload, time };
}

async function textOf(body: StreamedBody): Promise<string> {
  let text = "";
  for (let piece = await body.read(); piece !== undefined; piece = await body.read()) text += Buffer.from(piece);
  return text;
}

const bytes = (text: string) => Buffer.from(text);

describe("Upload", () => {
  test("gives the head, then every piece, then the end again and again", async () => {
    const { upload, time } = uploadOf(new Client(bytes("a"), bytes("b")));
    const body = upload.open(HEAD);
    expect(await textOf(body)).toBe("headab");
    expect(await body.read()).toBeUndefined();
    expect(upload.bytes).toBe(6);
    expect(time.pending).toBe(0);
  });

  test("hands a large head over in parts", async () => {
    const { upload } = uploadOf(new Client());
    const head = Buffer.alloc(700 * KIB, "x");
    const body = upload.open(head);
    expect((await body.read())?.length).toBe(256 * KIB);
    expect((await textOf(body)).length).toBe(444 * KIB);
  });

  test("reads nothing before it is asked", async () => {
    const client = new Client(bytes("a"), bytes("b"));
    const { upload } = uploadOf(client);
    const body = upload.open(HEAD);
    await body.read();
    await settle();
    expect(client.asked).toBe(0);
    await body.read();
    await settle();
    expect(client.asked).toBe(1);
  });

  test.each([
    [100, HEAD, 100],
    [100, bytes("a longer head"), 109],
    [undefined, HEAD, undefined],
  ])("states the length of the body under another head", (declared, head, length) => {
    const { upload } = uploadOf(new Client(), { declared });
    expect(upload.open(head).length).toBe(length as number);
  });

  test("begins anew for a further attempt, also where the first one asked and left", async () => {
    const { upload } = uploadOf(new Client(bytes("a"), bytes("b")), { first: [bytes("1")] });
    const first = upload.open(HEAD);
    await first.read();
    await first.read();
    const left = first.read();
    const second = upload.open(bytes("other"));
    expect(left).rejects.toThrow("ended");
    expect(await textOf(second)).toBe("other1ab");
    expect(upload.isSpent).toBe(false);
  });

  test("is spent once an attempt asks for more than is kept, and goes on for that one", async () => {
    const piece = Buffer.alloc(REPLAY_BYTES / 4, "p");
    const { upload, time } = uploadOf(new Client(piece, piece, piece, piece, bytes("z"), piece, piece));
    const body = upload.open(HEAD);
    await body.read();
    for (let index = 0; index < 5; index += 1) await body.read();
    await time.advance(REFUSAL_MS);
    expect(upload.isSpent).toBe(false);
    expect((await body.read())?.length).toBe(piece.length);
    expect(upload.isSpent).toBe(true);
    expect((await textOf(body)).length).toBe(piece.length);
    expect(() => upload.open(HEAD)).toThrow("gone");
  });

  test("goes no further than what is kept until a provider had the time to refuse", async () => {
    const piece = Buffer.alloc(REPLAY_BYTES + 1, "p");
    const client = new Client(piece, bytes("z"));
    const { upload, time } = uploadOf(client);
    const first = upload.open(HEAD);
    await first.read();
    await time.advance(5000);
    await first.read();
    const refused = first.read();
    await time.advance(REFUSAL_MS - 1);
    expect([client.asked, upload.isSpent]).toEqual([1, false]);
    upload.leave();
    expect(refused).rejects.toThrow("ended");
    const second = upload.open(HEAD);
    const all = textOf(second);
    await time.advance(REFUSAL_MS);
    expect((await all).length).toBe(HEAD.length + piece.length + 1);
    expect(time.pending).toBe(0);
  });

  test("begins again for the attempt that runs, while its beginning is kept", async () => {
    const piece = Buffer.alloc(REPLAY_BYTES, "p");
    const { upload, time } = uploadOf(new Client(piece, bytes("y"), bytes("z")));
    const first = upload.open(HEAD);
    await first.read();
    await first.read();
    const second = first.again?.();
    expect(first.read()).rejects.toThrow("ended");
    expect(first.again?.()).toBeUndefined();
    for (let index = 0; index < 3; index += 1) await second?.read();
    const all = second?.read();
    await time.advance(REFUSAL_MS);
    expect(String(await all)).toBe("z");
    expect(second?.again?.()).toBeUndefined();
  });

  test("keeps its beginning where the client sends more while no attempt runs", async () => {
    const piece = Buffer.alloc(REPLAY_BYTES, "p");
    const late = Promise.withResolvers<{ done: false; value: Uint8Array }>();
    const reads = [{ done: false, value: piece }, late.promise, { done: true }];
    const { upload, time } = uploadOf({ read: async () => reads.shift() ?? { done: true } });
    const first = upload.open(HEAD);
    await first.read();
    await first.read();
    const asked = first.read();
    upload.leave();
    late.resolve({ done: false, value: bytes("late") });
    expect(asked).rejects.toThrow("ended");
    await settle();
    expect(upload.isSpent).toBe(false);
    const all = textOf(upload.open(HEAD));
    await time.advance(REFUSAL_MS);
    expect(await all).toBe(`head${piece}late`);
  });

  test("holds a single piece once it is spent", async () => {
    const piece = Buffer.alloc(2 * REPLAY_BYTES, "p");
    const client = new Client(piece, piece, piece);
    const { upload } = uploadOf(client);
    const body = upload.open(HEAD);
    await body.read();
    await body.read();
    await settle();
    expect(client.asked).toBe(1);
  });

  test("fails where the client stays silent, by no fault of the time that the provider takes", async () => {
    const { upload, time } = uploadOf(new Client(bytes("a"), "silence"));
    const body = upload.open(HEAD);
    await body.read();
    await time.advance(5000);
    await body.read();
    const pending = body.read();
    await time.advance(999);
    expect(upload.signal.aborted).toBe(false);
    await time.advance(1);
    expect([upload.signal.aborted, upload.fault]).toEqual([true, "request_timeout"]);
    void pending;
  });

  test("fails without a word where the client leaves", async () => {
    const { upload } = uploadOf(new Client(new Error("The connection was closed")));
    const body = upload.open(HEAD);
    await body.read();
    expect(body.read()).rejects.toThrow("ended");
    await settle();
    expect([upload.signal.aborted, upload.fault]).toEqual([true, undefined]);
  });

  test("fails where the body is larger than it may be", async () => {
    const { upload } = uploadOf(new Client(bytes("12345"), bytes("6")), { maxBytes: HEAD.length + 5 });
    const body = upload.open(HEAD);
    await body.read();
    await body.read();
    expect(upload.fault).toBeUndefined();
    expect(body.read()).rejects.toThrow("ended");
    await settle();
    expect(upload.fault).toBe("request_too_large");
  });

  test("waits for nothing once it is closed", async () => {
    const { upload, time } = uploadOf(new Client("silence"));
    const body = upload.open(HEAD);
    await body.read();
    void body.read();
    upload.close();
    await time.advance(5000);
    expect([time.pending, upload.signal.aborted]).toEqual([0, false]);
  });

  test("tells when the provider last took a piece, and that it waits for the client", async () => {
    const { upload, time } = uploadOf(new Client(bytes("a"), "silence"));
    const body = upload.open(HEAD);
    const begin = time.now();
    await time.advance(100);
    await body.read();
    await body.read();
    await time.advance(300);
    expect(upload.takenAt).toBe(begin + 100);
    void body.read().catch(() => {});
    await time.advance(50);
    expect(upload.takenAt).toBe(begin + 450);
  });
});
