// The account page: who you are, and the way out.
const PARTS = ['signed-in', 'anonymous', 'unknown'];
let csrfToken = '';

function show(part) {
  for (const one of PARTS) byId(one).hidden = one !== part;
  ready();
}

function showNobody(text, title) {
  hideProblem();
  byId('title').textContent = title;
  byId('anonymous-text').textContent = text;
  show('anonymous');
  entitle(title);
}

const CANNOT_TELL = ['We cannot tell who you are right now', 'The fault is ours. If you were signed in, you still are. Please try again in a moment.'];
const NO_ANSWER = ['No answer from the server', 'Check your connection, then try again. If you were signed in, you still are.'];
const NOT_SIGNED_OUT = ['You are still signed in', 'Signing out did not work, and the fault is ours. Please try again in a moment.'];
const CHANGED = ['You are still signed in', 'The sign-in was changed meanwhile, perhaps in another window. Look whether this is you, then sign out again.'];

async function refresh() {
  const check = await ask('GET', '/auth/check');
  if (isSignedIn(check)) {
    const { full_name: name, email, role } = check.answer.user;
    csrfToken = check.answer.csrf_token;
    byId('name').textContent = name;
    byId('email').textContent = email;
    byId('role').textContent = role;
    hideProblem();
    show('signed-in');
  } else if (isNobody(check)) {
    showNobody('You are not signed in.', 'Not signed in');
  } else {
    show('unknown');
    showProblem(...(check.status === 0 ? NO_ANSWER : CANNOT_TELL));
    byId('problem').focus();
  }
}

async function again() {
  say('Asking again…');
  await refresh();
  if (byId('problem').hidden) byId('title').focus();
  say('');
}

async function signOut() {
  const button = byId('sign-out');
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  say('Signing out…');
  const result = await ask('POST', '/auth/logout', { headers: { 'X-CSRF-Token': csrfToken } });
  button.setAttribute('aria-disabled', 'false');
  say('');
  if (result.status === 200) {
    showNobody('See you again.', 'You are signed out');
    byId('title').focus();
    return;
  }
  const refused = result.status === 403;
  if (refused) await refresh();
  if (refused && byId('signed-in').hidden) return;
  showProblem(...(refused ? CHANGED : result.status === 0 ? NO_ANSWER : NOT_SIGNED_OUT));
  byId('problem').focus();
}

byId('sign-out').addEventListener('click', signOut);
byId('again').addEventListener('click', again);
refresh();
