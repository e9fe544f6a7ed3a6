// The shell: where one is, where one can go, and the keys that work everywhere.
import { html, render, useEffect, useErrorBoundary, useState } from './ui.js';
import { keepKey, read } from './api.js';
import { Dialogs, ask } from './dialog.js';
import { Help } from './help.js';
import { listenToKeys, useKeys } from './keys.js';
import { Palette } from './palette.js';
import { Button, Empty, Key } from './parts.js';
import { usePolled } from './polled.js';
import { go, linkTo, usePlace } from './router.js';
import { applyTheme, keepMe, nextTheme, setOperator, useSession } from './session.js';
import { Toasts } from './toast.js';
import { VIEWS } from './views/index.js';

const SLOW_MS = 15_000;
const TICK_MS = 30_000;
const SETTLING_MS = 50;

function App() {
  const here = usePlace();
  const [open, setOpen] = useState(null);
  // Each opening is its own: the browser tells late that a dialog was closed, and by then the same may be open anew.
  const show = (View) => setOpen((before) => ({ View, turn: (before?.turn ?? 0) + 1 }));
  const closed = (over) => setOpen((now) => (now === over ? null : now));
  const found = VIEWS.find(({ name }) => name === here.view);
  useKeys([
    { key: 'Ctrl-K', says: 'Command palette', run: () => show(Palette) },
    { key: '?', says: 'Help: all keys', run: () => show(Help) },
    { key: '/', says: 'Search', run: search },
    ...VIEWS.filter(({ key }) => key).map(({ name, key, title }) => ({ key, says: `Go to ${title}`, run: () => go(name) })),
    { key: 't', says: 'Theme: light, dark or automatic', run: nextTheme },
  ]);
  useEffect(() => {
    document.title = `${found?.title ?? 'Not found'} · Helpdesk`;
  }, [found]);
  useEffect(askForKey, []);
  useEffect(learnWhoIAm, []);
  useTick();
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to content</a>
    <${Navigation} here=${here} palette=${() => show(Palette)} help=${() => show(Help)} />
    <main id="main" tabindex="-1">
      ${found ? html`<${Guarded} key=${`${here.view}/${found.isOnePage ? '' : here.id}`} View=${found.View} id=${here.id} query=${here.query} />` : html`<${Empty} title="There is no such page">Go back, or press g q for the queue.<//>`}
    </main>
    ${open && html`<${open.View} key=${open.turn} close=${() => closed(open)} />`}
    <${Dialogs} /><${Toasts} />
  `;
}

// A view that breaks takes nothing else with it.
function Guarded({ View, id, query }) {
  const [error, again] = useErrorBoundary((broken) => console.error(broken));
  if (error) return html`<${Empty} title="This view broke"><${Button} onClick=${again}>Try again<//><//>`;
  return html`<${View} id=${id} query=${query} />`;
}

// What is written as "3 min ago" ages, also when nothing else changes.
function useTick() {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
}

function Navigation({ here, palette, help }) {
  const session = useSession();
  const { data: health, error } = usePolled('health', SLOW_MS);
  const { data: waiting } = usePolled('tickets?status=escalated&fields=id&limit=200', SLOW_MS);
  const { data: wrong } = usePolled('alerts?state=open&limit=200', SLOW_MS);
  const counts = { escalations: waiting?.items.length, alerts: wrong?.items.length, dead_letters: health?.dead_letters?.depth };
  const isDown = error || health?.status === 'down';
  const rename = async () => {
    const told = await ask({
      title: 'Who is acting?', action: 'Keep',
      fields: [{ name: 'name', label: 'Your name', defaultValue: session.operator, required: true, maxLength: 200 }],
    });
    if (told) setOperator(told.name);
  };
  return html`<header class="side">
    <a class="brand" href=${linkTo('queue')}><span class="mark" aria-hidden="true"></span>Helpdesk</a>
    <nav aria-label="Views">
      <ul>
        ${VIEWS.filter(({ key }) => key).map(
          ({ name, title }) => html`<li key=${name}>
            <a href=${linkTo(name)} aria-current=${isUnder(here.view, name) ? 'page' : undefined}>
              <span>${title}</span>
              ${counts[name] ? html`<span class="count">${counts[name]}<span class="unseen"> waiting</span></span>` : null}
            </a>
          </li>`,
        )}
      </ul>
    </nav>
    <div class="tools">
      <button type="button" class="tool" onClick=${palette}>Commands <${Key} name="Ctrl K" /></button>
      <button type="button" class="tool for-keyboards" onClick=${help}>Keys <${Key} name="?" /></button>
      <button type="button" class="tool" onClick=${nextTheme}>Theme: ${session.theme} <${Key} name="t" /></button>
      ${session.signedIn
        ? html`<p class="who" title=${`As ${session.signedIn.roles.join(', ')}`}>Signed in as ${session.signedIn.name}</p>`
        : html`<button type="button" class="tool" onClick=${rename}>${session.operator ? `Acting as ${session.operator}` : 'Set your name'}</button>`}
      <p class="health ${isDown ? 'bad' : 'good'}">${healthInWords(health, error)}</p>
    </div>
  </header>`;
}

// The ticket's own page belongs to the queue.
const isUnder = (view, name) => view === name || (view === 'ticket' && name === 'queue');

function healthInWords(health, error) {
  if (health?.status === 'up' && !error) return 'All systems up';
  if (!health && !error) return 'Looking …';
  // A desk that is down says so with 503, and the words of it name what is down.
  return error?.status === 503 ? 'Something is down: see /api/health' : 'The desk cannot be reached';
}

// At once where the box is there already: what is typed next must not be taken for keys.
function search() {
  const box = () => document.querySelector('#search');
  if (box()) return box().focus();
  go('queue');
  return addEventListener('hashchange', () => setTimeout(() => box()?.focus(), SETTLING_MS), { once: true });
}

// The link's own address would be taken for a view.
function skip(event) {
  event.preventDefault();
  document.querySelector('#main').focus();
}

// Where that cannot be told the doors say so themselves.
function learnWhoIAm() {
  read('me').then(({ body }) => body && keepMe(body), () => {});
}

function askForKey() {
  let isAsking = false;
  const needed = async () => {
    if (isAsking) return;
    isAsking = true;
    const told = await ask({
      title: 'The desk asks for a key',
      text: 'A function key of the app. It is kept until this tab is closed.',
      fields: [{ name: 'key', label: 'Function key', kind: 'secret', required: true }], action: 'Continue',
    });
    isAsking = false;
    if (!told) return;
    keepKey(told.key);
    learnWhoIAm();
  };
  addEventListener('key-needed', needed);
  return () => removeEventListener('key-needed', needed);
}

applyTheme();
listenToKeys();
render(html`<${App} />`, document.querySelector('#app'));
