// What an import says that it did, or would do: the same lines, and no secret whole in any of them.
import { nameForMessage } from "../../config/name-for-message.ts";
import { presetOf } from "../../config/presets.ts";
import { holdsSecret } from "../../config/secret-fields.ts";
import { maskSecret, Redactor } from "../../core/redaction.ts";
import type { EditedText, Outcome } from "../../import/edit-text.ts";
import type { FittedPlan } from "../../import/fit-plan.ts";
import type { ImportPlan } from "../../import/import-plan.ts";
import type { CliContext, GlobalOptions, JsonOption } from "../cli-context.ts";
import { printedJson } from "../print-json.ts";
import { say } from "../say.ts";
import { countOf } from "../words.ts";
import type { ImportTarget } from "./import-target.ts";

export interface ImportedKeyRow {
  readonly id: string;
  readonly name: string;
  readonly masked: string;
  readonly provider: string;
  readonly outcome: "added" | "updated" | "known" | "duplicate" | "refused";
}

/** `edited`: undefined where the config file has no part in it. */
export interface ImportFacts {
  readonly file: string;
  readonly dryRun: boolean;
  readonly plan: FittedPlan;
  readonly keys: readonly ImportedKeyRow[];
  readonly edited: EditedText | undefined;
  readonly target: ImportTarget;
}

/** More lines would say nothing. */
const MOST_LINES = 20;

const WORDS = {
  added: "added",
  updated: "updated",
  known: "there already",
  duplicate: "twice in the file",
  refused: "refused",
  set: "set",
  kept: "left as the config file has it",
} as const;

/** On standard output; `--json` prints it for programs. */
export function reportImport(context: CliContext, options: GlobalOptions & JsonOption, facts: ImportFacts): void {
  const redactor = redactorOf(facts.plan);
  const report = cleaned(reportOf(facts), redactor);
  if (printedJson(context, options, report)) return;
  say(context, options, ...linesOf(report), ...endOf(report, facts));
}

type Report = ReturnType<typeof reportOf>;

function reportOf({ file, dryRun, plan, keys, edited, target }: ImportFacts) {
  return {
    file,
    kind: plan.kind,
    dry_run: dryRun,
    config: configOf(edited, target),
    providers: [
      ...plan.providers.map(({ name, fields }) => ({
        name,
        base_url: addressOf(name, fields),
        outcome: "added" as const,
      })),
      ...plan.known.map((name) => ({ name, base_url: undefined, outcome: "known" as const })),
    ],
    keys,
    client_tokens: plan.clientTokens.map(({ token, name }, index) => ({
      name,
      masked: maskSecret(token),
      outcome: asAdded(edited?.tokens[index]),
    })),
    admin_token: edited?.adminToken === undefined ? null : asAdded(edited.adminToken),
    settings: plan.settings.map(({ path, value }, index) => ({
      path: path.map(nameForMessage).join("."),
      value: holdsSecret(path, value) ? "****" : value,
      outcome: edited?.settings[index] ?? ("set" as const),
    })),
    not_carried: plan.notCarried,
  };
}

function configOf(edited: EditedText | undefined, { config }: ImportTarget) {
  if (edited === undefined || config === undefined) return null;
  const outcome = config.isNew ? "new" : edited.text === config.text ? "unchanged" : "changed";
  return { file: config.file, outcome } as const;
}

function asAdded(outcome: Outcome | undefined): "added" | "known" | "kept" {
  return outcome === undefined || outcome === "set" ? "added" : outcome;
}

function addressOf(name: string, { base_url: written }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof written === "string" ? written : presetOf(name)?.baseUrl;
}

function linesOf({
  file,
  kind,
  config,
  providers,
  keys,
  client_tokens,
  admin_token,
  settings,
  not_carried,
}: Report): readonly string[] {
  return [
    `Read ${file} as ${kind}`,
    ...(config === null ? [] : [`Config file ${config.file}: ${config.outcome}`]),
    ...providers.map(
      ({ name, base_url: url, outcome }) => `Provider ${name}: ${WORDS[outcome]}${url === undefined ? "" : `, ${url}`}`,
    ),
    ...keyLines(keys),
    ...client_tokens.map(
      ({ name, masked, outcome }) =>
        `Client token ${name === undefined ? masked : `${name} (${masked})`}: ${WORDS[outcome]}`,
    ),
    ...(admin_token === null ? [] : [`Admin token: ${WORDS[admin_token]}`]),
    ...settings.map(({ path, value, outcome }) => `Setting ${path}: ${shown(value)}, ${WORDS[outcome]}`),
    ...not_carried.map(({ what, why }) => `Not carried over: ${what}: ${why}`),
  ];
}

function keyLines(keys: readonly ImportedKeyRow[]): readonly string[] {
  if (keys.length <= MOST_LINES)
    return keys.map(
      ({ name, masked, provider, outcome }) =>
        `Key ${name === masked ? name : `${name} (${masked})`} of ${provider}: ${WORDS[outcome]}`,
    );
  return [...Map.groupBy(keys, ({ provider }) => provider)].map(([provider, all]) => {
    const outcomes = [...Map.groupBy(all, ({ outcome }) => outcome)].map(
      ([outcome, same]) => `${same.length} ${WORDS[outcome]}`,
    );
    return `${countOf(all.length, "key")} of ${provider}: ${outcomes.join(", ")}`;
  });
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function endOf(report: Report, { target, plan }: ImportFacts): readonly string[] {
  const { dry_run: isDry, config, keys } = report;
  const isNews = keys.some(({ outcome }) => outcome === "added" || outcome === "updated");
  if (!isNews && (config === null || config.outcome === "unchanged")) return ["Everything is there already"];
  if (isDry) return ["Nothing was changed: without --dry-run all of this is done"];
  const fresh = config?.outcome !== "new" ? [] : freshTokens(plan, config.file);
  if (target.connection.control.kind !== "offline") return [...fresh, "It is in effect now"];
  return [...fresh, "It counts from the next start: openai-balance serve"];
}

function freshTokens({ clientTokens, adminToken }: FittedPlan, file: string): readonly string[] {
  const made = [
    ...(clientTokens.length === 0 ? ["client token"] : []),
    ...(adminToken === undefined ? ["admin token"] : []),
  ];
  if (made.length === 0) return [];
  return [`A fresh ${made.join(" and ")} ${made.length === 1 ? "stands" : "stand"} in ${file} below auth`];
}

/** What is left out of a plan, a line each. */
export function leftOutLines(plan: ImportPlan): readonly string[] {
  const lines = plan.notCarried.slice(0, MOST_LINES).map(({ what, why }) => `${what}: ${why}`);
  return cleaned(lines, redactorOf(plan));
}

/** A file of somebody else may have a secret anywhere, say as the name of a model. */
function redactorOf({ secrets }: ImportPlan): Redactor {
  const redactor = new Redactor();
  redactor.addSecrets(secrets);
  return redactor;
}

function cleaned<T>(value: T, redactor: Redactor): T {
  if (typeof value === "string") return redactor.redact(value) as T;
  if (Array.isArray(value)) return value.map((each) => cleaned(each, redactor)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, cleaned(inside, redactor)])) as T;
}
