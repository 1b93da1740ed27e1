// The page "jobs": what the daemon does by the clock.
import { useOperation } from "../api/use-operation.ts";
import type { Topic } from "../live/use-topics.ts";
import { t } from "../texts/texts.ts";
import { AskedView } from "../ui/asked-view.tsx";
import { PageFrame } from "../ui/page-frame.tsx";
import { JobCard } from "./job-card.tsx";

const TOPICS: readonly Topic[] = ["jobs", "config"];

export function JobsPage() {
  const asked = useOperation("jobs.list", {}, { topics: TOPICS });
  return (
    <PageFrame title={t("pages.jobs")}>
      <p class="soft">{t("jobs.about")}</p>
      <AskedView asked={asked} lines={8}>
        {({ jobs }) => (
          <ul class="items">
            {jobs.map((job) => (
              <li key={job.name}>
                <JobCard job={job} onChanged={asked.refresh} />
              </li>
            ))}
          </ul>
        )}
      </AskedView>
    </PageFrame>
  );
}
