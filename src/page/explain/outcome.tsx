// What the request meets first: a key, a wait, or an answer in place of one.
import type { ComponentChildren } from "preact";
import type { OutputOf } from "../../admin/operation-table.ts";
import { formatDuration } from "../format/format.ts";
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Notice } from "../ui/notice.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";

export type Explained = OutputOf<"explain">;

export function Outcome({ found }: { readonly found: Explained }) {
  const { method, path, operation, model, rule } = found;
  return (
    <section class="card" aria-label={t("explain.outcome")}>
      <FirstMet found={found} />
      <dl>
        <Fact name={t("explain.asked")}>
          <code>
            {method} {path}
          </code>
        </Fact>
        <Fact name={t("explain.operation")}>{operation}</Fact>
        {model !== undefined && (
          <Fact name={t("explain.asked_model")}>
            <bdi>{model}</bdi>
          </Fact>
        )}
        {rule !== undefined && <Fact name={t("explain.rule")}>{rule}</Fact>}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function FirstMet({ found }: { readonly found: Explained }) {
  const { refusal, wait, picked } = found;
  if (refusal !== undefined) return <Refused refusal={refusal} />;
  if (wait !== undefined) return <Waits wait={wait} />;
  if (picked === undefined) return <Notice kind="info">{t("explain.answered_here")}</Notice>;
  return <Goes found={found} picked={picked} />;
}

function Refused({ refusal }: { readonly refusal: NonNullable<Explained["refusal"]> }) {
  const { status, code, message, retry_after_s } = refusal;
  return (
    <Notice kind="bad">
      <p>
        <strong>{t("explain.refused", { status: String(status), code })}</strong>
      </p>
      <p>{message}</p>
      {retry_after_s !== undefined && (
        <p>{t("explain.retry_after", { time: formatDuration(retry_after_s * 1_000) })}</p>
      )}
    </Notice>
  );
}

function Waits({ wait: { until, at_most_s, waiting } }: { readonly wait: NonNullable<Explained["wait"]> }) {
  return (
    <Notice kind="warn">
      <p>
        <strong>{t("explain.waits")}</strong>
      </p>
      <p>
        {until === undefined ? (
          t("explain.until_another_ends")
        ) : (
          <>
            {t("explain.back")} <RelativeTime at={until} />
          </>
        )}
      </p>
      <p>
        {t("explain.at_most", { time: formatDuration(at_most_s * 1_000) })}{" "}
        {waiting > 0 && t("explain.others_wait", { count: waiting })}
      </p>
    </Notice>
  );
}

interface GoesProps {
  readonly found: Explained;
  readonly picked: NonNullable<Explained["picked"]>;
}

function Goes({ found, picked }: GoesProps) {
  const { id, name, provider, model, proxy, proxy_state, tier } = picked;
  const isAffine = found.choices.usable > 0 && found.route[tier]?.affinity === true;
  const as = model === undefined || model === found.model ? undefined : model;
  return (
    <Notice kind={proxy_state === "disabled" ? "bad" : "good"}>
      <p>
        {t("explain.goes_to")}{" "}
        <bdi>
          <Link href={pagePath("keys", { rest: id })}>{name}</Link>
        </bdi>{" "}
        {t("explain.of_provider", { provider })} {as !== undefined && t("explain.as_model", { model: as })}
      </p>
      {proxy !== undefined && <p>{t("explain.through", { proxy })}</p>}
      {proxy_state === "disabled" && <p>{t("explain.proxy_disabled")}</p>}
      {proxy_state === "out" && <p>{t("explain.proxy_out")}</p>}
      {found.on_trial === true && <p>{t("explain.on_trial")}</p>}
      {isAffine && <p>{t("explain.affinity")}</p>}
      <div>
        <Link
          class="button button-small"
          href={pagePath("playground", { query: { model: found.model, provider: undefined } })}
        >
          {t("explain.try_it")}
        </Link>
      </div>
    </Notice>
  );
}
