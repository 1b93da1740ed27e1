// `health`: providers, breakers, keys by state, and what rests until when.
import type { OutputOf } from "../admin/operation-table.ts";
import { EXIT } from "../core/exit-codes.ts";
import { printable } from "../core/printable.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { connect } from "./connect.ts";
import type { Connection, TargetOptions } from "./connection.ts";
import { KEY_LIMITS, KEY_NAMES, KEY_PROVIDER, type KeyColumnFacts, keyRest, keyState } from "./keys/key-columns.ts";
import { jobNoteLines, webhookNoteLines } from "./note-lines.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printJson, printJsonLine } from "./print-json.ts";
import { fitted } from "./say.ts";
import { type Column, renderTable, type TableOptions } from "./table.ts";
import { type CauseFacts, countOf, NO_PROVIDER, STATE_WORDS, timeLeft } from "./words.ts";

export interface HealthOptions extends TargetOptions, JsonOption {
  readonly watch?: boolean;
}

type Health = OutputOf<"health">;
type FailingProxy = NonNullable<Health["proxies"]>[number];
type ProviderHealth = Health["providers"][number];

/** More rows would leave the screen. */
const MOST_KEYS = 50;
const WATCH_MS = 1_000;
/** To the upper left corner, and clear what is below. */
const HOME = "\x1b[H\x1b[J";
const CLEAR = "\x1b[2J";

/** `EXIT.unhealthy` when a provider or key needs attention. */
export async function health(
  context: CliContext,
  provider: string | undefined,
  options: HealthOptions,
): Promise<number> {
  await using connection = await connect(context, options, options.watch ? "daemon" : "read");
  const input = provider === undefined ? {} : { provider };
  if (options.watch) return watch(context, connection, input, options);
  const found = await connection.control.call("health", input);
  if (options.json) printJson(context, found);
  else context.out.write(healthText(found, context, { ...options, isTold: connection.control.kind === "offline" }));
  return found.healthy ? EXIT.ok : EXIT.unhealthy;
}

/** Until Ctrl-C. A program gets one JSON line a second. */
async function watch(
  context: CliContext,
  { control }: Connection,
  input: { readonly provider?: string },
  options: HealthOptions,
): Promise<number> {
  if (!context.out.isTerminal && !options.json)
    throw new UserError("--watch needs a terminal; with --json it prints a line each second");
  const signal = context.interruption();
  if (!options.json) context.out.write(CLEAR);
  while (!signal.aborted) {
    const found = await control.call("health", input);
    if (options.json) printJsonLine(context, JSON.stringify(found));
    else context.out.write(HOME + healthText(found, context, options));
    await pauseOf(WATCH_MS, signal);
  }
  return EXIT.interrupted;
}

