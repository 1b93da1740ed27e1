// The config file that `init` writes.

/** How many random bytes `initConfig` needs. */
export const INIT_RANDOM_BYTES = 48;

/**
 * A commented config with a fresh client token and admin token.
 * @param random At least `INIT_RANDOM_BYTES` bytes from a secure source.
 * @param presets Names of the presets that it begins with, at least one.
 * @throws if there are fewer bytes.
 */
export function initConfig(random: Uint8Array, presets: readonly string[] = ["openai"]): string {
  if (random.length < INIT_RANDOM_BYTES) throw new RangeError("Cannot make tokens: too few random bytes");
  const hex = (from: number, to: number) => Buffer.from(random.subarray(from, to)).toString("hex");
  return TEMPLATE.replace("CLIENT_TOKEN", `sk-ob-${hex(0, 24)}`)
    .replace("ADMIN_TOKEN", `admin-${hex(24, 48)}`)
    .replace("  - name: openai", presets.map((name) => `  - name: ${name}`).join("\n"));
}

// Variables are written with an escape, so that no tool takes them for templates.
const TEMPLATE = `# Configuration of openai-balance. \`openai-balance config check\` validates it, a running daemon follows changes.
# This file holds secrets: keep its mode at 0600. Any string may refer to variables: \x24{NAME} or \x24{NAME:-default}.

server:
  host: 127.0.0.1 # 0.0.0.0 lets other machines in
  port: 8000

auth:
  # What programs use as their API key here.
  client_tokens:
    - CLIENT_TOKEN
  # Opens the admin reads such as /v1/providers/status.
  admin_token: ADMIN_TOKEN

# The first enabled provider with keys serves requests that name none.
providers:
  # A known name needs no base_url, and without api_keys the key is taken from its usual variable (OPENAI_API_KEY):
  # openai, anthropic, gemini, deepseek, groq, openrouter, mistral, xai, together, fireworks, siliconflow, moonshot,
  # dashscope, ollama.
  - name: openai
    # Several keys share the load; a variable may hold a list separated by commas.
    # api_keys:
    #   - \x24{OPENAI_API_KEY}
    #   - { env: OPENAI_KEY_B }
    # keys_file: openai.keys # one key per line

  # - name: deepseek
  #   api_keys: ["\x24{DEEPSEEK_API_KEY}"]

  # - name: my-server
  #   base_url: http://127.0.0.1:8080/v1
  #   auth_header: none # it wants no key

# Names that clients may ask for, with fallback in order.
# models:
#   fast: [deepseek/deepseek-chat, openai/gpt-4o-mini]
`;
