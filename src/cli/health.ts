// `health`: providers, breakers, keys by state, and what rests until when.
import type { ChalkInstance } from "chalk";
import type { OutputOf } from "../admin/operation-table.ts";
import { EXIT } from "../core/exit-codes.ts";
import { UserError } from "../core/user-error.ts";
import type { CliContext, JsonOption } from "./cli-context.ts";
import { type Connection, connect, type TargetOptions } from "./connect.ts";
import { KEY_NAMES, keyStates } from "./keys/key-columns.ts";
import { paintFor, widthOf } from "./paint.ts";
import { printJson } from "./print-json.ts";
import { type Column, renderTable } from "./table.ts";
import { countOf, timeLeft } from "./words.ts";

export interface HealthOptions extends TargetOptions, JsonOption {
  readonly watch?: boolean;
}

type Health = OutputOf<"health">;
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
  else context.out.write(healthText(found, context, options));
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
    const text = options.json ? `${JSON.stringify(found)}\n` : HOME + healthText(found, context, options);
    context.out.write(text);
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

function healthText(found: Health, context: CliContext, options: HealthOptions): string {
  const paint = paintFor(context.out, context, options);
  const width = widthOf(context);
  const now = context.now();
  if (found.providers.length === 0) return "No provider is configured: openai-balance keys add\n";
  const shown = found.keys.slice(0, MOST_KEYS);
  const more =
    found.keys.length > shown.length
      ? `${countOf(found.keys.length - shown.length, "more key")}: openai-balance keys list\n`
      : "";
  const keys =
    shown.length === 0
      ? paint.dim("Every key serves all it can\n")
      : renderTable(
          [...KEY_NAMES, { title: "PROVIDER", text: ({ provider }) => provider }, ...keyStates({ now, paint })],
          shown,
          { width, paint },
        );
  const fault = found.store_fault === undefined ? "" : `${paint.red(found.store_fault)}\n\n`;
  return `${fault}${renderTable(providerColumns(now, paint), found.providers, { width, paint })}\n${keys}${more}`;
}

function providerColumns(now: number, paint: ChalkInstance): readonly Column<ProviderHealth>[] {
  return [
    { title: "PROVIDER", text: ({ name, is_default }) => (is_default ? `${name} (default)` : name), isFlexible: true },
    {
      title: "STATUS",
      text: ({ state }) => STATES[state],
      paint: (text, { state }) =>
        state === "up" ? paint.green(text) : state === "off" ? paint.gray(text) : paint.red(text),
    },
    { title: "BACK IN", text: ({ until }) => timeLeft(until, now) },
    { title: "KEYS", text: keysText, isFlexible: true },
    {
      title: "FAILING MODELS",
      text: ({ open_models }) => open_models.map(({ model }) => model).join(", "),
      isFlexible: true,
    },
    { title: "BUSY", text: ({ in_flight }) => String(in_flight), align: "right" },
    { title: "24H", text: ({ used_24h }) => String(used_24h), align: "right", dropRank: 1 },
    { title: "FAILED", text: ({ failed_24h }) => String(failed_24h), align: "right", dropRank: 2 },
  ];
}

const STATES: Readonly<Record<ProviderHealth["state"], string>> = {
  up: "up",
  open: "failing",
  suspect: "suspect",
  off: "off",
  no_key: "no key",
  no_usable_key: "no usable key",
};

/** `2 ready, 1 invalid`. */
function keysText({ keys: { total, ...states } }: ProviderHealth): string {
  const parts = Object.entries(states).filter(([, amount]) => amount > 0);
  return total === 0 ? "none" : parts.map(([state, amount]) => `${amount} ${state}`).join(", ");
}
