// Knowledge drafts: read as readers would, edited where need be, approved or rejected once.
import { html, useState } from '../ui.js';
import { address, send } from '../api.js';
import { actingName, ask } from '../dialog.js';
import { useKeys } from '../keys.js';
import { Markdown } from '../markdown.js';
import { Button, Empty, Facts, Panel, Shown, Time } from '../parts.js';
import { useListing, usePolled } from '../polled.js';
import { words } from '../format.js';
import { attempt } from '../toast.js';
import { Split } from './split.js';

export function Drafts({ id, query }) {
  const listing = useListing((cursor) => address('knowledge/drafts', { cursor }), 8000);
  return html`<${Split} view="drafts" title="Knowledge drafts" id=${id} query=${query} listing=${listing} line=${line}
    empty=${html`<${Empty} title="Nothing to approve">Articles made of what people answered wait here.<//>`}>
    <${Chosen} key=${id} id=${id} settled=${listing.refresh} />
  <//>`;
}

const line = (draft) => html`
  <strong class="cut">${draft.title ?? draft.id}</strong>
  ${draft.problem && html`<span class="cut bad-text">${draft.problem}</span>`}
  <span class="row between muted"><span>${words(draft.category)}</span><${Time} at=${draft.created_at} /></span>
`;

function Chosen({ id, settled }) {
  const polled = usePolled(`knowledge/drafts/${encodeURIComponent(id)}`, 8000);
  return html`<${Shown} of=${polled}>${() => html`<${Draft} draft=${polled.data} settled=${() => (polled.refresh(), settled())} />`}<//>`;
}

function Draft({ draft, settled }) {
  const [text, setText] = useState(null);
  const { decided } = draft;
  const isEdited = text !== null && text !== draft.text;
  const decide = async (decision) => {
    const told = await ask({
      title: decision === 'approve' ? 'Approve this article?' : 'Reject this draft?', action: words(decision), isDangerous: decision === 'reject',
      text: decision === 'approve' ? 'The desk answers from it as soon as its search has taken it in.' : 'Nothing is learned from it.',
      fields: [{ name: 'note', label: 'Note (optional)', kind: 'text', rows: 3, maxLength: 5000 }],
    });
    const by = told && (await actingName());
    if (!by) return;
    const more = { ...(told.note.trim() ? { note: told.note } : {}), ...(isEdited && decision === 'approve' ? { text } : {}) };
    await attempt(() => send('POST', `knowledge/drafts/${encodeURIComponent(draft.id)}/decision`, { decision, by, ...more }), `Done: ${decision}.`);
    settled();
  };
  const edit = () => setText(text === null ? draft.text : null);
  useKeys(decided ? [] : [
    { key: 'a', says: 'Approve', run: () => decide('approve') },
    { key: 'x', says: 'Reject', run: () => decide('reject') },
    { key: 'e', says: 'Edit or read', run: edit },
  ]);
  return html`<header class="view-head"><h2>${draft.title ?? draft.id}</h2></header>
    ${decided && html`<p class="decided"><strong>${decided.by}</strong> decided <strong>${decided.decision}</strong> <${Time} at=${decided.at} /></p>`}
    <${Panel} title="Article" aside=${isEdited && html`<span class="badge warn">edited</span>`}>
      <${Facts} of=${[['Id', html`<code>${draft.id}</code>`], ['Category', words(draft.category)], ['Made from', draft.source && html`<code>${draft.source}</code>`]]} />
      ${text === null
        ? html`<${Markdown} text=${draft.text} />`
        : html`<label class="unseen" for="draft-text">Text of the article</label><textarea id="draft-text" class="input code" rows="22" value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${(event) => event.key === 'Escape' && event.target.blur()}></textarea>`}
      ${!decided && html`<div class="row decide">
        <${Button} kind="primary" hotkey="a" onClick=${() => decide('approve')}>${isEdited ? 'Approve edited' : 'Approve'}<//>
        <${Button} kind="danger" hotkey="x" onClick=${() => decide('reject')}>Reject<//>
        <${Button} hotkey="e" onClick=${edit}>${text === null ? 'Edit' : 'Read'}<//>
      </div>`}
    <//>`;
}
