// The fields of one event, as the WHATWG HTML standard reads them.
import { expect, test } from "bun:test";
import { SseEvent } from "../../../src/proxy/stream/sse-event.ts";

test.each<[string, { event?: string; data: string; isComment: boolean }]>([
  ["data: a\n\n", { data: "a", isComment: false }],
  ["data:a\n\n", { data: "a", isComment: false }],
  ["data:  a \n\n", { data: " a ", isComment: false }],
  ["data: a\r\ndata: b\r\n\r\n", { data: "a\nb", isComment: false }],
  ["data: a\rdata: b\r\r", { data: "a\nb", isComment: false }],
  ["data\n\n", { data: "", isComment: false }],
  ["data:\ndata\n\n", { data: "\n", isComment: false }],
  ["event: x\ndata: a\n\n", { event: "x", data: "a", isComment: false }],
  ["data: a\nevent:x\n\n", { event: "x", data: "a", isComment: false }],
  ["event: x\nevent: y\n\n", { event: "y", data: "", isComment: false }],
  ["event: x\nevent\n\n", { data: "", isComment: true }],
  ["event:\ndata: a\n\n", { data: "a", isComment: false }],
  [": data: a\n\n", { data: "", isComment: true }],
  ["id: 1\nretry: 3\n\n", { data: "", isComment: true }],
  [" data: a\n\n", { data: "", isComment: true }],
  ["Data: a\ndatas: b\ndat: c\n\n", { data: "", isComment: true }],
  ["\n", { data: "", isComment: true }],
  ["", { data: "", isComment: true }],
  ["data: Grüße \u{1F600}\n\n", { data: "Grüße \u{1F600}", isComment: false }],
  ["data: \ufeffa\n\n", { data: "\ufeffa", isComment: false }],
  ["data: a", { data: "a", isComment: false }],
])("SseEvent reads %p", (text, { event, data, isComment }) => {
  const seen = new SseEvent(new TextEncoder().encode(text));
  expect({ event: seen.event, data: seen.data, isComment: seen.isComment }).toEqual({ event, data, isComment });
});
