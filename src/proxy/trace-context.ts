// Which trace a client says that its request belongs to.

/** `version-traceid-parentid-flags`, and more in versions that are not known yet (W3C Trace Context, 3.2.2). */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(-.*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_PARENT = "0".repeat(16);

/**
 * The trace id of a `traceparent` header; undefined where there is none that counts. Headers that are no valid ones are
 * passed on like any other: whom they are for may know more.
 */
export function traceIdOf(traceparent: string | null): string | undefined {
  if (traceparent === null) return undefined;
  const [, version, traceId, parentId, more] = TRACEPARENT.exec(traceparent) ?? [];
  // 255 is no version, and the one that is known has nothing after the flags (3.2.2.1 and 3.2.4).
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined;
  return traceId === NO_TRACE || parentId === NO_PARENT ? undefined : traceId;
}
