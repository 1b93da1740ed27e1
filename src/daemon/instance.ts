// One instance: its configuration, keys, health and ways to the providers, whether a daemon runs on it or not.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReloadReport } from "../admin/daemon-port.ts";
import { Balancer } from "../balancer/balancer.ts";
import type { Change } from "../balancer/contract.ts";
import type { Config, ProviderConfig } from "../config/config.ts";
import { describeKeyChanges } from "../config/describe-changes.ts";
import type { Diagnostic } from "../config/diagnostic.ts";
import type { LoadedConfig, LoadResult } from "../config/load-config.ts";
import { withStoredKeysOf } from "../config/replace-stored-keys.ts";
import { secretsOf } from "../config/secrets-of.ts";
import type { StoredKey, StoredKeys } from "../config/stored-key.ts";
import type { Logger } from "../core/logger.ts";
import type { Redactor } from "../core/redaction.ts";
import { inSlices } from "../core/slices.ts";
import { createDemoTransport } from "../demo/demo-transport.ts";
import type { OwnPaths } from "../proxy/answer-own.ts";
import { BufferPool } from "../proxy/body/buffer-pool.ts";
import { ModelCatalog } from "../proxy/models/model-catalog.ts";
import { ProxyHandler } from "../proxy/proxy-handler.ts";
import { buildSetup, type Setup } from "../proxy/setup.ts";
import type { Timing } from "../proxy/timing.ts";
import { isJob } from "../storage/job-entry.ts";
import { FOLDER_FILES } from "../storage/open-folder.ts";
import { ReaderThread } from "../storage/records/reader-thread.ts";
import { isOfBalancer, isOutbound, isToken } from "../storage/state-file.ts";
import type { SavedEntry } from "../storage/state-text.ts";
import { ClientTokens } from "../tokens/client-tokens.ts";
import { buildProvider } from "../upstream/build-provider.ts";
import { withDecoding } from "../upstream/decoding-transport.ts";
import { OutboundTransport } from "../upstream/outbound-transport.ts";
import type { Transport } from "../upstream/transport.ts";
import { createUndiciTransport } from "../upstream/undici-transport.ts";
import { settingsOf } from "./balancer-settings.ts";
import { type Data, storedKeysOf } from "./data.ts";
import { StoppedJobs } from "./jobs/stopped-jobs.ts";
import { logBug } from "./log-events.ts";
import { Observers } from "./observers.ts";
import { OutboundKeeper } from "./outbound-keeper.ts";
import { OwnerKeeper } from "./owner-keeper.ts";
import { poolSpecs } from "./pool-specs.ts";
import { type ReloadResult, refuseReload, reloadConfig } from "./reload-config.ts";
import { haveSameProviders } from "./same-providers.ts";
import { schedule } from "./schedule.ts";
import { StateKeeper } from "./state-keeper.ts";
import { Transports } from "./transports.ts";

export interface InstanceOptions {
  readonly data: Data;
  /** The configuration to begin with. */
  readonly first: LoadedConfig;
  /** Reads the configuration anew; `replaced`: a text in place of that of one file. */
  readonly load: (stored: StoredKeys, replaced?: ReplacedFile) => LoadResult;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly version: string;
  /** The provider named `demo` answers inside this process. */
  readonly demo: boolean;
  readonly now: () => number;
  readonly random: () => number;
  readonly ownPaths: OwnPaths;
  /** It lives for one command, so that what cannot be saved was not done. */
  readonly isOffline?: boolean;
}

/** What a file would hold. */
export interface ReplacedFile {
  readonly path: string;
  readonly text: string;
}

export class Instance {
  readonly options: InstanceOptions;
  readonly timing: Timing;
  readonly balancer: Balancer;
  readonly handler: ProxyHandler;
  readonly catalog = new ModelCatalog();
  readonly tokens: ClientTokens;
  readonly objects: OwnerKeeper;
  readonly outbound: OutboundKeeper;
  readonly state: StateKeeper;
  readonly observers: Observers;
  readonly reader: ReaderThread;
  readonly stoppedJobs = new StoppedJobs();
  readonly #bodies = new BufferPool(0);
  readonly #transports: Transports;
  /** Called whenever another configuration has come into effect. */
  onUse = () => {};
  /** Called whenever the configuration was read anew, for whatever reason. */
  onReload = () => {};
  /** Called with every change of health. */
  onHealth: (changes: readonly Change[]) => void = () => {};
  #config: Config;
  #warnings: readonly Diagnostic[];
  /** The stored keys that the configuration was made with. */
  #stored: readonly StoredKey[];
  /** The configuration was changed, and is wrong: another key may make it right. */
  #isStale = false;
  #lastReload: ReloadReport | undefined;

