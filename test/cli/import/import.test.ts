// `import`: what is written and what is said, without a daemon.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync } from "node:fs";
import { fakeSecret, leakIn } from "../../fixture/secrets.ts";
import { FakeTerminal } from "../fake-terminal.ts";

const KEYS = [fakeSecret("import_a"), fakeSecret("import_b")];
const TOKEN = fakeSecret("import_token");
const ADMIN = fakeSecret("import_admin");
const DOTENV = `API_KEYS='${JSON.stringify(KEYS)}'
BASE_URL=https://gateway.example/v1
ALLOWED_TOKENS='["${TOKEN}"]'
AUTH_TOKEN=${ADMIN}
MAX_RETRIES=3
TIMEZONE=Asia/Shanghai
`;
const DRY_END = "Nothing was changed: without --dry-run all of this is done\n";

/** Everything that was said but for the last line, which says whether it was done. */
function body(out: string): string {
  return out.slice(0, out.trimEnd().lastIndexOf("\n"));
}

describe("where there is no config file", () => {
  test("one is written, the keys are stored, and the dry run said the same", async () => {
    using terminal = new FakeTerminal();
    terminal.write("old.env", DOTENV);
    const dry = await terminal.run(["import", "old.env", "--dry-run"]);
    expect(dry).toMatchObject({ exitCode: 0, err: "" });
    expect(dry.out).toEndWith(DRY_END);
    expect(existsSync(terminal.path("config.yaml"))).toBe(false);
    const real = await terminal.run(["import", "old.env"]);
    expect(real.exitCode).toBe(0);
    expect(body(real.out)).toBe(body(dry.out));
    expect(real.out).toEndWith("It counts from the next start: openai-balance serve\n");
    expect(terminal.read("config.yaml")).toContain(`admin_token: ${ADMIN}`);
    expect(terminal.read("config.yaml")).not.toContain(KEYS[0] ?? "");
    expect((await terminal.run(["config", "check"])).exitCode).toBe(0);
    expect(JSON.parse((await terminal.run(["keys", "list", "--json"])).out).keys.length).toBe(2);
    expect(leakIn(dry.out + real.out + real.err)).toBeUndefined();
  });

  test("a second time nothing is added", async () => {
    using terminal = new FakeTerminal();
    terminal.write("old.env", DOTENV);
    await terminal.run(["import", "old.env"]);
    const before = terminal.read("config.yaml");
    const again = await terminal.run(["import", "old.env"]);
    expect(again.out).toEndWith("Everything is there already\n");
    expect(terminal.read("config.yaml")).toBe(before);
    expect(JSON.parse((await terminal.run(["keys", "list", "--json"])).out).keys.length).toBe(2);
  });

  test.each([
    ["https://gateway.example/v1/", "gateway"],
    ["https://GATEWAY.example:443/v1", "gateway"],
    ["https://api.openai.com/v1/", "openai"],
    ["https://gateway.example/v1/chat/completions", "gateway"],
    ["https://b\u00fccher.example/v1", "xn--bcher-kva"],
  ])("an address that is written as %s is the same a second time", async (url, provider) => {
    using terminal = new FakeTerminal();
    terminal.write("old.env", `API_KEYS=${KEYS[0]}\nBASE_URL=${url}\n`);
    expect((await terminal.run(["import", "old.env"])).out).toContain(` of ${provider}: added\n`);
    const again = await terminal.run(["import", "old.env"]);
    expect(again.out).toContain(` of ${provider}: there already\n`);
    expect(again.out).toEndWith("Everything is there already\n");
  });

  test("a list of keys needs none", async () => {
    using terminal = new FakeTerminal();
    terminal.write("keys.txt", KEYS.join("\n"));
    const { exitCode, out } = await terminal.run(["import", "keys.txt", "--provider", "deepseek"]);
    expect({ exitCode, hasFile: existsSync(terminal.path("config.yaml")) }).toEqual({ exitCode: 0, hasFile: false });
    expect(out).toContain("of deepseek: added");
  });

  test("tokens are made where the file has none, and said to be", async () => {
    using terminal = new FakeTerminal();
    terminal.write(
      "c.yaml",
      `model_list:\n  - model_name: x\n    litellm_params: { model: openai/gpt-4o, api_key: ${KEYS[0]} }\n`,
    );
    const { out } = await terminal.run(["import", "c.yaml", "--config", "new/config.yaml"]);
    expect(out).toContain("A fresh client token and admin token stand in new/config.yaml below auth\n");
    expect(terminal.read("new/config.yaml")).toContain("x: [openai/gpt-4o]");
  });
});

