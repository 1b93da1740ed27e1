// The law of all diagnostics: no value that was configured stands in any of them.

import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { diagnose } from "./load.ts";

// Hundreds of configurations are loaded, beside whatever else the machine does.
setDefaultTimeout(60_000);

/** Long enough that it stands in no message by chance, and of a kind that no message is made of. */
const secret = fc.stringMatching(/^[A-Za-z0-9]{6}7[A-Za-z]{8}3[A-Za-z0-9]{8}$/);

const GROUP = { quota_group: "g", limits: { concurrency: 2 } };
const RULED = {
  models: ["gpt*"],
  providers: ["a"],
  operations: ["chat/*"],
  cidrs: ["10.0.0.0/8"],
  expires: "2099-01-01",
  rpm: "1k",
  budget: { amount: 5, per: "day" },
  day: "UTC",
};
const COOL = JSON.parse('{ "then": "cool_key" }');

const VALID = {
  server: { host: "127.0.0.1", port: 8000, max_body: "1MiB", repair_paths: true },
  auth: {
    client_tokens: ["sk-fake-client", { name: "ci", token: "sk-fake-ci", ...RULED }],
    admin_token: "sk-fake-admin",
  },
  default_provider: "a",
  providers: [
    {
      name: "a",
      path: "pa",
      base_url: "https://a.example/v1",
      api_keys: [
        "sk-fake-1",
        { key: "sk-fake-2", name: "b", weight: 2, headers: { "X-K": "v" }, models: ["gpt*"], ...GROUP },
      ],
      headers: { "X-A": "v" },
      dialect: "openai",
      timeouts: { first_byte: "1s", models: { "o*": { connect: "1s" } } },
      models: { include: ["*"], exclude: ["x"] },
      model_request_key: "b",
      limits: { rpm: 5, day: "UTC", models: { "o*": { tpm: "1k" } } },
      rules: [{ status: [429, "5xx"], code: "busy", body_matches: "quota", ...COOL, until: "00:00 UTC" }],
      strategy: "random",
    },
    {
      name: "azure",
      base_url: "https://b.example/v1",
      api_keys: [{ env: "B" }],
      keys_file: "b.keys",
      ca_file: "b.pem",
    },
  ],
  models: { fast: ["a/gpt", ["azure/gpt"]] },
  retry: { budget: 0.5 },
  queue: { max_wait: "1s" },
  usage: { prices: [{ models: ["gpt*"], provider: "a", input: 1, output: 2, cached_input: 0 }] },
  limits: { rpd: "10k" },
  rules: [{ code: ["busy"], provider: "a", ...COOL, for: "1h" }],
  webhooks: [
    { name: "w", url: "https://w.example/x", secret: "sk-fake-webhook-secret", events: ["key.*"], providers: ["a"] },
  ],
  logging: { level: "info" },
};

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  const entries = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  return [path, ...entries.flatMap(([step, inside]) => pathsOf(inside, [...path, step]))];
}

/** A copy in which `change` was applied to what stands at the path. */
function changed(path: Path, change: (value: unknown) => unknown, value: unknown = VALID): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  const copy: Record<string | number, unknown> = Object.assign(Array.isArray(value) ? [] : {}, value);
  copy[step] = changed(rest, change, copy[step]);
  return copy;
}

const paths = pathsOf(VALID);

test("a secret in any field, in any form, is not said", () => {
  const form = fc.constantFrom<(secret: string) => unknown>(
    (text) => text,
    (text) => [text],
    (text) => ({ [text]: text }),
    (text) => ({ env: text }),
    (text) => ({ file: text }),
    (text) => `https://${text}:${text}@${text}/v1?${text}`,
    (text) => `$\x7b${text}}`,
    (text) => `$\x7b${text}`,
    (text) => `${text}\n${text}`,
    (text) => `${text}/${text}`,
  );
  fc.assert(
    fc.property(secret, fc.constantFrom(...paths), form, (text, path, make) => {
      const lines = diagnose({
        yaml: JSON.stringify(changed(path, () => make(text))),
        env: { B: text },
        files: { "/work/b.keys": `${text} ${text}` },
      });
      expect(lines.join("\n").toLowerCase()).not.toContain(text.toLowerCase());
    }),
    { numRuns: 400 },
  );
});

test("a secret as the name of a field is not said", () => {
  fc.assert(
    fc.property(secret, fc.constantFrom(...paths), (text, path) => {
      const add = (value: unknown) =>
        typeof value === "object" && !Array.isArray(value) ? { ...value, [text]: 1 } : { [text]: 1 };
      expect(diagnose({ yaml: JSON.stringify(changed(path, add)) }).join("\n")).not.toContain(text);
    }),
    { numRuns: 200 },
  );
});

test("a secret in a file that is no valid YAML is not said", () => {
  const noise = fc.array(
    fc.constantFrom("\n", ": ", "- ", "[", "{", '"', "'", "&", "*", "!", "|", "  ", "#", "%", "? ", "\t"),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(secret, noise, noise, (text, before, after) => {
      expect(diagnose({ yaml: `${before.join("")}${text}${after.join("")}` }).join("\n")).not.toContain(text);
    }),
    { numRuns: 400 },
  );
});

test("a secret in any variable is not said", () => {
  const names = [
    "API_KEYS",
    "BASE_URL",
    "PROVIDERS_CONFIG",
    "CUSTOM_HEADERS",
    "ALLOWED_TOKENS",
    "AUTH_TOKEN",
    "DEFAULT_PROVIDER",
    "MAX_FAILURES",
    "MAX_RETRIES",
    "TIME_OUT",
    "LOG_LEVEL",
    "PROXIES",
    "MODEL_REQUEST_KEY",
    "OPENAI_API_KEY",
    "OPENAI_BALANCE_SERVER__PORT",
    "OPENAI_BALANCE_AUTH__CLIENT_TOKENS",
  ];
  fc.assert(
    fc.property(
      secret,
      fc.subarray(names, { minLength: 1 }),
      fc.constantFrom("", "[", "{", '["'),
      (text, set, lead) => {
        const env = Object.fromEntries(set.map((name) => [name, lead + text]));
        expect(diagnose({ env }).join("\n")).not.toContain(text);
      },
    ),
    { numRuns: 200 },
  );
});
