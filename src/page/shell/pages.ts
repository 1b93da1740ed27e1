// Which component shows which page; each is loaded when it is first shown.
import type { ComponentType } from "preact";
import type { PageName } from "../../dashboard/page-names.ts";

/** `rest`: the id of one thing of the page, as the address names it. */
export interface PageProps {
  readonly rest: string | undefined;
}

export type PageLoader = () => Promise<ComponentType<PageProps>>;

export const PAGES: Readonly<Record<PageName, PageLoader>> = {
  overview: async () => (await import("../overview/overview-page.tsx")).OverviewPage,
  keys: async () => (await import("../keys/keys-page.tsx")).KeysPage,
  logs: async () => (await import("../logs/logs-page.tsx")).LogsPage,
  playground: async () => (await import("../playground/playground-page.tsx")).PlaygroundPage,
  explain: async () => (await import("../explain/explain-page.tsx")).ExplainPage,
  config: async () => (await import("../config/config-page.tsx")).ConfigPage,
  tokens: async () => (await import("../tokens/tokens-page.tsx")).TokensPage,
  proxies: async () => (await import("../proxies/proxies-page.tsx")).ProxiesPage,
  jobs: async () => (await import("../jobs/jobs-page.tsx")).JobsPage,
  webhooks: async () => (await import("../webhooks/webhooks-page.tsx")).WebhooksPage,
  sessions: async () => (await import("../sessions/sessions-page.tsx")).SessionsPage,
};