describe("where there is a config file", () => {
  const CONFIG = `# mine
server: { port: 8123 }
auth:
  client_tokens:
    - ${fakeSecret("import_mine")} # the app
  admin_token: ${fakeSecret("import_my_admin")}
max_retries: 7 # I know why
providers:
  - name: gateway
    base_url: https://elsewhere.example/v1
`;

  test("it is added to: comments and values stay, and no key goes to another address", async () => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", CONFIG);
    terminal.write("old.env", DOTENV);
    const dry = await terminal.run(["import", "old.env", "--dry-run"]);
    expect(terminal.read("config.yaml")).toBe(CONFIG);
    const real = await terminal.run(["import", "old.env"]);
    expect(body(real.out)).toBe(body(dry.out));
    const text = terminal.read("config.yaml");
    for (const kept of ["# mine", "# the app", "max_retries: 7 # I know why", fakeSecret("import_my_admin")])
      expect(text).toContain(kept);
    expect(text).toContain(`- ${TOKEN}`);
    expect(text).toContain("- name: gateway-2\n");
    expect(real.out).toContain("Setting max_retries: 2, left as the config file has it\n");
    const { keys } = JSON.parse((await terminal.run(["keys", "list", "--json"])).out);
    expect(keys.map(({ provider }: { provider: string }) => provider)).toEqual(["gateway-2", "gateway-2"]);
    expect(terminal.read("config.yaml.1")).toBe(CONFIG);
    const again = await terminal.run(["import", "old.env"]);
    expect(again.out).toEndWith("Everything is there already\n");
  });

  test("one that would be wrong is not written, and no key is stored", async () => {
    using terminal = new FakeTerminal();
    const text = CONFIG.replace("elsewhere.example", "gateway.example");
    terminal.write("config.yaml", text);
    terminal.write(
      "old.json",
      JSON.stringify({
        PROVIDERS_CONFIG: JSON.stringify([
          { name: "b", path: "gateway", base_url: "https://b.example/v1", api_keys: KEYS },
        ]),
      }),
    );
    const { exitCode, out, err } = await terminal.run(["import", "old.json"]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain("nothing was imported");
    expect(terminal.read("config.yaml")).toBe(text);
    expect((await terminal.run(["keys", "list"])).err).toStartWith("There is no key yet");
  });

  test("a config that is wrong is said to be", async () => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", "server: [");
    terminal.write("old.env", DOTENV);
    expect(await terminal.run(["import", "old.env"])).toMatchObject({ exitCode: 2, out: "" });
  });
});

