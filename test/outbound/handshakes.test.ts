// What is said to proxies, byte by byte.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Handshake, HandshakeStep, TunnelTarget } from "../../src/outbound/handshake.ts";
import { HttpConnect } from "../../src/outbound/http-connect.ts";
import { Socks5Connect } from "../../src/outbound/socks5-connect.ts";

const NOBODY = { username: "", password: "" };
const ME = { username: "me", password: "p:ä" };
const TARGET: TunnelTarget = { hostname: "api.example", port: 443 };

/** The last step of a proxy's words given in pieces that are cut at one position, and what was sent meanwhile. */
function say(handshake: Handshake, words: readonly Buffer[], cutAt: number): { step: HandshakeStep; sent: Buffer[] } {
  const sent = [Buffer.from(handshake.start())];
  let step: HandshakeStep = { kind: "more" };
  for (const word of words) {
    const cut = Math.min(cutAt, word.length);
    for (const piece of [word.subarray(0, cut), word.subarray(cut)]) {
      if (piece.length === 0 || step.kind !== "more") continue;
      step = handshake.push(piece);
      if (step.kind === "more" && step.send !== undefined) sent.push(Buffer.from(step.send));
    }
  }
  return { step, sent };
}

test("CONNECT names the target twice, and the credentials as RFC 7617 has them", () => {
  expect(String(new HttpConnect(NOBODY, TARGET).start())).toBe(
    "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\r\n",
  );
  const authorized = String(new HttpConnect(ME, { hostname: "::1", port: 8443 }).start());
  expect(authorized).toContain("CONNECT [::1]:8443 HTTP/1.1\r\n");
  expect(authorized).toContain(`Proxy-Authorization: Basic ${Buffer.from("me:p:ä").toString("base64")}\r\n`);
});

const ANSWERS: readonly (readonly [string, string, Partial<HandshakeStep>])[] = [
  ["200", "HTTP/1.1 200 Connection established\r\nx: y\r\n\r\n", { kind: "open", rest: Buffer.alloc(0) }],
  ["HTTP/1.0 and no reason", "HTTP/1.0 204\r\n\r\n", { kind: "open", rest: Buffer.alloc(0) }],
  [
    "an interim answer before",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    { kind: "open", rest: Buffer.alloc(0) },
  ],
  ["407", "HTTP/1.1 407 X\r\n\r\n", { kind: "failed", fault: { code: "PROXY_AUTH_REQUIRED", detail: "status 407" } }],
  ["403", "HTTP/1.1 403 X\r\n\r\n", { kind: "failed", fault: { code: "PROXY_REFUSED", detail: "status 403" } }],
  [
    "504",
    "HTTP/1.1 504 X\r\n\r\n",
    { kind: "failed", fault: { code: "PROXY_TARGET_UNREACHABLE", detail: "status 504" } },
  ],
  ["HTTP/2", "HTTP/2 200\r\n\r\n", { kind: "failed", fault: { code: "PROXY_BAD_ANSWER", detail: "no HTTP answer" } }],
  [
    "no status",
    "HTTP/1.1 OK\r\n\r\n",
    { kind: "failed", fault: { code: "PROXY_BAD_ANSWER", detail: "no HTTP answer" } },
  ],
];

test.each(ANSWERS)("CONNECT understands %s wherever it is cut", (_name, answer, expected) => {
  for (let cutAt = 0; cutAt <= answer.length; cutAt++) {
    const { step } = say(new HttpConnect(ME, TARGET), [Buffer.from(answer)], cutAt);
    expect(step).toEqual(expected as HandshakeStep);
  }
});

test("SOCKS5 is never asked for a part of a name that is too long for it", () => {
  const socks = new Socks5Connect(NOBODY, { hostname: `${"a".repeat(256)}.example`, port: 443 });
  expect(socks.push(Buffer.from([5, 0]))).toMatchObject({ fault: { code: "PROXY_TARGET_UNREACHABLE" } });
});

test("interim answers and a head without end are heard for so long, a long page behind a refusal is not counted", () => {
  const interim = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n".repeat(40_000));
  const failed = { kind: "failed", fault: { code: "PROXY_BAD_ANSWER", detail: "no HTTP answer" } };
  expect(new HttpConnect(ME, TARGET).push(interim)).toEqual(failed as HandshakeStep);
  const patient = new HttpConnect(ME, TARGET);
  let step = patient.push(interim.subarray(0, 25));
  for (let piece = 0; piece < 2_000 && step.kind === "more"; piece++) step = patient.push(interim.subarray(0, 25));
  expect(step).toEqual(failed as HandshakeStep);
  const page = Buffer.from(`HTTP/1.1 407 X\r\ncontent-type: text/html\r\n\r\n${"x".repeat(100_000)}`);
  expect(new HttpConnect(ME, TARGET).push(page)).toMatchObject({ fault: { code: "PROXY_AUTH_REQUIRED" } });
});

