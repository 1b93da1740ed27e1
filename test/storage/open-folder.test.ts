// The data folder: created for its owner only, and what is wrong with it is said.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../src/core/user-error.ts";
import { FOLDER_FILES, openFolder } from "../../src/storage/open-folder.ts";
import { scratchFolder } from "../core/scratch-folder.ts";
import { CAN_BE_NOBODY, NOBODY } from "../fixture/nobody.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SCRIPT = resolve(import.meta.dir, "show-folder.ts");

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("openFolder", () => {
  test("creates the folder, and those above it, for their owner only", () => {
    using folder = scratchFolder();
    const path = folder.at("new/state/openai-balance");
    const mask = process.umask(0);
    try {
      expect(openFolder(path)).toEqual({ path, fault: undefined, notes: [] });
    } finally {
      process.umask(mask);
    }
    for (const created of ["new", "new/state", "new/state/openai-balance"])
      expect(modeOf(folder.at(created))).toBe("700");
  });

  test("takes a folder that exists, and a link to one", () => {
    using folder = scratchFolder();
    mkdirSync(folder.at("data"), { mode: 0o700 });
    symlinkSync("data", folder.at("link"));
    for (const path of [folder.at("data"), folder.at("link")]) {
      expect(openFolder(path)).toEqual({ path, fault: undefined, notes: [] });
    }
  });

  test.each([
    ["750", "look into"],
    ["701", "look into"],
    ["755", "look into"],
    ["720", "change"],
    ["702", "change"],
    ["777", "change"],
  ])("says with the mode %s that others may %s it, and leaves that to its owner", (mode, what) => {
    using folder = scratchFolder();
    mkdirSync(folder.at("data"));
    chmodSync(folder.at("data"), Number.parseInt(mode, 8));
    const path = folder.at("data");
    expect(openFolder(path).notes).toEqual([`Others may ${what} the data folder ${path}: chmod 700 ${path}`]);
    expect(modeOf(path)).toBe(mode);
  });

  test("closes the files that others could read, says so once, and leaves all other files alone", () => {
    using folder = scratchFolder();
    const secret = ["master.key", "keys.json", "state.json", "keys.json.1", "state.json.1"];
    const others = ["daemon.log", "notes.txt"];
    for (const name of [...secret, ...others]) {
      writeFileSync(folder.at(name), "");
      chmodSync(folder.at(name), 0o644);
    }
    chmodSync(folder.at("keys.json.1"), 0o600);
    const notes = secret
      .filter((name) => name !== "keys.json.1")
      .map((name) => `${folder.at(name)} was open to others: its mode is 0600 now`);
    expect(openFolder(folder.path).notes).toEqual(notes);
    expect(openFolder(folder.path).notes).toEqual([]);
    for (const name of secret) expect(modeOf(folder.at(name))).toBe("600");
    for (const name of others) expect(modeOf(folder.at(name))).toBe("644");
  });

  test("leaves a folder that stands in the place of a file alone", () => {
    using folder = scratchFolder();
    mkdirSync(folder.at("state.json"), { mode: 0o755 });
    chmodSync(folder.path, 0o700);
    expect(openFolder(folder.path).notes).toEqual([]);
    expect(modeOf(folder.at("state.json"))).toBe("755");
  });

  test("refuses a file in its place, and a link to one", () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("file"), "precious");
    symlinkSync("file", folder.at("link"));
    for (const path of [folder.at("file"), folder.at("link")]) {
      expect(() => openFolder(path)).toThrow(new UserError(`Cannot use ${path} as data folder: it is a file`));
    }
    expect(folder.text("file")).toBe("precious");
  });

  test.each<[string, string]>([
    ["file/data", "a part of the path is no folder"],
    ["nowhere", "it does not exist"],
    ["long", "the path is too long"],
    ["round/data", "a symbolic link is not followed there, or leads to itself"],
  ])("says why it cannot be created: %s", (name, fault) => {
    using folder = scratchFolder();
    writeFileSync(folder.at("file"), "");
    symlinkSync("missing", folder.at("nowhere"));
    symlinkSync("round", folder.at("round"));
    const path = folder.at(name === "long" ? "x".repeat(300) : name);
    expect(openFolder(path)).toEqual({ path, fault, notes: [] });
  });

  test("knows all names that stand in it", () => {
    expect(Object.values(FOLDER_FILES).sort()).toEqual([
      "daemon.lock",
      "daemon.log",
      "daemon.sock",
      "keys.json",
      "master.key",
      "requests.sqlite",
      "sessions.json",
      "state.json",
      "tokens.json",
      "version.json",
    ]);
  });
});

describe.if(CAN_BE_NOBODY)("openFolder as a user without rights", () => {
  function asNobody(path: string): { fault?: string; notes: readonly string[]; lock: string } {
    const { stdout, stderr } = spawnSync(process.execPath, [SCRIPT, path], { uid: NOBODY, gid: NOBODY, cwd: "/" });
    if (stdout.length === 0) throw new Error(stderr.toString());
    return JSON.parse(stdout.toString());
  }

  const OWNER = "belongs to user 0, and this is user 65534: one of them may not read what the other writes";

  test("says why it cannot create it", () => {
    using folder = scratchFolder();
    chmodSync(folder.path, 0o755);
    expect(asNobody(folder.at("data"))).toEqual({
      fault: "permission denied",
      notes: [],
      lock: "it does not exist",
    });
  });

  test("says whose it is, and has no lock in it", () => {
    using folder = scratchFolder();
    chmodSync(folder.path, 0o755);
    const { notes, lock } = asNobody(folder.path);
    expect(notes[0]).toBe(`The data folder ${folder.path} ${OWNER}`);
    expect(lock).toBe("permission denied");
  });

  test("says which files are open to others, and that it may not close them", () => {
    using folder = scratchFolder();
    chmodSync(folder.path, 0o755);
    writeFileSync(folder.at("keys.json"), "", { mode: 0o644 });
    expect(asNobody(folder.path).notes).toContain(
      `${folder.at("keys.json")} is open to others, and its mode cannot be changed: permission denied`,
    );
    expect(modeOf(folder.at("keys.json"))).toBe("644");
  });

  test("says nothing of files that it may not look at", () => {
    using folder = scratchFolder();
    writeFileSync(folder.at("keys.json"), "", { mode: 0o644 });
    chmodSync(folder.path, 0o700);
    expect(asNobody(folder.path)).toEqual({
      notes: [`The data folder ${folder.path} ${OWNER}`],
      lock: "permission denied",
    });
  });

  test("has a lock in a folder of its own, and not on one that another user left", () => {
    using folder = scratchFolder();
    chownSync(folder.path, NOBODY, NOBODY);
    expect(asNobody(folder.path)).toEqual({ notes: [], lock: "taken" });
    chownSync(folder.at("daemon.lock"), 0, 0);
    expect(asNobody(folder.path)).toEqual({ notes: [], lock: "permission denied" });
  });
});
