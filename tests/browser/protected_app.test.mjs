// An application behind the real nginx: who is not signed in is led to the sign-in page, and from there back.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Deployment, freePort } from './deployment.mjs';
import { Nginx } from './nginx.mjs';
import { Visitor, launch } from './visitor.mjs';

const domain = 'gatehouse.test';
let app;
let appUrl;
let loginUrl;
let deployment;
let nginx;
let browser;

before(async () => {
  app = createServer((request, response) => response.setHeader('Content-Type', 'text/html')
    .end(`<link rel="icon" href="data:,"><h1>${request.url} for ${request.headers['remote-user']}, ${request.headers['remote-name']}</h1>`));
  await once(app.listen(0, '127.0.0.1'), 'listening');
  const port = await freePort();
  appUrl = `https://app.${domain}:${port}`;
  loginUrl = `https://login.${domain}:${port}`;
  deployment = await Deployment.start({
    gateway: {
      TRUSTED_PROXIES: '127.0.0.1', PUBLIC_ORIGIN: loginUrl, RETURN_TO_ORIGINS: appUrl, COOKIE_DOMAIN: domain,
      SESSION_COOKIE_NAME: '__Secure-session', SESSION_COOKIE_SECURE: 'on', // as in production
    },
  });
  nginx = await Nginx.start({ domain, port, plainPort: await freePort(), gateway: deployment.port, app: app.address().port });
  browser = await launch();
  await deployment.createUser('jane@example.org');
});
after(async () => {
  await browser?.close();
  await nginx?.stop();
  await deployment?.stop();
  app?.close();
});

test('to the application, led to the sign-in page, and back to where one wanted to go', async () => {
  const visitor = await Visitor.arrive(browser, { ignoreHTTPSErrors: true });
  const { page } = visitor;
  await page.goto(`${appUrl}/books?page=2&q=a%20b`);
  assert.ok(page.url().startsWith(`${loginUrl}/login?return_to=`), page.url());
  await page.waitForSelector('[data-ready]');
  await visitor.signIn('jane@example.org', Deployment.password);
  await page.waitForURL(`${appUrl}/books?page=2&q=a%20b`);
  assert.equal(await page.textContent('h1'), '/books?page=2&q=a%20b for 1, Jane Doe');
  const [cookie, ...others] = await visitor.context.cookies(appUrl);
  assert.deepEqual(others, []);
  assert.deepEqual({ ...cookie, value: '', expires: 0 }, {
    name: '__Secure-session', value: '', domain: `.${domain}`, path: '/', expires: 0, httpOnly: true, secure: true, sameSite: 'Lax',
  });

  await page.goto(`${loginUrl}/account`);
  await page.click('#sign-out');
  await page.waitForSelector('#anonymous:not([hidden])');
  await page.goto(`${appUrl}/books`);
  assert.ok(page.url().startsWith(`${loginUrl}/login`), page.url());
  await visitor.leave();
});

test('an outage leads nobody to the sign-in page, and takes nobody\'s session', async () => {
  const visitor = await Visitor.arrive(browser, { ignoreHTTPSErrors: true });
  const { page } = visitor;
  await page.goto(`${loginUrl}/login?return_to=${encodeURIComponent(`${appUrl}/`)}`);
  await page.waitForSelector('[data-ready]');
  await visitor.signIn('jane@example.org', Deployment.password);
  await page.waitForURL(`${appUrl}/`);
  deployment.session.process.kill('SIGSTOP');
  const answer = await page.goto(`${appUrl}/books`);
  deployment.session.process.kill('SIGCONT');
  assert.equal(answer.status(), 503);
  assert.equal(answer.headers()['retry-after'], '1');
  assert.equal(page.url(), `${appUrl}/books`);
  assert.equal((await visitor.context.cookies(appUrl)).length, 1);
  await deployment.ready();
  assert.equal((await page.goto(`${appUrl}/books`)).status(), 200);
});
