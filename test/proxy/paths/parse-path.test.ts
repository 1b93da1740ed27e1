// Every route in its exact form, every listed mistake, and what must never be repaired.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OPERATION_ROWS } from "../../../src/proxy/paths/operation-table.ts";
import { type ParsedPath, parsePath } from "../../../src/proxy/paths/parse-path.ts";
import { createProviderNames, findProvider } from "../../../src/proxy/paths/provider-names.ts";
import { dialectOf } from "../../../src/upstream/dialects.ts";

const NAMES = createProviderNames([
  { name: "deepseek", path: "ds", dialect: "openai", nativePrefixes: [] },
  {
    name: "gemini",
    path: "gemini",
    dialect: "gemini",
    nativePrefixes: dialectOf("gemini").nativePrefixes,
    isGoogle: true,
  },
  { name: "claude", path: "claude", dialect: "anthropic", nativePrefixes: ["v1/messages"] },
  { name: "azure", path: "azure", dialect: "azure", nativePrefixes: dialectOf("azure").nativePrefixes },
  { name: "ds", path: "other", dialect: "openai", nativePrefixes: [] },
  { name: "Mixed", path: "Mixed", dialect: "openai", nativePrefixes: [] },
  { name: "caf\u00e9", path: "caf\u00e9", dialect: "openai", nativePrefixes: [] },
]);
const WITH_OPENAI = createProviderNames([
  { name: "openai", path: "openai", dialect: "openai", nativePrefixes: [] },
  { name: "hugging", path: "hf", dialect: "openai", nativePrefixes: [] },
  { name: "deepseek", path: "deepseek", dialect: "openai", nativePrefixes: [] },
]);
const NO_PROVIDERS = createProviderNames([]);

/** `rest` on the default provider, `provider:rest`, `provider!native`, or the kind or code. */
function shown(parsed: ParsedPath): string {
  switch (parsed.kind) {
    case "default":
      return parsed.rest;
    case "provider":
      return `${parsed.provider}:${parsed.rest}`;
    case "native":
      return `${parsed.provider}!${parsed.path}`;
    case "admin-read":
      return `admin ${parsed.name}`;
    case "admin-api":
      return `admin-api ${parsed.name}`;
    case "admin-page":
      return `admin-page ${parsed.below}`;
    case "error":
      return parsed.code;
    default:
      return parsed.kind;
  }
}

