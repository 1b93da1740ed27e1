// Everything that the README says and a program can check: configs, commands, routes, codes, links, printed texts.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import packageJson from "../../package.json";
import { banner } from "../../src/cli/banner.ts";
import { buildProgram } from "../../src/cli/build-program.ts";
import { createLogger } from "../../src/core/logger.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { demoProvider } from "../../src/demo/demo-provider.ts";
import { ERRORS } from "../../src/proxy/error-table.ts";
import { clientHeaders, upstreamHeaders } from "../../src/proxy/header-policy.ts";
import { type ParsedPath, parsePath } from "../../src/proxy/parse-path.ts";
import { createProviderNames, type ProviderName } from "../../src/proxy/provider-names.ts";
import { dialectOf } from "../../src/upstream/dialects.ts";
import { FakeTerminal } from "../cli/fake-terminal.ts";
import { diagnose, loadValid } from "../config/load.ts";

const ROOT = join(import.meta.dir, "../..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
/** Codes that stand in a stream, and in no answer of their own. */
const STREAM_CODES = ["upstream_stream_interrupted"];
const NAMES = ["CLIENT_TOKEN", "CI_TOKEN", "OPENAI_API_KEY", "OPENAI_KEY_B", "OPENAI_KEY_SPARE", "DEEPSEEK_API_KEY"];
const ENV = {
  ...Object.fromEntries([...NAMES, "AZURE_OPENAI_API_KEY"].map((name) => [name, `sk-fake-${name}-0001`])),
  PROXY_URL: "http://user:fake-proxy-password@proxy-2.example:3128",
};
const PEM = (name: string) => readFileSync(join(ROOT, "test/fixture/tls", name), "utf8");
const FILES = {
  "/work/deepseek.keys": "sk-fake-deepseek-1\n",
  "/work/fullchain.pem": PEM("localhost.pem"),
  "/work/privkey.pem": PEM("localhost.key"),
};

function blocks(language: string, text = README): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, block = ""]) => block);
}

function section(title: string): string {
  const start = README.indexOf(`\n## ${title}\n`);
  if (start < 0) throw new Error(`The README has no section ${title}`);
  const end = README.indexOf("\n## ", start + 1);
  return README.slice(start, end < 0 ? undefined : end);
}

/** The cells of the rows of a table, without its head. */
function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Every command that does something, by its words. */
function leavesOf(command: Command, path: readonly string[] = []): readonly string[] {
  if (command.commands.length === 0) return [path.join(" ")];
  return command.commands.flatMap((inside) => leavesOf(inside, [...path, inside.name()]));
}

function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

describe("Every config of the README loads without a word", () => {
  test.each(blocks("yaml").map((yaml) => [yaml] as const))("%s", (yaml) => {
    expect(diagnose({ yaml, env: ENV, files: FILES })).toEqual([]);
  });

  test("there are three sizes, and one each for others, limits, client tokens and outbound proxies", () => {
    const providers = blocks("yaml").map((yaml) => loadValid({ yaml, env: ENV, files: FILES }).config.providers.length);
    expect(providers).toEqual([1, 3, 3, 1, 1, 1, 2]);
  });
});

