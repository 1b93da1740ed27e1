// What a channel says of its provider, besides the name.
import { addressOfPlan, type ChannelKind } from "./channel-kinds.ts";
import type { Row } from "./import-source.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { azureUrl, plainUrl, versionedUrl } from "./provider-url.ts";
import { isMap, jsonOf, textOf } from "./read-value.ts";
import { schemaFault } from "./schema-fault.ts";

interface Around {
  readonly draft: PlanDraft;
  readonly where: string;
}

/** What bodies or answers are changed by there. */
const UNTOUCHED = ["param_override", "status_code_mapping", "system_prompt"] as const;
const UNTOUCHED_WHY = "bodies and answers pass untouched here";

/** Undefined for a channel without a usable address. */
export function channelFields(
  channel: Row,
  type: ChannelKind,
  around: Around,
): Readonly<Record<string, unknown>> | undefined {
  const { draft, where } = around;
  const baseUrl = baseUrlOf(addressOfPlan(textOf(channel, "base_url") ?? type.address ?? ""), type);
  if (baseUrl === undefined) return undefined;
  for (const field of UNTOUCHED) {
    const text = textOf(channel, field);
    if (text !== undefined && text !== "{}") draft.leaveOut(`${field} of ${where}`, UNTOUCHED_WHY);
  }
  const headers = headersOf(channel, around);
  const setting = jsonOf(channel, "setting", where);
  const proxy = isMap(setting) ? textOf(setting, "proxy") : undefined;
  if (isMap(setting) && textOf(setting, "system_prompt") !== undefined)
    draft.leaveOut(`system_prompt of ${where}`, UNTOUCHED_WHY);
  const version = type.dialect === "azure" ? azureVersion(channel, where) : undefined;
  return {
    base_url: baseUrl,
    ...(type.dialect !== "openai" && { dialect: type.dialect }),
    ...(version !== undefined && { api_version: version }),
    ...(textOf(channel, "test_model") !== undefined && { test_model: textOf(channel, "test_model") }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(proxy !== undefined && { proxies: [proxy] }),
  };
}

/** Undefined for one that names the model in its path, too. */
function baseUrlOf(written: string, { dialect, version }: ChannelKind): string | undefined {
  if (written.includes("{model}")) return undefined;
  if (dialect === "azure") return azureUrl(written);
  return version === "" ? plainUrl(written) : versionedUrl(written, version);
}

/** The version stands in a field for anything, or in the settings of the channel. */
function azureVersion(channel: Row, where: string): string | undefined {
  const other = textOf(channel, "other");
  if (other !== undefined && /^\d{4}-\d{2}-\d{2}/.test(other)) return other;
  const config = jsonOf(channel, "config", where);
  return isMap(config) ? textOf(config, "api_version") : undefined;
}

function headersOf(channel: Row, { draft, where }: Around): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const organization = textOf(channel, "openai_organization");
  if (organization !== undefined) headers["OpenAI-Organization"] = organization;
  const given = jsonOf(channel, "header_override", where);
  for (const [name, value] of Object.entries(isMap(given) ? given : {})) {
    const isFixed = typeof value === "string" && !/[{}]/.test(value) && name !== "__proto__";
    if (isFixed && schemaFault(["providers", 0, "headers"], { [name]: value }) === undefined) headers[name] = value;
    else draft.leaveOut(`a header of ${where}`, "only headers with a fixed value can be set here");
  }
  return headers;
}
