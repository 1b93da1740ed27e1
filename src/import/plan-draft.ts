// Collects what a file of another program says: names made unique, keys looked at, values held against the schema.

import { count } from "../config/describe-value.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { presetOf } from "../config/presets.ts";
import { keyIdOf, tokenIdOf } from "../core/ids.ts";
import { maskSecret, Redactor } from "../core/redaction.ts";
import type {
  ImportKind,
  ImportPlan,
  NotCarried,
  PlannedKey,
  PlannedProvider,
  PlannedSetting,
  PlannedToken,
} from "./import-plan.ts";
import { plainUrl, presetWith, providerNameOf } from "./provider-url.ts";
import { schemaFault } from "./schema-fault.ts";

/** As every header can carry it, and as a list in one variable can hold it. */
const USABLE_KEY = /^[\x21-\x2b\x2d-\x7e]+$/;
/** RFC 6750, 2.1, is narrower; any of these reaches us in a header. */
const USABLE_TOKEN = /^[\x21-\x7e]+$/;
const MOST_NAME_CHARS = 200;
/** Shorter ones stand in many words. */
const LEAST_SECRET = 8;
const MOST_NOTES = 200;

/** Targets of a route side by side, and lists of them one after the other. */
type Tiers = readonly (readonly string[])[];

export class PlanDraft {
  readonly #kind: ImportKind;
  readonly #providers = new Map<string, PlannedProvider>();
  /** Names of providers by what else they say: the same account space twice is one. */
  readonly #byFields = new Map<string, string>();
  readonly #keys = new Map<string, PlannedKey>();
  readonly #keyNames = new Set<string>();
  readonly #tokens = new Map<string, PlannedToken>();
  readonly #tokenNames = new Set<string>();
  readonly #settings = new Map<string, PlannedSetting>();
  readonly #notCarried: NotCarried[] = [];
  readonly #secrets = new Set<string>();
  #adminToken: string | undefined;

  constructor(kind: ImportKind) {
    this.#kind = kind;
  }

  /** What is never shown, and in no name, from now on; also where it is left out. */
  secret(text: string | undefined): void {
    if (text !== undefined && text.trim() !== "") this.#secrets.add(text.trim());
  }

  /** The name under which it is known from now on. A known address needs none in the file. */
  provider(given: string | undefined, fields: Readonly<Record<string, unknown>>): string {
    const wanted = given === undefined || this.#holdsSecret(given) ? undefined : given;
    const checked = this.#fitting({ ...fields, base_url: inOneForm(fields.base_url) }, wanted ?? "a provider");
    const same = JSON.stringify(checked);
    const known = this.#byFields.get(same);
    if (known !== undefined && (wanted === undefined || providerNameOf(wanted, undefined) === known)) return known;
    const { base_url: baseUrl, dialect } = checked as { base_url?: string; dialect?: PresetDialect };
    const preset = baseUrl === undefined ? undefined : presetWith(baseUrl, dialect);
    const name = this.#freeName(providerNameOf(wanted ?? preset?.name, baseUrl));
    const { base_url: _, dialect: _dialect, ...others } = checked;
    const isKnown = baseUrl !== undefined && presetOf(name)?.baseUrl === baseUrl && preset !== undefined;
    this.#providers.set(name, { name, fields: isKnown ? others : checked });
    if (wanted === undefined) this.#byFields.set(same, name);
    return name;
  }

  /** `where`: what a person finds it by in the file. */
  key({ key: written, name, ...facts }: PlannedKey, where: string): void {
    const key = written.trim();
    this.secret(key);
    if (!USABLE_KEY.test(key)) {
      this.leaveOut(`the key of ${where}`, key === "" ? "it is empty" : "it has characters that no key has");
      return;
    }
    if (this.#wantsNoKey(facts.provider)) {
      this.leaveOut(`the key of ${where}`, `${facts.provider} wants none`);
      return;
    }
    const id = keyIdOf(facts.provider ?? "", key);
    const before = this.#keys.get(id);
    if (before !== undefined) return void this.#keys.set(id, widened(before, facts));
    const called = name === undefined ? undefined : this.#keyName(name, key, facts.provider ?? "");
    this.#keys.set(id, { key, ...(called !== undefined && { name: called }), ...facts });
  }

