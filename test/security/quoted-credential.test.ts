// A provider that quotes the credential, in whatever spelling and place, does not hand it to the client or the log.
import { afterAll, expect, test } from "bun:test";
import { MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { rawRequest, requestText } from "../fixture/raw-client.ts";
import { startRawUpstream } from "../fixture/raw-upstream.ts";
import { until } from "../fixture/until.ts";

const KEY = 'fake/Quoted+key=with"signs.0123456789';
const SPELLINGS = [
  KEY,
  encodeURIComponent(KEY),
  JSON.stringify(KEY).slice(1, -1),
  Buffer.from(KEY).toString("base64"),
  Buffer.from(`:${KEY}`).toString("base64"),
  Buffer.from(`me:${KEY}`).toString("base64url"),
];
const upstream = await startRawUpstream();
const daemon = await startDaemon(
  JSON.stringify({ providers: [{ name: "main", base_url: upstream.url, api_keys: [KEY], max_retries: 0 }] }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

test.each([200, 201, 304, 400, 404])("in the headers of a %d", async (status) => {
  const quotes = SPELLINGS.map((text, index) => `X-Quote-${index}: <${text}>\r\n`).join("");
  const head = `${status} Scripted\r\n${quotes}Location: /x?key=${encodeURIComponent(KEY)}`;
  const answer = await answered(head, status === 304 ? "" : "{}");
  expect(answer.status).toBe(status);
  expect(answer.head.match(/^x-quote-\d: <.*>$/gim)).toHaveLength(SPELLINGS.length);
  expectNone(answer.head);
});

test.each(SPELLINGS)("in the body of an error: %s", async (quoted) => {
  const answer = await answered("400 Bad", `{"error":{"message":"Bad key ${quoted} given","code":"x"}}`);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body).error.message).toStartWith("Bad key ");
  expectNone(answer.body);
});

test("in the log of all that", async () => {
  await until("the records of all errors", () => (daemon.logs().match(/Bad key /g) ?? []).length >= SPELLINGS.length);
  expectNone(daemon.logs());
});

function answered(head: string, body: string) {
  upstream.answer = ({ socket }) =>
    void socket.write(
      `HTTP/1.1 ${head}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  const request = JSON.stringify({ model: MODEL });
  return rawRequest(daemon.url, requestText("POST /v1/chat/completions", ["Connection: close"], request));
}

function expectNone(text: string): void {
  for (const spelling of SPELLINGS) expect(text).not.toContain(spelling.replace(/.?=*$/, ""));
}
