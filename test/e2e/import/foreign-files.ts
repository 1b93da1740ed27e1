// Files as other programs write them, whose keys are for an upstream of a test.
import { Database } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import { MODEL } from "../../fixture/client.ts";
import { fakeSecret } from "../../fixture/secrets.ts";

export const KEYS = [fakeSecret("foreign_a"), fakeSecret("foreign_b")];
export const TOKEN = `sk-${fakeSecret("foreign_token")}`;

export interface ForeignFile {
  readonly name: string;
  /** `url`: with `/v1` at its end. */
  readonly write: (path: string, url: string) => void;
  /** Where clients find what it brings. */
  readonly path: string;
  /** The same beside a default provider that is another one, where that differs. */
  readonly pathBeside?: string;
  /** It brings the client token. */
  readonly hasToken: boolean;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const CHAT = "/v1/chat/completions";
const INFO = JSON.stringify({
  is_multi_key: true,
  multi_key_size: 2,
  multi_key_status_list: {},
  multi_key_mode: "random",
});

/** As gorm writes them. */
const ONE_API = `
CREATE TABLE channels (id integer PRIMARY KEY AUTOINCREMENT, type integer DEFAULT 0, key text, status integer DEFAULT 1,
  name text, weight integer DEFAULT 0, created_time integer, base_url text DEFAULT "", other text, models text,
  "group" varchar(32) DEFAULT "default", model_mapping varchar(1024) DEFAULT "", priority integer DEFAULT 0, config text);
CREATE TABLE tokens (id integer PRIMARY KEY AUTOINCREMENT, user_id integer, key char(48), status integer DEFAULT 1,
  name text, expired_time integer DEFAULT -1, remain_quota integer DEFAULT 0, unlimited_quota numeric DEFAULT false,
  models text, subnet text DEFAULT "");
CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, username text, password text NOT NULL, status integer DEFAULT 1);
CREATE TABLE options (key text PRIMARY KEY, value text);
INSERT INTO users VALUES (1, 'root', 'fake', 1);`;
const NEW_API = `${ONE_API}
ALTER TABLE channels ADD COLUMN tag text;
ALTER TABLE channels ADD COLUMN setting text;
ALTER TABLE channels ADD COLUMN header_override text;
ALTER TABLE channels ADD COLUMN channel_info json;
ALTER TABLE tokens ADD COLUMN model_limits_enabled numeric DEFAULT false;
ALTER TABLE tokens ADD COLUMN model_limits text;
ALTER TABLE tokens ADD COLUMN allow_ips text DEFAULT "";
ALTER TABLE tokens ADD COLUMN deleted_at datetime;`;
const GPT_LOAD = `
CREATE TABLE groups (id integer PRIMARY KEY AUTOINCREMENT, name varchar(255) NOT NULL, display_name varchar(255),
  proxy_keys text, upstreams json NOT NULL, validation_endpoint varchar(255), channel_type varchar(50) NOT NULL,
  sort integer DEFAULT 0, test_model varchar(255) NOT NULL, param_overrides json, config json, header_rules json);
CREATE TABLE api_keys (id integer PRIMARY KEY AUTOINCREMENT, key_value text NOT NULL, key_hash varchar(64),
  group_id integer NOT NULL, status varchar(50) DEFAULT 'active', notes varchar(255) DEFAULT '');
CREATE TABLE system_settings (id integer PRIMARY KEY AUTOINCREMENT, setting_key text, setting_value text);
INSERT INTO system_settings (setting_key, setting_value) VALUES ('request_timeout', '600'), ('max_retries', '3');`;

export const FOREIGN_FILES: readonly ForeignFile[] = [
  {
    name: "what /api/config answers",
    path: CHAT,
    pathBeside: `/old${CHAT}`,
    hasToken: true,
    write: (path, url) => {
      const providers = [{ name: "old", path: "old", base_url: url, api_keys: KEYS, enabled: true, test_model: MODEL }];
      const config = { PROVIDERS_CONFIG: JSON.stringify(providers), ALLOWED_TOKENS: [TOKEN], DEFAULT_PROVIDER: "old" };
      writeFileSync(path, JSON.stringify(config));
    },
  },
  {
    name: "channels and tokens of one-api",
    path: CHAT,
    hasToken: true,
    write: (path, url) => {
      using database = databaseAt(path, ONE_API);
      const channel = database.query(
        "INSERT INTO channels (type, key, name, base_url, models, config) VALUES (1, ?, ?, ?, ?, '{}')",
      );
      for (const [index, key] of KEYS.entries()) channel.run(key, `c${index}`, new URL(url).origin, MODEL);
      database.run("INSERT INTO tokens (user_id, key, name, unlimited_quota) VALUES (1, ?, 'app', 1)", [
        TOKEN.slice(3),
      ]);
    },
  },
  {
    name: "a channel of new-api with several keys",
    path: CHAT,
    hasToken: true,
    write: (path, url) => {
      using database = databaseAt(path, NEW_API);
      database.run(
        "INSERT INTO channels (type, key, name, base_url, models, channel_info) VALUES (1, ?, 'pool', ?, ?, ?)",
        [KEYS.join("\n"), new URL(url).origin, MODEL, Buffer.from(INFO)],
      );
      database.run("INSERT INTO tokens (user_id, key, name, unlimited_quota) VALUES (1, ?, 'app', 1)", [
        TOKEN.slice(3),
      ]);
    },
  },
  {
    name: "the export of a group of gpt-load",
    path: `/pool${CHAT}`,
    hasToken: true,
    write: (path, url) => writeFileSync(path, JSON.stringify(exportedGroup(url), null, 2)),
  },
  {
    name: "the database of gpt-load",
    path: `/pool${CHAT}`,
    hasToken: true,
    write: (path, url) => {
      using database = databaseAt(path, GPT_LOAD);
      database.run(
        "INSERT INTO groups (name, proxy_keys, upstreams, channel_type, test_model, config) VALUES ('pool', ?, ?, 'openai', ?, '{}')",
        [TOKEN, JSON.stringify([{ url: new URL(url).origin, weight: 1 }]), MODEL],
      );
      for (const key of KEYS) database.run("INSERT INTO api_keys (key_value, group_id) VALUES (?, 1)", [key]);
    },
  },
  {
    name: "the config.yaml of LiteLLM",
    path: CHAT,
    hasToken: false,
    env: { FIRST_KEY: KEYS[0] ?? "" },
    write: (path, url) =>
      writeFileSync(
        path,
        `model_list:
  - model_name: ${MODEL}
    litellm_params: &first
      model: openai/upstream-name
      api_base: ${url}
      api_key: os.environ/FIRST_KEY
  - model_name: ${MODEL}
    litellm_params:
      <<: *first
      api_key: ${KEYS[1]}
`,
      ),
  },
];

function databaseAt(path: string, sql: string): Database {
  const database = new Database(path, { create: true });
  database.run("PRAGMA journal_mode = WAL");
  database.run(sql);
  return database;
}

function exportedGroup(url: string) {
  return {
    group: {
      name: "pool",
      display_name: "Pool",
      group_type: "standard",
      channel_type: "openai",
      upstreams: [{ url: new URL(url).origin, weight: 1 }],
      test_model: MODEL,
      validation_endpoint: CHAT,
      param_overrides: {},
      config: {},
      header_rules: [],
      model_redirect_rules: {},
      proxy_keys: TOKEN,
    },
    keys: KEYS.map((key) => ({ key_value: key, status: "active" })),
    sub_groups: [],
    exported_at: "2026-01-02T03:04:05Z",
    version: "2.0",
  };
}
