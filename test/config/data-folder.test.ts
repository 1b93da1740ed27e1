// Where the program keeps what it writes: what is named, else the platform's own place.
import { describe, expect, test } from "bun:test";
import { type DataFolderOptions, findDataFolder } from "../../src/config/data-folder.ts";

const LINUX: DataFolderOptions = { env: {}, cwd: "/work", home: "/home/someone", platform: "linux" };
const MAC: DataFolderOptions = { ...LINUX, home: "/Users/someone", platform: "darwin" };
const WINDOWS: DataFolderOptions = { ...LINUX, cwd: "D:\\work", home: "C:\\Users\\someone", platform: "win32" };

describe("findDataFolder takes what is named", () => {
  const variable = { OPENAI_BALANCE_DATA_DIR: "/data/variable", XDG_STATE_HOME: "/state" };

  test.each<[string, DataFolderOptions, string]>([
    ["by the flag", { ...LINUX, folder: "/data/flag" }, "/data/flag"],
    ["by the flag before the variable", { ...LINUX, folder: "/data/flag", env: variable }, "/data/flag"],
    ["by the variable", { ...LINUX, env: variable }, "/data/variable"],
    ["by a path from the working folder", { ...LINUX, folder: "data" }, "/work/data"],
    ["by one in the variable", { ...LINUX, env: { OPENAI_BALANCE_DATA_DIR: "../data" } }, "/data"],
    ["by the flag as the working folder", { ...LINUX, folder: "." }, "/work"],
    ["on Windows", { ...WINDOWS, folder: "data" }, "D:\\work\\data"],
    ["on Windows by a full path", { ...WINDOWS, env: { OPENAI_BALANCE_DATA_DIR: "E:\\data" } }, "E:\\data"],
  ])("%s", (_how, options, path) => {
    expect(findDataFolder(options)).toEqual({ path, isNamed: true });
  });
});

describe("findDataFolder takes the platform's own place", () => {
  test.each<[string, DataFolderOptions, string]>([
    ["on Linux", LINUX, "/home/someone/.local/state/openai-balance"],
    ["on FreeBSD", { ...LINUX, platform: "freebsd" }, "/home/someone/.local/state/openai-balance"],
    ["as XDG_STATE_HOME says", { ...LINUX, env: { XDG_STATE_HOME: "/state" } }, "/state/openai-balance"],
    ["on macOS", MAC, "/Users/someone/Library/Application Support/openai-balance"],
    ["on macOS as XDG_STATE_HOME says", { ...MAC, env: { XDG_STATE_HOME: "/state" } }, "/state/openai-balance"],
    ["on Windows", WINDOWS, "C:\\Users\\someone\\AppData\\Local\\openai-balance"],
    [
      "on Windows as LOCALAPPDATA says",
      { ...WINDOWS, env: { LOCALAPPDATA: "E:\\local" } },
      "E:\\local\\openai-balance",
    ],
    [
      "where the variables are empty",
      { ...LINUX, env: { OPENAI_BALANCE_DATA_DIR: "", XDG_STATE_HOME: "" } },
      "/home/someone/.local/state/openai-balance",
    ],
    [
      "where the flag is empty: a variable in a script was",
      { ...LINUX, folder: "" },
      "/home/someone/.local/state/openai-balance",
    ],
  ])("%s", (_where, options, path) => {
    expect(findDataFolder(options)).toEqual({ path, isNamed: false });
  });

  test("and the variable where the flag is empty", () => {
    const env = { OPENAI_BALANCE_DATA_DIR: "/data/variable" };
    expect(findDataFolder({ ...LINUX, folder: "", env })).toEqual({ path: "/data/variable", isNamed: true });
  });
});
