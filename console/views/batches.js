// Batches and how far they are; each ticket that failed, with its reason.
import { html } from '../ui.js';
import { address } from '../api.js';
import { Empty, Facts, Panel, Shown, Status, Time } from '../parts.js';
import { useListing, usePolled } from '../polled.js';
import { linkTo } from '../router.js';
import { count, short } from '../format.js';
import { Split } from './split.js';

export function Batches({ id, query }) {
  const listing = useListing((cursor) => address('batches', { cursor }));
  return html`<${Split} view="batches" title="Batches" id=${id} query=${query} listing=${listing} line=${line}
    empty=${html`<${Empty} title="No batch yet">POST /api/batches takes many tickets at once.<//>`}>
    <${Chosen} key=${id} id=${id} />
  <//>`;
}

const line = (batch) => html`
  <span class="row between"><strong><code>${short(batch.id)}</code></strong><${Status} of=${batch.status} /></span>
  <${Progress} batch=${batch} />
  <span class="row between muted"><span>${count(batch.total)} tickets</span><${Time} at=${batch.created_at} /></span>
`;

function Progress({ batch }) {
  const over = batch.total - batch.in_flight;
  return html`<progress class="batch" max=${batch.total || 1} value=${over} aria-label="${over} of ${batch.total} settled"></progress>`;
}

function Chosen({ id }) {
  const polled = usePolled(`batches/${encodeURIComponent(id)}`, 2000);
  const batch = polled.data;
  return html`<${Shown} of=${polled}>
    ${() => html`<header class="view-head"><h2>Batch <code>${short(batch.id)}</code></h2><${Status} of=${batch.status} /></header>
      <${Panel} title="Progress" aside=${html`<a href=${linkTo('queue', null, { batch: batch.id })}>Its tickets</a>`}>
        <${Progress} batch=${batch} />
        <${Facts} of=${['total', 'resolved', 'escalated', 'failed', 'in_flight'].map((name) => [name.replace('_', ' '), count(batch[name])])} />
      <//>
      ${batch.failures.length > 0 && html`<${Panel} title="Failed alone"><table class="table">
        <thead><tr><th scope="col">Line</th><th scope="col">External id</th><th scope="col">Why</th></tr></thead>
        <tbody>${batch.failures.map((failure, index) => html`<tr key=${index}><td>${failure.index < 0 ? '–' : failure.index + 1}</td><td>${failure.external_id ?? '–'}</td><td>${failure.reason}</td></tr>`)}</tbody>
      </table><//>`}`}
  <//>`;
}
