// The inbox of what waits for a person: each with what is asked, decided on from here.
import { html } from '../ui.js';
import { address } from '../api.js';
import { Button, Empty, Priority, Shown, Time } from '../parts.js';
import { useListing, usePolled } from '../polled.js';
import { go, linkTo } from '../router.js';
import { operator } from '../session.js';
import { useKeys } from '../keys.js';
import { Due } from './clocks.js';
import { Conversation } from './conversation.js';
import { useDecisions } from './deciding.js';
import { EscalationPanel } from './escalation.js';
import { Split } from './split.js';

const FIELDS = 'id,subject,status,priority,requester,language,escalation,sla';
const MINE = 'me';

export function Escalations({ id, query }) {
  const mine = query.assigned_to === MINE ? operator() || MINE : query.assigned_to;
  const listing = soonestFirst(useListing((cursor) => address('tickets', { status: 'escalated', assigned_to: mine, fields: FIELDS, limit: 100, cursor })));
  return html`<${Split} view="escalations" title="Escalations" id=${id} query=${query} listing=${listing} line=${line} head=${html`<${Whose} query=${query} />`}
    empty=${html`<${Empty} title="Nobody is waited for">What needs a person appears here by itself.<//>`}>
    <${Chosen} key=${id} id=${id} />
  <//>`;
}

// What is due soonest stands first, as soon as all that waits is known.
function soonestFirst(listing) {
  if (!listing.items || listing.hasMore) return listing;
  const due = ({ sla }) => new Date(sla.resolution.due_at ?? '9999-12-31');
  return { ...listing, items: [...listing.items].sort((one, other) => due(one) - due(other)) };
}

const Whose = ({ query }) => html`<div class="chips">
  <a class="chip" href=${linkTo('escalations')} aria-current=${query.assigned_to ? undefined : 'true'}>All</a>
  <a class="chip" href=${linkTo('escalations', null, { assigned_to: MINE })} aria-current=${query.assigned_to === MINE ? 'true' : undefined}>Mine</a>
</div>`;

const line = ({ subject, language, priority, escalation, sla }) => html`
  <span class="row between"><span class="row tight"><${Priority} of=${priority} /><strong class="cut" lang=${language}>${subject}</strong></span><${Due} clock=${sla.resolution} /></span>
  <span class="cut muted">${escalation.reason}</span>
  <span class="row between muted"><span>${escalation.assigned_to}</span><${Time} at=${escalation.opened_at} relative /></span>
`;

function Chosen({ id }) {
  const polled = usePolled(`tickets/${encodeURIComponent(id)}`, 2000);
  const ticket = polled.data;
  const decisions = useDecisions({ ticket, tag: polled.tag, refresh: polled.refresh });
  const open = () => go('ticket', id);
  useKeys([{ key: 'o', says: 'Open the whole ticket', run: open }]);
  return html`<${Shown} of=${polled}>
    ${() => html`<header class="view-head"><h2 lang=${ticket.language}>${ticket.subject}</h2><${Button} hotkey="o" onClick=${open}>Whole ticket<//></header>
      <${EscalationPanel} ticket=${ticket} decisions=${decisions} /><${Conversation} ticket=${ticket} />`}
  <//>`;
}
