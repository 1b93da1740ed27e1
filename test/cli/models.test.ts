// `models` and `providers`: what can be asked for, where it goes, and what to do where there is nothing.
import { expect, test } from "bun:test";
import { withDaemon } from "./with-daemon.ts";

const LOOK = { isTerminal: true, columns: 100, env: { NO_COLOR: "1" } } as const;

test("models shows where each goes, with fallback in order, and whose list is missing", async () => {
  await using place = withDaemon();
  const { out, err } = await place.run(["models"], { ...LOOK, columns: 110 });
  expect(out).toBe(
    [
      "MODEL                   GOES TO",
      "fast                    deepseek/deepseek-chat, then openai/gpt-4o-mini               name of your own",
      "even                    openai/gpt-4o or azure/gpt-4o, then openrouter/openai/gpt-4o  name of your own",
      "gpt-4o-mini             openai/gpt-4o-mini",
      "deepseek/deepseek-chat  deepseek/deepseek-chat",
      "",
    ].join("\n"),
  );
  expect(err).toBe("The model list of azure is not available; requests still go there\n");
});

test("models of one provider's path are asked for", async () => {
  await using place = withDaemon();
  await place.run(["models", "--provider", "deepseek"]);
  expect(place.daemon.lastInput("models")).toEqual({ provider: "deepseek" });
});

test.each([
  [
    [],
    "No model is listed; requests still go to their provider. Of Azure the deployments are listed that models.include " +
      "names\n",
  ],
  [
    ["azure"],
    "The model list of azure is not available; requests still go there\n" +
      "No model list is known. To see whether the providers answer:\n  openai-balance test\n",
  ],
])("without any model, %j unavailable, it says what to do", async (unavailable, err) => {
  await using place = withDaemon({ models: { models: [], unavailable } });
  expect(await place.run(["models"])).toEqual({ exitCode: 0, out: "", err });
});

test("without any provider, models says how to begin", async () => {
  await using place = withDaemon({ models: { models: [], unavailable: [] }, providers: { providers: [] } });
  const err = "No provider is configured. A key makes one:\n  openai-balance keys add\n";
  expect(await place.run(["models"])).toEqual({ exitCode: 0, out: "", err });
});

test("providers alone lists them too, with the options of the list", async () => {
  await using place = withDaemon();
  const [alone, list] = [await place.run(["providers", "--json"]), await place.run(["providers", "list", "--json"])];
  expect(alone).toEqual(list);
  expect(JSON.parse(alone.out).providers).toHaveLength(3);
});

test("providers shows where each is called, and which is off", async () => {
  await using place = withDaemon();
  const { out } = await place.run(["providers"], { ...LOOK, columns: 110 });
  expect(out).toBe(
    [
      "PROVIDER          PATH  KEYS       BASE URL                                    DIALECT  TEST MODEL",
      "openai (default)           4       https://api.openai.com/v1                   openai   gpt-4o-mini",
      "deepseek          /ds      1       https://api.deepseek.com/v1                 openai   deepseek-chat",
      "azure                      0  off  https://example.openai.azure.com/openai/v1  azure",
      "",
    ].join("\n"),
  );
});

test("without any provider it says how to begin", async () => {
  await using place = withDaemon({ providers: { providers: [] } });
  const { out, err } = await place.run(["providers"]);
  expect({ out, err }).toEqual({
    out: "",
    err: "No provider is configured. A key makes one:\n  openai-balance keys add\n",
  });
});
