// Composes the daemon: the only place where all parts meet the real clock, timers, sockets and files.
import { setTimeout as sleep } from "node:timers/promises";
import { Balancer } from "../balancer/balancer.ts";
import type { BalancerSettings } from "../balancer/contract.ts";
import type { Config, ProviderConfig } from "../config/config.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import type { LoadedConfig, LoadResult } from "../config/load-config.ts";
import { secretsOf } from "../config/secrets-of.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { Logger } from "../core/logger.ts";
import type { Redactor } from "../core/redaction.ts";
import { UserError } from "../core/user-error.ts";
import { createDemoTransport } from "../demo/demo-transport.ts";
import { BufferPool } from "../proxy/buffer-pool.ts";
import { ModelCatalog } from "../proxy/model-catalog.ts";
import { ProxyHandler } from "../proxy/proxy-handler.ts";
import { buildSetup, type Setup } from "../proxy/setup.ts";
import type { Timing } from "../proxy/timing.ts";
import { buildProvider } from "../upstream/build-provider.ts";
import { withDecoding } from "../upstream/decoding-transport.ts";
import type { Transport } from "../upstream/transport.ts";
import { createUndiciTransport } from "../upstream/undici-transport.ts";
import { catchFaults } from "./faults.ts";
import { type Listening, listen } from "./listen.ts";
import { logBug, logChange, logTrace } from "./log-events.ts";
import { REFRESH_INTERVAL_MS, refreshModels } from "./model-refresh.ts";
import { ownPaths } from "./own-paths.ts";
import { poolSpecs } from "./pool-specs.ts";
import { type ReloadResult, refuseReload, reloadConfig } from "./reload-config.ts";
import { onSignals } from "./signals.ts";
import { Transports } from "./transports.ts";
import { watchFile } from "./watch-file.ts";

export interface DaemonOptions {
  /** Reads the configuration anew. */
  readonly load: () => LoadResult;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly version: string;
  /** The provider named `demo` answers inside this process. */
  readonly demo: boolean;
  readonly now: () => number;
  readonly random: () => number;
}

export interface Daemon {
  readonly url: string;
  readonly config: Config;
  reload(reason: string): Promise<ReloadResult>;
  /** Finishes what is in flight, for `server.drain_timeout` at most. */
  stop(): Promise<void>;
}

