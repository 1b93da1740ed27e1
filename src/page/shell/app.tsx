// The page as a whole: navigation, the page that is shown, what is said in passing.
import { useEffect, useState } from "preact/hooks";
import { useObservable } from "../api/observable.ts";
import { Link } from "../router/link.tsx";
import { pagePath, useRoute } from "../router/route.ts";
import { language, t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Navigation, Settings } from "./navigation.tsx";
import { PageView } from "./page-view.tsx";

const MAIN = "content";
const SIDE = "side";

/** Another language draws everything anew. */
export function App() {
  return <Shell key={useObservable(language)} />;
}

function Shell() {
  const [isOpen, setOpen] = useState(false);
  const { name, rest } = useRoute();
  // The menu of small windows closes when another page is shown.
  useEffect(() => setOpen(false), [name, rest]);
  return (
    <>
      <a class="skip" href={`#${MAIN}`}>
        {t("app.skip")}
      </a>
      <ConnectionBanner />
      <div class="shell">
        <header class="shell-top">
          <Brand />
          <Button isSmall aria-expanded={isOpen} aria-controls={SIDE} onClick={() => setOpen(!isOpen)}>
            {t("app.menu")}
          </Button>
        </header>
        <div class="shell-side" id={SIDE} data-open={isOpen}>
          <Brand />
          <Navigation />
          <Settings />
        </div>
        <main class="shell-main" id={MAIN} tabIndex={-1}>
          <PageView />
        </main>
      </div>
      <Toasts />
    </>
  );
}

function Brand() {
  return (
    <Link class="shell-brand" href={pagePath("overview")}>
      openai-balance
    </Link>
  );
}
