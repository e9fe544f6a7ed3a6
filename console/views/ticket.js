// One ticket, followed live: what is known, what was said, what was done, and what a person can do.
import { html } from '../ui.js';
import { useKeys } from '../keys.js';
import { Button, Copy, Facts, Panel, Priority, Shown, Status, Time } from '../parts.js';
import { usePolled } from '../polled.js';
import { go, linkTo } from '../router.js';
import { count, percent, short, usd, words } from '../format.js';
import { CarriedOut } from './actions.js';
import { Clocks } from './clocks.js';
import { Citations, Conversation, write } from './conversation.js';
import { useDecisions } from './deciding.js';
import { EscalationPanel } from './escalation.js';
import { Events, Timeline } from './timeline.js';

const LIVELY_MS = 1500;
const SLOW_MS = 15_000;

export function Ticket({ id }) {
  const polled = usePolled(`tickets/${encodeURIComponent(id)}`, LIVELY_MS);
  const events = usePolled(`tickets/${encodeURIComponent(id)}/events`);
  const ticket = polled.data;
  const decisions = useDecisions({ ticket, tag: polled.tag, refresh: polled.refresh });
  const reply = () => ticket && (decisions.isWaiting ? decisions.decide('answer') : write(ticket, false, polled.refresh));
  const note = () => ticket && write(ticket, true, polled.refresh);
  useKeys([
    { key: 'r', says: 'Reply', run: reply },
    { key: 'n', says: 'Internal note', run: note },
    { key: 'u', says: 'Back to the queue', run: () => (history.length > 1 ? history.back() : go('queue')) },
  ]);
  return html`<div class="view">
    <${Shown} of=${polled}>
      ${() => html`
        <header class="view-head ticket-head">
          <a class="back" href=${linkTo('queue')}>Queue</a>
          <h1 lang=${ticket.language}>${ticket.subject}</h1>
          <div class="row">
            <${Priority} of=${ticket.priority} /> <${Status} of=${ticket.status} />
            <span class="muted"><${Copy} text=${ticket.id}>${short(ticket.id)}<//> · ${ticket.channel} · opened <${Time} at=${ticket.created_at} /></span>
            <span class="spring"></span>
            <${Button} hotkey="r" onClick=${reply}>Reply<//> <${Button} hotkey="n" onClick=${note}>Note<//>
          </div>
        </header>
        <div class="columns">
          <div class="column main">
            <${EscalationPanel} ticket=${ticket} decisions=${decisions} />
            <${Conversation} ticket=${ticket} />
            <${CarriedOut} ticket=${ticket} refresh=${polled.refresh} />
            <${Timeline} ticket=${ticket} />
          </div>
          <aside class="column" aria-label="About this ticket">
            <${About} ticket=${ticket} />
            <${Clocks} sla=${ticket.sla} />
            <${Citations} citations=${ticket.citations} />
            <${Ratings} id=${id} />
            <${Cost} usage=${ticket.usage} />
            <${Events} events=${events.data?.items} />
          </aside>
        </div>`}
    <//>
  </div>`;
}

// What the requester thinks of it, one rating for each time the ticket was answered.
function Ratings({ id }) {
  const { data } = usePolled(`tickets/${encodeURIComponent(id)}/rating`, SLOW_MS);
  if (!data?.items.length) return null;
  return html`<${Panel} title="Rated"><ul class="plain">
    ${data.items.map(({ episode, score, comment, at }) => html`<li key=${episode}><strong>${score} of 5</strong> <span class="muted"><${Time} at=${at} /></span>${comment ? html`<p class="plain-text">${comment}</p>` : ''}</li>`)}
  </ul><//>`;
}

function About({ ticket }) {
  const { requester, impact, urgency, confidence, degraded } = ticket;
  return html`<${Panel} title="About">
    <${Facts} of=${[
      ['Requester', html`<a href=${linkTo('queue', null, { requester: requester.id })}>${requester.name || requester.id}</a>`],
      ['E-mail', requester.email],
      ['Category', words(ticket.category)],
      ['Type', words(ticket.type)],
      ['Priority', impact && `${ticket.priority} (impact ${impact} × urgency ${urgency})`],
      ['Complexity', ticket.complexity],
      ['Confidence', confidence !== null && percent(confidence)],
      ['Route', words(ticket.route)],
      ['Language', ticket.language],
      ['Batch', ticket.batch_id && html`<a href=${linkTo('batches', ticket.batch_id)}>${short(ticket.batch_id)}</a>`],
      ['External id', ticket.external_id],
      ['Episode', ticket.episode > 1 ? ticket.episode : null],
      ['Went without', degraded.length ? html`<span class="badge warn">${degraded.join(', ')}</span>` : null],
    ]} />
    ${ticket.reasons.length > 0 && html`<details><summary>Why so</summary><ul class="plain">${ticket.reasons.map((one, index) => html`<li key=${index}>${one}</li>`)}</ul></details>`}
  <//>`;
}

export const Cost = ({ usage }) => html`<${Panel} title="Cost">
  <${Facts} of=${[
    ['Model calls', count(usage.model_calls)],
    ['Kept answers', usage.cache_hits ? count(usage.cache_hits) : null],
    ['Tokens in', count(usage.input_tokens)],
    ['Tokens out', count(usage.output_tokens)],
    ['Cost', usd(usage.cost_usd)],
  ]} />
<//>`;
