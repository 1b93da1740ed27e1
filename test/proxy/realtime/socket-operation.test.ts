// What the address of a WebSocket says.
import { expect, test } from "bun:test";
import { socketFacts, withModel } from "../../../src/proxy/realtime/socket-operation.ts";
import { asksForSocket, handshakeFault, withoutHandshake } from "../../../src/proxy/realtime/socket-request.ts";
import {
  answeredProtocol,
  offeredAgain,
  offeredProtocols,
  withSocketToken,
} from "../../../src/proxy/realtime/subprotocols.ts";
import { loadValid } from "../../config/load.ts";

test.each<[string, string, object]>([
  ["/realtime", "?model=m", { name: "realtime", computes: true, stateful: false, model: "m", keepsModel: true }],
  ["/realtime", "?deployment=d", { name: "realtime", model: "d" }],
  ["/realtime", "?intent=transcription", { name: "realtime", model: undefined, keepsModel: false }],
  // Of two names nobody knows which the provider obeys; the others say that the model is set elsewhere.
  ["/realtime", "?model=m&model=n", { model: "m", keepsModel: false }],
  ["/realtime", "?model=m&deployment=n", { model: "m", keepsModel: false }],
  ["/realtime", "?model=m&%6Dodel=n", { keepsModel: false }],
  ["/realtime", "?model=m&call_id=rtc_1", { model: "m", keepsModel: false }],
  ["/realtime", "?model=m&intent=transcription", { model: "m", keepsModel: false }],
  ["/realtime", "?call_id=rtc_1", { name: "realtime", stateful: true, objectPath: "/realtime/calls/rtc_1" }],
  ["/responses", "", { name: "responses", computes: true, stateful: false, keepsModel: false }],
  ["/live/sessions", "", { stateful: false, computes: true }],
  ["/live/sessions/s_1/attach", "", { stateful: true, objectPath: "/live/sessions/s_1/attach" }],
  ["/live/sessions/s_1/fork", "", { stateful: true }],
  ["/something/new", "?model=m", { name: "unknown", computes: false, stateful: false, keepsModel: false }],
])("%s%s", (rest, query, expected) => {
  const { operation, ...facts } = socketFacts(rest, query, undefined);
  expect({ ...facts, ...operation, protocol: operation.protocol }).toMatchObject({ ...expected, protocol: "other" });
});

test("Gemini's services are operations of their own", () => {
  const path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
  expect(socketFacts(path, "", "gemini").operation).toMatchObject({
    name: "BidiGenerateContent",
    computes: true,
    template: "/ws/*.GenerativeService.BidiGenerateContent",
  });
});

test("a service that nobody knows gives its name to nothing, as a client makes it up", () => {
  const path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.ek_madeup0123456789";
  expect(socketFacts(path, "", "gemini").operation).toMatchObject({
    name: "unknown",
    computes: false,
    template: "/ws/*",
  });
});

const [openai, azure] = loadValid({
  yaml: JSON.stringify({
    providers: [
      { name: "openai", api_keys: ["fake-secret-1"] },
      {
        name: "azure",
        dialect: "azure",
        base_url: "https://a.test/openai/v1",
        api_version: "2025-04-01-preview",
        api_keys: ["fake-secret-2"],
      },
    ],
  }),
}).config.providers;

test.each<["openai" | "azure", string, string | undefined, string]>([
  ["openai", "?model=a", "a", "?model=a"],
  ["openai", "?x=%20&model=a&y", "b/c d", "?x=%20&model=b%2Fc%20d&y"],
  ["openai", "?model=a%20b", "a b", "?model=a%20b"],
  ["openai", "?model=a", undefined, "?model=a"],
  ["openai", "?intent=transcription", "m", "?intent=transcription"],
  ["openai", "?deployment=a", "a", "?model=a"],
  ["azure", "?model=a&z=1", "a", "?deployment=a&z=1"],
  ["openai", "", "m", ""],
])("%s: %s as %s", (provider, query, model, expected) => {
  const config = provider === "openai" ? openai : azure;
  if (config === undefined) throw new Error("No provider");
  expect(withModel(query, model, config)).toBe(expected);
});

