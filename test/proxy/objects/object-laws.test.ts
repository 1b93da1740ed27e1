// Whatever is made, asked for, disabled and restarted: an object is served as long as a key of its account is there.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { OwnerChange } from "../../../src/proxy/objects/object-owners.ts";
import { type FakeCall, provider, World } from "../fixtures.ts";

/** The account of each key; equal letters share objects, and say so by a quota group where `isTold`. */
interface Setting {
  readonly accounts: readonly string[];
  readonly isTold: boolean;
}

type Step =
  | { readonly kind: "respond"; readonly after: number | undefined; readonly isStream: boolean }
  | { readonly kind: "upload" }
  | { readonly kind: "get"; readonly object: number }
  | { readonly kind: "toggle"; readonly key: number }
  | { readonly kind: "restart" }
  | { readonly kind: "forget" };

const object = fc.nat({ max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("respond" as const),
      after: fc.option(object, { nil: undefined }),
      isStream: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("upload" as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("get" as const), object }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("toggle" as const), key: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "forget" as const }) },
);
const setting = fc.record({
  accounts: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 2, maxLength: 5 }),
  isTold: fc.boolean(),
});

/** A provider with several accounts, and what its clients know of it. */
class Play {
  readonly #setting: Setting;
  readonly #ids: string[] = [];
  readonly #accountOf = new Map<string, string>();
  readonly #isOut = new Set<number>();
  readonly #kept = new Map<string, OwnerChange>();
  /** Objects whose maker the daemon was told, and not made to forget. */
  readonly #known = new Set<string>();
  world: World;

  constructor(given: Setting) {
    this.#setting = given;
    this.world = this.#begin();
  }

  async run(next: Step): Promise<void> {
    switch (next.kind) {
      case "respond":
        return this.#respond(next.after, next.isStream);
      case "upload":
        return this.#made(await this.#ask("POST /v1/files", {}));
      case "get":
        return this.#get(next.object);
      case "toggle":
        return this.#toggle(next.key);
      case "restart":
        return this.#restart(true);
      case "forget":
        return this.#restart(false);
      default:
        return next satisfies never;
    }
  }

  #begin(): World {
    const { accounts, isTold } = this.#setting;
    const api_keys = accounts.map((account, i) => ({ key: `sk-fake-p-${i}`, ...(isTold && { quota_group: account }) }));
    const world = new World({ providers: [provider("p", 0, { api_keys })] });
    world.script = (call) => this.#answer(call);
    return world;
  }

  #answer(call: FakeCall): void {
    const account = this.#setting.accounts[Number(call.key.slice(-1))] ?? "";
    const { path, method } = call.call;
    const body = call.body === "" ? {} : JSON.parse(call.body);
    const named = method === "GET" ? path.split("/").at(-1) : body.previous_response_id;
    if (named !== undefined && this.#accountOf.get(named) !== account) {
      call.json(404, { error: { message: `No ${named}`, code: null } });
    } else if (method === "GET") call.json(200, { id: named });
    else this.#make(call, account, body.stream === true);
  }

  #make(call: FakeCall, account: string, isStream: boolean): void {
    const id = `${call.call.path.includes("files") ? "file-" : "resp_"}${this.#ids.length}`;
    this.#accountOf.set(id, account);
    if (!isStream) {
      call.json(200, { id, output: [] });
      return;
    }
    const event = (type: string) => `data: ${JSON.stringify({ type, response: { id, output: [] } })}\n\n`;
    call.stream(event("response.created"), event("response.completed")).end();
  }

  async #ask(target: string, body?: unknown) {
    const before = this.world.calls.length;
    const { status, text } = await this.world.read(target, body);
    const id = /"id":"((?:resp_|file-)\d+)"/.exec(text)?.[1];
    return { status, id, calls: this.world.calls.length - before };
  }

  async #made({ status, id }: { readonly status: number; readonly id: string | undefined }): Promise<void> {
    const isAnyLeft = this.#isOut.size < this.#setting.accounts.length;
    expect(status).toBe(isAnyLeft ? 200 : 503);
    if (id === undefined) return;
    this.#ids.push(id);
    this.#known.add(id);
  }

  async #respond(after: number | undefined, isStream: boolean): Promise<void> {
    const previous = after === undefined ? undefined : this.#ids[after];
    const body = { model: "m", input: "x", ...(isStream && { stream: true }) };
    if (previous === undefined) return this.#made(await this.#ask("POST /v1/responses", body));
    const answer = await this.#ask("POST /v1/responses", { ...body, previous_response_id: previous });
    this.#check(previous, answer);
    if (answer.status === 200) await this.#made(answer);
  }

  async #get(index: number): Promise<void> {
    const id = this.#ids[index];
    if (id !== undefined)
      this.#check(id, await this.#ask(`GET /v1/${id.startsWith("file-") ? "files" : "responses"}/${id}`));
  }

  #check(id: string, { status, calls }: { readonly status: number; readonly calls: number }): void {
    const { accounts } = this.#setting;
    const account = this.#accountOf.get(id);
    const isServed = accounts.some((each, key) => each === account && !this.#isOut.has(key));
    const isKnown = this.#known.has(id);
    if (isServed) expect(status).toBe(200);
    // While nobody is left that could be asked, nothing more can be said than that.
    else if (isKnown) expect(status).toBe(409);
    else expect([404, 503]).toContain(status);
    if (status === 200) this.#known.add(id);
    // Among accounts that are told apart, nothing is looked for that is known.
    if (isServed && isKnown && this.#setting.isTold) expect(calls).toBe(1);
    expect(calls).toBeLessThanOrEqual(accounts.length);
  }

  async #toggle(key: number): Promise<void> {
    const keyId = this.world.setup.providers.get("p")?.config.keys[key]?.id;
    if (keyId === undefined) return;
    const isOut = !this.#isOut.delete(key);
    if (isOut) this.#isOut.add(key);
    this.world.balancer.setDisabled([{ provider: "p", keyId }], isOut, this.world.time.now());
    // Nobody is asked for a minute what nobody had.
    await this.world.time.advance(60_000);
  }

  async #restart(isKept: boolean): Promise<void> {
    const old = this.world;
    const now = old.time.now();
    for (const id of this.#ids) {
      const owner = old.owners.ownerOf(id);
      if (owner !== undefined) this.#kept.set(id, { id, owner, expiresAt: now + 1e9 });
    }
    await old[Symbol.asyncDispose]();
    this.world = this.#begin();
    const rows = [...this.#kept.values()].flatMap(({ id, owner, expiresAt }) =>
      owner === undefined ? [] : { id, ...owner, expiresAt },
    );
    if (isKept) this.world.owners.load(rows);
    else this.#known.clear();
    if (!isKept) this.#kept.clear();
    const keys = this.world.setup.providers.get("p")?.config.keys ?? [];
    const out = keys.filter((_, key) => this.#isOut.has(key)).map(({ id: keyId }) => ({ provider: "p", keyId }));
    this.world.balancer.setDisabled(out, true, this.world.time.now());
  }
}

test("an object is served while a key of its account is there, and its client is told when none is", async () => {
  await fc.assert(
    fc.asyncProperty(setting, fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), async (given, steps) => {
      const play = new Play(given);
      try {
        for (const next of steps) await play.run(next);
      } finally {
        await play.world[Symbol.asyncDispose]();
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);
