// Loads a configuration from texts, as if they were files, in a world without any other file or variable.

import { formatDiagnostic } from "../../src/config/diagnostic.ts";
import { type LoadedConfig, type LoadOptions, type LoadResult, loadConfig } from "../../src/config/load-config.ts";

export interface World
  extends Pick<LoadOptions, "flags" | "extraProviders" | "file" | "stored" | "operations" | "now"> {
  /** The text of /work/config.yaml; without it there is no config file. */
  readonly yaml?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** More files by their full path; a value that is an error code is thrown. */
  readonly files?: Readonly<Record<string, string | { readonly code: string }>>;
}

export function load({ yaml, env = {}, files = {}, ...options }: World): LoadResult {
  const all: NonNullable<World["files"]> = yaml === undefined ? files : { ...files, "/work/config.yaml": yaml };
  const readFile = (path: string): string => {
    const content = all[path] ?? { code: "ENOENT" };
    if (typeof content === "string") return content;
    throw Object.assign(new Error("cannot read"), content);
  };
  return loadConfig({ ...options, env, readFile, cwd: "/work", home: "/home/someone", platform: "linux" });
}

/** @throws with the diagnostics if the configuration is not valid. */
export function loadValid(world: World): LoadedConfig {
  const result = load(world);
  if (!result.ok) throw new Error(`Cannot load:\n${result.diagnostics.map(formatDiagnostic).join("\n")}`);
  return result;
}

/** All diagnostics, one line each, with their severity. */
export function diagnose(world: World): readonly string[] {
  const result = load(world);
  const diagnostics = result.ok ? result.warnings : result.diagnostics;
  return diagnostics.map((diagnostic) => `${diagnostic.severity}: ${formatDiagnostic(diagnostic)}`);
}

/** One provider that is complete, to be extended by more fields. */
export function oneProvider(fields: object = {}): string {
  return JSON.stringify({
    providers: [{ name: "main", base_url: "https://main.example/v1", api_keys: ["sk-fake-main-0001"], ...fields }],
  });
}

export const TOKENS = { auth: { client_tokens: ["sk-fake-client-token-1"] } };
