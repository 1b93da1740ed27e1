// Which transports are reused over reloads, and when the others are closed.
import { expect, test } from "bun:test";
import type { ProviderConfig } from "../../src/config/config.ts";
import { Transports } from "../../src/daemon/transports.ts";
import { loadValid, oneProvider } from "../config/load.ts";

function provider(fields: object): ProviderConfig {
  const [config] = loadValid({ yaml: oneProvider(fields) }).config.providers;
  if (config === undefined) throw new Error("No provider was configured");
  return config;
}

function recorder(): { readonly transports: Transports; readonly closed: string[] } {
  const closed: string[] = [];
  const transports = new Transports(({ baseUrl }) => ({
    start: () => {
      throw new Error("Nothing is sent here");
    },
    close: async () => void closed.push(baseUrl),
  }));
  return { transports, closed };
}

const ONE = provider({ base_url: "https://one.example/v1" });
const TWO = provider({ base_url: "https://two.example/v1" });

test("Transports reuses one while nothing changes that it depends on", () => {
  const { transports } = recorder();
  expect(transports.of(provider({ base_url: "https://one.example/v1", max_failures: 7 }))).toBe(transports.of(ONE));
  expect(transports.of(TWO)).not.toBe(transports.of(ONE));
});

test("Transports closes what was replaced or is gone once nobody uses it", async () => {
  const { transports, closed } = recorder();
  transports.of(ONE);
  transports.of(TWO);
  const unused = Promise.withResolvers<void>();
  const retained = transports.retain({ providers: new Set(), proxies: new Set() }, unused.promise);
  expect(closed).toEqual([]);
  unused.resolve();
  await retained;
  expect(closed.sort()).toEqual([ONE.baseUrl, TWO.baseUrl]);
});

test("Transports closes all at the end, also those that are waited for, each once", async () => {
  const { transports, closed } = recorder();
  transports.of(ONE);
  transports.of(TWO);
  const unused = Promise.withResolvers<void>();
  const retained = transports.retain({ providers: new Set([TWO.name]), proxies: new Set() }, unused.promise);
  await transports.closeAll();
  expect(closed.sort()).toEqual([ONE.baseUrl, TWO.baseUrl]);
  unused.resolve();
  await retained;
  expect(closed).toHaveLength(2);
});
