// Edits a config text, by set where there is a value, else by unset.

import { type EditResult, editConfig } from "../../src/config/edit-config.ts";

export const SECRET = "sk-fake-secret-1";

/** Written by hand, with columns and blanks that no program would choose. */
export const EXAMPLE = `# A file by hand.
server:
  host:   127.0.0.1   # only here
  port: 8000 # as always

auth:
  client_tokens:
    - \${CLIENT_TOKEN}
    - { name: ci, token: { env: CI_TOKEN } }
  admin_token: 'sk-fake-admin-1' # for reads

providers:
  - name: openai
    api_keys: ["\${OPENAI_API_KEY}",  {key: sk-fake-2, name: b}]
    models: {include: ["*"], exclude: [ "*-preview" ]}

  # The cheap one.
  - name: deepseek
    max_retries: 3

models:
  fast: [deepseek/chat,openai/gpt]
  # the rest
  even:
    - [openai/a, deepseek/b]
    - openai/c

default_provider: "openai"
`;

export type Edited = Extract<EditResult, { readonly ok: true }>;

/** @throws with the message if the edit is refused. */
export function edited(text: string, path: string, value?: string): Edited {
  const result = edit(text, path, value);
  if (!result.ok) throw new Error(result.message);
  return result;
}

/** Why an edit is refused. @throws if it is not. */
export function refusal(text: string, path: string, value?: string): string {
  const result = edit(text, path, value);
  if (result.ok) throw new Error(`Expected no edit of ${path}`);
  return result.message;
}

function edit(text: string, path: string, value: string | undefined): EditResult {
  return editConfig(text, value === undefined ? { path, remove: true } : { path, value });
}
