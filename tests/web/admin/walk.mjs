// The operator's pages in a real browser: what axe-core finds, what a person can do, what runs.
//
//     node walk.mjs TOOLS CHROMIUM PLAN
//
// TOOLS holds the node_modules of tests/render/checkers/package.json.  PLAN is JSON: `base`, the
// address of the web side; `password`; `pages`, a name and a path each; `flows`, a name and steps
// each; `hostile`, paths that are opened without the Content-Security-Policy; `pictures`, a folder
// for screenshots, or nothing; `script`, whether scripts run.  Prints JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [tools, chromium, plan] = process.argv.slice(2);
const require = createRequire(join(resolve(tools), "x.js"));
const { chromium: browserType } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { base, password, pages, flows, hostile, pictures } = JSON.parse(plan);
const looks = {
  light: { colorScheme: "light", viewport: { width: 1100, height: 800 } },
  dark: { colorScheme: "dark", viewport: { width: 1100, height: 800 } },
  narrow: { colorScheme: "light", viewport: { width: 320, height: 640 } },
  wide: { colorScheme: "light", viewport: { width: 1600, height: 900 } },
};
const browser = await browserType.launch({ executablePath: chromium, args: ["--no-sandbox"] });
const report = { pages: {}, flows: {}, hostile: {} };

function listen(page, complaints) {
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", async (dialog) => { complaints.push(`dialog ${dialog.message()}`); await dialog.dismiss(); });
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !/status of 4\d\d/.test(text)) complaints.push(text);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:"))
      complaints.push(`asked ${request.url()}`);
  });
}

async function entered(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${base}/admin/login`);
  await page.fill("#password", password);
  await page.click("main button");
  await page.waitForURL(`${base}/admin/`);
  const state = await context.storageState();
  await context.close();
  return state;
}

const state = await entered({});
for (const [look, options] of Object.entries(pages ? looks : {})) {
  const context = await browser.newContext({ ...options, storageState: state });
  for (const [name, path] of Object.entries(pages)) {
    const page = await context.newPage();
    const complaints = [];
    listen(page, complaints);
    const size = (await (await page.goto(base + path)).body()).length;
    if (pictures) await page.screenshot({ path: join(pictures, `${name} ${look}.png`), fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate(async () =>
      (await globalThis.axe.run({ rules: { "target-size": { enabled: true } } })).violations);
    const width = await page.evaluate("document.documentElement.scrollWidth");
    report.pages[`${name}, ${look}`] = {
      violations: found.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" ")}`),
      complaints,
      size,
      beyond: Math.max(0, width - options.viewport.width),
    };
    await page.close();
  }
  await context.close();
}

for (const [name, { steps, ...options }] of Object.entries(flows ?? {})) {
  const context = await browser.newContext({ ...looks.light, storageState: state, ...options });
  context.setDefaultTimeout(20000);
  const page = await context.newPage();
  const complaints = [];
  listen(page, complaints);
  const texts = [];
  const act = async (step, values) => {
    if (step === "open") await page.goto(base + values[0]);
    else if (step === "fill") await page.getByLabel(values[0], { exact: true }).fill(values[1]);
    else if (step === "choose") await page.getByLabel(values[0], { exact: true }).selectOption(values[1]);
    else if (step === "tick") await page.getByLabel(values[0], { exact: true }).check();
    else if (step === "follow") await page.getByRole("link", { name: values[0] }).first().click();
    else if (step === "press") await page.getByRole("button", { name: values[0], exact: true }).first().click();
    else if (step === "file") await page.locator("input[type=file]").setInputFiles(values[0]);
    else if (step === "forget") await context.clearCookies();
    else if (step === "read") texts.push(await page.locator("main").innerText());
    else if (step === "value") texts.push(await page.getByLabel(values[0], { exact: true }).inputValue());
    else throw new Error(`no step ${step}`);
  };
  for (const [step, ...values] of steps) {
    try {
      await act(step, values);
    } catch (error) {
      const shown = await page.locator("body").innerText();
      complaints.push(`${step} ${values}: ${String(error).slice(0, 200)} at ${page.url()}: ${shown}`);
      break;
    }
  }
  report.flows[name] = { texts, complaints };
  await context.close();
}

const context = hostile && (await browser.newContext({ bypassCSP: true, storageState: state }));
for (const path of hostile ?? []) {
  const page = await context.newPage();
  const ran = [];
  await page.exposeFunction("ran", (what) => ran.push(what));
  await page.addInitScript(() => {
    for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => window.ran(name);
  });
  listen(page, ran);
  await page.goto(base + path);
  await page.evaluate(() => {
    for (const element of document.querySelectorAll("main *"))
      for (const kind of ["mouseover", "focus", "toggle", "error"]) element.dispatchEvent(new Event(kind));
  });
  await page.waitForTimeout(100);
  report.hostile[path] = ran;
  await page.close();
}
console.log(JSON.stringify(report));
await browser.close();
