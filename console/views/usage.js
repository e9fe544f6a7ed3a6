// What thinking cost on a day: of everybody, or of one requester; by agent.
import { html } from '../ui.js';
import { address } from '../api.js';
import { count, usd } from '../format.js';
import { Facts, Panel, Shown } from '../parts.js';
import { usePolled } from '../polled.js';
import { go } from '../router.js';

export function Usage({ query }) {
  const polled = usePolled(address('usage', { day: query.day, requester: query.requester }), 8000);
  const choose = (event) => go('usage', null, { ...query, [event.target.name]: event.target.value.trim() });
  return html`<div class="view">
    <header class="view-head"><h1>Usage</h1></header>
    <div class="filter-bar">
      <input class="input narrow" type="date" name="day" aria-label="Day (UTC)" defaultValue=${query.day ?? new Date().toISOString().slice(0, 10)} onChange=${choose} />
      <input class="input narrow" name="requester" aria-label="Requester's id" placeholder="Requester's id, or everybody" defaultValue=${query.requester ?? ''} onChange=${choose} />
    </div>
    <${Shown} of=${polled}>
      ${({ usage, cap, by_agent: agents }) => html`<${Panel} title="All together">
          <${Facts} of=${[
            ['Model calls', count(usage.model_calls)],
            ['Kept answers', count(usage.cache_hits)],
            ['Tokens', `${count(usage.input_tokens)} in, ${count(usage.output_tokens)} out`],
            ['Cost', usd(usage.cost_usd)],
            ['Cap', [cap.tokens && `${count(cap.tokens)} tokens`, cap.usd && usd(cap.usd)].filter(Boolean).join(', ') || 'none'],
          ]} />
        <//>
        <${Panel} title="By agent"><${Agents} agents=${Object.entries(agents)} /><//>`}
    <//>
  </div>`;
}

function Agents({ agents }) {
  if (agents.length === 0) return html`<p class="muted">No agent was asked on this day.</p>`;
  const tokens = (usage) => usage.input_tokens + usage.output_tokens;
  const most = Math.max(1, ...agents.map(([, usage]) => tokens(usage)));
  return html`<table class="table">
    <thead><tr>${['Agent', 'Calls', 'Tokens', 'Cost', 'Share'].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
    <tbody>
      ${agents.sort(([, one], [, other]) => tokens(other) - tokens(one)).map(
        ([agent, usage]) => html`<tr key=${agent}>
          <td>${agent}</td><td>${count(usage.model_calls)}</td><td>${count(tokens(usage))}</td><td>${usd(usage.cost_usd)}</td>
          <td><meter class="bar" min="0" max=${most} value=${tokens(usage)} aria-label="${tokens(usage)} tokens"></meter></td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}
