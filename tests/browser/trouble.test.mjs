// Everything that can go wrong, in words that help. Most of it is real; what cannot be brought about is answered in the
// gateway's place.
import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, test } from 'node:test';
import { Deployment } from './deployment.mjs';
import { Visitor, launch } from './visitor.mjs';

let deployment;
let browser;
let visitor;
let page;

before(async () => {
  deployment = await Deployment.start({
    gateway: (self) => ({ PUBLIC_ORIGIN: self.url }),
    session: { LOGIN_ATTEMPT_LIMIT: '3' },
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await deployment?.stop();
});
beforeEach(async () => {
  visitor = await Visitor.arrive(browser);
  page = visitor.page;
});
afterEach(() => visitor.leave());

async function open(path = '/login', origin = deployment.url) {
  await page.goto(origin + path);
  await page.waitForSelector('[data-ready]');
}

// The API's answer from now on, instead of the gateway's.
const answer = (path, status, body = {}, headers = {}) => page.route(`**${path}`, (route) => route.fulfill({ status, json: body, headers }));

test('a wrong password: the summary has the focus, and both fields are marked', async () => {
  await open();
  await visitor.signIn('nobody@example.org', 'not the password');
  assert.equal(await visitor.problem(), 'The e-mail address or the password is wrong');
  assert.equal(await visitor.focused(), 'problem');
  for (const field of ['#email', '#password']) {
    assert.equal(await page.getAttribute(field, 'aria-invalid'), 'true');
    assert.equal(await page.getAttribute(field, 'aria-describedby'), 'problem-title');
  }
  assert.equal(await page.title(), 'The e-mail address or the password is wrong – Sign in');
  assert.equal(await page.inputValue('#email'), 'nobody@example.org');
  await visitor.findNoBarrier('wrong password');
});

test('an incomplete form is not sent: each field says what it lacks, and the summary leads there', async () => {
  await open();
  const sent = [];
  page.on('request', (request) => sent.push(request.url()));
  await page.keyboard.press('Enter');
  assert.equal(await visitor.problem(), 'Please look at the form again');
  assert.deepEqual(await page.locator('#problem-fields a').allTextContents(), ['Enter your e-mail address', 'Enter your password']);
  assert.equal(await page.textContent('#email-mistake'), 'Enter your e-mail address');
  assert.equal(await page.getAttribute('#email', 'aria-describedby'), 'email-mistake');
  await visitor.findNoBarrier('incomplete form');
  await page.click('#problem-fields a >> nth=1');
  assert.equal(await visitor.focused(), 'password');
  await visitor.signIn('no-at-sign', 'x');
  assert.equal(await page.textContent('#email-mistake'), 'Enter an e-mail address such as name@example.org');
  assert.equal(await page.textContent('#password-mistake'), '');
  assert.deepEqual(sent, []);
  // What only the server knows is shown in the same way.
  await visitor.signIn('jane@example.org', 'short');
  await page.waitForFunction(() => document.getElementById('password-mistake').textContent !== '');
  assert.equal(await page.textContent('#password-mistake'), 'This is too short or too long to be your password');
  assert.equal(await page.getAttribute('#email', 'aria-invalid'), null);
});

test('throttled: the time left is shown and counted down, announced seldom, and over at its end', async () => {
  await page.clock.install();
  await open();
  for (let i = 0; i < 4; ++i) {
    await visitor.signIn('throttled@example.org', 'not the password');
    await page.waitForFunction(() => document.activeElement.id === 'problem');
  }
  assert.equal(await visitor.problem(), 'Too many attempts');
  assert.equal(await visitor.focused(), 'problem');
  const left = await page.textContent('#problem-left');
  assert.match(left, /^1[45] min( \d+ s)?$/);
  assert.equal(await page.getAttribute('#submit', 'aria-disabled'), 'true');
  await visitor.findNoBarrier('throttled');

  await page.evaluate(() => {
    globalThis.said = [];
    new MutationObserver(() => said.push(document.getElementById('status').textContent)).observe(document.getElementById('status'), { childList: true });
  });
  await page.clock.runFor('02:10');
  assert.notEqual(await page.textContent('#problem-left'), left);
  const said = await page.evaluate(() => globalThis.said);
  assert.ok(said.length === 2 || said.length === 3, said.join());
  for (const one of said) assert.match(one, /^You can try again in 1[234] minutes\.$/);

  // Enter sends nothing meanwhile, another address may be tried at once.
  const sent = [];
  page.on('request', (request) => sent.push(request.url()));
  await page.press('#password', 'Enter');
  assert.equal(await visitor.focused(), 'problem');
  assert.deepEqual(sent, []);
  await page.clock.runFor('15:00');
  assert.equal(await page.isVisible('#problem'), false);
  assert.equal(await page.textContent('#status'), 'You can try again now.');
  assert.equal(await page.getAttribute('#submit', 'aria-disabled'), 'false');
  assert.equal(await page.title(), 'Sign in');
  await visitor.signIn('throttled@example.org', 'not the password');
  assert.equal(await visitor.problem(), 'Too many attempts');   // by the server's clock
  await page.fill('#email', 'somebody-else@example.org');
  assert.equal(await page.isVisible('#problem'), false);
  await page.click('#submit');
  assert.equal(await visitor.problem(), 'The e-mail address or the password is wrong');
});

test('the session service away: not a sign-out, in so many words, and back again', async () => {
  await deployment.createUser('outage@example.org');
  await open();
  await visitor.signIn('outage@example.org', Deployment.password);
  await page.waitForURL('**/account');
  await page.waitForSelector('#signed-in:not([hidden])');
  await deployment.session.stop();

  await page.click('#sign-out');
  assert.equal(await visitor.problem(), 'You are still signed in');
  assert.equal(await visitor.focused(), 'problem');
  assert.equal(await page.isVisible('#signed-in'), true);
  assert.equal((await visitor.context.cookies()).length, 1);
  await page.reload();
  assert.equal(await visitor.problem(), 'We cannot tell who you are right now');
  await visitor.findNoBarrier('account unknown');
  await open();
  assert.equal(await visitor.problem(), 'We cannot tell whether you are signed in');
  await visitor.signIn('outage@example.org', Deployment.password);
  await page.waitForFunction(() => document.title.startsWith('Signing in is not possible right now'));
  assert.match(await page.textContent('#problem-text'), /Nobody has been signed out/);
  assert.equal(await visitor.focused(), 'problem');
  await visitor.findNoBarrier('unavailable');

  await deployment.session.start();
  await deployment.ready();
  await page.goto(`${deployment.url}/account`);
  // Sessions in memory have ended with the service that kept them.
  await page.waitForSelector('#anonymous:not([hidden])');
});

test('no network: neither signed in nor out, and trying again helps', async () => {
  await deployment.createUser('offline@example.org');
  await open();
  await visitor.context.setOffline(true);
  await visitor.signIn('offline@example.org', Deployment.password);
  assert.equal(await visitor.problem(), 'No answer from the server');
  await visitor.context.setOffline(false);
  await page.click('#submit');
  await page.waitForURL('**/account');
  await page.waitForSelector('#signed-in:not([hidden])');
  await visitor.context.setOffline(true);
  await page.click('#sign-out');
  assert.equal(await visitor.problem(), 'No answer from the server');
  await visitor.context.setOffline(false);
  await page.click('#sign-out');
  await page.waitForSelector('#anonymous:not([hidden])');
});

test('a page at an address that is not its own leads to the right one', async () => {
  await open('/login', deployment.at('other.test'));
  await visitor.signIn('nobody@example.org', 'not the password');
  assert.equal(await visitor.problem(), 'This is not the page’s own address');
  await visitor.findNoBarrier('wrong address');
  await page.click('#problem-link a');
  await page.waitForURL(`${deployment.url}/login`);
});

test('a cookie that the browser drops is noticed', async () => {
  const secure = await Deployment.start({ gateway: { SESSION_COOKIE_SECURE: 'on' } });
  try {
    await secure.createUser('jane@example.org');
    await page.goto(`${secure.at('login.test')}/login`);   // plain HTTP, and not localhost
    await visitor.signIn('jane@example.org', Deployment.password);
    assert.equal(await visitor.problem(), 'Your browser did not keep the sign-in');
  } finally {
    await secure.stop();
  }
});

test('a sign-in changed in another window is not ended unseen', async () => {
  await deployment.createUser('first@example.org', 'First');
  await deployment.createUser('second@example.org', 'Second');
  await open();
  await visitor.signIn('first@example.org', Deployment.password);
  await page.waitForSelector('#signed-in:not([hidden])');
  const other = await visitor.context.newPage();
  await other.goto(`${deployment.url}/login`);
  await other.click('#somebody-else');
  await other.fill('#email', 'second@example.org');
  await other.fill('#password', Deployment.password);
  await other.press('#password', 'Enter');
  await other.waitForURL('**/account');
  await page.click('#sign-out');
  assert.equal(await visitor.problem(), 'You are still signed in');
  assert.equal(await page.textContent('#name'), 'Second');
  await page.click('#sign-out');
  await page.waitForSelector('#anonymous:not([hidden])');
});

test('too many sign-ins at once: a short wait', async () => {
  await page.clock.install();
  await open();
  await answer('/auth/login', 503, { success: false, error_code: 'HASHING_BUSY', retry_after: 2 }, { 'Retry-After': '2' });
  await visitor.signIn('jane@example.org', Deployment.password);
  assert.equal(await visitor.problem(), 'Many people are signing in right now');
  assert.equal(await page.textContent('#problem-left'), '2 s');
  await page.clock.runFor('00:03');
  assert.equal(await page.isVisible('#problem'), false);
});

test('what nobody expected names the request, a proxy’s own page is an outage, and an answer that is none is no sign-in', async () => {
  await open();
  const cases = [
    [500, { error_code: 'INTERNAL_ERROR', request_id: 'abc123' }, 'That did not work', /abc123/],
    [413, { error_code: 'PAYLOAD_TOO_LARGE', request_id: 'def' }, 'That did not work', /def/],
    [502, {}, 'Signing in is not possible right now', /fault is ours/],
    [429, { error_code: 'RATE_LIMIT_EXCEEDED' }, 'Too many attempts', /paused/],
  ];
  for (const [status, body, title, text] of cases) {
    await answer('/auth/login', status, body);
    await page.fill('#email', `case${status}@example.org`);
    await page.fill('#password', Deployment.password);
    await page.click('#submit');
    await page.waitForFunction((expected) => document.getElementById('problem-title').textContent === expected, title);
    assert.match(await page.textContent('#problem-text'), text);
    await page.unroute('**/auth/login');
  }
});

test('a script that does not come leaves a page that says so', async () => {
  await page.route('**/login/login.js*', (route) => route.abort());
  await page.goto(`${deployment.url}/login`);
  await page.waitForFunction(() => getComputedStyle(document.querySelector('.late')).visibility === 'visible');
  assert.equal(await page.isDisabled('#submit'), true);
  visitor.complaints = [];   // of the script itself
});
