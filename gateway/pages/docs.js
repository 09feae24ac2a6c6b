// Shows openapi.json and asyncapi.json to people. All text goes in as text, nothing as markup.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const $ = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// The documents' texts put code between backticks.
function words(text) {
  return text.split('`').map((part, i) => (i % 2 ? make('code', { textContent: part }) : part));
}

class Schemas {
  constructor(document) {
    this.schemas = document.components.schemas;
  }

  resolved(schema) {
    if (!schema?.$ref) return schema;
    return this.schemas[schema.$ref.split('/').at(-1)];
  }

  // 'string, 1 to 100, or null'
  rule(schema) {
    if (schema.$ref) return schema.$ref.split('/').at(-1);
    if (schema.anyOf) return schema.anyOf.map((part) => this.rule(part)).join(' or ');
    const types = [schema.type ?? 'anything'].flat();
    const parts = [types.filter((type) => type !== 'null').join(' or ')];
    if (schema.format) parts[0] = schema.format;
    if (schema.pattern) parts[0] = 'id ' + schema.pattern.slice(1).split('[')[0] + '…';
    if (schema.enum) parts[0] = schema.enum.filter((value) => value !== null).join(' | ');
    if (schema.items) parts[0] += ' of ' + this.rule(schema.items);
    const least = schema.minLength ?? schema.minimum ?? schema.minItems;
    const most = schema.maxLength ?? schema.maximum ?? schema.maxItems;
    if (most !== undefined) parts.push(least === undefined ? `at most ${most}` : `${least} to ${most}`);
    else if (least !== undefined) parts.push(`at least ${least}`);
    if (schema.default !== undefined) parts.push(`${schema.default} unless given`);
    if (types.includes('null')) parts.push('or null');
    return parts.join(', ');
  }

  // A row for each field, those of objects within it below it.
  rows(schema, path = '', seen = []) {
    const shown = this.resolved(schema);
    if (shown?.anyOf) return shown.anyOf.flatMap((part) => this.rows(part, path, seen));
    if (shown?.type === 'array' || shown?.type?.includes?.('array')) {
      return this.rows(shown.items, path + '[]', seen);
    }
    if (!shown?.properties || seen.includes(shown)) return [];
    return Object.entries(shown.properties).flatMap(([name, member]) => {
      const field = path ? `${path}.${name}` : name;
      const needed = shown.required?.includes(name);
      const about = member.description ?? '';
      return [[field, this.rule(member), needed ? 'yes' : '', about],
        ...this.rows(member, field, [...seen, shown])];
    });
  }
}

function table(heads, rows) {
  if (rows.length === 0) return null;
  return make('div', { className: 'wide' }, make('table', {},
    make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { textContent: head })))),
    make('tbody', {}, ...rows.map((row) =>
      make('tr', {}, ...row.map((cell, column) =>
        make('td', {}, ...(column === 0 ? [make('code', { textContent: cell })] : words(cell)))))))));
}

function section(title, ...children) {
  const shown = children.filter((child) => child !== null);
  return shown.length === 0 ? null : make('section', {}, make('h4', { textContent: title }), ...shown);
}

function answer(schemas, [status, said]) {
  const [type, content] = Object.entries(said.content ?? {})[0] ?? ['', {}];
  const rows = content.schema ? schemas.rows(content.schema) : [];
  const label = `${status} ${said.description}`;
  if (status >= 400) return make('li', {}, ...words(label));
  return make('li', {}, make('details', {},
    make('summary', {}, ...words(type && type !== 'application/json' ? `${label} (${type})` : label)),
    table(['Field', 'Type', 'Always', ''], rows)));
}

function operationCard(schemas, path, method, operation) {
  const body = operation.requestBody?.content['application/json'].schema;
  const parameters = operation.parameters.map((parameter) => [parameter.name,
    schemas.rule(parameter.schema), parameter.in, parameter.schema.description ?? '']);
  return make('article', { id: operation.operationId },
    make('h3', {}, make('span', { className: `method ${method}`, textContent: method.toUpperCase() }),
      ' ', make('code', { textContent: path })),
    make('p', {}, ...words(operation.summary)),
    operation.security.length > 0 ? make('p', { className: 'note', textContent: 'With an access token.' })
      : null,
    section('Parameters', table(['Name', 'Type', 'In', ''], parameters)),
    body ? section('Body', table(['Field', 'Type', 'Needed', ''], schemas.rows(body))) : null,
    section('Answers', make('ul', { className: 'answers' },
      ...Object.entries(operation.responses).map((entry) => answer(schemas, entry)))));
}

function messageCard(schemas, name, message) {
  return make('article', { id: `socket-${name}` },
    make('h3', {}, make('code', { textContent: message.name })),
    make('p', {}, ...words(message.summary)),
    table(['Field', 'Type', 'Needed', ''],
      schemas.rows(message.payload).filter(([field]) => field !== 'type')));
}

function group(title, entries) {
  const id = `group-${title.replaceAll(' ', '-')}`;
  $('operations').append(make('h2', { id, textContent: title }), ...entries.map((entry) => entry.card));
  $('index').append(make('details', { open: true },
    make('summary', {}, make('a', { href: `#${id}`, textContent: title })),
    make('ul', {}, ...entries.map((entry) =>
      make('li', {}, make('a', { href: `#${entry.card.id}`, textContent: entry.label }))))));
}

function showHttp(api) {
  const schemas = new Schemas(api);
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const operation = item[method];
      const entries = groups.get(operation.tags[0]) ?? [];
      entries.push({ label: `${method.toUpperCase()} ${path}`,
        card: operationCard(schemas, path, method, operation) });
      groups.set(operation.tags[0], entries);
    }
  }
  for (const [tag, entries] of groups) group(tag, entries);
}

function showSocket(socket) {
  const schemas = new Schemas(socket);
  const titles = { client: 'socket: frames in', event: 'socket: events', server: 'socket: answers and state' };
  for (const [kind, title] of Object.entries(titles)) {
    const entries = Object.entries(socket.components.messages)
      .filter(([name]) => name.startsWith(`${kind}.`))
      .map(([name, message]) => ({ label: message.name, card: messageCard(schemas, name, message) }));
    group(title, entries);
  }
}

function find() {
  const wanted = $('find').value.trim().toLowerCase();
  for (const item of $('index').querySelectorAll('li')) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }
  const groups = [...$('index').children];
  for (const one of groups) one.hidden = !one.querySelector('li:not([hidden])');
  $('found').textContent = groups.every((one) => one.hidden) ? 'Nothing found.' : '';
}

async function load(path) {
  const answered = await fetch(path);
  if (!answered.ok) throw new Error(`${path}: ${answered.status}`);
  return answered.json();
}

try {
  const [api, socket] = await Promise.all([load('openapi.json'), load('asyncapi.json')]);
  $('about').replaceChildren(...words(api.info.description));
  showHttp(api);
  showSocket(socket);
  $('find').addEventListener('input', find);
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
  $('notice').textContent = `The documents cannot be shown: ${error.message}`;
}
