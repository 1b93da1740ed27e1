// Our own parameters leave the query, the rest keeps its bytes.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { takeProviderParam, takeQueryKey } from "../../../src/proxy/paths/query-params.ts";

describe("takeProviderParam", () => {
  test.each([
    ["", undefined, ""],
    ["?", undefined, "?"],
    ["?a=1&b=%2f+x", undefined, "?a=1&b=%2f+x"],
    ["?provider=deepseek", "deepseek", ""],
    ["?a=1&provider=deepseek&b=2", "deepseek", "?a=1&b=2"],
    ["?provider=a&x=%zz&provider=b", "a", "?x=%zz"],
    ["?provider=&x", undefined, "?x"],
    ["?provider", undefined, ""],
    ["?%70rovider=deepseek&x=", "deepseek", "?x="],
    ["?provider=caf%C3%A9+x", "caf\u00e9 x", ""],
    ["?provider=%zz", "%zz", ""],
    ["?providers=a&xprovider=b", undefined, "?providers=a&xprovider=b"],
    ["?x=provider=a", undefined, "?x=provider=a"],
    ["?x=1&&provider=a&", "a", "?x=1&&"],
  ])("takes from %p", (query, provider, rest) => {
    expect(takeProviderParam(query)).toEqual({ provider, query: rest });
  });
});

describe("takeQueryKey", () => {
  test.each([
    ["?alt=sse&key=fake-token", ["fake-token"], "?alt=sse"],
    ["?key=a&key=b", ["a", "b"], ""],
    ["?key=", [], ""],
    ["?%6bey=a", ["a"], ""],
    ["?ke%79=a&b", ["a"], "?b"],
    ["?keys=a", [], "?keys=a"],
    ["key=a&b=1", ["a"], "?b=1"],
  ])("takes from %p", (query, keys, rest) => {
    expect(takeQueryKey(query)).toEqual({ keys, query: rest });
  });

  test("leaves no key that URLSearchParams would find, and every other parameter", () => {
    const name = fc.constantFrom("key", "%6Bey", "Key", "a", "", "ke", "%");
    const part = fc.tuple(name, fc.webQueryParameters()).map(([left, right]) => `${left}=${right}`);
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const query = `?${parts.join("&")}`;
        const left = [...new URLSearchParams(takeQueryKey(query).query)];
        expect(left).toEqual([...new URLSearchParams(query)].filter(([given]) => given !== "key"));
      }),
    );
  });
});
