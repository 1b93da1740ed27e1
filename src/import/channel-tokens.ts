// What the database of one-api or new-api says besides its channels: client tokens, and how often is tried again.
import { splitList } from "../config/coerce-text.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { isAddressRange } from "../core/address-ranges.ts";
import type { Row, Tables } from "./import-source.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { numberOf, textOf } from "./read-value.ts";

const ENABLED = 1;
const DAY_S = 86_400;
/** The end of the year 9999: what is later never ends. */
const MOST_S = 253_402_300_799;

export function addFromTables({ rows }: Tables, draft: PlanDraft): void {
  const users = rows.get("users");
  const usersById = users && new Map(users.map((user) => [textOf(user, "id"), user]));
  for (const row of rows.get("tokens") ?? []) addToken(row, usersById, draft);
  const options = new Map((rows.get("options") ?? []).map((row) => [textOf(row, "key") ?? "", row]));
  const retries = numberOf(options.get("RetryTimes") ?? {}, "value");
  if (retries !== undefined) draft.setting(["max_retries"], retries);
}

/** As programs know it: with `sk-` before what the database has. */
export function tokenOf(row: Row): string | undefined {
  const key = textOf(row, "key");
  return key === undefined || key.startsWith("sk-") ? key : `sk-${key}`;
}

type Users = ReadonlyMap<string | undefined, Row> | undefined;

function addToken(row: Row, users: Users, draft: PlanDraft): void {
  const token = tokenOf(row);
  // Deleted rows stay in the table.
  if (token === undefined || textOf(row, "deleted_at") !== undefined) return;
  const name = textOf(row, "name") ?? textOf(row, "id") ?? "";
  const where = `the client token ${draft.isSecret(name) ? textOf(row, "id") : nameForMessage(name)}`;
  const cidrs = addressesOf(row);
  const fault =
    faultOf(row, users) ?? (cidrs?.every(isAddressRange) === false ? "its addresses are none here" : undefined);
  if (fault !== undefined) {
    draft.leaveOut(where, fault);
    return;
  }
  if (!isTrue(row, "unlimited_quota"))
    draft.leaveOut(`the quota of ${where}`, "here it is a budget in money, with prices under usage.prices");
  if (textOf(row, "group") !== undefined && textOf(row, "group") !== "default")
    draft.leaveOut(`the group of ${where}`, "write the providers that it may use as its providers");
  const models = splitList(textOf(row, isTrue(row, "model_limits_enabled") ? "model_limits" : "models") ?? "");
  const expires = numberOf(row, "expired_time") ?? -1;
  draft.token(
    {
      token,
      ...(name !== "" && { name }),
      ...(models.length > 0 && { models }),
      ...(cidrs !== undefined && { cidrs }),
      ...(expires > DAY_S && expires <= MOST_S && { expires: new Date(expires * 1_000).toISOString() }),
    },
    where,
  );
}

/** Why its program would not take it any more. */
function faultOf(row: Row, users: Users): string | undefined {
  if (numberOf(row, "status") !== ENABLED) return "it is not enabled there";
  if (!isTrue(row, "unlimited_quota") && (numberOf(row, "remain_quota") ?? 1) <= 0) return "its quota is used up there";
  if (users === undefined || textOf(row, "user_id") === undefined) return undefined;
  const user = users.get(textOf(row, "user_id"));
  if (user === undefined || textOf(user, "deleted_at") !== undefined) return "its user is deleted there";
  return (numberOf(user, "status") ?? ENABLED) === ENABLED ? undefined : "its user is switched off there";
}

/** Separated by commas or lines; undefined where it counts from everywhere. */
function addressesOf(row: Row): readonly string[] | undefined {
  const addresses = (textOf(row, "subnet") ?? textOf(row, "allow_ips") ?? "")
    .split(/[\s,]+/)
    .filter((each) => each !== "");
  return addresses.length === 0 ? undefined : addresses;
}

/** SQLite has no truth values. */
function isTrue(row: Row, field: string): boolean {
  return row[field] === true || numberOf(row, field) === 1;
}