describe("a database", () => {
  test("is read while its program has it open", async () => {
    using terminal = new FakeTerminal();
    using database = new Database(terminal.path("default_db"), { create: true });
    database.run("PRAGMA journal_mode = WAL");
    database.run("CREATE TABLE t_settings (id INTEGER PRIMARY KEY, key TEXT, value TEXT, description TEXT)");
    database.run("CREATE TABLE t_request_log (id INTEGER PRIMARY KEY, api_key TEXT)");
    database.run("INSERT INTO t_settings (key, value) VALUES ('API_KEYS', ?), ('ALLOWED_TOKENS', ?)", [
      JSON.stringify(KEYS),
      JSON.stringify([TOKEN]),
    ]);
    database.run("INSERT INTO t_request_log (api_key) VALUES (?)", [KEYS[0] ?? ""]);
    const { exitCode, out } = await terminal.run(["import", "default_db"]);
    expect(exitCode).toBe(0);
    expect(out).toContain("Not carried over: 1 row of t_request_log: ");
    expect(JSON.parse((await terminal.run(["keys", "list", "--json"])).out).keys.length).toBe(2);
  });

  test("of one-api has channels with their names", async () => {
    using terminal = new FakeTerminal();
    using database = new Database(terminal.path("one-api.db"), { create: true });
    database.run(
      "CREATE TABLE channels (id INTEGER PRIMARY KEY, type INTEGER, key TEXT, status INTEGER, name TEXT, base_url TEXT, models TEXT, `group` TEXT)",
    );
    database.run(
      "INSERT INTO channels (type, key, status, name, base_url, models, `group`) VALUES (1, ?, 1, 'team', '', 'gpt-4o', 'default')",
      [KEYS[0] ?? ""],
    );
    expect((await terminal.run(["import", "one-api.db"])).out).toMatch(
      /Key team \(fake\.\.\.\w{4}\) of openai: added\n/,
    );
  });

  test.each([
    [
      "a view that never ends",
      "CREATE VIEW channels AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n",
    ],
    ["no table that is known", "CREATE TABLE notes (text TEXT)"],
  ])("with %s is nobody's", async (_case, sql) => {
    using terminal = new FakeTerminal();
    using database = new Database(terminal.path("some.db"), { create: true });
    database.run(sql);
    const { exitCode, err } = await terminal.run(["import", "some.db"]);
    expect({ exitCode, err }).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("it is not known whose file it is"),
    });
  });

  test("whose last changes are in a file that was not copied is said to be so", async () => {
    using terminal = new FakeTerminal();
    using database = new Database(terminal.path("whole.db"), { create: true });
    database.run("PRAGMA journal_mode = WAL");
    database.run("CREATE TABLE t_settings (key TEXT, value TEXT)");
    copyFileSync(terminal.path("whole.db"), terminal.path("part.db"));
    const { err } = await terminal.run(["import", "part.db"]);
    expect(err).toContain("what its program wrote last may be in a -wal file beside it");
  });

  test("that is damaged is said to be", async () => {
    using terminal = new FakeTerminal();
    terminal.write("some.db", `SQLite format 3\0${"x".repeat(4_000)}`);
    expect(await terminal.run(["import", "some.db"])).toMatchObject({
      exitCode: 2,
      out: "",
      err: "Cannot import some.db: the database cannot be read: it is damaged\n",
    });
  });
});

test("a model whose name is a secret has no route, and a second time nothing is added", async () => {
  using terminal = new FakeTerminal();
  const deployments = [KEYS[0], "hf_looks_like_a_token_1", "gpt-4o"].map(
    (model) => `  - { model_name: ${model}, litellm_params: { model: openai/${model}, api_key: ${KEYS[0]} } }\n`,
  );
  terminal.write("c.yaml", `model_list:\n${deployments.join("")}`);
  const { out } = await terminal.run(["import", "c.yaml"]);
  expect(out.match(/Not carried over: a route: /g)?.length).toBe(2);
  const text = terminal.read("config.yaml");
  expect(text).toContain("  gpt-4o: [openai/gpt-4o]\n");
  expect(await terminal.run(["import", "c.yaml"])).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining("Everything is there already\n"),
  });
  expect(terminal.read("config.yaml")).toBe(text);
});

test("--json prints one document, and - reads standard input", async () => {
  using terminal = new FakeTerminal();
  const { out } = await terminal.run(["import", "-", "--json", "--dry-run"], { stdin: DOTENV });
  const report = JSON.parse(out);
  expect(report).toMatchObject({ kind: "variables", dry_run: true, config: { outcome: "new" }, admin_token: "added" });
  expect(report.keys[0]).toMatchObject({ provider: "gateway", outcome: "added" });
  expect(leakIn(out)).toBeUndefined();
});
