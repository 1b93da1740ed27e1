// What stands around the program changes nothing: variables that packages and Bun know, and files of other projects.
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Home, newHome } from "../fixture/home.ts";
import { startRawServer } from "../fixture/raw-server.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ADMIN = fakeSecret("surroundings_admin");
const KEY = fakeSecret("surroundings_key");
const IS_BINARY = Boolean(process.env.OPENAI_BALANCE_BIN);

async function homeWithKey(): Promise<Home> {
  const home = await newHome();
  await home.configure({
    auth: { admin_token: ADMIN },
    providers: [{ name: "main", base_url: "http://127.0.0.1:1/v1", api_keys: [KEY] }],
  });
  return home;
}

test.concurrent("variables of the YAML package do not print the config file", async () => {
  await using home = await homeWithKey();
  const plain = await home.run(["config", "check"]);
  expect(plain.exitCode).toBe(0);
  expect(await home.run(["config", "check"], { env: { LOG_TOKENS: "1", LOG_STREAM: "1" } })).toEqual(plain);
});

test.concurrent("a variable of Bun does not print the admin token of a daemon that is far away", async () => {
  await using home = await homeWithKey();
  const daemon = await home.serve();
  const env = { OPENAI_BALANCE_TOKEN: ADMIN, BUN_CONFIG_VERBOSE_FETCH: "curl" };
  const { exitCode, stderr } = await home.run(["keys", "list", "--url", daemon.url], { env });
  expect([exitCode, stderr]).toEqual([0, ""]);
});

test.concurrent("a variable of Node makes no command trust another certificate", async () => {
  await using home = await newHome();
  let count = 0;
  await using other = await startRawServer({ certificate: "localhost", onRequest: () => void count++ });
  const env = { OPENAI_BALANCE_TOKEN: ADMIN, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
  const { exitCode } = await home.run(["keys", "list", "--url", other.origin], { env });
  expect([exitCode, count]).toEqual([3, 0]);
});

test.concurrent("a demo without a folder for its files says so", async () => {
  await using home = await newHome();
  const place = join(home.path, "gone");
  const run = await home.run(["serve", "--demo", "--port", "0"], { env: { TMPDIR: place } });
  const stderr = `Cannot make a folder for the demo in ${place}: it does not exist\n`;
  expect(run).toEqual({ exitCode: 1, stdout: "", stderr });
});

// Of the source Bun itself reads them.
test.skipIf(!IS_BINARY)("files of another project in the working folder are not read", async () => {
  await using home = await homeWithKey();
  const plain = await home.run(["config", "show"]);
  const files = {
    "bunfig.toml": 'preload = ["./loud.ts"]\n',
    "loud.ts": 'console.log("loud");\n',
    ".env": "OPENAI_BALANCE_SERVER__PORT=9\nNODE_OPTIONS=--require ./loud.ts\n",
    "package.json": '{ "type": "commonjs", "main": "loud.ts", "imports": { "#x": "./loud.ts" } }',
    "tsconfig.json": '{ "extends": "./nowhere", "compilerOptions": { "paths": { "*": ["./loud.ts"] } } }',
    "node_modules/undici/index.js": 'console.log("loud");\n',
  };
  mkdirSync(join(home.path, "node_modules/undici"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home.path, name), text);
  expect(await home.run(["config", "show"])).toEqual(plain);
});
