// Forms of the page: their type, their size, and senders that leave.
import { expect, test } from "bun:test";
import { readForm } from "../../src/dashboard/read-form.ts";

const FORM = "application/x-www-form-urlencoded";
const sent = (body: string | ReadableStream | null, type: string | undefined = FORM) =>
  new Request("http://localhost/", {
    method: "POST",
    body,
    headers: type === undefined ? {} : { "content-type": type },
  });

/** Nobody is late unless a test says so. */
const read = (request: Request) => readForm(request, () => () => {});

test.each([FORM, `${FORM}; charset=UTF-8`, FORM.toUpperCase()])("a form as %p is read", async (type) => {
  const form = await read(sent("token=a+b%26&x=", type));
  expect(form.ok && [...form.fields]).toEqual([
    ["token", "a b&"],
    ["x", ""],
  ]);
});

test.each(["application/json", "text/plain", "multipart/form-data; boundary=x", ""])("%p is no form", async (type) => {
  expect(await read(sent("token=x", type))).toMatchObject({ ok: false, status: 415 });
});

test("8 KiB are the most", async () => {
  expect(await read(sent("x".repeat(8_192)))).toMatchObject({ ok: true });
  expect(await read(sent("x".repeat(8_193)))).toMatchObject({ ok: false, status: 413 });
});

test("a form without end is not waited for once it is too large", async () => {
  const endless = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(1_024));
    },
  });
  expect(await read(sent(endless))).toMatchObject({ ok: false, status: 413 });
});

test("a sender that leaves has sent no form", async () => {
  const broken = new ReadableStream({
    pull(controller) {
      controller.error(new Error("gone"));
    },
  });
  expect(await read(sent(broken))).toMatchObject({ ok: false, status: 400 });
});

test("no body is an empty form", async () => {
  const form = await read(sent(null));
  expect(form.ok && [...form.fields]).toEqual([]);
});

test("a form that does not come to its end is not waited for", async () => {
  const waiting: (() => void)[] = [];
  let isCalledOff = false;
  const dripping = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("token=")),
  });
  const form = readForm(sent(dripping), (delayMs, run) => {
    expect(delayMs).toBe(10_000);
    waiting.push(run);
    return () => {
      isCalledOff = true;
    };
  });
  for (const run of waiting) run();
  expect(await form).toMatchObject({ ok: false, status: 408 });
  expect(isCalledOff).toBe(true);
});
