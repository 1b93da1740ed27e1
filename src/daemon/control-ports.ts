// What the control operations act on: an instance, and the daemon that runs on it, if one does.
import { join } from "node:path";
import type { DaemonPort } from "../admin/daemon-port.ts";
import type { Explained, ExplainQuestion } from "../admin/explain-port.ts";
import type { JobsPort } from "../admin/jobs-port.ts";
import { KeyOrders } from "../admin/key-orders.ts";
import type { ControlPorts, KeysPort, KeyTester, LogQuestion, LogsPort, ModelsPort } from "../admin/ports.ts";
import type { KeyPlace } from "../balancer/contract.ts";
import type { ProviderConfig } from "../config/config.ts";
import { storedKeyConfig } from "../config/normalise-keys.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { EXIT } from "../core/exit-codes.ts";
import { ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { pause } from "../proxy/waiting/pause.ts";
import { logFilter } from "../storage/log-filter.ts";
import { LogReader, lastMatches } from "../storage/log-reader.ts";
import { FOLDER_FILES } from "../storage/open-folder.ts";
import { buildProvider } from "../upstream/build-provider.ts";
import { tokensPort } from "./change-tokens.ts";
import { chatPort } from "./chat-port.ts";
import { storedKeysOf } from "./data.ts";
import { explainRequest } from "./explain-request.ts";
import { healthPort } from "./health-port.ts";
import type { Instance } from "./instance.ts";
import { InstanceJobs } from "./jobs/instance-jobs.ts";
import { type ModelList, modelEntries } from "./list-models.ts";
import { refreshModels } from "./model-refresh.ts";
import { proxiesPort } from "./proxies-port.ts";
import { recordsPort } from "./records/records-port.ts";
import { settingsPort } from "./settings-port.ts";
import { callWith, testCall } from "./test-calls.ts";
import { webhooksPort } from "./webhooks-port.ts";

/** `daemon`: undefined where none runs. */
export function controlPorts(
  instance: Instance,
  daemon?: DaemonPort,
  jobs: JobsPort = new InstanceJobs(instance).jobs,
): ControlPorts {
  const { timing, balancer, options } = instance;
  return {
    version: options.version,
    now: timing.now,
    config: () => instance.config,
    configFile: () => instance.configFile,
    pools: () => balancer.summarize(timing.now()),
    glance: () => balancer.glance(timing.now()),
    key: (place) => balancer.reportKey(place, timing.now()),
    keys: keysPort(instance),
    keyOrders: new KeyOrders({
      now: timing.now,
      revision: () => balancer.revision.lasting + balancer.revision.passing,
    }),
    tokens: tokensPort(instance),
    sessions: options.data.sessions,
    health: healthPort(instance),
    models: modelsPort(instance),
    explain: (question) => explainNow(question, instance, daemon !== undefined),
    chat: chatPort(instance),
    test: (target, signal) => testCall(target, instance, signal),
    settings: settingsPort(instance),
    proxies: proxiesPort(instance),
    webhooks: webhooksPort(instance),
    jobs,
    logs: logsPort(instance),
    records: recordsPort(instance),
    live: instance.observers.live,
    daemon,
  };
}

function explainNow(question: ExplainQuestion, instance: Instance, isDaemon: boolean): Explained {
  const { handler, catalog, balancer, objects, tokens, timing } = instance;
  // A daemon has done so at its start.
  if (!isDaemon) objects.restore();
  return explainRequest(question, { handler, catalog, balancer, admission: tokens.admission, now: timing.now() });
}

function keysPort(instance: Instance): KeysPort {
  const { keyStore } = instance.options.data;
  return {
    list: () => keyStore.keys,
    get fault() {
      return keyStore.fault;
    },
    change: (edit) => instance.changeKeys(edit),
    hasPlaceFor: (key) => providerWith(key, instance) !== undefined,
    tester: () => keyTester(instance),
    forget: async (keys: readonly KeyPlace[]) => {
      instance.balancer.forget(keys);
      // The keys are gone from the store already; what is left of their health says nothing to anybody.
      await instance.state.save().catch(() => {});
    },
    rotate: (given) => keyStore.rotate(given),
    get isMasterGiven() {
      return keyStore.isMasterGiven;
    },
  };
}

/**
 * What the calls meet counts for nobody's health. Thousands of keys may be tested, and to read the configuration takes
 * long with many keys: it is read once for each provider.
 */
function keyTester(instance: Instance): KeyTester {
  const configs = new Map<string, ProviderConfig>();
  return async (key, signal) => {
    instance.options.redactor.addSecrets([key.secret]);
    const config = configs.get(key.provider) ?? providerWith(key, instance);
    const provider = config && buildProvider({ ...config, keys: [storedKeyConfig(key)] }, instance.transportOf(config));
    const found = provider?.keys.values().next().value;
    if (provider === undefined || found === undefined) {
      throw new UserError(
        "Cannot test the key: the configuration is wrong at present; openai-balance config check says why",
        EXIT.failed,
      );
    }
    configs.set(key.provider, provider.config);
    return callWith(provider, found, provider.config.testModel, { instance, signal, isForHealth: false });
  };
}

/** The provider of a key as it would be if the key were stored. */
function providerWith(key: StoredKey, { options: { load, data } }: Instance): ProviderConfig | undefined {
  const stored = storedKeysOf(data);
  const loaded = load({ ...stored, keys: [...stored.keys, key] });
  return loaded.ok ? loaded.config.providers.find(({ name }) => name === key.provider) : undefined;
}

/** Lists that are not known yet are fetched: whoever asks for them wants them. */
function modelsPort(instance: Instance): ModelsPort {
  return {
    list: async (provider, signal) => {
      const { setup, loop } = instance.handler;
      const { catalog } = instance;
      const unknown = [...setup.providers.values()].filter(({ config }) => catalog.listOf(config.name) === undefined);
      const wanted = unknown.filter(({ config }) => provider === undefined || config.name === provider);
      await Promise.all(wanted.map((found) => refreshModels(found, { catalog, loop, signal })));
      // A list that was broken off is not unavailable.
      signal.throwIfAborted();
      return shownModels(modelEntries(provider, setup, catalog), instance);
    },
  };
}

/** A provider may list anything as a model, what it was asked with, too. */
function shownModels({ models, unavailable }: ModelList, { options: { redactor } }: Instance): ModelList {
  const shown = (text: string) => redactor.redactKnown(text);
  const entries = models.map(({ id, kind, route }) => ({
    id: shown(id),
    kind,
    route: route.map((tier) => tier.map(shown)),
  }));
  return { models: entries, unavailable };
}

function logsPort({ options, timing }: Instance): LogsPort {
  const path = join(options.data.folder.path, FOLDER_FILES.log);
  const wait = (ms: number, signal: AbortSignal) => pause(ms, signal, timing.schedule);
  return { read: (query, signal) => readLog(path, query, { signal, pause: wait }) };
}

interface ReadOptions {
  readonly signal: AbortSignal;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** @throws UserError when the log cannot be read. */
export async function* readLog(
  path: string,
  { last = Number.POSITIVE_INFINITY, follow, ...query }: LogQuestion,
  options: ReadOptions,
): AsyncGenerator<string> {
  await using reader = new LogReader(path);
  const isMeant = logFilter(query);
  try {
    for (const { text } of await lastMatches(reader.unread(), last, isMeant)) yield text;
    if (follow !== true) return;
    for await (const { text, record } of reader.follow(options)) if (isMeant(record)) yield text;
  } catch (error: unknown) {
    if (options.signal.aborted) return;
    throw new UserError(`Cannot read ${path}: ${ioFault(error)}`, EXIT.failed, { cause: error });
  }
}
