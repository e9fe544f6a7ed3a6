// What the crew of a cycle handed in, laid out: alerts, analysis, collection.
import { html } from '../ui.js';
import { Panel, Time } from '../parts.js';
import { words } from '../format.js';
import { Severity } from './alerts.js';

export const WatchAlerts = ({ of }) => html`<${Panel} title="What wants attention">
  ${of.alerts.length === 0 ? html`<p class="muted">Nothing.</p>` : html`<ul class="plain">${of.alerts.map(({ severity, title, why, act_by: by }, index) => html`<li key=${index}>
    <${Severity} of=${severity} /> <strong>${title}</strong> ${why} ${by && html`<span class="muted">by <${Time} at=${by} /></span>`}
  </li>`)}</ul>`}
<//>`;

export const Analysis = ({ of }) => html`<${Panel} title="Analysis">
  ${['trends', 'opportunities', 'risks'].map((name) => html`<section key=${name}>
    <h3>${words(name)}</h3>
    ${of[name].length === 0 ? html`<p class="muted">None.</p>` : html`<ul class="plain">${of[name].map(({ text, priority, items }, index) => html`<li key=${index}>${text} <span class="muted">priority ${priority} of 10, from ${items.join(', ')}</span></li>`)}</ul>`}
  </section>`)}
<//>`;

export const Collection = ({ of }) => html`<${Panel} title="Collected" aside=${html`<span class="muted">${of.items.length} of ${of.candidates}</span>`}>
  <div class="scrolled" tabindex="0" role="region" aria-label="Collected"><table class="table">
    <thead><tr>${['What', 'Impact', 'Category', 'From', 'Date'].map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
    <tbody>${of.items.map((item) => html`<tr key=${item.id}>
      <td><strong>${item.title}</strong><br />${item.summary}</td><td>${item.impact} of 5</td><td>${words(item.category)}</td>
      <td><code>${item.source}</code></td><td><${Time} at=${item.date} /></td>
    </tr>`)}</tbody>
  </table></div>
<//>`;
