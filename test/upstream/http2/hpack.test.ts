// HPACK against the examples of RFC 7541, and what the encoder writes against the decoder.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { HpackDecoder } from "../../../src/upstream/http2/hpack-decoder.ts";
import { encodeRequest } from "../../../src/upstream/http2/hpack-encoder.ts";
import { decodeHuffman } from "../../../src/upstream/http2/huffman.ts";

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ""), "hex");

describe("decodeHuffman", () => {
  test.each([
    ["f1e3 c2e5 f23a 6ba0 ab90 f4ff", "www.example.com"],
    ["a8eb 1064 9cbf", "no-cache"],
    ["25a8 49e9 5bb8 e8b4 bf", "custom-value"],
    ["d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
    [
      "94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ],
    ["", ""],
  ])("reads %s (RFC 7541 appendix C)", (code, text) => {
    const bytes = hex(code);
    expect(decodeHuffman(bytes, 0, bytes.length)).toBe(text);
  });

  test.each([
    ["EOS inside", "ffff fffc"],
    ["padding of a whole byte", "f1e3 c2e5 f23a 6ba0 ab90 f4ff ff"],
    ["padding that is not the beginning of EOS", "f1e3 c2e5 f23a 6ba0 ab90 f400"],
  ])("refuses %s", (_name, code) => {
    const bytes = hex(code);
    expect(decodeHuffman(bytes, 0, bytes.length)).toBeUndefined();
  });
});

describe("HpackDecoder", () => {
  test("follows the dynamic table through a connection (RFC 7541 C.4)", () => {
    const decoder = new HpackDecoder();
    expect(decoder.decode(hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"))).toEqual([
      [":method", "GET"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "www.example.com"],
    ]);
    expect(decoder.decode(hex("8286 84be 5886 a8eb 1064 9cbf"))?.slice(3)).toEqual([
      [":authority", "www.example.com"],
      ["cache-control", "no-cache"],
    ]);
    expect(decoder.decode(hex("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"))).toEqual([
      [":method", "GET"],
      [":scheme", "https"],
      [":path", "/index.html"],
      [":authority", "www.example.com"],
      ["custom-key", "custom-value"],
    ]);
  });

  test("evicts the oldest entries when the table is full or shrunk", () => {
    const decoder = new HpackDecoder();
    const entry = (name: string, size: number) =>
      Buffer.concat([
        Buffer.from([0x40, 1]),
        Buffer.from(name),
        Buffer.from([0x7f, 0x80 | ((size - 127) & 0x7f), (size - 127) >> 7]),
        Buffer.alloc(size, "v"),
      ]);
    decoder.decode(entry("a", 2000));
    decoder.decode(entry("b", 2000));
    expect(decoder.decode(hex("bf"))?.[0]?.[0]).toBe("a");
    decoder.decode(entry("c", 2000));
    expect(decoder.decode(hex("bf"))?.[0]?.[0]).toBe("b");
    expect(decoder.decode(hex("20 3fe11f"))).toEqual([]);
    expect(decoder.decode(hex("be"))).toBeUndefined();
  });

  test.each([
    ["index 0", "80"],
    ["an index that is not there", "be"],
    ["a table larger than announced", "3fe2 1f"],
    ["an integer without end", "ff80 8080 8080"],
    ["an integer that is cut", "7f"],
    ["a string that is cut", "0003 61"],
    ["Huffman code that is broken", "0081 ff 00"],
  ])("refuses %s", (_name, block) => {
    expect(new HpackDecoder().decode(hex(block))).toBeUndefined();
  });

  test("refuses a small block that decodes to a large list", () => {
    const decoder = new HpackDecoder();
    const value = Buffer.alloc(3000, "v");
    decoder.decode(Buffer.concat([hex("40 01 61 7f b916"), value]));
    expect(decoder.decode(hex("be"))?.[0]?.[1]).toHaveLength(3000);
    expect(decoder.decode(Buffer.alloc(200, 0xbe))).toBeUndefined();
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const headers = new HpackDecoder().decode(Buffer.from(bytes));
        return headers === undefined || Array.isArray(headers);
      }),
    );
  });
});

describe("encodeRequest", () => {
  const call = {
    origin: "https://x",
    path: "/v1?q",
    method: "POST",
    headers: [],
    body: Buffer.from("12345"),
    connectMs: 1,
  };
  const decode = (block: Buffer | undefined) => new HpackDecoder().decode(block ?? Buffer.alloc(0));

  test("writes pseudo-headers first, names in lower case, the length of the body", () => {
    const block = encodeRequest({ ...call, headers: ["X-Own", "Value", "Authorization", "Bearer sk-fake-1"] }, "x:1");
    expect(decode(block)).toEqual([
      [":method", "POST"],
      [":scheme", "https"],
      [":authority", "x:1"],
      [":path", "/v1?q"],
      ["x-own", "Value"],
      ["authorization", "Bearer sk-fake-1"],
      ["content-length", "5"],
    ]);
  });

  test("marks credentials as never indexed", () => {
    const block = encodeRequest({ ...call, headers: ["authorization", "s"] }, "x") ?? Buffer.alloc(0);
    // Index 23 beyond the 4-bit prefix: 0001 1111, then 23 - 15.
    expect(block.includes(Buffer.from([0x1f, 8, 1, 0x73]))).toBeTrue();
  });

  test("leaves out what belongs to one connection", () => {
    const headers = [
      "Connection",
      "close",
      "Transfer-Encoding",
      "chunked",
      "Host",
      "other",
      "TE",
      "gzip",
      "content-length",
      "5",
    ];
    expect(decode(encodeRequest({ ...call, headers }, "x"))?.slice(4)).toEqual([["content-length", "5"]]);
  });

  test.each([
    ["POST", [["content-length", "0"]]],
    ["GET", []],
    ["DELETE", []],
  ])("%s without a body", (method, expected) => {
    expect(decode(encodeRequest({ ...call, method, body: null }, "x"))?.slice(4) as unknown).toEqual(expected);
  });

  test("any valid header comes out as it went in", () => {
    const name = fc
      .stringMatching(/^[a-z0-9-]{1,40}$/)
      .filter((text) => decode(encodeRequest({ ...call, headers: [text, ""] }, "x"))?.length === 6);
    const value = fc.stringMatching(/^[\x20-\x7e\xa0-\xff]{0,300}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (headers) => {
        expect(decode(encodeRequest({ ...call, headers: headers.flat() }, "x"))?.slice(4, -1) as unknown).toEqual(
          headers,
        );
      }),
    );
  });
});