/** Resolves once it listens. @throws UserError for a wrong configuration or an address in use. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const loaded = options.load();
  if (!loaded.ok) throw new UserError(loaded.diagnostics.map(formatDiagnostic).join("\n"), EXIT.usage);
  const daemon = new RunningDaemon(options, loaded);
  daemon.start(loaded.file);
  return daemon;
}

class RunningDaemon implements Daemon {
  readonly #options: DaemonOptions;
  readonly #timing: Timing;
  readonly #lasting = { catalog: new ModelCatalog(), bodies: new BufferPool(0) };
  readonly #balancer: Balancer;
  readonly #transports: Transports;
  readonly #handler: ProxyHandler;
  readonly #startedAt: number;
  /** Also those that a reload removed: requests in flight still use them. */
  readonly #secrets = new Set<string>();
  #config: Config;
  #warnings: readonly Diagnostic[];
  #listening: Listening | undefined;
  #isStarted = false;
  #stopping: Promise<void> | undefined;
  #stopTimers: (() => void)[] = [];
  /** Providers whose last fetch of the model list failed. */
  readonly #unlisted = new Set<string>();
  #stopRefresh = () => {};

  constructor(options: DaemonOptions, { config, warnings }: LoadedConfig) {
    this.#options = options;
    this.#config = config;
    this.#warnings = warnings;
    this.#startedAt = options.now();
    this.#timing = { now: options.now, random: options.random, schedule };
    this.#transports = new Transports((provider) => this.#createTransport(provider));
    this.#hideSecrets(config);
    this.#balancer = new Balancer(this.#pools(config), settingsOf(config), options.random);
    const redact = (text: string) => options.redactor.redact(text);
    this.#handler = new ProxyHandler(this.#setup(config), {
      balancer: this.#balancer,
      catalog: this.#lasting.catalog,
      timing: this.#timing,
      redact,
      onChanges: (changes) => {
        for (const change of changes) logChange(change, options.logger);
      },
      onTrace: (trace) => logTrace(trace, options.logger),
      onBug: (error, requestId) => logBug(error, requestId, options.logger),
      ownPaths: ownPaths(() => this.#state()),
    });
  }

  get url(): string {
    return this.#listening?.url ?? "";
  }

  get config(): Config {
    return this.#config;
  }

  start(file: string | undefined): void {
    this.#listening = listen(this.#handler, this.#config.server);
    this.#isStarted = true;
    this.#refreshAll();
    if (file !== undefined) {
      this.#stopTimers.push(watchFile(file, schedule, () => void this.reload("the config file changed")));
    }
    catchFaults(process, this.#options.logger);
    this.#stopTimers.push(
      onSignals({
        reload: () => void this.reload("SIGHUP"),
        stop: () => this.stop(),
        flush: () => this.#options.logger.flush(),
        now: this.#options.now,
      }),
    );
  }

  async reload(reason: string): Promise<ReloadResult> {
    const { load, logger } = this.#options;
    try {
      const result = reloadConfig({ load, old: this.#config, oldWarnings: this.#warnings, logger, reason });
      if (!result.ok) return result;
      this.#use(result.config);
      this.#warnings = result.warnings;
      return result;
    } catch (error: unknown) {
      return refuseReload(error, { logger, reason });
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** One step: requests in flight keep what they began with, health stays with every key that still exists. */
  #use(config: Config): void {
    this.#hideSecrets(config);
    // What may fail comes first.
    const setup = this.#setup(config);
    const pools = this.#pools(config);
    const oldUrls = new Map(this.#config.providers.map(({ name, baseUrl }) => [name, baseUrl]));
    this.#config = config;
    this.#options.logger.setLevel(config.logging.level);
    this.#balancer.replacePools(pools, settingsOf(config), this.#options.now());
    const unused = this.#handler.use(setup);
    this.#lasting.catalog.retain((name) => setup.providers.get(name)?.config.baseUrl === oldUrls.get(name));
    this.#transports.retain(new Set(setup.providers.keys()), unused).catch(() => {});
    this.#refreshAll();
  }

  #hideSecrets(config: Config): void {
    for (const secret of secretsOf(config)) this.#secrets.add(secret);
    this.#options.redactor.replaceSecrets(this.#secrets);
  }

  async #stop(): Promise<void> {
    const { logger } = this.#options;
    for (const stopTimer of this.#stopTimers) stopTimer();
    this.#stopRefresh();
    this.#listening?.stopAccepting();
    logger.info({ in_flight: this.#handler.inFlight }, "Stopping");
    const drained = await Promise.race([
      this.#handler.drain().then(() => true),
      sleep(this.#config.server.drainTimeoutMs, false, { ref: false }),
    ]);
    if (!drained) logger.warn({ in_flight: this.#handler.inFlight }, "Drain timeout, closing what is left");
    await this.#listening?.close();
    await this.#transports.closeAll();
    logger.info({}, "Stopped");
    await logger.flush();
  }

  /** A fetch that still runs is given up for the new one. */
  #refreshAll(): void {
    this.#stopRefresh();
    const running = new AbortController();
    const stopTimer = schedule(REFRESH_INTERVAL_MS, () => this.#refreshAll());
    this.#stopRefresh = () => {
      stopTimer();
      running.abort();
    };
    const deps = { catalog: this.#lasting.catalog, loop: this.#handler.loop, signal: running.signal };
    for (const provider of this.#handler.setup.providers.values()) {
      refreshModels(provider, deps).then(
        (fault) => this.#noteList(provider.config.name, fault),
        (error: unknown) => logBug(error, "model-refresh", this.#options.logger),
      );
    }
  }

  /** Tells each provider's first fault and its end, not one line every few minutes. */
  #noteList(provider: string, fault: string | undefined): void {
    const { logger } = this.#options;
    if (fault === undefined) {
      if (this.#unlisted.delete(provider)) logger.info({ provider }, "Model list is back");
      return;
    }
    if (fault === "stopped" || this.#unlisted.has(provider)) return;
    this.#unlisted.add(provider);
    logger.info({ provider, reason: fault }, "Model list not available; requests still go there");
  }

  #setup(config: Config): Setup {
    const providers = config.providers
      .filter(({ enabled }) => enabled)
      .map((provider) => buildProvider(provider, this.#transports.of(provider)));
    return buildSetup(config, providers, this.#lasting);
  }

  #pools(config: Config) {
    return poolSpecs(config, (provider, model) => this.#lasting.catalog.has(provider, model));
  }

  #createTransport({ name, ca }: ProviderConfig): Transport {
    const { now, random, demo } = this.#options;
    if (demo && name === "demo") return createDemoTransport({ now, random, delay: (ms) => sleep(ms) });
    return withDecoding(createUndiciTransport(ca === undefined ? {} : { ca }));
  }

  #state() {
    const now = this.#options.now();
    return {
      config: this.#config,
      version: this.#options.version,
      startedAt: this.#startedAt,
      now,
      isStarted: this.#isStarted,
      isDraining: this.#handler.isDraining,
      inFlight: this.#handler.inFlight,
      pools: this.#balancer.report(now),
    };
  }
}

function settingsOf({ health, retry }: Config): BalancerSettings {
  return {
    maxCooldownMs: health.maxCooldownMs,
    retryBudget: retry.budget,
    retryBudgetMin: retry.budgetMin,
  };
}

function schedule(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