function pauseOf(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** `isTold`: without a daemon the fault of the key store was said when the data folder was opened. */
interface HealthTextOptions extends HealthOptions {
  readonly isTold?: boolean;
}

function healthText(found: Health, context: CliContext, options: HealthTextOptions): string {
  const paint = paintFor(context.out, context, options);
  const facts = { now: context.now(), paint };
  const table = { width: widthOf(context), paint };
  const storeFault = options.isTold ? undefined : found.store_fault;
  const saveFault = found.save_fault === undefined ? undefined : `The state cannot be saved: ${found.save_fault}`;
  const faults = [storeFault, saveFault, recordsFault(found)].filter((fault) => fault !== undefined);
  if (found.providers.length === 0) return fitted([...faults, ...NO_PROVIDER], context.out);
  const notes = [
    ...faults,
    ...found.providers.flatMap(notesOn(found, facts)),
    ...(found.proxies ?? []).map(proxyNote(facts)),
    ...jobNoteLines(found, facts.now).map((line) => `Job ${line}`),
    ...webhookNoteLines(found).map((line) => `Webhook ${line}`),
  ];
  const parts = [
    renderTable(providerColumns(facts), found.providers, table),
    ...(notes.length === 0 ? [] : [`${paint.red(fitted(notes, context.out).trimEnd())}\n`]),
    keysText(found, facts, table),
  ].filter((part) => part !== "");
  return parts.join("\n");
}

function recordsFault({ records_fault: fault, records_dropped: dropped }: Health): string | undefined {
  if (fault !== undefined) return `Requests cannot be recorded: ${fault}`;
  return dropped === undefined ? undefined : `${countOf(dropped, "request record")} lost since the start`;
}

function keysText({ providers, keys, proxies = [] }: Health, facts: KeyColumnFacts, table: TableOptions): string {
  if (providers.every((provider) => provider.keys.total === 0)) return "";
  if (keys.length === 0) {
    // Beside a provider or proxy that fails it would read as if all were well.
    const isWell =
      proxies.length === 0 && providers.every(({ state, open_models }) => isUp(state) && open_models.length === 0);
    return `${facts.paint.dim(isWell ? "Every key serves all it can" : "No key rests")}\n`;
  }
  const columns = [...KEY_NAMES, KEY_PROVIDER, keyState(facts), KEY_LIMITS, ...keyRest(facts)];
  const more = keys.length - MOST_KEYS;
  const rest = more > 0 ? `${countOf(more, "more key")}: openai-balance keys list\n` : "";
  return renderTable(columns, keys.slice(0, MOST_KEYS), table) + rest;
}

function providerColumns({ now, paint }: KeyColumnFacts): readonly Column<ProviderHealth>[] {
  return [
    { title: "PROVIDER", text: ({ name, is_default }) => (is_default ? `${name} (default)` : name), least: 20 },
    {
      title: "STATUS",
      text: ({ state }) => STATE_WORDS[state],
      paint: (text, { state }) =>
        state === "up" ? paint.green(text) : state === "off" ? paint.gray(text) : paint.red(text),
    },
    { title: "BACK IN", text: ({ until }) => timeLeft(until, now), dropRank: 0 },
    { title: "KEYS", text: statesText, least: 30, dropRank: 1 },
    { title: "BUSY", text: ({ in_flight }) => String(in_flight), align: "right", dropRank: 2 },
    { title: "24H", text: ({ used_24h }) => String(used_24h), align: "right", dropRank: 3 },
    { title: "FAILED", text: ({ failed_24h }) => String(failed_24h), align: "right", dropRank: 4 },
  ];
}

/** What the table has no room for: models that fail, and how to help a provider without a key. */
function notesOn({ store_fault }: Health, { now }: KeyColumnFacts): (provider: ProviderHealth) => readonly string[] {
  // Where the store does not open, no key can be added to it.
  const isOpen = store_fault === undefined;
  return ({ name, state, open_models, ...why }) => [
    ...(isUp(state) || why.reason === undefined ? [] : [`${name} fails${causeText(why)}`]),
    ...open_models.map(
      ({ model, until, ...why }) =>
        `${model || "What names no model"} fails at ${name}${causeText(why)}: ${openText(timeLeft(until, now))}`,
    ),
    ...(state === "no_key" && isOpen
      ? [`${name} has no key. To add one:`, `  openai-balance keys add --provider ${name}`]
      : []),
  ];
}

/** `Outbound proxy http://proxy.example:3128 fails with PROXY_REFUSED (status 403): others go first for 25s`. */
function proxyNote({ now }: KeyColumnFacts): (proxy: FailingProxy) => string {
  return ({ url, state, until, reason, detail }) =>
    state === "disabled"
      ? `Outbound proxy ${url} is disabled, and its keys have no other: openai-balance proxies enable`
      : `Outbound proxy ${url} fails${causeText({ reason, message: detail })}: ${openText(timeLeft(until, now))}`;
}

/** ` with 500 server_error: The server had an error`. */
function causeText({ status, reason, message }: CauseFacts): string {
  const facts = [status, reason].filter((fact) => fact !== undefined).join(" ");
  if (facts === "") return "";
  return ` with ${facts}${message === undefined ? "" : ` (${printable(message)})`}`;
}

function isUp(state: ProviderHealth["state"]): boolean {
  return state === "up" || state === "off";
}

function openText(left: string): string {
  return left === "now" ? "it is tried again with the next request" : `others go first for ${left}`;
}

/** `2 ready, 1 invalid`. */
function statesText({ keys: { total, ...states } }: ProviderHealth): string {
  const parts = Object.entries(states).flatMap(([state, amount]) =>
    amount === 0 ? [] : [`${amount} ${STATE_WORDS[state as keyof typeof states]}`],
  );
  return total === 0 ? "none" : parts.join(", ");
}
