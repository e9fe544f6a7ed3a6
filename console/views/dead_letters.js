// Dead letters: why each failed, what came, mended by hand and replayed, or dropped.
import { html, useState } from '../ui.js';
import { address, send } from '../api.js';
import { ask } from '../dialog.js';
import { useKeys } from '../keys.js';
import { Button, Empty, Facts, Panel, Shown, Time } from '../parts.js';
import { useListing, usePolled } from '../polled.js';
import { go } from '../router.js';
import { words } from '../format.js';
import { attempt, complain } from '../toast.js';
import { Split } from './split.js';

export function DeadLetters({ id, query }) {
  const listing = useListing((cursor) => address('dead-letters', { cursor }));
  return html`<${Split} view="dead_letters" title="Dead letters" id=${id} query=${query} listing=${listing} line=${line}
    empty=${html`<${Empty} title="No dead letters">Everything that came in could be done.<//>`}>
    <${Chosen} key=${id} id=${id} settled=${listing.refresh} />
  <//>`;
}

const line = (letter) => html`
  <span class="row between"><strong>${words(letter.name)}</strong><span class="muted"><${Time} at=${letter.at} /></span></span>
  <span class="cut bad-text">${letter.reason}</span>
  <span class="cut muted">${letter.preview}</span>
`;

function Chosen({ id, settled }) {
  const polled = usePolled(`dead-letters/${encodeURIComponent(id)}`, 10_000);
  return html`<${Shown} of=${polled}>${() => html`<${Letter} letter=${polled.data} settled=${settled} />`}<//>`;
}

function Letter({ letter, settled }) {
  const original = written(letter);
  const [text, setText] = useState(original);
  const isEdited = text !== original;
  const over = () => (go('dead_letters'), settled());
  const replay = async () => {
    const body = isEdited ? read(letter, text) : undefined;
    if (body instanceof Error) return complain(`This is not JSON: ${body.message}`);
    const path = `dead-letters/${encodeURIComponent(letter.id)}/replay`;
    const done = await attempt(() => send('POST', path, isEdited ? { body } : undefined), isEdited ? 'Replayed, edited.' : 'Replayed as it came.');
    if (done) over();
    return undefined;
  };
  const drop = async () => {
    const sure = await ask({ title: 'Drop this letter for good?', text: 'It is not tried again.', action: 'Drop it', isDangerous: true });
    if (sure && (await attempt(() => send('DELETE', `dead-letters/${encodeURIComponent(letter.id)}`), 'Dropped.'))) over();
  };
  useKeys([
    { key: 'p', says: 'Replay', run: replay },
    { key: 'x', says: 'Drop', run: drop },
    { key: 'e', says: 'Edit the body', run: () => document.querySelector('#letter-body').focus() },
  ]);
  return html`<header class="view-head"><h2>${words(letter.name)}</h2></header>
    <${Panel} title="Why it failed">
      <p class="reason">${letter.reason}</p>
      <${Facts} of=${[['From', letter.source], ['Tries', letter.attempts], ['At', html`<${Time} at=${letter.at} />`], ['Instance', letter.instance_id && html`<code>${letter.instance_id}</code>`]]} />
    <//>
    <${Panel} title="Body" aside=${isEdited && html`<span class="badge warn">edited</span>`}>
      <label class="unseen" for="letter-body">Body of the message</label>
      <textarea id="letter-body" class="input code" rows="16" spellcheck="false" value=${text} onInput=${(event) => setText(event.target.value)}
        onKeyDown=${(event) => event.key === 'Escape' && event.target.blur()}></textarea>
      <div class="row decide">
        <${Button} kind="primary" hotkey="p" onClick=${replay}>${isEdited ? 'Replay edited' : 'Replay as it came'}<//>
        ${isEdited && html`<${Button} onClick=${() => setText(original)}>Undo edits<//>`}
        <span class="spring"></span><${Button} kind="danger" hotkey="x" onClick=${drop}>Drop<//>
      </div>
    <//>`;
}

// A message is text that mostly holds JSON; either is edited as indented JSON, anything else as it is.
function written({ body }) {
  const value = typeof body === 'string' ? parsed(body) : body;
  return value instanceof Error ? body : JSON.stringify(value, null, 2);
}

function read(letter, text) {
  const value = parsed(text);
  if (!(value instanceof Error)) return value;
  const wasJson = typeof letter.body !== 'string' || !(parsed(letter.body) instanceof Error);
  return wasJson ? value : text;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
