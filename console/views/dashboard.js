// How the desk does: figures beside those of the time before, what is wrong now, and what to do about it.
import { html } from '../ui.js';
import { address } from '../api.js';
import { Chart } from '../chart.js';
import { count, duration, percent, usd, words } from '../format.js';
import { Panel, Priority, Shown, Status, Time } from '../parts.js';
import { usePolled } from '../polled.js';
import { linkTo } from '../router.js';
import { Arithmetic, Bars, Figure } from './figures.js';
import { Severity } from './alerts.js';
import { TheWatch } from './watch_figures.js';

const WINDOWS = { '24h': 'Last day', '7d': 'Last week', '30d': 'Last month' };
const TONES = { ok: 'good', warning: 'warn', critical: 'bad', unknown: 'muted' };
const SAID = { ok: 'All is well', warning: 'Something wants a look', critical: 'Something is wrong', unknown: 'Not all is known' };
const EVERY_MS = 10_000;
const stars = (value) => `${value.toFixed(1)} of 5`;

export function Dashboard({ query }) {
  const window = query.window in WINDOWS ? query.window : '24h';
  const polled = usePolled(address('dashboard', { window }), EVERY_MS);
  return html`<div class="view">
    <header class="view-head"><h1>Dashboard</h1>
      ${polled.data && html`<span class="badge ${TONES[polled.data.status]}" role="status">${SAID[polled.data.status]}</span>`}
      <span class="spring"></span>
      <div class="chips" role="group" aria-label="Time">${Object.entries(WINDOWS).map(([name, title]) => html`<a key=${name} class="chip" href=${linkTo('dashboard', null, { window: name })} aria-current=${name === window ? 'true' : undefined}>${title}</a>`)}</div>
    </header>
    <${Shown} of=${polled}>${(found) => html`<${Unread} unread=${found.unread} /><div class="board">
      <div class="column"><${Performance} of=${found.performance} /></div>
      <div class="column"><${Cost} of=${found.cost} /><${Quality} of=${found.quality} /></div>
      <div class="column"><${Promises} of=${found.sla} /></div>
      <${OverTime} series=${found.series} />
      <${Panel} title="What became of them"><${Bars} name="Outcome" of=${found.outcomes} none="No ticket came in this time." /><//>
      <${Current} alerts=${found.alerts} />
      <${Advice} of=${found.recommendations} />
      <${Last} tickets=${found.last} />
      ${found.watch && html`<${TheWatch} of=${found.watch} />`}
    </div>`}<//>
  </div>`;
}

const Unread = ({ unread }) => Object.entries(unread).map(([what, why]) => html`<p key=${what} class="trouble">Could not read the ${what}: ${why}</p>`);

const Performance = ({ of }) => html`<${Panel} title="Performance">
  <dl class="figures">
    <${Figure} name="Tickets" of=${of.total} written=${count} />
    <${Figure} name="Settled" of=${of.settled} written=${count} />
    <${Figure} name="Without a failure" of=${of.success_rate} written=${percent} />
    <${Figure} name="On average" of=${of.average_s} written=${duration} />
  </dl>
  <h3>Time to resolution</h3>
  <${Bars} name="Time to resolution" written=${duration} none=${of.p50_s.why ?? ''}
    of=${taken({ fastest: of.fastest_s, 'half of them within': of.p50_s, '95 % within': of.p95_s, slowest: of.slowest_s })} />
<//>`;

const taken = (figures) => Object.fromEntries(Object.entries(figures).filter(([, { value }]) => value !== null).map(([name, { value }]) => [name, value]));

const Cost = ({ of }) => html`<${Panel} title="Cost">
  <dl class="figures">
    <${Figure} name="Altogether" of=${of.total_usd} written=${usd} />
    <${Figure} name="Each ticket" of=${of.average_usd} written=${usd} />
    <${Figure} name="In a month, as it goes" of=${of.monthly_usd} written=${usd} title=${of.arithmetic} />
  </dl>
  <${Arithmetic} of=${of.arithmetic} />
<//>`;

