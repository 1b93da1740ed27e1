// Puts what a plan says into the text of a config file, without changing what the file says already.
import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";
import type { Addition } from "../config/edit/plan-change.ts";
import { type ConfigEdit, editConfig } from "../config/edit-config.ts";
import { tokenIdOf } from "../core/ids.ts";
import type { FittedPlan } from "./fit-plan.ts";
import type { PlannedProvider, PlannedToken } from "./import-plan.ts";
import { ImportFault } from "./import-source.ts";

/** `set`: it was not there. `known`: it is so already. `kept`: the file says otherwise, and still does. */
export type Outcome = "set" | "known" | "kept";

export interface EditedText {
  readonly text: string;
  /** In the order of the plan. */
  readonly settings: readonly Outcome[];
  readonly tokens: readonly Outcome[];
  readonly adminToken: Outcome | undefined;
}

/** `isNew`: of the text only the providers' names count, everything else in it is a default. */
export interface TextFacts {
  readonly isNew: boolean;
  /** Client tokens that are known, by their ids and names. */
  readonly tokenIds: ReadonlySet<string>;
  readonly tokenNames: ReadonlySet<string>;
}

/** @throws ImportFault where the file is written in a way that cannot be added to. */
export function editText(text: string, plan: FittedPlan, facts: TextFacts): EditedText {
  const writer = new Writer(text, facts);
  for (const provider of plan.providers) writer.provider(provider);
  const adminToken =
    plan.adminToken === undefined ? undefined : writer.setting(["auth", "admin_token"], plan.adminToken);
  const settings = plan.settings.map(({ path, value }) => writer.setting(path, value));
  const tokens = plan.clientTokens.map((token) => writer.token(token));
  writer.finish();
  return { text: writer.text, settings, tokens, adminToken };
}

class Writer {
  readonly #facts: TextFacts;
  readonly #before: unknown;
  readonly #tokenNames: Set<string>;
  /** What there may be thousands of is added at the end, at once. */
  readonly #tokens: Addition[] = [];
  readonly #routes: Addition[] = [];
  text: string;

  constructor(text: string, facts: TextFacts) {
    this.text = text;
    this.#facts = facts;
    this.#before = parseDocument(text, { logLevel: "silent" }).toJS();
    this.#tokenNames = new Set(facts.tokenNames);
  }

  provider({ name, fields }: PlannedProvider): void {
    // In a new text their names are there.
    if (this.#facts.isNew && Object.keys(fields).length === 0) return;
    this.#edit(["providers", name], fields);
  }

  token({ token, name, ...rules }: PlannedToken): Outcome {
    if (this.#facts.tokenIds.has(tokenIdOf(token))) return "known";
    const isPlain = name === undefined && Object.keys(rules).length === 0 && !/^[[{]/.test(token);
    const called = name === undefined ? {} : { name: this.#freeName(name) };
    this.#tokens.push({ value: plain(isPlain ? token : { ...called, token, ...rules }) });
    return "set";
  }

  setting(path: readonly string[], value: unknown): Outcome {
    const there = this.#facts.isNew ? undefined : valueAt(this.#before, path);
    if (there !== undefined && path.at(-1) === "admin_token") return "kept";
    if (there !== undefined) return isDeepStrictEqual(there, plain(value)) ? "known" : "kept";
    const [section, name] = path;
    if (section === "models" && name !== undefined) this.#routes.push({ name, value: plain(value) });
    else this.#edit(path, value);
    return "set";
  }

  finish(): void {
    const present = valueAt(this.#before, ["auth", "client_tokens"]);
    // The one of a new text is only there until there are others.
    const start = this.#facts.isNew || !Array.isArray(present) ? 0 : present.length;
    this.#add(["auth", "client_tokens"], this.#tokens, start);
    this.#add(["models"], this.#routes, undefined);
  }

  /** The first one as any other value, which makes the list or map where there is none. */
  #add(path: readonly string[], [first, ...others]: readonly Addition[], start: number | undefined): void {
    if (first === undefined) return;
    this.#change({ path: pathOf([...path, first.name ?? start ?? 0]), value: textOf(first.value) });
    if (others.length > 0) this.#change({ path: pathOf(path), add: others });
  }

  #freeName(name: string): string {
    let free = name;
    for (let number = 2; this.#tokenNames.has(free); number++) free = `${name}-${number}`;
    this.#tokenNames.add(free);
    return free;
  }

  #edit(path: readonly (string | number)[], value: unknown): void {
    this.#change({ path: pathOf(path), value: textOf(plain(value)) });
  }

  #change(edit: ConfigEdit): void {
    const result = editConfig(this.text, edit);
    if (!result.ok) throw new ImportFault(`the config file cannot take it: ${result.message}`);
    this.text = result.text;
  }
}

/** As `config set` takes it. */
function pathOf(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const name = /^[A-Za-z_][\w-]*$/.test(step) ? step : `"${step.replace(/["\\]/g, "\\$&")}"`;
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The value as the file writes it, where `${` would begin the name of a variable. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, plain(inside)]));
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, step)
        ? (at as Record<string, unknown>)[step]
        : undefined,
    tree,
  );
}