const EXACT: readonly [path: string, expected: string][] = [
  ["/health", "health"],
  ["/ready", "ready"],
  ["/metrics", "metrics"],
  ["/v1/chat/completions", "/chat/completions"],
  ["/v1/models", "/models"],
  ["/v1/models/org/name", "/models/org/name"],
  ["/v1/models/org%2Fname", "/models/org%2Fname"],
  ["/v1/models/a//b", "/models/a//b"],
  ["/v1/unknown", "/unknown"],
  ["/v1/unknown/", "/unknown/"],
  ["/gemini/v1beta/models/x:generateContent", "gemini!/v1beta/models/x:generateContent"],
  ["/gemini/v1/models/x:generateContent", "gemini!/v1/models/x:generateContent"],
  ["/gemini/upload/v1/files", "gemini!/upload/v1/files"],
  ["/azure/openai/responses/resp_1", "azure!/openai/responses/resp_1"],
  ["/azure/openai/v1/chat/completions", "azure!/openai/v1/chat/completions"],
  ["/azure/openai/v1/deployments/d/embeddings", "azure!/openai/v1/deployments/d/embeddings"],
  ["/azure/v1/chat/completions", "azure:/chat/completions"],
  ["/v1/unknown//x", "/unknown//x"],
  ["/v1/Unknown/V1/chat", "/Unknown/V1/chat"],
  ["/v1/files/File-ABC", "/files/File-ABC"],
  ["/v1/files/chat", "/files/chat"],
  ["/v1/files/a%5cb%00", "/files/a%5cb%00"],
  ["/v1/chat/completions/chatcmpl-1", "/chat/completions/chatcmpl-1"],
  ["/v1/chat/completions/chatcmpl-1/messages", "/chat/completions/chatcmpl-1/messages"],
  ["/v1/responses/resp_1/cancel", "/responses/resp_1/cancel"],
  ["/v1/responses/compact", "/responses/compact"],
  ["/v1/messages/batches", "/messages/batches"],
  ["/v1/messages/batches/b1/results", "/messages/batches/b1/results"],
  ["/v1", ""],
  ["/v1/", "/"],
  ["/hf/v1/chat/completions", "/chat/completions"],
  ["/openai/v1/models", "/models"],
  ["/deepseek/v1/chat/completions", "deepseek:/chat/completions"],
  ["/ds/v1/models", "ds:/models"],
  ["/other/v1/models", "ds:/models"],
  ["/Mixed/v1/models", "Mixed:/models"],
  ["/caf%C3%A9/v1/models", "caf\u00e9:/models"],
  ["/hf/deepseek/v1/models", "deepseek:/models"],
  ["/openai/gemini/v1/models", "gemini:/models"],
  ["/hf/claude/v1/messages", "claude:/messages"],
  ["/gemini/v1beta/models/x:generateContent", "gemini!/v1beta/models/x:generateContent"],
  ["/gemini/v1beta/models", "gemini!/v1beta/models"],
  ["/gemini/v1beta", "gemini!/v1beta"],
  ["/gemini/v1/chat/completions", "gemini:/chat/completions"],
  ["/claude/v1/messages", "claude!/v1/messages"],
  ["/claude/v1/messages/count_tokens", "claude!/v1/messages/count_tokens"],
  ["/claude/v1/messagesx", "claude:/messagesx"],
  ["/claude/v1/models", "claude:/models"],
  ["/azure/openai/deployments/d/chat/completions", "azure!/openai/deployments/d/chat/completions"],
  ["/azure/v1/embeddings", "azure:/embeddings"],
  ["/v1/providers", "admin providers"],
  ["/v1/providers/status", "admin providers/status"],
  ["/v1/keys/list", "admin keys/list"],
  ["/hf/v1/providers", "admin providers"],
  ["/openai/v1/keys/list", "admin keys/list"],
  ["/deepseek/v1/providers", "deepseek:/providers"],
  ["/v1/providers/other", "/providers/other"],
  ["/admin", "admin-page "],
  ["/admin/", "admin-page /"],
  ["/admin/login", "admin-page /login"],
  ["/admin/v1/chat/completions", "admin-page /v1/chat/completions"],
  ["/admin/chat/completions", "admin-page /chat/completions"],
  ["/admin/models", "admin-page /models"],
  ["/admin//api/status", "admin-page //api/status"],
  ["/admin/api%2Fstatus", "admin-page /api%2Fstatus"],
  ["/", "old-page"],
  ["/keys", "old-page"],
  ["/config", "old-page"],
  ["/logs", "old-page"],
  ["/admin/api", "admin-api "],
  ["/admin/api/status", "admin-api status"],
  ["/admin/api/keys.list", "admin-api keys.list"],
  ["/admin/api/", "admin-api "],
  ["/admin/api//status", "admin-api /status"],
  ["/admin/api/keys%2elist", "admin-api keys%2elist"],
  // Never a path of the API, whatever follows.
  ["/admin/api/v1/chat/completions", "admin-api v1/chat/completions"],
  ["/admin/api/chat/completions", "admin-api chat/completions"],
  ["/v1/admin/api/status", "/admin/api/status"],
  ["/deepseek/v1/admin/api/status", "deepseek:/admin/api/status"],
];

