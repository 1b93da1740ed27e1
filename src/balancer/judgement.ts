// What one verdict does to health: each row of the verdict table leads to its rule.
import type { Effect } from "../core/verdict.ts";
import type { Change } from "./contract.ts";
import { type Case, Docket } from "./docket.ts";
import { blockOperation, countIfSiblingsAnswer, missModel, refuseKey, restModel } from "./judge-key.ts";
import { alertRegion, obeyRetryAfter, voteModel, voteProvider } from "./judge-provider.ts";
import { judgeSuccess, proveCredential } from "./judge-success.ts";

/** Applies a verdict to the health that it speaks of and answers what changed. */
export function judgeCase(judged: Case): readonly Change[] {
  const docket = new Docket(judged);
  apply(docket, judged.verdict.effect);
  return docket.changes;
}

function apply(docket: Docket, effect: Effect): void {
  switch (effect.kind) {
    case "none":
      break;
    case "success":
      judgeSuccess(docket, effect);
      break;
    case "key-invalid":
    case "key-exhausted":
    case "key-refused":
      refuseKey(docket, effect);
      break;
    case "rate-limited":
      restModel(docket, effect);
      break;
    case "model-missing":
      missModel(docket, effect);
      break;
    case "operation-blocked":
      // Whoever is told which scope is missing was recognised.
      proveCredential(docket);
      blockOperation(docket, effect);
      break;
    case "server-error":
      voteModel(docket);
      countIfSiblingsAnswer(docket, effect);
      break;
    case "overloaded":
      voteModel(docket);
      obeyRetryAfter(docket, effect.retryAfterMs);
      break;
    case "stream-broken":
      voteModel(docket);
      break;
    case "unreachable":
      voteProvider(docket);
      break;
    case "region-refused":
      alertRegion(docket);
      break;
    case "client-gone":
      if (effect.waitedMs > patienceMs(docket)) countIfSiblingsAnswer(docket, effect);
      break;
    default: {
      const unknown: never = effect;
      throw new Error(`Cannot judge effect ${JSON.stringify(unknown)}`);
    }
  }
}

function patienceMs({ pool, modelKey }: Docket): number {
  return pool.model(modelKey)?.patienceMs ?? Number.POSITIVE_INFINITY;
}
