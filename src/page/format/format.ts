// Numbers and times as the user reads them.
import { language, t } from "../texts/texts.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** With separators; large ones short where `isShort` (12.3K). */
export function formatNumber(value: number, { isShort = false }: { readonly isShort?: boolean } = {}): string {
  const options = isShort ? { notation: "compact", maximumFractionDigits: 1 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(language.value, options as Intl.NumberFormatOptions).format(value);
}

/** Rounded down, so that nothing short of all is 100 %. @param share from 0 to 1. */
export function formatShare(share: number): string {
  const digits = share >= 0.99 && share < 1 ? 2 : 0;
  const floored = Math.floor(share * 100 * 10 ** digits + 1e-9) / 10 ** digits;
  return new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: digits }).format(
    floored / 100,
  );
}

/** `340 ms`, `1.2 s`, `3 min`, `2 h`, `5 d`. @param ms milliseconds. */
export function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  // What would be rounded up to a whole of the next unit is said in that.
  if (size < SECOND - 0.5) return unit(ms, "millisecond", 0);
  if (size < MINUTE - SECOND / 2) return unit(ms / SECOND, "second", size < 10 * SECOND ? 1 : 0);
  if (size < HOUR - MINUTE / 2) return unit(ms / MINUTE, "minute", 0);
  if (size < DAY - HOUR / 2) return unit(ms / HOUR, "hour", size < 10 * HOUR ? 1 : 0);
  return unit(ms / DAY, "day", size < 10 * DAY ? 1 : 0);
}

/** In powers of 1024. */
export function formatBytes(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1024 ? 0 : Math.min(names.length - 1, Math.floor(Math.log2(bytes) / 10));
  const digits = power === 0 ? 0 : 1;
  const value = new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(bytes / 1024 ** power);
  return `${value} ${names[power]}`;
}

/** Date and time by the browser's clock. @param iso RFC 3339. */
export function formatTime(iso: string): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(iso));
}

/** `in 3 min`, `5 s ago`. @param now wall-clock milliseconds. */
export function formatRelative(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  const size = Math.abs(ms);
  if (size < SECOND) return t("ui.now");
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: "always", style: "short" });
  if (size < MINUTE) return spaced(format.format(Math.trunc(ms / SECOND), "second"));
  if (size < HOUR) return spaced(format.format(Math.trunc(ms / MINUTE), "minute"));
  if (size < DAY) return spaced(format.format(Math.trunc(ms / HOUR), "hour"));
  return spaced(format.format(Math.trunc(ms / DAY), "day"));
}

function unit(value: number, name: "millisecond" | "second" | "minute" | "hour" | "day", digits: number): string {
  const format = new Intl.NumberFormat(language.value, {
    style: "unit",
    unit: name,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  });
  return spaced(format.format(value));
}

/** Numbers stand apart from Chinese words, as in every other text of the page. */
function spaced(text: string): string {
  return text.replace(/(\d)(?=\p{Script=Han})/gu, "$1\u00a0");
}
