// Which component shows which page; each is loaded when it is first shown.
import type { ComponentType } from "preact";
import type { PageName } from "../../dashboard/page-names.ts";
import { loadModule } from "../api/load-module.ts";

/** `rest`: the id of one thing of the page, as the address names it. */
export interface PageProps {
  readonly rest: string | undefined;
}

export type PageLoader = () => Promise<ComponentType<PageProps>>;

export const PAGES: Readonly<Record<PageName, PageLoader>> = {
  overview: async () => (await loadModule(() => import("../overview/overview-page.tsx"))).OverviewPage,
  keys: async () => (await loadModule(() => import("../keys/keys-page.tsx"))).KeysPage,
  logs: async () => (await loadModule(() => import("../logs/logs-page.tsx"))).LogsPage,
  playground: async () => (await loadModule(() => import("../playground/playground-page.tsx"))).PlaygroundPage,
  explain: async () => (await loadModule(() => import("../explain/explain-page.tsx"))).ExplainPage,
  config: async () => (await loadModule(() => import("../config/config-page.tsx"))).ConfigPage,
  tokens: async () => (await loadModule(() => import("../tokens/tokens-page.tsx"))).TokensPage,
  proxies: async () => (await loadModule(() => import("../proxies/proxies-page.tsx"))).ProxiesPage,
  jobs: async () => (await loadModule(() => import("../jobs/jobs-page.tsx"))).JobsPage,
  webhooks: async () => (await loadModule(() => import("../webhooks/webhooks-page.tsx"))).WebhooksPage,
  sessions: async () => (await loadModule(() => import("../sessions/sessions-page.tsx"))).SessionsPage,
};
