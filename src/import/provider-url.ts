// Base URLs of other programs in the form that this one expects, and names for what stands behind them.
import { RESERVED_NAMES } from "../config/check-provider-names.ts";
import type { DialectName } from "../config/config.ts";
import { hasSecretRun } from "../config/name-for-message.ts";
import { PRESETS, type Preset } from "../config/presets.ts";

/** What clients add to a base URL. */
const ENDPOINT =
  /\/(?:chat\/completions|completions|embeddings|models|responses|messages|moderations|rerank|images\/generations)$/i;
/** The end of a path that names a version already. */
const VERSIONED = /\/v\d+[a-z\d]*(?:\/openai)?$/i;
/** Its paths end in the name of whom it calls, which has the version. */
const CLOUDFLARE_GATEWAY = "gateway.ai.cloudflare.com";
const MOST_CHARS = 60;

/** The URL without an endpoint, query and slashes at its end; undefined for what is no http address. */
export function plainUrl(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  return url.origin + url.pathname.replace(/\/+$/, "").replace(ENDPOINT, "");
}

/** The URL with what an OpenAI client has before its endpoints, as far as that is missing. */
export function versionedUrl(text: string, version = "/v1"): string | undefined {
  const url = plainUrl(text);
  if (url === undefined) return undefined;
  const { hostname, pathname } = new URL(url);
  if (hostname === CLOUDFLARE_GATEWAY) return url;
  const written = leadsOf(version).find((lead) => pathname.endsWith(lead));
  if (written === undefined && VERSIONED.test(pathname)) return url;
  return url + version.slice(written?.length ?? 0);
}

/** The resource of Azure that a URL of it names, which may be one of a deployment. */
export function azureUrl(text: string): string | undefined {
  return versionedUrl(plainUrl(text)?.replace(/\/openai(?:\/.*)?$/, "") ?? "", "/openai/v1");
}

/** `/a/b` and `/a` of `/a/b`. */
function leadsOf(path: string): readonly string[] {
  const steps = path.split("/").slice(1);
  return steps.map((_, index) => `/${steps.slice(0, steps.length - index).join("/")}`);
}

/** The preset that has exactly this address and dialect. */
export function presetWith(baseUrl: string, dialect: DialectName | undefined): Preset | undefined {
  return PRESETS.find((preset) => preset.baseUrl === baseUrl && preset.dialect === (dialect ?? preset.dialect));
}

/** A name for a provider: what was wanted, with what a name cannot have replaced, else one made of its host. */
export function providerNameOf(wanted: string | undefined, baseUrl: string | undefined): string {
  const name = asName(wanted ?? "");
  if (name !== "" && !RESERVED_NAMES.has(name.toLowerCase()) && !hasSecretRun(name)) return name;
  return baseUrl === undefined ? "provider" : nameOfHost(baseUrl);
}

function asName(text: string): string {
  return text
    .trim()
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "")
    .slice(0, MOST_CHARS);
}

/** `api.example.com` is `example`, `my-azure.openai.azure.com` is `my-azure`. */
function nameOfHost(baseUrl: string): string {
  const host = URL.parse(baseUrl)?.hostname ?? "";
  if (/^[\d.]+$/.test(host) || host.includes(":") || !host.includes(".")) return "local";
  const labels = host.split(".").filter((label) => label !== "api" && label !== "www");
  const name = asName(labels.length > 2 ? (labels[0] ?? "") : (labels.at(-2) ?? ""));
  return name === "" || RESERVED_NAMES.has(name) ? "provider" : name;
}
