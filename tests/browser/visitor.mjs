// Somebody with a browser: a real Chromium, which must have nothing to complain about.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { width: 360, height: 800 };
export const DESKTOP = { width: 1280, height: 800 };

// A name in /etc/hosts is not needed: whatever ends in .test is this machine.
export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--host-resolver-rules=MAP *.test 127.0.0.1'],
});

// Chromium writes down each answer of 4xx and 5xx by itself; what the API answers is looked at in the page. And that
// plain HTTP is not HTTPS.
const isNoComplaint = (message) => (message.text().startsWith('Failed to load resource') && message.location().url.includes('/auth/'))
  || message.text().startsWith('The Cross-Origin-Opener-Policy header has been ignored, because the URL\'s origin was untrustworthy');

export class Visitor {
  // `options`: playwright's of a context, such as viewport and colorScheme.
  static async arrive(browser, options = {}) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ viewport: DESKTOP, ...options });
    await visitor.context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    visitor.page = await visitor.context.newPage();
    visitor.complaints = [];
    visitor.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !isNoComplaint(message)) visitor.complaints.push(message.text());
    });
    visitor.page.on('pageerror', (error) => visitor.complaints.push(String(error)));
    return visitor;
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }

  // What somebody who cannot see, or not well, would meet. Runs outside of the page's content policy.
  async findNoBarrier(state) {
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), [], state);
  }

  // Nothing lies outside of the window's width, and what can be pressed is large enough for a thumb.
  async fits(state) {
    const found = await this.page.evaluate(() => {
      const small = [...document.querySelectorAll('button, input, a')].filter((one) => one.checkVisibility())
        .map((one) => ({ name: one.id || one.textContent, box: one.getBoundingClientRect() }))
        .filter(({ box }) => box.height < 44 || box.width < 44).map(({ name }) => name);
      return { small, wider: document.documentElement.scrollWidth - innerWidth };
    });
    assert.deepEqual(found, { small: [], wider: found.wider }, state);
    assert.ok(found.wider <= 0, `${state}: ${found.wider} px too wide`);
  }

  async focused() {
    return this.page.evaluate(() => document.activeElement.id);
  }

  // Signs in by hand on the page that is open.
  async signIn(email, password) {
    await this.page.fill('#email', email);
    await this.page.fill('#password', password);
    await this.page.click('#submit');
  }

  async problem() {
    await this.page.waitForSelector('#problem:not([hidden])');
    return this.page.textContent('#problem-title');
  }
}
