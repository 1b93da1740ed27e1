// What the control operations do with webhooks.
import type { WebhookReport, WebhooksPort } from "../admin/webhooks-port.ts";
import { shownWebhookUrl } from "../config/webhook-config.ts";
import { UserError } from "../core/user-error.ts";
import type { Instance } from "./instance.ts";
import { isTaken, type WebhookState } from "./webhook-keeper.ts";

/** The webhooks of an instance, as control operations see them. */
export function webhooksPort({ observers, timing }: Instance): WebhooksPort {
  const { webhooks } = observers;
  return {
    list: () => webhooks.states().map(reportOf),
    test: async (name, signal) => {
      const found = webhooks.states().find(({ config }) => config.name === name);
      if (found === undefined) throw new UserError("The webhook is not configured any more");
      const startedAt = timing.now();
      const end = await webhooks.test(found.config, signal);
      const how = end.status === undefined ? { fault: end.fault } : { status: end.status };
      return { isOk: isTaken(end), latencyMs: timing.now() - startedAt, ...how };
    },
  };
}

function reportOf({ config, ...delivery }: WebhookState): WebhookReport {
  const { name, url, form, events, providers, secret } = config;
  return { name, shown: shownWebhookUrl(url), form, events, providers, isSigned: secret !== undefined, ...delivery };
}
