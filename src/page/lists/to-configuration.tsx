// Leads to where things stand that are not made on their own page.
import { Link } from "../router/link.tsx";
import { pagePath } from "../router/route.ts";
import { t } from "../texts/texts.ts";

/** `example`: how they are written there. */
export function ToConfiguration({ example }: { readonly example: string }) {
  return (
    <>
      <pre class="example">{example}</pre>
      <Link class="button" href={pagePath("config")}>
        {t("pages.config")}
      </Link>
    </>
  );
}
