// From the files of another program to an answered request: a dotenv file, a database, and a daemon that runs.
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat, MODEL } from "../../fixture/client.ts";
import { newHome } from "../../fixture/home.ts";
import { openai } from "../../fixture/openai-answers.ts";
import { fakeSecret } from "../../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";
import { startUpstream } from "../../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEY = fakeSecret("e2e_import");
const TOKEN = fakeSecret("e2e_import_token");

function as(token: string): RequestInit {
  const init = chat({ model: MODEL });
  return { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } };
}

test("a dotenv file is imported, the daemon starts, and a client with its old token is served by the old key", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using home = await newHome();
  const lines = [`API_KEYS='["${KEY}"]'`, `BASE_URL=${upstream.url}`, `ALLOWED_TOKENS='["${TOKEN}"]'`, "MAX_RETRIES=2"];
  writeFileSync(join(home.path, "old.env"), lines.join("\n"));
  await home.ok(["import", "old.env"]);
  await using daemon = await home.serve();
  expect((await daemon.ask("/v1/chat/completions", as(TOKEN))).status).toBe(200);
  expect((await daemon.ask("/v1/chat/completions", as("fake-other-token"))).status).toBe(401);
  expect(upstream.calls.at(-1)?.key).toBe(KEY);
});

test("a database is imported into a daemon that runs, which serves by it at once", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using home = await newHome();
  using database = new Database(join(home.path, "default_db"), { create: true });
  database.run("CREATE TABLE t_settings (id INTEGER PRIMARY KEY, key TEXT, value TEXT)");
  const insert = database.query("INSERT INTO t_settings (key, value) VALUES (?, ?)");
  const provider = { name: "old", path: "old", base_url: upstream.url, api_keys: [KEY] };
  insert.run("PROVIDERS_CONFIG", JSON.stringify([provider]));
  insert.run("ALLOWED_TOKENS", JSON.stringify([TOKEN]));
  await home.configure({ auth: { client_tokens: [fakeSecret("e2e_import_mine")] } });
  await using daemon = await home.serve();
  const said = await home.ok(["import", "default_db"]);
  expect(said).toEndWith("It is in effect now\n");
  expect((await daemon.ask("/old/v1/chat/completions", as(TOKEN))).status).toBe(200);
  expect((await daemon.ask("/v1/chat/completions", as(fakeSecret("e2e_import_mine")))).status).toBe(200);
  expect(await home.ok(["import", "default_db"])).toEndWith("Everything is there already\n");
});

test("a daemon without a config file takes keys, and refuses what needs the file", async () => {
  await using home = await newHome();
  await using _daemon = await home.serve();
  await home.ok(["import", "-", "--provider", "openai"], { input: KEY });
  const refused = await home.run(["import", "-"], { input: `API_KEYS=${KEY}\nBASE_URL=https://a.example/v1` });
  expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
  expect(refused.stderr).toStartWith("The daemon that runs has no config file");
});
