// Pages of mails in, what validators find in them out:
//
//     node mail.mjs TOOLS CHROMIUM FOLDER
//
// TOOLS holds the node_modules of package.json, FOLDER the pages (*.html).  Prints JSON: for each
// page what html-validate says, which features which mail programs lack (caniemail), what axe-core
// finds wrong (light, dark, and 320 pixels wide), and how wide it is on a screen of 320 pixels.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [tools, chromium, folder] = process.argv.slice(2);
const require = createRequire(join(resolve(tools), "x.js"));
const { HtmlValidate, StaticConfigLoader } = require("html-validate");
const { caniemail } = await import(pathToFileURL(require.resolve("caniemail")));
const { chromium: browserType } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// Mail is laid out by tables and styles beside the words, and by attributes that HTML has given up,
// because programs without style sheets know nothing else; <article> is taken out by some.
const validator = new HtmlValidate(
  new StaticConfigLoader({
    extends: ["html-validate:standard", "html-validate:a11y"],
    rules: { "no-deprecated-attr": "off", "no-inline-style": "off", "prefer-native-element": "off" },
  }),
);
const clients = ["gmail.*", "outlook.*", "apple-mail.*"];
// Landmarks are the page's around a mail, not the mail's.
const notOurs = { region: { enabled: false }, "landmark-one-main": { enabled: false } };

async function validated(html) {
  const report = await validator.validateString(html);
  return report.results.flatMap((result) =>
    result.messages.map((found) => `${found.ruleId} (line ${found.line}): ${found.message}`),
  );
}

function unsupported(html) {
  // caniemail throws at the older name of overflow-wrap, the only one that Outlook on Windows knows.
  const known = html.replaceAll("word-wrap:break-word;", "");
  const { issues } = caniemail({ clients, html: known });
  const found = [];
  for (const [degree, each] of Object.entries(issues)) {
    for (const [client, features] of each) {
      for (const feature of features) found.push([degree, client, feature.title]);
    }
  }
  return found;
}

async function looked(browser, file, options, width) {
  const page = await browser.newPage({ ...options, viewport: { width, height: 800 } });
  await page.goto(pathToFileURL(file).href);
  await page.evaluate(axe);
  const seen = await page.evaluate(
    async (rules) => (await globalThis.axe.run({ rules })).violations,
    notOurs,
  );
  const wide = await page.evaluate("document.documentElement.scrollWidth");
  await page.close();
  return [seen.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`), wide];
}

const browser = await browserType.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"], // nothing leaves this machine
});
const report = {};
for (const name of readdirSync(folder).filter((name) => name.endsWith(".html"))) {
  const file = resolve(folder, name);
  const html = readFileSync(file, "utf8");
  const [light] = await looked(browser, file, { colorScheme: "light" }, 700);
  const [dark] = await looked(browser, file, { colorScheme: "dark" }, 700);
  const [narrow, width] = await looked(browser, file, { colorScheme: "light" }, 320);
  report[basename(name, ".html")] = {
    valid: await validated(html),
    unsupported: unsupported(html),
    axe: { light, dark, narrow },
    width,
  };
}
await browser.close();
console.log(JSON.stringify(report));
