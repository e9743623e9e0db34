// The chat page: listens to the feed, sends what the user writes, and recovers when the network comes back.
import * as api from '/static/api.js';
import { el } from '/static/cards.js';
import { Composer } from '/static/composer.js';
import { fill, has, loadTexts, t } from '/static/texts.js';
import { Log } from '/static/view.js';

const WAIT = 25; // seconds the server may hold a poll
const byId = (id) => document.getElementById(id);
const title = document.title;

let session = null;
let drafts = []; // sent or failed, not yet seen in the feed
let after = 0;
let opened = false; // the history is on screen
let pending = false;
let unread = 0;
let round = new AbortController(); // the poll now under way
let switching = null; // a change of person under way
let sending = Promise.resolve(); // one message at a time, in order
let wake = () => {};

const log = new Log({
  region: byId('log'), list: byId('messages'), typing: byId('typing'), typingStatus: byId('typing-status'), newer: byId('newer'),
}, {
  onButton: (button) => {
    submit({ button: button.id, shown: button.title });
    composer.focusUnlessTouch(byId('log'));
  },
});

const composer = new Composer(byId('composer'), {
  onChange: () => notice(''),
  onSend: (text, over) => {
    if (over > 0) return notice(t('composer.tooLong', { count: over }));
    composer.text = '';
    return submit({ text, shown: text });
  },
});

function notice(text) {
  if (byId('notice').textContent !== text) byId('notice').textContent = text;
}

function connection(text) {
  if (byId('connection').textContent !== text) byId('connection').textContent = text;
}

function showEmpty() {
  byId('empty').hidden = !opened || !log.isEmpty;
}

// --- Sending

function submit({ text, button, shown }) {
  notice('');
  const draft = { client_id: api.newId(), text, button, shown };
  drafts.push(draft);
  log.addDraft(draft);
  showEmpty();
  deliver(draft);
}

function deliver(draft) {
  log.markDraft(draft, 'sending');
  sending = sending.then(async () => {
    if (!drafts.includes(draft)) return; // settled by the feed, taken back, or another person's
    try {
      const { seq } = await api.send({ client_id: draft.client_id, text: draft.text, button: draft.button });
      draft.seq = seq;
      if (drafts.includes(draft) && log.has(seq)) drop(draft); // shown already, as someone else's words
    } catch (error) {
      if (drafts.includes(draft)) refused(draft, error);
    }
  });
}

function refused(draft, error) {
  if (error.status === 410) {
    drop(draft);
    notice(error.detail ?? t('send.expired'));
  } else if ([400, 413, 422].includes(error.status)) { // sending it again would not help
    takeBack(draft);
    notice(error.detail ?? t('send.refused'));
  } else {
    log.markDraft(draft, 'failed', {
      detail: error.detail,
      onRetry: () => {
        deliver(draft);
        composer.focusUnlessTouch(byId('log'));
        wake();
      },
      onTakeBack: () => takeBack(draft),
    });
  }
}

function drop(draft) {
  drafts = drafts.filter((other) => other !== draft);
  log.dropDraft(draft);
  showEmpty();
}

function takeBack(draft) {
  drop(draft);
  if (draft.text) composer.giveBack(draft.text);
  composer.focus();
}

// The draft that a message from the feed is the echo of.
function draftOf(message) {
  const alike = drafts.filter((draft) => draft.seq === undefined && draft.shown.trim() === message.text.trim());
  return drafts.find((draft) => draft.seq === message.seq)
    ?? alike.find((draft) => draft.state === 'sending') ?? alike[0];
}

// --- Receiving

function receive(feed) {
  if (feed.last < after) return restart(); // the server has another, shorter conversation
  const fresh = [];
  for (const message of feed.messages) {
    after = Math.max(after, message.seq);
    const draft = message.from === 'user' && !log.has(message.seq) ? draftOf(message) : null;
    if (draft) {
      drafts = drafts.filter((other) => other !== draft);
      log.add(fresh.splice(0), opened);
      log.settleDraft(draft, message);
    } else fresh.push(message);
  }
  pending = feed.pending;
  if (!pending) log.setPending(false);
  if (opened && document.hidden) unread += fresh.filter((message) => message.from !== 'user').length;
  if (unread) document.title = `(${unread}) ${title}`;
  if (fresh.length) log.add(fresh, opened);
  log.setPending(pending);
  opened = true;
  return showEmpty();
}

