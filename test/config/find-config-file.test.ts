// Where the config file is looked for.

import { expect, test } from "bun:test";
import { type FindOptions, findConfigFile } from "../../src/config/find-config-file.ts";

type Case = Omit<Partial<FindOptions>, "readFile"> & { readonly existing?: readonly string[]; readonly code?: string };

function find({ existing = [], code = "ENOENT", ...options }: Case) {
  const readFile = (path: string): string => {
    if (existing.includes(path)) return "";
    throw Object.assign(new Error("cannot read"), { code });
  };
  return findConfigFile({ env: {}, cwd: "/work", home: "/home/me", platform: "linux", ...options, readFile });
}

const LOCAL = "/work/config.yaml";
const USER = "/home/me/.config/openai-balance/config.yaml";
const XDG = { XDG_CONFIG_HOME: "/xdg" };

test.each<[string, Case, ReturnType<typeof find>]>([
  [
    "the flag",
    { file: "a.yaml", env: { OPENAI_BALANCE_CONFIG: "b.yaml" }, existing: [LOCAL] },
    { path: "/work/a.yaml", by: "flag" },
  ],
  [
    "the variable",
    { env: { OPENAI_BALANCE_CONFIG: "/etc/b.yaml" }, existing: [LOCAL] },
    { path: "/etc/b.yaml", by: "variable" },
  ],
  [
    "the working folder",
    { env: { OPENAI_BALANCE_CONFIG: "" }, existing: [LOCAL, USER] },
    { path: LOCAL, by: "working folder" },
  ],
  ["the user folder", { existing: [USER] }, { path: USER, by: "user folder" }],
  [
    "XDG_CONFIG_HOME",
    { env: XDG, existing: [USER, "/xdg/openai-balance/config.yaml"] },
    { path: "/xdg/openai-balance/config.yaml", by: "user folder" },
  ],
  [
    "macOS",
    { platform: "darwin", existing: ["/home/me/Library/Application Support/openai-balance/config.yaml"] },
    { path: "/home/me/Library/Application Support/openai-balance/config.yaml", by: "user folder" },
  ],
  [
    "Windows",
    {
      platform: "win32",
      cwd: "C:\\work",
      env: { APPDATA: "C:\\data" },
      existing: ["C:\\data\\openai-balance\\config.yaml"],
    },
    { path: "C:\\data\\openai-balance\\config.yaml", by: "user folder" },
  ],
  ["nothing", { existing: [] }, undefined],
  ["no folder on the way", { code: "ENOTDIR" }, undefined],
])("found by %s", (_, given, expected) => {
  expect(find(given)).toEqual(expected);
});

test("a file that is there but cannot be read is not passed over", () => {
  expect(find({ code: "EACCES" })).toEqual({ path: LOCAL, by: "working folder" });
});
