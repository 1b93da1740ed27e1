// Every operation of the OpenAI API after a failed attempt: sent again, with another key, or not at all.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import OpenAI from "openai";
import { serverError, unauthorized } from "../fixture/behaviours.ts";
import { readOpenAiOperations } from "../fixture/openai-operations.ts";
import { exerciseOf, expectRelayed, kindsOf, startOperationLab } from "../fixture/operation-lab.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import type { Behaviour } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

/** The model list is answered by the daemon. */
const ROWS = readOpenAiOperations().filter(({ method, path }) => method !== "GET" || !path.startsWith("/models"));

/** Each has a provider of its own, so that none meets the health that another one left. */
const REFUSED = ROWS.filter(({ key }) => key === "any")
  .flatMap((row) => kindsOf(row).map((kind) => [row, kind] as const))
  .map(([row, kind], index) => {
    const keys = ["first", "second"].map((name) => fakeSecret(`refused_${index}_${name}`));
    return exerciseOf(row, kind, { label: "refused", prefix: `/refused-${index}`, keys });
  });
const FAULTY = ROWS.map((row, index) =>
  exerciseOf(row, kindsOf(row)[0], {
    label: "faulty",
    prefix: `/faulty-${index}`,
    keys: [fakeSecret(`faulty_${index}`)],
  }),
);
/** They make something, for which the account of any key will do, or change what one account is. */
const MAKING = ROWS.filter(({ method, path, key }) => key === "one" && method === "POST" && !path.includes("{")).map(
  (row, index) => {
    const keys = ["first", "second"].map((name) => fakeSecret(`making_${index}_${name}`));
    return exerciseOf(row, kindsOf(row)[0], { label: "making", prefix: `/making-${index}`, keys });
  },
);
const SETS_UP_ACCOUNT = /^\/(?:organization|projects|webhook_endpoints)\b/;
const WANTS_ADMIN_KEY = /^\/(?:organization|projects)\b/;
const ALL = [...REFUSED, ...FAULTY, ...MAKING];

const lab = await startOperationLab({
  exercises: ALL,
  config: (base_url) => ({
    providers: ALL.map(({ prefix, keys }) => ({
      name: prefix.slice(1),
      base_url,
      api_keys: keys,
      strategy: "fill_first",
    })),
  }),
  keys: {
    ...Object.fromEntries([...REFUSED, ...MAKING].map(({ keys }) => [keys[0], () => unauthorized])),
    ...Object.fromEntries(FAULTY.map(({ keys }) => [keys[0], afterOneFault])),
  },
});
afterAll(() => lab[Symbol.asyncDispose]());

describe("is sent with the second key when the first is refused", () => {
  test.each(REFUSED)("$id", (one) => {
    const outcome = lab.outcomeOf(one);
    expect(outcome.calls.map(({ key }) => key)).toEqual([...one.keys]);
    for (const call of outcome.calls) expectRelayed(one, outcome, call);
  });
});

describe("is done with another account when the stateful key is refused, unless it sets up the account", () => {
  test.each(MAKING)("$id", (one) => {
    const outcome = lab.outcomeOf(one);
    const asked = outcome.calls.map(({ key }) => key);
    if (!SETS_UP_ACCOUNT.test(one.row.path)) return expect(asked).toEqual([...one.keys]);
    expect(asked).toEqual([one.keys[0]]);
    // What wants an admin key says so itself: nobody is to blame, and no other key may do it.
    const refusal = WANTS_ADMIN_KEY.test(one.row.path) ? { status: 401 } : { status: 503, code: "no_usable_key" };
    expect(outcome.value).toMatchObject(refusal);
  });
});

describe("is sent again after an error of the server, if it changes nothing", () => {
  test.each(FAULTY)("$id", (one) => {
    const outcome = lab.outcomeOf(one);
    expect(outcome.calls).toHaveLength(one.row.sent === "repeat" ? 2 : 1);
    if (one.row.sent === "once") return expect(outcome.value).toBeInstanceOf(OpenAI.InternalServerError);
    for (const call of outcome.calls) expectRelayed(one, outcome, call);
  });
});

/** The first call meets an error of the server, the next ones do not. */
function afterOneFault(answer: Behaviour): Behaviour {
  let calls = 0;
  return (call) => {
    calls += 1;
    return calls === 1 ? serverError(call) : answer(call);
  };
}
