// Debian's Chromium, a fresh profile for each run, and everything it complains about.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const condition_timeout_ms = 30_000;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function open_browser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags });
}

// The page, once its stream is live (or refused with the given answer), and what the console says: errors, exceptions,
// refusals of the content policy.
export async function open_page(browser, url, context_options = {}, refuse_stream = undefined) {
  const context = await browser.newContext(context_options);
  context.setDefaultTimeout(condition_timeout_ms);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (refuse_stream) await page.route(/\/topics\?.*stream/, (route) => route.fulfill(refuse_stream));
  await page.goto(url);
  await page.locator(refuse_stream ? '.connection.refused' : '.connection.live').waitFor();
  return { page, complaints };
}

export async function axe_violations(page) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  if (passes.length === 0) return ['axe checked nothing'];
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`);
}
