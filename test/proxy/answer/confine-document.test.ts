// What a provider answers to a browser that shows it has an origin of its own; programs get it as it came.
import { expect, test } from "bun:test";
import { confine, showsDocument } from "../../../src/proxy/answer/confine-document.ts";

test.each([
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true],
  ["*/*", false],
  ["application/json, text/event-stream", false],
  [undefined, false],
])("a request that takes %p shows a document: %p", (accept, isShown) => {
  expect(showsDocument(new Headers(accept === undefined ? {} : { accept }))).toBe(isShown);
});

test("a provider cannot loosen it", () => {
  const response = new Response("<script>", { headers: { "content-security-policy": "default-src *" } });
  confine(response);
  expect(response.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});
