// The request as a command of the shell, at the daemon as a whole or at the provider that served it.
import { useState } from "preact/hooks";
import { t } from "../texts/texts.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { CheckField } from "../ui/field.tsx";
import { curlCommand } from "./curl-command.ts";
import type { RecordDetail } from "./record-words.ts";

export function CurlCard({ record }: { readonly record: RecordDetail }) {
  const [isPinned, setPinned] = useState(false);
  const { provider } = record;
  const command = curlCommand(record, { origin: location.origin, provider: isPinned ? provider : undefined });
  return (
    <section class="card" aria-labelledby="curl">
      <div class="card-head">
        <h2 id="curl">{t("logs.curl.title")}</h2>
        <CopyButton text={command} label={t("logs.curl.copy")} />
      </div>
      <p class="soft small">{t("logs.curl.hint")}</p>
      {provider !== undefined && record.route.startsWith("/v1/") && (
        <CheckField label={t("logs.curl.pin", { provider })} isChecked={isPinned} onChecked={setPinned} />
      )}
      <pre class="logs-text">{command}</pre>
    </section>
  );
}
