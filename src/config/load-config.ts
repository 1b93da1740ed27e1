// Loads the configuration: flags before variables before the file before defaults, with every mistake at once.

import { dirname, relative, resolve } from "node:path";
import { coerceReplaced } from "./coerce-replaced.ts";
import { coerceText } from "./coerce-text.ts";
import type { Config } from "./config.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { count } from "./describe-value.ts";
import { type Diagnostic, DiagnosticList } from "./diagnostic.ts";
import { readEnvironmentLayer, warnOfIgnoredByFile } from "./environment-layer.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import { type FindOptions, type FoundFile, findConfigFile } from "./find-config-file.ts";
import { interpolate } from "./interpolate.ts";
import { LoadContext } from "./load-context.ts";
import { nameForMessage } from "./name-for-message.ts";
import { type Normalised, normalise } from "./normalise.ts";
import { OWN_VARIABLES, readOwnVariables } from "./own-variables.ts";
import type { ProviderInput } from "./provider-schema.ts";
import { fileFault } from "./read-named-file.ts";
import { readYaml } from "./read-yaml.ts";
import { configSchema } from "./schema.ts";
import type { Source } from "./source.ts";
import { NO_STORED_KEYS, type StoredKeys } from "./stored-key.ts";
import { validate } from "./validate.ts";

/** Command-line flags that set something, as text or as the value itself. */
export interface ConfigFlags {
  readonly host?: string | undefined;
  readonly port?: string | number | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
}

export interface LoadOptions extends FindOptions {
  readonly flags?: ConfigFlags;
  /** Providers that the program brings, such as the demo, after the configured ones; the first becomes the default. */
  readonly extraProviders?: readonly ProviderInput[];
  /** The keys that were added by command; none by default. */
  readonly stored?: StoredKeys;
  /** The names of all operations, by which patterns of them are checked; they are not without it. */
  readonly operations?: readonly string[];
  /** Wall-clock milliseconds, by which what has ended is told; it is not without it. */
  readonly now?: number;
}

export type LoadedConfig = {
  readonly ok: true;
  readonly config: Config;
  /** The full path of the config file; undefined if there is none. */
  readonly file: string | undefined;
  readonly warnings: readonly Diagnostic[];
  /** The source of every effective value, by its path such as `server.port`. */
  readonly origins: ReadonlyMap<string, Source>;
  /** The configuration as it could be written, presets and inheritance included, secrets in clear. */
  readonly effective: Normalised["effective"];
};

export type LoadResult =
  | LoadedConfig
  | { readonly ok: false; readonly file: string | undefined; readonly diagnostics: readonly Diagnostic[] };

const FLAGS: readonly { readonly flag: keyof ConfigFlags; readonly name: string; readonly path: readonly string[] }[] =
  [
    { flag: "host", name: "--host", path: ["server", "host"] },
    { flag: "port", name: "--port", path: ["server", "port"] },
    { flag: "logLevel", name: "--log-level", path: ["logging", "level"] },
    { flag: "logFormat", name: "--log-format", path: ["logging", "format"] },
  ];

/** Reads everything anew on each call; the config is frozen all the way down. */
export function loadConfig(options: LoadOptions): LoadResult {
  const list = new DiagnosticList();
  const found = findConfigFile(options);
  const file = found?.path;
  const layer = found === undefined ? environmentLayer(options, list) : fileLayer(found, options, list);
  const overlay = layer && withOverrides(layer.tree, options, list);
  if (layer === undefined || overlay === undefined) return { ok: false, file, diagnostics: list.sorted() };

  const folder = file === undefined ? options.cwd : dirname(file);
  const files = { folder, home: options.home, platform: options.platform, readFile: options.readFile };
  const context = new LoadContext({
    ...layer,
    tree: overlay,
    env: options.env,
    files,
    hasFile: found !== undefined,
    stored: options.stored ?? NO_STORED_KEYS,
    operations: options.operations,
    now: options.now,
    list,
  });
  const raw = validate(overlay, list);
  const normalised = raw && normalise(raw, context);
  if (normalised !== undefined) {
    warnOfNothing(normalised, options, list);
    warnOfStrayKeys(normalised, context);
  }
  if (normalised === undefined || list.hasErrors) return { ok: false, file, diagnostics: list.sorted() };
  const origins = originsOf(normalised.effective, context);
  return deepFreeze({ ok: true, file, warnings: list.sorted(), origins, ...normalised });
}

interface Layer {
  readonly tree: unknown;
  readonly replaced: ReadonlySet<string>;
}

function environmentLayer({ env, stored }: LoadOptions, list: DiagnosticList): Layer {
  return { tree: readEnvironmentLayer(env, list, stored?.keys), replaced: new Set() };
}

