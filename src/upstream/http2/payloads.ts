// Reads the payloads of HTTP/2 frames.
import { FLAG } from "./frames.ts";

const SETTING_BYTES = 6;

/** A payload without its padding, RFC 9113 section 6.1; undefined when the padding is longer than the payload. */
export function unpadded(flags: number, payload: Buffer): Buffer | undefined {
  if ((flags & FLAG.padded) === 0) return payload;
  const length = payload[0];
  if (length === undefined || length >= payload.length) return undefined;
  return payload.subarray(1, payload.length - length);
}

/** The settings of a SETTINGS frame by number; undefined when its size is wrong. */
export function readSettings(payload: Buffer): ReadonlyMap<number, number> | undefined {
  if (payload.length % SETTING_BYTES !== 0) return undefined;
  const settings = new Map<number, number>();
  for (let at = 0; at < payload.length; at += SETTING_BYTES) {
    settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  }
  return settings;
}

/** The bytes of a SETTINGS payload. */
export function settingsPayload(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(settings.length * SETTING_BYTES);
  settings.forEach(([id, value], at) => {
    payload.writeUInt16BE(id, at * SETTING_BYTES);
    payload.writeUInt32BE(value, at * SETTING_BYTES + 2);
  });
  return payload;
}
