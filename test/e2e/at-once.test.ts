// A change by command: in effect at once where a daemon runs, from the next start on where none does.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { serverError, unauthorized } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream, type Upstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const ONE = fakeSecret("at_once_one");
const TWO = fakeSecret("at_once_two");

interface World extends AsyncDisposable {
  readonly home: Home;
  readonly upstream: Upstream;
}

describe("with a running daemon", () => {
  test.concurrent("keys add and keys remove", async () => {
    await using world = await newWorld();
    const { home } = world;
    const daemon = await home.serve();
    expect(await usedKeys(world, daemon)).toEqual([ONE]);
    expect(await home.addKeys([TWO], "--name", "two")).toEndWith("\nIt is in use now\n");
    expect(await usedKeys(world, daemon)).toEqual([ONE, TWO]);
    expect(await home.ok(["keys", "remove", "two", "--yes"])).toBe("Removed two of main\n");
    expect(await usedKeys(world, daemon)).toEqual([ONE]);
  });

  test.concurrent("keys disable and keys enable", async () => {
    await using world = await newWorld();
    const { home } = world;
    await home.addKeys([TWO], "--name", "two");
    const daemon = await home.serve();
    expect(await home.ok(["keys", "disable", "one"])).toBe("Disabled one of main\n");
    expect(await usedKeys(world, daemon)).toEqual([TWO]);
    expect(await home.ok(["keys", "enable", "one"])).toBe("Enabled one of main\n");
    expect(await usedKeys(world, daemon)).toEqual([ONE, TWO]);
  });

  test.concurrent("keys reset", async () => {
    await using world = await newWorld();
    const { home, upstream } = world;
    await home.addKeys([TWO], "--name", "two");
    const daemon = await home.serve();
    upstream.byKey(TWO, unauthorized);
    expect(await usedKeys(world, daemon)).toEqual([ONE, TWO]);
    expect(await usedKeys(world, daemon)).toEqual([ONE]);
    upstream.byKey(TWO, openai);
    expect(await home.ok(["keys", "reset", "--status", "invalid"])).toBe("Reset two of main\n");
    expect(await usedKeys(world, daemon)).toEqual([ONE, TWO]);
  });

  test.concurrent("config set and config unset", async () => {
    await using world = await newWorld();
    const { home } = world;
    const daemon = await home.serve();
    expect(await debugHeader(daemon)).toBeNull();
    const file = join(home.path, "config.yaml");
    const set = await home.ok(["config", "set", "server.debug_headers", "true"]);
    expect(set).toBe(`Set server.debug_headers in ${file}, in effect now\n`);
    expect(await debugHeader(daemon)).toBe("main");
    const unset = await home.ok(["config", "unset", "server.debug_headers"]);
    expect(unset).toBe(`Removed server.debug_headers in ${file}, in effect now\n`);
    expect(await debugHeader(daemon)).toBeNull();
  });

  test.concurrent("reload, and a wrong file changes nothing", async () => {
    await using world = await newWorld();
    const { home, upstream } = world;
    const daemon = await home.serve();
    await home.configure(configOf(upstream, TWO));
    await home.ok(["reload"]);
    expect(await usedKeys(world, daemon)).toEqual([TWO]);
    await home.configure({ server: { prot: 1 } });
    const refused = await home.run(["reload"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain("server.prot: unknown field, did you mean port");
    expect(await usedKeys(world, daemon)).toEqual([TWO]);
  });
});

describe("without a daemon", () => {
  test.concurrent("keys add, disable, remove and config set count from the next start", async () => {
    await using world = await newWorld();
    const { home } = world;
    expect(await home.addKeys([TWO], "--name", "two")).toEndWith(
      "\nIt counts from the next start: openai-balance serve\n",
    );
    expect(await home.ok(["keys", "disable", "one"])).toBe("Disabled one of main, from the next start on\n");
    const set = await home.ok(["config", "set", "server.debug_headers", "true"]);
    expect(set).toEndWith(", from the next start on\n");
    const daemon = await home.serve();
    expect(await usedKeys(world, daemon)).toEqual([TWO]);
    expect(await debugHeader(daemon)).toBe("main");
    await daemon.stop();
    expect(await home.ok(["keys", "enable", "one"])).toBe("Enabled one of main, from the next start on\n");
    expect(await home.ok(["keys", "remove", "two", "--yes"])).toBe("Removed two of main, from the next start on\n");
    expect(await usedKeys(world, await home.serve())).toEqual([ONE]);
  });

  test.concurrent("keys reset counts from the next start", async () => {
    await using world = await newWorld();
    const { home, upstream } = world;
    await home.addKeys([TWO], "--name", "two");
    upstream.byKey(TWO, unauthorized);
    const daemon = await home.serve();
    await usedKeys(world, daemon);
    await daemon.stop();
    expect(await home.states()).toEqual({ one: "ready", two: "invalid" });
    expect(await home.ok(["keys", "reset", "two"])).toBe("Reset two of main, from the next start on\n");
    upstream.byKey(TWO, openai);
    expect(await usedKeys(world, await home.serve())).toEqual([ONE, TWO]);
  });

  test.concurrent.each([[["reload"]], [["stop"]], [["status"]], [["health", "--watch"]]])(
    "%j says that none runs",
    async (args) => {
      await using home = await newHome();
      expect(await home.run(args)).toEqual({
        exitCode: 3,
        stdout: "",
        stderr: `No daemon runs on the data folder ${home.data}\n`,
      });
    },
  );
});

async function newWorld(): Promise<World> {
  const upstream = startUpstream({ listing: serverError, otherwise: openai });
  const home = await newHome();
  await home.configure(configOf(upstream, ONE));
  return {
    home,
    upstream,
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

function configOf({ url }: Upstream, key: string): object {
  const name = key === ONE ? "one" : "two";
  return { providers: [{ name: "main", base_url: url, api_keys: [{ key, name }] }] };
}

/** The keys that the next requests use, all of which are served; so many that each key has its turn, whatever came before. */
async function usedKeys({ upstream }: World, daemon: Daemon): Promise<readonly (string | undefined)[]> {
  const before = upstream.calls.length;
  for (let index = 0; index < 8; index += 1) {
    expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
  }
  return [...new Set(upstream.calls.slice(before).map(({ key }) => key))].toSorted();
}

async function debugHeader(daemon: Daemon): Promise<string | null> {
  const answer = await daemon.ask("/v1/chat/completions", chat());
  return answer.headers.get("x-openai-balance-provider");
}
