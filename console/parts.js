// The small things every view is made of.
import { html, useEffect, useRef, useState } from './ui.js';
import { absolute, ago, moment, words } from './format.js';

const TONES = {
  new: 'info', in_progress: 'info', running: 'info', accepted: 'info', pending: 'muted',
  escalated: 'warn', waiting: 'warn', waiting_for_requester: 'muted',
  resolved: 'good', completed: 'good', closed: 'muted',
  open: 'warn', acknowledged: 'info', cleared: 'muted', skipped: 'muted',
  delivered: 'good', refused: 'bad', expired: 'bad',
  failed: 'bad', cancelled: 'muted', completed_with_failures: 'bad',
};

export const Status = ({ of }) => html`<span class="badge ${TONES[of] || 'muted'}">${words(of)}</span>`;

export const Priority = ({ of }) =>
  of ? html`<span class="priority ${of}" title="Priority ${of}">${of}</span>` : html`<span class="priority none" title="Not rated yet">–</span>`;

// A moment in the reader's zone; the whole of it on hover, and for screen readers.
export const Time = ({ at, relative }) =>
  at ? html`<time datetime=${at} title=${absolute(at)}>${relative ? ago(at) : moment(at)}</time>` : '–';

export const Key = ({ name }) => html`<kbd>${name}</kbd>`;

export function Button({ onClick, kind = '', hotkey, children, ...more }) {
  return html`<button type="button" class="button ${kind}" onClick=${onClick} ...${more}>
    ${children} ${hotkey && html`<${Key} name=${hotkey} />`}
  </button>`;
}

export const Empty = ({ title, children }) => html`<div class="empty"><p class="empty-title">${title}</p><p>${children}</p></div>`;

// What stands where data will be: shapes after a moment, so that a quick answer does not flicker.
export function Loading({ lines = 6 }) {
  return html`<div class="loading" role="status" aria-label="Loading">
    ${Array.from({ length: lines }, (_, index) => html`<div key=${index} class="bone"></div>`)}
  </div>`;
}

// Data that could not be read: in place of the view where there is nothing yet, above it where there is something old.
export function Trouble({ error, isOld, retry }) {
  if (!error) return null;
  return html`<div class="trouble" role="alert">
    <span><strong>${error.title}.</strong> ${error.message} ${isOld ? 'It is tried again by itself.' : ''}</span>
    ${retry && html`<${Button} onClick=${() => retry()}>Try again<//>`}
  </div>`;
}

// Loading, trouble, nothing there, or the view itself: in that order.
export function Shown({ of, empty, children }) {
  const { data, error, refresh } = of;
  if (data === undefined) return error ? html`<${Trouble} error=${error} retry=${refresh} />` : html`<${Loading} />`;
  const isEmpty = empty && Array.isArray(data) && data.length === 0;
  return html`<${Trouble} error=${error} isOld /> ${isEmpty ? empty : children(data)}`;
}

// Asks for more while its end is in sight: looked at anew each time it is drawn, as it is after each page.
export function More({ listing }) {
  const end = useRef();
  useEffect(() => {
    if (!listing.hasMore) return undefined;
    const seen = new IntersectionObserver(([entry]) => entry.isIntersecting && listing.more(), { rootMargin: '600px' });
    seen.observe(end.current);
    return () => seen.disconnect();
  });
  return listing.hasMore && html`<div ref=${end} class="more"><${Button} onClick=${listing.more}>Show more<//></div>`;
}

export const Facts = ({ of }) => html`<dl class="facts">
  ${of.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
</dl>`;

export const Panel = ({ title, aside, children, ...more }) => html`<section class="panel" ...${more}>
  <header class="panel-head"><h2>${title}</h2>${aside}</header>
  ${children}
</section>`;

export function Copy({ text, children }) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return html`<button type="button" class="copy" title="Copy ${text}" onClick=${copy}>${isDone ? 'copied' : children}</button>`;
}
