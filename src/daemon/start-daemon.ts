// The daemon: an instance with its sockets, timers and signals.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiOptions } from "../admin/api-handler.ts";
import type { DaemonPort, DaemonStatus } from "../admin/daemon-port.ts";
import type { ControlPorts } from "../admin/ports.ts";
import type { Config } from "../config/config.ts";
import { roughDuration } from "../core/durations.ts";
import { FOLDER_FILES } from "../storage/open-folder.ts";
import { loadUndici } from "../upstream/transport-http1.ts";
import { AdminPaths } from "./admin-paths.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { controlPorts } from "./control-ports.ts";
import { catchFaults } from "./faults.ts";
import { flushLog } from "./flush-log.ts";
import { Instance, type InstanceOptions } from "./instance.ts";
import { InstanceJobs } from "./jobs/instance-jobs.ts";
import { type Listening, listen } from "./listen.ts";
import { type ControlSocket, listenControl } from "./listen-control.ts";
import { logBug } from "./log-events.ts";
import { type MetricsPage, metricsPage } from "./metrics-page.ts";
import { ownPaths } from "./own-paths.ts";
import type { ReloadResult } from "./reload-config.ts";
import { onSignals } from "./signals.ts";
import { watchClock } from "./watch-clock.ts";
import { watchFile } from "./watch-file.ts";
import { watchedBy } from "./watched-by.ts";

export interface DaemonOptions extends Omit<InstanceOptions, "ownPaths"> {
  /** Milliseconds that only grow. */
  readonly monotonic: () => number;
}

export interface Daemon {
  readonly url: string;
  readonly config: Config;
  /** What an operator must know about what was found on the disk. */
  readonly notes: readonly string[];
  reload(reason: string): ReloadResult;
  /** Finishes what is in flight, for `server.drain_timeout` at most. */
  stop(): Promise<void>;
}

/** How long the clients of WebSockets may take to hear that they should come back, and open pages that it stops. */
const GOODBYE_MS = 1_000;

/**
 * Listens when it returns.
 * @throws UserError for an address in use, or a state that a newer version wrote.
 */
export function startDaemon(options: DaemonOptions): Daemon {
  const daemon = new RunningDaemon(options);
  daemon.start();
  return daemon;
}