  token({ token: written, name, ...rules }: PlannedToken, where: string): void {
    const token = written.trim();
    this.secret(token);
    if (!USABLE_TOKEN.test(token)) {
      this.leaveOut(
        `the client token of ${where}`,
        token === "" ? "it is empty" : "it has characters that no token has",
      );
      return;
    }
    const id = tokenIdOf(token);
    if (this.#tokens.has(id)) return;
    const called = name === undefined ? undefined : unique(cleanName(name, token), this.#tokenNames);
    this.#tokens.set(id, { ...(called !== undefined && { name: called }), token, ...rules });
  }

  adminToken(token: string | undefined): void {
    this.secret(token);
    this.#adminToken ??= token;
  }

  /** A field of the config file; one of the wrong form is left out. */
  setting(path: readonly string[], value: unknown, unlessDefault?: string): void {
    const fault = schemaFault(path, value);
    if (fault !== undefined) this.leaveOut(path.join("."), `${fault} here`);
    else this.#settings.set(path.join("\0"), { path, value, ...(unlessDefault !== undefined && { unlessDefault }) });
  }

  /** What clients ask for by a name, and where that goes. */
  route(name: string, tiers: Tiers, unlessDefault?: string): void {
    const seen = new Set<string>();
    const fresh = tiers.map((tier) => tier.filter((target) => !seen.has(target) && seen.add(target)));
    const written = fresh.filter((tier) => tier.length > 0).map((tier) => (tier.length === 1 ? tier[0] : tier));
    if (name === "__proto__" || written.length === 0) return;
    this.setting(["models", name], written, unlessDefault);
  }

  leaveOut(what: string, why: string): void {
    this.#notCarried.push({ what, why });
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  finish(): ImportPlan {
    const keys = [...this.#keys.values()]
      .filter((key) => this.#isNoName(key))
      .map((key) => this.#withoutSecretName(key));
    const clientTokens = [...this.#tokens.values()];
    const admin = this.#adminToken;
    const isShared = admin !== undefined && this.#tokens.has(tokenIdOf(admin));
    if (isShared)
      this.leaveOut("the admin token", "it is a client token as well, and every client could read all keys");
    return {
      kind: this.#kind,
      providers: [...this.#providers.values()],
      keys,
      clientTokens,
      adminToken: isShared ? undefined : admin,
      settings: this.#settingsWithoutSecrets(keys),
      notCarried: bounded(this.#notCarried),
      secrets: [...this.#secrets],
    };
  }

  /** Names of models that would be masked wherever the config file is shown, so that nobody could add to it. */
  #settingsWithoutSecrets(keys: readonly PlannedKey[]): readonly PlannedSetting[] {
    const redactor = new Redactor();
    redactor.addSecrets([...keys.map(({ key }) => key), ...[...this.#tokens.values()].map(({ token }) => token)]);
    if (this.#adminToken !== undefined) redactor.addSecrets([this.#adminToken]);
    return [...this.#settings.values()].filter(({ path, value }) => {
      const text = JSON.stringify([path, value]);
      const isClean = path[0] !== "models" || redactor.redact(text) === text;
      if (!isClean) this.leaveOut("a route", "the name of a model in it is a secret, or looks like one");
      return isClean;
    });
  }

  isSecret(text: string): boolean {
    return this.#secrets.has(text.trim());
  }

  #wantsNoKey(provider = ""): boolean {
    const { fields } = this.#providers.get(provider) ?? {};
    return fields !== undefined && fields.base_url === undefined && presetOf(provider)?.authHeader === "none";
  }

  #holdsSecret(name: string): boolean {
    return [...this.#secrets].some((secret) => secret.length >= LEAST_SECRET && name.includes(secret));
  }

  /** The name of a provider in the place of a key would be masked wherever it stands. */
  #isNoName({ key, provider }: PlannedKey): boolean {
    const isName = presetOf(key) !== undefined || this.#providers.has(key);
    if (isName) this.leaveOut(`a key of ${provider ?? "the default provider"}`, "it is the name of a provider");
    return !isName;
  }

  #withoutSecretName(key: PlannedKey): PlannedKey {
    const { name, ...others } = key;
    return name !== undefined && this.isSecret(name) ? others : key;
  }

  /** The fields of a provider that this program takes; the others are told of. */
  #fitting(fields: Readonly<Record<string, unknown>>, owner: string): Record<string, unknown> {
    const present = Object.entries(fields).filter(([, value]) => value !== undefined);
    return Object.fromEntries(
      present.filter(([field, value]) => {
        const isMasked = field === "test_model" && this.#holdsSecret(String(value));
        const fault = isMasked ? "it is a secret" : schemaFault(["providers", 0, field], value);
        if (fault !== undefined)
          this.leaveOut(`${field} of ${nameForMessage(owner)}`, isMasked ? fault : `${fault} here`);
        return fault === undefined;
      }),
    );
  }

  #freeName(name: string): string {
    return unique(name, new Set(this.#providers.keys()));
  }

  #keyName(name: string, key: string, provider: string): string | undefined {
    const clean = cleanName(name, key);
    if (clean === "") return undefined;
    return unique(clean, this.#keyNames, `${provider}\0`);
  }
}

type PresetDialect = NonNullable<Parameters<typeof presetWith>[1]>;

/** As the configuration has it, so that it is found there; what no base URL can be is left for that to say. */
function inOneForm(baseUrl: unknown): unknown {
  return typeof baseUrl === "string" && !/[?#]/.test(baseUrl) ? (plainUrl(baseUrl) ?? baseUrl) : baseUrl;
}

/** A name that is not taken yet; it is from now on. */
function unique(name: string, taken: Set<string>, scope = ""): string {
  let free = name;
  for (let number = 2; taken.has(scope + free); number++) free = `${name}-${number}`;
  taken.add(scope + free);
  return free;
}

/** Names stand in logs and tables. */
function cleanName(name: string, secret: string): string {
  const clean = name
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, MOST_NAME_CHARS);
  return clean.includes(secret) || clean === "" ? maskSecret(secret) : clean;
}

/** The same key twice serves what either may. */
function widened(before: PlannedKey, again: Omit<PlannedKey, "key" | "name">): PlannedKey {
  const models = before.models && again.models && [...new Set([...before.models, ...again.models])];
  const { models: _, ...others } = before;
  const limits = before.limits?.models &&
    again.limits?.models && {
      ...before.limits,
      models: { ...again.limits.models, ...before.limits.models },
    };
  return { ...others, ...(models !== undefined && { models }), ...(limits !== undefined && { limits }) };
}

function bounded(notes: readonly NotCarried[]): readonly NotCarried[] {
  if (notes.length <= MOST_NOTES) return notes;
  const more = { what: count(notes.length - MOST_NOTES, "further thing"), why: "there are too many to tell of" };
  return [...notes.slice(0, MOST_NOTES), more];
}
