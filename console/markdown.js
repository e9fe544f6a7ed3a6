// Markdown of agents, requesters and articles. All of it is hostile until DOMPurify has seen it: this file is the only
// one that makes markup of text, and the content security policy lets no other do so.
import DOMPurify from './vendor/dompurify.js';
import { Marked } from './vendor/marked.js';
import { html, useMemo } from './ui.js';

const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
// Markup that somebody wrote is shown as they wrote it, and a picture by its words: nothing is fetched from elsewhere.
const renderer = { html: ({ text }) => escaped(text), image: ({ text }) => escaped(text) };
const marked = new Marked({ gfm: true, breaks: true, async: false, renderer });
const ALLOWED = {
  ALLOWED_TAGS: [
    'p', 'br', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6',
    'table', 'thead', 'tbody', 'tr', 'th', 'td', 'hr', 'a',
  ],
  ALLOWED_ATTR: ['href', 'title', 'start'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  RETURN_TRUSTED_TYPE: true,
};

// A link in a text may not reach back into the page, nor tell where the reader came from.
DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow');
});

export function Markdown({ text, lang }) {
  const clean = useMemo(() => DOMPurify.sanitize(marked.parse(withoutFrontMatter(text)), ALLOWED), [text]);
  return html`<div class="prose" lang=${lang} dangerouslySetInnerHTML=${{ __html: clean }} />`;
}

const withoutFrontMatter = (text) => text.replace(/^---\n[\s\S]*?\n---\n/, '');
