// The list of values in effect says what `config show` says.
import { expect, test } from "bun:test";
import { parse } from "yaml";
import { effectiveValues } from "../../src/config/effective-values.ts";
import { renderConfig } from "../../src/config/render-config.ts";
import { loadValid } from "./load.ts";

const YAML = `
auth: { admin_token: fake-admin-token-1, client_tokens: [{ token: { env: TOKEN } }] }
proxies: { urls: ["http://me:fake-password@proxy.example:1"] }
providers:
  - { name: main, base_url: https://main.example/v1, api_keys: [fake-key-of-main], headers: { X: "line\\tone" } }
webhooks: [{ name: hook, url: https://hooks.example/fake-path-of-the-hook }]
`;

test("the rows are the values that renderConfig writes, in its order", () => {
  const loaded = loadValid({ yaml: YAML, env: { TOKEN: "fake-token-1" } });
  const rows = effectiveValues(loaded);
  const leaves: [string, unknown][] = [];
  const walk = (node: unknown, path: string): void => {
    const isFilled = typeof node === "object" && node !== null && Object.keys(node).length > 0;
    if (!isFilled) leaves.push([path, node]);
    for (const [name, inside] of isFilled ? Object.entries(node) : []) {
      walk(inside, Array.isArray(node) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`);
    }
  };
  walk(parse(renderConfig(loaded)), "");
  expect(rows.map(({ path, value }) => [path, parse(value)])).toEqual(leaves);
  expect(JSON.stringify(rows)).not.toMatch(/fake-(admin|pass|key|path)\w*-/);
});

test("each has its origin", () => {
  const rows = effectiveValues(loadValid({ yaml: YAML, env: { TOKEN: "fake-token-1" } }));
  const originOf = (wanted: string) => rows.find(({ path }) => path === wanted)?.origin;
  expect(originOf("auth.admin_token")).toBe("config.yaml:2:9");
  expect(originOf("server.host")).toBe("default");
  expect(originOf("providers[0].name")).toBe("config.yaml:5:7");
});
