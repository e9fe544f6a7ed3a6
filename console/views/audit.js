// The audit trail: who did what, from what to what; and whether anybody has altered it.
import { html, useState } from '../ui.js';
import { address, read } from '../api.js';
import { count, words } from '../format.js';
import { Button, Empty, More, Shown, Time } from '../parts.js';
import { useListing } from '../polled.js';
import { go } from '../router.js';
import { attempt } from '../toast.js';

const TONES = { done: 'good', unchanged: 'muted', accepted: 'info', begun: 'info', refused: 'warn', failed: 'bad' };

export function Audit({ query }) {
  const { actor, target } = query;
  const listing = useListing((cursor) => address('audit', { actor, target, limit: 100, cursor }), 8000);
  const search = (event) => {
    event.preventDefault();
    go('audit', null, Object.fromEntries(new FormData(event.target)));
  };
  return html`<div class="view">
    <header class="view-head"><h1>Audit trail</h1><span class="spring"></span><${Verification} /></header>
    <form class="filter-bar" role="search" onSubmit=${search}>
      <input class="input narrow" name="actor" aria-label="Actor" placeholder="Actor" defaultValue=${actor ?? ''} />
      <input class="input narrow" name="target" aria-label="Target" placeholder="Target, as user:u-1001" defaultValue=${target ?? ''} />
      <button class="button" type="submit">Find</button>
    </form>
    <${Shown} of=${{ data: listing.items, error: listing.error, refresh: listing.refresh }} empty=${html`<${Empty} title="Nothing recorded">What people and the desk change stands here.<//>`}>
      ${(items) => html`<div class="panel scrolled" tabindex="0" role="region" aria-label="Audit trail"><table class="table">
          <thead><tr>${['When', 'Who', 'Did', 'To', 'Outcome', 'From, to'].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
          <tbody>${items.map((entry, index) => html`<${Entry} key=${entry.key ?? index} entry=${entry} />`)}</tbody>
        </table></div>
        <${More} listing=${listing} />`}
    <//>
  </div>`;
}

function Entry({ entry }) {
  const { at, actor, actor_type: kind, act, target, within, outcome, before, after, note } = entry;
  return html`<tr>
    <td><${Time} at=${at} /></td>
    <td>${actor} <span class="muted">${kind === 'desk' && actor !== 'desk' ? '(desk)' : ''}</span></td>
    <td>${words(act)}</td>
    <td>${target} ${within && html`<span class="muted">in ${within}</span>`}</td>
    <td><span class="badge ${TONES[outcome] ?? ''}">${outcome}</span></td>
    <td>${(before || after) && html`<code>${before ? JSON.stringify(before) : '–'} → ${after ? JSON.stringify(after) : '–'}</code>`} ${note && html`<span class="muted">${note}</span>`}</td>
  </tr>`;
}

function Verification() {
  const [found, setFound] = useState(null);
  const verify = () => attempt(async () => setFound((await read('audit/verification')).body));
  const said = found && (found.intact ? `Intact: ${count(found.lines)} lines, up to ${found.head.slice(0, 12)}` : `Altered: ${found.fault}`);
  return html`${said && html`<span class="badge ${found.intact ? 'good' : 'bad'}" role="status">${said}</span>`} <${Button} onClick=${verify}>Verify the chain<//>`;
}
