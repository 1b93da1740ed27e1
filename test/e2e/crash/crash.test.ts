// kill -9 at random moments: the daemon starts every time, and what was acknowledged or known for long enough is back.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import type { KeyRow } from "../../../src/admin/key-rows.ts";
import { errorJson, noCredit, rateLimited, unauthorized } from "../../fixture/behaviours.ts";
import { type Home, newHome } from "../../fixture/home.ts";
import { openai } from "../../fixture/openai-answers.ts";
import { type Random, seededRandom } from "../../fixture/random.ts";
import { fakeSecret } from "../../fixture/secrets.ts";
import { type Behaviour, type Call, startUpstream } from "../../fixture/upstream.ts";
import { Fleet, KINDS, type Kind } from "./fleet.ts";
import type { Margins } from "./ledger.ts";

const KILLS = Number(process.env.OPENAI_BALANCE_KILLS ?? 8);
/** Repeats a run, as far as processes can be repeated. */
const SEED = Number(process.env.OPENAI_BALANCE_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** What the design promises; a machine that runs other things besides needs more time for the same. */
const STRICT: Margins = { lastingMs: 100, passingMs: 2_000 };
const GENEROUS: Margins = { lastingMs: 1_000, passingMs: 5_000 };
const MARGINS = process.env.OPENAI_BALANCE_STRICT === "1" ? STRICT : GENEROUS;
/** What requests find out in a life without commands. */
const UNKNOWN: readonly Kind[] = ["dead", "tired", "empty", "tired", "slow", "tired", "dead", "tired"];

setDefaultTimeout(60_000 + KILLS * 15_000);

/** So many that all else was found out before: what passes must not be saved by the way. */
const CALLS_UNTIL_TIRED = 30;
const callsOfTired = new Map<string | undefined, number>();

const BEHAVIOURS: Readonly<Record<Kind, Behaviour>> = {
  good: openai,
  dead: unauthorized,
  empty: noCredit,
  slow: rateLimited(900),
  tired: (call) => {
    const calls = (callsOfTired.get(call.key) ?? 0) + 1;
    callsOfTired.set(call.key, calls);
    return calls <= CALLS_UNTIL_TIRED ? openai(call) : rateLimited(50)(call);
  },
};

const upstream = startUpstream({
  otherwise: (call) => BEHAVIOURS[kindOf(call)](call),
  // A list of models must not tell the daemon anew what it forgot.
  listing: () => errorJson(400, null, "There is no list"),
});
afterAll(() => upstream[Symbol.asyncDispose]());

test(`${KILLS} times kill -9, seed ${SEED}`, async () => {
  const random = seededRandom(SEED);
  await using home = await newHome();
  const api_keys = ["good_a", "good_b"].map((name) => ({ key: fakeSecret(`crash_${name}`), name }));
  await home.configure({ providers: [{ name: "main", base_url: upstream.url, api_keys }] });
  const fleet = new Fleet(home, random);
  await fleet.add(KINDS);
  let crashedAt = Date.now();
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const daemon = await home.serve();
    await fleet.settled();
    await expectAllBack(home, fleet, { crashedAt, place: `before kill ${kill}, seed ${SEED}` });
    expect(daemon.logs()).not.toContain("  warning ");
    const { isQuiet, ms } = lifeOf(kill, random);
    if (isQuiet) await fleet.add(UNKNOWN);
    const loaded = fleet.load(daemon, isQuiet);
    await Bun.sleep(ms);
    fleet.halt();
    crashedAt = Date.now();
    await daemon.kill();
    await loaded;
    await killWhatStarts(home, fleet, random);
  }
  await fleet.settled();
  await home.serve();
  await expectAllBack(home, fleet, { crashedAt, place: `at the end, seed ${SEED}` });
  const { counts } = fleet.ledger;
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  if (process.env.OPENAI_BALANCE_KILLS !== undefined) process.stderr.write(`${JSON.stringify({ SEED, ...counts })}\n`);
});

/**
 * Short lives full of commands; every third without, long enough for what lasts to be owed, every eighth for all. The
 * moment of the end is random by the clock: that is what is tested.
 */
function lifeOf(kill: number, random: Random): { readonly isQuiet: boolean; readonly ms: number } {
  const beyondMs = random.between(300, 900);
  if (kill === KILLS || kill % 8 === 0) return { isQuiet: true, ms: MARGINS.passingMs + beyondMs };
  if (kill % 3 === 0) return { isQuiet: true, ms: MARGINS.lastingMs + beyondMs };
  return { isQuiet: false, ms: random.between(0, 900) };
}

/** While no daemon runs: a command that is killed, a daemon that is killed as it starts. */
async function killWhatStarts(home: Home, fleet: Fleet, random: Random): Promise<void> {
  if (random.isLucky(0.5)) await fleet.addAndKill(random.between(1, 400));
  if (!random.isLucky(0.3)) return;
  const starting = home.start(["serve", "--port", "0"]);
  await Bun.sleep(random.between(0, 500));
  starting.kill("SIGKILL");
  await starting.ended;
}

async function expectAllBack(
  home: Home,
  { ledger, faults }: Fleet,
  { crashedAt, place }: { readonly crashedAt: number; readonly place: string },
): Promise<void> {
  const { keys } = await home.json<{ keys: readonly KeyRow[] }>(["keys", "list"]);
  const lost = ledger.check(keys, crashedAt, Date.now(), MARGINS);
  expect({ place, lost, faults }).toEqual({ place, lost: [], faults: [] });
}

function kindOf({ key }: Call): Kind {
  return (/crash_([a-z]+)_/.exec(key ?? "")?.[1] ?? "good") as Kind;
}
