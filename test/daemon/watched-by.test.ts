// What webhooks are told of an instance beside changes.
import { expect, test } from "bun:test";
import { watchedBy } from "../../src/daemon/watched-by.ts";
import { keyCondition } from "../../src/webhooks/condition.ts";
import { everyState } from "../admin/every-state.ts";
import { openLab, providerAt } from "./instance-lab.ts";

test("what is wrong already: keys that are out, providers that are open or suspect", async () => {
  await using state = await everyState();
  const { instance, now } = state.lab;
  const found = [...watchedBy(instance).standing(now)];
  const faults = found.map(({ fault, facts: { provider, key } }) => [fault as string, provider, key].join(" ").trim());
  expect(faults.filter((fault) => fault.startsWith("key") && fault.includes(" main "))).toEqual([
    "key.exhausted main exhausted",
    "key.invalid main invalid",
  ]);
  expect(faults).toContain("provider.suspect suspect");
  expect(faults.some((fault) => fault.startsWith("provider.open open") || fault.startsWith("model.open open"))).toBe(
    true,
  );
});

test("how many keys are usable, without those that an operator disabled", async () => {
  await using state = await everyState();
  const { instance, now } = state.lab;
  const [main] = watchedBy(instance).shares(now);
  // Of nine one is disabled by hand; invalid, exhausted and cooling are out.
  expect(main).toEqual({ provider: "main", usable: 5, total: 8 });
});

test("what is no longer configured is left out", async () => {
  await using lab = await openLab({
    config: { providers: [providerAt("https://a.example/v1", "a", ["fake-key-0001"])] },
  });
  const { isLeft } = watchedBy(lab.instance);
  const [keyId = ""] = lab.instance.handler.setup.providers.get("a")?.keys.keys() ?? [];
  const of = (provider: string, id: string) => keyCondition("invalid", { provider, keyId: id });
  expect([isLeft(of("a", keyId)), isLeft(of("a", "gone")), isLeft(of("b", keyId))]).toEqual([true, false, false]);
  expect(isLeft({ subject: "storage", fault: "storage.failed", recovery: "storage.recovered", facts: {} })).toBe(true);
});
