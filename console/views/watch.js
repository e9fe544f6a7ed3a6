// The watch: each cycle of the crew with what it wrote and what it took; one is started from here.
import { html } from '../ui.js';
import { address, send } from '../api.js';
import { ask } from '../dialog.js';
import { useKeys } from '../keys.js';
import { Markdown } from '../markdown.js';
import { Button, Empty, Facts, Panel, Shown, Status, Time } from '../parts.js';
import { useListing, usePolled } from '../polled.js';
import { go } from '../router.js';
import { count, duration, percent, usd, words } from '../format.js';
import { complain, say } from '../toast.js';
import { Split } from './split.js';
import { Step } from './tasks.js';
import { Analysis, Collection, WatchAlerts } from './watch_artifacts.js';

const BRIEF = 'daily_brief.md';
const LAID_OUT = { 'alerts.json': WatchAlerts, 'analysis.json': Analysis, 'collection.json': Collection };
const LIVELY_MS = 2000;
const KEPT_MS = 60_000;

export function Watch({ id, query }) {
  const listing = useListing((cursor) => address('watch/cycles', { cursor }));
  const start = async () => {
    const told = await ask({
      title: 'Start a cycle', action: 'Start', text: 'The crew collects, analyses, writes a brief and says what wants attention.',
      fields: [{ name: 'topic', label: 'Topic (optional)', hint: "Without one, the desk's own last day.", maxLength: 300 }],
    });
    if (told) await begin(told.topic.trim(), listing.refresh);
  };
  useKeys([{ key: 'n', says: 'Start a cycle', run: start }]);
  const known = { ...listing, items: listing.items?.map((cycle) => ({ ...cycle, id: cycle.cycle_id })) };
  return html`<${Split} view="watch" title="Watch" id=${id} query=${query} listing=${known} line=${line} head=${html`<${Button} hotkey="n" onClick=${start}>Start a cycle<//>`}
    empty=${html`<${Empty} title="No cycle yet">One starts by itself once a day, or when you ask for it.<//>`}>
    <${Chosen} key=${id} id=${id} />
  <//>`;
}

async function begin(topic, refresh) {
  try {
    const { cycle_id: cycle } = await send('POST', 'watch', topic ? { topic } : {}, { 'Idempotency-Key': crypto.randomUUID() });
    say('The crew has begun.');
    go('watch', cycle);
  } catch (error) {
    complain(error.status === 409 ? `Not started, only one runs at a time: ${error.message}.` : error.message);
  }
  refresh();
}

const line = (cycle) => html`
  <span class="row between"><strong class="cut">${cycle.subject}</strong><${Status} of=${cycle.status} /></span>
  ${cycle.reason && html`<span class="cut muted">${cycle.reason}</span>`}
  <span class="row between muted"><span>${words(cycle.trigger)}</span><${Time} at=${cycle.started_at} /></span>
`;

function Chosen({ id }) {
  const polled = usePolled(`watch/cycles/${encodeURIComponent(id)}`, LIVELY_MS);
  const cycle = polled.data;
  return html`<${Shown} of=${polled}>
    ${() => html`<header class="view-head"><h2>${cycle.subject}</h2><${Status} of=${cycle.status} /></header>
      ${cycle.reason && html`<p class="reason">${cycle.reason}</p>`}
      <${Crossed} crossed=${cycle.crossed} />
      ${cycle.status !== 'skipped' && html`<${Progress} id=${id} isRunning=${cycle.status === 'running'} />`}
      ${cycle.artifacts.includes(BRIEF) && html`<${Brief} id=${id} />`}
      ${cycle.metrics && html`<${Metrics} cycle=${cycle} />`}
      ${Object.entries(LAID_OUT).filter(([name]) => cycle.artifacts.includes(name)).map(([name, View]) => html`<${Artifact} key=${name} id=${id} name=${name} View=${View} />`)}`}
  <//>`;
}

// A cycle's steps are kept with its task, and go with it.
function Progress({ id, isRunning }) {
  const { data: task } = usePolled(`task/${encodeURIComponent(id)}`, isRunning ? LIVELY_MS : KEPT_MS);
  if (!task) return null;
  const done = task.steps.filter((step) => step.completed_at).length;
  const steps = html`<ol class="steps" aria-live="polite">${task.steps.map((step, index) => html`<${Step} key=${index} step=${step} />`)}</ol>`;
  return html`<${Panel} title="Progress" aside=${html`<span class="muted">${done} of ${task.steps.length} steps</span>`}>
    ${isRunning ? steps : html`<details><summary>Steps</summary>${steps}</details>`}
  <//>`;
}

const pathOf = (id, name) => `watch/cycles/${encodeURIComponent(id)}/artifacts/${name}`;

function Brief({ id }) {
  const polled = usePolled(pathOf(id, BRIEF), KEPT_MS);
  return html`<${Panel} title="Brief"><${Shown} of=${polled}>${(text) => html`<${Markdown} text=${text} />`}<//><//>`;
}

function Artifact({ id, name, View }) {
  const polled = usePolled(pathOf(id, name), KEPT_MS);
  return html`<${Shown} of=${polled}>${(content) => html`<${View} of=${content} />`}<//>`;
}

export const Crossed = ({ crossed }) => crossed.length > 0 && html`<ul class="plain">${crossed.map(({ threshold, value, limit }) => html`<li key=${threshold}><span class="badge warn">threshold crossed</span> ${words(threshold)}: ${count(value)}, set is ${count(limit)}</li>`)}</ul>`;

function Metrics({ cycle }) {
  const { metrics } = cycle;
  const { checks, rubric } = metrics;
  return html`<${Panel} title="What it took">
    <${Facts} of=${[
      ['Time', duration(metrics.execution_s)],
      ['Work', `${duration(metrics.work_s)}, efficiency ${percent(metrics.efficiency)}`],
      ['Tasks', `${metrics.tasks_completed} of ${metrics.tasks}`],
      ['Agents', metrics.agents_used.join(', ')],
      ['Quality', metrics.quality_score === null ? 'not scored' : percent(metrics.quality_score)],
      ['Rubric', rubric && Object.entries(rubric).map(([name, mark]) => `${words(name)} ${mark} of 10`).join(', ')],
      ['Cost', usd(metrics.cost_usd)],
      ['Model calls', count(metrics.api_calls)],
      ['Errors', `${count(metrics.error_count)} in ${count(metrics.attempts)} attempts, ${count(metrics.retry_attempts)} repeated`],
      ['Memory', metrics.peak_memory_mb && `${count(Math.round(metrics.peak_memory_mb))} MB at most`],
      ['Successes', `${percent(metrics.success_rate)} of the last ten`],
      ['Went without', cycle.degraded.join(', ')],
    ]} />
    ${checks.length > 0 && html`<details><summary>Checks</summary><ul class="plain">${checks.map(({ name, passed, detail }) => html`<li key=${name}><span class="badge ${passed ? 'good' : 'bad'}">${passed ? 'holds' : 'does not hold'}</span> ${words(name)} <span class="muted">${detail}</span></li>`)}</ul></details>`}
  <//>`;
}
