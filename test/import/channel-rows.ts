// Channels as one-api and new-api write them.
import { fakeSecret } from "../fixture/secrets.ts";

export const KEYS = ["a", "b", "c", "d"].map((name) => fakeSecret(`channel_${name}`));
/** As one-api has it. */
export const OLD = {
  id: 1,
  type: 1,
  key: KEYS[0],
  status: 1,
  name: "main",
  weight: 0,
  base_url: "",
  other: "",
  models: "gpt-4o,gpt-4o-mini",
  group: "default",
  model_mapping: "",
  priority: 0,
  config: "{}",
};
/** As new-api has it. */
export const NEW = {
  ...OLD,
  openai_organization: null,
  test_model: null,
  status_code_mapping: "",
  auto_ban: 1,
  other_info: "",
  tag: null,
  setting: null,
  param_override: null,
  header_override: null,
  channel_info: { is_multi_key: false, multi_key_size: 0, multi_key_status_list: null },
};
