// The unit by systemd's own judgement, where it is there, and what must stand in it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type UnitFacts, unitText } from "../../../src/cli/service/unit-text.ts";

const FACTS: UnitFacts = {
  scope: "system",
  program: "/bin/true",
  config: "/etc/openai-balance/config.yaml",
  envFile: undefined,
  credentials: [],
  drainMs: 30_000,
};
/** By systemd's table, of 10. A user's own manager may only filter system calls: it has no other user and no mounts. */
const MOST_EXPOSURE = { system: 3, user: 7 } as const;

describe("unitText", () => {
  test("starts again after a failure, but not with a wrong configuration, and waits for what is in flight", () => {
    const text = unitText(FACTS);
    for (const line of ["Restart=on-failure", "RestartPreventExitStatus=2", "TimeoutStopSec=60", "KillMode=mixed"])
      expect(text).toContain(`\n${line}\n`);
    expect(text).toContain("\nExecStartPost=/bin/true status --wait 60s --quiet\n");
  });

  test.each([
    ["/opt/my programs/ob", '"/opt/my programs/ob"'],
    ["/opt/100%/$HOME", "/opt/100%%/$HOME"],
  ])("quotes the program %s", (program, quoted) => {
    expect(unitText({ ...FACTS, program })).toContain(`\nExecStart=${quoted} serve `);
  });

  test.each([
    ["/etc/openai-balance/my config", '"/etc/openai-balance/my config"'],
    ['/etc/openai-balance/a"b', '"/etc/openai-balance/a\\"b"'],
    ["/etc/openai-balance/100%$HOME", "/etc/openai-balance/100%%$$HOME"],
    ["/etc/openai-balance/a\\b", '"/etc/openai-balance/a\\\\b"'],
  ])("quotes the config %s", (config, quoted) => {
    expect(unitText({ ...FACTS, config })).toContain(` --config ${quoted}\n`);
  });

  test("names files whose names have what systemd would replace", () => {
    const text = unitText({ ...FACTS, envFile: "/etc/a %h", credentials: [{ name: "x", path: "/etc/b %h" }] });
    expect(text).toContain("\nEnvironmentFile=/etc/a %%h\nLoadCredential=x:/etc/b %%h\n");
  });

  test("keeps the data of the service where commands look for it", () => {
    expect(unitText(FACTS)).toContain("\nStateDirectory=openai-balance\n");
    expect(unitText(FACTS)).toContain("\nEnvironment=OPENAI_BALANCE_DATA_DIR=%S/openai-balance\n");
  });
});

describe.skipIf(Bun.which("systemd-analyze") === null).each(["system", "user"] as const)("of the %s", (scope) => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ob-unit-"));
    path = join(folder, "openai-balance.service");
    const program = join(folder, "my prögram 100% $HOME");
    symlinkSync("/bin/true", program);
    const credentials = [{ name: "admin", path: "/run/secrets/the admin %h" }];
    const config = '/etc/openai-balance/it\'s "100%" $HOME.yaml';
    writeFileSync(path, unitText({ ...FACTS, scope, program, config, credentials, envFile: "/etc/ä b%h/env" }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function analyze(...args: readonly string[]) {
    const command = ["systemd-analyze", ...(scope === "user" ? ["--user"] : []), ...args, path];
    const { exitCode, stdout, stderr } = Bun.spawnSync(command, { env: { ...process.env, XDG_RUNTIME_DIR: folder } });
    return { exitCode, out: stdout.toString(), err: stderr.toString() };
  }

  test("systemd takes it without a word", () => {
    expect(analyze("verify")).toEqual({ exitCode: 0, out: "", err: "" });
  });

  test("systemd finds little exposure", () => {
    const { out } = analyze("security", "--offline=true", "--no-pager");
    const [, level = "10"] = /Overall exposure level.*: ([\d.]+)/.exec(out) ?? [];
    expect(Number(level)).toBeLessThan(MOST_EXPOSURE[scope]);
  });
});
