// Browsers are known by what they say they are.
import { expect, test } from "bun:test";
import { browserOf } from "../../../src/page/sessions/browser-of.ts";

const LINUX = "Mozilla/5.0 (X11; Linux x86_64)";

test.each([
  [`${LINUX} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36`, "Chrome, Linux"],
  [`${LINUX} AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36`, "Chrome, Linux"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
    "Edge, Windows",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
    "Safari, macOS",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile Safari/604.1",
    "Chrome, iPhone",
  ],
  ["Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome, Android"],
  ["curl/8.5.0", "curl"],
])("%s is %s", (agent, name) => {
  expect(browserOf(agent)).toBe(name);
});

test.each(["", "something", "<script>alert(1)</script>"])("%p is nobody's", (agent) => {
  expect(browserOf(agent)).toBeUndefined();
});
