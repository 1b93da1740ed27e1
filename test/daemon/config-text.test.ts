// The config file through the eyes of a browser: what it is shown, what it may save, and what becomes of the file.
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfigText, TextCheck } from "../../src/admin/settings-port.ts";
import { UserError } from "../../src/core/user-error.ts";
import { changeSetting } from "../../src/daemon/change-setting.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { type Lab, openLab } from "./instance-lab.ts";

const KEY = fakeSecret("in the file");
const OLD = fakeSecret("in a comment");
const YAML = `# By hand. token: ${OLD}
auth: { client_tokens: [{ env: TOKEN }] }
server:
  port: 8000   # as always
providers:
  - { name: openai, api_keys: ['${KEY}'] } # the first
logging: { level: info }
`;

const SOUND = { config: YAML, env: { TOKEN: fakeSecret("of clients") } };

const onDisk = (lab: Lab) => readFileSync(lab.configFile, "utf8");

/** What is shown, without a secret. */
function shown(lab: Lab, isPrevious = false): ConfigText & { readonly text: string; readonly version: string } {
  const found = lab.ports.settings.text(isPrevious);
  expect(leakIn(JSON.stringify(found))).toBeUndefined();
  const { text, version } = found;
  if (text === undefined || version === undefined) throw new Error(`It is not shown: ${found.fault}`);
  return { ...found, text, version };
}

/** Saves what an edit makes of the text. */
async function save(lab: Lab, edit: (text: string) => string, version?: string) {
  const now = shown(lab);
  const saved = await lab.ports.settings.save({ text: edit(now.text), version: version ?? now.version });
  expect(leakIn(JSON.stringify(saved))).toBeUndefined();
  return saved;
}

const quieter = (text: string) => text.replace("level: info", "level: warn");

describe("the text", () => {
  test("is that of the file without its secrets, and can be written", async () => {
    await using lab = await openLab(SOUND);
    const { text, ...facts } = shown(lab);
    expect(text.replaceAll(/⟦secret:\w+:fake\.\.\.\w{4}⟧/g, "?")).toBe(YAML.replace(OLD, "?").replace(`'${KEY}'`, "?"));
    expect(facts).toEqual({
      file: lab.configFile,
      version: expect.stringMatching(/^[0-9a-f]{64}$/),
      fault: undefined,
      readOnly: undefined,
      hasPrevious: false,
      check: { isOk: true, diagnostics: [], changes: [], atStart: [], isStale: false } as TextCheck,
    });
  });

  test("tells what of it does not run yet", async () => {
    await using lab = await openLab(SOUND);
    writeFileSync(lab.configFile, quieter(YAML).replace("8000", "8001"));
    expect(shown(lab).check).toMatchObject({
      changes: ["server.port: changed (in effect after a restart)", "logging.level: changed"],
      atStart: ["server.port"],
    });
  });

  test("has line feeds only, and the file keeps its own ends of lines and byte order mark", async () => {
    const windows = `\uFEFF${YAML.replaceAll("\n", "\r\n")}`;
    await using lab = await openLab({ ...SOUND, config: windows });
    expect(shown(lab).text).not.toMatch(/[\r\uFEFF]/);
    expect(await save(lab, quieter)).toMatchObject({ outcome: "saved" });
    expect(onDisk(lab)).toBe(quieter(windows));
  });

  test("keeps its placeholders over a restart", async () => {
    await using lab = await openLab(SOUND);
    await lab.data.sessions.create({ via: "token", address: "127.0.0.1", agent: "test" });
    const { text, version } = shown(lab);
    await using next = await lab.restart();
    expect([shown(next).text === text, shown(next).version === version]).toEqual([true, true]);
  });

  test.each<[string, (lab: Lab) => void, RegExp]>([
    ["is no YAML", ({ configFile }) => writeFileSync(configFile, `a: [${KEY}`), /is no valid YAML/],
    ["is not in UTF-8", ({ configFile }) => writeFileSync(configFile, Buffer.from([0x61, 0xff])), /not in UTF-8/],
    ["is too large", ({ configFile }) => writeFileSync(configFile, "#".repeat(2 ** 18 + 1)), /larger than 256 KiB/],
    ["is gone", ({ configFile }) => rmSync(configFile), /Cannot read .*: it does not exist/],
  ])("of a file that %s is not shown, and it says why", async (_what, change, fault) => {
    await using lab = await openLab(SOUND);
    change(lab);
    const found = lab.ports.settings.text(false);
    expect([found.text, leakIn(JSON.stringify(found))]).toEqual([undefined, undefined]);
    expect(found.fault).toMatch(fault);
  });

  test("of what is no YAML says at least where it is none, and the version before brings it back", async () => {
    await using lab = await openLab(SOUND);
    await save(lab, quieter);
    writeFileSync(lab.configFile, `auth: 1\na: [${KEY}`);
    const { check, version = "" } = lab.ports.settings.text(false);
    expect(check).toMatchObject({ isOk: false, diagnostics: [{ severity: "error", start: { line: 2 } }] });
    const { text } = shown(lab, true);
    expect(await lab.ports.settings.save({ text, version })).toMatchObject({ outcome: "saved" });
    expect(onDisk(lab)).toBe(YAML);
  });

  test("of no file: it says what to do", async () => {
    await using lab = await openLab({ env: { OPENAI_API_KEY: fakeSecret("variable") } });
    expect(lab.ports.settings.text(false)).toMatchObject({
      file: undefined,
      fault: expect.stringContaining("openai-balance init"),
    });
    await expect(lab.ports.settings.save({ text: "", version: "x" })).rejects.toThrow(UserError);
  });
});

