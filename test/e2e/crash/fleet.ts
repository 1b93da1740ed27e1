// The load under which a daemon is killed: requests, commands that change keys, and one who looks on.
import type { KeyRow } from "../../../src/admin/key-rows.ts";
import { keyIdOf } from "../../../src/core/ids.ts";
import { chat } from "../../fixture/client.ts";
import type { Daemon } from "../../fixture/daemon.ts";
import type { Home } from "../../fixture/home.ts";
import type { Run } from "../../fixture/program.ts";
import type { Random } from "../../fixture/random.ts";
import { fakeSecret } from "../../fixture/secrets.ts";
import { type Change, Ledger } from "./ledger.ts";

/** How a key behaves at the provider; it stands in its name. */
export const KINDS = ["good", "dead", "empty", "slow", "tired"] as const;

export type Kind = (typeof KINDS)[number];

const CHANGES: readonly Change[] = ["add", "add", "remove", "disable", "enable"];
const MODELS = ["gpt-4o-mini", "gpt-4o"];
const CLIENTS = 3;
const COMMANDS = 2;
/** Between two requests of a client: the daemon is in use, not at its limit. */
const REST_MS = 5;
const LOOK_EVERY_MS = 20;

/** `isCutOff`: the command, or the daemon that it spoke to, was killed meanwhile. */
interface Ended extends Run {
  readonly isCutOff: boolean;
}

export class Fleet {
  readonly ledger = new Ledger();
  readonly faults: string[] = [];
  readonly #home: Home;
  readonly #random: Random;
  readonly #commands = new Set<Promise<void>>();
  #added = 0;
  #isCalm = true;
  /** Grows with each crash. */
  #life = 0;

  constructor(home: Home, random: Random) {
    this.#home = home;
    this.#random = random;
  }

  /**
   * Loads a daemon until `halt`; the promise ends when requests and looks have. `isQuiet`: without commands, since each
   * of them saves what requests found out.
   */
  async load(daemon: Daemon, isQuiet: boolean): Promise<void> {
    this.#isCalm = false;
    const requests = Array.from({ length: CLIENTS }, () => this.#repeat(() => this.#request(daemon)));
    const commands = Array.from({ length: isQuiet ? 0 : COMMANDS }, () => this.#repeat(() => this.command()));
    for (const running of commands) this.#track(running);
    await Promise.all([...requests, this.#repeat(() => this.#look())]);
  }

  /** Nothing new begins; commands that are under way go on. */
  halt(): void {
    this.#isCalm = true;
    this.#life += 1;
  }

  /** Resolves once no command is under way. */
  async settled(): Promise<void> {
    while (this.#commands.size > 0) await Promise.all(this.#commands);
  }

  /** One change by command. */
  async command(): Promise<void> {
    const { ledger } = this;
    const change = this.#random.pick(CHANGES) ?? "add";
    const id = this.#random.pick(ledger.idle);
    if (change === "add" || id === undefined) return this.add(this.#someKinds());
    ledger.begin(change, id, id);
    const life = this.#life;
    const run = await this.#home.run(["keys", change, id, ...(change === "remove" ? ["--yes"] : [])]);
    this.#end(change, [id], { ...run, isCutOff: life !== this.#life });
  }

  /** A command that is killed on its way. */
  async addAndKill(afterMs: number): Promise<void> {
    await this.add(this.#someKinds(), afterMs);
  }

  async add(kinds: readonly Kind[], killAfterMs?: number): Promise<void> {
    const names = kinds.map((kind) => this.#nextName(kind));
    const secrets = names.map((name) => fakeSecret(`crash_${name}`));
    const ids = secrets.map((secret) => keyIdOf("main", secret));
    for (const [index, id] of ids.entries()) this.ledger.begin("add", id, names[index] ?? "");
    const input = JSON.stringify(secrets.map((key, index) => ({ key, name: names[index] })));
    const life = this.#life;
    const adding = this.#home.start(["keys", "add", "--provider", "main"], { input });
    if (killAfterMs !== undefined) {
      await Bun.sleep(killAfterMs);
      adding.kill("SIGKILL");
    }
    const run = await adding.ended;
    this.#end("add", ids, { ...run, isCutOff: killAfterMs !== undefined || life !== this.#life });
  }

  #end(change: Change, ids: readonly string[], { exitCode, stderr, isCutOff }: Ended): void {
    for (const id of ids) this.ledger.end(change, id, exitCode === 0);
    const isFault = /damaged|cannot be opened/.test(stderr) || (exitCode !== 0 && !isCutOff);
    if (isFault) this.faults.push(`keys ${change} ended with ${exitCode}: ${stderr}`);
  }

  async #request(daemon: Daemon): Promise<void> {
    const model = this.#random.pick(MODELS);
    const answer = await daemon.ask("/v1/chat/completions", chat({ model })).catch(() => undefined);
    const isFault = answer !== undefined && answer.status !== 200;
    if (isFault) this.faults.push(`a request was answered with ${answer.status}: ${answer.text}`);
    await Bun.sleep(REST_MS);
  }

  async #look(): Promise<void> {
    const found = await this.#home
      .control()
      .call("keys.list", {})
      .catch(() => undefined);
    if (found !== undefined) this.ledger.observe(found.keys as readonly KeyRow[], Date.now());
    await Bun.sleep(LOOK_EVERY_MS);
  }

  async #repeat(step: () => Promise<void>): Promise<void> {
    while (!this.#isCalm) await step();
  }

  #track(running: Promise<void>): void {
    const tracked = running.finally(() => this.#commands.delete(tracked));
    this.#commands.add(tracked);
  }

  #someKinds(): readonly Kind[] {
    return Array.from({ length: this.#random.between(1, 3) }, () => this.#random.pick(KINDS) ?? "good");
  }

  #nextName(kind: Kind): string {
    this.#added += 1;
    return `${kind}_${this.#added}`;
  }
}