function restart() {
  round.abort();
  drafts = [];
  after = 0;
  opened = false;
  pending = false;
  log.clear();
  notice('');
  showEmpty();
}

function pause(seconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    wake = () => { clearTimeout(timer); resolve(); };
  });
}

async function listen() {
  for (let failures = 0; ;) {
    await switching;
    round = new AbortController();
    const { signal } = round;
    const started = Date.now();
    try {
      if (!session) show(await api.session(signal));
      const believed = pending;
      const wait = opened && !failures ? WAIT : 0;
      const feed = await api.messages({ after, wait, pending, signal });
      if (signal.aborted) continue;
      failures = 0;
      connection('');
      receive(feed);
      // A server that answers at once with nothing new must not be asked in a tight loop.
      if (wait && !feed.messages.length && feed.pending === believed && Date.now() - started < 1000) await pause(1);
    } catch (error) {
      if (signal.aborted) continue;
      if (!(error instanceof api.ApiError)) console.error(error);
      failures += 1;
      if (!navigator.onLine) connection(t('connection.offline'));
      else if (failures > 1) connection(t('connection.lost'));
      await pause(Math.min(30, 2 ** (failures - 1)) * (0.7 + 0.6 * Math.random()));
    }
  }
}

// --- Who one is

function show(now) {
  session = now;
  const { person } = session;
  byId('person').replaceChildren(...(person
    ? [el('span', 'visually-hidden', `${t('person.loggedIn')} `), el('strong', '', person.name), ' ',
      el('span', '', [person.title, person.unit].filter(Boolean).join(', '))]
    : [t('person.none')]));
  byId('nobody').hidden = Boolean(person);
  if (byId('people')) showPeople(byId('people'));
}

function showPeople(select) {
  if (session.people.length && select.options.length <= 1) {
    const units = new Map();
    for (const person of session.people) {
      const role = has(`role.${person.role}`) ? t(`role.${person.role}`) : person.role;
      const label = [person.name, person.title].filter(Boolean).join(', ') + (role ? ` (${role})` : '');
      units.set(person.unit, [...(units.get(person.unit) ?? []), new Option(label, person.employee_id)]);
    }
    select.replaceChildren(new Option(t('development.nobody'), ''));
    for (const [unit, options] of units) {
      const group = el('optgroup', '', ...options);
      group.label = unit;
      select.append(group);
    }
  }
  select.value = session.person?.employee_id ?? '';
}

async function become(employeeId) {
  round.abort();
  try {
    const now = await api.login(employeeId);
    restart();
    show(now);
  } catch {
    notice(t('development.failed'));
    if (session) showPeople(byId('people'));
  }
}

// --- Start

function showExamples() {
  for (const key of ['empty.report', 'empty.question', 'empty.status']) {
    const button = el('button', 'example', el('strong', '', t(`${key}.label`)), ' ', el('span', '', t(key)),
      el('span', 'visually-hidden', ` (${t('empty.fill')})`));
    button.type = 'button';
    button.addEventListener('click', () => {
      composer.text = t(key);
      composer.focus();
    });
    byId('examples').append(el('li', '', button));
  }
}

async function start() {
  for (let tries = 0; ; tries += 1) {
    try {
      await loadTexts();
      break;
    } catch {
      await pause(Math.min(30, 2 ** tries));
    }
  }
  fill(document);
  showExamples();
  byId('people')?.addEventListener('change', (event) => {
    switching = become(event.target.value || null);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    unread = 0;
    document.title = title;
    wake();
  });
  window.addEventListener('online', () => wake());
  window.addEventListener('beforeunload', (event) => {
    if (drafts.some((draft) => draft.state === 'failed')) event.preventDefault();
  });
  await listen();
}

start();