const TOKEN = "openai-insecure-api-key.t-1";
const asked = (headers: Readonly<Record<string, string>>, method = "GET") =>
  new Request("http://h/v1/realtime", { method, headers });

test("which requests ask for a WebSocket", () => {
  expect(asksForSocket(asked({ upgrade: "WebSocket" }))).toBeTrue();
  expect(asksForSocket(asked({ upgrade: "h2c, websocket" }))).toBeTrue();
  expect(asksForSocket(asked({ upgrade: "h2c" }))).toBeFalse();
  expect(asksForSocket(asked({ upgrade: "websocket" }, "POST"))).toBeFalse();
  expect(asksForSocket(asked({}))).toBeFalse();
});

test.each<[string, string | undefined, string | undefined]>([
  ["13", "dGhlIHNhbXBsZSBub25jZQ==", undefined],
  ["8", "dGhlIHNhbXBsZSBub25jZQ==", "unsupported_websocket_version"],
  ["13", "short", "invalid_websocket_handshake"],
  ["13", undefined, "invalid_websocket_handshake"],
])("a handshake of version %s with key %s", (version, key, fault) => {
  const headers = {
    connection: "keep-alive, Upgrade",
    "sec-websocket-version": version,
    ...(key === undefined ? {} : { "sec-websocket-key": key }),
  };
  expect(handshakeFault(asked(headers)) as string | undefined).toBe(fault);
});

test("a handshake that asks for no upgrade of its connection", () => {
  const headers = { "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
  expect(handshakeFault(asked(headers))).toBe("invalid_websocket_handshake");
});

test.each<[string, string, string | undefined]>([
  ["content-length", "5", "invalid_websocket_handshake"],
  ["content-length", "0", undefined],
  ["transfer-encoding", "chunked", "invalid_websocket_handshake"],
])("a handshake with a body: %s: %s", (name, value, fault) => {
  const handshake = { "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
  const headers = { connection: "Upgrade", ...handshake, [name]: value };
  expect(handshakeFault(asked(headers)) as string | undefined).toBe(fault);
});

test("a token in a subprotocol counts beside what is in headers", () => {
  const protocol = { "sec-websocket-protocol": `realtime, ${TOKEN}` };
  expect(withSocketToken(new Headers(protocol)).get("authorization")).toBe("Bearer t-1");
  const both = withSocketToken(new Headers({ ...protocol, authorization: "Bearer other" }));
  expect([both.get("authorization"), both.get("x-api-key")]).toEqual(["Bearer other", "t-1"]);
  const none = new Headers({ "sec-websocket-protocol": "realtime" });
  expect(withSocketToken(none)).toBe(none);
});

test("neither a credential nor an account goes on in a subprotocol", () => {
  const headers = new Headers({
    "sec-websocket-protocol": `realtime, ${TOKEN}, openai-organization.o, openai-project.p, openai-beta.realtime-v1`,
  });
  expect(offeredProtocols(headers, false)).toEqual(["realtime", "openai-beta.realtime-v1"]);
  expect(offeredProtocols(headers, true)).toEqual([
    "realtime",
    "openai-organization.o",
    "openai-project.p",
    "openai-beta.realtime-v1",
  ]);
  expect([answeredProtocol(headers, "openai-beta.realtime-v1"), answeredProtocol(headers, undefined)]).toEqual([
    "openai-beta.realtime-v1",
    "realtime",
  ]);
  expect(answeredProtocol(new Headers(), undefined)).toBeUndefined();
});

test("another key is offered what the client was answered, and its settings", () => {
  const offered = ["realtime", "openai-project.p", "openai-beta.realtime-v1", "other"];
  expect(offeredAgain(offered, "realtime")).toEqual(["realtime", "openai-project.p", "openai-beta.realtime-v1"]);
  expect(offeredAgain(offered, undefined)).toEqual(["openai-project.p", "openai-beta.realtime-v1"]);
});

test("the client's handshake does not go on", () => {
  const headers = new Headers({
    "sec-websocket-key": "k",
    "sec-websocket-extensions": "permessage-deflate",
    "x-other": "1",
  });
  expect([...withoutHandshake(headers).keys()]).toEqual(["x-other"]);
  expect(headers.has("sec-websocket-key")).toBeTrue();
});
