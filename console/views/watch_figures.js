// The watch on the dashboard: how its cycles did in this time, and the last ten of any time.
import { html } from '../ui.js';
import { count, duration, percent, usd, words } from '../format.js';
import { Panel, Status, Time } from '../parts.js';
import { linkTo } from '../router.js';
import { Arithmetic, Figure } from './figures.js';
import { Crossed } from './watch.js';

const STANDING = { ok: ['good', 'well'], warning: ['warn', 'crossed a threshold'], critical: ['bad', 'failed'], idle: ['muted', 'idle'] };
const known = (value, written) => (value === null ? html`<span class="muted">–</span>` : written(value));

export function TheWatch({ of }) {
  const [tone, said] = STANDING[of.status];
  return html`<${Panel} title="The watch" class="panel wide" aside=${html`<span class="row"><span class="badge ${tone}">${said}</span><a href=${linkTo('watch')}>All cycles</a></span>`}>
    <${Crossed} crossed=${of.crossed} />
    <dl class="figures many">
      <${Figure} name="Cycles" of=${of.total} written=${count} />
      <${Figure} name="Successes" of=${of.success_rate} written=${percent} />
      <${Figure} name="On average" of=${of.average_s} written=${duration} />
      <${Figure} name="Quality" of=${of.quality} written=${percent} />
      <${Figure} name="Altogether" of=${of.cost_usd} written=${usd} />
      <${Figure} name="In a month, as it goes" of=${of.monthly_usd} written=${usd} title=${of.arithmetic} />
    </dl>
    <${Arithmetic} of=${of.arithmetic} />
    <${LastCycles} of=${of.last} />
  <//>`;
}

const LastCycles = ({ of }) => of.length === 0 ? html`<p class="muted">No cycle yet.</p>` : html`<div class="scrolled" tabindex="0" role="region" aria-label="Last ten cycles"><table class="table">
  <thead><tr>${['Cycle', 'Status', 'Started by', 'Took', 'Quality', 'Cost', 'Began'].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
  <tbody>${of.map((cycle) => html`<tr key=${cycle.id}>
    <td><a href=${linkTo('watch', cycle.id)}>${cycle.subject}</a>${cycle.reason && html`<br /><span class="muted">${cycle.reason}</span>`}</td>
    <td><${Status} of=${cycle.status} /></td><td>${words(cycle.trigger)}</td><td>${known(cycle.execution_s, duration)}</td>
    <td>${known(cycle.quality_score, percent)}</td><td>${known(cycle.cost_usd, usd)}</td><td><${Time} at=${cycle.started_at} /></td>
  </tr>`)}</tbody>
</table></div>`;