describe("Every command of the README is one of the program's", () => {
  const shown = blocks("sh").flatMap((block) => block.split("\n"));
  const own = shown.flatMap((line) => /^(?:\w+=\S+ )*openai-balance (.*)$/.exec(line)?.[1] ?? []);
  const listed = rows(section("Commands")).flatMap(([cell = ""]) =>
    codesIn(cell).map((code) => code.replace(/^openai-balance /, "")),
  );
  using terminal = new FakeTerminal();
  const LEAVES = leavesOf(buildProgram(terminal.context(), () => {}));
  const inline = codesIn(section("Commands")).filter((code) => code.startsWith("--"));

  test.each([...own, ...listed].map((line) => [line] as const))("openai-balance %s", async (line) => {
    using terminal = new FakeTerminal();
    const { exitCode, out } = await terminal.run([...line.split(" "), "--help"]);
    expect(exitCode).toBe(0);
    const command = LEAVES.find((leaf) => `${line} `.startsWith(`${leaf} `)) ?? line;
    expect(out).toStartWith(`Usage: openai-balance ${command}`);
  });

  test("every command of the program is listed", () => {
    expect(LEAVES.length).toBeGreaterThan(30);
    expect(LEAVES.filter((name) => !listed.some((line) => `${line} `.startsWith(`${name} `)))).toEqual([]);
  });

  test("every option exists", async () => {
    using terminal = new FakeTerminal();
    const helps = await Promise.all(LEAVES.map((path) => terminal.run([...path.split(" "), "--help"])));
    const help = helps.map(({ out }) => out).join("\n");
    expect(inline.length).toBeGreaterThan(3);
    for (const option of inline) expect(help).toContain(option.split(" ")[0] ?? "");
  });

  test("every npm script exists", () => {
    const names = [...README.matchAll(/^npm (?:run )?(\w+)$|`npm (?:run )?(\w+)`/gm)].map(
      ([, line, code]) => line ?? code ?? "",
    );
    expect(names.toSorted()).toEqual(Object.keys(packageJson.scripts).toSorted());
  });
});

test("the first screen is what serve --demo prints", () => {
  const { config, warnings } = loadValid({ extraProviders: [demoProvider()] });
  const facts = {
    version: packageJson.version,
    url: "http://127.0.0.1:8000",
    config,
    file: undefined,
    folder: "/tmp/openai-balance-demo",
    takesKeys: true,
    storedTokens: 0,
    needsFolder: true,
    isDemo: true,
    warnings,
    notes: [],
  };
  expect(blocks("text")).toContain(banner(facts));
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

test("log lines have the form that the logger writes", async () => {
  const shown = blocks("text", section("Operation"))
    .join("")
    .split("\n")
    .filter((line) => /^[\d:.]{12} /.test(line));
  expect(shown.length).toBeGreaterThan(1);
  for (const line of shown) {
    const [, level = "", rest = ""] = /^[\d:.]{12} (WARN|INFO) +(.*)$/.exec(line) ?? [];
    const [, msg = "", fields = ""] = /^([A-Z][a-z ]+?) (\w+=.*)$/.exec(rest) ?? [];
    const pairs = [...fields.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, name = "", value = ""]) => [
      name,
      value.replaceAll('"', ""),
    ]);
    const lines: string[] = [];
    const logger = createLogger({
      level: "info",
      format: "pretty",
      redactor: new Redactor(),
      write: (text) => void lines.push(text),
    });
    logger[level === "WARN" ? "warn" : "info"](Object.fromEntries(pairs), msg);
    await logger.flush();
    expect(lines.join("").slice(13)).toBe(`${line.slice(13)}\n`);
  }
});

