// config.set on a real file: what stays of it, what is refused, and what the file system has to say.
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { changeSetting } from "../../src/daemon/change-setting.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { type Lab, openLab } from "./instance-lab.ts";

const KEY = fakeSecret("in the file", true);
const YAML = `# By hand.
server:
  port: 8000   # as always
providers:
  - { name: openai, api_keys: [${KEY}] } # the first
logging: { level: info }
`;

const set = (lab: Lab, path: string, value: string) => changeSetting({ path, value }, lab.instance);
const unset = (lab: Lab, path: string) => changeSetting({ path, remove: true }, lab.instance);
const text = (lab: Lab) => readFileSync(lab.configFile, "utf8");

async function refusal(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`It did not fail as it should: ${error}`);
  return error;
}

describe("changeSetting", () => {
  test("changes one value, keeps every other byte, and is in effect when it resolves", async () => {
    await using lab = await openLab({ config: YAML });
    expect(await set(lab, "logging.level", "debug")).toEqual({
      file: lab.configFile,
      path: "logging.level",
      isChanged: true,
      isSecret: false,
      needsRestart: false,
      warnings: [],
    });
    expect(text(lab)).toBe(YAML.replace("level: info", "level: debug"));
    expect(lab.instance.config.logging.level).toBe("debug");
  });

  test("removes one, with its line", async () => {
    await using lab = await openLab({ config: YAML });
    expect(await unset(lab, "server.port")).toMatchObject({ isChanged: true, needsRestart: true });
    expect(text(lab)).not.toContain("port");
    expect(text(lab)).toContain("# the first");
  });

  test("says what takes effect after a restart only, and goes on as it is until then", async () => {
    await using lab = await openLab({ config: YAML });
    expect(await set(lab, "server.port", "8001")).toMatchObject({ needsRestart: true });
    expect(lab.instance.config.server.port).toBe(8000);
    await using next = await lab.restart();
    expect(next.instance.config.server.port).toBe(8001);
  });

  test("says so where the daemon that listens may not take it up", async () => {
    const config = `server: { host: 0.0.0.0 }\nauth: { client_tokens: [${fakeSecret("token")}] }\nproviders: []\n`;
    await using lab = await openLab({ config });
    await set(lab, "server.host", "127.0.0.1");
    // The file is right for the next start, but the socket of this one is still open to all.
    expect(await unset(lab, "auth.client_tokens")).toMatchObject({ isChanged: true, needsRestart: true });
    expect(lab.instance.config.auth.clientTokens).toHaveLength(1);
  });

  test("writes nothing where the value is so already", async () => {
    await using lab = await openLab({ config: YAML });
    const before = statSync(lab.configFile, { bigint: true });
    expect(await set(lab, "server.port", "8000")).toMatchObject({ isChanged: false, needsRestart: false });
    const after = statSync(lab.configFile, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
    expect(existsSync(`${lab.configFile}.1`)).toBe(false);
  });

  test("tells of a credential, and only of warnings that are new", async () => {
    await using lab = await openLab({ config: YAML });
    expect(await set(lab, "auth.admin_token", fakeSecret("admin"))).toMatchObject({ isSecret: true, warnings: [] });
    const { warnings } = await set(lab, "providers.groq", "{}");
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining("has no key")]);
  });

  test("keeps the version before beside the file", async () => {
    await using lab = await openLab({ config: YAML });
    await set(lab, "logging.level", "warn");
    expect(readFileSync(`${lab.configFile}.1`, "utf8")).toBe(YAML);
    await set(lab, "logging.level", "error");
    expect(readFileSync(`${lab.configFile}.1`, "utf8")).toContain("level: warn");
    expect(readdirSync(lab.folder).toSorted()).toEqual(["config.yaml", "config.yaml.1", "data"]);
  });

  test("takes changes at the same time one after the other", async () => {
    await using lab = await openLab({ config: YAML });
    await Promise.all([
      set(lab, "logging.level", "warn"),
      set(lab, "server.drain_timeout", "5s"),
      set(lab, "providers.openai.max_retries", "7"),
    ]);
    const { logging, server, providers } = lab.instance.config;
    expect([logging.level, server.drainTimeoutMs, providers[0]?.maxRetries]).toEqual(["warn", 5_000, 7]);
  });

  test("changes what an editor wrote meanwhile, not what it had read", async () => {
    await using lab = await openLab({ config: YAML });
    writeFileSync(lab.configFile, YAML.replace("# By hand.", "# By another hand."));
    await set(lab, "logging.level", "warn");
    expect(text(lab)).toStartWith("# By another hand.");
  });
});

describe("the file", () => {
  test.each([0o600, 0o640, 0o664, 0o666])("keeps its mode %o, whatever the process masks", async (mode) => {
    await using lab = await openLab({ config: YAML });
    chmodSync(lab.configFile, mode);
    const before = process.umask(0o077);
    try {
      await set(lab, "logging.level", "warn");
    } finally {
      process.umask(before);
    }
    expect(statSync(lab.configFile).mode & 0o777).toBe(mode);
  });

  test.skipIf(process.geteuid?.() !== 0)("stays its owner's where an administrator changes it", async () => {
    await using lab = await openLab({ config: YAML });
    chownSync(lab.configFile, 65_534, 65_534);
    await set(lab, "logging.level", "warn");
    const { uid, gid } = statSync(lab.configFile);
    expect([uid, gid]).toEqual([65_534, 65_534]);
  });

  test("stays where a link leads, and the link a link", async () => {
    await using lab = await openLab({ config: YAML });
    const real = join(lab.folder, "dotfiles", "balance.yaml");
    mkdirSync(join(lab.folder, "dotfiles"));
    renameSync(lab.configFile, real);
    symlinkSync(join("dotfiles", "balance.yaml"), lab.configFile);
    expect(await set(lab, "logging.level", "warn")).toMatchObject({ file: lab.configFile, isChanged: true });
    expect([lstatSync(lab.configFile).isSymbolicLink(), readlinkSync(lab.configFile)]).toEqual([
      true,
      "dotfiles/balance.yaml",
    ]);
    expect(readFileSync(real, "utf8")).toContain("level: warn");
    expect(readdirSync(join(lab.folder, "dotfiles")).toSorted()).toEqual(["balance.yaml", "balance.yaml.1"]);
    expect(lab.instance.config.logging.level).toBe("warn");
    expect(realpathSync(lab.configFile)).toBe(realpathSync(real));
  });
});

