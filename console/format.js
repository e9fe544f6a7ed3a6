// How moments, durations and amounts are written; moments are shown in the reader's own zone.
const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

export const absolute = (at) => whole.format(new Date(at));

// The time for today, with the day for earlier.
export function moment(at) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return (isToday ? clockTime : dayAndTime).format(date);
}

export function ago(at, now = Date.now()) {
  const s = (now - new Date(at)) / 1000;
  if (Math.abs(s) < 5) return 'now';
  return s >= 0 ? `${duration(s)} ago` : `in ${duration(-s)}`;
}

// The two largest units: `2 d 3 h`, `14 min`, `850 ms`.
export function duration(s) {
  if (s === 0) return '0 s';
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < MINUTE_S) return `${s < 10 ? Math.round(s * 10) / 10 : Math.round(s)} s`;
  if (s < HOUR_S) return `${Math.floor(s / MINUTE_S)} min`;
  if (s < DAY_S) return two(s, HOUR_S, 'h', MINUTE_S, 'min');
  return two(s, DAY_S, 'd', HOUR_S, 'h');
}

function two(s, large, largeName, small, smallName) {
  const rest = Math.floor((s % large) / small);
  return `${Math.floor(s / large)} ${largeName}${rest ? ` ${rest} ${smallName}` : ''}`;
}

export const seconds = (from, to) => (new Date(to) - new Date(from)) / 1000;
export const count = (number) => new Intl.NumberFormat('en').format(number);
export const usd = (amount) => (amount ? `$${amount.toFixed(amount < 1 ? 4 : 2)}` : '$0');
export const percent = (share) => `${Math.round(share * 100)} %`;
// Names of the API in words: `waiting_for_requester` is "waiting for requester".
export const words = (name) => String(name ?? '').replaceAll('_', ' ').replaceAll('-', ' ');
export const short = (id) => (id.length > 10 ? id.slice(0, 8) : id);
