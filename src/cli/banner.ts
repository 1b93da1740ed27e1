// What `serve` prints once it listens.
import type { Config, ProviderConfig } from "../config/config.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import { PRESETS } from "../config/presets.ts";

/** `url`: where the daemon listens. `file`: the config file, if there is one. */
export interface BannerFacts {
  readonly version: string;
  readonly url: string;
  readonly config: Config;
  readonly file: string | undefined;
  readonly isDemo: boolean;
  readonly warnings: readonly Diagnostic[];
}

const LABEL_WIDTH = 10;
const MAX_NAMES = 8;
/** What warnings about these fields say, the banner says by itself. */
const SAID_HERE = ["auth.client_tokens", "providers"];
/** Hosts that mean every address of the machine: something to listen on, nothing to call. */
const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["[::]", "[::1]"],
]);

/** The whole banner. One line of it begins with `curl`; no line shows a secret. */
export function banner(facts: BannerFacts): string {
  return [
    listeningLine(facts),
    ...providerLines(facts),
    ...modelLine(facts.config),
    label("clients", clientText(facts.config)),
    label("config", configText(facts)),
    ...facts.warnings.filter(({ path }) => !SAID_HERE.includes(path)).map(warningLine),
    "",
    ...tryLines(facts),
    "",
  ].join("\n");
}

/** The first line of the banner, and with `--quiet` the only one. */
export function listeningLine({ version, url }: Pick<BannerFacts, "version" | "url">): string {
  return `openai-balance ${version} listening on ${url}`;
}

function providerLines({ config }: BannerFacts): string[] {
  return config.providers.slice(0, MAX_NAMES).map((provider, at) => {
    const isDefault = provider.name === config.defaultProvider && config.providers.length > 1;
    const more = at === MAX_NAMES - 1 && config.providers.length > MAX_NAMES;
    const rest = more ? `, and ${config.providers.length - MAX_NAMES} more` : "";
    return label(
      at === 0 ? "providers" : "",
      `${provider.name}${isDefault ? " (default)" : ""}: ${state(provider)}${rest}`,
    );
  });
}

function state(provider: ProviderConfig): string {
  if (!provider.enabled) return "disabled";
  if (provider.authHeader === "none") return "needs no key";
  return provider.keys.length === 0 ? "no key" : count(provider.keys.length, "key");
}

function modelLine({ models }: Config): string[] {
  if (models.size === 0) return [];
  const names = [...models.keys()].slice(0, MAX_NAMES).join(", ");
  return [label("models", models.size > MAX_NAMES ? `${names}, and ${models.size - MAX_NAMES} more` : names)];
}

function warningLine(warning: Diagnostic): string {
  return label("warning", formatDiagnostic(warning));
}

function clientText({ auth }: Config): string {
  const tokens = auth.clientTokens.length;
  if (tokens === 0) return "every program on this machine, without a token";
  return tokens === 1 ? "whoever has the client token" : `whoever has one of the ${tokens} client tokens`;
}

function configText({ file, isDemo }: BannerFacts): string {
  if (isDemo) return "built in for the demo: no file is read, no real provider is called";
  return file ?? "environment variables; `openai-balance init` writes a file";
}

function tryLines({ url, config }: BannerFacts): string[] {
  const base = callable(url);
  if (!hasUsableProvider(config)) return [...howToAddKey(config), "", `curl ${base}/health`];
  const header = config.auth.clientTokens.length === 0 ? "" : ' -H "Authorization: Bearer $CLIENT_TOKEN"';
  const intro = header === "" ? "Try it:" : "Try it, with a client token in the variable CLIENT_TOKEN:";
  const model = config.providers.find(({ name }) => name === config.defaultProvider)?.testModel;
  if (model === undefined) return [intro, `curl ${base}/v1/models${header}`];
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Say hello" }] });
  return [intro, `curl ${base}/v1/chat/completions${header} -H "Content-Type: application/json" -d ${quote(body)}`];
}

function hasUsableProvider({ providers }: Config): boolean {
  return providers.some((provider) => provider.enabled && provider.keys.length > 0);
}

function howToAddKey({ providers }: Config): string[] {
  const names = providers.map(({ name }) => name);
  const preset = PRESETS.find(({ name, variable }) => variable !== undefined && names.includes(name));
  return [
    "No key is configured, so every request is answered by 503. Stop this, and start again with one:",
    `  ${preset?.variable ?? "OPENAI_API_KEY"}=... openai-balance serve`,
    "or write keys into a config file, which `openai-balance init` makes;",
    "or see it work without a key: openai-balance serve --demo",
  ];
}

function callable(url: string): string {
  const { protocol, port, hostname } = new URL(url);
  return `${protocol}//${WILDCARDS.get(hostname) ?? hostname}${port === "" ? "" : `:${port}`}`;
}

/** For a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function count(amount: number, noun: string): string {
  return amount === 1 ? `1 ${noun}` : `${amount} ${noun}s`;
}

function label(name: string, text: string): string {
  return `  ${name.padEnd(LABEL_WIDTH)}${text}`;
}
