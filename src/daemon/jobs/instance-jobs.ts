// All that an instance does without a client: its jobs, and probes of providers that are out.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JobRun } from "../../admin/jobs-port.ts";
import { UserError } from "../../core/user-error.ts";
import { FOLDER_FILES } from "../../storage/open-folder.ts";
import { type BackgroundCalls, backgroundCalls, keyPools, startProbes } from "../background-checks.ts";
import type { Instance } from "../instance.ts";
import { logBug } from "../log-events.ts";
import { ModelRefresh, modelListsJob } from "../model-refresh.ts";
import { checkProxies } from "../proxies-port.ts";
import { cleanUpJob } from "./clean-up.ts";
import type { Job } from "./job.ts";
import { Jobs } from "./jobs.ts";
import { proxyChecksJob } from "./proxy-checks.ts";
import { recheckJob } from "./recheck.ts";

export class InstanceJobs {
  readonly jobs: Jobs;
  readonly #instance: Instance;
  readonly #calls: BackgroundCalls;
  readonly #refresh: ModelRefresh;
  readonly #lists: Job;
  /** The last fault of each job. */
  readonly #faults = new Map<string, string>();

  /** `monotonic`: milliseconds that only grow. */
  constructor(instance: Instance, monotonic: () => number = () => performance.now()) {
    const { timing, stoppedJobs, state, observers } = instance;
    this.#instance = instance;
    this.#calls = backgroundCalls(instance);
    this.#refresh = new ModelRefresh(instance);
    this.#lists = modelListsJob(this.#refresh);
    this.jobs = new Jobs(this.#all(), {
      now: timing.now,
      schedule: timing.schedule,
      monotonic,
      stopped: stoppedJobs,
      save: () => state.save(),
      onEnd: (name, run, error) => this.#say(name, run, error),
      onChange: () => observers.live.noteChanged("jobs"),
    });
  }

  /** Lets them run by themselves; answers what ends that. */
  start(): () => void {
    const { logger } = this.#instance.options;
    for (const { name, stoppedAt } of this.jobs.list()) {
      if (stoppedAt === undefined) continue;
      logger.warn(
        { job: name, since: new Date(stoppedAt).toISOString() },
        "A job stays stopped, as an operator left it",
      );
    }
    this.#instance.onUse = () => {
      if (!this.#isListless()) this.#refresh.unknown();
    };
    const stopProbes = startProbes(this.#instance, this.#calls);
    this.jobs.start();
    return () => {
      this.jobs.end();
      // A reload while the daemon stops would fetch lists that nobody waits for, and hold the end up.
      this.#instance.onUse = () => {};
      this.#refresh.stop();
      stopProbes();
    };
  }

  /** The configuration was read anew. */
  afterReload(): void {
    this.jobs.hurry(this.#lists.name);
  }

  /** Who stops the fetching of lists wants no such calls. */
  #isListless(): boolean {
    return this.#instance.stoppedJobs.since(this.#lists.name) !== undefined;
  }

  #all(): readonly Job[] {
    const instance = this.#instance;
    const { balancer, timing } = instance;
    const recheck = recheckJob({
      health: () => instance.config.health,
      pools: () => keyPools(instance),
      key: (provider, keyId) => balancer.reportKey({ provider, keyId }, timing.now()),
      ...this.#calls,
    });
    const proxies = proxyChecksJob({
      settings: () => instance.config.outboundHealth,
      checkAll: (signal, onCheck) => checkProxies(instance, signal, onCheck),
    });
    return [recheck, proxies, this.#lists, cleanUp(instance)];
  }

  /** The first fault of a row and its end; what an operator asked for, always. */
  #say(job: string, run: JobRun, error: unknown): void {
    const { logger } = this.#instance.options;
    const { isAsked, isBrokenOff, tookMs, result, fault } = run;
    if (error !== undefined && !(error instanceof UserError)) logBug(error, `job ${job}`, logger);
    const before = this.#faults.get(job);
    const facts = { job, ms: Math.round(tookMs), ...(result && { result: result.words }) };
    if (fault !== undefined) this.#faults.set(job, fault);
    // What was broken off tells nothing of whether it works again.
    else if (!isBrokenOff) this.#faults.delete(job);
    if (fault !== undefined && fault !== before) logger.warn({ ...facts, reason: fault }, "Job failed");
    else if (isBrokenOff) logger.info(facts, "Job broken off");
    else if (fault === undefined && before !== undefined) logger.info(facts, "Job works again");
    else if (isAsked) logger.info(facts, "Job done");
    else logger.debug(facts, "Job done");
  }
}

/** Without the lock of the folder the database may be another daemon's. */
function cleanUp({ options: { data }, observers, objects }: Instance): Job {
  const path = join(data.folder.path, FOLDER_FILES.database);
  return cleanUpJob({
    isThere: () => data.lock !== undefined && existsSync(path),
    records: (signal) => observers.records.cleanUp(signal),
    owners: () => objects.cleanUp(),
  });
}
