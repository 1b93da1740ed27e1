// Frames of one turn go out in one write; a peer that reads nothing cannot fill the memory.
import { expect, test } from "bun:test";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { FrameWriter } from "../../../src/upstream/http2/frame-writer.ts";

/** A socket whose peer reads only while `reads` is true. */
class PretendedSocket extends Duplex {
  readonly writes: Uint8Array[] = [];
  reads = true;

  constructor() {
    super({ highWaterMark: 16 * 1024 });
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.writes.push(chunk);
    if (this.reads) done();
  }
}

function open() {
  const socket = new PretendedSocket();
  const errors: (string | undefined)[] = [];
  socket.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code));
  return { socket, errors, writer: new FrameWriter(socket as unknown as Socket, () => {}) };
}

test("FrameWriter sends what was written in one turn at once", async () => {
  const { socket, writer } = open();
  for (let count = 0; count < 3; count += 1) writer.write(new Uint8Array([count]));
  await Promise.resolve();
  expect(socket.writes.map((bytes) => [...bytes])).toEqual([[0, 1, 2]]);
});

test("FrameWriter gives up on a peer that reads nothing of 16 MiB", async () => {
  const { socket, writer, errors } = open();
  socket.reads = false;
  const frame = new Uint8Array(1024 * 1024);
  for (let count = 0; count < 16; count += 1) {
    writer.write(frame);
    writer.flush();
  }
  expect(socket.destroyed).toBe(false);
  for (let count = 0; count < 2; count += 1) {
    writer.write(frame);
    writer.flush();
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors).toEqual(["HTTP2_PEER_DOES_NOT_READ"]);
});
