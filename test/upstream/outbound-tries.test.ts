// Which of the proxies that one call asked is blamed once the call was answered.
import { expect, test } from "bun:test";
import { OutboundTries } from "../../src/upstream/outbound-tries.ts";
import type { OutboundBook } from "../../src/upstream/outbound-way.ts";
import { proxyOf } from "./transport/outbound-lab.ts";
import { callOf } from "./transport/run-exchange.ts";

const PROXIES = ["http://one.example", "http://two.example"].map(proxyOf);

test.each([
  ["the way to the target", "ECONNRESET", false, ["ECONNRESET"]],
  ["the proxy, which was told at once", "PROXY_REFUSED", false, []],
  ["a connection that stood and took some of an upload", "ECONNRESET", true, []],
] as const)("a failure of %s", (_what, cause, stood, blamed) => {
  const told: string[] = [];
  const book: OutboundBook = {
    order: () => PROXIES,
    isCutOff: () => false,
    begin: () => () => {},
    answered: ({ id }) => void expect(id).toBe(PROXIES[1]?.id ?? ""),
    blame: ({ id }, { detail }) => {
      expect(id).toBe(PROXIES[0]?.id ?? "");
      told.push(detail);
    },
    now: () => 0,
  };
  const tries = new OutboundTries(PROXIES, book, callOf("https://target.example"));
  tries.next();
  expect(tries.noteFailure(cause, stood)).toBe(true);
  tries.next();
  tries.noteSuccess();
  expect(told).toEqual([...blamed]);
});