const REPAIRED: readonly [path: string, to: string, expected: string][] = [
  // Repeated slashes.
  ["//v1/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/v1//chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/v1/chat//completions", "/v1/chat/completions", "/chat/completions"],
  ["///deepseek//v1///models", "/deepseek/v1/models", "deepseek:/models"],
  ["/hf//deepseek/v1/models", "/hf/deepseek/v1/models", "deepseek:/models"],
  ["/v1//unknown//x", "/v1/unknown//x", "/unknown//x"],
  ["/v1//", "/v1/", "/"],
  ["/v1/models//gpt", "/v1/models/gpt", "/models/gpt"],
  ["/v1/files//file-1", "/v1/files/file-1", "/files/file-1"],
  ["/v1/threads/t1//messages", "/v1/threads/t1/messages", "/threads/t1/messages"],
  ["//gemini//v1beta//models/x", "/gemini/v1beta/models/x", "gemini!/v1beta/models/x"],
  ["/azure//openai//deployments/d", "/azure/openai/deployments/d", "azure!/openai/deployments/d"],
  // A trailing slash.
  ["/v1/chat/completions/", "/v1/chat/completions", "/chat/completions"],
  ["/v1/chat/completions//", "/v1/chat/completions", "/chat/completions"],
  ["/v1/files/file-1/", "/v1/files/file-1", "/files/file-1"],
  ["/v1/models/", "/v1/models", "/models"],
  ["/v1/models/org/name/", "/v1/models/org/name", "/models/org/name"],
  ["/claude/v1/messages/", "/claude/v1/messages", "claude!/v1/messages"],
  // A missing /v1.
  ["/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/models", "/v1/models", "/models"],
  ["/models/org/name", "/v1/models/org/name", "/models/org/name"],
  ["/embeddings", "/v1/embeddings", "/embeddings"],
  ["/files/a%2fb/content", "/v1/files/a%2fb/content", "/files/a%2fb/content"],
  ["/responses/resp_1", "/v1/responses/resp_1", "/responses/resp_1"],
  ["/deepseek/chat/completions", "/deepseek/v1/chat/completions", "deepseek:/chat/completions"],
  ["/hf/chat/completions", "/hf/v1/chat/completions", "/chat/completions"],
  ["/openai/ds/models", "/openai/ds/v1/models", "ds:/models"],
  ["/claude/messages", "/claude/v1/messages", "claude!/v1/messages"],
  // A doubled /v1.
  ["/v1/v1/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/v1/v1/v1/models", "/v1/models", "/models"],
  ["/deepseek/v1/v1/models", "/deepseek/v1/models", "deepseek:/models"],
  ["/v1/v1/unknown", "/v1/unknown", "/unknown"],
  ["/claude/v1/v1/messages", "/claude/v1/messages", "claude!/v1/messages"],
  // An endpoint pasted into a base URL.
  ["/v1/chat/completions/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/v1/chat/completions/models", "/v1/models", "/models"],
  ["/v1/chat/completions/embeddings", "/v1/embeddings", "/embeddings"],
  ["/v1/chat/completions/v1/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/v1/chat/completions/chat/completions/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/v1/embeddings/embeddings", "/v1/embeddings", "/embeddings"],
  ["/v1/responses/responses", "/v1/responses", "/responses"],
  ["/v1/responses/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/chat/completions/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/deepseek/v1/chat/completions/models", "/deepseek/v1/models", "deepseek:/models"],
  ["/claude/v1/messages/v1/messages", "/claude/v1/messages", "claude!/v1/messages"],
  // Prefixes of other servers.
  ["/api/v1/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/api/v1/unknown", "/v1/unknown", "/unknown"],
  ["/v1/openai/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/v1beta/openai/chat/completions", "/v1/chat/completions", "/chat/completions"],
  ["/gemini/v1beta/openai/models", "/gemini/v1/models", "gemini:/models"],
  ["/deepseek/api/v1/models", "/deepseek/v1/models", "deepseek:/models"],
  // What a vendor's library adds, in its base URL.
  [
    "/gemini/v1beta/v1beta/models/x:generateContent",
    "/gemini/v1beta/models/x:generateContent",
    "gemini!/v1beta/models/x:generateContent",
  ],
  [
    "/gemini/v1beta/v1/models/x:generateContent",
    "/gemini/v1/models/x:generateContent",
    "gemini!/v1/models/x:generateContent",
  ],
  ["/gemini/v1/v1beta/models", "/gemini/v1beta/models", "gemini!/v1beta/models"],
  ["/gemini/v1beta//v1beta/files:register", "/gemini/v1beta/files:register", "gemini!/v1beta/files:register"],
  ["/gemini/v1beta/upload/v1beta/files", "/gemini/upload/v1beta/files", "gemini!/upload/v1beta/files"],
  ["/gemini/v1/v1/models", "/gemini/v1/models", "gemini:/models"],
  [
    "/azure/openai/openai/deployments/d/embeddings",
    "/azure/openai/deployments/d/embeddings",
    "azure!/openai/deployments/d/embeddings",
  ],
  [
    "/azure/v1/openai/deployments/d/embeddings",
    "/azure/openai/deployments/d/embeddings",
    "azure!/openai/deployments/d/embeddings",
  ],
  ["/azure/openai/v1/openai/deployments/d", "/azure/openai/deployments/d", "azure!/openai/deployments/d"],
  ["/azure/openai/openai/responses", "/azure/openai/responses", "azure!/openai/responses"],
  // A misspelling.
  ["/v1/chat/completion", "/v1/chat/completions", "/chat/completions"],
  ["/chat/completion/", "/v1/chat/completions", "/chat/completions"],
  // Case.
  ["/V1/models", "/v1/models", "/models"],
  ["/v1/Chat/Completions", "/v1/chat/completions", "/chat/completions"],
  ["/OpenAI/v1/models", "/openai/v1/models", "/models"],
  ["/HF/deepseek/V1/Models", "/hf/deepseek/v1/models", "deepseek:/models"],
  ["/V1/Files/File-ABC/Content", "/v1/files/File-ABC/content", "/files/File-ABC/content"],
  ["/API/V1/models", "/v1/models", "/models"],
  // Several at once.
  ["//HF//ds//Chat/Completion//", "/hf/ds/v1/chat/completions", "ds:/chat/completions"],
];

