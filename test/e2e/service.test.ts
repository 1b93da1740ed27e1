// The service as systemd really runs it: what starts it, what stops it, whose files are whose.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { fakeSecret } from "../fixture/secrets.ts";
import { bootIfPossible, type Ended } from "../fixture/systemd-machine.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(2 * TEST_DEADLINE_MS);

const CONFIG = "/etc/openai-balance/config.yaml";
const DATA = "/var/lib/openai-balance";
const UNIT = "openai-balance.service";

const machine = await bootIfPossible();
afterAll(() => machine?.[Symbol.asyncDispose]());

async function sh(script: string): Promise<Ended> {
  return (await machine?.sh(script)) ?? { code: null, said: "there is no machine" };
}

describe.skipIf(machine === undefined)("a service of the machine", () => {
  beforeAll(async () => {
    await ok(`openai-balance init --config ${CONFIG}`);
  });

  async function ok(script: string): Promise<string> {
    const { code, said } = await sh(script);
    expect([code, said]).toEqual([0, said]);
    return said;
  }

  /** The values, in order. */
  async function shown(...names: readonly string[]): Promise<readonly string[]> {
    const values = names.map((name) => ok(`systemctl show --value --property ${name} ${UNIT}`));
    return (await Promise.all(values)).map((value) => value.trim());
  }

  test("runs as a user of its own once it is installed, and again after that", async () => {
    for (const _ of ["first", "again"]) {
      expect(await ok("openai-balance service install")).toContain("the daemon runs as a service");
      expect(await shown("ActiveState", "UnitFileState", "User")).toEqual(["active", "enabled", "openai-balance"]);
    }
    expect(await ok("openai-balance service status")).toContain("active, running");
    expect(await ok("openai-balance status")).toContain(DATA);
    expect(await ok(`stat --format %U:%a ${DATA} ${DATA}/version.json ${CONFIG}`)).toBe(
      "openai-balance:700\nopenai-balance:600\nopenai-balance:600\n",
    );
  });

  test("takes what root saves and adds", async () => {
    await ok("openai-balance config set server.drain_timeout 20s");
    await ok(`echo ${fakeSecret("service_first")} | openai-balance keys add`);
    expect(await ok(`stat --format %U ${CONFIG} ${DATA}/keys.json`)).toBe("openai-balance\nopenai-balance\n");
    await ok(`systemctl reload ${UNIT}`);
  });

  test("starts again after a crash", async () => {
    const [before] = await shown("MainPID");
    await ok(`systemctl kill --kill-whom main --signal KILL ${UNIT}`);
    await until("another process", async () => {
      const [state, pid] = await shown("ActiveState", "MainPID");
      return state === "active" && pid !== before;
    });
  });

  test("where it is stopped, root is told so, and may act on its data", async () => {
    await ok(`systemctl stop ${UNIT}`);
    const adds = `echo ${fakeSecret("service_second")} | openai-balance keys add`;
    expect(await sh(adds)).toMatchObject({
      code: 1,
      said: expect.stringContaining("The service does not run"),
    });
    await ok(`${adds} --config ${CONFIG} --data-dir ${DATA}`);
    await ok(`systemctl start ${UNIT}`);
    expect(JSON.parse(await ok("openai-balance keys list --json")).keys).toHaveLength(2);
  });

  test("a wrong configuration ends the start, and is not tried again", async () => {
    await ok(`cp ${CONFIG} /tmp/right && echo 'server: { port: none }' > ${CONFIG}`);
    expect((await sh(`systemctl restart ${UNIT}`)).code).toBe(1);
    expect(await shown("ActiveState", "ExecMainStatus", "NRestarts")).toEqual(["failed", "2", "0"]);
    await ok(`cat /tmp/right > ${CONFIG}`);
  });

  test("a daemon that cannot save runs all the same", async () => {
    await ok(`install --mode 600 /dev/null ${DATA}/keys.json && systemctl restart ${UNIT}`);
    expect((await sh("openai-balance status")).code).toBe(4);
    expect(await shown("ActiveState")).toEqual(["active"]);
    await ok(`rm ${DATA}/keys.json`);
  });

  test("reads the credentials that systemd hands over", async () => {
    await ok(`mkdir '/etc/my secrets 100%h' && echo ${fakeSecret("service_admin")} > '/etc/my secrets 100%h/admin'`);
    const named = ["$", "{CREDENTIALS_DIRECTORY}/admin"].join("");
    await ok(`echo 'auth: { client_tokens: [fake-client-token-0001], admin_token: { file: "${named}" } }' > ${CONFIG}`);
    await ok(`openai-balance service install --credential 'admin=/etc/my secrets 100%h/admin'`);
    expect(await shown("ActiveState")).toEqual(["active"]);
  });

  test("is taken away without its data", async () => {
    expect(await ok("openai-balance service uninstall")).toContain(DATA);
    expect(await shown("LoadState", "ActiveState")).toEqual(["not-found", "inactive"]);
    await ok(`test -s ${CONFIG} && test -s ${DATA}/version.json`);
  });
});
