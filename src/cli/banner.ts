// What `serve` prints once it listens.
import type { Config, ProviderConfig } from "../config/config.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";

/** `url`: where the daemon listens. `file`: the config file, if there is one. */
export interface BannerFacts {
  readonly version: string;
  readonly url: string;
  readonly config: Config;
  readonly file: string | undefined;
  /** Where keys and health are kept. */
  readonly folder: string;
  /** How many client tokens were added by command. */
  readonly storedTokens: number;
  /** Keys can be added by command. */
  readonly takesKeys: boolean;
  /** Commands on this machine reach the daemon. */
  readonly takesCommands: boolean;
  /** Commands find the folder only where they are told. */
  readonly needsFolder: boolean;
  readonly isDemo: boolean;
  readonly warnings: readonly Diagnostic[];
  /** What was found on the disk, a sentence each. */
  readonly notes: readonly string[];
}

const LABEL_WIDTH = 10;
const MAX_NAMES = 8;
/** Hosts that mean every address of the machine: something to listen on, nothing to call. */
const WILDCARDS: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["[::]", "[::1]"],
]);

/** The whole banner. One line of it begins with `curl`; no line shows a secret. */
export function banner(facts: BannerFacts): string {
  return [
    listeningLine(facts),
    label("base URL", `${callable(facts.url)}/v1`),
    label("page", pageText(facts)),
    ...providerLines(facts),
    ...modelLine(facts.config),
    label("clients", clientText(facts)),
    label("config", configText(facts)),
    label("data", facts.folder),
    ...facts.notes.map((note) => label("warning", note)),
    ...facts.warnings.filter((warning) => !isSaidHere(warning, facts.config)).map(warningLine),
    "",
    ...tryLines(facts),
    "",
  ].join("\n");
}

/** The first line of the banner, and with `--quiet` the only one. */
export function listeningLine({ version, url }: Pick<BannerFacts, "version" | "url">): string {
  return `openai-balance ${version} listening on ${url}`;
}

/** That there is no token or no provider, the banner says by itself. */
function isSaidHere({ path }: Diagnostic, { auth, providers }: Config): boolean {
  if (path === "auth.client_tokens") return auth.clientTokens.length === 0;
  return path === "providers" && providers.length === 0;
}

function providerLines({ config }: BannerFacts): string[] {
  if (config.providers.length === 0) return [label("providers", "none")];
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

function tokensOf({ config, storedTokens }: BannerFacts): number {
  return config.auth.clientTokens.length + storedTokens;
}

function clientText(facts: BannerFacts): string {
  const tokens = tokensOf(facts);
  if (tokens === 0) return "every program on this machine, without a token";
  return tokens === 1 ? "whoever has the client token" : `whoever has one of the ${tokens} client tokens`;
}

function pageText(facts: BannerFacts): string {
  const page = `${callable(facts.url)}/admin`;
  if (facts.config.auth.adminToken !== undefined) return page;
  if (!facts.takesCommands) return `${page}, once auth.admin_token is set`;
  return `${page}, logged in to by: openai-balance open${folderFlag(facts)}`;
}

function configText({ file, isDemo }: BannerFacts): string {
  if (isDemo) return "built in for the demo: no file is read, no real provider is called";
  return file ?? "no file, only the environment and added keys; `openai-balance init` writes a file";
}

function tryLines(facts: BannerFacts): string[] {
  const { url, config, isDemo } = facts;
  const base = callable(url);
  if (!hasUsableProvider(config))
    return [...howToAddKey(facts), "", "Until then it tells that it runs:", `curl ${base}/health`];
  const header = tokensOf(facts) === 0 ? "" : ' -H "Authorization: Bearer $CLIENT_TOKEN"';
  const intro = header === "" ? "Try it:" : "Try it, with a client token in the variable CLIENT_TOKEN:";
  const model = config.providers.find(({ name }) => name === config.defaultProvider)?.testModel;
  if (model === undefined) return [intro, `curl ${base}/v1/models${header}`];
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Say hello" }] });
  const curl = `curl ${base}/v1/chat/completions${header} -H "Content-Type: application/json" -d ${quote(body)}`;
  return [intro, curl, ...(isDemo ? afterDemo(facts) : [])];
}

function afterDemo(facts: BannerFacts): string[] {
  return [
    "",
    "See how its keys fare, in another terminal:",
    `  openai-balance health${folderFlag(facts)}`,
    "With a key of your own:",
    "  openai-balance keys add",
    "  openai-balance serve",
  ];
}

function hasUsableProvider({ providers }: Config): boolean {
  return providers.some((provider) => provider.enabled && provider.keys.length > 0);
}

function howToAddKey(facts: BannerFacts): string[] {
  const provider = facts.config.defaultProvider ?? "openai";
  if (!facts.takesKeys)
    return [
      "No key is configured, so every request is answered with status 503. Stop it, set OPENAI_API_KEY or the variable",
      "of another provider, and start it again",
    ];
  return [
    "No key is configured, so every request is answered with status 503. Add one in another terminal, it is used at once:",
    `  openai-balance keys add --provider ${provider}${folderFlag(facts)}`,
    ...(facts.file === undefined ? ["Or see it work without any key: openai-balance serve --demo"] : []),
  ];
}

function folderFlag({ folder, needsFolder }: BannerFacts): string {
  return needsFolder ? ` --data-dir ${folder}` : "";
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
