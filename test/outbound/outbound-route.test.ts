// Rendezvous hashing and the order of random proxies.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type OutboundProxy, parseOutboundProxy } from "../../src/config/outbound-proxy.ts";
import { OutboundRoute, rankFor } from "../../src/outbound/outbound-route.ts";

const hosts = fc.uniqueArray(fc.domain(), { minLength: 1, maxLength: 20 });
const keyIds = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{12}$/), { minLength: 1, maxLength: 50 });

function proxies(names: readonly string[]): readonly OutboundProxy[] {
  return names.flatMap((name) => {
    const reading = parseOutboundProxy(`http://${name}:3128`);
    return reading.ok ? [reading.proxy] : [];
  });
}

test("a proxy that goes moves only its own keys, and each of them to its second choice", () => {
  fc.assert(
    fc.property(hosts, keyIds, fc.nat(), (names, keys, at) => {
      const all = proxies(names);
      const gone = all[at % all.length];
      const left = all.filter((proxy) => proxy !== gone);
      for (const key of keys) {
        expect(rankFor(key, left)).toEqual(rankFor(key, all).filter((proxy) => proxy !== gone));
      }
    }),
  );
});

test("the order of a key does not depend on that of the file", () => {
  fc.assert(
    fc.property(hosts, keyIds, (names, [key = ""]) => {
      expect(rankFor(key, proxies(names.toReversed()))).toEqual(rankFor(key, proxies(names)));
    }),
  );
});

test("keys spread over the proxies", () => {
  const all = proxies(["a.example", "b.example", "c.example", "d.example"]);
  const counts = new Map(all.map(({ hostname }) => [hostname, 0]));
  for (let key = 0; key < 4_000; key++) {
    const first = rankFor(`key-${key}`, all)[0]?.hostname ?? "";
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  // A fair share is 1,000, with a standard deviation of 27.
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test("bound by key every call asks in the same order; at random each proxy comes first about as often", () => {
  const all = proxies(["a.example", "b.example", "c.example"]);
  const bound = new OutboundRoute({ proxies: all, bind: "key" }, "key-1");
  expect(bound.ranked(() => 0.1)).toBe(bound.ranked(() => 0.9));
  const random = new OutboundRoute({ proxies: all, bind: "random" }, "key-1");
  let seed = 7;
  const next = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const firsts = new Map<string, number>();
  for (let call = 0; call < 3_000; call++) {
    const order = random.ranked(next);
    expect(new Set(order).size).toBe(3);
    const first = order[0]?.hostname ?? "";
    firsts.set(first, (firsts.get(first) ?? 0) + 1);
  }
  for (const { hostname } of all) expect(Math.abs((firsts.get(hostname) ?? 0) - 1_000)).toBeLessThan(150);
});
