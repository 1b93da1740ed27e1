// The config file that `init` writes.

/** What differs from one file to the next. `presets`: names of known providers, at least one. */
export interface InitFacts {
  readonly clientToken: string;
  readonly adminToken: string;
  readonly presets: readonly string[];
}

/** A commented config file. */
export function initTemplate({ clientToken, adminToken, presets }: InitFacts): string {
  return `# Configuration of openai-balance. \`openai-balance config check\` validates it, a running daemon follows changes.
# This file holds secrets: keep its mode at 0600. Any string may refer to variables: \${NAME} or \${NAME:-default}.

server:
  host: 127.0.0.1 # 0.0.0.0 lets other machines in; tls: { cert: fullchain.pem, key: privkey.pem } serves HTTPS
  port: 8000

auth:
  # What programs use as their API key here.
  client_tokens:
    - ${clientToken}
    # - { name: ci, token: "\${CI_TOKEN}", models: ["gpt-4o-mini"], rpm: 60, tpd: 2M, expires: 2099-01-01 }
  # Opens the page at /admin, the control API, and the admin reads such as /v1/providers/status.
  admin_token: ${adminToken}

# The first enabled provider with keys serves requests that name none.
providers:
  # A known name needs no base_url: openai, anthropic, gemini, deepseek, groq, openrouter, mistral, xai, together,
  # fireworks, siliconflow, moonshot, dashscope, ollama. Its keys are those added with \`openai-balance keys add\`, those
  # written here, and without any here the one in its usual variable (OPENAI_API_KEY).
${presets.map((name) => `  - name: ${name}`).join("\n")}
    # Several keys share the load; a variable may hold a list separated by commas.
    # api_keys:
    #   - \${OPENAI_API_KEY}
    #   - { env: OPENAI_KEY_B }
    # keys_file: openai.keys # one key per line

  # - name: deepseek
  #   api_keys: ["\${DEEPSEEK_API_KEY}"]

  # - name: my-server
  #   base_url: http://127.0.0.1:8080/v1
  #   auth_header: none # it wants no key

# Names that clients may ask for, with fallback in order.
# models:
#   fast: [deepseek/deepseek-chat, openai/gpt-4o-mini]
`;
}