describe("Every route of the README goes where it says", () => {
  const provider = (name: string, dialect: ProviderName["dialect"]): ProviderName => {
    return { name, path: name, dialect, nativePrefixes: dialectOf(dialect).nativePrefixes };
  };
  const KINDS: readonly (readonly [route: RegExp, kind: ParsedPath["kind"], dialect: ProviderName["dialect"]])[] = [
    [/^GET \/(health)/, "health", "openai"],
    [/^GET \/(ready)/, "ready", "openai"],
    [/^GET \/v1\/(providers|keys)/, "admin-read", "openai"],
    [/\/v1(alpha|beta)\//, "native", "gemini"],
    [/\/ws\//, "native", "gemini"],
    [/\/v1\/messages$/, "native", "anthropic"],
    [/^\/\{provider\}\/openai\//, "native", "azure"],
    [/\{provider\}/, "provider", "openai"],
    [/./, "default", "openai"],
  ];
  const routes = rows(section("Routes")).flatMap(([cell = ""]) => codesIn(cell));

  test.each(routes.map((route) => [route] as const))("%s", (route) => {
    const [, kind, dialect] = KINDS.find(([pattern]) => pattern.test(route)) ?? [];
    const names = createProviderNames([provider("mine", dialect ?? "openai")]);
    const path = route
      .replace(/^GET /, "")
      .replace(/\?.*$/, "")
      .replace("{provider}", "mine")
      .replace("{id}", "gpt-4o")
      .replace("...", "chat/completions");
    expect(parsePath(path, names, false).kind).toBe(kind ?? "error");
  });

  test("all native paths are listed", () => {
    const prefixes = (["azure", "anthropic", "gemini"] as const).flatMap((name) => dialectOf(name).nativePrefixes);
    const [, ...uploads] = prefixes.filter((prefix) => prefix.startsWith("upload/"));
    const shown = prefixes.filter((prefix) => !uploads.includes(prefix));
    for (const prefix of shown) expect(routes.some((route) => route.startsWith(`/{provider}/${prefix}`))).toBe(true);
  });
});

test("every status and code of the failure table stands in the error table", () => {
  const last = rows(section("What happens when something fails")).map((row) => row.at(-1) ?? "");
  const codes = last.flatMap(codesIn).filter((code) => /^[a-z]+(_[a-z]+)+$/.test(code));
  expect(new Set(codes).size).toBeGreaterThan(7);
  for (const code of codes) expect([...Object.keys(ERRORS), ...STREAM_CODES]).toContain(code);
  const pairs = last.flatMap((cell) => [...cell.matchAll(/\b(\d{3}) `(\w+)`/g)]);
  expect(pairs.length).toBeGreaterThan(7);
  for (const [, status, code] of pairs)
    expect(ERRORS[code as keyof typeof ERRORS].status).toBe(Number(status) as never);
});

describe("The headers that do not pass", () => {
  const [up = [], down = []] = rows(section("Headers")).map(([, cell = ""]) =>
    codesIn(cell.split(" where ")[0] ?? "")
      .map((name) => name.replace("*", "anything"))
      .filter((name) => !name.includes("_")),
  );

  test("to the provider", () => {
    const client = new Headers([...up.map((name) => [name, "x"] as [string, string]), ["x-other", "x"]]);
    const flat = upstreamHeaders({
      client,
      credential: undefined,
      defaults: {},
      provider: {},
      key: {},
      passOrganization: false,
      bodyBytes: undefined,
    });
    expect(up.length).toBeGreaterThan(9);
    expect(flat.filter((_, at) => at % 2 === 0)).toEqual(["x-other", "accept-encoding"]);
  });

  test("to the client", () => {
    const list = [...down, "x-other"].map((name) => [name, "x"] as const);
    const headers = clientHeaders(list, { requestId: "req_1", passRateLimit: false, keepLength: false });
    expect(down.length).toBeGreaterThan(4);
    expect([...headers.keys()]).toEqual(["x-openai-balance-request-id", "x-other", "x-request-id"]);
  });
});

describe("Links resolve", () => {
  const links = [...README.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);

  test.each(links.map((link) => [link] as const))("%s", (link) => {
    const [path = "", anchor] = link.split("#");
    expect(existsSync(join(dirname(join(ROOT, "README.md")), path))).toBe(true);
    if (anchor === undefined) return;
    const headings = [...readFileSync(join(ROOT, path), "utf8").matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    expect(headings).toContain(anchor);
  });
});

test("every setting that the README names is in the reference", () => {
  const reference = readFileSync(join(ROOT, "docs/config.md"), "utf8");
  const settings = codesIn(README.replace(/^```.*?^```$/gms, "")).flatMap(
    (code) => /^(?:server|auth|retry|timeouts)\.\w+/.exec(code)?.[0] ?? [],
  );
  expect(settings.length).toBeGreaterThan(5);
  for (const setting of settings) {
    const [head = "", field = ""] = setting.split(".");
    const start = reference.indexOf(`## \`${head}\``);
    expect(reference.slice(start, reference.indexOf("\n## ", start + 1))).toContain(`| \`${field}\` |`);
  }
});
