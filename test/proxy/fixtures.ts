// The whole proxy over scripted upstreams, with a clock, timers and dice that the test owns; no socket.
import { credentialOf, isAdminToken } from "../../src/admin/access/admin-token.ts";
import { Balancer } from "../../src/balancer/balancer.ts";
import type { Change } from "../../src/balancer/contract.ts";
import { poolSpecs } from "../../src/daemon/pool-specs.ts";
import { BufferPool } from "../../src/proxy/body/buffer-pool.ts";
import { ModelCatalog } from "../../src/proxy/models/model-catalog.ts";
import { ObjectOwners } from "../../src/proxy/objects/object-owners.ts";
import type { OperatorRequest } from "../../src/proxy/operator-request.ts";
import { ProxyHandler } from "../../src/proxy/proxy-handler.ts";
import { buildSetup, type Setup } from "../../src/proxy/setup.ts";
import type { Timing } from "../../src/proxy/timing.ts";
import type { Trace } from "../../src/proxy/trace.ts";
import { ClientTokens } from "../../src/tokens/client-tokens.ts";
import { buildProvider } from "../../src/upstream/build-provider.ts";
import {
  type Exchange,
  type HeaderList,
  isStreamed,
  type Transport,
  type TransportCall,
  type TransportEnd,
  type TransportEvents,
} from "../../src/upstream/transport.ts";
import { SETTINGS, START } from "../balancer/fixtures.ts";
import { loadValid } from "../config/load.ts";

/** A clock that stands still until it is moved. */
export class VirtualTime implements Timing {
  #now = START;
  readonly #timers = new Map<object, { readonly at: number; readonly run: () => void }>();
  dice = 0.5;

  readonly now = () => this.#now;
  readonly random = () => this.dice;
  readonly schedule = (delayMs: number, run: () => void) => {
    const id = {};
    this.#timers.set(id, { at: this.#now + delayMs, run });
    return () => void this.#timers.delete(id);
  };

  get pending(): number {
    return this.#timers.size;
  }

  /** Runs what is due on the way, in order, with everything that follows from it. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const next = [...this.#timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].run();
    }
    this.#now = until;
    await settle();
  }
}

/** Lets everything run that waits for no timer. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** One call of an upstream, played by hand. */
export class FakeCall implements Exchange {
  readonly call: TransportCall;
  readonly provider: string;
  readonly #events: TransportEvents;
  isPaused = false;
  isAborted = false;
  isOver = false;

  constructor(call: TransportCall, provider: string, events: TransportEvents) {
    this.call = call;
    this.provider = provider;
    this.#events = events;
  }

  /** The credential that it came with. */
  get key(): string {
    const at = this.call.headers.indexOf("authorization");
    return (this.call.headers[at + 1] ?? "").replace("Bearer ", "");
  }

  get body(): string {
    if (this.call.body === null) return "";
    if (isStreamed(this.call.body)) throw new Error("The body is streamed");
    return new TextDecoder().decode(this.call.body);
  }

  /** A connection is there. */
  sent(): this {
    this.#events.onSent?.();
    return this;
  }

  head(status: number, headers: Readonly<Record<string, string>> | HeaderList = {}): this {
    const list = Array.isArray(headers) ? headers : Object.entries(headers);
    if (!this.isOver) this.#events.onHead(status, list as HeaderList);
    return this;
  }

  data(bytes: string | Uint8Array): this {
    if (!this.isOver) this.#events.onData(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    return this;
  }

  end(end: TransportEnd = { kind: "complete" }): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#events.onEnd(end);
  }

  cut(cause = "CONNECTION_RESET"): void {
    this.end({ kind: "cut", cause });
  }

  neverSent(cause = "ECONNREFUSED"): void {
    this.end({ kind: "never-sent", cause });
  }

  json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.head(status, { "content-type": "application/json", ...headers })
      .data(typeof body === "string" ? body : JSON.stringify(body))
      .end();
  }

  /** Begins a stream of events. */
  stream(...events: readonly string[]): this {
    this.head(200, { "content-type": "text/event-stream" });
    for (const event of events) this.data(event);
    return this;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  abort(): void {
    if (this.isOver) return;
    this.isAborted = true;
    queueMicrotask(() => this.end({ kind: "aborted", cause: "aborted" }));
  }
}

export type Script = (call: FakeCall, index: number) => void;