const REFUSED: readonly [path: string, code: string][] = [
  ["", "not_found"],
  ["*", "not_found"],
  ["/nothing", "not_found"],
  ["/health/", "not_found"],
  ["/metrics/", "not_found"],
  ["/deepseek", "not_found"],
  ["/deepseek/unknown", "not_found"],
  ["/v1beta/models/x:generateContent", "not_found"],
  ["/unknown/v1beta/models/x", "not_found"],
  ["/deepseek/v1beta/models/x", "not_found"],
  ["/unknown/v1/models", "provider_not_found"],
  ["/hf/unknown/v1/models", "provider_not_found"],
  ["/hf/hf/v1/models", "provider_not_found"],
  ["/unknown/chat/completions", "provider_not_found"],
  ["/unknown/v1/v1/chat/completions/", "provider_not_found"],
  ["//unknown//v1/models", "provider_not_found"],
  ["/openai/unknown/Models", "provider_not_found"],
  ["/DeepSeek/v1/models", "provider_not_found"],
  ["/mixed/v1/models", "provider_not_found"],
  ["/deep%2Fseek/v1/models", "invalid_path"],
  ["/deepseek%5c/v1/models", "invalid_path"],
  ["/deepseek%00/v1/models", "invalid_path"],
  ["/hf/deep%2fseek/v1/models", "invalid_path"],
  ["/hf%2fdeepseek/v1/models", "invalid_path"],
  ["/v1%2fmodels", "invalid_path"],
  ["/chat%2Fcompletions", "invalid_path"],
  ["/%zz/v1/models", "provider_not_found"],
  ["/Admin/api/status", "not_found"],
  ["//admin/api/status", "not_found"],
  ["/administrator", "not_found"],
  ["/keys/", "not_found"],
  ["/logs/x", "not_found"],
  ["/hf/admin/api/status", "not_found"],
  ["/deepseek/admin/api/status", "not_found"],
];

describe("parsePath", () => {
  test.each(EXACT)("takes %s as it is", (path, expected) => {
    for (const repair of [true, false]) {
      const parsed = parsePath(path, NAMES, repair);
      expect(shown(parsed)).toBe(expected);
      expect(parsed.repaired).toBeUndefined();
    }
  });

  test.each(REPAIRED)("repairs %s to %s", (path, to, expected) => {
    const parsed = parsePath(path, NAMES, true);
    expect(shown(parsed)).toBe(expected);
    expect(parsed.repaired).toEqual({ from: path, to });
  });

  test.each(REPAIRED)("leaves %s alone when repairs are off", (path) => {
    expect(parsePath(path, NAMES, false).repaired).toBeUndefined();
  });

  test.each(REFUSED)("refuses %p as %s", (path, code) => {
    expect(shown(parsePath(path, NAMES, true))).toBe(code);
    expect(parsePath(path, NAMES, true).repaired).toBeUndefined();
  });

  test.each([
    "/v1/threads//runs",
    "/v1/files//content",
    "/v1/batches//cancel",
    "/v1/vector_stores//search",
    "/v1/threads//runs/run_1",
    "/v1/chat/completions//messages",
  ])("does not close the gap of a missing id in %s", (path) => {
    expect(parsePath(path, NAMES, true)).toEqual({ kind: "default", rest: path.slice(3) });
  });

  test.each([
    ["/openai/v1/models", "openai:/models"],
    ["/hf/v1/models", "hugging:/models"],
    ["/openai/chat/completions", "openai:/chat/completions"],
    ["/OpenAI/v1/models", "openai:/models"],
    ["/openai/openai/v1/models", "openai:/models"],
    ["/openai/deepseek/v1/models", "deepseek:/models"],
    ["/openai/deepseek/models", "deepseek:/models"],
    ["/openai/unknown/v1/models", "provider_not_found"],
    ["/hf/v1/providers", "admin providers"],
  ])("reads %s where a provider is named so", (path, expected) => {
    expect(shown(parsePath(path, WITH_OPENAI, true))).toBe(expected);
  });

  test("shows a repair without characters that no header takes, and not at any length", () => {
    const { repaired } = parsePath(`//v1/files/\u00e9\u{1f600}\n${"x".repeat(500)}`, NAMES, true);
    expect(repaired?.to).toStartWith("/v1/files/%C3%A9%F0%9F%98%80%0Ax");
    expect(repaired?.from.length).toBe(203);
  });
});

