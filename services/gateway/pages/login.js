// The sign-in page. Where to go afterwards stands in the page, put there by the server, which allowed it: the address
// of this page is never read.
const facts = document.body.dataset;
const target = facts.returnTo ?? '/account';
const fields = { email: byId('email'), password: byId('password') };

let working = false;
let throttled = null;  // { until, email, said, timer } while there is no use in trying

// --- what can go wrong, in words ---

const MISTAKES = {
  MISSING_EMAIL: ['email', 'Enter your e-mail address'],
  INVALID_EMAIL: ['email', 'Enter an e-mail address such as name@example.org'],
  MISSING_PASSWORD: ['password', 'Enter your password'],
  INVALID_PASSWORD: ['password', 'This is too short or too long to be your password'],
};

function problemOf({ status, code, wait, answer }) {
  if (status === 0) {
    return { title: 'No answer from the server', text: 'Check your connection, then try again. If you were signed in, you still are.' };
  }
  if (status === 401) {
    return { title: 'The e-mail address or the password is wrong', text: 'Check both, then try again.', invalid: ['email', 'password'] };
  }
  if (status === 429) {
    return { title: 'Too many attempts', text: 'Signing in is paused for a while, even with the right password.', wait: wait || 1 };
  }
  if (code === 'HASHING_BUSY') {
    return { title: 'Many people are signing in right now', text: 'You did nothing wrong.', wait: wait || 1 };
  }
  if (code === 'CSRF_REJECTED') {
    return { title: 'This is not the page’s own address', text: 'Open the page at its own address and sign in there.', link: facts.publicOrigin };
  }
  if (status === 502 || status === 503 || status === 504) {
    return { title: 'Signing in is not possible right now', text: 'The fault is ours and says nothing about your password. Nobody has been signed out. Please try again in a moment.' };
  }
  const number = answer.request_id ? ` If it happens again, tell whoever runs this site: ${answer.request_id}` : '';
  return { title: 'That did not work', text: `Something unexpected happened. Please try again.${number}` };
}

const COOKIE_LOST = {
  title: 'Your browser did not keep the sign-in',
  text: 'Allow cookies for this site, then try again.',
};

// --- showing it ---

function markField(name, mistake, describedBy) {
  const field = fields[name];
  byId(`${name}-mistake`).textContent = mistake;
  if (describedBy) {
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', describedBy);
  } else {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
  }
}

function clearProblem() {
  stopWaiting();
  hideProblem();
  for (const name of Object.keys(fields)) markField(name, '', null);
}

function tell({ title, text, invalid = [], link, wait, mistakes = [] }) {
  showProblem(title, text);
  for (const name of invalid) markField(name, '', 'problem-title');
  byId('problem-fields').replaceChildren(...mistakes.map(([name, mistake]) => {
    markField(name, mistake, `${name}-mistake`);
    const to = document.createElement('a');
    to.href = `#${name}`;
    to.textContent = mistake;
    to.addEventListener('click', (event) => { event.preventDefault(); fields[name].focus(); });
    const item = document.createElement('li');
    item.append(to);
    return item;
  }));
  const anchor = byId('problem-link').firstElementChild;
  byId('problem-link').hidden = !link;
  if (link) {
    anchor.href = `${link}/login`;
    anchor.textContent = link;
  }
  byId('problem-wait').hidden = !wait;
  if (wait) startWaiting(wait);
  byId('problem').focus();
}

function setSubmit(text, usable) {
  byId('submit').textContent = text;
  byId('submit').setAttribute('aria-disabled', String(!usable));
}

// --- waiting, by the clock and not by counting: a sleeping tab counts nothing ---

const shortly = (seconds) => [[Math.floor(seconds / 60), 'min'], [seconds % 60, 's']]
  .filter(([number]) => number > 0).map((part) => part.join(' ')).join(' ');
const roughly = (seconds) => seconds > 60 ? `${Math.ceil(seconds / 60)} minutes` : 'less than a minute';

