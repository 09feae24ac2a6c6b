// The console: what this node counts, once a second over the socket (the state event
// console.stats), as figures and charts of the last minutes.
import { Connection } from './connection.js';
import { Server, storageIsBlocked } from './server.js';

const $ = (id) => document.getElementById(id);
const KEPT = 300;  // seconds that a chart shows
const DRAIN_TRIES = 10;

const server = new Server();
let connection = null;
let last = null;       // the newest console.stats
let rates = null;      // per second, since the one before it
const times = [];      // seconds since 1970, one per event
const charts = [];

// --- from totals to what one wants to see ---

function quantile(bounds, before, now, part) {
  const counts = now.map((count, i) => count - before[i]);
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let seen = 0;
  for (let i = 0; i < counts.length; ++i) {
    if (seen + counts[i] >= part * all) {
      const low = i === 0 ? 0 : bounds[i - 1];
      const high = bounds[i] ?? bounds[bounds.length - 1];
      return low + (high - low) * ((part * all - seen) / counts[i]);
    }
    seen += counts[i];
  }
  return bounds[bounds.length - 1];
}

function ratesOf(before, now) {
  const seconds = (new Date(now.at) - new Date(before.at)) / 1000;
  if (!(seconds > 0)) return null;
  const out = {};
  for (const [name, total] of Object.entries(now.totals)) {
    out[name] = Math.max(0, total - before.totals[name]) / seconds;
  }
  out.commits = (now.storage.commits - before.storage.commits) / seconds;
  for (const name of ['ack_latency', 'delivery_latency']) {
    const at = (part) => quantile(now.latency_bounds_ms, before[name], now[name], part);
    out[name] = { p50: at(0.5), p99: at(0.99) };
  }
  return out;
}

