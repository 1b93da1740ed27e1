// What has come of requests since the start.
import { expect, test } from "bun:test";
import { RequestTotals } from "../../../src/daemon/live/request-totals.ts";
import { failedTrace, rotatedTrace, servedTrace } from "../records/trace-fixtures.ts";

test("each request counts once, with its attempts and tokens", () => {
  const totals = new RequestTotals();
  totals.note([servedTrace(1), rotatedTrace(2), failedTrace(3)]);
  const refused = servedTrace(4, {
    status: 401,
    end: "error",
    errorCode: "invalid_api_key",
    usage: undefined,
    attempts: [],
  });
  const left = servedTrace(5, { status: undefined, end: "client_gone", attempts: [{ outcome: "client_gone" }] });
  const odd = servedTrace(6, { usage: { promptTokens: Number.NaN, completionTokens: 2.6 } });
  totals.note([refused, left, odd]);
  expect(totals.sums).toEqual({
    ...{ served: 3, refused: 1, failed: 1, left: 1, attempts: 6 },
    ...{ promptTokens: 21, completionTokens: 12 },
  });
});
