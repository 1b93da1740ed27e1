// Does what mends something that needs attention, and says what came of it.
import type { CallName, InputOf, OutputOf } from "../../admin/operation-table.ts";
import { callOperation, streamOperation } from "../api/call-operation.ts";
import { t } from "../texts/texts.ts";
import type { Overview } from "./use-overview.ts";

export type Attention = Overview["attention"][number];
export type AttentionAction = Attention["actions"][number];

type Runner = (input: never) => Promise<string>;

/** By operation; the daemon may know of more than this page does. */
const RUNNERS: Readonly<Record<string, Runner>> = {
  test: (input: InputOf<"test">) => tested("test", input),
  "proxies.test": (input: InputOf<"proxies.test">) => tested("proxies.test", input),
  "proxies.enable": called("proxies.enable", ({ proxies }) => t("overview.done.enabled", { count: proxies.length })),
  "keys.reset": called("keys.reset", ({ count }) => t("overview.done.reset", { count })),
  "keys.enable": called("keys.enable", ({ count }) => t("overview.done.enabled", { count })),
  "keys.remove": called("keys.remove", removedText),
  "providers.reset": called("providers.reset", () => t("overview.done.provider_reset")),
  "webhooks.test": called("webhooks.test", webhookText),
  "jobs.run": called("jobs.run", ({ run }) => orFail(run?.fault, run?.result ?? t("overview.done.run"))),
  "jobs.start": called("jobs.start", () => t("overview.done.started")),
  reload: called("reload", ({ ok, diagnostics }) => {
    return orFail(ok ? undefined : (diagnostics[0] ?? t("overview.done.refused")), t("overview.done.reloaded"));
  }),
};

/** Whether this page knows how to run it. */
export function isKnownAction({ operation, needs_more }: AttentionAction): boolean {
  return !needs_more && Object.hasOwn(RUNNERS, operation);
}

/** What came of it, in words. @throws ApiFailure, or an Error that says what did not work. */
export async function runAction({ operation, input }: AttentionAction): Promise<string> {
  const run = RUNNERS[operation];
  if (run === undefined) throw new Error(`There is no ${operation}`);
  return run(input as never);
}

function called<Name extends CallName>(name: Name, say: (answer: OutputOf<Name>) => string) {
  return async (input: InputOf<Name>) => say(await callOperation(name, input));
}

async function tested<Name extends "test" | "proxies.test">(name: Name, input: InputOf<Name>): Promise<string> {
  let works = 0;
  let all = 0;
  for await (const { is_ok } of streamOperation(name, input)) {
    all += 1;
    if (is_ok) works += 1;
  }
  return orFail(
    all > 0 && works === 0 ? t("overview.done.none_works", { count: all }) : undefined,
    t("overview.done.tested", { works, count: all }),
  );
}

function removedText({ removed, refused }: OutputOf<"keys.remove">): string {
  const [first] = refused;
  const said = t("overview.done.removed", { count: removed.length });
  if (first === undefined) return said;
  const kept = t("overview.done.kept", { count: refused.length, name: first.name, why: first.why });
  return orFail(removed.length === 0 ? kept : undefined, `${said} ${kept}`);
}

function webhookText({ ok, results }: OutputOf<"webhooks.test">): string {
  const [first] = results.filter(({ is_ok }) => !is_ok);
  const why = String(first?.status ?? first?.fault ?? "");
  return orFail(ok ? undefined : t("overview.done.webhook_failed", { why }), t("overview.done.webhook_taken"));
}

function orFail(fault: string | undefined, said: string): string {
  if (fault !== undefined) throw new Error(fault);
  return said;
}
