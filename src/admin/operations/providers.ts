// `providers`: what is configured.
import { z } from "zod";
import { withoutUrlPassword } from "../../config/url-password.ts";
import { call } from "../operation.ts";

export const providers = call({
  name: "providers",
  kind: "read",
  who: "admin",
  summary: "Lists the configured providers.",
  input: z.strictObject({}),
  output: z.object({
    providers: z.array(
      z.object({
        name: z.string(),
        path: z.string().describe("Its second name in URLs."),
        base_url: z.string(),
        dialect: z.string(),
        enabled: z.boolean(),
        is_default: z.boolean(),
        keys: z.int(),
        test_model: z.string().optional(),
      }),
    ),
  }),
  run(_input, ports) {
    const { providers: all, defaultProvider } = ports.config();
    return {
      providers: all.map(({ name, path, baseUrl, dialect, enabled, keys, testModel }) => ({
        name,
        path,
        base_url: withoutUrlPassword(baseUrl),
        dialect,
        enabled,
        is_default: name === defaultProvider,
        keys: keys.length,
        ...(testModel !== undefined && { test_model: testModel }),
      })),
    };
  },
});
