// Every config and every setting that the documents show is one that the program takes.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { METRICS } from "../../src/metrics/metric-table.ts";
import { ERRORS } from "../../src/proxy/answer/error-table.ts";
import { FOLDER_FILES } from "../../src/storage/open-folder.ts";
import { FakeTerminal } from "../cli/fake-terminal.ts";
import { diagnose, loadValid } from "../config/load.ts";
import { blocks, codesIn, DOCUMENTS, ROOT } from "./documents.ts";

const NAMES = [
  "CLIENT_TOKEN",
  "CI_TOKEN",
  "OPENAI_API_KEY",
  "OPENAI_KEY_B",
  "OPENAI_KEY_SPARE",
  "DEEPSEEK_API_KEY",
  "ADMIN_TOKEN",
];
const ENV = {
  ...Object.fromEntries([...NAMES, "AZURE_OPENAI_API_KEY"].map((name) => [name, `sk-fake-${name}-0001`])),
  CREDENTIALS_DIRECTORY: "/run/credentials",
  SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T0/B0/fake",
  WEBHOOK_SECRET: "sk-fake-webhook-secret-0001",
  PROXY_URL: "http://user:fake-proxy-password@proxy-2.example:3128",
};
const PEM = (name: string) => readFileSync(join(ROOT, "test/fixture/tls", name), "utf8");
const FILES = {
  "/work/deepseek.keys": "sk-fake-deepseek-1\n",
  ...Object.fromEntries(
    ["run/credentials/client_token", "run/credentials/admin_token", "run/secrets/client_token"]
      .concat("run/secrets/admin_token", "run/secrets/openai_key")
      .map((path) => [`/${path}`, `sk-fake-${path.replaceAll("/", "-")}-0001\n`]),
  ),
  "/work/fullchain.pem": PEM("localhost.pem"),
  "/work/privkey.pem": PEM("localhost.key"),
};
const REFERENCE = readFileSync(join(ROOT, "docs/config.md"), "utf8");

/** The section of the reference on a field of the top level; empty if there is none. */
function referenceOf(head: string): string {
  const start = REFERENCE.indexOf(`\n## \`${head}\`\n`);
  return start < 0 ? "" : REFERENCE.slice(start, REFERENCE.indexOf("\n## ", start + 1));
}

describe("Every config loads without a word", () => {
  test.each(blocks("yaml").map((yaml) => [yaml] as const))("%s", (yaml) => {
    expect(diagnose({ yaml, env: ENV, files: FILES })).toEqual([]);
  });

  test("there are three sizes, and and one or two for each subject that has settings", () => {
    const shown = DOCUMENTS.flatMap(({ path, text }) => {
      const yamls = blocks("yaml", text);
      const providers = yamls.map((yaml) => loadValid({ yaml, env: ENV, files: FILES }).config.providers.length);
      return providers.length === 0 ? [] : [[path, providers]];
    });
    expect(Object.fromEntries(shown)).toEqual({
      "README.md": [1, 3, 3],
      "README.zh-CN.md": [2],
      "docs/access.md": [1, 1],
      "docs/deploy.md": [1],
      "docs/install.md": [1, 1],
      "docs/keys.md": [1],
      "docs/outbound-proxies.md": [2],
      "docs/page.md": [1],
      "docs/webhooks.md": [1],
    });
  });
});

test("the wrong config is told as shown", async () => {
  using terminal = new FakeTerminal();
  terminal.write(
    "config.yaml",
    "server:\n  prot: 1\nauth: { client_tokens: [sk-fake-client-token-0001] }\nproviders: [{ name: ollama }]\n",
  );
  const { err } = await terminal.run(["config", "check"]);
  expect(blocks("text")).toContain(err);
});

/** Written like settings and codes, and neither. */
const FOREIGN = ["max_tokens", "proxy_pass", "upstream_stream_interrupted", "trace_id", "client_gone"];
/** Of Prometheus and its metrics. */
const MONITORING = [
  ...["rule_files", "job_name", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"],
  ...["half_open", "disabled_by_rule"],
  ...Object.values(METRICS).flatMap(({ name, labels }) => [name, ...labels]),
];

test("every word with underscores is a setting or a code of an error", () => {
  const words = DOCUMENTS.flatMap(({ text }) => codesIn(text)).flatMap(
    (code) => /^([a-z]+(?:_[a-z]+)+)(?::|$)/.exec(code)?.[1] ?? [],
  );
  const known = [...Object.keys(ERRORS), ...FOREIGN, ...MONITORING];
  expect(words.length).toBeGreaterThan(50);
  expect(words.filter((word) => !known.includes(word) && !new RegExp(`\\b${word}\\b`).test(REFERENCE))).toEqual([]);
});

describe("Every setting is in the reference", () => {
  const shown = DOCUMENTS.flatMap(({ path, text }) =>
    codesIn(text).flatMap((code) => {
      const [, head = "", field = ""] = /^([a-z]+)\.([a-z_]+(?:\.[a-z_]+)?)(?::|$)/.exec(code) ?? [];
      // A file of that name.
      if (code === FOLDER_FILES.database) return [];
      return referenceOf(head) === "" ? [] : [[path, head, field] as const];
    }),
  );

  test("there are some", () => {
    expect(shown.length).toBeGreaterThan(15);
  });

  test.each(shown)("%s: %s.%s", (_path, head, field) => {
    expect(referenceOf(head)).toContain(`| \`${field}\` |`);
  });
});