/** One client request on its way. */
export interface Asked {
  readonly response: Promise<Response>;
  /** The client closes its connection. */
  leave(): void;
}

export interface AskInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** It is the operator's, and no client's. */
  readonly operator?: OperatorRequest;
}

/** A provider as it would stand in the config file. */
interface ProviderYaml {
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface WorldOptions {
  readonly providers: readonly ProviderYaml[];
  readonly rest?: object;
  readonly settings?: typeof SETTINGS;
}

/** As the daemon decides it, without its delays. */
function isAdmin({ headers }: Request, configured: string | undefined): boolean {
  return isAdminToken(credentialOf(headers), configured);
}

/** At its end everything must be at rest: no slot, timer, listener or body may be left. */
export class World implements AsyncDisposable {
  readonly time = new VirtualTime();
  readonly catalog = new ModelCatalog();
  readonly tokens = new ClientTokens(this.time.now);
  readonly owners = new ObjectOwners({ now: this.time.now });
  readonly balancer: Balancer;
  readonly handler: ProxyHandler;
  readonly setup: Setup;
  readonly calls: FakeCall[] = [];
  readonly traces: Trace[] = [];
  readonly changes: Change[] = [];
  readonly bugs: unknown[] = [];
  /** Plays each call; without it calls wait. */
  script: Script = () => {};
  #asked = 0;
  #listeners = 0;
  ownPath = new Response("own");
  /** What a control operation is answered. */
  adminAnswer = (name: string) => Response.json({ name });

