// The way in and out, as people go it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Deployment } from './deployment.mjs';
import { Visitor, launch } from './visitor.mjs';

let app;         // a protected application's stand-in: where a sign-in leads back to
let appUrl;
let deployment;
let browser;

before(async () => {
  app = createServer((request, response) => response.setHeader('Content-Type', 'text/html').end(`<link rel="icon" href="data:,"><h1>The app, ${request.url}</h1>`));
  await once(app.listen(0, '127.0.0.1'), 'listening');
  appUrl = `http://app.test:${app.address().port}`;
  deployment = await Deployment.start({ gateway: { RETURN_TO_ORIGINS: appUrl } });
  browser = await launch();
  await deployment.createUser('jane@example.org');
});
after(async () => {
  await browser?.close();
  await deployment?.stop();
  app?.close();
});

const loginAt = (target) => `${deployment.url}/login${target ? `?return_to=${encodeURIComponent(target)}` : ''}`;

test('the keyboard is enough: in, to the account page, out', async () => {
  const visitor = await Visitor.arrive(browser);
  const { page } = visitor;
  await page.goto(loginAt());
  await page.waitForSelector('[data-ready]');
  assert.equal(await visitor.focused(), 'email');
  await page.keyboard.type('jane@example.org');
  await page.keyboard.press('Tab');
  assert.equal(await visitor.focused(), 'password');
  await page.keyboard.type(Deployment.password);
  await page.keyboard.press('Tab');
  assert.equal(await visitor.focused(), 'reveal');
  await page.keyboard.press('Tab');
  assert.equal(await visitor.focused(), 'submit');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account');
  await page.waitForSelector('#signed-in:not([hidden])');
  assert.equal(await page.textContent('#name'), 'Jane Doe');
  assert.equal(await page.textContent('#email'), 'jane@example.org');
  assert.equal(await page.textContent('#role'), 'student');
  await page.keyboard.press('Tab');
  assert.equal(await visitor.focused(), 'sign-out');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#anonymous:not([hidden])');
  assert.equal(await visitor.focused(), 'title');
  assert.equal(await page.textContent('#title'), 'You are signed out');
  assert.equal((await visitor.context.cookies()).length, 0);
  await page.reload();
  await page.waitForSelector('#anonymous:not([hidden])');
  assert.equal(await page.title(), 'Not signed in – Your account');
  await visitor.leave();
});

test('everything that has the focus shows it', async () => {
  const visitor = await Visitor.arrive(browser);
  const { page } = visitor;
  await page.goto(loginAt());
  await page.waitForSelector('[data-ready]');
  for (const stop of ['email', 'password', 'reveal', 'submit']) {
    assert.equal(await visitor.focused(), stop);
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outline);
    assert.match(outline, /solid 3px/, stop);
    await page.keyboard.press('Tab');
  }
  await visitor.leave();
});

test('an allowed address is named, and led back to; the password is in no address', async () => {
  const visitor = await Visitor.arrive(browser);
  const { page } = visitor;
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const target = `${appUrl}/books?page=2&sort=title`;
  await page.goto(loginAt(target));
  await page.waitForSelector('#destination:not([hidden])');
  assert.equal((await page.textContent('#destination')).trim(), `You will return to ${new URL(appUrl).host}.`);
  await visitor.signIn('jane@example.org', Deployment.password);
  await page.waitForURL(target);
  assert.equal(await page.textContent('h1'), 'The app, /books?page=2&sort=title');
  assert.ok(asked.length > 3);
  for (const url of asked) assert.doesNotMatch(decodeURIComponent(url), /correct horse|jane@/);
  // The form is not in the way back.
  await page.goBack().catch(() => null);
  assert.doesNotMatch(page.url(), /login/);
  await visitor.leave();
});

