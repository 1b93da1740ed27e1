// A backup of a running daemon, and what it brings to another machine.
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { newHome } from "../fixture/home.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ENV = { OPENAI_BALANCE_BACKUP_PASSPHRASE: "correct horse battery staple" };
const MASTER = { OPENAI_BALANCE_MASTER_KEY: Buffer.alloc(32, 7).toString("base64") };

test("a backup of a running daemon whose master key only it has restores on another machine", async () => {
  await using home = await newHome();
  await home.configure({ providers: [{ name: "openai", base_url: "http://127.0.0.1:9/v1" }] });
  const daemon = await home.serve({ env: MASTER });
  await home.addKeys(["sk-fake-backed-up-000000000001"], "--name", "team-a");
  await home.ok(["keys", "disable", "team-a"]);
  const file = join(home.path, "a.backup");
  await home.ok(["backup", file], { env: ENV });
  const refused = await home.run(["restore", file, "--yes"], { env: ENV });
  expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
  expect(refused.stderr).toContain(`process id ${daemon.pid}`);
  expect(await home.states()).toEqual({ "team-a": "disabled" });

  await using other = await newHome();
  await other.ok(["restore", file, "--yes"], { env: ENV });
  await other.serve();
  expect(await other.states()).toEqual({ "team-a": "disabled" });
});
