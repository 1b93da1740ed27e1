// `providers.reset`: what an operator does about a breaker that is open, or a provider that is suspect.
import { z } from "zod";
import { UserError } from "../../core/user-error.ts";
import { call } from "../operation.ts";
import { checkProvider } from "../select-keys.ts";

export const providersReset = call({
  name: "providers.reset",
  kind: "change",
  who: "admin",
  summary:
    "Closes the breakers of a provider and ends a suspicion, so that the next request may go there; or closes that of one of its models. Its keys stay as they are.",
  input: z.strictObject({
    provider: z.string().min(1).describe("Its name."),
    model: z.string().min(1).optional().describe("Only the breaker of this model, by the upstream's name."),
  }),
  output: z.object({
    provider: z.string().describe("Its name."),
    model: z.string().optional().describe("The model, if only that was meant."),
    cleared: z.boolean().describe("False where nothing was open or in doubt."),
  }),
  async run({ provider, model }, ports) {
    const config = ports.config();
    checkProvider(provider, config);
    if (!config.providers.some(({ name, enabled }) => name === provider && enabled)) {
      throw new UserError(`The provider ${provider} is not enabled, so that nothing is called there`);
    }
    const cleared = await ports.health.resetProvider(provider, model);
    return { provider, ...(model !== undefined && { model }), cleared };
  },
});