test('an address that is not listed is not followed, and not shown', async () => {
  for (const target of ['https://evil.example/', '//evil.example/', 'javascript:alert(1)', `${appUrl}@evil.example/`, 'https:evil.example']) {
    const visitor = await Visitor.arrive(browser);
    const { page } = visitor;
    await page.goto(loginAt(target));
    await page.waitForSelector('[data-ready]');
    assert.equal(await page.isVisible('#destination'), false, target);
    assert.doesNotMatch(await page.content(), /evil/, target);
    await visitor.signIn('jane@example.org', Deployment.password);
    await page.waitForURL(`${deployment.url}/account`);
    await visitor.leave();
  }
});

test('who is signed in already is told so, and may go on or be somebody else', async () => {
  await deployment.createUser('joe@example.org', 'Joe Bloggs');
  const visitor = await Visitor.arrive(browser);
  const { page } = visitor;
  await page.goto(loginAt());
  await visitor.signIn('jane@example.org', Deployment.password);
  await page.waitForURL('**/account');
  await page.goto(loginAt(`${appUrl}/x`));
  await page.waitForSelector('#already:not([hidden])');
  assert.equal(await page.textContent('#who'), 'jane@example.org');
  assert.equal(await page.isVisible('#form'), false);
  assert.equal(await visitor.focused(), 'go-on');
  assert.equal(await page.title(), 'You are already signed in – Sign in');
  assert.equal(await page.getAttribute('#go-on', 'href'), `${appUrl}/x`);
  await page.click('#somebody-else');
  assert.equal(await visitor.focused(), 'email');
  await visitor.signIn('joe@example.org', Deployment.password);
  await page.waitForURL(`${appUrl}/x`);
  await page.goto(`${deployment.url}/account`);
  await page.waitForSelector('#signed-in:not([hidden])');
  assert.equal(await page.textContent('#name'), 'Joe Bloggs');
  await visitor.leave();
});

test('password managers find what they look for, and the password can be looked at', async () => {
  const visitor = await Visitor.arrive(browser);
  const { page } = visitor;
  await page.goto(loginAt());
  const form = await page.evaluate(() => {
    const { method, action, elements } = document.querySelector('form');
    const described = ({ name, id, type, autocomplete }) => [name, id, type, autocomplete];
    return { method, path: new URL(action).pathname, fields: [described(elements.email), described(elements.password)] };
  });
  assert.deepEqual(form, {
    method: 'post', path: '/login',
    fields: [['email', 'email', 'text', 'username'], ['password', 'password', 'password', 'current-password']],
  });
  await page.fill('#password', 'secret');
  await page.click('#reveal');
  assert.equal(await page.getAttribute('#password', 'type'), 'text');
  assert.equal(await page.getAttribute('#reveal', 'aria-label'), 'Hide password');
  await page.click('#reveal');
  assert.equal(await page.getAttribute('#password', 'type'), 'password');
  // Sent while it can be seen, it is hidden first: browsers remember what is typed into other fields.
  await page.click('#reveal');
  await visitor.signIn('jane@example.org', 'not the password');
  assert.equal(await page.getAttribute('#password', 'type'), 'password');
  await visitor.problem();
  await visitor.leave();
});

test('without JavaScript the page says so and can send nothing', async () => {
  const visitor = await Visitor.arrive(browser, { javaScriptEnabled: false });
  const { page } = visitor;
  const posted = [];
  page.on('request', (request) => { if (request.method() === 'POST') posted.push(request.url()); });
  await page.goto(loginAt());
  assert.match(await page.innerText('main'), /This page needs JavaScript/);
  assert.equal(await page.isDisabled('#submit'), true);
  await page.fill('#email', 'jane@example.org');
  await page.fill('#password', Deployment.password);
  await page.press('#password', 'Enter');
  assert.equal(page.url(), loginAt());
  assert.deepEqual(posted, []);
  await page.goto(`${deployment.url}/account`);
  assert.match(await page.innerText('main'), /This page needs JavaScript/);
  await visitor.leave();
});
