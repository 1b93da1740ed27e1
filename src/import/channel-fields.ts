// What a channel says of its provider, besides the name.
import type { ChannelKind } from "./channel-kinds.ts";
import type { Row } from "./import-source.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { plainUrl, versionedUrl } from "./provider-url.ts";
import { isMap, jsonOf, textOf } from "./read-value.ts";

interface Around {
  readonly draft: PlanDraft;
  readonly where: string;
}

/** What bodies or answers are changed by there. */
const UNTOUCHED = ["param_override", "status_code_mapping", "system_prompt"] as const;

/** Undefined for a channel without a usable address. */
export function channelFields(
  channel: Row,
  type: ChannelKind,
  around: Around,
): Readonly<Record<string, unknown>> | undefined {
  const { draft, where } = around;
  const written = textOf(channel, "base_url") ?? type.address ?? "";
  const baseUrl = type.version === "" ? plainUrl(written) : versionedUrl(written, type.version);
  if (baseUrl === undefined) return undefined;
  for (const field of UNTOUCHED) {
    const text = textOf(channel, field);
    if (text !== undefined && text !== "{}")
      draft.leaveOut(`${field} of ${where}`, "bodies and answers pass untouched here");
  }
  const headers = headersOf(channel, around);
  const setting = jsonOf(channel, "setting", where);
  const proxy = isMap(setting) ? textOf(setting, "proxy") : undefined;
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

/** The version stands in a field for anything, or in the settings of the channel. */
function azureVersion(channel: Row, where: string): string | undefined {
  const other = textOf(channel, "other");
  if (other !== undefined && /^\d{4}-\d{2}-\d{2}/.test(other)) return other;
  const config = jsonOf(channel, "config", where);
  const settings = jsonOf(channel, "settings", where);
  return (
    (isMap(config) && textOf(config, "api_version")) ||
    (isMap(settings) && textOf(settings, "azure_responses_version")) ||
    undefined
  );
}

function headersOf(channel: Row, { draft, where }: Around): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const organization = textOf(channel, "openai_organization");
  if (organization !== undefined) headers["OpenAI-Organization"] = organization;
  const given = jsonOf(channel, "header_override", where);
  for (const [name, value] of Object.entries(isMap(given) ? given : {})) {
    if (typeof value === "string" && !/[{}]/.test(value) && name !== "__proto__") headers[name] = value;
    else draft.leaveOut(`a header of ${where}`, "only headers with a fixed value can be set here");
  }
  return headers;
}
