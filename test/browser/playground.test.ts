// The playground in a real browser: streams, failover, stop, errors, hostile texts.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { errorJson, events, unauthorized } from "../fixture/behaviours.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import type { Call } from "../fixture/upstream.ts";
import { openBrowser } from "./browser.ts";
import { axeFaults, openPageLab, type PageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

const HOSTILE = `<script>document.title="owned"</script><img src=x onerror=alert(1)> \u202Eright to left`;
const keys = ["first", "second"].map((name, priority) => ({ name, key: fakeSecret(name), priority }));

/** Answers word by word, each when it is let go. */
function stepwise(words: readonly string[]) {
  const steps = words.map(() => Promise.withResolvers<void>());
  const answer = (call: Call) =>
    events(
      (async function* () {
        const [begin = "", ...rest] = chatEvents(words);
        yield begin;
        for (const [index, event] of rest.entries()) {
          await Promise.race([steps[index]?.promise, left(call)]);
          if (call.signal.aborted) return;
          yield event;
        }
      })(),
    );
  return { answer, release: (index: number) => steps[index]?.resolve() };
}

/** A state, with the sign before it. */
function badge(page: Page, word: string) {
  return page.locator(".badge", { hasText: new RegExp(`${word}$`) });
}

function left({ signal }: Call): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

describe.skipIf(browser === undefined)("the playground", () => {
  let lab: PageLab;
  beforeAll(async () => {
    if (browser !== undefined)
      lab = await openPageLab(browser, { keys, config: { models: { fast: ["fake/gpt-4o"] } } });
  });
  afterEach(() => lab?.closeWindows());
  afterAll(() => lab?.[Symbol.asyncDispose]());

  const openPlayground = async (query = "") => {
    const page = await lab.open(`/admin/playground${query}`);
    await page.getByRole("heading", { name: "Playground", level: 1 }).waitFor();
    return page;
  };

  test("shows an answer while it comes, and who gave it", async () => {
    const { answer, release } = stepwise(["Hello", " world"]);
    lab.upstream.otherwise(answer);
    const page = await openPlayground();
    expect(await axeFaults(page)).toEqual([]);
    await shoot(page, "playground-empty");
    await page.getByLabel("Model").fill("gpt-test");
    await page.getByLabel("System prompt").fill("Be short");
    await page.getByLabel("Message").fill("Say hello");
    await page.getByLabel("Message").press("Control+Enter");
    const text = page.getByTestId("answer");
    release(0);
    await text.getByText("Hello", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    release(1);
    await text.getByText("Hello world").waitFor();
    await badge(page, "Done").waitFor();
    await page.getByText("Answered by fake, model gpt-test").waitFor();
    await page.getByRole("link", { name: "first" }).waitFor();
    await page.getByText(/First token after/).waitFor();
    expect(JSON.parse(new TextDecoder().decode(lab.upstream.calls.at(-1)?.body))).toMatchObject({
      model: "gpt-test",
      messages: [
        { role: "system", content: "Be short" },
        { role: "user", content: "Say hello" },
      ],
    });
  });

  test("keeps the conversation while another page is shown, and sends it along", async () => {
    lab.upstream.otherwise(openai);
    const page = await openPlayground("?model=fast");
    const model = page.getByLabel("Model");
    await until("the model is there", async () => (await model.inputValue()) === "fast");
    await page.getByLabel("Message").fill("One");
    await page.getByRole("button", { name: "Send" }).click();
    await badge(page, "Done").waitFor();
    await page.getByRole("link", { name: "Jobs" }).click();
    await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Playground" }).click();
    await page.getByLabel("Answer as it is made (stream)").uncheck();
    await page.getByLabel("Message").fill("Two");
    await page.getByRole("button", { name: "Send" }).click();
    await badge(page, "Done").nth(1).waitFor();
    await page.getByText("9 tokens in, 4 out").waitFor();
    const { messages } = JSON.parse(new TextDecoder().decode(lab.upstream.calls.at(-1)?.body));
    expect(messages.map(({ role }: { role: string }) => role)).toEqual(["user", "assistant", "user"]);
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("heading", { name: "Ask a model" }).waitFor();
  });

  test("shows the trail of a failover", async () => {
    lab.upstream.otherwise(openai);
    lab.upstream.byKey(fakeSecret("first"), unauthorized);
    const page = await openPlayground("?model=gpt-4o-mini");
    await page.getByLabel("Message").fill("Who answers?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("2 attempts").waitFor();
    const trail = page.locator(".trail").getByRole("listitem");
    expect(await trail.allTextContents()).toEqual([
      expect.stringMatching(/Invalid key.*first.*401/),
      expect.stringMatching(/Served.*second.*200/),
    ]);
    await page.getByText("Answered by fake").waitFor();
    await shoot(page, "playground");
    expect(await axeFaults(page)).toEqual([]);
    await lab.home.run(["keys", "reset", "first"]);
    lab.upstream.byKey(fakeSecret("first"), (call) => openai(call));
  });

  test("stops an answer, which the provider hears of", async () => {
    const { answer, release } = stepwise(["Never", " ends"]);
    lab.upstream.otherwise(answer);
    lab.upstream.byKey(fakeSecret("first"), answer);
    const page = await openPlayground("?model=gpt-test");
    await page.getByLabel("Message").fill("Go on");
    await page.getByRole("button", { name: "Send" }).click();
    release(0);
    await page.getByTestId("answer").getByText("Never").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await badge(page, "Stopped").waitFor();
    await until("the provider hears of it", () => lab.upstream.calls.at(-1)?.signal.aborted);
    await page.getByRole("button", { name: "Try again" }).waitFor();
  });

  test("says what is wrong with its code, and what to do", async () => {
    const refused = () => errorJson(400, "context_length_exceeded", `Too long for ${fakeSecret("second")}`);
    lab.upstream.otherwise(refused);
    lab.upstream.byKey(fakeSecret("first"), refused);
    const page = await openPlayground("?model=gpt-test");
    await page.getByLabel("Message").fill("Long");
    await page.getByRole("button", { name: "Send" }).click();
    const alert = page.getByRole("alert").filter({ hasText: "400" });
    await alert.getByText("400 context_length_exceeded").waitFor();
    await alert.getByText(/Too long for/).waitFor();
    await badge(page, "Failed").waitFor();
    await shoot(page, "playground-error");
    expect(await axeFaults(page)).toEqual([]);
    await alert.getByRole("link", { name: "Explain the choice of keys" }).click();
    await page.getByRole("heading", { name: "Explain", level: 1 }).waitFor();
    await page.getByText("Goes to the key").waitFor();
  });

  test("sends again by the other name of the limit where a model wants it", async () => {
    const answer = (call: Call) =>
      new TextDecoder().decode(call.body).includes('"max_tokens"')
        ? errorJson(400, "unsupported_parameter", "Use 'max_completion_tokens' instead.")
        : openai(call);
    lab.upstream.otherwise(answer);
    lab.upstream.byKey(fakeSecret("first"), answer);
    const page = await openPlayground("?model=gpt-test");
    await page.getByLabel("Max tokens").fill("50");
    await page.getByLabel("Message").fill("Short");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("button", { name: "Send again with max_completion_tokens" }).click();
    await badge(page, "Done").waitFor();
    expect(JSON.parse(new TextDecoder().decode(lab.upstream.calls.at(-1)?.body)).max_completion_tokens).toBe(50);
  });

  test("refuses numbers that cannot be sent, and says what a key that is not there is", async () => {
    lab.upstream.otherwise(openai);
    const page = await openPlayground("?model=gpt-test&key=nobody");
    await page.getByLabel("Message").fill("Hi");
    await page.getByLabel("Temperature").fill("3");
    await page.getByText("A number from 0 to 2").waitFor();
    expect(await page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
    await page.getByLabel("Temperature").fill("");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("There is no key nobody").waitFor();
  });

  test("shows a hostile answer as text", async () => {
    const answer = () => events(chatEvents([HOSTILE, "x".repeat(10_000)]));
    lab.upstream.otherwise(answer);
    lab.upstream.byKey(fakeSecret("first"), answer);
    const page = await openPlayground(`?${new URLSearchParams({ model: HOSTILE })}`);
    await page.getByLabel("Message").fill(HOSTILE);
    await page.getByRole("button", { name: "Send" }).click();
    await badge(page, "Done").waitFor();
    expect(await page.getByTestId("answer").textContent()).toBe(HOSTILE + "x".repeat(10_000));
    expect(await page.title()).toBe("Playground - openai-balance");
    expect(await page.locator("main img, main script").count()).toBe(0);
    await shoot(page, "playground-hostile");
  });
});