const REPLY = Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]);
const NAMED_REPLY = Buffer.concat([Buffer.from([5, 0, 0, 3, 4]), Buffer.from("host"), Buffer.from([0, 80])]);
const IPV6_REPLY = Buffer.concat([Buffer.from([5, 0, 0, 4]), Buffer.alloc(18)]);

test.each([
  ["an IPv4 address", REPLY],
  ["a name", NAMED_REPLY],
  ["an IPv6 address", IPV6_REPLY],
])("SOCKS5 takes a reply with %s wherever it is cut, with and without a password", (_name, reply) => {
  for (let cutAt = 0; cutAt <= reply.length; cutAt++) {
    const open = say(new Socks5Connect(NOBODY, TARGET), [Buffer.from([5, 0]), reply], cutAt);
    expect(open.step).toEqual({ kind: "open", rest: Buffer.alloc(0) });
    expect(open.sent.map((bytes) => bytes.toString("hex"))).toEqual([
      "050100",
      `050100030b${Buffer.from("api.example").toString("hex")}01bb`,
    ]);
    const known = say(new Socks5Connect(ME, TARGET), [Buffer.from([5, 2]), Buffer.from([1, 0]), reply], cutAt);
    expect(known.step.kind).toBe("open");
    expect(known.sent[0]?.toString("hex")).toBe("05020002");
    expect(known.sent[1]).toEqual(
      Buffer.concat([Buffer.from([1, 2]), Buffer.from("me"), Buffer.from([4]), Buffer.from("p:ä")]),
    );
  }
});

test.each([
  ["127.0.0.1", "017f000001"],
  ["::1", `04${"00".repeat(15)}01`],
  ["2001:db8::8:800:200c:417a", "0420010db80000000000080800200c417a"],
  ["1:2:3:4:5:6:7:8", "0400010002000300040005000600070008"],
  ["::ffff:10.1.2.3", `04${"00".repeat(10)}ffff0a010203`],
])("SOCKS5 sends the address %s as bytes", (hostname, hex) => {
  const { sent } = say(new Socks5Connect(NOBODY, { hostname, port: 80 }), [Buffer.from([5, 0])], 0);
  expect(sent[1]?.toString("hex")).toBe(`050100${hex}0050`);
});

test.each([
  ["no method that it accepts", [[5, 0xff]], "PROXY_AUTH_REQUIRED"],
  [
    "a password that it refuses",
    [
      [5, 2],
      [1, 1],
    ],
    "PROXY_AUTH_REQUIRED",
  ],
  ["a method that was not offered", [[5, 1]], "PROXY_BAD_ANSWER"],
  ["another protocol", [[72, 84]], "PROXY_BAD_ANSWER"],
  ["words before they are due", [[5, 0, 5, 0, 0, 1]], "PROXY_BAD_ANSWER"],
  [
    "a refusal without an address",
    [
      [5, 0],
      [5, 2],
    ],
    "PROXY_REFUSED",
  ],
  [
    "a target that is not there",
    [
      [5, 0],
      [5, 4, 0, 1, 0, 0, 0, 0, 0, 0],
    ],
    "PROXY_TARGET_UNREACHABLE",
  ],
  [
    "a type of address that is none",
    [
      [5, 0],
      [5, 0, 0, 9, 0],
    ],
    "PROXY_BAD_ANSWER",
  ],
] as const)("SOCKS5 with %s", (_name, words, code) => {
  for (const cutAt of [0, 1]) {
    const { step } = say(
      new Socks5Connect(ME, TARGET),
      words.map((word) => Buffer.from(word)),
      cutAt,
    );
    expect(step.kind === "failed" && (step.fault.code as string)).toBe(code);
  }
});

test("law: whatever a proxy sends, in whichever pieces, the handshake goes on, opens or fails", () => {
  const start = fc.constantFrom(
    "",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 407 ",
    "\x05\x00",
    "\x05\x02\x01\x00",
    "\x05\x00\x00\x03",
  );
  const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 });
  const made = fc.constantFrom(
    () => new HttpConnect(ME, TARGET),
    () => new Socks5Connect(ME, TARGET),
    () => new Socks5Connect(NOBODY, TARGET),
  );
  fc.assert(
    fc.property(made, start, pieces, (make, first, others) => {
      const handshake: Handshake = make();
      handshake.start();
      for (const piece of [Buffer.from(first, "latin1"), ...others]) {
        const step = handshake.push(piece);
        expect(["more", "open", "failed"]).toContain(step.kind);
        if (step.kind !== "more") return;
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a head without an end is not kept for ever", () => {
  const handshake = new HttpConnect(NOBODY, TARGET);
  let step: HandshakeStep = handshake.push(Buffer.from("HTTP/1.1 200 OK\r\n"));
  let sent = 0;
  for (; step.kind === "more"; sent += 1_000) step = handshake.push(Buffer.alloc(1_000, "x"));
  expect(step.kind).toBe("failed");
  expect(sent).toBeLessThan(32_000);
});