function fileLayer(found: FoundFile, options: LoadOptions, list: DiagnosticList): Layer | undefined {
  const shown = shownPath(found.path, options.cwd);
  warnOfIgnoredByFile(options.env, list);
  const text = readText(found, options, list);
  const yaml = text === undefined ? undefined : readYaml(text, shown, list);
  if (yaml === undefined) return undefined;
  const { value, replaced } = interpolate(yaml.value ?? {}, options.env, list);
  return { tree: coerceReplaced(configSchema, value, replaced), replaced };
}

function readText({ path, by }: FoundFile, { readFile, cwd }: LoadOptions, list: DiagnosticList): string | undefined {
  try {
    return readFile(path);
  } catch (error: unknown) {
    const named = by === "flag" ? " (named by --config)" : by === "variable" ? " (named by OPENAI_BALANCE_CONFIG)" : "";
    const message = `Cannot read the config file ${shownPath(path, cwd)}${named}: ${fileFault(error)}`;
    list.add({ severity: "error", source: undefined, path: "", message });
    return undefined;
  }
}

/** Relative where the file is below the working folder, unless that is the root, as that of a service is. */
function shownPath(path: string, cwd: string): string {
  if (dirname(cwd) === cwd) return path;
  const near = relative(cwd, resolve(cwd, path));
  return near === "" || near.startsWith("..") ? path : near;
}

/** The tree with variables and flags in their places; undefined if the file holds no map, which is reported. */
function withOverrides(tree: unknown, options: LoadOptions, list: DiagnosticList): unknown {
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) {
    list.error([], "expected a map of settings");
    return undefined;
  }
  const overlay = structuredClone(tree) as Record<string, unknown>;
  for (const { path, value, variable } of readOwnVariables(options.env, list)) {
    override(overlay, { path, value, source: { kind: "variable", name: variable } }, list);
  }
  for (const { flag, name, path } of FLAGS) {
    const given = options.flags?.[flag];
    if (given === undefined) continue;
    const schema = OWN_VARIABLES.find((variable) => pathText(variable.path) === pathText(path))?.schema;
    const value = typeof given === "string" && schema !== undefined ? coerceText(schema, given) : given;
    override(overlay, { path, value, source: { kind: "flag", name } }, list);
  }
  addExtraProviders(overlay, options.extraProviders ?? [], list);
  return overlay;
}

interface Override {
  readonly path: FieldPath;
  readonly value: unknown;
  readonly source: Source;
}

function override(tree: Record<string, unknown>, { path, value, source }: Override, list: DiagnosticList): void {
  let parent = tree;
  for (const step of path.slice(0, -1)) {
    const inside = parent[step] ?? {};
    // A file whose section is no map is reported there; nothing can be put into it.
    if (typeof inside !== "object") return;
    parent[step] = inside;
    parent = inside as Record<string, unknown>;
  }
  parent[path.at(-1) ?? ""] = value;
  list.sources.forget(path);
  list.sources.set(path, source);
}

function addExtraProviders(tree: Record<string, unknown>, extra: readonly ProviderInput[], list: DiagnosticList): void {
  const providers = tree.providers ?? [];
  const first = extra[0];
  if (!Array.isArray(providers) || first === undefined) return;
  for (const [index] of extra.entries())
    list.sources.set(["providers", providers.length + index], { kind: "built-in" });
  tree.providers = [...providers, ...extra];
  override(tree, { path: ["default_provider"], value: first.name, source: { kind: "built-in" } }, list);
}

function warnOfNothing({ config }: Normalised, { env }: LoadOptions, list: DiagnosticList): void {
  if (config.providers.some(({ enabled }) => enabled) || list.touchesBroken(["providers"])) return;
  const hint = env.OPENAI_API_KEY
    ? "providers: [{ name: openai }] uses the key in OPENAI_API_KEY"
    : "set OPENAI_API_KEY, or add a key with openai-balance keys add";
  list.warning(["providers"], `there is no provider, requests are answered with status 503: ${hint}`);
}

/** Keys never go to a provider that is not configured: its name alone does not say where. */
function warnOfStrayKeys({ config }: Normalised, { stored, list }: LoadContext): void {
  const known = new Set(config.providers.map(({ name }) => name));
  const strays = stored.keys.filter(({ provider }) => !known.has(provider));
  for (const [name, keys] of Map.groupBy(strays, ({ provider }) => provider)) {
    const message = `${count(keys.length, "key")} of provider ${nameForMessage(name)}, which is not configured: not used`;
    list.add({ severity: "warning", source: { kind: "key-store" }, path: "", message });
  }
}

function originsOf(effective: unknown, context: LoadContext): ReadonlyMap<string, Source> {
  const origins = new Map<string, Source>();
  const walk = (node: unknown, path: FieldPath): void => {
    const isList = Array.isArray(node);
    const entries = isList
      ? [...node.entries()]
      : typeof node === "object" && node !== null
        ? Object.entries(node)
        : [];
    if (entries.length === 0) origins.set(pathText(path), context.originOf(path));
    for (const [step, inside] of entries) walk(inside, [...path, step]);
  };
  walk(effective, []);
  return origins;
}