class RunningDaemon implements Daemon {
  readonly #options: DaemonOptions;
  readonly #instance: Instance;
  readonly #jobs: InstanceJobs;
  readonly #ports: ControlPorts;
  readonly #metrics: MetricsPage;
  readonly #admin: AdminPaths;
  readonly #startedAt: number;
  readonly #notes: string[];
  #listening: Listening | undefined;
  #control: ControlSocket | undefined;
  #certificate: CertificateKeeper | undefined;
  /** Aborts once those who were served have had their time. */
  readonly #ending = new AbortController();
  #isStarted = false;
  #stopping: Promise<void> | undefined;
  #stopTimers: (() => void)[] = [];

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    this.#instance = new Instance({
      ...options,
      ownPaths: ownPaths(() => this.#state(), {
        metrics: () => this.#metrics.answer(),
        admit: (caller) => this.#admin.admit(caller),
        admin: (path, asked) => this.#admin.admin(path, asked),
      }),
    });
    this.#jobs = new InstanceJobs(this.#instance, options.monotonic);
    this.#ports = controlPorts(this.#instance, this.#port(), this.#jobs.jobs);
    this.#metrics = metricsPage(this.#instance);
    this.#admin = new AdminPaths(this.#instance, this.#api());
    this.#notes = [...options.data.notes];
  }

  get url(): string {
    return this.#listening?.url ?? "";
  }

  get config(): Config {
    return this.#instance.config;
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  start(): void {
    const { logger } = this.#options;
    const { entries, notes } = this.#instance.state.read();
    this.#instance.restore(entries);
    this.#notes.push(...notes, ...this.#instance.objects.restore());
    const listening = listen(this.#instance.handler, this.config.server);
    this.#listening = listening;
    this.#isStarted = true;
    // The first request must not wait for it.
    setImmediate(loadUndici);
    this.#openControl();
    for (const note of this.#notes) logger.warn({ note }, "Data folder");
    catchFaults(process, logger);
    this.#startTimers();
    this.#instance.observers.webhooks.begin(watchedBy(this.#instance));
    this.#stopTimers.push(
      () => this.#admin.stop(),
      () => void this.#instance.observers.live.end(),
    );
    this.#followCertificate(listening);
    this.#instance.onReload = () => this.#afterReload();
    this.#stopTimers.push(
      onSignals({
        reload: () => void this.reload("SIGHUP"),
        stop: () => this.stop(),
        flush: () => this.#flush(),
        now: this.#options.now,
      }),
    );
  }

  reload(reason: string): ReloadResult {
    return this.#instance.reload(reason);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #openControl(): void {
    const { data } = this.#options;
    // Without the lock it would be another daemon's socket that is replaced.
    if (data.lock === undefined) return;
    const path = join(data.folder.path, FOLDER_FILES.socket);
    const opened = listenControl({ path, ...this.#api() });
    if (opened.ok) this.#control = opened.socket;
    else this.#notes.push(`Cannot open the control socket ${path}, commands cannot reach this daemon: ${opened.fault}`);
  }

  #startTimers(): void {
    const instance = this.#instance;
    const { timing, balancer } = instance;
    const { schedule } = timing;
    const { now, monotonic, logger } = this.#options;
    const onBack = (ms: number) => {
      balancer.clockWentBack(timing.now());
      instance.outbound.health.clockWentBack(timing.now());
      instance.tokens.clockWentBack(timing.now());
      instance.options.data.sessions.clockWentBack(timing.now());
      instance.state.look();
      logger.warn({ by: roughDuration(ms) }, "The clock went back, no rest lasts longer for it");
    };
    const { configFile } = instance;
    this.#stopTimers.push(this.#jobs.start(), watchClock({ now, monotonic, schedule, onBack }));
    if (configFile === undefined) return;
    this.#stopTimers.push(watchFile(configFile, schedule, () => void this.reload("the config file changed")));
  }

  #afterReload(): void {
    // What would be fetched while the daemon stops nobody waits for, and it would hold the end up.
    if (this.#stopping !== undefined) return;
    this.#jobs.afterReload();
    this.#certificate?.follow(this.config);
  }

  #followCertificate(listening: Listening): void {
    const { timing } = this.#instance;
    const onFile = () => void this.reload("the certificate changed");
    const certificate = new CertificateKeeper({ listening, timing, logger: this.#options.logger, onFile });
    this.#certificate = certificate;
    certificate.follow(this.config);
    this.#stopTimers.push(() => certificate.stop());
  }

  #api(): Omit<ApiOptions, "isOwner"> {
    const { redactor } = this.#options;
    return {
      ports: this.#ports,
      redact: (text) => redactor.redact(text),
      ending: this.#ending.signal,
      schedule: this.#instance.timing.schedule,
      onBug: (error) => this.#bug(error),
    };
  }

  #bug(error: unknown): void {
    logBug(error, "none", this.#options.logger);
  }

  async #stop(): Promise<void> {
    const { logger, data } = this.#options;
    const { handler, state, observers } = this.#instance;
    for (const stopTimer of this.#stopTimers) stopTimer();
    logger.info({ in_flight: handler.inFlight }, "Stopping");
    await this.#listening?.leave();
    const drained = await Promise.race([
      handler.drain().then(() => true),
      sleep(this.config.server.drainTimeoutMs, false, { ref: false }),
    ]);
    if (!drained) logger.warn({ in_flight: handler.inFlight }, "Drain timeout, closing what is left");
    const goodbyes = Promise.all([handler.closeSessions(), observers.live.end()]);
    await Promise.race([goodbyes, sleep(GOODBYE_MS, undefined, { ref: false })]);
    await this.#listening?.close();
    // Calls that commands make would keep the connections to the providers open, and the process with them.
    this.#ending.abort();
    await this.#instance.close();
    await state.close();
    await observers.close();
    await this.#instance.objects.close();
    await data.sessions.close();
    logger.info({}, "Stopped");
    await flushLog(logger);
    // Last, since whoever waits for the end watches the socket. One that was put in its place is not ours to remove.
    if (data.lock?.fault === undefined) await this.#control?.close();
    data.lock?.release();
  }

  /** What must not be lost when a second signal ends everything at once. */
  async #flush(): Promise<void> {
    await this.#instance.state.close();
    await this.#instance.observers.close();
    await this.#instance.objects.close();
    await this.#options.data.sessions.close();
    await flushLog(this.#options.logger);
  }

  #port(): DaemonPort {
    return {
      status: () => this.#status(),
      reload: async () => {
        const result = this.reload("command");
        return result.ok
          ? { ok: true, changes: result.changes, diagnostics: [] }
          : { ok: false, changes: [], diagnostics: result.diagnostics };
      },
      openLink: () => this.#admin.openLink(this.url),
      // The answer goes out first. A second signal would end at once what this one lets finish.
      stop: () =>
        void setImmediate(() => {
          if (this.#stopping === undefined) process.kill(process.pid, "SIGTERM");
        }),
    };
  }

  #status(): DaemonStatus {
    const { handler, state, objects, configFile, lastReload } = this.#instance;
    const { data, logger } = this.#options;
    const { length: waiting, longestWaitMs } = handler.queue.figures(this.#options.now());
    return {
      pid: process.pid,
      startedAt: this.#startedAt,
      url: this.url,
      configFile,
      folder: data.folder.path,
      inFlight: handler.inFlight,
      isDraining: this.#stopping !== undefined,
      logDropped: logger.dropped,
      savedAt: state.savedAt,
      saveFault: state.fault ?? objects.fault,
      folderFault: data.folder.fault ?? data.lock?.fault,
      waiting,
      longestWaitMs,
      lastReload,
    };
  }

  #state() {
    const { balancer, handler, timing } = this.#instance;
    const now = timing.now();
    return {
      config: this.config,
      version: this.#options.version,
      startedAt: this.#startedAt,
      now,
      isStarted: this.#isStarted,
      isDraining: this.#stopping !== undefined,
      inFlight: handler.inFlight,
      pools: balancer.summarize(now),
      reports: () => balancer.report(now),
    };
  }
}
