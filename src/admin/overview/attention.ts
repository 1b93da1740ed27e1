// What needs attention now: the form of it, and what comes first.
import { z } from "zod";
import { time } from "../iso-time.ts";
import { known } from "../record-rows.ts";

/** In the order in which they are shown where they weigh the same. */
const KINDS = {
  no_usable_key: "No enabled provider has a key that may serve: every request fails.",
  store_fault: "The key store cannot be opened.",
  token_store_fault: "The token store cannot be read: its client tokens are not let in.",
  save_fault: "Nothing can be saved: a restart would forget how keys fare.",
  certificate_ended: "The certificate of `server.tls` has ended: clients refuse it.",
  config_refused: "The configuration was read anew and is wrong: what runs is the one before it.",
  provider_no_usable_key: "A provider has keys, but none that may serve.",
  provider_open: "The breaker of a provider is open or half-open.",
  provider_suspect: "A provider refuses so many keys that it is in doubt itself.",
  keys_invalid: "Keys of a provider are refused for good.",
  keys_exhausted: "Keys of a provider have no credit.",
  keys_disabled_by_rule: "A rule of the configuration disabled keys of a provider.",
  models_open: "Models fail at a provider.",
  proxy_out: "An outbound proxy fails, or is tried by one call at a time.",
  proxy_disabled: "An outbound proxy is disabled, and so is every other of some keys, which cannot call at all.",
  records_fault: "Requests cannot be recorded.",
  job_failed: "The last run of a job failed.",
  webhook_gone: "A webhook answered that it is gone: it is told of nothing.",
  webhook_failing: "A webhook did not take its last message.",
  certificate_ends: "The certificate of `server.tls` ends within a week.",
  restart_needed: "Fields of the configuration count only from the next start on.",
  records_dropped: "Request records were lost since the start.",
  log_dropped: "Lines of the log were lost since the start.",
  job_stopped: "An operator has a job stopped.",
  provider_no_key: "An enabled provider has no key.",
} as const;

export type AttentionKind = keyof typeof KINDS;

/** The more it weighs, the earlier it comes. */
const WEIGHTS = ["critical", "warning", "notice"] as const;

/** No kind may crowd the others out. */
const MOST_OF_A_KIND = 10;

const cause = {
  reason: z.string().optional().describe("The code of it, as in the log."),
  status: z.int().optional().describe("The status that was answered."),
  message: z.string().optional().describe("What was said, secrets masked."),
};

export const attentionRow = z.object({
  kind: z.enum(Object.keys(KINDS) as [AttentionKind, ...AttentionKind[]]).describe(
    Object.entries(KINDS)
      .map(([kind, text]) => `\`${kind}\`: ${text}`)
      .join(" "),
  ),
  weight: z.enum(WEIGHTS).describe("`critical`: requests fail or something is lost. `notice`: good to know."),
  provider: z.string().optional().describe("The provider that it is about."),
  subject: z.string().optional().describe("The name of the job or webhook, or the URL of the outbound proxy, masked."),
  models: z.array(z.string()).optional().describe("The first of the models that fail there."),
  keys: z
    .array(z.object({ id: z.string().describe("Its id."), name: z.string().describe("Its name.") }))
    .optional()
    .describe("The first of the keys."),
  count: z.int().optional().describe("How many keys, models, records or lines there are."),
  of: z.int().optional().describe("Of how many keys that the provider has."),
  since: time.optional().describe("Since when; of several the first."),
  until: time.optional().describe("When it is tried again; of several the first."),
  ...cause,
  reasons: z
    .array(z.object({ ...cause, count: z.int().describe("How many of the keys are out for it.") }))
    .optional()
    .describe("Why keys are out, what most are out for first; the last messages of each."),
  details: z
    .array(z.string())
    .optional()
    .describe("More about it: what is wrong, which fields, or when the certificate ends."),
  actions: z
    .array(
      z.object({
        operation: z.string().describe("The operation that does something about it."),
        input: z.record(z.string(), z.unknown()).describe("What it is given."),
        needs_more: z.boolean().describe("Somebody has to say more before it can run, such as which keys to add."),
      }),
    )
    .describe("What can be done about it, the first thing first."),
});

export type AttentionRow = z.output<typeof attentionRow>;
export type AttentionAction = AttentionRow["actions"][number];

/** The facts of one item; times as they are sent. */
export type AttentionFacts = {
  readonly [Field in Exclude<keyof AttentionRow, "kind" | "weight" | "actions">]?: AttentionRow[Field] | undefined;
};

export interface Attention {
  readonly rows: readonly AttentionRow[];
  /** How many more there are of kinds that have many. */
  readonly more: number;
}

/** One item. */
export function attentionOf(
  kind: AttentionKind,
  weight: AttentionRow["weight"],
  facts: AttentionFacts,
  actions: readonly AttentionAction[] = [],
): AttentionRow {
  return { kind, weight, ...known(facts), actions: [...actions] } as AttentionRow;
}

/** What can be done with one press of a button. */
export function press(operation: string, input: AttentionAction["input"]): AttentionAction {
  return { operation, input, needs_more: false };
}

/** What weighs most first; of each kind only some, those with most keys. */
export function rankAttention(rows: readonly AttentionRow[]): Attention {
  const ranked = rows.toSorted((a, b) => rankOf(a) - rankOf(b) || (b.count ?? 0) - (a.count ?? 0));
  const seen = new Map<AttentionKind, number>();
  const shown = ranked.filter(({ kind }) => {
    const count = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, count);
    return count <= MOST_OF_A_KIND;
  });
  return { rows: shown, more: ranked.length - shown.length };
}

function rankOf({ weight, kind }: AttentionRow): number {
  const kinds = Object.keys(KINDS);
  return WEIGHTS.indexOf(weight) * kinds.length + kinds.indexOf(kind);
}
