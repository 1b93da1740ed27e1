// What one verdict does to health: each row of the verdict table leads to its rule.
import type { Effect } from "../core/verdict.ts";
import type { Change } from "./contract.ts";
import { type Case, Docket } from "./docket.ts";
import { blockOperation, countIfSiblingsAnswer, limitModel, missModel, refuseKey } from "./judge-key.ts";
import { alertRegion, obeyRetryAfter, voteModel, voteProvider } from "./judge-provider.ts";
import { noteQuota } from "./judge-quota.ts";
import { coolKey, disableKey } from "./judge-rule.ts";
import { judgeSuccess, proveCredential } from "./judge-success.ts";

type Rule<Kind extends Effect["kind"]> = (docket: Docket, effect: Extract<Effect, { kind: Kind }>) => void;

const RULES: { readonly [Kind in Effect["kind"]]: Rule<Kind> } = {
  none: () => {},
  success: judgeSuccess,
  "key-invalid": refuseKey,
  "key-exhausted": refuseKey,
  "key-refused": refuseKey,
  "key-cooled": coolKey,
  "key-disabled": disableKey,
  "rate-limited": limitModel,
  "model-missing": missModel,
  "operation-blocked": (docket, effect) => {
    // Whoever is told which scope is missing was recognised.
    proveCredential(docket);
    blockOperation(docket, effect);
  },
  "server-error": (docket, effect) => {
    voteModel(docket);
    countIfSiblingsAnswer(docket, effect);
  },
  overloaded: (docket, effect) => {
    voteModel(docket);
    obeyRetryAfter(docket, effect.retryAfterMs);
  },
  "stream-broken": voteModel,
  unreachable: voteProvider,
  "region-refused": alertRegion,
  "client-gone": (docket, effect) => {
    if (effect.waitedMs > patienceMs(docket)) countIfSiblingsAnswer(docket, effect);
  },
};

/** Applies a verdict to the health that it speaks of and answers what changed. */
export function judgeCase<Kind extends Effect["kind"]>(judged: Case): readonly Change[] {
  judged.attempt.noteAnswer();
  const docket = new Docket(judged);
  const effect = judged.verdict.effect as Extract<Effect, { kind: Kind }>;
  const rule: Rule<Kind> = RULES[effect.kind as Kind];
  rule(docket, effect);
  noteQuota(docket);
  // Whoever left, or failed for another reason, has not found out anything.
  const { blame } = judged.verdict;
  if (effect.kind === "success" || (blame !== "none" && blame !== "proxy")) judged.attempt.releaseProbes();
  judged.place.pool.wake(judged.place.key);
  return docket.changes;
}

function patienceMs({ pool, modelKey }: Docket): number {
  return pool.model(modelKey)?.patienceMs ?? Number.POSITIVE_INFINITY;
}
