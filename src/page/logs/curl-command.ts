// A request as a command of the shell, to try it again: without any secret, and with a stub in place of its body.

/** What is known of a request. */
export interface AskedRequest {
  readonly method: string;
  readonly route: string;
  readonly operation: string;
  readonly model?: string | undefined;
  readonly stream: boolean;
}

export interface CurlOptions {
  /** Where the daemon listens. */
  readonly origin: string;
  /** Only this provider: the request goes to its own path. */
  readonly provider?: string | undefined;
}

const WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD", "DELETE"]);

/** Bodies that ask for as little as possible, by the operation. */
const STUBS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "chat/completions": { messages: [{ role: "user", content: "Say hi" }] },
  completions: { prompt: "Say hi" },
  responses: { input: "Say hi" },
  embeddings: { input: "hi" },
  moderations: { input: "hi" },
  messages: { max_tokens: 64, messages: [{ role: "user", content: "Say hi" }] },
  "images/generations": { prompt: "A dot" },
  "audio/speech": { input: "Hi", voice: "alloy" },
};

/** Lines that a POSIX shell takes as they are, whatever a client wrote into the names. */
export function curlCommand(request: AskedRequest, { origin, provider }: CurlOptions): string {
  const { method, route, operation, model, stream } = request;
  const path = provider === undefined ? route : pinned(route, provider);
  const lines = [
    `curl ${method === "POST" ? "" : `-X ${shellQuoted(method)} `}${shellQuoted(origin + path)}`,
    `-H "Authorization: Bearer $OPENAI_API_KEY"`,
  ];
  if (!WITHOUT_BODY.has(method)) {
    const stub = STUBS[operation] ?? {};
    const body = { ...(model !== undefined && { model }), ...stub, ...(stream && { stream: true }) };
    lines.push("-H 'Content-Type: application/json'", `-d ${shellQuoted(asciiJson(body))}`);
  }
  return lines.join(" \\\n  ");
}

/** `/v1/chat/completions` at a provider is `/openai/v1/chat/completions`; a path of a provider's own is one already. */
function pinned(route: string, provider: string): string {
  return route.startsWith("/v1/") ? `/${encodeURIComponent(provider)}${route}` : route;
}

/** In single quotes nothing means anything but a single quote (POSIX 2.2.2). */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Nothing that a terminal would act upon, or that looks like another text, such as marks that turn it around. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (letter) => {
    return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