const Quality = ({ of }) => html`<${Panel} title="Quality">
  <dl class="figures">
    <${Figure} name="Overridden by people" of=${of.override_rate} written=${percent} />
    <${Figure} name="Reopened" of=${of.reopen_rate} written=${percent} />
    <${Figure} name="Answers that cite" of=${of.cited_rate} written=${percent} />
    <${Figure} name="Rated (${count(of.ratings)})" of=${of.rating} written=${stars} />
  </dl>
<//>`;

const Promises = ({ of }) => html`<${Panel} title="Service level">
  ${Object.entries(of).map(([name, promise]) => html`<h3 key=${name}>${words(name)}</h3><${Bars} name=${words(name)} of=${promise} tones=${{ met: 'good', breached: 'bad' }} none="No clock ran in this time." />`)}
<//>`;

function OverTime({ series }) {
  const at = series.map((bucket) => bucket.at);
  const values = (name) => series.map((bucket) => bucket[name]);
  const total = (name) => values(name).reduce((sum, one) => sum + one, 0);
  const [opened, settled, cost, met, breached] = ['opened', 'settled', 'cost_usd', 'met', 'breached'].map(total);
  const slowest = Math.max(...values('p95_s').filter((one) => one !== null));
  const line = (name, tone, of) => ({ name, tone, values: values(of) });
  return html`<${Panel} title="Over time, by when tickets came" class="panel wide"><div class="charts">
    <${Chart} name="Tickets" at=${at} written=${count} says=${`${count(opened)} came in, ${count(settled)} of them are settled.`}
      lines=${[line('came in', 'accent', 'opened'), line('settled', 'good', 'settled')]} />
    <${Chart} name="Time to resolution" at=${at} written=${duration} says=${Number.isFinite(slowest) ? `95 % were resolved within ${duration(slowest)} even at the slowest time.` : 'None is resolved.'}
      lines=${[line('half of them within', 'accent', 'p50_s'), line('95 % within', 'warn', 'p95_s')]} />
    <${Chart} name="Cost" at=${at} written=${usd} says=${`${usd(cost)} altogether.`} lines=${[line('cost', 'accent', 'cost_usd')]} />
    <${Chart} name="Service level" at=${at} written=${count} says=${`Resolved in time: ${count(met)}; too late: ${count(breached)}.`}
      lines=${[line('in time', 'good', 'met'), line('too late', 'bad', 'breached')]} />
  </div><//>`;
}

const Current = ({ alerts }) => html`<${Panel} title="Alerts now" aside=${html`<a href=${linkTo('alerts')}>All alerts</a>`}>
  ${alerts.length === 0 ? html`<p class="muted">None.</p>` : html`<ul class="plain">${alerts.map((alert) => html`<li key=${alert.id}><${Severity} of=${alert.severity} /> <a href=${linkTo('alerts', alert.id)}>${alert.text}</a></li>`)}</ul>`}
<//>`;

const Advice = ({ of }) => html`<${Panel} title="What to do">
  ${of.length === 0 ? html`<p class="muted">Nothing follows from these figures.</p>` : html`<ul class="plain">${of.map(({ do: what, because }) => html`<li key=${what + because}><strong>${what}</strong> <span class="muted">${because}</span></li>`)}</ul>`}
<//>`;

const Last = ({ tickets }) => html`<${Panel} title="Last ten" class="panel wide">
  <div class="scrolled" tabindex="0" role="region" aria-label="Last ten tickets"><table class="table">
    <thead><tr>${['Ticket', 'Priority', 'Category', 'Status', 'Cost', 'Came'].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
    <tbody>${tickets.map((ticket) => html`<tr key=${ticket.id}>
      <td><a href=${linkTo('ticket', ticket.id)}>${ticket.subject}</a></td><td><${Priority} of=${ticket.priority} /></td><td>${words(ticket.category)}</td>
      <td><${Status} of=${ticket.status} /></td><td>${usd(ticket.cost_usd)}</td><td><${Time} at=${ticket.created_at} /></td>
    </tr>`)}</tbody>
  </table></div>
<//>`;
