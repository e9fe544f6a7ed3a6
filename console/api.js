// The desk's doors. Whatever goes wrong is a Problem with words for people.

// This file is served as <api>/console/<edition>/api.js, so the doors are two folders up, whatever the prefix.
const ROOT = new URL('../../', import.meta.url);
const KEY = 'helpdesk.key';
const SENT_AT = 'helpdesk.sent-to-sign-in';
const SIGN_IN_PAUSE_MS = 60_000;

export class Problem extends Error {
  constructor(status, title, detail, errors = [], signIn = null) {
    super(detail || title);
    Object.assign(this, { status, title, errors, signIn });
  }
}

// Read a door; with the tag of what is known already, `body` is undefined when nothing has changed.
export async function read(path, { tag, signal } = {}) {
  const response = await call(path, { signal, headers: tag ? { 'If-None-Match': tag } : {} });
  const now = response.headers.get('ETag');
  if (response.status === 304) return { tag: now };
  const isJson = response.headers.get('Content-Type')?.includes('json');
  return { body: await (isJson ? response.json() : response.text()), tag: now };
}

export async function send(method, path, body, headers = {}) {
  const isWritten = body !== undefined;
  const response = await call(path, {
    method,
    headers: isWritten ? { 'Content-Type': 'application/json', ...headers } : headers,
    body: isWritten ? JSON.stringify(body) : undefined,
  });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

export function keepKey(key) {
  sessionStorage.setItem(KEY, key);
}

export const address = (path, query = {}) => {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return wanted.length ? `${path}?${new URLSearchParams(wanted)}` : path;
};

async function call(path, options) {
  const key = sessionStorage.getItem(KEY);
  const headers = { Accept: 'application/json', ...options.headers, ...(key ? { 'x-functions-key': key } : {}) };
  let response;
  try {
    response = await fetch(new URL(path, ROOT), { ...options, headers, cache: 'no-store', redirect: 'error' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, 'Not reached', 'The desk cannot be reached. What you see may be out of date.');
  }
  if (response.ok || response.status === 304) return response;
  const problem = await problemOf(response);
  if (response.status === 401 && !goSignIn(problem.signIn)) window.dispatchEvent(new Event('key-needed'));
  throw problem;
}

// Where people sign in, they are sent there and come back; not again at once, where that did not help.
function goSignIn(place) {
  if (!place || Date.now() - Number(sessionStorage.getItem(SENT_AT)) < SIGN_IN_PAUSE_MS) return false;
  sessionStorage.setItem(SENT_AT, String(Date.now()));
  location.assign(`${new URL(place, location.origin)}?post_login_redirect_uri=${encodeURIComponent(location.pathname)}`);
  return true;
}

async function problemOf(response) {
  const said = await response.json().catch(() => ({}));
  const title = said.title || `The desk answered ${response.status}`;
  return new Problem(response.status, title, said.detail, said.errors, said.sign_in);
}
