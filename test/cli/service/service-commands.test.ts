// `service …` on a machine that is pretended: what is written, in which order systemd is asked, and what is refused.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostAnswer, ServiceHost } from "../../../src/cli/service/service-host.ts";
import { fakeSecret } from "../../fixture/secrets.ts";
import { FakeTerminal } from "../fake-terminal.ts";

const UNIT = "/etc/systemd/system/openai-balance.service";
const CONFIG = "/etc/openai-balance/config.yaml";
const OK: HostAnswer = { code: 0, stdout: "", stderr: "" };

let root: string;
let ran: string[];
let answers: Readonly<Record<string, HostAnswer>>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ob-service-"));
  ran = [];
  answers = {};
  put(CONFIG, "server: { drain_timeout: 2m }\nauth: { client_tokens: [fake-client-token-0001] }\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

function unit(path = UNIT): string {
  return readFileSync(join(root, path), "utf8");
}

/** The user and group of these tests stand for those of the service, so that files can be given to them. */
function host(given: Partial<ServiceHost> = {}): ServiceHost {
  return {
    run: async (program, ...args) => {
      const line = [program, ...args].join(" ");
      ran.push(line);
      const known = Object.entries(answers).find(([begin]) => line.startsWith(begin));
      if (known !== undefined) return known[1];
      if (program === "id") return { ...OK, stdout: `${args[0] === "-u" ? process.getuid?.() : process.getgid?.()}\n` };
      return OK;
    },
    root,
    uid: 0,
    program: "/usr/local/bin/openai-balance",
    hasSystemd: true,
    ...given,
  };
}

interface Caller {
  readonly env?: Readonly<Record<string, string>>;
  /** In the folder where it is called. */
  readonly files?: Readonly<Record<string, string>>;
}

async function service(
  args: readonly string[],
  given: Partial<ServiceHost> = {},
  { env = {}, files = {} }: Caller = {},
) {
  using terminal = new FakeTerminal();
  for (const [name, text] of Object.entries(files)) terminal.write(name, text);
  const printed = await terminal.run(["service", ...args], { serviceHost: host(given), columns: 500, env });
  return { ...printed, home: terminal.path("home"), cwd: terminal.folder };
}

describe("install", () => {
  test("writes the unit, makes the user, and starts the daemon", async () => {
    const { exitCode, out } = await service(["install"]);
    expect([exitCode, out]).toEqual([0, expect.stringContaining(`Installed ${UNIT}`)]);
    expect(ran).toEqual([
      "systemctl show-environment",
      'systemd-sysusers --inline u openai-balance - "openai-balance" /var/lib/openai-balance',
      "id -u openai-balance",
      "id -g openai-balance",
      "systemctl daemon-reload",
      "systemctl enable openai-balance.service",
      "systemctl restart openai-balance.service",
    ]);
    expect(unit()).toContain(`ExecStart=/usr/local/bin/openai-balance serve --config ${CONFIG}\n`);
    // The drain of the configuration, and half a minute.
    expect(unit()).toContain("TimeoutStopSec=150\n");
    expect(statSync(join(root, UNIT)).mode & 0o777).toBe(0o644);
  });

  test("keeps the config for the service alone", async () => {
    chmodSync(join(root, CONFIG), 0o644);
    await service(["install"]);
    expect(statSync(join(root, CONFIG)).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "/etc/openai-balance")).mode & 0o777).toBe(0o700);
  });

  test("is not led to another file by a link in the folder of the service", async () => {
    const victim = join(root, "victim");
    renameSync(join(root, CONFIG), victim);
    chmodSync(victim, 0o644);
    symlinkSync(victim, join(root, CONFIG));
    const { exitCode, err } = await service(["install"]);
    expect([exitCode, existsSync(join(root, UNIT))]).toEqual([1, false]);
    expect(err).toContain(`Cannot give ${CONFIG} to openai-balance: a symbolic link`);
    expect(statSync(victim).mode & 0o777).toBe(0o644);
  });

  test("hands secrets over, and reads the configuration with them", async () => {
    const secret = join(root, "admin");
    writeFileSync(secret, fakeSecret("service_admin"));
    const file = ["$", "{CREDENTIALS_DIRECTORY}/admin"].join("");
    put(CONFIG, `auth: { client_tokens: [fake-client-token-0001], admin_token: { file: "${file}" } }\n`);
    const { exitCode, err } = await service(["install", "--credential", `admin=${secret}`]);
    expect([exitCode, err]).toEqual([0, ""]);
    expect(unit()).toContain(`LoadCredential=admin:${secret}\n`);
    expect(unit()).not.toContain("fake-secret");
  });

  test("of a user is in the user's folder, without what takes rights", async () => {
    const { exitCode, out, home } = await service(["install", "--user"], {
      uid: 1000,
      program: "/home/me/.local/bin/ob",
    });
    expect([exitCode, out]).toEqual([0, expect.stringContaining("loginctl enable-linger")]);
    const text = unit(join(home, ".config/systemd/user/openai-balance.service"));
    expect(text).toContain("ExecStart=/home/me/.local/bin/ob serve\n");
    expect(text).toContain("WantedBy=default.target\n");
    expect(text).not.toMatch(/^(?:User|ProtectSystem|StateDirectory|CapabilityBoundingSet)=/m);
    expect(ran).toEqual([
      "systemctl --user show-environment",
      "systemctl --user daemon-reload",
      "systemctl --user enable openai-balance.service",
      "systemctl --user restart openai-balance.service",
    ]);
  });

  test("says what the daemon said where it does not start", async () => {
    answers = {
      "systemctl restart": { code: 1, stdout: "", stderr: "Job failed" },
      journalctl: { code: 0, stdout: "error server.port: 8000 is in use\n", stderr: "" },
    };
    const { exitCode, err } = await service(["install"]);
    expect([exitCode, err]).toEqual([1, expect.stringContaining("  error server.port: 8000 is in use")]);
    // Of this start alone.
    expect(ran.at(-1)).toMatch(
      /^journalctl --unit openai-balance.service --since @\d{10} --lines 12 --no-pager --output cat$/,
    );
  });

  test("judges the configuration by what the service will have", async () => {
    const variable = ["$", "{OB_TEST_TOKEN}"].join("");
    put(CONFIG, `auth: { client_tokens: ["${variable}"] }\n`);
    const env = { OB_TEST_TOKEN: "fake-client-token-0001" };
    const { exitCode, err } = await service(["install"], {}, { env });
    expect([exitCode, err]).toEqual([2, expect.stringContaining("OB_TEST_TOKEN")]);
    writeFileSync(join(root, "env"), "OB_TEST_TOKEN=fake-client-token-0001\n");
    expect((await service(["install", "--env-file", join(root, "env")])).exitCode).toBe(0);
    expect(unit()).toContain(`EnvironmentFile=${join(root, "env")}\n`);
  });

  test("takes a configuration whose client tokens were added by command", async () => {
    put(CONFIG, "server: { host: 0.0.0.0 }\n");
    expect((await service(["install"])).exitCode).toBe(0);
  });

  test("of a user names the config that was found, as the service starts elsewhere", async () => {
    const files = { "config.yaml": "server: { drain_timeout: 90s }\n" };
    const { exitCode, home, cwd } = await service(["install", "--user"], { uid: 1000 }, { files });
    expect(exitCode).toBe(0);
    const text = unit(join(home, ".config/systemd/user/openai-balance.service"));
    expect(text).toContain(` serve --config ${join(cwd, "config.yaml")}\n`);
    expect(text).toContain("TimeoutStopSec=120\n");
  });

  test("of a user without a service manager says so before it writes anything", async () => {
    answers = { "systemctl --user": { code: 1, stdout: "", stderr: "Failed to connect to bus: No medium found" } };
    const { exitCode, err, home } = await service(["install", "--user"], { uid: 1000 });
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/not for su and sudo: Failed to connect to bus/)]);
    expect(existsSync(join(root, home, ".config/systemd"))).toBe(false);
  });

  test("says what systemd said, and goes no further", async () => {
    answers = { "systemctl daemon-reload": { code: 1, stdout: "", stderr: "Access denied" } };
    const { exitCode, err } = await service(["install"]);
    expect([exitCode, err]).toEqual([1, "Cannot load the unit: Access denied\n"]);
    expect(ran.at(-1)).toBe("systemctl daemon-reload");
  });

  test.each<[string, readonly string[], Partial<ServiceHost>, string, number]>([
    ["who is not root", [], { uid: 1000 }, "sudo openai-balance service install", 1],
    ["a machine without systemd", [], { hasSystemd: false }, "systemd does not run here", 1],
    ["the source", [], { program: undefined }, "build the executable", 1],
    ["a program in a home", [], { program: "/home/me/bin/ob" }, "/usr/local/bin/ first", 1],
    [
      "a config elsewhere",
      ["--config", "/srv/config.yaml"],
      {},
      "the config of the service stands in /etc/openai-balance",
      1,
    ],
    ["a config that is not there", ["--config", "/etc/openai-balance/other.yaml"], {}, "other.yaml does not exist", 1],
    ["a program that systemd cannot name", [], { program: "/opt/it's/ob" }, "no quotes, backslashes", 1],
    ["a credential that is not there", ["--credential", "a=/none/b"], {}, "/none/b does not exist", 1],
    ["a credential without a name", ["--credential", "/run/admin"], {}, "expected NAME=/path", 2],
    ["a credential with a path that is not absolute", ["--credential", "a=b"], {}, "expected NAME=/path", 2],
  ])("refuses %s before it writes anything", async (_, args, given, message, code) => {
    const { exitCode, err } = await service(["install", ...args], given);
    expect([exitCode, err]).toEqual([code, expect.stringContaining(message)]);
    expect([existsSync(join(root, UNIT)), ran]).toEqual([false, []]);
  });

  test("refuses a wrong configuration with what is wrong", async () => {
    put(CONFIG, "server: { port: none }\nauth: { client_tokens: [fake-client-token-0001] }\n");
    const { exitCode, err } = await service(["install"]);
    expect([exitCode, err]).toEqual([2, expect.stringMatching(/its configuration is wrong:\n {2}.*server\.port/)]);
    expect(ran).toEqual([]);
  });
});

