// `explain`: which key a request would get now, and why every other is skipped.
import type { ChalkInstance } from "chalk";
import type { OutputOf } from "../admin/operation-table.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { TargetOptions } from "./connection.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printJson } from "./print-json.ts";
import { fitted } from "./say.ts";
import { type Column, renderTable } from "./table.ts";
import { cause, timeLeft } from "./words.ts";

export interface ExplainOptions extends TargetOptions, JsonOption {
  readonly model?: string;
  readonly method?: string;
}

type Explained = OutputOf<"explain">;
type Candidate = Explained["keys"][number];
type Obstacle = Candidate["why"][number];

/** `EXIT.unhealthy` when the request would get no key. */
export async function explain(context: CliContext, request: string, options: ExplainOptions): Promise<number> {
  await using connection = await connect(context, options, "read");
  const { model, method } = options;
  const found = await connection.control.call("explain", {
    request,
    ...(model !== undefined && { model }),
    ...(method !== undefined && { method }),
  });
  if (options.json) printJson(context, found);
  else context.out.write(textOf(found, context, options));
  return found.refusal === undefined ? EXIT.ok : EXIT.unhealthy;
}

function textOf(found: Explained, context: CliContext, options: ExplainOptions): string {
  const { method, path, model, rule, picked, refusal, keys } = found;
  const paint = paintFor(context.out, context, options);
  const subject = model === undefined ? `${method} ${path}` : `${model} by ${method} ${path}`;
  const shown = (text: string) => fitted([text], context.out).trimEnd();
  const parts = [
    shown(rule === undefined ? subject : `${subject}: ${rule}`),
    ...(picked === undefined ? [] : [paint.green(shown(pickedText(picked, model)))]),
    ...(refusal === undefined ? [] : [paint.red(shown(refusalText(refusal)))]),
  ].map((part) => `${part}\n`);
  const table =
    keys.length === 0 ? "" : renderTable(columns(context.now(), paint), keys, { width: widthOf(context), paint });
  return parts.join("") + (table === "" ? "" : `\n${table}`);
}

function pickedText({ name, provider, model }: Candidate, asked: string | undefined): string {
  return `Goes to ${name} of ${provider}${model === undefined || model === asked ? "" : `, as ${model}`}`;
}

function refusalText({ status, code, message }: NonNullable<Explained["refusal"]>): string {
  return `Answered with ${status} ${code}: ${message}`;
}

function columns(now: number, paint: ChalkInstance): readonly Column<Candidate>[] {
  return [
    {
      title: "",
      text: ({ choice }) => CHOICES[choice],
      paint: (text, { choice }) =>
        choice === "picked" ? paint.green(text) : choice === "usable" ? text : paint.dim(text),
    },
    { title: "KEY", text: ({ name }) => name, least: 12 },
    { title: "PROVIDER", text: ({ provider }) => provider, least: 8, dropRank: 2 },
    { title: "MODEL", text: ({ model }) => model ?? "", least: 12, dropRank: 3 },
    { title: "BACK IN", text: ({ why }) => timeLeft(latest(why), now), dropRank: 1 },
    { title: "WHY", text: ({ why }) => why.map(obstacleText).join("; "), least: 36 },
  ];
}

const CHOICES = { picked: "now", usable: "could", skipped: "no" } as const;

function latest(why: readonly Obstacle[]): string | undefined {
  return why
    .flatMap(({ until }) => until ?? [])
    .toSorted()
    .at(-1);
}

const OBSTACLES: Readonly<Record<Obstacle["code"], string>> = {
  disabled: "disabled by an operator",
  invalid: "invalid",
  exhausted: "no credit",
  cooling: "rests",
  model_cooling: "rests for this model",
  model_blocked: "may not use this model",
  operation_blocked: "may not use this operation",
  model_not_served: "does not serve this model (models)",
  other_key_pinned: "only one key may serve this, for it has the account",
  provider_suspect: "its provider refuses key after key",
  provider_open: "its provider fails, and is tried again soon",
  group_cooling: "keys with the same quota are limited",
  group_exhausted: "keys with the same quota have no credit",
  limit_stated: "its limit of the configuration is used up",
  limit_of_headers: "its limit is used up, as the provider says",
  limit_learnt: "its limit is used up, as refusals showed",
  concurrency: "it has as many requests as it may have at once",
  ramp: "it was limited, and takes one request at a time at first",
  probe_running: "another request finds out whether it works again",
  later_in_route: "comes later in the route",
  provider_failing: "its provider or model fails at present",
  lower_priority: "has a lower priority",
  busier: "has more in flight",
  other_turn: "it is another key's turn",
};

function obstacleText({ code, ...facts }: Obstacle): string {
  const detail = facts.reason === "operator" ? "" : cause(facts);
  return detail === "" ? OBSTACLES[code] : `${OBSTACLES[code]}, ${detail}`;
}
