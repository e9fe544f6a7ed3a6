// Alerts: what is wrong now, who has seen to it, whom it was told to; acknowledged and cleared from here.
import { html } from '../ui.js';
import { address, send } from '../api.js';
import { actingName, ask } from '../dialog.js';
import { useKeys } from '../keys.js';
import { Button, Empty, Facts, Panel, Shown, Status, Time } from '../parts.js';
import { useListing, usePolled } from '../polled.js';
import { linkTo } from '../router.js';
import { count, words } from '../format.js';
import { complain, say } from '../toast.js';
import { Split } from './split.js';

const CURRENT = 'open,acknowledged';
const CHIPS = { Current: CURRENT, Open: 'open', Acknowledged: 'acknowledged', Cleared: 'cleared' };
const TONES = { critical: 'bad', warning: 'warn', info: 'info' };

export const Severity = ({ of }) => html`<span class="badge ${TONES[of] ?? ''}">${of}</span>`;

export function Alerts({ id, query }) {
  const listing = useListing((cursor) => address('alerts', { state: query.state ?? CURRENT, limit: 100, cursor }));
  return html`<${Split} view="alerts" title="Alerts" id=${id} query=${query} listing=${listing} line=${line} head=${html`<${Chips} state=${query.state ?? CURRENT} />`}
    empty=${html`<${Empty} title="No alerts">What goes wrong with the desk appears here by itself.<//>`}>
    <${Chosen} key=${id} id=${id} settled=${listing.refresh} />
  <//>`;
}

const Chips = ({ state }) => html`<div class="chips" role="group" aria-label="State">
  ${Object.entries(CHIPS).map(([name, states]) => html`<a key=${name} class="chip" href=${linkTo('alerts', null, { state: states })} aria-current=${states === state ? 'true' : undefined}>${name}</a>`)}
</div>`;

const line = (alert) => html`
  <span class="row between"><span class="row tight"><${Severity} of=${alert.severity} /><strong class="cut">${words(alert.rule)}</strong></span><${Status} of=${alert.state} /></span>
  <span class="cut">${alert.text}</span>
  <span class="row between muted"><span class="cut">${alert.subject}</span><${Time} at=${alert.raised_at} relative /></span>
`;

function Chosen({ id, settled }) {
  const polled = usePolled(`alerts/${encodeURIComponent(id)}`, 3000);
  const alert = polled.data;
  // The tag of what is on the screen: whoever comes second is told what came first, and changes nothing.
  const handle = async (verb, title) => {
    const told = await ask({ title, action: title, fields: [{ name: 'note', label: 'Note (optional)', kind: 'text', rows: 3, maxLength: 5000 }] });
    const by = told && (await actingName());
    if (!by) return;
    const note = told.note.trim() ? { note: told.note } : {};
    try {
      await send('POST', `alerts/${encodeURIComponent(id)}/${verb}`, { by, ...note }, { 'If-Match': polled.tag });
      say(`Done: ${words(title).toLowerCase()}.`);
    } catch (error) {
      complain(error.status === 412 || error.status === 409 ? `Not done: ${error.message}` : error.message);
    }
    polled.refresh();
    settled();
  };
  const acknowledge = alert?.state === 'open' && (() => handle('acknowledge', 'Acknowledge'));
  const clear = alert && alert.state !== 'cleared' && (() => handle('clear', 'Clear'));
  useKeys([
    acknowledge && { key: 'a', says: 'Acknowledge', run: acknowledge },
    clear && { key: 'c', says: 'Clear', run: clear },
  ]);
  return html`<${Shown} of=${polled}>
    ${() => html`<header class="view-head"><h2>${words(alert.rule)}</h2><${Severity} of=${alert.severity} /><${Status} of=${alert.state} /></header>
      <${What} alert=${alert}><div class="row decide">
        ${acknowledge && html`<${Button} kind="primary" hotkey="a" onClick=${acknowledge}>Acknowledge<//>`}
        ${clear && html`<${Button} hotkey="c" onClick=${clear}>Clear<//>`}
      </div><//>
      <${Told} deliveries=${alert.deliveries} />`}
  <//>`;
}

const What = ({ alert, children }) => html`<${Panel} title="What is wrong">
  <p class="reason">${alert.text}</p>
  <p>${alert.advice}</p>
  <${Facts} of=${[
    ['Subject', alert.subject],
    ['Measured', `${amount(alert.value)} of ${alert.metric}, at most ${amount(alert.peak)}`],
    ['Levels', `raised at ${amount(alert.raise_at)}, cleared at ${amount(alert.clear_at)}`],
    ['Raised', html`<${Time} at=${alert.raised_at} />`],
    ['Acknowledged', alert.acknowledged_at && html`<${Time} at=${alert.acknowledged_at} /> by ${alert.acknowledged_by}`],
    ['Cleared', alert.cleared_at && html`<${Time} at=${alert.cleared_at} /> by ${alert.cleared_by}`],
    ['Note', alert.note],
  ]} />
  ${alert.state !== 'cleared' && children}
<//>`;

const amount = (value) => count(Number(value.toPrecision(4)));

const Told = ({ deliveries }) => html`<${Panel} title="Who was told">
  ${deliveries.length === 0 ? html`<p class="muted">No channel hears of this.</p>` : html`<div class="scrolled" tabindex="0" role="region" aria-label="Who was told"><table class="table">
    <thead><tr>${['Channel', 'Of', 'State', 'Tries', 'Trouble'].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
    <tbody>${deliveries.map((one, index) => html`<tr key=${index}>
      <td>${one.channel}</td><td>${one.change}</td><td><${Status} of=${one.state} /></td><td>${one.attempts}</td><td>${one.error ?? ''}</td>
    </tr>`)}</tbody>
  </table></div>`}
<//>`;