describe("changeSetting refuses, and leaves the file as it is,", () => {
  test.each<[string, (lab: Lab) => Promise<unknown>, RegExp]>([
    [
      "a field that there is not",
      (lab) => set(lab, "server.prot", "1"),
      /^Cannot change .*config\.yaml: server\.prot: .*did you mean port/,
    ],
    ["a value of the wrong kind", (lab) => set(lab, "server.port", "many"), /server\.port/],
    [
      "a result that would be wrong",
      (lab) => set(lab, "default_provider", "nobody"),
      /^Cannot change default_provider, the configuration would be wrong; nothing was written:\n {2}config\.yaml:\d+:\d+ default_provider: /,
    ],
    [
      "a daemon that all the world may use",
      (lab) => set(lab, "server.host", "0.0.0.0"),
      /^Cannot change server\.host, the configuration would be wrong; nothing was written:\n {2}.*client_token/,
    ],
    ["the removal of what is needed", (lab) => unset(lab, "providers[0].name"), /the configuration would be wrong/],
  ])("%s", async (_what, change, message) => {
    await using lab = await openLab({ config: YAML });
    const error = await refusal(change(lab));
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBe(EXIT.usage);
    expect(text(lab)).toBe(YAML);
    expect(readdirSync(lab.folder).toSorted()).toEqual(["config.yaml", "data"]);
    expect(lab.instance.config.server.host).toBe("127.0.0.1");
  });

  test("every mistake, without a value that could be a secret", async () => {
    await using lab = await openLab({ config: YAML });
    const secret = fakeSecret("in the wrong place", true);
    const changes = [
      set(lab, secret, "server.port"),
      set(lab, `providers.${secret}.max_retries`, "3"),
      set(lab, "server.port", secret),
      set(lab, "logging.level", secret),
      set(lab, "default_provider", secret),
      set(lab, "providers.openai.base_url", secret),
      set(lab, "models.fast", `[${secret}]`),
      unset(lab, secret),
    ];
    for (const change of changes) expect(leakIn((await refusal(change)).message)).toBeUndefined();
    expect(text(lab)).toBe(YAML);
  });

  test("to change a file that cannot be parsed", async () => {
    await using lab = await openLab({ config: YAML });
    writeFileSync(lab.configFile, "server: [");
    expect((await refusal(set(lab, "server.port", "1"))).message).toContain("openai-balance config check");
    expect(text(lab)).toBe("server: [");
  });

  test("to change a file that is read-only, also for an administrator", async () => {
    await using lab = await openLab({ config: YAML });
    chmodSync(lab.configFile, 0o444);
    const error = await refusal(set(lab, "logging.level", "warn"));
    expect(error.message).toBe(`Cannot write ${lab.configFile}: permission denied; nothing was changed`);
    expect([error.exitCode, text(lab), lab.instance.config.logging.level]).toEqual([EXIT.failed, YAML, "info"]);
    expect(readdirSync(lab.folder).toSorted()).toEqual(["config.yaml", "data"]);
  });

  test("where the disk refuses", async () => {
    await using lab = await openLab({ config: YAML });
    mkdirSync(join(`${lab.configFile}.tmp`, "x"), { recursive: true });
    const error = await refusal(set(lab, "logging.level", "warn"));
    expect(error.message).toStartWith(`Cannot write ${lab.configFile}: `);
    expect(error.message).toEndWith("; nothing was changed");
    expect([text(lab), existsSync(`${lab.configFile}.1`), lab.instance.config.logging.level]).toEqual([
      YAML,
      false,
      "info",
    ]);
  });

  test("where the file is gone", async () => {
    await using lab = await openLab({ config: YAML });
    rmSync(lab.configFile);
    const error = await refusal(set(lab, "logging.level", "warn"));
    expect([error.message, error.exitCode]).toEqual([`Cannot read ${lab.configFile}: it does not exist`, EXIT.failed]);
    expect(existsSync(lab.configFile)).toBe(false);
  });

  test("where a folder stands in its place", async () => {
    await using lab = await openLab({ config: YAML });
    rmSync(lab.configFile);
    mkdirSync(lab.configFile);
    expect((await refusal(set(lab, "logging.level", "warn"))).message).toBe(
      `Cannot read ${lab.configFile}: it is a folder`,
    );
  });

  test("where there is no config file, and says what configures instead", async () => {
    await using lab = await openLab({ env: { OPENAI_API_KEY: KEY } });
    expect((await refusal(set(lab, "logging.level", "warn"))).message).toBe(
      "There is no config file to change: openai-balance init writes one. Until then the environment and the key store configure everything",
    );
    expect(existsSync(lab.configFile)).toBe(false);
  });
});
