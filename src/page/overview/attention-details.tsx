// More about something that needs attention: why, which keys or models, since when.
import { formatNumber } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { isolated, t } from "../texts/texts.ts";
import { Cause } from "./cause.tsx";
import type { Attention } from "./run-attention.ts";

export function AttentionDetails({ item }: { readonly item: Attention }) {
  const { reasons = [], details = [], keys = [], models = [], count = 0 } = item;
  return (
    <div class="stack overview-details">
      {reasons.length > 0 && (
        <ul class="overview-list small">
          {reasons.map(({ status, reason, message, count: times }) => (
            <li key={`${status} ${reason}`}>
              {reasons.length > 1 && <strong>{formatNumber(times)} × </strong>}
              <bdi class="overview-why">{[status, reason].filter((part) => part !== undefined).join(" ")}</bdi>{" "}
              <bdi>{message}</bdi>
            </li>
          ))}
        </ul>
      )}
      <Cause of={item} />
      {keys.length > 0 && count > 1 && (
        <p class="small">
          {keys.map(({ id, name }, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <Link href={pagePath("keys", { rest: id })}>
                <bdi>{name}</bdi>
              </Link>
            </span>
          ))}
          {count > keys.length && ` ${t("overview.and_more", { count: count - keys.length })}`}
        </p>
      )}
      {models.length > 1 && (
        <p class="small">
          <code>{models.map((model) => (model === "" ? t("overview.no_model") : isolated(model))).join(", ")}</code>
          {count > models.length && ` ${t("overview.and_more", { count: count - models.length })}`}
        </p>
      )}
      {details.length > 0 && <pre>{details.join("\n")}</pre>}
    </div>
  );
}
