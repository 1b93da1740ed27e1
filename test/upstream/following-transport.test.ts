// The redirect of Google's downloads is followed once, within its origin, and nothing else ever is.
import { describe, expect, test } from "bun:test";
import { followingDownloads, isDownload } from "../../src/upstream/following-transport.ts";
import type { Exchange, Transport, TransportCall, TransportEvents } from "../../src/upstream/transport.ts";

const ORIGIN = "https://generativelanguage.googleapis.com";
const CALL: TransportCall = {
  origin: ORIGIN,
  path: "/v1beta/files/abc:download?alt=media",
  method: "GET",
  headers: ["x-goog-api-key", "fake"],
  body: null,
  connectMs: 1,
};

/** Keeps every exchange for the test to drive. */
class Scripted implements Transport {
  readonly calls: TransportCall[] = [];
  readonly events: TransportEvents[] = [];
  readonly done: string[] = [];

  start(call: TransportCall, events: TransportEvents): Exchange {
    const index = this.calls.push(call) - 1;
    this.events.push(events);
    const note = (what: string) => () => void this.done.push(`${what} ${index}`);
    return { pause: note("pause"), resume: note("resume"), abort: note("abort") };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function begin() {
  const scripted = new Scripted();
  const seen: unknown[] = [];
  const exchange = followingDownloads(scripted).start(CALL, {
    onHead: (status) => void seen.push(status),
    onData: (bytes) => void seen.push(bytes.length),
    onEnd: (end) => void seen.push(end.kind),
  });
  return { scripted, seen, exchange };
}

function redirect(events: TransportEvents | undefined, location: string): void {
  events?.onHead(302, [["location", location]]);
  events?.onData(new Uint8Array(9));
  events?.onEnd({ kind: "complete" });
}

describe("isDownload", () => {
  test.each([
    ["GET", "/v1beta/files/abc:download?alt=media", true],
    ["GET", "/v1/files/abc:download", true],
    ["POST", "/v1beta/files/abc:download", false],
    ["GET", "/v1beta/files/abc", false],
    ["GET", "/v1beta/models/x:download", false],
  ])("%s %s: %p", (method, path, expected) => {
    expect(isDownload(method, path)).toBe(expected);
  });
});

describe("followingDownloads", () => {
  test.each([
    `${ORIGIN}/download/v1beta/files/abc:download?alt=media`,
    "/download/v1beta/files/abc:download?alt=media",
  ])("goes on at %s, and shows only what is there", (location) => {
    const { scripted, seen } = begin();
    redirect(scripted.events[0], location);
    expect(scripted.calls[1]).toEqual({ ...CALL, path: "/download/v1beta/files/abc:download?alt=media" });
    scripted.events[1]?.onHead(200, []);
    scripted.events[1]?.onData(new Uint8Array(5));
    scripted.events[1]?.onEnd({ kind: "complete" });
    expect(seen).toEqual([200, 5, "complete"]);
  });

  test.each([
    "https://storage.example/download/v1beta/files/abc:download",
    "http://generativelanguage.googleapis.com/download/v1beta/files/abc:download",
    `${ORIGIN}/v1beta/models`,
    `${ORIGIN}/download/../v1beta/files/abc:download`,
    "https://[",
  ])("is not led to %s", (location) => {
    const { scripted, seen } = begin();
    redirect(scripted.events[0], location);
    expect([scripted.calls.length, seen]).toEqual([1, [302, 9, "complete"]]);
  });

  test("follows once only", () => {
    const { scripted, seen } = begin();
    redirect(scripted.events[0], "/download/v1beta/files/abc:download");
    redirect(scripted.events[1], "/download/v1beta/files/abc:download");
    expect([scripted.calls.length, seen]).toEqual([2, [302, 9, "complete"]]);
  });

  test("tells how a redirect ended that was cut", () => {
    const { scripted, seen } = begin();
    scripted.events[0]?.onHead(302, [["location", "/download/v1beta/files/abc:download"]]);
    scripted.events[0]?.onEnd({ kind: "cut", cause: "ECONNRESET" });
    expect([scripted.calls.length, seen]).toEqual([1, ["cut"]]);
  });

  test("steers the exchange that is running", () => {
    const { scripted, exchange } = begin();
    exchange.pause();
    redirect(scripted.events[0], "/download/v1beta/files/abc:download");
    exchange.resume();
    exchange.abort();
    expect(scripted.done).toEqual(["pause 0", "pause 1", "resume 1", "abort 1"]);
  });
});
