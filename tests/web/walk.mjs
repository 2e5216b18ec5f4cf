// A running web side in, what a browser and a keyboard find in it out:
//
//     node walk.mjs TOOLS CHROMIUM PLAN
//
// TOOLS holds the node_modules of tests/render/checkers/package.json.  PLAN is JSON: `base`, the
// address of the web side; `pages`, a name and a path each; `walks`, a name and steps each, done by
// keyboard alone; `hostile`, paths of pages that hold what somebody injected.  Prints JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [tools, chromium, plan] = process.argv.slice(2);
const require = createRequire(join(resolve(tools), "x.js"));
const { chromium: browserType } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { base, pages, walks, hostile } = JSON.parse(plan);

const looks = {
  light: { colorScheme: "light", viewport: { width: 1100, height: 800 } },
  dark: { colorScheme: "dark", viewport: { width: 1100, height: 800 } },
  narrow: { colorScheme: "light", viewport: { width: 320, height: 640 } },
  "high contrast": { forcedColors: "active", viewport: { width: 1100, height: 800 } },
};
const rules = { "target-size": { enabled: true } };
const browser = await browserType.launch({ executablePath: chromium, args: ["--no-sandbox"] });

// What the browser complains about, but for the status of a page that was asked for on purpose.
function listen(page, complaints) {
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    if (!/^Failed to load resource: .* status of 4\d\d/.test(text)) complaints.push(text);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) complaints.push(`asked ${request.url()}`);
  });
}

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async (rules) => (await globalThis.axe.run({ rules })).violations, rules);
  return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`);
}

// What has the focus, and whether one can see that it has.
function focused() {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  return {
    what: (element.labels?.[0] ?? element).textContent.trim(),
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: element.getBoundingClientRect().top >= 0,
  };
}

const report = { pages: {}, walks: {}, hostile: {} };
for (const [look, options] of Object.entries(looks)) {
  const context = await browser.newContext(options);
  for (const [name, path] of Object.entries(pages)) {
    const page = await context.newPage();
    const complaints = [];
    listen(page, complaints);
    await page.goto(base + path);
    const found = await violations(page);
    const width = await page.evaluate("document.documentElement.scrollWidth");
    const kept = await context.cookies();
    const seen = { violations: found, complaints, cookies: kept.length };
    report.pages[`${name}, ${look}`] = { ...seen, beyond: width - options.viewport.width };
    await page.close();
  }
  await context.close();
}

for (const [name, steps] of Object.entries(walks)) {
  const context = await browser.newContext({ javaScriptEnabled: true, ...looks.light });
  const page = await context.newPage();
  const complaints = [];
  listen(page, complaints);
  const walk = { focus: [], headings: [], complaints };
  for (const [step, value] of steps) {
    if (step === "open") await page.goto(base + value);
    else if (step === "type") await page.keyboard.type(value);
    else if (step === "tab to") {
      for (let times = 0; times < 20; times += 1) {
        await page.keyboard.press("Tab");
        const now = await page.evaluate(focused);
        walk.focus.push(now);
        if (now.what === value) break;
      }
    } else {
      await Promise.all([page.waitForNavigation(), page.keyboard.press(value)]);
      walk.headings.push(await page.locator("h1").innerText());
    }
  }
  report.walks[name] = walk;
  await context.close();
}

for (const path of hostile) {
  const context = await browser.newContext(looks.light);
  const page = await context.newPage();
  const complaints = [];
  listen(page, complaints);
  await page.goto(base + path);
  await page.waitForLoadState("networkidle");
  await page.click("form button", { noWaitAfter: true });
  await page.waitForTimeout(100);
  const [title, color] = await page.evaluate("[document.title, getComputedStyle(document.body).color]");
  const state = { title, color, address: page.url(), complaints };
  report.hostile[path] = state;
  await context.close();
}
await browser.close();
console.log(JSON.stringify(report));
