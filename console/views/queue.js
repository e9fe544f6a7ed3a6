// The queue: tickets by saved filters and search, kept true while they move.
import { html, useEffect, useRef, useState } from '../ui.js';
import { address } from '../api.js';
import { ask } from '../dialog.js';
import { Line, useSelection } from '../list.js';
import { useKeys } from '../keys.js';
import { Empty, More, Priority, Shown, Status, Time } from '../parts.js';
import { useListing } from '../polled.js';
import { go, linkTo } from '../router.js';
import { dropFilter, operator, saveFilter, useSession } from '../session.js';
import { words } from '../format.js';
import { Due } from './clocks.js';

const FIELDS = 'id,version,subject,status,priority,category,requester,language,escalation,sla,created_at,updated_at';
const PAGE = 100;
const OPEN = 'new,in_progress,escalated,waiting_for_requester';
const PATIENCE_MS = 250;
const BUILT_IN = [
  { name: 'Open', query: { status: OPEN } },
  { name: 'Waiting for a person', query: { status: 'escalated' } },
  { name: 'Assigned to me', query: { assigned_to: 'me' } },
  { name: 'Urgent', query: { status: OPEN, priority: 'P1,P2' } },
  { name: 'Resolved', query: { status: 'resolved,closed' } },
  { name: 'All', query: { status: '' } },
];
const CHOICES = {
  priority: ['P1', 'P2', 'P3', 'P4', 'P5'],
  category: [
    'access_identity', 'network', 'email_collab', 'hardware', 'printing', 'mobile', 'software', 'data_storage',
    'cloud_infra', 'security', 'procurement_hr', 'billing', 'general', 'not_a_ticket',
  ],
};

export function Queue({ query }) {
  const wanted = Object.keys(query).length ? query : BUILT_IN[0].query;
  const asked = { ...wanted, assigned_to: wanted.assigned_to === 'me' ? operator() || 'me' : wanted.assigned_to };
  const listing = useListing((cursor) => address('tickets', { ...asked, fields: FIELDS, limit: PAGE, cursor }));
  const items = listing.items ?? [];
  const { selected } = useSelection(items, (ticket) => go('ticket', ticket.id));
  const change = (part) => go('queue', null, { status: '', ...wanted, ...part });
  return html`<div class="view">
    <header class="view-head">
      <h1>Queue</h1>
      <p class="muted" aria-live="polite">${listing.items ? `${items.length}${listing.hasMore ? '+' : ''} tickets` : ''}</p>
    </header>
    <${Filters} wanted=${wanted} />
    <div class="filter-bar" role="search">
      <${Search} value=${wanted.q ?? ''} change=${(q) => change(searching(q, wanted))} />
      <${Choice} name="priority" value=${wanted.priority} change=${change} />
      <${Choice} name="category" value=${wanted.category} change=${change} />
    </div>
    <${Shown} of=${{ data: listing.items, error: listing.error, refresh: listing.refresh }} empty=${html`<${Empty} title="No ticket fits">Choose another filter, or clear the search.<//>`}>
      ${() => html`<ul class="lines tickets" aria-label="Tickets">
          ${items.map((ticket) => html`<${TicketLine} key=${ticket.id} ticket=${ticket} isSelected=${ticket.id === selected} />`)}
        </ul>
        <${More} listing=${listing} />`}
    <//>
  </div>`;
}

// Words are looked for in all tickets, unless another filter than the first was chosen.
const searching = (q, { q: _, ...wanted }) => (sameQuery(wanted, BUILT_IN[0].query) ? { q, status: '' } : { q });

export function TicketLine({ ticket, isSelected, href }) {
  const { id, subject, status, priority, category, requester, escalation, sla, updated_at: at, language } = ticket;
  const who = requester.name || requester.email || requester.id;
  return html`<${Line} id=${id} href=${href ?? linkTo('ticket', id)} isSelected=${isSelected} className="ticket-line">
    <${Priority} of=${priority} />
    <span class="subject"><span lang=${language}>${subject}</span> <span class="muted">${who}</span></span>
    <span class="category muted">${words(category)}</span>
    <span class="assignee muted">${status === 'escalated' ? escalation?.assigned_to : ''}</span>
    <${Status} of=${status} />
    <${Due} clock=${sla.resolution} />
    <span class="when muted"><${Time} at=${at} /></span>
  <//>`;
}

function Filters({ wanted }) {
  const { filters } = useSession();
  const save = async () => {
    const told = await ask({
      title: 'Save this filter', action: 'Save',
      fields: [{ name: 'name', label: 'Name', required: true, maxLength: 40 }],
    });
    if (told) saveFilter(told.name, wanted);
  };
  useKeys([{ key: 'f', says: 'Save this filter', run: save }]);
  const isOn = (query) => sameQuery(query, wanted);
  return html`<div class="chips" role="group" aria-label="Saved filters">
    ${BUILT_IN.map(({ name, query }) => html`<a key=${name} class="chip" href=${linkTo('queue', null, { ...query, q: '' }) + all(query)} aria-current=${isOn(query) ? 'true' : undefined}>${name}</a>`)}
    ${filters.map(
      ({ name, query }) => html`<span key=${`own ${name}`} class="chip-pair">
        <a class="chip" href=${linkTo('queue', null, query)} aria-current=${isOn(query) ? 'true' : undefined}>${name}</a>
        <button type="button" class="chip" aria-label="Forget the filter ${name}" onClick=${() => dropFilter(name)}>×</button>
      </span>`,
    )}
    <button type="button" class="chip quiet" onClick=${save}>Save filter</button>
  </div>`;
}

// An empty query means the first filter, so "all" is said with a status that is empty.
const all = (query) => (Object.values(query).every((value) => !value) ? '?status=' : '');

function sameQuery(one, other) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => (one[name] ?? '') === (other[name] ?? ''));
}

function Search({ value, change }) {
  const [text, setText] = useState(value);
  const box = useRef();
  const asked = useRef(value);
  // What was asked from here comes back as `value`; by then more may have been typed, which must stay.
  useEffect(() => {
    if (value !== asked.current) setText(value);
    asked.current = value;
  }, [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => change((asked.current = text)), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const leave = (event) => ['Enter', 'Escape'].includes(event.key) && box.current.blur();
  return html`<input
    ref=${box} id="search" class="input" type="search" placeholder="Search subject, requester, answer, id  ( / )" aria-label="Search tickets"
    maxlength="200" value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${leave}
  />`;
}

function Choice({ name, value, change }) {
  const own = CHOICES[name].includes(value) ? value : '';
  return html`<select class="input" aria-label=${words(name)} value=${own} onChange=${(event) => change({ [name]: event.target.value })}>
    <option value="">Any ${words(name)}</option>
    ${CHOICES[name].map((one) => html`<option key=${one} value=${one}>${words(one)}</option>`)}
  </select>`;
}
