// One verdict with everything that its judgement needs, and the changes that come of it.
import type { Verdict } from "../core/verdict.ts";
import type { Vote } from "./breaker.ts";
import { type ChangeFacts, type ChangePlace, changeOf } from "./changes.ts";
import type { BalancerSettings, Change } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import { penaltyFor, type RestingEffect } from "./penalties.ts";
import { modelKeyOf, type Pool } from "./pool.ts";
import type { RequestMarks } from "./request-marks.ts";
import type { Imposed, Moment, Origin, Penalty, Rests } from "./rests.ts";
import { isLasting, type Revision } from "./revision.ts";
import type { Place, RunningAttempt } from "./running-attempt.ts";

/** One verdict on one attempt. `order`: its moment in the balancer's own sequence. */
export interface Case {
  readonly attempt: RunningAttempt;
  readonly place: Place;
  readonly verdict: Verdict;
  readonly order: number;
  readonly now: number;
  readonly marks: RequestMarks;
  readonly settings: BalancerSettings;
  readonly random: () => number;
  /** Grows with every change that a restart must not forget. */
  readonly revision: Revision;
}

/** What a change says when an answer is the reason for it. */
export const ANSWERS_AGAIN: Partial<Origin> = { reason: "answers_again" };

/** A case on the table. */
export class Docket {
  readonly changes: Change[] = [];
  readonly case: Case;
  readonly pool: Pool;
  readonly key: KeyHealth;
  readonly modelKey: string;
  readonly now: number;
  /** The order of the attempt: what was imposed later it cannot disprove. */
  readonly began: number;

  constructor(judged: Case) {
    this.case = judged;
    this.pool = judged.place.pool;
    this.key = judged.place.key;
    this.modelKey = modelKeyOf(judged.attempt.candidate.model);
    this.now = judged.now;
    this.began = judged.attempt.order;
  }

  get moment(): Moment {
    return { now: this.now, began: this.began, order: this.case.order, capMs: this.case.settings.maxCooldownMs };
  }

  get vote(): Vote {
    return {
      client: this.case.attempt.need.client,
      began: this.began,
      order: this.case.order,
      now: this.now,
      origin: this.origin,
    };
  }

  get origin(): Origin {
    const { reason, status, message } = this.case.verdict;
    return { reason, status, message };
  }

  get providerPlace(): ChangePlace {
    return { level: "provider", pool: this.pool };
  }

  get modelPlace(): ChangePlace {
    return { level: "provider-model", pool: this.pool, model: this.modelKey };
  }

  get partPlace(): ChangePlace {
    return { level: "key-model", pool: this.pool, key: this.key, model: this.modelKey };
  }

  keyPlace(key: KeyHealth): ChangePlace {
    return { level: "key", pool: this.pool, key };
  }

  penalty(effect: RestingEffect): Penalty {
    return penaltyFor(effect, this.case.verdict, this.case.random);
  }

  /** Imposes a penalty and says whether a rest began with it. */
  impose(rests: Rests, penalty: Penalty): boolean {
    const imposed: Imposed = rests.impose(penalty, this.moment);
    if (imposed !== "none") this.touch(isLasting([penalty.cause], rests.until - this.now));
    return imposed === "began";
  }

  /** Notes a change that is worth no line of its own. */
  touch(lasting = false): void {
    this.case.revision[lasting ? "lasting" : "passing"] += 1;
  }

  /** Records a change; no alert unless it says so. */
  say(place: ChangePlace, facts: Omit<ChangeFacts, "at" | "alert"> & { readonly alert?: boolean }): void {
    this.touch(isLasting([facts.from, facts.to], (facts.until ?? 0) - this.now));
    this.changes.push(changeOf(place, { alert: false, ...facts, at: this.now }));
  }
}
