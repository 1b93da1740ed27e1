// The form of an answer, from its head; and what is a page.
import { describe, expect, test } from "bun:test";
import { type AnswerForm, answerForm, headerOf, isHtml } from "../../../src/proxy/answer/answer-form.ts";

const JSON_TYPE = "application/json; charset=utf-8";

describe("answerForm", () => {
  test.each<[number, string, AnswerForm, string?]>([
    [200, JSON_TYPE, "whole"],
    [201, "application/problem+json", "whole"],
    [200, "Text/Event-Stream; charset=utf-8", "stream"],
    [200, "audio/mpeg", "download"],
    [200, "application/jsonl", "download"],
    [200, "text/html", "whole"],
    [200, "", "whole"],
    [200, "text/event-stream", "whole", "HEAD"],
    [204, JSON_TYPE, "whole"],
    [205, "audio/mpeg", "whole"],
    [304, "audio/mpeg", "whole"],
    [300, JSON_TYPE, "redirect"],
    [302, JSON_TYPE, "redirect"],
    [399, "", "redirect"],
    [400, "text/event-stream", "error"],
    [500, "text/html", "error"],
    [600, JSON_TYPE, "error"],
    [199, JSON_TYPE, "error"],
  ])("%d %p is %s", (status, type, form, method = "POST") => {
    const facts = { method, judgesBody: true, maxWholeBytes: 10 };
    expect(answerForm(status, [["content-type", type]], facts)).toBe(form);
  });

  test("commits stored pages and what has no type, and more than the limit", () => {
    const facts = { method: "GET", judgesBody: false, maxWholeBytes: 10 };
    for (const type of ["text/html", ""]) expect(answerForm(200, [["content-type", type]], facts)).toBe("download");
    const sized = (length: string) =>
      answerForm(
        200,
        [
          ["content-type", "application/json"],
          ["content-length", length],
        ],
        facts,
      );
    expect(["10", "11", "x", ""].map(sized)).toEqual(["whole", "download", "whole", "whole"]);
  });
});

test.each<[string, AnswerForm]>([
  ["0", "file"],
  ["1048576", "file"],
  ["1048577", "download"],
  ["x", "download"],
])("a file of %p bytes is %s", (length, form) => {
  const headers = [
    ["content-type", "audio/mpeg"],
    ["content-length", length],
  ] as const;
  for (const status of [200, 206]) {
    expect(answerForm(status, headers, { method: "GET", judgesBody: true, maxWholeBytes: 8 * 1024 * 1024 })).toBe(form);
  }
});

test("headerOf gives the first of a name", () => {
  const headers = [
    ["a", "1"],
    ["b", "2"],
    ["b", "3"],
  ] as const;
  expect([headerOf(headers, "b"), headerOf(headers, "c")]).toEqual(["2", undefined]);
});

describe("isHtml", () => {
  test.each<[string, string, boolean]>([
    ["text/html; charset=utf-8", "{}", true],
    ["application/xhtml+xml", "", true],
    ["application/json", "<html>", false],
    ["", " \n<!DOCTYPE HTML><p>", true],
    ["text/plain", "<HTML>", true],
    ["text/plain", "less <html>", false],
    ["", "", false],
  ])("%p with %p: %p", (type, body, expected) => {
    expect(isHtml(type === "" ? [] : [["content-type", type]], new TextEncoder().encode(body))).toBe(expected);
  });

  test("needs no body where the type says it", () => {
    expect([isHtml([["content-type", "text/html"]], undefined), isHtml([], undefined)]).toEqual([true, false]);
  });
});
