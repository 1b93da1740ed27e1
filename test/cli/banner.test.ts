// What `serve` prints: where it listens, who serves, who may ask, and one curl line that works.
import { describe, expect, test } from "bun:test";
import { banner } from "../../src/cli/banner.ts";
import { readConfig } from "../../src/cli/read-config.ts";
import type { LoadedConfig } from "../../src/config/load-config.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const KEY = "sk-fake-0123456789abcdef";
const TOKENS = ["fake-client-token-0001", "fake-client-token-0002"];

interface Setup {
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly isDemo?: boolean;
  readonly notes?: readonly string[];
  readonly takesKeys?: boolean;
  readonly takesCommands?: boolean;
}

function load({ yaml, env = {}, isDemo = false }: Setup): LoadedConfig {
  using terminal = new FakeTerminal();
  if (yaml !== undefined) terminal.write("config.yaml", yaml);
  const result = readConfig(terminal.context({ env }), { color: false, demo: isDemo });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  return result;
}

function print(setup: Setup): string {
  const { config, warnings } = load(setup);
  return banner({
    version: "1.2.3",
    url: setup.url ?? "http://127.0.0.1:8000",
    config,
    file: setup.yaml === undefined ? undefined : "config.yaml",
    folder: "/data",
    takesKeys: setup.takesKeys ?? true,
    takesCommands: setup.takesCommands ?? true,
    storedTokens: 0,
    needsFolder: setup.isDemo ?? false,
    isDemo: setup.isDemo ?? false,
    warnings,
    notes: setup.notes ?? [],
  });
}

function curlLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.includes("curl"));
}

test("banner of the demo", () => {
  expect(print({ isDemo: true })).toBe(`openai-balance 1.2.3 listening on http://127.0.0.1:8000
  base URL  http://127.0.0.1:8000/v1
  page      http://127.0.0.1:8000/admin, logged in to by: openai-balance open --data-dir /data
  providers demo: 5 keys
  clients   every program on this machine, without a token
  config    built in for the demo: no file is read, no real provider is called
  data      /data

Try it:
curl http://127.0.0.1:8000/v1/chat/completions -H "Content-Type: application/json" -d '{"model":"demo-small","messages":[{"role":"user","content":"Say hello"}]}'

See how its keys fare, in another terminal:
  openai-balance health --data-dir /data
With a key of your own:
  openai-balance keys add
  openai-balance serve
`);
});

test("banner of several providers, aliases, tokens and warnings", () => {
  const yaml = `auth: { client_tokens: [${TOKENS}] }
providers:
  - { name: openai, api_keys: ["${KEY}"] }
  - { name: deepseek }
  - { name: groq, enabled: false }
  - { name: ollama, enabled: true }
models: { fast: [openai/gpt-4o-mini] }
`;
  const text = print({ yaml });
  expect(text).toStartWith(`openai-balance 1.2.3 listening on http://127.0.0.1:8000
  base URL  http://127.0.0.1:8000/v1
  page      http://127.0.0.1:8000/admin, logged in to by: openai-balance open
  providers openai (default): 1 key
            deepseek: no key
            groq: disabled
            ollama: needs no key
  models    fast
  clients   whoever has one of the 2 client tokens
  config    config.yaml
  data      /data
  warning   config.yaml:4:5 providers[1]: has no key, its requests are answered with status 503: set DEEPSEEK_API_KEY, or add one with openai-balance keys add --provider deepseek

Try it, with a client token in the variable CLIENT_TOKEN:
curl http://127.0.0.1:8000/v1/chat/completions -H "Authorization: Bearer $CLIENT_TOKEN" `);
  expect(text).toContain('"model":"gpt-4o-mini"');
  for (const secret of [KEY, ...TOKENS]) expect(text).not.toContain(secret);
});

describe("banner has exactly one line with curl", () => {
  test.each<[string, Setup, string]>([
    ["one key", { env: { OPENAI_API_KEY: KEY } }, "curl http://127.0.0.1:8000/v1/chat/completions "],
    ["no key", {}, "curl http://127.0.0.1:8000/health"],
    [
      "no test model",
      { yaml: `providers: [{ name: x, base_url: "https://x.example/v1", api_keys: [${KEY}] }]` },
      "curl http://127.0.0.1:8000/v1/models",
    ],
    [
      "every address",
      { env: { OPENAI_API_KEY: KEY }, url: "http://0.0.0.0:80" },
      "curl http://127.0.0.1/v1/chat/completions ",
    ],
    [
      "every IPv6 address",
      { env: { OPENAI_API_KEY: KEY }, url: "http://[::]:8000" },
      "curl http://[::1]:8000/v1/chat/completions ",
    ],
  ])("%s", (_case, setup, start) => {
    const lines = curlLines(print(setup));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toStartWith(start);
  });
});

test("banner without a key says how to add one", () => {
  expect(print({})).toBe(`openai-balance 1.2.3 listening on http://127.0.0.1:8000
  base URL  http://127.0.0.1:8000/v1
  page      http://127.0.0.1:8000/admin, logged in to by: openai-balance open
  providers none
  clients   every program on this machine, without a token
  config    no file, only the environment and added keys; \`openai-balance init\` writes a file
  data      /data

No key is configured, so every request is answered with status 503. Add one in another terminal, it is used at once:
  openai-balance keys add --provider openai
Or see it work without any key: openai-balance serve --demo

Until then it tells that it runs:
curl http://127.0.0.1:8000/health
`);
});

test("banner of a file without a key names the provider that wants one", () => {
  const text = print({ yaml: "providers: [{ name: deepseek }]" });
  expect(text).toContain("openai-balance keys add --provider deepseek\n");
  expect(text).not.toContain("demo");
});

test("banner says what was found on the disk", () => {
  expect(print({ notes: ["The key store cannot be opened"] })).toContain(
    "\n  warning   The key store cannot be opened\n",
  );
});

test.each([
  ["doubled", `["${TOKENS[0]}", "${TOKENS[0]}"]`, "127.0.0.1", "stand here more than once"],
  ["weak", '["short"]', "0.0.0.0", "can be guessed"],
])("banner passes on the warning about a %s client token", (_case, tokens, host, words) => {
  const yaml = `server: { host: ${host} }\nauth: { client_tokens: ${tokens} }\nproviders: [{ name: ollama }]\n`;
  expect(print({ yaml })).toContain(words);
});

test("the demo takes no key from the environment and no file", () => {
  const { config } = load({ yaml: "wrong: true", env: { OPENAI_API_KEY: KEY, API_KEYS: KEY }, isDemo: true });
  expect(config.providers.map(({ name }) => name)).toEqual(["demo"]);
});

test("banner without a key does not offer to add one where none can be kept", () => {
  const text = print({ takesKeys: false });
  expect(text).toContain("Stop it, set OPENAI_API_KEY");
  expect(text).not.toContain("keys add");
});

test.each<[string, Setup, string]>([
  ["is, where the admin token opens it", { yaml: 'auth: { admin_token: "fake-admin-token-0001" }' }, ""],
  ["is, and how a link opens it without an admin token", {}, ", logged in to by: openai-balance open"],
  ["will be, where no command reaches the daemon", { takesCommands: false }, ", once auth.admin_token is set"],
])("banner says where the page %s", (_, setup, rest) => {
  const lines = print({ ...setup, url: "http://0.0.0.0:8123" }).split("\n");
  expect(lines).toContain(`  page      http://127.0.0.1:8123/admin${rest}`);
});
