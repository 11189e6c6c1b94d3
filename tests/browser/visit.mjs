// Walks through pages: `node visit.mjs MODULES` with [[method, ...arguments], ...] of Playwright's
// page as JSON on stdin prints where it ended, as JSON on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  for (const [method, ...given] of JSON.parse(readFileSync(0, "utf8"))) {
    await page[method](...given);
  }
  const text = await page.innerText("body");
  console.log(JSON.stringify({ url: page.url(), title: await page.title(), text }));
} finally {
  await browser.close();
}
