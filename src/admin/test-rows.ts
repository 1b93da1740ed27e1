// The result of one test call, as operators see it.
import { z } from "zod";
import type { TestResult } from "./ports.ts";

export const testRow = z.object({
  provider: z.string().describe("The provider that was called."),
  key: z.string().optional().describe("The key's name; absent where there was none to take."),
  key_id: z.string().optional().describe("The key's id."),
  model: z.string().optional().describe("The model that was asked; absent where a free call took the place of a chat."),
  is_ok: z.boolean().describe("It answered as it should."),
  status: z.int().optional().describe("The status that it answered; absent where it did not."),
  outcome: z.string().describe("`ok`, or what went wrong, as in logs."),
  reason: z.string().optional().describe("The provider's code or our own cause."),
  message: z.string().optional().describe("What the provider said, secrets masked."),
  latency_ms: z.number().describe("To the end of the answer."),
  first_token_ms: z.number().optional().describe("To its first output."),
});

export type TestRow = z.output<typeof testRow>;

export function toTestRow(result: TestResult, keyName: string | undefined): TestRow {
  const { provider, keyId, model, isOk, status, outcome, reason, message, latencyMs, firstTokenMs } = result;
  return {
    provider,
    ...(keyName !== undefined && { key: keyName }),
    ...(keyId !== undefined && { key_id: keyId }),
    ...(model !== undefined && { model }),
    is_ok: isOk,
    ...(status !== undefined && { status }),
    outcome,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    latency_ms: latencyMs,
    ...(firstTokenMs !== undefined && { first_token_ms: firstTokenMs }),
  };
}
