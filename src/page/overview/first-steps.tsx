// What stands where nothing can be shown yet: how to add a key, and a first request that works.
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { curlLine, keysAddLine } from "./first-lines.ts";
import type { Overview } from "./use-overview.ts";

/** Nothing where there is a key, and requests come. */
export function FirstSteps({ overview }: { readonly overview: Overview }) {
  if (overview.keys.total === 0) return <AddKeys overview={overview} />;
  if (hasUsage(overview)) return null;
  return <FirstRequest overview={overview} />;
}

/** There were requests lately, or nobody knows. */
export function hasUsage({ periods, recording }: Overview): boolean {
  return !recording || periods === undefined || Object.values(periods).some(({ requests }) => requests > 0);
}

function AddKeys({ overview }: { readonly overview: Overview }) {
  const provider = overview.providers.find(({ is_default }) => is_default)?.name;
  const line = keysAddLine(provider);
  return (
    <section class="card" aria-labelledby="first-keys">
      <h2 id="first-keys">{t("overview.first.keys_title")}</h2>
      <p>{t("overview.first.keys_text")}</p>
      <p>
        <Link class="button button-primary" href={pagePath("keys", { query: { add: "1", provider } })}>
          {t("overview.actions.keys_add")}
        </Link>
      </p>
      <p class="soft">{t("overview.first.keys_command")}</p>
      <Line text={line} />
    </section>
  );
}

function FirstRequest({ overview: { example } }: { readonly overview: Overview }) {
  return (
    <section class="card" aria-labelledby="first-request">
      <h2 id="first-request">{t("overview.first.request_title")}</h2>
      <p>{example.needs_token ? t("overview.first.request_token") : t("overview.first.request_text")}</p>
      <Line text={curlLine(location.origin, example)} />
      <p>
        <Link href={pagePath("playground")}>{t("overview.first.playground")}</Link>
      </p>
    </section>
  );
}

function Line({ text }: { readonly text: string }) {
  return (
    <div class="overview-line">
      <pre>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}
