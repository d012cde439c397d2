// Every state, on a phone and a desktop, light and dark: nothing is cut off, too small, or hard to read.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Deployment } from './deployment.mjs';
import { DESKTOP, PHONE, Visitor, launch } from './visitor.mjs';

// Screenshots for services/gateway/pages/README.md go to this folder, if it is named.
const SHOTS = process.env.SHOTS;
const SHOWN = [
  'sign-in-desktop-light', 'sign-in-desktop-dark', 'sign-in-phone-light', 'sign-in-phone-dark', 'incomplete-phone-light',
  'wrong-phone-dark', 'throttled-phone-light', 'unavailable-phone-dark', 'already-phone-light', 'account-phone-dark', 'signed-out-phone-light',
];
let deployment;
let browser;

before(async () => {
  deployment = await Deployment.start({
    gateway: { RETURN_TO_ORIGINS: 'https://app.example.org' },
    session: { LOGIN_ATTEMPT_LIMIT: '2' },
  });
  browser = await launch();
  await deployment.createUser('jane@example.org');
  if (SHOTS) await mkdir(SHOTS, { recursive: true });
});
after(async () => {
  await browser?.close();
  await deployment?.stop();
});

const open = async (page, path) => {
  await page.goto(deployment.url + path);
  await page.waitForSelector('[data-ready]');
};
const tell = async (visitor, status, body) => {
  await open(visitor.page, '/login');
  await visitor.page.route('**/auth/login', (route) => route.fulfill({ status, json: body }));
  await visitor.signIn('jane@example.org', Deployment.password);
  await visitor.problem();
};

// In the order in which one visitor can go through them.
const STATES = {
  'sign-in': ({ page }) => open(page, '/login?return_to=https://app.example.org/books'),
  incomplete: async ({ page }) => {
    await open(page, '/login');
    await page.click('#submit');
  },
  wrong: (visitor) => tell(visitor, 401, { error_code: 'INVALID_CREDENTIALS' }),
  throttled: (visitor) => tell(visitor, 429, { error_code: 'RATE_LIMIT_EXCEEDED', retry_after: 872 }),
  unavailable: (visitor) => tell(visitor, 503, { error_code: 'DATABASE_UNAVAILABLE', retry_after: 1 }),
  account: async (visitor) => {
    await visitor.page.unrouteAll();
    await open(visitor.page, '/login');
    await visitor.signIn('jane@example.org', Deployment.password);
    await visitor.page.waitForSelector('#signed-in:not([hidden])');
  },
  already: async ({ page }) => {
    await open(page, '/login');
    await page.waitForSelector('#already:not([hidden])');
  },
  'signed-out': async ({ page }) => {
    await open(page, '/account');
    await page.click('#sign-out');
    await page.waitForSelector('#anonymous:not([hidden])');
  },
};

for (const [device, viewport] of Object.entries({ phone: PHONE, desktop: DESKTOP, narrow: { width: 320, height: 640 } })) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${device}, ${colorScheme}`, async () => {
      const visitor = await Visitor.arrive(browser, { viewport, colorScheme, reducedMotion: 'reduce' });
      for (const [state, reach] of Object.entries(STATES)) {
        await reach(visitor);
        await visitor.findNoBarrier(state);
        await visitor.fits(state);
        const name = `${state}-${device}-${colorScheme}`;
        if (SHOTS && SHOWN.includes(name)) await visitor.page.screenshot({ path: join(SHOTS, `${name}.png`) });
      }
      await visitor.leave();
    });
  }
}

test('text twice as large, in a window half as wide, is all there', async () => {
  const visitor = await Visitor.arrive(browser, { viewport: { width: 640, height: 400 } });
  for (const [state, reach] of Object.entries(STATES)) {
    await reach(visitor);
    await visitor.page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
    await visitor.fits(state);
  }
  await visitor.leave();
});

test('whoever asked for less motion gets none', async () => {
  for (const [reducedMotion, moves] of [['reduce', false], ['no-preference', true]]) {
    const visitor = await Visitor.arrive(browser, { reducedMotion });
    await open(visitor.page, '/login');
    const duration = await visitor.page.evaluate(() => getComputedStyle(document.getElementById('submit')).transitionDuration);
    assert.equal(duration !== '0s', moves);
    await visitor.leave();
  }
});
