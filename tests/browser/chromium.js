// Headless Chromium that can reach nothing but loopback, and a page that keeps a record
// of everything that must not happen on it.
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox', // the tests may run as root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // No network: any host but loopback fails to resolve.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]',
];

/** Starts the browser: `CHROMIUM` in the environment, or Debian's /usr/bin/chromium. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ARGUMENTS,
  });
}

/**
 * Opens `url` in a fresh profile. `incidents` collects, as one line each: requests to
 * another origin, failed requests and refused files, console errors and warnings,
 * uncaught exceptions and violations of the content security policy.
 * Answers of `/graphql` are not refused files: an invalid operation is a 400 on purpose.
 */
export async function open(browser, url) {
  const { origin } = new URL(url);
  const context = await browser.newContext({ viewport: { width: 1360, height: 820 } });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const incidents = [];
  const report = (line) => incidents.push(line);

  const isApi = (address) => new URL(address).pathname === '/graphql';
  const isLocal = (address) => /^(data|blob):/.test(address) || new URL(address).origin === origin;

  context.on('request', (request) => {
    if (!isLocal(request.url())) report(`request left the origin: ${request.url()}`);
  });
  context.on('requestfailed', (request) => {
    report(`request failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400 && !isApi(response.url())) {
      report(`refused: ${response.status()} ${response.url()}`);
    }
  });
  context.on('console', (message) => {
    const source = message.location().url;
    if (!['error', 'warning'].includes(message.type())) return;
    if (source && isApi(source)) return; // the browser's own note on a 4xx answer
    report(`console ${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => report(`uncaught: ${error.error()}`));
  await page.exposeFunction('reportIncident', report);
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.reportIncident(`policy violation: ${event.effectiveDirective} ${event.blockedURI}`);
    });
  });

  const answer = await page.goto(url, { waitUntil: 'load' });
  return { page, answer, incidents, close: () => context.close() };
}