describe("uninstall", () => {
  test("stops it, and leaves configuration and data", async () => {
    await service(["install"]);
    ran = [];
    const { exitCode, out } = await service(["uninstall"]);
    expect([exitCode, out]).toEqual([
      0,
      expect.stringContaining("/etc/openai-balance, /var/lib/openai-balance and the user openai-balance stay"),
    ]);
    expect(ran).toEqual(["systemctl disable --now openai-balance.service", "systemctl daemon-reload"]);
    expect([existsSync(join(root, UNIT)), existsSync(join(root, CONFIG))]).toEqual([false, true]);
  });

  test("leaves the unit where the service cannot be stopped", async () => {
    await service(["install"]);
    answers = { "systemctl disable": { code: 1, stdout: "", stderr: "Access denied" } };
    const { exitCode } = await service(["uninstall"]);
    expect([exitCode, existsSync(join(root, UNIT))]).toEqual([1, true]);
  });

  test("says that there is none", async () => {
    const { exitCode, err } = await service(["uninstall"]);
    expect([exitCode, err]).toEqual([1, expect.stringContaining("does not exist")]);
  });
});

describe("status", () => {
  const show = (fields: string): HostAnswer => ({ ...OK, stdout: fields });

  test("of one that runs", async () => {
    answers = {
      "systemctl show": show(
        "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=42\nNRestarts=3\nResult=success\n",
      ),
    };
    const { exitCode, out } = await service(["status", "--json"]);
    expect([exitCode, JSON.parse(out)]).toEqual([
      0,
      {
        installed: true,
        unit: UNIT,
        enabled: true,
        active: true,
        state: "active, running",
        pid: 42,
        restarts: 3,
        result: "success",
      },
    ]);
    expect((await service(["status"])).out).toContain("3 after failures");
  });

  test("of one that failed shows the end of its log", async () => {
    answers = {
      "systemctl show": show("LoadState=loaded\nActiveState=failed\nSubState=failed\nMainPID=0\nNRestarts=0\n"),
      journalctl: { ...OK, stdout: "error providers: none\n" },
    };
    const { exitCode, out, err } = await service(["status"]);
    expect([exitCode, out]).toEqual([3, expect.stringContaining("failed, failed")]);
    expect(err).toContain("  error providers: none");
  });

  test("of none", async () => {
    answers = { "systemctl show": show("LoadState=not-found\nActiveState=inactive\nSubState=dead\nMainPID=0\n") };
    const { exitCode, out } = await service(["status"]);
    expect([exitCode, out]).toEqual([3, expect.stringContaining("none, openai-balance service install makes one")]);
  });
});
