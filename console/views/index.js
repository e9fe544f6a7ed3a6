// Every view, in the order of the navigation; one without a key is reached from another.
import { Alerts } from './alerts.js';
import { Audit } from './audit.js';
import { Batches } from './batches.js';
import { Dashboard } from './dashboard.js';
import { DeadLetters } from './dead_letters.js';
import { Drafts } from './drafts.js';
import { Escalations } from './escalations.js';
import { Queue } from './queue.js';
import { Tasks } from './tasks.js';
import { Ticket } from './ticket.js';
import { Usage } from './usage.js';
import { Watch } from './watch.js';

// `isOnePage`: list and detail side by side, so that the list stays while one goes through it.
export const VIEWS = [
  { name: 'queue', title: 'Queue', key: 'g q', View: Queue },
  { name: 'ticket', title: 'Ticket', View: Ticket },
  { name: 'escalations', title: 'Escalations', key: 'g e', View: Escalations, isOnePage: true },
  { name: 'batches', title: 'Batches', key: 'g b', View: Batches, isOnePage: true },
  { name: 'tasks', title: 'Tasks', key: 'g t', View: Tasks, isOnePage: true },
  { name: 'dead_letters', title: 'Dead letters', key: 'g d', View: DeadLetters, isOnePage: true },
  { name: 'drafts', title: 'Knowledge drafts', key: 'g k', View: Drafts, isOnePage: true },
  { name: 'dashboard', title: 'Dashboard', key: 'g h', View: Dashboard },
  { name: 'alerts', title: 'Alerts', key: 'g l', View: Alerts, isOnePage: true },
  { name: 'watch', title: 'Watch', key: 'g w', View: Watch, isOnePage: true },
  { name: 'audit', title: 'Audit trail', key: 'g a', View: Audit },
  { name: 'usage', title: 'Usage', key: 'g u', View: Usage },
];