  /** @throws UserError for a state that a newer version wrote. */
  constructor(options: InstanceOptions) {
    const { first, logger, now, random, redactor, data } = options;
    this.options = options;
    this.timing = { now, random, schedule };
    this.reader = new ReaderThread({ path: join(data.folder.path, FOLDER_FILES.database), schedule });
    this.observers = this.#createObservers(first.config);
    this.#config = first.config;
    this.#warnings = first.warnings;
    this.#stored = data.keyStore.keys;
    this.outbound = this.#createOutbound(first.config);
    this.#transports = new Transports((provider) => this.#createTransport(provider));
    redactor.addSecrets(secretsOf(first.config));
    this.tokens = new ClientTokens(now, () => this.state.look());
    this.tokens.useStored(data.tokenStore.tokens, data.tokenStore);
    this.tokens.configure(first.config.auth.clientTokens, first.config.prices);
    data.sessions.configure(first.config.auth, options.isOffline);
    this.balancer = new Balancer(this.#pools(first.config), settingsOf(first.config), random);
    const disk = { folder: data.folder, lock: data.lock, logger, now, schedule };
    this.state = new StateKeeper({
      ...disk,
      balancer: this.balancer,
      outbound: this.outbound.health,
      tokens: this.tokens,
      stoppedJobs: this.stoppedJobs,
      isOffline: options.isOffline === true,
    });
    this.objects = new OwnerKeeper({ ...disk, thread: this.observers.database });
    this.handler = new ProxyHandler(this.#setup(first.config), {
      balancer: this.balancer,
      catalog: this.catalog,
      tokens: this.tokens,
      owners: this.objects.owners,
      timing: this.timing,
      redact: (text) => redactor.redact(text),
      onChanges: (changes) => this.noteChanges(changes),
      onTrace: (trace) => this.observers.noteTrace(trace),
      onBug: (error, requestId) => logBug(error, requestId, logger),
      ownPaths: options.ownPaths,
    });
  }

  get config(): Config {
    return this.#config;
  }

  /** The last time that the configuration was read anew, by whoever. */
  get lastReload(): ReloadReport | undefined {
    return this.#lastReload;
  }

  /** The config file, where there is one. */
  get configFile(): string | undefined {
    return this.options.first.file;
  }

  /** What the balancer said changed: for the log, for the disk, and for requests that wait. */
  noteChanges(changes: readonly Change[]): void {
    this.observers.noteChanges(changes);
    this.state.look();
    this.handler.wake();
    this.onHealth(changes);
  }

  /** Reads the configuration anew; on any mistake the old one stays. */
  reload(reason: string): ReloadResult {
    const result = this.#reload(reason);
    const { diagnostics, needRestart } = { diagnostics: [], needRestart: [], ...result };
    this.#lastReload = { at: this.timing.now(), reason, isOk: result.ok, diagnostics, needRestart };
    return result;
  }

  #reload(reason: string): ReloadResult {
    const { load, logger, data } = this.options;
    const stored = storedKeysOf(data);
    this.#isStale = true;
    try {
      const fresh = () => load(stored);
      const facts = { old: this.#config, oldWarnings: this.#warnings, hasTokens: stored.hasTokens === true };
      const result = reloadConfig({ load: fresh, ...facts, logger, reason });
      // The text of the file has changed in any case.
      this.observers.live.noteChanged("config");
      if (!result.ok) return result;
      this.#use(result.config);
      this.#stored = stored.keys;
      this.#warnings = result.warnings;
      this.#isStale = false;
      this.observers.live.noteChanged("keys", "tokens", "proxies", "webhooks");
      this.onReload();
      return result;
    } catch (error: unknown) {
      return refuseReload(error, { logger, reason });
    }
  }

