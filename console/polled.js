// Live data: asked for again and again, by tag, so that what has not changed costs next to nothing.
import { read } from './api.js';
import { useCallback, useEffect, useReducer, useRef } from './ui.js';

const SLOWEST_MS = 30_000;
const KEPT = 60;
const known = new Map();

// `data` is what was last read, also while the desk cannot be reached: `error` then says why it is old.
export function usePolled(path, everyMs = 4000) {
  const [, redraw] = useReducer((count) => count + 1, 0);
  const state = useRef({});
  if (state.current.path !== path) state.current = { path, ...known.get(path), error: null };

  const look = useCallback(
    async (signal) => {
      const mine = state.current;
      if (path === null) return;
      try {
        const { body, tag } = await read(path, { tag: mine.tag, signal });
        const changed = body !== undefined;
        if (changed) Object.assign(mine, { data: body, tag });
        if (changed || mine.error) Object.assign(mine, { error: null }), redraw();
        remember(path, mine);
      } catch (error) {
        if (error.name === 'AbortError') return;
        mine.error = error;
        redraw();
      }
    },
    [path],
  );
  useRepeated(look, everyMs, () => Boolean(state.current.error), [path]);
  const { data, tag, error } = state.current;
  return { data, tag, error, refresh: look };
}

// A listing that grows page by page, and stays true while tickets come in: whenever a page ends elsewhere than before,
// the one behind it is read anew from there, so that nothing is missing and nothing is shown twice.
export function useListing(pathOf, everyMs = 4000) {
  const [, redraw] = useReducer((count) => count + 1, 0);
  const key = pathOf(null);
  const state = useRef({});
  if (state.current.key !== key) state.current = { key, pages: [], turn: 0, error: null, isBusy: false };

  const readFrom = useCallback(
    async (start, signal) => {
      const mine = state.current;
      for (let index = start, cursor = mine.pages[start]?.cursor ?? null; ; index += 1) {
        const page = mine.pages[index];
        const isSame = page && page.cursor === cursor;
        const { body, tag } = await read(pathOf(cursor), { tag: isSame ? page.tag : undefined, signal });
        if (body) mine.pages[index] = { cursor, tag, items: body.items, next: body.next_cursor };
        cursor = mine.pages[index].next;
        if (cursor === null) mine.pages.length = index + 1;
        const behind = mine.pages[index + 1];
        if (!behind || behind.cursor === cursor) return;
      }
    },
    [key],
  );
  const guarded = useCallback(
    async (start, signal) => {
      const mine = state.current;
      if (mine.isBusy) return;
      mine.isBusy = true;
      try {
        await readFrom(start, signal);
        mine.error = null;
      } catch (error) {
        if (error.name !== 'AbortError') mine.error = error;
      } finally {
        mine.isBusy = false;
        redraw();
      }
    },
    [readFrom],
  );
  const look = useCallback(
    async (signal) => {
      const mine = state.current;
      await guarded(0, signal);
      if (mine.pages.length > 1 && !mine.error) {
        mine.turn = (mine.turn % (mine.pages.length - 1)) + 1;
        await guarded(mine.turn, signal);
      }
    },
    [guarded],
  );
  const more = useCallback(async () => {
    const mine = state.current;
    const last = mine.pages.at(-1);
    if (!last?.next || mine.isBusy) return;
    mine.pages.push({ cursor: last.next, items: [], next: last.next });
    await guarded(mine.pages.length - 1);
  }, [guarded]);
  useRepeated(look, everyMs, () => Boolean(state.current.error), [key]);
  const { pages, error } = state.current;
  return {
    items: pages.length ? pages.flatMap((page) => page.items) : undefined,
    hasMore: Boolean(pages.at(-1)?.next),
    error,
    more,
    refresh: look,
  };
}

// Look now, then again and again; not while nobody sees the page, and less often while it goes wrong.
function useRepeated(look, everyMs, isFailing, inputs) {
  useEffect(() => {
    const ending = new AbortController();
    let timer = 0;
    let pause = everyMs;
    const round = async () => {
      clearTimeout(timer);
      if (!document.hidden) await look(ending.signal);
      if (ending.signal.aborted) return;
      pause = isFailing() ? Math.min(pause * 2, SLOWEST_MS) : everyMs;
      timer = setTimeout(round, pause);
    };
    const seen = () => !document.hidden && round();
    document.addEventListener('visibilitychange', seen);
    round();
    return () => {
      ending.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [everyMs, ...inputs]);
}

function remember(path, { data, tag }) {
  known.delete(path);
  known.set(path, { data, tag });
  if (known.size > KEPT) known.delete(known.keys().next().value);
}