describe("a check", () => {
  test("says where the mistakes are in the edited text, and writes nothing", async () => {
    await using lab = await openLab(SOUND);
    const { text, version } = shown(lab);
    const check = lab.ports.settings.check({ text: text.replace("level: info", "level: loud"), version });
    expect(check).toMatchObject({
      isOk: false,
      isStale: false,
      diagnostics: [
        { severity: "error", path: "logging.level", start: { line: 7, column: 12 }, end: { line: 7, column: 17 } },
      ],
    });
    expect(onDisk(lab)).toBe(YAML);
  });

  test("finds what is no YAML, and placeholders that are cut", async () => {
    await using lab = await openLab(SOUND);
    const { text, version } = shown(lab);
    const check = (edited: string) => lab.ports.settings.check({ text: edited, version });
    expect(check(`${text}x: [`)).toMatchObject({ isOk: false, diagnostics: [{ start: { line: 8 } }] });
    expect(check(text.replace("⟧] }", "] }"))).toMatchObject({ isOk: false, diagnostics: [{ start: { line: 6 } }] });
  });

  test("tells what would change, also that a daemon would not take it up", async () => {
    const config = `server: { host: 0.0.0.0 }\nauth: { client_tokens: [${fakeSecret("token")}] }\nproviders: [{ name: ollama }]\n`;
    await using lab = await openLab({ config });
    const { text, version } = shown(lab);
    const edited = text.replace("0.0.0.0", "127.0.0.1").replace(/auth: .*\n/, "");
    expect(lab.ports.settings.check({ text: edited, version })).toMatchObject({
      isOk: true,
      diagnostics: [{}, { severity: "warning", message: expect.stringContaining("until it is restarted") }],
      atStart: ["server.host"],
    });
  });
});

