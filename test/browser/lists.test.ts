// Jobs, outbound proxies and webhooks in a real browser.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startConnectProxy } from "../fixture/outbound-proxy.ts";
import { startReceiver } from "../fixture/receiver.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { openBrowser } from "./browser.ts";
import { axeFaults, openPageLab, shoot } from "./page-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const { browser } = await openBrowser();
afterAll(() => browser?.close());

describe.skipIf(browser === undefined)("in a browser", () => {
  test("a job is run, stopped and started", async () => {
    if (browser === undefined) return;
    await using lab = await openPageLab(browser);
    const page = await lab.open("/admin/jobs");
    const card = page.getByRole("article", { name: "recheck" });
    await card.getByText("not since the start of the daemon").waitFor();
    await page.getByRole("button", { name: "Run now: recheck" }).click();
    await page.getByRole("log").getByText("recheck").waitFor();
    await card.getByText("by hand").waitFor();
    await page.getByRole("button", { name: "Stop recheck" }).click();
    await shoot(page, "jobs-stop");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
    await card.getByText(/^.Stopped$/).waitFor();
    await shoot(page, "jobs");
    expect(await axeFaults(page)).toEqual([]);
    // By a command, while the page is open.
    await lab.home.ok(["jobs", "stop", "clean-up"]);
    await page.getByRole("button", { name: "Start clean-up" }).waitFor();
    await page.getByRole("button", { name: "Start recheck" }).click();
    await page.getByRole("button", { name: "Stop recheck" }).waitFor();
  });

  test("the jobs are told in Chinese, too", async () => {
    if (browser === undefined) return;
    await using lab = await openPageLab(browser);
    const page = await lab.open("/admin/jobs", { locale: "zh-CN" });
    await page.getByText("重新检测失败的密钥").waitFor();
    await shoot(page, "jobs-chinese");
  });

  test("outbound proxies are tested, disabled, enabled and removed", async () => {
    if (browser === undefined) return;
    const password = fakeSecret("browser_proxy");
    await using proxy = await startConnectProxy({ credential: `me:${password}` });
    const good = `127.0.0.1:${proxy.port}`;
    await using lab = await openPageLab(browser, {
      config: {
        proxies: { urls: [`http://me:${password}@${good}`, "http://127.0.0.1:1"], check: { max_failures: 1 } },
      },
    });
    const page = await lab.open("/admin/proxies");
    const card = page.getByRole("article").filter({ hasText: good });
    const dead = page.getByRole("article", { name: "http://127.0.0.1:1", exact: true });
    await page.getByRole("button", { name: "Test all" }).click();
    await card.getByText("It carried the call").waitFor();
    await dead.getByText("It did not carry the call").waitFor();
    await dead.getByText(/^.Out$/).waitFor();
    await page.getByText("1 of 2 did not carry the call").waitFor();
    await shoot(page, "proxies");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("button", { name: new RegExp(`^Disable .*${good}`) }).click();
    await page.getByText("never directly").waitFor();
    await shoot(page, "proxies-disable");
    expect(await axeFaults(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
    await card.getByText(/^.Disabled$/).waitFor();
    await page.getByRole("button", { name: new RegExp(`^Enable .*${good}`) }).click();
    await card.getByText(/^.Ready$/).waitFor();
    await page.getByRole("button", { name: "Remove those that are out" }).click();
    await page.getByRole("dialog").getByText("http://127.0.0.1:1").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("1 proxy was removed.").waitFor();
    await dead.waitFor({ state: "detached" });
    expect(readFileSync(join(lab.home.path, "config.yaml"), "utf8")).not.toContain('127.0.0.1:1"');
  });

  test("without proxies and webhooks the pages say how to configure some", async () => {
    if (browser === undefined) return;
    await using lab = await openPageLab(browser);
    const page = await lab.open("/admin/proxies");
    await page.getByRole("heading", { name: "No outbound proxy is configured" }).waitFor();
    await shoot(page, "proxies-empty");
    expect(await axeFaults(page)).toEqual([]);
    await page.goto("/admin/webhooks");
    await page.getByRole("heading", { name: "No webhook is configured" }).waitFor();
    await shoot(page, "webhooks-empty");
    expect(await axeFaults(page)).toEqual([]);
  });

  test("a webhook is sent a test, and says what became of it", async () => {
    if (browser === undefined) return;
    await using receiver = startReceiver();
    await using lab = await openPageLab(browser, {
      config: {
        webhooks: [
          { name: "team", url: `${receiver.url}/${fakeSecret("browser_hook")}`, events: ["pool.*"] },
          { name: "nobody", url: "http://127.0.0.1:1/", form: "slack" },
        ],
      },
    });
    const page = await lab.open("/admin/webhooks");
    await page.getByRole("button", { name: "Send a test to team" }).click();
    await page.getByText("1 webhook took the test").waitFor();
    await until("the test", () => receiver.types().includes("test"));
    await page.getByRole("article", { name: "team" }).getByText("Works").waitFor();
    await page.getByRole("button", { name: "Send a test to nobody" }).click();
    await page.getByText(/^Not taken by nobody: /).waitFor();
    await page.getByRole("article", { name: "nobody" }).getByText("Fails").waitFor();
    await shoot(page, "webhooks");
    expect(await axeFaults(page)).toEqual([]);
  });
});
