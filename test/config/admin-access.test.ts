// What is said of the admin token, of sessions and of the names under which the page may be opened.
import { expect, test } from "bun:test";
import { diagnose, loadValid, oneProvider } from "./load.ts";

const CLIENTS = ["sk-fake-client-token-1"];

function config(auth: object, server: object = {}): string {
  return JSON.stringify({ ...JSON.parse(oneProvider()), auth: { client_tokens: CLIENTS, ...auth }, server });
}

test.each(["5m", "300s", "24h", "1d"])("a session may last %s", (ttl) => {
  expect(diagnose({ yaml: config({ session_ttl: ttl }) })).toEqual([]);
});

test.each(["299s", "25h", "0s", "1"])("a session may not last %s", (ttl) => {
  expect(diagnose({ yaml: config({ session_ttl: ttl }) })).toEqual([
    expect.stringMatching(/auth\.session_ttl: expected a duration from 5m to 24h, got/),
  ]);
});

test.each(["5m", "7d", "365d"])("a session may be used for %s", (most) => {
  expect(diagnose({ yaml: config({ session_max: most }) })).toEqual([]);
});

test.each(["299s", "366d", "0s", "never"])("a session may not be used for %s", (most) => {
  expect(diagnose({ yaml: config({ session_max: most }) })).toEqual([
    expect.stringMatching(/auth\.session_max: expected a duration from 5m to 365d, got/),
  ]);
});

test("names of hosts are names or addresses, and kept as browsers send them", () => {
  const yaml = config({ admin_hosts: ["Gateway.example", "10.0.0.7", "FD00:0:0::0007"] });
  expect(loadValid({ yaml }).config.auth.adminHosts).toEqual(["gateway.example", "10.0.0.7", "fd00::7"]);
});

test.each(["https://gateway.example", "gateway.example:8000", "*.example", "", "a b", "a..b", "-a", "[::1]"])(
  "%p is no name of a host",
  (name) => {
    expect(diagnose({ yaml: config({ admin_hosts: [name] }) })).toEqual([
      expect.stringMatching(/auth\.admin_hosts\[0\]: expected a host name such as gateway\.example/),
    ]);
  },
);

test.each([
  ["loopback names always count", ["localhost"]],
  ["loopback names always count", ["127.0.0.9"]],
  ["loopback names always count", ["0:0:0:0:0:0:0:1"]],
  ["loopback names always count", ["127.1"]],
  ["the name stands there already", ["fd00::7", "FD00:0::7"]],
  ["server.host always counts", ["Gw.example"]],
  ["the name stands there already", ["a.example", "A.example"]],
])("a name without effect is an error: %s", (reason, names) => {
  const yaml = config({ admin_hosts: names, admin_token: "fake-admin-token-0001" }, { host: "gw.example" });
  expect(diagnose({ yaml })).toEqual([expect.stringContaining(`has no effect: ${reason}`)]);
});

test("a short admin token is warned of where others reach the port", () => {
  const admin_token = "fake-short-0001";
  expect(diagnose({ yaml: config({ admin_token }) })).toEqual([]);
  expect(diagnose({ yaml: config({ admin_token }, { host: "0.0.0.0" }) })).toEqual([
    expect.stringMatching(/auth\.admin_token: a token of fewer than 16 characters can be guessed/),
  ]);
});