const literal = fc.constantFrom(
  ...new Set(OPERATION_ROWS.flatMap(({ template }) => template.split("/").filter((part) => !part.startsWith("{")))),
);
const segment = fc.oneof(
  { weight: 6, arbitrary: literal },
  fc.constantFrom("v1", "V1", "v1beta", "api", "openai", "hf", "HF", "completion", "deployments", "providers"),
  fc.constantFrom("deepseek", "ds", "gemini", "claude", "azure", "Mixed", "unknown", "%2f", "caf%C3%A9"),
  fc.constantFrom("", "", "Chat", "Completions", "MODELS"),
  fc.stringMatching(/^[A-Za-z0-9_.:%-]{1,8}$/),
);
const path = fc.array(segment, { maxLength: 9 }).map((segments) => `/${segments.join("/")}`);
const id = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,12}$/).map((text) => `id-${text}`);

describe("path repair", () => {
  test.each([
    ["/v1/openai/openai", "/v1"],
    ["/api/v1/openai/files/x", "/v1/files/x"],
    ["/v1/openai/openai/unknown", "/v1/unknown"],
  ])("takes %s for a version alone, not in two steps", (raw, to) => {
    expect(parsePath(raw, NAMES, true).repaired).toEqual({ from: raw, to });
    expect(parsePath(to, NAMES, true).repaired).toBeUndefined();
  });

  test("repairs nothing a second time", () => {
    fc.assert(
      fc.property(path, (raw) => {
        const first = parsePath(raw, NAMES, true);
        if (first.repaired === undefined) return;
        const { repaired, ...same } = first;
        expect<ParsedPath>(parsePath(repaired.to, NAMES, true)).toEqual(same);
      }),
      { numRuns: 3000 },
    );
  });

  test("never sends what names a provider elsewhere", () => {
    fc.assert(
      fc.property(path, (raw) => {
        const parsed = parsePath(raw, NAMES, true);
        if (!("provider" in parsed) && parsed.kind !== "default") return;
        const [first = "", second = ""] = raw.split("/").filter((text) => text !== "");
        const isFixed = ["hf", "openai"].includes(first.toLowerCase());
        const named = findProvider(NAMES, first) ?? (isFixed ? findProvider(NAMES, second) : undefined);
        expect("provider" in parsed ? parsed.provider : undefined).toBe(named?.name);
      }),
      { numRuns: 3000 },
    );
  });

  test("agrees with the exact reading of every known operation, whatever its ids", () => {
    const exact = fc
      .tuple(
        fc.constantFrom(...OPERATION_ROWS),
        fc.constantFrom("/v1", "/hf/v1", "/ds/v1"),
        fc.array(id, { minLength: 3, maxLength: 3 }),
      )
      .map(([row, prefix, ids]) => `${prefix}/${row.template.replace(/\{[^}]*\}/g, () => ids.shift() ?? "id-x")}`);
    fc.assert(
      fc.property(exact, (raw) => {
        expect(parsePath(raw, NAMES, true)).toEqual(parsePath(raw, NAMES, false));
      }),
    );
  });

  test("leaves ids alone in every misspelling of a known operation", () => {
    const parts = fc.tuple(fc.constantFrom(...OPERATION_ROWS), fc.array(id, { minLength: 3, maxLength: 3 }));
    const prefix = fc.constantFrom("", "/v1", "//V1", "/v1/v1", "/api/v1", "/v1/openai/", "/v1/chat/completions");
    fc.assert(
      fc.property(parts, prefix, fc.constantFrom("", "/"), ([row, ids], before, after) => {
        const used: string[] = [];
        const fill = (part: string) => {
          if (!part.startsWith("{")) return [part, part.toUpperCase()] as const;
          const value = ids[used.length] ?? "id-x";
          used.push(value);
          return [value, value] as const;
        };
        const filled = row.template.split("/").map(fill);
        const raw = `${before}/${filled.map(([, given]) => given).join("/")}${after}`;
        const parsed = parsePath(raw, NAMES, true);
        expect(shown(parsed)).toBe(`/${filled.map(([wanted]) => wanted).join("/")}`);
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), fc.boolean(), (raw, repair) => void parsePath(raw, NO_PROVIDERS, repair)));
    fc.assert(fc.property(path, fc.boolean(), (raw, repair) => void parsePath(raw, WITH_OPENAI, repair)));
  });

  test("takes time that grows no faster than the path", () => {
    for (const piece of ["/", "/v1", "/chat/completions", "/models", "/openai", "/x", "//v1beta/openai"]) {
      const raw = piece.repeat(Math.ceil(16_384 / piece.length));
      expect(parsePath(raw, NAMES, true).kind).toBeString();
    }
  });
});
