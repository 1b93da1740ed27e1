// Every route that is listed goes where it says, and every header that is said not to pass does not.
import { describe, expect, test } from "bun:test";
import { clientHeaders, upstreamHeaders } from "../../src/proxy/answer/header-policy.ts";
import { type ParsedPath, parsePath } from "../../src/proxy/paths/parse-path.ts";
import { createProviderNames, type ProviderName } from "../../src/proxy/paths/provider-names.ts";
import { dialectOf } from "../../src/upstream/dialects.ts";
import { codesIn, rows, section } from "./documents.ts";

describe("Every route goes where it says", () => {
  const provider = (name: string, dialect: ProviderName["dialect"]): ProviderName => {
    return { name, path: name, dialect, nativePrefixes: dialectOf(dialect).nativePrefixes };
  };
  const KINDS: readonly (readonly [route: RegExp, kind: ParsedPath["kind"], dialect: ProviderName["dialect"]])[] = [
    [/^GET \/(health)/, "health", "openai"],
    [/^GET \/(ready)/, "ready", "openai"],
    [/^GET \/(metrics)/, "metrics", "openai"],
    [/^GET \/v1\/(providers|keys)/, "admin-read", "openai"],
    [/^\/admin$/, "admin-page", "openai"],
    [/^(GET )?\/(keys|config|logs)?$/, "old-page", "openai"],
    [/\/v1(alpha|beta)\//, "native", "gemini"],
    [/\/ws\//, "native", "gemini"],
    [/\/v1\/messages$/, "native", "anthropic"],
    [/^\/\{provider\}\/openai\//, "native", "azure"],
    [/\{provider\}/, "provider", "openai"],
    [/./, "default", "openai"],
  ];
  const routes = rows(section("docs/routes.md", "Routes")).flatMap(([cell = ""]) => codesIn(cell));

  test.each(routes.map((route) => [route] as const))("%s", (route) => {
    const [, kind, dialect] = KINDS.find(([pattern]) => pattern.test(route)) ?? [];
    const names = createProviderNames([provider("mine", dialect ?? "openai")]);
    const path = route
      .replace(/^GET /, "")
      .replace(/\?.*$/, "")
      .replace("{provider}", "mine")
      .replace("{id}", "gpt-4o")
      .replace("...", "chat/completions");
    expect(parsePath(path, names, false).kind).toBe(kind ?? "error");
  });

  test("all native paths are listed", () => {
    const prefixes = (["azure", "anthropic", "gemini"] as const).flatMap((name) => dialectOf(name).nativePrefixes);
    const [, ...uploads] = prefixes.filter((prefix) => prefix.startsWith("upload/"));
    const shown = prefixes.filter((prefix) => !uploads.includes(prefix));
    for (const prefix of shown) expect(routes.some((route) => route.startsWith(`/{provider}/${prefix}`))).toBe(true);
  });
});

describe("The headers that do not pass", () => {
  const [up = [], down = []] = rows(section("docs/routes.md", "Headers")).map(([, cell = ""]) =>
    codesIn(cell.split(" where ")[0] ?? "")
      .map((name) => name.replace("*", "anything"))
      .filter((name) => !name.includes("_")),
  );

  test("to the provider", () => {
    const client = new Headers([...up.map((name) => [name, "x"] as [string, string]), ["x-other", "x"]]);
    const flat = upstreamHeaders({
      client,
      credential: undefined,
      defaults: {},
      provider: {},
      key: {},
      passOrganization: false,
      bodyBytes: undefined,
    });
    expect(up.length).toBeGreaterThan(9);
    expect(flat.filter((_, at) => at % 2 === 0)).toEqual(["x-other", "accept-encoding"]);
  });

  test("to the client", () => {
    const list = [...down, "x-other"].map((name) => [name, "x"] as const);
    const headers = clientHeaders(list, { requestId: "req_1", passRateLimit: false, keepLength: false });
    expect(down.length).toBeGreaterThan(4);
    expect([...headers.keys()]).toEqual(["x-openai-balance-request-id", "x-other", "x-request-id"]);
  });
});
