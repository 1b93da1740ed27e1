// The schema of outbound proxies: which there are, what binds keys to them, how they are looked after.
import { z } from "zod";
import * as field from "./fields.ts";

const URL_TEXT = "the URL of a proxy: a string, { env: NAME } or { file: PATH }";
const proxyUrl = z.union([field.secretText(URL_TEXT), ...field.secretReferences], { error: URL_TEXT });

const LIST = "a list of URLs of proxies";

/** Of a provider or a key. */
export const ownProxiesSchema = z.union([z.literal("direct", { error: LIST }), field.list(proxyUrl, LIST)], {
  error: `direct, or ${LIST}`,
});

/** Of the automatic check. */
export const DEFAULT_INTERVAL = "1h";

const check = z.strictObject(
  {
    url: field
      .text("an http or https URL", isPlainUrl)
      .optional()
      .describe(
        "What is asked for through each proxy, with HEAD; 200, 204, 301, 302, 307 and 308 are good. Without it only calls tell how proxies fare.",
      ),
    interval: field.durationOrZero
      .default(DEFAULT_INTERVAL)
      .describe("How often; `0s`: only when `proxies test` asks."),
    timeout: field.duration.default("10s").describe("How long a proxy may take for it, or for `proxies test`."),
    max_failures: field
      .whole(0, 1_000)
      .default(3)
      .describe(
        "Consecutive failures to connect, or of the check, after which a proxy rests, 30 seconds first and up to half an hour; 0 means never.",
      ),
  },
  { error: "a map of settings for the check of proxies" },
);

/** Of the top level. */
export const proxiesSchema = z.strictObject(
  {
    urls: field
      .list(proxyUrl, LIST, 0)
      .default([])
      .describe(
        "URLs with the scheme `http`, `https`, `socks5` (names are resolved here) or `socks5h` (at the proxy), and with user and password where it wants them. A variable may hold several, separated by commas or lines. Providers and keys may have their own, or `direct`.",
      ),
    bind: field
      .choice("key", "random")
      .default("key")
      .describe("`key`: each key keeps to one proxy while that is well; `random`: another one for each call."),
    check: check.prefault({}).describe("How proxies are looked after."),
  },
  { error: "a map with urls, bind and check" },
);

export type RawProxies = z.output<typeof proxiesSchema>;
export type RawOwnProxies = z.output<typeof ownProxiesSchema>;

function isPlainUrl(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:\/\//i.test(value) && url.username === "" && url.password === "";
}