function tick() {
  const left = Math.ceil((throttled.until - Date.now()) / 1000);
  if (left <= 0) {
    clearProblem();
    say('You can try again now.');
    return;
  }
  byId('problem-left').textContent = shortly(left);
  // Nobody wants to hear every second.
  if (roughly(left) === throttled.said) return;
  throttled.said = roughly(left);
  say(`You can try again in ${throttled.said}.`);
}

function startWaiting(seconds) {
  const until = Date.now() + seconds * 1000;
  throttled = { until, email: fields.email.value, said: roughly(seconds), timer: setInterval(tick, 1000) };
  byId('problem-left').textContent = shortly(seconds);
  setSubmit('Sign in', false);
}

function stopWaiting() {
  if (!throttled) return;
  clearInterval(throttled.timer);
  throttled = null;
  setSubmit('Sign in', true);
}

// --- signing in ---

function mistakesOf(email, password) {
  const found = [];
  if (email === '') found.push(MISTAKES.MISSING_EMAIL);
  else if (!email.includes('@')) found.push(MISTAKES.INVALID_EMAIL);
  if (password === '') found.push(MISTAKES.MISSING_PASSWORD);
  return found;
}

function tellMistakes(mistakes) {
  tell({ title: 'Please look at the form again', text: '', mistakes });
}

// Resolves to what tells what went wrong, or to nothing: then the browser is on its way to `target`.
async function signIn(email, password) {
  const result = await ask('POST', '/auth/login', { json: { email, password } });
  if (MISTAKES[result.code]) return () => tellMistakes([MISTAKES[result.code]]);
  if (result.status !== 200) return () => tell(problemOf(result));
  // A browser that drops the cookie would come back here for ever, without a word.
  if (isNobody(await ask('GET', '/auth/check'))) return () => tell(COOKIE_LOST);
  location.replace(target);
  return null;
}

async function submit(event) {
  event.preventDefault();
  if (working) return;
  if (throttled) {
    byId('problem').focus();
    return;
  }
  clearProblem();
  reveal(false);
  const email = fields.email.value.trim();
  const password = fields.password.value;
  const mistakes = mistakesOf(email, password);
  if (mistakes.length > 0) {
    tellMistakes(mistakes);
    return;
  }
  working = true;
  setSubmit('Signing in…', false);
  say('Signing in…');
  const complain = await signIn(email, password);
  if (!complain) return;
  working = false;
  setSubmit('Sign in', true);
  complain();
}

function reveal(shown) {
  fields.password.type = shown ? 'text' : 'password';
  byId('reveal').textContent = shown ? 'Hide' : 'Show';
  byId('reveal').setAttribute('aria-label', shown ? 'Hide password' : 'Show password');
}

// --- the page ---

function showForm() {
  entitle('');
  byId('already').hidden = true;
  byId('form').hidden = false;
  fields.email.focus();
}

function listen() {
  byId('form').addEventListener('submit', submit);
  byId('submit').disabled = false;
  byId('reveal').addEventListener('click', () => reveal(fields.password.type === 'password'));
  byId('somebody-else').addEventListener('click', showForm);
  byId('go-on').href = target;
  // Another address has a limit of its own.
  fields.email.addEventListener('input', () => {
    if (throttled && fields.email.value !== throttled.email) clearProblem();
  });
}

function showDestination() {
  const { host } = new URL(target, location.origin);
  byId('destination-host').textContent = host;
  byId('destination').hidden = host === location.host;
}

// True: there is somebody, or it cannot be known, and the page says so.
async function hasAskedWhoIsHere() {
  if (facts.session !== 'maybe') return false;
  const check = await ask('GET', '/auth/check');
  if (isNobody(check)) return false;
  ready();
  if (isSignedIn(check)) {
    byId('who').textContent = check.answer.user.email;
    byId('form').hidden = true;
    byId('already').hidden = false;
    entitle('You are already signed in');
    byId('go-on').focus();
  } else {
    tell({ ...problemOf(check), title: 'We cannot tell whether you are signed in' });
  }
  return true;
}

listen();
showDestination();
if (!await hasAskedWhoIsHere()) {
  ready();
  fields.email.focus();
}
