// Turns written timeouts into milliseconds, and sizes into bytes.

import { parseDuration } from "../core/durations.ts";
import { parseSize } from "../core/sizes.ts";
import type { ProviderConfig, TimeoutsConfig } from "./config.ts";
import type { RawTimeouts } from "./provider-schema.ts";
import type { RawConfig } from "./schema.ts";

/** The milliseconds of a duration that was validated. @throws for anything else, which is our bug. */
export function milliseconds(duration: string): number {
  const ms = parseDuration(duration);
  if (ms === undefined) throw new Error("Cannot use a duration that was not validated");
  return ms;
}

/** The bytes of a size that was validated. @throws for anything else, which is our bug. */
export function bytes(size: string | number): number {
  const parsed = typeof size === "number" ? size : parseSize(size);
  if (parsed === undefined) throw new Error("Cannot use a size that was not validated");
  return parsed;
}

/** `response_retry` never exceeds `response`: a provider that only lowers the latter lowers both. */
export function normaliseTimeouts(raw: RawConfig["timeouts"]): TimeoutsConfig {
  const responseMs = milliseconds(raw.response);
  return {
    commitMs: milliseconds(raw.commit),
    connectMs: milliseconds(raw.connect),
    firstByteMs: milliseconds(raw.first_byte),
    responseMs,
    responseRetryMs: Math.min(milliseconds(raw.response_retry), responseMs),
    streamIdleMs: milliseconds(raw.stream_idle),
  };
}

/** The patterns in their order, each with what it overrides. */
export function normaliseModelTimeouts(
  raw: RawConfig["timeouts"],
  all: TimeoutsConfig,
): ProviderConfig["modelTimeouts"] {
  return Object.entries(raw.models ?? {}).map(([pattern, own]) => ({ pattern, timeouts: overrides(own, all) }));
}

function overrides(own: RawTimeouts, all: TimeoutsConfig): Partial<TimeoutsConfig> {
  const of = <Name extends keyof TimeoutsConfig>(name: Name, written: string | undefined) =>
    written === undefined ? {} : { [name]: milliseconds(written) };
  const response = own.response === undefined ? all.responseMs : milliseconds(own.response);
  const retry = own.response_retry === undefined ? all.responseRetryMs : milliseconds(own.response_retry);
  const responses =
    own.response === undefined && own.response_retry === undefined
      ? {}
      : { responseRetryMs: Math.min(retry, response) };
  return {
    ...of("commitMs", own.commit),
    ...of("connectMs", own.connect),
    ...of("firstByteMs", own.first_byte),
    ...of("responseMs", own.response),
    ...responses,
    ...of("streamIdleMs", own.stream_idle),
  };
}
