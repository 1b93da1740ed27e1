// The unit by systemd's own judgement, where it is there, and what must stand in it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
/** "Exposure below 3" is medium or better by systemd's table. */
const MOST_EXPOSURE = 3;

describe("unitText", () => {
  test("starts again after a failure, but not with a wrong configuration, and waits for what is in flight", () => {
    const text = unitText(FACTS);
    for (const line of ["Restart=on-failure", "RestartPreventExitStatus=2", "TimeoutStopSec=60", "KillMode=mixed"])
      expect(text).toContain(`\n${line}\n`);
    expect(text).toContain("\nExecStartPost=/bin/true status --wait 60s --quiet\n");
  });

  test.each([
    ["/opt/my programs/ob", '"/opt/my programs/ob"'],
    ['/opt/a"b', '"/opt/a\\"b"'],
    ["/opt/100%/$HOME", "/opt/100%%/$$HOME"],
    ["/opt/a\\b", '"/opt/a\\\\b"'],
  ])("quotes %s", (program, quoted) => {
    expect(unitText({ ...FACTS, program })).toContain(`\nExecStart=${quoted} serve `);
  });

  test("keeps the data of the service where commands look for it", () => {
    expect(unitText(FACTS)).toContain("\nStateDirectory=openai-balance\n");
    expect(unitText(FACTS)).toContain("\nEnvironment=OPENAI_BALANCE_DATA_DIR=%S/openai-balance\n");
  });
});

describe.skipIf(Bun.which("systemd-analyze") === null)("systemd-analyze", () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ob-unit-"));
    path = join(folder, "openai-balance.service");
    const credentials = [{ name: "admin", path: "/run/secrets/admin" }];
    writeFileSync(path, unitText({ ...FACTS, credentials, envFile: "/etc/openai-balance/env" }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("verifies it", () => {
    const { exitCode, stderr } = Bun.spawnSync(["systemd-analyze", "verify", path]);
    expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  });

  test("finds little exposure", () => {
    const { stdout } = Bun.spawnSync(["systemd-analyze", "security", "--offline=true", "--no-pager", path]);
    const [, level = "10"] = /Overall exposure level.*: ([\d.]+)/.exec(stdout.toString()) ?? [];
    expect(Number(level)).toBeLessThan(MOST_EXPOSURE);
  });
});
