// Charts over time: a picture drawn by uPlot, said in a sentence for who cannot see it, and there in full as a table.
import uPlot from './vendor/uplot.js';
import { moment } from './format.js';
import { html, useEffect, useRef, useState } from './ui.js';
import { useSession } from './session.js';

const HEIGHT = 170;
const AXIS_WIDTH = 72;
const DASHES = [[], [6, 4], [2, 3]];
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

// `lines` are {name, tone, values}: one value for each moment of `at`, null where nothing is known.
export function Chart({ name, says, at, lines, written }) {
  const box = useRef();
  const { theme } = useSession();
  const isDark = usePreference();
  const content = JSON.stringify([at, lines]);
  useEffect(() => {
    const data = [at.map((one) => new Date(one) / 1000), ...lines.map(({ values }) => values)];
    const plot = new uPlot(options(box.current, lines, written), data, box.current);
    const sized = new ResizeObserver(([entry]) => plot.setSize({ width: entry.contentRect.width, height: HEIGHT }));
    sized.observe(box.current);
    return () => (sized.disconnect(), plot.destroy());
  }, [content, theme, isDark]);
  return html`<figure class="chart">
    <figcaption><h3>${name}</h3><p class="muted">${says}</p></figcaption>
    <div ref=${box} class="plot" role="img" aria-label="${name}. ${says}"></div>
    <ul class="legend" aria-hidden="true">${lines.map((line, index) => html`<li key=${line.name}><span class="stroke ${line.tone} dash-${index}"></span>${line.name}</li>`)}</ul>
    <details><summary>As a table</summary><${Table} name=${name} at=${at} lines=${lines} written=${written} /></details>
  </figure>`;
}

const Table = ({ name, at, lines, written }) => html`<div class="scrolled" tabindex="0" role="region" aria-label="${name}, as a table">
  <table class="table">
    <thead><tr><th scope="col">From</th>${lines.map((line) => html`<th key=${line.name} scope="col">${line.name}</th>`)}</tr></thead>
    <tbody>${at.map((one, index) => html`<tr key=${one}><th scope="row">${moment(one)}</th>${lines.map((line) => html`<td key=${line.name}>${line.values[index] === null ? '–' : written(line.values[index])}</td>`)}</tr>`)}</tbody>
  </table>
</div>`;

// Lines differ in dashes too: colour alone tells some people nothing.
function options(box, lines, written) {
  const [text, grid] = [colour(box, '--muted'), colour(box, '--line')];
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: '12px system-ui, sans-serif' };
  return {
    width: box.clientWidth, height: HEIGHT,
    legend: { show: false }, cursor: { show: false }, select: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, (most || 1) * 1.1] } },
    axes: [axis, { ...axis, size: AXIS_WIDTH, values: (_plot, ticks) => ticks.map(written) }],
    series: [{}, ...lines.map(({ name, tone }, index) => {
      const stroke = colour(box, `--${tone}`);
      return { label: name, stroke, width: 2, dash: DASHES[index], points: { show: true, size: 5, fill: stroke } };
    })],
  };
}

// A canvas knows no custom properties: the browser is asked what colour one comes to in the theme of now.
function colour(box, property) {
  const probe = box.appendChild(document.createElement('span'));
  probe.style.color = `var(${property})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function usePreference() {
  const [isDark, setDark] = useState(prefersDark.matches);
  useEffect(() => {
    const changed = () => setDark(prefersDark.matches);
    prefersDark.addEventListener('change', changed);
    return () => prefersDark.removeEventListener('change', changed);
  }, []);
  return isDark;
}
