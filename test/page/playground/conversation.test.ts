// What of a conversation is sent, and what is said of settings that cannot be.
import { describe, expect, test } from "bun:test";
import {
  beginExchange,
  DEFAULTS,
  type Exchange,
  faultsOf,
  inputOf,
  refusesUsage,
  wantsOtherLimit,
} from "../../../src/page/playground/conversation.ts";

const answered = (id: number, state: Exchange["state"], text: string): Exchange => {
  const exchange = beginExchange(id, `q${id}`);
  return { ...exchange, state, answer: { ...exchange.answer, text } };
};

const failedWith = (message: string): Exchange => {
  const exchange = beginExchange(1, "q");
  return { ...exchange, state: "failed", answer: { ...exchange.answer, error: { code: undefined, message } } };
};

describe("inputOf", () => {
  test("sends what was answered, also in part, and nothing that failed", () => {
    const before = [
      answered(1, "done", "a1"),
      answered(2, "failed", "half"),
      answered(3, "stopped", "a3"),
      answered(4, "stopped", ""),
      answered(5, "done", ""),
    ];
    expect(inputOf(DEFAULTS, before, "now").messages).toEqual([
      { role: "user", content: "q1" },
      { role: "assistant", content: "a1" },
      { role: "user", content: "q3" },
      { role: "assistant", content: "a3" },
      { role: "user", content: "now" },
    ]);
  });

  test("leaves out what is not said", () => {
    expect(inputOf({ ...DEFAULTS, model: " ", system: "\n" }, [], "q")).toEqual({
      messages: [{ role: "user", content: "q" }],
      stream: true,
      usage: true,
    });
  });

  test("sends every setting", () => {
    const settings = {
      ...{ provider: "p", model: " m ", key: " k ", system: "s", temperature: "0", maxTokens: "9" },
      ...{ limitField: "max_completion_tokens" as const, isStream: false, isUsageWanted: false },
    };
    expect(inputOf(settings, [], "q")).toEqual({
      ...{ provider: "p", model: "m", key: "k", temperature: 0, max_completion_tokens: 9 },
      ...{ stream: false, usage: false },
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: "q" },
      ],
    });
  });
});

test.each([
  ["", "", [false, false]],
  ["0", "1", [false, false]],
  ["2", "100000", [false, false]],
  ["2.1", "0", [true, true]],
  ["-1", "1.5", [true, true]],
  ["warm", "many", [true, true]],
])("faultsOf temperature %p and limit %p", (temperature, maxTokens, [isHot, isMany]) => {
  expect(faultsOf({ temperature, maxTokens })).toEqual({ temperature: isHot ?? false, maxTokens: isMany ?? false });
});

test("wantsOtherLimit only where a limit was sent by its usual name", () => {
  const exchange = failedWith("Unsupported parameter: use 'max_completion_tokens' instead");
  const sent = { ...DEFAULTS, maxTokens: "9" };
  expect(wantsOtherLimit(exchange, sent)).toBe(true);
  expect(wantsOtherLimit(exchange, DEFAULTS)).toBe(false);
  expect(wantsOtherLimit(exchange, { ...sent, limitField: "max_completion_tokens" })).toBe(false);
  expect(wantsOtherLimit(failedWith("Bad"), sent)).toBe(false);
});

test("refusesUsage only where it was asked for", () => {
  const exchange = failedWith("Extra inputs are not permitted: stream_options");
  expect(refusesUsage(exchange, DEFAULTS)).toBe(true);
  expect(refusesUsage(exchange, { ...DEFAULTS, isUsageWanted: false })).toBe(false);
  expect(refusesUsage(exchange, { ...DEFAULTS, isStream: false })).toBe(false);
});
