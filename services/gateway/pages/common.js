// What both pages need. embed.cmake puts it before each page's own script; the two are one module.
const byId = (id) => document.getElementById(id);

const PATIENCE_MS = 30_000;

// Asks our own API and never throws. `status` 0: no answer came. The mode stays "cors": with another one browsers would
// send "Origin: null", as our pages send no referrer.
async function ask(method, path, { json, headers = {} } = {}) {
  const body = json && JSON.stringify(json);
  if (body) headers = { ...headers, 'Content-Type': 'application/json' };
  try {
    const options = { method, body, headers, cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) };
    const response = await fetch(path, options);
    const answer = await response.json().catch(() => ({}));  // a proxy's own page is no JSON
    const wait = Number(answer.retry_after ?? response.headers.get('Retry-After')) || 0;
    return { status: response.status, code: answer.error_code ?? '', wait, answer };
  } catch {
    return { status: 0, code: '', wait: 0, answer: {} };
  }
}

const isSignedIn = (check) => check.status === 200 && check.answer.authenticated === true;
const isNobody = (check) => check.status === 401 || (check.status === 200 && !isSignedIn(check));

// Announced politely, without moving the focus.
function say(text) {
  byId('status').textContent = text;
}

// The page's state in its title: it is the first that a screen reader says, and what a tab shows.
function entitle(state) {
  const page = document.documentElement.dataset.title ??= document.title;
  document.title = state ? `${state} – ${page}` : page;
}

function showProblem(title, text) {
  byId('problem-title').textContent = title;
  byId('problem-text').textContent = text;
  byId('problem').hidden = false;
  entitle(title);
  say('');
}

function hideProblem() {
  byId('problem').hidden = true;
  entitle('');
}

// From now on the page works; what stood in for it goes.
const ready = () => { document.body.dataset.ready = ''; };

// Back from the browser's cache the page would show what was true when it was left.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
