// Starts the page in the browser.
import { render } from "preact";
import { announceLogin } from "./live/other-windows.ts";
import { startLive } from "./live/start-live.ts";
import { watchAddress } from "./router/route.ts";
import { App } from "./shell/app.tsx";
import { restoreTheme } from "./shell/theme.ts";
import { applyLanguage, preferredLanguage } from "./texts/texts.ts";
import { startClock } from "./ui/clock.ts";

async function start(): Promise<void> {
  announceLogin();
  restoreTheme();
  watchAddress();
  startClock();
  startLive();
  // Without its texts the page is shown in English.
  await applyLanguage(preferredLanguage()).catch(() => {});
  const root = document.getElementById("app");
  if (root !== null) render(<App />, root);
}

void start();
