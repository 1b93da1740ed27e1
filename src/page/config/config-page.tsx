// The page Configuration: the config file in an editor, and the values in effect.
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { PageFrame } from "../ui/page-frame.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { ConfigFile } from "./config-file.tsx";
import { ConfigValues } from "./config-values.tsx";

export function ConfigPage() {
  const [query, change] = useQuery();
  const current = query.get("tab") === "values" ? "values" : "file";
  const tabs = [
    { name: "file", text: t("config.file") },
    { name: "values", text: t("config.values") },
  ] as const;
  return (
    <PageFrame title={t("pages.config")}>
      <Tabs
        label={t("pages.config")}
        tabs={tabs}
        current={current}
        onChange={(tab) => change({ tab: tab === "values" ? tab : undefined })}
      >
        {/* What is being edited stays while the values are looked at. */}
        <div hidden={current !== "file"}>
          <div class="stack">
            <ConfigFile />
          </div>
        </div>
        {current === "values" && <ConfigValues />}
      </Tabs>
    </PageFrame>
  );
}
