// The list of pages, and what concerns the browser: language, theme, logout.
import { useRef } from "preact/hooks";
import { PAGE_NAMES } from "../../dashboard/page-names.ts";
import { useObservable } from "../api/observable.ts";
import { useAction } from "../api/use-action.ts";
import { Link } from "../router/link.tsx";
import { pagePath, useRoute } from "../router/route.ts";
import { chooseLanguage, LANGUAGES, type Language, language, t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { type Choice, SelectField } from "../ui/field.tsx";
import { metaContent } from "./meta-content.ts";
import { chooseTheme, THEMES, type Theme, theme } from "./theme.ts";

export function Navigation() {
  const { name: current } = useRoute();
  return (
    <nav class="shell-nav" aria-label={t("app.navigation")}>
      <ul>
        {PAGE_NAMES.map((name) => (
          <li key={name}>
            <Link href={pagePath(name)} isCurrent={name === current}>
              {t(`pages.${name}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Settings() {
  const chosenLanguage = useObservable(language);
  const chosenTheme = useObservable(theme);
  const { run } = useAction();
  const languages: readonly Choice[] = Object.entries(LANGUAGES).map(([value, text]) => ({ value, text }));
  const themes: readonly Choice[] = THEMES.map((value) => ({ value, text: t(`app.theme.${value}`) }));
  return (
    <div class="shell-settings">
      <SelectField
        label={t("app.language")}
        value={chosenLanguage}
        choices={languages}
        onValue={(value) => void run(async () => void (await chooseLanguage(value as Language)))}
      />
      <SelectField
        label={t("app.theme.label")}
        value={chosenTheme}
        choices={themes}
        onValue={(value) => chooseTheme(value as Theme)}
      />
      <Logout />
      <span class="soft small">openai-balance {metaContent("version")}</span>
    </div>
  );
}

/** The session may have become another one since this was drawn: its token is put in when it is sent. */
function Logout() {
  const token = useRef<HTMLInputElement>(null);
  const put = () => {
    if (token.current !== null) token.current.value = metaContent("csrf-token");
  };
  return (
    <form method="post" action="/admin/logout" onSubmit={put}>
      <input ref={token} name="csrf_token" type="hidden" />
      <Button type="submit" isSmall>
        {t("app.logout")}
      </Button>
    </form>
  );
}