  constructor({ providers, rest = {}, settings = SETTINGS }: WorldOptions) {
    const { config } = loadValid({ yaml: JSON.stringify({ providers, ...rest }) });
    this.tokens.configure(config.auth.clientTokens, config.prices);
    const built = config.providers.map((provider) => buildProvider(provider, this.#transport(provider.name)));
    this.setup = buildSetup(config, built, { catalog: this.catalog, bodies: new BufferPool(0), tokens: this.tokens });
    const isListed = (provider: string, model: string) => this.catalog.has(provider, model);
    this.balancer = new Balancer(poolSpecs(config, isListed), settings, this.time.random);
    this.handler = new ProxyHandler(this.setup, {
      balancer: this.balancer,
      catalog: this.catalog,
      tokens: this.tokens,
      owners: this.owners,
      timing: this.time,
      redact: (text) => text,
      onChanges: (changes) => void this.changes.push(...changes),
      onTrace: (trace) => void this.traces.push(structuredClone(trace)),
      onBug: (error) => void this.bugs.push(error),
      ownPaths: {
        health: () => this.ownPath,
        ready: () => this.ownPath,
        metrics: () => Promise.resolve(this.ownPath),
        adminRead: () => this.ownPath,
        admit: ({ request }) => ({ kind: isAdmin(request, config.auth.adminToken) ? "admitted" : "refused" }),
        admin: (path, asked) => {
          if (!isAdmin(asked.request, config.auth.adminToken))
            return Promise.resolve(asked.unauthorized("who are you"));
          return Promise.resolve(this.adminAnswer(path.kind === "admin-api" ? path.name : path.below));
        },
      },
    });
  }

  get trace(): Trace {
    const last = this.traces.at(-1);
    if (last === undefined) throw new Error("No request has ended");
    return last;
  }

  /** The last call. */
  get call(): FakeCall {
    const last = this.calls.at(-1);
    if (last === undefined) throw new Error("No call was made");
    return last;
  }

  get slots(): number {
    return this.balancer
      .report(this.time.now())
      .flatMap(({ keys }) => keys)
      .reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /** Sends a request; a body is sent as JSON unless it is a string; a stream has no length unless a header states it. */
  ask(target: string, body?: unknown, init: AskInit = {}): Asked {
    const isStream = body instanceof ReadableStream;
    const [method = body === undefined ? "GET" : "POST", path = target] = /^[A-Z]+ /.test(target)
      ? target.split(" ", 2)
      : [init.method, target];
    const text = body === undefined || isStream ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const controller = new AbortController();
    const headers = {
      host: "localhost",
      ...(text !== undefined && {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(text)),
      }),
      ...init.headers,
    };
    const request = new Request(`http://localhost${path}`, {
      method,
      headers,
      signal: controller.signal,
      ...(text !== undefined && { body: text }),
      ...(isStream && { body }),
    });
    this.#countListeners(request.signal);
    this.#asked += 1;
    const peer = { address: "127.0.0.1", liftIdleTimeout: () => {}, restoreIdleTimeout: () => {} };
    const { operator } = init;
    const response = operator ? this.handler.handleOperator(request, operator) : this.handler.handle(request, peer);
    return { response, leave: () => controller.abort() };
  }

  /** Asks and reads the whole answer, moving no clock. */
  async read(target: string, body?: unknown, init?: AskInit) {
    const response = await this.ask(target, body, init).response;
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await settle();
    const left = {
      slots: this.slots,
      inFlight: this.handler.inFlight,
      timers: this.time.pending,
      listeners: this.#listeners,
      bodies: this.setup.bodies.usedBytes,
      bugs: this.bugs.length,
      running: this.calls.filter(({ isOver }) => !isOver).length,
      untraced: this.#asked - this.traces.length,
    };
    const wrong = Object.entries(left).filter(([, count]) => count !== 0);
    if (wrong.length > 0) throw new Error(`Not at rest: ${JSON.stringify(Object.fromEntries(wrong))} ${this.bugs[0]}`);
  }

  #countListeners(signal: AbortSignal): void {
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    const known = new Set<unknown>();
    const note = () => {
      this.#listeners -= known.size;
      known.clear();
    };
    add("abort", note);
    signal.addEventListener = (type: string, run: () => void, options?: AddEventListenerOptions) => {
      if (!known.has(run)) this.#listeners += 1;
      known.add(run);
      add(type as "abort", run, options);
    };
    signal.removeEventListener = (type: string, run: () => void) => {
      if (known.delete(run)) this.#listeners -= 1;
      remove(type as "abort", run);
    };
  }

  #transport(provider: string): Transport {
    return {
      start: (call, events) => {
        const fake = new FakeCall(call, provider, events);
        const index = this.calls.push(fake) - 1;
        queueMicrotask(() => {
          if (!fake.isOver && !fake.isAborted) this.script(fake, index);
        });
        return fake;
      },
      close: async () => {},
    };
  }
}

/** A provider `p` with so many keys, whose secrets are `sk-fake-p-0`, … */
export function provider(name: string, keys = 1, fields: object = {}): ProviderYaml {
  const api_keys = Array.from({ length: keys }, (_, i) => `sk-fake-${name}-${i}`);
  return { name, base_url: `https://${name}.example/v1`, api_keys, ...fields };
}

/** A world of one provider `p`. */
export function worldOf(keys = 1, fields: object = {}, rest: object = {}): World {
  return new World({ providers: [provider("p", keys, fields)], rest });
}

/** A world in which the model `any` is at `p`, then at `q`. */
export function fallbackWorld(fields: object = {}, keys = 1): World {
  return new World({
    providers: [provider("p", keys, fields), provider("q", keys, fields)],
    rest: { models: { any: ["p/m", "q/m"] } },
  });
}

export const CHAT = "/v1/chat/completions";
export const ASK = { model: "m", messages: [] };
export const ASK_STREAM = { ...ASK, stream: true };
export const OK = { id: "chatcmpl-1", choices: [{ index: 0, message: { content: "hi" }, finish_reason: "stop" }] };
export const FAULT = { error: { message: "broken", type: "server_error", code: null } };
export const LIMITED = { error: { message: "slow down", type: "requests", code: "rate_limit_exceeded" } };
export const DEAD_KEY = { error: { message: "no", type: "invalid_request_error", code: "invalid_api_key" } };
export const NO_CREDIT = { error: { message: "no", type: "insufficient_quota", code: "insufficient_quota" } };

export function chatEvent(delta: object, finish: string | null = null): string {
  return `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
}

export const ROLE = chatEvent({ role: "assistant" });
export const WORD = chatEvent({ content: "hi" });
export const STOP = chatEvent({}, "stop");
export const DONE = "data: [DONE]\n\n";

/** Answers every call with the same script. */
export const answers =
  (status: number, body: unknown, headers?: Readonly<Record<string, string>>): Script =>
  (call) =>
    call.json(status, body, headers);

/** Plays the scripts in order, the last one for all that follow. */
export function inTurn(...scripts: readonly Script[]): Script {
  return (call, index) => scripts[Math.min(index, scripts.length - 1)]?.(call, index);
}
