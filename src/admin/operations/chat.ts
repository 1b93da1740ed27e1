// `chat`: one chat completion through the proxy, by the operator.
import { z } from "zod";
import { EXIT } from "../../core/exit-codes.ts";
import { UserError } from "../../core/user-error.ts";
import type { ChatPart, ChatQuestion } from "../chat-port.ts";
import { allKnownKeys, type KnownKey } from "../known-keys.ts";
import { stream } from "../operation.ts";
import type { ControlPorts } from "../ports.ts";
import { recordDetail, toRecordDetail } from "../record-rows.ts";
import { selectKeys } from "../select-keys.ts";

const MOST_NAME = 512;
const MOST_MESSAGES = 1_000;
const MOST_TEXT = 4 * 1024 * 1024;

const message = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant"]).describe("Who says it."),
  content: z.string().max(MOST_TEXT).describe("What is said."),
});

const tokens = z.int().min(1).optional();

const input = z.strictObject({
  model: z.string().min(1).max(MOST_NAME).optional().describe("The model, or a name under `models`."),
  provider: z.string().min(1).max(MOST_NAME).optional().describe("The provider; as the model says by default."),
  key: z.string().min(1).max(MOST_NAME).optional().describe("The only key that may serve it, by its id or name."),
  messages: z.array(message).min(1).max(MOST_MESSAGES).describe("The conversation, oldest first."),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .optional()
    .describe("How much is left to chance; as the model does by default."),
  max_tokens: tokens.describe("How long the answer may become."),
  max_completion_tokens: tokens.describe("The same for models that refuse `max_tokens`."),
  stream: z.boolean().default(true).describe("The answer is to come in events, while it is made."),
  usage: z
    .boolean()
    .default(true)
    .describe("Of a stream: asks for its usage too (`stream_options`), which some providers refuse."),
});

const item = z.object({
  kind: z
    .enum(["head", "data", "end"])
    .describe("First `head`, when the answer begins, then `data` as it comes, and `end` when all is over."),
  request_id: z.string().optional().describe("Of `head`: the id of the request."),
  status: z.int().optional().describe("Of `head`: what a client would see; errors are answers too."),
  text: z
    .string()
    .optional()
    .describe("Of `data`: the next piece of the body, as it came but for secrets, which are masked."),
  record: recordDetail
    .omit({ seq: true, body: true })
    .optional()
    .describe("Of `end`: what `logs.get` tells of it, also where it is not recorded, with every attempt in any case."),
});

export const chat = stream({
  name: "chat",
  kind: "change",
  who: "admin",
  summary:
    "Sends one chat completion the way that those of clients go: what it costs and meets counts as theirs does, as that of the client token `(admin)`.",
  input,
  output: item,
  async *run(given, ports, signal) {
    if (ports.daemon === undefined)
      throw new UserError(
        "Cannot chat without a running daemon: start one with openai-balance serve",
        EXIT.unreachable,
      );
    const question = await questionOf(given, ports);
    for await (const part of ports.chat.ask(question, signal)) yield itemOf(part);
  },
});

type Given = z.output<typeof input>;

async function questionOf({ key: word, provider, usage, ...asked }: Given, ports: ControlPorts): Promise<ChatQuestion> {
  const withUsage = asked.stream && usage ? { stream_options: { include_usage: true } } : {};
  const key = word === undefined ? undefined : await keyOf(word, provider, ports);
  return {
    body: { ...asked, ...withUsage },
    provider,
    pin: key && { provider: key.provider, keyId: key.key.id },
  };
}

/** @throws UserError unless the word means one key, of a provider that is enabled. */
async function keyOf(word: string, provider: string | undefined, ports: ControlPorts): Promise<KnownKey> {
  const [found, ...more] = await selectKeys(await allKnownKeys(ports), { keys: [word], provider }, ports);
  if (found === undefined || more.length > 0) throw new UserError("Which key? Name one of them by its id");
  if (found.service === "on") return found;
  const fault = found.service === "off" ? "is not enabled" : "is not configured";
  throw new UserError(`The key cannot serve: its provider ${found.provider} ${fault}`);
}

function itemOf(part: ChatPart): z.output<typeof item> {
  switch (part.kind) {
    case "head":
      return { kind: "head", request_id: part.requestId, status: part.status };
    case "data":
      return part;
    case "end": {
      const { seq: _, ...record } = toRecordDetail({ ...part.record, seq: 0, body: undefined });
      return { kind: "end", record };
    }
    default:
      return part satisfies never;
  }
}