  /**
   * Changes the stored keys; on the disk and in effect when it resolves. A configuration that is wrong at the moment
   * stays as it is, but for the keys.
   * @throws UserError when the store cannot be written; nothing is changed then.
   */
  async changeKeys(edit: (keys: readonly StoredKey[]) => readonly StoredKey[]): Promise<void> {
    const { data, redactor } = this.options;
    await data.keyStore.change(edit);
    const known = new Set(this.#stored);
    const fresh = data.keyStore.keys.filter((key) => !known.has(key));
    // Before anything can speak of them.
    for await (const keys of inSlices(fresh)) redactor.addSecrets(keys.map(({ secret }) => secret));
    this.#useStored(data.keyStore.keys);
  }

  /** All of the configuration is read anew only where that can change more than the keys. */
  #useStored(keys: readonly StoredKey[]): void {
    if (keys === this.#stored) return;
    const mayMakeProviders = this.configFile === undefined && !haveSameProviders(keys, this.#stored);
    if ((this.#isStale || mayMakeProviders) && this.reload("keys").ok) return;
    const config = withStoredKeysOf(this.#config, keys);
    const changes = describeKeyChanges(this.#config, config);
    this.#use(config);
    this.#stored = keys;
    this.observers.live.noteChanged("keys");
    this.options.logger.info({ changes }, "Keys changed");
  }

  /** Takes over the health of an earlier process, before the first request. */
  restore(entries: readonly SavedEntry[]): void {
    const now = this.timing.now();
    this.balancer.restore(entries.filter(isOfBalancer), now);
    this.outbound.health.restore(entries.filter(isOutbound), now);
    this.tokens.restore(entries.filter(isToken), now);
    this.stoppedJobs.restore(entries.filter(isJob));
  }

  /** The way to a provider, also to one that is not configured yet. */
  transportOf(provider: ProviderConfig): Transport {
    return this.#transports.of(provider);
  }

  async close(): Promise<void> {
    void this.observers.live.end();
    this.reader.close();
    await this.#transports.closeAll();
  }

  /** One step: requests in flight keep what they began with, health stays with every key that still exists. */
  #use(config: Config): void {
    this.options.redactor.addSecrets(secretsOf(config));
    // What may fail comes first.
    const setup = this.#setup(config);
    const pools = this.#pools(config);
    const oldUrls = new Map(this.#config.providers.map(({ name, baseUrl }) => [name, baseUrl]));
    this.#config = config;
    this.options.data.sessions.configure(config.auth, this.options.isOffline);
    this.outbound.use(config);
    this.observers.use(config);
    this.options.logger.setLevel(config.logging.level);
    this.balancer.replacePools(pools, settingsOf(config), this.timing.now());
    this.tokens.configure(config.auth.clientTokens, config.prices);
    const unused = this.handler.use(setup);
    this.catalog.retain((name) => setup.providers.get(name)?.config.baseUrl === oldUrls.get(name));
    const proxies = new Set(this.outbound.proxies.values().map(({ url }) => url));
    this.#transports.retain({ providers: new Set(setup.providers.keys()), proxies }, unused).catch(() => {});
    this.state.look();
    this.onUse();
  }

  #createObservers(config: Config): Observers {
    const { catalog } = this;
    const standing = () => ({ inFlight: this.handler.inFlight, waiting: this.handler.queue.length });
    return new Observers({ ...this.options, config, catalog, schedule, standing });
  }

  #setup(config: Config): Setup {
    const providers = config.providers
      .filter(({ enabled }) => enabled)
      .map((provider) => buildProvider(provider, this.#transports.of(provider)));
    return buildSetup(config, providers, { catalog: this.catalog, bodies: this.#bodies, tokens: this.tokens });
  }

  #pools(config: Config) {
    return poolSpecs(config, (provider, model) => this.catalog.has(provider, model));
  }

  #createOutbound(config: Config): OutboundKeeper {
    const { now, random, logger } = this.options;
    const onNews = () => this.observers.live.noteChanged("proxies");
    return new OutboundKeeper(config, { now, random, logger, onNews, onChange: () => this.noteChanges([]) });
  }

  #createTransport({ name, ca }: ProviderConfig): Transport {
    const { now, random, demo } = this.options;
    if (demo && name === "demo") return createDemoTransport({ now, random, delay: (ms) => sleep(ms) });
    const trust = ca === undefined ? {} : { ca };
    return withDecoding(new OutboundTransport(this.outbound, (via) => createUndiciTransport({ ...trust, via })));
  }
}