describe("saving", () => {
  test("writes what was edited with its secrets, keeps the version before, and is in effect when it resolves", async () => {
    await using lab = await openLab(SOUND);
    expect(await save(lab, quieter)).toMatchObject({
      outcome: "saved",
      version: shown(lab).version,
      reload: { isOk: true, changes: ["logging.level: changed"], diagnostics: [] },
    });
    expect(onDisk(lab)).toBe(quieter(YAML));
    expect(readFileSync(`${lab.configFile}.1`, "utf8")).toBe(YAML);
    expect(lab.instance.config.logging.level).toBe("warn");
  });

  test("takes a key that was typed, and hides it from then on", async () => {
    await using lab = await openLab(SOUND);
    const typed = fakeSecret("typed");
    await save(lab, (text) => text.replace(/⟦[^⟧]*⟧\] }/, `${typed}] }`));
    expect(lab.instance.config.providers[0]?.keys.map(({ secret }) => secret)).toEqual([typed]);
    expect(shown(lab).text).not.toContain(typed);
    expect(lab.instance.options.redactor.redact(`it said ${typed}`)).not.toContain(typed);
  });

  test("changes nothing where nothing was edited", async () => {
    await using lab = await openLab(SOUND);
    expect(await save(lab, (text) => text)).toMatchObject({ outcome: "unchanged" });
    expect(existsSync(`${lab.configFile}.1`)).toBe(false);
  });

  test("is refused where the file changed meanwhile, and can be done again on what it is now", async () => {
    await using lab = await openLab(SOUND);
    const before = shown(lab);
    await changeSetting({ path: "server.drain_timeout", value: "5s" }, lab.instance);
    const edited = { text: quieter(before.text), version: before.version };
    const refused = await lab.ports.settings.save(edited);
    expect(refused).toMatchObject({ outcome: "conflict", check: { isStale: true, isOk: true } });
    expect(onDisk(lab)).toContain("level: info");
    // Its secrets are known still: what was typed is not lost.
    expect(await lab.ports.settings.save({ ...edited, version: refused.version })).toMatchObject({ outcome: "saved" });
    expect(onDisk(lab)).toBe(quieter(YAML));
  });

  test("is refused with a mistake", async () => {
    await using lab = await openLab(SOUND);
    expect(await save(lab, (text) => `${text}servr: {}\n`)).toMatchObject({
      outcome: "invalid",
      check: { diagnostics: [{ path: "servr", start: { line: 8, column: 1 } }] },
    });
    expect(onDisk(lab)).toBe(YAML);
  });

  test("is refused where the file is read-only, which is told beforehand", async () => {
    await using lab = await openLab(SOUND);
    chmodSync(lab.configFile, 0o444);
    expect(shown(lab).readOnly).toBe("permission denied");
    expect(await save(lab, quieter)).toMatchObject({ outcome: "read_only", readOnly: "permission denied" });
    expect(onDisk(lab)).toBe(YAML);
  });

  test("writes what a link leads to", async () => {
    await using lab = await openLab(SOUND);
    const target = join(lab.folder, "real.yaml");
    writeFileSync(target, YAML);
    rmSync(lab.configFile);
    symlinkSync(target, lab.configFile);
    expect(await save(lab, quieter)).toMatchObject({ outcome: "saved" });
    expect(readFileSync(target, "utf8")).toBe(quieter(YAML));
  });

  test("says where the daemon does not take it up", async () => {
    const config = `server: { host: 0.0.0.0 }\nauth: { client_tokens: [${fakeSecret("token")}] }\nproviders: [{ name: ollama }]\n`;
    await using lab = await openLab({ config });
    const saved = await save(lab, (text) => text.replace("0.0.0.0", "127.0.0.1").replace(/auth: .*\n/, ""));
    expect(saved).toMatchObject({ outcome: "saved", reload: { isOk: false, diagnostics: [expect.any(String)] } });
  });

  test("brings the version before back, with the secrets that only that one has", async () => {
    await using lab = await openLab(SOUND);
    await save(lab, (text) => text.replace(/⟦[^⟧]*⟧\] }/, "] }"));
    expect(shown(lab).hasPrevious).toBe(true);
    const { text, version } = shown(lab, true);
    expect(await lab.ports.settings.save({ text, version })).toMatchObject({ outcome: "saved" });
    expect(onDisk(lab)).toBe(YAML);
  });

  test("takes its turn with every other change", async () => {
    await using lab = await openLab(SOUND);
    const { text, version } = shown(lab);
    const saving = lab.ports.settings.save({ text: quieter(text), version });
    const setting = changeSetting({ path: "server.drain_timeout", value: "5s" }, lab.instance);
    expect(await saving).toMatchObject({ outcome: "saved" });
    await setting;
    expect(onDisk(lab)).toMatch(/level: warn/);
    expect(onDisk(lab)).toMatch(/drain_timeout: 5s/);
  });
});

describe("the values", () => {
  test("come with where they are from, and without secrets", async () => {
    await using lab = await openLab(SOUND);
    const { file, values = [], diagnostics } = lab.ports.settings.values();
    expect([file, diagnostics]).toEqual([lab.configFile, []]);
    expect(values).toContainEqual({ path: "server.port", value: "8000", origin: "config.yaml:4:3" });
    expect(values).toContainEqual({ path: "server.host", value: "127.0.0.1", origin: "default" });
    expect(leakIn(JSON.stringify(values))).toBeUndefined();
  });

  test("of a file that is wrong: what is wrong", async () => {
    await using lab = await openLab(SOUND);
    writeFileSync(lab.configFile, "servr: {}\n");
    const { values, diagnostics } = lab.ports.settings.values();
    expect([values, diagnostics]).toEqual([
      undefined,
      expect.arrayContaining(["config.yaml:1:1 servr: unknown field, did you mean server"]),
    ]);
  });
});