function number(value, digits = 0) {
  if (value === null || value === undefined) return '–';
  return value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? digits : 0 });
}
function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${number(value, 1)} ${units[at]}`;
}

// --- charts: each line is a function of the newest event ---

const CHARTS = [
  ['Sessions', [['live', (s) => s.sessions.live], ['behind', (s) => s.sessions.lagging],
    ['coming', (s) => s.sessions.waiting]]],
  ['Events per second', [['committed', (_, r) => r?.durable_events],
    ['delivered', (_, r) => r?.deliveries]]],
  ['Ack latency, ms', [['p50', (_, r) => r?.ack_latency.p50], ['p99', (_, r) => r?.ack_latency.p99]]],
  ['Delivery latency, ms', [['p50', (_, r) => r?.delivery_latency.p50],
    ['p99', (_, r) => r?.delivery_latency.p99]]],
  ['Bytes that wait to be written', [['queued', (s) => s.queued_bytes]]],
  ['Replays and gaps per second', [['replays', (_, r) => r?.replays],
    ['gaps told', (_, r) => r?.gaps_told], ['fell behind', (_, r) => r?.fell_behind]]],
  ['Bytes per second', [['in', (_, r) => r?.bytes_in], ['out', (_, r) => r?.bytes_out]]],
  ['Requests and refusals per second', [['HTTP', (_, r) => r?.http_requests],
    ['frames', (_, r) => r?.frames_in], ['rate limited', (_, r) => r?.rate_limited]]],
];

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function makeCharts() {
  if (!globalThis.uPlot) {
    const note = document.createElement('p');
    note.textContent = 'The charts are missing from this build: npm was not there. The figures go on.';
    $('charts').replaceChildren(note);
    return;
  }
  const strokes = ['--accent', '--alert', '--warn'];
  for (const [title, lines] of CHARTS) {
    const box = document.createElement('div');
    box.className = 'chart';
    const heading = document.createElement('h2');
    heading.textContent = title;
    box.append(heading);
    $('charts').append(box);
    const axis = { stroke: () => color('--soft'), grid: { stroke: () => color('--line'), width: 1 },
      ticks: { show: false } };
    const plot = new globalThis.uPlot({
      width: 300, height: 150, cursor: { show: false }, legend: { live: false },
      scales: { y: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] } },
      axes: [{ ...axis, values: (_, ticks) => ticks.map((tick) => clock.format(tick * 1000)) }, { ...axis, size: 54,
        values: (_, ticks) => ticks.map((tick) => (tick >= 1e6 ? `${tick / 1e6}M`
          : tick >= 1e3 ? `${tick / 1e3}k` : tick)) }],
      series: [{}, ...lines.map(([label], i) => ({
        label, width: 1.5, stroke: () => color(strokes[i]), points: { show: false },
      }))],
    }, [[], ...lines.map(() => [])], box);
    charts.push({ box, plot, lines, data: lines.map(() => []) });
  }
  const fit = () => {
    for (const { box, plot } of charts) plot.setSize({ width: box.clientWidth - 20, height: 150 });
  };
  new ResizeObserver(fit).observe($('charts'));
}

function addToCharts() {
  times.push(new Date(last.at) / 1000);
  if (times.length > KEPT) times.shift();
  for (const chart of charts) {
    chart.lines.forEach(([, value], i) => {
      chart.data[i].push(value(last, rates) ?? null);
      if (chart.data[i].length > KEPT) chart.data[i].shift();
    });
    chart.plot.setData([times, ...chart.data]);
  }
}

// --- figures, the slowest, the node ---

function drawFigures() {
  const r = rates;
  const ms = (value) => (value === null || value === undefined ? '–' : `${number(value, 1)} ms`);
  const figures = [
    ['Sessions', number(last.sessions.live + last.sessions.lagging)],
    ['Behind', number(last.sessions.lagging), last.sessions.lagging > 0],
    ['Connections', number(last.connections)],
    ['Committed/s', number(r?.durable_events, 1)],
    ['Delivered/s', number(r?.deliveries, 1)],
    ['Ack p99', ms(r?.ack_latency.p99)],
    ['Delivery p99', ms(r?.delivery_latency.p99)],
    ['Wait to be written', bytes(last.queued_bytes)],
    ['Replays/s', number(r?.replays, 1)],
    ['Gaps told', number(last.totals.gaps_told)],
    ['Store', last.storage.healthy ? 'healthy' : 'ill', !last.storage.healthy],
    ['Bus', last.bus_healthy ? 'healthy' : 'ill', !last.bus_healthy],
    ['Memory', bytes(last.memory_bytes)],
  ];
  $('figures').replaceChildren(...figures.map(([name, value, bad]) => {
    const item = document.createElement('li');
    item.className = bad ? 'bad' : '';
    const strong = document.createElement('b');
    strong.textContent = value;
    const label = document.createElement('span');
    label.textContent = name;
    item.append(strong, label);
    return item;
  }));
}

function drawSlowest() {
  const rows = last.slowest.map((session) => [session.user_id, bytes(session.queued_bytes),
    number(session.channels), session.lagging ? 'behind, caught up from the log' : 'slow']);
  if (rows.length === 0) rows.push(['Nobody is slow.', '', '', '']);
  $('slowest').replaceChildren(...rows.map((cells) => {
    const row = document.createElement('tr');
    row.append(...cells.map((text) => {
      const cell = document.createElement('td');
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
}

function uptime(seconds) {
  const days = Math.floor(seconds / 86400);
  const clock = new Date(seconds % 86400 * 1000).toISOString().slice(11, 19);
  return days > 0 ? `${days} d ${clock}` : clock;
}

function onStats(stats) {
  const same = last?.node === stats.node;
  rates = same ? ratesOf(last, stats) : null;
  last = stats;
  $('node').textContent = `node …${stats.node.slice(-6)}, ${stats.build}, up ${uptime(stats.uptime_seconds)}` +
    (stats.draining ? ', draining' : '');
  $('drain').disabled = stats.draining;
  drawFigures();
  drawSlowest();
  addToCharts();
}

// --- coming and going ---

function enter() {
  $('sign').hidden = true;
  $('board').hidden = false;
  if (charts.length === 0) makeCharts();
  connection = new Connection(server, { client: 'console' }, use);
}

function use(kith) {
  const state = () => {
    $('state').dataset.state = kith.state;
    $('state-text').textContent = kith.error?.message ?? kith.state;
    $('state-retry').hidden = !kith.error;
  };
  kith.on('state', state);
  kith.on('ready', () => kith.request('console', { watch: true })
    .then(() => { $('notice').textContent = ''; })
    .catch((error) => {
      if (error.code === 'disconnected') return;
      $('notice').textContent = error.code === 'forbidden'
        ? 'This account is no admin\'s, so there is nothing to see here.' : error.message;
    }));
  kith.on('console.stats', onStats);
  state();
}

function leave() {
  connection?.close();
  connection = last = rates = null;
  times.length = 0;
  for (const chart of charts) for (const line of chart.data) line.length = 0;
  $('drain').disabled = true;
  $('board').hidden = true;
  $('sign').hidden = false;
  server.status().then((status) => { $('demo').hidden = !status.demo; }).catch(() => {});
}

async function sign(fields) {
  try {
    await server.signIn(fields);
    enter();
  } catch (error) {
    $('sign-error').textContent = error.status === 401 ? 'Email or password do not match.'
      : error.message;
  }
}

$('sign-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const { email, password } = event.target.elements;
  sign({ email: email.value.trim(), password: password.value });
});
$('demo-in').addEventListener('click', () =>
  sign({ email: 'ada@demo.kith', password: 'kith-demo-password' }));
$('sign-out').addEventListener('click', () => server.signOut().then(leave));
server.onSignedOut = leave;
$('state-retry').addEventListener('click', () => connection?.retry());
$('drain').addEventListener('click', () => {
  $('dialog').returnValue = '';  // Escape would leave that of the last time
  $('dialog').showModal();
});

// Behind a balancer the request may reach another node than the one that is watched, which refuses it
// (409): the next may reach the right one.
async function drain(node) {
  for (let tries = 1; ; ++tries) {
    try {
      await server.ask('POST', 'console/drain', { node });
      return;
    } catch (error) {
      if (error.status !== 409 || tries === DRAIN_TRIES) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 50 * tries); });
    }
  }
}
$('dialog').addEventListener('close', async () => {
  if ($('dialog').returnValue !== 'drain' || !last) return;
  $('notice').textContent = '';
  try {
    await drain(last.node);
  } catch (error) {
    $('notice').textContent = error.message;
  }
});

if (storageIsBlocked) {
  $('blocked').hidden = false;
} else {
  await server.takeUpLeft();
  if (server.login) enter();
  else leave();
}
