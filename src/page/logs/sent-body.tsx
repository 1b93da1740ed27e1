// What the client sent, as far as it is kept.
import type { OutputOf } from "../../admin/operation-table.ts";
import { formatBytes } from "../format/format.ts";
import { t } from "../texts/texts.ts";
import { CopyButton } from "../ui/copy-button.tsx";

export function SentBody({ body }: { readonly body: NonNullable<OutputOf<"logs.get">["record"]["body"]> }) {
  return (
    <section class="card" aria-labelledby="sent-body">
      <div class="card-head">
        <h2 id="sent-body">{t("logs.body.title", { size: formatBytes(body.size) })}</h2>
        <CopyButton text={body.text} />
      </div>
      <textarea class="input" rows={12} readOnly aria-labelledby="sent-body" value={body.text} />
    </section>
  );
}
