// Tasks of every type: their steps and results as they come, and the decision where one waits for a person.
import { html } from '../ui.js';
import { address, send } from '../api.js';
import { actingName, ask } from '../dialog.js';
import { useKeys } from '../keys.js';
import { Markdown } from '../markdown.js';
import { Button, Empty, Facts, Panel, Shown, Status, Time } from '../parts.js';
import { useListing, usePolled } from '../polled.js';
import { go } from '../router.js';
import { short, words } from '../format.js';
import { attempt } from '../toast.js';
import { Split } from './split.js';
import { Cost } from './ticket.js';

const TYPES = ['create_content', 'research', 'consensus', 'discussion', 'delegation', 'watch'];
const STATUSES = ['pending', 'running', 'waiting', 'completed', 'failed'];
const LIVE = ['pending', 'running', 'waiting'];

export function Tasks({ id, query }) {
  const listing = useListing((cursor) => address('tasks', { type: query.type, status: query.status, cursor }));
  return html`<${Split} view="tasks" title="Tasks" id=${id} query=${query} listing=${listing} line=${line} head=${html`<${Filter} query=${query} />`}
    empty=${html`<${Empty} title="No task fits">Research, articles, votes, discussions and delegations appear here.<//>`}>
    <${Chosen} key=${id} id=${id} />
  <//>`;
}

const Filter = ({ query }) => html`<div class="row">
  ${Object.entries({ type: TYPES, status: STATUSES }).map(
    ([name, options]) => html`<select key=${name} class="input" aria-label=${name} value=${query[name] ?? ''} onChange=${(event) => go('tasks', null, { ...query, [name]: event.target.value })}>
      <option value="">Any ${name}</option>
      ${options.map((option) => html`<option key=${option} value=${option}>${words(option)}</option>`)}
    </select>`,
  )}
</div>`;

const line = (task) => html`
  <span class="row between"><strong>${words(task.type)}</strong><${Status} of=${task.status} /></span>
  ${task.error && html`<span class="cut muted">${task.error}</span>`}
  <span class="row between muted"><code>${short(task.id)}</code><${Time} at=${task.created_at} /></span>
`;

function Chosen({ id }) {
  const polled = usePolled(`task/${encodeURIComponent(id)}`, 2000);
  const task = polled.data;
  const isLive = LIVE.includes(task?.status);
  const cancel = async () => {
    const sure = await ask({ title: 'Cancel this task?', text: 'It ends at once, with whatever it has started.', action: 'Cancel the task', isDangerous: true });
    if (sure) await attempt(() => send('DELETE', `task/${encodeURIComponent(id)}`), 'The task is cancelled.');
    polled.refresh();
  };
  return html`<${Shown} of=${polled}>
    ${() => html`<header class="view-head"><h2>${words(task.type)}</h2><${Status} of=${task.status} /><span class="spring"></span>${isLive && html`<${Button} kind="danger" onClick=${cancel}>Cancel task<//>`}</header>
      ${task.asks && html`<${Asked} task=${task} refresh=${polled.refresh} />`}
      ${task.error && html`<${Panel} title="Why it failed"><p class="reason">${task.error}</p><//>`}
      <${Panel} title="Steps"><ol class="steps">${task.steps.map((step, index) => html`<${Step} key=${index} step=${step} />`)}</ol><//>
      ${task.result && html`<${Panel} title="Result"><${Result} of=${task.result} /><//>`}
      <${Cost} usage=${task.usage} />`}
  <//>`;
}

function Asked({ task, refresh }) {
  const { question, choices, laid_out: laidOut, asked_at: at, due_at: due, breached } = task.asks;
  const decide = async (decision) => {
    const told = await ask({ title: `Decide: ${decision}`, action: decision, fields: [{ name: 'note', label: 'Note (optional)', kind: 'text', rows: 3, maxLength: 5000 }] });
    const by = told && (await actingName());
    if (!by) return;
    const note = told.note.trim() ? { note: told.note } : {};
    await attempt(() => send('POST', `task/${encodeURIComponent(task.id)}/decision`, { decision, by, ...note }), 'The task has been told.');
    refresh();
  };
  useKeys(choices.slice(0, 9).map((choice, index) => ({ key: String(index + 1), says: `Decide: ${choice}`, run: () => decide(choice) })));
  return html`<${Panel} title="Waiting for a person" class="panel asks" aside=${breached && html`<span class="badge bad">nobody decided in time</span>`}>
    <p class="reason">${question}</p>
    <${Facts} of=${[['Asked', html`<${Time} at=${at} relative />`], ['Due', html`<${Time} at=${due} relative />`]]} />
    ${laidOut && html`<${Result} of=${laidOut} />`}
    <div class="row decide">${choices.map((choice, index) => html`<${Button} key=${choice} hotkey=${index < 9 ? index + 1 : ''} onClick=${() => decide(choice)}>${choice}<//>`)}</div>
  <//>`;
}

export function Step({ step }) {
  const state = step.error ? 'failed' : step.completed_at ? 'completed' : 'pending';
  return html`<li>
    <div class="row"><strong>${words(step.name)}</strong><${Status} of=${state} /><span class="spring"></span><span class="muted">${step.completed_at && html`<${Time} at=${step.completed_at} />`}</span></div>
    ${step.error && html`<p class="reason">${step.error}</p>`}
    ${step.result && html`<details><summary>What it gave</summary><${Result} of=${step.result} /></details>`}
  </li>`;
}

// Long texts among a result's fields are read as Markdown, links to large results are links, the rest is shown as it is.
export function Result({ of }) {
  if (typeof of !== 'object') return html`<${Markdown} text=${String(of)} />`;
  if (of.link) return html`<p><a href=${of.link} target="_blank" rel="noopener noreferrer">Open the result</a> <span class="muted">until <${Time} at=${of.expires_at} /></span></p>`;
  const isLong = (value) => typeof value === 'string' && (value.length > 120 || value.includes('\n'));
  const rest = Object.fromEntries(Object.entries(of).filter(([, value]) => !isLong(value)));
  return html`${Object.entries(of).filter(([, value]) => isLong(value)).map(([name, value]) => html`<section key=${name}><h3>${words(name)}</h3><${Markdown} text=${value} /></section>`)}
    ${Object.keys(rest).length > 0 && html`<pre class="json" tabindex="0">${JSON.stringify(rest, null, 2)}</pre>`}`;
}
